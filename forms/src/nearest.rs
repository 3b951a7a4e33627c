//! The nearest right name for a mistyped one.

/// The candidate at most two edits away, the closest first; nothing for names too short to guess. The engine asks the same.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written: Vec<char> = word.chars().take(64).collect();
    let allowed = (written.len() / 2).min(2);
    let near = candidates
        .into_iter()
        .map(|name| (distance(&written, name), name));
    let closest = near
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits);
    closest.map(|(_, name)| name)
}

/// Edit distance where swapping two neighbours counts once.
fn distance(written: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().take(64).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in written.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in name.iter().enumerate() {
            let at = |cells: &[usize], k: usize| cells.get(k).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&row, j) + usize::from(a != b);
            let mut best = replaced.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped =
                i > 0 && j > 0 && written.get(i - 1) == Some(b) && name.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(
            nearest(word, ["name", "id_number", "phone", "开户行"]),
            expected,
            "{word}"
        );
    }

    #[test]
    fn close_names_are_found_and_far_ones_not() {
        check("nmae", Some("name"));
        check("id_nubmer", Some("id_number"));
        check("idnumber", Some("id_number"));
        check("phon", Some("phone"));
        check("开户银行", Some("开户行"));
        check("x", None);
        check("address", None);
    }
}
