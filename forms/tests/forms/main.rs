//! The forms package from outside: what it refuses and with which words, and what holds for any input.

#![allow(missing_docs, clippy::unwrap_used)]

mod bad_inputs;
mod bad_schemas;
mod properties;
mod sheets;

use forms::{Form, Fragments, SchemaProblem, Text};

/// Reads a form with the shipped fragments at hand.
fn read(schema: &str) -> Result<Form, Vec<SchemaProblem>> {
    Form::read("t", schema, &Fragments::shipped())
}

/// A sentence says something in both languages, and every place in it has been filled.
fn is_said(text: &Text) -> bool {
    let said = |sentence: &str| {
        let places = ["{title}", "{name}", "{near}", "{count}", "{limit}", "{min}"];
        !sentence.is_empty() && places.iter().all(|place| !sentence.contains(place))
    };
    let chinese = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    said(&text.zh) && said(&text.en) && text.zh.chars().any(chinese) && text.zh != text.en
}

/// The codes of the catalogue that begin so; a table of bad material must have each of them.
fn codes(wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let catalogue = include_str!("../../locales/zh-CN.txt");
    let lines = catalogue.lines().filter(|line| !line.starts_with('#'));
    let codes = lines.filter_map(|line| line.split_once(" = "));
    codes
        .map(|(code, _)| code)
        .filter(|code| wanted(code))
        .collect()
}
