//! The matter in words and pictures: an ordered list, a diagram, and a 办事指南 in sentences. Nothing is drawn by hand, and all three
//! walk the same outline in the same reading order, the order of the file.

mod diagram;
mod guide;
mod kinds;
mod limits;
mod mermaid;
mod names;
mod outline;
mod phrases;
mod text;

pub use diagram::{Leads, Progress, Told, Walked, Went};
pub use outline::{Item, Outline, Place};

use crate::library::Library;
use crate::matter::{Matter, Revision};
use crate::network::Network;
use crate::text::Lang;
use jiff::civil::Date;

/// A matter about to be shown, with what is known around it.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    matter: &'a Matter,
    revision: Option<&'a Revision>,
    library: Option<&'a Library>,
    lang: Lang,
    /// Whether what tables give goes by its labels: in sentences, while boxes and lines have room for names alone.
    labels: bool,
    /// For which day and city parameters say how much they are.
    day: Option<Date>,
    city: Option<&'a str>,
}

impl<'a> Picture<'a> {
    /// A matter as it was read, perhaps not yet fit to run: forms, papers and offices go by their ids.
    pub fn bare(matter: &'a Matter, lang: Lang) -> Picture<'a> {
        Picture {
            matter,
            revision: None,
            library: None,
            lang,
            labels: true,
            day: None,
            city: None,
        }
    }

    /// A revision among the others: forms, papers, offices, laws and other matters go by their titles.
    pub fn of(revision: &'a Revision, library: &'a Library, lang: Lang) -> Picture<'a> {
        Picture {
            matter: revision,
            revision: Some(revision),
            library: Some(library),
            lang,
            labels: true,
            day: None,
            city: None,
        }
    }

    /// A revision by itself: offices, laws and other matters go by their ids.
    pub(crate) fn alone(revision: &'a Revision, lang: Lang) -> Picture<'a> {
        Picture {
            revision: Some(revision),
            ..Picture::bare(revision, lang)
        }
    }

    /// The same as it is on a day: limits that are parameters say how long they are, in a city or where they are the same everywhere.
    pub fn on(self, day: Date, city: Option<&'a str>) -> Picture<'a> {
        Picture {
            day: Some(day),
            city,
            ..self
        }
    }

    /// The ordered list: every step with its number, who does it, and where its outcomes lead.
    pub fn text(&self) -> String {
        text::list(self)
    }

    /// A Mermaid flowchart: lanes by party and city, groups as frames, events on the frame's edge, obligations dashed.
    pub fn mermaid(&self) -> String {
        mermaid::flowchart(self)
    }

    /// The flow diagram as SVG, with what a case has done of it.
    pub fn svg(&self, progress: Option<&Progress<'_>>) -> String {
        diagram::draw(&self.for_boxes(), progress)
    }

    /// The same in sheets that paper holds, row by row; laid side by side they are the whole drawing.
    pub fn sheets(&self, progress: Option<&Progress<'_>>) -> Vec<Vec<String>> {
        diagram::sheets(&self.for_boxes(), progress)
    }

    /// What the flow diagram shows, as an ordered list to stand under it.
    pub fn told(&self, progress: Option<&Progress<'_>>) -> Vec<Told> {
        diagram::list(self, progress)
    }

    /// The matter in sentences, as a 办事指南 says it.
    pub fn guide(&self) -> String {
        guide::sentences(self)
    }

    fn for_boxes(&self) -> Picture<'a> {
        Picture {
            labels: false,
            day: None,
            ..*self
        }
    }

    /// A name of the author as people read it in the language: it is its own title.
    fn own<'t>(&'t self, name: &'t str) -> &'t str {
        self.network()
            .map_or(name, |network| network.own(self.lang, name))
    }

    fn network(&self) -> Option<&'a Network> {
        self.library.map(|l| &*l.network)
    }
}
