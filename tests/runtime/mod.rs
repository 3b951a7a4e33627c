//! The running engine from outside, on both databases: what is acknowledged is there, once, and what follows from it too.

mod beyond;
mod commands;
mod time;

use engine::case::{Actor, Command, Party, TaskNo};
use engine::library::Library;
use engine::source::Sources;
use jiff::Timestamp;
use onenet::runtime::*;
use onenet::store::*;
use serde_json::json;
use std::sync::Arc;
use std::sync::OnceLock;

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

pub fn open_timed(matter: &str) -> Request {
    let mut request = open();
    request.target = Target::New(matter.into());
    if let Command::Open { form, .. } = &mut request.command {
        *form = json!({ "months": 1 });
    }
    request
}

/// Opens a case and completes its tasks until none is left.
async fn whole(runtime: &Runtime) -> Seen {
    let mut seen = runtime.submit(open()).await.unwrap().seen;
    while let Some(task) = next_task(&seen) {
        seen = runtime.submit(complete(seen.id, task)).await.unwrap().seen;
    }
    seen
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
