//! The running engine from outside, on both databases: what is acknowledged is there, once, and what follows from it too.
use std::sync::{Arc, OnceLock};

use super::check;
use engine::case::{Actor, Command, Party, Rejection, TaskNo};
use engine::library::Library;
use engine::source::Sources;
use jiff::Timestamp;
use onenet::runtime::*;
use onenet::store::*;
use serde_json::{Value as Json, json};

/// The shipped network, the matter the speed is measured with, and those of the tests: soon read.
pub fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    let read = || {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = ["benches/matters", "tests/matters"];
        let own = folders.map(|f| onenet::authoring::files(&root.join(f)).unwrap());
        let own = own.concat();
        let mut files = onenet::shipped::all();
        files.retain(|(path, _)| path.starts_with("network/") || !path.contains('/'));
        files.extend(
            own.iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        );
        let mut sources = Sources::default();
        let library = Library::read(&files, &mut sources);
        let found = library.found.iter();
        let shown: Vec<String> = found
            .filter(|d| d.level() == engine::diagnostic::Level::Error)
            .map(|d| d.render(&sources, engine::text::Lang::Zh))
            .collect();
        for matter in ["bench-bundle", "tick", "rounds", "holder", "in-turn"] {
            assert!(library.matters.contains_key(matter), "{matter}: {shown:#?}");
        }
        Arc::new(library)
    };
    LIBRARY.get_or_init(read).clone()
}

pub fn start_of_day() -> Timestamp {
    "2026-11-23T09:00:00+08:00".parse().unwrap()
}

pub async fn start(store: Store) -> Runtime {
    let clock = Clock::sandbox(start_of_day());
    Runtime::start(store, Keys::new([7; 32]), library(), clock)
        .await
        .unwrap()
}

/// A clerk with every post of the bundle in 中山.
pub fn clerk(id: &str) -> Actor {
    let post = |department: &str| Party {
        city: "442000".into(),
        department: department.into(),
        post: "handler".into(),
    };
    Actor::Person {
        id: id.into(),
        posts: ["si", "mib", "hf"].map(post).into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

pub fn open() -> Request {
    Request {
        target: Target::New("bench-bundle".into()),
        command: Command::Open {
            id: 0,
            number: String::new(),
            accepting_city: "442000".into(),
            channel: "window".into(),
            applicant: json!({ "name": "欧阳植树", "id_number": "450400195703160827" }),
            form: json!({ "employer": "梧州造船社", "months": 180 }),
            parent: None,
        },
        actor: clerk("u1"),
        key: None,
        expect: None,
    }
}

pub fn complete(case: u64, task: TaskNo) -> Request {
    Request {
        target: Target::Case(case),
        command: Command::Complete {
            task,
            outcome: "done".into(),
            data: json!({ "months": 180, "finding": "符合" }),
            reason: None,
            back_to: None,
        },
        actor: clerk("u1"),
        key: None,
        expect: None,
    }
}

pub fn with_key(request: Request, key: &str, body: &[u8]) -> Request {
    let key = Some(IdempotencyKey::new("u1", key, body));
    Request { key, ..request }
}

pub fn next_task(seen: &Seen) -> Option<TaskNo> {
    seen.case.open_tasks().next().map(|(no, _)| no)
}

pub fn first_task(seen: &Seen) -> TaskNo {
    next_task(seen).unwrap()
}

/// Opens a case and completes its tasks until none is left.
async fn whole(runtime: &Runtime) -> Seen {
    let mut seen = runtime.submit(open()).await.unwrap().seen;
    while let Some(task) = next_task(&seen) {
        seen = runtime.submit(complete(seen.id, task)).await.unwrap().seen;
    }
    seen
}

#[test]
fn a_case_runs_to_its_end_and_leaves_its_rows_as_they_should_be() {
    check(async |store, url| {
        let runtime = start(store).await;
        let opened = runtime.submit(open()).await.unwrap().seen;
        assert!(
            engine::case::number::is_sound(&opened.number),
            "{}",
            opened.number
        );
        assert!(opened.number.starts_with("442000-BENCH-20261123-00001-"));
        let all = TaskFilter::default();
        let listed = runtime.store().tasks(&all, None, 9).await.unwrap();
        let offices: Vec<&str> = listed.iter().map(|row| &*row.task.department).collect();
        assert_eq!(offices.len(), 3);
        assert!(
            ["si", "mib", "hf"]
                .iter()
                .all(|office| offices.contains(office))
        );
        let mut seen = opened;
        while let Some(task) = next_task(&seen) {
            seen = runtime.submit(complete(seen.id, task)).await.unwrap().seen;
        }
        assert_eq!(seen.case.status().word(), "completed");
        assert_eq!(runtime.store().count_tasks(&all, 99).await.unwrap(), 0);
        let messages = runtime.store().messages(None, None, 9).await.unwrap();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let row = runtime.store().case(1).await.unwrap().unwrap();
        assert_eq!(
            (row.status.as_str(), row.version),
            ("completed", seen.version().cast_signed())
        );
        assert!(row.closed.is_some());
        let found = runtime.find(&seen.number).await.unwrap().unwrap();
        assert_eq!(found.case, seen.case);
        // The same after everything in memory is gone (G6).
        runtime.shutdown().await.unwrap();
        let runtime = start(Store::open(url).await.unwrap()).await;
        assert_eq!(runtime.case(1).await.unwrap().unwrap().case, seen.case);
        let history = runtime.history(1).await.unwrap();
        let seqs: Vec<u64> = history
            .iter()
            .flat_map(|row| row.first..=row.last)
            .collect();
        assert_eq!(seqs, (1..=seen.version()).collect::<Vec<_>>());
        assert_eq!(history.len(), 7);
        runtime.shutdown().await.unwrap();
    });
}

/// A message to a closed case is one more event, and nothing else of the case changes.
#[test]
fn g034_a_late_message_is_recorded_in_a_closed_case() {
    check(async |store, url| {
        let runtime = start(store).await;
        let closed = whole(&runtime).await;
        let late = Request {
            target: Target::Case(closed.id),
            command: Command::Message {
                name: "fund-arrived".into(),
                key: "L-1".into(),
                data: json!({ "amount": "1.00" }),
            },
            actor: Actor::System {
                name: "bank".into(),
            },
            key: None,
            expect: None,
        };
        let seen = runtime.submit(late).await.unwrap().seen;
        assert_eq!(seen.version(), closed.version() + 1);
        assert!(seen.case.is_closed() && seen.case.status() == closed.case.status());
        runtime.shutdown().await.unwrap();
        let store = Store::open_to_read(url).await.unwrap();
        let sound = verify(&store, Depth::Fold(Keys::new([7; 32]))).await;
        assert!(sound.unwrap().is_ok());
    });
}

#[test]
fn g61_what_a_clerk_typed_lies_nowhere_in_the_file() {
    check(async |store, url| {
        let runtime = start(store).await;
        whole(&runtime).await;
        runtime.shutdown().await.unwrap();
        let Some(path) = url.strip_prefix("sqlite:") else {
            return;
        };
        for ending in ["", "-wal"] {
            let bytes = std::fs::read(format!("{path}{ending}")).unwrap_or_default();
            for planted in ["450400195703160827", "欧阳植树", "梧州造船社"] {
                let found = bytes
                    .windows(planted.len())
                    .any(|w| w == planted.as_bytes());
                assert!(!found, "{planted} lies in {path}{ending}");
            }
        }
    });
}

#[test]
fn g45_two_clerks_and_one_task_have_one_effect() {
    check(async |store, _| {
        let runtime = start(store).await;
        let seen = runtime.submit(open()).await.unwrap().seen;
        let mut requests = [
            complete(seen.id, first_task(&seen)),
            complete(seen.id, first_task(&seen)),
        ];
        requests[1].actor = clerk("u2");
        let [one, two] = requests.map(|request| runtime.submit(request));
        let answers = [tokio::join!(one, two)].map(|(a, b)| [a, b]).concat();
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        match refused.into_iter().next().unwrap().unwrap_err() {
            Refused::Rejected(Rejection::AlreadyDone { by, outcome, .. }) => {
                assert_eq!((&*by, &*outcome), ("u1", "done"));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn g3_a_repeated_key_gets_the_first_answer_and_another_body_is_refused() {
    check(async |store, url| {
        let runtime = start(store).await;
        let first = runtime.submit(with_key(open(), "k1", b"a")).await.unwrap();
        let again = runtime.submit(with_key(open(), "k1", b"a")).await.unwrap();
        assert!(!first.replayed && again.replayed);
        assert_eq!(first.body(), again.body());
        let other = runtime.submit(with_key(open(), "k1", b"b")).await;
        assert!(matches!(other, Err(Refused::KeyReused)), "{other:?}");
        // The first answer also after the case has moved on, and after a restart.
        let task = first_task(&first.seen);
        let done = complete(first.seen.id, task);
        let done = runtime.submit(with_key(done, "k2", b"c")).await.unwrap();
        let id = first.seen.id;
        runtime
            .submit(complete(id, first_task(&done.seen)))
            .await
            .unwrap();
        runtime.shutdown().await.unwrap();
        let runtime = start(Store::open(url).await.unwrap()).await;
        let replayed = runtime
            .submit(with_key(complete(id, task), "k2", b"c"))
            .await
            .unwrap();
        assert!(replayed.replayed);
        assert_eq!(replayed.seen.case, done.seen.case);
        assert_eq!(runtime.history(id).await.unwrap().len(), 3);
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn the_same_key_twice_at_once_has_one_effect() {
    check(async |store, _| {
        let runtime = start(store).await;
        let twice = [0; 2].map(|_| runtime.submit(with_key(open(), "k", b"a")));
        let [one, two] = twice;
        let (one, two) = tokio::join!(one, two);
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(one.replayed, two.replayed);
        assert_eq!(one.seen.id, two.seen.id);
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn g46_a_stale_version_changes_nothing() {
    check(async |store, _| {
        let runtime = start(store).await;
        let seen = runtime.submit(open()).await.unwrap().seen;
        let (no, task) = seen.case.open_tasks().next().unwrap();
        let (version, task_version) = (seen.version(), task.version());
        for expect in [
            Expected::Case(version - 1),
            Expected::Task(no, task_version + 1),
        ] {
            let mut stale = complete(seen.id, no);
            stale.expect = Some(expect);
            let refused = runtime.submit(stale).await;
            assert!(matches!(refused, Err(Refused::Stale { .. })), "{refused:?}");
        }
        let mut fresh = complete(seen.id, no);
        fresh.expect = Some(Expected::Task(no, task_version));
        runtime.submit(fresh).await.unwrap();
    });
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_trace() {
    check(async |store, _| {
        let runtime = start(store).await;
        let mut no_matter = open();
        no_matter.target = Target::New("no-such-matter".into());
        assert!(matches!(
            runtime.submit(no_matter).await,
            Err(Refused::NoSuchMatter(_))
        ));
        assert!(matches!(
            runtime.submit(complete(99, TaskNo(1))).await,
            Err(Refused::NotFound)
        ));
        let mut bad = open();
        if let Command::Open { form, .. } = &mut bad.command {
            *form = json!({ "months": "many" });
        }
        match runtime.submit(bad).await {
            Err(Refused::Rejected(Rejection::Invalid(errors))) => assert!(!errors.is_empty()),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            runtime
                .store()
                .count_cases(&CaseFilter::default())
                .await
                .unwrap(),
            0
        );
        assert!(runtime.case(1).await.unwrap().is_none());
    });
}

#[test]
fn g2_sixty_four_clients_at_once_lose_nothing_and_number_without_doubles() {
    check(async |store, _| {
        let runtime = start(store).await;
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let runtime = runtime.clone();
            clients.spawn(async move { whole(&runtime).await });
        }
        let done = clients.join_all().await;
        let numbers: std::collections::BTreeSet<&str> =
            done.iter().map(|seen| &*seen.number).collect();
        assert_eq!(numbers.len(), 64);
        for seen in &done {
            let rows = runtime
                .store()
                .events(seen.id.cast_signed(), 0)
                .await
                .unwrap();
            codec::verify(&rows).unwrap();
            assert_eq!(rows.len(), 7);
        }
        assert_eq!(
            runtime
                .store()
                .count_tasks(&TaskFilter::default(), 9_999)
                .await
                .unwrap(),
            0
        );
    });
}

#[test]
fn the_feed_gives_every_row_once_in_order_of_commit() {
    check(async |store, _| {
        let runtime = start(store).await;
        for _ in 0..3 {
            whole(&runtime).await;
        }
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = runtime.events_after(after, 4).await.unwrap();
            let Some(last) = page.last() else {
                // On PostgreSQL what was committed waits for older transactions, also those of other tests.
                match seen.len() {
                    21.. => break,
                    _ => continue,
                }
            };
            after = last.position;
            seen.extend(
                page.into_iter()
                    .map(|fed| (fed.entry.case, fed.entry.first)),
            );
        }
        assert_eq!(seen.len(), 21);
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        assert_eq!(seen, sorted);
        let first = runtime.events_after(0, 1).await.unwrap().remove(0).entry;
        let form: &Json = &first.events[0].content["form"];
        assert_eq!(form["employer"], "梧州造船社");
    });
}

#[test]
fn g62_a_store_does_not_open_with_another_key() {
    check(async |store, _| {
        let runtime = start(store.clone()).await;
        runtime.submit(open()).await.unwrap();
        let clock = Clock::sandbox(start_of_day());
        let wrong = Runtime::start(store, Keys::new([8; 32]), library(), clock).await;
        assert!(matches!(wrong, Err(StoreError::WrongKey)));
    });
}

pub fn open_timed(matter: &str) -> Request {
    let mut request = open();
    request.target = Target::New(matter.into());
    if let Command::Open { form, .. } = &mut request.command {
        *form = json!({ "months": 1 });
    }
    request
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn g20_moving_the_clock_fires_every_timer_at_its_own_instant() {
    check(async |store, _| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        let to = at("2026-11-30T09:00:00+08:00");
        assert!(runtime.move_clock(to).await.unwrap() >= to);
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.status().word(), "closed");
        let history = runtime.history(id).await.unwrap();
        let times: Vec<Timestamp> = history.iter().map(|row| row.at).collect();
        // Opened some milliseconds after nine; half an hour later the task; its working day ends on the 24th at five.
        let second = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap();
        assert_eq!(
            second(times[1]),
            second(times[0]) + jiff::SignedDuration::from_mins(30)
        );
        let last = *times.last().unwrap();
        let due = at("2026-11-24T17:00:00+08:00");
        assert!(
            last > due && last < due + jiff::SignedDuration::from_secs(1),
            "{times:?}"
        );
        assert!(times.is_sorted());
        let left = runtime.store().timers_of(id.cast_signed()).await.unwrap();
        assert_eq!(left, vec![]);
    });
}

#[test]
fn g20_what_fell_due_while_nobody_ran_fires_after_the_start_by_itself() {
    check(async |store, url| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        runtime.shutdown().await.unwrap();
        let clock = Clock::sandbox(at("2026-11-23T10:00:00+08:00"));
        let store = Store::open(url).await.unwrap();
        let runtime = Runtime::start(store, Keys::new([7; 32]), library(), clock)
            .await
            .unwrap();
        let mut committed = runtime.committed();
        while runtime.history(id).await.unwrap().len() < 2 {
            committed.changed().await.unwrap();
        }
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
    });
}

/// A round waits in its row, also over a restart, and the next one takes its place.
#[test]
fn rounds_come_by_themselves_one_after_the_other() {
    check(async |store, url| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("rounds")).await.unwrap().seen.id;
        let waiting = async |runtime: &Runtime| {
            let rows = runtime.store().timers_of(id.cast_signed()).await.unwrap();
            assert_eq!(rows.len(), 1);
        };
        waiting(&runtime).await;
        runtime.shutdown().await.unwrap();
        assert_eq!(super::verify::flaw_after(url, "SELECT 1").await, None);
        let runtime = start(Store::open(url).await.unwrap()).await;
        runtime
            .move_clock(at("2026-12-23T09:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
        // Nobody answers: the day passes, and the next round waits.
        runtime
            .move_clock(at("2026-12-25T09:00:00+08:00"))
            .await
            .unwrap();
        waiting(&runtime).await;
        runtime
            .move_clock(at("2027-03-01T09:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(id).await.unwrap().unwrap();
        assert!(seen.case.is_closed());
        assert_eq!(seen.case.tasks().len(), 3);
        let messages = runtime.store().messages(None, None, 99).await.unwrap();
        let words = |m: &Message| {
            ["第1轮，2026年12月23日", "第2轮，2027年1月23日"].map(|w| m.leased.row.body.contains(w))
        };
        let told: Vec<_> = messages.iter().map(words).collect();
        assert!(
            told.contains(&[true, false]) && told.contains(&[false, true]),
            "{messages:?}"
        );
        let left = runtime.store().timers_of(id.cast_signed()).await.unwrap();
        assert_eq!(left, vec![]);
        runtime.shutdown().await.unwrap();
        assert_eq!(super::verify::flaw_after(url, "SELECT 1").await, None);
    });
}

#[test]
fn a_timer_wakes_the_sleeper_though_it_slept_for_a_later_one() {
    check(async |store, _| {
        let runtime = start(store).await;
        let id = runtime.submit(open_timed("tick")).await.unwrap().seen.id;
        // Half an hour less a moment: the sleeper now sleeps for what is left.
        runtime
            .move_clock(start_of_day() + jiff::SignedDuration::from_millis(1_799_900))
            .await
            .unwrap();
        let mut committed = runtime.committed();
        while runtime.history(id).await.unwrap().len() < 2 {
            committed.changed().await.unwrap();
        }
        let rows = runtime.history(id).await.unwrap();
        assert!(rows[1].at >= rows[0].at + jiff::SignedDuration::from_mins(30));
    });
}

#[test]
fn a_child_opens_with_its_parent_and_its_end_moves_the_parent_in_one_transaction() {
    check(async |store, _| {
        let runtime = start(store).await;
        let parent = runtime.submit(open_timed("holder")).await.unwrap().seen;
        let (child, ..) = parent.case.children().next().unwrap();
        runtime
            .move_clock(at("2026-11-23T10:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(child).await.unwrap().unwrap();
        assert_ne!(seen.number, parent.number);
        assert!(engine::case::number::is_sound(&seen.number));
        let done = runtime
            .submit(complete_plain(child, first_task(&seen)))
            .await
            .unwrap();
        assert_eq!(done.seen.case.status().word(), "completed");
        let parent = runtime.case(parent.id).await.unwrap().unwrap();
        assert_eq!(parent.case.status().word(), "completed");
        let of_parent = CaseFilter {
            parent: Some(parent.id.cast_signed()),
            ..CaseFilter::default()
        };
        assert_eq!(runtime.store().count_cases(&of_parent).await.unwrap(), 1);
    });
}

/// A task without a form.
fn complete_plain(case: u64, task: TaskNo) -> Request {
    let mut request = complete(case, task);
    if let Command::Complete { data, .. } = &mut request.command {
        *data = Json::Null;
    }
    request
}

#[test]
fn g30_a_message_goes_out_once_is_tried_again_and_keeps_its_name() {
    check(async |store, _| {
        let runtime = start(store).await;
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let first = std::sync::atomic::AtomicBool::new(true);
        runtime.deliver(Arc::new(move |message: Leased| {
            let again = first.swap(false, std::sync::atomic::Ordering::Relaxed);
            tell.send((message.row.id, message.attempts, message.row.body))
                .unwrap();
            let fate = match again {
                true => Fate::Again(start_of_day().as_millisecond()),
                false => Fate::Sent,
            };
            Box::pin(async move { fate.into() })
        }));
        let done = whole(&runtime).await;
        let (name, attempts, body) = told.recv().await.unwrap();
        assert_eq!((name.case_id, attempts), (done.id.cast_signed(), 1));
        assert!(body.contains("completed"), "{body}");
        let (again, attempts, _) = told.recv().await.unwrap();
        assert_eq!((again, attempts), (name, 2));
        loop {
            let messages = runtime.store().messages(None, None, 9).await.unwrap();
            if messages.iter().all(|message| message.state == "sent") {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(told.try_recv().is_err());
    });
}

/// A matter without limits and without notices of its own costs no words, though everybody could be reached.
#[test]
fn a_plain_matter_owes_only_what_it_names() {
    check(async |store, _| {
        let clock = Clock::sandbox(start_of_day());
        let everyone = Reach {
            everyone: true,
            ..Reach::default()
        };
        let runtime = Runtime::reaching(store, Keys::new([7; 32]), library(), clock, everyone);
        let runtime = runtime.await.unwrap();
        whole(&runtime).await;
        let messages = runtime.store().messages(None, None, 9).await.unwrap();
        assert_eq!(messages.len(), 1, "{messages:?}");
        let body = &messages[0].leased.row.body;
        assert!(
            body.contains("【一张网】您的申请(尾号0001)已办结"),
            "{body}"
        );
        assert!(!body.contains("欧阳植树"), "{body}");
    });
}

#[test]
fn g40_a_running_case_stays_on_its_revision_when_the_files_have_changed() {
    check(async |store, url| {
        let runtime = start(store).await;
        let old = runtime.submit(open()).await.unwrap().seen;
        runtime.shutdown().await.unwrap();
        let mut files = (*library().files).clone();
        let text = files.get_mut("bench-bundle/matter.yaml").unwrap();
        *text = text
            .replace("社保登记", "社保记账")
            .replace("code: BENCH", "code: BENCHB");
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let changed = Arc::new(Library::read(&files, &mut Sources::default()));
        let clock = Clock::sandbox(start_of_day());
        let store = Store::open(url).await.unwrap();
        let runtime = Runtime::start(store, Keys::new([7; 32]), changed, clock)
            .await
            .unwrap();
        let new = runtime.submit(open()).await.unwrap().seen;
        assert_eq!((old.revision_number, new.revision_number), (1, 2));
        assert!(new.number.contains("-BENCHB-"));
        let still = runtime.case(old.id).await.unwrap().unwrap();
        assert_eq!(still.revision.hash(), old.revision.hash());
        runtime
            .submit(complete(old.id, first_task(&old)))
            .await
            .unwrap();
    });
}

#[test]
fn g13_a_damaged_case_harms_no_other_and_stops_no_start() {
    check(async |store, url| {
        let runtime = start(store).await;
        let damaged = runtime.submit(open_timed("tick")).await.unwrap().seen;
        let sound = runtime.submit(open_timed("tick")).await.unwrap().seen;
        runtime.shutdown().await.unwrap();
        let flip = format!(
            "UPDATE event SET facts = '[]' WHERE case_id = {}",
            damaged.id
        );
        if url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(url).await.unwrap();
            sqlx::query("DROP TRIGGER event_is_never_changed")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(flip))
                .execute(&pool)
                .await
                .unwrap();
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query("DROP TRIGGER event_is_never_changed ON event")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(flip))
                .execute(&pool)
                .await
                .unwrap();
        }
        let runtime = start(Store::open(url).await.unwrap()).await;
        runtime
            .move_clock(at("2026-11-23T10:00:00+08:00"))
            .await
            .unwrap();
        let seen = runtime.case(sound.id).await.unwrap().unwrap();
        assert_eq!(seen.case.open_tasks().count(), 1);
        let refused = runtime.case(damaged.id).await;
        assert!(matches!(refused, Err(Refused::Damaged(_))), "{refused:?}");
        let row = runtime
            .store()
            .case(damaged.id.cast_signed())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.status, "fault");
    });
}
