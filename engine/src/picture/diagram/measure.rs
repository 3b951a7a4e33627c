//! How wide a text is, and how it is broken into lines. Widths are rather too large than too small: no font is known.

use unicode_width::UnicodeWidthChar;

/// Width of a text at a font size. A Chinese character is as wide as it is high; others take at most three quarters.
pub(super) fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|c| size * share(c)).sum()
}

fn share(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')'
        | ' ' => 0.38,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        // Marks of Chinese text are narrow to terminals and wide on paper.
        '·' | '…' | '—' | '“' | '”' | '‘' | '’' | '✓' | '×' | '◇' | '✉' | '⧉' | '▶' | '■' | '●' => {
            1.0
        }
        c if c.width().unwrap_or(1) > 1 => 1.0,
        c if c.is_ascii_uppercase() => 0.74,
        _ => 0.6,
    }
}

/// Lines no wider than `most`, at most `lines` of them and about equally long; what does not fit ends in `…`.
pub(super) fn wrap(text: &str, size: f32, most: f32, lines: usize) -> Vec<String> {
    let first = broken(text, size, most, lines);
    let whole = |lines: &[String]| lines.last().is_some_and(|line| !line.ends_with('…'));
    let (mut best, mut narrow) = (first, most);
    while best.len() > 1 && whole(&best) && narrow > most / 2.0 {
        narrow -= size / 2.0;
        let narrower = broken(text, size, narrow, lines);
        if narrower.len() > best.len() || !whole(&narrower) {
            break;
        }
        best = narrower;
    }
    best
}

fn broken(text: &str, size: f32, most: f32, lines: usize) -> Vec<String> {
    let mut out = vec![String::new()];
    for piece in pieces(text) {
        let line = out.last_mut().map(|line| line.as_str()).unwrap_or_default();
        let fits = width(line, size) + width(piece.trim_end(), size) <= most;
        if fits || line.is_empty() {
            push(&mut out, &piece, size, most);
        } else {
            out.push(String::new());
            push(&mut out, piece.trim_start(), size, most);
        }
    }
    let mut out: Vec<String> = out.iter().map(|line| line.trim().to_owned()).collect();
    if out.len() > lines {
        out.truncate(lines);
        if let Some(last) = out.last_mut() {
            while width(last, size) + size > most && last.pop().is_some() {}
            last.push('…');
        }
    }
    out
}

/// Adds a piece; one that is wider than a line is broken anywhere.
fn push(out: &mut Vec<String>, piece: &str, size: f32, most: f32) {
    for c in piece.chars() {
        let line = out.last().map(String::as_str).unwrap_or_default();
        if !line.is_empty() && c != ' ' && width(line, size) + size * share(c) > most {
            out.push(String::new());
        }
        if let Some(line) = out.last_mut() {
            line.push(c);
        }
    }
}

/// What stays together: words and numbers, and with every Chinese character the marks that may not begin a line.
fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = true; // the next character may begin a piece
    for c in text.chars() {
        let sticks = "，。；：、）”》！？)…,.;:".contains(c);
        let alone = c.width().unwrap_or(1) > 1;
        match out.last_mut() {
            Some(last) if sticks || c == ' ' || (!open && !alone) => last.push(c),
            _ => out.push(c.to_string()),
        }
        open = (alone && !"（“《".contains(c)) || c == ' ';
        if "（“《(".contains(c) {
            open = false;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, most: f32, lines: usize, expected: &[&str]) {
        assert_eq!(wrap(text, 10.0, most, lines), expected, "{text}");
    }

    #[test]
    fn chinese_breaks_anywhere_but_before_a_closing_mark() {
        check("核对身份和材料", 40.0, 3, &["核对身份", "和材料"]);
        check("是否一件事的一部分", 80.0, 3, &["是否一件事", "的一部分"]);
        check("核对身份，材料", 40.0, 3, &["核对身", "份，材料"]);
        check("核对", 40.0, 3, &["核对"]);
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        check("Check the papers", 60.0, 3, &["Check the", "papers"]);
        let broken = wrap("antidisestablishment", 10.0, 60.0, 9);
        assert_eq!(broken.concat(), "antidisestablishment");
        assert!(broken.iter().all(|line| width(line, 10.0) <= 60.0));
    }

    #[test]
    fn what_does_not_fit_says_so() {
        check("核对身份和材料是否齐全", 40.0, 2, &["核对身份", "和材料…"]);
        for line in wrap(
            "如果“参保地”是“梧州市”而且 account > 3000.00 元",
            12.0,
            84.0,
            3,
        ) {
            assert!(width(&line, 12.0) <= 84.0, "{line}");
        }
    }
}
