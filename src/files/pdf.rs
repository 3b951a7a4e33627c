//! Documents: whole, open to everybody, and without programs. They are not drawn, so nothing here reads more of them than the names
//! that a locked or scripted one cannot do without.
//!
//! A name may be spelt with `#` and two digits, and may lie in a compressed object stream; both are undone. An object stream that is
//! packed otherwise than all writers do is refused, for it could not be looked into.

use super::Bad;
use flate2::read::ZlibDecoder;
use memchr::memmem::{find, find_iter, rfind};
use std::io::Read;

/// Names long enough never to come up in packed bytes by chance: programs, other files, and what runs them.
const DEEDS: [&[u8]; 9] = [
    b"JavaScript",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"Rendition",
    b"SubmitForm",
    b"ImportData",
    b"GoToE",
];
/// Short ones, looked for outside packed bytes alone.
const SHORT: [&[u8]; 2] = [b"JS", b"XFA"];
/// How a dictionary says that its stream holds objects.
const OBJECTS: &[u8] = b"ObjStm";
/// What all object streams together may unpack to.
const UNPACKED: u64 = 64 << 20;
/// The longest dictionary of an object stream.
const DICTIONARY: usize = 4096;

/// Whether a document may be kept.
pub(super) fn judge(bytes: &[u8]) -> Result<(), Bad> {
    let end = rfind(bytes, b"%%EOF").ok_or(Bad::Unreadable)?;
    let rest = bytes.get(end + 5..).unwrap_or_default();
    if !rest.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Err(Bad::Mixed);
    }
    let mut streams = 0;
    for name in names(bytes) {
        match name.as_slice() {
            b"Encrypt" => return Err(Bad::Encrypted),
            OBJECTS => streams += 1,
            name if DEEDS.contains(&name) => return Err(Bad::Scripted),
            _ => {}
        }
    }
    if names(&open_parts(bytes)).any(|name| SHORT.contains(&name.as_slice())) {
        return Err(Bad::Scripted);
    }
    object_streams(bytes, streams)
}

/// Looks into all object streams; `count` of them are named.
fn object_streams(bytes: &[u8], count: usize) -> Result<(), Bad> {
    let (mut seen, mut left) = (0, UNPACKED);
    for (dictionary, body) in streams(bytes) {
        let about: Vec<Vec<u8>> = names(dictionary).collect();
        let says = |name: &[u8]| about.iter().any(|n| n == name);
        if !says(OBJECTS) {
            continue;
        }
        seen += 1;
        let packed = about.iter().filter(|n| n.ends_with(b"Decode")).count();
        let inside = match (says(b"FlateDecode"), packed, says(b"DecodeParms")) {
            (true, 1, false) => unpacked(body, &mut left)?,
            // In the open; what lies there has been looked at with the rest.
            (false, 0, false) => continue,
            _ => return Err(Bad::Scripted),
        };
        if names(&inside).any(|n| DEEDS.contains(&&*n) || SHORT.contains(&&*n)) {
            return Err(Bad::Scripted);
        }
    }
    match seen == count {
        true => Ok(()),
        false => Err(Bad::Scripted),
    }
}

fn unpacked(body: &[u8], left: &mut u64) -> Result<Vec<u8>, Bad> {
    let mut out = Vec::new();
    let mut reader = ZlibDecoder::new(body).take(*left + 1);
    // What follows the packed bytes is not theirs; what came before a fault is looked at all the same.
    let _ = reader.read_to_end(&mut out);
    let took = out.len() as u64;
    if took == 0 || took > *left {
        return Err(Bad::Unreadable);
    }
    *left -= took;
    Ok(out)
}

/// Each stream with the dictionary before it.
fn streams(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    find_iter(bytes, b"stream").filter_map(|at| {
        let before = bytes.get(..at)?;
        if before.ends_with(b"end") {
            return None;
        }
        let from = before.len().saturating_sub(DICTIONARY);
        let window = before.get(from..)?;
        let object = rfind(window, b"obj").map_or(0, |at| at + 3);
        let after = bytes.get(at + 6..)?;
        let line = after
            .iter()
            .position(|b| !matches!(b, b'\r' | b'\n' | b' '))?;
        Some((window.get(object..)?, after.get(line..)?))
    })
}

/// What lies outside streams.
fn open_parts(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut from) = (Vec::new(), 0);
    for at in find_iter(bytes, b"stream") {
        if at < from {
            continue;
        }
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        let rest = bytes.get(at..).unwrap_or_default();
        let length = find(rest, b"endstream").map_or(rest.len(), |end| end + 9);
        from = at + length;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out
}

/// All names, as they are meant.
fn names(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let begins = bytes.iter().enumerate().filter(|(_, b)| **b == b'/');
    begins.map(move |(at, _)| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let ends = |b: &u8| {
            b.is_ascii_whitespace()
                || matches!(
                    b,
                    0 | b'/' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'%'
                )
        };
        // No name looked for is longer, however it is spelt.
        let most = rest.get(..48.min(rest.len())).unwrap_or_default();
        let end = most.iter().position(ends).unwrap_or(most.len());
        meant(most.get(..end).unwrap_or_default())
    })
}

/// A name with its `#41` undone.
fn meant(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte.filter(|_| *first == b'#') {
            Some(byte) => {
                out.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = more;
            }
        }
    }
    out
}
