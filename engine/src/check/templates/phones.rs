//! Notices to numbers that stand in the form: the field holds telephone numbers, the matter has words for them, and these open nothing
//! (E0338, E0339, E0329). A link opens the case to whoever has it.

use super::{inner, notices};
use crate::check::Subject;
use crate::check::tags::{self, Tag};
use crate::diagnostic::Diagnostic;
use forms::{Field, Format, Kind};

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let form = subject.matter.form.as_ref();
    let form = form.and_then(|form| subject.draft.forms.get(&form.value));
    let fields = form.map(|form| form.fields()).unwrap_or_default();
    let mut known = Vec::new();
    phones("form", fields, &mut known);
    for (field, words) in &subject.mentions.phones {
        if !known.contains(&field.value) {
            let wrong = Diagnostic::new("E0338", field.span).with("name", field.value.as_str());
            found.push(wrong.near(&field.value, known.iter().map(String::as_str)));
        }
        let named = |key: &str| key == words || key.ends_with(&format!(".{words}"));
        let own = notices(subject).iter().find(|e| named(&e.key));
        let Some(sms) = own.and_then(|e| e.value.get("sms")) else {
            found.push(Diagnostic::new("E0339", field.span).with("name", words.as_str()));
            continue;
        };
        let text = sms.text().unwrap_or_default();
        let at = inner(sms, text);
        for (range, tag) in tags::find(text) {
            if matches!(&tag, Tag::Value(name) if name == "link") {
                let place = at.part(range.start, range.end);
                found.push(Diagnostic::new("E0329", place).with("name", "link"));
            }
        }
    }
}

/// All paths that lead to telephone numbers, through groups and rows.
fn phones(at: &str, fields: &[Field], out: &mut Vec<String>) {
    for field in fields {
        let here = format!("{at}.{}", field.name);
        match &field.kind {
            Kind::Group(fields) | Kind::Rows { fields, .. } => phones(&here, fields, out),
            Kind::Text { format, .. } if *format == Format::Phone => out.push(here),
            _ => {}
        }
    }
}
