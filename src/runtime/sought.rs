//! By what a case is found whose applicant is known: his ID number, his name or its beginning, or the initials of his name.

use super::Runtime;
use super::keys::Keys;
use crate::store::{Applicant, Sought};
use engine::case::Case;
use pinyin::ToPinyin;

/// Surnames that are read otherwise than the character alone.
const SURNAMES: [(char, char); 10] = [
    ('曾', 'z'),
    ('单', 's'),
    ('解', 'x'),
    ('仇', 'q'),
    ('查', 'z'),
    ('翟', 'z'),
    ('区', 'o'),
    ('覃', 'q'),
    ('乐', 'y'),
    ('员', 'y'),
];

/// The keyed hashes of the applicant of a case.
pub(super) fn of(case: &Case, keys: &Keys) -> Sought {
    let text = |name: &str| case.applicant().get(name).and_then(|value| value.as_str());
    let name = text("name").map(plain).filter(|name| !name.is_empty());
    Sought {
        channel: Some(case.channel().to_owned()),
        person: text("id_number").map(|number| hash(keys, Kind::Person, number)),
        initials: name
            .as_deref()
            .map(|name| hash(keys, Kind::Initials, &of_name(name))),
        name: name.map(|name| of_whole(keys, &name).cast_signed()),
    }
}

/// Bits of the hash of a name that follow from its first character, then from its first two, then from the whole. So names that begin
/// alike lie side by side in the index, and a beginning is a range of it: no further column, row or index.
const FIRST: u32 = 20;
const TWO: u32 = 20;
const REST: u32 = 64 - FIRST - TWO;

/// The hash of a whole name.
fn of_whole(keys: &Keys, name: &str) -> u64 {
    let upper = |kind, text: &str, bits: u32| hash(keys, kind, text).cast_unsigned() >> (64 - bits);
    let beginning = |count: usize| name.chars().take(count).collect::<String>();
    let first = upper(Kind::First, &beginning(1), FIRST);
    let two = upper(Kind::Two, &beginning(2), TWO);
    (first << TWO | two) << REST | upper(Kind::Name, name, REST)
}

/// Names that begin so, with initials if they are known: 李小, 李xm, 李小m.
fn beginning(keys: &Keys, text: &str) -> Option<Applicant> {
    let letters = text.trim_start_matches(|c: char| !c.is_ascii());
    let begin = text.strip_suffix(letters)?;
    let free = match begin.chars().count() {
        1 => TWO + REST,
        2 => REST,
        _ => return None,
    };
    let within = (1_u64 << free) - 1;
    let whole = of_whole(keys, begin);
    let initials = of_name(begin) + letters;
    let initials = (!letters.is_empty()).then(|| hash(keys, Kind::Initials, &initials));
    // One character alone begins the names of half a city.
    (free == REST || initials.is_some()).then_some(Applicant::Begins {
        first: (whole & !within).cast_signed(),
        last: (whole | within).cast_signed(),
        initials,
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Person,
    Name,
    First,
    Two,
    Initials,
}

fn hash(keys: &Keys, kind: Kind, value: &str) -> i64 {
    let kind = match kind {
        Kind::Person => "person",
        Kind::Name => "name",
        Kind::First => "name-1",
        Kind::Two => "name-2",
        Kind::Initials => "initials",
    };
    keys.sought(kind, value)
}

/// A name as it is compared: without spaces and the dots within it, in capitals.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_uppercase).collect()
}

/// The initials of a person's name, in capitals.
fn of_name(name: &str) -> String {
    let first = name.chars().next();
    let surname = SURNAMES.iter().find(|(c, _)| Some(*c) == first);
    let mut letters = initials(name);
    if let Some((_, read)) = surname {
        letters.replace_range(..1, &read.to_string());
    }
    letters.to_uppercase()
}

/// The first letter of each character as it is read: 一次性 is `ycx`.
pub fn initials(text: &str) -> String {
    let letter = |c: char| match c.to_pinyin() {
        Some(read) => read.first_letter().chars().next(),
        None => c.is_alphanumeric().then_some(c),
    };
    text.chars().filter_map(letter).collect()
}

/// Each character as it is read, by which a dictionary sorts: 待遇 stands before 多发.
pub fn read_aloud(text: &str) -> Vec<String> {
    let read = |c: char| match c.to_pinyin() {
        Some(read) => read.plain().to_owned(),
        None => c.to_lowercase().collect(),
    };
    text.chars().map(read).collect()
}

impl Runtime {
    /// By what the cases of a person are found who is named by ID number, name or its beginning, or initials.
    pub fn applicant(&self, text: &str) -> Option<Applicant> {
        let text = plain(text);
        let keys = &self.0.loader.keys;
        let digits = text.chars().filter(char::is_ascii_digit).count();
        match () {
            () if text.is_empty() => None,
            () if text.len() == 18 && digits >= 17 => {
                Some(Applicant::Person(hash(keys, Kind::Person, &text)))
            }
            () if digits > 0 => None,
            () if text.is_ascii() && text.len() <= 8 => {
                Some(Applicant::Initials(hash(keys, Kind::Initials, &text)))
            }
            () => {
                let name = || Applicant::Name(of_whole(keys, &text).cast_signed());
                Some(beginning(keys, &text).unwrap_or_else(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_initials() {
        assert_eq!(of_name("李四"), "LS");
        assert_eq!(of_name("曾国强"), "ZGQ");
        assert_eq!(of_name(&plain("阿里木·买买提")), "ALMMMT");
        assert_eq!(initials("一次性待遇申领"), "ycxdysl");
        assert!(read_aloud("待遇") < read_aloud("多发"));
        assert!(read_aloud("机关") < read_aloud("军地"));
    }

    /// A beginning finds whoever begins so and nobody else; a family name goes with initials.
    #[test]
    fn names_are_found_by_how_they_begin() {
        let keys = Keys::random();
        let finds = |text: &str, name: &str| {
            let whole = of_whole(&keys, name).cast_signed();
            match beginning(&keys, text) {
                Some(Applicant::Begins {
                    first,
                    last,
                    initials,
                }) => {
                    let of = hash(&keys, Kind::Initials, &of_name(name));
                    (first..=last).contains(&whole) && initials.is_none_or(|i| i == of)
                }
                _ => of_whole(&keys, text).cast_signed() == whole,
            }
        };
        let all = ["李小明", "李小", "李四", "王小明", "李小明月", "曾小明"];
        for (text, expected) in [
            ("李小", vec!["李小明", "李小", "李小明月"]),
            ("李XM", vec!["李小明"]),
            ("李小M", vec!["李小明"]),
            ("曾XM", vec!["曾小明"]),
            ("李小明", vec!["李小明"]),
            ("李", vec![]),
        ] {
            let found: Vec<&str> = all.into_iter().filter(|name| finds(text, name)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_same_text_finds_by_what_it_is() {
        let keys = Keys::random();
        let of = |kind, text| hash(&keys, kind, text);
        assert_ne!(of(Kind::Name, "LS"), of(Kind::Initials, "LS"));
        assert_ne!(
            of(Kind::Name, "LS"),
            hash(&Keys::random(), Kind::Name, "LS")
        );
    }
}
