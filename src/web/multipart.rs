//! Bodies of several parts, as browsers send files: read part by part within the limits (G79, G82), so that no more than one file lies in
//! memory.

use super::problem::{Code, Problem};
use crate::files::{AT_ONCE, Bad, LARGEST};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Files of a request that are read, though fewer are taken; and what its texts may be, as of any form.
const MOST: usize = 1_000;
const TEXTS: usize = 10_000;
const ALL_TEXT: usize = 1 << 20;
/// Bytes of a request: as many as a case may hold, and what stands between them.
const WHOLE: usize = (200 << 20) + (1 << 20);
/// The longest text in a part that is no file.
const TEXT: usize = 64 << 10;
/// How long it may take to arrive: what any body may, and a second more for each of these bytes.
const PATIENCE: Duration = Duration::from_secs(30);
const PACE: u64 = 8 << 10;

/// A body of several parts that is being read.
pub struct Parts {
    body: Multipart,
    begun: Instant,
    received: u64,
    files: usize,
    texts: usize,
    text: usize,
    patient: bool,
}

/// A part.
pub struct Part {
    /// The name of its field.
    pub field: String,
    /// The name of its file; none: it is a text.
    pub file: Option<String>,
    /// What it holds.
    pub content: Result<Vec<u8>, Bad>,
}

impl<S: Send + Sync> FromRequest<S> for Parts {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Problem> {
        fits(request.headers())?;
        DefaultBodyLimit::max(WHOLE).apply(&mut request);
        let body = Multipart::from_request(request, state).await;
        Ok(Parts {
            body: body.map_err(|_| Problem::says(Code::MediaType, "api.not_parts", &[]))?,
            begun: Instant::now(),
            received: 0,
            files: 0,
            texts: 0,
            text: 0,
            patient: false,
        })
    }
}

/// In the clear, and not longer than is taken.
fn fits(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if text(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(Problem::new(Code::MediaType));
    }
    let length = text(header::CONTENT_LENGTH).and_then(|v| v.parse::<u64>().ok());
    match length.is_some_and(|length| length > WHOLE as u64) {
        true => Err(Problem::new(Code::TooLarge)),
        false => Ok(()),
    }
}

impl Parts {
    /// Of too many files the first are taken and each of the others is refused by itself, so that none harms what else a page sends.
    pub fn patient(self) -> Self {
        Parts {
            patient: true,
            ..self
        }
    }

    /// The next part.
    pub async fn next(&mut self) -> Result<Option<Part>, Problem> {
        let Parts {
            body,
            begun,
            received,
            files,
            texts,
            text,
            patient,
        } = self;
        let Some(mut field) = in_time(*begun, *received, body.next_field()).await? else {
            return Ok(None);
        };
        let file = field.file_name().map(str::to_owned);
        match file.as_deref() {
            // A place where no file was chosen comes without a name.
            Some("") => {}
            Some(_) => *files += 1,
            None => *texts += 1,
        }
        let many = *files > AT_ONCE;
        if many && !*patient || *files > MOST || *texts > TEXTS {
            let most = [("most", AT_ONCE.to_string())];
            return Err(Problem::says(Code::TooLarge, "api.many_parts", &most));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let most = file.as_ref().map_or(TEXT, |_| LARGEST);
        let mut content = Ok(Vec::new());
        while let Some(chunk) = in_time(*begun, *received, field.chunk()).await? {
            *received += chunk.len() as u64;
            if file.is_none() {
                *text += chunk.len();
                if *text > ALL_TEXT {
                    return Err(Problem::new(Code::TooLarge));
                }
            }
            content = match content {
                // Nothing of a file too many is held.
                _ if many && file.is_some() => Err(Bad::Many),
                Ok(mut held) if held.len() + chunk.len() <= most => {
                    held.extend_from_slice(&chunk);
                    Ok(held)
                }
                // The rest is read and thrown away: other files follow.
                _ => Err(Bad::TooLarge),
            };
        }
        Ok(Some(Part {
            field: name,
            file,
            content,
        }))
    }
}

impl Part {
    /// A part that is no file, as text.
    pub fn text(self) -> Result<String, Problem> {
        let bytes = self.content.map_err(|_| Problem::new(Code::TooLarge))?;
        let text = String::from_utf8(bytes);
        text.map_err(|_| Problem::says(Code::Malformed, "api.not_utf8", &[]))
    }
}

/// What comes next, if it comes in time.
async fn in_time<T>(
    begun: Instant,
    received: u64,
    next: impl Future<Output = Result<T, MultipartError>>,
) -> Result<T, Problem> {
    let by = begun + PATIENCE + Duration::from_secs(received / PACE);
    let came = timeout_at(by, next).await;
    let came = came.map_err(|_| Problem::new(Code::TooSlow))?;
    came.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge),
        _ => Problem::says(Code::Malformed, "api.bad_parts", &[]),
    })
}
