//! Where in a JSON text a pointer leads: findings of forms are told by pointer, authors want line and column.

/// First and last byte of the value a pointer names; where it is not in the text (a missing key, something behind a reference), of the
/// innermost object around it that is.
pub(super) fn find(text: &str, pointer: &str) -> (u32, u32) {
    let mut scan = Scan {
        text: text.as_bytes(),
        at: 0,
    };
    let mut place = scan.start();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        match scan.enter(&token) {
            Some(key) => place = key,
            None => break,
        }
    }
    place
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn blank(&mut self) {
        while self.peek().is_ascii_whitespace() || matches!(self.peek(), b',' | b':') {
            self.at += 1;
        }
    }

    fn place(&self, start: usize, end: usize) -> (u32, u32) {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(start), number(end.max(start + 1)))
    }

    /// The place of the whole text: its first character.
    fn start(&mut self) -> (u32, u32) {
        self.blank();
        self.place(self.at, self.at + 1)
    }

    /// Goes into a member of an object or an item of a list; gives the place of its key, or of the item.
    fn enter(&mut self, token: &str) -> Option<(u32, u32)> {
        self.blank();
        let list = match self.peek() {
            b'{' => false,
            b'[' => true,
            _ => return None,
        };
        self.at += 1;
        let mut number = 0;
        loop {
            self.blank();
            if matches!(self.peek(), b'}' | b']' | 0) {
                return None;
            }
            let start = self.at;
            if list {
                if token == number.to_string() {
                    return Some(self.place(start, start + 1));
                }
                number += 1;
            } else {
                self.skip();
                let end = self.at;
                let key = self.text.get(start + 1..end.saturating_sub(1));
                if key == Some(token.as_bytes()) {
                    self.blank();
                    return Some(self.place(start, end));
                }
                self.blank();
            }
            self.skip();
        }
    }

    /// Past one value.
    fn skip(&mut self) {
        match self.peek() {
            b'"' => self.text_value(),
            b'{' | b'[' => {
                self.at += 1;
                loop {
                    self.blank();
                    match self.peek() {
                        b'}' | b']' => {
                            self.at += 1;
                            return;
                        }
                        0 => return,
                        _ => self.skip(),
                    }
                }
            }
            _ => {
                self.at += 1;
                while !matches!(self.peek(), b',' | b'}' | b']' | 0) {
                    self.at += 1;
                }
            }
        }
    }

    fn text_value(&mut self) {
        self.at += 1;
        while !matches!(self.peek(), b'"' | 0) {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_key_or_to_what_is_around() {
        let text = r#"{ "title": "a\"b", "properties": { "x": { "type": "string" }, "y": [1, {"z": 2}] } }"#;
        let at = |pointer| {
            let (start, end) = find(text, pointer);
            &text[start as usize..end as usize]
        };
        assert_eq!(at(""), "{");
        assert_eq!(at("/properties/x/type"), "\"type\"");
        assert_eq!(at("/properties/x/title"), "\"x\"");
        assert_eq!(at("/properties/y/1/z"), "\"z\"");
    }
}
