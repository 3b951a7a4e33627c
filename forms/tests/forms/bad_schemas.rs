//! Schemas an author may write and should not: each with its code and the pointer to the place.

use std::collections::BTreeSet;

use crate::{codes, is_said, read};

/// The schema of a form with one property `x`.
fn one(property: &str) -> String {
    format!(r#"{{"type":"object","properties":{{"x":{property}}}}}"#)
}

/// A form with the given text after its `type`, for what concerns the whole object.
fn object(rest: &str) -> String {
    format!(r#"{{"type":"object",{rest}}}"#)
}

/// Properties to choose from and a yes-or-no one, for conditions and checks.
const FIELDS: &str = r#""properties":{"kind":{"type":"string","title":"种类","enum":["a","b"]},
    "yes":{"type":"boolean","title":"是否"},"day":{"type":"string","format":"date","title":"日期"},
    "month":{"type":"string","format":"month","title":"年月"},"n":{"type":"integer","title":"个数"},
    "rows":{"type":"array","title":"明细","items":{"type":"object","properties":{
        "from":{"type":"string","format":"month","title":"起"},"to":{"type":"string","format":"month","title":"止"},
        "share":{"type":"integer","title":"份额"}}}}}"#;

fn with_fields(rest: &str) -> String {
    object(&format!("{FIELDS},{rest}"))
}

/// Every bad schema: what is written, the code, the pointer.
fn table() -> Vec<(String, &'static str, &'static str)> {
    let long_pattern = format!(
        r#"{{"type":"string","title":"名","pattern":"{}"}}"#,
        "a".repeat(513)
    );
    let deep = one(&format!(
        "{}{}",
        r#"{"type":"object","title":"组","properties":{"x":"#.repeat(9),
        "1".to_owned() + &"}}".repeat(9)
    ));
    let many_fields: Vec<String> = (0..501)
        .map(|n| format!(r#""f{n}":{{"type":"boolean","title":"否"}}"#))
        .collect();
    let many_choices: Vec<String> = (0..5_001).map(|n| format!(r#""c{n}""#)).collect();
    vec![
        // JSON itself
        ("{".into(), "json.syntax", ""),
        (r#"{"type":"object","type":"object"}"#.into(), "json.duplicate_key", "/type"),
        (one(r#"{"type":"string","title":"a\u0000b"}"#), "json.nul", "/properties/x/title"),
        (deep, "json.too_deep", "/properties/x/properties/x/properties/x/properties/x/properties/x/properties/x/properties/x/properties/x"),
        (format!(r#"{{"type":"object","$comment":"{}"}}"#, "a".repeat(256 * 1024)), "schema.too_big", ""),
        // the form as a whole
        ("[]".into(), "schema.not_an_object", ""),
        (r#"{"type":"string"}"#.into(), "schema.root_type", ""),
        (r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{}}"#.into(), "schema.dialect", "/$schema"),
        (object(r#""additionalProperties":true"#), "schema.additional", "/additionalProperties"),
        (object(r#""propertes":{}"#), "schema.keyword_near", "/propertes"),
        (object(r#""colour":"red""#), "schema.keyword_unknown", "/colour"),
        (object(r#""anyOf":[]"#), "schema.keyword_unsupported", "/anyOf"),
        (object(r#""format":"date""#), "schema.keyword_misplaced", "/format"),
        (object(r#""required":["x"]"#), "schema.required_unknown", "/required/0"),
        (object(r#""properties":{"x":1}"#), "schema.not_an_object", "/properties/x"),
        (object(r#""title":1"#), "schema.value_type", "/title"),
        (object(&format!(r#""properties":{{{}}}"#, many_fields.join(","))), "schema.too_many_fields", "/properties/f500"),
        // one field
        (one(r#"{"type":"string"}"#), "schema.title_missing", "/properties/x"),
        (one(r#"{"title":"名"}"#), "schema.type_missing", "/properties/x"),
        (one(r#"{"type":["string","null"],"title":"名"}"#), "schema.type_list", "/properties/x/type"),
        (one(r#"{"type":"number","title":"金额"}"#), "schema.type_number", "/properties/x/type"),
        (one(r#"{"type":"text","title":"名"}"#), "schema.type_unknown", "/properties/x/type"),
        (object(r#""properties":{"a-b":{"type":"string","title":"名"}}"#), "schema.field_name", "/properties/a-b"),
        (object(r#""properties":{"1a":{"type":"string","title":"名"}}"#), "schema.field_name", "/properties/1a"),
        (one(r#"{"type":"string","title":"名","format":"e-mail"}"#), "schema.format_unknown", "/properties/x/format"),
        (one(r#"{"type":"string","title":"名","format":"dat"}"#), "schema.format_unknown", "/properties/x/format"),
        (one(r#"{"type":"string","title":"名","minLength":5,"maxLength":4}"#), "schema.range", "/properties/x/minLength"),
        (one(r#"{"type":"string","title":"名","minLength":-1}"#), "schema.value_type", "/properties/x/minLength"),
        (one(r#"{"type":"string","title":"名","minimum":1}"#), "schema.bounds_of_text", "/properties/x/minimum"),
        (one(r#"{"type":"string","title":"名","maxlength":4}"#), "schema.keyword_near", "/properties/x/maxlength"),
        (one(r#"{"type":"string","title":"名","pattern":"(?=a)"}"#), "schema.pattern", "/properties/x/pattern"),
        (one(r#"{"type":"string","title":"名","pattern":"((a{1000}){1000}){1000}"}"#), "schema.pattern", "/properties/x/pattern"),
        (one(&long_pattern), "schema.pattern_long", "/properties/x/pattern"),
        (one(r#"{"type":"integer","title":"数","minimum":1.5}"#), "schema.value_type", "/properties/x/minimum"),
        (one(r#"{"type":"integer","title":"数","minimum":5,"maximum":4}"#), "schema.range", "/properties/x/minimum"),
        (one(r#"{"type":"integer","title":"数","multipleOf":2}"#), "schema.keyword_unsupported", "/properties/x/multipleOf"),
        (one(r#"{"type":"integer","title":"数","default":"many"}"#), "schema.default", "/properties/x/default"),
        (one(r#"{"type":"boolean","title":"否","readOnly":"yes"}"#), "schema.value_type", "/properties/x/readOnly"),
        (one(r#"{"type":"string","title":"名","x-private":"secret"}"#), "schema.private", "/properties/x/x-private"),
        (one(r#"{"type":"string","title":"电话","format":"phone","x-safe":true}"#), "schema.private_safe", "/properties/x/x-safe"),
        (one(r#"{"type":"string","title":"金额","format":"money","x-safe":true}"#), "schema.private_safe", "/properties/x/x-safe"),
        (one(r#"{"type":"string","title":"日期","format":"date","x-derive":"id_number.birth_date"}"#), "schema.derive", "/properties/x/x-derive"),
        (one(r#"{"type":"string","title":"名","x-format-unless":{"kind":["a"]}}"#), "schema.format_unless", "/properties/x/x-format-unless"),
        // choices
        (one(r#"{"type":"string","title":"选","enum":[]}"#), "schema.choice_empty", "/properties/x/enum"),
        (one(r#"{"type":"string","title":"选","enum":["a","a"]}"#), "schema.choice_value", "/properties/x/enum"),
        (one(r#"{"type":"string","title":"选","oneOf":[{"title":"甲"}]}"#), "schema.choice_shape", "/properties/x/oneOf/0"),
        (one(r#"{"type":"string","title":"选","enum":["a"],"x-titles":{"b":"乙"}}"#), "schema.titles_unknown", "/properties/x/x-titles/b"),
        (one(r#"{"type":"string","title":"选","x-titles":{"b":"乙"}}"#), "schema.titles_alone", "/properties/x/x-titles"),
        (one(&format!(r#"{{"type":"string","title":"选","enum":[{}]}}"#, many_choices.join(","))), "schema.too_many_choices", "/properties/x/enum"),
        // groups, rows, lists
        (one(r#"{"type":"object","title":"组"}"#), "schema.group_empty", "/properties/x"),
        (one(r#"{"type":"array","title":"列"}"#), "schema.items_missing", "/properties/x"),
        (one(r#"{"type":"array","title":"列","items":{"type":"integer"}}"#), "schema.items_kind", "/properties/x/items/type"),
        (one(r#"{"type":"array","title":"列","minItems":3,"maxItems":2,"items":{"type":"string"}}"#), "schema.range", "/properties/x/minItems"),
        (one(r#"{"type":"array","title":"列","prefixItems":[],"items":{"type":"string"}}"#), "schema.keyword_unsupported", "/properties/x/prefixItems"),
        // references
        (one(r#"{"$ref":1}"#), "schema.ref_shape", "/properties/x/$ref"),
        (one(r#"{"$ref":"shared/persn"}"#), "schema.fragment_near", "/properties/x/$ref"),
        (one(r#"{"$ref":"shared/nothing-like-it"}"#), "schema.fragment_unknown", "/properties/x/$ref"),
        (one(r##"{"$ref":"#/$defs/none"}"##), "schema.ref_unknown", "/properties/x/$ref"),
        (one(r#"{"$ref":"https://example.org/person"}"#), "schema.ref_elsewhere", "/properties/x/$ref"),
        (one(r#"{"$ref":"shared/person","maxLength":3}"#), "schema.ref_beside", "/properties/x/maxLength"),
        (r##"{"type":"object","$defs":{"a":{"type":"object","title":"组","properties":{"b":{"$ref":"#/$defs/a"}}}},"properties":{"x":{"$ref":"#/$defs/a"}}}"##.into(), "schema.ref_recursive", "/properties/x/properties/b/$ref"),
        // conditions
        (with_fields(r#""if":{"properties":{"kind":{"const":"a"}}}"#), "schema.condition_shape", ""),
        (with_fields(r#""if":{"properties":{"kind":{"pattern":"a"}}},"then":{}"#), "schema.condition_shape", "/if/properties/kind"),
        (with_fields(r#""if":{"properties":{"knd":{"const":"a"}}},"then":{}"#), "schema.condition_field", "/if/properties/knd"),
        (with_fields(r#""if":{"properties":{"kind":{"const":"c"}}},"then":{}"#), "schema.condition_value", "/if/properties/kind"),
        (with_fields(r#""if":{"properties":{"yes":{"const":true}}},"then":{"properties":{"n":{"type":"integer","title":"数"}}}"#), "schema.field_twice", "/then/properties/n"),
        (object(r#""properties":{"x":{"type":"string","title":"名","readOnly":true}},"required":["x"]"#), "schema.read_only_required", "/required/0"),
        // checks across fields
        (with_fields(r#""x-checks":[{"kind":"not_afte","fields":["day","day"]}]"#), "schema.check_kind", "/x-checks/0/kind"),
        (with_fields(r#""x-checks":[{"kind":"not_after","fields":["day","dya"]}]"#), "schema.check_field", "/x-checks/0/fields/1"),
        (with_fields(r#""x-checks":[{"kind":"not_after","fields":["day","month"]}]"#), "schema.check_fields", "/x-checks/0/fields"),
        (with_fields(r#""x-checks":[{"kind":"not_after","fields":["day"]}]"#), "schema.check_fields", "/x-checks/0/fields"),
        (with_fields(r#""x-checks":[{"kind":"sum_equals","fields":["rows","from"],"value":100}]"#), "schema.check_fields", "/x-checks/0/fields"),
        (with_fields(r#""x-checks":[{"kind":"unique_by","fields":["rows","from"],"value":100}]"#), "schema.check_extra", "/x-checks/0/value"),
        (with_fields(r#""x-checks":[{"kind":"sum_equals","fields":["rows","share"]}]"#), "schema.value_type", "/x-checks/0/value"),
        (with_fields(r#""x-checks":[1]"#), "schema.not_an_object", "/x-checks/0"),
    ]
}

#[test]
fn each_has_exactly_its_problem_at_its_place() {
    let mut wrong = Vec::new();
    for (schema, code, pointer) in table() {
        let problems = read(&schema).err().unwrap_or_default();
        let found: Vec<(&str, &str)> = problems
            .iter()
            .map(|p| (p.code, p.pointer.as_str()))
            .collect();
        if found != [(code, pointer)] {
            let shown: String = schema.chars().take(300).collect();
            wrong.push(format!(
                "{shown}\n  wanted {code} at {pointer}\n  found {found:?}"
            ));
        }
        wrong.extend(
            problems
                .iter()
                .filter(|p| !is_said(&p.message))
                .map(|p| format!("{p:?}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_about_schemas_is_in_the_table() {
    let table = table();
    assert!(table.len() >= 40);
    let known: BTreeSet<&str> = table.iter().map(|(_, code, _)| *code).collect();
    let missing: Vec<&str> = codes(|code| code.starts_with("schema.") || code.starts_with("json."))
        .into_iter()
        .filter(|code| !known.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Everything wrong is told in one run, in the order it stands.
#[test]
fn all_problems_are_told_at_once() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number","title":"数"}},"required":["c"]}"#;
    let problems = read(schema).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|p| p.code).collect();
    assert_eq!(
        codes,
        [
            "schema.title_missing",
            "schema.type_number",
            "schema.required_unknown"
        ]
    );
}
