//! Absences: entered by the person himself or the lead of his office; his deputy then acts for him, and both stand on record.

use super::body::Body;
use super::endpoints::field;
use super::problem::{Code, Problem};
use super::views::Person;
use super::{App, Here};
use crate::directory::{Caller, may_be_handed_over, post};
use crate::store::{AbsenceRow, AccountRow};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::case::Party;
use engine::clock::{civil, instant};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An absence is at most so long, days.
const LONGEST: i32 = 366;

/// An absence to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who is away; nobody said: the caller.
    #[serde(default)]
    pub person: Option<String>,
    /// Who stands for him: somebody of the same office.
    pub deputy: String,
    /// The first day.
    #[schema(value_type = String, example = "2026-11-30")]
    pub from: Date,
    /// The last day.
    #[schema(value_type = String, example = "2026-12-04")]
    pub to: Date,
    /// In which of his posts; empty: in all.
    #[serde(default)]
    pub posts: Vec<String>,
    /// In which matters; empty: in all.
    #[serde(default)]
    pub matters: Vec<String>,
}

/// An absence.
#[derive(Serialize, ToSchema)]
pub(super) struct View {
    id: String,
    /// Who is away.
    person: Person,
    /// Who stands for him.
    deputy: Person,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// Posts; empty: all.
    posts: Vec<String>,
    /// Matters; empty: all.
    matters: Vec<String>,
    /// Who entered it.
    entered_by: Person,
}

/// The first and the last day of an absence.
pub fn days(row: &AbsenceRow) -> (Date, Date) {
    let day = |at: i64| civil(Timestamp::from_millisecond(at).unwrap_or_default()).date();
    (day(row.begins), day(row.ends - 1))
}

/// Absences now and later: the caller's own, those in which he is the deputy, and as a lead those of his office.
#[utoipa::path(get, path = "/api/v1/absences", tag = "absences", responses((status = 200, body = Vec<View>)))]
pub(super) async fn list(State(app): Here, caller: Caller) -> Result<Json<Vec<View>>, Problem> {
    let rows = app.absences(&caller).await?;
    let views = rows.iter().map(|row| view(&caller, row));
    Ok(Json(views.collect()))
}

/// Enters an absence.
#[utoipa::path(post, path = "/api/v1/absences", tag = "absences", request_body = Wish, responses((status = 201, body = View)))]
pub(super) async fn enter(
    State(app): Here,
    caller: Caller,
    body: Body<Wish>,
) -> Result<(StatusCode, Json<View>), Problem> {
    let row = app.enter_absence(&caller, &body.value).await?;
    Ok((StatusCode::CREATED, Json(view(&caller, &row))))
}

/// Ends an absence before its time.
#[utoipa::path(post, path = "/api/v1/absences/{id}/end", tag = "absences",
    params(("id" = String, Path, description = "Id of the absence")), responses((status = 204)))]
pub(super) async fn end(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.end_absence(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(caller: &Caller, row: &AbsenceRow) -> View {
    let person = |id: &str| Person::of(id, &caller.people);
    let (from, to) = days(row);
    View {
        id: row.id.to_string(),
        person: person(&row.person),
        deputy: person(&row.deputy),
        from: from.to_string(),
        to: to.to_string(),
        posts: row.posts.clone(),
        matters: row.matters.clone(),
        entered_by: person(&row.entered_by),
    }
}

/// Whether two persons have an office in common.
pub fn same_office(one: &AccountRow, other: &AccountRow) -> bool {
    let office = |post: &String| post.rsplit_once('/').map(|(office, _)| office.to_owned());
    let offices: Vec<String> = one.posts.iter().filter_map(office).collect();
    other
        .posts
        .iter()
        .filter_map(office)
        .any(|o| offices.contains(&o))
}

/// Whether the caller may enter and end absences of somebody. A deputy does not do so for the one he stands for.
pub fn may_enter(caller: &Caller, person: &AccountRow) -> bool {
    let leads = |lead: &Party| {
        let office = format!("{}/{}/", lead.city, lead.department);
        lead.post == "lead" && person.posts.iter().any(|p| p.starts_with(&office))
    };
    let own = *caller.id == *person.id;
    caller.stands_for.is_none() && (own || caller.posts.iter().any(leads))
}

impl App {
    /// The absences somebody may know of.
    pub async fn absences(&self, caller: &Caller) -> Result<Vec<AbsenceRow>, Problem> {
        let now = self.runtime.clock().now().as_millisecond();
        let mut rows = self.directory.accounts().absences(now).await?;
        rows.retain(|row| {
            let person = caller.people.get(&row.person);
            *row.deputy == *caller.id || person.is_some_and(|person| may_enter(caller, person))
        });
        Ok(rows)
    }

    /// Enters an absence, if it may be.
    pub async fn enter_absence(&self, caller: &Caller, wish: &Wish) -> Result<AbsenceRow, Problem> {
        let id = wish.person.as_deref().unwrap_or(&caller.id);
        let known = |at: &str, id: &str| {
            let person = caller
                .people
                .get(id)
                .filter(|p| p.state == "active" && p.kind == "person");
            person.ok_or_else(|| field(at, "absence.person", id))
        };
        let person = known("/person", id)?;
        if !may_enter(caller, person) {
            return Err(Problem::new(Code::Forbidden).member("needed", vec!["lead"]));
        }
        let deputy = known("/deputy", &wish.deputy)?;
        if deputy.id == person.id || !same_office(person, deputy) {
            return Err(field("/deputy", "absence.deputy", &deputy.name));
        }
        self.scope(person, wish)?;
        let row = self.row(caller, person, deputy, wish)?;
        self.not_away_too(&row).await?;
        self.directory.accounts().enter_absence(&row).await?;
        Ok(row)
    }

    /// The posts are his and may be handed over, the matters exist.
    fn scope(&self, person: &AccountRow, wish: &Wish) -> Result<(), Problem> {
        let library = self.runtime.library();
        let hands = |text: &String| {
            let post = post(text, &library.network);
            post.is_ok_and(|post| may_be_handed_over(&post))
        };
        let all_his = |text: &&String| person.posts.contains(text) && hands(text);
        if let Some(alien) = wish.posts.iter().find(|text| !all_his(text)) {
            return Err(field("/posts", "absence.post", alien));
        }
        if !person.posts.iter().any(hands) {
            return Err(field("/person", "absence.post", &person.name));
        }
        let unknown = wish
            .matters
            .iter()
            .find(|m| !library.matters.contains_key(*m));
        match unknown {
            Some(unknown) => Err(field("/matters", "absence.matter", unknown)),
            None => Ok(()),
        }
    }

    fn row(
        &self,
        caller: &Caller,
        person: &AccountRow,
        deputy: &AccountRow,
        wish: &Wish,
    ) -> Result<AbsenceRow, Problem> {
        let now = self.runtime.clock().now();
        let midnight = |day: Date| instant(day.to_datetime(jiff::civil::Time::midnight()));
        let long = wish
            .from
            .until(wish.to)
            .map_or(i32::MAX, |span| span.get_days());
        let over = wish.to < civil(now).date();
        if wish.to < wish.from || over || long >= LONGEST {
            return Err(field("/to", "absence.days", &wish.to.to_string()));
        }
        let after = wish.to.tomorrow().map_err(|e| Problem::internal(&e))?;
        Ok(AbsenceRow {
            id: rand::random_range(1..1_000_000_000_000),
            person: person.id.clone(),
            deputy: deputy.id.clone(),
            begins: midnight(wish.from).as_millisecond(),
            ends: midnight(after).as_millisecond(),
            posts: wish.posts.clone(),
            matters: wish.matters.clone(),
            entered_by: caller.id.to_string(),
            entered: now.as_millisecond(),
            ended_by: None,
        })
    }

    /// A deputy who is away himself cannot stand for anybody, where nobody may stand behind him.
    async fn not_away_too(&self, row: &AbsenceRow) -> Result<(), Problem> {
        let now = self.runtime.clock().now();
        if self.directory.chain(civil(now).date()) > 1 {
            return Ok(());
        }
        let all = self
            .directory
            .accounts()
            .absences(now.as_millisecond())
            .await?;
        let away = all.iter().any(|other| {
            other.person == row.deputy && other.begins < row.ends && row.begins < other.ends
        });
        match away {
            true => Err(field("/deputy", "absence.away", &row.deputy)),
            false => Ok(()),
        }
    }

    /// Ends an absence before its time.
    pub async fn end_absence(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        let unknown = || Problem::new(Code::NotFound);
        let rows = self.absences(caller).await?;
        let row = rows.iter().find(|row| row.id.to_string() == id);
        let row = row.ok_or_else(unknown)?;
        let person = caller.people.get(&row.person).ok_or_else(unknown)?;
        if !may_enter(caller, person) {
            return Err(Problem::new(Code::Forbidden).member("needed", vec!["lead"]));
        }
        let now = self.runtime.clock().now().as_millisecond();
        let accounts = self.directory.accounts();
        match accounts.end_absence(row.id, &caller.id, now).await? {
            true => Ok(()),
            false => Err(unknown()),
        }
    }
}
