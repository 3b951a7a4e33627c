//! The bundle in process: one start and six completions a case, each durable before its answer.
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::case::{Actor, Command, Party, TaskNo};
use engine::library::Library;
use engine::source::Sources;
use onenet::runtime::{Answer, Clock, IdempotencyKey, Keys, Request, Runtime, Seen, Target};
use onenet::store::Store;
use serde_json::{Value as Json, json};

/// The form of a start: about 1 KB.
pub fn form() -> Json {
    json!({ "employer": "中山市造船有限公司", "months": 180, "selected": "pension medical fund", "remark": "说明".repeat(140) })
}

/// The form of a completion: about 300 bytes.
pub fn work() -> Json {
    json!({ "months": 180, "finding": "经核对与档案相符".repeat(10) })
}

/// Who the cases are of.
pub fn applicant() -> Json {
    json!({ "name": "欧阳植树", "id_number": "450400195703160827" })
}

/// The shipped network with the matter of the bundle.
pub fn library() -> Arc<Library> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/matters");
    let own = onenet::authoring::files(&root).unwrap();
    let mut files = onenet::shipped::all();
    files.extend(
        own.iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    Arc::new(Library::read(&files, &mut Sources::default()))
}

/// A running engine over a store.
pub async fn start(url: &str, library: Arc<Library>) -> Runtime {
    let store = Store::open(url).await.unwrap();
    let keys = Keys::new([7; 32]);
    Runtime::start(store, keys, library, Clock::real())
        .await
        .unwrap()
}

fn clerk() -> Actor {
    let post = |department: &str| Party {
        city: "442000".into(),
        department: department.into(),
        post: "handler".into(),
    };
    Actor::Person {
        id: "bench".into(),
        posts: ["si", "mib", "hf"].map(post).into(),
        stands_for: None,
        lent: Vec::new(),
    }
}

fn request(target: Target, command: Command, key: &str) -> Request {
    let key = Some(IdempotencyKey::new("bench", key, key.as_bytes()));
    Request {
        target,
        command,
        actor: clerk(),
        key,
        expect: None,
    }
}

/// Starts a case.
pub async fn open(runtime: &Runtime, key: &str) -> Answer {
    let command = Command::Open {
        id: 0,
        number: String::new(),
        accepting_city: "442000".into(),
        channel: "window".into(),
        applicant: applicant(),
        form: form(),
        parent: None,
    };
    let target = Target::New("bench-bundle".into());
    runtime.submit(request(target, command, key)).await.unwrap()
}

/// Completes a task.
pub async fn complete(runtime: &Runtime, case: u64, task: TaskNo, key: &str) -> Answer {
    let command = Command::Complete {
        task,
        outcome: "done".into(),
        data: work(),
        reason: None,
        back_to: None,
    };
    let key = format!("{key}-{}", task.0);
    runtime
        .submit(request(Target::Case(case), command, &key))
        .await
        .unwrap()
}

/// Takes a task and gives it back, so many times; how long the first and the last tenth of that took.
pub async fn to_and_fro(
    runtime: &Runtime,
    case: u64,
    task: TaskNo,
    times: usize,
) -> (Duration, Duration) {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        for command in [Command::Claim { task }, Command::Release { task }] {
            let request = Request {
                target: Target::Case(case),
                command,
                actor: clerk(),
                key: None,
                expect: None,
            };
            runtime.submit(request).await.unwrap();
        }
        took.push(started.elapsed());
    }
    let tenth = times / 10;
    let sum = |part: &[Duration]| part.iter().sum();
    (sum(&took[..tenth]), sum(&took[times - tenth..]))
}

/// A task that is still open.
pub fn next_task(seen: &Seen) -> Option<TaskNo> {
    seen.case.open_tasks().next().map(|(no, _)| no)
}

/// So many clients run cases for so long. Operations a second.
pub async fn rate(runtime: &Runtime, clients: usize, seconds: f64) -> f64 {
    let started = Instant::now();
    let until = Duration::from_secs_f64(seconds);
    let mut working = tokio::task::JoinSet::new();
    for client in 0..clients {
        let runtime = runtime.clone();
        working.spawn(async move {
            let salt: u64 = rand::random();
            let mut count = 0_u64;
            for round in 0.. {
                let key = format!("{salt}-{client}-{round}");
                // Whoever keeps an answer makes the next command copy the case.
                let at = |seen: Seen| (seen.id, next_task(&seen));
                let mut now = at(open(&runtime, &key).await.seen);
                count += 1;
                while let (id, Some(task)) = now {
                    now = at(complete(&runtime, id, task, &key).await.seen);
                    count += 1;
                }
                if started.elapsed() >= until {
                    break;
                }
            }
            count
        });
    }
    let counts = working.join_all().await;
    counts.iter().sum::<u64>() as f64 / started.elapsed().as_secs_f64()
}
