//! I-JSON, read into a flat document that borrows from the payload.
//!
//! serde_json takes the last of two equal members, refuses 1e999 and deep nesting, and lets lone surrogates pass where
//! it skips; the contract asks the opposite of each. Nothing here recurses, so no payload can exhaust the stack.

mod reader;

use std::borrow::Cow;
use std::cell::Cell;

use sha2::{Digest, Sha256};

use reader::Reader;

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
        Reader::of(text).document()
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

#[cfg(test)]
mod tests {
    use super::*;

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
