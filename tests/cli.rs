//! The command line as a person at a terminal meets it: what it prints where, and how it ends.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

fn onenet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onenet"))
        .args(args)
        .output()
        .unwrap()
}

/// Exit code, stdout, and a part of stderr.
fn check(args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = onenet(args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim_end(),
        stdout,
        "{args:?}"
    );
    assert!(
        err.contains(stderr),
        "{args:?} says {err:?}, not {stderr:?}"
    );
}

/// The script for a shell knows the commands and their flags.
#[test]
fn a_shell_completes_commands_and_flags() {
    for shell in ["bash", "zsh", "fish"] {
        let output = onenet(&["completions", shell]);
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && script.contains("explain"),
            "{shell}"
        );
        assert!(script.contains("to-english"), "{shell}");
    }
}

#[test]
fn due_prints_json_and_explains_on_the_side() {
    let due = r#"{"due":"2026-03-04T17:00:00+08:00","provisional":false}"#;
    check(
        &["due", "--from", "2026-02-12", "--limit", "10wd"],
        0,
        due,
        "",
    );
    check(
        &[
            "due",
            "--from",
            "2026-02-12",
            "--limit",
            "10wd",
            "--explain",
        ],
        0,
        due,
        "2026-02-14 第 2 天（春节调休上班）",
    );
    check(
        &[
            "--lang",
            "en",
            "due",
            "--from",
            "2026-02-12",
            "--limit",
            "10wd",
            "--explain",
        ],
        0,
        due,
        "2026-02-15 春节 holiday, not counted",
    );
}

/// The last of the worked examples: two pauses around Spring Festival.
#[test]
fn due_takes_pauses_and_cities() {
    let pauses = [
        "--pause",
        "2026-02-11/2026-02-14",
        "--pause",
        "2026-02-24/2026-02-25",
    ];
    let args: Vec<&str> = ["due", "--from", "2026-02-09", "--limit", "10wd"]
        .into_iter()
        .chain(pauses)
        .collect();
    check(
        &args,
        0,
        r#"{"due":"2026-03-05T17:00:00+08:00","provisional":false}"#,
        "",
    );
    // 梧州 has 三月三 off; an office of the Corps closes later.
    let wuzhou = [
        "due",
        "--from",
        "2025-03-28T10:00:00+08:00",
        "--limit",
        "1wd",
        "--city",
        "450400",
    ];
    check(
        &wuzhou,
        0,
        r#"{"due":"2025-04-02T17:00:00+08:00","provisional":false}"#,
        "",
    );
    let corps = [
        "due",
        "--from",
        "2026-11-23",
        "--limit",
        "1wd",
        "--city",
        "659003",
    ];
    check(
        &corps,
        0,
        r#"{"due":"2026-11-24T19:30:00+08:00","provisional":false}"#,
        "",
    );
}

#[test]
fn wrong_use_ends_with_2_and_says_what_would_be_right() {
    check(
        &["due", "--from", "2026-02-12", "--limit", "10"],
        2,
        "",
        "5wd",
    );
    check(
        &["due", "--from", "12.2.2026", "--limit", "1wd"],
        2,
        "",
        "2026-02-11",
    );
    check(
        &[
            "due",
            "--from",
            "2026-02-12",
            "--limit",
            "1wd",
            "--city",
            "中山",
        ],
        2,
        "",
        "442000",
    );
    check(
        &[
            "due",
            "--from",
            "2026-02-12",
            "--limit",
            "1wd",
            "--pause",
            "2026-02-14/2026-02-13",
        ],
        2,
        "",
        "起不晚于止",
    );
    check(&["explain", "E0230"], 2, "", "E0203");
    check(&["nothing"], 2, "", "");
}

#[test]
fn explain_tells_a_code_in_both_languages() {
    let output = onenet(&["explain", "E0203"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("E0203: 没有叫 \"…\" 的环节"));
    let output = onenet(&["--lang", "en", "explain", "e0203"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("E0203: there is no step named"));
}

/// A man born in March 1965 retires one month later than his father would have, in April 2025.
#[test]
fn decide_prints_the_answer_as_json() {
    let age =
        r#"{"delay_months":1,"age_months":721,"retirement_month":"2025-04","minimum_months":180}"#;
    check(
        &[
            "decide",
            "retirement-age",
            "--input",
            r#"{"category":"man60","birth_month":"1965-03"}"#,
        ],
        0,
        age,
        "",
    );
    let months = r#"{"months":12,"ceiling_months":18}"#;
    check(
        &[
            "decide",
            "unemployment-months",
            "--input",
            r#"{"province":"44","contribution_months":96}"#,
        ],
        0,
        months,
        "",
    );
}

/// The answer on stdout; on stderr why each row before did not count, and the law.
#[test]
fn decide_explains_its_rows() {
    let input =
        r#"{"sex":"female","age_at_start":45,"returns_to_hukou":false,"official_transfer":false}"#;
    let args = ["decide", "temporary-account", "--explain", "--input", input];
    let answer = r#"{"action":"temporary_account"}"#;
    check(
        &args,
        0,
        answer,
        "第 3 行不符合：sex 为 \"female\"，要求 male",
    );
    check(&args, 0, answer, "第 4 行符合 第五条");
    check(&args, 0, answer, "国办发〔2009〕66号 第 5 条");
}

#[test]
fn decide_says_what_is_wrong_with_its_input() {
    check(
        &["decide", "retirement-agee", "--input", "{}"],
        2,
        "",
        "retirement-age",
    );
    check(
        &["decide", "retirement-age", "--input", "{}"],
        2,
        "",
        "birth_month",
    );
    check(&["decide", "retirement-age", "--input", "{"], 2, "", "JSON");
    check(
        &["decide", "retirement-age", "--input", "@/nowhere"],
        2,
        "",
        "/nowhere",
    );
}

/// What ships is without a finding; planted faults are shown with their places and ways out, and summed up.
#[test]
fn check_finds_nothing_in_what_ships_and_every_planted_fault() {
    let root = env!("CARGO_MANIFEST_DIR");
    let told = |args: &[&str], code: i32, stdout: &str, stderr: &str| {
        let output = onenet(args);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
        assert!(
            out.contains(stdout),
            "{args:?} prints {out:?}, not {stdout:?}"
        );
        assert!(
            err.contains(stderr),
            "{args:?} says {err:?}, not {stderr:?}"
        );
    };
    let shipped = format!("{root}/workflows");
    told(&["check", &shipped], 0, "0 个错误,0 个提醒(检查 ", "");
    let ten = format!("{root}/engine/tests/check/ten");
    let sum = "11 个错误,0 个提醒(检查 4 个文件";
    told(&["check", &ten], 1, sum, "matter.yaml:11:74: 错误 E0309");
    let english = "There is no form called \"recrods\"";
    told(
        &["check", &ten, "--lang", "en"],
        1,
        "11 errors, 0 warnings",
        english,
    );
    let json = "\"code\":\"E0309\"";
    told(&["check", &ten, "--format", "json"], 1, json, "");
    let note = "line=11,col=74,title=E0309::";
    told(&["check", &ten, "--format", "github"], 1, note, "");
    told(&["check", "/nowhere"], 2, "", "/nowhere");
}

/// The shipped scenarios pass and walk everything; the last line says so.
#[test]
fn test_plays_the_shipped_scenarios() {
    let output = onenet(&[
        "test",
        "--coverage",
        concat!(env!("CARGO_MANIFEST_DIR"), "/workflows"),
    ]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}");
    assert!(
        out.contains("全部走到") && out.trim_end().ends_with("个场景全部通过"),
        "{out}"
    );
}

/// A scenario of another network is not played: it is named with what is lacking, and counted neither as passed nor as failed.
#[test]
fn test_skips_what_tells_of_another_network_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join("workflows");
    let workflows = workflows.to_string_lossy().into_owned();
    let made = onenet(&["new", "mine", "--workflows", &workflows]);
    assert_eq!(made.status.code(), Some(0));
    let tests = format!("{workflows}/mine/tests");
    let happy = fs::read_to_string(format!("{tests}/happy.test.yaml")).unwrap();
    let elsewhere = happy.replace("中山", "哈尔滨");
    assert_ne!(happy, elsewhere);
    fs::write(format!("{tests}/elsewhere.test.yaml"), elsewhere).unwrap();
    let output = onenet(&["test", &format!("{workflows}/mine")]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}");
    assert!(out.contains("1 个场景全部通过"), "{out}");
    assert!(out.contains("1 个场景说的是别的网络"), "{out}");
    assert!(out.contains("elsewhere.test.yaml:"), "{out}");
    assert!(out.contains("网络里没有城市 \"哈尔滨\""), "{out}");
}

/// What no city has entered is what the page for cities tells them to enter.
#[test]
fn what_cities_have_to_enter_is_listed_as_its_page_says() {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = onenet(&[
        "check",
        "--to-enter",
        "--format",
        "json",
        &format!("{root}/workflows"),
    ]);
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let listed: BTreeSet<String> = listed
        .iter()
        .filter(|open| open["everywhere"] == true)
        .map(|open| open["parameter"].as_str().unwrap().to_owned())
        .collect();
    let page = fs::read_to_string(format!("{root}/docs/to-enter.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split(" | ").next().unwrap().split('`'));
    let names: BTreeSet<String> = names
        .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, names);
}

/// A text without English is told with its place, in words and as data; what ships is not asked of a folder of one's own.
#[test]
fn texts_without_english_are_listed_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    assert!(
        onenet(&["new", "small", "--workflows", root])
            .status
            .success()
    );
    fs::write(
        folder.path().join("english.yaml"),
        "terms: { 用不着: Unwanted }\n",
    )
    .unwrap();
    let output = onenet(&["check", "--to-english", "--lang", "en", root]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("english.yaml:1:10 used nowhere: 用不着"),
        "{said}"
    );
    let output = onenet(&["check", "--to-english", "--format", "json", root]);
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |zh: &str| listed.iter().find(|open| open["zh"] == zh);
    assert_eq!(of("用不着").unwrap()["places"], 0);
    let texts = listed.iter().filter(|open| open["places"] != 0);
    let files: BTreeSet<&str> = texts.map(|open| open["file"].as_str().unwrap()).collect();
    assert!(!files.is_empty(), "{listed:?}");
    let here = |file: &&str| file.contains("small/");
    assert!(files.iter().all(here), "{files:?}");
}

/// A line that does not do what it says is shown with its place, what was expected, what was, and when.
#[test]
fn run_prints_a_timeline_and_where_it_leaves_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("case.yaml");
    let story = r#"now: 2026-03-02 09:10
accepting_city: 中山
applicant: { name: 王五, id_number: "110101198001010010", phone: "13800000002" }
form: { to_city: 遵义, question: 金额不符 }
when:
  - { after: 1h, by: 遵义/handler, do: answer.已核实, data: { finding: 少划一个月 } }
  - { by: 遵义/handler, do: answer.second.agreed }
"#;
    std::fs::write(&input, story).unwrap();
    let output = onenet(&["run", "joint-check", "--input", input.to_str().unwrap()]);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(
        out.contains("收件：一网协查") && out.contains("2026-03-09 17:00 到期"),
        "{out}"
    );
    assert!(
        err.contains("case.yaml:7:5: 第 2 步 \"answer.second.agreed\"：期望 办理成功")
            && err.contains("forbidden"),
        "{err}"
    );
}

#[test]
fn diff_says_what_two_cities_do_otherwise() {
    let told = "\
中山与梧州的差异（2025-03-03 收的件）

企业职工基本养老保险个人账户一次性待遇申领 (pension-lump-sum)
  时限
    limits.promised：中山 =parameters.lump_sum_promised；梧州 5wd
  材料
    materials.bank_card 银行卡复印件：中山 要, shared/upload, 容缺 =parameters.material_promise；梧州 没有

  日历
    2025-03-31 三月三：中山 上班；梧州 休息
    2025-04-01 三月三：中山 上班；梧州 休息";
    let lump_sum = ["--matter", "pension-lump-sum", "--on", "2025-03-03"];
    let args = |cities: [&'static str; 2]| [&["diff"], &cities[..], &lump_sum[..]].concat();
    check(&args(["中山", "450400"]), 0, told, "");
    // What a matter names of the parameters; hours of offices in the west.
    let output = onenet(&[
        "--lang",
        "en",
        "diff",
        "中山",
        "南充",
        "--matter",
        "retirement-approval",
        "--on",
        "2026-03-02",
    ]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("limits.promised: Zhongshan 3wd; Nanchong =parameters.retirement_promised"),
        "{said}"
    );
    let output = onenet(&["diff", "中山", "图木舒克", "--on", "2026-03-02", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let find = |part: &str, address: &str| {
        let all = told["differences"].as_array().unwrap().iter();
        let found: Vec<_> = all
            .filter(|d| d["part"] == part && d["address"] == address)
            .collect();
        assert_eq!(found.len(), 1, "{told}");
        [&found[0]["one"]["zh"], &found[0]["other"]["zh"]].map(|v| v.as_str().unwrap().to_owned())
    };
    assert_eq!(
        find("parameters", "unemployment_decision_local"),
        ["7wd", "10wd"]
    );
    let hours = ["09:00-12:00, 14:00-17:00", "10:00-14:00, 16:00-19:30"];
    assert_eq!(find("hours", ""), hours);
    check(
        &args(["襄阳", "赣州"]),
        0,
        "襄阳与赣州没有差异（2025-03-03 收的件）",
        "",
    );
    check(&args(["中山", "悟州"]), 2, "", "悟州");
}

#[test]
fn what_rests_on_an_article_is_listed_with_its_lines() {
    let output = onenet(&["explain", "--basis", "社会保险经办条例:24"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // The ten working days for deciding on unemployment benefit rest on it, the pension of article 18 does not.
    assert!(
        said.contains("失业保险金申领 (unemployment-benefit-claim)"),
        "{said}"
    );
    assert!(
        said.contains("unemployment-benefit-claim/matter.yaml:"),
        "{said}"
    );
    assert!(!said.contains("pension-lump-sum"), "{said}");
    let output = onenet(&["explain", "--basis", "梧州市政务服务承诺:3"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("pension-lump-sum/cities/梧州.yaml:5"),
        "{said}"
    );
    check(
        &["explain", "--basis", "社会保险经办条列"],
        2,
        "",
        "社会保险经办条例",
    );
}

/// Two versions of a matter are compared whole: what it says in words, papers and comments line by line.
#[test]
fn diff_against_an_earlier_folder_says_all_that_differs() {
    let place = tempfile::tempdir().unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let of = |version: &str, change: fn(&str, String) -> String| {
        let to = place.path().join(version).join("call-back");
        std::fs::create_dir_all(to.join("papers")).unwrap();
        for file in ["matter.yaml", "guidance.yaml"] {
            let text = std::fs::read_to_string(root.join("call-back").join(file)).unwrap();
            std::fs::write(to.join(file), change(file, text)).unwrap();
        }
        std::fs::write(
            to.join("papers/told.md"),
            change("told.md", "# 告知\n一行\n".into()),
        )
        .unwrap();
        to.to_str().unwrap().to_owned()
    };
    let old = of("old", |_, text| text);
    let new = of("new", |file, text| match file {
        "matter.yaml" => text.replacen("title: ", "title: 新", 1),
        "told.md" => text + "又一行\n",
        _ => format!("# 注\n{text}"),
    });
    let output = onenet(&["diff", &new, "--against", &old]);
    let said = String::from_utf8(output.stdout).unwrap();
    for line in [
        "事项 ",
        "(call-back/matter.yaml)",
        "新",
        "文书 告知 (call-back/papers/told.md)",
        "  + 又一行",
        "  + # 注",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let output = onenet(&["diff", &new, "--against", &old, "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["changed"].as_array().unwrap().len(), 3, "{told}");
    let output = onenet(&["diff", &old, "--against", &old, "--lang", "en"]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Nothing differs\n"
    );
}
