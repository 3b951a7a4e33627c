//! What pages load besides themselves: embedded, named with a hash of its content, so that a browser may keep it.

use crate::web::packed::takes_gzip;
use crate::web::problem::{Code, Problem};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;

/// A file, as it is served.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
    /// The same, compressed once.
    small: Vec<u8>,
    hash: String,
}

macro_rules! assets {
    ($($name:literal: $kind:literal),* $(,)?) => {
        [$(Asset::new($name, $kind, include_bytes!(concat!("assets/", $name)))),*]
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let all = assets! {
        "app.css": "text/css; charset=utf-8",
        "app.js": "text/javascript; charset=utf-8",
        "desk.js": "text/javascript; charset=utf-8",
        "htmx-2.0.11.min.js": "text/javascript; charset=utf-8",
        "idiomorph-ext-0.8.0.min.js": "text/javascript; charset=utf-8",
        "public.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml",
    };
    all.into()
});

impl Asset {
    fn new(name: &'static str, kind: &'static str, content: &'static [u8]) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory cannot fail; if it did, the file would be sent as it is.
        let small = gzip.write_all(content).and_then(|()| gzip.finish());
        let hash: String = Sha256::digest(content)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name,
            kind,
            content,
            small: small.unwrap_or_default(),
            hash,
        }
    }
}

/// The address of a file.
pub fn address(name: &str) -> String {
    let asset = ASSETS.iter().find(|a| a.name == name);
    let hash = asset.map_or("", |a| &a.hash);
    format!("/assets/{name}?v={hash}")
}

/// A file; its address changes when it does, so it may be kept for a year.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|a| a.name == name);
    let asset = asset.ok_or_else(|| Problem::new(Code::NotFound))?;
    let tag = HeaderValue::from_str(&format!("\"{}\"", asset.hash)).ok();
    let known = tag.is_some() && headers.get(header::IF_NONE_MATCH) == tag.as_ref();
    let gzip = takes_gzip(&headers) && !asset.small.is_empty();
    let mut response = match (known, gzip) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => {
            ([(header::CONTENT_ENCODING, "gzip")], asset.small.as_slice()).into_response()
        }
        (false, false) => asset.content.into_response(),
    };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    let long = HeaderValue::from_static("public, max-age=31536000, immutable");
    head.insert(header::CACHE_CONTROL, long);
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(tag) = tag {
        head.insert(header::ETAG, tag);
    }
    Ok(response)
}
