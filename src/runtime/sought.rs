//! By what a case is found whose applicant is known: his ID number, his name, or the initials of his name.

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
        name: name.map(|name| hash(keys, Kind::Name, &name)),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Person,
    Name,
    Initials,
}

fn hash(keys: &Keys, kind: Kind, value: &str) -> i64 {
    let kind = match kind {
        Kind::Person => "person",
        Kind::Name => "name",
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

impl Runtime {
    /// By what the cases of a person are found who is named by ID number, name, or initials.
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
            () => Some(Applicant::Name(hash(keys, Kind::Name, &text))),
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
