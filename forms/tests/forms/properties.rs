//! What holds for any input.

use forms::{Form, validate};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::read;

fn form() -> Form {
    let schema = r#"{"type":"object","properties":{
      "name":{"type":"string","title":"姓名"},"long":{"type":"string","title":"说明","x-long":true},
      "id":{"type":"string","format":"id-number","title":"身份证号"},"phone":{"type":"string","format":"phone","title":"手机"},
      "card":{"type":"string","format":"bank-card","title":"卡"},"code":{"type":"string","format":"credit-code","title":"代码"},
      "day":{"type":"string","format":"date","title":"日期"},"month":{"type":"string","format":"month","title":"年月"},
      "n":{"type":"integer","title":"数"},"sum":{"type":"string","format":"money","title":"金额"},"yes":{"type":"boolean","title":"是否"},
      "kind":{"type":"string","title":"选","enum":["a","b"]},"tags":{"type":"array","title":"项","items":{"type":"string"}},
      "group":{"type":"object","title":"组","properties":{"a":{"type":"string","title":"甲"},"n":{"type":"integer","title":"乙"}}},
      "rows":{"type":"array","title":"行","items":{"type":"object","properties":{"a":{"type":"string","title":"甲"},"sum":{"type":"string","format":"money","title":"金额"}}}}},
      "if":{"properties":{"yes":{"const":true}}},"then":{"properties":{"why":{"type":"string","title":"理由"}}}}"#;
    read(schema).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Texts as people type them, dates, amounts and identifiers among them, good and nearly good.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[ 0-9０-９.,-]{0,12}",
        "(19|20)[0-9]{2}[-./年]?[0-9]{1,2}[-./月]?[0-9]{0,2}日?",
        "-?[0-9]{1,3}(,[0-9]{3}){0,2}(\\.[0-9]{1,2})?",
        "1[3-9][0-9]{9}",
        Just("110101198001010010".to_owned()),
        Just("91442000ma4te8t01k".to_owned()),
        Just("6228480000000000000".to_owned()),
        Just("a".to_owned()),
        Just(" \u{202E}李四\u{200B}\n".to_owned()),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        (0_u32..100_000).prop_map(|n| json!(f64::from(n) / 100.0)),
        text().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4).prop_map(|pairs| {
                Value::Object(pairs.into_iter().collect::<Map<String, Value>>())
            }),
        ]
    })
}

/// Names of the form, and now and then one it does not have.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "name", "long", "id", "phone", "card", "code", "day", "month", "n", "sum", "yes", "kind",
        "tags", "group", "rows", "why", "a", "nmae",
    ];
    prop::sample::select(known.to_vec()).prop_map(str::to_owned)
}

fn input() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => value(),
        4 => prop::collection::vec((name(), value()), 0..8).prop_map(|pairs| {
            Value::Object(pairs.into_iter().collect::<Map<String, Value>>())
        }),
    ]
}

/// Inputs that fit the form, so that most of them pass.
fn good() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        ("(name|long|why)", ".{1,12}").prop_map(|(k, v)| (k, json!(v))),
        (Just("n".to_owned()), any::<i64>()).prop_map(|(k, v)| (k, json!(v))),
        (Just("sum".to_owned()), 0_i64..100_000_000)
            .prop_map(|(k, v)| (k, json!(format!("{}.{:02}", v / 100, v % 100)))),
        (Just("day".to_owned()), 1900_i16..2100, 1_i8..13, 1_i8..29)
            .prop_map(|(k, y, m, d)| (k, json!(format!("{y}年{m}月{d}日")))),
        (Just("month".to_owned()), 1900_i16..2100, 1_i8..13)
            .prop_map(|(k, y, m)| (k, json!(format!("{y}{m:02}")))),
        (
            Just("phone".to_owned()),
            "\\+?861[3-9][0-9]{9}|1[3-9][0-9] [0-9]{4} [0-9]{4}"
        )
            .prop_map(|(k, v)| (k, json!(v))),
        Just(("yes".to_owned(), json!(true))),
        Just(("kind".to_owned(), json!("b"))),
        (
            Just("tags".to_owned()),
            prop::collection::vec("[一-龥]{1,4}", 0..4)
        )
            .prop_map(|(k, v)| (k, json!(v))),
        (
            Just("rows".to_owned()),
            prop::collection::vec("[0-9]{1,6}", 0..4)
        )
            .prop_map(|(k, v)| { (k, v.into_iter().map(|sum| json!({ "sum": sum })).collect()) }),
    ];
    prop::collection::vec(field, 0..8)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<String, Value>>()))
}

const DAY: jiff::civil::Date = date(2026, 11, 25);

/// Every place with a value: its pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), into);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{i}"), into);
            }
        }
        Value::Null => {}
        _ => into.push(at.to_owned()),
    }
}

/// A text with something to see in it; blanks and what cannot be seen say nothing.
fn says_something(value: &Value) -> bool {
    value.as_str().is_none_or(|text| {
        let seen = |c: char| !c.is_whitespace() && !c.is_control();
        let hidden = |c| matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
        text.chars().any(|c| seen(c) && !hidden(c))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any input has an answer; a refusal points into the input and says something.
    #[test]
    fn any_input_has_an_answer(input in input()) {
        if let Err(errors) = validate(&form(), &input, DAY) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(!error.message.zh.is_empty() && !error.message.en.is_empty(), "{error:?}");
            }
        }
    }

    /// What has been accepted is in its normal form: it is accepted again and stays the same.
    #[test]
    fn a_submission_validates_again_unchanged(input in prop_oneof![input(), good()]) {
        let form = form();
        if let Ok(once) = validate(&form, &input, DAY) {
            let twice = validate(&form, once.as_json(), DAY);
            prop_assert_eq!(twice.map(|s| s.into_json()), Ok(once.into_json()));
        }
    }

    /// Everything typed into an accepted form is in what comes back, at its own place.
    #[test]
    fn nothing_typed_is_lost(input in good()) {
        if let Ok(submission) = validate(&form(), &input, DAY) {
            let mut typed = Vec::new();
            places(&input, "", &mut typed);
            for place in typed {
                let written = input.pointer(&place).cloned().unwrap_or_default();
                let kept = submission.as_json().pointer(&place).is_some();
                prop_assert!(kept || !says_something(&written), "{place} of {input}");
            }
        }
    }

    /// The order in which fields are sent makes no difference.
    #[test]
    fn order_does_not_matter(input in good()) {
        let turned = match &input {
            Value::Object(map) => Value::Object(map.iter().rev().map(|(k, v)| (k.clone(), v.clone())).collect()),
            other => other.clone(),
        };
        prop_assert_eq!(validate(&form(), &input, DAY), validate(&form(), &turned, DAY));
    }

    /// No text makes the reader of schemas panic, and what it refuses it names.
    #[test]
    fn any_schema_has_an_answer(property in value(), name in name()) {
        let schema = json!({ "type": "object", "properties": { name: property } }).to_string();
        if let Err(problems) = read(&schema) {
            prop_assert!(problems.iter().all(|p| !p.message.zh.is_empty() && !p.message.en.is_empty()));
        }
    }
}
