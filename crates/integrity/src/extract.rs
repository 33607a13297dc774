//! What the rule and the checks need of an event, in few bytes: the trail keeps it beside the message, so that looking a history
//! over again needs no JSON. It follows from the message, and a verification compares the two.

use keshi_events::{self as events, Event, Millis};
use keshi_record::{Evidence, Names, NotEvidence};
use serde::{Deserialize, Serialize};

/// The first byte: another one is of a version that this one does not know.
const VERSION: u8 = 1;

/// An event, as far as the checks ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// What it proves.
    pub(crate) evidence: Evidence,
    /// What it says beside that.
    pub(crate) particulars: Particulars,
}

/// What few events say, and the rule does not ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Particulars {
    /// Nothing.
    None,
    /// Of a paper, by the device's clock: its beginning, and the answers as they came.
    Paper {
        /// Begun.
        started: Millis,
        /// Not yet in order, nor timed.
        answers: Vec<Said>,
    },
    /// Where somebody signed in.
    Place {
        /// Degrees.
        longitude: f64,
        /// Degrees.
        latitude: f64,
    },
}

/// An answer as it came: an item may stand among them twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The item.
    pub(crate) item: Box<str>,
    /// What was chosen.
    pub(crate) choice: Box<str>,
    /// Whether it was right, where the event says so.
    pub(crate) correct: Option<bool>,
    /// When, by the device's clock, where the event says so.
    pub(crate) at: Option<Millis>,
}

/// The bytes are no extract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnExtract {
    /// Another version wrote them.
    #[error("an extract of version {0:?} cannot be read here")]
    Version(Option<u8>),
    /// They were changed.
    #[error(transparent)]
    Evidence(#[from] NotEvidence),
    /// They were changed.
    #[error("{0}")]
    Particulars(#[from] postcard::Error),
    /// They were changed.
    #[error("something follows the extract")]
    TooLong,
}

impl Extract {
    /// What is needed of an event.
    pub fn of(event: &Event<'_>, names: &mut Names) -> Extract {
        Extract { evidence: Evidence::of(event, names), particulars: Particulars::of(event) }
    }

    /// Reads what [`write_extract`] wrote of an event of that sequence and receipt.
    ///
    /// # Errors
    /// When something else wrote it.
    pub fn read(event: (u64, Millis), bytes: &[u8], names: &mut Names) -> Result<Extract, NotAnExtract> {
        let Some((&VERSION, bytes)) = bytes.split_first() else {
            return Err(NotAnExtract::Version(bytes.first().copied()));
        };
        let (evidence, bytes) = Evidence::read_short(event, bytes, names)?;
        let (particulars, rest) = postcard::take_from_bytes(bytes)?;
        if rest.is_empty() { Ok(Extract { evidence, particulars }) } else { Err(NotAnExtract::TooLong) }
    }
}

/// Writes what is needed of an event behind what is there; `evidence` is what it proves. Equal events give equal bytes.
///
/// # Errors
/// None that is known of: writing into memory does not fail.
pub fn write_extract(
    event: &Event<'_>,
    evidence: &Evidence,
    into: &mut Vec<u8>,
) -> Result<(), postcard::Error> {
    into.push(VERSION);
    evidence.write_short(into)?;
    *into = postcard::to_extend(&Particulars::of(event), std::mem::take(into))?;
    Ok(())
}

impl Particulars {
    fn of(event: &Event<'_>) -> Particulars {
        match &event.said {
            events::Said::Quiz(quiz) => {
                let answers = event.answers().into_iter().map(|answer| Said {
                    item: answer.item.as_ref().into(),
                    choice: answer.choice.as_ref().into(),
                    correct: answer.correct,
                    at: answer.answered_at,
                });
                Particulars::Paper { started: quiz.started_at, answers: answers.collect() }
            }
            events::Said::Opened(_) => match event.location() {
                Some((longitude, latitude)) => Particulars::Place { longitude, latitude },
                None => Particulars::None,
            },
            _ => Particulars::None,
        }
    }
}
