//! Which options share a simulation.

use crate::ids::{FlowId, OptionId};
use crate::model::{CompileError, Model, compile};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// A model and the options under which patients flow so.
#[derive(Debug)]
pub struct Simulation {
    /// The model.
    pub model: Model,
    /// The options, in the order given; at least one.
    pub options: Vec<OptionId>,
    /// The same model with demand that varies beyond chance, where the scenario says how.
    pub varied: Option<Model>,
}

/// The simulations that some options need, in the order of their first options: one for all flow rules that make the same
/// model.
///
/// # Errors
/// That of the first flow rules that cannot be compiled.
pub fn simulations(scenario: &Scenario, options: &[OptionId]) -> Result<Vec<Simulation>, CompileError> {
    let mut simulations: Vec<Simulation> = Vec::new();
    let mut known: BTreeMap<FlowId, usize> = BTreeMap::new();
    for &option in options {
        let rules = scenario.options[option].flow_rules;
        if let Some(&place) = known.get(&rules) {
            simulations[place].options.push(option);
            continue;
        }
        let model = compile(scenario, rules)?;
        let equal = simulations.iter().position(|other| other.model.fingerprint == model.fingerprint);
        if let Some(place) = equal {
            simulations[place].options.push(option);
        } else {
            let again = |uncertainty| Ok(compile(scenario, rules)?.varied(scenario, uncertainty));
            let varied = scenario.uncertainty.map(again).transpose()?;
            simulations.push(Simulation { model, options: vec![option], varied });
        }
        known.insert(rules, equal.unwrap_or(simulations.len() - 1));
    }
    Ok(simulations)
}
