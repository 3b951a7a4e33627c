//! What was decided, or why it stands still, in the words of the paper that says so: the result, the reason, how to go on, and the
//! remedies, before anything else is read.

use super::Reader;
use crate::runtime::{Seen, heading};
use crate::web::problem::Problem;
use engine::case::{Paper, PaperNo, Status};
use maud::{Markup, html};

/// What stands between the addressee and the office on a paper.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// A sentence.
    Words(String),
    /// A line of a list.
    Line(String),
    /// Something with a name of its own, such as the remedies.
    Named(String, String),
}

impl Reader<'_> {
    /// The decision of a case that has ended, or the notice of one that is suspended; nothing of others.
    pub async fn decision(&self, seen: &Seen) -> Result<Option<Markup>, Problem> {
        let words = self.guest.words;
        let status = seen.case.status();
        let known = matches!(status, Status::Suspended) || status.is_final();
        let why = self.why(seen).filter(|_| known);
        let Some((no, paper)) = paper(seen).filter(|_| known) else {
            return Ok(why.map(|why| self.framed(status, html! { p { (why) } })));
        };
        let Some(issued) = self.app.runtime.paper(seen.id, no).await? else {
            return Ok(None);
        };
        let parts = read(&issued.finished.text);
        let body = html! {
            // The paper itself is Chinese, whatever the page around it is.
            @if words.tag() == "en" { @if let Some(why) = why { p { (why) } } }
            div lang="zh-CN" {
                @for part in &parts {
                    @match part {
                        Part::Words(text) => p { (text) },
                        Part::Line(text) => p class="line" { (text) },
                        Part::Named(name, text) => p { strong { (name) } br; (text) },
                    }
                }
            }
            p { a href={ "/p/" (self.link) "/papers/" (no.0) } { (words.say("progress.read_paper", &[("title", self.guest.own(heading(&seen.revision, &paper.template)).to_owned())])) } }
        };
        Ok(Some(self.framed(status, body)))
    }

    fn framed(&self, status: Status, body: Markup) -> Markup {
        let words = self.guest.words;
        let title = match status {
            Status::Suspended => words.t("progress.why_suspended"),
            Status::Completed => words.t("progress.result"),
            _ => words.t("progress.decision"),
        };
        html! {
            section class={ "panel decision " (status.word()) } aria-labelledby="decision" {
                h2 id="decision" { (title) }
                (body)
            }
        }
    }

    /// The reason in words, as the case has it.
    fn why(&self, seen: &Seen) -> Option<String> {
        let words = self.guest.words;
        let case = &seen.case;
        let reason = match case.status() {
            Status::Suspended => {
                let paper = paper(seen).and_then(|(_, paper)| paper.reason.as_deref());
                paper.or_else(|| standing(seen).map(|stop| stop.reason.as_str()))
            }
            _ => case.reason(),
        }?;
        let known = self.guest.network.reason(reason).map(|text| words.of(text));
        let reason = known.unwrap_or_else(|| self.guest.own(reason)).to_owned();
        Some(words.say("progress.reason", &[("reason", reason)]))
    }
}

/// The stop because of which something of the case stands still.
fn standing(seen: &Seen) -> Option<&engine::clock::Stop> {
    let running = seen.case.clocks().values().filter(|c| !c.is_stopped());
    let open = running.filter_map(|c| c.ledger().stops().last());
    open.filter(|stop| stop.to.is_none()).max_by_key(|s| s.from)
}

/// The paper that says it to the applicant: issued when the case ended or came to a stand; of a case that failed, else the last one.
fn paper(seen: &Seen) -> Option<(PaperNo, &Paper)> {
    let case = &seen.case;
    let own = || {
        let all = case.papers().iter().filter(|(_, p)| p.to.is_none());
        all.map(|(no, paper)| (*no, paper)).rev()
    };
    let at = match case.status() {
        Status::Suspended => standing(seen).map(|stop| stop.from),
        _ => case.ended(),
    };
    let then = own().find(|(_, paper)| Some(paper.issued) == at);
    let failed = matches!(
        case.status(),
        Status::Refused | Status::NotAccepted | Status::CompletedPartial
    );
    then.or_else(|| own().next().filter(|_| failed))
}

/// The parts of a paper, without head, addressee, office and date.
fn read(text: &str) -> Vec<Part> {
    let blocks = text.split("\n\n").map(str::trim);
    let mut blocks = blocks.skip_while(|block| !block.ends_with('：'));
    blocks.next();
    let body = blocks.take_while(|block| !block.contains("（盖章处）"));
    let mut parts = Vec::new();
    for line in body.flat_map(str::lines).map(str::trim) {
        parts.extend(match line.strip_prefix("- ") {
            _ if line.is_empty() => None,
            Some(item) => Some(Part::Line(item.to_owned())),
            None => Some(named(line).unwrap_or_else(|| Part::Words(line.to_owned()))),
        });
    }
    parts
}

fn named(line: &str) -> Option<Part> {
    let (name, text) = line.strip_prefix("**")?.split_once("**")?;
    let text = text.strip_prefix('：').unwrap_or(text);
    Some(Part::Named(name.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Head, addressee, office and date are left out; what has a name keeps it.
    #[test]
    fn a_paper_is_read_between_addressee_and_office() {
        let text = "# 不予受理通知书\n\n文号：1-2\n\n李四：\n\n不予受理。\n\n- 甲：办成\n- 乙：没有\n\n**事实和理由**：缺一份\n\n\n\n某局（盖章处）\n\n2026年";
        let named = Part::Named("事实和理由".to_owned(), "缺一份".to_owned());
        let line = |text: &str| Part::Line(text.to_owned());
        let first = Part::Words("不予受理。".to_owned());
        assert_eq!(
            read(text),
            [first, line("甲：办成"), line("乙：没有"), named]
        );
    }
}
