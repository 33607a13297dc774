//! Named points at which a test may end the process, to prove that nothing is lost or done twice there; and small batches, so that
//! a small log is a backlog.

/// A point of the projector's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waypoint {
    /// Messages are fetched, nothing is written.
    AfterFetch,
    /// All rows are made, the transaction has not begun.
    BeforeCommit,
    /// The transaction is committed.
    AfterCommit,
    /// Facts are committed, and not yet published.
    BeforeFacts,
    /// Facts are published, and not yet marked.
    AfterFacts,
}

impl Waypoint {
    /// The name that a test gives.
    pub fn as_str(self) -> &'static str {
        match self {
            Waypoint::AfterFetch => "after-fetch",
            Waypoint::BeforeCommit => "before-commit",
            Waypoint::AfterCommit => "after-commit",
            Waypoint::BeforeFacts => "before-facts",
            Waypoint::AfterFacts => "after-facts",
        }
    }
}

/// Ends the process at the n-th passing when `KESHI_FAULT=<waypoint>:<n>` says so. Only in builds with debug assertions.
#[cfg(debug_assertions)]
pub(crate) fn pass(waypoint: Waypoint) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static FAULT: LazyLock<Option<(String, AtomicI64)>> = LazyLock::new(|| {
        let wish = std::env::var("KESHI_FAULT").ok()?;
        let (name, count) = wish.split_once(':')?;
        Some((name.to_owned(), AtomicI64::new(count.parse().ok()?)))
    });
    if let Some((name, left)) = &*FAULT
        && name == waypoint.as_str()
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}

/// Nothing happens outside of tests.
#[cfg(not(debug_assertions))]
pub(crate) fn pass(_: Waypoint) {}

/// The most messages of a batch: fewer when `KESHI_BATCH` says so. Only in builds with debug assertions.
#[cfg(debug_assertions)]
pub(crate) fn most_messages(usual: usize) -> usize {
    static WISH: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var("KESHI_BATCH").ok()?.parse().ok());
    WISH.unwrap_or(usual)
}

/// The most messages of a batch.
#[cfg(not(debug_assertions))]
pub(crate) fn most_messages(usual: usize) -> usize {
    usual
}
