//! The edges of every check, and that order does not matter.

mod alone;
mod crowd;
mod edges;
mod extract;
mod given;
mod order;
