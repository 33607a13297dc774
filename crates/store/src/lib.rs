//! The PostgreSQL side: migrations, all SQL, transactions.
//!
//! Schema `keshi` holds what cannot be derived (register, claims, outbox); `projection_1` holds the read model, which can.

mod accounts;
mod audit;
mod batch;
mod books;
mod case_book;
mod cases;
mod checkpoints;
mod claims;
mod compared;
mod comparing;
mod connect;
mod copy;
mod error;
mod evidence;
mod examined;
mod findings;
mod histories;
mod history;
mod months;
mod outbox;
mod overview;
mod ownership;
mod persons;
mod projection;
mod pulse;
mod queues;
mod rebuild;
mod records;
mod register;
mod registered;
mod rosters;
mod scope;
mod settling;
mod snapshot;
mod steps;
mod suspicions;
pub mod text;
mod vitals;

pub use accounts::{AccountRow, Bearer, IDLE_FOR, LOCKED_FOR, LoginError, MOST_FAILURES, NewToken, TokenRow};
pub use audit::{AuditRow, Audited};
pub use batch::{Advance, Batch, CourseRow, FactRow, RejectedRow, RepeatRow, StandingRow, TrailRow};
pub use books::{Balance, Booking, Posting};
pub use case_book::{CaseBook, SideRow};
pub use cases::{CaseCount, CasePlace, CaseSeen, CasesWanted, DecideError, FlagLine, Verdict};
pub use checkpoints::Verification;
pub use claims::{ClaimRow, Totals, UnclaimedRow, Wanted};
pub use compared::Derived;
pub use comparing::{Comparing, JudgedRow, KeyRow, LinkRow, PartRow};
pub use connect::{Store, Waker, create_database, migrate};
pub use error::StoreError;
pub use evidence::EvidenceError;
pub use examined::{Examination, HeadRow, TallyRow, ToExamine};
pub use findings::{CaseRow, DecisionRow, FindingRow};
pub use histories::ExtractRow;
pub use history::{AdjustmentRow, MarkRow, RedraftRow, StepRow};
pub use outbox::Unpublished;
pub use overview::{BoardLine, CompletionDay, CourseLine, TraineeLine};
pub use ownership::{Ownership, Survey};
pub use persons::{Masked, PersonRow, RevealError, may_reveal};
pub use projection::{Checkpoint, Known};
pub use pulse::{BATCH_BOUNDS_MS, BatchTime, Pulse};
pub use rebuild::{Compared, Held, Rebuild};
pub use records::{BoardRow, RejectedEvent};
pub use register::{Change, NewEntry, Registered};
pub use registered::{ListingLine, ListingsWanted, RegistryLine};
pub use rosters::{NewRoster, RosterLine, RosterRow};
pub use settling::{
    Adjusted, Again, ClaimToJudge, DraftClaim, Note, OpenCertificate, OpenStudy, Referral, Settling,
    StudyRow, TraineeClaim,
};
pub use snapshot::{Ends, Snapshot, StoredDecision, StoredEntry, StoredRejection};
pub use steps::{ClaimNow, Mark, Taken};
pub use suspicions::{SuspicionRow, Whose};
pub use vitals::{RejectionCount, Vitals};
