//! Which patients a scope holds: the same under all options.

use super::places::{self, Pick};
use crate::domain::{FlowRule, StreamDemand};
use crate::ids::{FlowId, HomeAreaId, IndexVec, ProviderId};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// A boundary of shares nearer than this to another is the same one, but for rounding.
const ROUNDING: f64 = 1e-12;

/// Every resident of the host ICBs of its providers and of the ICBs that it names, and every patient who is referred to one of
/// its providers, by choice or steered by the flow rules of any option.
pub(super) struct Scope {
    everything: bool,
    home_areas: IndexVec<HomeAreaId, bool>,
    /// The sets of flow rules of the options.
    flow_rules: BTreeSet<FlowId>,
}

impl Scope {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let followed = scenario.followed_icbs();
        Self {
            everything: !scenario.scoped,
            home_areas: scenario.geography.home_areas.iter().map(|area| followed.contains(&area.icb)).collect(),
            flow_rules: scenario.options.iter().map(|option| option.flow_rules).collect(),
        }
    }

    /// Whether the scope holds all patients of a home area.
    pub(super) fn holds_residents(&self, area: HomeAreaId) -> bool {
        self.everything || self.home_areas[area]
    }

    /// The first choices of a stream by a flow rule, each with whether the scope holds it.
    ///
    /// A random word means a point of the cumulative shares. Other options' rules may steer a part of those who make one choice
    /// to a provider of the scope: the choice is cut there.
    pub(super) fn picks(
        &self,
        scenario: &Scenario,
        demand: &StreamDemand,
        rule: &FlowRule,
        shares: &[(ProviderId, f64)],
    ) -> Vec<(Pick, bool)> {
        let steer = |rule: &FlowRule| places::steer(scenario, rule, demand.service, demand.home_area, shares);
        let picks = steer(rule);
        if self.holds_residents(demand.home_area) {
            return picks.into_iter().map(|pick| (pick, true)).collect();
        }
        let mut held: Vec<(f64, f64)> = Vec::new();
        for &set in &self.flow_rules {
            let mut from = 0.0;
            for pick in steer(&scenario.flow_rules[set].rules[demand.service]) {
                let to = from + pick.share;
                if scenario.providers[pick.unsteered].in_scope || scenario.providers[pick.provider].in_scope {
                    held.push((from, to));
                }
                from = to;
            }
        }
        let mut bounds: Vec<f64> = held.iter().flat_map(|&(from, to)| [from, to]).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup_by(|a, b| (*a - *b).abs() < ROUNDING);
        let mut cut = Vec::with_capacity(picks.len());
        let mut from = 0.0;
        for pick in picks {
            let to = from + pick.share;
            let within = bounds.iter().copied().filter(|&at| at > from + ROUNDING && at < to - ROUNDING);
            let ends: Vec<f64> = within.chain([to]).collect();
            let whole = ends.len() == 1;
            let mut start = from;
            for end in ends {
                let middle = f64::midpoint(start, end);
                let holds = held.iter().any(|&(from, to)| from <= middle && middle < to);
                // A choice without referrals is in scope with its provider.
                let holds = holds || pick.share <= 0.0 && scenario.providers[pick.provider].in_scope;
                let share = if whole { pick.share } else { end - start };
                cut.push((Pick { share, ..pick }, holds));
                start = end;
            }
            from = to;
        }
        cut
    }
}
