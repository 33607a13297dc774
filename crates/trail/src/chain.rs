//! The end of a chain: how many entries it has, and the last one's hash.

use serde::{Deserialize, Serialize};

use crate::content::{Content, Decision, Verdict};
use crate::hash::Hash;

/// A chain's end. Whoever knows it can append; whoever walks the chain must arrive at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Entries.
    pub count: u64,
    /// The hash of the last entry, or of the chain's name while it is empty.
    pub head: Hash,
}

impl Chain {
    /// A trainee's chain before its first entry: SHA-256(trainee).
    pub fn of_trainee(trainee: &str) -> Chain {
        Chain { count: 0, head: Hash::of(trainee.as_bytes()) }
    }

    /// A partition's chain of rejections before its first entry: SHA-256("rejections/<partition>").
    pub fn of_rejections(partition: u16) -> Chain {
        Chain { count: 0, head: Hash::of(format!("rejections/{partition}").as_bytes()) }
    }

    /// The register's chain before its first entry: SHA-256("register").
    pub fn of_register() -> Chain {
        Chain { count: 0, head: Hash::of(b"register") }
    }

    /// Appends an accepted event. Gives the entry.
    pub fn accept(&mut self, content: &Content) -> Hash {
        self.append(content.accept(self.head))
    }

    /// Appends a rejection. Gives the entry.
    pub fn reject(&mut self, content: &Content, verdict: &Verdict<'_>) -> Hash {
        self.append(content.reject(self.head, verdict))
    }

    /// Appends a decision. Gives the entry.
    pub fn record(&mut self, decision: &Decision<'_>) -> Hash {
        self.append(decision.record(self.head))
    }

    fn append(&mut self, entry: Hash) -> Hash {
        self.count += 1;
        self.head = entry;
        entry
    }
}
