//! What looks wrong: attendance checks over study records.
//!
//! [`examine`] looks at one trainee's [`History`] and gives flags and [`Traces`]; a [`Crowd`] lays the traces of many trainees
//! side by side and gives the flags between them, or [`Crowd::judge`]s what stands under one [`Key`] at a time; [`settle`] joins both. A flag never changes verified time. The same set of
//! events gives the same flags, in whatever order events or trainees come.

mod evaluate;
mod examine;
mod extract;
mod flag;
mod history;
mod many;
mod one;
mod parts;
mod rules;
mod settle;
mod traces;
mod trail;

pub use evaluate::{Evaluation, Expected, Person, PersonaRow};
pub use examine::{Examined, examine, law};
pub use extract::{Extract, NotAnExtract, write_extract};
pub use flag::{Exhibit, Flag, Kind, Level};
pub use history::History;
pub use many::{Crowd, Judgement, Link, MOST_PEOPLE, Repeats, Side};
pub use one::changed::Changed;
pub use parts::{Condition, Key, Part, Scope};
pub use rules::Rules;
pub use settle::{join, settle};
pub use traces::{Answer, EventName, Recording, Regular, Sheet, Steady, Tally, Traces, Use};
