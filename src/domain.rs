//! The words of the field as types: geography, providers and pools, services and pathways, demand, referral, tiering, prices.
//!
//! Nothing here reads files or can be deserialised; `scenario` builds these types from checked text.

mod choice;
mod demand;
mod geography;
mod provider;
mod service;
mod tiering;

pub use choice::{ChoiceRule, Referral, TravelMeasure, choice_shares};
pub use demand::{Profile, StreamDemand};
pub use geography::{Footprint, Geography, HomeArea, Icb, Position, Region, Scheme, great_circle_km};
pub use provider::{Capacity, Pool, Provider, WhenFull};
pub use service::{Charge, ChargeUnit, Delegation, LocalCosts, Next, Service, Stage, StartingState};
pub use tiering::{Arrangement, Contribution, Role, Tier, TieringOption};
