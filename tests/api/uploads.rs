//! Files over the API: judged one by one, sealed, handed in with a case, and read by whoever may.

use super::accounts::bytes;
use super::samples::{self, form, jpeg, pdf, png};
use super::server::{Answer, Server, application, task};
use crate::each;
use serde_json::{Value, json};

const UPLOADS: &str = "/api/v1/uploads";

impl Server {
    /// Sends files by name.
    async fn upload(&self, who: &str, files: &[(&str, Vec<u8>)]) -> Answer {
        let parts: Vec<_> = files
            .iter()
            .map(|(name, content)| ("file", Some(*name), content.as_slice()))
            .collect();
        let (kind, body) = form(&parts);
        let headers = [("content-type", kind.as_str())];
        self.send(who, "POST", UPLOADS, &headers, Some(body)).await
    }

    /// Sends one good file and answers its id.
    async fn uploaded(&self, who: &str, name: &str, content: Vec<u8>) -> String {
        let answer = self.upload(who, &[(name, content)]).await.with(201);
        answer["files"][0]["id"].as_str().unwrap().to_owned()
    }
}

fn at(id: &str) -> String {
    format!("{UPLOADS}/{id}")
}

/// An application with files for a material.
fn applied(material: &str, ids: &[&str]) -> Value {
    let mut body = application();
    body["materials"] = json!({ material: ids });
    body
}

/// The material of a case.
fn material<'v>(case: &'v Value, name: &str) -> &'v Value {
    let mut all = case["materials"].as_array().unwrap().iter();
    all.find(|m| m["name"] == name).unwrap()
}

/// G81, T11: what is not a whole JPEG, PNG or PDF by content and by name is not kept, and the reason says how to mend it.
#[test]
fn g081_a_collection_of_bad_files() {
    let long = samples::jpeg_with(&[b' '; 1000]);
    let pdf_with = |more: &str| pdf(more);
    let flate = "/Filter /FlateDecode";
    let script = "<< /S /JavaScript /JS (app.alert(1)) >>";
    let in_objects = |about: &str, inside: &str| samples::pdf_of(&samples::objects(about, inside));
    let joined = |a: &[u8], b: &[u8]| [a, b].concat();
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a.jpg", vec![], "file.empty"),
        ("a.pdf", vec![], "file.empty"),
        (
            "a.jpg",
            joined(&jpeg(), &vec![0; 20 << 20]),
            "file.too_large",
        ),
        ("a.pdf", vec![b'%'; (20 << 20) + 1], "file.too_large"),
        ("a", jpeg(), "file.ending"),
        ("a.", jpeg(), "file.ending"),
        ("a.gif", b"GIF89a\x01\0\x01\0".to_vec(), "file.ending"),
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "file.ending",
        ),
        (
            "a.html",
            b"<html><script>1</script></html>".to_vec(),
            "file.ending",
        ),
        ("a.zip", samples::zip(), "file.ending"),
        ("a.docx", samples::zip(), "file.ending"),
        ("a.jpg.exe", jpeg(), "file.ending"),
        ("a.ofd", samples::zip(), "file.ending"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), "file.ending"),
        ("a.jpg", b"hello".to_vec(), "file.content"),
        ("a.png", b"GIF89a\x01\0\x01\0".to_vec(), "file.content"),
        (
            "a.jpg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "file.content",
        ),
        ("a.png", b"<html></html>".to_vec(), "file.content"),
        ("a.pdf", samples::zip(), "file.content"),
        (
            "a.pdf",
            b"PK\x03\x04[Content_Types].xml".to_vec(),
            "file.content",
        ),
        ("a.pdf", b"MZ\x90\0".to_vec(), "file.content"),
        ("a.pdf", b"\x7fELF".to_vec(), "file.content"),
        ("a.pdf", joined(b"#!/bin/sh\n", &pdf("")), "file.content"),
        ("a.jpg", png(), "file.disagrees"),
        ("a.png", jpeg(), "file.disagrees"),
        ("a.jpg", pdf(""), "file.disagrees"),
        ("a.pdf", jpeg(), "file.disagrees"),
        ("a.jpg", joined(&jpeg(), &samples::zip()), "file.mixed"),
        ("a.png", joined(&png(), &samples::zip()), "file.mixed"),
        ("a.pdf", joined(&pdf(""), &samples::zip()), "file.mixed"),
        ("a.png", joined(&png(), b"more"), "file.mixed"),
        (
            "a.pdf",
            joined(&pdf(""), b"<script>1</script>"),
            "file.mixed",
        ),
        (
            "a.jpg",
            samples::jpeg_with(b"<SCRIPT>alert(1)</SCRIPT>"),
            "file.mixed",
        ),
        (
            "a.jpg",
            samples::jpeg_with(b"<?php system('id'); ?>"),
            "file.mixed",
        ),
        ("a.jpg", samples::jpeg_with(b"%PDF-1.7"), "file.mixed"),
        ("a.png", samples::png_of(30_000, 30_000), "file.pixels"),
        ("a.png", samples::png_of(50_000_001, 1), "file.pixels"),
        ("a.png", samples::png_of(5_000, 5_000), "file.unreadable"),
        ("a.png", png()[..60].to_vec(), "file.unreadable"),
        ("a.jpg", long[..600].to_vec(), "file.unreadable"),
        ("a.jpg", vec![0xff, 0xd8, 0xff], "file.unreadable"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "file.unreadable"),
        (
            "a.pdf",
            pdf_with("trailer << /Encrypt 5 0 R >>"),
            "file.encrypted",
        ),
        (
            "a.pdf",
            pdf_with("trailer << /#45ncrypt 5 0 R >>"),
            "file.encrypted",
        ),
        (
            "a.pdf",
            pdf_with(&format!("4 0 obj {script} endobj")),
            "file.scripted",
        ),
        (
            "a.pdf",
            pdf_with("4 0 obj << /S /J#61vaScript >> endobj"),
            "file.scripted",
        ),
        (
            "a.pdf",
            pdf_with("4 0 obj << /OpenAction << /JS 7 0 R >> >> endobj"),
            "file.scripted",
        ),
        (
            "a.pdf",
            pdf_with("4 0 obj << /S/Launch/F(cmd.exe) >> endobj"),
            "file.scripted",
        ),
        (
            "a.pdf",
            pdf_with("4 0 obj << /Type /EmbeddedFile >> endobj"),
            "file.scripted",
        ),
        (
            "a.pdf",
            pdf_with("4 0 obj << /AcroForm << /XFA 5 0 R >> >> endobj"),
            "file.scripted",
        ),
        ("a.pdf", in_objects(flate, script), "file.scripted"),
        (
            "a.pdf",
            in_objects("/Filter /#46lateDecode", script),
            "file.scripted",
        ),
        (
            "a.pdf",
            in_objects("/Filter [/ASCIIHexDecode /FlateDecode]", script),
            "file.scripted",
        ),
        (
            "a.pdf",
            in_objects("/Filter /LZWDecode", "nothing"),
            "file.scripted",
        ),
    ];
    for (name, content, code) in table {
        let judged = onenet::files::judge(name, &content);
        let found = judged.map(|_| "kept").unwrap_or_else(|bad| bad.code());
        assert_eq!(
            found,
            code,
            "{name}: {}",
            String::from_utf8_lossy(&content[..content.len().min(400)])
        );
    }
    let good = [
        ("身份证.JPG", jpeg()),
        ("a.jpeg", jpeg()),
        ("a.png", png()),
        ("a.pdf", pdf("")),
        ("a.pdf", in_objects(flate, "5 0 << /Type /Font >>")),
    ];
    for (name, content) in good {
        let judged = onenet::files::judge(name, &content);
        assert!(judged.is_ok(), "{name}: {judged:?}");
    }
}

/// One bad file rejects no other; each answer names its file, the reason in both languages, and the limit.
#[test]
fn g081_each_file_is_judged_by_itself() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let files = [
            ("正面.jpg", jpeg()),
            ("空.png", vec![]),
            ("大.pdf", vec![b'%'; (20 << 20) + 1]),
            ("背面.png", png()),
        ];
        let answer = server.upload("wz-window", &files).await.with(201);
        let told = answer["files"].as_array().unwrap();
        let names: Vec<&str> = told.iter().map(|f| f["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["正面.jpg", "空.png", "大.pdf", "背面.png"]);
        let kept: Vec<bool> = told.iter().map(|f| f["id"].is_string()).collect();
        assert_eq!(kept, [true, false, false, true]);
        assert_eq!(told[1]["error"]["code"], "file.empty");
        assert_eq!(told[2]["error"]["limit"], 20 << 20);
        assert!(
            told[2]["error"]["message"]["zh"]
                .as_str()
                .unwrap()
                .contains("20 MB")
        );
        // Where nothing is left the status says so.
        let none = server.upload("wz-window", &[("a.png", vec![])]).await;
        let none = none.problem(422, "invalid");
        assert_eq!(none["errors"][0]["pointer"], "/files/0");
        let large = [("大.pdf", vec![b'%'; (20 << 20) + 1])];
        let large = server.upload("wz-window", &large).await;
        large.problem(413, "too-large");
        let many = vec![("a.png", png()); 21];
        let many = server.upload("wz-window", &many).await;
        many.problem(413, "too-large");
        let json = server.post("wz-window", UPLOADS, &json!({})).await;
        json.problem(415, "media-type");
        let nobody = server.upload("", &[("a.png", png())]).await;
        nobody.problem(401, "sign-in-required");
    });
}

/// Files come into a case at its intake, with a task and from a draft, and show under their material with where they came from.
#[test]
fn files_are_handed_in_with_what_they_belong_to() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let first = server
            .uploaded("wz-window", "李四 身份证.jpg", jpeg())
            .await;
        let body = applied("identity", &[&first]);
        let case = server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .with(201);
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let whole = server.get("wz-window", &path).await.with(200);
        let file = &material(&whole, "identity")["files"][0];
        assert_eq!(file["name"], "李四 身份证.jpg");
        assert_eq!(
            (&file["type"], &file["source"]),
            (&json!("image/jpeg"), &json!("window"))
        );

        // A draft keeps its file beyond the day.
        let second = server.uploaded("wz-window", "户口簿.pdf", pdf("")).await;
        let check = task(&case, "intake.check");
        let draft = json!({ "data": {}, "materials": { "bank_card": [second] } });
        let drafts = format!("/api/v1/tasks/{check}/draft");
        server.post("wz-window", &drafts, &draft).await.with(200);
        let days = json!({ "advance": "5d" });
        server
            .post("", "/api/v1/sandbox/clock", &days)
            .await
            .with(200);
        let shown = server
            .get("wz-window", &format!("/api/v1/tasks/{check}"))
            .await
            .with(200);
        assert_eq!(shown["draft_materials"], draft["materials"]);
        let done = json!({ "outcome": "齐全", "data": {}, "materials": draft["materials"] });
        let complete = format!("/api/v1/tasks/{check}/complete");
        server.post("wz-window", &complete, &done).await.with(200);
        let whole = server.get("zs-handler", &path).await.with(200);
        assert_eq!(
            material(&whole, "bank_card")["files"][0]["name"],
            "户口簿.pdf"
        );

        // History tells that it came, and not what it is called.
        let history = server.get("zs-handler", &format!("{path}/history")).await;
        assert!(history.text.contains("file_added"), "{}", history.text);
        assert!(!history.text.contains("户口簿"), "{}", history.text);
    });
}

/// A file belongs to one case; a command that names one it may not have changes nothing, and the same key gets the first answer again.
#[test]
fn a_file_is_claimed_once_and_by_its_sender() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let id = server.uploaded("wz-window", "a.jpg", jpeg()).await;
        let cases = "/api/v1/cases";
        let wrong = [
            applied("no-such-material", &[&id]),
            applied("identity", &[&id, &id]),
            applied("identity", &[&id, "00000000000000000000000000000000"]),
            applied("identity", &["'; DROP TABLE upload; --"]),
        ];
        for body in wrong {
            let answer = server.post("wz-window", cases, &body).await;
            let problem = answer.problem(422, "invalid");
            let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with("/materials/"), "{problem}");
        }
        let others = server.uploaded("zs-handler", "a.jpg", jpeg()).await;
        let stolen = server
            .post("wz-window", cases, &applied("identity", &[&others]))
            .await;
        stolen.problem(422, "invalid");
        let key = [("idempotency-key", "k-1")];
        let body = applied("identity", &[&id]).to_string();
        let call = || server.call("wz-window", "POST", cases, &key, Some(&body));
        let (first, again) = (call().await, call().await);
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(first.with(201)["id"], again.with(201)["id"]);
        let twice = server
            .call("wz-window", "POST", cases, &[], Some(&body))
            .await;
        assert!(twice.status.is_client_error(), "{}", twice.text);
    });
}

/// G81: served with its exact type and name and without rights; a preview says nothing the camera wrote; who does not see the whole case
/// finds no file.
#[test]
fn g081_files_are_served_to_whoever_sees_the_case() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let id = server.uploaded("wz-window", "证件 (1).jpg", jpeg()).await;
        let own = server.get("wz-window", &at(&id)).await;
        assert_eq!(own.bytes, jpeg());
        let header = |name: &str| own.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "image/jpeg");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("content-security-policy").contains("sandbox"));
        assert_eq!(
            header("content-disposition"),
            "inline; filename*=UTF-8''%E8%AF%81%E4%BB%B6%20%281%29.jpg"
        );
        // Nobody else sees what has not been handed in.
        server
            .get("zs-handler", &at(&id))
            .await
            .problem(404, "not-found");
        let preview = server
            .get("wz-window", &format!("{}/preview", at(&id)))
            .await;
        assert_eq!(image::load_from_memory(&preview.bytes).unwrap().width(), 64);
        assert!(jpeg().windows(3).any(|w| w == b"GPS"));
        assert!(!preview.bytes.windows(3).any(|w| w == b"GPS"));

        let body = applied("identity", &[&id]);
        server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .with(201);
        let theirs = server.get("zs-handler", &at(&id)).await;
        assert_eq!(theirs.bytes, jpeg());
        for stranger in ["ks-handler", "gj-platform"] {
            server
                .get(stranger, &at(&id))
                .await
                .problem(404, "not-found");
        }
        server
            .get("", &at(&id))
            .await
            .problem(401, "sign-in-required");
        let scan = server.uploaded("wz-window", "a.pdf", pdf("")).await;
        let scan = server.get("wz-window", &at(&scan)).await;
        assert!(
            !scan.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("sandbox")
        );
    });
}

/// G81: what nobody claims within a day cannot be had any more, and is deleted; what a case has stays.
#[test]
fn g081_unclaimed_files_vanish() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let left = server.uploaded("wz-window", "a.jpg", jpeg()).await;
        let kept = server.uploaded("wz-window", "b.jpg", jpeg()).await;
        let body = applied("identity", &[&kept]);
        server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .with(201);
        let day = json!({ "advance": "25h" });
        server
            .post("", "/api/v1/sandbox/clock", &day)
            .await
            .with(200);
        server
            .get("wz-window", &at(&left))
            .await
            .problem(404, "not-found");
        let late = server
            .post("wz-window", "/api/v1/cases", &applied("identity", &[&left]))
            .await;
        late.problem(422, "invalid");
        let store = server.app.runtime.store();
        let later = server.app.runtime.clock().now().as_millisecond() + 2 * 60 * 60 * 1000;
        store.forget_uploads(later).await.unwrap();
        assert!(store.upload_facts(&left).await.unwrap().is_none());
        let file = server.get("wz-window", &at(&kept)).await;
        assert_eq!(file.bytes, jpeg());
    });
}

/// G61: neither a file nor its name is found in the database.
#[test]
fn g061_files_are_sealed_at_rest() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let planted = "青山不改绿水长流";
        let content = samples::pdf(&format!("% {planted}"));
        let name = format!("{planted}.pdf");
        let id = server.uploaded("wz-window", &name, content.clone()).await;
        let body = applied("identity", &[&id]);
        server
            .post("wz-window", "/api/v1/cases", &body)
            .await
            .with(201);
        server.uploaded("wz-window", &name, content).await;
        let stored = bytes(&server.place.url).await;
        assert!(stored.len() > 1000);
        let found = stored
            .windows(planted.len())
            .any(|w| w == planted.as_bytes());
        assert!(!found, "a planted value lies in the database");
    });
}

/// G82: a case holds sixty files, in however many commands they come.
#[test]
fn g082_a_case_holds_sixty_files() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            let files = vec![("a.png", png()); 16];
            let answer = server.upload("wz-window", &files).await.with(201);
            let all = answer["files"].as_array().unwrap().clone();
            ids.extend(all.iter().map(|f| f["id"].as_str().unwrap().to_owned()));
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let over = server
            .post("wz-window", "/api/v1/cases", &applied("identity", &ids))
            .await;
        over.problem(413, "too-large");
        let full = applied("identity", &ids[..60]);
        let case = server
            .post("wz-window", "/api/v1/cases", &full)
            .await
            .with(201);
        let body = json!({ "outcome": "齐全", "data": {}, "materials": { "identity": [ids[60]] } });
        let path = format!("/api/v1/tasks/{}/complete", task(&case, "intake.check"));
        server
            .post("wz-window", &path, &body)
            .await
            .problem(413, "too-large");
    });
}
