//! The table of the worklist.

use super::Found;
use super::asked::Tab;
use crate::pages::session::Visitor;
use crate::pages::{layout, look, span};
use crate::runtime::Seen;
use crate::store::Listed;
use crate::web::App;
use engine::case::{Sight, Task, TaskNo};
use engine::matter::{Kind, Step};
use maud::{Markup, html};

/// A row: what the store says, and the case as it stands.
pub struct Line {
    row: Listed,
    /// None if it cannot be read just now.
    seen: Option<Seen>,
}

impl Line {
    /// A row of the store.
    pub fn of(row: Listed) -> Self {
        Line { row, seen: None }
    }

    /// What is new about the row when it changes.
    pub fn mark(&self) -> String {
        let task = &self.row.task;
        let status = &self.row.status;
        format!("{} {} {} {status}\n", self.name(), task.version, task.level)
    }

    /// Looks at the case.
    pub async fn look(&mut self, app: &App) {
        let seen = app.runtime.case(self.row.task.case_id.unsigned_abs()).await;
        self.seen = seen.ok().flatten();
    }

    /// The task as addresses name it.
    fn name(&self) -> String {
        format!("{}-{}", self.row.task.case_id, self.row.task.no)
    }

    fn task(&self) -> Option<(&Seen, &Task)> {
        let seen = self.seen.as_ref()?;
        let no = u32::try_from(self.row.task.no).ok()?;
        Some((seen, seen.case.tasks().get(&TaskNo(no))?))
    }
}

/// True for steps that somebody does.
pub fn makes_tasks(step: &Step) -> bool {
    matches!(step.kind, Kind::Task { .. } | Kind::Handoff { .. })
}

/// The rows, with what may be done with several at once.
pub fn table(app: &App, visitor: &Visitor, found: &Found) -> Markup {
    let words = visitor.words;
    let act = match found.tab {
        Tab::Open => Some(("/work/claim", "c", words.t("work.claim"))),
        Tab::Mine => Some(("/work/release", "u", words.t("work.release"))),
        Tab::Waiting => None,
    };
    let several = found.tab == Tab::Open;
    html! {
        form method="post" action=[act.as_ref().map(|a| a.0)] {
            (layout::token(visitor))
            input type="hidden" name="back" value=(found.asked.in_tab(found.tab).address());
            div class="scroll" {
                table class="list rows" {
                    caption class="unseen" { (words.word("work.tab", found.tab.word())) }
                    thead { tr {
                        @if several { th scope="col" { span class="unseen" { (words.t("work.select")) } } }
                        th scope="col" { (words.t("work.left")) }
                        th scope="col" { (words.t("work.number")) }
                        th scope="col" { (words.t("work.matter")) }
                        th scope="col" { (words.t("work.applicant")) }
                        th scope="col" { (words.t("work.step")) }
                        th scope="col" { (words.t("work.cities")) }
                        th scope="col" { (words.t("work.holder")) }
                        th scope="col" { (words.t("work.changed")) }
                        @if act.is_some() { th scope="col" { span class="unseen" { (words.t("work.do")) } } }
                    } }
                    tbody {
                        @for line in &found.lines { (row(app, visitor, line, several, act.as_ref())) }
                    }
                }
            }
            div class="actions below" {
                @if several { button name="several" value="1" { (words.t("work.claim_several")) } }
                span class="gap" {}
                @if !found.asked.after.is_empty() { a href=(found.asked.in_tab(found.tab).address()) { (words.t("work.first")) } }
                @if let Some(next) = &found.next {
                    a class="button" rel="next" href=(found.asked.after(next.clone()).address()) { (words.t("work.next")) }
                }
            }
        }
    }
}

fn row(
    app: &App,
    visitor: &Visitor,
    line: &Line,
    several: bool,
    act: Option<&(&str, &str, String)>,
) -> Markup {
    let words = visitor.words;
    let (name, row) = (line.name(), &line.row);
    html! {
        tr data-row=(name) data-mark=(line.mark()) {
            @if several {
                td { input type="checkbox" name="task" value=(name) data-key="x" aria-label=(words.say("work.select_one", &[("number", row.number.clone())])); }
            }
            td { (look::level(visitor, &row.task.level, left(app, visitor, line).as_deref())) }
            td class="number" { a href=(format!("/tasks/{name}")) data-key="o" { (row.number) } }
            td { (matter(app, visitor, line)) }
            td { (applicant(app, visitor, line)) }
            td { (step(visitor, line)) }
            td { (look::city(visitor, &row.accepting)) "→" (look::city(visitor, &row.deciding)) }
            td { (holder(visitor, line)) }
            td class="number" { @if let Some((seen, _)) = line.task() && let Some(at) = seen.case.changed() { (look::time(at.as_millisecond())) } }
            @if let Some((_, key, label)) = act {
                td { button class="small" name="one" value=(name) data-key=(key) aria-label=(format!("{label} {}", row.number)) { (label) } }
            }
        }
    }
}

fn left(app: &App, visitor: &Visitor, line: &Line) -> Option<String> {
    let (seen, task) = line.task()?;
    span::left(visitor, seen, task, app.runtime.clock().now())
}

fn matter(app: &App, visitor: &Visitor, line: &Line) -> String {
    let words = visitor.words;
    if let Some(seen) = &line.seen {
        return words.of(&seen.revision.title).to_owned();
    }
    let library = app.runtime.library();
    let matter = library.matters.get(&line.row.matter);
    matter
        .map_or(line.row.matter.as_str(), |m| words.of(&m.title))
        .to_owned()
}

/// The applicant's surname, for those who see the case.
fn applicant(app: &App, visitor: &Visitor, line: &Line) -> String {
    let Some(seen) = &line.seen else {
        return String::new();
    };
    match app.sight(&visitor.caller.actor(), seen) {
        Sight::Whole => look::masked_name(seen.case.applicant()),
        _ => String::new(),
    }
}

fn step(visitor: &Visitor, line: &Line) -> String {
    let named = line
        .task()
        .and_then(|(seen, task)| seen.revision.named(task.step()));
    let title = named.map(|(_, step)| visitor.words.of(&step.title));
    title.unwrap_or(&line.row.task.step).to_owned()
}

/// Who has the task, or that anybody may take it.
fn holder(visitor: &Visitor, line: &Line) -> Markup {
    let task = &line.row.task;
    let Some(id) = &task.holder else {
        return look::state(visitor, &task.state);
    };
    let person = visitor.caller.people.get(id);
    html! { (person.map_or(id, |p| &p.name)) }
}
