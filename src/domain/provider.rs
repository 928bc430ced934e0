//! Who treats, and with what capacity.

use super::Position;
use crate::ids::{IcbId, ProviderId};
use crate::units::Billionths;

/// A provider of care, such as an NHS trust.
#[derive(Clone, PartialEq, Debug)]
pub struct Provider {
    /// ODS code, or `elsewhere`.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The ICB it lies in; `elsewhere` has none.
    pub host_icb: Option<IcbId>,
    /// Where it lies, where stated.
    pub position: Option<Position>,
    /// Market Forces Factor: its unavoidable cost level relative to the cheapest provider.
    pub market_forces_factor: Billionths,
    /// Whether the scenario's scope includes it; without a scope all providers are in scope.
    pub in_scope: bool,
}

impl Provider {
    /// The id of the pseudo-provider that treats what is left of an area's shares.
    pub const ELSEWHERE: &'static str = "elsewhere";

    /// Whether this is the pseudo-provider `elsewhere`.
    pub fn is_elsewhere(&self) -> bool {
        self.id == Self::ELSEWHERE
    }
}

/// How many patients a pool can hold at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// This many places.
    Places(u32),
    /// No limit.
    Unlimited,
}

/// What happens to a patient who finds no free place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// The patient joins the waiting list, first come first served.
    Wait,
    /// The patient is refused and leaves the pathway.
    Refuse,
}

/// A resource pool: beds, cots, stations of one provider that serve the same stages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pool {
    /// Whose pool it is.
    pub provider: ProviderId,
    /// Slug, unique within the provider.
    pub id: String,
    /// Its places.
    pub capacity: Capacity,
    /// Its rule when full.
    pub when_full: WhenFull,
    /// Patients present at the start, where stated; it overrides the services' starting state.
    pub occupied_at_start: Option<u32>,
}
