//! What all pages have around them: head, top bar, menu, and the region in which changes are announced.

use super::assets;
use super::look;
use super::session::{FORM_TOKEN, Guest, Visitor};
use engine::text::Lang;
use maud::{DOCTYPE, Markup, html};

/// The menu: word and address; of those with a test only whoever passes it sees the place.
const MENU: &[Place] = &[Place {
    word: "work",
    path: "/work",
    whom: |_| true,
}];

/// A place in the menu.
struct Place {
    /// Its word in the family `menu`.
    word: &'static str,
    path: &'static str,
    whom: fn(&Visitor) -> bool,
}

/// How htmx behaves: no evaluation of texts, no styles of its own, and forms that come back as 409 or 422 are shown.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"409|422","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#;

/// A whole page for somebody who has signed in, under its heading.
pub fn page(visitor: &Visitor, title: &str, body: Markup) -> Markup {
    framed(visitor, title, html! { h1 { (title) } (body) })
}

/// The same for a page that makes its one `h1` itself.
pub fn framed(visitor: &Visitor, title: &str, main: Markup) -> Markup {
    let inner = html! {
        (top(visitor))
        div class="frame" {
            (menu(visitor))
            main id="main" tabindex="-1" { (main) }
        }
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
    public(guest, title, "alone", body)
}

/// The same, as wide as the window lets it.
pub fn open(guest: &Guest, title: &str, body: Markup) -> Markup {
    public(guest, title, "wide", body)
}

fn public(guest: &Guest, title: &str, class: &str, body: Markup) -> Markup {
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
            (posts(visitor))
            span class="gap" {}
            (languages(visitor, Some(visitor)))
            span class="name" { (visitor.caller.name) }
            form method="post" action="/sign-out" {
                (token(visitor))
                button class="quiet" { (words.t("sign_out")) }
            }
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
    if held.len() < 2 {
        return html! { span class="post" { (look::party(visitor, acting)) } };
    }
    html! {
        details class="post" {
            summary aria-label=(words.t("post.switch")) { (look::party(visitor, acting)) }
            form method="post" action="/acting" {
                (token(visitor))
                input type="hidden" name="next" value=(visitor.here);
                @for post in held.iter() {
                    button class="quiet" name="post" value=(post) aria-current=[(post == acting).then_some("true")] {
                        (look::party(visitor, post))
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

fn menu(visitor: &Visitor) -> Markup {
    let words = visitor.words;
    let path = visitor.here.split('?').next().unwrap_or_default();
    let here = |place: &Place| path == place.path || path.starts_with(&format!("{}/", place.path));
    html! {
        nav class="menu" aria-label=(words.t("menu")) {
            ul {
                @for place in MENU.iter().filter(|place| (place.whom)(visitor)) {
                    li {
                        a href=(place.path) aria-current=[here(place).then_some("page")] { (words.word("menu", place.word)) }
                    }
                }
            }
        }
    }
}
