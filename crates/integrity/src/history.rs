//! One trainee's events, as far as the checks ask: gathered one by one, so that the events themselves need not be kept.

use keshi_events::{Event, Millis};
use keshi_record::{Evidence, Fact, Names, SessionKey, Turn, first_of_each};

use crate::extract::{Extract, Particulars, Said};
use crate::one::changed::Changed;
use crate::traces::{Answer, Sheet};

/// One trainee's distinct accepted events, in order of `seq`.
#[derive(Debug, Default)]
pub struct History {
    /// What they prove.
    pub(crate) events: Vec<Evidence>,
    /// Quiz papers, with their session; times as the device sent them.
    pub(crate) papers: Vec<(SessionKey, Sheet)>,
    /// Located sign-ins: stream sequence, longitude, latitude.
    pub(crate) places: Vec<(u64, f64, f64)>,
    /// Events that came again with other content.
    pub(crate) changed: Vec<Changed>,
}

impl History {
    /// Gathers accepted events in order of `seq`, among which repeats may be: the first of each id stands.
    pub fn of(events: &[Event<'_>]) -> History {
        let (mut history, mut names) = (History::default(), Names::default());
        for turn in first_of_each(events) {
            match turn {
                Turn::First(event) => history.take(Extract::of(event, &mut names)),
                Turn::Again { same: true, .. } => {}
                Turn::Again { first, event, same: false } => {
                    history.changed.push(Changed { seq: event.seq, first: first.seq });
                }
            }
        }
        history
    }

    /// The same, where these came again with other content.
    pub fn with_changed(self, changed: Vec<Changed>) -> History {
        History { changed, ..self }
    }

    /// Takes the next event, of which no other one has platform and id.
    pub fn take(&mut self, extract: Extract) {
        let Extract { evidence, particulars } = extract;
        match particulars {
            Particulars::None => {}
            Particulars::Paper { started, answers } => self.papers.extend(paper(&evidence, started, answers)),
            Particulars::Place { longitude, latitude } => {
                self.places.push((evidence.seq, longitude, latitude));
            }
        }
        self.events.push(evidence);
    }

    /// How many events it has.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

fn paper(evidence: &Evidence, started: Millis, said: Vec<Said>) -> Option<(SessionKey, Sheet)> {
    let Fact::Quiz { course, quiz, submitted_at, .. } = &evidence.fact else { return None };
    let answer = |Said { item, choice, correct, at }| Answer { item, choice, correct, at, took: None };
    let mut answers: Vec<Answer> = said.into_iter().map(answer).collect();
    answers.sort_by_key(|answer| answer.at);
    let mut before = started;
    for answer in &mut answers {
        answer.took = answer.at.map(|at| (at - before).max(0));
        before = answer.at.unwrap_or(before);
    }
    answers.sort_by(|a, b| (&a.item, a.at).cmp(&(&b.item, b.at)));
    answers.dedup_by(|again, first| again.item == first.item);
    let sheet = Sheet {
        platform: evidence.platform.clone(),
        id: evidence.id.clone(),
        seq: evidence.seq,
        course: course.clone(),
        quiz: quiz.clone(),
        started,
        submitted: *submitted_at,
        answers,
    };
    Some((evidence.session()?, sheet))
}
