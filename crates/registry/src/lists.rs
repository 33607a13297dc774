//! The rows of the registry's lists, as their JSON form has them. Left out is `None`: neither yes nor no.

mod authority;
mod course;
mod employment;
mod enrolment;
mod practice;
mod provider;
mod specialty;
mod trainee;

pub use authority::{Authority, AuthorityLevel};
pub use course::{Course, Quiz, Video};
pub use employment::{Agreement, Contract, Insurance, PayTo, Relation};
pub use enrolment::{Approval, Enrolment};
pub use practice::{
    Applicant, Benefit, BenefitKind, Certificate, CertificateKind, Evaluation, EvaluationMethod, Practical,
    TeachingPlan,
};
pub use provider::{Listing, Provider, ProviderKind};
pub use specialty::{Category, Specialty};
pub use trainee::{Employment, Person, Trainee, TraineeRow};
