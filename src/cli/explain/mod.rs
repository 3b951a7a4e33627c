//! `onenet explain`: a matter in sentences, as a 办事指南 says it; or what a code of a message means, with an example and the way out.

mod page;

use super::{Failure, matter, print};
use clap::Args;
use engine::diagnostic::nearest;
use engine::picture::Picture;
use engine::text::{Lang, both};

/// Explains a matter in sentences, or a code of a message.
#[derive(Args)]
pub struct Explain {
    /// A matter (its folder, its matter.yaml, or the id of a shipped one), or a code, e.g. E0203.
    #[arg(value_name = "MATTER|CODE")]
    what: String,
    /// The city, by name or six-digit code, that decides: the matter as it is there today.
    #[arg(long)]
    city: Option<String>,
}

impl Explain {
    /// Prints the guide of the matter or the page of the code.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        if is_like_a_code(&self.what) {
            return page(&self.what, lang);
        }
        let (library, revision) = matter::open_in(&self.what, self.city.as_deref())?;
        print(Picture::of(&revision, &library, lang).guide().trim_end());
        Ok(())
    }
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
