//! The shipped matters in words and pictures: whole, in both languages, and in the words a citizen reads.

use crate::shipped::whole;
use engine::library::Library;
use engine::matter::Kind;
use engine::picture::Picture;
use engine::source::Sources;
use engine::text::Lang;
use std::collections::BTreeSet;

fn picture(id: &str, lang: Lang) -> Picture<'static> {
    Picture::of(&whole().matters[id], whole(), lang)
}

/// Every line of a matter is said: each step by its title, no key of the catalogue left over, no place left open.
#[test]
fn every_shipped_matter_is_shown_whole_in_both_languages() {
    assert!(whole().matters.len() >= 10, "{:?}", whole().matters.keys());
    for (id, matter) in &whole().matters {
        for lang in [Lang::Zh, Lang::En] {
            let picture = picture(id, lang);
            for shown in [picture.text(), picture.guide(), picture.mermaid()] {
                assert!(
                    !shown.contains("picture.") && !shown.contains("words."),
                    "{id}: {shown}"
                );
                assert!(
                    !shown.contains("{}") && !shown.contains("。。") && !shown.contains("；；"),
                    "{id}: {shown}"
                );
                for step in matter
                    .steps
                    .iter()
                    .filter(|s| !matches!(s.kind, Kind::End(_)))
                {
                    let title = step.title.get(lang).replace('"', "&quot;");
                    assert!(
                        shown.contains(&title) || shown.contains(step.title.get(lang)),
                        "{id}: {title}\n{shown}"
                    );
                }
            }
        }
    }
}

fn check(shown: &str, lines: &[&str]) {
    let all: Vec<&str> = shown.lines().map(str::trim).collect();
    for line in lines {
        assert!(all.contains(line), "not said: {line}\n{shown}");
    }
}

#[test]
fn the_guide_says_what_a_citizen_asks() {
    check(
        &picture("pension-lump-sum", Lang::Zh).guide(),
        &[
            "本事项由受理窗口收件，参保地经办决定，共 38 个环节。承诺期限是一次性待遇承诺期限。",
            "· 受理窗口：收件城市的社会保险经办机构专窗收件岗。",
            "· 参保地复核：参保城市的社会保险经办机构复核岗。不能和“参保地经办”是同一个人。",
            "3. 丧失中国国籍证明。取得方式：共享数据取得，否则上传或扫描。仅当申领情形是“出国定居并丧失中国国籍”时需要。依据《实施〈中华人民共和国社会保险法〉若干规定》第 6 条。",
            "· 法定时限：20 个工作日。从受理起，到支付止。按参保地经办所在城市的工作日计算。依据《社会保险经办条例》第 18 条。",
            "8. 书面告知权利和后果：向申请人发《书面告知书（权利和后果）》，有送达凭证后才继续。依据《实施〈中华人民共和国社会保险法〉若干规定》第 3 条。",
            "选“一次性告知”：到 1.3“补交所缺的材料”；须写明理由；发《补正告知书（一次性告知）》。只在“补交所缺的材料”还没有办过时可选。",
            "A. 撤回：申请人可随时提出；已发出的函件，从最后一份起逐一撤销；办件结束：已撤回；理由：申请人撤回。",
        ],
    );
}

/// What depends is a sentence of its own, what is the same is said once.
#[test]
fn the_guide_is_said_aloud() {
    let unemployment = picture("unemployment-benefit-claim", Lang::Zh).guide();
    check(
        &unemployment,
        &[
            "· 以下 6 个岗位在同一个城市：领取方式是“转到户籍地领取”时为户籍城市（没有时为最后参保城市），否则为最后参保城市。",
            "· 发放地就业中心：公共就业服务中心经办初审岗。",
            "· 发放地复核：社会保险经办机构复核岗。不能和“发放地经办”是同一个人。",
            "选“已支付”：这一部分办完；通知申请人、发放地医保、发放地税务。",
        ],
    );
    let places = unemployment
        .lines()
        .filter(|line| line.trim_start().starts_with('·'));
    assert_eq!(
        places.filter(|l| l.contains("否则为最后参保城市")).count(),
        1
    );
    check(
        &picture("work-injury-remote-residence", Lang::Zh).guide(),
        &[
            "本事项由参保地经办收件，参保地经办决定，共 52 个环节。承诺期限视情况而定：申请事项是“医疗费手工报销”时为工伤医疗费手工报销时限，否则为工伤异地居住（就医）确认承诺时限。",
            "· 受理窗口：社会保险经办机构专窗收件岗；所在城市：申请渠道是“网上”时为参保城市，否则为收件城市。",
            "F.1. 一网协查：另立一件“一网协查”办理，办完再继续；同名的各项照抄。",
            "选“已认定”：到 7“所选医疗机构”。只在“旧伤复发”为“否”时可选。",
        ],
    );
    check(
        &picture("retirement-bundle", Lang::Zh).guide(),
        &[
            "5.1.5. 单独送达退休审批结果：向申请人发《退休审批结果告知书》。仅当“办好一项先送一项”为“是”，或者已经记下“已送达”时。",
            "5.3.2. 年限核定：另立一件“职工医保退休年限核定”办理，办完再继续；带去：医保登记城市（没有时为参保城市）。",
            "G. 审批挂起：“审批”、“定由哪里发放并核定”的办件挂起时；期间全部时限暂停；期间不能办理；其他部分的办件一并挂起。",
        ],
    );
    check(
        &picture("unemployment-benefit-claim", Lang::En).guide(),
        &[
            "· The next 6 are in the same city: “Hukou city” (“Last insured city” if absent) if “Way of drawing” is “Move to the hukou place”, otherwise “Last insured city”.",
            "· Tax, paying city: Handler, Tax Bureau.",
        ],
    );
}

/// What a limit is called and in which days it is counted, who confirms, what comes by itself.
#[test]
fn the_guide_says_what_is_true() {
    let says = |id: &str, lines: &[&str]| check(&picture(id, Lang::Zh).guide(), lines);
    says(
        "fund-withdrawal",
        &[
            "· 法定时限：3 日。从受理起，到“复核”办完止。按自然日计算，最后一天不是工作日的顺延。依据《住房公积金管理条例》第 25 条。",
            "1.4. 登记补交的材料：记下缺少的材料都已交来，不再算缺。",
            "1.6.3. 登记补交：记下这份材料已经交来，不再算缺。",
        ],
    );
    says(
        "pension-scheme-linkage",
        &[
            "· 审核和发函期限（法定时限）：15 个工作日。从受理起，到已发函止。按归集地经办所在城市的工作日计算。依据《职工与城乡居民养老保险制度衔接（题名待核）》第 9 条。",
            "11. 从三种办法里选一种：由申请人办理；限“核定结果确认、年限不足选择的等待期”；期间承诺时限、审核和发函期限、审核和发函承诺暂停。",
        ],
    );
    says(
        "call-back",
        &[
            "本事项由收件窗口收件，收件窗口决定，共 1 个环节。承诺期限是差评回访期限。",
            "A. 逾期未回访：承诺时限过期时；通知收件窗口的负责人。只有一次。",
            "选“已回访”：到 2“已办结”。",
            "2. 已办结：办件到此结束。",
        ],
    );
    says(
        "pension-transfer-enterprise",
        &[
            "2. 一次性缴费三年以上的法律文书。取得方式：共享数据取得，否则上传或扫描。仅当一次性缴费年数不少于 3，且一次性缴费年月（没有时为 2016 年 12 月）不早于 2016 年 12 月时需要。依据《关于职工基本养老保险关系转移接续有关问题的补充通知》。",
        ],
    );
    says(
        "unemployment-transfer",
        &[
            "5.2. 资金到账：等待有关系统“转移资金到账”的消息，凭“转入核对并开具联系函”的联系函编号。",
            "B. 到账催办：“到账”期限过期时；通知转出地财务、转入地财务。",
            "I. 已在第三地参保：收到“已在别处参保”的消息（凭申请人证件号码）时；已发出的函件，从最后一份起逐一撤销；办件结束：由新参保地办理（已终止）；理由：重复参保或重复申请；发《终止转移告知书》。“已入账”以后不再适用。依据《中华人民共和国社会保险法》第 52 条。",
        ],
    );
    says(
        "benefit-qualification-certification",
        &[
            "4. 本人认证，任选一种：6 个部分同时办，有一项办成就继续；期间承诺时限暂停（仅当本件是一件事的一部分）。",
            "一项都没有办成：到 6“请居住地协查”。",
            "等不到“续认证”时：这一部分办完。",
        ],
    );
    says(
        "overpayment-recovery",
        &[
            "· 负责人：支付待遇的城市的社会保险经办机构审批岗。不能和“经办”或“复核”是同一个人。",
            "如果“退还安排”的金额之和等于“核实多发金额”的应退还金额：到 7“送达退还安排”。",
        ],
    );
    check(
        &picture("call-back", Lang::En).guide(),
        &[
            "Taken in by: Receiving window. Decided by: Receiving window. 1 step in all. The promised time is “Limit for calling back after a bad rating”.",
        ],
    );
}

/// What a form, a step, a mark or a yes or no is, is said as people say it, in every matter.
#[test]
fn no_guide_speaks_as_a_formula_does() {
    let mut strange = BTreeSet::new();
    for id in whole().matters.keys() {
        for line in picture(id, Lang::Zh).guide().lines() {
            let twice = line.split(['：', '、', '；', '。']).any(|part| {
                let sides = part.split_once('为');
                sides.is_some_and(|(a, b)| !a.is_empty() && a == b)
            });
            let formula = [
                "并非有",
                "是“是”",
                "是“否”",
                "”的次数",
                " + ",
                " - ",
                " * ",
                "如果如果",
            ];
            if twice || formula.iter().any(|word| line.contains(word)) {
                strange.insert(format!("{id}: {}", line.trim()));
            }
        }
        for line in picture(id, Lang::En).guide().lines() {
            if ["not (", " is yes", " is no.", " 1 days", " 1 months", " + "]
                .iter()
                .any(|word| line.contains(word))
            {
                strange.insert(format!("{id}: {}", line.trim()));
            }
        }
    }
    let shown: Vec<_> = strange.into_iter().collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn the_list_says_who_sits_where_and_what_follows() {
    check(
        &picture("pension-transfer-enterprise", Lang::Zh).text(),
        &[
            "转入城市：转入地经办、转入地复核、转入地财务",
            "6.1 开具联系函（转入地经办，限养老关系转移审核发函的承诺期限）",
            "· 退函 → 退回 6.1“开具联系函”（“审核发函”期限接着计，剩下的不到退函后发函地最短期限的补足）",
            "6.2.1 ║ 信息表",
            "A ◇ 不转这一地（申请人可随时提出） → 这一部分以“已撤销”结束",
        ],
    );
    check(
        &picture("retirement-bundle", Lang::En).guide(),
        &["Deliver what is done: go to 6 “One delivery”; the other branches run on."],
    );
}

/// A flowchart that Mermaid can read: every frame is closed, every edge joins two things that are drawn, no label ends its quotes.
#[test]
fn the_flowchart_is_well_formed() {
    for id in whole().matters.keys() {
        let drawn = picture(id, Lang::Zh).mermaid();
        let lines = || drawn.lines().map(str::trim);
        let opened = lines().filter(|l| l.starts_with("subgraph ")).count();
        assert_eq!(
            opened,
            lines().filter(|l| *l == "end").count(),
            "{id}\n{drawn}"
        );
        for line in lines() {
            assert_eq!(line.matches('"').count() % 2, 0, "{id}: {line}");
        }
        let word = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric())
                .next()
                .unwrap()
                .to_owned()
        };
        let is_edge = |l: &&str| l.contains("-->") || l.contains(".->") || l.contains("-.-");
        let declared: Vec<String> = lines()
            .filter(|l| !is_edge(l))
            .map(|l| word(l.trim_start_matches("subgraph ")))
            .collect();
        for edge in lines().filter(is_edge) {
            let to = edge
                .rsplit(' ')
                .find(|w| w.starts_with(['s', 'e']))
                .unwrap_or_default();
            let made_here = edge.contains("([");
            assert!(declared.contains(&word(edge)), "{id}: {edge}");
            assert!(made_here || declared.contains(&word(to)), "{id}: {edge}");
        }
    }
}

/// A guide in Chinese is read by policy officers: no name of a field, step, table or choice stands in it as the files spell it.
#[test]
fn a_chinese_guide_holds_no_word_of_the_files() {
    let mut strange = BTreeSet::new();
    for id in whole().matters.keys() {
        for line in picture(id, Lang::Zh).guide().lines() {
            let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
            for word in words.filter(|w| w.bytes().filter(u8::is_ascii_lowercase).count() > 1) {
                strange.insert(format!("{id}: {word}: {}", line.trim()));
            }
        }
    }
    let shown: Vec<_> = strange.into_iter().collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

/// What authors write is Chinese; the library's list gives all of it in English, so no page in English falls back.
#[test]
fn in_english_no_chinese_is_left() {
    let chinese = |line: &&str| line.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    let mut left = BTreeSet::new();
    for id in whole().matters.keys() {
        let picture = picture(id, Lang::En);
        for shown in [
            picture.guide(),
            picture.text(),
            picture.mermaid(),
            picture.svg(None),
        ] {
            let lines = shown.lines().filter(chinese);
            left.extend(lines.map(|line| format!("{id}: {}", line.trim())));
        }
    }
    let left: Vec<_> = left.into_iter().collect();
    assert!(left.is_empty(), "{}", left.join("\n"));
}

/// A parameter whose values are words of the files is compared by what people call them.
#[test]
fn two_cities_differ_in_words() {
    let city = |name: &str| whole().network.city(name).unwrap();
    let day = "2026-11-27".parse().unwrap();
    let cities = (city("中山"), city("遵义"));
    let found = engine::differences::of_cities(&whole().network, cities, day, None);
    let differs = |name: &str, lang: Lang| {
        let one = found.iter().find(|d| d.address == name).unwrap();
        [&one.one, &one.other].map(|value| value.as_ref().unwrap().get(lang).to_owned())
    };
    let rule = differs("unemployment_rule", Lang::Zh);
    assert_eq!(rule, ["广东办法", "按全国上限"]);
    let rule = differs("unemployment_rule", Lang::En);
    assert!(
        rule.iter().all(|value| value.is_ascii() && value.len() > 2),
        "{rule:?}"
    );
    assert_eq!(differs("unemployment_one_off", Lang::Zh), ["是", "否"]);
}

/// A limit that is a parameter says how long it is: where it is the same everywhere, in the city asked about, or that cities differ.
#[test]
fn a_parameter_says_how_long_it_is() {
    let day = "2026-11-27".parse().unwrap();
    let network = "network/network.yaml";
    let more = [
        (
            network,
            "pools: [{ code: \"44\", name: 广东 }]\ncities:\n  - { code: \"442000\", name: 中山, pool: 广东 }\n  \
             - { code: \"440100\", name: 广州, pool: 广东 }\n\
             departments: { si: { name: 社保, posts: [handler], level: city } }\nposts: { handler: 经办 }\n\
             parameters:\n  same: { title: 同一期限, type: limit, values: [{ from: 2020-01-01, value: 5wd }] }\n  \
             differs: { title: 各自期限, type: limit, values: [{ from: 2020-01-01, value: 3d }, \
             { from: 2026-01-01, city: 中山, value: 1wd }, { from: 2027-01-01, city: 中山, value: 2wd }] }\n",
        ),
        (
            "small/matter.yaml",
            "matter: small\ntitle: 小事\ncode: XS\nchannels: [window]\ndecides: clerk\nparties:\n  \
             clerk: { title: 办事员, city: 中山, department: si, post: handler }\nsteps:\n  \
             - { id: look, title: 看一看, task: clerk, limit: =parameters.same, outcomes: { 好: next } }\n  \
             - { id: again, title: 再看, task: clerk, limit: =parameters.differs, outcomes: { 好: { end: completed } } }\n",
        ),
    ];
    let mut sources = Sources::default();
    let library = Library::read(&more, &mut sources);
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    let picture = Picture::of(&library.matters["small"], &library, Lang::Zh);
    check(
        &picture.on(day, None).guide(),
        &[
            "1. 看一看：由办事员办理；限同一期限（5 个工作日）。",
            "2. 再看：由办事员办理；限各自期限（各地不同）。",
        ],
    );
    check(
        &picture.on(day, Some("中山")).guide(),
        &["2. 再看：由办事员办理；限各自期限（1 个工作日）。"],
    );
    check(&picture.guide(), &["1. 看一看：由办事员办理；限同一期限。"]);
}
