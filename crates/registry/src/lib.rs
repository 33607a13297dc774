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
mod ids;
mod lenient;
mod lists;
mod merge;
mod money;
mod read;
mod registry;
mod validate;

pub use csv_file::{Table, read_csv};
pub use entry::{Entry, Kind};
pub use export::{ExportedCourse, ExportedTrainee, PlatformExport, export_for_platform};
pub use fault::{Code, Origin, Place, RowError};
pub use file::{MAX_VIDEO_MS, RegistryFile};
pub use headers::{List, chinese_headers};
pub use ids::{Level, ProviderId, SpecialtyId};
pub use lists::{
    Approval, Category, Course, Enrolment, Listing, Person, Provider, ProviderKind, Quiz, Specialty, Trainee,
    TraineeRow, Video,
};
pub use merge::{Draft, merge};
pub use money::{NotDecimal, Share, Yuan};
pub use registry::{NotAnEntry, Registry};
pub use validate::{Known, NothingKnown};
