//! The words of the field as types: geography, providers and pools, services and pathways, demand, referral, flow rules,
//! tiering, prices.
//!
//! Nothing here reads files or can be deserialised; `scenario` builds these types from checked text.

mod capacity;
mod choice;
mod class;
mod control;
mod demand;
mod factors;
mod flow;
mod geography;
mod offer;
mod payment;
mod planning;
mod provider;
mod recommendation;
mod service;
mod standard;
mod tiering;

pub use capacity::{AtClose, CalendarPattern, Capacity, CapacityCalendar, CapacityChange, Level};
pub use choice::{ChoiceRule, Referral, TravelMeasure, choice_shares, utility};
pub use class::{Class, Rise, RiseWhen};
pub use control::{ControlTotal, Controls, StatedSpend};
pub use demand::{Profile, StreamDemand, Uncertainty, WaitingAtStart};
pub use factors::{Factors, Lever, UncertainFactor};
pub use flow::{FlowRule, FlowRules, Overflow, OverflowTable, Reach, WaitingList};
pub use geography::{
    Footprint, Geography, Handover, HomeArea, Icb, IcbKind, Position, Region, Scheme, great_circle_km,
};
pub use offer::{Asked, Offer};
pub use payment::{AgreedValues, AlignedPayment, BudgetBasis, BudgetRules, DrugsHolder, LowVolume, PaymentRules};
pub use planning::{PlaceLimits, Planning};
pub use provider::{ListOrder, Pool, Preemption, Provider, Reservation, ReservationKind, WhenFull};
pub use recommendation::{Recommendation, Threshold, TierTest};
pub use service::{
    AwayStay, Charge, ChargeUnit, Delegation, LocalCosts, Next, PlacesNeeded, Returns, Service, Stage, StageSite,
    StartingState,
};
pub use standard::{Readiness, Score, Standard, Standards};
pub use tiering::{
    Arrangement, ArrangementGroup, Contribution, Phase, RiskShare, Role, ShareRule, State, Tier, TieringOption,
};
