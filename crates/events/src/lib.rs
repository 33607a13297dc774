//! What platforms say: the wire contract, version 1.
//!
//! A stored message goes in, an [`Event`] that borrows from it comes out, or a [`Rejection`] with a stable code and a
//! sentence that says what to mend. Pure: no clock, no network, no chance.

mod data;
mod decode;
mod envelope;
mod event;
mod fact;
mod headers;
mod ids;
mod json;
mod message;
mod number;
mod particulars;
mod rejection;
pub mod subject;
mod time;

pub use decode::{
    MAX_PAYLOAD_BYTES, Origin, attribute_id, attribute_subject, decode, partition_of_message, received_at,
};
pub use event::*;
pub use fact::{Fact as PublishedFact, FactKind, fact};
pub use headers::Headers;
pub use ids::*;
pub use json::{Document, Node, NotJson};
pub use message::StoredMessage;
pub use particulars::Answered;
pub use rejection::{Code, Rejection};
pub use subject::Family;
pub use time::Millis;
