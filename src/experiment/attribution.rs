//! A difference explained step by step: what lies between two options, or two scenarios, changed one part after another.

use crate::domain::{Factors, Lever, TieringOption};
use crate::ids::{IcbId, OptionId};
use crate::scenario::Scenario;
use std::collections::BTreeSet;
use std::fmt;
use thiserror::Error;

/// A part of a scenario or of an option, in the order in which the steps are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// Who is referred: rates, growth, profiles, who waits at the start.
    Demand,
    /// What is done: stages, stays, classes, patience.
    Pathways,
    /// Where patients choose to go.
    Choice,
    /// Places and providers.
    Capacity,
    /// What units of work cost.
    Prices,
    /// Overflow, steering, shared lists, reserved places.
    FlowRules,
    /// Who decides, pays, contracts and bears the variance.
    Tier,
    /// What is owed for the work.
    Payment,
    /// What was set aside.
    Budget,
    /// How over- and underspends are shared.
    RiskShare,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Demand => "demand",
            Self::Pathways => "pathways",
            Self::Choice => "choice",
            Self::Capacity => "capacity",
            Self::Prices => "prices",
            Self::FlowRules => "flow rules",
            Self::Tier => "tier",
            Self::Payment => "payment",
            Self::Budget => "budget",
            Self::RiskShare => "risk share",
        })
    }
}

/// The parts of which a scenario has tables; the others belong to an option.
const OF_SCENARIO: [Part; 5] = [Part::Demand, Part::Pathways, Part::Choice, Part::Capacity, Part::Prices];
const OF_OPTION: [Part; 5] = [Part::FlowRules, Part::Tier, Part::Payment, Part::Budget, Part::RiskShare];

/// States that differ in their options alone, so that they may share simulations.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// The scenario. It keeps the options of both sides, because a scope holds the patients of all of them.
    pub scenario: Scenario,
    /// The states in order: an option, and the part that was changed last; nothing for where all begins.
    pub states: Vec<(OptionId, Option<Part>)>,
}

impl Stretch {
    fn new(scenario: &Scenario, option: &TieringOption, part: Option<Part>) -> Self {
        let mut scenario = scenario.clone();
        let id = scenario.options.push(option.clone());
        Self { scenario, states: vec![(id, part)] }
    }
}

/// Why two scenarios cannot be taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AttributionError {
    /// They have not the same rows.
    #[error(
        "the scenarios have not the same {0}: a step would move patients between things that only one of them knows"
    )]
    Rows(&'static str),
    /// Nothing differs.
    #[error("nothing differs between the two: there is no difference to explain")]
    Nothing,
}

/// The states between `from` and `to`, each an option of a scenario; parts that are equal make no step.
///
/// First the parts of the scenario change one after another, under the first option, then those of the option. Both scenarios
/// need the same bodies, areas, providers, pools, services and stages; what they hold may differ.
///
/// # Errors
/// [`AttributionError`].
pub fn stretches(from: (&Scenario, OptionId), to: (&Scenario, OptionId)) -> Result<Vec<Stretch>, AttributionError> {
    let (one, other) = (from.0, to.0);
    comparable(one, other)?;
    // Parts are changed as they were planned, and the factors on them with each.
    let mut factors = one.factors.clone();
    let mut state = one.planned().clone();
    state.run.clone_from(&one.run);
    for option in &other.options {
        state.options.push(option.clone());
    }
    let planned = other.planned();
    let made = |state: &Scenario, factors: &Factors| state.with_factors(factors.clone());
    let mut option = TieringOption { id: state_id(0), ..one.options[from.1].clone() };
    let mut all = vec![Stretch::new(&made(&state, &factors), &option, None)];
    let mut count = 0;
    for part in OF_SCENARIO {
        let before = (state.clone(), factors.clone());
        change(&mut state, planned, part);
        for &lever in levers(part) {
            factors.take(lever, &other.factors);
        }
        if (&state, &factors) != (&before.0, &before.1) {
            count += 1;
            option.id = state_id(count);
            all.push(Stretch::new(&made(&state, &factors), &option, Some(part)));
        }
    }
    let goal = &other.options[to.1];
    for part in OF_OPTION {
        let (before, old) = (state.clone(), option.clone());
        change(&mut state, planned, part);
        match part {
            Part::FlowRules => option.flow_rules = goal.flow_rules,
            Part::Tier => {
                (option.phases, option.scheme) = (goal.phases.clone(), goal.scheme);
                option.contribution = goal.contribution;
            }
            Part::Payment => option.payment = goal.payment,
            Part::Budget => option.budget = goal.budget,
            Part::RiskShare => option.risk_share = goal.risk_share,
            _ => {}
        }
        if state != before || option != old {
            count += 1;
            option.id = state_id(count);
            match all.last_mut() {
                Some(last) if state == before => {
                    let id = last.scenario.options.push(option.clone());
                    last.states.push((id, Some(part)));
                }
                _ => all.push(Stretch::new(&made(&state, &factors), &option, Some(part))),
            }
        }
    }
    if count == 0 { Err(AttributionError::Nothing) } else { Ok(all) }
}

fn state_id(number: usize) -> String {
    format!("state-{number}")
}

/// The factors that belong to a part.
fn levers(part: Part) -> &'static [Lever] {
    match part {
        Part::Demand => &[Lever::Demand, Lever::Growth],
        Part::Pathways => &[Lever::Stay],
        Part::Capacity => &[Lever::Capacity],
        Part::Prices => &[Lever::Price],
        _ => &[],
    }
}

/// Gives a scenario a part of another.
fn change(state: &mut Scenario, other: &Scenario, part: Part) {
    match part {
        Part::Demand => {
            state.demand.clone_from(&other.demand);
            state.uncertainty = other.uncertainty;
            state.waiting_at_start.clone_from(&other.waiting_at_start);
        }
        Part::Pathways => {
            // Prices change later.
            let mut services = other.services.clone();
            for (new, old) in services.iter_mut().zip(&state.services) {
                new.specialised_share = old.specialised_share;
                for (new, old) in new.stages.iter_mut().zip(&old.stages) {
                    new.charges.clone_from(&old.charges);
                }
            }
            state.services = services;
        }
        Part::Choice => {
            state.referral.clone_from(&other.referral);
            state.travel.clone_from(&other.travel);
        }
        Part::Capacity => {
            state.pools.clone_from(&other.pools);
            state.providers.clone_from(&other.providers);
        }
        Part::Prices => state.services.clone_from(&other.services),
        Part::FlowRules => {
            state.flow_rules.clone_from(&other.flow_rules);
            state.overflow.clone_from(&other.overflow);
        }
        Part::Payment => {
            state.payments.clone_from(&other.payments);
            state.agreed.clone_from(&other.agreed);
        }
        Part::Budget => state.budgets.clone_from(&other.budgets),
        Part::Tier | Part::RiskShare => {}
    }
}

/// Whether typed indices of one scenario mean the same in the other.
fn comparable(one: &Scenario, other: &Scenario) -> Result<(), AttributionError> {
    let same = |what, is: bool| if is { Ok(()) } else { Err(AttributionError::Rows(what)) };
    let stages = |scenario: &Scenario| -> Vec<(String, Vec<String>)> {
        let of = |service: &crate::domain::Service| service.stages.iter().map(|stage| stage.id.clone()).collect();
        scenario.services.iter().map(|service| (service.id.clone(), of(service))).collect()
    };
    let providers = |scenario: &Scenario| -> Vec<String> {
        scenario.providers.iter().map(|provider| provider.id.clone()).collect()
    };
    let pools = |scenario: &Scenario| -> Vec<(u32, String)> {
        scenario.pools.iter().map(|pool| (pool.provider.0, pool.id.clone())).collect()
    };
    let rules = |scenario: &Scenario| -> [Vec<String>; 3] {
        [
            scenario.flow_rules.iter().map(|rules| rules.id.clone()).collect(),
            scenario.payments.iter().map(|rules| rules.id.clone()).collect(),
            scenario.budgets.iter().map(|rules| rules.id.clone()).collect(),
        ]
    };
    same("days, seed, horizon or warm-up", one.run == other.run)?;
    same("home areas and bodies", one.geography == other.geography)?;
    same("providers", providers(one) == providers(other))?;
    let scope = |scenario: &Scenario| -> (bool, BTreeSet<IcbId>, Vec<bool>) {
        let inside = scenario.providers.iter().map(|provider| provider.in_scope).collect();
        (scenario.scoped, scenario.scope_icbs.clone(), inside)
    };
    same("scope", scope(one) == scope(other))?;
    same("audits", one.audits == other.audits)?;
    same("standards of the dashboard", one.standards == other.standards)?;
    same("pools", pools(one) == pools(other))?;
    same("services and stages", stages(one) == stages(other))?;
    same("sets of flow rules, payment rules and budgets", rules(one) == rules(other))
}
