//! `onenet graph`: the matter as an ordered list or as a Mermaid diagram.

use super::{Failure, matter, print};
use clap::{Args, ValueEnum};
use engine::picture::Picture;
use engine::text::Lang;

/// Shows a matter as an ordered list or as a diagram.
#[derive(Args)]
pub struct Graph {
    /// The matter: its folder, its matter.yaml, or the id of a shipped one.
    matter: String,
    /// text: an ordered list; mermaid: a flowchart.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The city, by name or six-digit code, that decides: the matter as it is there today.
    #[arg(long)]
    city: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Mermaid,
}

impl Graph {
    /// Prints the picture to stdout.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let (library, revision) = matter::open_in(&self.matter, self.city.as_deref())?;
        let picture = Picture::of(&revision, &library, lang);
        let drawn = match self.format {
            Format::Text => picture.text(),
            Format::Mermaid => picture.mermaid(),
        };
        print(drawn.trim_end());
        Ok(())
    }
}
