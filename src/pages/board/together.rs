//! Several cards at once: urged, asked about, closed. The list stands still here, so that nothing moves under what is ticked.

use super::{ROWS, head, line};
use crate::pages::session::{Form, Visitor};
use crate::pages::several::{Became, one, told};
use crate::pages::worklist::few;
use crate::pages::{layout, lists, once};
use crate::web::App;
use crate::web::cards::CardQuery;
use crate::web::ids::{Within, within};
use crate::web::problem::{Code, Problem};
use axum::extract::State;
use axum::response::Response;
use engine::case::{CardDeed, CardNo, Command, TaskNo};
use maud::{Markup, html};
use std::sync::Arc;

/// The cards of a query, to be ticked.
pub async fn together(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, Problem> {
    app.watches(&visitor.caller)?;
    let mut query: CardQuery = lists::asked(&visitor)?;
    query.limit = Some(ROWS);
    let words = visitor.words;
    let (listed, total) = tokio::try_join!(
        app.card_rows(&visitor.caller, &query),
        app.count_cards(&visitor.caller, &query)
    )?;
    let next = listed.cursor.map(|cursor| query.after(cursor));
    let next = next.map(|query| format!("/board/together?{}", query.text()));
    let back = format!("/board?{}", query.text());
    let deeds: &[&str] = match visitor.caller.holds("supervisor") {
        true => &["urge", "pursue", "close"],
        false => &["urge"],
    };
    let body = html! {
        p class="hint" { (words.t("board.together_hint")) }
        @if listed.rows.is_empty() { p class="notice good" { (words.t("board.no_cards")) } }
        @else {
            form method="post" action="/board/together" class="panel" {
                (layout::token(&visitor)) (once::token())
                input type="hidden" name="back" value=(back);
                div class="wide" tabindex="0" { table class="list" {
                    thead { tr { th { span class="unseen" { (words.t("board.tick")) } } (head(&visitor)) } }
                    tbody { @for row in &listed.rows {
                        @let id = format!("{}-{}", row.card.case_id, row.card.no);
                        tr {
                            td { input type="checkbox" name="card" value=(id) aria-label=(words.say("board.tick_one", &[("number", row.case.number.clone())])); }
                            (line(&visitor, &app, row))
                        }
                    } }
                } }
                div class="field" {
                    label for="words" { (words.t("board.words")) " " span class="must" { (words.t("act.must")) } }
                    textarea id="words" name="words" rows="2" required maxlength="500" {}
                }
                div class="actions" {
                    button formaction="/work/transfer" formnovalidate { (words.t("card.transfer")) "…" }
                    @for deed in deeds { button name="deed" value=(deed) { (words.word("card.deed", deed)) } }
                    a class="button" href=(back) { (words.t("together.back")) }
                }
            }
        }
        (lists::pager(&visitor, total, listed.rows.len(), next))
    };
    Ok(layout::page(&visitor, &words.t("board.together"), body))
}

/// Does the same to each card that was ticked.
pub async fn said(State(app): State<Arc<App>>, sent: Form) -> Result<Response, Problem> {
    let visitor = &sent.visitor;
    let words = sent.fields.get("words").unwrap_or_default().trim();
    if words.is_empty() {
        return Err(Problem::field("/words", "reject.reason", &[]));
    }
    let deed = sent.fields.get("deed").unwrap_or_default();
    let key = once::key(&visitor.caller, "/board/together", &sent.fields)?;
    let chosen: Option<Vec<Within>> = sent.fields.all("card").map(Within::read).collect();
    let chosen = few(chosen.ok_or_else(|| Problem::new(Code::NotFound))?)?;
    let mut became = Vec::new();
    for card in chosen {
        let seen = app.visible(&visitor.caller.actor(), card.case).await?.seen;
        let commands = match deed {
            "urge" => seen
                .case
                .open_tasks()
                .map(|(no, _)| urged(no, words))
                .collect(),
            deed => vec![Command::Card {
                card: CardNo(card.no),
                deed: about(deed)?,
                words: words.to_owned(),
            }],
        };
        if commands.is_empty() {
            let nobody = Problem::says(Code::StateNotAllowed, "api.nobody_to_urge", &[]);
            became.push(Became::of(&seen, Err(nobody)));
        }
        for (at, command) in (0..).zip(commands) {
            let name = format!("{}-{at}", within(card.case, card.no));
            became.push(one(&app, visitor, &seen, key.of_one(&name), command).await?);
        }
    }
    let back = crate::pages::session::onward(sent.fields.get("back"));
    Ok(told(visitor, &back, &became))
}

fn urged(task: TaskNo, words: &str) -> Command {
    Command::Urge {
        task,
        words: words.to_owned(),
    }
}

/// What a button of a card asks for.
pub fn about(deed: &str) -> Result<CardDeed, Problem> {
    match deed {
        "explain" => Ok(CardDeed::Explain),
        "pursue" => Ok(CardDeed::Pursue),
        "close" => Ok(CardDeed::Close),
        _ => Err(Problem::new(Code::Malformed)),
    }
}
