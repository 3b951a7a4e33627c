//! What pages weigh and cost with 100,000 open tasks beside a million closed cases (budgets of the workbench): bytes, script, and time
//! of the server.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::case::{Actor, Command, Party, TaskNo};
use jiff::Timestamp;
use onenet::directory::hash_password;
use onenet::runtime::{Clock, Keys, Request, Runtime, Target};
use onenet::store::codec::{self, ORIGIN};
use onenet::store::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value as Json, json};
use sqlx::Connection;

use crate::bundle;
use crate::http::Server;
use crate::load::{Fresh, Kind};

/// Cases in flight, each with one open task.
const OPEN: i64 = 100_000;
const CLOSED: i64 = 1_000_000;
/// Cases that have really been opened, for the pages of one case.
const REAL: u64 = 250;
/// Rows are written so many at a time.
const BATCH: i64 = 2_000;
/// Each page is asked for so often.
const TIMES: usize = 60;
pub const FROM: &str = "2026-11-23T09:00:00+08:00";
pub const NOW: &str = "2026-11-24T16:30:00+08:00";
const PASSWORD: &str = "江边的三棵老榕树底下";
const DAY: i64 = 86_400_000;
/// The city that has most of the work, and others.
const CITIES: [&str; 8] = [
    "442000", "450400", "520300", "360700", "420600", "430400", "653100", "659003",
];
const MATTERS: [&str; 3] = [
    "pension-lump-sum",
    "pension-transfer-enterprise",
    "retirement-bundle",
];
const PEOPLE: [(&str, &str); 4] = [
    ("zs-handler", "442000/si/handler"),
    ("zs-lead", "442000/si/lead"),
    ("zs-supervisor", "442000/si/supervisor"),
    ("wz-supervisor", "450400/si/supervisor"),
];

/// Measures both databases and prints the table.
pub async fn print() {
    _ = rustls::crypto::ring::default_provider().install_default();
    println!(
        "| page | whose | bytes | script, compressed | p50 (ms) | p95 (ms) | budget |\n|---|---|---|---|---|---|---|"
    );
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let place = Fresh::new(kind).await;
        eprintln!(
            "{}: building {OPEN} open and {CLOSED} closed cases",
            kind.name()
        );
        let built = build(&place).await;
        let database = place.database.as_deref();
        let server = Server::sandbox_again(place.folder.path(), database, NOW);
        let visit = Visit::new(kind.name(), server.address()).await;
        visit.pages(&built).await;
    }
}

/// What a store was filled with that pages ask for.
pub struct Built {
    /// The tasks that can be done.
    pub tasks: Vec<String>,
    /// The link of an applicant, and his ID number.
    link: String,
    person: String,
}

/// Fills a store.
pub async fn build(place: &Fresh) -> Built {
    let keys = Keys::create(&place.folder.path().join("master.key")).unwrap();
    let store = Store::open(&place.url()).await.unwrap();
    store.reserve("case", OPEN + CLOSED + 1).await.unwrap();
    let mut chance = StdRng::seed_from_u64(5);
    for first in (1..=OPEN + CLOSED).step_by(BATCH as usize) {
        let rows = (first..first + BATCH).map(|id| Unit {
            cases: vec![case(&mut chance, id)],
            receipt: None,
        });
        let written = store.commit(rows.collect()).await.unwrap();
        assert!(written.iter().all(Result::is_ok));
    }
    store.close().await.unwrap();
    if let Some(url) = &place.database {
        // As the server does by itself within minutes of so much being written.
        let mut store = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::query("VACUUM ANALYZE")
            .execute(&mut store)
            .await
            .unwrap();
    }
    people(&place.url()).await;
    let store = Store::open(&place.url()).await.unwrap();
    let clock = Clock::sandbox(FROM.parse().unwrap());
    let runtime = Runtime::start(store, keys.clone(), bundle::library(), clock)
        .await
        .unwrap();
    let (mut tasks, mut last) = (Vec::new(), 0);
    for number in 0..REAL {
        let (case, task) = open(&runtime, number).await;
        tasks.push(format!("{case}-{}", task.0));
        last = case;
    }
    let calendar = runtime.calendars();
    runtime.shutdown().await.unwrap();
    recounted(&place.url(), calendar).await;
    Built {
        tasks,
        link: keys.link(last, 0),
        person: id_number(REAL - 1),
    }
}

/// Says that all limits go by these calendars: the made-up cases have no history by which the server could see that.
async fn recounted(url: &str, calendar: i64) {
    let store = Store::open(url).await.unwrap();
    let done = RecountRow {
        calendar,
        began: 0,
        ended: Some(1),
        upto: OPEN + CLOSED,
        cases: OPEN,
    };
    store.note_recount(done).await.unwrap();
    store.close().await.unwrap();
}

async fn people(url: &str) {
    let accounts = Accounts::open(url).await.unwrap();
    let secret = hash_password(PASSWORD).unwrap();
    let bench = ("bench", "442000/si/handler");
    for (id, post) in PEOPLE.into_iter().chain([bench]) {
        let row = AccountRow {
            id: id.to_owned(),
            name: "测速".to_owned(),
            kind: "person".to_owned(),
            secret: secret.clone(),
            posts: vec![post.to_owned()],
            lent: Vec::new(),
            state: "active".to_owned(),
            changed: 0,
        };
        assert!(accounts.add(&row).await.unwrap());
    }
    accounts.changed().unwrap();
}

/// One of several: the first in six of ten.
fn one<'a>(chance: &mut StdRng, of: &[&'a str]) -> &'a str {
    match chance.random_bool(0.6) {
        true => of[0],
        false => of[chance.random_range(0..of.len())],
    }
}

/// The rows of a case, without a history that could be read.
fn case(chance: &mut StdRng, id: i64) -> CaseWrite {
    let now: Timestamp = FROM.parse().unwrap();
    let now = now.as_millisecond();
    // Closed ones came first.
    let open = id > CLOSED;
    let (accepting, deciding) = (one(chance, &CITIES), one(chance, &CITIES));
    let matter = MATTERS[chance.random_range(0..3)];
    let level = match chance.random_range(0..100) {
        0..3 => "red",
        3..10 if open => "yellow",
        10..30 if open => "reminder",
        _ => "normal",
    };
    let due = now + chance.random_range(0..20 * DAY);
    let ended = now - chance.random_range(0..700 * DAY);
    let mut event = EventRow {
        case_id: id,
        first_seq: 1,
        seq: 1,
        at: now,
        actor: String::new(),
        facts: "[]".to_owned(),
        sealed: None,
        prev: ORIGIN,
        hash: ORIGIN,
    };
    event.hash = codec::link(&event);
    let row = CaseRow {
        id,
        number: format!("{accepting}-YCXDY-20261101-{id:05}-L"),
        matter: matter.to_owned(),
        revision: 1,
        status: if open { "in_progress" } else { "completed" }.to_owned(),
        version: 1,
        accepting: accepting.to_owned(),
        deciding: deciding.to_owned(),
        level: level.to_owned(),
        due: open.then_some(due),
        parent: None,
        key: None,
        opened: ended - 5 * DAY,
        closed: (!open).then_some(ended),
        once: None,
        since: Some(now - DAY),
    };
    let task = TaskRow {
        case_id: id,
        no: 2,
        place: 0,
        step: "records".to_owned(),
        city: deciding.to_owned(),
        department: "si".to_owned(),
        post: "handler".to_owned(),
        holder: None,
        state: "open".to_owned(),
        level: level.to_owned(),
        due: Some(due),
        opened: now - DAY,
        version: 1,
    };
    let card = CardRow {
        case_id: id,
        no: 3,
        level: level.to_owned(),
        clock: "promised".to_owned(),
        step: "records".to_owned(),
        city: deciding.to_owned(),
        department: "si".to_owned(),
        post: "handler".to_owned(),
        holder: None,
        opened: now - chance.random_range(0..3 * DAY),
        explained: None,
        pursued: None,
        closed: (!open).then_some(ended),
    };
    let carded = matches!(level, "yellow" | "red");
    CaseWrite {
        event,
        row,
        only_grew: false,
        tasks: if open { vec![task] } else { vec![] },
        closed: vec![],
        timers: vec![],
        cleared: vec![],
        outbox: vec![],
        papers: vec![],
        numbered: vec![],
        attached: vec![],
        link: None,
        certificate: None,
        cards: if carded { vec![card] } else { vec![] },
        spent: vec![],
    }
}

/// A made-up person; the last digit is the check of the others.
fn id_number(number: u64) -> String {
    let body = format!("45040019590315{number:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|b| usize::from(b - b'0'));
    let sum: usize = digits
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    format!("{body}{}", &"10X98765432"[sum % 11..=sum % 11])
}

/// A case that Zhongshan's handler has on his table.
async fn open(runtime: &Runtime, number: u64) -> (u64, TaskNo) {
    let window = Actor::Person {
        id: "wz-window".into(),
        posts: [Party {
            city: "450400".into(),
            department: "si".into(),
            post: "window".into(),
        }]
        .into(),
        stands_for: None,
        lent: Vec::new(),
    };
    let ask = |target, command| Request {
        target,
        command,
        actor: window.clone(),
        key: None,
        expect: None,
    };
    let form = json!({ "insured_city": "442000", "claim_kind": "months_short", "bank_name": "示例银行",
        "bank_account": "6222020000000000000", "delivery": "window_pickup" });
    let command = Command::Open {
        id: 0,
        number: String::new(),
        accepting_city: "450400".into(),
        channel: "window".into(),
        applicant: json!({ "name": "李四", "id_number": id_number(number), "phone": "13800000001" }),
        form,
        parent: None,
    };
    let opened = ask(Target::New("pension-lump-sum".into()), command);
    let seen = runtime.submit(opened).await.unwrap().seen;
    let check = Command::Complete {
        task: bundle::next_task(&seen).unwrap(),
        outcome: "齐全".into(),
        data: Json::Null,
        reason: None,
        back_to: None,
    };
    let answer = runtime.submit(ask(Target::Case(seen.id), check)).await;
    let seen = answer.unwrap().seen;
    (seen.id, bundle::next_task(&seen).unwrap())
}

/// People in their browsers.
pub struct Visit {
    kind: &'static str,
    address: String,
    client: Client,
    /// The cookie and the form token of each.
    known: BTreeMap<&'static str, (String, String)>,
}

/// What was seen of a page: its text, and how long each of its answers took.
pub struct Seen {
    page: String,
    took: Vec<Duration>,
}

impl Seen {
    /// The time within which so many of a hundred came, in milliseconds.
    pub fn percent(&self, of: usize) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        took[took.len() * of / 100].as_secs_f64() * 1e3
    }
}

impl Visit {
    pub async fn new(kind: &'static str, address: &str) -> Visit {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        let mut visit = Visit {
            kind,
            address: format!("http://{address}"),
            client: client.build().unwrap(),
            known: BTreeMap::new(),
        };
        for (who, _) in PEOPLE {
            let form = [("user", who), ("password", PASSWORD)];
            let sent = visit.post("/sign-in", &form).send().await.unwrap();
            let cookie = sent.headers()["set-cookie"].to_str().unwrap();
            let cookie = cookie.split(';').next().unwrap().to_owned();
            visit.known.insert(who, (cookie, String::new()));
            let page = visit.get(who, "/work").send().await.unwrap();
            let token = field(&page.text().await.unwrap(), "form_token");
            visit.known.get_mut(who).unwrap().1 = token;
        }
        visit
    }

    pub fn get(&self, who: &str, path: &str) -> RequestBuilder {
        let request = self.client.get(format!("{}{path}", self.address));
        let request = request.header("accept-encoding", "gzip");
        match self.known.get(who) {
            Some((cookie, _)) => request.header("cookie", cookie),
            None => request,
        }
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.address));
        request
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(form).unwrap())
    }

    /// Sends a form as somebody.
    fn form(&self, who: &str, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let (cookie, token) = &self.known[who];
        let form = [form, &[("form_token", token)]].concat();
        self.post(path, &form).header("cookie", cookie)
    }

    /// Every page of the budgets, a row of the table each.
    async fn pages(&self, built: &Built) {
        let Built {
            tasks,
            link,
            person,
        } = built;
        let path = format!("/tasks/{}", tasks[0]);
        let pages = [
            ("worklist", "zs-handler", "/work", 100),
            ("worklist, second tab", "zs-handler", "/work?tab=open", 100),
            ("task", "zs-handler", &path, 100),
            ("board", "zs-supervisor", "/board", 300),
            ("board", "wz-supervisor", "/board", 300),
            ("cases in flight", "zs-supervisor", "/cases?open=true", 100),
            (
                "cases ended of late",
                "zs-supervisor",
                "/cases?open=false&ended=30",
                100,
            ),
            (
                "red cases",
                "zs-supervisor",
                "/cases?open=true&level=red&sort=urgent",
                100,
            ),
            ("matrix", "zs-lead", "/network", 300),
            ("matrix", "wz-supervisor", "/network", 300),
            ("progress", "", &format!("/p/{link}"), 100),
        ];
        for (name, who, path, budget) in pages {
            let seen = self.seen(|_| self.get(who, path)).await;
            self.row(name, who, budget, seen).await;
        }
        let search = [("q", person.as_str())];
        let seen = self.seen(|_| self.form("zs-handler", "/search", &search));
        self.row("search by ID number", "zs-handler", 300, seen.await)
            .await;
        let seen = self.act(tasks).await;
        self.row("action", "zs-handler", 200, seen).await;
    }

    pub async fn seen(&self, ask: impl Fn(usize) -> RequestBuilder) -> Seen {
        let (mut page, mut took) = (String::new(), Vec::new());
        for time in 0..TIMES {
            let started = Instant::now();
            page = whole(ask(time).send().await.unwrap()).await;
            took.push(started.elapsed());
        }
        Seen { page, took }
    }

    /// One task after the other is finished by its form.
    pub async fn act(&self, tasks: &[String]) -> Seen {
        let (mut page, mut took) = (String::new(), Vec::new());
        for task in tasks.iter().take(TIMES) {
            let path = format!("/tasks/{task}");
            let before = self.get("zs-handler", &path).send().await.unwrap();
            let before = before.text().await.unwrap();
            let (version, once) = (field(&before, "version"), field(&before, "once"));
            let form = [
                ("version", version.as_str()),
                ("once", once.as_str()),
                ("/months", "96"),
                ("/balance", "28640.55"),
                ("/other_relations/-", ""),
                ("outcome", "可以办理"),
            ];
            let started = Instant::now();
            let sent = self.form("zs-handler", &path, &form).send().await.unwrap();
            let status = sent.status();
            page = whole(sent).await;
            took.push(started.elapsed());
            assert!(status.is_redirection(), "{status}: {page}");
        }
        Seen { page, took }
    }

    /// Prints what was seen of a page.
    async fn row(&self, name: &str, who: &str, budget: u32, seen: Seen) {
        let page = &seen.page;
        let mut script = 0;
        for source in page.split("<script src=\"").skip(1) {
            let path = source.split('"').next().unwrap();
            script += self
                .get("", path)
                .send()
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap()
                .len();
        }
        println!(
            "| {name} | {}, {who} | {} | {script} | {:.1} | {:.1} | {budget} |",
            self.kind,
            page.len(),
            seen.percent(50),
            seen.percent(95)
        );
    }
}

/// The text of an answer that is no failure.
async fn whole(answer: Response) -> String {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(
        status.is_success() || status.is_redirection(),
        "{status}: {text}"
    );
    text
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let found = page
        .split(&start)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    found
        .unwrap_or_else(|| panic!("no {name}: {page}"))
        .to_owned()
}
