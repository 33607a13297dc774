//! One file a command; a command reads, asks the crates, and shows.

pub(crate) mod actor;
pub(crate) mod approve;
pub(crate) mod checkpoint;
pub(crate) mod claims;
pub(crate) mod class;
pub(crate) mod config;
pub(crate) mod connect;
pub(crate) mod console;
pub(crate) mod integrity;
pub(crate) mod log;
pub(crate) mod master_key;
pub(crate) mod migrate;
pub(crate) mod packs;
pub(crate) mod policy;
pub(crate) mod recompute;
pub(crate) mod record;
pub(crate) mod registry;
pub(crate) mod rejected;
pub(crate) mod roles;
pub(crate) mod signing;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod wait;
