//! Why an event cannot be used: stable codes, and sentences that say what to mend.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A rejection's stable code. The first that fits is given, in the order E108, E101, E102 ... E107.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Code {
    /// The payload is no I-JSON, or no object in structured mode.
    E101,
    /// A CloudEvents attribute is missing, empty or malformed.
    E102,
    /// No such event type, or not of the subject's family.
    E103,
    /// `source` is not the platform of the subject.
    E104,
    /// The trainee id is malformed or does not belong where the message stands.
    E105,
    /// `data` is missing or a member of it is missing or of the wrong kind.
    E106,
    /// A value is outside its range.
    E107,
    /// The payload is over 64 KiB.
    E108,
}

impl Code {
    /// All codes in the order in which they are tried.
    pub const IN_ORDER: [Code; 8] =
        [Code::E108, Code::E101, Code::E102, Code::E103, Code::E104, Code::E105, Code::E106, Code::E107];

    /// `E101` ... `E108`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::E101 => "E101",
            Code::E102 => "E102",
            Code::E103 => "E103",
            Code::E104 => "E104",
            Code::E105 => "E105",
            Code::E106 => "E106",
            Code::E107 => "E107",
            Code::E108 => "E108",
        }
    }

    /// The name that stands beside the code.
    pub fn name(self) -> &'static str {
        match self {
            Code::E101 => "not-json",
            Code::E102 => "bad-envelope",
            Code::E103 => "unknown-type",
            Code::E104 => "source-mismatch",
            Code::E105 => "subject-mismatch",
            Code::E106 => "bad-data",
            Code::E107 => "out-of-range",
            Code::E108 => "too-large",
        }
    }

    /// The code of this text.
    pub fn parse(text: &str) -> Option<Code> {
        Code::IN_ORDER.into_iter().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.as_str(), self.name())
    }
}

/// A verdict that a message cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {sentence}")]
pub struct Rejection {
    /// The stable code.
    pub code: Code,
    /// What to mend, in one sentence; it never repeats what a person wrote, only names of members and limits.
    pub sentence: String,
    /// JSON pointer of the member at fault, where it is a member's.
    pub pointer: Option<String>,
}

impl Rejection {
    /// A rejection that no single member is at fault for.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Rejection { code, sentence: sentence.into(), pointer: None }
    }

    /// A rejection for the member at `pointer`; the sentence names it.
    pub fn at(code: Code, pointer: impl Into<String>, what: impl fmt::Display) -> Self {
        let pointer = pointer.into();
        Rejection { code, sentence: format!("{pointer} {what}"), pointer: Some(pointer) }
    }
}
