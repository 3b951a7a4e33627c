//! `onenet new`: a matter to begin with, complete with form, papers, notices and a scenario, that passes `check` and `test` as it is.

use super::{Failure, print};
use crate::shipped;
use clap::{Args, ValueEnum};
use engine::text::{Lang, both};
use include_dir::{Dir, DirEntry, include_dir};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/new/templates");

/// Makes a matter to begin with.
#[derive(Args)]
pub struct New {
    /// Its name: letters, digits and hyphens; also the name of its folder.
    matter: String,
    /// What it begins as.
    #[arg(long, value_enum, default_value = "simple")]
    template: Template,
    /// The folder of matters. Where it does not exist it is made, with the network and what matters share.
    #[arg(long, default_value = "workflows")]
    workflows: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Template {
    /// One city: intake, work, review.
    Simple,
    /// Two cities: a letter to the other one and its answer.
    CrossCity,
    /// Several departments at once, one letter at the end.
    Bundle,
}

impl New {
    /// Writes the files and says what to do next. Writes nothing where something already stands.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let id = self.id()?;
        let folder = self.workflows.join(&id);
        if folder.exists() {
            let args = vec![("path", folder.display().to_string())];
            return Err(Failure::Usage("new.exists", args));
        }
        if !self.workflows.exists() {
            surroundings(&self.workflows).map_err(|e| unwritable(&self.workflows, &e))?;
        }
        let files = self.files(&id);
        for (path, text) in &files {
            write(&folder.join(path), text).map_err(|e| unwritable(&folder, &e))?;
        }
        let names: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
        let args = [
            ("path", folder.display().to_string()),
            ("files", names.join(", ")),
        ];
        print(both("new.made", &args).get(lang));
        Ok(())
    }

    /// The name, if it can be one.
    fn id(&self) -> Result<String, Failure> {
        let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = self.matter.chars().all(right)
            && self.matter.starts_with(|c: char| c.is_ascii_lowercase());
        if fits && !["network", "shared", "tables"].contains(&self.matter.as_str()) {
            return Ok(self.matter.clone());
        }
        let lower = self.matter.to_ascii_lowercase();
        let near: String = lower
            .chars()
            .map(|c| if right(c) { c } else { '-' })
            .collect();
        let near = near
            .trim_matches(|c: char| !c.is_ascii_lowercase())
            .to_owned();
        let near = if near.is_empty() || near == self.matter {
            "my-matter".to_owned()
        } else {
            near
        };
        let args = vec![("name", self.matter.clone()), ("near", near)];
        Err(Failure::Usage("new.name", args))
    }

    /// Path and text of each file, in order of path.
    fn files(&self, id: &str) -> Vec<(String, String)> {
        let name = match self.template {
            Template::Simple => "simple",
            Template::CrossCity => "cross-city",
            Template::Bundle => "bundle",
        };
        let code = code(id);
        let mut files = Vec::new();
        let mut folders: Vec<&Dir<'_>> = TEMPLATES.get_dir(name).into_iter().collect();
        while let Some(folder) = folders.pop() {
            for entry in folder.entries() {
                match entry {
                    DirEntry::Dir(inner) => folders.push(inner),
                    DirEntry::File(file) => {
                        let path = file.path().strip_prefix(name).unwrap_or(file.path());
                        let text = file.contents_utf8().unwrap_or_default();
                        let text = text.replace("MATTER", id).replace("CODE", &code);
                        files.push((path.to_string_lossy().replace('\\', "/"), text));
                    }
                }
            }
        }
        files.sort();
        files
    }
}

/// Letters for the case numbers that no shipped matter has: the first letters of the name's words, else of the name.
fn code(id: &str) -> String {
    let upper = |letters: String| letters.to_ascii_uppercase();
    let words: String = id
        .split('-')
        .filter_map(|w| w.chars().next())
        .filter(char::is_ascii_lowercase)
        .collect();
    let letters = id.chars().filter(char::is_ascii_lowercase);
    match words.len() {
        3.. => upper(words.chars().take(6).collect()),
        _ => upper(letters.chain("new".chars()).take(5).collect()),
    }
}

/// The network and what matters share, as shipped, so that a matter stands among what it needs.
fn surroundings(folder: &Path) -> io::Result<()> {
    let is_shared = |path: &str| {
        let top = path.split('/').next().unwrap_or_default();
        ["network", "shared", "tables"].contains(&top) || top.ends_with(".yaml")
    };
    // The usual events open a joint check.
    let needed = |path: &str| is_shared(path) || path.starts_with("joint-check/");
    let files = shipped::all().into_iter().filter(|(path, _)| needed(path));
    for (path, text) in files {
        write(&folder.join(path), text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// The file cannot be written (exit code 2).
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let args = vec![
        ("path", path.display().to_string()),
        ("what", error.to_string()),
    ];
    Failure::Usage("new.unwritable", args)
}
