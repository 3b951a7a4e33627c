//! Who has a case now: the posts of its own tasks, those of the cases it opened, the office a letter lies at, and what it waits for.

use super::App;
use super::problem::Problem;
use super::views;
use crate::runtime::Seen;
use engine::case::{Actor, FrameNo, Party, Record, TaskNo, Work};
use engine::matter::Kind;
use engine::text::{Lang, Text, list};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How deep sub-cases of sub-cases are asked.
const DEEPEST: u32 = 4;

/// Somebody who has something of a case.
pub(crate) struct Holder {
    /// What people call it: an office, or the city alone.
    pub name: Text,
    /// The step.
    pub step: Text,
    /// The case it lies in, and its number.
    pub case: (u64, Arc<str>),
    /// What it is there.
    pub part: Part,
    /// Since when: a task was opened, a letter or a wait began.
    pub since: Option<Timestamp>,
}

/// What somebody has of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A task of its own.
    Task(TaskNo),
    /// A letter nobody has answered.
    Letter,
    /// Something that is to come from there.
    Awaited,
    /// A message, an answer of another system or a day that it waits for; the office that decides has the case meanwhile.
    Waits,
    /// A task of a case it opened.
    Elsewhere,
}

impl App {
    /// Who has a case, the applicant left out; what lies in the cases it opened comes last. An open case that does not wait for its
    /// applicant is never without.
    pub(crate) async fn holders(&self, seen: &Seen) -> Result<Vec<Holder>, Problem> {
        let mut found = self.own_holders(seen);
        let mut open: Vec<(u64, u32)> = parts(seen).map(|id| (id, 1)).collect();
        while let Some((id, depth)) = open.pop() {
            let Some(part) = self.runtime.case(id).await? else {
                continue;
            };
            found.extend(self.own_holders(&part).into_iter().map(|holder| Holder {
                part: match holder.part {
                    Part::Task(_) => Part::Elsewhere,
                    other => other,
                },
                ..holder
            }));
            if depth < DEEPEST {
                open.extend(parts(&part).map(|id| (id, depth + 1)));
            }
        }
        let tasks = seen.case.open_tasks().next().is_some();
        if found.is_empty() && !tasks && !seen.case.is_closed() {
            found.push(self.resting(seen));
        }
        Ok(found)
    }

    /// What nobody else has, such as a turn it waits for: it rests with the city that decides.
    fn resting(&self, seen: &Seen) -> Holder {
        let case = &seen.case;
        let city = self.with_context(&Actor::Engine, |c| case.deciding_city(&seen.revision, c));
        let library = self.runtime.library();
        let named = library.network.city(&city).map(|city| Text {
            zh: city.full_name.clone(),
            en: city.title(Lang::En).to_owned(),
        });
        let turn = case.awaited_turns().next();
        let frames = case.frames().values().rev();
        let mut open = frames.filter(|frame| frame.result().is_none());
        let at = turn.map(|(step, _)| step);
        let at = at.or_else(|| open.find_map(|frame| frame.at()));
        let step = at.and_then(|at| seen.revision.named(at));
        Holder {
            name: named.unwrap_or_else(|| same(&city)),
            step: step.map_or_else(|| seen.revision.title.clone(), |(_, s)| s.title.clone()),
            case: (seen.id, seen.number.clone()),
            part: Part::Waits,
            since: turn.map(|(_, since)| since).or_else(|| case.changed()),
        }
    }

    /// What lies in the case itself.
    fn own_holders(&self, seen: &Seen) -> Vec<Holder> {
        let case = &seen.case;
        if case.is_closed() {
            return Vec::new();
        }
        let network = &self.runtime.library().network;
        let office = |post: &Party| Text {
            zh: network.office_in(Lang::Zh, &post.city, &post.department),
            en: network.office_in(Lang::En, &post.city, &post.department),
        };
        let step = |step: &str| {
            let named = seen.revision.named(step);
            named.map_or_else(|| same(step), |(_, step)| step.title.clone())
        };
        let holder = |name, step, part, since| Holder {
            name,
            step,
            case: (seen.id, seen.number.clone()),
            part,
            since,
        };
        let mut found = Vec::new();
        let mut at_letters = Vec::new();
        // Where an office has it already, its city is not named once more.
        let mut cities = BTreeSet::new();
        for (no, task) in case.open_tasks() {
            at_letters.extend(case.letter_around(&seen.revision, task));
            if let Work::Receive(letter) | Work::Answer(letter) = task.work() {
                at_letters.push(letter);
            }
            let seats = task.seats().iter().filter(|s| !s.post.is_applicant());
            found.extend(seats.map(|s| {
                cities.insert(s.post.city.clone());
                let title = Text {
                    zh: views::title_in(Lang::Zh, seen, task).to_owned(),
                    en: views::title_in(Lang::En, seen, task).to_owned(),
                };
                holder(office(&s.post), title, Part::Task(no), Some(task.opened()))
            }));
        }
        let letters = case.letters().filter(|(no, ..)| !at_letters.contains(no));
        found.extend(letters.map(|(_, at, to, _)| {
            cities.insert(to.post.city.clone());
            holder(office(&to.post), step(at), Part::Letter, None)
        }));
        for (no, frame) in case.frames() {
            let Some(at) = frame.at().filter(|_| frame.result().is_none()) else {
                continue;
            };
            let waits = seen.revision.named(at).map(|(_, step)| &step.kind);
            if !matches!(waits, Some(Kind::Wait { .. } | Kind::Call { .. })) {
                continue;
            }
            // It has been there since the step before was done.
            let before = frame.records().values().map(Record::at).max();
            let since = before.or(case.opened());
            let keys = case.item_keys(&seen.revision, *no);
            match keys.iter().rev().find_map(|key| network.city(key)) {
                Some(city) if cities.contains(&city.code) => {}
                Some(city) => {
                    let name = Text {
                        zh: city.full_name.clone(),
                        en: city.title(Lang::En).to_owned(),
                    };
                    found.push(holder(name, step(at), Part::Awaited, since));
                }
                None => {
                    let post = self.deciding(seen, Some(*no));
                    found.extend(
                        post.map(|post| holder(office(&post), step(at), Part::Waits, since)),
                    );
                }
            }
        }
        found
    }

    /// The post that decides a case, seen from a sequence or from the case itself; where the matter names none or it is not known yet, that of the counter's city.
    pub(crate) fn deciding(&self, seen: &Seen, frame: Option<FrameNo>) -> Option<Party> {
        let (matter, case) = (&seen.revision, &seen.case);
        let nobody = Actor::Engine;
        self.with_context(&nobody, |context| {
            let named = matter.decides.iter().map(|party| &*party.value);
            let parties = named.chain(matter.parties.iter().map(|p| &*p.name.value));
            let mut posts = parties.filter_map(|p| case.post_of(matter, context, p, frame));
            posts.find(|post| !post.is_applicant())
        })
    }
}

/// The cases a case opened that have not ended.
fn parts(seen: &Seen) -> impl Iterator<Item = u64> {
    let open = seen
        .case
        .children()
        .filter(|(.., status)| !status.is_final());
    open.map(|(id, ..)| id)
}

/// The Chinese names, each once, as they come.
pub(crate) fn each_once(holders: &[Holder]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for holder in holders {
        if !names.contains(&holder.name.zh) {
            names.push(holder.name.zh.clone());
        }
    }
    names
}

/// The names of all, each once, in a sentence.
pub(crate) fn names<'h>(holders: impl IntoIterator<Item = &'h Holder>) -> Text {
    let mut names: Vec<&Text> = Vec::new();
    for holder in holders {
        if !names.iter().any(|n| n.zh == holder.name.zh) {
            names.push(&holder.name);
        }
    }
    let said = |lang| list(lang, &names.iter().map(|n| n.get(lang)).collect::<Vec<_>>());
    Text {
        zh: said(Lang::Zh),
        en: said(Lang::En),
    }
}

fn same(word: &str) -> Text {
    Text {
        zh: word.to_owned(),
        en: word.to_owned(),
    }
}
