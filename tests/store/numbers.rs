//! Numbers of papers: none is given twice, none is left out, whatever becomes of those who were to have it.

use super::{unit, write};
use crate::check;
use engine::case::PaperNumber;
use onenet::store::*;

/// A case that issues papers with these numbers.
fn with(case_id: i64, numbers: &[&str]) -> CaseWrite {
    let mut case = write(case_id, None);
    let rows = numbers.iter().zip(1..).map(|(number, no)| PaperNumberRow {
        number: number.parse().unwrap(),
        case_id,
        no,
    });
    case.numbered = rows.collect();
    case
}

#[test]
fn a_number_twice_or_out_of_turn_is_refused() {
    check(async |store, url| {
        let batch = [
            with(1, &["中山社保〔2026〕1号", "中山社保〔2026〕2号"]),
            with(2, &["梧州社保〔2026〕1号"]),
        ];
        let batch = batch.map(unit).into();
        assert_eq!(store.commit(batch).await.unwrap(), [Ok(()); 2]);
        let wrong = Err(Conflict::Number);
        for number in [
            "中山社保〔2026〕2号",
            "中山社保〔2026〕4号",
            "中山社保〔2027〕2号",
        ] {
            let refused = store.commit(vec![unit(with(3, &[number]))]).await.unwrap();
            assert_eq!(refused, [wrong], "{number}");
        }
        let next = store.commit(vec![unit(with(3, &["中山社保〔2026〕3号"]))]);
        assert_eq!(next.await.unwrap(), [Ok(())]);
        store.close().await.unwrap();
        let store = Store::open(url).await.unwrap();
        let last = store.numbering().await.unwrap().into_iter();
        let last: Vec<(String, u32)> = last.collect();
        let expected = [("中山社保〔2026〕", 3), ("梧州社保〔2026〕", 1)];
        assert_eq!(last, expected.map(|(series, n)| (series.to_owned(), n)));
        let number: PaperNumber = "中山社保〔2026〕2号".parse().unwrap();
        let found = store.paper_by_number(&number).await.unwrap();
        assert_eq!(found, Some((1, 2)));
    });
}

/// Where one that was to have a number is lost, those that follow in its series are lost with it: they would leave it out.
#[test]
fn what_was_numbered_after_a_lost_command_is_lost_with_it() {
    check(async |store, _| {
        let theirs = write(2, None);
        store.commit(vec![unit(theirs)]).await.unwrap();
        let batch = [
            with(1, &["中山社保〔2026〕1号"]),
            with(2, &["中山社保〔2026〕2号"]),
            with(3, &["中山社保〔2026〕3号"]),
            with(4, &["梧州社保〔2026〕1号"]),
        ];
        let results = store.commit(batch.map(unit).into()).await.unwrap();
        let (case, number) = (Err(Conflict::Case), Err(Conflict::Number));
        assert_eq!(results, [Ok(()), case, number, Ok(())]);
        let last = store.numbering().await.unwrap();
        assert_eq!(last.into_values().collect::<Vec<_>>(), [1, 1]);
    });
}
