//! Certificates of recognition, kept with the event by which they come into force or end.

use super::{unit, write};
use crate::check;
use onenet::store::*;

/// A certificate is found by what it is known by while it is in force, by the index alone; the row goes with the event.
#[test]
fn certificates_are_found_while_they_are_in_force() {
    check(async |store, _| {
        let row = |case_id, sought, until| CertificateRow {
            case_id,
            sought,
            until,
        };
        let given = |case_id, sought, until, prev: Option<&EventRow>| CaseWrite {
            certificate: Some(row(case_id, sought, until)),
            ..write(case_id, prev)
        };
        let first = given(2, -7, 5_000, None);
        let other = given(3, 8, 5_000, None);
        let plain = write(4, None);
        let batch = [first.clone(), other, plain].map(unit);
        assert_eq!(store.commit(batch.into()).await.unwrap(), vec![Ok(()); 3]);
        let found = async |sought: &[i64], now| store.certificates(sought, now).await.unwrap();
        assert_eq!(found(&[-7], 4_999).await, [row(2, -7, 5_000)]);
        assert_eq!(found(&[-7], 5_000).await, []);
        assert_eq!(
            found(&[-7, 8], 0).await,
            [row(3, 8, 5_000), row(2, -7, 5_000)]
        );
        assert_eq!(store.certificate_of(4).await.unwrap(), None);
        let ended = given(2, -7, 3_000, Some(&first.event));
        // Who comes second changes nothing.
        let rival = given(2, -7, 9_000, Some(&first.event));
        let written = store.commit(vec![unit(ended)]).await.unwrap();
        assert_eq!(written, [Ok(())]);
        assert_ne!(store.commit(vec![unit(rival)]).await.unwrap(), [Ok(())]);
        assert_eq!(
            store.certificate_of(2).await.unwrap(),
            Some(row(2, -7, 3_000))
        );
    });
}
