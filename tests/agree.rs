//! T2: random workflows run by random commands through the running engine, on SQLite and on PostgreSQL at once. Both answer alike, and
//! in the end the histories, tasks and timers of all cases are the same. `ONENET_FLOWS=20000` runs more; `ONENET_FLOW=17` runs one.

#[path = "../engine/tests/model/flow.rs"]
mod flow;
#[path = "../engine/tests/model/forks.rs"]
mod forks;
#[path = "../engine/tests/model/generate.rs"]
mod generate;

use super::places::{places, run};
use engine::case::{Actor, Case, Command, Party, TaskNo, Work};
use engine::library::Library;
use engine::matter::{Kind, Revision, Trigger};
use engine::source::Sources;
use flow::Flow;
use generate::Chance;
use jiff::SignedDuration;
use onenet::runtime::*;
use onenet::store::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Commands for one case and its sub-cases.
const COMMANDS: u64 = 25;
/// How a row of a history begins.
const HISTORY: &str = "history";
/// Zhongshan, which decides.
const HERE: &str = "442000";
/// Zunyi, which gets the letters.
const THERE: &str = "520300";

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn person(city: &str, post: &str) -> Actor {
    let party = Party {
        city: city.into(),
        department: "si".into(),
        post: post.into(),
    };
    Actor::Person {
        id: format!("the {post} of {city}").as_str().into(),
        posts: [party].into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

fn name(seed: u64) -> String {
    format!("random{seed}")
}

/// The shipped network with the workflows of these seeds, as far as the check lets them pass.
fn library(flows: &[(u64, Flow)]) -> Arc<Library> {
    let mut own = vec![
        ("part/matter.yaml".to_owned(), flow::PART.to_owned()),
        (
            "part/forms/part.schema.json".to_owned(),
            flow::PART_FORM.to_owned(),
        ),
    ];
    for (seed, flow) in flows {
        let name = name(*seed);
        own.push((format!("{name}/matter.yaml"), flow::matter(flow, &name)));
        own.push((format!("{name}/forms/apply.schema.json"), flow::form(flow)));
    }
    own.push(("network/random.yaml".to_owned(), flow::messages(&own)));
    let mut files = onenet::shipped::all();
    files.retain(|(path, _)| path.starts_with("network/") || !path.contains('/'));
    files.extend(own.iter().map(|(p, t)| (p.as_str(), t.as_str())));
    Arc::new(Library::read(&files, &mut Sources::default()))
}

async fn start(url: &str, library: &Arc<Library>) -> Runtime {
    let store = Store::open(url).await.unwrap();
    let clock = Clock::standing(super::runtime::start_of_day());
    let keys = Keys::new([7; 32]);
    Runtime::start(store, keys, library.clone(), clock)
        .await
        .unwrap()
}

/// Something random that may be wished of a case as it stands. Not all of it is possible.
fn wish(case: &Case, matter: &Revision, chance: &mut Chance) -> (Command, Actor) {
    let open: Vec<(TaskNo, Work, Arc<str>)> = case
        .open_tasks()
        .map(|(no, t)| (no, t.work(), t.step().clone()))
        .collect();
    match (chance.below(12), chance.pick(&open).cloned()) {
        (0, _) | (_, None) => message(matter, chance),
        (1, _) => act(matter, chance),
        (2, Some((task, ..))) => (Command::Claim { task }, person(HERE, "handler")),
        (3, Some((task, ..))) => {
            let words = "请尽快".to_owned();
            (Command::Urge { task, words }, person(HERE, "handler"))
        }
        (_, Some((task, work, step))) => work_on(matter, task, work, &step, chance),
    }
}

fn work_on(
    matter: &Revision,
    task: TaskNo,
    work: Work,
    step: &str,
    chance: &mut Chance,
) -> (Command, Actor) {
    let there = person(THERE, "handler");
    let (outcome, post) = match work {
        Work::Receive(handoff) if chance.once_in(4) => {
            let reason = "R14".to_owned();
            return (Command::Refuse { handoff, reason }, there);
        }
        Work::Receive(handoff) => return (Command::Receive { handoff }, there),
        Work::Answer(handoff) => {
            let data = Json::Null;
            return (
                Command::Answer {
                    handoff,
                    data,
                    outcome: None,
                },
                there,
            );
        }
        Work::Deliver(paper) => return (Command::Deliver { paper }, person(HERE, "handler")),
        Work::Second => {
            let agreed = !chance.once_in(3);
            let outcome = if agreed { "agreed" } else { "returned" };
            (outcome.into(), "reviewer")
        }
        Work::Step => {
            let outcomes = &matter.named(step).unwrap().1.outcomes;
            let outcome = chance.pick(outcomes).unwrap();
            (outcome.name.value.clone(), "handler")
        }
    };
    let complete = Command::Complete {
        task,
        outcome,
        data: Json::Null,
        reason: Some("甲".into()),
        back_to: None,
    };
    (complete, person(HERE, post))
}

/// A message of a wait or an event, early, late, or with a key nobody waits for.
fn message(matter: &Revision, chance: &mut Chance) -> (Command, Actor) {
    let waits = matter.steps.iter();
    let waits = waits.filter(|s| matches!(s.kind, Kind::Wait { .. }));
    let events = matter.event_defs.iter();
    let events = events.filter(|e| matches!(e.trigger, Trigger::Message { .. }));
    let names = waits
        .map(|s| s.id.value.clone())
        .chain(events.map(|e| e.name.value.clone()));
    let names: Vec<Arc<str>> = names.collect();
    let key = if chance.once_in(4) { "another" } else { "K" };
    let message = Command::Message {
        name: chance.pick(&names).cloned().unwrap_or("nothing".into()),
        key: key.into(),
        data: Json::Null,
    };
    let name = "other".to_owned();
    (message, Actor::System { name })
}

/// An act, but for the first event of the matter, which would end it.
fn act(matter: &Revision, chance: &mut Chance) -> (Command, Actor) {
    let events = matter.event_defs.get(1..).unwrap_or_default();
    let event = chance.pick(events).map(|e| e.name.to_string());
    let act = Command::Act {
        event: event.unwrap_or_default(),
        data: Json::Null,
        reason: Some("R14".into()),
    };
    (act, person(HERE, "handler"))
}

/// Opens a case of a workflow and does random things to it and its sub-cases, each at its own second; at last it is withdrawn. What
/// was answered, and what stands in the store afterwards.
async fn live(runtime: &Runtime, seed: u64, flow: &Flow) -> Vec<String> {
    let mut chance = Chance(seed);
    let mut said = Vec::new();
    let open = Request {
        target: Target::New(name(seed)),
        command: Command::Open {
            id: 0,
            number: String::new(),
            accepting_city: HERE.into(),
            channel: "window".into(),
            applicant: json!({ "name": "李四", "id_number": "450400195903150017", "phone": "13800000001" }),
            form: flow::filled(flow),
            parent: None,
        },
        actor: person(HERE, "handler"),
        key: None,
        expect: None,
    };
    let root = runtime.submit(open).await.unwrap().seen.id;
    let mut family = vec![root];
    for _ in 0..COMMANDS {
        let mut open = Vec::new();
        for id in &family {
            let seen = runtime.case(*id).await.unwrap().unwrap();
            open.extend(Some(seen).filter(|s| !s.case.is_closed()));
        }
        let Some(seen) = chance.pick(&open) else {
            break;
        };
        let (command, actor) = wish(&seen.case, &seen.revision, &mut chance);
        said.push(submit(runtime, seen.id, command, actor).await);
        let now = runtime.clock().now();
        // Mostly a second passes, sometimes all until something is due.
        let next = seen.case.timers().first().map(|t| t.0);
        let next = next.filter(|at| *at > now && chance.once_in(4));
        let next = next.unwrap_or(now + SignedDuration::from_secs(1));
        runtime.move_clock(next).await.unwrap();
        for id in family.clone() {
            let seen = runtime.case(id).await.unwrap().unwrap();
            let children = seen.case.children().map(|(child, ..)| child);
            let fresh: Vec<u64> = children.filter(|c| !family.contains(c)).collect();
            family.extend(fresh);
        }
    }
    let withdraw = Command::Act {
        event: flow.events[0].name.clone(),
        data: Json::Null,
        reason: Some("R14".into()),
    };
    said.push(submit(runtime, root, withdraw, person(HERE, "handler")).await);
    for id in family {
        said.extend(stored(runtime, id).await);
    }
    said
}

async fn submit(runtime: &Runtime, case: u64, command: Command, actor: Actor) -> String {
    let request = Request {
        target: Target::Case(case),
        command: command.clone(),
        actor,
        key: None,
        expect: None,
    };
    match runtime.submit(request).await {
        Ok(answer) => format!("{command:?}: {}", answer.body()),
        Err(Refused::Rejected(why)) => format!("{command:?}: {why:?}"),
        Err(other) => panic!("{command:?}: {other}"),
    }
}

/// What a store keeps of a case, without what is sealed anew each time.
async fn stored(runtime: &Runtime, id: u64) -> Vec<String> {
    let (store, no) = (runtime.store(), id.cast_signed());
    let mut out = Vec::new();
    for row in runtime.history(id).await.unwrap() {
        let events = serde_json::to_string(&row.events).unwrap();
        let (first, last, at, actor) = (row.first, row.last, row.at, row.actor);
        out.push(format!(
            "{HISTORY} {id}: {first}-{last} {at} {actor:?} {events}"
        ));
    }
    let row = store.case(no).await.unwrap().unwrap();
    out.push(format!("{:?}", CaseRow { key: None, ..row }));
    for task in store.tasks_of(no).await.unwrap() {
        out.push(format!("{task:?}"));
    }
    for timer in store.timers_of(no).await.unwrap() {
        out.push(format!("{timer:?}"));
    }
    out
}

#[test]
fn t02_both_stores_make_the_same_history_of_the_same_commands() {
    let seeds = match number("ONENET_FLOW") {
        Some(one) => one..one + 1,
        None => 0..number("ONENET_FLOWS").unwrap_or(300),
    };
    let flows: Vec<(u64, Flow)> = seeds.clone().map(|s| (s, generate::flow(s))).collect();
    let library = library(&flows);
    run(async {
        let [sqlite, postgres] = places().await;
        let one = start(&sqlite.url, &library).await;
        let two = start(&postgres.url, &library).await;
        let (mut cases, mut rows) = (0, 0);
        for (seed, flow) in &flows {
            if !library.matters.contains_key(&name(*seed)) {
                continue;
            }
            let (a, b) = tokio::join!(live(&one, *seed, flow), live(&two, *seed, flow));
            for (a, b) in a.iter().zip(&b) {
                assert_eq!(a, b, "flow {seed}");
            }
            assert_eq!(a.len(), b.len(), "flow {seed}");
            (cases, rows) = (
                cases + 1,
                rows + a.iter().filter(|l| l.starts_with(HISTORY)).count(),
            );
        }
        println!("{cases} flows of the seeds {seeds:?}, {rows} rows of history compared");
        assert!(cases * 10 >= flows.len() * 9, "the check refuses too many");
    });
}
