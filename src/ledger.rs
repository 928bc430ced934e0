//! Activity and a tiering option in, accounts out: who pays what, and who earns it.
//!
//! A [`Tariff`] values activity, the same in every option: price x Market Forces Factor, each cell rounded once to whole
//! pence. [`Arrangements`] say, for one option, which body decides on and which pays for each cell; [`account`] posts the
//! values to those bodies and shares the pools of footprints and regions among their ICBs. What commissioners pay is what
//! providers earn, to the penny, and the total is the same in every option.
//!
//! The ledger is a pure function of activity and option. It knows no files, threads, clock, queues or engine.

mod accounts;
mod agreed;
mod arrangements;
mod bodies;
mod budgets;
mod coverage;
mod expected;
mod mechanism;
mod payers;
mod roles;
mod settlement;
mod tariff;

pub use accounts::{Accounts, account, account_sum};
pub use arrangements::{Arrangements, ContractLine, Part, Posting};
pub use bodies::Body;
pub use coverage::{Coverage, coverage, is_partial};
pub use expected::{ByBody, ExpectedMoney, expected_blocks, expected_budgets, expected_money};
pub use mechanism::Mechanism;
pub use payers::payer_change;
pub use settlement::{Bearer, Borne, RiskPool, Settlement};
pub use tariff::{Tariff, Values};

#[cfg(test)]
pub(crate) mod tests;
