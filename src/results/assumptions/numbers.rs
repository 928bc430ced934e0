//! The numbers of a scenario that can be changed, and a scenario with other ones.

use super::Measure;
use crate::domain::{BudgetBasis, ChargeUnit, ChoiceRule, LowVolume, Referral};
use crate::ids::{BudgetId, HomeAreaId, IcbId, PaymentId, ProviderId, ServiceId, StageId};
use crate::scenario::Scenario;
use crate::units::{Billionths, Pence, Ticks};

/// One number of a scenario, wherever it took effect.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Number {
    Price(ServiceId, StageId, usize),
    SessionsPerWeek(ServiceId, StageId, usize),
    TrimPoint(ServiceId, StageId),
    TopUp(ProviderId, ServiceId, String),
    Rate(ServiceId, Vec<HomeAreaId>),
    Flow(ServiceId, Vec<HomeAreaId>, ProviderId),
    Population(Vec<HomeAreaId>),
    MarketForcesFactor(ProviderId),
    Travel(Vec<HomeAreaId>, ProviderId),
    Choice(ServiceId),
    SpecialisedShare(ServiceId),
    Stay(ServiceId, StageId),
    AwayStay(ServiceId, StageId),
    Next(ServiceId, StageId),
    AlignedRate(PaymentId),
    Threshold(PaymentId),
    ContractLineCost(PaymentId),
    AgreedPlan(IcbId, ProviderId, ServiceId),
    Block(IcbId, ProviderId),
    Level(BudgetId),
    Growth(BudgetId),
    YearlyCap(BudgetId),
    BudgetLine(Vec<BudgetId>, IcbId, ServiceId),
}

impl Number {
    /// What it acts on.
    pub(super) fn measure(&self, scenario: &Scenario) -> Measure {
        match self {
            Self::Price(service, stage, charge)
                if scenario.services[*service].stages[*stage].charges[*charge].unit == ChargeUnit::Drugs =>
            {
                Measure::Drugs
            }
            Self::ContractLineCost(_) => Measure::Contracts,
            Self::Level(_) | Self::Growth(_) | Self::YearlyCap(_) | Self::BudgetLine(..) => Measure::BeyondBudget,
            _ => Measure::Cost,
        }
    }

    /// Whether it is what was agreed, or how that is paid; everything else changes what activity is worth.
    pub(super) fn is_agreed(&self) -> bool {
        matches!(self, Self::AlignedRate(_) | Self::Threshold(_) | Self::AgreedPlan(..) | Self::Block(..))
    }

    /// The only services whose money it moves; none: any may be.
    pub(super) fn service(&self) -> Option<ServiceId> {
        match self {
            Self::Price(service, ..)
            | Self::SessionsPerWeek(service, ..)
            | Self::TrimPoint(service, _)
            | Self::TopUp(_, service, _)
            | Self::Rate(service, _)
            | Self::Flow(service, ..)
            | Self::Choice(service)
            | Self::SpecialisedShare(service)
            | Self::Stay(service, _)
            | Self::AwayStay(service, _)
            | Self::Next(service, _)
            | Self::AgreedPlan(.., service) => Some(*service),
            _ => None,
        }
    }

    /// Multiplies it in a scenario. False: a scenario cannot have that number.
    pub(super) fn multiply(&self, scenario: &mut Scenario, factor: f64) -> bool {
        let pence = |amount: &mut Pence| *amount = times(*amount, factor);
        let billionths = |share: &mut Billionths| *share = Billionths::from_f64(share.as_f64() * factor);
        match self {
            Self::Price(service, stage, charge) => {
                pence(&mut scenario.services[*service].stages[*stage].charges[*charge].price);
            }
            Self::SessionsPerWeek(service, stage, charge) => {
                let unit = &mut scenario.services[*service].stages[*stage].charges[*charge].unit;
                if let ChargeUnit::Session { per_week } = unit {
                    *per_week *= factor;
                }
            }
            Self::TrimPoint(service, stage) => {
                let trim = &mut scenario.services[*service].stages[*stage].trim_point;
                *trim = trim.map(|trim| Ticks(libm::round(trim.0 as f64 * factor) as u64));
            }
            Self::TopUp(provider, service, point) => {
                let key = (*service, point.clone());
                scenario.providers[*provider].top_ups.entry(key).and_modify(billionths);
            }
            Self::Rate(service, areas) => rate(scenario, *service, areas, factor),
            Self::Flow(service, areas, provider) => flow(scenario, *service, areas, *provider, factor),
            Self::Population(areas) => {
                for &area in areas {
                    let population = &mut scenario.geography.home_areas[area].population;
                    *population = population.map(|persons| persons * factor);
                }
                let per_head = scenario.demand.iter_mut().filter(|stream| stream.per_head);
                let there = per_head.filter(|stream| areas.contains(&stream.home_area));
                there.for_each(|stream| stream.per_day *= factor);
            }
            Self::MarketForcesFactor(provider) => billionths(&mut scenario.providers[*provider].market_forces_factor),
            Self::Travel(areas, provider) => {
                for &area in areas {
                    if let Some((minutes, km)) = scenario.travel.get_mut(&(area, *provider)) {
                        *minutes = minutes.map(|minutes| minutes * factor);
                        *km = km.map(|km| km * factor);
                    }
                }
            }
            Self::Choice(service) => {
                if let Referral::Choice { rule, .. } = &mut scenario.referral[*service] {
                    match rule {
                        ChoiceRule::Logit { decay: parameter } | ChoiceRule::Huff { exponent: parameter, .. } => {
                            *parameter *= factor;
                        }
                    }
                }
            }
            Self::SpecialisedShare(service) => {
                let share = &mut scenario.services[*service].specialised_share;
                *share *= factor;
                return *share <= 1.0;
            }
            Self::Stay(service, stage) => {
                let stage = &mut scenario.services[*service].stages[*stage];
                stage.stay = stage.stay.scaled(factor);
            }
            Self::AwayStay(service, stage) => {
                if let Some(away) = &mut scenario.services[*service].stages[*stage].away {
                    away.stay = away.stay.scaled(factor);
                }
            }
            Self::Next(service, stage) => {
                let next = &mut scenario.services[*service].stages[*stage].next;
                for branch in next.iter_mut() {
                    branch.probability *= factor;
                }
                return next.iter().map(|branch| branch.probability).sum::<f64>() <= 1.0;
            }
            _ => return self.multiply_agreed(scenario, factor),
        }
        true
    }

    /// As [`Self::multiply`], of what payment rules and budgets say.
    fn multiply_agreed(&self, scenario: &mut Scenario, factor: f64) -> bool {
        let pence = |amount: &mut Pence| *amount = times(*amount, factor);
        match self {
            Self::AlignedRate(payment) => {
                if let Some(aligned) = &mut scenario.payments[*payment].aligned {
                    aligned.rate = Billionths::from_f64(aligned.rate.as_f64() * factor);
                    return aligned.rate <= Billionths::ONE;
                }
            }
            Self::Threshold(payment) => {
                if let LowVolume::Threshold { below, .. } = &mut scenario.payments[*payment].low_volume {
                    pence(below);
                }
            }
            Self::ContractLineCost(payment) => pence(&mut scenario.payments[*payment].contract_line_cost),
            Self::AgreedPlan(icb, provider, service) => {
                scenario.agreed.plans.entry((*icb, *provider, *service)).and_modify(pence);
            }
            Self::Block(icb, provider) => {
                scenario.agreed.blocks.entry((*icb, *provider)).and_modify(pence);
            }
            Self::Level(budget) => match &mut scenario.budgets[*budget].basis {
                BudgetBasis::History { level }
                | BudgetBasis::Need { level }
                | BudgetBasis::Converging { level, .. } => *level *= factor,
                BudgetBasis::Stated(_) => {}
            },
            Self::Growth(budget) => scenario.budgets[*budget].growth *= factor,
            Self::YearlyCap(budget) => {
                if let BudgetBasis::Converging { yearly_cap, .. } = &mut scenario.budgets[*budget].basis {
                    *yearly_cap *= factor;
                    return *yearly_cap <= 1.0;
                }
            }
            Self::BudgetLine(budgets, icb, service) => {
                for &budget in budgets {
                    if let BudgetBasis::Stated(lines) = &mut scenario.budgets[budget].basis {
                        lines.entry((*icb, *service)).and_modify(pence);
                    }
                }
            }
            _ => {}
        }
        true
    }
}

/// Exact where amounts are tenths, as those of [`super::effects`] are.
fn times(amount: Pence, factor: f64) -> Pence {
    Pence(libm::round(amount.0 as f64 * factor) as i64)
}

/// Multiplies the demand of some areas for a service.
fn rate(scenario: &mut Scenario, service: ServiceId, areas: &[HomeAreaId], factor: f64) {
    let streams = scenario.demand.iter_mut().filter(|stream| stream.service == service);
    streams.filter(|stream| areas.contains(&stream.home_area)).for_each(|stream| stream.per_day *= factor);
}

/// Multiplies what goes from some areas to one provider; what goes to the others stays.
fn flow(scenario: &mut Scenario, service: ServiceId, areas: &[HomeAreaId], provider: ProviderId, factor: f64) {
    let Referral::Observed(observed) = &mut scenario.referral[service] else { return };
    for (area, shares) in observed.iter_mut().filter(|(area, _)| areas.contains(area)) {
        let Some(one) = shares.iter_mut().find(|one| one.0 == provider) else { continue };
        one.1 *= factor;
        let all: f64 = shares.iter().map(|one| one.1).sum();
        for share in shares.iter_mut() {
            share.1 /= all;
        }
        let mut streams = scenario.demand.iter_mut();
        if let Some(stream) = streams.find(|stream| stream.service == service && stream.home_area == *area) {
            stream.per_day *= all;
        }
    }
}
