//! Log -> record -> store, exactly once; relays facts.
//!
//! A batch of messages becomes one transaction: trail, standings, lines of boards, rejections, facts and checkpoints. The
//! checkpoint is in that transaction and its update is guarded, so a crash anywhere loses nothing and doubles nothing.
//!
//! What was tried for speed, and what it gave, is told by `keshi-bench` (here `--quick`, release, one machine that was busy with
//! other things too; ratios hold better than figures):
//!
//! | what | events/s of the bare program's | CPU s per million events |
//! |---|---|---|
//! | as it was | 0.16, and 0.37 of the rate at a tenth | 44.8 |
//! | reading ahead; completions without the history; standings of a backlog for 64 batches at once; no look-up of ids that grow | 0.38 | 26.1 |
//! | an allocator for memory that other threads free; columns bound without a copy of each text | 0.35 to 0.41 | 17.4 to 19.6 |
//! | one table instead of a second one for ids, written by binary COPY; ids in memory as numbers | 0.67 to 0.75 | 14.8 to 16.1 |
//! | fewer allocations in decoding and folding; messages handed on in chunks; the allocator's older line | 0.57 to 0.71 | 11.0 to 16.5 |
//! | batches of 4,000 in the order of the trail's key; names and headers kept in one piece; half as much memory a piece of video | 0.91; with the default load 0.61 to 0.68 | 9.8 to 12.0; 11.4 to 14.3 |
//! | sums of whole milliseconds without fractions; extracts for looks | 0.74 to 0.76; with the default load 0.63 to 0.74 | 9.3 to 10.5; 10.7 to 13.5 |
//!
//! - The next batch is folded while the last one is written (`past`): two cores work instead of one waiting for the other.
//! - The client's consumer has 500 messages under way, so batches were no larger, whatever lay ready: a task reads ahead.
//! - Where a course was complete, every closed session and late stretch had a whole history judged again, and the rate
//!   fell as evenings came to their end. A standing now knows when each video was first covered (`keshi-record`, `reach`).
//! - Batches of 4,000 instead of 1,000 messages: fewer statements and waits for the disk, and a trainee who comes twice is fetched and
//!   written once. With the default load 0.49 became 0.70; 8,000 gave no more. What is read ahead has to be more than a batch, or
//!   batches are not full, and standings are written with every one of them.
//! - A batch's rows in the order of the trail's key instead of its sequence: a tenth less of PostgreSQL's work, and of ours.
//! - With 4,000 people at a time each event has its trainee's standing come out of main memory, some fifty places of it. So maps of
//!   names compare texts that are warm (`keshi-record`, `names`), the last pieces of a video are looked at from the end, and a message's
//!   headers are one text instead of twenty (`keshi-events`, `headers`): 15 to 18 s per million events became 11.4.
//! - A rebuild writes standings and boards when memory is full and at the end (`Saving::Late`): nobody reads them yet, and an
//!   interrupted rebuild is thrown away. So does the live model for 64 full batches (`Saving::Soon`), and with every other one.
//! - The table of ids (trainee, platform, id) was more than a third of PostgreSQL's work, by its profile: its key was searched and
//!   then written. Without it nothing can conflict, and `COPY` goes straight in.
//! - The decoder made the pointer of every range fault before it knew of one, and copied every number: a tenth of it.
//! - One reading with several filters instead of one for each partition, for two projectors: 1.42 of one's CPU per event instead of 1.18, at
//!   two thirds of the rate, since the server sends more slowly than batches want to be filled.
//! - One worker thread instead of two costs more, not less: reading, folding and writing wait for each other then.
//! - Not tried yet: numbers instead of texts for trainees; several lanes in one process; link-time optimisation, which would
//!   make the first build of `deploy/demo` much longer.

pub mod audit;
mod error;
mod facts;
mod fault;
mod fold;
mod ids;
pub mod look;
mod notary;
mod ownership;
mod past;
mod positions;
mod rebuild;
mod registry;
mod relay;
mod run;
mod stored;
mod timing;
mod trainee;

pub use error::ProjectorError;
pub use fault::Waypoint;
pub use notary::{Notary, Signing};
pub use rebuild::{Rebuild, Rebuilt, Records};
pub use relay::Relay;
pub use run::Projector;
pub use stored::evidence_of;
pub use trainee::read_standing;
