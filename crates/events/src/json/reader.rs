//! From a JSON text to the nodes of its document, byte by byte.

use std::borrow::Cow;

use super::{Document, Node, NotJson};

pub(super) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(text: &'a str) -> Reader<'a> {
        // Room for all of an event of the contract but a paper's answers.
        Reader { text, bytes: text.as_bytes(), at: 0, nodes: Vec::with_capacity(48) }
    }

    pub(super) fn document(mut self) -> Result<Document<'a>, NotJson> {
        let mut open: Vec<usize> = Vec::new();
        loop {
            self.space();
            let opened = self.value()?;
            if let Some(container) = opened {
                open.push(container);
                if !self.first_inside(container)? {
                    continue;
                }
                self.close(&mut open)?;
            }
            // A value is complete: on to the next one of the innermost open container, closing those that end here.
            loop {
                self.space();
                let Some(&container) = open.last() else {
                    return if self.at == self.bytes.len() {
                        Ok(Document { nodes: self.nodes })
                    } else {
                        Err(self.error("something follows the value"))
                    };
                };
                let is_object = matches!(self.nodes.get(container), Some(Node::Object { .. }));
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    Some(b'}') if is_object => self.at += 1,
                    Some(b']') if !is_object => self.at += 1,
                    _ => return Err(self.error("a comma or the end of an object or array is missing")),
                }
                self.close(&mut open)?;
            }
        }
    }

    /// Steps into a fresh container. True when it is empty (and its end is read).
    fn first_inside(&mut self, container: usize) -> Result<bool, NotJson> {
        self.space();
        match (self.nodes.get(container), self.peek()) {
            (Some(Node::Object { .. }), Some(b'}')) | (Some(Node::Array { .. }), Some(b']')) => {
                self.at += 1;
                Ok(true)
            }
            (Some(Node::Object { .. }), _) => self.name().map(|()| false),
            _ => Ok(false),
        }
    }

    fn close(&mut self, open: &mut Vec<usize>) -> Result<(), NotJson> {
        let last = self.nodes.len();
        let Some(container) = open.pop() else { return Ok(()) };
        let is_object = match self.nodes.get_mut(container) {
            Some(Node::Object { end }) => {
                *end = last;
                true
            }
            Some(Node::Array { end }) => {
                *end = last;
                false
            }
            _ => false,
        };
        if is_object && self.member_twice(container) {
            return Err(self.error("a member stands twice in one object"));
        }
        Ok(())
    }

    fn member_twice(&self, object: usize) -> bool {
        // Most objects are small: comparing each pair, mostly of different lengths, is faster than sorting.
        const SMALL: usize = 24;
        let mut few = [""; SMALL];
        let mut many: Vec<&str> = Vec::new();
        let (mut count, mut at) = (0, object + 1);
        while let Some(Node::Text(name)) = self.nodes.get(at) {
            let name = name.as_ref();
            let before = few.get(..count.min(SMALL)).unwrap_or_default();
            if count < SMALL && before.contains(&name) {
                return true;
            }
            match few.get_mut(count) {
                Some(place) => *place = name,
                None => many.push(name),
            }
            count += 1;
            at = match self.nodes.get(at + 1) {
                Some(Node::Array { end } | Node::Object { end }) => *end,
                _ => at + 2,
            };
        }
        if many.is_empty() {
            return false;
        }
        many.extend(few);
        many.sort_unstable();
        many.windows(2).any(|pair| pair.first() == pair.last())
    }

    /// Reads one scalar, or the opening of a container, whose node index is returned.
    fn value(&mut self) -> Result<Option<usize>, NotJson> {
        let container = self.nodes.len();
        let node = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.nodes.push(Node::Object { end: 0 });
                return Ok(Some(container));
            }
            Some(b'[') => {
                self.at += 1;
                self.nodes.push(Node::Array { end: 0 });
                return Ok(Some(container));
            }
            Some(b'"') => Node::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Node::Number(self.number()?),
            Some(b't') => self.word("true", Node::Bool(true))?,
            Some(b'f') => self.word("false", Node::Bool(false))?,
            Some(b'n') => self.word("null", Node::Null)?,
            _ => return Err(self.error("a value is missing")),
        };
        self.nodes.push(node);
        Ok(None)
    }

    fn name(&mut self) -> Result<(), NotJson> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.error("a member's name is missing"));
        }
        let name = self.string()?;
        self.nodes.push(Node::Text(name));
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("a colon is missing"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &'static str, node: Node<'a>) -> Result<Node<'a>, NotJson> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.error("an unknown word"));
        }
        self.at += word.len();
        Ok(node)
    }

    fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.error("a digit is missing")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.slice(start, self.at))
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("a digit is missing")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.at += 1;
        let mut unescaped: Option<String> = None;
        loop {
            let run = self.at;
            self.at += plain(self.bytes.get(run..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    let tail = self.slice(run, self.at);
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let before = self.slice(run, self.at);
                    let text = unescaped.get_or_insert_with(String::new);
                    text.push_str(before);
                    self.at += 1;
                    let character = self.escape()?;
                    if let Some(text) = unescaped.as_mut() {
                        text.push(character);
                    }
                }
                Some(_) => return Err(self.error("a control character stands bare in a string")),
                None => return Err(self.error("a string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("an unknown escape")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, NotJson> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u")) {
                return Err(self.error("a lone surrogate"));
            }
            self.at += 2;
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("a lone surrogate"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("a lone surrogate"))
    }

    fn hex4(&mut self) -> Result<u32, NotJson> {
        let digits =
            self.bytes.get(self.at..self.at + 4).ok_or_else(|| self.error("an escape is cut short"))?;
        let mut code = 0;
        for digit in digits {
            let value = char::from(*digit)
                .to_digit(16)
                .ok_or_else(|| self.error("a hexadecimal digit is missing"))?;
            code = code * 16 + value;
        }
        self.at += 4;
        Ok(code)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Both ends stand at ASCII bytes, so the slice is always there.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn error(&self, why: &'static str) -> NotJson {
        NotJson { why, at: self.at }
    }
}

/// How many bytes stand before the first quote, backslash or control character: eight at a time, since nearly all of a payload
/// stands in strings.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // A bit for each byte below `limit`; right up to the lowest of them, which is all that is asked.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let stops = below(word, 0x20)
            | below(word ^ (ONES * u64::from(b'"')), 1)
            | below(word ^ (ONES * u64::from(b'\\')), 1);
        if stops != 0 {
            return at * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let before = rest.iter().take_while(|byte| !matches!(**byte, b'"' | b'\\' | 0x00..=0x1f)).count();
    words.len() * 8 + before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_the_first_byte_that_ends_them_wherever_it_stands() {
        let slow =
            |bytes: &[u8]| bytes.iter().take_while(|b| !matches!(**b, b'"' | b'\\' | 0x00..=0x1f)).count();
        for first in 0..=255 {
            for second in
                [b'a', b'"', b'\\', 0x00, 0x1f, 0x20, 0x7f, 0x80, 0xa2, 0xdc, 0xff, b'!', b'#', b'[', b']']
            {
                for (length, at, behind) in
                    [(7, 2, 1), (8, 0, 7), (16, 5, 1), (24, 8, 9), (26, 24, 1), (17, 15, 1)]
                {
                    let mut bytes = vec![0xc3; length];
                    bytes[at] = first;
                    bytes[at + behind] = second;
                    assert_eq!(plain(&bytes), slow(&bytes), "{bytes:?}");
                }
            }
        }
    }
}
