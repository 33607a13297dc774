//! One person's life on one platform: what is done, and what the platform says of it.

use std::sync::Arc;

use keshi_events::Millis;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use uuid::Builder;

use crate::book::Book;
use crate::device::{Device, Session};
use crate::happening::{Answer, Happening, Paper, Sent, What};
use crate::network::Network;
use crate::pace::Pace;
use crate::platform::Platform;
use crate::timetable::Timetable;

/// What became of a report on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It arrives, sooner or later.
    Arrives,
    /// Nobody ever hears of it.
    Lost,
}

/// A stretch of watching.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Counted from 0.
    pub(crate) video: usize,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) wall: i64,
    /// The speed that the player shows.
    pub(crate) shown_pace: Pace,
}

/// A life in progress. Times are the true ones; devices and servers may think otherwise.
pub(crate) struct Life {
    /// Counted from 0.
    pub(crate) who: u32,
    pub(crate) trainee: String,
    pub(crate) platform: Arc<Platform>,
    /// All usual ones.
    pub(crate) platforms: Vec<Arc<Platform>>,
    pub(crate) timetable: Arc<Timetable>,
    /// Attributes travel as headers.
    pub(crate) binary: bool,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) book: Book,
    /// The true time now.
    pub(crate) now: Millis,
    pub(crate) network: Network,
    pub(crate) device: Device,
    /// Courses beside the platform's own in which something was reported, and nothing studied.
    pub(crate) beside: Vec<&'static str>,
    session: Arc<Session>,
    /// A check that came up while the video ran on is answered by then.
    answers_until: Millis,
    questions: u32,
    number: u32,
    sent: Vec<Sent>,
}

pub(crate) const ITEMS: u32 = 10;
const CHOICES: [char; 4] = ['A', 'B', 'C', 'D'];

impl Life {
    pub(crate) fn new(
        who: u32,
        platform: Arc<Platform>,
        platforms: Vec<Arc<Platform>>,
        timetable: Arc<Timetable>,
        mut rng: ChaCha8Rng,
    ) -> Life {
        let device = Device::of(who, &mut rng);
        let session = Arc::new(device.session(Millis(0), &platform, &mut rng));
        Life {
            who,
            trainee: trainee_id(who),
            binary: rng.random_range(0..1000) < platform.binary_per_mille,
            platform,
            timetable,
            rng,
            book: Book::default(),
            now: Millis(0),
            network: Network::default(),
            beside: Vec::new(),
            platforms,
            device,
            session,
            answers_until: Millis(0),
            questions: 0,
            number: 0,
            sent: Vec::new(),
        }
    }

    /// What was sent since this was asked last.
    pub(crate) fn take_sent(&mut self) -> std::vec::Drain<'_, Sent> {
        self.sent.drain(..)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.random_range(0..1000) < per_mille
    }

    /// Time passes: from so many ms to less than so many.
    pub(crate) fn wait(&mut self, ms: std::ops::Range<i64>) {
        self.now = self.now + self.rng.random_range(ms);
    }

    /// Signs in, with the person's identity proven.
    pub(crate) fn sign_in(&mut self) {
        self.sign_in_on(&Arc::clone(&self.platform));
    }

    /// Signs in on a platform, which may be another one than the person's own.
    pub(crate) fn sign_in_on(&mut self, platform: &Arc<Platform>) {
        self.session = Arc::new(self.device.session(self.now, platform, &mut self.rng));
        self.send(self.now, What::SignedIn);
    }

    /// The session in use.
    pub(crate) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Uses a session that was opened before; gives the one in use until now.
    pub(crate) fn switch_to(&mut self, session: Arc<Session>) -> Arc<Session> {
        std::mem::replace(&mut self.session, session)
    }

    /// The platform says of a moment what it likes; no time passes.
    pub(crate) fn report(&mut self, at: Millis, what: What) {
        self.send(at, what);
    }

    /// The platform says what its device shows for a moment, which need not be now.
    pub(crate) fn report_from(&mut self, now: Millis, shown: Millis, what: What) {
        let arrives = self.network.arrival(now, &mut self.rng);
        let happening = self.happening(shown, what);
        self.post(arrives, happening);
    }

    /// What was reported last of watching is said again under the same id, with a position that is so much less.
    pub(crate) fn takes_back(&mut self, less_ms: i64) {
        let watched = |sent: &&Sent| matches!(sent.happening.what, What::Watched { .. });
        let Some(mut happening) = self.sent.iter().rev().find(watched).map(|sent| sent.happening.clone())
        else {
            return;
        };
        if let What::Watched { from, to, .. } = &mut happening.what {
            *to = (*to - less_ms).max(*from);
        }
        let again = self.now + self.rng.random_range(3_600_000..7_200_000);
        self.post(again, happening);
    }

    /// Waits until the last check is answered.
    pub(crate) fn waits_for_answer(&mut self) {
        self.now = self.now.max(self.answers_until);
    }

    /// Signs out. The word of it may get lost.
    pub(crate) fn sign_out(&mut self) {
        self.now = self.now.max(self.answers_until);
        self.send_or_lose(self.now, What::SignedOut);
    }

    /// Is asked to show presence, and answers after so many ms. The platform decides whether time passes meanwhile.
    pub(crate) fn shows_presence(&mut self, after_ms: i64) {
        let (asked, answered) = (self.now, self.now + after_ms);
        self.send(answered, What::AskedForPresence { asked, answered: Some(answered) });
        self.answers_until = answered;
        if self.platform.pauses_for_checks {
            self.now = answered;
        }
    }

    /// Nobody is there to answer. The platform gives up after a minute, and lets the video run on.
    pub(crate) fn misses_check(&mut self, asked: Millis) {
        self.send(asked + 60_000, What::AskedForPresence { asked, answered: None });
    }

    /// Watches; time passes. Says whether the platform's report arrives.
    pub(crate) fn watch(&mut self, stretch: Stretch) -> Delivery {
        let Stretch { video, from, to, wall, shown_pace } = stretch;
        self.now = self.now + wall;
        self.send_or_lose(self.now, What::Watched { video, from, to, wall, shown_pace })
    }

    /// Takes a quiz with so many right answers of ten, within about so long; time passes.
    pub(crate) fn take_quiz(&mut self, quiz: usize, attempt: u32, right: u32, minutes: i64) {
        let started = self.now;
        let mut wrong_left = ITEMS - right.min(ITEMS);
        let mut answers = Vec::with_capacity(ITEMS as usize);
        for item in 0..ITEMS {
            let pause = minutes * 60_000 / i64::from(ITEMS);
            self.wait(pause * 3 / 4..pause * 5 / 4);
            let wrong = self.rng.random_range(0..ITEMS - item) < wrong_left;
            wrong_left -= u32::from(wrong);
            answers.push(Answer { choice: self.choose(quiz, item, wrong), correct: !wrong, at: self.now });
        }
        self.wait(1_000..20_000);
        self.send(self.now, What::HandedIn(Box::new(Paper { quiz, attempt, started, answers })));
    }

    /// The right choice of an item, or one of the wrong ones.
    pub(crate) fn choose(&mut self, quiz: usize, item: u32, wrong: bool) -> char {
        let right = (quiz * 7 + item as usize * 5) % CHOICES.len();
        let off = if wrong { self.rng.random_range(1..CHOICES.len()) } else { 0 };
        CHOICES.get((right + off) % CHOICES.len()).copied().unwrap_or('A')
    }

    /// Asks a question; an instructor answers the next morning.
    pub(crate) fn ask(&mut self) {
        let thread = self.now;
        self.questions += 1;
        self.send(self.now, What::AskedQuestion { thread });
        let answered = self.now + self.rng.random_range(11 * 3_600_000..14 * 3_600_000);
        self.send(answered, What::GotAnswer { thread });
    }

    /// So many questions were asked so far.
    pub(crate) fn questions(&self) -> u32 {
        self.questions
    }

    fn send_or_lose(&mut self, at: Millis, what: What) -> Delivery {
        if self.network.loses(&mut self.rng) {
            return Delivery::Lost;
        }
        self.send(at, what);
        Delivery::Arrives
    }

    fn happening(&mut self, at: Millis, what: What) -> Happening {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let stamped = (at + self.platform.clock_fast_ms).0.unsigned_abs();
        let id = Builder::from_unix_timestamp_millis(stamped, &random).into_uuid();
        Happening { id, at, session: Arc::clone(&self.session), what }
    }

    /// The platform says it: with the network's delay, sometimes twice.
    fn send(&mut self, at: Millis, what: What) {
        let happening = self.happening(at, what);
        let arrives = self.network.arrival(at, &mut self.rng);
        if self.chance(10) {
            // The acknowledgement got lost: the same event once more.
            let again = arrives + self.rng.random_range(500..20_000);
            self.post(again, happening.clone());
        }
        self.post(arrives, happening);
    }

    fn post(&mut self, arrives: Millis, happening: Happening) {
        self.number += 1;
        self.sent.push(Sent { arrives, who: self.who, number: self.number, happening });
    }
}

/// The trainee id of a person.
pub(crate) fn trainee_id(who: u32) -> String {
    format!("t{:04}", u64::from(who) + 1)
}
