//! From text to a validated [`Scenario`], with every mistake reported at once.

mod validated;

pub use validated::{Audits, InputRow, Periods, Provenance, Run, Scenario};
