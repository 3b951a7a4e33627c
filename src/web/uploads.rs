//! Files: sent, each judged by itself, and read again by whoever may.

use super::multipart::{Part, Parts};
use super::problem::{Both, Code, Field, Problem};
use super::{App, Here, readings};
use crate::directory::Caller;
use crate::files::{Bad, Kind, LARGEST};
use crate::runtime::{NotKept, Opened, Whose, sender};
use crate::store::Bytes;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::case::{Command, File, Sight};
use engine::text::Text;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Files by the material they show, as bodies name them: ids that sending them gave.
pub type Materials = BTreeMap<String, Vec<String>>;

/// A command with the files that come with it.
pub fn with_files(materials: Materials, command: Command) -> Command {
    let of = |(material, ids): (String, Vec<String>)| {
        let file = move |id: String| File {
            id,
            material: material.clone(),
            ..File::default()
        };
        ids.into_iter().map(file).collect::<Vec<_>>()
    };
    let files: Vec<File> = materials.into_iter().flat_map(of).collect();
    match files.is_empty() {
        true => command,
        false => Command::HandIn {
            files,
            with: Box::new(command),
        },
    }
}

/// What became of one file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// What it was called.
    pub name: String,
    /// Its id, by which it is handed in within 24 hours; null if it was not kept.
    pub id: Option<String>,
    /// Its media type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Why it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
}

impl Received {
    /// One that was kept before and is named again: its id, and what it was called.
    pub fn kept(text: &str) -> Self {
        let (id, name) = text.split_once(' ').unwrap_or((text, ""));
        Received {
            name: name.to_owned(),
            id: Some(id.to_owned()),
            kind: None,
            size: None,
            sha256: None,
            error: None,
        }
    }
}

/// Why a file was not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, the limit, and one way out.
    #[schema(value_type = Both)]
    pub message: Text,
    /// The most bytes a file may have.
    pub limit: usize,
}

/// The answer to an upload.
#[derive(Serialize, ToSchema)]
pub(super) struct Uploaded {
    /// The files in the order in which they came.
    files: Vec<Received>,
}

/// A file, as the description of the API shows it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the parts of a request are read one by one, never as a whole"
)]
pub(super) struct Sent {
    /// JPEG, PNG or PDF, up to 20 MiB; several parts may bear this name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Keeps files until they are handed in, for a day. Each is judged by itself; if none is kept, the answer is 422, or 413 if all are too
/// large.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads", request_body(content = Sent, content_type = "multipart/form-data"),
    responses((status = 201, body = Uploaded)))]
pub(super) async fn send(
    State(app): Here,
    caller: Caller,
    mut parts: Parts,
) -> Result<Response, Problem> {
    let sender = sender(&caller.actor(), 0);
    let mut files = Vec::new();
    while let Some(part) = parts.next().await? {
        if part.file.is_some() {
            files.push(app.receive(&sender, part).await?);
        }
    }
    if files.iter().any(|file| file.id.is_some()) {
        return Ok((StatusCode::CREATED, Json(Uploaded { files })).into_response());
    }
    let code = |file: &Received| file.error.as_ref().map(|error| error.code);
    let large = |file: &Received| code(file) == Some(Bad::TooLarge.code());
    if !files.is_empty() && files.iter().all(large) {
        let problem = Problem::with(Code::TooLarge, Bad::TooLarge.message());
        return Err(problem.member("files", json!(files)));
    }
    let mut errors: Vec<Field> = (0..).zip(&files).filter_map(field).collect();
    if errors.is_empty() {
        errors.push(Field {
            pointer: "/file".to_owned(),
            code: "api.missing".into(),
            message: engine::text::both("api.missing", &[("name", "file".to_owned())]),
        });
    }
    Err(Problem::fields(errors).member("files", json!(files)))
}

fn field((at, file): (usize, &Received)) -> Option<Field> {
    let error = file.error.as_ref()?;
    Some(Field {
        pointer: format!("/files/{at}"),
        code: error.code.into(),
        message: error.message.clone(),
    })
}

impl App {
    /// Judges and keeps one file for its sender. A fault of ours is a problem, one of the file an answer.
    pub(crate) async fn receive(&self, sender: &str, part: Part) -> Result<Received, Problem> {
        let name = crate::files::clean(part.file.as_deref().unwrap_or_default());
        let kept = match part.content {
            Ok(bytes) => self.runtime.keep_file(sender, &name, bytes).await,
            Err(bad) => Err(NotKept::Bad(bad)),
        };
        match kept {
            Ok(kept) => Ok(Received {
                name,
                id: Some(kept.id),
                kind: Some(kept.kind.media_type()),
                size: Some(kept.size),
                sha256: Some(kept.sha256),
                error: None,
            }),
            Err(why) => not_kept(name, why),
        }
    }

    /// The number of the case that a file belongs to, if the caller sees it whole: then he may use it for another case too.
    pub(crate) async fn origin_of(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Option<String>, Problem> {
        let Some(Whose::Case(case)) = self.runtime.whose(id).await? else {
            return Ok(None);
        };
        let visible = self.visible(&caller.actor(), case).await?;
        let whole = visible.sight == Sight::Whole;
        Ok(whole.then(|| visible.seen.number.to_string()))
    }

    /// A file, if the caller may see it: his own that he has not handed in, and those of a case he sees whole.
    async fn file(&self, caller: &Caller, id: &str, which: Bytes) -> Result<Opened, Problem> {
        let none = || Problem::new(Code::NotFound);
        let actor = caller.actor();
        match self.runtime.whose(id).await?.ok_or_else(none)? {
            Whose::Sender(owner) if owner == sender(&actor, 0) => {}
            Whose::Sender(_) => return Err(none()),
            Whose::Case(case) => {
                if self.visible(&actor, case).await?.sight != Sight::Whole {
                    return Err(none());
                }
                let what = format!("file {id}");
                self.record(caller, readings::Kind::Read, Some(case), &what, "")
                    .await?;
            }
        }
        self.runtime.open_file(id, which).await?.ok_or_else(none)
    }
}

/// Why a file was not kept, as an answer; what is ours to mend is a problem.
pub(crate) fn not_kept(name: String, why: NotKept) -> Result<Received, Problem> {
    if let NotKept::Store(error) = why {
        return Err(error.into());
    }
    Ok(Received {
        name,
        id: None,
        kind: None,
        size: None,
        sha256: None,
        error: why.said().map(|(code, message)| Refusal {
            code,
            message,
            limit: LARGEST,
        }),
    })
}

/// A file as it was sent.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "uploads", params(("id" = String, Path, description = "Id of the file")),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf")))))]
pub(super) async fn one(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(served(app.file(&caller, &id, Bytes::File).await?))
}

/// A small picture of a file, without what the camera wrote beside it; there is none of a PDF.
#[utoipa::path(get, path = "/api/v1/uploads/{id}/preview", tag = "uploads", params(("id" = String, Path, description = "Id of the file")),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
pub(super) async fn preview(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(served(app.file(&caller, &id, Bytes::Preview).await?))
}

/// A file as an answer: its exact type, its name as text, and no rights in a page. A sandbox would stop the browser's viewer of PDF.
pub(crate) fn served(file: Opened) -> Response {
    let policy = match file.kind {
        Kind::Pdf => "default-src 'none'; object-src 'self'; frame-ancestors 'self'",
        Kind::Jpeg | Kind::Png => "default-src 'none'; sandbox; frame-ancestors 'self'",
    };
    let mut headers = HeaderMap::new();
    let fixed = [
        (header::CONTENT_TYPE, file.kind.media_type()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let made = [
        (header::CONTENT_DISPOSITION, disposition(&file.name)),
        (header::ETAG, format!("\"{}\"", file.sha256)),
    ];
    for (name, value) in made {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    (headers, file.bytes).into_response()
}

/// `inline` with the name in UTF-8 (RFC 6266), whatever it holds.
fn disposition(name: &str) -> String {
    let mut out = "inline; filename*=UTF-8''".to_owned();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
