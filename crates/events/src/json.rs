//! I-JSON, read into a flat document that borrows from the payload.
//!
//! serde_json takes the last of two equal members, refuses 1e999 and deep nesting, and lets lone surrogates pass where
//! it skips; the contract asks the opposite of each. Nothing here recurses, so no payload can exhaust the stack.

use std::borrow::Cow;
use std::cell::Cell;

use sha2::{Digest, Sha256};

/// The payload is no I-JSON; the sentence says why and at which byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why} at byte {at}")]
pub struct NotJson {
    why: &'static str,
    at: usize,
}

/// One value, or one member's name, in document order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written.
    Number(&'a str),
    /// A string, or a member's name, unescaped.
    Text(Cow<'a, str>),
    /// An array; its elements follow, up to the node `end`.
    Array {
        /// Index of the first node that is not inside.
        end: usize,
    },
    /// An object; names and values follow in turn, up to the node `end`.
    Object {
        /// Index of the first node that is not inside.
        end: usize,
    },
}

/// A whole JSON text; node 0 is its root.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
}

/// The index of the root node.
pub(crate) const ROOT: usize = 0;

impl<'a> Document<'a> {
    /// Reads a JSON text. Asked beyond RFC 8259 is only: UTF-8, no member twice in one object, no lone surrogate.
    ///
    /// # Errors
    /// [`NotJson`] at the first byte that breaks a rule.
    pub fn parse(payload: &'a [u8]) -> Result<Self, NotJson> {
        let text = std::str::from_utf8(payload)
            .map_err(|error| NotJson { why: "not UTF-8", at: error.valid_up_to() })?;
        Reader { text, bytes: payload, at: 0, nodes: Vec::with_capacity(48) }.document()
    }

    /// The node at an index.
    pub fn node(&self, index: usize) -> Option<&Node<'a>> {
        self.nodes.get(index)
    }

    /// Names and value indexes of an object's members; nothing for any other node.
    pub fn members(&self, object: usize) -> impl Iterator<Item = (&Cow<'a, str>, usize)> {
        let end = match self.nodes.get(object) {
            Some(Node::Object { end }) => *end,
            _ => 0,
        };
        let mut at = object + 1;
        std::iter::from_fn(move || {
            let name = match self.nodes.get(at) {
                Some(Node::Text(name)) if at < end => name,
                _ => return None,
            };
            let value = at + 1;
            at = self.after(value);
            Some((name, value))
        })
    }

    /// Indexes of an array's elements; nothing for any other node.
    pub fn elements(&self, array: usize) -> impl Iterator<Item = usize> {
        let end = match self.nodes.get(array) {
            Some(Node::Array { end }) => *end,
            _ => 0,
        };
        let mut at = array + 1;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let element = at;
                at = self.after(element);
                element
            })
        })
    }

    /// The value index of an object's member. Who asks for several takes a [`Lookup`].
    pub fn member(&self, object: usize, name: &str) -> Option<usize> {
        self.members(object).find(|(n, _)| n.as_ref() == name).map(|(_, value)| value)
    }

    /// The string at an index.
    pub fn text(&self, index: usize) -> Option<&Cow<'a, str>> {
        match self.nodes.get(index) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether two values are equal as JSON values: member order and spelling of numbers do not matter.
    pub fn same_value(&self, mine: usize, other: &Document<'_>, theirs: usize) -> bool {
        let mut pairs = vec![(mine, theirs)];
        while let Some((a, b)) = pairs.pop() {
            let same = match (self.node(a), other.node(b)) {
                (Some(Node::Null), Some(Node::Null)) => true,
                (Some(Node::Bool(x)), Some(Node::Bool(y))) => x == y,
                (Some(Node::Number(x)), Some(Node::Number(y))) => {
                    x == y || crate::number::Exact::read(x) == crate::number::Exact::read(y)
                }
                (Some(Node::Text(x)), Some(Node::Text(y))) => x == y,
                (Some(Node::Array { .. }), Some(Node::Array { .. })) => {
                    let (x, y): (Vec<_>, Vec<_>) = (self.elements(a).collect(), other.elements(b).collect());
                    let same = x.len() == y.len();
                    pairs.extend(x.into_iter().zip(y));
                    same
                }
                (Some(Node::Object { .. }), Some(Node::Object { .. })) => {
                    let (mut x, mut y): (Vec<_>, Vec<_>) =
                        (self.members(a).collect(), other.members(b).collect());
                    x.sort_unstable_by(|l, r| l.0.cmp(r.0));
                    y.sort_unstable_by(|l, r| l.0.cmp(r.0));
                    let same = x.len() == y.len() && x.iter().zip(&y).all(|(l, r)| l.0 == r.0);
                    pairs.extend(x.into_iter().zip(y).map(|(l, r)| (l.1, r.1)));
                    same
                }
                _ => false,
            };
            if !same {
                return false;
            }
        }
        true
    }

    /// Feeds a value to a hash so that equal JSON values, in the sense of [`Document::same_value`], feed the same
    /// bytes and others do not: every text with its length, every container with its count, members in order of name.
    pub(crate) fn hash_value(&self, value: usize, hash: &mut Sha256) {
        enum Step<'n> {
            Name(&'n str),
            Value(usize),
        }
        fn text(hash: &mut Sha256, tag: u8, text: &str) {
            hash.update([tag]);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        fn count(hash: &mut Sha256, tag: u8, count: usize) {
            hash.update([tag]);
            hash.update((count as u64).to_be_bytes());
        }
        let mut steps = vec![Step::Value(value)];
        while let Some(step) = steps.pop() {
            let value = match step {
                Step::Name(name) => {
                    text(hash, b'k', name);
                    continue;
                }
                Step::Value(value) => value,
            };
            match self.node(value) {
                None | Some(Node::Null) => hash.update(b"0"),
                Some(Node::Bool(false)) => hash.update(b"f"),
                Some(Node::Bool(true)) => hash.update(b"t"),
                Some(Node::Number(number)) => {
                    text(hash, b'n', &crate::number::Exact::read(number).canonical());
                }
                Some(Node::Text(string)) => text(hash, b's', string),
                Some(Node::Array { .. }) => {
                    let from = steps.len();
                    steps.extend(self.elements(value).map(Step::Value));
                    count(hash, b'[', steps.len() - from);
                }
                Some(Node::Object { .. }) => {
                    let mut members: Vec<_> = self.members(value).collect();
                    members.sort_unstable_by(|l, r| l.0.cmp(r.0));
                    count(hash, b'{', members.len());
                    for (name, value) in members {
                        steps.extend([Step::Value(value), Step::Name(name)]);
                    }
                }
            }
        }
    }

    /// The value index of a member of this name; its name stands from one node on, before another one.
    fn named(&self, name: &str, from: usize, before: usize) -> Option<usize> {
        let mut at = from;
        while at < before {
            let value = at + 1;
            match self.nodes.get(at) {
                Some(Node::Text(this)) if this.as_ref() == name => return Some(value),
                _ => at = self.after(value),
            }
        }
        None
    }

    /// The index after a value and all that is inside it.
    fn after(&self, value: usize) -> usize {
        match self.nodes.get(value) {
            Some(Node::Array { end } | Node::Object { end }) => *end,
            _ => value + 1,
        }
    }
}

/// Looks members of one object up. Their names mostly stand in the order of the contract, in which they are asked for: each search
/// begins behind the member that was found last.
pub(crate) struct Lookup {
    object: usize,
    next: Cell<usize>,
}

impl Lookup {
    pub(crate) fn of(object: usize) -> Lookup {
        Lookup { object, next: Cell::new(object + 1) }
    }

    /// The value index of a member; no name stands twice, so it does not matter where the search begins.
    pub(crate) fn member(&self, document: &Document<'_>, name: &str) -> Option<usize> {
        let Some(Node::Object { end }) = document.nodes.get(self.object) else { return None };
        let next = self.next.get();
        let found = document.named(name, next, *end).or_else(|| document.named(name, self.object + 1, next));
        found.inspect(|value| self.next.set(document.after(*value)))
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    fn document(mut self) -> Result<Document<'a>, NotJson> {
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

    fn why(payload: &[u8]) -> Option<&'static str> {
        Document::parse(payload).err().map(|error| error.why)
    }

    #[test]
    fn takes_all_of_json() {
        for good in [
            "{}",
            "[]",
            " [1, -0.5e+10, 1e999, \"\\ud83d\\ude00\\u0000\", {\"a\": [], \"A\": {}}] ",
            "null",
            "true",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "0",
            "[[[]],{}]",
        ] {
            assert_eq!(why(good.as_bytes()), None, "{good}");
        }
    }

    #[test]
    fn refuses_what_is_no_i_json() {
        for bad in [
            "",
            "{",
            "{\"a\":1,}",
            "[1,]",
            "[1 2]",
            "{\"a\" 1}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "NaN",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\\x\"",
            "\"\t\"",
            "\"",
            "tru",
            "nulll",
            "[}",
            "{]",
            "\u{feff}{}",
            "{\"a\":1,\"\\u0061\":2}",
            "[{\"x\":{\"y\":1,\"y\":1}}]",
            "{} {}",
            "\"\\u12\"",
            "'a'",
        ] {
            assert!(why(bad.as_bytes()).is_some(), "{bad}");
        }
        // Objects of any size, the two equal names anywhere.
        for members in [2, 23, 24, 25, 26, 60] {
            let object = |names: &dyn Fn(usize) -> usize| {
                let members: Vec<String> =
                    (0..members).map(|at| format!("\"m{}\":[{{}}]", names(at))).collect();
                format!("{{{}}}", members.join(","))
            };
            assert_eq!(why(object(&|at| at).as_bytes()), None, "{members}");
            for (first, again) in [(0, members - 1), (members / 2 - 1, members / 2), (0, 1)] {
                let twice = object(&|at| if at == again { first } else { at });
                assert_eq!(why(twice.as_bytes()), Some("a member stands twice in one object"), "{twice}");
            }
        }
        assert_eq!(why(b"\"\xff\""), Some("not UTF-8"));
    }

    #[test]
    fn nesting_of_any_depth_needs_no_stack() {
        let deep = "[".repeat(30_000) + &"]".repeat(30_000);
        let document = Document::parse(deep.as_bytes()).expect("deep but good");
        assert!(document.same_value(ROOT, &document.clone(), ROOT));
    }

    #[test]
    fn agrees_with_serde_json_on_members_and_equality() {
        let text = r#"{"b": [1, {"c": null}, "x"], "a": 30}"#;
        let other = r#" {"a":3e1,"b":[1.0,{"c":null},"\u0078"]}"#;
        let (x, y) = (
            Document::parse(text.as_bytes()).expect("good"),
            Document::parse(other.as_bytes()).expect("good"),
        );
        assert!(x.same_value(ROOT, &y, ROOT));
        let list = x.member(ROOT, "b").expect("a member");
        assert_eq!(x.elements(list).count(), 3);
        let a = x.member(ROOT, "a").expect("a member");
        assert!(!x.same_value(a, &y, y.member(ROOT, "b").expect("a member")));
    }
}
