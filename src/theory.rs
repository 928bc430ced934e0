//! Closed forms and exact equations of queueing theory: what the simulator is checked against, and what `check` can say
//! about a scenario before a run.
//!
//! Letters as in the books: `load` is the offered load a = arrival rate * mean service, in servers.

pub mod calendars;
pub mod erlang;
pub mod impatience;
pub mod loss;
pub mod markov;
pub mod priority;
pub mod queues;
pub mod single;
pub mod staffing;
pub mod traffic;
pub mod transient;
pub mod wards;
