//! Files as people send them, good and bad, and the bodies they travel in.

use flate2::Crc;
use flate2::write::ZlibEncoder;
use image::{ImageFormat, Rgb, RgbImage};
use std::io::{Cursor, Write};

/// What the camera writes beside a photo; it must not be in a preview.
pub const CAMERA: &str = "GPS 22.5431N 113.3926E";

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut picture = RgbImage::new(64, 48);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        *pixel = Rgb([(x * 4) as u8, (y * 5) as u8, 90]);
    }
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A scan.
pub fn png() -> Vec<u8> {
    picture(ImageFormat::Png)
}

/// A photo with a comment of the camera.
pub fn jpeg() -> Vec<u8> {
    jpeg_with(CAMERA.as_bytes())
}

/// A photo with this comment.
pub fn jpeg_with(comment: &[u8]) -> Vec<u8> {
    let plain = picture(ImageFormat::Jpeg);
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xfe], &length, comment, &plain[2..]].concat()
}

/// A PNG that says it is so large, and has nothing to show for it.
pub fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let data = packed(b"nothing");
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [name.as_slice(), &body].concat();
        let mut crc = Crc::new();
        crc.update(&chunk);
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        out.extend(chunk);
        out.extend(crc.sum().to_be_bytes());
    }
    out
}

/// A document with one page and these further objects.
pub fn pdf(more: &str) -> Vec<u8> {
    pdf_of(more.as_bytes())
}

pub fn pdf_of(more: &[u8]) -> Vec<u8> {
    let begin = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
                 2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
                 3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n";
    let end = "\ntrailer\n<< /Root 1 0 R /Size 9 >>\nstartxref\n9\n%%EOF\n";
    [begin.as_bytes(), more, end.as_bytes()].concat()
}

/// A compressed object stream with this inside; `about` goes into its dictionary.
pub fn objects(about: &str, inside: &str) -> Vec<u8> {
    let body = packed(inside.as_bytes());
    let dictionary = format!("8 0 obj\n<< /Type /ObjStm {about} /N 1 /First 4 >>\nstream\r\n");
    [dictionary.as_bytes(), &body, b"\r\nendstream\nendobj\n"].concat()
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

/// An archive with nothing in it.
pub fn zip() -> Vec<u8> {
    [b"PK\x05\x06".as_slice(), &[0; 18]].concat()
}

/// Files, by field and name, as a form sends them, with the type of its body. Without a name it is a text.
pub fn form(parts: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    const LINE: &str = "------------------------8f3a91c0";
    let mut body = Vec::new();
    for (field, name, content) in parts {
        let file = name.map(|name| format!("; filename=\"{name}\""));
        let file = file.unwrap_or_default();
        let head =
            format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{LINE}--\r\n").into_bytes());
    (format!("multipart/form-data; boundary={LINE}"), body)
}
