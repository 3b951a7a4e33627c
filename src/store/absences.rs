//! Who is away from when to when, and who stands for him meanwhile. A row says by which right somebody acted, and is never taken away.
use super::accounts::{Accounts, Pool, fetch};
use super::dialect::Arg;
use super::{Store, StoreError};

/// An absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceRow {
    /// Its number.
    pub id: i64,
    /// Who is away.
    pub person: String,
    /// Who stands for him.
    pub deputy: String,
    /// From this instant on, UTC milliseconds.
    pub begins: i64,
    /// Until this one, which is not included.
    pub ends: i64,
    /// In these posts, `city/department/post`; none: in all he may hand over.
    pub posts: Vec<String>,
    /// In these matters; none: in all.
    pub matters: Vec<String>,
    /// Who entered it.
    pub entered_by: String,
    /// When, UTC milliseconds.
    pub entered: i64,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
}

type Absence = (
    i64,
    String,
    String,
    i64,
    i64,
    String,
    String,
    String,
    i64,
    Option<String>,
);

const ABSENCE: &str = "SELECT id, person, deputy, begins, ends, posts, matters, entered_by, entered, ended_by FROM absence";

impl AbsenceRow {
    /// Whether it is in effect at an instant.
    pub fn is_at(&self, at: i64) -> bool {
        self.begins <= at && at < self.ends
    }

    /// Whether it covers a post and a matter.
    pub fn covers(&self, post: &str, matter: &str) -> bool {
        let among = |list: &[String], one: &str| list.is_empty() || list.iter().any(|x| x == one);
        among(&self.posts, post) && among(&self.matters, matter)
    }
}

impl Accounts {
    /// Absences that end after an instant, by their beginning.
    pub async fn absences(&self, after: i64) -> Result<Vec<AbsenceRow>, StoreError> {
        let sql = format!("{ABSENCE} WHERE ends > $1 ORDER BY begins, id");
        let rows: Vec<Absence> = fetch!(self, sqlx::AssertSqlSafe(sql.clone()), after)?;
        Ok(rows.into_iter().map(absence).collect())
    }

    /// Enters an absence.
    pub async fn enter_absence(&self, row: &AbsenceRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO absence (id, person, deputy, begins, ends, posts, matters, entered_by, entered, ended_by) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) RETURNING id";
        let (posts, matters) = (json(&row.posts), json(&row.matters));
        let _: Vec<(i64,)> = fetch!(
            self,
            sql,
            row.id,
            &row.person,
            &row.deputy,
            row.begins,
            row.ends,
            &posts,
            &matters,
            &row.entered_by,
            row.entered
        )?;
        self.changed()
    }

    /// Ends an absence before its time; false: it has ended, or there is none.
    pub async fn end_absence(&self, id: i64, by: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE absence SET ends = CASE WHEN begins > $3 THEN begins ELSE $3 END, ended_by = $2 \
                   WHERE id = $1 AND ends > $3 RETURNING id";
        let rows: Vec<(i64,)> = fetch!(self, sql, id, by, now)?;
        self.changed()?;
        Ok(!rows.is_empty())
    }
}

impl Store {
    /// Absences of a person that are in effect at an instant.
    pub async fn absences_of(&self, person: &str, at: i64) -> Result<Vec<AbsenceRow>, StoreError> {
        let sql = format!(
            "{ABSENCE} WHERE person = $1 AND begins <= $2 AND ends > $2 ORDER BY begins, id"
        );
        let rows: Vec<Absence> = self
            .read(&sql, &[Arg::Text(person), Arg::Number(at)])
            .await?;
        Ok(rows.into_iter().map(absence).collect())
    }
}

fn json(list: &[String]) -> String {
    serde_json::Value::from(list.to_vec()).to_string()
}

fn absence(row: Absence) -> AbsenceRow {
    let (id, person, deputy, begins, ends, posts, matters, entered_by, entered, ended_by) = row;
    let list = |text: &str| serde_json::from_str(text).unwrap_or_default();
    AbsenceRow {
        id,
        person,
        deputy,
        begins,
        ends,
        posts: list(&posts),
        matters: list(&matters),
        entered_by,
        entered,
        ended_by,
    }
}
