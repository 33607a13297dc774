//! Log -> record -> store, exactly once; relays facts.
//!
//! A batch of messages becomes one transaction: trail, standings, lines of boards, rejections, facts and checkpoints. The
//! checkpoint is in that transaction and its update is guarded, so a crash anywhere loses nothing and doubles nothing.
//!
//! What was tried for speed, and what it gave, is told by `keshi-bench`:
//!
//! - The next batch is folded while the last one is written (`past`): two cores work instead of one waiting for the other.
//! - Batches of 2,000 instead of 1,000 messages: fewer statements, and a trainee who comes twice is written once.
//! - A rebuild writes standings and boards when memory is full and at the end (`Saving::Late`): nobody reads them yet, and an
//!   interrupted rebuild is thrown away. The live model writes them with the batch that changed them.
//! - Not yet tried: dedupe by insert instead of a look-up first, numbers instead of texts as keys, binary COPY, and the moment
//!   of a completion without reading the trainee's history once.

pub mod audit;
mod error;
mod facts;
mod fault;
mod fold;
mod notary;
mod ownership;
mod past;
mod positions;
mod rebuild;
mod registry;
mod relay;
mod run;
mod trainee;

pub use error::ProjectorError;
pub use fault::Waypoint;
pub use fold::evidence_of;
pub use notary::{Notary, Signing};
pub use rebuild::{Rebuild, Rebuilt, Records};
pub use relay::Relay;
pub use run::Projector;
pub use trainee::read_standing;
