//! The page of a task as it is drawn: for looking, with something to put right, or asking before a paper goes out.

use super::foot::{self, Exit};
use crate::pages::brought::{Brought, FOUND};
use crate::pages::case::{ask, failed, head, shown as previews};
use crate::pages::happened::{self, Sort, Teller};
use crate::pages::session::Visitor;
use crate::pages::{clock, facts, layout, look, once, span};
use crate::runtime::Issued;
use crate::web::App;
use crate::web::ids::Within;
use crate::web::materials::materials;
use crate::web::problem::{Code, Problem};
use crate::web::sight::Visible;
use crate::web::tasks::{SHARED, Shown, name as task_name, outcomes, shown, task_id};
use crate::web::views;
use crate::web::work::{Desk, Draft};
use engine::case::{Command, Sight, Task, TaskNo, TaskState, Work};
use engine::clock::civil;
use engine::text::Lang;
use forms::render::Sheet;
use forms::{Choice, FieldError};
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;
use std::borrow::Cow;

/// Lines of the timeline beside the form.
const LINES: usize = 8;

/// What is asked before something goes out.
pub struct Asking {
    /// The outcome that was chosen.
    pub outcome: String,
    /// Whether to open the next task afterwards.
    pub next: bool,
    /// The reason as given so far.
    pub reason: String,
    /// The step to go back to, as chosen so far.
    pub back_to: String,
    /// The papers that would go out; none while something is missing.
    pub papers: Option<Vec<Issued>>,
}

/// A task, the visitor's way with it, and what he has typed.
pub struct Scene {
    pub id: Within,
    pub visible: Visible,
    pub form: Option<forms::Form>,
    pub input: Value,
    /// What the applicant brings.
    pub brought: Brought,
    pub errors: Vec<FieldError>,
    /// Version of the draft, and when it was kept.
    pub draft: Option<i64>,
    pub exits: Vec<Exit>,
    pub asking: Option<Asking>,
    /// Pointer of the part of the sheet that gets the focus.
    pub focus: Option<String>,
    pub finished: Option<String>,
    pub just_saved: bool,
    /// What has changed since the page was opened.
    pub changed: Option<Markup>,
    pub today: Date,
}

impl Scene {
    /// A task as it stands, with the draft of whoever looks.
    pub async fn load(app: &App, visitor: &Visitor, id: &str) -> Result<Scene, Problem> {
        let caller = &visitor.caller;
        let id = task_id(id)?;
        let visible = app.task(caller, id).await?;
        let draft = Draft::of(app, caller, &Desk::Task(id)).await?;
        let seen = &visible.seen;
        let task = seen.case.tasks().get(&TaskNo(id.no));
        let task = task.ok_or_else(|| Problem::new(Code::NotFound))?;
        let form = views::form_of(seen, task).map(|form| with_materials(form, &visible));
        let before = seen.case.so_far(task).map(Cow::into_owned);
        let before = before.filter(|_| caller.looks_as.is_none());
        let version = draft.as_ref().map(|d| d.version);
        let (drafted, files) = draft.map(|d| (d.data, d.materials)).unzip();
        let choices = outcomes(app, &caller.imagined(), seen, TaskNo(id.no), task);
        let mut brought = Brought::of(app, visitor, seen, visible.sight).await;
        brought
            .recall(app, caller, files.unwrap_or_default())
            .await?;
        let input = drafted.or(before).unwrap_or_default();
        if let Some(form) = &form {
            brought.judge(form, &input);
        }
        Ok(Scene {
            id,
            input,
            brought,
            form,
            errors: Vec::new(),
            draft: version,
            exits: foot::exits(seen, task, choices),
            asking: None,
            focus: None,
            finished: None,
            just_saved: false,
            changed: None,
            today: civil(app.runtime.clock().now()).date(),
            visible,
        })
    }

    /// The task.
    pub fn task(&self) -> Result<&Task, Problem> {
        let task = self.visible.seen.case.tasks().get(&TaskNo(self.id.no));
        task.ok_or_else(|| Problem::new(Code::NotFound))
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        format!("/tasks/{}-{}", self.id.case, self.id.no)
    }

    /// Where what is typed is kept.
    fn live(&self) -> String {
        format!("{}/draft", self.address())
    }

    /// The files, after one came or went.
    pub async fn files(&mut self, app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
        self.look_for(app, visitor).await?;
        Ok(self.brought.draw(visitor, &self.live(), false))
    }

    /// Looks for files of earlier cases of the applicant, which whoever does the task may use again.
    async fn look_for(&mut self, app: &App, visitor: &Visitor) -> Result<(), Problem> {
        let seen = &self.visible.seen;
        if self.exits.is_empty() || self.brought.is_empty() {
            return Ok(());
        }
        let id_number = seen.case.applicant().get("id_number");
        let id_number = id_number.and_then(Value::as_str);
        let of = (&*seen.revision, Some(&*seen.case));
        // What is done with a certificate at a task is done at once.
        self.brought.certified.chosen.clear();
        let certificates = self
            .brought
            .look_for_certificates(app, visitor, of, id_number);
        certificates.await?;
        self.brought
            .look_for(app, &visitor.caller, id_number, Some(seen.id))
            .await
    }

    /// The whole page.
    pub async fn draw(&mut self, app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
        self.look_for(app, visitor).await?;
        self.drawn(app, visitor).await
    }

    async fn drawn(&self, app: &App, visitor: &Visitor) -> Result<Markup, Problem> {
        let (seen, words) = (&self.visible.seen, visitor.words);
        let task = self.task()?;
        let entries = app.runtime.history(seen.id).await?;
        let teller = Teller {
            guest: visitor,
            seen,
            sight: self.visible.sight,
            people: &visitor.caller.people,
        };
        let papers = self.papers_if_agreed(app, visitor, task).await;
        let body = html! {
            div class="desk" {
                div class="sticky" { (head(app, visitor, &self.visible)) (self.bar(app, visitor, task, false)) }
                div id="offline" class="notice bad" role="alert" hidden { (words.t("task.offline")) }
                (self.notes(visitor))
                div class="two-thirds" {
                    div class="work" { (self.work(app, visitor, task, &papers)) }
                    aside aria-label=(words.t("task.beside")) {
                        (self.brought.frame(visitor))
                        (self.counterpart(app, visitor))
                        (crate::pages::case::notes(app, visitor, seen.id).await?)
                        figure class="flow small" {
                            a href=(format!("/cases/{}?tab=flow", seen.id)) { img src={ (crate::pages::case::picture(visitor, seen.id)) "#now" } alt=(words.t("flow.picture")) loading="lazy"; }
                        }
                        h2 { (words.t("case.tab.time")) }
                        (teller.lines(&entries, Some(Sort::Business), LINES))
                        p { a href=(format!("/cases/{}?tab=time", seen.id)) { (words.t("task.all_lines")) } }
                    }
                }
                (foot::verbs(app, visitor, self, task, false).await?)
            }
        };
        let title = format!(
            "{} {}",
            views::title_in(visitor.words.0, seen, task),
            seen.number
        );
        Ok(layout::framed(visitor, &title, body))
    }

    /// Step, level, who has it.
    pub fn bar(&self, app: &App, visitor: &Visitor, task: &Task, oob: bool) -> Markup {
        let (seen, words) = (&self.visible.seen, visitor.words);
        let now = app.runtime.clock().now();
        let level = serde_json::to_value(seen.case.task_level(task, now)).unwrap_or_default();
        let left = span::left(visitor, seen, task, now);
        let (state, holder) = views::state(task);
        let holder = holder.map(|id| {
            visitor
                .caller
                .people
                .get(id)
                .map_or(id, |p| p.name.as_str())
        });
        html! {
            p id="bar" class="task-bar" hx-swap-oob=[oob.then_some("true")] {
                strong { (look::step(visitor, seen, task)) }
                (look::carded(visitor, seen, level.as_str().unwrap_or_default(), left.as_deref()))
                (look::state(visitor, state))
                @if let Some(holder) = holder { span { (words.say("task.holder", &[("name", holder.to_owned())])) } }
                a href=(format!("/cases/{}", seen.id)) { (words.t("task.case")) }
            }
        }
    }

    fn notes(&self, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        html! {
            div id="told" {
                @if let Some(done) = &self.finished {
                    div class="notice good" role="status" { p { (done) } }
                }
                @if self.just_saved { div class="notice good" role="status" { p { (words.t("task.kept")) } } }
                @if let Some(changed) = &self.changed { (changed) }
            }
        }
    }

    /// What to do, then what is known, the form, and the ways out.
    fn work(&self, app: &App, visitor: &Visitor, task: &Task, papers: &[Issued]) -> Markup {
        let (seen, words) = (&self.visible.seen, visitor.words);
        html! {
            section class="panel" {
                h2 { (words.t("task.todo")) }
                (self.todo(app, visitor, task))
                @if let Some((what, by, content)) = task.proposal() {
                    @let by = visitor.caller.people.get(&**by).map_or(&**by, |p| p.name.as_str());
                    p { (words.say("task.proposed", &[("by", by.to_owned()), ("what", happened::said(visitor, what))])) }
                    @if let Some(limit) = content.get("limit").and_then(Value::as_str).filter(|_| &**what == "extend") {
                        p { (self.extension(visitor, limit, content)) }
                    }
                }
                (failed(visitor, &self.visible, task.frame()))
            }
            @for shown in shown(seen, task) {
                section class="panel known" {
                    @if visitor.caller.looks_as.is_some() { (facts::covered(visitor, seen, &shown)) }
                    @else {
                        (facts::panel(visitor, seen, &shown, self.today))
                        @if self.may_ask(visitor, task, &shown.name) {
                            (ask(visitor, seen, &shown, Some((&task_name(self.id), &look::step(visitor, seen, task)))))
                        }
                    }
                }
            }
            (self.proposed(visitor, task, papers))
            @if self.exits.is_empty() { (self.closed(visitor, task)) }
            @else { (self.sheet_form(visitor)) }
        }
    }

    /// Whether a number may be asked for here: of a letter by whoever may take it, of all else in the case by whoever works on it.
    fn may_ask(&self, visitor: &Visitor, task: &Task, shown: &str) -> bool {
        let mine = match task.state() {
            TaskState::Held { by, .. } => *by == visitor.caller.principal(),
            state => *state == TaskState::Open,
        };
        let works = self.visible.sight == Sight::Whole && !self.exits.is_empty();
        mine && (shown == SHARED || works)
    }

    /// The papers that go out if the second person agrees; none where he may not, or nothing would.
    async fn papers_if_agreed(&self, app: &App, visitor: &Visitor, task: &Task) -> Vec<Issued> {
        let second = matches!(task.work(), Work::Second) && !self.exits.is_empty();
        if !second || visitor.caller.looks_as.is_some() {
            return Vec::new();
        }
        let agreed = Command::Complete {
            task: TaskNo(self.id.no),
            outcome: "agreed".into(),
            data: Value::Null,
            reason: None,
            back_to: None,
        };
        let actor = visitor.caller.actor();
        let tried = app.runtime.tried(self.id.case, &agreed, &actor);
        tried.await.unwrap_or_default()
    }

    /// What a second person is asked to agree to: what was filled in, why, and the papers as they would read.
    fn proposed(&self, visitor: &Visitor, task: &Task, papers: &[Issued]) -> Markup {
        let (seen, words) = (&self.visible.seen, visitor.words);
        let proposal = task
            .proposal()
            .filter(|_| visitor.caller.looks_as.is_none());
        let Some((what, _, content)) = proposal else {
            return html! {};
        };
        let shown = Shown {
            name: what.to_string(),
            form: views::proposed_form(seen, task),
            values: content,
            plain: false,
        };
        let filled = shown.form.is_some() && content.as_object().is_some_and(|c| !c.is_empty());
        let why = task.proposed_because();
        html! {
            @if filled || why.is_some() || !papers.is_empty() {
                section class="panel known" {
                    h2 { (words.t("task.proposal")) }
                    @if filled { (facts::values(visitor, seen, &shown, self.today)) }
                    @if let Some(why) = why { p { (words.t("act.reason")) " " (why) } }
                    @if !papers.is_empty() { (previews(visitor, papers)) }
                }
            }
        }
    }

    /// What the matter says about its step; where it says nothing, or somebody else's step is looked at, what is usual.
    fn todo(&self, app: &App, visitor: &Visitor, task: &Task) -> Markup {
        let (words, title) = (visitor.words, look::step(visitor, &self.visible.seen, task));
        let usual = match task.work() {
            Work::Step => "step",
            Work::Second => "second",
            Work::Deliver(_) => "deliver",
            Work::Receive(_) => "receive",
            Work::Answer(_) => "answer",
        };
        let library = app.runtime.library();
        let advice = views::advice(&library, &self.visible.seen, task);
        html! {
            @match advice {
                Some(advice) => {
                    @if let Work::Receive(_) = task.work() { p { (words.t("task.do.first")) } }
                    (look::advice(visitor, &library, advice, self.today))
                },
                None => p { (words.tell("task.do", usual, &[("step", title)]).unwrap_or_default()) },
            }
        }
    }

    /// Which limit is to be longer, and why; whoever only looks as a post reads no reason.
    fn extension(&self, visitor: &Visitor, limit: &str, content: &Value) -> String {
        let why = content.get("reason").and_then(Value::as_str);
        let why = why.filter(|_| visitor.caller.looks_as.is_none());
        let args = [
            ("limit", clock::name(visitor, &self.visible.seen, limit)),
            ("why", why.unwrap_or("—").to_owned()),
        ];
        visitor.words.say("task.extension", &args)
    }

    /// Why nothing can be done here.
    fn closed(&self, visitor: &Visitor, task: &Task) -> Markup {
        let words = visitor.words;
        let name = |id: &str| {
            visitor
                .caller
                .people
                .get(id)
                .map_or(id, |p| p.name.as_str())
                .to_owned()
        };
        let posts = task
            .seats()
            .iter()
            .map(|s| happened::party_text(visitor, &s.post));
        let posts: Vec<String> = posts.collect();
        let at = |at: &jiff::Timestamp| look::time(at.as_millisecond()).into_string();
        let said = match task.state() {
            TaskState::Done { .. } => done_by(visitor, task).unwrap_or_default(),
            TaskState::Void { .. } => words.t("task.void"),
            TaskState::Waiting { by, .. } => words.say("task.waits", &[("by", name(by))]),
            TaskState::Held { by, since } if *by != visitor.caller.principal() => words.say(
                "task.held_by",
                &[("by", name(by)), ("at", plain(&at(since)))],
            ),
            _ => words.say("task.not_yours", &[("posts", words.list(&posts))]),
        };
        html! { section class="panel" role="status" { p { (said) } } }
    }

    fn sheet_form(&self, visitor: &Visitor) -> Markup {
        let words = visitor.words;
        html! {
            form id="task" method="post" action=(self.address()) enctype="multipart/form-data" class="panel" data-autosave hx-sync="this:queue last"
                hx-post=(self.live()) hx-trigger="save" hx-target="#saved" hx-swap="outerHTML" {
                (layout::token(visitor)) (once::token())
                @if self.form.is_some() { h2 { (words.t("task.form")) } (self.sheet(visitor)) }
                @if !self.brought.is_empty() { (self.brought.draw(visitor, &self.live(), false)) }
                @if let Some(asking) = &self.asking { (self.question(visitor, asking)) }
                (foot::bar(visitor, self))
            }
        }
    }

    /// The form itself; also what a change that shows other fields asks for.
    pub fn sheet(&self, visitor: &Visitor) -> Markup {
        let Some(form) = &self.form else {
            return html! {};
        };
        let regions = facts::regions(&visitor.network);
        let live = self.live();
        let own: Vec<FieldError> = self
            .errors
            .iter()
            .filter(|e| e.pointer != "/reason")
            .cloned()
            .collect();
        let sheet = Sheet {
            errors: &own,
            lang: visitor.words.0,
            regions: &regions,
            live: Some(&live),
            elsewhere: if self.brought.is_empty() { &[] } else { &FOUND },
            focus: self.focus.as_deref(),
            ..Sheet::new(form, &self.input, self.today)
        };
        sheet.draw()
    }

    /// The line that says when the draft was kept, with the versions the next write states.
    pub fn saved(&self, visitor: &Visitor, oob: bool) -> Markup {
        let words = visitor.words;
        let said = match self.draft {
            Some(at) => words.say("task.saved", &[("at", clock::time_of_day(at))]),
            None => String::new(),
        };
        html! {
            span id="saved" class="hint" role="status" hx-swap-oob=[oob.then_some("true")] {
                (said)
                input type="hidden" name="version" value=(self.visible.seen.version());
                input type="hidden" name="draft" value=(self.draft.map(|d| d.to_string()).unwrap_or_default());
            }
        }
    }

    /// What is asked before something that harms goes out: why, where to, and the paper as it would read.
    fn question(&self, visitor: &Visitor, asking: &Asking) -> Markup {
        let words = visitor.words;
        let Some(exit) = self.exits.iter().find(|e| e.outcome == asking.outcome) else {
            return html! {};
        };
        let wrong = self.errors.iter().find(|e| e.pointer == "/reason");
        let wrong = wrong.map(|e| words.of(&e.message).to_owned());
        let label = exit.label(visitor);
        html! {
            section id="asking" class="asking" tabindex="-1" autofocus aria-label=(label) {
                h2 { (words.say("task.asking", &[("outcome", label.clone())])) }
                input type="hidden" name="asked" value=(asking.outcome);
                (crate::pages::case::reason(visitor, &exit.reason, &asking.reason, wrong))
                @if exit.back_to.len() > 1 {
                    div class="field" {
                        label for="back_to" { (words.t("task.back_to")) }
                        select id="back_to" name="back_to" {
                            @for (name, title) in &exit.back_to { option value=(name) selected[*name == asking.back_to] { (words.of(title)) } }
                        }
                    }
                }
                @if let Some(papers) = &asking.papers {
                    @if exit.papers { (previews(visitor, papers)) }
                    input type="hidden" name="confirmed" value=(asking.outcome);
                }
                div class="actions" {
                    @let name = if asking.next { "outcome_next" } else { "outcome" };
                    @let certain = asking.papers.is_some() || !exit.papers;
                    button name=(name) value=(asking.outcome) class={ "main" @if exit.harms { " harm" } } {
                        @if certain { (words.say("act.confirm", &[("act", label)])) } @else { (words.t("act.preview")) }
                    }
                    a class="button" href=(self.address()) { (words.t("task.cancel")) }
                }
            }
        }
    }

    /// The window on the other side: who takes part elsewhere, and how to reach them.
    fn counterpart(&self, app: &App, visitor: &Visitor) -> Markup {
        let (seen, words) = (&self.visible.seen, visitor.words);
        let own = visitor.acting().map(|p| p.city.as_str());
        let mut cities = vec![seen.case.accepting_city().to_owned()];
        let seats = seen.case.tasks().values().flat_map(|t| t.seats());
        cities.extend(seats.map(|s| s.post.city.clone()));
        cities.sort();
        cities.dedup();
        let others: Vec<&String> = cities
            .iter()
            .filter(|c| !c.is_empty() && Some(c.as_str()) != own)
            .collect();
        html! {
            @if !others.is_empty() {
                section class="panel counterpart" {
                    h2 { (words.t("task.counterpart")) }
                    @for city in others {
                        p {
                            strong { (look::office(visitor, city, "si")) }
                            br; (people_of(visitor, city))
                            br; (look::reached(visitor, app, city))
                        }
                    }
                }
            }
        }
    }
}

/// The people at the window of a city.
fn people_of(visitor: &Visitor, city: &str) -> Markup {
    let window = format!("{city}/si/window");
    let there = visitor.caller.people.values();
    let there: Vec<&str> = there
        .filter(|p| p.state == "active" && p.posts.contains(&window))
        .map(|p| p.name.as_str())
        .take(3)
        .collect();
    html! { span class="hint" { (visitor.words.say("task.window", &[("names", visitor.words.list(&there))])) } }
}

fn plain(markup: &str) -> String {
    let from = markup.find('>').map_or(0, |at| at + 1);
    markup
        .get(from..)
        .unwrap_or_default()
        .replace("</time>", "")
}

/// Who has finished a task, when, and by which outcome.
pub fn done_by(visitor: &Visitor, task: &Task) -> Option<String> {
    let TaskState::Done { by, at, outcome } = task.state() else {
        return None;
    };
    let known = visitor.caller.people.get(&**by);
    let args = [
        ("by", known.map_or(&**by, |p| p.name.as_str()).to_owned()),
        ("at", plain(&look::time(at.as_millisecond()).into_string())),
        ("outcome", happened::said(visitor, outcome)),
    ];
    Some(visitor.words.say("task.done_by", &args))
}

/// The form of a step that says which materials are missing: they are ticked, not typed.
fn with_materials(form: &forms::Form, visible: &Visible) -> forms::Form {
    let all = materials(&visible.seen, visible.sight, Lang::Zh);
    // What a certificate stands for is not missing.
    let case = &visible.seen.case;
    let all = all
        .into_iter()
        .filter(|m| case.stands_for(&m.name).is_none());
    let choices = all.map(|m| Choice {
        value: m.name.clone(),
        title: visible
            .seen
            .revision
            .material(&m.name)
            .map_or_else(|| m.title.as_str().into(), |m| m.title.clone()),
    });
    form.offering("missing", choices.collect())
}
