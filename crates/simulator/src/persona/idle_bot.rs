//! A player on a loop: nobody is there to answer when presence is asked for.

use keshi_events::Millis;
use rand::RngExt;

use super::{Next, Persona, STRETCH_MS};
use crate::life::{Delivery, Life, Stretch};
use crate::pace::Pace;
use crate::truth::TruthFlag;

/// The loop.
#[derive(Default)]
pub(crate) struct IdleBot {
    next_evening: usize,
    running: Option<Loop>,
}

/// One video, over and over.
#[derive(Clone, Copy, Debug)]
struct Loop {
    ends: Millis,
    video: usize,
    position: i64,
    first_check: Millis,
    next_check: Millis,
}

const MINUTE_MS: i64 = 60_000;
/// After so many evenings the owner thinks that it is enough.
const EVENINGS: usize = 8;

impl Persona for IdleBot {
    fn name(&self) -> &'static str {
        "idle-bot"
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "presence-missed", level: "review" }]
    }

    fn act(&mut self, life: &mut Life) -> Next {
        match self.running {
            None => self.start(life),
            Some(running) if life.now >= running.ends => {
                self.running = None; // switched off, never signed out
                Next::GoesOn
            }
            Some(running) => {
                self.running = Some(turn(life, running));
                Next::GoesOn
            }
        }
    }
}

impl IdleBot {
    fn start(&mut self, life: &mut Life) -> Next {
        let timetable = life.timetable.clone();
        let sitting = timetable
            .sitting(self.next_evening, false, &mut life.rng)
            .filter(|_| self.next_evening < EVENINGS);
        let Some(sitting) = sitting else { return Next::IsOver };
        self.next_evening += 1;
        life.now = sitting.begins.max(life.now);
        life.sign_in();
        life.wait(4_000..10_000);
        let video = life.rng.random_range(0..life.platform.course.videos.len().max(1));
        let first_check = life.now + life.rng.random_range(15 * MINUTE_MS..30 * MINUTE_MS);
        let ends = life.now + life.rng.random_range(180 * MINUTE_MS..360 * MINUTE_MS);
        self.running = Some(Loop { ends, video, position: 0, first_check, next_check: first_check });
        Next::GoesOn
    }
}

/// One stretch. What ran before the first unanswered check may have been watched; nothing after it.
fn turn(life: &mut Life, running: Loop) -> Loop {
    let Loop { video, position: from, first_check, .. } = running;
    let Some(length) = life.platform.course.videos.get(video).map(|video| video.duration_ms) else {
        return running;
    };
    let begun = life.now;
    let (to, wall) = Pace::PLAIN.play(from, length, STRETCH_MS);
    let mut next_check = running.next_check;
    if next_check < begun + wall {
        life.misses_check(next_check);
        next_check = next_check + life.rng.random_range(15 * MINUTE_MS..30 * MINUTE_MS);
    }
    let delivery = life.watch(Stretch { video, from, to, wall, shown_pace: Pace::PLAIN });
    let before_check = (first_check - begun).clamp(0, wall);
    if delivery == Delivery::Arrives && before_check > 0 {
        life.book.attended(video, from, from + before_check);
    }
    Loop { position: if to >= length { 0 } else { to }, next_check, ..running }
}
