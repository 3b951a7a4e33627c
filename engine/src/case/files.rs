//! Files handed in with a command.

use super::decide::Course;
use super::{Actor, Case, Command, Fact, File, Filed, Rejection, Source};
use crate::matter::{Materials, Revision};
use crate::text::both;
use forms::{Field, Form, Kind};
use serde_json::{Value as Json, json};

/// Files a case may hold, and their bytes together (G82).
const FILES: usize = 60;
const BYTES: u64 = 200 << 20;

impl<'a> Course<'a, '_> {
    /// A command and the files that come with it: both, or neither.
    pub(super) fn hand_in(&mut self, files: &[File], with: &'a Command) -> Result<(), Rejection> {
        self.fitting(files)?;
        self.brings = !files.is_empty();
        self.command(with)?;
        for file in files {
            let added = Fact::FileAdded {
                file: file.id.clone(),
                material: file.material.clone(),
                kind: file.kind.clone(),
                size: file.size,
                sha256: file.sha256.clone(),
                source: match self.context.actor {
                    _ if !file.origin.is_empty() => Source::Shared,
                    Actor::Applicant => Source::Applicant,
                    _ => Source::Window,
                },
            };
            let content = match file.origin.as_str() {
                "" => json!({ "name": file.name }),
                origin => json!({ "name": file.name, "origin": origin }),
            };
            self.emit_with(added, content);
        }
        self.come_instead(files.iter().map(|file| &file.material));
        Ok(())
    }

    /// Whether the matter knows the materials, and the case has room.
    fn fitting(&self, files: &[File]) -> Result<(), Rejection> {
        let known = |name: &str| match &self.matter.materials {
            Materials::Own(list) => {
                let fields = || file_fields(self.matter, None);
                list.iter().any(|m| *m.name.value == *name)
                    || fields().iter().any(|f| f.name == name)
            }
            // A bundle takes the materials of its parts.
            Materials::FromParts(_) => true,
        };
        let mut wrong = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let first = files.iter().position(|other| other.id == file.id);
            let code = match () {
                () if !known(&file.material) => "file.material",
                () if first != Some(at) => "file.twice",
                () => continue,
            };
            let args = [("name", file.material.to_string())];
            wrong.push(forms::FieldError {
                pointer: format!("/materials/{}", file.material),
                code,
                message: both(code, &args),
            });
        }
        if !wrong.is_empty() {
            return Err(Rejection::Invalid(wrong));
        }
        let held = self.case.files.iter().map(|file| file.size);
        let bytes: u64 = held.chain(files.iter().map(|file| file.size)).sum();
        match self.case.files.len() + files.len() > FILES || bytes > BYTES {
            true => Err(Rejection::TooMuch {
                why: "reject.too_many_files",
                args: vec![
                    ("files", FILES.to_string()),
                    ("most", (BYTES >> 20).to_string()),
                ],
            }),
            false => Ok(()),
        }
    }
}

impl Case {
    /// What was handed in, in order.
    pub fn files(&self) -> &[Filed] {
        &self.files
    }
}

/// The files that the form of the applicant and that of the matter ask for beside the materials, such as a letter of authority. With
/// answers, only those of what has been answered.
pub fn file_fields<'m>(matter: &'m Revision, given: Option<&Json>) -> Vec<&'m Field> {
    let own = matter
        .form
        .as_ref()
        .and_then(|name| matter.form(&name.value));
    let mut found = Vec::new();
    for (name, form) in [("applicant", forms::person()), ("form", own)] {
        let given = given.map(|given| given.get(name).unwrap_or(&Json::Null));
        inside(form.map_or(&[], Form::fields), given, &mut found);
    }
    found.retain(|field| matter.material(&field.name).is_none());
    found
}

fn inside<'m>(fields: &'m [Field], given: Option<&Json>, found: &mut Vec<&'m Field>) {
    for field in fields {
        let inner = given.map(|given| given.get(&field.name).unwrap_or(&Json::Null));
        match &field.kind {
            Kind::File => found.push(field),
            Kind::Group(fields) if inner.is_none_or(Json::is_object) => {
                inside(fields, inner, found)
            }
            _ => {}
        }
    }
}
