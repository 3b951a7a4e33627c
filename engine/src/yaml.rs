//! YAML without traps: text in, a tree with places out. Scalars stay the text they are; whoever reads a key decides what
//! it means. Duplicate keys, anchors, tags, merge keys and several documents are refused.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Largest file taken, in bytes (G82).
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting taken (G82).
pub const MAX_DEPTH: usize = 32;
/// Most nodes taken (G82).
pub const MAX_NODES: usize = 50_000;

/// A value of a YAML text and the place it stands at.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands; of a block map or list, from its first key to the end of its last value.
    pub span: Span,
    /// What stands there.
    pub value: Value,
}

/// The three shapes of YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text; an absent value is the empty plain text.
    Scalar {
        /// The text, in Unicode NFC.
        text: String,
        /// Not quoted and not a block text, so an empty one means "nothing written".
        plain: bool,
    },
    /// A list.
    Seq(Vec<Node>),
    /// Keys and values in the order written; no key stands twice.
    Map(Vec<Entry>),
}

/// One `key: value` of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text, in Unicode NFC.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The text of a scalar that says something; `None` for a list, a map, or an empty value.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, plain } if !(*plain && text.is_empty()) => Some(text),
            _ => None,
        }
    }

    /// True where a key has no value (`key:` alone).
    pub fn is_empty(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if text.is_empty())
    }

    /// The entries of a map, none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.value)
    }

    /// The entry under a key of a map, with the place of the key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key == key)
    }
}

/// Reads one YAML text. `file` is its number in [`crate::source::Sources`]. On trouble, everything found so far; a text
/// whose structure cannot be read gives one finding at the place where reading stopped.
pub fn parse(file: u16, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let whole = Span {
        file,
        start: 0,
        end: 0,
    };
    if text.len() > MAX_BYTES {
        return Err(vec![
            Diagnostic::new("E0104", whole)
                .with("what", format!("{} > {} B", text.len(), MAX_BYTES)),
        ]);
    }
    let mut reader = Reader {
        file,
        text,
        offsets: Offsets::new(text),
        nodes: 0,
        found: Vec::new(),
    };
    let mut stack = Vec::new();
    let root = match reader.run(&mut stack) {
        Ok(root) => root,
        Err(stop) => {
            reader.found.push(stop);
            None
        }
    };
    match root {
        Some(root) if reader.found.is_empty() => Ok(root),
        _ if !reader.found.is_empty() => Err(reader.found),
        _ => Ok(Node {
            span: whole,
            value: Value::Map(Vec::new()),
        }),
    }
}

/// From positions in characters to positions in bytes.
struct Offsets(Vec<u32>);

impl Offsets {
    fn new(text: &str) -> Self {
        let starts = text.char_indices().map(|(i, _)| i as u32);
        Offsets(starts.chain([text.len() as u32]).collect())
    }

    fn byte(&self, marker: &Marker) -> u32 {
        self.0
            .get(marker.index())
            .or(self.0.last())
            .copied()
            .unwrap_or(0)
    }
}

struct Reader<'t> {
    file: u16,
    text: &'t str,
    offsets: Offsets,
    nodes: usize,
    found: Vec<Diagnostic>,
}

/// A list or map that is still being read.
enum Open {
    Seq(u32, Vec<Node>),
    Map(u32, Vec<Entry>, Option<(String, Span)>),
}

impl Reader<'_> {
    fn run(&mut self, stack: &mut Vec<Open>) -> Result<Option<Node>, Diagnostic> {
        let mut root = None;
        let mut documents = 0;
        for next in Parser::new_from_str(self.text) {
            let (event, span) = next.map_err(|e| self.syntax(e.marker(), e.info()))?;
            let span = Span {
                file: self.file,
                start: self.offsets.byte(&span.start),
                end: self.offsets.byte(&span.end),
            };
            let done = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(Diagnostic::new("E0103", span).with("what", "---"));
                    }
                    None
                }
                Event::Alias(_) => return Err(Diagnostic::new("E0103", span).with("what", "*")),
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse(anchor, tag.is_some(), span);
                    self.count(span)?;
                    let plain = style == ScalarStyle::Plain;
                    let text: String = text.nfc().collect();
                    Some(Node {
                        span: self.tight(span, plain),
                        value: Value::Scalar { text, plain },
                    })
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse(anchor, tag.is_some(), span);
                    self.open(stack, Open::Seq(span.start, Vec::new()), span)?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse(anchor, tag.is_some(), span);
                    self.open(stack, Open::Map(span.start, Vec::new(), None), span)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(stack, span),
                _ => None,
            };
            if let Some(node) = done {
                self.place(stack, node, &mut root)?;
            }
        }
        Ok(root)
    }

    fn open(&mut self, stack: &mut Vec<Open>, open: Open, span: Span) -> Result<(), Diagnostic> {
        self.count(span)?;
        if stack.len() >= MAX_DEPTH {
            return Err(Diagnostic::new("E0104", span).with("what", format!("> {MAX_DEPTH}")));
        }
        stack.push(open);
        Ok(())
    }

    fn close(&self, stack: &mut Vec<Open>, end: Span) -> Option<Node> {
        let last = |span: Option<Span>| {
            span.map_or(end.end, |s| {
                s.end.max(if end.end > end.start { end.end } else { 0 })
            })
        };
        match stack.pop()? {
            Open::Seq(start, items) => {
                let end = last(items.last().map(|n| n.span));
                Some(Node {
                    span: Span {
                        file: self.file,
                        start,
                        end,
                    },
                    value: Value::Seq(items),
                })
            }
            Open::Map(start, entries, _) => {
                let end = last(entries.last().map(|e| e.value.span));
                let start = entries
                    .first()
                    .map_or(start, |e| e.key_span.start.min(start));
                Some(Node {
                    span: Span {
                        file: self.file,
                        start,
                        end,
                    },
                    value: Value::Map(entries),
                })
            }
        }
    }

    /// Puts a finished node where it belongs: into the list or map being read, or at the root.
    fn place(
        &mut self,
        stack: &mut [Open],
        node: Node,
        root: &mut Option<Node>,
    ) -> Result<(), Diagnostic> {
        match stack.last_mut() {
            None => *root = Some(node),
            Some(Open::Seq(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key @ None)) => match node.value {
                Value::Scalar { text, .. } if text == "<<" => {
                    return Err(Diagnostic::new("E0103", node.span).with("what", "<<"));
                }
                Value::Scalar { text, .. } => {
                    if let Some(first) = entries.iter().find(|e| e.key == text) {
                        let twice = Diagnostic::new("E0102", node.span)
                            .with("name", text.as_str())
                            .also(first.key_span);
                        self.found.push(twice);
                    }
                    *key = Some((text, node.span));
                }
                _ => return Err(Diagnostic::new("E0103", node.span).with("what", "?")),
            },
            Some(Open::Map(_, entries, key)) => {
                if let Some((name, key_span)) = key.take() {
                    let value = if node.is_empty() {
                        Node {
                            span: key_span,
                            ..node
                        }
                    } else {
                        node
                    };
                    if !entries.iter().any(|e| e.key == name) {
                        entries.push(Entry {
                            key: name,
                            key_span,
                            value,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Diagnostic> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Diagnostic::new("E0104", span).with("what", format!("> {MAX_NODES}")));
        }
        Ok(())
    }

    fn refuse(&mut self, anchor: usize, tagged: bool, span: Span) {
        for what in [(anchor > 0).then_some("&"), tagged.then_some("!")]
            .into_iter()
            .flatten()
        {
            self.found
                .push(Diagnostic::new("E0103", span).with("what", what));
        }
    }

    /// Plain texts come with trailing blanks and comments cut off.
    fn tight(&self, span: Span, plain: bool) -> Span {
        let text = self
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        if plain {
            Span {
                end: span.start + text.trim_end().len() as u32,
                ..span
            }
        } else {
            span
        }
    }

    /// A text that cannot be read: says the likely cause, where it most likely is.
    fn syntax(&self, marker: &Marker, what: &str) -> Diagnostic {
        let at = (self.offsets.byte(marker) as usize).min(self.text.len());
        let here = self.line(at);
        let found = self.full_width(&here).or_else(|| self.tab(&here));
        found.unwrap_or_else(|| {
            let cause = cause(what);
            let place = match cause {
                "colon" => self.without_colon(&here),
                "brackets" => self.left_open(&here, at),
                _ => None,
            };
            let words = crate::text::both(&format!("E0101.{cause}"), &[]);
            let place = place.unwrap_or(at..at + 1);
            Diagnostic::new("E0101", self.span(place)).told("what", "what.en", &words)
        })
    }

    fn span(&self, place: Range<usize>) -> Span {
        Span {
            file: self.file,
            start: place.start as u32,
            end: place.end as u32,
        }
    }

    /// The line in which a byte lies, without its end.
    fn line(&self, at: usize) -> Range<usize> {
        let (before, after) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        start..at + after.find('\n').unwrap_or(after.len())
    }

    fn before(&self, line: &Range<usize>) -> Option<Range<usize>> {
        Some(self.line(line.start.checked_sub(1)?))
    }

    fn after(&self, line: &Range<usize>) -> Option<Range<usize>> {
        (line.end < self.text.len()).then(|| self.line(line.end + 1))
    }

    fn words(&self, line: &Range<usize>) -> &str {
        self.text.get(line.clone()).unwrap_or_default()
    }

    /// A full-width colon or comma on this line or the one before, or a full-width bracket where a value begins.
    fn full_width(&self, line: &Range<usize>) -> Option<Diagnostic> {
        let lines = self.before(line).map_or(line.start, |l| l.start)..line.end;
        let text = self.words(&lines);
        let begins = |at: usize| {
            let before = text.get(..at).unwrap_or_default().trim_end_matches(' ');
            before.is_empty() || before.ends_with([':', '-', ',', '[', '{', '\n'])
        };
        let mut marks = text.char_indices().filter_map(|(at, mark)| {
            let right = match mark {
                '：' => ": ",
                '，' => ", ",
                '｛' if begins(at) => "{",
                '［' if begins(at) => "[",
                _ => return None,
            };
            Some((lines.start + at, mark, right))
        });
        let (at, mark, right) = marks.next()?;
        let wrong = Diagnostic::new("E0105", self.span(at..at + mark.len_utf8()));
        Some(wrong.with("mark", mark).with("right", right))
    }

    /// A tab in the indentation of this line or of one beside it, for reading stops before the line or behind it; or anywhere in this.
    fn tab(&self, line: &Range<usize>) -> Option<Diagnostic> {
        let indented = |line: &Range<usize>| {
            let text = self.words(line);
            let indentation = text.len() - text.trim_start_matches([' ', '\t']).len();
            let tab = text.get(..indentation)?.find('\t')?;
            Some(line.start + tab)
        };
        let beside = [Some(line.clone()), self.after(line), self.before(line)];
        let tab = beside.iter().flatten().find_map(indented);
        let at = tab.or_else(|| Some(line.start + self.words(line).find('\t')?))?;
        Some(Diagnostic::new("E0106", self.span(at..at + 1)))
    }

    /// The line before a `key: value`, where it has no colon that separates: the parser takes both lines for one text.
    fn without_colon(&self, line: &Range<usize>) -> Option<Range<usize>> {
        let before = self.before(line)?;
        let text = self.words(&before);
        let said = text.split(" #").next().unwrap_or(text).trim();
        let separates = said.contains(": ") || said.ends_with(':') || said.starts_with('#');
        let start = before.start + (text.len() - text.trim_start().len());
        (!separates && !said.is_empty()).then(|| start..start + said.len())
    }

    /// The bracket of the line before that is still open where reading stopped at the first word of a line.
    fn left_open(&self, line: &Range<usize>, at: usize) -> Option<Range<usize>> {
        if self.words(&(line.start..at)).trim_start().contains(' ') {
            return None;
        }
        let before = self.before(line)?;
        let mut open = Vec::new();
        for (n, mark) in self.words(&before).char_indices() {
            match mark {
                '{' | '[' => open.push(before.start + n),
                '}' | ']' => _ = open.pop(),
                _ => {}
            }
        }
        let first = *open.first()?;
        Some(first..first + 1)
    }
}

/// What is most likely wrong, by the words of the parser.
fn cause(what: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|w| what.contains(w));
    match () {
        () if says(&["mapping values", "simple key"]) => "colon",
        () if says(&[
            "',' or",
            "bracket",
            "flow",
            "':' indicator",
            "inside a block",
        ]) =>
        {
            "brackets"
        }
        () if says(&["block"]) => "indentation",
        () if says(&["quote", "scalar", "unexpected character"]) => "quotes",
        () if says(&["indent", "document"]) => "indentation",
        () => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn codes(text: &str) -> Vec<(&'static str, usize, usize)> {
        let mut sources = Sources::default();
        let file = sources.add("t.yaml", text);
        let found = parse(file, text).err().unwrap_or_default();
        found
            .iter()
            .map(|d| {
                (
                    d.code,
                    sources.position(d.span).line,
                    sources.position(d.span).column,
                )
            })
            .collect()
    }

    #[test]
    fn words_other_readers_guess_at_stay_text() {
        let node = parse(
            0,
            "a: no\nb: 012\nc: 450400\nd: 16:30\ne: { 通过: next, 不办了: { leave: 撤回 } }\n",
        )
        .unwrap();
        for (key, text) in [("a", "no"), ("b", "012"), ("c", "450400"), ("d", "16:30")] {
            assert_eq!(node.get(key).and_then(Node::text), Some(text));
        }
        assert_eq!(
            node.get("e")
                .and_then(|e| e.get("不办了"))
                .and_then(|n| n.get("leave"))
                .and_then(Node::text),
            Some("撤回")
        );
    }

    #[test]
    fn traps_are_refused_where_they_stand() {
        assert_eq!(codes("a: 1\nb: 2\na: 3\n"), [("E0102", 3, 1)]);
        assert_eq!(codes("a: &x 1\n"), [("E0103", 1, 4)]);
        assert_eq!(codes("a: !!str 1\n").len(), 1);
        assert_eq!(codes("a: 1\n标题：甲\n"), [("E0105", 2, 3)]);
        assert_eq!(codes("a:\n\tb: 1\n"), [("E0106", 2, 1)]);
        let amid = "steps:\n  - id: a\n    title: 甲\n\ttask: b\n    form: c\n";
        assert_eq!(codes(amid), [("E0106", 4, 1)]);
        assert_eq!(codes("a: 1\nb: ｛ c: 1, d: 2 }\n"), [("E0105", 2, 4)]);
    }

    /// A missing colon, or the blank behind it, is found on its own line and said in the reader's language.
    #[test]
    fn what_cannot_be_read_is_said_where_it_is() {
        assert_eq!(codes("matter: a\ntitle:查找\ncode: B\n"), [("E0101", 2, 1)]);
        assert_eq!(
            codes("matter: a\ntitle 查找 # 名称\ncode: B\n"),
            [("E0101", 2, 1)]
        );
        let open = "steps:\n  - { id: a, outcomes: { x: y }\n  - { id: b }\n";
        assert_eq!(codes(open), [("E0101", 2, 5)]);
        let cases = [
            (open, "括号"),
            ("a: [1, 2\nb: 3\n", "括号"),
            ("a: { b: 1 c: 2 }\n", "括号"),
            ("a: \"x\nb: 3\n", "引号"),
            ("a: @x\n", "引号"),
            ("a:\n  - b: 1\n   c: 2\n", "缩进"),
            ("a:\n  b: 1\n c: 2\n", "缩进"),
            ("a: b: c\n", "冒号"),
        ];
        for (text, word) in cases {
            let found = parse(0, text).unwrap_err();
            let said = found[0].message(crate::text::Lang::Zh);
            assert!(said.contains(word), "{text}{said}");
        }
    }

    #[test]
    fn deep_texts_are_refused_before_they_hurt() {
        let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(codes(&deep).first().map(|c| c.0), Some("E0104"));
        assert!(!codes(&"[".repeat(100_000)).is_empty());
    }

    #[test]
    fn places_are_exact_after_chinese_text() {
        let text = "标题: 甲乙\nsteps:\n  - { id: 审核, task: handler }\n";
        let node = parse(0, text).unwrap();
        let step = &node.get("steps").unwrap().items()[0];
        let id = step.get("id").unwrap();
        assert_eq!(&text[id.span.start as usize..id.span.end as usize], "审核");
        assert_eq!(
            &text[step.span.start as usize..step.span.end as usize],
            "{ id: 审核, task: handler }"
        );
    }
}
