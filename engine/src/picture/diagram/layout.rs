//! Where everything lies. Rows from above, lanes from the left, tracks for lines in the gutters between the lanes.
//!
//! A line to the box right below goes straight down. Any other leaves its box sideways at a port, runs along the row
//! to the gutter beside the box it leads to, up or down there on a track, and in at a port. Lines that lead to the
//! same side of the same box share their track. What ends the case stands at the right edge, in the row of its box.
//! A long flow is broken into sheets: between two rows, below which the heads of the lanes stand again, and, where it is wide, right of a
//! lane. Laid side by side without a gap they are the whole drawing.

use super::measure::wrap;
use super::plan::{Node, Plan, Row, Shape};
use super::ways::{Line, Style, To};
use crate::text::list;

/// Width of a box.
pub(super) const BOX: f32 = 172.0;
/// Font sizes: titles, labels and notes.
pub(super) const TITLE: f32 = 13.0;
pub(super) const SMALL: f32 = 11.0;
/// Heights of their lines.
pub(super) const TITLE_LINE: f32 = 18.0;
pub(super) const SMALL_LINE: f32 = 15.0;
/// Most of a label beside a box, and of an end.
const LABEL: f32 = 100.0;
pub(super) const END: f32 = 116.0;
/// The column of frame titles.
pub(super) const MARGIN: f32 = 128.0;
/// The heads of the lanes.
pub(super) const HEAD: f32 = 58.0;
/// Width and height of a sheet: as much as A4 holds across, at the size at which small print has eight points.
pub(super) const ACROSS: f32 = 1030.0;
pub(super) const SHEET: f32 = 690.0;
/// Between two tracks.
pub(super) const TRACK: f32 = 9.0;
/// Room for an arrow.
pub(super) const ARROW: f32 = 14.0;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Rect {
    pub(super) fn right(&self) -> f32 {
        self.x + self.w
    }

    pub(super) fn bottom(&self) -> f32 {
        self.y + self.h
    }

    pub(super) fn middle(&self) -> f32 {
        self.x + self.w / 2.0
    }
}

/// A box with its lines of text.
pub(super) struct Placed {
    pub rect: Rect,
    pub title: Vec<String>,
    pub note: Vec<String>,
    pub done: Vec<String>,
}

/// A line as it runs, with its label and what it ends in.
pub(super) struct Run {
    pub line: usize,
    pub points: Vec<(f32, f32)>,
    pub label: Vec<String>,
    /// Where the label begins: left edge and base of its first line.
    pub label_at: (f32, f32),
    pub end: Option<(Rect, Vec<String>)>,
}

/// The whole drawing.
pub(super) struct Layout {
    pub width: f32,
    pub height: f32,
    /// Left edge and width of each lane.
    pub lanes: Vec<(f32, f32)>,
    /// Where the ends of the case stand.
    pub ends: f32,
    pub nodes: Vec<Placed>,
    pub frames: Vec<(Rect, Vec<String>)>,
    pub runs: Vec<Run>,
    /// From where to where the sheets reach down, and across.
    pub strips: Vec<(f32, f32)>,
    pub columns: Vec<(f32, f32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// How a line goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Route {
    /// Down to the box below.
    Straight,
    /// Out on one side, in on the other box's side.
    Around { out: Side, into: Side },
    /// To the right edge.
    End,
}

/// A place at the side of a box where lines leave or arrive.
pub(super) struct Port {
    pub node: usize,
    pub side: Side,
    /// The line that leaves here, or the first of those that arrive.
    pub line: usize,
    pub leaves: bool,
    /// Where it leads to, in rows, for the order of the ports.
    pub other: i64,
    pub height: f32,
    pub y: f32,
}

/// Lines that arrive at the same side of the same box.
pub(super) struct Trunk {
    pub to: usize,
    pub into: Side,
    pub style: Style,
    pub lines: Vec<usize>,
    pub x: f32,
}

/// The layout while it is made; `tracks` and `runs` go on with it.
pub(super) struct Builder<'p> {
    pub plan: &'p Plan,
    pub routes: Vec<Route>,
    pub labels: Vec<Vec<String>>,
    pub ends: Vec<Option<Vec<String>>>,
    pub ports: Vec<Port>,
    pub trunks: Vec<Trunk>,
    pub out: Layout,
}

impl Layout {
    /// The sheets, row by row.
    pub(super) fn sheets(&self) -> Vec<Rect> {
        let of = |(top, bottom): &(f32, f32)| {
            let (y, h) = (*top, bottom - top);
            let columns = self.columns.iter();
            columns.map(move |(x, end)| Rect {
                x: *x,
                y,
                w: end - x,
                h,
            })
        };
        self.strips.iter().flat_map(of).collect()
    }

    pub(super) fn of(plan: &Plan) -> Layout {
        let mut builder = Builder::new(plan);
        builder.texts();
        builder.ports();
        builder.rows();
        builder.tracks();
        builder.frames();
        builder.runs();
        builder.out
    }
}

/// Room inside a box left and right of its text; a question's corners are cut.
fn padding(node: &Node) -> f32 {
    match node.shape {
        Shape::Choice => 16.0,
        Shape::Round | Shape::Many => 13.0,
        _ => 9.0,
    }
}

impl<'p> Builder<'p> {
    fn new(plan: &'p Plan) -> Builder<'p> {
        let routes = plan.lines.iter().map(|line| route(plan, line)).collect();
        Builder {
            plan,
            routes,
            labels: Vec::new(),
            ends: Vec::new(),
            ports: Vec::new(),
            trunks: Vec::new(),
            out: Layout {
                width: 0.0,
                height: 0.0,
                lanes: Vec::new(),
                ends: 0.0,
                nodes: Vec::new(),
                frames: Vec::new(),
                runs: Vec::new(),
                strips: Vec::new(),
                columns: Vec::new(),
            },
        }
    }

    /// Breaks every text into lines.
    fn texts(&mut self) {
        for node in &self.plan.nodes {
            let most = BOX - 2.0 * padding(node);
            let lines = |text: &str, size, most_lines| match text {
                "" => Vec::new(),
                text => wrap(text, size, most, most_lines),
            };
            let placed = Placed {
                rect: Rect::default(),
                title: lines(&node.title, TITLE, 4),
                note: lines(&node.note, SMALL, 3),
                done: lines(&node.done, SMALL, 2),
            };
            self.out.nodes.push(placed);
        }
        for (line, route) in self.plan.lines.iter().zip(&self.routes) {
            let label = list(self.plan.lang, &line.labels);
            let (most, rows) = match route {
                // It stands under its box, right of the line.
                Route::Straight => (BOX / 2.0 - 4.0, 3),
                _ => (LABEL, 4),
            };
            let label = match label.as_str() {
                "" => Vec::new(),
                label => wrap(label, SMALL, most, rows),
            };
            self.labels.push(label);
            self.ends.push(match &line.to {
                To::End(text, _) | To::Words(text) => Some(wrap(text, SMALL, END - 16.0, 3)),
                To::Node(_) => None,
            });
        }
    }

    /// Gives every line its ports, and lines to the same side of a box a common trunk.
    fn ports(&mut self) {
        for (i, line) in self.plan.lines.iter().enumerate() {
            let label = self.labels.get(i).map_or(0, Vec::len) as f32 * 13.0;
            let (side, height, other) = match (self.routes.get(i).copied(), &line.to) {
                (Some(Route::Around { out, into }), To::Node(to)) => {
                    self.join_trunk(i, *to, into, line.style);
                    (out, label + 8.0, *to as i64)
                }
                (Some(Route::End), _) => {
                    let rows = self
                        .ends
                        .get(i)
                        .and_then(Option::as_ref)
                        .map_or(1, Vec::len);
                    let end = rows as f32 * SMALL_LINE + 12.0;
                    // The end stands centred on its line, the label above it.
                    (
                        Side::Right,
                        (label + 8.0).max(end / 2.0) + end / 2.0,
                        line.from as i64,
                    )
                }
                _ => continue,
            };
            self.ports.push(Port {
                node: line.from,
                side,
                line: i,
                leaves: true,
                other,
                height,
                y: 0.0,
            });
        }
        for trunk in &self.trunks {
            let lines = trunk.lines.iter().filter_map(|l| self.plan.lines.get(*l));
            let Some(line) = trunk.lines.first() else {
                continue;
            };
            let other = lines.map(|l| l.from as i64).min().unwrap_or(0);
            self.ports.push(Port {
                node: trunk.to,
                side: trunk.into,
                line: *line,
                leaves: false,
                other,
                height: 12.0,
                y: 0.0,
            });
        }
    }

    fn join_trunk(&mut self, line: usize, to: usize, into: Side, style: Style) {
        let same = |t: &&mut Trunk| t.to == to && t.into == into && t.style == style;
        match self.trunks.iter_mut().find(same) {
            Some(trunk) => trunk.lines.push(line),
            None => self.trunks.push(Trunk {
                to,
                into,
                style,
                lines: vec![line],
                x: 0.0,
            }),
        }
    }

    /// Heights: a box is as high as its text and its ports want; below a labelled line there is room for the label.
    fn rows(&mut self) {
        const TOP: f32 = HEAD + 12.0;
        let (mut sheet, mut y) = (0.0, TOP);
        let mut frames = vec![(0.0, 0.0); self.plan.frames.len()];
        for (at, row) in self.plan.rows.iter().enumerate() {
            if y > sheet + TOP && y + self.kept_together(at) > sheet + SHEET {
                self.out.strips.push((sheet, y));
                (sheet, y) = (y, y + TOP);
            }
            match row {
                Row::Head(frame) => {
                    if let Some(frame) = frames.get_mut(*frame) {
                        frame.0 = y;
                    }
                    y += self.head_height(*frame);
                }
                Row::Node(node) => {
                    let height = self.height(*node);
                    if let Some(placed) = self.out.nodes.get_mut(*node) {
                        placed.rect.y = y;
                        placed.rect.h = height;
                    }
                    y += height + self.gap(*node);
                }
                Row::Foot => {
                    for (frame, place) in self.plan.frames.iter().zip(&mut frames) {
                        if frame.rows.1 == at {
                            place.1 = y;
                        }
                    }
                    y += 10.0;
                }
            }
        }
        self.out.height = y + 8.0;
        self.out.strips.push((sheet, self.out.height));
        for (frame, (top, bottom)) in frames.into_iter().enumerate() {
            let rect = Rect {
                y: top,
                h: bottom - top,
                ..Rect::default()
            };
            self.out.frames.push((rect, self.frame_title(frame)));
        }
        self.place_ports();
    }

    /// How much must stand on one sheet from a row on: a box, with the heads of the frames that begin at it.
    fn kept_together(&self, at: usize) -> f32 {
        let mut height = 0.0;
        for row in self.plan.rows.iter().skip(at) {
            match row {
                Row::Head(frame) => height += self.head_height(*frame),
                Row::Node(node) => return height + self.height(*node) + self.gap(*node),
                Row::Foot => return height,
            }
        }
        height
    }

    fn head_height(&self, frame: usize) -> f32 {
        self.frame_title(frame).len() as f32 * SMALL_LINE + 10.0
    }

    fn frame_title(&self, frame: usize) -> Vec<String> {
        let Some(frame) = self.plan.frames.get(frame) else {
            return Vec::new();
        };
        let indent = 8.0 + 6.0 * frame.depth as f32;
        wrap(&frame.title, SMALL, MARGIN - indent - 10.0, 4)
    }

    fn height(&self, node: usize) -> f32 {
        let Some(placed) = self.out.nodes.get(node) else {
            return 0.0;
        };
        let small = placed.note.len() + placed.done.len();
        let text = placed.title.len() as f32 * TITLE_LINE + small as f32 * SMALL_LINE + 12.0;
        let side = |side| -> f32 {
            let ports = self
                .ports
                .iter()
                .filter(|p| p.node == node && p.side == side);
            ports.map(|p| p.height).sum::<f32>() + 8.0
        };
        text.max(side(Side::Left)).max(side(Side::Right))
    }

    /// Room below a box.
    fn gap(&self, node: usize) -> f32 {
        let straight = |i: &usize| {
            let line = self.plan.lines.get(*i);
            line.is_some_and(|l| l.from == node) && self.routes.get(*i) == Some(&Route::Straight)
        };
        match (0..self.plan.lines.len()).find(straight) {
            Some(line) => {
                let label = self.labels.get(line).map_or(0, Vec::len);
                (label as f32 * 13.0 + 22.0).max(26.0)
            }
            None => 18.0,
        }
    }

    /// Ports from above: lines that come from above or lead there, ends, then those from and to below.
    fn place_ports(&mut self) {
        for node in 0..self.plan.nodes.len() {
            for side in [Side::Left, Side::Right] {
                let mut ports: Vec<&mut Port> = self
                    .ports
                    .iter_mut()
                    .filter(|p| p.node == node && p.side == side)
                    .collect();
                let rank = |other: i64| {
                    let rows = other - node as i64;
                    // The farther away below, the higher up among those that go down: so tracks do not cross.
                    (rows.signum(), -rows)
                };
                ports.sort_by_key(|p| (rank(p.other), p.leaves));
                let rect = self.out.nodes.get(node).map(|p| p.rect).unwrap_or_default();
                let all: f32 = ports.iter().map(|p| p.height).sum();
                let mut y = rect.y + (rect.h - all) / 2.0;
                for port in ports {
                    let below = match (self.routes.get(port.line), port.leaves) {
                        (Some(Route::End), true) => {
                            let rows = self.ends.get(port.line).and_then(Option::as_ref);
                            (rows.map_or(1, Vec::len) as f32 * SMALL_LINE + 12.0) / 2.0
                        }
                        (_, true) => 4.0,
                        (_, false) => 6.0,
                    };
                    port.y = y + port.height - below;
                    y += port.height;
                }
            }
        }
    }

    fn frames(&mut self) {
        for (frame, (rect, _)) in self.plan.frames.iter().zip(&mut self.out.frames) {
            let indent = 6.0 + 6.0 * frame.depth as f32;
            rect.x = indent;
            rect.w = self.out.ends - 2.0 - indent;
        }
    }
}

fn route(plan: &Plan, line: &Line) -> Route {
    let To::Node(to) = line.to else {
        return Route::End;
    };
    if to == line.from + 1 && line.style == Style::Go {
        return Route::Straight;
    }
    let lane = |node: usize| plan.nodes.get(node).map_or(0, |n| n.lane);
    match (lane(line.from), lane(to)) {
        (from, to) if to < from => Route::Around {
            out: Side::Left,
            into: Side::Right,
        },
        (from, to) if to > from => Route::Around {
            out: Side::Right,
            into: Side::Left,
        },
        _ => Route::Around {
            out: Side::Right,
            into: Side::Right,
        },
    }
}
