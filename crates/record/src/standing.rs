//! A trainee's verdict kept up to date: what most events change can be told without looking back.
//!
//! Most events add to what stands: a stretch after all others, a sign-in before its first stretch, a check that was passed
//! in time. [`Standing::fold`] takes those at once. Whatever could change the past (a late sign-in, a missed check over
//! watched time, a stretch that wins a moment from another one) answers [`NeedsHistory`]; then the plain reference judges
//! all events, and a new standing begins. So there is one rule, and a short cut that is taken only where it is certain.

use std::collections::BTreeMap;

use keshi_events::{CourseId, Millis, VideoId};
use serde::{Deserialize, Serialize};

use crate::account::{Account, Span};
use crate::catalogue::Course;
use crate::clock::lost_to;
use crate::completion::{Completion, assessed_by, completed, is_covered};
use crate::coverage::{Content, Coverage, Slope};
use crate::evidence::{Evidence, Fact, SessionKey, Stretch};
use crate::reach::{Piece, Reach, Reached};
use crate::reason::{Flag, Reason};
use crate::session::{Loss, Session};
use crate::stretch::{Placed, Rule, place};
use crate::summary::Summary;

/// Stretches of taken clock that are kept apart; older ones melt into one that needs history to tell.
const MAX_TAKEN: usize = 48;

/// The event could change what was already judged: judge the whole history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedsHistory;

/// What is known of a trainee after some events, and enough of how to take the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    summary: Summary,
    sessions: Vec<Known>,
    taken: Vec<Taken>,
    ways: BTreeMap<CourseId, Way>,
}

/// How a trainee came through a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Way {
    /// The first moment of wall time that counts.
    first: Millis,
    videos: BTreeMap<VideoId, Reach>,
}

/// A session, and how far its judged wall time reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    key: SessionKey,
    session: Session,
    reach: Option<Millis>,
}

/// Wall time that has its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    start: Millis,
    end: Millis,
    /// Session and latest start of its stretches here; none where many have melted together.
    owner: Option<(usize, Millis)>,
}

impl Standing {
    /// The standing after a whole history.
    pub fn of(account: Account, rule: Rule<'_>) -> Standing {
        let ways = ways(&account, rule);
        let mut sessions: Vec<Known> =
            account.sessions.into_iter().map(|(key, session)| Known { key, session, reach: None }).collect();
        let mut taken: Vec<Taken> = Vec::new();
        for judged in &account.stretches {
            let Ok(index) = sessions.binary_search_by(|known| known.key.cmp(&judged.session)) else {
                continue;
            };
            if let Some(known) = sessions.get_mut(index) {
                known.reach = known.reach.max(Some(judged.end));
            }
            let attested =
                judged.spans.iter().filter(|span| span.excluded.is_none() && span.start < span.end);
            taken.extend(attested.map(|span| Taken {
                start: span.start,
                end: span.end,
                owner: Some((index, judged.start)),
            }));
        }
        taken.sort_unstable_by_key(|taken| taken.start);
        let mut standing = Standing { summary: account.summary, sessions, taken: Vec::new(), ways };
        for piece in taken {
            standing.take(piece);
        }
        standing
    }

    /// The verdict.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The sessions that are known, in no particular order.
    pub fn sessions(&self) -> impl Iterator<Item = (&SessionKey, &Session)> {
        self.sessions.iter().map(|known| (&known.key, &known.session))
    }

    /// A session of this trainee.
    pub fn session(&self, key: &SessionKey) -> Option<&Session> {
        self.sessions.iter().rev().find(|known| known.key == *key).map(|known| &known.session)
    }

    /// The completion of a registered course; none while it is not completed. Says what the reference says, or that only
    /// the whole history can tell.
    ///
    /// # Errors
    /// [`NeedsHistory`]
    pub fn completion(
        &self,
        id: &CourseId,
        course: &Course,
        rule: Rule<'_>,
    ) -> Result<Option<Completion>, NeedsHistory> {
        let (Some(way), Some(videos)) = (self.ways.get(id), self.summary.courses.get(id)) else {
            return Ok(None);
        };
        if course.quizzes.is_empty() || course.videos.is_empty() {
            return Ok(None);
        }
        let covered = |(video, duration): (&VideoId, &i64)| {
            videos.get(video).is_some_and(|coverage| is_covered(coverage, *duration, rule.constants))
        };
        if !course.videos.iter().all(covered) {
            return Ok(None);
        }
        let session = |key: &SessionKey| self.session(key);
        let Some(assessed) = assessed_by(id, course, &self.summary, session, rule) else { return Ok(None) };
        let mut studied = Vec::with_capacity(course.videos.len());
        for (video, duration) in &course.videos {
            match way.videos.get(video).map(|reach| reach.reached(*duration)) {
                Some(Reached::At(at, seq)) => studied.push((at, seq)),
                _ => return Err(NeedsHistory),
            }
        }
        Ok(completed(&studied, &assessed, way.first))
    }

    /// An id came again with other content.
    pub fn note_changed(&mut self) {
        self.summary.flags.insert(Flag::EventChanged);
    }

    /// Takes one more distinct event.
    ///
    /// # Errors
    /// [`NeedsHistory`], with nothing changed, when the event might change what was already judged.
    pub fn fold(&mut self, event: &Evidence, rule: Rule<'_>) -> Result<(), NeedsHistory> {
        match (&event.fact, event.session()) {
            (Fact::Opened { .. }, Some(key)) => self.open(event, key, rule)?,
            (Fact::Closed { .. }, Some(key)) => self.close(event.time, key)?,
            (Fact::Presence { .. }, Some(key)) => self.check(event, key, rule)?,
            (Fact::Watched(stretch), Some(key)) => self.watch(stretch, event, key, rule)?,
            _ => {}
        }
        self.summary.note(event);
        self.summary.wall.assert_accounted_for();
        Ok(())
    }

    fn open(&mut self, event: &Evidence, key: SessionKey, rule: Rule<'_>) -> Result<(), NeedsHistory> {
        let known = self.known(key);
        let mut opened = known.session.clone();
        opened.open(event);
        if opened == known.session {
            return Ok(());
        }
        if known.session.opening.is_some() || known.session.used {
            return Err(NeedsHistory);
        }
        known.session = opened;
        if known.session.offset_ms().abs() > rule.constants.clock_skew_ms {
            self.summary.flags.insert(Flag::ClockSkew);
        }
        Ok(())
    }

    fn close(&mut self, time: Millis, key: SessionKey) -> Result<(), NeedsHistory> {
        let known = self.known(key);
        if known.session.close.is_some_and(|close| close <= time) {
            return Ok(());
        }
        if known.reach.is_some_and(|reach| reach > time) {
            return Err(NeedsHistory);
        }
        known.session.close = Some(time);
        Ok(())
    }

    fn check(&mut self, event: &Evidence, key: SessionKey, rule: Rule<'_>) -> Result<(), NeedsHistory> {
        let known = self.known(key);
        let Some(check) = known.session.check(event) else { return Ok(()) };
        let answer = known.session.believed(check, rule.constants);
        let mut losses = known.session.losses.clone();
        if !known.session.in_grace(check, rule.constants) {
            let judged_beyond = known.reach.is_some_and(|reach| reach > check.prompted_at);
            let answered_beyond = known.session.last_answer.is_some_and(|last| last >= check.prompted_at);
            if judged_beyond || answered_beyond {
                return Err(NeedsHistory);
            }
            losses.push(Loss { from: check.prompted_at, until: None });
        }
        if let Some(answer) = answer {
            for loss in &mut losses {
                if loss.from <= answer && loss.until.is_none_or(|until| until > answer) {
                    if known.reach.is_some_and(|reach| reach > answer) {
                        return Err(NeedsHistory);
                    }
                    loss.until = Some(answer);
                }
            }
        }
        known.session.losses = losses;
        known.session.last_answer = known.session.last_answer.max(answer);
        known.session.used = true;
        Ok(())
    }

    fn watch(
        &mut self,
        stretch: &Stretch,
        event: &Evidence,
        key: SessionKey,
        rule: Rule<'_>,
    ) -> Result<(), NeedsHistory> {
        let index = self.index(key);
        let Some(known) = self.sessions.get(index) else { return Err(NeedsHistory) };
        let placed = place(stretch, event.received_at, &known.key, &known.session, rule);
        let spans = self.share(index, &placed, rule)?;

        self.summary.wall.claimed_ms += placed.end - placed.start;
        if placed.clock_ahead {
            self.summary.flags.insert(Flag::ClockAhead);
        }
        if placed.late {
            self.summary.flags.insert(Flag::LateUpload);
        }
        self.summary.coverage(&stretch.course, &stretch.video);
        let duration = duration(stretch, rule);
        let slope = Slope {
            start: placed.start.0,
            wall: placed.end - placed.start,
            from: stretch.from_ms,
            content: stretch.to_ms - stretch.from_ms,
        };
        for span in &spans {
            self.summary.settle(span.start, span.end, span.excluded);
            if span.excluded.is_none() && span.start < span.end {
                let content = slope.content(span.start.0, span.end.0, rule.constants);
                let piece = Piece { start: span.start, end: span.end, content, seq: event.seq };
                let coverage = self.summary.coverage(&stretch.course, &stretch.video);
                go(&mut self.ways, coverage, stretch, piece, duration, rule);
                self.take(Taken { start: span.start, end: span.end, owner: Some((index, placed.start)) });
            }
        }
        if let Some(known) = self.sessions.get_mut(index) {
            known.reach = known.reach.max(Some(placed.end));
            known.session.used = true;
        }
        Ok(())
    }

    /// Step 6 for a stretch that loses every contested moment; one that might win needs history.
    fn share(&self, index: usize, placed: &Placed, rule: Rule<'_>) -> Result<Vec<Span>, NeedsHistory> {
        let mut spans = Vec::with_capacity(placed.parts.len());
        for part in &placed.parts {
            if part.excluded.is_some() {
                spans.push(Span { start: part.start, end: part.end, excluded: part.excluded });
                continue;
            }
            let mut at = part.start;
            let first = self.beyond(part.start);
            for taken in self.taken.iter().skip(first).take_while(|taken| taken.start < part.end) {
                let reason = self.loses(index, placed.start, taken, rule)?;
                if at < taken.start {
                    spans.push(Span { start: at, end: taken.start, excluded: None });
                }
                let (from, to) = (taken.start.max(part.start), taken.end.min(part.end));
                spans.push(Span { start: from, end: to, excluded: Some(reason) });
                at = to;
            }
            if at < part.end {
                spans.push(Span { start: at, end: part.end, excluded: None });
            }
        }
        Ok(spans)
    }

    /// Why a stretch of a session that starts at `start` loses a taken moment for certain.
    fn loses(
        &self,
        index: usize,
        start: Millis,
        taken: &Taken,
        rule: Rule<'_>,
    ) -> Result<Reason, NeedsHistory> {
        let (owner, latest_start) = taken.owner.ok_or(NeedsHistory)?;
        if owner == index {
            return if latest_start < start { Ok(Reason::Overlap) } else { Err(NeedsHistory) };
        }
        let claim = |index: usize| {
            let known = self.sessions.get(index)?;
            Some((known.session.opening.as_ref()?.claim(rule.constants), &known.key))
        };
        match (claim(owner), claim(index)) {
            (Some(winner), Some(loser)) if winner < loser => Ok(lost_to(loser.1, winner.1)),
            _ => Err(NeedsHistory),
        }
    }

    /// The place of the first piece of taken time that ends after a moment: mostly there is none.
    fn beyond(&self, moment: Millis) -> usize {
        match self.taken.last() {
            Some(last) if last.end > moment => self.taken.partition_point(|taken| taken.end <= moment),
            _ => self.taken.len(),
        }
    }

    /// Enters wall time that is free so far.
    fn take(&mut self, piece: Taken) {
        let at = self.beyond(piece.start);
        let touches = |taken: &Taken| match (taken.owner, piece.owner) {
            (Some((a, _)), Some((b, _))) => a == b && taken.end == piece.start,
            _ => false,
        };
        match at.checked_sub(1).and_then(|before| self.taken.get_mut(before)) {
            Some(before) if touches(before) => {
                before.end = piece.end;
                let latest = before.owner.max(piece.owner);
                before.owner = latest;
            }
            _ => self.taken.insert(at, piece),
        }
        if self.taken.len() > MAX_TAKEN {
            let old = self.taken.remove(0);
            if let Some(first) = self.taken.first_mut() {
                *first = Taken { start: old.start, end: first.end, owner: None };
            }
        }
    }

    fn index(&mut self, key: SessionKey) -> usize {
        if let Some(index) = self.sessions.iter().rposition(|known| known.key == key) {
            return index;
        }
        self.sessions.push(Known { key, session: Session::default(), reach: None });
        self.sessions.len() - 1
    }

    #[allow(clippy::indexing_slicing, reason = "the index was found or made in the line before")]
    fn known(&mut self, key: SessionKey) -> &mut Known {
        let index = self.index(key);
        &mut self.sessions[index]
    }
}

/// The duration of a stretch's video, where it is registered.
fn duration(stretch: &Stretch, rule: Rule<'_>) -> Option<i64> {
    rule.catalogue.course(&stretch.course)?.videos.get(&stretch.video).copied()
}

/// Adds a piece to what is covered of its video, and to the way there.
fn go(
    ways: &mut BTreeMap<CourseId, Way>,
    coverage: &mut Coverage,
    stretch: &Stretch,
    piece: Piece,
    duration: Option<i64>,
    rule: Rule<'_>,
) {
    if !ways.contains_key(&stretch.course) {
        let way = Way { first: piece.start, videos: BTreeMap::new() };
        ways.insert(stretch.course.clone(), way);
    }
    let Some(way) = ways.get_mut(&stretch.course) else { return };
    way.first = way.first.min(piece.start);
    if !way.videos.contains_key(&stretch.video) {
        way.videos.insert(stretch.video.clone(), Reach::default());
    }
    let Some(reach) = way.videos.get_mut(&stretch.video) else { return };
    let (fresh, now) = (reach.begin(coverage, duration, rule.constants), piece.start);
    coverage.add(&piece.content);
    reach.add(piece, coverage, rule.constants);
    if fresh {
        for reach in ways.values_mut().flat_map(|way| way.videos.values_mut()) {
            reach.rest(now);
        }
    }
}

/// The way through every course, out of a whole history.
fn ways(account: &Account, rule: Rule<'_>) -> BTreeMap<CourseId, Way> {
    let mut pieces: Vec<(&Stretch, Piece)> = Vec::new();
    for judged in &account.stretches {
        let counted = judged.spans.iter().filter(|span| span.excluded.is_none() && span.start < span.end);
        pieces.extend(counted.map(|span| {
            let content: Content = judged.content(span, rule.constants);
            (&judged.stretch, Piece { start: span.start, end: span.end, content, seq: judged.seq })
        }));
    }
    // One clock: no two of them share a moment.
    pieces.sort_unstable_by_key(|(_, piece)| piece.start);
    let mut ways = BTreeMap::new();
    let mut covered: BTreeMap<(&CourseId, &VideoId), Coverage> = BTreeMap::new();
    for (stretch, piece) in pieces {
        let coverage = covered.entry((&stretch.course, &stretch.video)).or_default();
        go(&mut ways, coverage, stretch, piece, duration(stretch, rule), rule);
    }
    ways
}
