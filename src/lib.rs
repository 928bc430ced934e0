//! tierflow: patient flow, load and cost per commissioner under every tiering option of England's specialised services.
//!
//! The way of the data is one way. Text becomes a validated [`scenario::Scenario`]; [`model::compile`] turns it into the
//! columns that [`engine::run`] simulates; what a replication leaves is [`activity::PeriodActivity`]; [`ledger`]
//! distributes its money under each tiering option; [`results`] turns both into tables with intervals; [`store`] writes
//! them. The engine knows no commissioner and no money, so options with equal flow rules share one simulation.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("tierflow-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("scenario.toml");
//! let text = r#"
//!     title = "One ward"
//!     [run]
//!     horizon = "1 year"
//!     warm_up = "60 d"
//!     [[providers]]
//!     id = "P1"
//!     [[pools]]
//!     provider = "P1"
//!     pool = "beds"
//!     capacity = 10
//!     [[demand]]
//!     service = "stroke"
//!     home_area = "*"
//!     rate = "1 per day"
//!     [[services.stroke.stages]]
//!     id = "acute"
//!     pool = "beds"
//!     stay = { lognormal = { mean = "8 d", sd = "9 d" } }
//! "#;
//! # std::fs::write(&path, text)?;
//! let loaded = tierflow::scenario::load(&path, &[]);
//! let scenario = loaded.scenario.ok_or("the scenario has mistakes")?;
//! let model = tierflow::model::compile(&scenario, scenario.options[tierflow::ids::OptionId(0)].flow_rules)?;
//! let mut occupied = 0.0;
//! let mut workspace = tierflow::engine::Workspace::default();
//! tierflow::engine::run(&model, 0, &mut workspace, &mut |period| {
//!     occupied = period.pools.iter().map(|pool| pool.occupied).sum::<u64>() as f64 / period.length as f64;
//! })?;
//! // The offered load is 8 patients.
//! assert!(occupied > 6.0 && occupied < 10.0);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

pub mod activity;
#[cfg(feature = "cli")]
pub mod cli;
pub mod domain;
pub mod engine;
pub mod experiment;
pub mod ids;
pub mod ledger;
pub mod model;
pub mod random;
pub mod results;
pub mod scenario;
pub mod stats;
#[cfg(feature = "cli")]
pub mod store;
pub mod theory;
pub mod units;
