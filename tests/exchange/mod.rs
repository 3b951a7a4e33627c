//! Two cities, two deployments, two databases, and a wire between them on which everything goes wrong (G30, G34, G35).

mod kills;
mod proxy;
mod town;

use crate::places::{places, run};
use jiff::SignedDuration;
use proxy::{Plan, Wire};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;
use town::Town;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// So often the clocks move on before something has to have come.
const PATIENCE: usize = 2_000;

/// How far they move: what failed often is tried again late. At last they all but stand, and a slow machine may catch up.
fn step(round: usize) -> SignedDuration {
    match round {
        0..10 => MINUTE,
        10..60 => MINUTE * 15,
        _ => SignedDuration::ZERO,
    }
}

/// 中山 on SQLite and 遵义 on PostgreSQL, ten minutes ahead; each knows the other by the wire to it.
struct Pair {
    zs: Town,
    zy: Town,
    /// To 遵义, and to 中山.
    there: Wire,
    back: Wire,
    _place: crate::places::Place,
}

impl Pair {
    async fn new() -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let [_, place] = places().await;
        let zs = [
            ("window", "442000/si/window"),
            ("handler", "442000/si/handler"),
            ("reviewer", "442000/si/reviewer"),
            ("finance", "442000/si/finance"),
            ("an", "442000/hrss/security-admin"),
            ("bo", "442000/hrss/security-admin"),
            ("root", "442000/hrss/system-admin"),
        ];
        let zy = [
            ("handler", "520300/si/handler"),
            ("reviewer", "520300/si/reviewer"),
            ("finance", "520300/si/finance"),
            ("an", "520300/hrss/security-admin"),
            ("bo", "520300/hrss/security-admin"),
            ("root", "520300/hrss/system-admin"),
        ];
        let mut zs = Town::new(None, "2026-03-02T09:00:00+08:00", &zs).await;
        let mut zy = Town::new(Some(&place.url), "2026-03-02T09:10:00+08:00", &zy).await;
        let (there, back) = (Wire::to(zy.port).await, Wire::to(zs.port).await);
        for (town, other, name, city, wire) in [
            (&zs, &zy, "遵义", "520300", &there),
            (&zy, &zs, "中山", "442000", &back),
        ] {
            let key = other.told(&["peer", "key"]);
            let add = [
                "peer",
                "add",
                name,
                "--address",
                &wire.address,
                "--city",
                city,
                "--key",
                &key,
            ];
            let hash = town.told(&[&add[..], &["--as", "an"]].concat());
            let alone = town.run(&["peer", "approve", name, &hash, "--as", "an"]);
            assert_eq!(alone.status.code(), Some(5), "one person is not two");
            town.told(&["peer", "approve", name, &hash, "--as", "bo"]);
        }
        zs.start();
        zy.start();
        Pair {
            zs,
            zy,
            there,
            back,
            _place: place,
        }
    }

    /// A transfer in 中山 up to the letter to 遵义; the case.
    async fn letter_sent(&self) -> String {
        let application = json!({
            "matter": "pension-transfer-enterprise", "accepting_city": "442000", "channel": "window",
            "applicant": { "name": "王五", "id_number": "110101198001010010", "phone": "13800000002" },
            "form": { "to_city": "442000", "gathering": false, "out_relations":
                [{ "city": "520300", "from_month": "2015-01", "to_month": "2020-12", "months": 72 }] },
        });
        let zs = &self.zs;
        let opened = zs.post("window", "/api/v1/cases", &application).await;
        let case = opened["id"].as_str().unwrap();
        zs.complete("window", case, "intake.check", "齐全", json!({}))
            .await;
        let found = json!({ "sex": "male", "age_at_start": 35, "returns_to_hukou": false, "official_transfer": false });
        zs.complete("handler", case, "precheck", "符合", found)
            .await;
        zs.complete(
            "handler",
            case,
            "issue",
            "开具",
            json!({ "letter_no": format!("L-{case}") }),
        )
        .await;
        zs.complete("reviewer", case, "issue", "agreed", json!({}))
            .await;
        case.to_owned()
    }

    /// Both clocks move on, and with them what is to be tried again.
    async fn pass(&mut self, time: SignedDuration) {
        self.zs.pass(time).await;
        self.zy.pass(time).await;
    }

    /// The case in 遵义 that a letter has become.
    async fn taken(&mut self, nth: usize) -> String {
        for round in 0..PATIENCE {
            let cases = self.zy.get("handler", "/api/v1/cases?limit=200").await;
            let cases = cases["cases"].as_array().unwrap().clone();
            assert!(cases.len() <= nth, "a letter became two cases: {cases:?}");
            if cases.len() == nth {
                let newest = cases
                    .iter()
                    .max_by_key(|c| c["id"].as_str().unwrap().parse::<u64>().unwrap());
                return newest.unwrap()["id"].as_str().unwrap().to_owned();
            }
            self.pass(step(round)).await;
        }
        panic!(
            "the letter did not arrive: {}\n{}",
            self.zs.log(),
            self.zy.log()
        );
    }

    async fn trails(&self, here: &str, there: &str) -> [Vec<Value>; 2] {
        let mut trails = Vec::new();
        for (town, case) in [(&self.zs, here), (&self.zy, there)] {
            let letter = town.letter("handler", case).await;
            let exchange = town
                .get("handler", &format!("/api/v1/handoffs/{letter}/exchange"))
                .await;
            trails.push(exchange["trail"].as_array().unwrap().clone());
        }
        [trails.remove(0), trails.remove(0)]
    }

    /// Waits until 中山 knows of so many steps of a letter.
    async fn known(&mut self, here: &str, there: &str, steps: usize) {
        for round in 0..PATIENCE {
            let trail = &self.trails(here, there).await[0];
            if trail.iter().filter(|line| line["step"] != "urged").count() >= steps {
                return;
            }
            self.pass(step(round)).await;
        }
        panic!("{:?}\n{}", self.trails(here, there).await, self.zs.log());
    }

    async fn receive(&self, there: &str) {
        self.zy
            .complete("handler", there, "letter", "received", json!({}))
            .await;
    }

    async fn answer(&self, there: &str) {
        let sheet = json!({ "months": 72, "amount": "43969.11" });
        self.zy
            .complete("handler", there, "verify", "出具", sheet)
            .await;
        self.zy
            .complete("reviewer", there, "verify", "agreed", json!({}))
            .await;
        let slip = json!({ "voucher_no": "H-1", "paid_on": "2026-03-02" });
        self.zy
            .complete("finance", there, "remit", "已划转", slip)
            .await;
    }

    /// The money, the booking, and the end; then everything the two say of the letter is the same.
    async fn close(&mut self, here: &str, there: &str) {
        let money = json!({ "name": "fund-arrived", "key": format!("L-{here}"),
            "data": { "amount": "43969.11", "voucher_no": "V-1" } });
        self.zs
            .post("handler", &format!("/api/v1/cases/{here}/messages"), &money)
            .await;
        // The account is for one case at a time, and its turn comes by itself.
        for round in 0..PATIENCE {
            let path = format!("/api/v1/cases/{here}");
            let view = self.zs.get("handler", &path).await;
            if view["tasks"].to_string().contains("book") {
                break;
            }
            self.pass(step(round)).await;
        }
        self.zs
            .complete("finance", here, "book", "已记账", json!({}))
            .await;
        for (town, case) in [(&self.zs, here), (&self.zy, there)] {
            let view = town.get("handler", &format!("/api/v1/cases/{case}")).await;
            assert_eq!(view["status"], "completed", "{view}");
        }
        self.same_trail(here, there).await;
    }

    /// The end, and both files prove what was told on the way.
    async fn finish(&mut self, here: &str, there: &str) {
        self.close(here, there).await;
        self.receipts_verify(here, there).await;
    }

    /// The letter of contact came with the letter and the sheet with its answer, word for word and under their hashes.
    async fn papers_travelled(&self, here: &str, there: &str) {
        for (from, case, to, other, titles) in [
            (
                &self.zs,
                here,
                &self.zy,
                there,
                &["基本养老保险关系转移接续联系函"][..],
            ),
            (
                &self.zy,
                there,
                &self.zs,
                here,
                &["基本养老保险关系转移接续信息表", "资金划转单"][..],
            ),
        ] {
            let letter = to.letter("handler", other).await;
            let path = format!("/api/v1/handoffs/{letter}/papers");
            let came = to.get("handler", &path).await;
            let papers = came.as_array().unwrap();
            let mut told: Vec<_> = papers
                .iter()
                .map(|p| p["title"].as_str().unwrap())
                .collect();
            told.sort_unstable();
            assert_eq!(told, titles, "{came}");
            let hash = came[0]["sha256"].as_str().unwrap();
            let came = to.get("handler", &format!("{path}/{hash}")).await;
            let documents = format!("/api/v1/cases/{case}/documents");
            let number = came["number"].as_str().unwrap();
            let issued = from.get("handler", &format!("{documents}/{number}")).await;
            assert_eq!(
                (&came["text"], &came["sha256"]),
                (&issued["text"], &issued["sha256"])
            );
            let page = to
                .get("handler", &format!("/api/v1/cases/{other}/documents"))
                .await;
            assert!(
                !page.to_string().contains(number),
                "it is on record where it was issued"
            );
        }
    }

    /// The ids of all keys that signed an envelope of a letter or its receipt.
    async fn signers(&self, here: &str) -> BTreeSet<String> {
        let letter = self.zs.letter("handler", here).await;
        let path = format!("/api/v1/handoffs/{letter}/receipt");
        let bundle = self.zs.get("handler", &path).await;
        let messages = bundle["messages"].as_array().unwrap();
        let parts = messages
            .iter()
            .flat_map(|m| [&m["envelope"], &m["receipt"]]);
        let signed = parts.filter_map(|part| part["signature"].as_str());
        signed
            .map(|s| s.split(':').next().unwrap().to_owned())
            .collect()
    }

    async fn same_trail(&self, here: &str, there: &str) {
        let [ours, theirs] = self.trails(here, there).await;
        assert_eq!(ours, theirs);
        let steps = ours.iter().map(|l| l["step"].as_str().unwrap());
        // Whoever is silent for long is urged by the ladder.
        let steps: Vec<_> = steps.filter(|step| *step != "urged").collect();
        assert_eq!(steps, ["sent", "received", "answered"]);
    }

    /// Once the last receipt has come, both files prove all three messages; one flipped byte is named.
    async fn receipts_verify(&mut self, here: &str, there: &str) {
        let (ours, theirs) = (
            self.zs.letter("handler", here).await,
            self.zy.letter("handler", there).await,
        );
        for round in 0..PATIENCE {
            let exchange = self
                .zy
                .get("handler", &format!("/api/v1/handoffs/{theirs}/exchange"))
                .await;
            let told = self
                .zs
                .get("handler", &format!("/api/v1/handoffs/{ours}/exchange"))
                .await;
            if [exchange, told]
                .iter()
                .all(|e| e["receipts"] == e["messages"])
            {
                break;
            }
            self.pass(step(round)).await;
        }
        for (town, letter) in [(&self.zs, &ours), (&self.zy, &theirs)] {
            let file = town.file("handler", letter, "letter.json").await;
            let proved = town.verify(&file);
            let lines = String::from_utf8(proved.stdout).unwrap();
            assert_eq!(
                proved.status.code(),
                Some(0),
                "{}",
                String::from_utf8_lossy(&proved.stderr)
            );
            let proved = lines.lines().filter(|l| !l.ends_with('-')).count();
            assert!(proved >= 3, "{lines}");
            let text = std::fs::read_to_string(&file).unwrap();
            let at = text.find("王五").unwrap();
            let mut bytes = text.into_bytes();
            bytes[at + 2] ^= 1;
            std::fs::write(&file, bytes).unwrap();
            let broken = town.verify(&file);
            assert_eq!(broken.status.code(), Some(4));
            let said = String::from_utf8(broken.stderr).unwrap();
            assert!(said.contains("第 1 条：信封与签名不符"), "{said}");
        }
    }
}

/// The wire cuts, loses answers, sends twice, changes a byte, reorders, and is dead for a day: one case on each side, the same trail.
#[test]
fn g035_a_transfer_runs_across_two_deployments_whatever_the_wire_does() {
    run(async {
        let mut pair = Pair::new().await;

        // Undisturbed but for what is harmless: each message comes twice, or its answer is lost.
        pair.there.plan([Plan::Twice]);
        pair.back.plan([Plan::LoseAnswer, Plan::Twice]);
        let here = pair.letter_sent().await;
        let there = pair.taken(1).await;
        pair.receive(&there).await;
        pair.known(&here, &there, 2).await;
        pair.answer(&there).await;
        pair.known(&here, &there, 3).await;
        pair.finish(&here, &there).await;
        pair.papers_travelled(&here, &there).await;

        // Cut, changed on its way, then the answer before the receipt.
        pair.there.plan([Plan::Cut, Plan::Flip]);
        let here = pair.letter_sent().await;
        let there = pair.taken(2).await;
        let turned_away = pair.zy.get("root", "/api/v1/exchange/turned-away").await;
        assert_eq!(
            (&turned_away[0]["peer"], &turned_away[0]["why"]),
            (&json!("中山"), &json!("bad-signature"))
        );
        let mailbox = pair.zy.get("", "/api/v1/sandbox/outbox").await;
        let alert = |m: &&Value| m["about"] == "exchange.turned_away";
        assert!(
            mailbox.as_array().unwrap().iter().any(|m| alert(&m)),
            "{mailbox}"
        );
        let held = Arc::new(Notify::new());
        pair.back.plan([Plan::Hold(held.clone())]);
        pair.receive(&there).await;
        while !pair.back.is_idle() {
            tokio::task::yield_now().await;
        }
        pair.answer(&there).await;
        let early = |zs: &Value| zs.as_array().unwrap().len() == 1;
        let letter = pair.zs.letter("handler", &here).await;
        let path = format!("/api/v1/handoffs/{letter}/exchange");
        assert!(
            early(&pair.zs.get("handler", &path).await["trail"]),
            "the answer waits for the receipt"
        );
        held.notify_one();
        pair.known(&here, &there, 3).await;
        pair.finish(&here, &there).await;

        // A day without the other side; its card is on record here, and the letter arrives.
        pair.zy.kill();
        let here = pair.letter_sent().await;
        for _ in 0..24 {
            pair.pass(SignedDuration::from_hours(1)).await;
        }
        let view = pair
            .zs
            .get("handler", &format!("/api/v1/cases/{here}"))
            .await;
        assert!(view.to_string().contains("yellow"), "{view}");
        let mailbox = pair.zs.get("", "/api/v1/sandbox/outbox").await;
        let case = format!("{here}-");
        let is_of = |m: &Value| m["id"].as_str().is_some_and(|id| id.starts_with(&case));
        let of = |m: &&Value| is_of(m) && m["about"] == "card.yellow";
        let told = mailbox.as_array().unwrap().iter().filter(of);
        let told: BTreeSet<_> = told.map(|m| m["to"].as_str().unwrap()).collect();
        let waits = BTreeSet::from(["442000/si/handler", "442000/si/lead"]);
        assert_eq!(told, waits, "who waits hears of the silence: {mailbox}");
        pair.zy.start();
        let there = pair.taken(3).await;
        pair.receive(&there).await;
        pair.answer(&there).await;
        pair.known(&here, &there, 3).await;
        pair.finish(&here, &there).await;
        for town in [&pair.zs, &pair.zy] {
            town.told(&["verify", "--deep"]);
        }
    });
}

/// G35: both sides change their keys while they run: the next letter is signed with the new ones at once, and what was signed with old
/// ones, also such as nobody lists any more, is proved as before.
#[test]
fn g035_keys_change_while_both_sides_run() {
    run(async {
        let mut pair = Pair::new().await;
        let here = pair.letter_sent().await;
        let there = pair.taken(1).await;
        pair.receive(&there).await;
        pair.answer(&there).await;
        pair.known(&here, &there, 3).await;
        pair.finish(&here, &there).await;
        let mut used = vec![pair.signers(&here).await];
        for nth in 2..4 {
            for (of, by, name) in [(&pair.zs, &pair.zy, "中山"), (&pair.zy, &pair.zs, "遵义")] {
                let (old, new) = (
                    of.told(&["peer", "key"]),
                    of.told(&["peer", "key", "--next"]),
                );
                agree(by, name, &["--key", &old, "--key", &new]);
                of.told(&["peer", "rotate"]);
                assert_eq!(of.told(&["peer", "key"]), new);
            }
            let here = pair.letter_sent().await;
            let there = pair.taken(nth).await;
            pair.receive(&there).await;
            pair.answer(&there).await;
            pair.known(&here, &there, 3).await;
            pair.finish(&here, &there).await;
            used.push(pair.signers(&here).await);
            for (of, by, name) in [(&pair.zs, &pair.zy, "中山"), (&pair.zy, &pair.zs, "遵义")] {
                agree(by, name, &["--key", &of.told(&["peer", "key"])]);
            }
        }
        let all: BTreeSet<&String> = used.iter().flatten().collect();
        assert_eq!(all.len(), 6, "two new keys each time: {used:?}");
        pair.receipts_verify(&here, &there).await;
    });
}

/// Two persons agree on other terms for a deployment.
fn agree(town: &Town, name: &str, terms: &[&str]) {
    let hash = town.told(&[&["peer", "add", name], terms, &["--as", "an"]].concat());
    town.told(&["peer", "approve", name, &hash, "--as", "bo"]);
}

/// A case that is withdrawn takes its letter back; urging it before reaches whoever has the work there.
#[test]
fn a_withdrawn_transfer_takes_its_letter_back_from_the_other_deployment() {
    run(async {
        let mut pair = Pair::new().await;
        let here = pair.letter_sent().await;
        let there = pair.taken(1).await;
        let task = pair.zs.task("handler", &here, "letter").await;
        let urge = json!({ "words": "请尽快" });
        pair.zs
            .post("handler", &format!("/api/v1/tasks/{task}/urge"), &urge)
            .await;
        pair.zs
            .post(
                "window",
                &format!("/api/v1/cases/{here}/withdraw"),
                &json!({}),
            )
            .await;
        for round in 0..PATIENCE {
            let view = pair
                .zy
                .get("handler", &format!("/api/v1/cases/{there}"))
                .await;
            if view["status"] == "withdrawn" {
                break;
            }
            pair.pass(step(round)).await;
        }
        let [ours, theirs] = pair.trails(&here, &there).await;
        assert_eq!(ours, theirs);
        let steps: Vec<_> = ours.iter().map(|l| l["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["sent", "urged", "called_off"]);
        let open = pair.zy.get("handler", "/api/v1/tasks").await;
        assert_eq!(open["tasks"], json!([]));
    });
}
