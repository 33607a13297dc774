//! The CloudEvents envelope in both content modes.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::json::{Document, Lookup, NotJson, ROOT};
use crate::message::StoredMessage;
use crate::rejection::{Code, Rejection};
use crate::time::Millis;

/// The six attributes that count, as strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    pub(crate) specversion: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) source: Cow<'a, str>,
    pub(crate) r#type: Cow<'a, str>,
    pub(crate) subject: Cow<'a, str>,
    pub(crate) time: Cow<'a, str>,
}

/// A message taken apart: its JSON, where attributes stand, and where `data` stands (if it does).
pub(crate) struct Parts<'a> {
    pub(crate) document: Document<'a>,
    message: &'a StoredMessage,
    binary: bool,
    members: Lookup,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(message: &'a StoredMessage) -> Result<Self, NotJson> {
        let document = Document::parse(&message.payload)?;
        Ok(Parts { document, message, binary: is_binary(message), members: Lookup::of(ROOT) })
    }

    /// In structured mode the payload has to be an object.
    pub(crate) fn is_event_shaped(&self) -> bool {
        self.binary || matches!(self.document.node(ROOT), Some(crate::json::Node::Object { .. }))
    }

    /// The node of `data`.
    pub(crate) fn data(&self) -> Option<usize> {
        if self.binary { Some(ROOT) } else { self.members.member(&self.document, "data") }
    }

    /// An attribute as text: `Ok(None)` when it is not there.
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<Cow<'a, str>>, &'static str> {
        if !self.binary {
            return match self.members.member(&self.document, name) {
                None => Ok(None),
                Some(node) => self.document.text(node).cloned().map(Some).ok_or("is not a string"),
            };
        }
        let header = self.message.headers.iter().find(|(header, _)| {
            header.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("ce-"))
                && header.get(3..).is_some_and(|rest| rest.eq_ignore_ascii_case(name))
        });
        match header {
            None => Ok(None),
            Some((_, value)) => percent_decode_str(value)
                .decode_utf8()
                .map(Some)
                .map_err(|_| "is not UTF-8 when percent-decoded"),
        }
    }

    pub(crate) fn envelope(&self) -> Result<(Envelope<'a>, Millis), Rejection> {
        let required = |name: &str| {
            let bad = |what: &str| Rejection::at(Code::E102, format!("/{name}"), what);
            match self.attribute(name) {
                Ok(Some(text)) if text.is_empty() => Err(bad("is empty / 为空")),
                Ok(Some(text)) => Ok(text),
                Ok(None) => Err(bad(
                    "is missing: every CloudEvents attribute of the contract is required / 缺少该属性",
                )),
                Err(why) => Err(bad(why)),
            }
        };
        let specversion = required("specversion")?;
        if specversion != "1.0" {
            return Err(Rejection::at(Code::E102, "/specversion", "must be \"1.0\" / 必须为 \"1.0\""));
        }
        let id = required("id")?;
        if id.len() > 64 && id.chars().count() > 64 {
            return Err(Rejection::at(Code::E102, "/id", "has more than 64 characters / 超过 64 个字符"));
        }
        let (source, r#type, subject) = (required("source")?, required("type")?, required("subject")?);
        let time = required("time")?;
        let at = Millis::parse_rfc3339(&time).ok_or_else(|| {
            Rejection::at(Code::E102, "/time", "must be an RFC 3339 time with an offset, such as 2020-04-20T09:00:00+08:00 / 须为带时区的 RFC 3339 时间")
        })?;
        Ok((Envelope { specversion, id, source, r#type, subject, time }, at))
    }
}

/// Binary mode: a header `ce-specversion`, and a Content-Type that does not begin with `application/cloudevents`.
fn is_binary(message: &StoredMessage) -> bool {
    const CLOUDEVENTS: &str = "application/cloudevents";
    let structured_type = message.header("Content-Type").is_some_and(|value| {
        value.get(..CLOUDEVENTS.len()).is_some_and(|start| start.eq_ignore_ascii_case(CLOUDEVENTS))
    });
    message.header("ce-specversion").is_some() && !structured_type
}
