//! A finding about a file: what is wrong, where, what was expected, the nearest right name, one way to repair.

use crate::source::{Sources, Span};
use crate::text::{Lang, Text, say};
use unicode_width::UnicodeWidthStr;

/// Whether a finding stops a definition from being published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The definition cannot run.
    Error,
    /// It can run, but the author would probably want it otherwise.
    Warning,
}

/// One finding. Its sentences stand in the catalogue under its code: `E0203` (what is wrong), `E0203.label` (under the
/// caret, optional), `E0203.help` (one way out, optional); `{name}` places are filled from `args`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, `E…` or `W…`; `onenet explain CODE` tells more.
    pub code: &'static str,
    /// Where.
    pub span: Span,
    /// What the sentences name.
    pub args: Vec<(&'static str, String)>,
    /// The nearest right name, if there is one.
    pub near: Option<String>,
    /// Another place that matters, e.g. the first of two equal names.
    pub also: Option<Span>,
}

impl Diagnostic {
    /// A finding with nothing but its code and place.
    pub fn new(code: &'static str, span: Span) -> Self {
        Diagnostic {
            code,
            span,
            args: Vec::new(),
            near: None,
            also: None,
        }
    }

    /// Names something in the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Names something that is worded in both languages; `en` is `name` with `.en` behind it.
    #[must_use]
    pub fn told(self, name: &'static str, en: &'static str, words: &Text) -> Self {
        self.with(name, words.zh.as_str())
            .with(en, words.get(Lang::En))
    }

    /// Offers the nearest of the right names, if one is near enough (see [`nearest`]).
    #[must_use]
    pub fn near<'a>(mut self, wrong: &str, right: impl IntoIterator<Item = &'a str>) -> Self {
        self.near = nearest(wrong, right);
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Span) -> Self {
        self.also = Some(span);
        self
    }

    /// `E…` are errors, `W…` are warnings.
    pub fn level(&self) -> Level {
        if self.code.starts_with('W') {
            Level::Warning
        } else {
            Level::Error
        }
    }

    /// What the sentences name, in one language.
    fn named(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let english = |name: &str| {
            let of = |a: &&(&'static str, String)| a.0.strip_suffix(".en") == Some(name);
            self.args.iter().find(of).filter(|_| lang == Lang::En)
        };
        let one = |(name, value): &(&'static str, String)| {
            let value = english(name).map_or(value, |a| &a.1);
            (*name, value.clone())
        };
        self.args.iter().map(one).collect()
    }

    /// What is wrong, in one sentence.
    pub fn message(&self, lang: Lang) -> String {
        say(lang, self.code, &self.named(lang)).unwrap_or_else(|| self.code.to_owned())
    }

    /// The remedy: the nearest right name or the catalogue's way out.
    pub fn remedy(&self, lang: Lang) -> Option<String> {
        if let Some(near) = &self.near {
            return say(lang, "diagnostic.near", &[("near", near.clone())]);
        }
        say(lang, &format!("{}.help", self.code), &self.named(lang))
    }

    /// The finding as people read it, in the shape editors can jump from: `file:line:col: 错误 E0203: …`, then the line
    /// with a caret placed by display width, then the remedy.
    pub fn render(&self, sources: &Sources, lang: Lang) -> String {
        let position = sources.position(self.span);
        let path = sources.file(self.span).map_or("-", |f| &*f.path);
        let level = match self.level() {
            Level::Error => "diagnostic.error",
            Level::Warning => "diagnostic.warning",
        };
        let level = say(lang, level, &[]).unwrap_or_default();
        let (line, line_start) = sources.line(self.span);
        let gutter = " ".repeat(position.line.to_string().len());
        let from = (self.span.start as usize)
            .saturating_sub(line_start)
            .min(line.len());
        let to = (self.span.end as usize)
            .saturating_sub(line_start)
            .clamp(from, line.len());
        let before = line.get(..from).unwrap_or(line);
        let marked = line.get(from..to).unwrap_or_default();
        let label =
            say(lang, &format!("{}.label", self.code), &self.named(lang)).unwrap_or_default();
        let mut out = format!(
            "{path}:{}:{}: {level} {}: {}\n",
            position.line,
            position.column,
            self.code,
            self.message(lang)
        );
        out.push_str(&format!("{gutter} |\n{} | {line}\n", position.line));
        let carets = "^".repeat(marked.width().max(1));
        out.push_str(
            format!("{gutter} | {}{carets} {label}", " ".repeat(before.width())).trim_end(),
        );
        out.push_str(&format!("\n{gutter} |\n"));
        if let Some(also) = self.also {
            let args = [
                ("line", sources.position(also).line.to_string()),
                ("text", sources.line(also).0.trim().to_owned()),
            ];
            out.push_str(&format!(
                "{gutter} = {}\n",
                say(lang, "diagnostic.also", &args).unwrap_or_default()
            ));
        }
        if let Some(remedy) = self.remedy(lang) {
            out.push_str(&format!("{gutter} = {remedy}\n"));
        }
        let more =
            say(lang, "diagnostic.more", &[("code", self.code.to_owned())]).unwrap_or_default();
        out.push_str(&format!("{gutter} = {more}\n"));
        out
    }
}

/// The nearest of `right` to a mistyped name, never that name itself.
pub fn nearest<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let others = right.into_iter().filter(|name| *name != wrong);
    forms::nearest(wrong, others).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_near() {
        assert_eq!(
            nearest("reveiw", ["records", "review", "pay"]),
            Some("review".into())
        );
        assert_eq!(nearest("approve", ["records", "review"]), None);
        assert_eq!(nearest("梧洲", ["梧州", "遵义"]), Some("梧州".into()));
    }

    #[test]
    fn the_caret_stands_under_chinese_text() {
        let mut sources = Sources::default();
        let file = sources.add("m.yaml", "通过: reveiw\n");
        let start = "通过: ".len() as u32;
        let found = Diagnostic::new(
            "E0203",
            Span {
                file,
                start,
                end: start + 6,
            },
        )
        .with("name", "reveiw")
        .near("reveiw", ["review"]);
        let shown = found.render(&sources, Lang::Zh);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("m.yaml:1:5: 错误 E0203: "), "{shown}");
        assert!(lines[3].starts_with("  |       ^^^^^^"), "{shown}");
        assert!(shown.contains("是不是 \"review\""), "{shown}");
    }
}
