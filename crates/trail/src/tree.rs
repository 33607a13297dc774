//! The Merkle tree over all trainees (RFC 6962: leaves SHA-256(0x00 ‖ leaf), nodes SHA-256(0x01 ‖ left ‖ right)).

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{InclusionProof, RootHash};
use sha2::{Digest, Sha256};

use crate::chain::Chain;
use crate::checkpoint::leaf;
use crate::hash::Hash;

/// A tree of chain ends. About 150 bytes a trainee.
#[derive(Debug, Default)]
pub struct Tree(MemoryBackedTree<Sha256, Vec<u8>>);

impl Tree {
    /// Adds the next trainee: by partition, then by trainee in order of bytes. Gives the place in the tree.
    pub fn push(&mut self, trainee: &str, chain: &Chain) -> u64 {
        self.0.push(leaf(trainee, chain));
        self.0.len() - 1
    }

    /// Trainees so far.
    pub fn trainees(&self) -> u64 {
        self.0.len()
    }

    /// The root; of no leaves: SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        if self.0.is_empty() {
            return Hash::of(b"");
        }
        Hash((*self.0.root().as_bytes()).into())
    }

    /// The proof that the leaf at a place is under the root; none beyond the last.
    pub fn prove(&self, place: u64) -> Option<Vec<Hash>> {
        if place >= self.0.len() {
            return None;
        }
        let proof = self.0.prove_inclusion(usize::try_from(place).ok()?);
        Some(proof.as_bytes().chunks(32).filter_map(Hash::from_slice).collect())
    }
}

/// Whether a trainee's chain end stands at a place under a root of so many leaves.
pub fn is_under(root: Hash, leaves: u64, place: u64, trainee: &str, chain: &Chain, proof: &[Hash]) -> bool {
    if place >= leaves {
        return false;
    }
    let bytes: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
    let Ok(proof) = InclusionProof::<Sha256>::try_from_bytes(bytes) else { return false };
    RootHash::<Sha256>::new(root.0.into(), leaves)
        .verify_inclusion(&leaf(trainee, chain), place, &proof)
        .is_ok()
}

/// The root alone, in memory for a few dozen hashes: the same as [`Tree::root`].
#[derive(Clone, Debug, Default)]
pub struct Root {
    leaves: u64,
    /// Roots of full subtrees with their height, highest first.
    subtrees: Vec<(u32, Hash)>,
}

impl Root {
    /// Adds the next trainee.
    pub fn push(&mut self, trainee: &str, chain: &Chain) {
        self.leaves += 1;
        let mut joined = (0, node(0x00, &leaf(trainee, chain), &[]));
        while let Some((height, left)) = self.subtrees.pop() {
            if height != joined.0 {
                self.subtrees.push((height, left));
                break;
            }
            joined = (height + 1, node(0x01, &left.0, &joined.1.0));
        }
        self.subtrees.push(joined);
    }

    /// Trainees so far.
    pub fn trainees(&self) -> u64 {
        self.leaves
    }

    /// The root; of no leaves: SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut lowest_first = self.subtrees.iter().rev().map(|(_, root)| *root);
        let Some(lowest) = lowest_first.next() else { return Hash::of(b"") };
        lowest_first.fold(lowest, |right, left| node(0x01, &left.0, &right.0))
    }
}

fn node(kind: u8, left: &[u8], right: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([kind]);
    hash.update(left);
    hash.update(right);
    Hash(hash.finalize().into())
}
