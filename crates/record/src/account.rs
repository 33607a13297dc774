//! VT-1 over all events of one trainee: the plain reference. Clear before fast, and exact.

use std::collections::BTreeMap;

use keshi_events::{EventId, Millis, TraineeId};

use crate::catalogue::Catalogue;
use crate::clock::{Claim, Piece, share_clock};
use crate::constants::Constants;
use crate::coverage::{Content, Slope};
use crate::evidence::{Evidence, Fact, SessionKey, Stretch};
use crate::reason::{Flag, Reason};
use crate::session::{Check, Opening, Session};
use crate::stretch::{Rule, place};
use crate::summary::{Question, Submission, Summary};

/// A trainee's verdict with the way to it: each session, and each millisecond of each stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The verdict.
    pub summary: Summary,
    /// Every session that an event names.
    pub sessions: BTreeMap<SessionKey, Session>,
    /// Every stretch, in order of recording.
    pub stretches: Vec<Judged>,
}

/// A stretch with the fate of each of its milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Stream sequence of its event.
    pub seq: u64,
    /// Its event.
    pub id: EventId,
    /// Its session.
    pub session: SessionKey,
    /// What was sent.
    pub stretch: Stretch,
    /// When the stream received it.
    pub received_at: Millis,
    /// Start after step 3.
    pub start: Millis,
    /// End after step 3.
    pub end: Millis,
    /// Its wall time in order, without gaps.
    pub spans: Vec<Span>,
}

/// Wall time with one fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Start.
    pub start: Millis,
    /// End.
    pub end: Millis,
    /// Why it does not count; none when it does.
    pub excluded: Option<Reason>,
}

impl Judged {
    /// The content of a span of this stretch.
    pub(crate) fn content(&self, span: &Span, constants: &Constants) -> Content {
        let slope = Slope {
            start: self.start.0,
            wall: self.end - self.start,
            from: self.stretch.from_ms,
            content: self.stretch.to_ms - self.stretch.from_ms,
        };
        slope.content(span.start.0, span.end.0, constants)
    }
}

/// Judges all distinct events of a trainee. `changed` tells whether one of their ids came again with other content.
pub fn judge(
    trainee: &TraineeId,
    events: &[Evidence],
    changed: bool,
    constants: &Constants,
    catalogue: &Catalogue,
) -> Account {
    let rule = Rule { constants, catalogue, trainee };
    let mut account = Account { sessions: sessions(events, constants), ..Account::default() };
    if changed {
        account.summary.flags.insert(Flag::EventChanged);
    }
    if account.sessions.values().any(|session| session.offset_ms().abs() > constants.clock_skew_ms) {
        account.summary.flags.insert(Flag::ClockSkew);
    }
    for event in events {
        account.summary.note(event);
        account.place(event, rule);
    }
    account.share(constants);
    account.count(constants);
    account.summary.wall.assert_accounted_for();
    account
}

impl Account {
    /// Steps 3 to 5 of one stretch.
    fn place(&mut self, event: &Evidence, rule: Rule<'_>) {
        let (Fact::Watched(stretch), Some(key)) = (&event.fact, event.session()) else { return };
        let Some(session) = self.sessions.get(&key) else { return };
        let placed = place(stretch, event.received_at, &key, session, rule);
        if placed.clock_ahead {
            self.summary.flags.insert(Flag::ClockAhead);
        }
        if placed.late {
            self.summary.flags.insert(Flag::LateUpload);
        }
        self.stretches.push(Judged {
            seq: event.seq,
            id: event.id.clone(),
            session: key,
            stretch: stretch.clone(),
            received_at: event.received_at,
            start: placed.start,
            end: placed.end,
            spans: placed.parts,
        });
    }

    /// Step 6: one clock per trainee.
    fn share(&mut self, constants: &Constants) {
        let mut pieces = Vec::new();
        for (index, judged) in self.stretches.iter().enumerate() {
            let Some(opening) = self.sessions.get(&judged.session).and_then(|s| s.opening.as_ref()) else {
                continue;
            };
            let claim = Claim {
                at: opening.claim(constants),
                session: &judged.session,
                start: judged.start,
                id: judged.id.as_str(),
            };
            let counted = judged.spans.iter().filter(|span| span.excluded.is_none());
            pieces.extend(counted.map(|span| Piece {
                start: span.start,
                end: span.end,
                claim,
                stretch: index,
            }));
        }
        let mut shares = share_clock(&pieces);
        shares.sort_unstable_by_key(|share| share.stretch);
        for shares in shares.chunk_by(|a, b| a.stretch == b.stretch) {
            let index = shares.first().map(|share| share.stretch);
            if let Some(judged) = index.and_then(|index| self.stretches.get_mut(index)) {
                judged.spans.retain(|span| span.excluded.is_some());
                judged.spans.extend(shares.iter().map(|share| share.span));
                judged.spans.sort_unstable_by_key(|span| span.start);
            }
        }
    }

    /// Sums up, and step 7.
    fn count(&mut self, constants: &Constants) {
        for judged in &self.stretches {
            let stretch = &judged.stretch;
            self.summary.wall.claimed_ms += judged.end - judged.start;
            for span in &judged.spans {
                self.summary.settle(span.start, span.end, span.excluded);
            }
            let coverage = self.summary.coverage(&stretch.course, &stretch.video);
            for span in judged.spans.iter().filter(|span| span.excluded.is_none()) {
                coverage.add(&judged.content(span, constants));
            }
        }
    }
}

impl Summary {
    /// Takes down what needs no judgement.
    pub(crate) fn note(&mut self, event: &Evidence) {
        match &event.fact {
            Fact::Quiz { session, course, quiz, submitted_at, score, max_score } => {
                self.submissions.insert(Submission {
                    course: course.clone(),
                    quiz: quiz.clone(),
                    platform: event.platform.clone(),
                    session: session.clone(),
                    submitted_at: *submitted_at,
                    received_at: event.received_at,
                    seq: event.seq,
                    score: score.0,
                    max_score: max_score.0,
                });
            }
            Fact::Asked { session, course, thread } => {
                self.questions.insert(Question {
                    course: course.clone(),
                    thread: thread.clone(),
                    platform: event.platform.clone(),
                    session: session.clone(),
                    time: event.time,
                    received_at: event.received_at,
                    seq: event.seq,
                });
            }
            Fact::Answered { .. } => self.answers += 1,
            Fact::Presence { outcome, .. } => {
                self.checks.all += 1;
                self.checks.passed += u64::from(*outcome == "passed");
            }
            Fact::Opened { .. } | Fact::Closed { .. } | Fact::Watched(_) => {}
        }
    }
}

/// Step 2: every session that an event names.
fn sessions(events: &[Evidence], constants: &Constants) -> BTreeMap<SessionKey, Session> {
    let mut sessions: BTreeMap<SessionKey, Session> = BTreeMap::new();
    for event in events {
        let Some(key) = event.session() else { continue };
        let session = sessions.entry(key).or_default();
        match &event.fact {
            Fact::Opened { .. } => session.open(event),
            Fact::Watched(_) | Fact::Presence { .. } => session.used = true,
            Fact::Closed { .. } => {
                session.close = Some(session.close.map_or(event.time, |close| close.min(event.time)));
            }
            _ => {}
        }
    }
    let mut checks: BTreeMap<SessionKey, Vec<Check>> = BTreeMap::new();
    for event in events {
        if let Fact::Presence { .. } = &event.fact
            && let Some(key) = event.session()
            && let Some(session) = sessions.get(&key)
            && let Some(check) = session.check(event)
        {
            checks.entry(key).or_default().push(check);
        }
    }
    for (key, checks) in checks {
        if let Some(session) = sessions.get_mut(&key) {
            session.check_presence(&checks, constants);
        }
    }
    sessions
}

impl Session {
    /// Takes an opening when it is the one with the smallest (time, id) so far.
    pub(crate) fn open(&mut self, event: &Evidence) {
        let Fact::Opened { verified, device_time, .. } = &event.fact else { return };
        if self.opening.as_ref().is_some_and(|opening| (opening.time, &opening.id) <= (event.time, &event.id))
        {
            return;
        }
        self.opening = Some(Opening {
            time: event.time,
            id: event.id.clone(),
            seq: event.seq,
            received_at: event.received_at,
            verified: *verified,
            offset_ms: device_time.map_or(0, |device| event.time - device),
        });
    }

    /// A presence check on the session's corrected clock.
    pub(crate) fn check(&self, event: &Evidence) -> Option<Check> {
        let Fact::Presence { prompted_at, passed_at, .. } = &event.fact else { return None };
        let offset = self.offset_ms();
        Some(Check {
            prompted_at: *prompted_at + offset,
            passed_at: passed_at.map(|at| at + offset),
            received_at: event.received_at,
        })
    }
}
