//! The network as a table of pairs of cities.

use super::board::open;
use super::cases::CaseQuery;
use super::problem::Problem;
use super::{App, Here};
use crate::directory::Caller;
use crate::store::Cell;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

impl App {
    /// Cases under way by pair of cities, as the caller may see them.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn matrix(&self, caller: &Caller) -> Result<Vec<Cell>, Problem> {
        let filter = open().filter(self, caller)?;
        Ok(self.runtime.store().matrix(&filter).await?)
    }
}

/// Cases under way that one city took in and another decides.
#[derive(Serialize, ToSchema)]
pub(super) struct CellView {
    accepting_city: String,
    deciding_city: String,
    /// How many the caller may see.
    cases: i64,
    /// Those that are yellow.
    yellow: i64,
    /// Those that are red.
    red: i64,
    /// The worst level among them: `normal`, `yellow` or `red`.
    level: &'static str,
    /// The list behind the number.
    link: String,
}

/// The network as a table; pairs without a case are left out.
#[derive(Serialize, ToSchema)]
pub(super) struct Matrix {
    /// The cities, in the order of the table.
    cities: Vec<String>,
    /// The pairs that have cases.
    cells: Vec<CellView>,
    /// All cases under way.
    total: i64,
}

/// Cases under way by the city that took them in and the city that decides, as the caller may see them.
#[utoipa::path(get, path = "/api/v1/network/matrix", tag = "supervision", responses((status = 200, body = Matrix)))]
pub(super) async fn matrix(State(app): Here, caller: Caller) -> Result<Json<Matrix>, Problem> {
    let cells = app.matrix(&caller).await?;
    let network = app.runtime.library().network.clone();
    Ok(Json(Matrix {
        cities: network.cities().map(|c| c.code.clone()).collect(),
        total: cells.iter().map(|c| c.cases).sum(),
        cells: cells.into_iter().map(cell_view).collect(),
    }))
}

fn cell_view(cell: Cell) -> CellView {
    CellView {
        level: worst(&cell),
        link: format!("/api/v1/cases?{}", behind(&cell).text()),
        accepting_city: cell.accepting,
        deciding_city: cell.deciding,
        cases: cell.cases,
        yellow: cell.yellow,
        red: cell.red,
    }
}

/// The list behind a cell.
pub fn behind(cell: &Cell) -> CaseQuery {
    CaseQuery {
        accepting: Some(cell.accepting.clone()),
        deciding: Some(cell.deciding.clone()),
        open: Some(true),
        ..CaseQuery::default()
    }
}

/// The worst level in a cell.
pub fn worst(cell: &Cell) -> &'static str {
    match (cell.red, cell.yellow) {
        (1.., _) => "red",
        (_, 1..) => "yellow",
        _ => "normal",
    }
}
