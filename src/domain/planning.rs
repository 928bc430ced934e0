//! What a capacity plan has to keep to.

use crate::ids::PoolId;
use crate::units::Pence;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What a scenario says about planning capacity.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Planning {
    /// Targets as written, such as `full_share <= 5%`.
    pub targets: Vec<String>,
    /// Limits by pool.
    pub limits: BTreeMap<PoolId, PlaceLimits>,
}

/// Limits on the places of a pool; what is not stated is free.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlaceLimits {
    /// The fewest places.
    pub least: Option<u32>,
    /// The most.
    pub most: Option<u32>,
    /// Places come in steps of so many, counted from the fewest.
    pub step: Option<u32>,
    /// What a place costs a year.
    pub cost: Option<Pence>,
    /// The first day on which there can be more places than today.
    pub opens: Option<Date>,
}
