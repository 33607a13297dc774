//! The rows of the registry's lists, as their JSON form has them. Left out is `None`: neither yes nor no.

mod course;
mod enrolment;
mod provider;
mod specialty;
mod trainee;

pub use course::{Course, Quiz, Video};
pub use enrolment::{Approval, Enrolment};
pub use provider::{Listing, Provider, ProviderKind};
pub use specialty::{Category, Specialty};
pub use trainee::{Person, Trainee, TraineeRow};
