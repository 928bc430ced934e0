//! All integration tests in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod account;
mod architecture;
mod assumptions;
mod attribute;
mod bad;
mod batch;
mod bundled;
mod cli;
mod compare;
mod coverage;
mod engine;
mod factors;
mod growth;
mod mechanisms;
mod money;
mod notes;
mod program;
mod properties;
mod reproduce;
mod select;
mod support;
mod theory;
mod tiers;
mod trace;
mod uncertain;
mod variance;
