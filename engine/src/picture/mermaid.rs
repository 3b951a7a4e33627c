//! The matter as a Mermaid flowchart. Within every sequence the steps stand in lanes: the applicant first, then the parties by city in
//! the order declared; a step without a person stands in the lane before it. Groups are frames, `for_each` and `repeat` frames are stacked (a double
//! border), events hang on the edge of their frame, obligations leave it dashed.

use super::Picture;
use crate::matter::{EventIx, Kind, Owner, SequenceIx, Step, StepIx, Way};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn flowchart(picture: &Picture<'_>) -> String {
    let mut drawing = Drawing {
        picture,
        out: String::new(),
        edges: Vec::new(),
        frames: 0,
    };
    drawing.out.push_str("flowchart TB\n");
    drawing.out.push_str("  start([▶])\n");
    let matter = picture.matter;
    drawing.sequence(matter.root, 1, None);
    drawing.events(&matter.events, None, 1);
    if let Some(first) = drawing.first(matter.root) {
        drawing.edges.insert(0, format!("start --> {first}"));
    }
    for edge in std::mem::take(&mut drawing.edges) {
        _ = writeln!(drawing.out, "  {edge}");
    }
    drawing
        .out
        .push_str("  classDef applicant fill:#fff7e0\n  classDef many stroke-width:4px\n");
    drawing.out
}

struct Drawing<'p, 'a> {
    picture: &'p Picture<'a>,
    out: String,
    edges: Vec<String>,
    frames: usize,
}

/// A lane: the applicant's, or that of a party in a city.
type Lane = (String, String);

impl Drawing<'_, '_> {
    fn line(&mut self, depth: usize, text: &str) {
        _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }

    /// The steps of a sequence in their lanes.
    fn sequence(&mut self, at: SequenceIx, depth: usize, before: Option<Lane>) {
        let matter = self.picture.matter;
        let steps = matter
            .sequence(at)
            .map(|s| s.steps.clone())
            .unwrap_or_default();
        let own: Vec<Option<Lane>> = steps.iter().map(|s| self.lane(*s)).collect();
        let mut last = own.iter().flatten().next().cloned().or(before);
        let mut lanes: BTreeMap<(usize, usize), Vec<StepIx>> = BTreeMap::new();
        let mut names: BTreeMap<(usize, usize), Lane> = BTreeMap::new();
        for (step, lane) in steps.into_iter().zip(own) {
            last = lane.or(last);
            let lane = last.clone().unwrap_or_default();
            let rank = self.rank(&lane);
            names.insert(rank, lane);
            lanes.entry(rank).or_default().push(step);
        }
        let mut city = None;
        for (rank, steps) in lanes {
            let lane = names.remove(&rank).unwrap_or_default();
            if city != Some(rank.0) {
                if city.is_some_and(|c| c > 0) {
                    self.line(depth, "end");
                }
                if rank.0 > 0 {
                    let frame = self.frame();
                    self.line(depth, &format!("subgraph {frame}[\"{}\"]", text(&lane.0)));
                }
                city = Some(rank.0);
            }
            let inside = depth + usize::from(rank.0 > 0);
            let frame = self.frame();
            self.line(inside, &format!("subgraph {frame}[\"{}\"]", text(&lane.1)));
            for step in steps {
                self.step(step, inside + 1, &lane);
            }
            self.line(inside, "end");
        }
        if city.is_some_and(|c| c > 0) {
            self.line(depth, "end");
        }
    }

    fn frame(&mut self) -> String {
        self.frames += 1;
        format!("f{}", self.frames)
    }

    /// The lane a step asks for; none: it stands in the one before.
    fn lane(&self, ix: StepIx) -> Option<Lane> {
        let step = self.picture.matter.step(ix)?;
        let name = match &step.kind {
            Kind::Task { parties, .. } => &parties.first()?.value,
            Kind::Group { body, .. } | Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => {
                let steps = &self.picture.matter.sequence(*body)?.steps;
                return steps.iter().find_map(|s| self.lane(*s));
            }
            _ => return None,
        };
        let party = self
            .picture
            .find_party(name.split('.').next().unwrap_or(name));
        let city = party.map(|p| self.picture.city(p)).unwrap_or_default();
        Some((city, self.picture.party(name)))
    }

    /// Where a lane stands: the applicant first, then cities and parties in the order declared.
    fn rank(&self, lane: &Lane) -> (usize, usize) {
        let lanes = self.picture.lanes();
        let city = lanes.iter().position(|(city, _)| *city == lane.0);
        let party = city.and_then(|c| {
            let parties = &lanes.get(c)?.1;
            parties.iter().position(|p| self.picture.party(p) == lane.1)
        });
        (city.map_or(0, |c| c + 1), party.unwrap_or(0))
    }

    fn step(&mut self, ix: StepIx, depth: usize, lane: &Lane) {
        let Some(step) = self.picture.matter.step(ix) else {
            return;
        };
        let (id, title) = (node(ix), text(&self.picture.title_of(step)));
        match &step.kind {
            // A slot that nobody fills is a line like any other.
            Kind::Group { body, .. } if self.first(*body).is_some() => {
                self.group(&id, &title, *body, step, depth, lane)
            }
            Kind::ForEach { body, .. } | Kind::Repeat { body, .. } => {
                self.group(&id, &format!("⧉ {title}"), *body, step, depth, lane);
                self.line(depth, &format!("class {id} many"));
            }
            Kind::Handoff {
                body: Some(body), ..
            } => self.group(&id, &format!("✉ {title}"), *body, step, depth, lane),
            Kind::Parallel { branches, .. } => {
                self.line(depth, &format!("subgraph {id}[\"{title}\"]"));
                for (n, branch) in branches.iter().enumerate() {
                    self.line(
                        depth + 1,
                        &format!(
                            "subgraph {id}b{n}[\"{}\"]",
                            text(branch.title.get(self.picture.lang))
                        ),
                    );
                    self.sequence(branch.body, depth + 2, Some(lane.clone()));
                    self.events(&branch.events, Some(format!("{id}b{n}")), depth + 2);
                    self.line(depth + 1, "end");
                }
                self.line(depth, "end");
                self.events(&step.events, Some(id.clone()), depth);
            }
            Kind::Task { parties, .. } => {
                self.line(depth, &format!("{id}[\"{title}\"]"));
                if parties.iter().any(|p| &*p.value == "applicant") {
                    self.line(depth, &format!("class {id} applicant"));
                }
            }
            Kind::Choice { .. } | Kind::Decide { .. } => {
                self.line(depth, &format!("{id}{{\"{title}\"}}"))
            }
            Kind::Subcase { .. } => self.line(depth, &format!("{id}[[\"{title}\"]]")),
            Kind::Wait { .. } => self.line(depth, &format!("{id}[/\"{title}\"/]")),
            Kind::End(_) => self.line(depth, &format!("{id}([\"{title}\"])")),
            _ => self.line(depth, &format!("{id}(\"{title}\")")),
        }
        self.ways(ix, step);
    }

    fn group(
        &mut self,
        id: &str,
        title: &str,
        body: SequenceIx,
        step: &Step,
        depth: usize,
        lane: &Lane,
    ) {
        self.line(depth, &format!("subgraph {id}[\"{title}\"]"));
        self.sequence(body, depth + 1, Some(lane.clone()));
        self.line(depth, "end");
        self.events(&step.events, Some(id.to_owned()), depth);
    }

    /// Events are marks on the edge of their frame.
    fn events(&mut self, events: &[EventIx], frame: Option<String>, depth: usize) {
        for ix in events {
            let Some(event) = self.picture.matter.event_defs.get(ix.0 as usize) else {
                continue;
            };
            let id = format!("e{}", ix.0);
            let title = text(&self.picture.event_title(event));
            self.line(depth, &format!("{id}{{{{\"◇ {title}\"}}}}"));
            if let Some(frame) = &frame {
                self.edges.push(format!("{frame} -.- {id}"));
            }
            if let Some(body) = event.body {
                self.sequence(body, depth, None);
                if let Some(first) = self.first(body) {
                    self.edges.push(format!("{id} --> {first}"));
                }
            }
            if let Some(outcome) = &event.outcome {
                let to = self.target(StepIx(u32::MAX), &outcome.way, &format!("{id}x"));
                self.edges.push(format!("{id} --> {to}"));
            }
        }
    }

    /// The edges of a step. Edges into a frame lead to its first step, so that every one ends at something to do.
    fn ways(&mut self, ix: StepIx, step: &Step) {
        let matter = self.picture.matter;
        for (n, outcome) in step.outcomes.iter().enumerate() {
            let label = match &step.kind {
                Kind::Choice { conditions } => {
                    self.picture.row(conditions.get(n).and_then(Option::as_ref))
                }
                _ if &**outcome.name == "done" => String::new(),
                _ => self.picture.outcome_title(outcome),
            };
            // The end of a group is drawn once, on its frame.
            if outcome.way == Way::Next && matter.next(ix).is_none() {
                continue;
            }
            if let Way::Leave(result) = &outcome.way
                && self.frame_of(ix).is_some()
            {
                let frame = self.frame_of(ix).unwrap_or_default();
                self.edges.push(format!(
                    "{} -. \"{}\" .-> {frame}",
                    node(ix),
                    text(&format!("{label} ⇒ {}", self.picture.outcome_name(result)))
                ));
                continue;
            }
            let to = self.target(ix, &outcome.way, &format!("{}x{n}", node(ix)));
            let line = match outcome.way {
                Way::BackTo(_) => "-. \"",
                _ if step.beside => "-. \"",
                _ => "-- \"",
            };
            let (open, close) = if line.starts_with("-.") {
                ("-.", ".->")
            } else {
                ("--", "-->")
            };
            let edge = match label.as_str() {
                "" => format!(
                    "{} {} {to}",
                    node(ix),
                    if open == "-." { "-.->" } else { "-->" }
                ),
                label => format!("{} {open} \"{}\" {close} {to}", node(ix), text(label)),
            };
            self.edges.push(edge);
        }
    }

    /// The frame around a step.
    fn frame_of(&self, ix: StepIx) -> Option<String> {
        let matter = self.picture.matter;
        match matter.sequence(matter.step(ix)?.within)?.owner.clone() {
            Owner::Step(owner) => Some(node(owner)),
            Owner::Branch(owner, name) => {
                let Kind::Parallel { branches, .. } = &matter.step(owner)?.kind else {
                    return None;
                };
                let n = branches.iter().position(|b| b.name.value == name)?;
                Some(format!("{}b{n}", node(owner)))
            }
            Owner::Matter | Owner::Event(_) => None,
        }
    }

    fn target(&self, from: StepIx, way: &Way, end: &str) -> String {
        let matter = self.picture.matter;
        let named = |name: &str| matter.find(name).map(|(ix, _)| self.entry(ix));
        let found = match way {
            Way::Next => matter.next(from).map(|ix| self.entry(ix)),
            Way::Go(name) => named(name),
            Way::BackTo(names) => names.first().and_then(|n| named(n)),
            Way::Leave(_) | Way::End(_) => None,
        };
        found.unwrap_or_else(|| {
            let title = match way {
                Way::End(state) => self
                    .picture
                    .end_title(state.state.value, state.label.as_ref()),
                Way::Leave(result) => self.picture.outcome_name(result),
                _ => self.picture.say("back_any", &[]),
            };
            format!("{end}([\"{}\"])", text(&title))
        })
    }

    /// Where an edge to a step arrives: the step, or the first one inside.
    fn entry(&self, ix: StepIx) -> String {
        let inside = match self.picture.matter.step(ix).map(|s| &s.kind) {
            Some(
                Kind::Group { body, .. } | Kind::ForEach { body, .. } | Kind::Repeat { body, .. },
            ) => self.first(*body),
            Some(Kind::Handoff {
                body: Some(body), ..
            }) => self.first(*body),
            _ => None,
        };
        inside.unwrap_or_else(|| node(ix))
    }

    fn first(&self, at: SequenceIx) -> Option<String> {
        let first = self.picture.matter.sequence(at)?.steps.first()?;
        Some(self.entry(*first))
    }
}

fn node(ix: StepIx) -> String {
    format!("s{}", ix.0)
}

/// A label that cannot end its quotes.
fn text(label: &str) -> String {
    label
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace(['\n', '\r'], " ")
}
