//! Decides what a command does to a case. Reads nothing but its arguments.

use super::scope::Scope;
use super::{
    Actor, Case, Command, Context, Event, Fact, FrameNo, Name, Numbering, Rejection, Running,
    Status, apply,
};
use crate::expr::{self, Fuel};
use crate::matter::{Formula, Outcome, Revision, StepIx};
use serde_json::Value as Json;
use std::collections::VecDeque;

/// Decides what a command does to a case and moves the case along as it emits; refuses before its first event. If the commit of the
/// events fails, the case must be thrown away and folded anew. A case that is opened may run what the matter is in its city: see
/// [`Revision::running`].
pub fn decide(
    matter: &Revision,
    case: &mut Case,
    command: &Command,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    if let Actor::Onlooker { .. } = context.actor {
        return Err(Rejection::Forbidden { needed: Vec::new() });
    }
    let mut course = Course::new(matter, case, context);
    course.command(command)?;
    course.settle();
    Ok(course.events)
}

/// Most places one command may open before it counts as running in a circle: a fork may be 10,000 wide (G82).
const MOVES: u32 = 50_000;

/// One command on its way through a case.
pub(super) struct Course<'a, 'c> {
    pub matter: &'a Revision,
    pub case: &'c mut Case,
    pub context: &'a Context<'a>,
    pub events: Vec<Event>,
    pub agenda: VecDeque<Move>,
    moves: u32,
    pub next_case: u64,
    /// The number last given in each series, where this command has given one.
    pub numbered: Numbering,
    /// Files come with the command.
    pub brings: bool,
}

impl<'a, 'c> Course<'a, 'c> {
    /// Nothing has been asked yet.
    pub(super) fn new(matter: &'a Revision, case: &'c mut Case, context: &'a Context<'_>) -> Self {
        Course {
            matter,
            case,
            context,
            events: Vec::new(),
            agenda: VecDeque::new(),
            moves: 0,
            next_case: context.next_case,
            numbered: Numbering::new(),
            brings: false,
        }
    }
}

/// Something still to be done in this command.
pub(super) enum Move {
    /// The sequence comes to a step.
    Enter(FrameNo, StepIx),
    /// A sequence has come to its end.
    Ended(FrameNo),
}

/// Why a step could not go on: the key of a sentence and what it names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub why: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Fault {
    pub(super) fn new(why: &'static str, args: &[(&'static str, String)]) -> Fault {
        Fault {
            why,
            args: args.to_vec(),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Rejection::Unfit {
            why: fault.why,
            args: fault.args,
        }
    }
}

/// Runs a compiled expression.
pub(super) fn run(
    scope: &Scope<'_>,
    formula: &Formula,
    fuel: &mut Fuel,
) -> Result<expr::Value, Fault> {
    let source = || ("expression", formula.source.value.clone());
    let Some(expr) = &formula.expr else {
        return Err(Fault::new("fault.not_compiled", &[source()]));
    };
    expr.eval(scope, fuel).map_err(|e| {
        let mut args = e.args;
        args.push(source());
        Fault { why: e.key, args }
    })
}

impl<'a> Course<'a, '_> {
    /// Takes a fact into the case and the answer.
    pub(super) fn emit(&mut self, fact: Fact) {
        self.emit_with(fact, Json::Null);
    }

    pub(super) fn emit_with(&mut self, fact: Fact, content: Json) {
        let stood = self.stood(&fact);
        self.put(Event { fact, content });
        if let Some(stood) = stood {
            self.put(stood.into());
        }
    }

    fn put(&mut self, event: Event) {
        apply(self.case, self.context.now, &event);
        self.events.push(event);
    }

    /// The next free number inside the case.
    pub(super) fn number(&self) -> u32 {
        self.case.counter + 1
    }

    pub(super) fn scope<'s>(
        &'s self,
        frame: FrameNo,
        step: &'s str,
        pending: Option<&'s Json>,
    ) -> Scope<'s> {
        Scope {
            step,
            pending,
            ..Scope::at(self.case, self.matter, self.context, frame)
        }
    }

    pub(super) fn eval(
        &self,
        formula: &Formula,
        frame: FrameNo,
        step: &str,
    ) -> Result<expr::Value, Fault> {
        run(
            &self.scope(frame, step, None),
            formula,
            &mut Fuel::default(),
        )
    }

    /// Whether a condition holds; none holds always.
    pub(super) fn holds_true(
        &self,
        condition: Option<&crate::matter::Value>,
        frame: FrameNo,
        step: &str,
    ) -> Result<bool, Fault> {
        match condition {
            None => Ok(true),
            Some(value) => Ok(self.json(value, frame, step)? == Json::Bool(true)),
        }
    }

    /// A value as JSON: computed, or the text as it stands.
    pub(super) fn json(
        &self,
        value: &crate::matter::Value,
        frame: FrameNo,
        step: &str,
    ) -> Result<Json, Fault> {
        use crate::matter::Value;
        match value {
            Value::Computed(formula) => Ok(self.eval(formula, frame, step)?.to_json()),
            Value::Plain(text) => Ok(text.value.clone().into()),
            Value::List(items) => {
                let items = items.iter().map(|i| self.json(i, frame, step));
                Ok(Json::Array(items.collect::<Result<_, _>>()?))
            }
        }
    }

    /// A value as a text, as keys and addresses want it.
    pub(super) fn text(
        &self,
        value: &crate::matter::Value,
        frame: FrameNo,
        step: &str,
    ) -> Result<String, Fault> {
        Ok(match self.json(value, frame, step)? {
            Json::String(text) => text,
            other => other.to_string(),
        })
    }

    pub(super) fn command(&mut self, command: &'a Command) -> Result<(), Rejection> {
        match command {
            // What they come with is looked at by itself.
            Command::Open { .. }
            | Command::TakeLetter { .. }
            | Command::HandIn { .. }
            | Command::Recognise { .. }
            | Command::Card { .. } => {}
            Command::RenewAccess | Command::Rate { .. } | Command::CertificateRevoked { .. } => {
                self.known_case()?;
            }
            _ => self.open_case(command)?,
        }
        match command {
            Command::Open { .. } => self.open(command),
            Command::TakeLetter { .. } => self.take_letter(command),
            Command::Claim { task } => self.claim(*task),
            Command::Release { task } => self.release(*task),
            Command::Transfer { task, to, reason } => self.transfer(*task, to, reason),
            Command::Delegate { task, to, reason } => self.delegate(*task, to, reason),
            Command::TakeBack { task } => self.take_back(*task),
            Command::Complete {
                task,
                outcome,
                data,
                reason,
                back_to,
            } => self.complete(*task, outcome, data, reason.as_deref(), back_to.as_ref()),
            Command::Urge { task, words } => self.urge(*task, words),
            Command::Card { card, deed, words } => self.card(*card, *deed, words),
            Command::Receive { handoff } => self.receive(*handoff),
            Command::Refuse { handoff, reason } => self.refuse(*handoff, reason),
            Command::Answer {
                handoff,
                data,
                outcome,
            } => self.answer(*handoff, data, outcome.as_ref()),
            Command::Deliver { paper } => self.deliver(*paper),
            Command::Act {
                event,
                data,
                reason,
            } => self.act(event, data, reason.as_deref()),
            Command::Message { name, key, data } => self.message(name, key, data),
            Command::Reply {
                frame,
                call,
                outcome,
                data,
                cause,
            } => self.reply(*frame, *call, outcome, data, cause.as_ref()),
            Command::AddItem { step, item } => self.add_item(step, item),
            Command::EndItem { item, reason } => self.end_item(item, reason),
            Command::Fire { timer } => self.fire(*timer),
            Command::Child {
                child,
                status,
                results,
            } => self.child(*child, *status, results.as_ref()),
            Command::CallOff => self.call_off(),
            Command::Hold { held } => self.hold(*held),
            Command::Turn { turn } => self.turn(*turn),
            Command::HandIn { files, with } => self.hand_in(files, with),
            Command::Recognise { certificates, with } => self.recognise(certificates, with),
            Command::CertificateUsed {
                case,
                number,
                city,
                reason,
            } => self.certificate_used((*case, number), city, reason.as_deref()),
            Command::CertificateRevoked { case } => self.certificate_revoked(*case),
            Command::RenewAccess => self.renew_access(),
            Command::Rate {
                grade,
                words,
                call_back,
            } => self.rate(*grade, words, call_back.as_ref()),
            Command::Recount { calendar } => self.recount(*calendar),
            Command::Retry { frame } => self.retry(*frame),
        }
    }

    /// Nothing can be wished of a case that is closed; what still comes from outside is put on record.
    pub(super) fn open_case(&self, command: &Command) -> Result<(), Rejection> {
        self.known_case()?;
        if self.case.closed && !comes_from_outside(command) {
            return Err(self.not_now("reject.case_closed", &[]));
        }
        Ok(())
    }

    fn known_case(&self) -> Result<(), Rejection> {
        match self.case.seq {
            0 => Err(Rejection::NotFound {
                what: String::new(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn not_now(&self, why: &'static str, args: &[(&'static str, String)]) -> Rejection {
        Rejection::NotNow {
            why,
            args: args.to_vec(),
        }
    }

    /// Only the engine itself asks for this.
    pub(super) fn engine_only(&self) -> Result<(), Rejection> {
        match self.context.actor {
            Actor::Engine => Ok(()),
            _ => Err(Rejection::Forbidden { needed: Vec::new() }),
        }
    }

    /// Does everything that is still to be done, until the case stands still.
    pub(super) fn settle(&mut self) {
        loop {
            while let Some(next) = self.agenda.pop_front() {
                self.moves += 1;
                match next {
                    Move::Enter(frame, step) if self.moves > MOVES => {
                        let fault = Fault::new("fault.circle", &[]);
                        self.fail(frame, step, &fault);
                    }
                    Move::Enter(frame, step) => self.enter(frame, step),
                    Move::Ended(frame) => self.ended(frame),
                }
            }
            let moved = self.open_held() || self.lift_suspensions() || self.close_case();
            if self.moves > MOVES || !moved {
                break;
            }
        }
        self.hold_parts();
        self.settle_certificate();
        if !self.case.turns.is_empty() {
            self.settle_turns();
        }
        self.move_clocks();
        self.settle_clocks();
        self.settle_status();
    }

    /// A step that cannot go on waits for an administrator.
    pub(super) fn fail(&mut self, frame: FrameNo, step: StepIx, fault: &Fault) {
        let Some(step) = self.matter.step(step).map(|s| s.id.value.clone()) else {
            return;
        };
        let args = fault.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        self.emit(Fact::StepFailed {
            frame,
            step,
            why: fault.why.to_owned(),
            args: args.collect(),
        });
    }

    /// Tries a step again that had failed.
    fn retry(&mut self, frame: FrameNo) -> Result<(), Rejection> {
        self.administers()?;
        let at = self.case.frames.get(&frame).and_then(|f| f.at.as_ref());
        let failed = at
            .filter(|at| at.failed.is_some())
            .map(|at| at.step.clone());
        let step = failed.and_then(|s| Some(self.matter.named(&s)?.0));
        let Some(step) = step else {
            return Err(Rejection::NotFound {
                what: format!("{}", frame.0),
            });
        };
        if !self.retry_round(frame, &self.id(step)) {
            self.stop_place(frame);
            self.agenda.push_back(Move::Enter(frame, step));
        }
        Ok(())
    }

    /// The state people see, from what is open.
    fn settle_status(&mut self) {
        let case = &self.case;
        if case.status.is_final() || case.closed {
            return;
        }
        let suspended = case.held_above || case.pausers.iter().any(|e| self.suspends(*e));
        let status = match () {
            () if !case.failed.is_empty() => Status::Fault,
            () if suspended => Status::Suspended,
            () => match case.statuses.keys().find(|s| **s != Status::AwaitingReply) {
                Some(said) => *said,
                None if !case.marks.contains_key("accepted") => Status::Received,
                None if !case.statuses.is_empty() && !self.work_is_open() => Status::AwaitingReply,
                None if case.begun => Status::InProgress,
                None => Status::Accepted,
            },
        };
        if status != case.status {
            self.emit(Fact::StatusChanged {
                status,
                label: None,
            });
        }
    }

    /// Whether the line itself has work; what goes on beside it says nothing of where the case stands.
    fn work_is_open(&self) -> bool {
        let mut open = self.case.open_tasks.iter();
        open.any(|t| {
            self.case.tasks.get(t).is_some_and(|t| {
                matches!(
                    t.work,
                    super::Work::Step | super::Work::Second | super::Work::Deliver(_)
                ) && !self.case.chain(t.frame).any(|(_, f)| f.detached)
            })
        })
    }

    /// The outcome of a step by its name; the engine's own `else` stands for any not listed, save `overdue`.
    pub(super) fn outcome(&self, step: StepIx, name: &str) -> Option<&'a Outcome> {
        let outcomes = &self.matter.step(step)?.outcomes;
        let exact = outcomes.iter().find(|o| &**o.name == name);
        let other = outcomes
            .iter()
            .find(|o| &**o.name == "else" && name != "overdue");
        exact.or(other)
    }

    /// The clock with a name, unless it has stopped.
    pub(super) fn running(&self, clock: &str) -> Option<&Running> {
        self.case.clocks.get(clock).filter(|c| !c.stopped)
    }

    /// The step at an index.
    pub(super) fn id(&self, step: StepIx) -> Name {
        self.matter
            .step(step)
            .map_or_else(|| "".into(), |s| s.id.value.clone())
    }
}

/// Whether somebody outside sends it, who cannot know how the case stands.
fn comes_from_outside(command: &Command) -> bool {
    matches!(
        command,
        Command::Answer { .. } | Command::Message { .. } | Command::Reply { .. }
    )
}

/// What somebody who was asked to help does with the task: everything else is for the one who asked.
pub(super) const HANDED_BACK: &str = "handed_back";

/// The outcomes a person may choose on a task as the case stands.
pub(super) fn offered(
    matter: &Revision,
    case: &mut Case,
    task: super::TaskNo,
    context: &Context<'_>,
) -> Vec<Name> {
    let Some((frame, step, work)) = case
        .tasks
        .get(&task)
        .map(|t| (t.frame, t.step.clone(), t.work))
    else {
        return Vec::new();
    };
    let helps = case
        .tasks
        .get(&task)
        .is_some_and(|t| t.asked_by().is_some());
    let fixed: &[&str] = match work {
        _ if helps => &[HANDED_BACK],
        super::Work::Second => &["agreed", "returned"],
        super::Work::Deliver(_) => &["delivered"],
        super::Work::Receive(_) => &["received", "refused"],
        super::Work::Answer(_) => &["done"],
        super::Work::Step => &[],
    };
    if !fixed.is_empty() {
        return fixed.iter().map(|n| (*n).into()).collect();
    }
    let course = Course::new(matter, case, context);
    let Some((_, step)) = matter.named(&step) else {
        return Vec::new();
    };
    let offered = course.offered(frame, step, None).unwrap_or_default();
    offered.iter().map(|o| o.name.value.clone()).collect()
}
