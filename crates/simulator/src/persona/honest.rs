//! Honest people: jitter, pauses, re-watching, lost and late events, other speeds, several evenings.

use keshi_events::Millis;
use rand::RngExt;

use super::Persona;
use crate::class::TruthFlag;
use crate::life::{Delivery, Life};

/// An honest person's pace and perseverance.
pub(crate) struct Honest {
    pub(crate) name: &'static str,
    /// Content ms for 100 wall ms: 100 is the plain pace.
    pub(crate) pace: i64,
    /// Leaves after so many percent of the videos.
    pub(crate) stops_after_percent: usize,
}

/// How long a platform lets a stretch run.
const STRETCH_MS: i64 = 30_000;
/// Presence is asked for about this often.
const PRESENCE_MS: i64 = 20 * 60_000;

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

    fn live(&self, life: &mut Life<'_>, evenings: &[Millis]) {
        life.device_ahead_ms = life.rng.random_range(-90_000..90_000);
        life.loss_one_in = 400;
        life.binary = life.chance(200);
        let videos = life.course.videos.clone();
        let last = videos.len() * self.stops_after_percent / 100;
        let (mut video, mut position) = (0, 0);
        for evening in evenings {
            if video >= last {
                break;
            }
            life.now = *evening + life.rng.random_range(0..40 * 60_000);
            let bed_time = life.now + life.rng.random_range(75..130) * 60_000;
            life.sign_in();
            life.now = life.now + life.rng.random_range(3_000..40_000);
            let mut asked = life.now;
            while video < last && life.now < bed_time {
                if life.now - asked > PRESENCE_MS {
                    let answer = life.rng.random_range(2_000..45_000);
                    life.presence(Some(answer));
                    asked = life.now;
                }
                self.weather(life);
                let end = videos[video].duration_ms;
                position = self.step(life, &videos[video].id, position, end);
                if position >= end {
                    video += 1;
                    position = 0;
                    life.now = life.now + life.rng.random_range(2_000..30_000);
                    self.examine(life, video, videos.len());
                }
            }
            life.held_until = None;
            if life.chance(900) {
                life.now = life.now + life.rng.random_range(500..5_000);
                life.sign_out();
            }
        }
    }
}

impl Honest {
    /// Now and then the network is away for a while; what happens meanwhile arrives when it is back.
    fn weather(&self, life: &mut Life<'_>) {
        if life.held_until.is_some_and(|until| life.now >= until) {
            life.held_until = None;
        }
        if life.held_until.is_none() && life.chance(2) {
            life.held_until = Some(life.now + life.rng.random_range(3..90) * 60_000);
        }
    }

    /// One stretch: to the next report, or shorter for a pause or a look back. Gives the position after it.
    fn step(&self, life: &mut Life<'_>, video: &str, from: i64, end: i64) -> i64 {
        let pause = life.chance(40);
        let mut wall = if pause {
            life.rng.random_range(3_000..STRETCH_MS)
        } else {
            STRETCH_MS + life.rng.random_range(-60..60)
        };
        let mut to =
            from + wall * self.pace / 100 + if self.pace == 100 { life.rng.random_range(-40..40) } else { 0 };
        if to >= end {
            to = end;
            wall = ((to - from) * 100 + self.pace - 1) / self.pace;
        }
        if to <= from {
            return end;
        }
        if life.watch(video, from, to, wall.max(1)) == Delivery::Arrived {
            self.write_down(life, video, from, to, wall.max(1));
        }
        if pause {
            life.now = life.now + life.rng.random_range(2_000..240_000);
        } else {
            // Reports follow each other closely, never overlapping.
            life.now = life.now + life.rng.random_range(0..4);
        }
        let looks_back = self.pace <= 100 && to < end && life.chance(8);
        if looks_back { (to - life.rng.random_range(10_000..90_000)).max(0) } else { to }
    }

    fn write_down(&self, life: &mut Life<'_>, video: &str, from: i64, to: i64, wall: i64) {
        if self.pace > 105 {
            life.book.rushed(video, from, to, wall);
        } else {
            life.book.watched(video, from, to);
        }
    }

    /// Quizzes after each third, the question after the first one.
    fn examine(&self, life: &mut Life<'_>, done: usize, all: usize) {
        let quizzes = life.course.quizzes.clone();
        for (index, quiz) in quizzes.iter().enumerate() {
            if done != all * (index + 1) / quizzes.len() {
                continue;
            }
            if life.chance(150) {
                let low = life.rng.random_range(20..59);
                life.quiz(quiz, 1, low, 9);
                life.now = life.now + 60_000;
                let better = life.rng.random_range(62..100);
                life.quiz(quiz, 2, better, 11);
            } else {
                let score = life.rng.random_range(62..101);
                life.quiz(quiz, 1, score, 10);
            }
            if index == 0 {
                let thread = format!("{}-1", life.trainee);
                life.ask(&thread);
            }
        }
    }
}
