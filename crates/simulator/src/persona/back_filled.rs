//! Whole evenings made up afterwards: sign-ins, stretches, checks, quizzes and questions, all sent days later.

use rand::RngExt;

use super::{Next, Persona, STRETCH_MS};
use crate::life::{Life, Stretch};
use crate::pace::Pace;
use crate::truth::TruthFlag;

/// The forger. Nothing of it is study: its book stays empty.
#[derive(Default)]
pub(crate) struct BackFilled {
    next_evening: usize,
    video: usize,
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

impl Persona for BackFilled {
    fn name(&self) -> &'static str {
        "back-filled"
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "back-filled", level: "hold" }]
    }

    /// One evening, as it never was.
    fn act(&mut self, life: &mut Life) -> Next {
        let timetable = life.timetable.clone();
        let Some(sitting) = timetable.sitting(self.next_evening, false, &mut life.rng) else {
            return Next::IsOver;
        };
        self.next_evening += 1;
        life.now = sitting.begins.max(life.now);
        life.network.made_up_at =
            Some(sitting.ends + life.rng.random_range(3 * DAY_MS + DAY_MS / 2..6 * DAY_MS));
        life.sign_in();
        life.wait(5_000..20_000);
        let mut next_check = life.now + 20 * MINUTE_MS;
        let last = (self.video + life.rng.random_range(3..5)).min(life.platform.course.videos.len());
        while self.video < last {
            self.play(life, &mut next_check);
            self.video += 1;
            for quiz in life.platform.course.quizzes_after(self.video) {
                life.take_quiz(quiz, 1, 8, 8);
            }
        }
        if self.video < life.platform.course.videos.len() {
            life.sign_out();
            return Next::GoesOn;
        }
        life.ask();
        life.sign_out();
        Next::IsOver
    }
}

impl BackFilled {
    fn play(&self, life: &mut Life, next_check: &mut keshi_events::Millis) {
        let Some(length) = life.platform.course.videos.get(self.video).map(|video| video.duration_ms) else {
            return;
        };
        let mut from = 0;
        while from < length {
            if life.now >= *next_check {
                let answer = life.rng.random_range(3_000..20_000);
                life.shows_presence(answer);
                *next_check = life.now + 20 * MINUTE_MS;
            }
            let wish = STRETCH_MS + life.rng.random_range(-60..60);
            let (to, wall) = Pace::PLAIN.play(from, length, wish);
            life.watch(Stretch { video: self.video, from, to, wall, shown_pace: Pace::PLAIN });
            life.wait(0..4);
            from = to;
        }
    }
}
