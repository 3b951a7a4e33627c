//! What all pages have around them: head, top bar, menu, and the region in which changes are announced.

use super::assets;
use super::look;
use super::onlooker;
use super::session::{FORM_TOKEN, Guest, UNREAD, Visitor};
use engine::case::Party;
use engine::text::Lang;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The menu: word and address; of those with a test only whoever passes it sees the place.
const MENU: &[Place] = &[
    Place {
        word: "work",
        path: "/work",
        keys: "gw",
        whom: |_| true,
    },
    Place {
        word: "new",
        path: "/new",
        keys: "N",
        whom: |visitor| visitor.caller.holds("window"),
    },
    Place {
        word: "cases",
        path: "/cases",
        keys: "",
        whom: sees_cases,
    },
    Place {
        word: "board",
        path: "/board",
        keys: "gs",
        whom: |v| v.caller.holds("supervisor") || v.caller.holds("lead"),
    },
    Place {
        word: "network",
        path: "/network",
        keys: "gn",
        whom: sees_cases,
    },
    Place {
        word: "admin",
        path: "/admin",
        keys: "",
        whom: super::admin::administers,
    },
];

fn sees_cases(visitor: &Visitor) -> bool {
    visitor.caller.posts.iter().any(|p| !p.administers())
}

/// A place in the menu.
struct Place {
    /// Its word in the family `menu`.
    word: &'static str,
    path: &'static str,
    /// The keys that lead there; empty: none.
    keys: &'static str,
    whom: fn(&Visitor) -> bool,
}

/// How htmx behaves: no evaluation of texts, no styles of its own, and what comes back as 409, 413, 422 or 429 is shown.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"409|413|422|429","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#;

/// A whole page for somebody who has signed in, under its heading.
pub fn page(visitor: &Visitor, title: &str, body: Markup) -> Markup {
    framed(visitor, title, html! { h1 { (title) } (body) })
}

/// The same for a page that makes its one `h1` itself.
pub fn framed(visitor: &Visitor, title: &str, main: Markup) -> Markup {
    let inner = html! {
        (top(visitor))
        @if let Some(look) = &visitor.caller.looks_as { (onlooker::bar(visitor, look)) }
        div class="frame" {
            (menu(visitor))
            main id="main" tabindex="-1" { (main) }
        }
        (keys(visitor))
        (ending(visitor))
    };
    whole(
        visitor,
        title,
        "work",
        visitor.caller.preferences.no_single_keys,
        inner,
    )
}

/// A page for anybody, with nothing around it but the name of the product.
pub fn bare(guest: &Guest, title: &str, body: Markup) -> Markup {
    unframed(guest, title, "alone", body)
}

/// The same, as wide as the window lets it.
pub fn open(guest: &Guest, title: &str, body: Markup) -> Markup {
    unframed(guest, title, "wide", body)
}

fn unframed(guest: &Guest, title: &str, class: &str, body: Markup) -> Markup {
    let words = guest.words;
    let inner = html! {
        header class="top" {
            span class="brand" { (words.t("brand")) }
            (languages(guest, None))
        }
        main id="main" class=(class) tabindex="-1" { h1 { (title) } (body) }
    };
    whole(guest, title, "bare", true, inner)
}

/// A page for anybody, with large targets and no script: for phones, and for those who do this once in their life.
pub fn for_applicants(guest: &Guest, title: &str, large: bool, main: Markup) -> Markup {
    let words = guest.words;
    let switch = match large {
        true => words.t("large.off"),
        false => words.t("large.on"),
    };
    html! {
        (DOCTYPE)
        html lang=(words.tag()) class={ "public" @if large { " large" } } {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) " · " (words.t("brand")) }
                link rel="icon" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("app.css"));
                link rel="stylesheet" href=(assets::address("public.css"));
            }
            body {
                a class="skip" href="#main" { (words.t("skip")) }
                header class="top" {
                    a class="brand" href="/progress" { (words.t("brand")) }
                    span class="gap" {}
                    form method="post" action="/progress/large" {
                        input type="hidden" name="next" value=(guest.here);
                        button class="quiet" { (switch) }
                    }
                    (languages(guest, None))
                }
                main id="main" tabindex="-1" { (main) }
            }
        }
    }
}

/// The form token of a visitor, to stand in every form that is posted.
pub fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(visitor.form_token); }
}

fn whole(guest: &Guest, title: &str, kind: &str, no_keys: bool, inner: Markup) -> Markup {
    let words = guest.words;
    html! {
        (DOCTYPE)
        html lang=(words.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · " (words.t("brand")) }
                link rel="icon" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("app.css"));
                script src=(assets::address("htmx-2.0.11.min.js")) defer {}
                script src=(assets::address("idiomorph-ext-0.8.0.min.js")) defer {}
                script src=(assets::address("app.js")) defer {}
                script src=(assets::address("desk.js")) defer {}
            }
            body class=(kind) data-no-keys[no_keys] {
                a class="skip" href="#main" { (words.t("skip")) }
                (inner)
                div id="live" class="unseen" role="status" aria-live="polite" {}
            }
        }
    }
}

fn top(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        header class="top" {
            a class="brand" href="/work" { (words.t("brand")) }
            @let himself = visitor.caller.looks_as.is_none();
            @if himself { (posts(visitor)) (search(visitor)) }
            @if himself && visitor.caller.holds("window") { a class="button new" href="/new" data-key="N" { (words.t("new_case")) } }
            span class="gap" {}
            @if himself { (bell(visitor)) }
            (languages(visitor, Some(visitor)))
            @if himself { a class="name" href="/settings" title=(words.t("settings.title")) { (visitor.caller.name) } }
            @else { span class="name" { (visitor.caller.name) } }
            form method="post" action="/sign-out" {
                (token(visitor))
                button class="quiet" { (words.t("sign_out")) }
            }
        }
    }
}

/// The search box. What is looked for may be private, so it is posted and stands in no address.
fn search(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        search {
            form method="post" action="/search" class="search" {
                (token(visitor))
                input name="q" aria-label=(words.t("search.for")) placeholder=(words.t("search.for")) autocomplete="off" spellcheck="false" maxlength="200" data-key="/"
                    hx-post="/search" hx-trigger="input changed delay:250ms" hx-target="#found" hx-swap="outerHTML" hx-sync="this:replace";
                button class="quiet" { (words.t("search.do")) }
                div id="found" {}
            }
        }
    }
}

/// The bell, with the number of messages not read.
fn bell(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let unread = visitor.unread;
    let number = match unread {
        UNREAD.. => format!("{}+", UNREAD - 1),
        few => few.to_string(),
    };
    let label = match unread {
        0 => words.t("bell.none"),
        _ => words.say("bell.unread", &[("n", number.clone())]),
    };
    html! {
        a class="bell" href="/bell" aria-label=(label) title=(label) {
            (words.t("bell.title"))
            @if unread > 0 { " " span class="count" { (number) } }
        }
    }
}

/// City and post in which the visitor acts; who holds several chooses.
fn posts(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let held = &visitor.caller.held;
    let Some(acting) = visitor.acting() else {
        return html! {};
    };
    let offers = &visitor.caller.offers;
    let standing = visitor.caller.stands_for.as_ref();
    let standing = standing.map(|stand| super::lists::person(visitor, &stand.person));
    let named = |person: String| words.say("post.stands_for", &[("name", person)]);
    if held.len() < 2 && offers.is_empty() {
        return html! { span class="post" { (look::party(visitor, acting)) } };
    }
    let from = |post: &Party| html! { @if let Some(home) = visitor.caller.home(post) { " " (look::lent(visitor, home)) } };
    html! {
        details class="post" {
            summary { @if let Some(person) = standing { strong { (named(person)) } " " } (look::party(visitor, acting)) (from(acting)) " " span class="unseen" { (words.t("post.switch")) } }
            form method="post" action="/acting" {
                (token(visitor))
                input type="hidden" name="next" value=(visitor.here);
                @for post in held.iter() {
                    @let here = post == acting && visitor.caller.stands_for.is_none();
                    button class="quiet" name="post" value=(post) aria-current=[here.then_some("true")] {
                        (look::party(visitor, post)) (from(post))
                    }
                }
                @for stand in offers.iter() {
                    @let whom = super::lists::person(visitor, &stand.person);
                    @for post in &stand.posts {
                        button class="quiet" name="post" value=(format!("{post} {}", stand.person)) {
                            strong { (named(whom.clone())) } " " (look::party(visitor, post))
                        }
                    }
                }
            }
        }
    }
}

/// The other language.
fn languages(guest: &Guest, visitor: Option<&Visitor>) -> Markup {
    let (tag, name) = match guest.words.0 {
        Lang::Zh => ("en", "English"),
        Lang::En => ("zh-CN", "中文"),
    };
    html! {
        form method="post" action="/language" {
            @if let Some(visitor) = visitor { (token(visitor)) }
            input type="hidden" name="next" value=(guest.here);
            button class="quiet" name="language" value=(tag) lang=(tag) { (name) }
        }
    }
}

/// The keys of the workbench, in the order of the list that shows them.
const KEYS: [(&str, &str); 14] = [
    ("j k ↓ ↑", "row"),
    ("Enter o", "open"),
    ("c", "claim"),
    ("u", "release"),
    ("x", "select"),
    ("r", "refresh"),
    ("/", "search"),
    ("N", "new"),
    ("g w", "work"),
    ("g s", "supervision"),
    ("g n", "network"),
    ("p", "print"),
    ("Esc", "back"),
    ("?", "list"),
];

/// The list of keys, opened by `?`.
fn keys(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        dialog id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { (words.t("keys.title")) }
            dl {
                @for (key, word) in KEYS { dt { kbd { (key) } } dd { (words.word("keys.does", word)) } }
                dt { kbd { "Ctrl+Enter" } } dd { (words.word("keys.does", "next")) }
                dt { kbd { "Ctrl+S" } } dd { (words.word("keys.does", "save")) }
            }
            form method="dialog" { button { (words.t("keys.close")) } }
        }
    }
}

/// The way back to the list; the script leads to the very list from which this was opened, and to its row.
pub fn back(visitor: &Visitor, list: &str) -> Markup {
    html! { a class="back" href=(list) data-key="Escape" { (visitor.words.t("list.back")) " " kbd { "Esc" } } }
}

/// The warning before a sign-in ends by time; the script shows it.
fn ending(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    html! {
        div id="ending" class="notice warn" role="alertdialog" aria-labelledby="ending-text" hidden {
            p id="ending-text" { (words.t("ending.soon")) }
            button type="button" class="main" { (words.t("ending.go_on")) }
        }
    }
}

fn menu(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let path = visitor.at.as_str();
    let here = |place: &Place| path == place.path || path.starts_with(&format!("{}/", place.path));
    html! {
        nav class="menu" aria-label=(words.t("menu")) {
            ul {
                @for place in MENU.iter().filter(|place| (place.whom)(visitor) && onlooker::open_to(visitor, place.path)) {
                    li {
                        a href=(place.path) data-key=[Some(place.keys).filter(|keys| !keys.is_empty())] aria-current=[here(place).then_some("page")] { (words.word("menu", place.word)) }
                    }
                }
            }
        }
    }
}

/// A drawing in sheets, row by row: on the screen they lie side by side, on paper each has a page of its own.
pub fn drawing(sheets: &[Vec<String>]) -> Markup {
    html! {
        @for row in sheets {
            div class="strip" { @for sheet in row { (PreEscaped(sheet)) } }
        }
    }
}
