//! A deployment in a process of its own: its people, its clock, and its end by force.

use jiff::{SignedDuration, Timestamp};
use onenet::directory::{Directory, TOKEN_LIFE, hash_password};
use onenet::store::{AccountRow, Accounts, Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PASSWORD: &str = "江边的三棵老榕树底下";

/// A deployment.
pub struct Town {
    pub port: u16,
    pub folder: tempfile::TempDir,
    url: String,
    now: Timestamp,
    child: Option<Child>,
    tokens: BTreeMap<String, String>,
    client: reqwest::Client,
}

impl Town {
    /// A deployment over an empty store, with these people, before its first start.
    pub async fn new(url: Option<&str>, now: &str, people: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let file = format!("sqlite:{}", folder.path().join("data/onenet.db").display());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut town = Town {
            port: listener.local_addr().unwrap().port(),
            url: url.map_or(file, str::to_owned),
            now: now.parse().unwrap(),
            folder,
            child: None,
            tokens: BTreeMap::new(),
            // A connection kept would be one to a server that was killed.
            client: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        };
        let store = Store::open(&town.url).await.unwrap();
        store.close().await.unwrap();
        let accounts = Accounts::open(&town.url).await.unwrap();
        let directory = Directory::new(accounts, onenet::shipped::network());
        for (id, post) in people {
            let row = AccountRow {
                id: (*id).to_owned(),
                name: (*id).to_owned(),
                kind: "person".to_owned(),
                secret: hash_password(PASSWORD).unwrap(),
                posts: vec![(*post).to_owned()],
                lent: Vec::new(),
                state: "active".to_owned(),
                changed: 0,
            };
            assert!(directory.accounts().add(&row).await.unwrap());
            let token = directory.issue_token(&row, vec![], Timestamp::now(), TOKEN_LIFE);
            let token = token.await.unwrap().text().to_owned();
            town.tokens.insert((*id).to_owned(), token);
        }
        town
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onenet"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("ONENET_DATA", self.folder.path().join("data"));
        if self.url.starts_with("postgres") {
            command.env("ONENET_DATABASE_URL", &self.url);
        }
        command
    }

    /// Runs a command beside the server, with the password of whoever acts.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that asks nothing does not read it.
        _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
        child.wait_with_output().unwrap()
    }

    /// What a command prints that succeeds.
    pub fn told(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        assert!(
            out.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// Starts the server at the time its clock has come to.
    pub fn start(&mut self) {
        let (listen, now) = (format!("127.0.0.1:{}", self.port), self.now.to_string());
        let mut command = self.command(&["serve", "--listen", &listen, "--sandbox-clock", &now]);
        let mut log = std::fs::File::options();
        let log = log
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"));
        command.stdout(Stdio::piped()).stderr(log.unwrap());
        command.env("ONENET_STOPS", self.folder.path());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("http://"), "{line}: {}", self.log());
        self.child = Some(child);
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// kill −9.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Moves the clock; of a deployment that is down, the clock it will start with.
    pub async fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        if time.is_zero() && self.child.is_some() {
            // It is only asked whether it is there.
            self.get("", "/healthz").await;
        } else if self.child.is_some() {
            let advance = json!({ "advance": format!("{}m", time.as_mins()) });
            let now = self.post("", "/api/v1/sandbox/clock", &advance).await;
            self.now = now["now"].as_str().unwrap().parse().unwrap();
        }
    }

    pub async fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = self.client.request(method.parse().unwrap(), url);
        if !who.is_empty() {
            request = request.bearer_auth(&self.tokens[who]);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(who, "POST", path, Some(body)).await;
        assert!(
            (200..300).contains(&status),
            "{path}: {status} {answer}\n{}",
            self.log()
        );
        answer
    }

    pub async fn get(&self, who: &str, path: &str) -> Value {
        let (status, answer) = self.send(who, "GET", path, None).await;
        assert_eq!(status, 200, "{path}: {answer}\n{}", self.log());
        answer
    }

    /// The open task of a case at a step.
    pub async fn task(&self, who: &str, case: &str, step: &str) -> String {
        let view = self.get(who, &format!("/api/v1/cases/{case}")).await;
        let tasks = view["tasks"].as_array().unwrap();
        let at = |t: &&Value| t["step"].as_str().unwrap().ends_with(step) && t["state"] == "open";
        let found = tasks.iter().rev().find(at);
        let found = found.unwrap_or_else(|| panic!("no open {step}: {view}"));
        found["id"].as_str().unwrap().to_owned()
    }

    pub async fn complete(&self, who: &str, case: &str, step: &str, outcome: &str, data: Value) {
        let task = self.task(who, case, step).await;
        let body = json!({ "outcome": outcome, "data": data });
        self.post(who, &format!("/api/v1/tasks/{task}/complete"), &body)
            .await;
    }

    /// The letter of a case that travels, as its address has it.
    pub async fn letter(&self, who: &str, case: &str) -> String {
        let history = self
            .get(who, &format!("/api/v1/cases/{case}/history"))
            .await;
        let mut events = history.as_array().unwrap().iter().rev();
        let sent = events.find(|e| e["type"] == "handoff_sent").unwrap();
        format!("{case}-{}", sent["data"]["handoff"])
    }

    /// From now on an envelope stands still at a place between two durable states, once.
    pub fn stop_at(&self, place: &str) {
        std::fs::write(self.folder.path().join(place), "").unwrap();
    }

    /// Whether one has come there.
    pub fn stands_at(&self, place: &str) -> bool {
        let reached = format!("{place}.reached");
        std::fs::remove_file(self.folder.path().join(reached)).is_ok()
    }

    /// The file that proves a letter.
    pub async fn file(&self, who: &str, letter: &str, name: &str) -> std::path::PathBuf {
        let bundle = self
            .get(who, &format!("/api/v1/handoffs/{letter}/receipt"))
            .await;
        let file = self.folder.path().join(name);
        std::fs::write(&file, bundle.to_string()).unwrap();
        file
    }

    pub fn verify(&self, file: &Path) -> Output {
        self.run(&["receipt", "verify", file.to_str().unwrap()])
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}
