//! A case runs what its matter is in the city that decides, and stays on it: through a restart, and when the overlay changes.

use super::check;
use super::runtime::{complete, first_task, library, open_timed, start};
use super::verify::flaw_after;
use engine::case::Command;
use engine::library::Library;
use engine::source::Sources;
use onenet::runtime::*;
use serde_json::json;
use std::sync::Arc;

fn done(seen: &Seen) -> Request {
    let mut request = complete(seen.id, first_task(seen));
    if let Command::Complete { data, .. } = &mut request.command {
        *data = json!({});
    }
    request
}

fn open_step(seen: &Seen) -> &str {
    seen.case.tasks()[&first_task(seen)].step()
}

/// The library with 中山's overlay of `local` gone.
fn without_overlay() -> Arc<Library> {
    let mut files = (*library().files).clone();
    assert!(files.remove("local/cities/中山.yaml").is_some());
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (&**p, &**t)).collect();
    Arc::new(Library::read(&files, &mut Sources::default()))
}

#[test]
fn g40_a_case_stays_on_the_form_of_its_city_when_the_overlay_goes() {
    check(async |store, url| {
        let runtime = start(store).await;
        let before = runtime.submit(open_timed("local")).await.unwrap().seen;
        assert_eq!(open_step(&before), "seal");
        runtime.publish(without_overlay()).await.unwrap();
        let after = runtime.submit(open_timed("local")).await.unwrap().seen;
        assert_eq!(open_step(&after), "work");
        assert_ne!(before.case.revision(), after.case.revision());
        assert_eq!(after.revision_number, before.revision_number + 1);
        runtime.shutdown().await.unwrap();

        // Another process, which reads the case's form from what was published.
        let store = onenet::store::Store::open(url).await.unwrap();
        let runtime = start(store).await;
        let before = runtime.case(before.id).await.unwrap().unwrap();
        assert_eq!(open_step(&before), "seal");
        let moved = runtime.submit(done(&before)).await.unwrap().seen;
        assert_eq!(open_step(&moved), "work");
        let ended = runtime.submit(done(&moved)).await.unwrap().seen;
        assert!(ended.case.is_closed());
        assert_eq!(ended.case.revision(), before.case.revision());
        let ended = runtime.submit(done(&after)).await.unwrap().seen;
        assert!(ended.case.is_closed());
        runtime.shutdown().await.unwrap();
        assert_eq!(flaw_after(url, "UPDATE timer SET due = due").await, None);
    });
}
