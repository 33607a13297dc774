//! The whole system on real servers, started by the tests themselves on free ports. One binary.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests stop a test as tests do")]

mod accounts;
mod api;
mod bench;
mod browser;
mod campaign;
mod clients;
mod console;
mod crash;
mod decisions;
mod harness;
mod heavy;
mod http;
mod integrity;
mod isolation;
mod looks;
mod nasty;
mod officials;
mod ownership;
mod rebuild;
mod rejections;
mod schemas;
mod sealed;
mod settlement;
mod streams;
mod trail;
