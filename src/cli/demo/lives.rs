//! The lives of the demo's cases: shipped scenarios, told of other people in other cities and on other days.

use engine::case::Command;
use engine::library::Library;
use engine::scenario::{self, Deed, Moment, Scenario, Told};
use engine::source::Sources;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

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

    /// The life it tells, of the `number`-th person, beginning at an instant.
    pub fn life(&self, library: &Library, number: usize, begins: Timestamp) -> Option<Life> {
        let text = somebody_else(self.text, library, number);
        let mut sources = Sources::default();
        let (scenario, _) = scenario::read(&mut sources, self.path, &text);
        let matter = library.matters.get(self.matter)?;
        let played = scenario::play(library, matter, &moved(scenario?, begins));
        Some(Life {
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

/// The text with the applicant's name and ID number changed wherever they stand. Birth date, sex and check digit stay right.
fn somebody_else(text: &str, library: &Library, number: usize) -> String {
    let mut text = text.to_owned();
    if let Some(id) = id_number(&text).map(str::to_owned)
        && let Some(other) = other_id(&id, number)
    {
        text = text.replace(&id, &other);
    }
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
        let given: String = pick(number * 7 + 3).chars().skip(1).collect();
        text = text.replace(&format!("name: {name}"), &format!("name: {family}{given}"));
    }
    text
}

fn id_number(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("id_number: \"")?;
    rest.get(..18)
}

/// An ID number of the same place, day and sex.
fn other_id(id: &str, number: usize) -> Option<String> {
    let (head, tail) = id.split_at_checked(14)?;
    let serial: usize = tail.get(..3)?.parse().ok()?;
    let body = format!("{head}{:03}", (serial + 2 * number) % 1000);
    let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"];
    let whole = digits.iter().map(|d| format!("{body}{d}"));
    whole
        .into_iter()
        .find(|id| forms::id_number::check(id, Date::MAX).valid)
}
