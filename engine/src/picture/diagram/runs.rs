//! How every line runs, from its box to where it leads, and where its label stands.

use super::layout::{Builder, END, Port, Rect, Route, Run, SMALL, SMALL_LINE, Side};
use super::measure::width;
use super::ways::To;

impl Builder<'_> {
    pub(super) fn runs(&mut self) {
        for i in 0..self.plan.lines.len() {
            let run = match self.routes.get(i) {
                Some(Route::Straight) => self.straight(i),
                Some(Route::Around { .. }) => self.around(i),
                Some(Route::End) => self.to_end(i),
                None => None,
            };
            self.out.runs.extend(run);
        }
    }

    fn rect(&self, node: usize) -> Rect {
        self.out.nodes.get(node).map(|p| p.rect).unwrap_or_default()
    }

    fn straight(&self, i: usize) -> Option<Run> {
        let line = self.plan.lines.get(i)?;
        let To::Node(to) = line.to else { return None };
        let (from, to) = (self.rect(line.from), self.rect(to));
        let label = self.labels.get(i)?.clone();
        let turn = from.bottom() + (label.len() as f32 * 13.0 + 8.0).max(12.0);
        let points = match from.middle() == to.middle() {
            true => vec![(from.middle(), from.bottom()), (to.middle(), to.y)],
            false => vec![
                (from.middle(), from.bottom()),
                (from.middle(), turn),
                (to.middle(), turn),
                (to.middle(), to.y),
            ],
        };
        Some(Run {
            line: i,
            points,
            label,
            label_at: (from.middle() + 6.0, from.bottom() + 13.0),
            end: None,
        })
    }

    fn port(&self, line: usize) -> Option<&Port> {
        self.ports.iter().find(|p| p.leaves && p.line == line)
    }

    fn around(&self, i: usize) -> Option<Run> {
        let trunk = self.trunks.iter().find(|t| t.lines.contains(&i))?;
        let out = self.port(i)?;
        let first = trunk.lines.first()?;
        let into = self
            .ports
            .iter()
            .find(|p| !p.leaves && p.line == *first && p.node == trunk.to)?;
        let (from, to) = (self.rect(out.node), self.rect(trunk.to));
        let start = match out.side {
            Side::Left => from.x,
            Side::Right => from.right(),
        };
        let end = match trunk.into {
            Side::Left => to.x,
            Side::Right => to.right(),
        };
        Some(Run {
            line: i,
            points: vec![
                (start, out.y),
                (trunk.x, out.y),
                (trunk.x, into.y),
                (end, into.y),
            ],
            label: self.labels.get(i)?.clone(),
            label_at: self.label_at(i, out, start),
            end: None,
        })
    }

    /// Above the line, next to the box.
    fn label_at(&self, i: usize, port: &Port, start: f32) -> (f32, f32) {
        let label = self.labels.get(i).map_or(&[][..], Vec::as_slice);
        let wide = label
            .iter()
            .map(|line| width(line, SMALL))
            .fold(0.0, f32::max);
        let base = port.y - 4.0 - (label.len().max(1) - 1) as f32 * 13.0;
        match port.side {
            Side::Left => (start - 6.0 - wide, base),
            Side::Right => (start + 6.0, base),
        }
    }

    fn to_end(&self, i: usize) -> Option<Run> {
        let port = self.port(i)?;
        let from = self.rect(port.node);
        let text = self.ends.get(i)?.clone()?;
        let height = text.len() as f32 * SMALL_LINE + 8.0;
        let rect = Rect {
            x: self.out.ends + 10.0,
            y: port.y - height / 2.0,
            w: END - 4.0,
            h: height,
        };
        Some(Run {
            line: i,
            points: vec![(from.right(), port.y), (rect.x, port.y)],
            label: self.labels.get(i)?.clone(),
            label_at: self.label_at(i, port, from.right()),
            end: Some((rect, text)),
        })
    }
}
