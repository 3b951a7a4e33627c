//! Numbers of papers: an office counts what it issues in a year from one.

use crate::shipped::{network, shipped};
use engine::case::{Actor, Case, Command, Context, Fact, Numbering, PaperNumber, Party, decide};
use engine::library::Library;
use engine::source::Sources;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// 中山 decides and writes two letters; then 梧州 tells the applicant, and the engine a last time for the office that decides.
const MATTER: &str = r#"{
    "matter": "write", "code": "XIE", "title": "写信", "channels": ["window"], "decides": "handler",
    "parties": {
        "handler": { "title": "经办", "city": "中山", "department": "si", "post": "handler" },
        "window": { "title": "窗口", "city": "梧州", "department": "si", "post": "window" } },
    "limits": { "statutory": { "limit": "20wd", "starts": "received", "stops": "tell" } },
    "steps": [
        { "id": "judge", "title": "决定", "task": "handler", "outcomes": { "写信": { "go": "next", "paper": "one" } } },
        { "id": "more", "title": "再写", "paper": "two", "then": "next" },
        { "id": "tell", "title": "送达", "task": "window", "outcomes": { "已送达": { "go": "next", "paper": "three" } } },
        { "end": "completed" }
    ]
}"#;

fn library() -> Library {
    let paper = "# 信\n\n文号：{{paper.number}}\n\n{{office.name}}";
    let papers = ["one", "two", "three"].map(|name| format!("write/papers/{name}.md"));
    let mut more = vec![("write/matter.yaml", MATTER)];
    more.extend(papers.iter().map(|path| (path.as_str(), paper)));
    shipped(network, &more, &mut Sources::default())
}

/// What a person with these posts does; answers the numbers it gives.
fn act(
    library: &Library,
    case: &mut Case,
    (posts, now): (&[&str], &str),
    given: Option<&Numbering>,
    command: &Command,
) -> Vec<Option<String>> {
    let posts = posts.iter().map(|p| p.parse::<Party>().unwrap());
    let actor = Actor::Person {
        id: "h".into(),
        posts: posts.collect(),
        stands_for: None,
        lent: Vec::new(),
    };
    let context = Context {
        now: now.parse().unwrap(),
        actor: &actor,
        network: &library.network,
        next_case: 2,
        elsewhere: &BTreeMap::from([("520300".to_owned(), "遵义".into())]),
        numbering: given,
    };
    let events = decide(&library.matters["write"], case, command, &context).unwrap();
    let number = |fact: &Fact| match fact {
        Fact::PaperIssued { number, .. } => Some(number.as_ref().map(PaperNumber::to_string)),
        _ => None,
    };
    events.iter().filter_map(|e| number(&e.fact)).collect()
}

fn opened(library: &Library) -> Case {
    let mut case = Case::default();
    let open = Command::Open {
        id: 1,
        number: "450400-XIE-20261231-00001-X".into(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
        form: json!({}),
        parent: None,
    };
    let window = ["450400/si/window"];
    let nothing = act(library, &mut case, (&window, DAY), None, &open);
    assert!(nothing.is_empty());
    case
}

const DAY: &str = "2026-12-31T10:00:00+08:00";

fn done(case: &Case, outcome: &str) -> Command {
    Command::Complete {
        task: case.open_tasks().next().unwrap().0,
        outcome: outcome.into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    }
}

fn numbers(all: &[&str]) -> Vec<Option<String>> {
    all.iter().map(|n| Some((*n).to_owned())).collect()
}

#[test]
fn an_office_goes_on_counting_and_each_counts_its_own() {
    let library = library();
    let mut case = opened(&library);
    let given = Numbering::from([("中山社保〔2026〕".to_owned(), 16)]);
    // He sits in 梧州 too, and does this as the handler of 中山.
    let both = ["450400/si/window", "442000/si/handler"];
    let judged = done(&case, "写信");
    let papers = act(&library, &mut case, (&both, DAY), Some(&given), &judged);
    assert_eq!(
        papers,
        numbers(&["中山社保〔2026〕17号", "中山社保〔2026〕18号"])
    );
    let (window, tomorrow) = (["450400/si/window"], "2027-01-01T00:00:00+08:00");
    let told = done(&case, "已送达");
    let papers = act(
        &library,
        &mut case,
        (&window, tomorrow),
        Some(&given),
        &told,
    );
    assert_eq!(papers, numbers(&["梧州社保〔2027〕1号"]));
    let mut issued = case.papers().iter();
    let (no, paper) = issued.next().unwrap();
    assert_eq!(case.paper_number(*no), "中山社保〔2026〕17号");
    assert_eq!(
        paper.office.as_ref().unwrap().to_string(),
        "442000/si/handler"
    );
}

/// What is only tried has no number, and is called by its case.
#[test]
fn nothing_is_numbered_where_nothing_is_issued_for_good() {
    let library = library();
    let mut case = opened(&library);
    let judged = done(&case, "写信");
    let posts = ["442000/si/handler"];
    let papers = act(&library, &mut case, (&posts, DAY), None, &judged);
    assert_eq!(papers, [None, None]);
    let last = case.papers().keys().next_back().unwrap();
    assert_eq!(case.paper_number(*last), "450400-XIE-20261231-00001-X-W02");
}

#[test]
fn a_number_is_read_as_people_type_it() {
    let right: PaperNumber = "中山社保〔2026〕17号".parse().unwrap();
    for text in [
        "中山社保[2026]17",
        "中山社保 （2026） 17 号",
        "中山社保【2026】第17号",
    ] {
        assert_eq!(text.parse(), Ok(right.clone()), "{text}");
    }
    for text in [
        "",
        "中山社保17号",
        "中山社保〔26〕17号",
        "〔2026〕17号",
        "中山社保〔2026〕0号",
        "中山社保〔2026〕号",
    ] {
        assert!(text.parse::<PaperNumber>().is_err(), "{text}");
    }
}

/// What stands above cities counts for its whole pool, and an office may have a word of its own.
#[test]
fn each_office_has_its_word() {
    let own = "names:\n  梧州/mib: { name: 梧州市医疗保障局, paper_prefix: 梧医保（ 市 ） }\n";
    let more = [("network/names.yaml", own)];
    let library = shipped(network, &more, &mut Sources::default());
    let prefix = |city, department| library.network.paper_prefix(city, department);
    assert_eq!(prefix("450400", "mib"), "梧医保（市）");
    let number = format!("{}〔2026〕3号", prefix("450400", "mib"));
    let read: PaperNumber = number.parse().unwrap();
    assert_eq!((read.running, read.to_string()), (3, number));
    assert_eq!(prefix("450800", "mib"), "贵港医保");
    // 梧州 and 贵港 have one provincial bureau.
    assert_eq!(prefix("450400", "prov-si"), "广西社保");
    assert_eq!(prefix("450800", "prov-si"), "广西社保");
}
