//! What the user knows from elsewhere, for boards and auditors to compare the model with.

use crate::ids::{ProviderId, ServiceId};
use std::collections::BTreeMap;

/// Spend on a service as stated elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub struct StatedSpend {
    /// Pounds in a year.
    pub pounds: f64,
    /// The financial year, such as `2025/26`.
    pub year: String,
}

/// What a provider was to be paid for a service in a financial year, and was; pounds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ControlTotal {
    /// As planned.
    pub plan: Option<f64>,
    /// As it turned out.
    pub outturn: Option<f64>,
}

/// All of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Controls {
    /// By service; none: of all delegated services together.
    pub spend: BTreeMap<Option<ServiceId>, StatedSpend>,
    /// By provider and service.
    pub totals: BTreeMap<(ProviderId, ServiceId), ControlTotal>,
}
