//! What may be handed in: JPEG, PNG and PDF, each judged by its content and its name, both of which must agree (G81). Pure, and slow for
//! large pictures: not to be called where others wait.

mod pdf;
mod picture;

use engine::text::{Text, both};
use memchr::memmem::find;
use unicode_normalization::UnicodeNormalization;

/// The largest file, bytes (G82).
pub const LARGEST: usize = 20 << 20;
/// The most files that are taken at once (G82).
pub const AT_ONCE: usize = 20;
/// The most pixels of a picture, looked at before it is decoded.
pub const PIXELS: u64 = 50_000_000;
/// The longest name kept, in characters.
const NAME: usize = 120;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A photo.
    Jpeg,
    /// A picture.
    Png,
    /// A document.
    Pdf,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Jpeg, Kind::Png, Kind::Pdf];

    /// Its name in the store.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Jpeg => "jpeg",
            Kind::Png => "png",
            Kind::Pdf => "pdf",
        }
    }

    /// The kind with a name.
    pub fn named(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Pdf => "application/pdf",
        }
    }

    /// By the ending of a name.
    fn of_name(name: &str) -> Option<Kind> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => Some(Kind::Jpeg),
            "png" => Some(Kind::Png),
            "pdf" => Some(Kind::Pdf),
            _ => None,
        }
    }

    /// By the first bytes.
    fn of_content(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Kind::Png),
            _ if bytes.starts_with(b"%PDF-") => Some(Kind::Pdf),
            _ => None,
        }
    }
}

/// A file that may be kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Good {
    /// What it is.
    pub kind: Kind,
    /// A small picture of it as JPEG, without what the camera wrote beside it; a document has none.
    pub preview: Option<Vec<u8>>,
}

/// Why a file is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It holds nothing.
    Empty,
    /// More bytes than a file may have.
    TooLarge,
    /// By its ending it is none of the kinds.
    Ending,
    /// By its content it is none of the kinds.
    Content,
    /// It is one of the kinds, and its name says another.
    Disagrees,
    /// It is one kind and another at once, or holds more than what it says.
    Mixed,
    /// More pixels than a picture may have.
    Pixels,
    /// Cut off or damaged.
    Unreadable,
    /// Locked by a password.
    Encrypted,
    /// It holds programs, or other files.
    Scripted,
    /// More came at once than are taken.
    Many,
}

impl Bad {
    /// Its stable code, also the key of its sentence.
    pub fn code(self) -> &'static str {
        match self {
            Bad::Empty => "file.empty",
            Bad::TooLarge => "file.too_large",
            Bad::Ending => "file.ending",
            Bad::Content => "file.content",
            Bad::Disagrees => "file.disagrees",
            Bad::Mixed => "file.mixed",
            Bad::Pixels => "file.pixels",
            Bad::Unreadable => "file.unreadable",
            Bad::Encrypted => "file.encrypted",
            Bad::Scripted => "file.scripted",
            Bad::Many => "file.many",
        }
    }

    /// What is wrong, the limit, and one way out.
    pub fn message(self) -> Text {
        let args = [
            ("most", (LARGEST >> 20).to_string()),
            ("pixels", (PIXELS / 1_000_000).to_string()),
            ("files", AT_ONCE.to_string()),
        ];
        both(self.code(), &args)
    }
}

/// Judges a file by its name and its content.
pub fn judge(name: &str, bytes: &[u8]) -> Result<Good, Bad> {
    match bytes.len() {
        0 => return Err(Bad::Empty),
        length if length > LARGEST => return Err(Bad::TooLarge),
        _ => {}
    }
    let ending = Kind::of_name(name).ok_or(Bad::Ending)?;
    let kind = Kind::of_content(bytes).ok_or(Bad::Content)?;
    if kind != ending {
        return Err(Bad::Disagrees);
    }
    if is_archive(bytes) {
        return Err(Bad::Mixed);
    }
    let preview = match kind {
        Kind::Pdf => {
            pdf::judge(bytes)?;
            None
        }
        Kind::Jpeg | Kind::Png => Some(picture::preview(kind, bytes)?),
    };
    Ok(Good { kind, preview })
}

/// A name as it is kept: the last part of a path, without control and direction characters (G78), not longer than is read.
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = last.nfc().filter(|c| !c.is_control() && !turns(*c));
    let name: String = shown.collect();
    let name = name.trim();
    let count = name.chars().count();
    // The ending stays.
    name.chars().skip(count.saturating_sub(NAME)).collect()
}

/// Characters that turn the direction of writing, or are not seen.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// Archives are read from their end: one may follow whatever file.
fn is_archive(bytes: &[u8]) -> bool {
    const END: &[u8] = b"PK\x05\x06";
    const LONGEST: usize = 22 + 65_535;
    let tail = bytes.len().saturating_sub(LONGEST);
    bytes
        .get(tail..)
        .is_some_and(|tail| find(tail, END).is_some())
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn g078_a_name_is_kept_as_text_alone() {
        let check = |name: &str, kept: &str| assert_eq!(clean(name), kept, "{name:?}");
        check("身份证.jpg", "身份证.jpg");
        check("../../etc/passwd.pdf", "passwd.pdf");
        check(r"C:\scan\a.png", "a.png");
        check("fdp\u{202e}gpj.pdf", "fdpgpj.pdf");
        check("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf");
        check(
            &format!("{}.pdf", "长".repeat(300)),
            &format!("{}.pdf", "长".repeat(116)),
        );
    }
}
