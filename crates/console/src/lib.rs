//! The pages and the API: who studied what, which seconds count, and why.
//!
//! Pages are made on the server and work without JavaScript. Every endpoint stands in one table with who may ask it, and
//! whose data an office reaches is part of each query.

mod api;
mod app;
mod asset;
mod fault;
mod form;
mod guard;
mod lang;
mod layout;
mod limit;
mod looks;
mod pages;
mod probe;
mod pulse;
mod record;
mod routes;
mod seat;
mod upload;

pub use app::{Console, ConsoleError};
pub use routes::{Access, Endpoint, endpoints};
