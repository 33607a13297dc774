//! The notice's clauses as tables of cases: for each rule at least one claim that meets it and one that does not.
#![allow(clippy::expect_used, reason = "helpers of tests stop a test as tests do")]

mod amounts;
mod elsewhere;
mod enterprise;
mod given;
mod institution;
mod pack;
mod rules;
mod states;
mod sums;
mod table;
