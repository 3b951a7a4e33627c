//! What the applicant brings, and the files that show it.

use super::certificates::RecognisedView;
use super::views::at;
use crate::files::Kind;
use crate::runtime::Seen;
use engine::case::{Case, Filed, Sight, Source, file_fields};
use engine::matter::Materials;
use engine::text::Lang;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One thing to be brought or fetched.
#[derive(Serialize, ToSchema)]
pub struct Material {
    /// Its name in the matter.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Somebody looked, and it was not there or could not be used.
    pub missing: bool,
    /// `asked` (not looked at), `brought` (handed in, not looked at), `there`, `missing`, `faulty` (there and of no use), or `promised`, or
    /// `certified` (a certificate of recognition stands for it).
    pub state: &'static str,
    /// The files that show it.
    pub files: Vec<FileView>,
    /// The certificate of recognition that stands for it, or the last one that was declined or revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<RecognisedView>,
}

/// A file of a case.
#[derive(Serialize, ToSchema)]
pub struct FileView {
    /// Its id, for `/uploads/{id}`.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
    /// Where it came from: `window`, `applicant`, or `shared` from another case of the same person.
    #[schema(value_type = String)]
    pub source: Source,
    /// The number of that other case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// When.
    pub at: String,
}

impl FileView {
    fn of(file: &Filed) -> Self {
        FileView {
            id: file.id.clone(),
            name: file.name.clone(),
            kind: Kind::named(&file.kind).map_or("application/octet-stream", Kind::media_type),
            size: file.size,
            source: file.source,
            origin: file.origin.clone(),
            at: at(file.at),
        }
    }
}

/// How it stands with a material: what was handed in since somebody looked is still to be looked at.
fn state(case: &Case, looked: Option<Timestamp>, name: &str) -> &'static str {
    let named = |list: &[String]| list.iter().any(|n| n == name);
    let files = case.files().iter().filter(|file| file.material == name);
    let newest = files.map(|file| file.at).max();
    let anew = newest.is_some_and(|at| looked.is_none_or(|looked| at > looked));
    match () {
        () if case.stands_for(name).is_some() => "certified",
        () if anew => "brought",
        () if named(case.promised()) => "promised",
        () if named(case.faulty()) => "faulty",
        () if named(case.missing()) => "missing",
        () if looked.is_some() => "there",
        () => "asked",
    }
}

/// The certificate that stands for a material, else the last one that did not.
fn certificate(case: &Case, material: &str, sight: Sight) -> Option<RecognisedView> {
    let mut all = case.recognised().iter();
    let last = all.rfind(|r| r.material == material);
    let one = case.stands_for(material).or(last)?;
    Some(RecognisedView::of(one, sight))
}

/// What the applicant brings, with the files that show it for those who see the whole case. What his answers make needless is left out,
/// unless he has handed it in all the same. A bundle names what has been handed in.
pub fn materials(seen: &Seen, sight: Sight, lang: Lang) -> Vec<Material> {
    let case = &seen.case;
    let files = |name: &str| match sight {
        Sight::Whole => case
            .files()
            .iter()
            .filter(|f| f.material == name)
            .map(FileView::of)
            .collect(),
        _ => Vec::new(),
    };
    let looked = case.looked_through(&seen.revision);
    let given = json!({ "applicant": case.applicant(), "form": case.form() });
    let wanted = |material: &&engine::matter::Material| {
        let came = || {
            case.files()
                .iter()
                .any(|f| *f.material == *material.name.value)
        };
        material.is_asked(&given) || came()
    };
    let material = |name: &str, title: &str| Material {
        name: name.to_owned(),
        title: title.to_owned(),
        state: state(case, looked, name),
        missing: case.missing().iter().any(|missing| missing == name),
        files: files(name),
        certificate: certificate(&seen.case, name, sight),
    };
    match &seen.revision.materials {
        Materials::Own(list) => {
            let own = list.iter().filter(wanted);
            let own = own.map(|m| material(&m.name.value, m.title.get(lang)));
            let beside = file_fields(&seen.revision, Some(&given)).into_iter();
            let beside = beside.map(|field| material(&field.name, field.title.get(lang)));
            own.chain(beside).collect()
        }
        Materials::FromParts(_) => {
            let named: BTreeSet<&str> = case.files().iter().map(|f| f.material.as_str()).collect();
            named.into_iter().map(|name| material(name, name)).collect()
        }
    }
}
