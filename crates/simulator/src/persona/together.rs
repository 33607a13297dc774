//! Frauds of several people: rings that share a device, an address, answers or a list.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::Next;
use super::evenings::*;
use crate::happening::Answer;
use crate::life::Life;

/// One device that studies for one after the other.
pub(crate) struct ProxyFarm(pub(crate) Ring, pub(crate) Course);

/// How far this one has got in the course.
#[derive(Default)]
pub(crate) struct Course(Study);

impl Evenings for ProxyFarm {
    const NAME: &'static str = "proxy-farm";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("device-shared", "hold")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        self.0.shares_device(life);
        if self.0.number.is_multiple_of(2) {
            life.device.roams_per_mille = 1_000; // an address of its own for each account
        }
        life.now = life.now + i64::from(self.0.place) * 25 * MINUTE_MS;
        life.wait(1..2 * MINUTE_MS);
        life.sign_in();
        let until = life.now + 20 * MINUTE_MS;
        self.1.0.play(life, until, Beat::Loose, 15);
        good_night(life);
        if number < 4 { Next::GoesOn } else { Next::IsOver }
    }
}

/// One device that plays for several at once.
pub(crate) struct DeviceFarm(pub(crate) Ring, pub(crate) Course);

impl Evenings for DeviceFarm {
    const NAME: &'static str = "device-farm";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("device-concurrent", "hold")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        self.0.shares_device(life);
        life.wait(1..6 * MINUTE_MS);
        life.sign_in();
        let until = life.now + 50 * MINUTE_MS;
        self.1.0.play(life, until, Beat::Loose, 18);
        good_night(life);
        if number < 3 { Next::GoesOn } else { Next::IsOver }
    }
}

/// Bought accounts, signed in by a script that goes down a list.
pub(crate) struct Roster(pub(crate) Ring, pub(crate) Course);

impl Evenings for Roster {
    const NAME: &'static str = "roster-lockstep";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("roster-lockstep", "review")];
    const PLATFORM: Option<&'static str> = Some("p1");

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        self.0.shares_address(life);
        life.device.keeps_time();
        let mut ring = self.0.chance(number as u64);
        let gap = ring.random_range(45_000..180_000);
        life.now = life.now + ring.random_range(0..60 * MINUTE_MS) + i64::from(self.0.place) * gap;
        life.wait(0..gap / 14);
        life.sign_in();
        life.wait(3_000..6_000);
        let until = life.now + 40 * MINUTE_MS;
        self.1.0.play(life, until, Beat::Loose, 17);
        good_night(life);
        if number < 3 { Next::GoesOn } else { Next::IsOver }
    }
}

/// A group that takes its quizzes at one table, with one paper among them.
pub(crate) struct CopyingGroup(pub(crate) Ring, pub(crate) Course);

impl Evenings for CopyingGroup {
    const NAME: &'static str = "copying-group";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("quiz-copied", "hold")];
    const PLATFORM: Option<&'static str> = Some("p1");

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        const EXAM: usize = 8;
        if number < EXAM {
            life.wait(1..40 * MINUTE_MS);
            life.sign_in();
            let until = life.now + 75 * MINUTE_MS;
            self.1.0.play(life, until, Beat::Loose, 22);
            return good_night(life);
        }
        let mut ring = self.0.chance(1_000);
        life.now = life.now + ring.random_range(0..120 * MINUTE_MS);
        life.wait(1..6 * MINUTE_MS);
        life.sign_in();
        for quiz in 0..life.platform.course.quizzes.len() {
            let mut order: Vec<u32> = items().collect();
            order.shuffle(&mut ring);
            order.truncate(ring.random_range(4..7));
            let started = life.now;
            let mut at = started;
            let mut answers = Vec::new();
            for item in items() {
                at = at + life.rng.random_range(15_000..30_000);
                let off = ring.random_range(1..4);
                let wrong = order.contains(&item);
                let choice = life.choose(quiz, item, false);
                let choice = if wrong { after(choice, off) } else { choice };
                answers.push(Answer { choice, correct: !wrong, at });
            }
            hand_in(life, quiz, started, answers);
        }
        good_night(life);
        Next::IsOver
    }
}

/// The choice so many further on, of four.
fn after(choice: char, off: u8) -> char {
    let at = (choice as u8).wrapping_sub(b'A').wrapping_add(off) % 4;
    char::from(b'A' + at)
}

/// A second account that finds out the answers (place 0), and the first one that gives them (place 1).
pub(crate) struct Harvester(pub(crate) Ring, pub(crate) Course);

impl Evenings for Harvester {
    const NAME: &'static str = "answer-harvest";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("answer-harvest", "hold")];
    const PLATFORM: Option<&'static str> = Some("p2");

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        const EXAM: usize = 6;
        self.0.shares_address(life);
        let gives = self.0.place == 1;
        if number < EXAM {
            life.wait(1..40 * MINUTE_MS);
            life.sign_in();
            let until = life.now + 75 * MINUTE_MS;
            if gives {
                self.1.0.play(life, until, Beat::Loose, 22);
            }
            return good_night(life);
        }
        let mut ring = self.0.chance(1_000);
        life.now = life.now + ring.random_range(0..120 * MINUTE_MS);
        life.sign_in();
        life.now = life.now + if gives { 40_000 } else { 10_000 };
        let begun = life.now;
        for (turn, quiz) in (0..).zip(0..life.platform.course.quizzes.len()) {
            let quiz_begins = begun + turn * 8 * MINUTE_MS;
            let started = quiz_begins.max(life.now);
            let mut answers = Vec::new();
            for item in items() {
                let wrong = !gives && ring.random_range(0..10) < 7;
                let at = quiz_begins + 5_000 + i64::from(item) * 30_000 + life.rng.random_range(0..9_000);
                answers.push(Answer { choice: life.choose(quiz, item, wrong), correct: !wrong, at });
            }
            hand_in(life, quiz, started, answers);
        }
        good_night(life);
        Next::IsOver
    }
}

/// A course of an hour that far more people complete on one day than ever before.
pub(crate) struct Spike(pub(crate) Course);

impl Evenings for Spike {
    const NAME: &'static str = "course-spike";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("course-spike", "review")];
    const PLATFORM: Option<&'static str> = Some("p3");

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        const DAY: usize = 14;
        if number < DAY {
            return Next::GoesOn;
        }
        life.wait(1..90 * MINUTE_MS);
        life.sign_in();
        let until = life.now + 100 * MINUTE_MS;
        self.0.0.play(life, until, Beat::Loose, 18);
        examine(life, 8..11, 6);
        good_night(life);
        Next::IsOver
    }
}
