//! What an event says beside its checked members: a paper's answers, a sign-in's place. Read when asked for, since few ask.

use std::borrow::Cow;

use crate::event::{Event, Said};
use crate::json::Node;
use crate::time::Millis;

/// One answer of a quiz, as far as it can be read: the contract does not check an answer's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered<'a> {
    /// The item.
    pub item: Cow<'a, str>,
    /// What was chosen: a text, or a number, truth value or list written out.
    pub choice: Cow<'a, str>,
    /// Whether it was right; none when the event does not say.
    pub correct: Option<bool>,
    /// When, by the device's clock; none when the event does not say.
    pub answered_at: Option<Millis>,
}

impl<'a> Event<'a> {
    /// The answers of a quiz in their order; those without an item or a choice are left out.
    pub fn answers(&self) -> Vec<Answered<'a>> {
        let list = match self.said {
            Said::Quiz(_) => self.document.member(self.data, "answers"),
            _ => None,
        };
        let Some(list) = list else { return Vec::new() };
        self.document.elements(list).filter_map(|answer| self.answer(answer)).collect()
    }

    fn answer(&self, answer: usize) -> Option<Answered<'a>> {
        let member = |name| self.document.member(answer, name);
        let correct = match member("correct").and_then(|node| self.document.node(node)) {
            Some(Node::Bool(correct)) => Some(*correct),
            _ => None,
        };
        let time = member("answered_at").and_then(|node| self.document.text(node));
        Some(Answered {
            item: self.written(member("item")?)?,
            choice: self.written(member("choice")?)?,
            correct,
            answered_at: time.and_then(|text| Millis::parse_rfc3339(text)),
        })
    }

    /// A value written out: of a list the elements with `+` between them, lists inside it likewise, null and objects left out. Nothing
    /// here recurses: an answer may nest as deep as a payload is long.
    fn written(&self, node: usize) -> Option<Cow<'a, str>> {
        match self.document.node(node)? {
            Node::Array { end } => Some(Cow::Owned(self.joined(node + 1, *end))),
            scalar => written(scalar),
        }
    }

    /// The elements that stand from one node to another.
    fn joined(&self, from: usize, to: usize) -> String {
        let mut text = String::new();
        // Of each list that is open: where it ends, and whether an element of it was written.
        let mut open = vec![(to, false)];
        let mut at = from;
        while at < to {
            while open.last().is_some_and(|(end, _)| *end <= at) {
                open.pop();
            }
            let Some(node) = self.document.node(at) else { break };
            let inside = if let Node::Array { end } = node { Some(*end) } else { None };
            let scalar = written(node);
            if let Some((_, begun)) = open.last_mut().filter(|_| inside.is_some() || scalar.is_some()) {
                text.push_str(if *begun { "+" } else { "" });
                *begun = true;
            }
            text.push_str(scalar.as_deref().unwrap_or_default());
            open.extend(inside.map(|end| (end, false)));
            at = if let Node::Object { end } = node { *end } else { at + 1 };
        }
        text
    }

    /// Longitude and latitude of a sign-in, degrees; none when it has none or they lie on no globe.
    pub fn location(&self) -> Option<(f64, f64)> {
        let Said::Opened(_) = self.said else { return None };
        let place = self.document.member(self.data, "location")?;
        let axis = |name| match self.document.node(self.document.member(place, name)?)? {
            Node::Number(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        let (longitude, latitude) = (axis("longitude")?, axis("latitude")?);
        (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
    }
}

fn written<'a>(scalar: &Node<'a>) -> Option<Cow<'a, str>> {
    match scalar {
        Node::Text(text) => Some(text.clone()),
        Node::Number(text) => Some(Cow::Borrowed(text)),
        Node::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Node::Null | Node::Array { .. } | Node::Object { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::{Headers, Millis, Origin, StoredMessage, decode};

    fn choice(choice: &str) -> Option<String> {
        let data = format!(
            r#"{{"session":"s","course":"c","quiz":"q","attempt":1,"started_at":"2020-04-20T09:00:00+08:00",
            "submitted_at":"2020-04-20T09:01:00+08:00","score":"1","max_score":"1","answers":[{{"item":"i","choice":{choice}}}]}}"#
        );
        let event = format!(
            r#"{{"specversion":"1.0","id":"e","source":"/platforms/p","type":"keshi.quiz.submitted.v1","subject":"t",
            "time":"2020-04-20T09:01:00+08:00","data":{data}}}"#
        );
        let message = StoredMessage {
            seq: 1,
            received_at: Millis(0),
            subject: "learn.v1.p.t.quiz".to_owned(),
            headers: Headers::default(),
            payload: Bytes::from(event),
        };
        let event = decode(&message, Origin::File).expect("an event");
        event.answers().pop().map(|answer| answer.choice.into_owned())
    }

    #[test]
    fn choices_of_any_kind_are_written_out() {
        for (json, text) in [
            (r#""x""#, Some("x")),
            ("-2.50", Some("-2.50")),
            ("true", Some("true")),
            ("null", None),
            (r#"{"a":1}"#, None),
            ("[]", Some("")),
            (r#"["b",1,false]"#, Some("b+1+false")),
            (r#"["b",["c",[]],null,{"d":["e"]},"f"]"#, Some("b+c++f")),
            (r#"[[],"a"]"#, Some("+a")),
            (r#"[[{}],"a",[[["b"]]],[null]]"#, Some("+a+b+")),
        ] {
            assert_eq!(choice(json).as_deref(), text, "{json}");
        }
        let (open, close) = ("[".repeat(30_000), "]".repeat(30_000));
        assert_eq!(choice(&format!("{open}7,[8]{close}")).as_deref(), Some("7+8"));
    }
}
