//! Who treats, and with what capacity.

use super::{AtClose, Capacity, CapacityCalendar, CapacityChange, Position};
use crate::ids::{FlowId, HomeAreaId, IcbId, ProviderId, ServiceId};
use crate::units::Billionths;
use std::collections::BTreeMap;

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
    /// What it gets on top of every price, as a share of it, by eligible service and point of delivery.
    pub top_ups: BTreeMap<(ServiceId, String), Billionths>,
    /// Whether aligned payment applies to it, as to NHS providers; others are paid by activity.
    pub aligned: bool,
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

/// What happens to a patient who finds no free place, here or at any candidate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// The patient joins the waiting list.
    Wait,
    /// The patient is refused.
    Refuse,
    /// The patient stays in the places held so far and blocks them, until there is a place (stages only).
    Block,
}

/// Who is next inside a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListOrder {
    /// Who joined the list first.
    Joined,
    /// Whose breach date (referral plus the stage's waiting standard) comes first; those without one last.
    BreachDate,
}

/// Whether emergencies take places from electives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preemption {
    /// Never.
    Never,
    /// Yes: the elective patient who started last goes back to the list, and goes on from there.
    Resume,
    /// Yes: the same, but the stay begins anew.
    Restart,
}

/// Places kept for patients of some home areas.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reservation {
    /// How many.
    pub places: u32,
    /// The home areas, sorted.
    pub home_areas: Vec<HomeAreaId>,
    /// How they are kept.
    pub kind: ReservationKind,
    /// Under which flow rules; none: under all.
    pub flow_rules: Option<FlowId>,
}

/// How places are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReservationKind {
    /// The last so many free places, whichever they are, are only for these home areas.
    LastFree,
    /// So many places are only for these home areas, who take them first; others never do.
    RingFence,
}

/// A resource pool: beds, cots, stations of one provider that serve the same stages.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// Whose pool it is.
    pub provider: ProviderId,
    /// Slug, unique within the provider.
    pub id: String,
    /// Whether the provider has a row of its own for it, not only one for all: stages near home take place there.
    pub own_row: bool,
    /// Its places.
    pub capacity: Capacity,
    /// Dated changes of its places, sorted by first day.
    pub changes: Vec<CapacityChange>,
    /// How its capacity changes with the hours and days.
    pub calendar: Option<CapacityCalendar>,
    /// What becomes of patients in places that close.
    pub at_close: AtClose,
    /// Its rule when full: wait or refuse.
    pub when_full: WhenFull,
    /// The most that may wait; more are refused.
    pub list_limit: Option<u32>,
    /// Who is next inside a class.
    pub order: ListOrder,
    /// Whether those behind may start while the first on the list waits for a place in another pool, or for more places
    /// than are free.
    pub overtaking: bool,
    /// Whether emergencies take places from electives.
    pub preemption: Preemption,
    /// Places kept for some home areas.
    pub reservations: Vec<Reservation>,
    /// Patients present at the start, where stated; it overrides the services' starting state.
    pub occupied_at_start: Option<u32>,
}

impl Pool {
    /// The pool with so many times its places: of its own, of its dated changes, and those that its calendar states.
    ///
    /// Kept places are multiplied and rounded down, so that they still fit; patients at the start are as many as before, as
    /// far as there is room; a limit of the list stays.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut pool = self.clone();
        pool.capacity = self.capacity.scaled(factor);
        pool.changes.iter_mut().for_each(|change| change.capacity = change.capacity.scaled(factor));
        pool.calendar = self.calendar.as_ref().map(|calendar| calendar.scaled(factor));
        for reservation in &mut pool.reservations {
            reservation.places = libm::floor(f64::from(reservation.places) * factor + 1e-9).min(4e9) as u32;
        }
        pool.reservations.retain(|reservation| reservation.places > 0);
        if let Capacity::Places(places) = pool.capacity {
            pool.occupied_at_start = self.occupied_at_start.map(|present| present.min(places));
        }
        pool
    }

    /// A pool that no rule but its capacity applies to.
    pub fn plain(provider: ProviderId, id: &str, capacity: Capacity) -> Self {
        Self {
            provider,
            id: id.to_owned(),
            own_row: false,
            capacity,
            changes: Vec::new(),
            calendar: None,
            at_close: AtClose::Finish,
            when_full: WhenFull::Wait,
            list_limit: None,
            order: ListOrder::Joined,
            overtaking: false,
            preemption: Preemption::Never,
            reservations: Vec::new(),
            occupied_at_start: None,
        }
    }
}
