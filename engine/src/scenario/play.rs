//! Plays a scenario: one line after the other, until one does not do what it should.

use super::act::Hand;
use super::coverage::Walked;
use super::expect::{self, Mismatch};
use super::people::{self, Nobody};
use super::place::{by_name, fits};
use super::tell::{self, Told};
use super::world::{Trouble, World};
use super::{Act, Line, Moment, Scenario, certificates, data};
use crate::case::{Actor, Certificate, Command, Rejection, Status};
use crate::clock::{Limit, Unit, civil, instant};
use crate::library::Library;
use crate::matter::Revision;
use crate::source::{Span, Spanned};
use crate::text::{Text, both};
use crate::yaml::Node;
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;

/// What became of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What was not as expected; empty where all is well.
    pub failed: Vec<Failed>,
    /// The lines of matters it walked.
    pub walked: Walked,
    /// What happened, in order.
    pub story: Vec<Told>,
    /// What was done to bring it about, in order; done again at the same times to real cases it has the same effect.
    pub deeds: Vec<Deed>,
}

/// A command of a scenario that was carried out.
#[derive(Clone, Debug)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// In which case: the scenario's own (no entry), or the how-manieth sub-case, from 0, of that case, and so on.
    pub path: Vec<usize>,
    /// Who; made up from a post.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

/// One thing that was not as expected.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The place in the scenario.
    pub span: Span,
    /// The number of the line of `when`, from 1; none: `given` or `then`.
    pub line: Option<usize>,
    /// What the line is about.
    pub about: String,
    /// What was expected.
    pub expected: Text,
    /// What was.
    pub got: Text,
    /// The virtual time.
    pub at: Timestamp,
    /// Why it is as it is.
    pub why: Vec<Text>,
}

/// Plays a scenario of a matter. `now` is the virtual clock; nothing is kept.
pub fn play(library: &Library, matter: &Arc<Revision>, scenario: &Scenario) -> Played {
    let mut play = Play {
        world: World::new(library, scenario.given.now),
        main: 0,
        matter: matter.clone(),
        failed: Vec::new(),
        deeds: Vec::new(),
        certificates: Vec::new(),
    };
    if play.begin(scenario) {
        for (n, line) in scenario.when.iter().enumerate() {
            play.line(n + 1, line);
            if !play.failed.is_empty() {
                break;
            }
        }
        if play.failed.is_empty() {
            play.look(None, &scenario.then, play.main);
        }
    }
    let story = tell::story(&play.world);
    Played {
        failed: play.failed,
        walked: play.world.walked,
        story,
        deeds: play.deeds,
    }
}

struct Play<'a> {
    world: World<'a>,
    main: u64,
    matter: Arc<Revision>,
    failed: Vec<Failed>,
    deeds: Vec<Deed>,
    certificates: Vec<Certificate>,
}

/// Why a line could not be done as written: what was expected, and what was.
pub(super) type Wrong = (Text, Text);

impl Play<'_> {
    fn begin(&mut self, scenario: &Scenario) -> bool {
        let given = &scenario.given;
        let network = &self.world.library.network;
        let city = given
            .accepting_city
            .as_ref()
            .map(|c| network.city(c).map_or(c.value.clone(), |c| c.code.clone()));
        let form = self.matter.form.as_ref().and_then(|f| self.matter.form(f));
        let applicant = data::typed(given.applicant.as_ref(), forms::person(), network);
        self.certificates = certificates::of(&given.certificates, self.world.library, &applicant);
        let command = Command::Open {
            id: 0,
            number: String::new(),
            accepting_city: city.unwrap_or_default(),
            channel: given.channel.clone(),
            applicant,
            form: data::typed(given.form.as_ref(), form, network),
            parent: None,
        };
        let (at, actor) = (self.world.now, Actor::Engine);
        self.deeds.push(Deed {
            at,
            path: Vec::new(),
            actor: actor.clone(),
            command: command.clone(),
        });
        let opened = self.world.open(&self.matter.clone(), command, &actor);
        match opened {
            Ok(case) => self.main = case,
            Err(trouble) => {
                let (expected, got) = (both("scenario.opens", &[]), self.trouble(&trouble));
                self.fail(
                    None,
                    scenario.name.span,
                    "given".to_owned(),
                    (expected, got),
                );
            }
        }
        self.failed.is_empty()
    }

    fn line(&mut self, number: usize, line: &Line) {
        let about = about(line);
        let span = line.span;
        if let Err(wrong) = self.turn(number, line) {
            self.fail(Some(number), span, about, wrong);
        }
    }

    fn turn(&mut self, number: usize, line: &Line) -> Result<(), Wrong> {
        let case = self.case_of(line)?;
        let actor = self.actor(line, case)?;
        let until = self.moment(line, &actor);
        self.world
            .pass(until)
            .map_err(|t| (both("scenario.rests", &[]), self.trouble(&t)))?;
        let command = match &line.act {
            Act::Pass => return Ok(()),
            Act::Expect(expected) => {
                self.look(Some(number), expected, case);
                return Ok(());
            }
            Act::Ends { state, data } => return self.ends(line, state, data.as_ref()),
            Act::Recognise(material) => self.chosen(case, &actor, material, None)?,
            Act::Decline(typed) => {
                let reason = typed.reason.clone().unwrap_or_default();
                self.chosen(case, &actor, &typed.address, Some(reason))?
            }
            Act::Revoke(number) => {
                let command = certificates::revoke(&self.certificates, number);
                self.certificates.retain(|c| c.number != number.value);
                command
            }
            act => self.hand(case)?.command(act)?,
        };
        let path = self.path(case);
        let done = self.world.command(case, &command, &actor);
        if done.is_ok() {
            self.deeds.push(Deed {
                at: self.world.now,
                path,
                actor,
                command,
            });
        }
        self.judge(line, done)
    }

    /// A certificate is taken for a material, or declined.
    fn chosen(
        &self,
        case: u64,
        actor: &Actor,
        material: &Spanned<String>,
        declined: Option<String>,
    ) -> Result<Command, Wrong> {
        let hand = self.hand(case)?;
        let whose = (actor, hand.network);
        certificates::choose(hand.held, whose, &self.certificates, material, declined)
    }

    /// The way from the scenario's case to one of its sub-cases.
    fn path(&self, case: u64) -> Vec<usize> {
        let parent = |child: u64| {
            let mut all = self.world.cases.iter();
            all.find_map(|(id, held)| {
                let at = held.children.iter().position(|(no, _)| *no == child)?;
                Some((*id, at))
            })
        };
        let mut path = Vec::new();
        let mut at = case;
        while let Some((up, place)) = parent(at) {
            path.insert(0, place);
            at = up;
        }
        path
    }

    /// Compares what became of a command with what was expected of it.
    fn judge(&self, line: &Line, done: Result<(), Trouble>) -> Result<(), Wrong> {
        match (&line.refused, done) {
            (None, Ok(())) => Ok(()),
            (Some(code), Err(Trouble::Refused(why))) if why.code() == code.value => Ok(()),
            (Some(code), Ok(())) => Err((refused(code), both("scenario.done", &[]))),
            (Some(code), Err(trouble)) => Err((refused(code), self.trouble(&trouble))),
            (None, Err(trouble)) => Err((both("scenario.done", &[]), self.trouble(&trouble))),
        }
    }

    /// The case of a line: that of the scenario, or a sub-case of it.
    fn case_of(&self, line: &Line) -> Result<u64, Wrong> {
        let Some(child) = line
            .child
            .as_ref()
            .filter(|_| !matches!(line.act, Act::Ends { .. }))
        else {
            return Ok(self.main);
        };
        let mut case = self.main;
        for address in child.value.split('/') {
            case = self.child(case, address)?;
        }
        let known = self.world.cases.contains_key(&case);
        known.then_some(case).ok_or_else(|| {
            (
                both("scenario.subcase", &named(child)),
                both("scenario.subcase_not_played", &[]),
            )
        })
    }

    /// The latest sub-case opened at an address.
    fn child(&self, case: u64, address: &str) -> Result<u64, Wrong> {
        let network = &self.world.library.network;
        let held = self.world.cases.get(&case);
        let children = held.map(|h| h.children.as_slice()).unwrap_or_default();
        let found = children
            .iter()
            .rev()
            .find(|(_, a)| fits(network, a, address));
        found.map(|(child, _)| *child).ok_or_else(|| {
            let list: Vec<String> = children.iter().map(|(_, a)| by_name(network, a)).collect();
            (
                both("scenario.subcase", &[("address", address.to_owned())]),
                both("scenario.subcases_are", &[("list", list.join("、"))]),
            )
        })
    }

    fn ends(
        &mut self,
        line: &Line,
        state: &Spanned<String>,
        results: Option<&Node>,
    ) -> Result<(), Wrong> {
        let Some(address) = &line.child else {
            return Ok(());
        };
        let mut parent = self.main;
        let (path, last) = address
            .value
            .rsplit_once('/')
            .map_or(("", address.value.as_str()), |(p, l)| (p, l));
        for step in path.split('/').filter(|s| !s.is_empty()) {
            parent = self.child(parent, step)?;
        }
        let child = self.child(parent, last)?;
        let status = Status::named(state).unwrap_or_default();
        let results = results.map_or_else(|| serde_json::json!({}), data::guessed);
        let done = self.world.end_child(parent, child, status, results);
        self.judge(line, done)
    }

    /// What acts on a case.
    fn hand(&self, case: u64) -> Result<Hand<'_>, Wrong> {
        let held = self.world.cases.get(&case);
        let held = held.ok_or_else(|| {
            (
                both("scenario.done", &[]),
                both("scenario.subcase_not_played", &[]),
            )
        })?;
        Ok(Hand {
            held,
            network: &self.world.library.network,
        })
    }

    fn actor(&self, line: &Line, case: u64) -> Result<Actor, Wrong> {
        let Some(by) = &line.by else {
            let name = match &line.act {
                Act::Message { message, .. } => message.address.value.clone(),
                _ => return Ok(Actor::Engine),
            };
            return Ok(Actor::System { name });
        };
        let matter = self
            .world
            .cases
            .get(&case)
            .map_or(&self.matter, |h| &h.matter);
        people::actor(by, matter, &self.world.library.network)
            .map_err(|why| (both("scenario.actor", &named(by)), nobody(&why)))
    }

    /// The instant of a line.
    fn moment(&self, line: &Line, actor: &Actor) -> Timestamp {
        let now = self.world.now;
        match &line.moment {
            Moment::Same => now,
            Moment::At(at) => *at,
            Moment::After(limit) => {
                let city = match actor {
                    Actor::Person { posts, .. } => posts.first().map(|p| p.city.clone()),
                    _ => None,
                };
                later(
                    now,
                    *limit,
                    &self
                        .world
                        .library
                        .network
                        .calendar(&city.unwrap_or_default()),
                )
            }
        }
    }

    /// Holds a case against what is expected of it.
    fn look(&mut self, line: Option<usize>, expected: &super::Expected, case: u64) {
        let Some(held) = self.world.cases.get(&case) else {
            return;
        };
        let now = self.world.now;
        let found = expect::compare(held, expected, now, &self.world.library.network);
        self.failed
            .extend(found.into_iter().map(|m: Mismatch| Failed {
                span: m.span,
                line,
                about: m.about,
                expected: m.expected,
                got: m.got,
                at: now,
                why: m.why,
            }));
    }

    fn fail(&mut self, line: Option<usize>, span: Span, about: String, (expected, got): Wrong) {
        let at = self.world.now;
        self.failed.push(Failed {
            span,
            line,
            about,
            expected,
            got,
            at,
            why: Vec::new(),
        });
    }

    fn trouble(&self, trouble: &Trouble) -> Text {
        match trouble {
            Trouble::Refused(why) => self.why(why),
            Trouble::Child(matter, why) => {
                let Text { zh, en } = self.why(why);
                Text {
                    zh: both(
                        "scenario.subcase_refused",
                        &[("matter", matter.clone()), ("why", zh)],
                    )
                    .zh,
                    en: both(
                        "scenario.subcase_refused",
                        &[("matter", matter.clone()), ("why", en)],
                    )
                    .en,
                }
            }
            Trouble::Restless => both("scenario.restless", &[]),
        }
    }

    fn why(&self, why: &Rejection) -> Text {
        let Text { zh, en } = why.message(&|id| id.to_owned(), &self.world.library.network);
        let fields = |pick: fn(&Text) -> &str| match why {
            Rejection::Invalid(errors) => errors
                .iter()
                .map(|e| format!(" {}: {};", e.pointer, pick(&e.message)))
                .collect(),
            _ => String::new(),
        };
        Text {
            zh: format!("{} ({}){}", zh, why.code(), fields(|t| &t.zh)),
            en: format!("{} ({}){}", en, why.code(), fields(|t| &t.en)),
        }
    }
}

/// The address or name a line is about.
fn about(line: &Line) -> String {
    let address = match &line.act {
        Act::Do(t)
        | Act::Cause(t)
        | Act::Refuse(t)
        | Act::Answer(t)
        | Act::Add(t)
        | Act::End(t)
        | Act::Decline(t)
        | Act::Urge(t) => &t.address.value,
        Act::Message { message, .. } => &message.address.value,
        Act::Deliver(a)
        | Act::Receive(a)
        | Act::Claim(a)
        | Act::Release(a)
        | Act::Recognise(a)
        | Act::Revoke(a) => &a.value,
        Act::Pass | Act::Expect(_) | Act::Ends { .. } => "",
    };
    match &line.child {
        Some(child) if address.is_empty() => child.value.clone(),
        Some(child) => format!("{} › {address}", child.value),
        None => address.to_owned(),
    }
}

fn refused(code: &Spanned<String>) -> Text {
    both("scenario.refused", &[("code", code.value.clone())])
}

fn named(what: &Spanned<String>) -> Vec<(&'static str, String)> {
    vec![("address", what.value.clone())]
}

fn nobody(why: &Nobody) -> Text {
    match why {
        Nobody::City(city) => both("scenario.no_city", &[("city", city.clone())]),
        Nobody::Post(post) => both("scenario.no_post", &[("post", post.clone())]),
        Nobody::Departments(list) => {
            both("scenario.which_department", &[("list", list.join("、"))])
        }
        Nobody::Shape => both("scenario.bad_actor", &[]),
    }
}

/// So much after an instant: working days at the same time of day, months by the calendar, all else plain time.
fn later(now: Timestamp, limit: Limit, calendar: &crate::clock::Calendar) -> Timestamp {
    let count = i64::from(limit.count);
    let at = civil(now);
    let plain = |span| now.checked_add(span).unwrap_or(now);
    match limit.unit {
        Unit::Minutes => plain(count.minutes()),
        Unit::Hours => plain(count.hours()),
        Unit::Days => plain((count * 24).hours()),
        Unit::Months => at.checked_add(count.months()).map_or(now, instant),
        Unit::Years => at.checked_add(count.years()).map_or(now, instant),
        Unit::WorkingDays => {
            let day = (0..count).fold(at.date(), |day, _| calendar.next_working(day));
            instant(day.to_datetime(at.time()))
        }
    }
}
