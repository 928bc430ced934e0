//! tierflow: patient flow, load and cost per commissioner under every tiering option.
pub mod activity;
pub mod domain;
pub mod engine;
pub mod experiment;
pub mod ids;
pub mod model;
pub mod random;
pub mod scenario;
pub mod stats;
pub mod theory;
pub mod units;
