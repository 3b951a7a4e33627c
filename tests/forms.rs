//! The shipped forms read. That they accept what people fill in is proved where scenarios are played.

use forms::{Form, Fragments};
use onenet::shipped;

/// Every form beside a matter, shared form and shared fragment reads without a problem.
#[test]
fn every_shipped_form_reads() {
    let fragments = Fragments::shipped();
    let forms = shipped::all()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".schema.json"));
    let mut count = 0;
    for (path, text) in forms {
        let form = Form::read(path, text, &fragments);
        assert!(form.is_ok(), "{path}: {:#?}", form.err());
        count += 1;
    }
    assert!(count >= 25, "{count}");
}
