//! Administration: definitions, directory, calendars and parameters, deliveries, stuck cases, history. Who looks after the program sees
//! no content of cases.

mod audit;
mod calendar;
mod changes;
mod connections;
mod definitions;
mod deliveries;
mod factors;
mod lending;
mod notices;
mod onlooker;
mod payload;
mod people;
mod places;
mod proposed;
mod publish;
mod published;
mod stuck;

pub use audit::audit;
pub use connections::{agree, connections};
pub use definitions::{answer, definition, definitions, difference};
pub use deliveries::{deliveries, settle};
pub use factors::{factors, reset};
pub use lending::lend;
pub use notices::{notices, try_out};
pub use onlooker::{begin, look_as};
pub use people::change_rights;
pub use places::{calendars, directory, parameters};
pub use proposed::proposed;
pub use publish::{publish, put};
pub use published::published;
pub use stuck::{retry, stuck};

use super::layout;
use super::session::Visitor;
use crate::web::App;
use crate::web::definitions::must_hold;
use crate::web::problem::Problem;
use axum::response::Redirect;
use maud::{Markup, html};

/// A place of the administration: its word, its address, and the posts that may look.
struct Place {
    word: &'static str,
    path: &'static str,
    posts: &'static [&'static str],
}

const ALL: &[&str] = &["policy", "system-admin", "security-admin", "audit-admin"];

const PLACES: [Place; 13] = [
    Place {
        word: "definitions",
        path: "/admin/definitions",
        posts: &["policy", "system-admin"],
    },
    Place {
        word: "proposed",
        path: "/admin/proposed",
        posts: &["policy", "system-admin"],
    },
    Place {
        word: "published",
        path: "/admin/published",
        posts: &["policy", "system-admin", "audit-admin"],
    },
    Place {
        word: "directory",
        path: "/admin/directory",
        posts: &["security-admin", "audit-admin"],
    },
    Place {
        word: "factors",
        path: "/admin/factors",
        posts: &["security-admin"],
    },
    Place {
        word: "calendars",
        path: "/admin/calendars",
        posts: ALL,
    },
    Place {
        word: "parameters",
        path: "/admin/parameters",
        posts: ALL,
    },
    Place {
        word: "notices",
        path: "/admin/notices",
        posts: &["system-admin"],
    },
    Place {
        word: "deliveries",
        path: "/admin/deliveries",
        posts: &["system-admin", "lead"],
    },
    Place {
        word: "connections",
        path: "/admin/connections",
        posts: &["security-admin", "system-admin"],
    },
    Place {
        word: "stuck",
        path: "/admin/stuck",
        posts: &["system-admin"],
    },
    Place {
        word: "audit",
        path: "/admin/audit",
        posts: &["audit-admin"],
    },
    Place {
        word: "onlooker",
        path: "/admin/look-as",
        posts: &["system-admin", "security-admin", "audit-admin"],
    },
];

/// True for whoever finds something there.
pub fn administers(visitor: &Visitor) -> bool {
    ALL.iter().any(|post| visitor.caller.holds(post))
}

/// The first place open to the visitor.
pub async fn home(visitor: Visitor) -> Redirect {
    let open = PLACES.iter().find(|p| may(&visitor, p));
    Redirect::to(open.map_or("/admin/calendars", |p| p.path))
}

fn may(visitor: &Visitor, place: &Place) -> bool {
    place.posts.iter().any(|post| visitor.caller.holds(post))
}

/// Refuses whoever may not look at a place, and names a post that may.
fn guard(app: &App, visitor: &Visitor, word: &str) -> Result<(), Problem> {
    let place = PLACES.iter().find(|p| p.word == word);
    match place {
        Some(place) if may(visitor, place) => Ok(()),
        place => {
            let post = place.and_then(|p| p.posts.first()).copied();
            must_hold(app, &visitor.caller, post.unwrap_or("system-admin"))
        }
    }
}

fn page(visitor: &Visitor, word: &str, body: &Markup) -> Markup {
    let words = visitor.words;
    let whole = html! {
        nav class="tabs" aria-label=(words.t("admin.title")) {
            @for place in PLACES.iter().filter(|p| may(visitor, p)) {
                a href=(place.path) aria-current=[(place.word == word).then_some("page")] { (words.word("admin.place", place.word)) }
            }
        }
        (body)
    };
    layout::page(visitor, &words.word("admin.place", word), whole)
}
