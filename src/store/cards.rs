//! Lists of cards and how long steps took; a number and the list behind it share their condition.
use super::cases::Sphere;
use super::dialect::{Arg, by_name};
use super::worklist::Where;
use super::{CardRow, CaseRow, Store, StoreError};

/// Which cards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardFilter {
    /// Where the caller may look: cards of cases in any of these; none: everywhere.
    pub within: Option<Vec<Sphere>>,
    /// One case.
    pub case_id: Option<i64>,
    /// `yellow` or `red`.
    pub level: Option<String>,
    /// How far it has come.
    pub state: CardState,
    /// Person who has the work; empty: nobody has taken it.
    pub holder: Option<String>,
    /// City that has it.
    pub city: Option<String>,
    /// Step.
    pub step: Option<String>,
    /// Matter.
    pub matter: Option<String>,
}

/// How far a card has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CardState {
    /// Not closed.
    #[default]
    Open,
    /// Not closed, and nobody has explained it.
    Unexplained,
    /// A supervisor has asked and waits for the answer.
    Pursued,
    /// Closed.
    Closed,
    /// All there were.
    All,
}

/// The last card of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterCard {
    /// It was a red one.
    pub red: bool,
    /// When it was opened, UTC milliseconds.
    pub opened: i64,
    /// Its case.
    pub case_id: i64,
    /// Its number.
    pub no: i64,
}

impl AfterCard {
    /// The place of a card in the list.
    pub fn of(card: &CardRow) -> Self {
        AfterCard {
            red: card.level == "red",
            opened: card.opened,
            case_id: card.case_id,
            no: card.no,
        }
    }
}

/// Cards with everything in common by which they are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardGroup {
    /// Person who has the work; none: nobody has taken it.
    pub holder: Option<String>,
    /// City that has it.
    pub city: String,
    /// Matter.
    pub matter: String,
    /// Step.
    pub step: String,
    /// How many.
    pub cards: i64,
    /// How many of them are red.
    pub red: i64,
}

/// A card with what a list shows of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCard {
    /// The card.
    pub card: CardRow,
    /// Its case.
    pub case: CaseRow,
}

by_name!(CardRow {
    case_id,
    no,
    level,
    clock,
    step,
    city,
    department,
    post,
    holder,
    opened,
    explained,
    pursued,
    closed,
});

const CARD: &str = "SELECT card.case_id, card.no, card.level, card.clock, card.step, card.city, card.department, card.post, \
                    card.holder, card.opened, card.explained, card.pursued, card.closed";
const FROM: &str = "FROM card JOIN case_row ON case_row.id = card.case_id";

impl CardFilter {
    fn condition(&self) -> Where<'_> {
        let mut all = Where::default();
        if let Some(within) = &self.within {
            all.within(within);
        }
        if let Some(case_id) = self.case_id {
            let case_id = all.arg(Arg::Number(case_id));
            all.parts.push(format!("card.case_id = {case_id}"));
        }
        let state = match self.state {
            CardState::Open => Some("card.closed IS NULL"),
            CardState::Unexplained => Some("card.closed IS NULL AND card.explained IS NULL"),
            CardState::Pursued => Some("card.closed IS NULL AND card.pursued IS NOT NULL"),
            CardState::Closed => Some("card.closed IS NOT NULL"),
            CardState::All => None,
        };
        all.parts.extend(state.map(str::to_owned));
        all.equal("card.level", self.level.as_deref());
        match self.holder.as_deref() {
            Some("") => all.parts.push("card.holder IS NULL".to_owned()),
            holder => all.equal("card.holder", holder),
        }
        all.equal("card.city", self.city.as_deref());
        all.equal("card.step", self.step.as_deref());
        all.equal("case_row.matter", self.matter.as_deref());
        all
    }
}

impl Store {
    /// The next `limit` cards after one, red before yellow ones, of each the oldest first.
    pub async fn cards(
        &self,
        filter: &CardFilter,
        after: Option<AfterCard>,
        limit: i64,
    ) -> Result<Vec<ListedCard>, StoreError> {
        let mut all = filter.condition();
        if let Some(after) = after {
            // `red` sorts before `yellow` in every order of letters.
            let level = all.arg(Arg::Text(if after.red { "red" } else { "yellow" }));
            let [opened, case_id, no] =
                [after.opened, after.case_id, after.no].map(|n| all.arg(Arg::Number(n)));
            all.parts.push(format!(
                "(card.level, card.opened, card.case_id, card.no) > ({level}, {opened}, {case_id}, {no})"
            ));
        }
        let limit = all.arg(Arg::Number(limit));
        let condition = all.take_text();
        let sql = format!(
            "{CARD} {FROM} WHERE {condition} ORDER BY card.level, card.opened, card.case_id, card.no LIMIT {limit}"
        );
        let cards: Vec<CardRow> = self.read(&sql, &all.args).await?;
        let ids: Vec<i64> = cards.iter().map(|card| card.case_id).collect();
        let cases = self.case_rows(&ids).await?.into_iter();
        let cases: std::collections::BTreeMap<i64, CaseRow> =
            cases.map(|case| (case.id, case)).collect();
        let listed = cards.into_iter().filter_map(|card| {
            let case = cases.get(&card.case_id)?.clone();
            Some(ListedCard { card, case })
        });
        Ok(listed.collect())
    }

    /// How many cards [`Store::cards`] would show in all.
    pub async fn count_cards(&self, filter: &CardFilter) -> Result<i64, StoreError> {
        let mut all = filter.condition();
        let condition = all.take_text();
        let sql = format!("SELECT count(*) {FROM} WHERE {condition}");
        let rows: Vec<(i64,)> = self.read(&sql, &all.args).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// The cards of a filter, counted by holder, city, matter and step, all at one moment.
    pub async fn card_groups(&self, filter: &CardFilter) -> Result<Vec<CardGroup>, StoreError> {
        let mut all = filter.condition();
        let condition = all.take_text();
        let sql = format!(
            "SELECT card.holder, card.city, case_row.matter, card.step, count(*), \
             sum(CASE WHEN card.level = 'red' THEN 1 ELSE 0 END) {FROM} WHERE {condition} GROUP BY 1, 2, 3, 4"
        );
        let rows: Vec<(Option<String>, String, String, String, i64, i64)> =
            self.read(&sql, &all.args).await?;
        let group = |(holder, city, matter, step, cards, red)| CardGroup {
            holder,
            city,
            matter,
            step,
            cards,
            red,
        };
        Ok(rows.into_iter().map(group).collect())
    }

    /// All cards of one case, for a check against its history.
    pub async fn cards_of(&self, case_id: i64) -> Result<Vec<CardRow>, StoreError> {
        let sql = format!("{CARD} FROM card WHERE card.case_id = $1 ORDER BY card.no");
        self.read(&sql, &[Arg::Number(case_id)]).await
    }

    /// Of the newest tasks of a matter done since `from`, at most `most`: step, beginning and end.
    pub async fn spent(
        &self,
        matter: &str,
        within: Option<&[Sphere]>,
        from: i64,
        most: i64,
    ) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let mut all = Where::default();
        all.equal("spent.matter", Some(matter));
        if let Some(within) = within {
            all.within(within);
        }
        let (from, most) = (all.arg(Arg::Number(from)), all.arg(Arg::Number(most)));
        all.parts.push(format!("spent.done >= {from}"));
        let condition = all.take_text();
        let sql = format!(
            "SELECT spent.step, spent.opened, spent.done FROM spent JOIN case_row ON case_row.id = spent.case_id \
             WHERE {condition} ORDER BY spent.done DESC LIMIT {most}"
        );
        self.read(&sql, &all.args).await
    }
}
