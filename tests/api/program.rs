//! The program itself: a server in a process of its own, accounts made beside it, and its end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Runs a command to its end.
pub fn onenet(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut child = command(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses beforehand does not read its input.
    _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onenet"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("ONENET_DATA", folder.join("data"));
    command
}

/// A running command, whose output can be read.
pub fn start(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A running server and its address.
pub fn serve(folder: &Path) -> (Child, String) {
    let mut child = start(folder, &["serve", "--listen", "127.0.0.1:0"]);
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().to_owned())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A post of another city is lent by two administrators and taken back by one.
fn lends_and_takes_back(folder: &Path, me: &dyn Fn() -> String) {
    for user in ["qin", "mei"] {
        let post = "中山/si/security-admin";
        let add = ["user", "add", user, "--name", "管理", "--post", post];
        let added = onenet(folder, &add, "江边的三棵老榕树底下\n");
        assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    }
    let today = jiff::Zoned::now().date();
    let tomorrow = today.tomorrow().unwrap().to_string();
    let today = today.yesterday().unwrap().to_string();
    let lend = |matter: &str, by: &str, agreed_by: &str| {
        let post = "梧州/si/reviewer";
        let days = ["--from", &today, "--until", &tomorrow];
        let whom = ["--reason", "积压", "--by", by, "--agreed-by", agreed_by];
        let what = ["user", "lend", "lan", "--post", post, "--matter", matter];
        let all = [&what[..], &days, &whom].concat();
        onenet(folder, &all, "").status.code()
    };
    let matter = "pension-transfer-enterprise";
    assert_eq!(lend(matter, "qin", "qin"), Some(5), "one person is not two");
    assert_eq!(lend(matter, "lan", "qin"), Some(5), "no administrator");
    assert_eq!(lend("no-such-matter", "qin", "mei"), Some(2));
    assert_eq!(lend(matter, "qin", "mei"), Some(0));
    assert!(me().contains("450400/si/reviewer"), "{}", me());
    let back = [
        "user",
        "take-back",
        "lan",
        "--post",
        "梧州/si/reviewer",
        "--by",
        "mei",
    ];
    assert_eq!(onenet(folder, &back, "").status.code(), Some(0));
    assert!(!me().contains("450400/si/reviewer"), "{}", me());
    assert_eq!(onenet(folder, &back, "").status.code(), Some(5));
}

/// G15, G16, G51, G88: accounts are made beside a running server, a second server is refused, and SIGTERM ends it in order.
#[test]
fn accounts_are_made_beside_a_server_that_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (mut server, address) = serve(folder);
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");

    let add = [
        "user",
        "add",
        "lan",
        "--name",
        "兰",
        "--post",
        "中山/si/handler",
    ];
    let short = onenet(folder, &add, "短\n");
    assert_eq!(short.status.code(), Some(2), "{}", text(&short.stderr));
    let added = onenet(folder, &add, "江边的三棵老榕树底下\n");
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    let again = onenet(folder, &add, "江边的三棵老榕树底下\n");
    assert_eq!(again.status.code(), Some(5), "{}", text(&again.stderr));
    let list = onenet(folder, &["user", "list"], "");
    assert_eq!(text(&list.stdout), "lan\t兰\tactive\t442000/si/handler\n");
    let wrong = onenet(
        folder,
        &[
            "user",
            "add",
            "x",
            "--name",
            "x",
            "--post",
            "中山/si/handlr",
        ],
        "",
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        text(&wrong.stderr).contains("handler"),
        "{}",
        text(&wrong.stderr)
    );
    let alien = onenet(
        folder,
        &[
            "token",
            "create",
            "--user",
            "lan",
            "--post",
            "梧州/si/window",
        ],
        "",
    );
    assert_eq!(alien.status.code(), Some(5));
    let token = onenet(folder, &["token", "create", "--user", "lan"], "");
    let token = text(&token.stdout).trim();

    let curl = |token: &str| {
        let head = format!("authorization: Bearer {token}");
        let url = format!("{address}/api/v1/me");
        let out = Command::new("curl")
            .args(["-s", "-H", &head, &url])
            .output()
            .unwrap();
        text(&out.stdout).to_owned()
    };
    assert!(
        curl(token).contains("\"posts\":[\"442000/si/handler\"]"),
        "{}",
        curl(token)
    );
    let more = ["user", "posts", "lan", "--add", "中山/si/reviewer"];
    let more = onenet(folder, &more, "");
    assert_eq!(text(&more.stdout), "442000/si/handler 442000/si/reviewer\n");
    assert!(
        curl(token).contains("442000/si/reviewer"),
        "{}",
        curl(token)
    );
    let alien = ["user", "posts", "lan", "--remove", "梧州/si/window"];
    assert_eq!(onenet(folder, &alien, "").status.code(), Some(5));
    let less = ["user", "posts", "lan", "--remove", "中山/si/reviewer"];
    assert_eq!(onenet(folder, &less, "").status.code(), Some(0));
    lends_and_takes_back(folder, &|| curl(token));
    let disabled = onenet(folder, &["user", "disable", "lan"], "");
    assert_eq!(disabled.status.code(), Some(0));
    assert!(curl(token).contains("sign-in-required"), "{}", curl(token));

    let second = onenet(folder, &["serve", "--listen", "127.0.0.1:0"], "");
    assert_eq!(second.status.code(), Some(3));
    assert!(
        text(&second.stderr).contains(&server.id().to_string()),
        "{}",
        text(&second.stderr)
    );
    let other = tempfile::tempdir().unwrap();
    let port = address.trim_start_matches("http://");
    let taken = onenet(other.path(), &["serve", "--listen", port], "");
    assert_eq!(taken.status.code(), Some(3), "{}", text(&taken.stderr));
    let open = onenet(other.path(), &["serve", "--listen", "0.0.0.0:0"], "");
    assert_eq!(
        open.status.code(),
        Some(2),
        "plain text to the world needs a flag"
    );
    let doctor = onenet(folder, &["doctor"], "");
    assert_eq!(doctor.status.code(), Some(0), "{}", text(&doctor.stderr));

    let stopped = Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    let (mut server, _) = serve(folder);
    server.kill().unwrap();
    server.wait().unwrap();
}

/// The key is made once, for its owner alone; without the right one the server does not start.
#[cfg(unix)]
#[test]
fn g062_the_master_key_is_made_once_and_guarded() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (mut server, _) = serve(folder);
    server.kill().unwrap();
    server.wait().unwrap();
    let key = folder.join("data/master.key");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&key, "short").unwrap();
    let refused = onenet(folder, &["serve", "--listen", "127.0.0.1:0"], "");
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused.stderr));
}
