//! Papers as they were issued, on A4, and the receipt of an application with number, query code and QR code.

use super::{applicant, deciding};
use crate::pages::session::Visitor;
use crate::pages::{happened, layout, look};
use crate::runtime::Issued;
use crate::web::App;
use crate::web::materials::materials;
use crate::web::papers::may_read;
use crate::web::problem::{Code, Problem};
use axum::extract::{Path, Query, State};
use engine::case::{PaperNo, Sight};
use engine::text::Lang;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use std::sync::Arc;

/// What stands on the page of a paper: its own markup, made of nothing but its template and escaped values when it was issued.
pub fn inner(page: &str) -> &str {
    let from = page.find("<main>").map_or(0, |at| at + "<main>".len());
    let to = page.rfind("</main>").unwrap_or(page.len());
    page.get(from..to).unwrap_or_default()
}

/// A paper on A4, unchanged since it was issued, with its hash.
pub async fn paper(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((id, no)): Path<(String, u32)>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let id = app.case_id(&id).await?;
    let visible = app
        .read(&visitor.caller, id, &format!("paper {no}"))
        .await?;
    let no = PaperNo(no);
    let unknown = || Problem::new(Code::NotFound);
    let paper = visible.seen.case.papers().get(&no).ok_or_else(unknown)?;
    if !may_read(&visitor.caller, &visible, paper) {
        return Err(unknown());
    }
    let issued: Issued = app.runtime.paper(id, no).await?.ok_or_else(unknown)?;
    let body = html! {
        div class="paper-bar actions" {
            a class="button" href=(format!("/cases/{id}?tab=papers")) data-key="Escape" { "← " (visible.seen.number) }
            button type="button" class="main" data-print data-key="p" { (words.t("paper.print")) }
            span class="hint" { (issued.number) " · " (look::time(paper.issued.as_millisecond())) }
            @if words.tag() == "en" { span class="hint" { (words.t("paper.chinese")) } }
        }
        article class="paper sheet-a4" lang="zh-CN" { (PreEscaped(inner(&issued.finished.html))) }
        p class="hash hint" { "SHA-256 " code { (issued.sha256) } }
    };
    Ok(layout::framed(&visitor, &issued.finished.title, body))
}

/// Whether the case was opened just now.
#[derive(Debug, Deserialize)]
pub struct Fresh {
    #[serde(default)]
    fresh: Option<String>,
}

/// The receipt in two copies: for the window and for the applicant.
pub async fn receipt(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Fresh>,
) -> Result<Markup, Problem> {
    let words = visitor.words;
    let id = app.case_id(&id).await?;
    let visible = app.read(&visitor.caller, id, "receipt").await?;
    if visible.sight != Sight::Whole {
        return Err(Problem::new(Code::Forbidden));
    }
    let seen = &visible.seen;
    // Papers are Chinese, whatever the page around them is.
    let mut paper = visitor.clone();
    paper.speak(Lang::Zh);
    let link = app.runtime.kept_link(seen).await?;
    let link = format!("{}/p/{link}", app.runtime.reach().base);
    let address = format!("{}/progress", app.runtime.reach().base);
    let city = seen.case.accepting_city();
    let office = look::office(&paper, city, "si");
    let phone = app.runtime.reach();
    let phone = phone.phone(&format!("{city}/si/window"), &visitor.network);
    // The paper of the same name, which the applicant reads on his page.
    let issued = seen.case.papers().iter();
    let mut issued = issued.filter(|(_, paper)| &*paper.template == "receipt");
    let number = issued.next().map(|(no, _)| seen.case.paper_number(*no));
    let slip = |copy: &str, code: bool| {
        let own = code.then(|| app.keys.query_code(&seen.number, seen.case.renewed()));
        html! {
            article class="slip" lang="zh-CN" {
                header { h2 { (paper.words.t("slip.title")) } span class="copy" { (copy) } }
                div class="slip-body" {
                    dl {
                        dt { (paper.words.t("slip.number")) } dd class="number" { (seen.number) }
                        dt { (paper.words.t("slip.matter")) } dd { (seen.revision.title.zh) }
                        @if let Some(name) = applicant(&visible) { dt { (paper.words.t("slip.applicant")) } dd { (name) } }
                        dt { (paper.words.t("slip.cities")) } dd { (look::city(&paper, seen.case.accepting_city())) " → " (look::city(&paper, &deciding(&app, &visitor, &visible))) }
                        @if let Some(opened) = seen.case.opened() { dt { (paper.words.t("slip.received")) } dd { (look::time(opened.as_millisecond())) } }
                        @let all = materials(seen, visible.sight, Lang::Zh);
                        @let handed_in: Vec<_> = all.iter().filter(|m| !m.files.is_empty()).map(|m| m.title.as_str()).collect();
                        @let certified: Vec<_> = all.iter().filter(|m| m.state == "certified").map(|m| m.title.as_str()).collect();
                        @if !handed_in.is_empty() || certified.len() < all.len() || all.is_empty() {
                            dt { (paper.words.t("slip.handed_in")) } dd { @if handed_in.is_empty() { (paper.words.t("slip.shown_only")) } @else { (paper.words.list(&handed_in)) } }
                        }
                        @let missing: Vec<_> = all.iter().filter(|m| m.missing).map(|m| m.title.as_str()).collect();
                        @if !missing.is_empty() { dt { (paper.words.t("slip.missing")) } dd { (paper.words.list(&missing)) } }
                        @if !certified.is_empty() { dt { (paper.words.t("slip.certified")) } dd { (paper.words.list(&certified)) } }
                        dt { (paper.words.t("slip.office")) } dd {
                            (office)
                            @if let Some(phone) = phone { " " (paper.words.say("slip.phone", &[("phone", phone.to_owned())])) }
                        }
                        @if let Some(post) = visitor.acting() { dt { (paper.words.t("slip.by")) } dd { (happened::party_text(&paper, post)) " " (visitor.caller.name) } }
                        @if let Some(number) = &number { dt { (paper.words.t("slip.paper")) } dd { (number) } }
                        dt { (paper.words.t("slip.basis")) } dd { (paper.words.t("slip.law")) }
                        @if let Some(code) = own {
                            dt { (paper.words.t("slip.code")) } dd class="code" { (code) }
                            dt { (paper.words.t("slip.address")) } dd class="long" { (address) }
                        }
                    }
                    @if code { figure class="qr" { (look::qr(&link)) figcaption { (paper.words.t("slip.scan")) } } }
                }
                p class="seal" { (paper.words.t("slip.seal")) }
            }
        }
    };
    let body = html! {
        h1 class="unprinted" { (words.t("receipt.title")) }
        @if asked.fresh.is_some() { div class="notice good unprinted" role="status" { p { (words.say("receipt.opened", &[("number", seen.number.to_string())])) } } }
        div class="actions unprinted" {
            button type="button" class="main" data-print data-key="p" { (words.t("paper.print")) }
            a class="button" href=(format!("/cases/{id}")) { (words.t("receipt.case")) }
            a class="button" href="/new" { (words.t("receipt.another")) }
            @for (no, _) in seen.case.open_tasks().take(1) { a class="button" href=(super::tabs::task_address(seen.id, no)) { (words.t("receipt.task")) } }
        }
        div class="slips" { (slip(&paper.words.t("slip.for_applicant"), true)) (slip(&paper.words.t("slip.for_window"), false)) }
    };
    Ok(layout::framed(&visitor, &words.t("receipt.title"), body))
}
