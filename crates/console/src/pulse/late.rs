//! How late events come: between an event's `time`, which is of the platform's own server clock, and its receipt by the log.

use std::collections::BTreeMap;

use keshi_account::Scope;
use keshi_events::{Origin, decode};
use keshi_log::Log;
use keshi_store::{Store, StoreError};

/// So many messages at the end of the log are looked at, over all platforms.
pub(crate) const SAMPLE: u64 = 2000;

/// How late the last events of a platform came. What its clock is off by and what it uploads later is part of it, so it may
/// be negative, or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// Half of them came no later, ms.
    pub(crate) p50_ms: i64,
    /// 95 of 100 came no later, ms.
    pub(crate) p95_ms: i64,
    /// How many they were.
    pub(crate) events: i64,
}

/// By platform, out of the last messages of the log that can be used; to a provider its own. Nothing while the log's server does
/// not answer: the page says the rest.
pub(crate) async fn lateness(
    store: &Store,
    log: &Log,
    scope: &Scope,
) -> Result<BTreeMap<String, Late>, StoreError> {
    let partitions = store.partitions().await?.unsigned_abs();
    let messages = log.last(SAMPLE).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the log does not say how late events come");
        Vec::new()
    });
    let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for message in &messages {
        // Rejected ones are told by their codes.
        let Ok(event) = decode(message, Origin::Stream { partitions }) else { continue };
        let platform = event.platform;
        if scope.provider().is_none_or(|own| own == platform) {
            found.entry(platform.to_owned()).or_default().push(event.received_at - event.time);
        }
    }
    Ok(found.into_iter().filter_map(|(platform, ms)| Some((platform, Late::of(ms)?))).collect())
}

impl Late {
    /// By nearest rank; none of nothing.
    fn of(mut ms: Vec<i64>) -> Option<Late> {
        ms.sort_unstable();
        let rank = |percent: usize| ms.get((ms.len() * percent).div_ceil(100).max(1) - 1).copied();
        Some(Late { p50_ms: rank(50)?, p95_ms: rank(95)?, events: ms.len() as i64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_values_that_were_seen() {
        assert_eq!(Late::of(vec![]), None);
        assert_eq!(Late::of(vec![7]), Some(Late { p50_ms: 7, p95_ms: 7, events: 1 }));
        let hundred = (1..=100).rev().collect();
        assert_eq!(Late::of(hundred), Some(Late { p50_ms: 50, p95_ms: 95, events: 100 }));
        assert_eq!(Late::of(vec![-40, 10, 900]), Some(Late { p50_ms: 10, p95_ms: 900, events: 3 }));
    }
}
