//! The bundle over HTTP: the real program as a process of its own, and clients that cost as little as they can.
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::bundle;

const PROGRAM: &str = env!("CARGO_BIN_EXE_onenet");

/// A server with an account that may do the bundle.
pub struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Server {
    /// Makes the account, and starts the program over a folder, or over a PostgreSQL database.
    pub fn start(folder: &Path, database: Option<&str>) -> Server {
        let posts = [
            "442000/si/handler",
            "442000/mib/handler",
            "442000/hf/handler",
        ];
        let mut add = command(
            &["user", "add", "bench", "--name", "测速"],
            folder,
            database,
        )
        .args(posts.iter().flat_map(|post| ["--post", *post]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
        writeln!(add.stdin.take().unwrap(), "一个足够长的口令 7Q").unwrap();
        assert!(add.wait().unwrap().success());
        Server::again(folder, database)
    }

    /// Starts the program once more over a store that has the account.
    pub fn again(folder: &Path, database: Option<&str>) -> Server {
        Server::serve(folder, database, &[])
    }

    /// The same with the sandbox clock, from an instant.
    pub fn sandbox(folder: &Path, database: Option<&str>, from: &str) -> Server {
        drop(Server::start(folder, database));
        Server::sandbox_again(folder, database, from)
    }

    /// Starts the program once more, with the sandbox clock.
    pub fn sandbox_again(folder: &Path, database: Option<&str>, from: &str) -> Server {
        Server::sandbox_with(folder, database, from, &[])
    }

    /// The same with more flags.
    pub fn sandbox_with(
        folder: &Path,
        database: Option<&str>,
        from: &str,
        more: &[&str],
    ) -> Server {
        let flags = [&["--sandbox-clock", from], more].concat();
        Server::serve(folder, database, &flags)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn serve(folder: &Path, database: Option<&str>, more: &[&str]) -> Server {
        let token = ["token", "create", "--user", "bench"];
        let token = command(&token, folder, database).output().unwrap();
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        let matters = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/matters");
        let mut child = command(&["serve", "--listen", "127.0.0.1:0"], folder, database)
            .arg("--workflows")
            .arg(&matters)
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = std::io::BufReader::new(child.stdout.as_mut().unwrap());
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let address = line.trim().rsplit("//").next().unwrap_or_default();
        Server {
            address: address.trim_end_matches('/').to_owned(),
            child,
            token,
        }
    }

    /// So many clients run cases for so long: operations a second, and the time of each, sorted.
    pub async fn rate(&self, clients: usize, seconds: f64) -> (f64, Vec<Duration>) {
        let started = Instant::now();
        let mut working = tokio::task::JoinSet::new();
        for client in 0..clients {
            let mut connection = Client::connect(&self.address, &self.token).await;
            working.spawn(async move {
                let salt: u64 = rand::random();
                let mut times = Vec::new();
                for round in 0.. {
                    connection
                        .case(&format!("{salt}-{client}-{round}"), &mut times)
                        .await;
                    if started.elapsed().as_secs_f64() >= seconds {
                        break;
                    }
                }
                times
            });
        }
        let mut times = working.join_all().await.concat();
        let rate = times.len() as f64 / started.elapsed().as_secs_f64();
        times.sort_unstable();
        (rate, times)
    }

    /// Opens so many cases from so many clients.
    pub async fn open(&self, clients: usize, cases: usize, body: &Json) {
        let mut working = tokio::task::JoinSet::new();
        for client in 0..clients {
            let mut connection = Client::connect(&self.address, &self.token).await;
            let body = body.to_string();
            working.spawn(async move {
                for case in (client..cases).step_by(clients) {
                    let key = format!("open-{case}");
                    connection
                        .post("/api/v1/cases", &key, &body, &mut Vec::new())
                        .await;
                }
            });
        }
        working.join_all().await;
    }

    /// Hands in one request.
    pub async fn post(&self, path: &str, body: &Json) -> Json {
        let mut connection = Client::connect(&self.address, &self.token).await;
        let key = rand::random::<u64>().to_string();
        let body = body.to_string();
        connection.post(path, &key, &body, &mut Vec::new()).await
    }

    /// Reads a page so many times: how long each took, sorted.
    pub async fn pages(&self, path: &str, count: usize) -> Vec<Duration> {
        let mut connection = Client::connect(&self.address, &self.token).await;
        let mut times = Vec::new();
        for _ in 0..count {
            connection.get(path, &mut times).await;
        }
        times.sort_unstable();
        times
    }

    /// Reads a page again and again until told to stop.
    pub fn pages_until_told(&self, path: &'static str) -> Reading {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, address, token) = (stop.clone(), self.address.clone(), self.token.clone());
        let task = tokio::spawn(async move {
            let mut connection = Client::connect(&address, &token).await;
            let mut times = Vec::new();
            while times.is_empty() || !told.load(Ordering::Relaxed) {
                connection.get(path, &mut times).await;
            }
            times
        });
        Reading { stop, task }
    }

    /// Memory the program has resident, MB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        kilobytes.unwrap().parse::<f64>().unwrap() / 1000.0
    }
}

/// Pages that are being read.
pub struct Reading {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<Duration>>,
}

impl Reading {
    /// Reads no more: how long each took, sorted.
    pub async fn stop(self) -> Vec<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        let mut times = self.task.await.unwrap();
        times.sort_unstable();
        times
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(words: &[&str], folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(words).arg("--data").arg(folder);
    if let Some(url) = database {
        command.args(["--database-url", url]);
    }
    command
}

/// One connection that is kept open.
struct Client {
    stream: BufReader<TcpStream>,
    head: String,
    start: String,
    work: String,
}

impl Client {
    async fn connect(address: &str, token: &str) -> Client {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let start = json!({ "matter": "bench-bundle", "accepting_city": "442000", "channel": "window",
            "applicant": bundle::applicant(), "form": bundle::form() });
        let work = json!({ "outcome": "done", "data": bundle::work() });
        Client {
            stream: BufReader::new(stream),
            head: format!(
                "Host: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            ),
            start: start.to_string(),
            work: work.to_string(),
        }
    }

    /// Runs one case; notes how long each operation took.
    async fn case(&mut self, key: &str, times: &mut Vec<Duration>) {
        let start = self.start.clone();
        let mut answer = self.post("/api/v1/cases", key, &start, times).await;
        let work = self.work.clone();
        while let Some(task) = answer["tasks"][0]["id"].as_str() {
            let path = format!("/api/v1/tasks/{task}/complete");
            answer = self
                .post(&path, &format!("{key}-{task}"), &work, times)
                .await;
        }
    }

    async fn get(&mut self, path: &str, times: &mut Vec<Duration>) -> Json {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.head);
        self.ask(&request, times).await
    }

    async fn post(&mut self, path: &str, key: &str, body: &str, times: &mut Vec<Duration>) -> Json {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.ask(&request, times).await
    }

    async fn ask(&mut self, request: &str, times: &mut Vec<Duration>) -> Json {
        let started = Instant::now();
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .await
            .unwrap();
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).await.unwrap();
            if status.is_empty() {
                status.clone_from(&line);
            }
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap()
                }
                None if line == "\r\n" => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        times.push(started.elapsed());
        assert!(
            status.contains(" 20"),
            "{status}{}",
            String::from_utf8_lossy(&body)
        );
        serde_json::from_slice(&body).unwrap()
    }
}
