//! The gutters between the lanes: how wide each is, and on which track every trunk goes up and down.

use super::layout::{ACROSS, ARROW, BOX, Builder, END, MARGIN, SMALL, Side, TRACK, Trunk};
use super::measure::width;

impl Builder<'_> {
    /// Gutters as wide as their labels and tracks, and with them the lanes.
    pub(super) fn tracks(&mut self) {
        let lanes = self.plan.lanes.len();
        let mut x = MARGIN;
        for gutter in 0..=lanes {
            let (left, right) = (
                self.widest(gutter, Side::Right),
                self.widest(gutter, Side::Left),
            );
            let from_left = self.color(gutter, Side::Right);
            let from_right = self.color(gutter, Side::Left);
            let room = |tracks: usize| match tracks {
                0 => 0.0,
                tracks => ARROW + tracks as f32 * TRACK,
            };
            let start = x + left;
            self.set_tracks(gutter, Side::Right, |track| {
                start + ARROW + track as f32 * TRACK
            });
            let wide = (left + room(from_left) + room(from_right) + right).max(16.0);
            let end = x + wide - right;
            self.set_tracks(gutter, Side::Left, |track| {
                end - ARROW - track as f32 * TRACK
            });
            x += wide;
            if gutter < lanes {
                self.out.lanes.push((x, BOX));
                x += BOX;
            }
        }
        self.out.ends = x + 4.0;
        let has_ends = self.ends.iter().any(Option::is_some);
        self.out.width = x + if has_ends { END + 16.0 } else { 8.0 };
        self.columns();
        for (node, placed) in self.plan.nodes.iter().zip(&mut self.out.nodes) {
            placed.rect.w = BOX;
            placed.rect.x = self.out.lanes.get(node.lane).map_or(0.0, |lane| lane.0);
        }
    }

    /// Cuts what is too wide for a sheet right of a lane, so that nothing but lines and frames goes over to the next.
    fn columns(&mut self) {
        let (mut start, mut last) = (0.0, 0.0);
        let ends = self.out.lanes.iter().map(|(x, w)| x + w + 5.0);
        for end in ends.chain([self.out.width]) {
            if end - start > ACROSS && last > start {
                self.out.columns.push((start, last));
                start = last;
            }
            last = end;
        }
        self.out.columns.push((start, self.out.width));
    }

    /// The widest label of the lines that leave into a gutter; `side` is the side of their boxes.
    fn widest(&self, gutter: usize, side: Side) -> f32 {
        let mut widest: f32 = 0.0;
        for port in self.ports.iter().filter(|p| p.leaves && p.side == side) {
            if self.gutter(port.node, side) == gutter {
                let label = self.labels.get(port.line).map_or(&[][..], Vec::as_slice);
                let wide = label.iter().map(|line| width(line, SMALL) + 12.0);
                widest = wide.fold(widest, f32::max);
            }
        }
        widest
    }

    /// The gutter beside a box.
    fn gutter(&self, node: usize, side: Side) -> usize {
        let lane = self.plan.nodes.get(node).map_or(0, |n| n.lane);
        match side {
            Side::Left => lane,
            Side::Right => lane + 1,
        }
    }

    /// From where to where a trunk goes up and down.
    fn extent(&self, trunk: &Trunk) -> (f32, f32) {
        let ports = self.ports.iter().filter(|p| match p.leaves {
            true => trunk.lines.contains(&p.line),
            false => p.node == trunk.to && trunk.lines.first() == Some(&p.line),
        });
        let ys = ports.map(|p| p.y);
        ys.fold((f32::MAX, f32::MIN), |(low, high), y| {
            (low.min(y), high.max(y))
        })
    }

    /// Numbers the tracks of a gutter so that no two trunks on one track meet; short ones lie next to the boxes.
    fn color(&mut self, gutter: usize, side: Side) -> usize {
        let mut here: Vec<(usize, (f32, f32))> = Vec::new();
        for (i, trunk) in self.trunks.iter().enumerate() {
            if trunk.into == side && self.gutter(trunk.to, side) == gutter {
                here.push((i, self.extent(trunk)));
            }
        }
        here.sort_by(|a, b| (a.1.1 - a.1.0).total_cmp(&(b.1.1 - b.1.0)));
        let mut tracks: Vec<Vec<(f32, f32)>> = Vec::new();
        for (trunk, (low, high)) in here {
            let free = |track: &Vec<(f32, f32)>| {
                track.iter().all(|(l, h)| high + 6.0 < *l || low - 6.0 > *h)
            };
            let track = tracks.iter().position(free).unwrap_or(tracks.len());
            if track == tracks.len() {
                tracks.push(Vec::new());
            }
            if let Some(track) = tracks.get_mut(track) {
                track.push((low, high));
            }
            if let Some(trunk) = self.trunks.get_mut(trunk) {
                trunk.x = track as f32;
            }
        }
        tracks.len()
    }

    /// Turns the numbers of tracks into places.
    fn set_tracks(&mut self, gutter: usize, side: Side, place: impl Fn(usize) -> f32) {
        for i in 0..self.trunks.len() {
            let to = self.trunks.get(i).map_or(0, |t| t.to);
            if self.gutter(to, side) != gutter {
                continue;
            }
            if let Some(trunk) = self.trunks.get_mut(i).filter(|t| t.into == side) {
                trunk.x = place(trunk.x as usize);
            }
        }
    }
}
