//! Who may act: roles and their scopes, and how a person or a program proves who it is.
//!
//! An [`Actor`] is somebody who has proven it; whoever decides something takes one as an argument.

mod actor;
mod password;
mod secret;

pub use actor::{Actor, NotAnActor, Role, Scope};
pub use password::{LEAST_CHARACTERS, NotAPassword, PasswordHash, refuse_in_the_dark};
pub use secret::{NoRandomness, Secret, SecretHash};
