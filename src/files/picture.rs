//! Photos and scans: decoded once, within bounds, and written anew as a small picture without metadata.

use super::{Bad, Kind, PIXELS};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use memchr::memmem::find;
use std::io::Cursor;

/// The longer side of a preview.
const SIDE: u32 = 1600;
/// How good a preview is, of 100.
const QUALITY: u8 = 80;
/// What decoding may take: 50 megapixels of four bytes, and room to work.
const MEMORY: u64 = 256 << 20;
/// What never stands in a picture, and would in a page.
const PAGES: [&[u8]; 5] = [b"<script", b"<html", b"<svg", b"<?php", b"<!doctype html"];
/// The name and the check of the last chunk of a PNG.
const LAST: &[u8] = b"IEND\xae\x42\x60\x82";
/// Readers look for the beginning of a document so far into a file.
const DOCUMENT: usize = 1024;

/// A preview of a picture that can be read.
pub(super) fn preview(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Bad> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        _ => ImageFormat::Jpeg,
    };
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_| Bad::Unreadable)?;
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(Bad::Pixels);
    }
    if is_more(kind, bytes) {
        return Err(Bad::Mixed);
    }
    let picture = decoded(bytes, format).map_err(|_| Bad::Unreadable)?;
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    encoder
        .encode_image(&on_white(&picture))
        .map_err(|_| Bad::Unreadable)?;
    Ok(jpeg)
}

/// The picture, upright and small.
fn decoded(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let whole = DynamicImage::from_decoder(decoder)?;
    let mut picture = match whole.width().max(whole.height()) > SIDE {
        true => whole.thumbnail(SIDE, SIDE),
        false => whole,
    };
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// JPEG knows no transparency; a signature on nothing is read on white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    let mut out = RgbImage::new(picture.width(), picture.height());
    for (from, to) in picture.pixels().zip(out.pixels_mut()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mix = |value: u32| ((value * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    out
}

/// Whether it is a document or a page at once, or goes on after its end.
fn is_more(kind: Kind, bytes: &[u8]) -> bool {
    let begin = bytes.get(..DOCUMENT.min(bytes.len())).unwrap_or_default();
    let after_end = find(bytes, LAST).is_some_and(|at| at + LAST.len() < bytes.len());
    let lower = bytes.to_ascii_lowercase();
    let holds = |bytes: &[u8], text: &[u8]| find(bytes, text).is_some();
    kind == Kind::Png && after_end
        || holds(begin, b"%PDF-")
        || PAGES.iter().any(|page| holds(&lower, page))
}
