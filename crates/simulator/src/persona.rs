//! Ways to live: one file a persona.

mod back_filled;
mod honest;
mod idle_bot;
mod speed;

use keshi_events::Millis;

use crate::class::TruthFlag;
use crate::life::Life;

pub(crate) use back_filled::BackFilled;
pub(crate) use honest::Honest;
pub(crate) use idle_bot::IdleBot;
pub(crate) use speed::Speed;

/// A way to live, and what must be said of it.
pub(crate) trait Persona {
    /// The name in the truth file.
    fn name(&self) -> &'static str;
    /// Whether the study was real.
    fn honest(&self) -> bool;
    /// Flags that must be raised, at this level or higher.
    fn flags(&self) -> Vec<TruthFlag>;
    /// Lives through the evenings that begin at these moments.
    fn live(&self, life: &mut Life<'_>, evenings: &[Millis]);
}
