//! The whole system on real servers, started by the tests themselves on free ports. One binary.

mod harness;
mod isolation;
mod rejections;
mod schemas;
mod streams;
