//! What happened to a case, line by line, in words: who, when, what, how long it took, and the paper that went out with it.

use super::look;
use super::session::Guest;
use super::span;
use crate::runtime::{Entry, Seen, heading};
use crate::web::views::People;
use engine::case::{Actor, Event, Fact, FrameNo, MovedWait, PaperNo, Party, Recount, Sight};
use engine::text::{Lang, both};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::{Map, Value};

/// What a line is about; a reader may ask for one kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// What people did to the case.
    Business,
    /// Whom somebody was told.
    Notice,
    /// What follows by itself.
    System,
}

impl Sort {
    /// All of them with their names in addresses.
    pub const ALL: [(&'static str, Sort); 3] = [
        ("business", Sort::Business),
        ("notice", Sort::Notice),
        ("system", Sort::System),
    ];

    fn of(fact: &Fact) -> Sort {
        match fact {
            Fact::NoticeOwed { .. } => Sort::Notice,
            // A choice or a table is passed by itself.
            Fact::StepDone {
                task: None,
                by: None,
                ..
            } => Sort::System,
            Fact::CaseOpened { .. }
            | Fact::StepDone { .. }
            | Fact::StepFailed { .. }
            | Fact::CallFailed { .. }
            | Fact::TaskClaimed { .. }
            | Fact::TaskReleased { .. }
            | Fact::TaskTransferred { .. }
            | Fact::TaskDelegated { .. }
            | Fact::TaskHandedBack { .. }
            | Fact::StepTakenBack { .. }
            | Fact::TaskUrged { .. }
            | Fact::TaskDone { .. }
            | Fact::Proposed { .. }
            | Fact::HandoffSent { .. }
            | Fact::HandoffReceived { .. }
            | Fact::HandoffRefused { .. }
            | Fact::HandoffCalledOff { .. }
            | Fact::SubcaseAsked { .. }
            | Fact::SubcaseMoved { .. }
            | Fact::MessageTaken { .. }
            | Fact::Happened { .. }
            | Fact::PaperIssued { .. }
            | Fact::PaperDelivered { .. }
            | Fact::StatusChanged { .. }
            | Fact::Recounted { .. }
            | Fact::CardEscalated { .. }
            | Fact::CardPursued { .. }
            | Fact::CardExplained { .. }
            | Fact::CardClosed { .. }
            | Fact::CameLate { .. }
            | Fact::CertificateIssued { .. }
            | Fact::CertificateUsed { .. }
            | Fact::CertificateEnded { .. }
            | Fact::CertificateTaken { .. }
            | Fact::CertificateDeclined { .. }
            | Fact::CertificateRevoked { .. }
            | Fact::CaseClosed => Sort::Business,
            Fact::ClockReached { card: Some(_), .. } => Sort::Business,
            _ => Sort::System,
        }
    }
}

/// A card that went up because nobody explained it.
fn by_itself(event: &Event) -> bool {
    matches!(event.fact, Fact::CardEscalated { .. })
}

/// Everything a line may need to be told.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    /// For whom.
    pub guest: &'a Guest,
    /// Of which case.
    pub seen: &'a Seen,
    /// How much of it he sees.
    pub sight: Sight,
    /// Everybody by id.
    pub people: &'a People,
}

impl Teller<'_> {
    /// The lines of a history, the newest first, of one kind or of all.
    pub fn lines(&self, entries: &[Entry], sort: Option<Sort>, most: usize) -> Markup {
        let all = entries.iter().rev().flat_map(|entry| {
            let events = entry.events.iter().rev();
            events.map(move |event| (entry, event))
        });
        let of_sort =
            |(_, event): &(&Entry, &Event)| sort.is_none_or(|s| Sort::of(&event.fact) == s);
        let mut all = all.filter(of_sort).peekable();
        let mut lines = Vec::new();
        while let Some((entry, event)) = all.next() {
            let mut told: Vec<Markup> = self.line(entry, event).into_iter().collect();
            // What goes up by itself, day after day, is one line.
            while by_itself(event) && all.peek().is_some_and(|(_, next)| by_itself(next)) {
                let next = all.next();
                told.extend(next.and_then(|(entry, event)| self.line(entry, event)));
            }
            match told.len() {
                0 => {}
                1 => lines.append(&mut told),
                _ => lines.push(self.folded(entry, &told)),
            }
            if lines.len() >= most {
                break;
            }
        }
        html! {
            @if lines.is_empty() { p class="hint" { (self.guest.words.t("time.none")) } }
            @else { ol class="timeline" { @for line in lines { (line) } } }
        }
    }

    /// Several lines of one kind as one that opens.
    fn folded(&self, last: &Entry, lines: &[Markup]) -> Markup {
        let count = [("count", lines.len().to_string())];
        html! {
            li {
                span class="when" { (look::time(last.at.as_millisecond())) }
                details {
                    summary { (self.guest.words.say("time.folded", &count)) }
                    ol class="timeline" { @for line in lines { (line) } }
                }
            }
        }
    }

    fn line(&self, entry: &Entry, event: &Event) -> Option<Markup> {
        let what = self.what(event)?;
        let why = self.why(event);
        let took = self.took(event, entry.at);
        let words = self.guest.words;
        Some(html! {
            li {
                span class="when" { (look::time(entry.at.as_millisecond())) }
                span class="what" { (what) }
                @if let Some((no, title)) = self.paper(event) {
                    " " a href=(format!("/cases/{}/papers/{}", self.seen.id, no.0)) { (title) }
                }
                @if let Some(why) = why { span class="why" { (words.say("time.why", &[("why", why)])) } }
                span class="who" {
                    (self.who(&entry.actor, &entry.events))
                    @if let Some(took) = took { " · " (words.say("time.took", &[("span", took)])) }
                }
            }
        })
    }

    /// The sentence of a fact; none for what nobody would look for.
    pub fn what(&self, event: &Event) -> Option<String> {
        let fact = serde_json::to_value(&event.fact).ok()?;
        let map = fact.as_object()?;
        let kind = map.get("type")?.as_str()?;
        let args = self.args(map);
        let told = self.guest.words.tell("fact", kind, &args)?;
        // What has no name of its own is left unnamed.
        let told = told.trim_end_matches(['：', ':', ' ']).to_owned();
        Some(told).filter(|told| !told.is_empty())
    }

    /// What the sentence may name.
    fn args(&self, fact: &Map<String, Value>) -> Vec<(&'static str, String)> {
        let text = |name: &str| fact.get(name).and_then(Value::as_str);
        let words = self.guest.words;
        let frame = fact.get("frame").and_then(Value::as_u64);
        let frame = frame.and_then(|f| u32::try_from(f).ok()).map(FrameNo);
        let task = fact.get("task").and_then(Value::as_u64);
        let task = task.and_then(|no| {
            let no = u32::try_from(no).ok()?;
            self.seen.case.tasks().get(&engine::case::TaskNo(no))
        });
        let step = match (text("step"), task) {
            (Some(step), _) => self.step(step, frame),
            (None, Some(task)) => self.step(task.step(), Some(task.frame())),
            (None, None) => String::new(),
        };
        let outcome = text("outcome").or(text("result")).or(text("what"));
        let told = text("type") == Some("notice_owed");
        let to = fact.get("to").map(|to| self.party(to));
        let to = to.or_else(|| told.then(|| words.t("time.applicant")));
        let stood = text("for").map(|id| self.person(id));
        let reason = text("reason").map(|code| self.reason(code));
        let clock = text("clock").map(|name| clock(self.guest, self.seen, name));
        let status = text("status").map(|s| words.word("status", s));
        let level = text("level").map(|l| words.word("level", l));
        let rung = text("rung").map(|r| words.word("card.rung", r));
        let missing = fact.get("missing").and_then(Value::as_array);
        let missing = missing.map(|names| self.materials(names));
        let plain = [
            "event",
            "mark",
            "name",
            "matter",
            "about",
            "connector",
            "key",
        ];
        let plain = plain.map(|name| (name, text(name).unwrap_or_default().to_owned()));
        let about = text("about").map(|about| self.about(about));
        let mut args = vec![
            ("step", step),
            (
                "outcome",
                outcome.map(|o| said(self.guest, o)).unwrap_or_default(),
            ),
            ("to", to.unwrap_or_default()),
            ("reason", reason.unwrap_or_default()),
            ("clock", clock.unwrap_or_default()),
            ("status", status.unwrap_or_default()),
            ("level", level.unwrap_or_default()),
            ("for", stood.unwrap_or_default()),
            ("rung", rung.unwrap_or_default()),
            ("missing", missing.unwrap_or_default()),
            ("notice", about.unwrap_or_default()),
            ("limits", self.recounted(fact)),
            (
                "calendar",
                fact.get("calendar")
                    .map(Value::to_string)
                    .unwrap_or_default(),
            ),
        ];
        args.extend(self.certificate(fact));
        args.extend(plain.map(|(name, text)| {
            let told = match name {
                "mark" => self.guest.words.tell("mark", &text, &[]),
                "event" => Some(act(self.guest, &text)),
                "name" => {
                    let message = self.guest.network.message(&text);
                    message.map(|title| self.guest.words.of(title).to_owned())
                }
                _ => None,
            };
            (
                name,
                told.or_else(|| called(self.guest, &text))
                    .unwrap_or_default(),
            )
        }));
        args
    }

    /// What is said of a certificate: for what it stands, whose it is, what became of it.
    fn certificate(&self, fact: &Map<String, Value>) -> Vec<(&'static str, String)> {
        let words = self.guest.words;
        let text = |name: &str| fact.get(name).and_then(Value::as_str);
        let flag = |key: &str| Some(fact.get(key)?.as_bool()?.to_string());
        let place = |code: Option<&str>| Some(look::city(self.guest, code?));
        let city = |name: &'static str| Some((name, place(text(name))?));
        let material = fact.get("material").map(std::slice::from_ref);
        let kind = text("kind").filter(|_| fact.contains_key("until"));
        let said = [
            material.map(|m| ("material", self.materials(m))),
            kind.and_then(|kind| {
                let title = self.seen.revision.certificate_title(kind)?;
                Some(("certificate", words.of(&title).to_owned()))
            }),
            text("until").map(|day| ("until", day.to_owned())),
            city("city"),
            city("used_in").or_else(|| Some(("used_in", place(text("city"))?))),
            flag("accepted").map(|flag| ("accepted", words.word("certificate.accepted", &flag))),
            flag("revoked").map(|flag| ("ended", words.word("certificate.ended", &flag))),
        ];
        said.into_iter().flatten().collect()
    }

    fn step(&self, name: &str, frame: Option<FrameNo>) -> String {
        let step = self.seen.revision.named(name).map(|(_, step)| step);
        let title = match step {
            Some(step) => self.guest.words.of(&step.title).to_owned(),
            None => said(self.guest, name),
        };
        // A branch is told by its steps, one of several items by its name.
        let keys = frame.map(|f| self.seen.case.item_keys(&self.seen.revision, f));
        let keys = keys.unwrap_or_default().into_iter();
        let keys: Vec<&str> = keys
            .map(|key| look::item(self.guest, self.seen, key))
            .collect();
        match keys.is_empty() {
            true => title,
            false => {
                let args = [("step", title), ("key", keys.join(" · "))];
                self.guest.words.say("time.branch", &args)
            }
        }
    }

    /// The limits that were worked out anew, each with its old and its new end.
    fn recounted(&self, fact: &Map<String, Value>) -> String {
        let clocks = fact.get("clocks").cloned().unwrap_or_default();
        let clocks: Vec<Recount> = serde_json::from_value(clocks).unwrap_or_default();
        let words = self.guest.words;
        let at = |instant: Timestamp| super::lists::instant(instant.as_millisecond());
        let one = |anew: &Recount| {
            let args = [
                ("clock", clock(self.guest, self.seen, &anew.clock)),
                ("was", at(anew.was)),
                ("due", at(anew.ledger.due())),
            ];
            match anew.moved() {
                true => words.say("time.moved", &args),
                false => words.say("time.firm", &args),
            }
        };
        let waits = fact.get("waits").cloned().unwrap_or_default();
        let waits: Vec<MovedWait> = serde_json::from_value(waits).unwrap_or_default();
        let wait = |moved: &MovedWait| {
            let step = self.step(&moved.step, Some(moved.frame));
            let args = [
                ("clock", step),
                ("was", at(moved.was)),
                ("due", at(moved.until)),
            ];
            words.say("time.moved", &args)
        };
        let lines = clocks.iter().map(one).chain(waits.iter().map(wait));
        lines.collect::<Vec<_>>().join("；")
    }

    fn about(&self, about: &str) -> String {
        match about.rsplit_once('.') {
            Some((step, outcome)) => {
                format!("{} · {}", self.step(step, None), said(self.guest, outcome))
            }
            None => act(self.guest, about),
        }
    }

    fn materials(&self, names: &[Value]) -> String {
        let title = |name: &str| {
            let material = self.seen.revision.material(name);
            material
                .map_or(name, |m| self.guest.words.of(&m.title))
                .to_owned()
        };
        let all: Vec<String> = names.iter().filter_map(Value::as_str).map(title).collect();
        match all.is_empty() {
            true => self.guest.words.t("time.nothing_missing"),
            false => self.guest.words.list(&all),
        }
    }

    fn reason(&self, code: &str) -> String {
        let known = self.guest.network.reason(code);
        let of_table = || self.seen.revision.tables().find_map(|t| t.label(code));
        let known = known.or_else(of_table);
        known
            .map_or_else(|| self.guest.own(code), |text| self.guest.words.of(text))
            .to_owned()
    }

    /// A person by id, a post, or a seat.
    fn party(&self, value: &Value) -> String {
        let post = value.as_str().or_else(|| value.get("post")?.as_str());
        let Some(text) = post else {
            return self.guest.words.t("time.applicant");
        };
        // A seat names a party of the matter before its post.
        let post = text.split_once('@').map_or(text, |(_, post)| post);
        match post.parse::<Party>() {
            Ok(party) => party_text(self.guest, &party),
            Err(_) if self.guest.network.city(post).is_some() => look::city(self.guest, post),
            Err(_) => self.person(text),
        }
    }

    fn person(&self, id: &str) -> String {
        self.people
            .get(id)
            .map_or(id, |p| p.name.as_str())
            .to_owned()
    }

    /// Why, as it was said: words beside the fact, or the text of a code.
    fn why(&self, event: &Event) -> Option<String> {
        if self.sight != Sight::Whole {
            return None;
        }
        if let Fact::CallFailed { cause, .. } = &event.fact {
            let args = cause.args.iter().map(|(k, v)| (k.as_str(), v.clone()));
            let why = both(&cause.why, &args.collect::<Vec<_>>());
            return Some(self.guest.words.of(&why).to_owned());
        }
        let said = event.content.as_str().or_else(|| {
            let words = ["reason", "words"];
            words
                .iter()
                .find_map(|name| event.content.get(name)?.as_str())
        });
        let fact = serde_json::to_value(&event.fact).ok()?;
        let code = fact.get("reason").and_then(Value::as_str);
        let why = said.or(code).filter(|why| !why.is_empty())?;
        Some(self.reason(why))
    }

    fn paper(&self, event: &Event) -> Option<(PaperNo, String)> {
        let (Fact::PaperIssued { paper, .. } | Fact::PaperDelivered { paper, .. }) = &event.fact
        else {
            return None;
        };
        let issued = self.seen.case.papers().get(paper)?;
        let title = heading(&self.seen.revision, &issued.template);
        let title = format!(
            "{} {}",
            self.guest.own(title),
            self.seen.case.paper_number(*paper)
        );
        (self.sight == Sight::Whole).then_some((*paper, title))
    }

    /// How long whoever did it had the task before him.
    fn took(&self, event: &Event, at: Timestamp) -> Option<String> {
        let (Fact::StepDone {
            task: Some(task), ..
        }
        | Fact::TaskDone { task, .. }) = &event.fact
        else {
            return None;
        };
        let task = self.seen.case.tasks().get(task)?;
        // An office is measured by its hours, as its limits are; the applicant by the days that went by.
        let office = task.seats().iter().find(|s| !s.post.is_applicant());
        Some(match office {
            Some(seat) => span::worked(self.guest, &seat.post.city, (task.opened(), at)),
            None => span::duration(self.guest, at.duration_since(task.opened())),
        })
    }

    /// Who did something.
    pub fn who(&self, actor: &Actor, events: &[Event]) -> Markup {
        let words = self.guest.words;
        match actor {
            Actor::Person { id, stands_for, .. } => html! {
                (self.person(id))
                @if let Some(standing) = stands_for {
                    " " (words.say("time.stands_for", &[("name", self.person(&standing.person))]))
                }
                @if let Some(post) = actor.acted_as(events) {
                    " · " (look::party(self.guest, post))
                    @if let Some(home) = actor.home(post) { " " (look::lent(self.guest, home)) }
                }
            },
            // He does nothing, so no line is his.
            Actor::Onlooker { id, .. } => html! { (self.person(id)) },
            Actor::Applicant => html! { (words.t("time.applicant")) },
            Actor::Peer {
                deployment, post, ..
            } => html! {
                (look::party(self.guest, post)) " · " (words.say("time.deployment", &[("name", deployment.to_string())]))
            },
            Actor::System { name } => html! {
                @match self.people.get(&**name) {
                    Some(system) => (system.name),
                    None => (words.t("time.system")),
                }
            },
            Actor::Engine => html! { (words.t("time.engine")) },
        }
    }
}

/// City, department and post as one text.
pub fn party_text(guest: &Guest, party: &Party) -> String {
    match party.is_applicant() {
        true => guest.words.t("time.applicant"),
        false => look::party(guest, party).into_string(),
    }
}

/// What a name of the files is called; none where it is a word of theirs alone, which tells a reader nothing.
pub fn called(guest: &Guest, name: &str) -> Option<String> {
    let own = guest.own(name);
    let of_files = |c: char| !c.is_ascii_uppercase() && c.is_ascii_graphic();
    let bare = own == name && name.chars().all(of_files) && name.contains(char::is_alphabetic);
    match (bare, guest.words.0) {
        (true, Lang::Zh) => None,
        (true, Lang::En) => Some(own.replace(['_', '-'], " ")),
        (false, _) => Some(own.to_owned()),
    }
}

/// An outcome or act in words: those the engine itself knows have some, all others are words.
pub fn said(guest: &Guest, outcome: &str) -> String {
    let known = guest.words.tell("outcome", outcome, &[]);
    let known = known.or_else(|| guest.words.tell("act", outcome, &[]));
    known.unwrap_or_else(|| guest.own(outcome).to_owned())
}

/// An act or event in words; nothing where it has no name but that of the files.
pub fn act(guest: &Guest, name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let known = guest.words.tell("act", last, &[]);
    known.or_else(|| called(guest, last)).unwrap_or_default()
}

/// A clock in words: the kinds everybody knows, else the step it belongs to, else its own name; then which of several it is.
pub fn clock(guest: &Guest, seen: &Seen, name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let (first, last) = (
        parts.first().copied().unwrap_or(name),
        parts.last().copied().unwrap_or(name),
    );
    // A step of a shared block goes by the name of the block too.
    let titled = |step: &str| {
        let inside = format!("{first}.{step}");
        let named = seen
            .revision
            .named(step)
            .or_else(|| seen.revision.named(&inside));
        named.map(|(_, step)| guest.words.of(&step.title).to_owned())
    };
    let known = guest.words.tell("clock", last, &[]);
    let known = known.or_else(|| titled(name)).or_else(|| titled(last));
    let own = known.or_else(|| called(guest, last));
    let own = own.unwrap_or_else(|| guest.words.t("clock.other"));
    let way = parts.split_last().map_or(&[][..], |(_, way)| way);
    // A letter is to be received within a limit of its own.
    let letter = (last == "receive").then(|| way.last().and_then(|step| titled(step)));
    let items = way
        .iter()
        .skip_while(|part| **part == first && titled(part).is_none());
    let items = items.filter(|part| titled(part).is_none());
    let items = items.filter_map(|item| match seen.revision.material(item) {
        Some(material) => Some(guest.words.of(&material.title).to_owned()),
        None => called(guest, item),
    });
    let head = letter.flatten().into_iter().chain([own]);
    let parts: Vec<String> = head.chain(items).collect();
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use engine::text::Lang;
    use std::path::Path;

    /// A fact nobody has words for would be missing from every timeline.
    #[test]
    fn every_fact_that_was_ever_written_has_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/tests/events");
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines() {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                let kind = event[1]["type"].as_str().unwrap();
                for lang in [Lang::Zh, Lang::En] {
                    assert!(Words(lang).tell("fact", kind, &[]).is_some(), "{kind}");
                }
            }
        }
    }
}
