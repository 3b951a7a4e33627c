//! Calls to other systems: made when a step is entered, answered or failed later, and what is known of those that wait.

use super::decide::{Course, Fault};
use super::flow::How;
use super::{Actor, Case, Cause, Fact, FrameNo, Late, Name, Rejection};
use crate::matter::{Kind, Step, Value};
use crate::source::Spanned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The parameter that says how often a call is repeated where its step does not.
const RETRIES: &str = "call_retries";
/// So often where the network has no such parameter.
const USUAL: u32 = 3;

/// A call that a step waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The number of the event that made it.
    seq: u64,
    connector: Name,
    /// Why it came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
}

/// A call that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call<'c> {
    /// The sequence that stands at it.
    pub frame: FrameNo,
    /// The step.
    pub step: &'c Name,
    /// The number of the event that made it; names it outside.
    pub seq: u64,
    /// The system that is asked.
    pub connector: &'c Name,
}

impl Case {
    /// The calls that wait for their answers.
    pub fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        let open = self.frames.iter();
        open.filter_map(|(frame, f)| {
            let at = f.at.as_ref()?;
            let asked = at.call.as_ref().filter(|_| at.failed.is_none())?;
            Some(Call {
                frame: *frame,
                step: &at.step,
                seq: asked.seq,
                connector: &asked.connector,
            })
        })
    }

    /// The call whose failure led to what stands in a sequence now, and why it failed.
    pub fn failed_call(&self, frame: FrameNo) -> Option<(&Name, &Cause)> {
        let newest = self.chain(frame).find_map(|(_, f)| {
            let records = f.records.iter();
            records.max_by_key(|(_, record)| record.seq)
        });
        let (step, record) = newest?;
        Some((step, record.cause.as_ref()?))
    }

    pub(super) fn call_made(&mut self, frame: FrameNo, connector: &Name) {
        let seq = self.seq;
        if let Some(at) = self.frames.get_mut(&frame).and_then(|f| f.at.as_mut()) {
            at.call = Some(Asked {
                seq,
                connector: connector.clone(),
                cause: None,
            });
        }
    }

    pub(super) fn call_failed(&mut self, frame: FrameNo, cause: &Cause) {
        let at = self.frames.get_mut(&frame).and_then(|f| f.at.as_mut());
        if let Some(asked) = at.and_then(|at| at.call.as_mut()) {
            asked.cause = Some(cause.clone());
        }
    }
}

impl Asked {
    /// Why it came to nothing, if it did.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }
}

impl<'a> Course<'a, '_> {
    /// Asks another system.
    pub(super) fn make_call(
        &mut self,
        frame: FrameNo,
        step: &Step,
        connector: &str,
        send: &[(Spanned<Name>, Value)],
        retry: Option<u32>,
    ) -> Result<(), Fault> {
        let send = self.fields(send, frame, step)?;
        self.entered(frame, step, None);
        let made = Fact::CallMade {
            frame,
            step: step.id.value.clone(),
            connector: connector.into(),
            tries: 1 + retry.unwrap_or_else(|| self.usual_retries()),
        };
        self.emit_with(made, send);
        self.start_own_clock(frame, step, None)
    }

    fn usual_retries(&self) -> u32 {
        let city = self.case.deciding_city(self.matter, self.context);
        let day = super::enter::day(self.context.now);
        let said = self.context.network.parameter(RETRIES, &city, day);
        let said = said.and_then(Json::as_u64);
        said.and_then(|n| u32::try_from(n).ok()).unwrap_or(USUAL)
    }

    /// Another system answers a call, or has failed to after all attempts. What comes when the step is over is recorded.
    pub(super) fn reply(
        &mut self,
        frame: FrameNo,
        call: u64,
        outcome: &str,
        data: &Json,
        cause: Option<&Cause>,
    ) -> Result<(), Rejection> {
        let Actor::System { name } = self.context.actor else {
            return Err(Rejection::Forbidden { needed: Vec::new() });
        };
        let Some(stands) = self.case.frames.get(&frame) else {
            let what = frame.0.to_string();
            return Err(Rejection::NotFound { what });
        };
        let at = stands.at.as_ref();
        let asked = at.and_then(|at| at.call.as_ref());
        let waits = asked.is_some_and(|asked| asked.seq == call && *asked.connector == **name);
        let at = at.filter(|_| waits);
        let at = at.and_then(|at| self.matter.named(&at.step));
        let Some((at, step, Kind::Call { form, .. })) = at.map(|(at, step)| (at, step, &step.kind))
        else {
            let outcome = outcome.into();
            self.late(Late::Reply { frame, outcome }, data);
            return Ok(());
        };
        let content = match outcome {
            "done" => self.submitted(form.as_ref().map(|f| f.value.as_str()), data, true)?,
            "failed" => Json::Null,
            other => {
                return Err(Rejection::NoSuchOutcome {
                    outcome: other.to_owned(),
                    offered: vec!["done".into(), "failed".into()],
                });
            }
        };
        if outcome == "failed" {
            let (connector, step) = (name.as_str().into(), step.id.value.clone());
            let cause = cause.cloned().unwrap_or_else(|| Cause::unsaid(name));
            self.emit(Fact::CallFailed {
                frame,
                step,
                connector,
                cause,
            });
        }
        let how = How {
            content,
            ..How::default()
        };
        self.finish(frame, at, outcome, how);
        Ok(())
    }
}

impl Cause {
    /// The system did not say why.
    fn unsaid(system: &str) -> Cause {
        Cause {
            why: "call.unsaid".to_owned(),
            args: vec![("system".to_owned(), system.to_owned())],
        }
    }
}
