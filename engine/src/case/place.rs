//! Addresses: how people, scenarios and other programs name a place of a case (`legs.遵义.issue`), and what lies around it.

use super::{At, Beside, Case, Frame, FrameNo, Name, Purpose, TimerNo};
use crate::matter::{EventDef, EventIx, Kind, Limits, Owner, Revision, SequenceIx, Step};

/// A step that is open, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The sequence.
    pub frame: FrameNo,
    /// The step.
    pub step: Name,
    /// Its address.
    pub address: String,
    /// True while it waits for what it needs, or its round for the date.
    pub held: bool,
}

/// A part of a matter that runs, with the limits that hold while it does.
pub(super) struct Region<'m> {
    /// The sequence it is, or in which its step stands.
    pub frame: FrameNo,
    /// The `parallel` step, where all its branches together are the region.
    pub step: Option<Name>,
    pub limits: &'m [Limits],
    /// What stands before the name of a clock of it.
    pub prefix: String,
}

impl Case {
    /// Everything that is open, in the order it was opened.
    pub fn places(&self, matter: &Revision) -> Vec<Place> {
        let open = self
            .frames
            .iter()
            .filter_map(|(no, f)| Some((*no, f.at.as_ref()?)));
        open.map(|(frame, at)| Place {
            frame,
            step: at.step.clone(),
            address: self.address(matter, frame, &at.step),
            held: at.held || self.awaits_date(at),
        })
        .collect()
    }

    /// Whether what stands here is the first step of a round whose date has not come.
    pub(super) fn awaits_date(&self, at: &At) -> bool {
        let timer = at.wait.and_then(|w| self.timers.get(&TimerNo(w.0)));
        timer.is_some_and(|(_, purpose)| matches!(purpose, Purpose::Round(_)))
    }

    /// The address of a step: its name behind step and key of each item around it.
    pub fn address(&self, matter: &Revision, frame: FrameNo, step: &str) -> String {
        path(&self.items(matter, frame), step)
    }

    /// The keys of the items that a sequence lies in, outermost first: which of several of a kind it is.
    pub fn item_keys(&self, matter: &Revision, frame: FrameNo) -> Vec<&str> {
        let items = self.items(matter, frame).into_iter().rev();
        items.map(|(_, key)| key.as_str()).collect()
    }

    /// The open step at an address. The names of fixed branches may stand in it (`parts.b4.years`) or not.
    pub fn locate(&self, matter: &Revision, address: &str) -> Option<(FrameNo, Name)> {
        let open = self
            .frames
            .iter()
            .filter_map(|(no, f)| Some((*no, f.at.as_ref()?)));
        let mut found = open.filter(|(no, at)| self.is_at(matter, *no, &at.step, address));
        found.next().map(|(no, at)| (no, at.step.clone()))
    }

    /// The sequence at an address: that of the case for the empty one, an item (`legs.遵义`), a branch (`parts.b4`), a group by
    /// the address of its step.
    pub fn frame_at(&self, matter: &Revision, address: &str) -> Option<FrameNo> {
        if address.is_empty() {
            return self.root();
        }
        let mut open = self.frames.iter().filter(|(_, f)| f.result.is_none());
        let found = open.find(|(no, f)| self.is_called(matter, **no, f, address));
        found.map(|(no, _)| *no)
    }

    /// Whether an address means a sequence, also one that has ended.
    pub(super) fn is_called(
        &self,
        matter: &Revision,
        no: FrameNo,
        frame: &Frame,
        address: &str,
    ) -> bool {
        let alone = frame.beside.is_none();
        alone && frame.key.is_some() && self.long_prefix(no).strip_suffix('.') == Some(address)
            || self.prefix(matter, no).strip_suffix('.') == Some(address)
            || alone && frame.key.is_none() && self.is_group(matter, frame, address)
    }

    fn is_group(&self, matter: &Revision, frame: &Frame, address: &str) -> bool {
        let place = frame.parent.zip(frame.step.as_ref());
        place.is_some_and(|(around, step)| self.is_at(matter, around, step, address))
    }

    fn is_at(&self, matter: &Revision, frame: FrameNo, step: &str, address: &str) -> bool {
        address == self.address(matter, frame, step)
            || address == path(&self.keyed(frame).collect::<Vec<_>>(), step)
    }

    /// `legs.遵义.` for whatever lies in that item; empty where there is only one of a kind.
    pub(super) fn prefix(&self, matter: &Revision, frame: FrameNo) -> String {
        path(&self.items(matter, frame), "")
    }

    fn long_prefix(&self, frame: FrameNo) -> String {
        path(&self.keyed(frame).collect::<Vec<_>>(), "")
    }

    /// Step and key of each item around a sequence, innermost first.
    fn items(&self, matter: &Revision, frame: FrameNo) -> Vec<(&Name, &String)> {
        let item = |step: &str| {
            let step = matter.named(step);
            step.is_some_and(|(_, s)| s.kind.alias().is_some())
        };
        self.keyed(frame).filter(|(step, _)| item(step)).collect()
    }

    /// Step and key of each item or fixed branch around a sequence, innermost first.
    fn keyed(&self, frame: FrameNo) -> impl Iterator<Item = (&Name, &String)> {
        let around = self.chain(frame);
        around.filter_map(|(_, f)| f.step.as_ref().zip(f.key.as_ref()))
    }

    /// A sequence and those around it, innermost first.
    pub(super) fn chain(&self, frame: FrameNo) -> impl Iterator<Item = (FrameNo, &Frame)> {
        let first = self.frames.get(&frame).map(|f| (frame, f));
        std::iter::successors(first, |(_, f)| {
            let parent = f.parent?;
            Some((parent, self.frames.get(&parent)?))
        })
    }

    /// The sequence of the case itself.
    pub(super) fn root(&self) -> Option<FrameNo> {
        let first = self.frames.iter().next()?;
        Some(*first.0)
    }

    /// The sequence of the matter that a frame runs through; none for a step that goes on beside the line.
    pub(super) fn sequence(&self, matter: &Revision, frame: FrameNo) -> Option<SequenceIx> {
        let f = self.frames.get(&frame)?;
        match (&f.beside, &f.step) {
            (Some(Beside::Step), _) => None,
            (Some(Beside::Event { name, on, .. }), _) => {
                let region = f.parent?;
                self.event_of(matter, region, on.as_ref(), name)?.body
            }
            (None, None) => Some(matter.root),
            (None, Some(step)) => match &matter.named(step)?.1.kind {
                Kind::Group { body, .. }
                | Kind::ForEach { body, .. }
                | Kind::Repeat { body, .. } => Some(*body),
                Kind::Handoff { body, .. } => *body,
                Kind::Parallel { branches, .. } => {
                    let key = f.key.as_deref()?;
                    let branch = branches.iter().find(|b| &**b.name == key)?;
                    Some(branch.body)
                }
                Kind::Task { .. }
                | Kind::Subcase { .. }
                | Kind::Wait { .. }
                | Kind::Call { .. }
                | Kind::Decide { .. }
                | Kind::Choice { .. }
                | Kind::Set(_)
                | Kind::Paper(_)
                | Kind::Notify(_)
                | Kind::End(_) => None,
            },
        }
    }

    /// The regions a frame lies in, innermost first.
    pub(super) fn regions<'m>(&self, matter: &'m Revision, frame: FrameNo) -> Vec<Region<'m>> {
        let around = self.chain(frame);
        around
            .filter_map(|(no, _)| self.region(matter, no))
            .collect()
    }

    /// The region a frame is; of a branch, the `parallel` step around it.
    pub(super) fn region<'m>(&self, matter: &'m Revision, frame: FrameNo) -> Option<Region<'m>> {
        let f = self.frames.get(&frame).filter(|f| f.beside.is_none())?;
        let own = f.step.as_ref().and_then(|s| Some((s, matter.named(s)?.1)));
        let Some((name, step)) = own else {
            return f.parent.is_none().then_some(Region {
                frame,
                step: None,
                limits: &matter.limits,
                prefix: String::new(),
            });
        };
        if step.limits.is_empty() {
            return None;
        }
        let prefix = self.prefix(matter, frame);
        let (around, of, prefix) = match &step.kind {
            Kind::Parallel { .. } => (f.parent?, Some(name.clone()), format!("{prefix}{name}.")),
            Kind::ForEach { .. } | Kind::Repeat { .. } => (frame, None, prefix),
            _ => (frame, None, format!("{prefix}{name}.")),
        };
        Some(Region {
            frame: around,
            step: of,
            limits: &step.limits,
            prefix,
        })
    }

    /// The event of a name that stands on a region.
    pub(super) fn event_of<'m>(
        &self,
        matter: &'m Revision,
        region: FrameNo,
        on: Option<&Name>,
        name: &str,
    ) -> Option<&'m EventDef> {
        let events = match on {
            Some(step) => &matter.named(step)?.1.events,
            None => self.own_events(matter, region)?,
        };
        let mut defs = events
            .iter()
            .filter_map(|e| matter.event_defs.get(e.0 as usize));
        defs.find(|d| &**d.name == name)
    }

    /// The events that stand on a sequence itself.
    pub(super) fn own_events<'m>(
        &self,
        matter: &'m Revision,
        frame: FrameNo,
    ) -> Option<&'m Vec<EventIx>> {
        let f = self.frames.get(&frame)?;
        let Some(step) = &f.step else {
            return f.parent.is_none().then_some(&matter.matter.events);
        };
        let (_, step) = matter.named(step)?;
        match &step.kind {
            Kind::Parallel { branches, .. } => {
                let branch = branches
                    .iter()
                    .find(|b| Some(&**b.name) == f.key.as_deref())?;
                Some(&branch.events)
            }
            _ => Some(&step.events),
        }
    }
}

/// A step behind the items around it, innermost first. Inside an item of a shared block the block's name is not said again.
fn path(around: &[(&Name, &String)], step: &str) -> String {
    let (mut out, mut block) = (String::new(), "");
    for (name, key) in around.iter().rev() {
        let own = name.strip_prefix(block).unwrap_or(name);
        out.push_str(&format!("{own}.{key}."));
        block = block_of(name);
    }
    out.push_str(step.strip_prefix(block).unwrap_or(step));
    out
}

/// The name of the block a step lies in with its dot (`intake.`), empty outside blocks.
pub(super) fn block_of(step: &str) -> &str {
    step.rfind('.')
        .map_or("", |dot| step.get(..=dot).unwrap_or(""))
}

/// The group step a sequence lies in, and the branch of it.
pub(super) fn owner(matter: &Revision, sequence: SequenceIx) -> Option<(&Step, Option<&Name>)> {
    match &matter.sequence(sequence)?.owner {
        Owner::Step(step) => Some((matter.step(*step)?, None)),
        Owner::Branch(step, name) => Some((matter.step(*step)?, Some(name))),
        Owner::Matter | Owner::Event(_) => None,
    }
}
