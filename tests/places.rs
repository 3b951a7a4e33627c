//! Empty databases of both kinds for the tests: a SQLite file, and a database of a PostgreSQL server of our own.
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A PostgreSQL for this test binary; a shell beside it stops it and clears its folder when our end of the pipe closes.
fn postgres() -> u16 {
    static SERVER: OnceLock<(Child, u16)> = OnceLock::new();
    SERVER.get_or_init(start_postgres).1
}

fn start_postgres() -> (Child, u16) {
    let programs = programs();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let script = format!(
        "D=$(mktemp -d) && chown postgres $D && cd $D && as='runuser -u postgres --' && \
         $as {programs}/initdb -D $D/d -A trust -N >$D/log 2>&1 && \
         $as {programs}/pg_ctl -D $D/d -l $D/server.log -w -o \"-p {port} -k $D -c listen_addresses=127.0.0.1 -c fsync=on -c max_connections=300\" start >>$D/log 2>&1 \
         && echo ready || cat $D/log; read _; $as {programs}/pg_ctl -D $D/d -m immediate stop >/dev/null 2>&1; cd /; rm -rf $D"
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "ready\n", "PostgreSQL did not start");
    (child, port)
}

/// An empty database of each kind.
#[derive(Clone)]
pub struct Place {
    pub url: String,
    _folder: std::sync::Arc<tempfile::TempDir>,
}

impl Place {
    /// An empty SQLite file.
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Place {
            url: format!("sqlite:{}", folder.path().join("store.db").display()),
            _folder: folder.into(),
        }
    }
}

pub async fn places() -> [Place; 2] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let base = format!("postgres://postgres@127.0.0.1:{}", postgres());
    let admin = sqlx::PgPool::connect(&format!("{base}/postgres"))
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&admin)
        .await
        .unwrap();
    [
        Place::file(),
        Place {
            url: format!("{base}/{name}"),
            _folder: tempfile::tempdir().unwrap().into(),
        },
    ]
}

pub fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

/// Where the programs of the newest PostgreSQL lie.
fn programs() -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let found = versions.flatten().map(|version| version.path().join("bin"));
    let newest = found.filter(|bin| bin.join("initdb").exists()).max();
    newest
        .expect("PostgreSQL is missing: install it with `apt-get install postgresql`")
        .display()
        .to_string()
}
