//! Links of applicants, by their hashes, and wrong query codes in all.
use super::codec::Hash;
use super::dialect::Arg;
use super::{Store, StoreError};

/// A link of an applicant to his case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// SHA-256 of what the link ends in.
    pub hash: Hash,
    /// The case.
    pub case_id: i64,
    /// How often the link had been made anew.
    pub times: i64,
    /// With the first link of a case, by what else it is found.
    pub sought: Sought,
}

/// The way a case came, and keyed hashes of who applies; what is not known is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// The way it came.
    pub channel: Option<String>,
    /// Of the ID number.
    pub person: Option<i64>,
    /// Of the name.
    pub name: Option<i64>,
    /// Of the initials of the name.
    pub initials: Option<i64>,
}

impl Store {
    /// Keeps a link; one that is known stays.
    pub async fn keep_link(&self, row: &LinkRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO link (hash, case_id, times) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING RETURNING times";
        let args = [
            Arg::Bytes(&row.hash),
            Arg::Number(row.case_id),
            Arg::Number(row.times),
        ];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// The link with this hash.
    pub async fn link(&self, hash: &Hash) -> Result<Option<LinkRow>, StoreError> {
        let sql = "SELECT case_id, times FROM link WHERE hash = $1";
        let rows: Vec<(i64, i64)> = self.read(sql, &[Arg::Bytes(hash)]).await?;
        let row = rows.into_iter().next();
        Ok(row.map(|(case_id, times)| LinkRow {
            hash: *hash,
            case_id,
            times,
            sought: Sought::default(),
        }))
    }

    /// Counts one more wrong code at a place and answers how many there are.
    pub async fn wrong_guess(&self, place: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO guess (place, wrong) VALUES ($1, 1) ON CONFLICT (place) DO UPDATE SET wrong = guess.wrong + 1 RETURNING wrong";
        let rows: Vec<(i64,)> = self.write(sql, &[Arg::Text(place)]).await?;
        Ok(rows.first().map_or(1, |row| row.0))
    }

    /// How many wrong codes there are at a place.
    pub async fn wrong_guesses(&self, place: &str) -> Result<i64, StoreError> {
        let sql = "SELECT wrong FROM guess WHERE place = $1";
        let rows: Vec<(i64,)> = self.read(sql, &[Arg::Text(place)]).await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}
