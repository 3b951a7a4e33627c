//! The pages: the table of their routes. HTML is made on the server; scripts are extras.
//!
//! How one adds a page:
//!
//! 1. A file here, named after what it shows, and a line in [`routes`]. Handlers take [`Visitor`](session::Visitor) (who is signed in, in which post, in
//!    which language) and answer `Result<Markup, Problem>`; whoever is not signed in is sent to the sign-in and comes back.
//! 2. The body goes through [`layout::page`]; a place in the menu is a line in `layout::MENU`. Chips, levels, times, names of cities and
//!    posts come from [`look`], which is the only place that knows how they look.
//! 3. A write is a `POST` with [`Form`](session::Form), which has checked origin and form token; every `<form method="post">` holds
//!    [`layout::token`]. It ends in `Redirect::to`, so that a reload repeats nothing. Wrong input shows the form again, as 422.
//! 4. Every other failure is a [`Problem`](crate::web::problem::Problem) as in the API: [`fault`] makes a page of it.
//! 5. Words stand in `locales/`, under `page.part.word`: `visitor.words.t("…")`, `.say("…", &[…])` with places, and `.word("family", x)`
//!    for states and the like. A test finds keys that nobody wrote and keys that nobody uses.
//! 6. Rules lie in the engine and queries in the store: a page calls what the handler of the API calls.
//! 7. Styles go to `assets/app.css` under a heading of the page; no style or script stands in a page. Look at it at 1366×768.

mod api_docs;
mod assets;
pub mod fault;
mod layout;
mod look;
pub mod session;
mod sign_in;
mod switch;
mod words;
mod worklist;

pub use session::{Visit, visit};

use crate::web::App;
use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use std::sync::Arc;

/// Every page, and nothing else.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/assets/{name}", get(assets::asset))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(switch::language))
        .route("/acting", post(switch::acting))
        .route("/work", get(worklist::page))
        .route("/api/docs", get(api_docs::page))
}

/// The worklist; who is not signed in is sent on from there.
async fn home() -> Redirect {
    Redirect::to("/work")
}
