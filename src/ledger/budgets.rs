//! Budgets by ICB of residence and service.

use super::Tariff;
use crate::domain::{BudgetBasis, FlowRules, HomeArea, IcbKind, TieringOption};
use crate::ids::{FlowId, IcbId, Id as _, IndexVec, LineId, ServiceId};
use crate::model::{Model, compile};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Pence by ICB of residence and service.
pub(super) type Budgets = BTreeMap<(IcbId, ServiceId), f64>;

/// The budgets of each financial year of the run under an option, of whose flow rules the model is; none if it has no budgets.
///
/// History is that of today's flows: those of the flow rules `base`, whatever the option's own rules make of them. Budgets
/// are made before anybody knows the scenario's factors, unless they say that they follow them.
pub(super) fn budgets(scenario: &Scenario, model: &Model, tariff: &Tariff, option: &TieringOption) -> Vec<Budgets> {
    let Some(rules) = option.budget.map(|budget| &scenario.budgets[budget]) else { return Vec::new() };
    // Of each financial year its days, which what is expected follows.
    let mut years: BTreeMap<usize, f64> = BTreeMap::new();
    for base in &model.calendar.base {
        years.entry(base.year).or_insert_with(|| base.financial_year().1);
    }
    let scaled = |budgets: &Budgets, factor: f64| budgets.iter().map(|(&key, pence)| (key, pence * factor)).collect();
    let known = if rules.follows_factors { scenario } else { scenario.planned() };
    let history = if matches!(rules.basis, BudgetBasis::Stated(_)) {
        Budgets::new()
    } else if let Some(today) = todays(known, option.flow_rules, known.factors != scenario.factors) {
        expected_per_day(known, &today, &Tariff::compile(known, &today))
    } else {
        expected_per_day(scenario, model, tariff)
    };
    let need = by_need(scenario, &history);
    let of_year = |(&year, &days): (&usize, &f64)| -> Budgets {
        let grown = (1.0 + rules.growth).powi(year as i32);
        match &rules.basis {
            BudgetBasis::Stated(stated) => stated.iter().map(|(&key, pence)| (key, pence.0 as f64 * grown)).collect(),
            BudgetBasis::History { level } => scaled(&history, level * days * grown),
            BudgetBasis::Need { level } => scaled(&need, level * days * grown),
            BudgetBasis::Converging { level, yearly_cap } => {
                scaled(&converged(&history, &need, yearly_cap * (year as f64)), level * days * grown)
            }
        }
    };
    years.iter().map(of_year).collect()
}

/// The model of today's flows, where an option has other flow rules or the model is of `other` factors.
fn todays(scenario: &Scenario, own: FlowId, other: bool) -> Option<Model> {
    let (base, _) = scenario.flow_rules.iter_ids().find(|(_, rules)| rules.id == FlowRules::BASE)?;
    (base != own || other).then(|| compile(scenario, base).ok()).flatten()
}

/// What the flows of the scenario are expected to cost, pence a day, by the traffic equations.
fn expected_per_day(scenario: &Scenario, model: &Model, tariff: &Tariff) -> Budgets {
    let mut costs = Budgets::new();
    for (id, route) in model.routes.iter_ids() {
        let stream = &model.streams[route.stream];
        let icb = scenario.geography.home_areas[stream.home_area].icb;
        let first = model.first_line[stream.service].index();
        let stages = scenario.services[stream.service].stages.ids().map(|stage| LineId::new(first + stage.index()));
        let cost = |line| {
            let stay = tariff.expected_stay(scenario, model, (line, route.provider), stream.home_area);
            model.expected.visits[line] * stay
        };
        let each: f64 = stages.map(cost).sum();
        *costs.entry((icb, stream.service)).or_default() += model.expected.referrals_per_day[id] * each;
    }
    costs
}

/// The same total for each service, shared by need-weighted registered population among the ICBs that have patients of it;
/// where none of their home areas states any, by history. Other nations keep their history.
fn by_need(scenario: &Scenario, history: &Budgets) -> Budgets {
    let geography = &scenario.geography;
    let mut persons: IndexVec<IcbId, f64> = vec![0.0; geography.icbs.len()].into();
    let need = |area: &HomeArea| area.need_weighted_population.or(area.population).unwrap_or(0.0);
    geography.home_areas.iter().for_each(|area| persons[area.icb] += need(area));
    let shares = |icb: IcbId| geography.icbs[icb].kind == IcbKind::Board;
    let mut totals: BTreeMap<ServiceId, f64> = BTreeMap::new();
    let mut budgets = Budgets::new();
    for (&(icb, service), &pence) in history {
        if shares(icb) {
            *totals.entry(service).or_default() += pence;
        } else {
            budgets.insert((icb, service), pence);
        }
    }
    for (&service, total) in &totals {
        let patients = |icb: &IcbId| shares(*icb) && history.contains_key(&(*icb, service));
        let boards: Vec<IcbId> = geography.icbs.ids().filter(patients).collect();
        let all: f64 = boards.iter().map(|&icb| persons[icb]).sum();
        let need = |icb: IcbId| if all > 0.0 { total * persons[icb] / all } else { history[&(icb, service)] };
        budgets.extend(boards.iter().map(|&icb| ((icb, service), need(icb))));
    }
    budgets
}

/// From one set of budgets towards another with the same total: each budget of a service moves by at most `cap` of what
/// it was, and gains are cut, or losses, until they balance.
fn converged(from: &Budgets, to: &Budgets, cap: f64) -> Budgets {
    let mut moves: BTreeMap<ServiceId, Vec<(IcbId, f64, f64)>> = BTreeMap::new();
    let keys = from.keys().chain(to.keys()).copied().collect::<std::collections::BTreeSet<_>>();
    for key in keys {
        let [before, after] = [from, to].map(|budgets| budgets.get(&key).copied().unwrap_or(0.0));
        moves.entry(key.1).or_default().push((key.0, before, (after - before).clamp(-cap * before, f64::MAX)));
    }
    let mut budgets = Budgets::new();
    for (service, icbs) in moves {
        // Who has nothing yet gains without a limit of its own.
        let capped = |&(icb, before, step): &(IcbId, f64, f64)| {
            (icb, before, if before > 0.0 { step.min(cap * before) } else { step })
        };
        let icbs: Vec<_> = icbs.iter().map(capped).collect();
        let gains: f64 = icbs.iter().map(|one| one.2.max(0.0)).sum();
        let losses: f64 = icbs.iter().map(|one| (-one.2).max(0.0)).sum();
        let moved = gains.min(losses);
        for (icb, before, step) in icbs {
            let side = if step > 0.0 { gains } else { losses };
            let step = if side > 0.0 { step * moved / side } else { 0.0 };
            budgets.insert((icb, service), before + step);
        }
    }
    budgets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(u32, f64)]) -> Budgets {
        rows.iter().map(|&(icb, pence)| ((IcbId(icb), ServiceId(0)), pence)).collect()
    }

    #[test]
    fn convergence_is_capped_and_balances() {
        let (from, to) = (of(&[(0, 100.0), (1, 100.0), (2, 200.0)]), of(&[(0, 130.0), (1, 95.0), (2, 175.0)]));
        assert_eq!(converged(&from, &to, 0.0), from);
        // Losses 5 and 20, gain at most 10: losses are cut to 2 and 8.
        assert_eq!(converged(&from, &to, 0.1), of(&[(0, 110.0), (1, 98.0), (2, 192.0)]));
        assert_eq!(converged(&from, &to, 1.0), to);
    }
}
