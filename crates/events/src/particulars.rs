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

    fn written(&self, node: usize) -> Option<Cow<'a, str>> {
        match self.document.node(node)? {
            Node::Text(text) => Some(text.clone()),
            Node::Number(text) => Some(Cow::Borrowed(text)),
            Node::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Node::Array { .. } => {
                let chosen: Vec<_> =
                    self.document.elements(node).filter_map(|one| self.written(one)).collect();
                Some(Cow::Owned(chosen.join("+")))
            }
            _ => None,
        }
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
