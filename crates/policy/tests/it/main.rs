//! The notice's clauses as tables of cases: for each rule at least one claim that meets it and one that does not.
#![allow(clippy::expect_used)]

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
