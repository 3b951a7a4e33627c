//! Names in addresses: a case by its number in the store or the one people know; what lies in a case by `4711-17`.

use super::App;
use super::problem::{Code, Problem};
use serde::{Deserialize, Deserializer};

/// `4711-17`: a case, and a task, hand-off or paper in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// The case.
    pub case: u64,
    /// The number in it.
    pub no: u32,
}

impl Within {
    /// Reads it; `None` if it is no such name.
    pub fn read(text: &str) -> Option<Self> {
        let (case, no) = text.split_once('-')?;
        let plain = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        (plain(case) && plain(no)).then_some(())?;
        Some(Within {
            case: case.parse().ok()?,
            no: no.parse().ok()?,
        })
    }
}

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        Within::read(&text).ok_or_else(|| serde::de::Error::custom("no such name"))
    }
}

/// How something in a case is called outside.
pub fn within(case: u64, no: u32) -> String {
    format!("{case}-{no}")
}

impl App {
    /// The number in the store of the case with this id or number.
    pub async fn case_id(&self, text: &str) -> Result<u64, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let row = self.runtime.store().case_by_number(text).await?;
        let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
        Ok(row.id.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_numbers_make_a_name() {
        assert_eq!(Within::read("4711-17"), Some(Within { case: 4711, no: 17 }));
        for text in [
            "",
            "-",
            "4711",
            "4711-",
            "-17",
            "4711-17-1",
            "+1-2",
            "x-1",
            "1-99999999999",
        ] {
            assert_eq!(Within::read(text), None, "{text}");
        }
    }
}
