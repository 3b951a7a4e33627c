//! Cards: yellow and red ones as a list, one with its reasons, and what is done with it.

use super::body::{Asked, Body};
use super::caller::Stated;
use super::cases::instant;
use super::ids::Within;
use super::problem::{Code, Problem};
use super::sight::Visible;
use super::views::{self, ClockView, Person, Written};
use super::{App, Here, cursor};
use crate::directory::Caller;
use crate::runtime::Target;
use crate::store::{CardFilter, CardGroup, CardRow, CardState, ListedCard};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use engine::case::{Card, CardDeed, CardNo, Command};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

impl App {
    /// A page of cards.
    ///
    /// # Errors
    /// If the query is wrong or the store does not answer.
    pub async fn card_rows(&self, caller: &Caller, query: &CardQuery) -> Result<CardRows, Problem> {
        let limit = cursor::limit(query.limit)?;
        let which = query.filter(self, caller);
        let after = query.cursor.as_deref().map(cursor::card).transpose()?;
        let store = self.runtime.store();
        let mut rows = store.cards(&which, after, i64::from(limit) + 1).await?;
        let cursor = cursor::next(&mut rows, limit, |row| cursor::after_card(&row.card));
        Ok(CardRows { cursor, rows })
    }

    /// How many cards of a query there are in all.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn count_cards(&self, caller: &Caller, query: &CardQuery) -> Result<i64, Problem> {
        let which = query.filter(self, caller);
        Ok(self.runtime.store().count_cards(&which).await?)
    }

    /// The cards of a query by holder, city, matter and step; together they are all of them.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn card_groups(
        &self,
        caller: &Caller,
        query: &CardQuery,
    ) -> Result<Vec<CardGroup>, Problem> {
        let which = query.filter(self, caller);
        Ok(self.runtime.store().card_groups(&which).await?)
    }

    /// A card with its case, if the caller may know of it.
    ///
    /// # Errors
    /// 404 where there is none he may know of.
    pub async fn one_card(&self, caller: &Caller, id: &str) -> Result<(Visible, CardNo), Problem> {
        let none = || Problem::new(Code::NotFound);
        let id = Within::read(id).ok_or_else(none)?;
        let what = format!("card {}", id.no);
        let visible = self.read(caller, id.case, &what).await?;
        match visible.seen.case.cards().contains_key(&CardNo(id.no)) {
            true => Ok((visible, CardNo(id.no))),
            false => Err(none()),
        }
    }
}

/// A page of cards.
#[derive(Debug)]
pub struct CardRows {
    /// Rows.
    pub rows: Vec<ListedCard>,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

/// Which cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CardQuery {
    /// `yellow` or `red`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// How far it has come; without it those that are not closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CardStage>,
    /// Person who has the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// True: nobody has taken the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<bool>,
    /// True: no office has the work: it waits for the applicant or for another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nowhere: Option<bool>,
    /// City that has the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// True: cards of whole cases, while none of their steps is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<bool>,
    /// Matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// Where the next page begins, as the page before said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page has, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// How far a card has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardStage {
    /// Not closed.
    Open,
    /// Not closed, and nobody has explained it.
    Unexplained,
    /// A supervisor waits for an answer.
    Pursued,
    /// Closed.
    Closed,
    /// All there were.
    All,
}

impl CardQuery {
    /// What the store is asked for it, within what the caller may see.
    pub fn filter(&self, app: &App, caller: &Caller) -> CardFilter {
        CardFilter {
            within: Some(app.spheres(caller)),
            case_id: None,
            level: self.level.clone(),
            state: match self.state {
                None | Some(CardStage::Open) => CardState::Open,
                Some(CardStage::Unexplained) => CardState::Unexplained,
                Some(CardStage::Pursued) => CardState::Pursued,
                Some(CardStage::Closed) => CardState::Closed,
                Some(CardStage::All) => CardState::All,
            },
            holder: match self.free {
                Some(true) => Some(String::new()),
                _ => self.holder.clone(),
            },
            city: match self.nowhere {
                Some(true) => Some(String::new()),
                _ => self.city.as_ref().map(|c| app.city(c)),
            },
            step: match self.whole {
                Some(true) => Some(String::new()),
                _ => self.step.clone(),
            },
            matter: self.matter.clone(),
        }
    }

    /// The same list behind a row, by the cursor.
    #[must_use]
    pub fn after(&self, cursor: String) -> CardQuery {
        CardQuery {
            cursor: Some(cursor),
            limit: None,
            ..self.clone()
        }
    }

    /// The query as it stands in an address.
    pub fn text(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }
}

/// A card in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct CardLine {
    /// Its id.
    id: String,
    case: String,
    number: String,
    matter: String,
    status: String,
    /// `yellow` or `red`.
    level: String,
    /// The limit.
    clock: String,
    /// Where the work is, or was last.
    step: String,
    /// Post that has it.
    post: String,
    holder: Option<Person>,
    opened: String,
    /// When it was last explained.
    explained: Option<String>,
    /// When a supervisor asked, while nobody has answered.
    pursued: Option<String>,
    closed: Option<String>,
}

/// A page of cards, red ones first, of each level the oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct CardPage {
    /// Rows.
    cards: Vec<CardLine>,
    /// Rows in all.
    total: i64,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// Red and yellow cards of the cases the caller may see, red ones first, of each level the oldest first.
#[utoipa::path(get, path = "/api/v1/supervision/cards", tag = "supervision", params(CardQuery), responses((status = 200, body = CardPage)))]
pub(super) async fn cards(
    State(app): Here,
    caller: Caller,
    Asked(query): Asked<CardQuery>,
) -> Result<Json<CardPage>, Problem> {
    app.watches(&caller)?;
    let (listed, total) = tokio::try_join!(
        app.card_rows(&caller, &query),
        app.count_cards(&caller, &query)
    )?;
    let line = |row: ListedCard| {
        card_line(
            row.card,
            row.case.number,
            row.case.matter,
            row.case.status,
            &caller,
        )
    };
    Ok(Json(CardPage {
        cards: listed.rows.into_iter().map(line).collect(),
        total,
        cursor: listed.cursor,
    }))
}

fn card_line(
    card: CardRow,
    number: String,
    matter: String,
    status: String,
    caller: &Caller,
) -> CardLine {
    CardLine {
        id: format!("{}-{}", card.case_id, card.no),
        case: card.case_id.to_string(),
        number,
        matter,
        status,
        level: card.level,
        clock: card.clock,
        step: card.step,
        post: format!("{}/{}/{}", card.city, card.department, card.post),
        holder: card.holder.map(|id| Person::of(&id, &caller.people)),
        opened: instant(card.opened).unwrap_or_default(),
        explained: card.explained.and_then(instant),
        pursued: card.pursued.and_then(instant),
        closed: card.closed.and_then(instant),
    }
}

/// What was said about a card.
#[derive(Serialize, ToSchema)]
pub(super) struct Note {
    /// `explain`, `pursue` or `close`.
    #[schema(value_type = String)]
    deed: CardDeed,
    by: Person,
    at: String,
    words: String,
}

/// A card with its reasons.
#[derive(Serialize, ToSchema)]
pub(super) struct CardView {
    id: String,
    case: String,
    number: String,
    /// `yellow` or `red`.
    #[schema(value_type = String)]
    level: engine::case::Level,
    /// The limit.
    clock: String,
    opened: String,
    /// The numbers by which it was opened: those of its limit at that moment.
    numbers: Option<ClockView>,
    /// The same as they are now.
    now: Option<ClockView>,
    /// What was said, in order.
    notes: Vec<Note>,
    /// How far up it went because nobody explained it: `urge`, `pursue`, `network`.
    escalations: Vec<Escalation>,
    /// A supervisor waits for an answer.
    awaits_answer: bool,
    closed: Option<String>,
}

/// A rung a card went up.
#[derive(Serialize, ToSchema)]
pub(super) struct Escalation {
    rung: &'static str,
    at: String,
}

fn escalation((rung, at): &(engine::case::Rung, jiff::Timestamp)) -> Escalation {
    Escalation {
        rung: rung.word(),
        at: views::at(*at),
    }
}

/// A card with the numbers by which it was opened and what was said about it.
#[utoipa::path(get, path = "/api/v1/supervision/cards/{id}", tag = "supervision", params(("id" = String, Path, description = "Id of the card")),
    responses((status = 200, body = CardView)))]
pub(super) async fn card(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<CardView>, Problem> {
    let (visible, no) = app.one_card(&caller, &id).await?;
    let seen = &visible.seen;
    let card = seen.case.cards().get(&no);
    let card = card.ok_or_else(|| Problem::new(Code::NotFound))?;
    let (then, now) = app.card_numbers(&visible, card);
    let note = |n: &engine::case::CardNote| Note {
        deed: n.deed,
        by: Person::of(&n.by, &caller.people),
        at: views::at(n.at),
        words: n.words.clone(),
    };
    Ok(Json(CardView {
        id,
        case: seen.id.to_string(),
        number: seen.number.to_string(),
        level: card.level,
        clock: card.clock.clone(),
        opened: views::at(card.at),
        numbers: then,
        now,
        notes: card.notes().iter().map(note).collect(),
        escalations: card.escalations().iter().map(escalation).collect(),
        awaits_answer: card.awaits_answer(),
        closed: card.closed().map(views::at),
    }))
}

impl App {
    /// The limit of a card, as it was when the card was opened and as it is now.
    pub fn card_numbers(
        &self,
        visible: &Visible,
        card: &Card,
    ) -> (Option<ClockView>, Option<ClockView>) {
        let network = &self.runtime.library().network;
        let running = visible.seen.case.clock(&card.clock);
        let now = self.runtime.clock().now();
        let then = running.zip(card.ledger());
        (
            then.map(|(running, ledger)| views::clock_at(running, ledger, card.at, network)),
            running.map(|running| views::clock_at(running, running.ledger(), now, network)),
        )
    }
}

/// Words about a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// A sentence.
    words: String,
}

/// What is done with a card is one thing to the engine.
macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident $deed:ident $path:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "supervision", request_body = Words,
            params(("id" = String, Path, description = "Id of the card")), responses((status = 200, body = Written)))]
        pub(super) async fn $name(
            State(app): Here,
            caller: Caller,
            stated: Stated,
            Path(id): Path<String>,
            body: Body<Words>,
        ) -> Result<Response, Problem> {
            let id = Within::read(&id).ok_or_else(|| Problem::new(Code::NotFound))?;
            let command = Command::Card {
                card: CardNo(id.no),
                deed: CardDeed::$deed,
                words: body.value.words,
            };
            app.carry_out(&caller, &stated, &body.bytes, Target::Case(id.case), command).await
        }
    )*};
}

deeds! {
    /// Says why a card was opened: for whoever has the work, and the leader of his office.
    explain Explain "/api/v1/supervision/cards/{id}/explain",
    /// Asks about a card and wants an answer (督办): for supervisors.
    pursue Pursue "/api/v1/supervision/cards/{id}/pursue",
    /// Closes a card (销牌), once what was asked about it has been answered: for supervisors.
    close Close "/api/v1/supervision/cards/{id}/close",
}
