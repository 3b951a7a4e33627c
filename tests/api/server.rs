//! A server for one test, its people, and short ways to call it.

use crate::places::Place;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use onenet::directory::{Demand, Directory, TOKEN_LIFE, hash_password};
use onenet::runtime::{Clock, Keys, Reach, Runtime};
use onenet::store::{AccountRow, Accounts, Store};
use onenet::web::{self, App, Proxies};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The Monday on which all stories begin.
pub const MONDAY: &str = "2026-11-23T09:00:00+08:00";
/// A made-up person: 450400 is Wuzhou, the check digit is right.
pub const ID_NUMBER: &str = "450400195903150017";
/// Two more of them.
pub const OTHERS: [&str; 2] = ["450400195903150025", "450400195903150033"];
pub const PHONE: &str = "13800000001";
pub const ACCOUNT: &str = "6222020000000000000";

/// A running server over an empty database. It ends with the test.
pub struct Server {
    pub address: String,
    pub app: Arc<App>,
    pub place: Place,
    client: reqwest::Client,
    tokens: BTreeMap<String, String>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Its JSON, if it has this status.
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// The problem it is, if it has this status and code.
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        body
    }
}

fn library() -> Arc<engine::library::Library> {
    static LIBRARY: OnceLock<Arc<engine::library::Library>> = OnceLock::new();
    let read = || Arc::new(onenet::shipped::library(&mut Default::default()));
    LIBRARY.get_or_init(read).clone()
}

/// Serves on a port of its own; answers where.
async fn listening(app: &Arc<App>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(web::serve(app.clone(), listener, std::future::pending()));
    address
}

/// The token of the forms of a sign-in.
pub fn form_token(id: &str) -> String {
    let root = Sha256::digest(id);
    let hash = Sha256::new().chain_update("form:").chain_update(root);
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Everybody's password.
pub const PASSWORD: &str = "江边的三棵老榕树底下";

/// As it is kept.
pub fn secret() -> &'static str {
    static SECRET: OnceLock<String> = OnceLock::new();
    SECRET.get_or_init(|| hash_password(PASSWORD).unwrap())
}

/// People by id, with the one post each holds.
const PEOPLE: [(&str, &str, &str); 8] = [
    ("wz-window", "郭明", "450400/si/window"),
    ("zs-handler", "李勇艳", "442000/si/handler"),
    ("zs-handler-2", "孙平", "442000/si/handler"),
    ("zs-reviewer", "张兰超", "442000/si/reviewer"),
    ("zs-finance", "陈宁红", "442000/si/finance"),
    ("ks-handler", "阿里木", "653100/si/handler"),
    ("author", "周文", "442000/hrss/policy"),
    ("editor", "吴静", "442000/hrss/policy"),
];

impl Server {
    /// A server in the sandbox, on Monday morning.
    pub async fn sandbox(place: Place) -> Self {
        Self::start(place, Clock::sandbox(MONDAY.parse().unwrap())).await
    }

    /// A server with a clock.
    pub async fn start(place: Place, clock: Clock) -> Self {
        Self::reaching(place, clock, Reach::default()).await
    }

    /// A server with a clock and with addresses of posts.
    pub async fn reaching(place: Place, clock: Clock, reach: Reach) -> Self {
        Self::offering(place, clock, reach, library()).await
    }

    /// A server with matters of its own.
    pub async fn offering(
        place: Place,
        clock: Clock,
        reach: Reach,
        library: Arc<engine::library::Library>,
    ) -> Self {
        let door = (Demand::Chosen, Proxies::default());
        Self::whole(place, clock, reach, library, door, Clock::real()).await
    }

    /// A server in the sandbox whose sign-ins and rates live by the sandbox clock too, which [`Runtime::move_clock`] moves.
    pub async fn by_one_clock(place: Place) -> Self {
        Self::behind(&[], place).await
    }

    /// The same behind proxies.
    pub async fn behind(proxies: &[&str], place: Place) -> Self {
        let clock = Clock::sandbox(MONDAY.parse().unwrap());
        let wall = clock.clone();
        let reach = Reach::default();
        let proxies: Vec<String> = proxies.iter().map(|p| (*p).to_owned()).collect();
        let door = (Demand::Chosen, Proxies::read(&proxies).unwrap());
        Self::whole(place, clock, reach, library(), door, wall).await
    }

    /// A server in the sandbox that demands second factors.
    pub async fn demanding(place: Place, demand: Demand) -> Self {
        let clock = Clock::sandbox(MONDAY.parse().unwrap());
        Self::whole(
            place,
            clock,
            Reach::default(),
            library(),
            (demand, Proxies::default()),
            Clock::real(),
        )
        .await
    }

    async fn whole(
        place: Place,
        clock: Clock,
        reach: Reach,
        library: Arc<engine::library::Library>,
        (demand, proxies): (Demand, Proxies),
        wall: Clock,
    ) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let store = Store::open(&place.url).await.unwrap();
        let keys = Keys::random();
        let runtime = Runtime::reaching(store, keys.clone(), library.clone(), clock, reach);
        let runtime = runtime.await.unwrap();
        let accounts = Accounts::open(&place.url).await.unwrap();
        let directory = Directory::new(accounts, library.network.clone()).demanding(demand);
        let mut app = App::behind(proxies, runtime, directory, keys);
        Arc::get_mut(&mut app).unwrap().wall = wall;
        let mut server = Self {
            address: listening(&app).await,
            app,
            place,
            client: reqwest::Client::new(),
            tokens: BTreeMap::new(),
        };
        for (id, name, post) in PEOPLE {
            server.add(id, name, "person", secret(), &[post]).await;
        }
        server
            .add("gj-platform", "国家平台", "system", "", &[])
            .await;
        server
    }

    /// Another node on the same database, for the same people.
    pub async fn beside(&self) -> Self {
        let store = Store::open(&self.place.url).await.unwrap();
        let (keys, clock) = (self.app.keys.clone(), self.app.runtime.clock().clone());
        let runtime = Runtime::start(store, keys.clone(), library(), clock);
        let accounts = Accounts::open(&self.place.url).await.unwrap();
        let directory = Directory::new(accounts, library().network.clone());
        let app = App::new(runtime.await.unwrap(), directory, keys);
        Self {
            address: listening(&app).await,
            app,
            place: self.place.clone(),
            client: self.client.clone(),
            tokens: self.tokens.clone(),
        }
    }

    /// Adds an account and keeps a token of it.
    pub async fn add(&mut self, id: &str, name: &str, kind: &str, secret: &str, posts: &[&str]) {
        let row = AccountRow {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            secret: secret.to_owned(),
            posts: posts.iter().map(|p| (*p).to_owned()).collect(),
            lent: Vec::new(),
            state: "active".to_owned(),
            changed: 0,
        };
        let directory = &self.app.directory;
        assert!(directory.accounts().add(&row).await.unwrap());
        directory.accounts().changed().unwrap();
        let token = directory.issue_token(&row, vec![], Timestamp::now(), TOKEN_LIFE);
        let token = token.await.unwrap().text().to_owned();
        self.tokens.insert(id.to_owned(), token);
    }

    /// The token of a person.
    pub fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// A request as somebody (empty: as nobody), with whatever headers.
    pub async fn call(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let json = ("content-type", "application/json");
        let told = body.is_none() || headers.iter().any(|(name, _)| *name == "content-type");
        let headers = [headers, &[json][usize::from(told)..]].concat();
        let body = body.map(|body| body.as_bytes().to_vec());
        self.send(who, method, path, &headers, body).await
    }

    /// A request with a body of whatever kind.
    pub async fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.address));
        if !who.is_empty() {
            request = request.bearer_auth(self.token(who));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap().to_vec();
        Answer {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, "GET", path, &[], None).await
    }

    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.call(who, "POST", path, &[], Some(&body.to_string()))
            .await
    }

    /// Opens a lump-sum case in Wuzhou that Zhongshan decides.
    pub async fn open(&self) -> Value {
        self.post("wz-window", "/api/v1/cases", &application())
            .await
            .with(201)
    }

    /// Completes the case's one open task of a step.
    pub async fn complete(
        &self,
        who: &str,
        case: &Value,
        step: &str,
        outcome: &str,
        data: Value,
    ) -> Value {
        let id = task(case, step);
        let body = json!({ "outcome": outcome, "data": data });
        let path = format!("/api/v1/tasks/{id}/complete");
        self.post(who, &path, &body).await.with(200)
    }

    /// A second person agrees to what was proposed last.
    pub async fn agree(&self, who: &str, case: &Value) -> Value {
        let tasks = case["tasks"].as_array().unwrap();
        let id = tasks.last().unwrap()["id"].as_str().unwrap();
        let path = format!("/api/v1/tasks/{id}/complete");
        let body = json!({ "outcome": "agreed" });
        self.post(who, &path, &body).await.with(200)
    }

    /// A retirement in Zhongshan whose departments all have their part of it; as it was opened.
    pub async fn retirement(&mut self) -> Value {
        let window = ["442000/si/window"];
        self.add("zs-window", "周敏", "person", secret(), &window)
            .await;
        let body = json!({
            "matter": "retirement-bundle", "accepting_city": "442000", "channel": "window",
            "applicant": { "name": "赵六", "id_number": "450400196605100016", "phone": PHONE },
            "form": {
                "insured_city": "442000", "retirement_kind": "normal", "chosen_month": "2026-10", "bank_name": "示例银行",
                "bank_account": ACCOUNT, "medical_city": "442000", "continue_choice": "none_now",
                "funds": [{ "city": "442000", "close_account": true }], "selected": { "medical": true, "fund": true },
            },
        });
        let opened = self.post("zs-window", "/api/v1/cases", &body).await;
        let opened = opened.with(201);
        let case = self
            .complete("zs-window", &opened, "intake.check", "齐全", json!({}))
            .await;
        let gate = json!({ "drawing": false, "paying_city": "442000", "other_relations": false });
        self.complete("zs-handler", &case, "gate", "未在领取", gate)
            .await;
        opened
    }

    /// A case that Zhongshan's handler has on his table.
    pub async fn at_handler(&self) -> Value {
        self.of_at_handler(ID_NUMBER).await
    }

    /// The same of a person with this ID number.
    pub async fn of_at_handler(&self, id_number: &str) -> Value {
        let mut application = application();
        application["applicant"]["id_number"] = json!(id_number);
        let opened = self.post("wz-window", "/api/v1/cases", &application);
        let case = opened.await.with(201);
        self.complete("wz-window", &case, "intake.check", "齐全", json!({}))
            .await
    }

    /// A case that waits for Zhongshan's reviewer.
    pub async fn at_reviewer(&self) -> Value {
        let case = self.at_handler().await;
        self.complete_to_reviewer(&case).await
    }

    /// A case of the handler's, brought on to the reviewer.
    pub async fn complete_to_reviewer(&self, case: &Value) -> Value {
        let case = self
            .complete("zs-handler", case, "records", "可以办理", records())
            .await;
        let case = self
            .complete("wz-window", &case, "inform", "delivered", json!({}))
            .await;
        let data = json!({ "method": "paper", "understood": true });
        self.complete("wz-window", &case, "confirm", "确认", data)
            .await
    }
}

/// An application for the lump sum.
pub fn application() -> Value {
    json!({
        "matter": "pension-lump-sum",
        "accepting_city": "450400",
        "channel": "window",
        "applicant": { "name": "李四", "id_number": ID_NUMBER, "phone": PHONE },
        "form": {
            "insured_city": "442000", "claim_kind": "months_short", "bank_name": "示例银行",
            "bank_account": ACCOUNT, "delivery": "window_pickup",
        },
    })
}

/// What the handler finds.
pub fn records() -> Value {
    json!({ "months": 96, "balance": "28640.55", "other_relations": [] })
}

/// The id of a case's open task of a step.
pub fn task(case: &Value, step: &str) -> String {
    let tasks = case["tasks"].as_array().unwrap();
    let found = tasks.iter().find(|t| t["step"] == step);
    let found = found.unwrap_or_else(|| panic!("no open {step}: {case}"));
    found["id"].as_str().unwrap().to_owned()
}
