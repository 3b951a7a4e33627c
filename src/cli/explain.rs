//! `onenet explain CODE`: what a code of a message means and how to put it right.

use super::{Failure, print};
use clap::Args;
use engine::diagnostic::nearest;
use engine::text::{Lang, keys, say};

/// Explains a code of a message.
#[derive(Args)]
pub struct Explain {
    /// The code, e.g. E0203.
    code: String,
}

impl Explain {
    /// Prints the sentence of the code and its way out.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
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
