//! What is drawn: lanes, a row for every step, frames around groups, lines between.

use super::super::Picture;
use super::super::outline::Outline;
use super::Progress;
use super::walked::{State, Went};
use super::ways::{Line, lines};
use crate::matter::{Branch, EventDef, EventIx, Join, Kind, SequenceIx, Step, StepIx, Value};
use crate::text::Lang;
use std::collections::BTreeMap;

/// What a box stands for; each is drawn once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Where a case begins.
    Start,
    /// A step.
    Step(StepIx),
    /// Whether a group is gone through or passed over.
    Gate(StepIx),
    /// Where the branches of a step come together, or an answer comes back.
    Join(StepIx),
    /// An event.
    Event(EventIx),
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A person's work.
    Task,
    /// What happens by itself.
    Auto,
    /// A question the data answer.
    Choice,
    /// Many of the same: items, rounds.
    Many,
    /// Beginning, joining, an event: no step.
    Round,
    /// A step outside the line: an event.
    Event,
    /// Nothing yet; a city may fill it.
    Slot,
}

/// A box in its row.
pub(super) struct Node {
    pub place: Place,
    pub lane: usize,
    pub shape: Shape,
    pub title: String,
    pub note: String,
    /// What the case did here, in words.
    pub done: String,
    pub state: State,
}

/// A lane: a department of a city, or the applicant.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub city: String,
    pub department: String,
}

/// A frame around rows.
pub(super) struct Frame {
    pub title: String,
    pub depth: usize,
    /// The rows of its head and its foot.
    pub rows: (usize, usize),
    /// Its steps do not lie on the line: an event, branches side by side.
    pub dashed: bool,
}

/// A row from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The title of a frame.
    Head(usize),
    /// A box.
    Node(usize),
    /// The end of a frame.
    Foot,
}

/// Everything that is drawn, without places.
pub(super) struct Plan {
    pub lang: Lang,
    pub lanes: Vec<Lane>,
    pub rows: Vec<Row>,
    pub nodes: Vec<Node>,
    pub frames: Vec<Frame>,
    pub lines: Vec<Line>,
    /// The depth of the deepest frame.
    pub depth: usize,
}

impl Plan {
    pub(super) fn of(picture: &Picture<'_>, progress: Option<&Progress<'_>>) -> Plan {
        let mut planner = Planner {
            picture,
            progress,
            outline: Outline::of(picture.matter),
            lanes: Vec::new(),
            plan: Plan {
                lang: picture.lang,
                lanes: Vec::new(),
                rows: Vec::new(),
                nodes: Vec::new(),
                frames: Vec::new(),
                lines: Vec::new(),
                depth: 0,
            },
            depth: 0,
        };
        let matter = picture.matter;
        planner.lanes = planner.all_lanes();
        let first = planner.first_lane(matter.root).unwrap_or(0);
        let begun = match progress {
            Some(_) => State::Done,
            None => State::Plain,
        };
        let title = picture.say("diagram.start", &[]);
        planner.node(
            Place::Start,
            first,
            Shape::Round,
            title,
            String::new(),
            begun,
        );
        planner.sequence(matter.root, first);
        if !matter.events.is_empty() {
            let title = picture.say("diagram.events", &[]);
            let frame = planner.open(title, true);
            planner.events(&matter.events, first);
            planner.close(frame);
        }
        let mut plan = planner.plan;
        plan.lanes = planner.lanes;
        keep_used_lanes(&mut plan);
        let by_place: BTreeMap<Place, usize> = plan
            .nodes
            .iter()
            .enumerate()
            .map(|(i, n)| (n.place, i))
            .collect();
        plan.lines = lines(picture, &by_place, progress.map(|p| p.walked));
        plan
    }
}

/// A lane in which nothing stands is not drawn.
fn keep_used_lanes(plan: &mut Plan) {
    let used: Vec<bool> = (0..plan.lanes.len())
        .map(|lane| plan.nodes.iter().any(|n| n.lane == lane))
        .collect();
    let is_used = |lane: usize| used.get(lane).copied().unwrap_or(false);
    let moved: Vec<usize> = (0..used.len())
        .map(|lane| (0..lane).filter(|l| is_used(*l)).count())
        .collect();
    for node in &mut plan.nodes {
        node.lane = moved.get(node.lane).copied().unwrap_or(0);
    }
    let mut lane = 0;
    plan.lanes.retain(|_| {
        lane += 1;
        is_used(lane - 1)
    });
}

/// The lane of the applicant: the first.
const APPLICANT: usize = 0;

struct Planner<'p, 'a> {
    picture: &'p Picture<'a>,
    progress: Option<&'p Progress<'p>>,
    outline: Outline<'a>,
    lanes: Vec<Lane>,
    plan: Plan,
    depth: usize,
}

impl Planner<'_, '_> {
    /// The applicant first, then cities and departments in the order declared.
    fn all_lanes(&self) -> Vec<Lane> {
        let mut lanes = vec![self.lane_named("applicant")];
        for (_, parties) in self.picture.lanes() {
            for party in parties {
                let lane = self.lane_named(&party);
                if !lanes.contains(&lane) {
                    lanes.push(lane);
                }
            }
        }
        lanes
    }

    fn lane_named(&self, party: &str) -> Lane {
        let head = party.split('.').next().unwrap_or(party);
        match self.picture.find_party(head) {
            Some(party) => Lane {
                city: self.picture.city(party),
                department: self.picture.department(party),
            },
            None => Lane {
                city: self.picture.party(head),
                department: String::new(),
            },
        }
    }

    fn lane(&mut self, party: &str) -> usize {
        let lane = self.lane_named(party);
        match self.lanes.iter().position(|known| *known == lane) {
            Some(at) => at,
            None => {
                self.lanes.push(lane);
                self.lanes.len() - 1
            }
        }
    }

    /// The lane a step asks for; none: it stands in the one before.
    fn lane_of(&mut self, ix: StepIx) -> Option<usize> {
        let step = self.picture.matter.step(ix)?;
        match &step.kind {
            Kind::Task { parties, .. } => Some(self.lane(&parties.first()?.value)),
            Kind::Handoff { party, .. } => Some(self.lane(&party.value)),
            Kind::Subcase { matter, .. } => {
                let party = self.picture.party_for(matter)?;
                Some(self.lane(&party))
            }
            Kind::Group { body, .. } => self.first_lane(*body),
            _ => None,
        }
    }

    /// The first office of a sequence, or the applicant's lane where there is none.
    fn first_lane(&mut self, at: SequenceIx) -> Option<usize> {
        let steps = self.picture.matter.sequence(at)?.steps.clone();
        let lanes: Vec<usize> = steps.into_iter().filter_map(|s| self.lane_of(s)).collect();
        let office = lanes.iter().find(|lane| **lane != APPLICANT);
        office.or(lanes.first()).copied()
    }

    fn sequence(&mut self, at: SequenceIx, before: usize) {
        let steps = self.picture.matter.sequence(at);
        let steps = steps.map(|s| s.steps.clone()).unwrap_or_default();
        // What happens by itself happens in an office: where the work was last, never with the applicant.
        let mut office = before;
        for ix in steps {
            let own = self.lane_of(ix);
            self.step(ix, own.unwrap_or(office));
            office = own.filter(|lane| *lane != APPLICANT).unwrap_or(office);
        }
    }

    fn step(&mut self, ix: StepIx, lane: usize) {
        let Some(step) = self.picture.matter.step(ix) else {
            return;
        };
        match &step.kind {
            Kind::Group { body, .. } if !self.picture.is_empty(*body) => {
                let frame = self.open(self.numbered(ix, step), false);
                if let Some(test) = &step.only_if {
                    self.gate(ix, lane, test);
                }
                self.sequence(*body, lane);
                self.events(&step.events, lane);
                self.close(frame);
            }
            Kind::Parallel { branches, join, .. } => {
                self.step_node(ix, step, lane, Shape::Auto);
                for branch in branches {
                    self.branch(branch, lane);
                }
                self.events(&step.events, lane);
                self.join(ix, lane, join);
            }
            Kind::ForEach { body, join, .. } => {
                self.step_node(ix, step, lane, Shape::Many);
                let title = self.picture.say("diagram.items", &[]);
                self.inside(title, *body, step, lane);
                self.join(ix, lane, join);
            }
            Kind::Repeat { body, .. } => {
                self.step_node(ix, step, lane, Shape::Many);
                let title = self.picture.say("diagram.rounds", &[]);
                self.inside(title, *body, step, lane);
                self.join(ix, lane, &Join::All);
            }
            Kind::Handoff {
                body: Some(body), ..
            } => {
                self.step_node(ix, step, lane, Shape::Task);
                let title = self.picture.say("diagram.letter", &[]);
                self.inside(title, *body, step, lane);
                let title = self.picture.say("diagram.answer", &[]);
                self.joined(ix, lane, title);
            }
            kind => {
                self.step_node(ix, step, lane, shape(kind));
                self.events(&step.events, lane);
            }
        }
    }

    /// A group that is only sometimes gone through begins with the question.
    fn gate(&mut self, ix: StepIx, lane: usize, test: &Value) {
        let state = match self.went(ix) {
            Some(went) if went.state() != State::Ahead => State::Done,
            Some(_) => State::Ahead,
            None => State::Plain,
        };
        let title = self.picture.say("diagram.gate", &[]);
        let note = self.picture.condition(test);
        self.node(Place::Gate(ix), lane, Shape::Choice, title, note, state);
    }

    fn inside(&mut self, title: String, body: SequenceIx, step: &Step, lane: usize) {
        let frame = self.open(title, true);
        self.sequence(body, lane);
        self.events(&step.events, lane);
        self.close(frame);
    }

    fn branch(&mut self, branch: &Branch, lane: usize) {
        let title = self.picture.say(
            "diagram.branch",
            &[("title", branch.title.get(self.picture.lang))],
        );
        let frame = self.open(title, true);
        self.sequence(branch.body, lane);
        self.events(&branch.events, lane);
        self.close(frame);
    }

    fn join(&mut self, ix: StepIx, lane: usize, join: &Join) {
        let rule = match join {
            Join::All => self.picture.say("diagram.join_all", &[]),
            Join::Any => self.picture.say("guide.join_any", &[]),
            Join::Number(n) => self
                .picture
                .say("guide.join_number", &[("n", &n.to_string())]),
            Join::MoreThanHalf => self.picture.say("guide.join_half", &[]),
            Join::Branches(_) | Join::Condition(_) => self.picture.say("diagram.join_when", &[]),
        };
        self.joined(ix, lane, rule);
    }

    fn joined(&mut self, ix: StepIx, lane: usize, title: String) {
        let state = match self.went(ix) {
            Some(went) if went.done > 0 && went.open == 0 => State::Done,
            Some(_) => State::Ahead,
            None => State::Plain,
        };
        self.node(
            Place::Join(ix),
            lane,
            Shape::Round,
            title,
            String::new(),
            state,
        );
    }

    fn events(&mut self, events: &[EventIx], lane: usize) {
        for ix in events {
            let Some(event) = self.picture.matter.event_defs.get(ix.0 as usize) else {
                continue;
            };
            let frame = event.body.map(|_| {
                let title = self.picture.event_title(event);
                self.open(format!("◇ {title}"), true)
            });
            self.event(*ix, event, lane);
            if let (Some(body), Some(frame)) = (event.body, frame) {
                self.sequence(body, lane);
                self.close(frame);
            }
        }
    }

    fn event(&mut self, ix: EventIx, event: &EventDef, lane: usize) {
        let lane = match &event.trigger {
            crate::matter::Trigger::Act(who) => match who.first() {
                Some(who) => self.lane(&who.value),
                None => lane,
            },
            _ => lane,
        };
        let title = format!("◇ {}", self.picture.event_title(event));
        let note = self.picture.trigger(event);
        let state = match self.progress {
            Some(progress) if progress.walked.happened(&event.name) => State::Done,
            Some(_) => State::Ahead,
            None => State::Plain,
        };
        self.node(Place::Event(ix), lane, Shape::Event, title, note, state);
    }

    fn numbered(&self, ix: StepIx, step: &Step) -> String {
        format!(
            "{} {}",
            self.outline.number(ix),
            self.picture.title_of(step)
        )
    }

    fn went(&self, ix: StepIx) -> Option<Went> {
        let step = self.picture.matter.step(ix)?;
        Some(self.progress?.walked.step(&step.id))
    }

    fn step_node(&mut self, ix: StepIx, step: &Step, lane: usize, shape: Shape) {
        let (title, note) = (self.numbered(ix, step), self.picture.note(step));
        let went = self.went(ix);
        let state = match (&went, self.is_skipped(ix)) {
            (None, _) => State::Plain,
            (Some(_), true) => State::Skipped,
            (Some(went), _) => went.state(),
        };
        self.node(Place::Step(ix), lane, shape, title, note, state);
        let (Some(went), Some(progress)) = (went, self.progress) else {
            return;
        };
        let done = self.picture.done(&went, state, progress);
        if let Some(node) = self.plan.nodes.last_mut() {
            node.done = done;
        }
    }

    /// The step or a group around it was passed over.
    fn is_skipped(&self, ix: StepIx) -> bool {
        let mut around = std::iter::once(ix).chain(self.picture.matter.around(ix));
        around.any(|ix| {
            self.went(ix)
                .is_some_and(|went| went.state() == State::Skipped)
        })
    }

    fn node(
        &mut self,
        place: Place,
        lane: usize,
        shape: Shape,
        title: String,
        note: String,
        state: State,
    ) {
        self.plan.rows.push(Row::Node(self.plan.nodes.len()));
        self.plan.nodes.push(Node {
            place,
            lane,
            shape,
            title,
            note,
            done: String::new(),
            state,
        });
    }

    fn open(&mut self, title: String, dashed: bool) -> usize {
        let (frame, row) = (self.plan.frames.len(), self.plan.rows.len());
        self.plan.rows.push(Row::Head(frame));
        self.plan.frames.push(Frame {
            title,
            depth: self.depth,
            rows: (row, row),
            dashed,
        });
        self.depth += 1;
        self.plan.depth = self.plan.depth.max(self.depth);
        frame
    }

    fn close(&mut self, frame: usize) {
        let row = self.plan.rows.len();
        self.plan.rows.push(Row::Foot);
        if let Some(frame) = self.plan.frames.get_mut(frame) {
            frame.rows.1 = row;
        }
        self.depth -= 1;
    }
}

fn shape(kind: &Kind) -> Shape {
    match kind {
        Kind::Task { .. } | Kind::Handoff { .. } => Shape::Task,
        Kind::Choice { .. } | Kind::Decide { .. } => Shape::Choice,
        Kind::Group { .. } => Shape::Slot,
        _ => Shape::Auto,
    }
}
