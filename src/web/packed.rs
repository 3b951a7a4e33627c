//! Large answers without a secret in them, packed where the browser takes that. What holds a form token is never packed: its length would
//! tell of it (BREACH).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// True if whoever asks takes gzip.
pub fn takes_gzip(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|a| a.to_str().ok()).unwrap_or_default();
    accepted.contains("gzip")
}

/// A text as an answer, packed if possible.
pub fn packed(asked: &HeaderMap, kind: &'static str, text: String) -> Response {
    let small = takes_gzip(asked).then(|| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory cannot fail; if it did, the text would be sent as it is.
        gzip.write_all(text.as_bytes())
            .and_then(|()| gzip.finish())
            .ok()
    });
    let mut response = match small.flatten() {
        Some(small) => ([(header::CONTENT_ENCODING, "gzip")], small).into_response(),
        None => text.into_response(),
    };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
