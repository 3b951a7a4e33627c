//! The fields of one object, groups of them, and rows that are added and removed by buttons.

use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value};

use super::{Drawing, items, list_mark, typed};
use crate::field::{Field, Kind};
use crate::fill;
use crate::flaw::number;
use crate::json::join;

/// A field about to be drawn, with what is known about it from the fields beside it.
pub(super) struct Asked<'f> {
    pub field: &'f Field,
    pub value: Option<&'f Value>,
    pub pointer: String,
    pub required: bool,
    /// Another field is shown or must be filled depending on this one.
    pub decides: bool,
}

impl Asked<'_> {
    pub(super) fn must(&self) -> Option<&'static str> {
        self.required.then_some("true")
    }
}

impl Drawing<'_, '_> {
    /// The fields of one object: those asked for are drawn, what was typed into the others is carried along.
    pub(super) fn fields(&self, fields: &[Field], object: &Value, at: &str) -> Markup {
        let empty = Map::new();
        let map = object.as_object().unwrap_or(&empty);
        let (asked, filled) = fill::asked(fields, map, self.sheet.today);
        html! {
            @for field in fields.iter().filter(|field| !at.is_empty() || !self.sheet.elsewhere.contains(&field.name.as_str())) {
                @let pointer = join(at, &field.name);
                @let value = map.get(&field.name);
                @if !asked.iter().any(|other| other.name == field.name) {
                    (carried(field, value, &pointer))
                } @else if field.read_only {
                    (self.fact(field, &pointer))
                } @else {
                    (self.field(&Asked {
                        field,
                        value: value.or(field.default.as_ref()),
                        pointer,
                        required: fill::is_required(field, &filled) && field.derive.is_none(),
                        decides: decides(fields, &field.name),
                    }))
                }
            }
        }
    }

    fn field(&self, asked: &Asked) -> Markup {
        match &asked.field.kind {
            Kind::Group(fields) => self.group(asked, fields),
            Kind::Rows { fields, min, max } => self.rows(asked, fields, *min, *max),
            _ => self.control(asked),
        }
    }

    fn group(&self, asked: &Asked, fields: &[Field]) -> Markup {
        let inside = self.fields(fields, asked.value.unwrap_or(&Value::Null), &asked.pointer);
        self.framed(asked, "group", inside)
    }

    fn rows(&self, asked: &Asked, fields: &[Field], min: usize, max: Option<usize>) -> Markup {
        // Whoever must give rows begins with as many as are needed.
        let begun = vec![Value::Object(Map::new()); min.min(20)];
        let rows = match asked.value {
            Some(Value::Array(rows)) => rows.as_slice(),
            _ if asked.required => begun.as_slice(),
            _ => &[],
        };
        let title = asked.field.title.clone();
        let add = self.sheet.say("sheet.add_row", vec![("title", title)]);
        let inside = html! {
            (mark_of_list(asked))
            @for (i, row) in rows.iter().enumerate() { (self.row(asked, fields, row, i)) }
            @if rows.is_empty() { p class="hint" { (self.sheet.say("sheet.no_rows", vec![])) } }
            @if max.is_none_or(|max| rows.len() < max) {
                (self.button("sheet.add", &asked.pointer, &add))
            }
        };
        self.framed(asked, "rows", inside)
    }

    fn row(&self, rows: &Asked, fields: &[Field], row: &Value, i: usize) -> Markup {
        let sheet = self.sheet;
        let pointer = join(&rows.pointer, &i.to_string());
        let id = sheet.id_of(&pointer);
        let title = rows.field.title.clone();
        let words = |key| {
            let place = vec![("row", number(i + 1)), ("title", title.clone())];
            sheet.say(key, place)
        };
        html! {
            fieldset id=(id) class="row" tabindex="-1" autofocus[self.has_focus(&pointer)] {
                legend { (words("sheet.row")) }
                input type="hidden" name=(pointer) value="";
                (self.error(&pointer))
                (self.fields(fields, row, &pointer))
                (self.button("sheet.remove", &pointer, &words("sheet.remove_row")))
            }
        }
    }

    /// A field that holds fields: frame, legend, hint and error around what is inside.
    fn framed(&self, asked: &Asked, class: &str, inside: Markup) -> Markup {
        let id = self.sheet.id_of(&asked.pointer);
        let described = self.described_by(asked);
        html! {
            fieldset id=(id) class=(class) tabindex="-1" aria-describedby=[described]
                autofocus[self.has_focus(&asked.pointer)] {
                legend { (self.label(asked)) }
                (self.notes(asked))
                (inside)
            }
        }
    }

    /// A button that changes the sheet and sends nothing on.
    pub(super) fn button(&self, name: &str, value: &str, words: &str) -> Markup {
        let live = self.sheet.live;
        html! {
            button type="submit" class="sheet-button" name=(name) value=(value)
                hx-post=[live] hx-target=[self.target()] hx-swap=[live.map(|_| SWAP)]
                hx-ext=[live.map(|_| "morph")] { (words) }
        }
    }

    /// What a live change replaces.
    pub(super) fn target(&self) -> Option<String> {
        self.sheet.live.map(|_| format!("#{}", self.sheet.id))
    }
}

/// A live change keeps focus and cursor where they are.
pub(super) const SWAP: &str = "morph:outerHTML";

/// Says that a list is there: it was, or the form wants one and takes an empty one as an answer.
pub(super) fn mark_of_list(asked: &Asked) -> Markup {
    let there = asked.value.is_some_and(Value::is_array) || asked.required;
    html! {
        @if there { input type="hidden" name=(list_mark(&asked.pointer)) value=""; }
    }
}

fn decides(fields: &[Field], name: &str) -> bool {
    let conditions = fields
        .iter()
        .flat_map(|f| f.show_if.iter().chain(&f.required_if));
    let mut tests = conditions.flat_map(|condition| &condition.tests);
    tests.any(|test| test.field == name)
}

/// What was typed into a field that is not asked for now.
fn carried(field: &Field, value: Option<&Value>, pointer: &str) -> Markup {
    let Some(value) = value else {
        return PreEscaped(String::new());
    };
    let hidden = |name: &str, value: &str| html! { input type="hidden" name=(name) value=(value); };
    match (&field.kind, value) {
        (Kind::Group(fields), Value::Object(map)) => html! {
            @for inner in fields {
                (carried(inner, map.get(&inner.name), &join(pointer, &inner.name)))
            }
        },
        (Kind::Rows { fields, .. }, Value::Array(rows)) => html! {
            (hidden(&list_mark(pointer), ""))
            @for (i, row) in rows.iter().enumerate() {
                @let pointer = join(pointer, &i.to_string());
                (hidden(&pointer, ""))
                @for inner in fields {
                    (carried(inner, row.get(&inner.name), &join(&pointer, &inner.name)))
                }
            }
        },
        (Kind::Choices(_) | Kind::Texts, value) => html! {
            (hidden(&list_mark(pointer), ""))
            @for item in items(Some(value)) { (hidden(pointer, &item)) }
        },
        (_, value) => hidden(pointer, &typed(Some(value))),
    }
}
