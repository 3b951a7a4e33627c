//! A template: a text with `{{fields}}`, compiled once, filled often. Pure. Its language is the small part of Handlebars that
//! `tags` lets through; source, nesting, work and output are bounded, and a field that is not there is an error, never a gap.

use crate::escape;
use handlebars::Handlebars;
use serde_json::{Map, Value as Json};
use std::io::{self, Write};

pub use crate::tags::{FieldUse, MAX_DEPTH, MAX_SOURCE, Problem, ProblemKind};

/// The longest filled text in bytes (G82).
pub const MAX_OUTPUT: usize = 256 * 1024;
/// The most tags that are filled, loops counted by their items (G82).
pub const MAX_WORK: usize = 100_000;

/// How the values of a template are made harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// One line of plain text each.
    Plain,
    /// One line each in which nothing acts as Markdown.
    Markdown,
}

/// A template that has been read without a problem.
#[derive(Clone, Debug)]
pub struct Template {
    engine: Handlebars<'static>,
    source: String,
    fields: Vec<FieldUse>,
    tags: usize,
    tags_in_loops: usize,
}

/// Why a template could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A field it names is not among the values.
    #[error("a field is missing: {0}")]
    Missing(String),
    /// The lists are too long for its loops.
    #[error("the lists are too long for the loops of the template")]
    TooMuchWork,
    /// The text would become longer than [`MAX_OUTPUT`].
    #[error("the filled text is too long")]
    TooLong,
}

impl Template {
    /// Reads a template, or says everything that is wrong with it.
    pub fn compile(source: &str, escape: Escape) -> Result<Template, Vec<Problem>> {
        let found = crate::tags::find(source);
        if !found.problems.is_empty() {
            return Err(found.problems);
        }
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(match escape {
            Escape::Plain => escape::line,
            Escape::Markdown => escape::markdown,
        });
        // What has passed `tags` is Handlebars; should the two ever disagree, the whole source is at fault.
        let refused = |_| Problem {
            kind: ProblemKind::UnknownTag,
            range: 0..source.len(),
        };
        engine
            .register_template_string(NAME, source)
            .map_err(|e| vec![refused(e)])?;
        Ok(Template {
            engine,
            source: source.to_owned(),
            fields: found.fields,
            tags: found.tags,
            tags_in_loops: found.tags_in_loops,
        })
    }

    /// As its author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every field it reads, with the bytes of the source at which it stands.
    pub fn fields(&self) -> &[FieldUse] {
        &self.fields
    }

    /// Puts an empty text wherever a field it reads is not there, or an empty list where it reads one: for values that some ways
    /// through a matter leave out. What is there stays.
    pub fn complete(&self, values: &mut Json) {
        // Items first, so that what is looped over is known to be a list.
        let (items, others): (Vec<_>, Vec<_>) =
            self.fields.iter().partition(|f| f.path.contains("[]"));
        for field in items.into_iter().chain(others) {
            complete(values, &field.path);
        }
    }

    /// The text with its fields filled.
    pub fn fill(&self, values: &Json) -> Result<String, FillError> {
        let work = self.tags + self.tags_in_loops.saturating_mul(items(values));
        if work > MAX_WORK {
            return Err(FillError::TooMuchWork);
        }
        let mut out = Bounded(Vec::new());
        match self.engine.render_to_write(NAME, values, &mut out) {
            Ok(()) => Ok(String::from_utf8_lossy(&out.0).into_owned()),
            Err(_) if out.0.len() == MAX_OUTPUT => Err(FillError::TooLong),
            Err(error) => Err(FillError::Missing(error.to_string())),
        }
    }
}

const NAME: &str = "text";

/// How many items all lists have together: no loop can run oftener, for loops go over what lies inside their item.
fn items(value: &Json) -> usize {
    match value {
        Json::Array(list) => list.len() + list.iter().map(items).sum::<usize>(),
        Json::Object(map) => map.values().map(items).sum(),
        _ => 0,
    }
}

fn complete(values: &mut Json, path: &str) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = match name.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (name, false),
    };
    if values.is_null() {
        *values = Json::Object(Map::new());
    }
    let Some(map) = values.as_object_mut() else {
        return;
    };
    let place = map.entry(name).or_insert(Json::Null);
    match (is_list, rest) {
        (true, _) if place.is_null() => *place = Json::Array(Vec::new()),
        (true, rest) if !rest.is_empty() => {
            for item in place.as_array_mut().into_iter().flatten() {
                complete(item, rest);
            }
        }
        (true, _) => {}
        (false, "") if place.is_null() => *place = "".into(),
        (false, "") => {}
        (false, rest) => complete(place, rest),
    }
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MAX_OUTPUT - self.0.len();
        self.0.extend(bytes.iter().take(room));
        if bytes.len() > room {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(source: &str, values: Json) -> Result<String, FillError> {
        Template::compile(source, Escape::Plain)
            .unwrap()
            .fill(&values)
    }

    #[test]
    fn fields_lists_and_conditions_are_filled() {
        let legs = json!({ "legs": [{ "key": "遵义", "result": "已记账" }, { "key": "赣州", "result": null }] });
        let source =
            "{{#each legs}}- {{key}}{{#if result}}：{{result}}{{else}}：在办{{/if}}\n{{/each}}";
        assert_eq!(
            fill(source, legs).unwrap(),
            "- 遵义：已记账\n- 赣州：在办\n"
        );
        assert_eq!(
            fill("{{关系.城市}}", json!({ "关系": { "城市": "遵义" } })).unwrap(),
            "遵义"
        );
    }

    #[test]
    fn a_missing_field_is_an_error_that_names_it() {
        let error = fill("{{case.number}}", json!({ "case": {} })).unwrap_err();
        assert!(
            matches!(&error, FillError::Missing(what) if what.contains("case.number")),
            "{error:?}"
        );
    }

    #[test]
    fn what_a_way_has_left_out_becomes_empty_where_that_is_asked_for() {
        let source = "{{records.months}}|{{#each legs}}{{key}}{{#if reason}}：{{reason}}{{/if}};{{/each}}|{{pay.voucher}}|{{#each none}}{{x}}{{/each}}";
        let template = Template::compile(source, Escape::Plain).unwrap();
        let mut values = json!({ "records": { "months": 96 }, "legs": [{ "key": "遵义" }, { "key": "赣州", "reason": "欠费" }] });
        template.complete(&mut values);
        assert_eq!(template.fill(&values).unwrap(), "96|遵义;赣州：欠费;||");
    }

    #[test]
    fn values_cannot_break_the_line_or_become_tags() {
        let sly = json!({ "a": "甲\n\n{{b}}<b>", "b": "秘密" });
        assert_eq!(fill("{{a}}", sly).unwrap(), "甲  {{b}}<b>");
    }

    #[test]
    fn work_and_output_are_bounded() {
        let long: Vec<u32> = (0..60_000).collect();
        let twice = "{{#each a}}{{this}}{{/each}}{{#each a}}{{this}}{{/each}}";
        assert_eq!(
            fill(twice, json!({ "a": long })),
            Err(FillError::TooMuchWork)
        );
        let wide = json!({ "a": vec!["x".repeat(10_000); 30] });
        assert_eq!(
            fill("{{#each a}}{{this}}{{/each}}", wide),
            Err(FillError::TooLong)
        );
    }
}
