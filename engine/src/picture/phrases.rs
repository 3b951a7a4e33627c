//! The phrases all pictures share: who, where to, how long, why, and the titles behind the names of a matter.

use super::Picture;
use super::outline::Outline;
use crate::clock::Limit;
use crate::expr::{Shape, condition, shape, words};
use crate::matter::{
    Basis, EventDef, Final, Letter, LimitValue, Name, Needs, Notify, Outcome, Party, Pauses,
    Reason, Rest, SequenceIx, Step, StepIx, Value, Way, Whom,
};
use crate::network::Network;
use crate::source::Spanned;
use crate::text::{Lang, Text, joined, say};

impl<'a> Picture<'a> {
    /// A sentence of the catalogue, under `picture.`.
    pub(super) fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        let args: Vec<(&str, String)> = args.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let key = format!("picture.{key}");
        joined(self.lang, &key, &args).unwrap_or(key)
    }

    /// Puts a sentence behind another: with a space where the language wants one.
    pub(super) fn glue(&self, before: &mut String, after: &str) {
        if self.lang == Lang::En && !after.is_empty() && !after.starts_with([',', '.', ';', ':']) {
            before.push(' ');
        }
        before.push_str(after);
    }

    /// `a、b、c`
    pub(super) fn list(&self, items: impl IntoIterator<Item = String>) -> String {
        let mut items: Vec<String> = items.into_iter().filter(|i| !i.is_empty()).collect();
        let Some(last) = items.pop() else {
            return String::new();
        };
        items.into_iter().rev().fold(last, |after, before| {
            self.say("list", &[("a", &before), ("b", &after)])
        })
    }

    pub(super) fn title_of(&self, step: &Step) -> String {
        let title = step.title.get(self.lang);
        match (title, &step.kind) {
            ("", crate::matter::Kind::End(end)) => self.ending(end.state.value, end.label.as_ref()),
            ("", crate::matter::Kind::Paper(letter)) => self.paper(&letter.paper.value),
            ("", crate::matter::Kind::Notify(to)) => self.notified(to),
            (
                "",
                crate::matter::Kind::Group {
                    block: Some(block), ..
                },
            ) => self.block_title(&block.value),
            ("", _) => step.id.to_string(),
            (title, _) => title.to_owned(),
        }
    }

    /// Whether a group holds nothing: a slot that nobody fills.
    pub(super) fn is_empty(&self, body: SequenceIx) -> bool {
        let body = self.matter.sequence(body);
        body.is_some_and(|body| body.steps.is_empty())
    }

    /// What people call a block; its name where nobody knows.
    fn block_title(&self, block: &str) -> String {
        say(self.lang, &format!("picture.block.{block}"), &[]).unwrap_or_else(|| block.to_owned())
    }

    /// A party by its name; `PARTY.lead`, `applicant` and `supervisor` are built in.
    pub(super) fn party(&self, name: &str) -> String {
        let (head, tail) = name.split_once('.').unwrap_or((name, ""));
        let title = match self.find_party(head) {
            Some(party) => party.title.get(self.lang).to_owned(),
            None => say(self.lang, &format!("picture.party.{head}"), &[])
                .unwrap_or_else(|| head.to_owned()),
        };
        match tail {
            "lead" => self.say("lead", &[("who", &title)]),
            _ => title,
        }
    }

    pub(super) fn parties(&self, names: &[Spanned<Name>]) -> String {
        let names: Vec<String> = names.iter().map(|n| self.party(n)).collect();
        names
            .into_iter()
            .reduce(|a, b| self.say("either", &[("a", &a), ("b", &b)]))
            .unwrap_or_default()
    }

    /// A party of the matter or of one of its groups.
    pub(super) fn find_party(&self, name: &str) -> Option<&'a Party> {
        let inner = self.matter.steps.iter().flat_map(|s| &s.parties);
        let mut all = self.matter.parties.iter().chain(inner);
        all.find(|p| &**p.name == name)
    }

    /// The party whose department decides another matter, a case of which is opened for it.
    pub(super) fn party_for(&self, matter: &str) -> Option<Name> {
        let other = self.library?.matters.get(matter)?;
        let decides = other.decides.as_ref()?;
        let decides = other.parties.iter().find(|p| *p.name == **decides)?;
        let inner = self.matter.steps.iter().flat_map(|s| &s.parties);
        let mut all = self.matter.parties.iter().chain(inner);
        let own = all.find(|p| *p.department == *decides.department)?;
        Some(own.name.value.clone())
    }

    /// The city of a party in words.
    pub(super) fn city(&self, party: &Party) -> String {
        match &party.city {
            Value::Plain(name) => {
                let city = self.network().and_then(|n| n.city(&name.value));
                city.map_or_else(
                    || name.value.clone(),
                    |c| match self.lang {
                        Lang::En if !c.en.is_empty() => c.en.clone(),
                        _ => c.name.clone(),
                    },
                )
            }
            value => self.value(value),
        }
    }

    /// Department and post of a party in words.
    pub(super) fn office(&self, party: &Party) -> String {
        let network = self.network();
        let department = network.and_then(|n| n.department(&party.department));
        let department = department.map_or(party.department.as_str(), |d| d.title.get(self.lang));
        let post = network.and_then(|n| n.post(&party.post));
        let post = post.map_or(party.post.as_str(), |p| p.get(self.lang));
        self.say("office", &[("department", department), ("post", post)])
    }

    /// The value in words.
    pub(super) fn value(&self, value: &Value) -> String {
        match value {
            Value::Computed(formula) => self.formula(&formula.source.value),
            Value::Plain(text) if matches!(text.value.as_str(), "true" | "false") => {
                let word = format!("words.{}", text.value);
                let word = say(self.lang, &word, &[]).unwrap_or_default();
                self.quoted(word)
            }
            Value::Plain(text) => self.own(&text.value).to_owned(),
            Value::List(items) => self.list(items.iter().map(|v| self.value(v))),
        }
    }

    /// The condition in words: of a yes or no, that it is yes.
    pub(crate) fn test(&self, value: &Value) -> String {
        match value {
            Value::Computed(formula) => {
                let source = &formula.source.value;
                condition(source, self.lang, self).unwrap_or_else(|| source.trim().to_owned())
            }
            _ => self.value(value),
        }
    }

    fn formula(&self, source: &str) -> String {
        words(source, self.lang, self).unwrap_or_else(|| source.trim().to_owned())
    }

    /// A word of a form, in quotes.
    pub(super) fn quoted(&self, text: String) -> String {
        say(self.lang, "words.text", &[("a", text.clone())]).unwrap_or(text)
    }

    /// That something is a value: behind a colon where it is one or another.
    pub(super) fn is(&self, a: &str, value: &Value) -> String {
        let key = if is_either(value) { "is_either" } else { "is" };
        self.say(key, &[("a", a), ("b", &self.value(value))])
    }

    pub(super) fn limit(&self, limit: &LimitValue) -> String {
        match limit {
            LimitValue::Fixed(limit) => self.fixed(limit.value),
            LimitValue::Computed(formula) => self.formula(&formula.source.value),
        }
    }

    pub(super) fn fixed(&self, limit: Limit) -> String {
        limit.words().get(self.lang).to_owned()
    }

    /// How often a round comes.
    pub(super) fn each(&self, every: Limit) -> String {
        let key = format!("picture.each.{every}");
        let once = say(self.lang, &key, &[]);
        once.unwrap_or_else(|| self.say("each", &[("every", &self.fixed(every))]))
    }

    /// A sentence of a limit, which has one of its own for a limit of no time at all.
    pub(super) fn within(&self, key: &str, limit: &LimitValue) -> String {
        match limit {
            LimitValue::Fixed(fixed) if fixed.count == 0 => {
                self.say(&format!("{key}.at_once"), &[])
            }
            _ => self.say(key, &[("limit", &self.limit(limit))]),
        }
    }

    /// Where something stands in the law.
    pub(super) fn basis(&self, basis: &[Basis]) -> String {
        let unknown = Network::default();
        let network = self.network().unwrap_or(&unknown);
        self.list(basis.iter().map(|b| b.cited(network, self.lang)))
    }

    /// The paper's heading, or its file's name.
    pub(super) fn paper(&self, name: &str) -> String {
        let text = self.revision.and_then(|r| r.paper(name));
        let heading = text.and_then(|t| t.lines().find_map(|l| l.strip_prefix("# ")));
        self.say(
            "paper",
            &[("title", self.own(heading.unwrap_or(name).trim()))],
        )
    }

    /// What people call a decision table.
    pub(super) fn table_title(&self, name: &str) -> String {
        let table = self.revision.and_then(|r| r.table(name));
        let title = table.and_then(|table| self.worded(table.title()));
        title.unwrap_or_else(|| name.to_owned())
    }

    pub(super) fn matter_title(&self, id: &str) -> String {
        let other = self.library.and_then(|l| l.matters.get(id));
        other.map_or_else(|| id.to_owned(), |m| m.title.get(self.lang).to_owned())
    }

    /// That a case ends, and how.
    pub(super) fn end_title(&self, state: Final, label: Option<&Text>) -> String {
        self.say("end", &[("state", &self.ending(state, label))])
    }

    /// How a case ends.
    fn ending(&self, state: Final, label: Option<&Text>) -> String {
        let names = Final::ALL.iter().find(|(_, f)| *f == state);
        let state = self.say(&format!("end.{}", names.map_or("", |n| n.0)), &[]);
        match label {
            Some(label) => self.say(
                "end_label",
                &[("label", label.get(self.lang)), ("state", &state)],
            ),
            None => state,
        }
    }

    pub(super) fn notified(&self, to: &[Notify]) -> String {
        let one = |n: &Notify| match &n.to {
            Whom::Party(party) => self.party(party),
            Whom::Phone(field) => self.say("notify_phone", &[("field", &self.path(field))]),
        };
        let who = self.list(to.iter().map(one));
        self.say("notify", &[("who", &who)])
    }

    pub(super) fn needs(&self, needs: &Needs) -> String {
        match needs {
            Needs::Marks(marks) => self.list(marks.iter().map(|m| self.mark(m))),
            Needs::Condition(value) => self.test(value),
        }
    }

    pub(super) fn mark(&self, mark: &str) -> String {
        say(self.lang, &format!("picture.mark.{mark}"), &[])
            .unwrap_or_else(|| self.own(mark).to_owned())
    }

    /// A moment of a limit: a mark, `STEP`, `STEP.opened`, `STEP.received`, …
    pub(super) fn moment(&self, moment: &str) -> String {
        let known = ["opened", "sent", "received"];
        let (step, what) = match moment.rsplit_once('.') {
            Some((step, what)) if known.contains(&what) => (step, what),
            _ => (moment, "done"),
        };
        match self.matter.find(step) {
            Some((_, step)) => {
                self.say(&format!("moment.{what}"), &[("step", &self.title_of(step))])
            }
            None => self.mark(moment),
        }
    }

    pub(super) fn pauses(&self, pauses: &Pauses) -> String {
        let which = match &pauses.limits {
            Some(limits) => self.list(limits.iter().map(|l| self.limit_name(l))),
            None => self.say("all_limits", &[]),
        };
        let mut out = self.say("pauses", &[("limits", &which)]);
        if let Some(test) = &pauses.only_if {
            out = self.say("only_if", &[("test", &self.test(test)), ("what", &out)]);
        }
        if let Some(max) = &pauses.max {
            out = self.say("at_most", &[("what", &out), ("limit", &self.limit(max))]);
        }
        out
    }

    /// A limit amid a sentence: by its name if that says that it is one.
    pub(super) fn limit_name(&self, name: &str) -> String {
        let title = self.limit_title(name);
        let says_so = match self.lang {
            Lang::Zh => title.ends_with(['限', '诺']),
            Lang::En => ["limit", "promise"]
                .iter()
                .any(|word| title.to_lowercase().contains(word)),
        };
        match says_so {
            true => title,
            false => self.say("limit_of", &[("step", &title)]),
        }
    }

    /// What people call a limit: by its title or name, or as the step it is of.
    pub(super) fn limit_title(&self, name: &str) -> String {
        let inner = self.matter.steps.iter().flat_map(|s| &s.limits);
        let mut all = self.matter.limits.iter().chain(inner);
        let titled = all.find(|l| &**l.name == name && !l.title.zh.is_empty());
        let titled = titled.map(|l| l.title.get(self.lang).to_owned());
        let known = || say(self.lang, &format!("picture.limit.{name}"), &[]);
        let of_step = || Some(self.title_of(self.matter.find(name)?.1));
        titled
            .or_else(known)
            .or_else(of_step)
            .unwrap_or_else(|| self.own(name).to_owned())
    }

    /// What an event is called: by its title, or by its name.
    pub(super) fn event_title(&self, event: &EventDef) -> String {
        match event.title.zh.as_str() {
            "" => self.outcome_name(&event.name),
            _ => event.title.get(self.lang).to_owned(),
        }
    }

    /// Where an outcome of a step leads, by number and title.
    pub(super) fn way(&self, outline: &Outline<'_>, from: StepIx, way: &Way) -> String {
        let step = |name: &str| match self.matter.find(name) {
            Some((ix, step)) => self.say(
                "step_ref",
                &[
                    ("number", outline.number(ix)),
                    ("title", &self.title_of(step)),
                ],
            ),
            None => name.to_owned(),
        };
        match way {
            Way::Next => match self
                .matter
                .next(from)
                .and_then(|n| Some((n, self.matter.step(n)?)))
            {
                Some((ix, next)) => self.say(
                    "go",
                    &[(
                        "step",
                        &self.say(
                            "step_ref",
                            &[
                                ("number", outline.number(ix)),
                                ("title", &self.title_of(next)),
                            ],
                        ),
                    )],
                ),
                None => self.say("group_done", &[]),
            },
            Way::Go(name) => self.say("go", &[("step", &step(name))]),
            Way::BackTo(names) if names.is_empty() => self.say("back_any", &[]),
            Way::BackTo(names) => self.say(
                "back",
                &[("step", &self.list(names.iter().map(|n| step(n))))],
            ),
            Way::Leave(result) => self.say("leave", &[("result", &self.outcome_name(result))]),
            Way::End(end) => self.end_title(end.state.value, end.label.as_ref()),
        }
    }

    /// The name of an outcome as people read it: the engine's English ones are translated.
    pub(super) fn outcome_name(&self, name: &str) -> String {
        say(self.lang, &format!("picture.outcome.{name}"), &[])
            .unwrap_or_else(|| self.own(name).to_owned())
    }

    pub(crate) fn outcome_title(&self, outcome: &Outcome) -> String {
        match (self.lang, &outcome.title_en) {
            (Lang::En, Some(title)) if !title.is_empty() => title.clone(),
            _ => self.outcome_name(&outcome.name),
        }
    }

    /// A step that is done and goes on to the next line says nothing.
    pub(super) fn goes_without_saying(&self, outcome: &Outcome) -> bool {
        &**outcome.name == "done"
            && outcome.way == Way::Next
            && self.with_it(outcome, &[]).is_empty()
    }

    /// That somebody must confirm: another person where the party is the one that acts.
    pub(super) fn four_eyes(&self, by: &Name, acts: &[Spanned<Name>]) -> String {
        let key = match acts.iter().any(|p| p.value == *by) {
            true => "four_eyes",
            false => "confirmed",
        };
        self.say(key, &[("who", &self.party(by))])
    }

    /// Everything that happens with an outcome beside its way.
    pub(super) fn with_it(&self, outcome: &Outcome, acts: &[Spanned<Name>]) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(party) = &outcome.four_eyes {
            out.push(self.four_eyes(party, acts));
        }
        out.extend(self.reason(&outcome.reason));
        out.extend(self.letters(&outcome.papers));
        if !outcome.notify.is_empty() {
            out.push(self.notified(&outcome.notify));
        }
        for (mark, back) in &outcome.marks {
            let mark = self.mark(mark);
            out.push(match back {
                Some(at) => self.say("mark_back", &[("mark", &mark), ("at", &self.value(at))]),
                None => self.say("mark_set", &[("mark", &mark)]),
            });
        }
        for (limit, least) in &outcome.leaves {
            let args = [
                ("limit", &*self.limit_name(limit)),
                ("least", &*self.limit(least)),
            ];
            out.push(self.say("leaves", &args));
        }
        if outcome.rest == Rest::Continue {
            out.push(self.say("rest_continue", &[]));
        }
        out
    }

    pub(super) fn letters(&self, papers: &[Letter]) -> Option<String> {
        let papers = self.list(papers.iter().map(|p| self.letter(p)));
        (!papers.is_empty()).then(|| self.say("issues", &[("papers", &papers)]))
    }

    fn letter(&self, letter: &Letter) -> String {
        let paper = self.paper(&letter.paper);
        match &letter.to {
            Some(to) if &*to.value != "applicant" => {
                self.say("paper_to", &[("paper", &paper), ("who", &self.party(to))])
            }
            _ => paper,
        }
    }

    /// What people call a message of another system.
    pub(super) fn message(&self, name: &str) -> String {
        let known = self.network().and_then(|n| n.message(name));
        known.map_or_else(|| name.to_owned(), |t| t.get(self.lang).to_owned())
    }

    pub(super) fn reason(&self, reason: &Reason) -> Option<String> {
        match reason {
            Reason::None => None,
            Reason::Ask => Some(self.say("reason_ask", &[])),
            Reason::Text(text) => Some(self.say("reason", &[("reason", self.own(&text.value))])),
            Reason::Computed(value) => {
                let mut told = self.value(value);
                let known = self.network().map(|n| n.reasons());
                for (code, title) in known.into_iter().flatten() {
                    told = told.replace(&format!("“{code}”"), title.get(self.lang));
                }
                Some(self.say("reason", &[("reason", &told)]))
            }
            Reason::Codes(codes) => {
                let words = |code: &Spanned<String>| {
                    let known = self.network().and_then(|n| n.reason(code));
                    known.map_or_else(|| code.value.clone(), |t| t.get(self.lang).to_owned())
                };
                let told = self.list(codes.iter().map(words));
                let key = if codes.len() > 1 {
                    "reason_choose"
                } else {
                    "reason"
                };
                Some(self.say(key, &[("reason", &told)]))
            }
        }
    }
}

/// Whether a value is one or another, by a condition.
pub(super) fn is_either(value: &Value) -> bool {
    match value {
        Value::Computed(formula) => shape(&formula.source.value) == Shape::Either,
        _ => false,
    }
}
