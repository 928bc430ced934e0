//! What the traffic equations say before anything is simulated.

use crate::ids::{CellId, IndexVec, LineId, PoolId, RouteId};

/// Expected flows and loads in the long run, as if nobody were ever refused.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Expected {
    /// Referrals a day by route, routes out of scope included.
    pub referrals_per_day: IndexVec<RouteId, f64>,
    /// Of these, those that the scope holds.
    pub in_scope_per_day: IndexVec<RouteId, f64>,
    /// Visits to each stage of a service by one referral.
    pub visits: IndexVec<LineId, f64>,
    /// Mean stay in days by line.
    pub mean_stay_days: IndexVec<LineId, f64>,
    /// Stays a day by cell.
    pub stays_per_day: IndexVec<CellId, f64>,
    /// Offered load by pool: the mean number of places that would be taken if there were no limit.
    pub offered_load: IndexVec<PoolId, f64>,
    /// Activity-weighted mean Market Forces Factor by line, over all providers, those out of scope included.
    pub mean_market_forces_factor: IndexVec<LineId, f64>,
}
