//! `onenet explain`: a matter in sentences, as a 办事指南 says it; or what a code of a message means and how to put it right.

use super::{Failure, matter, print};
use clap::Args;
use engine::diagnostic::nearest;
use engine::picture::Picture;
use engine::text::{Lang, keys, say};

/// Explains a matter in sentences, or a code of a message.
#[derive(Args)]
pub struct Explain {
    /// A matter (its folder, its matter.yaml, or the id of a shipped one), or a code, e.g. E0203.
    #[arg(value_name = "MATTER|CODE")]
    code: String,
}

impl Explain {
    /// Prints the sentence of the code and its way out.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        if !is_like_a_code(&self.code) {
            let (library, revision) = matter::open(&self.code)?;
            print(Picture::of(&revision, &library, lang).guide().trim_end());
            return Ok(());
        }
        let code = self.code.to_uppercase();
        let is_code = |key: &&str| key.len() == 5 && key.starts_with(['E', 'W']);
        let codes = keys(lang).into_iter().filter(is_code);
        let Some(sentence) = say(lang, &code, &[]).filter(|_| is_code(&code.as_str())) else {
            let near = nearest(&code, codes).unwrap_or_else(|| "E0203".to_owned());
            return Err(Failure::Usage(
                "explain.unknown",
                vec![("code", self.code), ("near", near)],
            ));
        };
        print(&format!("{code}: {}", anonymous(&sentence)));
        if let Some(help) = say(lang, &format!("{code}.help"), &[]).map(|s| anonymous(&s)) {
            print(&help);
        }
        Ok(())
    }
}

/// `E0203`, `w110`: a letter and digits.
fn is_like_a_code(text: &str) -> bool {
    text.strip_prefix(['E', 'e', 'W', 'w'])
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A sentence without a case at hand: what it would name is shown as `…`.
fn anonymous(sentence: &str) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('…');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    out + rest
}
