//! Honest people: evenings, pauses, looks back, other speeds; networks that fail now and then.

use keshi_events::Millis;
use rand::RngExt;

use super::{Next, Persona, STRETCH_MS};
use crate::device::Address;
use crate::life::{Delivery, Life, Stretch};
use crate::network::Outage;
use crate::pace::Pace;
use crate::timetable::Sitting;
use crate::truth::TruthFlag;

/// An honest person's pace and perseverance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habit {
    pub(crate) name: &'static str,
    pub(crate) pace: Pace,
    /// The pace of so many of a thousand videos.
    pub(crate) other_pace: Pace,
    pub(crate) other_per_mille: u32,
    /// How often every video is watched.
    pub(crate) views: u8,
    /// Leaves after so many percent of the videos.
    pub(crate) stops_after_percent: usize,
}

/// What makes an honest person look odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// Nothing.
    None,
    /// An address that others use too: a household, a training room, a carrier's gateway.
    SharedAddress(u32),
    /// One device in a household, first the one, then the other.
    HandOver { household: u32, second: bool },
    /// Everybody follows the same live lesson; in a room, or at home.
    LiveLesson { room: Option<u32> },
    /// The network loses much.
    Lossy,
    /// Now and then away when presence is asked for, and back minutes later.
    MissesChecks,
    /// The computer one evening, the telephone the next.
    TwoDevices,
    /// Another address at every sign-in.
    Vpn,
    /// Knows the answers.
    QuickAnswers,
    /// The doorbell, the stove, the children.
    LongPauses,
}

/// An honest person.
pub(crate) struct Honest {
    habit: Habit,
    oddity: Oddity,
    name: &'static str,
    /// Checks that may still be missed.
    may_miss: u32,
    /// Presence was asked for and not shown: nothing counts until it is.
    away: bool,
    late_nights: Option<bool>,
    next_evening: usize,
    desk: Option<Desk>,
    video: usize,
    view: u8,
    position: i64,
    pace: Pace,
    /// So much more study may arrive late in this life, ms: who is cut off for longer asks the platform for help.
    may_be_late_ms: i64,
}

/// Sitting at the desk, signed in.
#[derive(Clone, Copy, Debug)]
struct Desk {
    ends: Millis,
    next_check: Millis,
    break_at: Option<Millis>,
}

const MINUTE_MS: i64 = 60_000;
/// Nobody breaks a shorter sitting.
const WORTH_A_BREAK_MS: i64 = 60 * MINUTE_MS;

impl Honest {
    pub(crate) fn new(habit: Habit) -> Honest {
        Honest {
            habit,
            oddity: Oddity::None,
            name: habit.name,
            may_miss: 0,
            away: false,
            late_nights: None,
            next_evening: 0,
            desk: None,
            video: 0,
            view: 0,
            position: 0,
            pace: habit.pace,
            may_be_late_ms: 60 * MINUTE_MS,
        }
    }
}

impl Honest {
    /// A diligent person with something odd.
    pub(crate) fn odd(name: &'static str, habit: Habit, oddity: Oddity) -> Honest {
        let may_miss = if oddity == Oddity::MissesChecks { 2 } else { 0 };
        Honest { oddity, name, may_miss, ..Honest::new(habit) }
    }

    /// What is odd about the evening before it begins.
    fn get_ready(&self, life: &mut Life, evening: usize) {
        match self.oddity {
            Oddity::SharedAddress(number) | Oddity::LiveLesson { room: Some(number) } => {
                life.device.home = Address::shared(number);
                life.device.roams_per_mille = 20;
            }
            Oddity::HandOver { household, .. } => {
                life.device.name = format!("device-h{household:05}").into();
                life.device.home = Address::shared(household);
                life.device.keeps_time();
            }
            Oddity::Lossy => life.network.loss_one_in = 25,
            Oddity::TwoDevices => {
                let device = if evening.is_multiple_of(2) { "computer" } else { "telephone" };
                life.device.name = format!("device-{}-{device}", life.trainee).into();
            }
            Oddity::Vpn => life.device.roams_per_mille = 900,
            _ => {}
        }
    }

    /// When somebody sits down whose hour is not free.
    fn hour(&self, life: &mut Life, sitting: Sitting, evening: usize) -> Sitting {
        let Some(begins) = life.timetable.evening(evening) else { return sitting };
        match self.oddity {
            Oddity::HandOver { second, .. } => {
                let begins = begins + if second { 125 * MINUTE_MS } else { 0 };
                let begins = begins + life.rng.random_range(0..10 * MINUTE_MS);
                Sitting { begins, ends: begins + life.rng.random_range(60 * MINUTE_MS..80 * MINUTE_MS) }
            }
            Oddity::LiveLesson { .. } => {
                let begins = begins + 30 * MINUTE_MS + life.rng.random_range(0..45_000);
                Sitting { begins, ends: begins + 90 * MINUTE_MS }
            }
            _ => sitting,
        }
    }

    /// Presence is asked for. Who is away misses the check; the video runs on, and nothing counts until the next one.
    fn is_asked(&mut self, life: &mut Life, desk: Desk) {
        let misses = !self.away && self.may_miss > 0 && life.chance(200) && life.network.outage.is_none();
        if misses {
            self.may_miss -= 1;
            self.away = true;
            life.misses_check(life.now);
            let again = life.now + life.rng.random_range(2 * MINUTE_MS..8 * MINUTE_MS);
            self.desk = Some(Desk { next_check: again, ..desk });
            return;
        }
        let answer = life.rng.random_range(2_000..50_000);
        life.shows_presence(answer);
        if self.away {
            life.waits_for_answer();
            self.away = false;
        }
        self.desk = Some(Desk { next_check: next_check(life), ..desk });
    }
}

impl Persona for Honest {
    fn name(&self) -> &'static str {
        self.name
    }

    fn honest(&self) -> bool {
        true
    }

    fn flags(&self) -> Vec<TruthFlag> {
        Vec::new()
    }

    fn act(&mut self, life: &mut Life) -> Next {
        let Some(desk) = self.desk else { return self.sit_down(life) };
        if !self.away && (self.is_through(life) || life.now >= desk.ends) {
            return self.leave(life);
        }
        if life.now >= desk.next_check {
            self.is_asked(life, desk);
        } else if desk.break_at.is_some_and(|at| life.now >= at) {
            self.take_a_break(life, desk);
        } else {
            self.play(life);
        }
        Next::GoesOn
    }
}

impl Honest {
    fn is_through(&self, life: &Life) -> bool {
        let videos = life.platform.course.videos.len();
        self.video >= (videos * self.habit.stops_after_percent / 100).max(1)
    }

    fn sit_down(&mut self, life: &mut Life) -> Next {
        life.network.loss_one_in = 400;
        self.get_ready(life, self.next_evening);
        let late = *self.late_nights.get_or_insert_with(|| life.chance(40));
        let evening = self.next_evening;
        self.next_evening += 1;
        let timetable = life.timetable.clone();
        let Some(sitting) = timetable.sitting(evening, late, &mut life.rng) else { return Next::IsOver };
        if evening > 0 && life.chance(80) {
            return Next::GoesOn; // other plans
        }
        let sitting = self.hour(life, sitting, evening);
        life.now = sitting.begins.max(life.now);
        self.weather(life, sitting);
        life.sign_in();
        life.wait(4_000..40_000);
        let length = sitting.ends - sitting.begins;
        let break_at = (length >= WORTH_A_BREAK_MS && life.chance(150)).then(|| life.now + length / 2);
        self.desk = Some(Desk { ends: sitting.ends, next_check: next_check(life), break_at });
        Next::GoesOn
    }

    /// Now and then the network is away for a while, or from some moment on until the next morning.
    fn weather(&mut self, life: &mut Life, sitting: Sitting) {
        let length = (sitting.ends - sitting.begins).max(2 * MINUTE_MS);
        let roll = life.rng.random_range(0..1000);
        let (outage, late_ms) = if roll < 60 {
            let from = sitting.begins + life.rng.random_range(MINUTE_MS..length);
            let lasts = life.rng.random_range(2 * MINUTE_MS..40 * MINUTE_MS);
            (Outage { from, until: from + lasts }, lasts)
        } else if roll < 75 {
            let late_ms = life.rng.random_range(MINUTE_MS..length.min(25 * MINUTE_MS));
            let until = sitting.ends + life.rng.random_range(7 * 60 * MINUTE_MS..11 * 60 * MINUTE_MS);
            (Outage { from: sitting.ends + -late_ms, until }, late_ms)
        } else {
            life.network.outage = None;
            return;
        };
        life.network.outage = (late_ms <= self.may_be_late_ms).then_some(outage);
        if life.network.outage.is_some() {
            self.may_be_late_ms -= late_ms;
        }
    }

    /// Tea. Who signs out for it needs the network to sign in again.
    fn take_a_break(&mut self, life: &mut Life, desk: Desk) {
        let back = life.now + life.rng.random_range(8 * MINUTE_MS..25 * MINUTE_MS);
        let signs_out = life.chance(500) && !life.network.is_away(life.now) && !life.network.is_away(back);
        if signs_out {
            life.wait(500..5_000);
            life.sign_out();
        }
        life.now = back;
        if signs_out {
            life.sign_in();
            life.wait(4_000..10_000);
        }
        self.desk = Some(Desk { break_at: None, next_check: next_check(life), ..desk });
    }

    fn leave(&mut self, life: &mut Life) -> Next {
        self.desk = None;
        if life.chance(900) {
            life.wait(500..5_000);
            life.sign_out();
        }
        if self.is_through(life) { Next::IsOver } else { Next::GoesOn }
    }

    /// One stretch: to the next report, or shorter for a pause or a seek.
    fn play(&mut self, life: &mut Life) {
        let Some(length) = life.platform.course.videos.get(self.video).map(|video| video.duration_ms) else {
            return;
        };
        if self.position == 0 {
            let other = life.chance(self.habit.other_per_mille);
            self.pace = if other { self.habit.other_pace } else { self.habit.pace };
        }
        let pauses = !self.away && life.chance(40);
        let wish = if pauses {
            life.rng.random_range(3_000..STRETCH_MS)
        } else {
            STRETCH_MS + life.rng.random_range(-60..60)
        };
        let stretch = self.stretch(life, length, wish);
        let delivery = life.watch(stretch);
        if delivery == Delivery::Arrives {
            self.write_down(life, stretch);
        }
        let notices_loss = delivery == Delivery::Lost && life.chance(500);
        if !notices_loss {
            self.position = stretch.to;
        }
        if pauses {
            let long = self.oddity == Oddity::LongPauses && life.chance(200);
            life.wait(if long { 12 * MINUTE_MS..45 * MINUTE_MS } else { 2_000..240_000 });
        } else {
            life.wait(0..4); // reports follow each other closely, never overlapping
        }
        if self.position >= length {
            self.finish_video(life);
        } else if life.chance(8) {
            self.position = (self.position - life.rng.random_range(10_000..90_000)).max(0);
        } else if life.chance(2) {
            self.position = (self.position + life.rng.random_range(3_000..20_000)).min(length - 1);
        }
    }

    fn stretch(&self, life: &mut Life, length: i64, wish: i64) -> Stretch {
        let (mut to, mut wall) = self.pace.play(self.position, length, wish);
        if self.pace == Pace::PLAIN && to < length {
            let drift = (wall / 100).min(40);
            to += life.rng.random_range(-drift..=drift);
        } else if to == length && life.platform.overrun_ms > 0 {
            to += life.rng.random_range(0..life.platform.overrun_ms);
            wall = self.pace.wall_for(to - self.position);
        }
        Stretch { video: self.video, from: self.position, to, wall, shown_pace: self.pace }
    }

    fn write_down(&self, life: &mut Life, stretch: Stretch) {
        let Stretch { video, from, to, wall, .. } = stretch;
        if self.away {
            return;
        }
        if self.pace.is_fast() {
            life.book.rushed(video, from, to, wall);
        } else {
            life.book.attended(video, from, to);
        }
    }

    fn finish_video(&mut self, life: &mut Life) {
        self.position = 0;
        self.view += 1;
        life.wait(2_000..30_000);
        if self.view < self.habit.views {
            return;
        }
        self.view = 0;
        self.video += 1;
        for quiz in life.platform.course.quizzes_after(self.video) {
            examine(life, quiz, self.oddity == Oddity::QuickAnswers);
        }
    }
}

/// Presence is asked for every 15 to 30 minutes.
fn next_check(life: &mut Life) -> Millis {
    life.now + life.rng.random_range(15 * MINUTE_MS..30 * MINUTE_MS)
}

/// A quiz, again when it fails; then a question, after the first one by everybody.
fn examine(life: &mut Life, quiz: usize, quick: bool) {
    let mut attempt = 1;
    while life.chance(150) {
        let (right, minutes) = (life.rng.random_range(2..6), life.rng.random_range(6..10));
        life.take_quiz(quiz, attempt, right, minutes);
        life.wait(MINUTE_MS..5 * MINUTE_MS);
        attempt += 1;
    }
    let minutes = if quick { 2 } else { life.rng.random_range(7..12) };
    let right = life.rng.random_range(6..11);
    life.take_quiz(quiz, attempt, right, minutes);
    life.wait(5_000..60_000);
    if life.questions() == 0 || life.chance(200) {
        life.ask();
    }
}
