//! Inputs a person, a program or a file may send and should not: each with its code and the pointer to the field.

use std::collections::BTreeSet;

use forms::{Form, validate};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::{codes, is_said, read};

const TODAY: Date = date(2026, 11, 25);

/// A form with every kind of field once, none of them required.
const EVERY_KIND: &str = r#"{"type":"object","title":"样表","properties":{
  "name":{"type":"string","title":"姓名","minLength":2,"maxLength":5},
  "code":{"type":"string","title":"文号","pattern":"^[A-Z]{2}[0-9]{3}$"},
  "day":{"type":"string","format":"date","title":"日期"},
  "month":{"type":"string","format":"month","title":"年月"},
  "count":{"type":"integer","title":"月数","minimum":0,"maximum":600},
  "sum":{"type":"string","format":"money","title":"金额","minimum":0.01,"maximum":1000},
  "yes":{"type":"boolean","title":"是否"},
  "kind":{"type":"string","title":"种类","enum":["window","online"],"x-titles":{"window":"窗口","online":"网上"}},
  "kinds":{"type":"array","title":"事项","items":{"type":"string","enum":["medical","fund","employment"]}},
  "notes":{"type":"array","title":"备注","maxItems":2,"items":{"type":"string"}},
  "id_number":{"type":"string","format":"id-number","title":"身份证号"},
  "birth":{"type":"string","format":"date","title":"出生日期","x-derive":"id_number.birth_date"},
  "employer":{"type":"string","format":"credit-code","title":"单位"},
  "phone":{"type":"string","format":"phone","title":"手机"},
  "card":{"type":"string","format":"bank-card","title":"银行卡"},
  "region":{"type":"string","format":"region","title":"地区"},
  "photo":{"type":"string","format":"file","title":"照片"},
  "group":{"type":"object","title":"组","properties":{"a":{"type":"string","title":"甲"},"b":{"type":"string","title":"乙"}},"required":["a"]},
  "rows":{"type":"array","title":"明细","minItems":1,"maxItems":3,"items":{"type":"object","properties":{
      "from":{"type":"string","format":"month","title":"起"},"to":{"type":"string","format":"month","title":"止"},
      "city":{"type":"string","title":"城市"},"share":{"type":"integer","title":"份额"}},"required":["from"],
      "x-checks":[{"kind":"not_after","fields":["from","to"]}]}},
  "shares":{"type":"array","title":"分配","items":{"type":"object","properties":{"who":{"type":"string","title":"谁"},"share":{"type":"integer","title":"份额"}}}},
  "fact":{"type":"string","title":"事实","readOnly":true},
  "start":{"type":"string","format":"date","title":"开始"},"end":{"type":"string","format":"date","title":"结束"},
  "again":{"type":"string","title":"再写一遍"},"other":{"type":"string","title":"另一个"}},
  "if":{"properties":{"yes":{"const":true}}},"then":{"properties":{"why":{"type":"string","title":"理由"}},"required":["why"]},
  "x-checks":[
    {"kind":"before","fields":["start","end"]},{"kind":"not_before","fields":["day","start"]},{"kind":"not_in_future","fields":["month"]},
    {"kind":"equal","fields":["name","again"]},{"kind":"not_equal","fields":["name","other"]},
    {"kind":"sum_equals","fields":["shares","share"],"value":100},
    {"kind":"unique_by","fields":["shares","who"]},{"kind":"no_overlap","fields":["rows","from","to"]}]}"#;

/// Every bad input to that form: what is filled in, the code, the pointer.
fn table() -> Vec<(Value, &'static str, &'static str)> {
    let mut deep = json!("x");
    for _ in 0..40 {
        deep = json!([deep]);
    }
    vec![
        // the input as a whole
        (json!([]), "not_an_object", ""),
        (json!("text"), "not_an_object", ""),
        (json!({ "name": deep }), "too_deep", ""),
        (
            json!({ "notes": vec!["x"; 10_001] }),
            "too_many_members",
            "",
        ),
        (
            json!({ "name": "x".repeat(64 * 1024 + 1) }),
            "text_too_big",
            "",
        ),
        (json!({ "nmae": "李四" }), "unknown_field", "/nmae"),
        (json!({ "姓名": "李四" }), "unknown_field", "/姓名"),
        (json!({ "a/b": 1 }), "unknown_field", "/a~1b"),
        // texts
        (json!({ "name": 7 }), "type.text", "/name"),
        (json!({ "name": ["李四"] }), "type.text", "/name"),
        (json!({ "name": "李" }), "too_short", "/name"),
        (json!({ "name": "一二三四五六" }), "too_long", "/name"),
        (json!({ "code": "ab123" }), "pattern", "/code"),
        (json!({ "code": "AB1234" }), "pattern", "/code"),
        // dates and months
        (json!({ "day": "2026-02-30" }), "date.invalid", "/day"),
        (json!({ "day": "23.11.2026" }), "date.invalid", "/day"),
        (json!({ "day": 20261123 }), "date.invalid", "/day"),
        (json!({ "month": "2026-13" }), "month.invalid", "/month"),
        (json!({ "month": "2026-00" }), "month.invalid", "/month"),
        (
            json!({ "month": "2026-12" }),
            "check.not_in_future",
            "/month",
        ),
        // numbers and money
        (json!({ "count": "abc" }), "type.integer", "/count"),
        (json!({ "count": 1.5 }), "type.integer", "/count"),
        (json!({ "count": -1 }), "too_small", "/count"),
        (json!({ "count": 601 }), "too_large", "/count"),
        (
            json!({ "count": 9_223_372_036_854_775_808_u64 }),
            "type.integer",
            "/count",
        ),
        (json!({ "sum": "1.005" }), "amount.decimals", "/sum"),
        (json!({ "sum": "1,00" }), "amount.invalid", "/sum"),
        (json!({ "sum": "¥12" }), "amount.invalid", "/sum"),
        (json!({ "sum": "1e3" }), "amount.invalid", "/sum"),
        (
            json!({ "sum": "1234567890123456" }),
            "amount.too_long",
            "/sum",
        ),
        (
            json!({ "sum": 0.12345678901234568 }),
            "amount.inexact",
            "/sum",
        ),
        (json!({ "sum": "0.00" }), "too_small", "/sum"),
        (json!({ "sum": "1000.01" }), "too_large", "/sum"),
        (json!({ "sum": true }), "amount.invalid", "/sum"),
        // yes or no, choices
        (json!({ "yes": "maybe" }), "type.boolean", "/yes"),
        (json!({ "yes": 1 }), "type.boolean", "/yes"),
        (json!({ "yes": true }), "required", "/why"),
        (
            json!({ "yes": false, "why": "因为" }),
            "not_applicable",
            "/why",
        ),
        (json!({ "why": "因为" }), "not_applicable", "/why"),
        (json!({ "kind": "windw" }), "choice.near", "/kind"),
        (json!({ "kind": "窗口" }), "choice.near", "/kind"),
        (json!({ "kind": "post" }), "choice.unknown", "/kind"),
        (json!({ "kinds": "fund" }), "type.list", "/kinds"),
        (
            json!({ "kinds": ["pension"] }),
            "choice.unknown",
            "/kinds/0",
        ),
        (
            json!({ "kinds": ["fund", "fund"] }),
            "rows.duplicate",
            "/kinds",
        ),
        (json!({ "notes": [1] }), "type.text", "/notes/0"),
        (
            json!({ "notes": ["a", "b", "c"] }),
            "rows.too_many",
            "/notes",
        ),
        // identifiers
        (
            json!({ "id_number": "11010119800101001" }),
            "id_number.length",
            "/id_number",
        ),
        (
            json!({ "id_number": "1101011980010100X0" }),
            "id_number.character",
            "/id_number",
        ),
        (
            json!({ "id_number": "000101198001010010" }),
            "id_number.division",
            "/id_number",
        ),
        (
            json!({ "id_number": "442000197002290028" }),
            "id_number.birth_date",
            "/id_number",
        ),
        (
            json!({ "id_number": "110101209901010017" }),
            "id_number.future",
            "/id_number",
        ),
        (
            json!({ "id_number": "110101198001010011" }),
            "id_number.checksum",
            "/id_number",
        ),
        (
            json!({ "id_number": "110101198001010010", "birth": "1980-01-02" }),
            "check.agrees_with_id_number",
            "/birth",
        ),
        (
            json!({ "employer": "91442000MA4TE8T01" }),
            "credit_code.length",
            "/employer",
        ),
        (
            json!({ "employer": "91442000MA4TE8TO1K" }),
            "credit_code.character",
            "/employer",
        ),
        (
            json!({ "employer": "91442000MA4TE8T01A" }),
            "credit_code.checksum",
            "/employer",
        ),
        (json!({ "phone": "12345678901" }), "phone.invalid", "/phone"),
        (json!({ "phone": "1380013800" }), "phone.invalid", "/phone"),
        (json!({ "card": "622848" }), "bank_card.invalid", "/card"),
        (
            json!({ "card": "62284800000000000O0" }),
            "bank_card.invalid",
            "/card",
        ),
        (json!({ "region": "4504" }), "region.invalid", "/region"),
        (json!({ "region": "004500" }), "region.invalid", "/region"),
        (
            json!({ "photo": "../etc/passwd" }),
            "file.invalid",
            "/photo",
        ),
        // groups and rows
        (json!({ "group": "x" }), "type.group", "/group"),
        (json!({ "group": { "b": "乙" } }), "required", "/group/a"),
        (
            json!({ "group": { "a": "甲", "c": 1 } }),
            "unknown_field",
            "/group/c",
        ),
        (json!({ "rows": {"from": "2026-01"} }), "type.rows", "/rows"),
        (json!({ "rows": [] }), "rows.too_few", "/rows"),
        (json!({ "rows": ["2026-01"] }), "type.group", "/rows/0"),
        (
            json!({ "rows": [{ "city": "梧州" }] }),
            "required",
            "/rows/0/from",
        ),
        (
            json!({ "rows": [{ "from": "2026-02", "to": "2026-01" }] }),
            "check.not_after",
            "/rows/0/to",
        ),
        (
            json!({ "rows": [{ "from": "2025-01", "to": "2025-06" }, { "from": "2025-06", "to": "2025-08" }] }),
            "check.no_overlap",
            "/rows/1/from",
        ),
        // between fields
        (
            json!({ "start": "2026-01-02", "end": "2026-01-02" }),
            "check.before",
            "/end",
        ),
        (
            json!({ "day": "2026-01-01", "start": "2026-01-02" }),
            "check.not_before",
            "/start",
        ),
        (
            json!({ "name": "李四", "again": "李五" }),
            "check.equal",
            "/again",
        ),
        (
            json!({ "name": "李四", "other": "李四" }),
            "check.not_equal",
            "/other",
        ),
        (
            json!({ "shares": [{ "who": "甲", "share": 50 }, { "who": "乙", "share": 49 }] }),
            "check.sum_equals",
            "/shares",
        ),
        (
            json!({ "shares": [{ "who": "甲", "share": 50 }, { "who": "甲", "share": 50 }] }),
            "check.unique_by",
            "/shares/1/who",
        ),
    ]
}

fn form() -> Form {
    read(EVERY_KIND).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn each_has_exactly_its_error_at_its_field() {
    let form = form();
    let mut wrong = Vec::new();
    for (input, code, pointer) in table() {
        let errors = validate(&form, &input, TODAY).err().unwrap_or_default();
        let found: Vec<(&str, &str)> = errors
            .iter()
            .map(|e| (e.code, e.pointer.as_str()))
            .collect();
        if found != [(code, pointer)] {
            let shown: String = input.to_string().chars().take(200).collect();
            wrong.push(format!(
                "{shown}\n  wanted {code} at {pointer}\n  found {found:?}"
            ));
        }
        wrong.extend(
            errors
                .iter()
                .filter(|e| !is_said(&e.message))
                .map(|e| format!("{e:?}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is no error and still said: a card that fails its check digit, a fact that was sent.
#[test]
fn warnings_stop_nobody() {
    let input = json!({ "card": "6228480000000000001", "fact": "x" });
    let submission = validate(&form(), &input, TODAY).unwrap();
    let found: Vec<(&str, &str)> = submission
        .warnings()
        .iter()
        .map(|w| (w.code, w.pointer.as_str()))
        .collect();
    assert_eq!(found, [("read_only", "/fact"), ("bank_card.luhn", "/card")]);
    assert!(submission.warnings().iter().all(|w| is_said(&w.message)));
    assert_eq!(
        submission.as_json(),
        &json!({ "card": "6228480000000000001" })
    );
}

/// A passport in the place of an ID number is looked at only in its shape.
#[test]
fn another_document_has_its_own_rule() {
    let form =
        read(r#"{"type":"object","properties":{"p":{"$ref":"shared/person","title":"本人"}}}"#)
            .unwrap();
    let person =
        |id: &str| json!({ "p": { "name": "Ana", "id_type": "passport", "id_number": id } });
    let error = |id: &str| {
        let errors = validate(&form, &person(id), TODAY)
            .err()
            .unwrap_or_default();
        let at = errors.iter().find(|e| e.pointer == "/p/id_number");
        at.map(|e| e.code)
    };
    assert_eq!(error("E12345678"), None);
    assert_eq!(error("E1"), Some("document.invalid"));
}

#[test]
fn every_code_about_inputs_is_in_the_table() {
    let table = table();
    assert!(table.len() >= 60);
    let mut known: BTreeSet<&str> = table.iter().map(|(_, code, _)| *code).collect();
    known.extend(["read_only", "bank_card.luhn", "document.invalid"]);
    // Stands where the two judges of an input disagree, which the properties show they do not.
    known.insert("invalid");
    let others = ["schema.", "json.", "want.", "place.", "instead.", "sheet."];
    let missing: Vec<&str> = codes(|code| others.iter().all(|other| !code.starts_with(other)))
        .into_iter()
        .filter(|code| !known.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// All errors at once, in the order of the form, unknown names last.
#[test]
fn errors_come_in_the_order_of_the_form() {
    let input = json!({ "zzz": 1, "phone": "1", "day": "x", "name": "李" });
    let errors = validate(&form(), &input, TODAY).unwrap_err();
    let found: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(found, ["/name", "/day", "/phone", "/zzz"]);
}

/// A message helps without repeating what is personal.
#[test]
fn messages_do_not_repeat_personal_values() {
    let form = form();
    for (input, _, _) in table() {
        let Some(id) = input.get("id_number").and_then(Value::as_str) else {
            continue;
        };
        for error in validate(&form, &input, TODAY).err().unwrap_or_default() {
            assert!(!error.message.zh.contains(id) && !error.message.en.contains(id));
        }
    }
}
