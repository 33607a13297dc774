//! How often somebody may ask: fixed windows in memory, bounded. Each process counts by itself; the lock of an account is
//! the database's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tries to log in from one address in a minute.
pub(crate) const LOGINS_A_MINUTE: u32 = 30;
/// Requests of one account or address in a minute.
pub(crate) const REQUESTS_A_MINUTE: u32 = 1200;
const WINDOW: Duration = Duration::from_secs(60);
/// So many keys at the most are remembered; beyond that all begin anew.
const MOST_KEYS: usize = 20_000;

/// Counters by key.
#[derive(Default)]
pub(crate) struct Limits {
    counters: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Limits {
    /// Counts one more, and says whether it is still within the limit.
    pub(crate) fn allows(&self, key: String, most: u32, now: Instant) -> bool {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST_KEYS {
            counters.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            if counters.len() >= MOST_KEYS {
                counters.clear();
            }
        }
        let (since, count) = counters.entry(key).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_for_a_minute_and_for_one_key() {
        let (limits, now) = (Limits::default(), Instant::now());
        assert!(limits.allows("a".into(), 2, now) && limits.allows("a".into(), 2, now));
        assert!(!limits.allows("a".into(), 2, now));
        assert!(limits.allows("b".into(), 2, now));
        assert!(limits.allows("a".into(), 2, now + WINDOW));
    }
}
