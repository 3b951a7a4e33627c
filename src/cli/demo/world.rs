//! Lets the cases of the demo live: every deed is handed to the running engine at its time, in the order of time.

use super::super::{Failure, print};
use super::lives::{Life, Script, scripts};
use super::{BEGINNING, MORNING, instant};
use crate::runtime::{Request, Target};
use crate::web::App;
use engine::case::{Actor, Command, Party};
use engine::library::Library;
use engine::scenario::Deed;
use engine::text::{Lang, both};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// The matters that are shown.
const MATTERS: [&str; 3] = [
    "pension-lump-sum",
    "pension-transfer-enterprise",
    "retirement-bundle",
];
/// The three stories: matter, scenario, and when each begins.
const STORIES: [(&str, &str, &str); 3] = [
    ("pension-lump-sum", "happy", "2026-11-11T09:30:00+08:00"),
    (
        "pension-transfer-enterprise",
        "two-origins",
        "2026-11-18T09:10:00+08:00",
    ),
    (
        "retirement-bundle",
        "s1-same-day",
        "2026-11-20T09:10:00+08:00",
    ),
];
/// Whoever stands at a counter and has a certificate of recognition: the application and the certificate, each with when it begins.
const AT_THE_COUNTER: (&str, &str, &str) = (
    "retirement-bundle",
    "trade-record-recognised",
    "2026-11-20T15:40:00+08:00",
);
const CERTIFICATE: (&str, &str, &str) = (
    "mutual-recognition",
    "identity",
    "2026-11-16T10:05:00+08:00",
);
/// Days over which the other cases begin.
const DAYS: i64 = 21;

/// The world in the making.
pub(super) struct World<'a> {
    app: &'a App,
    library: Arc<Library>,
    lang: Lang,
    /// Who holds a post, in the order of the directory.
    holders: BTreeMap<String, Vec<String>>,
}

/// A case on its way.
struct Running {
    life: Life,
    case: Option<u64>,
    done: usize,
    /// So many of its deeds happen; then nobody looks after it.
    until: usize,
    /// So many of its words have been told; `None`: it is no story.
    told: Option<usize>,
}

impl<'a> World<'a> {
    pub fn new(app: &'a App, lang: Lang) -> Self {
        let library = app.runtime.library();
        let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for person in library.network.people() {
            for post in super::posts(&library.network, &person.posts) {
                holders.entry(post).or_default().push(person.id.clone());
            }
        }
        Self {
            app,
            library,
            lang,
            holders,
        }
    }

    /// Lives through everything up to the morning on which the demo stands.
    pub async fn build(&self, cases: usize) -> Result<(), Failure> {
        let mut given = BTreeSet::new();
        let mut running = self.stories(&mut given)?;
        running.extend(self.others(cases, &mut given)?);
        running.extend(self.certified(cases, &mut given)?);
        let morning = instant(MORNING);
        let mut agenda: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
        for (at, case) in running.iter().enumerate() {
            agenda.extend(
                case.next()
                    .filter(|t| *t < morning)
                    .map(|t| Reverse((t, at))),
            );
        }
        let total: usize = running.iter().map(|case| case.until).sum();
        let bar = ProgressBar::new(total.try_into().unwrap_or(0));
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        while let Some(Reverse((at, index))) = agenda.pop() {
            let Some(case) = running.get_mut(index) else {
                continue;
            };
            self.pass(at).await?;
            let lived = self.live(case).await?;
            if !lived && case.told.is_some() {
                let why = "a told story did not go on";
                return Err(Failure::environment("demo.stuck", &case.life.matter, &why));
            }
            bar.inc(1);
            bar.suspend(|| self.tell(case, at));
            let next = case.next().filter(|t| lived && *t < morning);
            agenda.extend(next.map(|t| Reverse((t, index))));
        }
        bar.finish_and_clear();
        self.pass(morning).await?;
        for case in &mut running {
            self.tell(case, morning);
        }
        Ok(())
    }

    async fn pass(&self, to: Timestamp) -> Result<(), Failure> {
        let moved = self.app.runtime.move_clock(to).await;
        moved.map_err(|e| Failure::environment("demo.stuck", &to, &e))?;
        Ok(())
    }

    fn stories(&self, given: &mut BTreeSet<String>) -> Result<Vec<Running>, Failure> {
        let all = scripts(&self.library, &MATTERS);
        let mut story = |(matter, name, begins): &(&str, &str, &str)| {
            let script = all
                .iter()
                .find(|s| s.matter == *matter && s.name() == *name);
            let script = script.ok_or_else(|| lacks(&format!("{matter}/{name}")))?;
            let life = script.life(&self.library, 0, instant(begins), given)?;
            Ok(Running::of(life, usize::MAX, Some(0)))
        };
        STORIES.iter().map(&mut story).collect()
    }

    /// An application that nobody has looked at yet, and a certificate that stands for one of its materials.
    fn certified(
        &self,
        number: usize,
        given: &mut BTreeSet<String>,
    ) -> Result<[Running; 2], Failure> {
        let mut life = |(matter, name, begins): (&str, &str, &str)| {
            let all = scripts(&self.library, &[matter]);
            let script = all.iter().find(|script| script.name() == name);
            let script = script.ok_or_else(|| lacks(&format!("{matter}/{name}")))?;
            script.life(&self.library, number + 1, instant(begins), given)
        };
        let (application, mut certificate) = (life(AT_THE_COUNTER)?, life(CERTIFICATE)?);
        let of = |life: &Life| match life.deeds.first().map(|deed| &deed.command) {
            Some(Command::Open { applicant, .. }) => Some(applicant.clone()),
            _ => None,
        };
        let first = certificate.deeds.first_mut().map(|deed| &mut deed.command);
        if let (Some(person), Some(Command::Open { applicant, .. })) = (of(&application), first) {
            *applicant = person;
        }
        let last = certificate.deeds.len();
        Ok([
            Running::of(certificate, last, None),
            Running::of(application, 1, None),
        ])
    }

    /// The other cases: every scenario in turn, on one day after the other. One in four is forgotten on its way, and of those that
    /// are suspended every other one stays so.
    fn others(&self, cases: usize, given: &mut BTreeSet<String>) -> Result<Vec<Running>, Failure> {
        let all: Vec<Script<'_>> = scripts(&self.library, &MATTERS);
        for matter in MATTERS {
            if !all.iter().any(|script| script.matter == matter) {
                return Err(lacks(matter));
            }
        }
        let mut one = |number: usize| {
            let script = all.get(number % all.len().max(1));
            let script = script.ok_or_else(|| lacks(""))?;
            let life = script.life(&self.library, number + 1, begins(number), given)?;
            let length = life.deeds.len();
            let until = match (life.suspended(), number % 4) {
                (Some(deeds), 0 | 2) => deeds,
                (_, 3) => 1 + number % length.max(1),
                _ => length,
            };
            Ok(Running::of(life, until, None))
        };
        (0..cases).map(&mut one).collect()
    }

    /// Does the next deed of a case; false once the case can live no further as told.
    async fn live(&self, case: &mut Running) -> Result<bool, Failure> {
        let Some(deed) = case.life.deeds.get(case.done).cloned() else {
            return Ok(false);
        };
        case.done += 1;
        let Some(target) = self.target(case, &deed.path).await? else {
            return Ok(false);
        };
        let request = Request {
            target,
            actor: self.actor(&deed),
            command: deed.command,
            key: None,
            expect: None,
        };
        match self.app.runtime.submit(request).await {
            Ok(answer) if deed.path.is_empty() => case.case = Some(answer.seen.id),
            Ok(_) => {}
            Err(crate::runtime::Refused::Duplicate { .. }) => return Ok(false),
            Err(crate::runtime::Refused::Rejected(why)) => {
                tracing::debug!(
                    matter = case.life.matter,
                    why = why.code(),
                    "a case stops here"
                );
                return Ok(false);
            }
            Err(other) => {
                return Err(Failure::environment(
                    "demo.stuck",
                    &case.life.matter,
                    &other,
                ));
            }
        }
        Ok(true)
    }

    /// The case a deed is for: the main one, or the sub-case at the end of a path.
    async fn target(&self, case: &Running, path: &[usize]) -> Result<Option<Target>, Failure> {
        let Some(mut id) = case.case else {
            return Ok(Some(Target::New(case.life.matter.clone())));
        };
        for place in path {
            let seen = self.app.runtime.case(id).await;
            let seen = seen.map_err(|e| Failure::environment("demo.stuck", &id, &e))?;
            let child = seen.and_then(|seen| {
                let mut children: Vec<u64> = seen.case.children().map(|(no, ..)| no).collect();
                children.sort_unstable();
                children.get(*place).copied()
            });
            match child {
                Some(child) => id = child,
                None => return Ok(None),
            }
        }
        Ok(Some(Target::Case(id)))
    }

    /// The example person who holds the post of a deed; a scenario's second person of a post is the second of the directory.
    fn actor(&self, deed: &Deed) -> Actor {
        let post = match (&deed.actor, &deed.command) {
            (Actor::Person { posts, .. }, _) => posts.first().cloned(),
            (_, Command::Open { accepting_city, .. }) => self.window(accepting_city),
            _ => None,
        };
        let Some(post) = post else {
            return deed.actor.clone();
        };
        let second = matches!(&deed.actor, Actor::Person { id, .. } if id.ends_with(":2"));
        let holders = self.holders.get(&post.to_string());
        let holder = holders.and_then(|all| all.get(usize::from(second)).or(all.first()));
        match holder {
            Some(id) => Actor::Person {
                id: id.as_str().into(),
                posts: [post].into(),
                stands_for: None,
                lent: Vec::new(),
            },
            None => deed.actor.clone(),
        }
    }

    fn window(&self, city: &str) -> Option<Party> {
        let city = self.library.network.city(city)?;
        Some(Party {
            city: city.code.clone(),
            department: "si".to_owned(),
            post: "window".to_owned(),
        })
    }

    /// Tells what has happened in a story by now.
    fn tell(&self, case: &mut Running, now: Timestamp) {
        let Some(told) = &mut case.told else {
            return;
        };
        if *told == 0 {
            let title = self.library.matters.get(&case.life.matter);
            let title = title.map_or(case.life.matter.as_str(), |m| m.title.get(self.lang));
            print(both("demo.story", &[("what", title.to_owned())]).get(self.lang));
        }
        let fresh = case
            .life
            .story
            .iter()
            .skip(*told)
            .take_while(|t| t.at <= now);
        for line in fresh {
            *told += 1;
            let at = engine::clock::civil(line.at).strftime("%m-%d %H:%M");
            print(&format!("  {at}  {}", line.words.get(self.lang)));
        }
    }
}

impl Running {
    fn of(life: Life, until: usize, told: Option<usize>) -> Self {
        let until = until.min(life.deeds.len());
        Self {
            life,
            case: None,
            done: 0,
            until,
            told,
        }
    }

    /// When its next deed happens.
    fn next(&self) -> Option<Timestamp> {
        let deed = self.life.deeds.get(self.done)?;
        (self.done < self.until).then_some(deed.at)
    }
}

/// A scenario is missing of which a case of the demo should have come.
pub(super) fn lacks(what: &str) -> Failure {
    Failure::Environment("demo.no_scenario", vec![("name", what.to_owned())])
}

/// When the `number`-th case begins: on a day of the three weeks, at some time of the morning.
fn begins(number: usize) -> Timestamp {
    let number = i64::try_from(number).unwrap_or(0);
    let day = match (number * 37) % DAYS {
        // The first day is a Monday; who comes on Saturday or Sunday comes on Monday.
        day if day % 7 > 4 => day - day % 7,
        day => day,
    };
    let minutes = 60 + (number * 13) % 170;
    let after = SignedDuration::from_hours(24 * day) + SignedDuration::from_mins(minutes);
    instant(BEGINNING).saturating_add(after).unwrap_or_default()
}
