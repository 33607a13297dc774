//! What it means: rule VT-1, class hours, a trainee's study record, completion.
//!
//! [`judge`] is the plain reference over all events of a trainee; [`Standing`] keeps the same verdict up to date event by
//! event. The verdict is a function of the set of events, never of the order in which they came.

mod account;
mod catalogue;
mod clock;
mod completion;
mod constants;
mod coverage;
mod distinct;
mod evidence;
mod exact;
mod hours;
mod names;
mod reach;
mod reason;
mod recompute;
mod report;
mod session;
mod short;
mod standing;
mod stretch;
mod summary;
#[cfg(test)]
mod tests;

pub use account::{Account, Judged, Span, judge};
pub use catalogue::{Approval, Catalogue, Course, Extent};
pub use completion::{Completion, Progress, Studied, completion, progress, studied};
pub use constants::Constants;
pub use coverage::{Coverage, Density, Position, Segment};
pub use distinct::{Accepted, Distinct, Turn, distinct, first_of_each};
pub use evidence::{Evidence, Fact, SessionKey, Stretch};
pub use exact::ExactMs;
pub use hours::class_hours;
pub use names::Names;
pub use reason::{Flag, Reason};
pub use recompute::{Recomputation, recompute};
pub use report::{CourseRecord, RULE, Rejected, Report, TraineeRecord, VideoRecord};
pub use session::{Loss, Opening, Session};
pub use short::NotEvidence;
pub use standing::{NeedsHistory, Standing};
pub use stretch::Rule;
pub use summary::{Checks, Parallel, Question, Submission, Summary, Wall};
