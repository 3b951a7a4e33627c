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
//! 4. Every other failure is a [`Problem`](crate::web::problem::Problem) as in the API: [`fault`] makes a page of it. An act that takes two
//!    persons (G54) first says `sent.fresh(&app).await?`: whoever has not proved for five minutes who he is does so, and goes on.
//! 5. Words stand in `locales/`, under `page.part.word`: `visitor.words.t("…")`, `.say("…", &[…])` with places, and `.word("family", x)`
//!    for states and the like. A test finds keys that nobody wrote and keys that nobody uses.
//! 6. Rules lie in the engine and queries in the store: a page calls what the handler of the API calls.
//! 7. Styles go to `assets/app.css` under a heading of the page; no style or script stands in a page. Look at it at 1366×768.

mod absence;
mod admin;
mod api_docs;
mod assets;
mod bell;
mod board;
mod brought;
mod card;
mod case;
mod cases;
mod certified;
mod clock;
mod colleagues;
mod factor;
mod facts;
pub mod fault;
mod happened;
mod intake;
mod late;
mod layout;
mod lists;
mod look;
mod network;
mod once;
mod onlooker;
mod progress;
mod proof;
mod readings;
mod search;
pub mod session;
mod settings;
mod several;
mod sign_in;
mod span;
mod subscriptions;
mod switch;
mod task;
mod trends;
mod words;
mod worklist;

pub use proof::Held;
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
        .route("/sign-in/code", get(factor::page).post(factor::by_code))
        .route("/sign-in/device", get(factor::page).post(factor::by_device))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(switch::language))
        .route("/acting", post(switch::acting))
        .route("/look-as/end", post(onlooker::end))
        .route("/session", get(settings::session))
        .route("/settings", get(settings::page).post(settings::keep))
        .route("/settings/factor", get(factor::settings).post(factor::set))
        .route(
            "/settings/notices",
            get(subscriptions::page).post(subscriptions::keep),
        )
        .route("/settings/favourites", post(settings::favourite))
        .route("/settings/absence", get(absence::page).post(absence::enter))
        .route("/settings/absence/end", post(absence::end))
        .route("/bell", get(bell::page))
        .route("/bell/open", post(bell::open))
        .route("/bell/read", post(bell::read))
        .route("/search", post(search::search))
        .route("/work", get(worklist::page))
        .route("/work/claim", post(worklist::claim))
        .route("/work/release", post(worklist::release))
        .route("/work/complete", post(worklist::complete))
        .route("/work/urge", post(worklist::urge))
        .route(
            "/work/transfer",
            get(worklist::to_transfer).post(worklist::transfer),
        )
        .route("/work/unfollow", post(case::unfollow))
        .route("/api/docs", get(api_docs::page))
        .route("/progress", get(progress::page).post(progress::look_up))
        .route("/progress/large", post(progress::large))
        .route("/p/{link}", get(progress::case))
        .route("/p/{link}/task/{no}", post(progress::task))
        .route("/p/{link}/withdraw", post(progress::withdraw))
        .route("/p/{link}/rate", post(progress::rate))
        .route("/p/{link}/papers/{no}", get(progress::paper))
        .route("/tasks/{id}", get(task::page).post(task::send))
        .route("/tasks/{id}/draft", post(task::draft))
        .route("/tasks/{id}/claim", post(task::claim))
        .route("/tasks/{id}/release", post(task::release))
        .route("/tasks/{id}/transfer", post(task::transfer))
        .route("/tasks/{id}/delegate", post(task::delegate))
        .route("/tasks/{id}/take-back", post(task::take_back))
        .route("/tasks/{id}/urge", post(task::urge))
        .route("/new", get(intake::choose))
        .route("/new/{matter}", get(intake::page).post(intake::send))
        .route("/new/{matter}/draft", post(intake::draft))
        .route("/new/{matter}/discard", post(intake::discard))
        .route("/cases/{id}", get(case::page))
        .route("/cases/{id}/act", get(case::act_page).post(case::act))
        .route("/cases/{id}/notices/{notice}/resend", post(case::resend))
        .route("/cases/{id}/calls/{call}/retry", post(case::retry))
        .route("/cases/{id}/papers/{no}", get(case::paper))
        .route("/handoffs/{id}/papers/{hash}", get(case::came))
        .route("/cases/{id}/receipt", get(case::receipt))
        .route("/cases/{id}/flow", get(case::sheets))
        .route("/cases/{id}/reveal", post(case::reveal))
        .route("/cases/{id}/follow", post(case::follow))
        .route("/cases/{id}/notes", post(case::note))
        .route("/cases", get(cases::page).post(cases::narrow))
        .route("/cases.csv", get(cases::csv))
        .route("/cases.xlsx", get(cases::excel))
        .route("/board", get(board::page))
        .route("/board/together", get(board::together).post(board::said))
        .route("/board/trends", get(trends::page))
        .route("/board/cards.csv", get(board::csv))
        .route("/board/cards.xlsx", get(board::excel))
        .route("/cards/{id}", get(card::page).post(card::said_here))
        .route("/network", get(network::page))
        .merge(administration())
}

fn administration() -> Router<Arc<App>> {
    Router::new()
        .route("/admin", get(admin::home))
        .route("/admin/definitions", get(admin::definitions))
        .route(
            "/admin/definitions/{id}",
            get(admin::definition).post(admin::answer),
        )
        .route("/admin/definitions/{id}/difference", get(admin::difference))
        .route("/admin/publish", get(admin::publish).post(admin::put))
        .route("/admin/proposed", get(admin::proposed))
        .route("/admin/published", get(admin::published))
        .route(
            "/admin/directory",
            get(admin::directory).post(admin::change_rights),
        )
        .route("/admin/lending", post(admin::lend))
        .route("/admin/factors", get(admin::factors).post(admin::reset))
        .route("/admin/calendars", get(admin::calendars))
        .route("/admin/parameters", get(admin::parameters))
        .route(
            "/admin/deliveries",
            get(admin::deliveries).post(admin::settle),
        )
        .route(
            "/admin/connections",
            get(admin::connections).post(admin::agree),
        )
        .route("/admin/stuck", get(admin::stuck).post(admin::retry))
        .route("/admin/audit", get(admin::audit))
        .route("/admin/notices", get(admin::notices).post(admin::try_out))
        .route("/admin/look-as", get(admin::look_as).post(admin::begin))
}

/// The worklist; who is not signed in is sent on from there.
async fn home() -> Redirect {
    Redirect::to("/work")
}
