//! Tries beside a server that is not there: one message to oneself, one question to a system, and what is known of each.

use super::mail_server::{MailServer, Mood};
use super::program::onenet;
use super::webhooks::Sink;
use crate::places::run;
use onenet::runtime::Keys;
use onenet::store::{Accounts, Store, SystemRow};
use onenet::system::{Pair, Terms};
use std::path::Path;
use std::process::Output;

/// Runs a command while the sinks of the test answer.
async fn beside(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let (folder, arguments) = (
        folder.to_owned(),
        arguments
            .iter()
            .map(|a| (*a).to_owned())
            .collect::<Vec<_>>(),
    );
    let ran = tokio::task::spawn_blocking(move || -> Output {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        onenet(&folder, &arguments, "")
    });
    let out = ran.await.unwrap();
    let all = [out.stdout, out.stderr].concat();
    (out.status.code(), String::from_utf8(all).unwrap())
}

/// `onenet doctor` sends one real mail; a gateway that nobody has listed is not called, and that is said.
#[test]
fn doctor_tries_mail_and_short_messages() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (mut mail, mut gateway) =
            (MailServer::start(Mood::Takes).await, Sink::start(202).await);
        let settings = format!(
            "smtp_url: {}\nmail_from: one@example.org\nsms_url: {}\n",
            mail.url, gateway.url
        );
        std::fs::write(folder.join("onenet.yaml"), settings).unwrap();
        let (code, told) = beside(folder, &["doctor", "--try-mail", "me@example.org"]).await;
        assert_eq!(code, Some(0), "{told}");
        let letter = mail.mail().await;
        assert!(letter.contains("To: me@example.org"), "{letter}");
        let (code, told) = beside(folder, &["doctor", "--try-sms", "13900000001"]).await;
        assert_eq!(code, Some(3), "{told}");
        assert!(
            gateway.heard().is_none(),
            "G37: only what two persons listed"
        );
        mail.stop().await;
        let (code, told) = beside(folder, &["doctor", "--try-mail", "me@example.org"]).await;
        assert_eq!(code, Some(3), "nobody listens: {told}");
    });
}

/// `onenet systems` lists each system with its state and outage, and tries none that two persons have not listed.
#[test]
fn systems_are_listed_with_their_outages_and_tried() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let data = folder.join("data");
        std::fs::create_dir_all(&data).unwrap();
        let keys = Keys::create(&data.join("master.key")).unwrap();
        let url = format!("sqlite:{}", data.join("onenet.db").display());
        let mut sink = Sink::start(200).await;
        let store = Store::open(&url).await.unwrap();
        store
            .begin_outage("call:archive", 0, "timeout")
            .await
            .unwrap();
        store.close().await.unwrap();
        let accounts = Accounts::open(&url).await.unwrap();
        for (name, url) in [("archive", Some(sink.url.clone())), ("bank", None)] {
            let sends = ["fund-arrived".to_owned()].into();
            let terms = serde_json::to_string(&Terms { url, sends }).unwrap();
            let row = SystemRow {
                name: name.to_owned(),
                in_force: (name == "archive").then(|| terms.clone()),
                wished: (name == "bank").then_some(terms),
                wished_by: (name == "bank").then(|| "an".to_owned()),
                sealed: Pair::fresh().seal(name, &keys).unwrap(),
                on: true,
                changed: 0,
            };
            assert!(accounts.add_system(&row).await.unwrap());
        }
        let (code, told) = beside(folder, &["systems", "list"]).await;
        assert_eq!(code, Some(0), "{told}");
        let lines: Vec<&str> = told.lines().collect();
        let down = "1970-01-01T00:00:00Z timeout";
        let archive = format!("archive\ton\t{}\tfund-arrived\t{down}\t0\t0", sink.url);
        assert_eq!(lines, [archive.as_str(), "bank\tproposed\t\t\t\t0\t0"]);
        let (code, told) = beside(folder, &["systems", "try", "archive"]).await;
        assert_eq!(code, Some(5), "{told}");
        assert!(told.contains("127.0.0.1"), "{told}");
        assert!(sink.heard().is_none(), "G37: plain http is for the sandbox");
        for name in ["bank", "nobody"] {
            let (code, told) = beside(folder, &["systems", "try", name]).await;
            assert_eq!(code, Some(5), "{told}");
        }
    });
}
