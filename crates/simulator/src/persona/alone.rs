//! Frauds of one person: each a way to get hours without study, or answers without thought.

use rand::RngExt;

use super::evenings::*;
use super::{Next, STRETCH_MS};
use crate::happening::{Answer, What};
use crate::life::{Life, Stretch};
use crate::pace::Pace;

/// Looks at the beginning of a video and jumps to its end.
#[derive(Default)]
pub(crate) struct SeekToEnd(Study);

impl Evenings for SeekToEnd {
    const NAME: &'static str = "seek-to-end";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("seek-to-end", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..30 * MINUTE_MS);
        life.sign_in();
        for _ in 0..6 {
            let Some(length) = length(life, self.0.video) else {
                examine(life, 7..10, 6);
                good_night(life);
                return Next::IsOver;
            };
            life.wait(2_000..20_000);
            let begun = life.rng.random_range(5_000..40_000);
            self.0.watch(life, begun);
            life.wait(500..3_000);
            self.0.position = length - length * life.rng.random_range(5..45) / 1000;
            while self.0.position > 0 {
                self.0.stretch(life, Beat::Loose);
            }
        }
        good_night(life)
    }
}

/// Watches next to nothing and passes every quiz.
#[derive(Default)]
pub(crate) struct ForgedCompletion;

impl Evenings for ForgedCompletion {
    const NAME: &'static str = "forged-completion";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("completion-mismatch", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        let until = life.now + life.rng.random_range(4 * MINUTE_MS..15 * MINUTE_MS);
        Study::default().play(life, until, Beat::Loose, 25);
        examine(life, 8..11, 6);
        good_night(life);
        Next::IsOver
    }
}

/// The player leaves out most of each video without a word.
#[derive(Default)]
pub(crate) struct SilentSkips(Study);

impl Evenings for SilentSkips {
    const NAME: &'static str = "silent-skips";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("completion-mismatch", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..40 * MINUTE_MS);
        life.sign_in();
        life.wait(3_000..8_000);
        let until = life.now + 60 * MINUTE_MS;
        while life.now < until && !self.0.is_through(life) {
            let video = self.0.video;
            self.0.stretch(life, Beat::Loose);
            let skipped = self.0.position + life.rng.random_range(70_000..120_000);
            if self.0.video == video {
                self.0.position = skipped;
            }
            if length(life, video).is_some_and(|length| self.0.video == video && skipped >= length) {
                self.0 = Study { video: video + 1, position: 0 };
            }
        }
        if !self.0.is_through(life) {
            return good_night(life);
        }
        examine(life, 7..10, 6);
        good_night(life);
        Next::IsOver
    }
}

/// A few videos on a loop, with somebody who answers the checks.
#[derive(Default)]
pub(crate) struct Loop {
    rounds: usize,
}

impl Evenings for Loop {
    const NAME: &'static str = "loop";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("rewatch-loop", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        const PART_MS: i64 = 6 * MINUTE_MS;
        life.wait(1..40 * MINUTE_MS);
        life.sign_in();
        for _ in 0..4 {
            for video in 0..3 {
                life.wait(3_000..20_000);
                let mut part = Study { video, position: 0 };
                while part.video == video && part.position < PART_MS {
                    part.stretch(life, Beat::Loose);
                }
                let answer = life.rng.random_range(2_000..20_000);
                life.shows_presence(answer);
                life.waits_for_answer();
            }
            self.rounds += 1;
        }
        good_night(life);
        if self.rounds < 8 { Next::GoesOn } else { Next::IsOver }
    }
}

/// A player that ticks to the millisecond.
#[derive(Default)]
pub(crate) struct Clockwork(Study);

impl Evenings for Clockwork {
    const NAME: &'static str = "clockwork";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("metronome", "review")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        life.wait(3_000..6_000);
        let until = life.now + 80 * MINUTE_MS;
        self.0.play(life, until, Beat::Exact, 35);
        good_night(life);
        if number < 3 { Next::GoesOn } else { Next::IsOver }
    }
}

/// One evening recorded, and played again with other videos, pauses and all.
#[derive(Default)]
pub(crate) struct Replay {
    recorded: Vec<(i64, i64)>,
}

impl Evenings for Replay {
    const NAME: &'static str = "replay";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("metronome", "review")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        const RECORDED: usize = 24;
        while self.recorded.len() < RECORDED {
            let wall = life.rng.random_range(18_000..31_000);
            self.recorded.push((wall, life.rng.random_range(0..9_000)));
        }
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        life.wait(3_000..9_000);
        let mut study = Study { video: number, position: 0 };
        // Every other player of recordings adds some jitter.
        let jitter = if life.who.is_multiple_of(2) { 1 } else { 8 };
        for (wall, gap) in self.recorded.clone() {
            let off = life.rng.random_range(0..jitter);
            study.watch(life, wall + off);
            life.now = life.now + gap + life.rng.random_range(0..jitter);
        }
        good_night(life);
        if number < 4 { Next::GoesOn } else { Next::IsOver }
    }
}

/// Five hours at a stretch.
#[derive(Default)]
pub(crate) struct Marathon;

impl Evenings for Marathon {
    const NAME: &'static str = "marathon";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("marathon", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..20 * MINUTE_MS);
        life.sign_in();
        life.wait(3_000..9_000);
        let until = life.now + life.rng.random_range(270..290) * MINUTE_MS;
        Study::default().play(life, until, Beat::Loose, 20);
        good_night(life);
        Next::IsOver
    }
}

/// Studies, and says of some of it afterwards that it was otherwise.
#[derive(Default)]
pub(crate) struct MutatedHistory(Study);

impl Evenings for MutatedHistory {
    const NAME: &'static str = "mutated-history";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("event-changed", "info")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        life.wait(1..40 * MINUTE_MS);
        life.sign_in();
        life.wait(3_000..8_000);
        for _ in 0..40 {
            if !self.0.is_through(life) {
                self.0.stretch(life, Beat::Loose);
                if life.chance(150) {
                    life.takes_back(5_000);
                }
            }
        }
        life.takes_back(4_000);
        good_night(life);
        if number < 5 { Next::GoesOn } else { Next::IsOver }
    }
}

/// Signs in every evening, and that is all.
#[derive(Default)]
pub(crate) struct SignInsOnly;

impl Evenings for SignInsOnly {
    const NAME: &'static str = "sign-ins-only";
    const FLAGS: &'static [(&'static str, &'static str)] = &[];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        life.wait(10 * MINUTE_MS..60 * MINUTE_MS);
        good_night(life)
    }
}

/// The player claims to run; its position never moves.
#[derive(Default)]
pub(crate) struct FrozenPosition;

impl Evenings for FrozenPosition {
    const NAME: &'static str = "frozen-position";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("stalled", "info")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        let at = life.rng.random_range(10_000..500_000);
        for _ in 0..60 {
            let wall = STRETCH_MS + life.rng.random_range(-60..60);
            life.watch(Stretch { video: 0, from: at, to: at, wall, shown_pace: Pace::PLAIN });
            life.wait(0..4);
        }
        good_night(life);
        if number < 5 { Next::GoesOn } else { Next::IsOver }
    }
}

/// A device whose clock runs twice as fast.
#[derive(Default)]
pub(crate) struct FastClock;

impl Evenings for FastClock {
    const NAME: &'static str = "fast-clock";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("clock-ahead", "info")];

    /// Every half minute a whole one is reported, which ends in the future. Moved back to where it was received, each
    /// covers the half minute before it again; what is new in it is its second half.
    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        life.device.keeps_time();
        life.network.steady_ms = Some(120);
        life.wait(1..60 * MINUTE_MS);
        life.sign_in();
        let (opened, lead) = (life.now + life.platform.clock_fast_ms, 5_000);
        life.now = life.now + lead;
        let mut received_before = opened;
        for number in 0..16_i64 {
            life.now = life.now + STRETCH_MS;
            let (from, to) = (number * 2 * STRETCH_MS, (number + 1) * 2 * STRETCH_MS);
            let shown = life.now + (number + 1) * STRETCH_MS;
            life.report_from(
                life.now,
                shown,
                What::Watched { video: 0, from, to, wall: 2 * STRETCH_MS, shown_pace: Pace::PLAIN },
            );
            let received = life.now + 120;
            let new = (received - received_before).min(2 * STRETCH_MS);
            life.book.attended(0, to - new, to);
            received_before = received;
        }
        life.now = life.now + 1_000;
        life.sign_out();
        if number < 1 { Next::GoesOn } else { Next::IsOver }
    }
}

/// Two tabs side by side, on one platform.
#[derive(Default)]
pub(crate) struct TwoTabs;

impl Evenings for TwoTabs {
    const NAME: &'static str = "two-tabs";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("parallel-session", "review")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        side_by_side(number, life, 0)
    }
}

/// Two platforms side by side.
#[derive(Default)]
pub(crate) struct SeveralPlatforms;

impl Evenings for SeveralPlatforms {
    const NAME: &'static str = "several-platforms";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("parallel-platform", "review")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        side_by_side(number, life, 1)
    }
}

/// The own course without a gap, and something else at the same time; which one is `other` after the own platform.
fn side_by_side(number: usize, life: &mut Life, other: usize) -> Next {
    let own = life.platforms.iter().position(|platform| platform.id == life.platform.id).unwrap_or_default();
    let Some(elsewhere) = life.platforms.get((own + other) % life.platforms.len().max(1)).cloned() else {
        return Next::IsOver;
    };
    if other > 0 && life.beside.is_empty() {
        life.beside.push(elsewhere.course.id);
    }
    life.wait(1..60 * MINUTE_MS);
    life.sign_in();
    let first = life.session();
    life.wait(5_000..8_000);
    life.sign_in_on(&elsewhere);
    let second = life.switch_to(first);
    life.wait(5_000..9_000);
    let mut study = Study { video: number, position: 0 };
    for turn in 0..20_i64 {
        let begun = life.now;
        study.stretch(life, Beat::Exact);
        if life.now - begun < STRETCH_MS {
            break; // the video is over
        }
        let first = life.switch_to(std::sync::Arc::clone(&second));
        let (from, to) = (turn * 20_000, (turn + 1) * 20_000);
        let at = begun + 25_000;
        life.report_from(
            life.now,
            at,
            What::Watched { video: number + 1, from, to, wall: 20_000, shown_pace: Pace::PLAIN },
        );
        life.switch_to(first);
    }
    good_night(life);
    if number < 3 { Next::GoesOn } else { Next::IsOver }
}

/// Studies properly, and answers faster than anybody reads.
#[derive(Default)]
pub(crate) struct QuizTooFast(Study);

impl Evenings for QuizTooFast {
    const NAME: &'static str = "quiz-too-fast";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("quiz-too-fast", "review")];

    fn evening(&mut self, _: usize, life: &mut Life) -> Next {
        life.wait(1..40 * MINUTE_MS);
        life.sign_in();
        let until = life.now + 100 * MINUTE_MS;
        self.0.play(life, until, Beat::Loose, 22);
        if !self.0.is_through(life) {
            return good_night(life);
        }
        for quiz in 0..life.platform.course.quizzes.len() {
            life.wait(20_000..60_000);
            let started = life.now;
            let mut at = started;
            let answers = items().map(|item| {
                at = at + life.rng.random_range(600..2_400);
                Answer { choice: life.choose(quiz, item, false), correct: true, at }
            });
            let answers = answers.collect();
            hand_in(life, quiz, started, answers);
        }
        life.ask();
        good_night(life);
        Next::IsOver
    }
}

/// Here, and half an hour later at the other end of the country.
#[derive(Default)]
pub(crate) struct Travel(Study);

impl Evenings for Travel {
    const NAME: &'static str = "impossible-travel";
    const FLAGS: &'static [(&'static str, &'static str)] = &[("travel", "info")];

    fn evening(&mut self, number: usize, life: &mut Life) -> Next {
        life.wait(1..40 * MINUTE_MS);
        for place in [(117_000, 36_650), (102_700, 25_040)] {
            life.device.place = Some(place);
            life.sign_in();
            let until = life.now + 25 * MINUTE_MS;
            self.0.play(life, until, Beat::Loose, 20);
            good_night(life);
            life.wait(2 * MINUTE_MS..5 * MINUTE_MS);
        }
        if number < 2 { Next::GoesOn } else { Next::IsOver }
    }
}
