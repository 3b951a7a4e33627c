//! `onenet graph`: the matter as an ordered list, as a Mermaid diagram or as a drawing.

use super::new::unwritable;
use super::{Failure, matter, print};
use clap::{Args, ValueEnum};
use engine::picture::Picture;
use engine::text::Lang;

/// Shows a matter as an ordered list or as a diagram.
#[derive(Args)]
pub struct Graph {
    /// The matter: its folder, its matter.yaml, or the id of a shipped one.
    matter: String,
    /// text: an ordered list; mermaid: a flowchart; svg: a drawing with lanes.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The city, by name or six-digit code, that decides: the matter as it is there today.
    #[arg(long)]
    city: Option<String>,
    /// The file to write; without it the picture goes to stdout.
    #[arg(short, long)]
    output: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Mermaid,
    Svg,
}

impl Graph {
    /// Prints the picture to stdout.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let (library, revision) = matter::open_in(&self.matter, self.city.as_deref())?;
        let picture =
            Picture::of(&revision, &library, lang).on(matter::today(), self.city.as_deref());
        let drawn = match self.format {
            Format::Text => picture.text(),
            Format::Mermaid => picture.mermaid(),
            Format::Svg => picture.svg(None),
        };
        match &self.output {
            Some(file) => std::fs::write(file, drawn).map_err(|error| unwritable(file, &error)),
            None => {
                print(drawn.trim_end());
                Ok(())
            }
        }
    }
}
