//! Who and what there is: the registry file's lists (登记表), their JSON and CSV forms, the register's entries.
//!
//! Strict reading (import) names every bad row; lenient reading (recompute) takes what it needs. Personal data stand
//! apart from what the append-only register holds. Pure: no files, no clock, no chance.
#![deny(clippy::indexing_slicing)]

mod catalogue;
mod csv_file;
mod entry;
mod export;
mod fault;
mod file;
mod headers;
mod identity;
mod ids;
mod lenient;
mod lists;
mod merge;
mod money;
mod read;
mod registry;
mod validate;
mod words;

pub use csv_file::{Table, read_csv, read_tables};
pub use entry::{Entry, Kind};
pub use export::{ExportedCourse, ExportedTrainee, PlatformExport, export_for_platform};
pub use fault::{Code, Origin, Place, RowError};
pub use file::{MAX_VIDEO_MS, RegistryFile};
pub use headers::{List, chinese_headers};
pub use identity::{BadIdentity, check_identity};
pub use ids::{Level, ProviderId, SpecialtyId};
pub use lists::{
    Agreement, Applicant, Approval, Authority, AuthorityLevel, Benefit, BenefitKind, Category, Certificate,
    CertificateKind, Contract, Course, Employment, Enrolment, Evaluation, EvaluationMethod, Insurance,
    Listing, PayTo, Person, Practical, Provider, ProviderKind, Quiz, Relation, Specialty, TeachingPlan,
    Trainee, TraineeRow, Video,
};
pub use merge::{Draft, merge};
pub use money::{NotDecimal, Share, Yuan};
pub use registry::{NotAnEntry, Registry};
pub use validate::{Known, NothingKnown};
pub use words::chinese_word;
