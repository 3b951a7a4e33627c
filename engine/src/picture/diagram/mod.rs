//! The flow diagram: lanes by city and department side by side, one step in each row, in reading order.
//!
//! | file | holds |
//! |---|---|
//! | `plan` | what is drawn: lanes, boxes, frames around groups; `ways` where every outcome leads; `words` what stands in a box |
//! | `measure` | how wide a text is, and how it is broken into lines |
//! | `layout`, `tracks`, `runs` | where everything lies: rows and ports; the gutters between the lanes; lines and labels |
//! | `svg`, `told` | the drawing; the same as a list |
//! | `walked` | what one case has done of it |
//!
//! As there is one box in a row, a line that leaves a box sideways meets no other; between the lanes lines go up and
//! down on tracks of their own. So no line crosses a box, whatever the matter. All looks are attributes of the
//! elements, with classes beside them: the drawing is the same in a page with a strict content policy, as an image, on
//! paper, and in a program for drawings.

mod layout;
mod measure;
mod plan;
mod runs;
mod svg;
mod told;
mod tracks;
mod walked;
mod ways;
mod words;

pub use told::{Leads, Told};
pub use walked::{Walked, Went};

use super::Picture;

/// A case drawn into the picture of its matter.
pub struct Progress<'a> {
    /// What it has done.
    pub walked: &'a Walked,
    /// Its number, for the heading.
    pub number: &'a str,
    /// The names of people; none where the reader may not see who did what.
    pub name: Option<&'a dyn Fn(&str) -> String>,
}

/// The whole drawing.
pub(super) fn draw(picture: &Picture<'_>, progress: Option<&Progress<'_>>) -> String {
    let plan = plan::Plan::of(picture, progress);
    let laid = layout::Layout::of(&plan);
    svg::write(picture, &plan, &laid, progress, None)
}

/// Its sheets, row by row.
pub(super) fn sheets(picture: &Picture<'_>, progress: Option<&Progress<'_>>) -> Vec<Vec<String>> {
    let plan = plan::Plan::of(picture, progress);
    let laid = layout::Layout::of(&plan);
    let across = laid.columns.len();
    let sheet = |no| svg::write(picture, &plan, &laid, progress, Some(no));
    let row = |row| (row * across..(row + 1) * across).map(sheet).collect();
    (0..laid.strips.len()).map(row).collect()
}

pub(super) fn list(picture: &Picture<'_>, progress: Option<&Progress<'_>>) -> Vec<Told> {
    told::list(&plan::Plan::of(picture, progress))
}

#[cfg(test)]
mod tests;
