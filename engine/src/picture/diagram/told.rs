//! The same as an ordered list: for those who do not see the drawing, and under it for everybody.

use super::plan::{Plan, Row};
use super::walked::State;
use super::ways::{Line, To};

/// A line of the list: a box of the drawing, or the title of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How deep it lies, from 0.
    pub depth: usize,
    /// The title, with its number.
    pub title: String,
    /// Who does it, within which limit, only when.
    pub note: String,
    /// What the case did here: `✓`, who and when, or that it stands here now.
    pub done: String,
    /// The case stands here now.
    pub current: bool,
    /// Where its outcomes lead.
    pub ways: Vec<Leads>,
}

/// Where one line of the drawing leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leads {
    /// The outcomes that take it; empty where there is but one.
    pub label: String,
    /// The title of the box or the end.
    pub to: String,
    /// The case has gone this way.
    pub walked: bool,
}

pub(super) fn list(plan: &Plan) -> Vec<Told> {
    let mut depth = 0;
    let mut out = Vec::new();
    for row in &plan.rows {
        match row {
            Row::Head(frame) => {
                let title = plan.frames.get(*frame).map(|f| f.title.clone());
                out.push(Told {
                    depth,
                    title: title.unwrap_or_default(),
                    note: String::new(),
                    done: String::new(),
                    current: false,
                    ways: Vec::new(),
                });
                depth += 1;
            }
            Row::Node(at) => out.extend(told(plan, *at, depth)),
            Row::Foot => depth -= 1,
        }
    }
    out
}

fn told(plan: &Plan, at: usize, depth: usize) -> Option<Told> {
    let node = plan.nodes.get(at)?;
    let lines = plan.lines.iter().filter(|line| line.from == at);
    Some(Told {
        depth,
        title: node.title.clone(),
        note: node.note.clone(),
        done: node.done.clone(),
        current: node.state == State::Current,
        ways: lines.map(|line| leads(plan, line)).collect(),
    })
}

fn leads(plan: &Plan, line: &Line) -> Leads {
    let to = match &line.to {
        To::Node(to) => plan.nodes.get(*to).map(|node| node.title.clone()),
        To::End(text, _) | To::Words(text) => Some(text.clone()),
    };
    Leads {
        label: crate::text::list(plan.lang, &line.labels),
        to: to.unwrap_or_default(),
        walked: line.walked,
    }
}
