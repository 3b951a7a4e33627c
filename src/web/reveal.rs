//! One masked value in full, for whoever sees the case whole and says why; recorded before it is sent (G60).

use super::Here;
use super::body::Body;
use super::problem::{Code, Problem};
use super::readings::Kind;
use super::tasks::{SHARED, Shown, letter_of, written_by};
use super::{App, mask};
use crate::directory::Caller;
use crate::runtime::Seen;
use crate::store::ReadingFilter;
use axum::Json;
use axum::extract::{Path, State};
use engine::case::{Party, Sight};
use engine::clock::{civil, instant};
use engine::text::Text;
use forms::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Values somebody may have shown in a day before his supervisor is told (G60).
const MANY: i64 = 50;

/// Which value, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// `applicant`, `form`, `shared` of the letter one works on, or the step that wrote it.
    of: String,
    /// JSON pointer of the value in there.
    #[schema(example = "/id_number")]
    pointer: String,
    /// Why it must be seen.
    reason: String,
}

/// A value with its label.
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// Its label.
    #[schema(value_type = super::problem::Both)]
    pub title: Text,
    /// The value.
    pub value: String,
}

/// Shows one masked value; who asked, when and why is recorded first.
#[utoipa::path(post, path = "/api/v1/cases/{id}/reveal", tag = "cases", request_body = Wish,
    params(("id" = String, Path, description = "Id or number of the case")), responses((status = 200, body = Told)))]
pub(super) async fn reveal(
    State(app): Here,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<Wish>,
) -> Result<Json<Told>, Problem> {
    let id = app.case_id(&id).await?;
    let Wish {
        of,
        pointer,
        reason,
    } = body.value;
    app.reveal(&caller, id, &of, &pointer, &reason)
        .await
        .map(Json)
}

impl App {
    /// One masked value of a case, recorded before it is told.
    pub async fn reveal(
        &self,
        caller: &Caller,
        case: u64,
        of: &str,
        pointer: &str,
        reason: &str,
    ) -> Result<Told, Problem> {
        let visible = self.visible(&caller.actor(), case).await?;
        let whole = visible.sight == Sight::Whole;
        let told = match of {
            SHARED => of_letter(&visible.seen, caller, pointer),
            of => told(&visible.seen, of, pointer).filter(|_| whole),
        };
        if caller.system || !whole && told.is_none() {
            return Err(Problem::new(Code::Forbidden));
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Problem::field("/reason", "reject.reason", &[]));
        }
        let told = told.ok_or_else(|| Problem::new(Code::NotFound))?;
        let what = format!("{of}{pointer}");
        self.record(caller, Kind::Reveal, Some(case), &what, reason)
            .await?;
        self.watch_looks(caller).await?;
        Ok(told)
    }

    /// Tells the supervisor of whoever has had very many values shown today.
    async fn watch_looks(&self, caller: &Caller) -> Result<(), Problem> {
        let today = civil(self.runtime.clock().now()).date();
        let begin = instant(today.at(0, 0, 0, 0)).as_millisecond();
        let today = ReadingFilter {
            account: Some(caller.id.to_string()),
            kind: Some(Kind::Reveal.word().to_owned()),
            from: Some(begin),
            ..ReadingFilter::default()
        };
        let count = self.runtime.store().count_readings(&today).await?;
        match caller.posts.first() {
            Some(office) if count > MANY => {
                let runtime = &self.runtime;
                Ok(runtime
                    .many_looks(office, &caller.name, MANY, begin)
                    .await?)
            }
            _ => Ok(()),
        }
    }
}

/// A starred value of a letter that the caller's post works on: he may need the whole number though he does not see the case whole.
fn of_letter(seen: &Seen, caller: &Caller, pointer: &str) -> Option<Told> {
    let posts: Vec<&Party> = caller.posts_in(&seen.revision.id).collect();
    let mine = seen.case.open_tasks().filter(|(_, task)| {
        let mut seats = task.seats().iter();
        seats.any(|seat| posts.contains(&&seat.post))
    });
    let letters = mine.filter_map(|(_, task)| letter_of(seen, task));
    let mut shared = letters.filter_map(|no| seen.case.shared(no));
    shared.find_map(|values| {
        let mut stars = mask::stars(&seen.revision, values).into_iter();
        let (_, field) = stars.find(|(at, _)| at == pointer)?;
        Some(whole(field, values.pointer(pointer)?))
    })
}

fn told(seen: &Seen, of: &str, pointer: &str) -> Option<Told> {
    let form = seen.revision.form.as_ref();
    let shown = match of {
        "applicant" => Shown {
            name: of.to_owned(),
            form: forms::person(),
            values: seen.case.applicant(),
            plain: false,
        },
        "form" => Shown {
            name: of.to_owned(),
            form: form.and_then(|name| seen.revision.form(&name.value)),
            values: seen.case.form(),
            plain: false,
        },
        step => written_by(seen, step)?,
    };
    let field = shown.form?.field(pointer)?;
    field.private?;
    let value = shown.values.pointer(pointer)?;
    Some(whole(field, value))
}

fn whole(field: &Field, value: &Value) -> Told {
    Told {
        title: field.title.clone(),
        value: match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    }
}
