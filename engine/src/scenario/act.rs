//! From a line of a scenario to a command: finds the task, letter or paper an address means.

use super::place::{by_code, ends_with, fits};
use super::play::Wrong;
use super::world::Held;
use super::{Act, Typed, data, expect};
use crate::case::{Call, Command, FrameNo, PaperNo, Task, TaskNo, Work};
use crate::matter::{Kind, Trigger, WaitOn};
use crate::network::Network;
use crate::source::Spanned;
use crate::text::both;
use crate::yaml::Node;
use forms::Form;
use serde_json::Value as Json;

/// What acts on a case.
pub(super) struct Hand<'a> {
    pub held: &'a Held,
    pub network: &'a Network,
}

impl Hand<'_> {
    /// The command a line means as the case stands.
    pub fn command(&self, act: &Act) -> Result<Command, Wrong> {
        Ok(match act {
            Act::Do(typed) => self.choose(typed)?,
            Act::Cause(typed) => self.cause(typed),
            Act::Deliver(what) => Command::Deliver {
                paper: self.paper(what)?,
            },
            Act::Receive(what) => match self.work(what, |w| matches!(w, Work::Receive(_)))? {
                Work::Receive(handoff) => Command::Receive { handoff },
                _ => return Err(self.nothing(what)),
            },
            Act::Refuse(typed) => {
                match self.work(&typed.address, |w| matches!(w, Work::Receive(_)))? {
                    Work::Receive(handoff) => Command::Refuse {
                        handoff,
                        reason: said(typed),
                    },
                    _ => return Err(self.nothing(&typed.address)),
                }
            }
            Act::Answer(typed) => {
                let asked = self.work(&typed.address, |w| matches!(w, Work::Answer(_)));
                match asked.or_else(|wrong| self.asked_before(&typed.address).ok_or(wrong))? {
                    Work::Answer(handoff) => Command::Answer {
                        handoff,
                        data: self.typed(&typed.data, self.form_at(&typed.address)),
                        outcome: None,
                    },
                    _ => return Err(self.nothing(&typed.address)),
                }
            }
            Act::Message { message, key } => {
                let form = self.waiting_for(&message.address);
                let name = message.address.value.as_str().into();
                Command::Message {
                    name,
                    key: self.key(key)?,
                    data: self.typed(&message.data, form),
                }
            }
            Act::Add(typed) => Command::AddItem {
                step: self.region(&typed.address),
                item: self.item(typed),
            },
            Act::End(typed) => Command::EndItem {
                item: self.region(&typed.address),
                reason: said(typed),
            },
            Act::Claim(what) => Command::Claim {
                task: self.task(what)?,
            },
            Act::Release(what) => Command::Release {
                task: self.task(what)?,
            },
            Act::Urge(typed) => Command::Urge {
                task: self.task(&typed.address)?,
                words: said(typed),
            },
            Act::Pass
            | Act::Expect(_)
            | Act::Ends { .. }
            | Act::Recognise(_)
            | Act::Decline(_)
            | Act::Revoke(_) => {
                return Err(self.nothing(&Spanned::default()));
            }
        })
    }

    /// `step.outcome`, or `step.second.agreed`: the task there and the outcome.
    fn choose(&self, typed: &Typed) -> Result<Command, Wrong> {
        let Some((step, outcome)) = typed.address.value.rsplit_once('.') else {
            return Err(self.nothing(&typed.address));
        };
        let place = Spanned::new(step.to_owned(), typed.address.span);
        if let Some((frame, call)) = self.call(step) {
            return Ok(Command::Reply {
                frame,
                call,
                outcome: outcome.into(),
                data: self.typed(&typed.data, self.form_at(&place)),
                cause: None,
            });
        }
        let task = self
            .task(&place)
            .or_else(|wrong| self.done_before(step).ok_or(wrong))?;
        let data = self.typed(&typed.data, self.form_at(&place));
        let back_to = typed.back_to.as_deref().map(Into::into);
        Ok(Command::Complete {
            task,
            outcome: outcome.into(),
            data,
            reason: typed.reason.clone(),
            back_to,
        })
    }

    fn cause(&self, typed: &Typed) -> Command {
        let name = typed.address.value.rsplit('.').next().unwrap_or_default();
        let event = self
            .held
            .matter
            .event_defs
            .iter()
            .find(|e| *e.name.value == *name);
        let form = event.and_then(|e| self.held.matter.form(e.form.as_ref()?));
        let data = self.typed(&typed.data, form);
        Command::Act {
            event: self.region(&typed.address),
            data,
            reason: typed.reason.clone(),
        }
    }

    /// The key of a message: written out, or behind `=` the address of a value of the case.
    fn key(&self, written: &Spanned<String>) -> Result<String, Wrong> {
        let Some(address) = written.value.strip_prefix('=') else {
            return Ok(written.value.clone());
        };
        expect::value(self.held, self.network, address.trim()).ok_or_else(|| {
            let args = [("address", address.trim().to_owned())];
            (
                both("scenario.value", &args),
                both("scenario.no_value", &args),
            )
        })
    }

    /// The call that waits for its answer at an address: the sequence that stands there, and its number.
    fn call(&self, written: &str) -> Option<(FrameNo, u64)> {
        let here = |call: &Call<'_>| {
            let path = self.held.path(call.frame, call.step);
            fits(self.network, &path, written)
        };
        let call = self.held.case.calls().find(here)?;
        Some((call.frame, call.seq))
    }

    /// An item as its list's form describes it, where the list is a field of the application.
    fn item(&self, typed: &Typed) -> Json {
        self.typed(&typed.data, None)
    }

    fn typed(&self, data: &Option<Node>, form: Option<&Form>) -> Json {
        data::typed(data.as_ref(), form, self.network)
    }

    /// The address of a region as the case knows it: its cities by name where it has them so, else by code.
    fn region(&self, written: &Spanned<String>) -> String {
        let around = written
            .value
            .rsplit_once('.')
            .map_or("", |(around, _)| around);
        let known = |address: &str| {
            self.held
                .case
                .frame_at(&self.held.matter, address)
                .is_some()
        };
        match known(around) || known(&written.value) {
            true => written.value.clone(),
            false => by_code(self.network, &written.value),
        }
    }

    fn fits(&self, task: &Task, written: &str) -> bool {
        fits(
            self.network,
            &self.held.path(task.frame(), task.step()),
            written,
        )
    }

    /// The oldest open task at an address that asks for a kind of work.
    fn open(&self, written: &str, wanted: impl Fn(Work) -> bool) -> Option<(TaskNo, Work)> {
        let mut open = self
            .held
            .case
            .open_tasks()
            .filter(|(_, t)| wanted(t.work()));
        open.find(|(_, t)| self.fits(t, written))
            .map(|(no, t)| (no, t.work()))
    }

    fn task(&self, written: &Spanned<String>) -> Result<TaskNo, Wrong> {
        let found = match written.value.strip_suffix(".second") {
            Some(address) => self.open(address, |w| w == Work::Second),
            None => self.open(&written.value, |w| w != Work::Second),
        };
        found.map(|(no, _)| no).ok_or_else(|| self.nothing(written))
    }

    fn work(
        &self,
        written: &Spanned<String>,
        wanted: impl Fn(Work) -> bool,
    ) -> Result<Work, Wrong> {
        let found = self.open(&written.value, wanted);
        found
            .map(|(_, work)| work)
            .ok_or_else(|| self.nothing(written))
    }

    /// A task that is over: what a second hand at it meets is the engine's to say.
    fn done_before(&self, written: &str) -> Option<TaskNo> {
        let mut tasks = self.held.case.tasks().iter().rev();
        let done = tasks.find(|(_, t)| t.work() == Work::Step && self.fits(t, written));
        done.map(|(no, _)| *no)
    }

    /// A letter that waits for its answer no more: what becomes of a late one is the engine's to say.
    fn asked_before(&self, written: &str) -> Option<Work> {
        let mut tasks = self.held.case.tasks().values().rev();
        let asked = |t: &&Task| matches!(t.work(), Work::Answer(_)) && self.fits(t, written);
        tasks.find(asked).map(Task::work)
    }

    /// The paper that waits for its delivery at a step, or of a template.
    fn paper(&self, written: &Spanned<String>) -> Result<PaperNo, Wrong> {
        if let Ok(Work::Deliver(paper)) = self.work(written, |w| matches!(w, Work::Deliver(_))) {
            return Ok(paper);
        }
        let mut papers = self.held.case.papers().iter().rev();
        let found = papers.find(|(_, p)| *p.template == *written.value && p.delivered.is_none());
        found
            .map(|(no, _)| *no)
            .ok_or_else(|| self.nothing(written))
    }

    /// The form of the step an address ends with.
    fn form_at(&self, written: &Spanned<String>) -> Option<&Form> {
        let written = written
            .value
            .strip_suffix(".second")
            .unwrap_or(&written.value);
        let step = self
            .held
            .matter
            .matter
            .steps
            .iter()
            .find(|s| ends_with(written, &s.id))?;
        let (Kind::Task { form, .. }
        | Kind::Handoff { form, .. }
        | Kind::Wait { form, .. }
        | Kind::Call { form, .. }) = &step.kind
        else {
            return None;
        };
        self.held.matter.form(form.as_ref()?)
    }

    /// The form of the message that some step or event waits for.
    fn waiting_for(&self, message: &str) -> Option<&Form> {
        let matter = &self.held.matter;
        let waits = matter.matter.steps.iter().filter_map(|s| match &s.kind {
            Kind::Wait {
                on: WaitOn::Message { name, .. },
                form,
            } if *name.value == *message => form.as_ref(),
            _ => None,
        });
        let events = matter.event_defs.iter().filter_map(|e| match &e.trigger {
            Trigger::Message { name, .. } if *name.value == *message => e.form.as_ref(),
            _ => None,
        });
        let form = waits.chain(events).next()?;
        matter.form(form)
    }

    /// Nothing of the kind is open there.
    fn nothing(&self, what: &Spanned<String>) -> Wrong {
        let open = expect::open(self.held, self.network);
        let address = what.value.clone();
        (
            both("scenario.open_at", &[("address", address)]),
            both("scenario.open_are", &[("list", open.join("、"))]),
        )
    }
}

fn said(typed: &Typed) -> String {
    typed.reason.clone().unwrap_or_default()
}
