//! Ways to live: one file a persona.

mod alone;
mod back_filled;
mod evenings;
mod honest;
mod idle_bot;
mod speed;
mod together;

use crate::life::Life;
use crate::truth::TruthFlag;

pub(crate) use alone::*;
pub(crate) use back_filled::BackFilled;
pub(crate) use evenings::{ByEvening, Evenings, Ring};
pub(crate) use honest::{Habit, Honest, Oddity};
pub(crate) use idle_bot::IdleBot;
pub(crate) use speed::Speed;
pub(crate) use together::*;

/// A way to live, and what must be said of it.
pub(crate) trait Persona: Send {
    /// The name in the truth file.
    fn name(&self) -> &'static str;
    /// The platform on which it must be, if not on any.
    fn platform(&self) -> Option<&'static str> {
        None
    }
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
