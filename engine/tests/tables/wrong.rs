//! Tables that are wrong: each finding at its line and column, counted in characters.

use engine::source::Sources;
use engine::table::Table;

/// The findings of a table as code, line and column.
fn findings(text: &str) -> Vec<(&'static str, usize, usize)> {
    let mut sources = Sources::default();
    let file = sources.add("t.yaml", text);
    let read = engine::yaml::parse(file, text).and_then(|node| Table::read(&node, &sources));
    let found = read.err().unwrap_or_default();
    found
        .iter()
        .map(|d| {
            let at = sources.position(d.span);
            (d.code, at.line, at.column)
        })
        .collect()
}

/// A table with two inputs and the given rest; the rules begin on line 7, after four blanks.
fn check(hit: &str, rows: &[&str], expected: &[(&str, usize, usize)]) {
    let mut text = format!(
        "table: t\ntitle: 表\nhit: {hit}\ninputs: {{ 性别: [男, 女], age: integer }}\noutputs: {{ a: [x, y] }}\nrules: |\n"
    );
    for row in rows {
        text += &format!("    {row}\n");
    }
    assert_eq!(findings(&text), expected, "{text}");
}

#[test]
fn findings_point_into_the_cell() {
    check(
        "first",
        &["性别 | age | a", "男 | < 5 | x", "- | - | y"],
        &[],
    );
    check(
        "first",
        &["性别 | age | a", "男 | < 5 | z", "- | - | y"],
        &[("E0409", 8, 15)],
    );
    check(
        "first",
        &["性别 | age | a", "男人 | < 5 | x", "- | - | y"],
        &[("E0409", 8, 5)],
    );
    check(
        "first",
        &["性别 | age | a", "男 | < 五 | x", "- | - | y"],
        &[("E0407", 8, 11)],
    );
    check(
        "first",
        &["性别 | age | a", "男 | =aeg > 5 | x", "- | - | y"],
        &[("E0407", 8, 10)],
    );
    check(
        "first",
        &["性别 | age | a", "男 | | x", "- | - | y"],
        &[("E0431", 8, 8)],
    );
    check(
        "first",
        &["性别 | age | a", "男 | < 5", "- | - | y"],
        &[("E0434", 8, 5)],
    );
    check(
        "first",
        &["性别 | aeg | a", "男 | < 5 | x"],
        &[("E0433", 7, 10)],
    );
    check(
        "first",
        &["性别 | age | a | a", "男 | < 5 | x | x"],
        &[("E0437", 7, 20)],
    );
    check("first", &["性别 | age", "男 | < 5"], &[("E0436", 7, 5)]);
    check(
        "frist",
        &["性别 | age | a", "- | - | y"],
        &[("E0435", 3, 6)],
    );
}

#[test]
fn gaps_overlaps_and_dead_rows_are_proved() {
    let head = "性别 | age | a";
    check(
        "unique",
        &[head, "男 | < 5 | x", "男 | >= 5 | y", "女 | - | y"],
        &[],
    );
    check(
        "unique",
        &[head, "男 | < 5 | x", "男 | > 5 | y", "女 | - | y"],
        &[("E0446", 10, 5)],
    );
    check(
        "unique",
        &[head, "男 | <= 5 | x", "男 | >= 5 | y", "女 | - | y"],
        &[("E0447", 9, 5)],
    );
    check(
        "unique",
        &[head, "男 | [0..10) | x", "女 | - | y"],
        &[("E0446", 9, 5)],
    );
    check(
        "any",
        &[head, "男 | - | x", "- | < 5 | x", "女 | >= 5 | y"],
        &[],
    );
    check(
        "any",
        &[head, "男 | - | x", "- | < 5 | y", "女 | >= 5 | y"],
        &[("E0447", 9, 5)],
    );
    check(
        "first",
        &[head, "男 | - | x", "女 | - | y", "- | 3 | x"],
        &[("E0448", 10, 5)],
    );
    check(
        "first",
        &[head, "男, 女 | < 5 | x", "not(男) | - | x", "男 | >= 5 | y"],
        &[],
    );
    check(
        "first",
        &[head, "男 | (5..5) | x", "- | - | y"],
        &[("E0448", 8, 5)],
    );
    check("collect", &[head, "男 | < 5 | x"], &[]);
    // A condition on more than its column hides what cannot be known.
    check(
        "unique",
        &[head, "男 | =age < 5 | x", "男 | =age > 5 | y", "女 | - | y"],
        &[],
    );
}

#[test]
fn the_rest_of_a_table_is_read_with_the_same_eyes() {
    for (text, expected) in [
        (
            "title: t\ninputs: { n: integer }\noutputs: { a: =n }\n",
            ("E0205", 1, 1),
        ),
        (
            "table: t\ntitle: t\ninput: { n: integer }\ninputs: { n: integer }\noutputs: { a: =n }\n",
            ("E0201", 3, 1),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integr }\noutputs: { a: =1 }\n",
            ("E0432", 3, 14),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\noutputs: { a: =m }\n",
            ("E0407", 4, 16),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\noutputs: { a: '=n + m' }\n",
            ("E0407", 4, 21),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\noutputs: { a: integer }\n",
            ("E0436", 4, 12),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\nlet: { n: =1 }\noutputs: { a: =n }\n",
            ("E0208", 4, 8),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\nlet: { k: 1 }\noutputs: { a: =n }\n",
            ("E0438", 4, 11),
        ),
        (
            "table: t\ntitle: t\nhit: priority\ninputs: { n: integer }\noutputs: { a: integer }\nrules: |\n  n | a\n  - | 1\n",
            ("E0439", 3, 6),
        ),
        (
            "table: t\ntitle: t\nhit: collect sum\ninputs: { n: integer }\noutputs: { a: text }\nrules: |\n  n | a\n  - | b\n",
            ("E0439", 3, 6),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: integer }\noutputs: { a: integer }\nrules: n | a\n",
            ("E0430", 5, 8),
        ),
        (
            "table: t\ntitle: t\ninputs: { n: { type: integer, optional: true } }\noutputs: { a: =n + 1 }\n",
            ("E0410", 4, 16),
        ),
        (
            "table: t\ntitle: t\nbasis: [{ article: '5' }]\ninputs: { n: integer }\noutputs: { a: =n }\n",
            ("E0205", 3, 9),
        ),
    ] {
        assert_eq!(
            findings(text).first(),
            Some(&expected),
            "{text}{:?}",
            findings(text)
        );
    }
}

#[test]
fn examples_are_played_and_a_wrong_one_is_shown() {
    let table = |examples: &str| {
        format!(
            "table: t\ntitle: t\ninputs: {{ n: integer, m: {{ type: integer, optional: true }} }}\noutputs: {{ a: '=n + first_of(m, 1)' }}\nexamples: |\n  {examples}\n"
        )
    };
    for (examples, expected) in [
        ("n | m | a\n  1 | 2 | 3\n  1 | - | 2", None),
        (
            "n | m | a\n  1 | 2 | 3\n  1 | - | 7",
            Some(("E0449", 8, 11)),
        ),
        ("n | m | b\n  1 | 2 | 3", Some(("E0433", 6, 11))),
        ("n | a\n  x | 2", Some(("E0442", 7, 3))),
        ("n | a\n  1", Some(("E0434", 7, 3))),
    ] {
        assert_eq!(
            findings(&table(examples)).first(),
            expected.as_ref(),
            "{examples}"
        );
    }
}
