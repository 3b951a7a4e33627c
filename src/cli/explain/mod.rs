//! `onenet explain`: a matter in sentences, as a 办事指南 says it; what a code of a message means, with an example and the way out; or
//! what rests on an article.

mod page;

use super::{Failure, matter, print};
use crate::{authoring, shipped};
use clap::Args;
use engine::diagnostic::nearest;
use engine::picture::Picture;
use engine::source::Sources;
use engine::text::{Lang, both};
use std::path::{Path, PathBuf};

/// Explains a matter in sentences, or a code of a message.
#[derive(Args)]
pub struct Explain {
    /// A matter (its folder, its matter.yaml, or the id of a shipped one), or a code, e.g. E0203.
    #[arg(value_name = "MATTER|CODE", required_unless_present = "basis")]
    what: Option<String>,
    /// Lists what rests on a document of laws.yaml, or on one article of it, e.g. 社会保险经办条例:24.
    #[arg(long, value_name = "DOC[:ARTICLE]", conflicts_with = "what")]
    basis: Option<String>,
    /// The folder of matters to look through for --basis; without it the shipped ones.
    #[arg(long, value_name = "FOLDER", requires = "basis")]
    workflows: Option<PathBuf>,
    /// The city, by name or six-digit code, that decides: the matter as it is there today.
    #[arg(long, requires = "what")]
    city: Option<String>,
}

impl Explain {
    /// Prints the guide of the matter or the page of the code.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        if let Some(basis) = &self.basis {
            return rests_on(basis, self.workflows.as_deref(), lang);
        }
        let what = self.what.unwrap_or_default();
        if is_like_a_code(&what) {
            return page(&what, lang);
        }
        let (library, revision) = matter::open_in(&what, self.city.as_deref())?;
        let picture =
            Picture::of(&revision, &library, lang).on(matter::today(), self.city.as_deref());
        print(picture.guide().trim_end());
        Ok(())
    }
}

/// Every matter that rests on the document, or on the article, with the lines that say so.
fn rests_on(basis: &str, folder: Option<&Path>, lang: Lang) -> Result<(), Failure> {
    let (doc, article) = basis.split_once([':', '：']).unwrap_or((basis, ""));
    let mut sources = Sources::default();
    let library = match folder {
        None => shipped::library(&mut sources),
        Some(folder) => authoring::library(folder, &mut sources).map_err(|error| {
            let args = vec![
                ("path", folder.display().to_string()),
                ("what", error.to_string()),
            ];
            Failure::Usage("decide.no_file", args)
        })?,
    };
    let laws = library.network.laws();
    if !laws.contains_key(doc) {
        let near = nearest(doc, laws.keys().map(String::as_str)).unwrap_or_default();
        let args = vec![("name", doc.to_owned()), ("near", near)];
        return Err(Failure::Usage("explain.no_law", args));
    }
    let rests = library.rests_on(doc, article);
    if rests.is_empty() {
        print(both("explain.rests_nothing", &[("name", basis.to_owned())]).get(lang));
    }
    for rest in rests {
        print(&format!(
            "{} ({})",
            rest.matter.title.get(lang),
            *rest.matter.id
        ));
        for place in rest.places {
            let (file, at) = (sources.file(place), sources.position(place));
            let path = file.map_or("", |file| &*file.path);
            let line = sources.line(place).0.trim();
            print(&format!("  {path}:{}  {line}", at.line));
        }
    }
    Ok(())
}

/// `E0203`, `w110`: a letter and digits.
fn is_like_a_code(text: &str) -> bool {
    text.strip_prefix(['E', 'e', 'W', 'w'])
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// What the code means, an example that produces it, and the way out.
fn page(written: &str, lang: Lang) -> Result<(), Failure> {
    let code = written.to_uppercase();
    let examples: Vec<page::Example> = page::examples().collect();
    let Some(meaning) = page::anonymous(&code, lang) else {
        let near = nearest(&code, examples.iter().map(|e| e.code));
        let near = near.unwrap_or_else(|| "E0203".to_owned());
        return Err(Failure::Usage(
            "explain.unknown",
            vec![("code", written.to_owned()), ("near", near)],
        ));
    };
    print(&format!("{code}: {meaning}"));
    if let Some(help) = page::anonymous(&format!("{code}.help"), lang) {
        let args = [("help", help)];
        print(both("explain.way_out", &args).get(lang));
    }
    if let Some(said) = examples
        .iter()
        .find(|e| e.code == code)
        .and_then(|e| e.said(lang))
    {
        print(&format!("\n{}", both("explain.example", &[]).get(lang)));
        print(said.trim_end());
    }
    Ok(())
}
