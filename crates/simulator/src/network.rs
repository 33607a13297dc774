//! The way from a platform to the log: delays, repeats, losses, outages.

use keshi_events::Millis;
use rand::{Rng, RngExt};

/// One person's network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    /// One in so many stretches and sign-outs is lost; 0: none.
    pub(crate) loss_one_in: u32,
    /// What happens from here to there arrives when it ends.
    pub(crate) outage: Option<Outage>,
    /// Everything takes exactly so long, ms.
    pub(crate) steady_ms: Option<i64>,
    /// Everything is sent from this moment on, one after the other, whenever it is said to have happened.
    pub(crate) made_up_at: Option<Millis>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: Millis,
    pub(crate) until: Millis,
}

impl Network {
    /// When something that happens now arrives.
    pub(crate) fn arrival(&mut self, at: Millis, rng: &mut impl Rng) -> Millis {
        let delay = match rng.random_range(0..1000) {
            0..3 => rng.random_range(8_000..45_000),
            3..20 => rng.random_range(1_500..8_000),
            _ => rng.random_range(20..400),
        };
        if let Some(sends) = &mut self.made_up_at {
            *sends = *sends + rng.random_range(15..60);
            return *sends;
        }
        if let Some(delay) = self.steady_ms {
            return at + delay;
        }
        let leaves = match self.outage {
            Some(outage) if outage.from <= at => outage.until.max(at),
            _ => at,
        };
        leaves + delay
    }

    pub(crate) fn loses(&self, rng: &mut impl Rng) -> bool {
        self.loss_one_in > 0 && rng.random_range(0..self.loss_one_in) == 0
    }

    /// Whether the network is away at this moment.
    pub(crate) fn is_away(&self, at: Millis) -> bool {
        self.outage.is_some_and(|outage| outage.from <= at && at < outage.until)
    }
}
