//! The lives of the demo's cases: shipped scenarios, told of other people in other cities and on other days.

use super::super::Failure;
use super::world::lacks;
use engine::case::Command;
use engine::library::Library;
use engine::scenario::{self, Deed, Moment, Scenario, Told};
use engine::source::Sources;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Places of a city, and people of one sex born there on one day, that a number can tell apart.
const PLACES: u32 = 100;
const PEOPLE: u32 = 500;

/// What will happen to one case, and in what words.
pub(super) struct Life {
    /// Its matter.
    pub matter: String,
    /// What is done to it, in order of time.
    pub deeds: Vec<Deed>,
    /// The same in words.
    pub story: Vec<Told>,
}

/// A scenario file as it ships.
pub(super) struct Script<'l> {
    /// Matter, path and text.
    pub matter: &'l str,
    path: &'l str,
    text: &'l str,
}

/// The scenarios of some matters, in order.
pub(super) fn scripts<'l>(library: &'l Library, matters: &[&str]) -> Vec<Script<'l>> {
    let chosen = library
        .scenarios
        .iter()
        .filter(|(id, _)| matters.contains(&id.as_str()));
    let script = |matter: &'l String, file: &'l (String, String)| Script {
        matter,
        path: &file.0,
        text: &file.1,
    };
    chosen
        .flat_map(|(id, files)| files.iter().map(move |file| script(id, file)))
        .collect()
}

impl Life {
    /// After how many deeds the case is suspended: the act, and the second person's word.
    pub fn suspended(&self) -> Option<usize> {
        let acts = |deed: &Deed| matches!(&deed.command, Command::Act { event, .. } if &**event == "suspend");
        self.deeds.iter().position(acts).map(|at| at + 2)
    }
}

impl Script<'_> {
    /// Its file name without endings.
    pub fn name(&self) -> &str {
        let file = self.path.rsplit('/').next().unwrap_or(self.path);
        file.split('.').next().unwrap_or(file)
    }

    /// The life it tells, of the `number`-th person, beginning at an instant. `given` are the ID numbers that others have.
    pub fn life(
        &self,
        library: &Library,
        number: usize,
        begins: Timestamp,
        given: &mut BTreeSet<String>,
    ) -> Result<Life, Failure> {
        let text = somebody_else(self.text, library, number, given);
        let text = text.ok_or_else(|| lacks(self.path))?;
        let mut sources = Sources::default();
        let (scenario, _) = scenario::read(&mut sources, self.path, &text);
        let found = library.matters.get(self.matter).zip(scenario);
        let (matter, scenario) = found.ok_or_else(|| lacks(self.path))?;
        let played = scenario::play(library, matter, &moved(scenario, begins));
        Ok(Life {
            matter: self.matter.to_owned(),
            deeds: played.deeds,
            story: played.story,
        })
    }
}

/// The scenario as if it had begun at another time.
fn moved(mut scenario: Scenario, begins: Timestamp) -> Scenario {
    let by: SignedDuration = begins.duration_since(scenario.given.now);
    let shift = |at: Timestamp| at.saturating_add(by).unwrap_or(at);
    scenario.given.now = shift(scenario.given.now);
    for line in &mut scenario.when {
        if let Moment::At(at) = &mut line.moment {
            *at = shift(*at);
        }
    }
    scenario
}

/// The text with the applicant's name and ID number changed wherever they stand. Birth date, sex and check digit stay right. None
/// once all numbers of such people are given.
fn somebody_else(
    text: &str,
    library: &Library,
    number: usize,
    given: &mut BTreeSet<String>,
) -> Option<String> {
    let id = id_number(text)?;
    let other = other_id(id, given)?;
    let mut text = text.replace(id, &other);
    let people = library.network.people();
    let name = text
        .split_once("name: ")
        .and_then(|(_, rest)| rest.split([',', ' ']).next());
    if let (Some(name), false) = (name.map(str::to_owned), people.is_empty()) {
        let pick = |at: usize| {
            people
                .get(at % people.len())
                .map_or("", |p| p.name.as_str())
        };
        let family: String = pick(number).chars().take(1).collect();
        let own: String = pick(number * 7 + 3).chars().skip(1).collect();
        text = text.replace(&format!("name: {name}"), &format!("name: {family}{own}"));
    }
    Some(text)
}

fn id_number(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("id_number: \"")?;
    rest.get(..18)
}

/// An ID number of the same province, day and sex that nobody has: the numbers of the place one after the other, then of the next.
/// It is given from now on; what is kept are the digits before the check digit.
fn other_id(id: &str, given: &mut BTreeSet<String>) -> Option<String> {
    let (place, rest) = id.split_at_checked(6)?;
    let (day, tail) = rest.split_at_checked(8)?;
    let place: u32 = place.parse().ok()?;
    let serial: u32 = tail.get(..3)?.parse().ok()?;
    let mut bodies = (0..PLACES * PEOPLE).map(|next| {
        let place = place / PLACES * PLACES + (place + next / PEOPLE) % PLACES;
        format!("{place}{day}{:03}", (serial + 2 * next) % (2 * PEOPLE))
    });
    let body = bodies.find(|body| !given.contains(body))?;
    let other = whole(&body);
    given.insert(body);
    other
}

/// The number with its check digit.
fn whole(body: &str) -> Option<String> {
    let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"];
    let mut whole = digits.iter().map(|d| format!("{body}{d}"));
    whole.find(|id| forms::id_number::check(id, Date::MAX).valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many people of one day there are, and whoever came before: no number is given twice, and all stay what they say.
    #[test]
    fn no_number_is_given_twice() {
        let (mut given, mut all) = (BTreeSet::new(), BTreeSet::new());
        for id in ["450400196605100016", "450400196605100032"] {
            for _ in 0..600 {
                let other = other_id(id, &mut given).unwrap();
                let read = forms::id_number::check(&other, Date::MAX);
                assert_eq!(read.birth_date.unwrap().to_string(), "1966-05-10");
                assert_eq!(read.sex, Some(forms::id_number::Sex::Male));
                assert!(all.insert(other));
            }
        }
    }
}
