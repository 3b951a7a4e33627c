//! Opaque cursors: where the next page begins, as the server wrote it.

use super::problem::{Code, Problem};
use crate::store::{After, AfterCard, BellRow, CardRow, OutboxId, TaskRow, rank};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Rows a page has unless something else was asked, and at most (G82).
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// The numbers a cursor holds, behind the letter that says of which list it is.
pub fn write(list: char, numbers: &[i64]) -> String {
    let text: Vec<String> = numbers.iter().map(i64::to_string).collect();
    BASE64_URL_SAFE_NO_PAD.encode(format!("{list}{}", text.join(",")))
}

/// Reads a cursor of a list that holds `N` numbers.
pub fn read<const N: usize>(list: char, cursor: &str) -> Result<[i64; N], Problem> {
    let read = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let numbers = text.strip_prefix(list)?.split(',').map(str::parse);
        let numbers: Vec<i64> = numbers.collect::<Result<_, _>>().ok()?;
        numbers.try_into().ok()
    };
    read().ok_or_else(|| Problem::says(Code::Malformed, "api.bad_cursor", &[]))
}

/// Cuts a page that was asked for with one row more than it has, and gives the cursor of the next; none on the last.
pub fn next<T>(rows: &mut Vec<T>, limit: u32, after: impl Fn(&T) -> String) -> Option<String> {
    let longer = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    rows.last().filter(|_| longer).map(after)
}

/// The cursor behind a row of the worklist.
pub fn after_task(task: &TaskRow) -> String {
    let due = task.due.unwrap_or(i64::MAX);
    write('t', &[rank(&task.level), due, task.case_id, task.no])
}

/// The row of the worklist that a cursor stands behind.
pub fn task(cursor: &str) -> Result<After, Problem> {
    let [rank, due, case_id, no] = read('t', cursor)?;
    let due = Some(due).filter(|due| *due != i64::MAX);
    Ok(After {
        rank,
        due,
        case_id,
        no,
    })
}

/// The cursor behind a card.
pub fn after_card(card: &CardRow) -> String {
    let after = AfterCard::of(card);
    let rank = rank(&card.level);
    write('k', &[rank, after.opened, after.case_id, after.no])
}

/// The card that a cursor stands behind.
pub fn card(cursor: &str) -> Result<AfterCard, Problem> {
    let [place, opened, case_id, no] = read('k', cursor)?;
    Ok(AfterCard {
        red: place == rank("red"),
        opened,
        case_id,
        no,
    })
}

/// The cursor behind a case in the order of limits.
pub fn after_urgent(due: Option<i64>, id: i64) -> String {
    write('u', &[due.unwrap_or(i64::MAX), id])
}

/// The case in the order of limits that a cursor stands behind: its limit and id.
pub fn urgent(cursor: &str) -> Result<(Option<i64>, i64), Problem> {
    let [due, id] = read('u', cursor)?;
    Ok((Some(due).filter(|due| *due != i64::MAX), id))
}

/// The cursor behind a message of the bell.
pub fn after_bell(row: &BellRow) -> String {
    let id = row.id;
    write('b', &[row.at, id.case_id, id.seq, id.position])
}

/// The message of the bell that a cursor stands behind.
pub fn bell(cursor: &str) -> Result<(i64, OutboxId), Problem> {
    let [at, case_id, seq, position] = read('b', cursor)?;
    let id = OutboxId {
        case_id,
        seq,
        position,
    };
    Ok((at, id))
}

/// The rows asked for, within what a page may have.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(Problem::says(
            Code::Malformed,
            "api.bad_limit",
            &[("most", MOST.to_string())],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_a_forged_one_does_not() {
        let cursor = write('t', &[i64::MIN, 4711, 17]);
        assert_eq!(read('t', &cursor).unwrap(), [i64::MIN, 4711, 17]);
        assert!(read::<3>('c', &cursor).is_err());
        assert!(read::<1>('t', &cursor).is_err());
        assert!(read::<1>('t', "不").is_err());
    }
}
