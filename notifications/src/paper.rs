//! A paper 文书: its Markdown template and the values of a case → the finished text, and an A4 page that prints without scripts.
//! Values are facts of the case as the matter allows them on paper; nothing in them acts as Markdown or HTML.

use crate::escape;
use crate::template::{Escape, FieldUse, FillError, Problem, Template};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pulldown_cmark::{Event, Parser, Tag, html};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// A paper's template.
#[derive(Clone, Debug)]
pub struct Paper {
    plain: Template,
    marked: Template,
}

/// A paper as it is issued and stored, unchanged for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Its first heading.
    pub title: String,
    /// The text, with the Markdown of its template.
    pub text: String,
    /// The A4 page, complete in itself.
    pub html: String,
}

impl Paper {
    /// Reads a template in Markdown, or says everything that is wrong with it.
    pub fn read(markdown: &str) -> Result<Paper, Vec<Problem>> {
        Ok(Paper {
            plain: Template::compile(markdown, Escape::Plain)?,
            marked: Template::compile(markdown, Escape::Markdown)?,
        })
    }

    /// Every field it prints, with the bytes of the template at which it stands.
    pub fn fields(&self) -> &[FieldUse] {
        self.plain.fields()
    }

    /// Puts an empty text wherever a value it prints is not there: some ways through a matter leave it out.
    pub fn complete(&self, values: &mut Json) {
        self.plain.complete(values);
    }

    /// The paper with its values.
    pub fn fill(&self, values: &Json) -> Result<Finished, FillError> {
        let text = self.plain.fill(values)?;
        Ok(Finished::of(text, &self.marked.fill(values)?))
    }
}

impl Finished {
    /// The paper of a text that somebody else has finished. Whatever its marks make of it, there is neither HTML nor a link in it.
    pub fn read(text: &str) -> Finished {
        Finished::of(text.to_owned(), text)
    }

    fn of(text: String, marked: &str) -> Finished {
        let heading = text.lines().find_map(|line| line.strip_prefix("# "));
        let title = heading.unwrap_or_default().trim().to_owned();
        let html = page(&title, marked);
        Finished { title, text, html }
    }

    /// Puts a code to be read by a phone on the page: an SVG, which is not looked at here.
    pub fn show_code(&mut self, svg: &str) {
        let code = format!("{MAIN}<figure>{svg}</figure>\n");
        self.html = self.html.replacen(MAIN, &code, 1);
    }
}

/// What the page of a paper begins with.
const MAIN: &str = "<main>\n";

/// The style of every paper: A4, black and white, room for the seal.
pub const STYLE: &str = include_str!("paper.css");

/// What a content policy must allow (`style-src`) to show a paper: the hash of [`STYLE`].
pub fn style_source() -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(Sha256::digest(STYLE.as_bytes()))
    )
}

/// Numbers of cases and papers, of which no end of a line may cut any: four hyphens and more.
fn uncut(page: &str) -> String {
    let part = |c: char| c == '-' || c.is_ascii_uppercase() || c.is_ascii_digit();
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(from) = rest.find(part) {
        let (before, after) = rest.split_at(from);
        let (run, tail) = after.split_at(after.find(|c| !part(c)).unwrap_or(after.len()));
        match run.matches('-').count() {
            0..4 => out.extend([before, run]),
            _ => {
                let (before, name) = before.split_at(name_at(before));
                out.extend([before, "<span class=\"number\">", name, run, "</span>"]);
            }
        }
        rest = tail;
    }
    out + rest
}

/// Where the name of a number begins that stands before it with a colon, as in `办件编号：`; else the end.
fn name_at(before: &str) -> usize {
    let within = |c: &char| !c.is_whitespace() && !['>', '。', '，', '；', '（'].contains(c);
    let name: usize = before
        .chars()
        .rev()
        .take_while(within)
        .map(char::len_utf8)
        .sum();
    match before.ends_with('：') {
        true => before.len() - name,
        false => before.len(),
    }
}

fn page(title: &str, markdown: &str) -> String {
    // Raw HTML in a template is shown as the text it is; links and pictures have no place on a paper.
    let events = Parser::new(markdown).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Link { .. } | Tag::Image { .. }) => None,
        Event::End(pulldown_cmark::TagEnd::Link | pulldown_cmark::TagEnd::Image) => None,
        other => Some(other),
    });
    let mut body = String::new();
    html::push_html(&mut body, events);
    let body = uncut(&body);
    let title = escape::html(title);
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{MAIN}{body}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LETTER: &str = "# 办结通知书\n\n文号：{{paper.number}}\n\n{{applicant.name}}：\n\n结果如下：\n\n{{#each legs}}- {{key}}：{{result}}\n{{/each}}\n\n**依据**：社会保险法第十六条\n";

    fn values(name: &str) -> Json {
        json!({ "paper": { "number": "梧社告〔2026〕17号" }, "applicant": { "name": name },
                "legs": [{ "key": "遵义", "result": "已记账" }, { "key": "赣州", "result": "不予转移" }] })
    }

    #[test]
    fn a_paper_becomes_text_and_page() {
        let paper = Paper::read(LETTER).unwrap().fill(&values("李四")).unwrap();
        assert_eq!(paper.title, "办结通知书");
        assert!(
            paper.text.contains("- 遵义：已记账\n- 赣州：不予转移\n"),
            "{}",
            paper.text
        );
        assert!(paper.html.contains("<h1>办结通知书</h1>"), "{}", paper.html);
        assert!(
            paper.html.contains("<li>赣州：不予转移</li>"),
            "{}",
            paper.html
        );
        assert!(
            paper.html.contains("<strong>依据</strong>："),
            "{}",
            paper.html
        );
        assert!(paper.html.contains("size: A4"));
    }

    /// What came from elsewhere is shown as the text it is.
    #[test]
    fn a_finished_text_brings_no_markup_of_its_own() {
        let text = "# 联系函\n\n<script>alert(1)</script>\n\n[点](http://evil) ![](http://evil/x) **已收**\n";
        let paper = Finished::read(text);
        assert_eq!(
            (paper.title.as_str(), paper.text.as_str()),
            ("联系函", text)
        );
        for bad in ["<script", "<a ", "<img", "evil"] {
            assert!(!paper.html.contains(bad), "{bad}: {}", paper.html);
        }
        assert!(paper.html.contains("<strong>已收</strong>"));
    }

    /// A name that tries to be a heading, a tag or a link is printed as it was typed.
    #[test]
    fn values_stay_text() {
        let sly =
            "# 假标题\n\n<script>alert(1)</script> [点](http://evil) **黑体** {{paper.number}}";
        let paper = Paper::read(LETTER).unwrap().fill(&values(sly)).unwrap();
        assert_eq!(paper.html.matches("<h1>").count(), 1, "{}", paper.html);
        assert!(
            !paper.html.contains("<script") && !paper.html.contains("<a "),
            "{}",
            paper.html
        );
        assert!(
            paper.html.contains(
                "&lt;script&gt;alert(1)&lt;/script&gt; [点](http://evil) **黑体** {{paper.number}}"
            ),
            "{}",
            paper.html
        );
    }

    #[test]
    fn html_in_a_template_is_text_too() {
        let paper = Paper::read("# 甲\n\n<div onclick=\"x\">乙</div>\n")
            .unwrap()
            .fill(&json!({}))
            .unwrap();
        assert!(paper.html.contains("&lt;div onclick"), "{}", paper.html);
    }

    /// Every shipped paper is a template of the small language, with a heading.
    #[test]
    fn shipped_papers_can_be_read() {
        let mut read = 0;
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
        for folder in std::fs::read_dir(root)
            .unwrap()
            .map(|e| e.unwrap().path().join("papers"))
        {
            for file in std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .map(|e| e.unwrap().path())
            {
                let text = std::fs::read_to_string(&file).unwrap();
                assert!(text.starts_with("# "), "{file:?}");
                Paper::read(&text).unwrap_or_else(|p| panic!("{file:?}: {p:?}"));
                read += 1;
            }
        }
        assert!(read >= 20, "{read}");
    }
}
