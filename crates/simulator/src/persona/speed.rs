//! A script that runs the player at many times its pace, shows the plain one, and answers every check.

use keshi_events::Millis;
use rand::RngExt;

use super::{Next, Persona, STRETCH_MS};
use crate::life::{Life, Stretch};
use crate::pace::Pace;
use crate::truth::TruthFlag;

/// The script. Nothing of it is study: its book stays empty.
pub(crate) struct Speed {
    name: &'static str,
    pace: Pace,
    next_evening: usize,
    running: Option<Running>,
    video: usize,
    position: i64,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    ends: Millis,
    next_check: Millis,
}

const MINUTE_MS: i64 = 60_000;

impl Persona for Speed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "impossible-speed", level: "review" }]
    }

    fn act(&mut self, life: &mut Life) -> Next {
        let Some(running) = self.running else { return self.start(life) };
        if self.video >= life.platform.course.videos.len() {
            return finish(life);
        }
        if life.now >= running.ends {
            life.wait(500..1_500);
            life.sign_out();
            self.running = None;
        } else if life.now >= running.next_check {
            let answer = life.rng.random_range(1_000..3_000);
            life.shows_presence(answer);
            self.running = Some(Running { next_check: life.now + 20 * MINUTE_MS, ..running });
        } else {
            self.play(life);
        }
        Next::GoesOn
    }
}

impl Speed {
    /// At four, eight or sixteen times the pace.
    pub(crate) fn times(times: u32) -> Speed {
        let (name, content) = match times {
            4 => ("speed-4x", 4),
            16 => ("speed-16x", 16),
            _ => ("speed-8x", 8),
        };
        let pace = Pace { content, wall: 1 };
        Speed { name, pace, next_evening: 0, running: None, video: 0, position: 0 }
    }

    fn start(&mut self, life: &mut Life) -> Next {
        life.network.loss_one_in = 400;
        let timetable = life.timetable.clone();
        let Some(sitting) = timetable.sitting(self.next_evening, false, &mut life.rng) else {
            return Next::IsOver;
        };
        self.next_evening += 1;
        life.now = sitting.begins.max(life.now);
        life.sign_in();
        life.wait(4_000..10_000);
        let ends = life.now + life.rng.random_range(60 * MINUTE_MS..90 * MINUTE_MS);
        self.running = Some(Running { ends, next_check: life.now + 20 * MINUTE_MS });
        Next::GoesOn
    }

    fn play(&mut self, life: &mut Life) {
        let Some(length) = life.platform.course.videos.get(self.video).map(|video| video.duration_ms) else {
            return;
        };
        let wish = STRETCH_MS + life.rng.random_range(-60..60);
        let (to, wall) = self.pace.play(self.position, length, wish);
        life.watch(Stretch { video: self.video, from: self.position, to, wall, shown_pace: Pace::PLAIN });
        self.position = to;
        life.wait(0..4);
        if to >= length {
            (self.video, self.position) = (self.video + 1, 0);
        }
    }
}

fn finish(life: &mut Life) -> Next {
    for quiz in 0..life.platform.course.quizzes.len() {
        let right = life.rng.random_range(9..11);
        life.take_quiz(quiz, 1, right, 2);
    }
    life.ask();
    life.wait(500..1_500);
    life.sign_out();
    Next::IsOver
}
