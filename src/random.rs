//! Random numbers as addresses: *a draw is an address, never a turn in a queue*.
//!
//! Every random number of a simulation is a pure function of who draws it and what for: the seed is the key, and the
//! replication, the patient (referral stream, window, ordinal), the purpose and the visit make up the counter of a
//! counter-based generator ([`philox2x64`]). Nothing is consumed, so nothing can shift: adding a provider, changing a
//! rate, reordering the rows of a table or running on more threads leaves every other draw as it was. This is what
//! makes common random numbers between options exact.
//!
//! One word of 64 bits gives one variate, by inversion: the variate is a non-decreasing function of its word, so that
//! two scenarios that differ in one stay distribution see the same patient long in both or short in both. A
//! [`Sampler`] is the compiled form (a [`QuantileTable`] whose error is measured and stated, or an exact rule);
//! [`Distribution`] has the exact quantiles; [`PoissonQuantile`] does the same for counts. No law here needs rejection.
//!
//! All transcendental functions come from the crate `libm`, so that results have the same bytes on every machine.

mod address;
mod distribution;
mod philox;
mod poisson;
mod sampler;
mod table;

pub use address::{Generator, MAX_ORDINAL, MAX_REPLICATION, MAX_VISIT, MAX_WINDOW, Patient, Purpose, StreamKey, unit};
pub use distribution::{BadDistribution, Distribution};
pub use philox::philox2x64;
pub use poisson::PoissonQuantile;
pub use sampler::Sampler;
pub use table::QuantileTable;
