//! The parts of the page of a case.

use super::{act, asked, deciding, linked, parts, reveal};
use crate::pages::certified::Done;
use crate::pages::clock::{self, instant};
use crate::pages::happened::{self, Sort, Teller};
use crate::pages::session::Visitor;
use crate::pages::{bell, colleagues, facts, layout, lists, look, readings};
use crate::runtime::Entry;
use crate::system::called;
use crate::web::App;

use crate::web::history::{Notification, told};
use crate::web::holders::{Holder, Part};
use crate::web::ids::within;
use crate::web::materials::materials as brought;
use crate::web::papers::may_read;
use crate::web::problem::Problem;
use crate::web::readings::ReadingQuery;
use crate::web::sight::Visible;
use crate::web::views::{self, TaskBrief};
use engine::case::{Party, Sight};
use engine::clock::civil;
use engine::picture::Picture;
use engine::text::Lang;
use forms::Private;
use jiff::Timestamp;
use maud::{Markup, html};

/// Lines a timeline shows.
const LINES: usize = 500;
/// Of what was read, the newest that are shown.
const READINGS: u32 = 50;
/// Whose messages are the applicant's.
const APPLICANT: &str = "applicant";

/// Where it stands, who has it, how the time stands, and what may be done.
pub async fn overview(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let (seen, words) = (&visible.seen, visitor.words);
    let case = &seen.case;
    let now = app.runtime.clock().now();
    let briefs = case.open_tasks();
    let briefs = briefs.map(|(no, task)| {
        let brief = TaskBrief {
            title: look::step(visitor, seen, task),
            ..views::brief(seen, no, task, now, &visitor.caller.people)
        };
        (brief, task.since())
    });
    let briefs: Vec<(TaskBrief, Timestamp)> = briefs.collect();
    let clocks = views::clocks_by_day(seen, now, &visitor.network);
    let linked = linked::list(app, visitor, visible).await?;
    let elsewhere = app.holders(seen).await?;
    let elsewhere: Vec<&Holder> = elsewhere
        .iter()
        .filter(|h| !matches!(h.part, Part::Task(_)))
        .collect();
    let asked = asked::waiting(app, visitor, visible).await?;
    Ok(html! {
        (parts::bars(app, visitor, seen))
        div class="halves" {
            div {
                @if !briefs.is_empty() || !elsewhere.is_empty() || !case.status().is_final() {
                    h2 { (words.t("case.now")) }
                    @if briefs.is_empty() && elsewhere.is_empty() { p class="hint" { (words.t("case.no_task")) } }
                    ul class="tasks" {
                        @for (task, since) in &briefs { (task_line(visitor, task, *since)) }
                        @for holder in &elsewhere { (holder_line(visitor, seen.id, holder)) }
                    }
                }
                (awaited(visitor, visible))
                (letters(visitor, visible))
                (asked)
                (linked)
                h2 { (words.t("case.about")) }
                dl class="facts" {
                    (fact(&words.t("case.matter"), html! { (words.of(&seen.revision.title)) }))
                    (fact(&words.t("case.accepting"), html! { (look::city(visitor, case.accepting_city())) }))
                    (fact(&words.t("case.deciding"), html! { (look::city(visitor, &deciding(app, visitor, visible))) }))
                    (fact(&words.t("case.channel"), html! { (words.tell("channel", case.channel(), &[]).unwrap_or_else(|| case.channel().to_owned())) }))
                    @if let Some(opened) = case.opened() { (fact(&words.t("case.opened"), look::time(opened.as_millisecond()))) }
                    @if let Some(due) = case.due() { (fact(&words.t("case.due"), look::time(due.as_millisecond()))) }
                    @if let Some(ended) = case.ended() { (fact(&words.t("case.ended"), look::time(ended.as_millisecond()))) }
                }
                p class="actions" {
                    a class="button" href=(format!("/cases/{}/receipt", seen.id)) { (words.t("case.receipt")) }
                }
                (act::offered(app, visitor, visible))
                (super::notes(app, visitor, seen.id).await?)
            }
            div {
                h2 { (words.t("case.clocks")) }
                (clock::panel(visitor, seen, &clocks))
            }
        }
    })
}

fn fact(name: &str, value: Markup) -> Markup {
    html! { div class="fact" { dt { (name) } dd { (value) } } }
}

fn task_line(visitor: &Visitor, task: &TaskBrief, since: Timestamp) -> Markup {
    let level = serde_json::to_value(task.level).unwrap_or_default();
    let posts = task.posts.iter().filter_map(|p| p.parse().ok());
    let posts: Vec<Party> = posts.collect();
    // What is the applicant's nobody of an office takes.
    let his = !posts.is_empty() && posts.iter().all(Party::is_applicant);
    let posts = posts.iter().map(|p| happened::party_text(visitor, p));
    let posts: Vec<String> = posts.collect();
    html! {
        li {
            a href=(format!("/tasks/{}", task.id)) { (task.title) } " "
            @if his { span class="chip waiting" { (visitor.words.t("case.his")) } } @else { (look::state(visitor, task.state)) } " "
            (look::level(visitor, level.as_str().unwrap_or_default(), None))
            @if !his { " " (colleagues::link(visitor, ("task", &task.id), &task.title, &format!("/tasks/{}", task.id))) }
            br;
            span class="hint" {
                @if let Some(person) = &task.holder { (person.name) " · " }
                (visitor.words.list(&posts))
                " · " (visitor.words.t("work.waits_since")) " " (look::time(since.as_millisecond()))
                @if let Some(due) = &task.due { " · " (visitor.words.t("case.due")) " " (instant(due)) }
            }
        }
    }
}

/// Who has something of it that is no task of its own: a sub-case, a letter, or what is to come from another city.
fn holder_line(visitor: &Visitor, case: u64, holder: &Holder) -> Markup {
    let words = visitor.words;
    let (id, number) = &holder.case;
    let how = match holder.part {
        Part::Letter => words.t("case.has_letter"),
        Part::Awaited => words.t("case.has_awaited"),
        Part::Waits => words.t("case.has_wait"),
        Part::Task(_) | Part::Elsewhere => words.t("case.has_part"),
    };
    html! {
        li {
            (words.of(&holder.step)) " · " (words.of(&holder.name))
            br;
            span class="hint" {
                (how)
                @if let Some(since) = holder.since { " · " (words.t("work.waits_since")) " " (look::time(since.as_millisecond())) }
                @if *id != case { " " a href=(format!("/cases/{id}")) { (number) } }
            }
        }
    }
}

/// What it waits for while another case of the same person or account is there.
fn awaited(visitor: &Visitor, visible: &Visible) -> Markup {
    let seen = &visible.seen;
    let words = visitor.words;
    let turns: Vec<_> = seen.case.awaited_turns().collect();
    html! {
        @for (step, since) in turns {
            @let title = seen.revision.named(step).map_or_else(|| step.to_string(), |(_, s)| words.of(&s.title).to_owned());
            p class="notice" { (words.t("case.awaits_turn")) " " (title) " · " (look::time(since.as_millisecond())) }
        }
    }
}

fn letters(visitor: &Visitor, visible: &Visible) -> Markup {
    let seen = &visible.seen;
    let letters: Vec<_> = seen.case.letters().collect();
    let words = visitor.words;
    html! {
        @if !letters.is_empty() {
            h2 { (words.t("case.letters")) }
            ul {
                @for (_, step, to, received) in letters {
                    @let title = seen.revision.named(step).map_or_else(|| step.to_string(), |(_, s)| words.of(&s.title).to_owned());
                    @let state = match received { true => words.t("case.letter_received"), false => words.t("case.letter_sent") };
                    li { (title) " → " (happened::party_text(visitor, &to.post)) " · " (state) }
                }
            }
        }
    }
}

/// What happened, the newest first.
pub async fn time(
    app: &App,
    visitor: &Visitor,
    visible: &Visible,
    sort: &str,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let entries = app.runtime.history(visible.seen.id).await?;
    let teller = Teller {
        guest: visitor,
        seen: &visible.seen,
        sight: visible.sight,
        people: &visitor.caller.people,
    };
    let chosen = Sort::ALL.iter().find(|(name, _)| *name == sort);
    let address = |sort: &str| format!("/cases/{}?tab=time&sort={sort}", visible.seen.id);
    Ok(html! {
        nav class="kinds" aria-label=(words.t("time.filter")) {
            a href=(address("")) aria-current=[chosen.is_none().then_some("true")] { (words.t("time.all")) }
            @for (name, _) in Sort::ALL {
                a href=(address(name)) aria-current=[chosen.is_some_and(|c| c.0 == name).then_some("true")] { (words.word("time.sort", name)) }
            }
        }
        (teller.lines(&entries, chosen.map(|c| c.1), LINES))
    })
}

/// What is to be brought, and whether it is there.
pub async fn materials(app: &App, visitor: &Visitor, visible: &Visible) -> Markup {
    let words = visitor.words;
    let all = brought(&visible.seen, visible.sight, words.0);
    html! {
        @if all.is_empty() { p class="hint" { (words.t("materials.none")) } }
        @else {
            table class="list cards" {
                thead { tr { th { (words.t("materials.name")) } th { (words.t("materials.state")) } th { (words.t("materials.files")) } } }
                tbody {
                    @for material in all {
                        tr {
                            td { (material.title) }
                            td { span class={ "material " (material.state) } { (words.word("materials.is", material.state)) } }
                            td {
                                @if let Some(view) = material.certificate { (Done::of(app, visitor, view).await.draw(visitor)) }
                                @for file in &material.files {
                                div { a href={ "/api/v1/uploads/" (file.id) } { (file.name) } " " (crate::pages::brought::source(visitor, file)) }
                            } }
                        }
                    }
                }
            }
        }
    }
}

/// Papers issued, those the visitor may read as links.
pub fn papers(visitor: &Visitor, visible: &Visible) -> Markup {
    let (seen, words) = (&visible.seen, visitor.words);
    let all: Vec<_> = seen.case.papers().iter().collect();
    let hidden = all
        .iter()
        .filter(|(_, p)| !may_read(&visitor.caller, visible, p))
        .count();
    html! {
        @if all.is_empty() { p class="hint" { (words.t("papers.none")) } }
        @else {
            table class="list cards" {
                thead { tr {
                    th { (words.t("papers.title")) } th { (words.t("papers.number")) } th { (words.t("papers.to")) }
                    th { (words.t("papers.issued")) } th { (words.t("papers.delivered")) }
                } }
                tbody {
                    @for (no, paper) in all.iter().filter(|(_, p)| may_read(&visitor.caller, visible, p)) {
                        @let document = views::document(seen, **no, paper);
                        tr {
                            td { a href=(format!("/cases/{}/papers/{}", seen.id, no.0)) { (visitor.own(&document.title)) } }
                            td { (document.number) }
                            td { @match &paper.to { Some(to) => (happened::party_text(visitor, to)), None => (words.t("time.applicant")) } }
                            td { (instant(&document.issued)) }
                            td { @match &document.delivered { Some(at) => (instant(at)), None => "—" } }
                        }
                    }
                }
            }
        }
        @if hidden > 0 { p class="hint" { (words.say("case.hidden", &[("n", hidden.to_string())])) } }
    }
}

/// Messages the case owed, what became of them, and for those that failed the way to send them again.
pub async fn notices(
    app: &App,
    visitor: &Visitor,
    visible: &Visible,
    sort: &str,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    if visible.sight != Sight::Whole {
        return Ok(html! { p class="hint" { (words.t("notices.hidden")) } });
    }
    let mut all = app.messages(Some(visible.seen.id), None).await?;
    let mine = sort == APPLICANT;
    let of_applicant = |one: &Notification| one.to.as_deref() == Some(APPLICANT);
    all.retain(|one| !mine || of_applicant(one));
    let address = format!("/cases/{}?tab=notices", visible.seen.id);
    Ok(html! {
        (exchanged(visitor, visible))
        nav class="kinds" aria-label=(words.t("notices.filter")) {
            a href=(address) aria-current=[(!mine).then_some("true")] { (words.t("notices.all")) }
            a href=(format!("{address}&sort={APPLICANT}")) aria-current=[mine.then_some("true")] { (words.t("notices.applicant")) }
        }
        @if all.is_empty() { p class="hint" { (words.t("notices.none")) } }
        @else {
            table class="list cards" {
                thead { tr {
                    th { (words.t("notices.at")) } th { (words.t("notices.channel")) } th { (words.t("notices.to")) } th { (words.t("notices.says")) }
                    th { (words.t("notices.state")) } th { span class="unseen" { (words.t("notices.again")) } }
                } }
                tbody { @for one in &all { (notice(visitor, visible, one)) } }
            }
        }
    })
}

/// Letters to and from other deployments, each with the file that proves it.
fn exchanged(visitor: &Visitor, visible: &Visible) -> Markup {
    let (case, words) = (&visible.seen.case, visitor.words);
    let told = |no| {
        let (peer, _) = case.correspondent(no)?;
        let (step, _) = case.letter_to(no)?;
        let step = visible.seen.revision.named(step)?.1;
        Some((words.of(&step.title).to_owned(), peer.to_string()))
    };
    html! {
        @for no in case.exchanges() {
            @if let Some((title, peer)) = told(no) {
                p {
                    (title) " · " (words.say("time.deployment", &[("name", peer)])) " "
                    a href=(format!("/api/v1/handoffs/{}-{}/receipt", visible.seen.id, no.0)) download { (words.t("notices.receipt")) }
                }
            }
        }
    }
}

/// To whom a message goes, in words.
pub fn recipient(visitor: &Visitor, one: &Notification) -> String {
    let to = one.to.as_deref().unwrap_or_default();
    match (to.parse(), called(&one.kind)) {
        (Ok(party), _) => happened::party_text(visitor, &party),
        (Err(_), Some(system)) => system.to_owned(),
        (Err(_), None) if to.is_empty() || to == APPLICANT => visitor.words.t("time.applicant"),
        (Err(_), None) if to.starts_with("form.") => visitor.words.t("notices.number"),
        (Err(_), None) => to.to_owned(),
    }
}

fn notice(visitor: &Visitor, visible: &Visible, one: &Notification) -> Markup {
    let words = visitor.words;
    let to = recipient(visitor, one);
    let number = one
        .to
        .as_deref()
        .and_then(|to| visible.seen.case.phone_at(to));
    let number = number.map(|number| forms::mask(Private::Phone, number));
    // A line in the program is worded when it is read.
    let rung = one.about.as_deref().filter(|_| one.kind == "bell");
    let rung = rung.map(|about| bell::about(visitor, about));
    let said = rung.as_deref().or(one.body.as_str()).unwrap_or_default();
    html! {
        tr {
            td { @if let Some(at) = &one.at { (instant(at)) } }
            td { (look::channel(visitor, &one.kind)) }
            td { (to) @if let Some(number) = &number { " " (number) } }
            td {
                @if let Some(subject) = &one.subject { details { summary { (subject) } p class="long" { (said) } } } @else { (said) }
            }
            td {
                span class={ "chip " (one.state) } { (words.word("notices.is", &one.state)) }
                @if one.attempts > 1 { " " (words.say("notices.attempts", &[("n", one.attempts.to_string())])) }
                @if let Some(next) = &one.next { br; span class="hint" { (words.t("notices.next")) " " (instant(next)) } }
                @if let Some(answer) = &one.answer { br; span class="hint" { (answer) } }
            }
            td {
                @if one.state == "dead" {
                    form method="post" action=(format!("/cases/{}/notices/{}/resend", visible.seen.id, one.id)) {
                        (layout::token(visitor))
                        button { (words.t("notices.again")) }
                    }
                }
            }
        }
    }
}

/// The flow as a picture, and the same as an ordered list.
pub async fn flow(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let (seen, words) = (&visible.seen, visitor.words);
    let library = app.runtime.library();
    let lines = app.flow(visible, words.0).await?;
    let day = civil(app.runtime.clock().now()).date();
    let city = super::deciding(app, visitor, visible);
    let guide = Picture::of(&seen.revision, &library, words.0).on(day, Some(&city));
    let drawing = picture(visitor, seen.id);
    let here = lines.iter().position(|line| line.current);
    Ok(html! {
        div class="flow-tab" {
        p class="actions" {
            @if here.is_some() { a class="button" href="#now" { (words.t("flow.here")) } }
            a class="button" href={ (drawing) @if here.is_some() { "#now" } } { (words.t("flow.large")) }
            a class="button" href=(format!("/cases/{}/flow", seen.id)) data-key="p" { (words.t("flow.print")) }
        }
        div class="drawn" {
            figure class="flow" { img src=(drawing) alt=(words.t("flow.picture")); }
            p class="hint" { (words.t("flow.legend")) }
        }
        div {
        h2 { (words.t("flow.list")) }
        ol class="outline" {
            @for (at, line) in lines.iter().enumerate() {
                li id=[(here == Some(at)).then_some("now")] class={ "depth" (line.depth.min(4)) @if line.current { " current" } } {
                    (line.title)
                    @if !line.note.is_empty() { " " span class="hint" { (line.note) } }
                    @if !line.done.is_empty() { " " span class="hint" { (line.done) } }
                    @for way in line.ways.iter().filter(|way| way.walked) {
                        " " span class="walked" { (way.label) " → " (way.to) }
                    }
                }
            }
        }
        details { summary { (words.t("flow.rules")) } pre class="long" { (guide.guide()) } }
        }
        }
    })
}

/// The address of the drawing of a case.
pub fn picture(visitor: &Visitor, case: u64) -> String {
    let lang = match visitor.words.0 {
        Lang::Zh => "zh",
        Lang::En => "en",
    };
    format!("/api/v1/cases/{case}/graph.svg?lang={lang}")
}

/// Everything that was filled in and worked out, numbers masked; each can be shown by itself, on record.
pub fn data(app: &App, visitor: &Visitor, visible: &Visible) -> Markup {
    let words = visitor.words;
    if visible.sight != Sight::Whole {
        return html! { p class="hint" { (words.t("data.hidden")) } };
    }
    let seen = &visible.seen;
    let today = civil(app.runtime.clock().now()).date();
    html! {
        @for shown in facts::all(seen) {
            section class="shown" {
                h2 { (facts::heading(visitor, seen, &shown.name)) }
                (facts::values(visitor, seen, &shown, today))
                (reveal::ask(visitor, seen, &shown, None))
            }
        }
    }
}

/// Every event with its number and hash, and who read what.
pub async fn audit(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let entries = app.runtime.history(visible.seen.id).await?;
    Ok(html! {
        (read(app, visitor, visible).await?)
        h2 { (visitor.words.t("audit.events")) }
        p class="hint" { (visitor.words.t("audit.chain")) }
        (recorded(visitor, visible, &entries))
    })
}

/// Everything that was recorded, one line each.
fn recorded(visitor: &Visitor, visible: &Visible, entries: &[Entry]) -> Markup {
    let (words, seen) = (visitor.words, &visible.seen);
    let teller = Teller {
        guest: visitor,
        seen,
        sight: visible.sight,
        people: &visitor.caller.people,
    };
    html! {
        table class="list cards audit" {
            thead { tr { th { "#" } th { (words.t("audit.when")) } th { (words.t("audit.who")) } th { (words.t("audit.what")) } th { (words.t("audit.hash")) } } }
            tbody {
                @for entry in entries {
                    @for (event, fact) in told(entry, Some((seen, visible.sight))).zip(&entry.events) {
                        tr {
                            td { (event.seq) }
                            td { (instant(&event.at)) }
                            td { (teller.who(&entry.actor, &entry.events)) }
                            // As programs name it, for whoever compares this with what they read.
                            td title=(event.r#type) { (teller.what(fact).unwrap_or_default()) }
                            td { code { (event.hash.get(..12).unwrap_or_default()) } }
                        }
                    }
                }
            }
        }
    }
}

/// Who read what of the case, for whoever sees it whole or watches over the office.
async fn read(app: &App, visitor: &Visitor, visible: &Visible) -> Result<Markup, Problem> {
    let words = visitor.words;
    let looks = visitor.caller.looks_as.is_some();
    if visible.sight != Sight::Whole && (looks || app.watches(&visitor.caller).is_err()) {
        return Ok(html! {});
    }
    let query = ReadingQuery {
        case: Some(visible.seen.id.to_string()),
        limit: Some(READINGS),
        ..ReadingQuery::default()
    };
    let listed = app.readings(&query).await?;
    Ok(html! {
        h2 { (words.t("read.title")) }
        (readings::table(visitor, &listed.rows, None))
        (lists::pager(visitor, listed.total, listed.rows.len(), None))
    })
}

/// The id of a task in an address.
pub fn task_address(case: u64, no: engine::case::TaskNo) -> String {
    format!("/tasks/{}", within(case, no.0))
}
