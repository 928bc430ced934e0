//! All integration tests in one binary.
mod architecture;
mod bad;
mod cli;
mod engine;
mod support;
mod theory;
