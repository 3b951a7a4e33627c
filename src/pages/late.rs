//! A form with files that may come too late: whoever's sign-in has ended by time leaves a draft by it, and comes back.

use super::session::{FORM_TOKEN, Fields, Visit, Visitor, fields, from_here};
use crate::runtime::sender;
use crate::web::App;
use crate::web::multipart::Parts;
use crate::web::problem::{Code, Problem};
use crate::web::uploads::{Materials, Received};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use std::sync::Arc;

/// Begins the name of a place for files, and of a file that was kept before.
const FILE: &str = "file:";
const KEPT: &str = "kept:";

/// A form with files.
#[derive(Debug)]
pub struct LateForm {
    /// Who sent it.
    pub visitor: Visitor,
    /// Its fields.
    pub fields: Fields,
    /// Its files by material: those kept before, and those that came with it, each judged by itself.
    pub files: Vec<(String, Received)>,
    /// The sign-in has ended.
    pub late: bool,
}

impl FromRequest<Arc<App>> for LateForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let (visitor, late) = match visit {
            Visit::Visitor(visitor) => (*visitor, false),
            Visit::Guest(guest) => match guest.lapsed {
                Some(visitor) => (*visitor, true),
                None if guest.ended => return Err(Problem::new(Code::SessionExpired)),
                None => return Err(Problem::new(Code::SignInRequired)),
            },
        };
        from_here(&parts.headers)?;
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let several = kind.starts_with("multipart/form-data");
        let request = Request::from_parts(parts, body);
        let mut form = LateForm {
            visitor,
            fields: Fields::default(),
            files: Vec::new(),
            late,
        };
        match several {
            true => {
                form.read(app, Parts::from_request(request, app).await?.patient())
                    .await?
            }
            false => {
                form.fields = fields(request).await?;
                form.visitor.checked(form.fields.get(FORM_TOKEN))?;
            }
        }
        form.keep();
        Ok(form)
    }
}

impl LateForm {
    /// Reads the parts in their order. The token comes first, so that nothing is kept for a stranger.
    async fn read(&mut self, app: &App, mut parts: Parts) -> Result<(), Problem> {
        let sender = sender(&self.visitor.caller.actor(), 0);
        let mut checked = false;
        while let Some(part) = parts.next().await? {
            let name = part.field.clone();
            if part.file.is_none() {
                let text = part.text()?;
                if name == FORM_TOKEN {
                    self.visitor.checked(Some(&text))?;
                    checked = true;
                }
                self.fields.0.push((name, text));
                continue;
            }
            let chosen = part.file.as_ref().is_some_and(|file| !file.is_empty());
            let Some(material) = name.strip_prefix(FILE).filter(|_| chosen) else {
                continue;
            };
            if !checked {
                return self.visitor.checked(None);
            }
            let received = app.receive(&sender, part).await?;
            self.files.push((material.to_owned(), received));
        }
        match checked {
            true => Ok(()),
            false => self.visitor.checked(None),
        }
    }

    /// Takes over the files that were kept before, without one that is dropped.
    fn keep(&mut self) {
        let dropped = self.fields.get("drop").map(str::to_owned);
        let kept = self.fields.0.iter().filter_map(|(name, value)| {
            let material = name.strip_prefix(KEPT)?.to_owned();
            Some((material, Received::kept(value)))
        });
        let kept = kept.filter(|(_, file)| file.id.is_none() || file.id != dropped);
        let kept: Vec<_> = kept.collect();
        self.files.splice(0..0, kept);
    }

    /// True if one of its files was not kept.
    pub fn refused(&self) -> bool {
        self.files.iter().any(|(_, file)| file.error.is_some())
    }

    /// True if only its files were to be changed.
    pub fn changes_files(&self) -> bool {
        ["drop", "reuse"]
            .iter()
            .any(|name| self.fields.get(name).is_some())
    }
}

/// The files that were kept, by material.
pub fn named(files: &[(String, Received)]) -> Materials {
    let mut all = Materials::new();
    for (material, file) in files {
        if let Some(id) = &file.id {
            all.entry(material.clone()).or_default().push(id.clone());
        }
    }
    all
}
