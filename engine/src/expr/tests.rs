//! The expression language from outside: what it computes, and what it refuses.

use super::*;
use serde_json::json;

fn scope() -> BTreeMap<String, Named> {
    BTreeMap::from([
        ("年限".into(), Named::sure(Type::Integer)),
        ("amount".into(), Named::maybe(Type::Number)),
        (
            "sex".into(),
            Named::sure(Type::OneOf(vec!["male".into(), "female".into()])),
        ),
        ("born".into(), Named::sure(Type::Month)),
    ])
}

fn check(source: &str, expected: serde_json::Value) {
    let expr = compile(source, Span::default(), &scope(), None)
        .unwrap_or_else(|d| panic!("{source}: {d:?}"));
    let values = json!({ "年限": 12, "amount": "10.50", "sex": "male", "born": "1965-03" });
    let value = expr.eval(&values, &mut Fuel::default());
    assert_eq!(
        value
            .unwrap_or_else(|e| panic!("{source}: {e:?}"))
            .to_json(),
        expected,
        "{source}"
    );
}

#[test]
fn values_are_exact() {
    for (source, expected) in [
        ("年限 + 1", json!(13)),
        ("0.1 + 0.2 = 0.3", json!(true)),
        ("round(2.345, 2)", json!("2.35")),
        ("年限 in [10..12)", json!(false)),
        ("年限 between 10 and 12", json!(true)),
        ("sex in (\"male\")", json!(true)),
        ("born + months(721)", json!("2025-04")),
        ("has(amount) and amount > 10", json!(true)),
        ("date(\"2026-01-31\") + months(1)", json!("2026-02-28")),
        ("sum(for x in [1, 2, 3] return x * 2)", json!(12)),
        ("every x in [1, 2] satisfies x < 2", json!(false)),
        (
            "id_number(\"11010119800101001\" + \"0\").valid",
            json!(true),
        ),
        (
            "first_of(id_number(\"442000197002290028\").reason, \"-\") = \"birth_date\"",
            json!(true),
        ),
        ("id_number(\"450400196511300033\").valid", json!(true)),
        ("credit_code(\"91442000MA4TE8T01K\").valid", json!(true)),
    ] {
        check(source, expected);
    }
}

#[test]
fn wrong_expressions_are_refused_at_their_place() {
    for (source, code, column) in [
        ("1 +", "E0402", 3),
        ("1 ， 2", "E0401", 2),
        ("\"a", "E0403", 0),
        ("12a", "E0404", 0),
        ("", "E0416", 0),
        ("1 + 年线", "E0407", 4),
        ("amount > 1", "E0410", 0),
        ("sex = \"mal\"", "E0409", 6),
        ("年限 + \"a\"", "E0411", 0),
        ("foo(1)", "E0412", 0),
        ("round()", "E0413", 0),
        ("1 and true", "E0411", 0),
        ("born = 3", "E0411", 7),
        ("if 1 then 2 else 3", "E0411", 3),
        ("(1", "E0402", 2),
        ("1 2", "E0402", 2),
        ("1 < 2 < 3", "E0402", 6),
    ] {
        let span = Span {
            file: 0,
            start: 0,
            end: source.len() as u32,
        };
        let found = compile(source, span, &scope(), None).expect_err(source);
        assert_eq!(
            (found[0].code, found[0].span.start),
            (code, column),
            "{source}: {found:?}"
        );
    }
}

#[test]
fn depth_and_work_are_bounded() {
    for deep in [
        "(".repeat(4000),
        "-".repeat(4000),
        "1+".repeat(2000) + "1",
        "not(".repeat(900),
    ] {
        let found = compile(&deep, Span::default(), &scope(), None).expect_err("deep");
        assert_eq!(found[0].code, "E0406");
    }
    let e = compile("1 / (年限 - 12)", Span::default(), &scope(), None).expect("compiles");
    assert_eq!(
        e.eval(&json!({ "年限": 12 }), &mut Fuel::default())
            .expect_err("zero")
            .key,
        "E0421"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(source in "[a-z0-9年限 ()\\[\\].,\"=<>+*/-]{0,40}") {
        if let Ok(e) = compile(&source, Span::default(), &scope(), None) {
            let _ = e.eval(&json!({ "年限": 12 }), &mut Fuel::default());
        }
    }
}
