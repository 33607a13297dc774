//! A message's headers in one piece of memory: every message has some ten, and millions of messages are read.

use std::borrow::Cow;

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names and values in the order of the message. As JSON: `[[name, value], ...]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// Names and values, one behind the other.
    text: String,
    /// Where in `text` each name ends, and its value.
    ends: Vec<(usize, usize)>,
}

impl Headers {
    /// One more at the end.
    pub fn push(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        let name = self.text.len();
        self.text.push_str(value);
        self.ends.push((name, self.text.len()));
    }

    /// Each name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(name, value)| {
            let header = (self.part(start, *name), self.part(*name, *value));
            start = *value;
            header
        })
    }

    /// The value of the first of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Headers {
        let headers = headers.into_iter();
        let (least, _) = headers.size_hint();
        // Longer than nearly all of them: asked for once.
        let mut all = Headers { text: String::with_capacity(least * 40), ends: Vec::with_capacity(least) };
        for (name, value) in headers {
            all.push(name.as_ref(), value.as_ref());
        }
        all
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for header in self.iter() {
            list.serialize_element(&header)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Headers, D::Error> {
        #[derive(Deserialize)]
        struct Header<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);

        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Headers;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of pairs of strings")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Headers, A::Error> {
                let mut headers = Headers { text: String::with_capacity(400), ends: Vec::with_capacity(10) };
                while let Some(Header(name, value)) = list.next_element()? {
                    headers.push(&name, &value);
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_what_was_pushed_and_read_back_so() {
        let pairs = [("ce-id", "课 1"), ("", ""), ("CE-ID", "\"2\""), ("Nats-Msg-Id", "")];
        let headers: Headers = pairs.into_iter().collect();
        assert_eq!(headers.iter().collect::<Vec<_>>(), pairs);
        assert_eq!((headers.len(), headers.get("Ce-Id"), headers.get("no")), (4, Some("课 1"), None));
        let json = serde_json::to_string(&headers).expect("JSON");
        assert_eq!(json, r#"[["ce-id","课 1"],["",""],["CE-ID","\"2\""],["Nats-Msg-Id",""]]"#);
        assert_eq!(serde_json::from_str::<Headers>(&json).expect("headers"), headers);
    }
}
