//! The shipped tables against the printed rows of the law, and what is said about tables that are wrong.

use engine::source::Sources;
use engine::table::Table;
use engine::text::Lang;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;

mod wrong;

/// A shipped table by name.
fn shipped(name: &str) -> Table {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows/tables");
    let path = root.join(name).with_extension("yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    read(&text).unwrap_or_else(|shown| panic!("{name}:\n{shown}"))
}

/// A table out of its text, or the findings as people read them.
fn read(text: &str) -> Result<Table, String> {
    let mut sources = Sources::default();
    let file = sources.add("t.yaml", text);
    let table = engine::yaml::parse(file, text).and_then(|node| Table::read(&node, &sources));
    table.map_err(|found| {
        let shown = found.iter().map(|d| d.render(&sources, Lang::Zh));
        shown.collect()
    })
}

/// A cell of the data file as JSON: numbers and words stand bare, lists and amounts as JSON has them.
fn cell(name: &str, text: &str) -> Json {
    let amount = text.contains('.') && !name.starts_with("months");
    match serde_json::from_str(text) {
        Ok(Json::Null) => Json::Null,
        Ok(value) if !amount && !is_code(name) => value,
        _ => text.into(),
    }
}

/// Codes are texts, whatever they look like.
fn is_code(name: &str) -> bool {
    name.ends_with("province") || name == "id_number" || name == "division"
}

#[test]
fn every_printed_row_of_the_rules_comes_out() {
    let data = include_str!("tables/rules.txt");
    let mut tables = BTreeMap::new();
    let mut rows = BTreeMap::<&str, usize>::new();
    let mut wrong = Vec::new();
    for paragraph in data.split("\n\n") {
        let mut lines = paragraph.lines().filter(|l| !l.starts_with('#'));
        let Some(title) = lines.next().filter(|l| !l.is_empty()) else {
            continue;
        };
        let (section, name) = title.trim_start_matches("§ ").split_once(' ').unwrap();
        let table = tables.entry(name).or_insert_with(|| shipped(name));
        let split = |line: &'static str| {
            let (left, right) = line.split_once(" || ").unwrap();
            [left, right].map(|side| side.split(" | ").map(str::trim).collect::<Vec<_>>())
        };
        let [inputs, outputs] = split(lines.next().unwrap());
        for line in lines {
            let [given, expected] = split(line);
            let given = inputs.iter().zip(&given).filter(|(_, text)| **text != "-");
            let given: Map<String, Json> = given
                .map(|(name, text)| ((*name).to_owned(), cell(name, text)))
                .collect();
            let found = table.evaluate(&Json::Object(given), &Json::Null);
            let found = found.map(|outcome| outcome.output);
            let right = |output: &Json| {
                let mut pairs = outputs.iter().zip(&expected);
                pairs.all(|(name, text)| output[*name] == cell(name, text))
            };
            if !found.as_ref().is_ok_and(right) {
                wrong.push(format!("§ {section} {name}: {line}\n  {found:?}"));
            }
            *rows.entry(name).or_default() += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        tables.len(),
        9,
        "all nine tables of the interface: {rows:?}"
    );
    assert!(rows["retirement-age"] >= 408, "the annexes whole: {rows:?}");
}

/// The names other programs rely on.
#[test]
fn tables_have_the_inputs_and_outputs_of_the_interface() {
    for (name, inputs, outputs) in [
        (
            "retirement-age",
            "category birth_month",
            "delay_months age_months retirement_month minimum_months",
        ),
        (
            "flexible-retirement",
            "category birth_month chosen_month? contribution_months? leader?",
            "statutory_month earliest_month latest_month kind allowed minimum_months reason",
        ),
        (
            "benefit-place",
            "hukou_province current_province current_temporary periods",
            "province rule",
        ),
        (
            "temporary-account",
            "sex age_at_start returns_to_hukou official_transfer",
            "action",
        ),
        (
            "transfer-amount",
            "personal_pre_1998 account_since_1998 account_by_rate? temporary_account? monthly_bases_since_1998",
            "personal_account pooled_fund total",
        ),
        (
            "unemployment-months",
            "province contribution_months carried_over_months?",
            "months ceiling_months",
        ),
        (
            "survivor-benefit",
            "retired contribution_months drawn_months? disposable_income? own_contributions?",
            "months funeral_grant pension_grant total",
        ),
        (
            "id-number",
            "id_number",
            "valid reason birth_date sex division",
        ),
        ("credit-code", "code", "valid reason"),
    ] {
        let table = shipped(name);
        assert_eq!(table.name(), name);
        let mut wanted: Vec<&str> = inputs.split(' ').collect();
        wanted.sort_unstable();
        let found = table.inputs().iter().map(|(input, named)| {
            let mark = if named.may_be_missing { "?" } else { "" };
            format!("{input}{mark}")
        });
        assert_eq!(found.collect::<Vec<_>>(), wanted, "{name}");
        for output in outputs.split(' ') {
            assert!(table.outputs().contains_key(output), "{name}: {output}");
        }
        assert!(!table.basis().is_empty(), "{name} rests on nothing");
    }
}

/// Every table that ships reads without a finding, its examples played.
#[test]
fn every_shipped_table_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows/tables");
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(shipped(&name).name(), name);
    }
}

/// What a birthday lies in the future of is told by the caller, not by a clock.
#[test]
fn a_birthday_to_come_is_refused_when_the_day_is_known() {
    let (table, input) = (
        shipped("id-number"),
        json!({ "id_number": "110101209901010017" }),
    );
    let today = json!({ "today": "2026-11-25" });
    let output = table.evaluate(&input, &today).unwrap().output;
    assert_eq!(output["reason"], "future");
    assert_eq!(output["valid"], false);
}

/// Hit policies, each with what it does and where it refuses.
#[test]
fn hit_policies() {
    let table = |hit: &str, output: &str, rows: &str| {
        let rows = rows.replace("; ", "\n  ");
        read(&format!(
            "table: t\ntitle: t\nhit: {hit}\ninputs: {{ n: integer }}\noutputs: {{ {output} }}\nrules: |\n  {rows}\n"
        ))
    };
    let ask = |table: &Table, n: i64| {
        let outcome = table.evaluate(&json!({ "n": n }), &Json::Null);
        outcome.map(|o| (o.output, o.rows)).map_err(|e| e.key)
    };
    for (hit, output, rows, n, expected) in [
        (
            "unique",
            "a: integer",
            "n | a; < 5 | 1; >= 5 | 2",
            7,
            Ok((json!({ "a": 2 }), vec![2])),
        ),
        (
            "unique",
            "a: integer",
            "n | a; < 5 | 1; =n >= 4 | 2",
            4,
            Err("E0444"),
        ),
        (
            "any",
            "a: integer",
            "n | a; < 5 | 1; > 2 | 1",
            4,
            Ok((json!({ "a": 1 }), vec![1])),
        ),
        (
            "any",
            "a: integer",
            "n | a; < 5 | =n; > 2 | 1",
            4,
            Err("E0445"),
        ),
        (
            "first",
            "a: integer",
            "n | a; < 5 | 1; - | 2",
            4,
            Ok((json!({ "a": 1 }), vec![1])),
        ),
        (
            "priority",
            "a: [high, low]",
            "n | a; - | low; > 2 | high",
            4,
            Ok((json!({ "a": "high" }), vec![2])),
        ),
        (
            "priority",
            "a: [high, low]",
            "n | a; - | low; > 2 | high",
            1,
            Ok((json!({ "a": "low" }), vec![1])),
        ),
        (
            "collect",
            "a: integer",
            "n | a; > 1 | 1; > 2 | 5",
            4,
            Ok((json!({ "a": [1, 5] }), vec![1, 2])),
        ),
        (
            "collect",
            "a: integer",
            "n | a; > 1 | 1; > 2 | 5",
            0,
            Ok((json!({ "a": [] }), vec![])),
        ),
        (
            "collect sum",
            "a: money",
            "n | a; > 1 | 1.5; > 2 | 5",
            4,
            Ok((json!({ "a": "6.50" }), vec![1, 2])),
        ),
        (
            "collect min",
            "a: integer",
            "n | a; > 1 | 3; > 2 | 5",
            4,
            Ok((json!({ "a": 3 }), vec![1, 2])),
        ),
        (
            "collect max",
            "a: integer",
            "n | a; > 1 | 3; > 2 | 5",
            0,
            Ok((json!({ "a": null }), vec![])),
        ),
        (
            "collect count",
            "a: text",
            "n | a; > 1 | x; > 2 | y",
            4,
            Ok((json!({ "a": 2 }), vec![1, 2])),
        ),
    ] {
        let read = table(hit, output, rows).unwrap_or_else(|shown| panic!("{hit} {rows}\n{shown}"));
        assert_eq!(ask(&read, n), expected, "{hit} {rows} for {n}");
    }
}

/// An input left out fails every test but `-`, `null` and `not(…)`.
#[test]
fn inputs_left_out_surprise_nobody() {
    let table = read(
        "table: t\ntitle: t\nhit: first\ninputs: { n: { type: integer, optional: true }, day: { type: date, optional: true } }\n\
         outputs: { a: [none, before, small, other] }\nrules: |\n  n | day | a\n  - | < 2021-09-01 | before\n  null | - | none\n  [0..10) | - | small\n  - | - | other\n",
    )
    .unwrap();
    for (input, expected) in [
        (json!({}), "none"),
        (json!({ "n": null }), "none"),
        (json!({ "n": 0 }), "small"),
        (json!({ "n": 10 }), "other"),
        (json!({ "n": 10, "day": "2021-08-31" }), "before"),
        (json!({ "n": 10, "day": "2021-09-01" }), "other"),
    ] {
        let output = table.evaluate(&input, &Json::Null).unwrap().output;
        assert_eq!(output["a"], expected, "{input}");
    }
}

/// A wrong question names the input, what was expected, and the nearest right name.
#[test]
fn wrong_inputs_are_named() {
    let place =
        json!({ "hukou_province": "45", "current_province": "44", "current_temporary": false });
    let with = |periods: Json| {
        let mut input = place.clone();
        input["periods"] = periods;
        input
    };
    for (name, input, key, pointer, named) in [
        (
            "retirement-age",
            json!([]),
            "decide.not_an_object",
            "",
            "birth_month, category",
        ),
        (
            "retirement-age",
            json!({ "category": "man60" }),
            "E0440",
            "/birth_month",
            "\"2026-11\"",
        ),
        (
            "retirement-age",
            json!({ "category": "man60", "birthmonth": "1965-01" }),
            "E0441",
            "/birthmonth",
            "birth_month",
        ),
        (
            "retirement-age",
            json!({ "category": "man6", "birth_month": "1965-01" }),
            "decide.choice_near",
            "/category",
            "man60",
        ),
        (
            "retirement-age",
            json!({ "category": "man60", "birth_month": "1965-13" }),
            "E0442",
            "/birth_month",
            "\"2026-11\"",
        ),
        (
            "temporary-account",
            json!({ "sex": "male", "age_at_start": 40.5, "returns_to_hukou": false, "official_transfer": false }),
            "E0442",
            "/age_at_start",
            "12",
        ),
        (
            "benefit-place",
            with(json!({})),
            "E0442",
            "/periods",
            "province",
        ),
        (
            "benefit-place",
            with(json!([{ "province": "44", "months": 12 }])),
            "E0440",
            "/periods/0/temporary",
            "true / false",
        ),
        (
            "benefit-place",
            with(json!([{ "provinc": "44" }])),
            "E0441",
            "/periods/0/provinc",
            "province",
        ),
    ] {
        let error = shipped(name).evaluate(&input, &Json::Null).unwrap_err();
        assert_eq!(
            (error.key, error.pointer.as_str()),
            (key, pointer),
            "{name} {input}"
        );
        let said = |(_, value): &(&str, String)| value.contains(named);
        assert!(error.args.iter().any(said), "{named}: {:?}", error.args);
    }
}

/// The explanation walks the rows up to the one that counted.
#[test]
fn an_explanation_says_what_kept_each_row_out() {
    let table = shipped("temporary-account");
    let input = json!({ "sex": "female", "age_at_start": 45, "returns_to_hukou": false, "official_transfer": false });
    let explanation = table.explain(&input, &Json::Null).unwrap();
    let told: Vec<(usize, Vec<&str>)> = explanation
        .rows
        .iter()
        .map(|row| {
            (
                row.row,
                row.misses.iter().map(|m| m.wanted.as_str()).collect(),
            )
        })
        .collect();
    let expected = vec![
        (1, vec!["true"]),
        (2, vec!["true"]),
        (3, vec!["male", ">= 50"]),
        (4, vec![]),
    ];
    assert_eq!(told, expected);
    assert_eq!(explanation.rows[3].basis, "第五条");
    assert_eq!(
        explanation.outcome.output,
        json!({ "action": "temporary_account" })
    );
}
