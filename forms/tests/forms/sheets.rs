//! The pages of forms: what a page holds is what was typed, what is wrong is said where it is, and how it all looks.

use forms::posted::{self, Posted};
use forms::render::Sheet;
use forms::{Field, Form, Kind, Lang, validate};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};
use serde_json::{Map, Value, json};
use std::path::Path;

use crate::read;

const TODAY: Date = date(2026, 11, 25);

fn every_kind() -> Form {
    read(include_str!("every-kind.schema.json")).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Every form that ships.
fn shipped() -> Vec<Form> {
    let mut forms = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".schema.json") {
                let text = std::fs::read_to_string(&path).unwrap();
                forms.push(read(&text).unwrap_or_else(|e| panic!("{path:?}: {e:#?}")));
            }
        }
    }
    forms
}

/// What a browser would post: the controls in order, line ends as two characters.
fn held(page: &str) -> Vec<(String, String)> {
    let page = Html::parse_fragment(page);
    let controls = Selector::parse("input, textarea, select").unwrap();
    let option = Selector::parse("option").unwrap();
    let mut pairs = Vec::new();
    for control in page.select(&controls) {
        let attr = |name| control.value().attr(name);
        let ticked =
            !matches!(attr("type"), Some("radio" | "checkbox")) || attr("checked").is_some();
        let value = match control.value().name() {
            "textarea" => control.text().collect::<String>().replace('\n', "\r\n"),
            "select" => {
                let mut options = control.select(&option);
                let chosen = |o: &ElementRef| o.value().attr("selected").is_some();
                let first = control.select(&option).next();
                let chosen = options.find(chosen).or(first);
                chosen
                    .and_then(|o| o.value().attr("value"))
                    .unwrap_or_default()
                    .to_owned()
            }
            _ => attr("value").unwrap_or_default().to_owned(),
        };
        if ticked {
            pairs.push((attr("name").unwrap_or_default().to_owned(), value));
        }
    }
    pairs
}

/// What comes back when the page of an input is posted as it stands.
fn round(form: &Form, input: &Value) -> Posted {
    posted::read(
        form,
        &held(&Sheet::new(form, input, TODAY).draw().into_string()),
    )
}

/// One line as somebody might type it, good or bad.
fn line() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[^\\p{C}\\p{Z}]{1,6}",
        " ?[a-z\"'<>&/~-]{1,8} ?",
        "2026[-.]?1[012][-.]?[0-3][0-9]",
        "-?[0-9]{1,12}(\\.[0-9]{1,3})?",
        Just("１３８ 0013 8000".to_owned()),
        Just("𠮷".to_owned()),
    ]
    .prop_map(Value::from)
}

fn one_of(choices: &[forms::Choice]) -> impl Strategy<Value = Value> + use<> {
    let values: Vec<String> = choices.iter().map(|c| c.value.clone()).collect();
    let stray = Just(Value::from("no-such-choice"));
    prop_oneof![9 => prop::sample::select(values).prop_map(Value::from), 1 => stray]
}

/// Something typed into a field of this kind.
fn typed(kind: &Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text { long: true, .. } => "\n?[^\\p{C}\\p{Z}]{1,5}(\n{1,2}[^\\p{C}]{1,5})?"
            .prop_map(Value::from)
            .boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer { .. } => prop_oneof![
            any::<i64>().prop_map(Value::from),
            Just(json!("12 个")),
            Just(json!("007"))
        ]
        .boxed(),
        Kind::Choice(choices) => one_of(choices).boxed(),
        Kind::Choices(choices) => {
            let values: Vec<String> = choices.iter().map(|c| c.value.clone()).collect();
            prop::sample::subsequence(values.clone(), 0..=values.len())
                .prop_map(Value::from)
                .boxed()
        }
        Kind::Texts => prop::collection::vec("[^\\p{C}\\p{Z}]{1,5}", 0..4)
            .prop_map(Value::from)
            .boxed(),
        Kind::Group(fields) => object(fields),
        Kind::Rows { fields, .. } => prop::collection::vec(object(fields), 0..3)
            .prop_map(Value::from)
            .boxed(),
        _ => line().boxed(),
    }
}

/// Some of the fields filled in. A list that must be answered is there, as is what is filled in beforehand.
fn object(fields: &[Field]) -> BoxedStrategy<Value> {
    let mut all: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for field in fields.iter().filter(|field| !field.read_only) {
        let name = field.name.clone();
        let list = matches!(
            field.kind,
            Kind::Rows { .. } | Kind::Choices(_) | Kind::Texts
        );
        let wanted = field.required || !field.required_if.is_empty();
        let there = (list && wanted) || field.default.is_some();
        let value = typed(&field.kind).prop_filter("an empty group is none", |v| {
            v.as_object().is_none_or(|m| !m.is_empty())
        });
        let value = match there {
            true => value.prop_map(Some).boxed(),
            false => prop::option::weighted(0.6, value).boxed(),
        };
        all = (all, value)
            .prop_map(move |(mut map, value)| {
                map.extend(value.map(|value| (name.clone(), value)));
                map
            })
            .boxed();
    }
    all.prop_map(Value::Object).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A page posted as it stands gives what was typed, also into fields that are not asked for.
    #[test]
    fn a_page_holds_what_was_typed(input in object(every_kind().fields())) {
        let form = every_kind();
        prop_assert_eq!(round(&form, &input), Posted { input: input.clone(), changed: None });
        // What is validated then holds nothing that the person cannot see and take away.
        if let Err(errors) = validate(&form, &posted::asked(&form, &input, TODAY), TODAY) {
            let unseen = errors.iter().find(|e| matches!(e.code, "not_applicable" | "unknown_field"));
            prop_assert_eq!(unseen, None);
        }
    }
}

#[test]
fn the_page_of_every_shipped_form_holds_what_was_typed() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let forms = shipped();
    assert!(forms.len() > 100);
    for form in &forms {
        for _ in 0..4 {
            let input = object(form.fields())
                .new_tree(&mut runner)
                .unwrap()
                .current();
            assert_eq!(round(form, &input).input, input, "{}", form.title().zh);
        }
    }
}

/// The page with a line for every element, so that a difference can be read.
fn lines(page: &str) -> String {
    let mut out = String::new();
    for part in page.replace("\"\n", "\" ").split('<').skip(1) {
        out += if part.starts_with('/') { "<" } else { "\n<" };
        out += part;
    }
    out.trim().to_owned() + "\n"
}

/// The golden pages: every kind, with input good and bad and what is wrong with it. `UPDATE_GOLDEN=1` writes them
/// anew; read every line of the difference.
fn golden(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/forms")
        .join(name);
    let page = lines(page);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page);
}

/// An input with a bit of everything in it.
fn filled() -> Value {
    json!({
        "name": "李<四>", "why": "\n一\n\n二", "id_number": "4504001949010100", "retired_on": "2026.11.31", "phone": "138 0013 8000",
        "card": "622848", "city": "450400", "delivery": "post", "bank": "boc", "months": "十二", "balance": "28640.555", "moved": true,
        "departments": ["mi", "hf"], "names": ["李三", "李大"], "scan": "u1", "agent": {},
        "relations": [{ "city": "442000", "months": 12 }, { "months": 3 }],
    })
}

#[test]
fn every_kind_as_a_page() {
    let (form, input) = (every_kind(), filled());
    let regions = [forms::render::Region {
        code: "450400".into(),
        title: "梧州".into(),
        letters: "wz".into(),
    }];
    let facts = json!({ "standard": "28640.55" });
    let errors = validate(&form, &posted::asked(&form, &input, TODAY), TODAY).unwrap_err();
    let empty = Sheet {
        regions: &regions,
        facts: &facts,
        live: Some("/live"),
        ..Sheet::new(&form, &Value::Null, TODAY)
    };
    golden("empty-sheet.html", &empty.draw().into_string());
    let wrong = Sheet {
        input: &input,
        errors: &errors,
        ..empty
    };
    golden("wrong-sheet.html", &wrong.draw().into_string());
    golden(
        "told-sheet.html",
        &Sheet {
            lang: Lang::En,
            ..wrong
        }
        .told()
        .into_string(),
    );
}

/// Every error of the summary leads to a place that says it, and every place is reachable by its name.
#[test]
fn each_error_is_said_on_top_and_at_its_field() {
    let (form, input) = (every_kind(), filled());
    let errors = validate(&form, &posted::asked(&form, &input, TODAY), TODAY).unwrap_err();
    let page = Sheet {
        errors: &errors,
        ..Sheet::new(&form, &input, TODAY)
    }
    .draw()
    .into_string();
    let page = Html::parse_fragment(&page);
    let links = Selector::parse(".summary a").unwrap();
    let mut said = 0;
    for (link, error) in page.select(&links).zip(&errors) {
        let id = link.value().attr("href").unwrap().trim_start_matches('#');
        let by_id = |id: &str| {
            page.select(&Selector::parse(&format!("[id='{id}']")).unwrap())
                .next()
        };
        let place = by_id(id).unwrap();
        let told = by_id(&format!("{id}-error")).unwrap();
        assert!(told.text().collect::<String>().contains(&error.message.zh));
        let described = place.value().attr("aria-describedby").unwrap_or_default();
        assert!(
            described.contains(&format!("{id}-error")),
            "{id} is not tied to its error"
        );
        said += 1;
    }
    assert_eq!(said, errors.len());
    assert!(said >= 7, "{errors:#?}");
}

#[test]
fn an_error_of_nothing_on_the_page_is_said_without_a_link() {
    let form = every_kind();
    let input = json!({ "nmae": "李四" });
    let errors = validate(&form, &input, TODAY).unwrap_err();
    let page = Sheet {
        errors: &errors,
        ..Sheet::new(&form, &input, TODAY)
    }
    .draw()
    .into_string();
    let unknown = errors.iter().find(|e| e.code == "unknown_field").unwrap();
    assert!(page.contains(&format!("<li>{}</li>", unknown.message.zh)));
}

fn post(form: &Form, input: &Value, button: &str, at: &str) -> Posted {
    let mut pairs = held(&Sheet::new(form, input, TODAY).draw().into_string());
    pairs.push((button.to_owned(), at.to_owned()));
    posted::read(form, &pairs)
}

#[test]
fn rows_come_and_go_by_buttons_and_the_focus_goes_with_them() {
    let form = every_kind();
    let input =
        json!({ "delivery": "window", "relations": [{ "city": "450400" }, { "city": "442000" }] });
    let more = post(&form, &input, "sheet.add", "/relations");
    assert_eq!(
        more.input["relations"],
        json!([{ "city": "450400" }, { "city": "442000" }, {}])
    );
    assert_eq!(more.changed.as_deref(), Some("/relations/2"));
    let fewer = post(&form, &more.input, "sheet.remove", "/relations/0");
    assert_eq!(fewer.input["relations"], json!([{ "city": "442000" }, {}]));
    assert_eq!(fewer.changed.as_deref(), Some("/relations"));
    let first = post(&form, &input, "sheet.add", "/children");
    assert_eq!(first.input["children"], json!([{}]));
    let none = post(&form, &first.input, "sheet.remove", "/children/0");
    assert_eq!(none.input["children"], json!([]), "an answer too");
}

/// Whoever types a button's name by hand changes nothing but rows.
#[test]
fn a_forged_button_harms_nothing() {
    let form = every_kind();
    let input =
        json!({ "name": "李四", "delivery": "window", "relations": [{ "city": "450400" }] });
    for at in [
        "",
        "/",
        "/name",
        "/relations/9",
        "/relations/0/city",
        "/nobody/0",
        "relations",
        "/relations/-",
    ] {
        for button in ["sheet.add", "sheet.remove", "sheet.refresh"] {
            let posted = post(&form, &input, button, at);
            assert_eq!(posted.input, input, "{button} {at}");
        }
    }
}

/// A field comes and goes with the answer it depends on; what was typed into it waits for its return.
#[test]
fn what_is_not_asked_for_is_not_shown_and_not_lost() {
    let form = every_kind();
    let with = json!({ "delivery": "post", "address": "西堤路 1 号" });
    let without = json!({ "delivery": "window", "address": "西堤路 1 号" });
    let page = |input: &Value| Sheet::new(&form, input, TODAY).draw().into_string();
    assert!(page(&with).contains("邮寄地址") && !page(&without).contains("邮寄地址"));
    assert_eq!(round(&form, &without).input["address"], "西堤路 1 号");
    assert_eq!(posted::asked(&form, &without, TODAY).get("address"), None);
}

/// What depends on an answer stands behind it, in the order it was written.
#[test]
fn a_field_stands_behind_what_decides_it() {
    let form = every_kind();
    let names: Vec<&str> = form.fields().iter().map(|f| f.name.as_str()).collect();
    let behind = |name: &str| names[names.iter().position(|n| *n == name).unwrap() + 1];
    assert_eq!(
        (behind("delivery"), behind("moved")),
        ("address", "old_hukou")
    );
}

/// A browser sends the first submit button when Enter is pressed in a field; that one does nothing.
#[test]
fn enter_in_a_field_acts_on_nothing() {
    let form = every_kind();
    let page = Sheet::new(&form, &filled(), TODAY).draw().into_string();
    let page = Html::parse_fragment(&page);
    let first = page
        .select(&Selector::parse("button").unwrap())
        .next()
        .unwrap();
    assert!(first.value().attr("disabled").is_some());
}
