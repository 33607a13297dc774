//! Log -> record -> store, exactly once; relays facts.
//!
//! A batch of messages becomes one transaction: trail, standings, lines of boards, rejections, facts and checkpoints. The
//! checkpoint is in that transaction and its update is guarded, so a crash anywhere loses nothing and doubles nothing.

pub mod audit;
mod error;
mod facts;
mod fault;
mod fold;
mod notary;
mod ownership;
mod positions;
mod registry;
mod relay;
mod run;
mod trainee;

pub use error::ProjectorError;
pub use fault::Waypoint;
pub use notary::{Notary, Signing};
pub use relay::Relay;
pub use run::Projector;
pub use trainee::read_standing;
