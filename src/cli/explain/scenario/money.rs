//! Payment rules, budgets and risk shares in words.

use crate::cli::numbers::percent;
use crate::domain::{
    BudgetBasis, BudgetRules, DrugsHolder, LowVolume, PaymentRules, RiskShare, Role, ShareRule, TieringOption,
};
use crate::scenario::Scenario;
use crate::units::Pence;

/// What the options' payment rules and budgets say, one line each.
pub(super) fn rules(scenario: &Scenario) -> Vec<String> {
    let used = |id| scenario.shown.iter().any(|&option| scenario.options[option].payment == id);
    let payments = scenario.payments.iter_ids().filter(|(id, set)| used(*id) && **set != PaymentRules::activity());
    let payments = payments.map(|(_, set)| format!("payment `{}`: {}", set.id, payment(set)));
    payments.chain(scenario.budgets.iter().map(|set| format!("budgets `{}`: {}", set.id, budget(set)))).collect()
}

fn payment(set: &PaymentRules) -> String {
    let mut said = vec![match &set.aligned {
        None => "price x activity".to_owned(),
        Some(aligned) => {
            let classes = aligned.variable_classes.iter().map(ToString::to_string);
            let variable: Vec<String> = classes.chain(aligned.variable_points.iter().cloned()).collect();
            if variable.is_empty() {
                "the agreed activity, whatever happens".to_owned()
            } else {
                let (names, rate) = (variable.join(", "), percent(aligned.rate.as_f64(), 0));
                format!("the agreed activity; of {names} {rate} of the price for what differs from it")
            }
        }
    }];
    let inside = |inside: bool| if inside { "delegated services inside" } else { "delegated services outside" };
    match set.low_volume {
        LowVolume::None => {}
        LowVolume::Table { delegated_inside } => {
            said.push(format!("low-volume blocks as stated, {}", inside(delegated_inside)));
        }
        LowVolume::Threshold { below, delegated_inside } => {
            said.push(format!("a what-if: blocks for pairs below {below} a year, {}", inside(delegated_inside)));
        }
    }
    if set.drugs_holder == DrugsHolder::Payer {
        said.push("excluded drugs and devices with the payer".to_owned());
    }
    if set.contract_line_cost != Pence(0) {
        said.push(format!("{} a year for each contract line", set.contract_line_cost));
    }
    said.join("; ")
}

fn budget(set: &BudgetRules) -> String {
    let times = |level: f64| if level == 1.0 { String::new() } else { format!(", times {level}") };
    let basis = match &set.basis {
        BudgetBasis::Stated(lines) => format!("as stated, {} lines", lines.len()),
        BudgetBasis::History { level } => format!("what today's flows are expected to cost{}", times(*level)),
        BudgetBasis::Need { level } => {
            format!("each service's expected cost shared by need-weighted population{}", times(*level))
        }
        BudgetBasis::Converging { level, yearly_cap } => format!(
            "from today's flows towards need-weighted population by at most {} a year{}",
            percent(*yearly_cap, 1),
            times(*level)
        ),
    };
    let growth =
        if set.growth == 0.0 { String::new() } else { format!(", growing by {} a year", percent(set.growth, 1)) };
    format!("{basis}{growth}; over {} is a large overspend", percent(set.large_overspend, 1))
}

/// How an option's members share, if anybody does.
pub(super) fn sharing(option: &TieringOption) -> Option<String> {
    let pooled = option.arrangements().any(|one| matches!(one.bears_variance, Role::Footprint | Role::Region));
    let RiskShare { rule, top_slice } = option.risk_share;
    let by = option.contribution.to_string().replace('-', " ");
    let budget = option.budget.is_some();
    let said = match (rule, budget) {
        (ShareRule::None, _) | (ShareRule::ByUse | ShareRule::CapAndCollar { .. }, false) => {
            "each ICB of a pool bears what its residents cost".to_owned()
        }
        (ShareRule::ByContribution, false) => format!("ICBs feed the pools by {by}"),
        (ShareRule::ByContribution, true) => {
            format!("ICBs bring their budgets, and share what is over or under by {by}")
        }
        (ShareRule::ByUse, true) => "ICBs bring their budgets, and share what is over or under by use".to_owned(),
        (ShareRule::CapAndCollar { limit }, true) => format!(
            "each ICB bears what is over or under its budget up to {} of it; what lies beyond is shared by {by}",
            percent(limit, 1)
        ),
    };
    let slice = if top_slice { "; excess bed-days are pooled first" } else { "" };
    pooled.then(|| said + slice)
}
