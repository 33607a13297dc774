//! Lives that are lived evening by evening, each one at a stroke; and what most of them do there.

use std::sync::Arc;

use keshi_events::Millis;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Next, Persona, STRETCH_MS};
use crate::device::Address;
use crate::happening::{Answer, Paper, What};
use crate::life::{Delivery, ITEMS, Life, Stretch};
use crate::pace::Pace;
use crate::truth::TruthFlag;

pub(super) const MINUTE_MS: i64 = 60_000;

/// A way to spend evenings.
pub(crate) trait Evenings: Send {
    /// The name in the truth file.
    const NAME: &'static str;
    /// Flags that must be raised, with the least level.
    const FLAGS: &'static [(&'static str, &'static str)];
    /// The platform on which it must be, if not on any.
    const PLATFORM: Option<&'static str> = None;
    /// One evening: `life.now` stands at its beginning.
    fn evening(&mut self, number: usize, life: &mut Life) -> Next;
}

/// A dishonest life, evening by evening.
pub(crate) struct ByEvening<T> {
    next: usize,
    way: T,
}

impl<T> ByEvening<T> {
    pub(crate) fn new(way: T) -> Self {
        ByEvening { next: 0, way }
    }
}

impl<T: Evenings> Persona for ByEvening<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn platform(&self) -> Option<&'static str> {
        T::PLATFORM
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        T::FLAGS.iter().map(|(flag, level)| TruthFlag { flag, level }).collect()
    }

    fn act(&mut self, life: &mut Life) -> Next {
        let timetable = Arc::clone(&life.timetable);
        let Some(begins) = timetable.evening(self.next) else { return Next::IsOver };
        life.now = begins.max(life.now);
        self.next += 1;
        self.way.evening(self.next - 1, life)
    }
}

/// People who act together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    pub(crate) seed: u64,
    pub(crate) number: u32,
    /// Which of them, counted from 0.
    pub(crate) place: u32,
}

impl Ring {
    /// What all of them draw alike.
    pub(super) fn chance(self, what: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x0072_696e_6700_0000);
        rng.set_stream(u64::from(self.number) << 16 | what);
        rng
    }

    /// One device for all.
    pub(super) fn shares_device(self, life: &mut Life) {
        life.device.name = format!("device-s{:05}", self.number).into();
        life.device.keeps_time();
        self.shares_address(life);
    }

    /// One address for all.
    pub(super) fn shares_address(self, life: &mut Life) {
        life.device.home = Address::shared(self.number);
        life.device.roams_per_mille = 0;
    }
}

/// How stretch follows stretch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beat {
    /// As platforms' players do: about half a minute each, hardly a gap.
    Loose,
    /// To the millisecond.
    Exact,
}

/// Going through a course from its beginning, at the plain pace, whether or not somebody watches.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Study {
    pub(super) video: usize,
    pub(super) position: i64,
}

impl Study {
    /// Plays until a moment, or through. Checks every `ask` minutes are answered soon.
    pub(super) fn play(&mut self, life: &mut Life, until: Millis, beat: Beat, ask: i64) {
        life.wait(3_000..8_000);
        let mut next_check = life.now + ask * MINUTE_MS;
        while life.now < until && !self.is_through(life) {
            if life.now >= next_check {
                let answer = life.rng.random_range(2_000..20_000);
                life.shows_presence(answer);
                next_check = life.now + ask * MINUTE_MS;
            }
            self.stretch(life, beat);
        }
    }

    /// One stretch.
    pub(super) fn stretch(&mut self, life: &mut Life, beat: Beat) {
        let wish = match beat {
            Beat::Loose => STRETCH_MS + life.rng.random_range(-60..60),
            Beat::Exact => STRETCH_MS,
        };
        self.watch(life, wish);
        if let Beat::Loose = beat {
            life.wait(0..4);
        }
    }

    /// Watches on for so long, at most to the video's end.
    pub(super) fn watch(&mut self, life: &mut Life, wish: i64) {
        let Some(length) = length(life, self.video) else { return };
        let (to, wall) = Pace::PLAIN.play(self.position, length, wish);
        let stretch = Stretch { video: self.video, from: self.position, to, wall, shown_pace: Pace::PLAIN };
        if life.watch(stretch) == Delivery::Arrives {
            life.book.attended(self.video, self.position, to);
        }
        self.position = to;
        if to >= length {
            (self.video, self.position) = (self.video + 1, 0);
        }
    }

    pub(super) fn is_through(&self, life: &Life) -> bool {
        self.video >= life.platform.course.videos.len()
    }
}

pub(super) fn length(life: &Life, video: usize) -> Option<i64> {
    life.platform.course.videos.get(video).map(|video| video.duration_ms)
}

/// All quizzes of the course with so many right, each in so many minutes; and a question.
pub(super) fn examine(life: &mut Life, right: std::ops::Range<u32>, minutes: i64) {
    for quiz in 0..life.platform.course.quizzes.len() {
        let right = life.rng.random_range(right.clone());
        life.take_quiz(quiz, 1, right, minutes);
        life.wait(5_000..40_000);
    }
    life.ask();
}

/// Hands in a paper on which each item was answered at a moment of its own.
pub(super) fn hand_in(life: &mut Life, quiz: usize, started: Millis, answers: Vec<Answer>) {
    life.now = answers.iter().map(|answer| answer.at).fold(life.now, Millis::max);
    life.wait(1_000..5_000);
    life.report(life.now, What::HandedIn(Box::new(Paper { quiz, attempt: 1, started, answers })));
}

/// The numbers of a quiz's items.
pub(super) fn items() -> std::ops::Range<u32> {
    0..ITEMS
}

/// Signs out, and is there again the next evening.
pub(super) fn good_night(life: &mut Life) -> Next {
    life.wait(500..2_000);
    life.sign_out();
    Next::GoesOn
}
