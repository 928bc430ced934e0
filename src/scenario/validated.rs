//! The validated scenario: what the rest of the program may rely on.

use crate::domain::{
    AgreedValues, BudgetRules, Controls, Factors, FlowRules, Geography, OverflowTable, PaymentRules, Planning, Pool,
    Profile, Provider, Readiness, Recommendation, Referral, Service, Standards, StreamDemand, TieringOption,
    TravelMeasure, UncertainFactor, Uncertainty, WaitingAtStart, great_circle_km,
};
use crate::ids::{BudgetId, FlowId, HomeAreaId, IcbId, IndexVec, OptionId, PaymentId, PoolId, ProviderId, ServiceId};
use crate::units::Ticks;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which reporting periods a run produces; coarser ones are always included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Periods {
    /// One period, `all`.
    All,
    /// Financial years from 1 April, such as `2025/26`.
    FinancialYears,
    /// Months of financial years, such as `2025/26-M07` for October.
    Months,
}

/// The settings of `[run]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// First day of the results.
    pub start: Date,
    /// How long results are collected.
    pub horizon: Ticks,
    /// Simulated before `start` and thrown away.
    pub warm_up: Ticks,
    /// Whether the warm-up is still to be chosen by rule; until then it is zero.
    pub chooses_warm_up: bool,
    /// Number of replications, at least one.
    pub replications: u32,
    /// Whether they are antithetic pairs: each odd one has the random numbers of the one before, turned over. Then their number
    /// is even.
    pub antithetic: bool,
    /// Seed of all draws.
    pub seed: u64,
    /// Reporting periods.
    pub periods: Periods,
}

impl Run {
    /// The first day after it.
    pub fn end(&self) -> Date {
        let days = libm::ceil(self.horizon.days()) as i64;
        self.start.checked_add(days.days()).unwrap_or(Date::MAX)
    }
}

/// When the pools are looked at, beside their time averages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Audits {
    /// Interval of the occupancy audit.
    pub occupancy_every: Option<Ticks>,
    /// Cycle and interval of the profile; the interval divides the cycle.
    pub profile: Option<(Ticks, Ticks)>,
}

/// Where an input comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Provenance {
    /// A default or a guess, for the user to change.
    Assumed,
    /// The scenario does not say.
    Unstated,
    /// Computed from published values.
    Derived,
    /// Published, with its source.
    Published,
}

/// One input as it took effect, for the echo in the results.
#[derive(Clone, PartialEq, Debug)]
pub struct InputRow {
    /// The table or section, such as `prices` or `services.haemodialysis`.
    pub table: String,
    /// Its keys with their values.
    pub values: Vec<InputValue>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// The stated source.
    pub source: String,
    /// The stated note.
    pub note: String,
    /// Who answers for it, where stated.
    pub owner: String,
    /// When it was settled, where stated.
    pub date: String,
}

impl InputRow {
    /// A key's value as stated, or its default.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|value| value.key == key).map(|value| value.shown.as_str())
    }

    /// Its keys and values in a line, `key=value; key=value`.
    pub fn line(&self) -> String {
        let pairs = self.values.iter().map(|value| format!("{}={}", value.key, value.shown));
        pairs.collect::<Vec<String>>().join("; ")
    }
}

/// A key of an input and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct InputValue {
    /// The key.
    pub key: &'static str,
    /// Its value as text.
    pub shown: String,
    /// Whether the scenario says so; otherwise it is the default.
    pub stated: bool,
}

/// A scenario without mistakes. All tables are sorted by id (options and stages keep the order of the file), so the
/// order of rows in a file has no effect on anything.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// Name of the folder or file, used for the results folder.
    pub name: String,
    /// One line.
    pub title: String,
    /// What the scenario answers.
    pub question: String,
    /// Settings of the run.
    pub run: Run,
    /// Audits.
    pub audits: Audits,
    /// Home areas and bodies.
    pub geography: Geography,
    /// Providers; `elsewhere` is there if some referral goes there.
    pub providers: IndexVec<ProviderId, Provider>,
    /// Pools, sorted by provider and id, with the rows for all providers (`*`) spelt out for each provider that needs them.
    /// Pools of providers out of scope and of `elsewhere` are unlimited.
    pub pools: IndexVec<PoolId, Pool>,
    /// Services.
    pub services: IndexVec<ServiceId, Service>,
    /// Referral streams with a positive rate, sorted by home area and service.
    pub demand: Vec<StreamDemand>,
    /// How demand varies beyond chance, where the scenario says so.
    pub uncertainty: Option<Uncertainty>,
    /// The factors that demand, stays, places and prices hold already, prices excepted: the ledger multiplies these.
    pub factors: Factors,
    /// The scenario as it was planned, every factor one, if some factor is another.
    pub(crate) planned: Option<Arc<Self>>,
    /// Factors that nobody knows for certain, sorted by id.
    pub uncertain: Vec<UncertainFactor>,
    /// How each service's referrals are distributed.
    pub referral: IndexVec<ServiceId, Referral>,
    /// Travel by (home area, provider): minutes and kilometres, where stated.
    pub travel: BTreeMap<(HomeAreaId, ProviderId), (Option<f64>, Option<f64>)>,
    /// Named profiles; streams hold their own.
    pub profiles: BTreeMap<String, Profile>,
    /// Patients who wait at the start, sorted.
    pub waiting_at_start: Vec<WaitingAtStart>,
    /// Sets of flow rules, sorted by id; `base` is always there.
    pub flow_rules: IndexVec<FlowId, FlowRules>,
    /// Candidates in a stated order.
    pub overflow: OverflowTable,
    /// Sets of payment rules, sorted by id; `activity` is always there.
    pub payments: IndexVec<PaymentId, PaymentRules>,
    /// Sets of budget rules, sorted by id.
    pub budgets: IndexVec<BudgetId, BudgetRules>,
    /// Blocks and plans.
    pub agreed: AgreedValues,
    /// What services are held to.
    pub standards: Standards,
    /// How ready bodies are to decide.
    pub readiness: Readiness,
    /// By what tiers are recommended.
    pub recommendation: Recommendation,
    /// Totals to compare with.
    pub controls: Controls,
    /// What a capacity plan has to keep to.
    pub planning: Planning,
    /// Whose expected money the effects of assumptions are on: id of a body; none or `total`: all commissioners together.
    pub assumption_metric: Option<String>,
    /// Tiering options in the order of the file; at least one.
    pub options: IndexVec<OptionId, TieringOption>,
    /// Those of them that are accounted for unless others are asked for, in the same order; the first is the reference.
    pub shown: Vec<OptionId>,
    /// Whether the scenario has a scope, and so bodies that are only partly in it.
    pub scoped: bool,
    /// ICBs that the scope names, all of whose residents it holds.
    pub scope_icbs: BTreeSet<IcbId>,
    /// Every input as it took effect, in the order of the language's tables; rows of a table are sorted.
    pub inputs: Vec<InputRow>,
}

impl Scenario {
    /// Whether a provider is among those that a service's referrals may go to.
    pub fn can_treat(&self, service: ServiceId, provider: ProviderId) -> bool {
        match &self.referral[service] {
            Referral::Observed(areas) => {
                areas.iter().any(|(_, shares)| shares.iter().any(|&(other, _)| other == provider))
            }
            Referral::Choice { attractions, .. } => attractions.iter().any(|&(other, _)| other == provider),
        }
    }

    /// Travel between a home area and a provider: from the travel table, else great-circle kilometres; nothing where not known.
    pub fn travel_between(&self, on: TravelMeasure, area: HomeAreaId, provider: ProviderId) -> Option<f64> {
        let (minutes, km) = self.travel.get(&(area, provider)).copied().unwrap_or_default();
        let great_circle = || {
            let (from, to) = (self.geography.home_areas[area].position?, self.providers[provider].position?);
            Some(great_circle_km(from, to))
        };
        match on {
            TravelMeasure::Minutes => minutes,
            TravelMeasure::Km => km.or_else(great_circle),
        }
    }

    /// The ICBs all of whose residents the scenario holds, wherever they are treated: those that its scope names, and those
    /// that host one of its providers; without a scope all of them.
    pub fn followed_icbs(&self) -> BTreeSet<IcbId> {
        if !self.scoped {
            return self.geography.icbs.ids().collect();
        }
        let in_scope = self.providers.iter().filter(|provider| provider.in_scope);
        in_scope.filter_map(|provider| provider.host_icb).chain(self.scope_icbs.iter().copied()).collect()
    }
}
