//! Ways to live: one file a persona.

mod back_filled;
mod honest;
mod idle_bot;
mod speed;

use crate::life::Life;
use crate::truth::TruthFlag;

pub(crate) use back_filled::BackFilled;
pub(crate) use honest::{Habit, Honest};
pub(crate) use idle_bot::IdleBot;
pub(crate) use speed::Speed;

/// A way to live, and what must be said of it.
pub(crate) trait Persona: Send {
    /// The name in the truth file.
    fn name(&self) -> &'static str;
    /// Whether the study is real.
    fn honest(&self) -> bool;
    /// Flags that must be raised, at this level or higher.
    fn flags(&self) -> Vec<TruthFlag>;
    /// Does the next thing. It takes `life.now` along, never back; what it reports happens (or, made up, is sent) no
    /// earlier than `life.now` stood before.
    fn act(&mut self, life: &mut Life) -> Next;
}

/// Whether a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    GoesOn,
    IsOver,
}

/// How long a platform lets a stretch run, ms.
const STRETCH_MS: i64 = 30_000;
