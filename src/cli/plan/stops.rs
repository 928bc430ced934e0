//! What stops a plan, and what would help.

use super::labels::{Labels, shown_value, worst_months};
use crate::cli::numbers;
use crate::results::CapacityPlan;

/// How many that miss a target are named.
const NAMED: usize = 3;
/// Places hardly move a target when all capacities that were tried moved it by less than this share of what is missing.
const HARDLY: f64 = 0.1;

/// One paragraph a target: who misses it and by how much, whether places act on it at all, and what to do.
pub(super) fn stops(plan: &CapacityPlan<'_>, labels: &Labels<'_>) -> Vec<String> {
    let missed = worst_months(plan, plan.out_of_reach().into_iter());
    let of = |aim: usize| -> Option<String> {
        let mut missed: Vec<usize> = missed.iter().copied().filter(|&at| plan.targets[at].aim == aim).collect();
        let own = |at: usize| plan.kept(at).exact.unwrap_or(plan.planned.seen[at].mean);
        let wanted = &plan.rules.aims[aim];
        let behind = |at: usize| (own(at) - wanted.bound).abs();
        missed.sort_by(|&a, &b| behind(b).total_cmp(&behind(a)).then(a.cmp(&b)));
        let first = *missed.first()?;
        let of_aim = (0..plan.targets.len()).filter(|&at| plan.targets[at].aim == aim);
        let all = worst_months(plan, of_aim).len();
        let mut named: Vec<String> = missed.iter().take(NAMED).map(|&at| one(plan, labels, at)).collect();
        if missed.len() > NAMED {
            named.push(format!("and {} more", missed.len() - NAMED));
        }
        let how_many = if all > 1 { format!(" for {} of {all}", missed.len()) } else { String::new() };
        let with = if plan.targets[first].goal.eased {
            "even with the most places that are allowed"
        } else {
            "with the places that the others need"
        };
        let cause = if !plan.targets[first].goal.eased {
            "It contradicts the other targets: more places move it away from its bound.".to_owned()
        } else if missed.iter().all(|&at| hardly_moved(plan, at)) {
            format!(
                "Places hardly move it ({}): no capacity reaches it. Plan for what places act on, such as waits, refusals or use{}.",
                moved(plan, first, labels),
                if wanted.metric.unit == "km" { "; distance hangs on the sites (`tierflow sites`)" } else { "" }
            )
        } else {
            "More places may help: raise `most` in place_limits (or --max-places), or loosen the target.".to_owned()
        };
        Some(format!("{} is missed{how_many}, {with}: {}. {cause}", wanted.text, named.join("; ")))
    };
    (0..plan.rules.aims.len()).filter_map(of).collect()
}

/// Whose it is, with its value and the places that it hangs on.
fn one(plan: &CapacityPlan<'_>, labels: &Labels<'_>, at: usize) -> String {
    let target = &plan.targets[at];
    let aim = &plan.rules.aims[target.aim];
    let (of, kept) = (labels.of(aim, &target.entity, &target.period), plan.kept(at));
    let value = shown_value(kept.seen, kept.exact, aim.metric.unit);
    let places = target.goal.knob.filter(|_| target.goal.eased).map_or_else(String::new, |knob| {
        format!(" with {}", numbers::of(plan.planned.places[knob] as usize, "place", "places"))
    });
    format!("{of} {value}{places}")
}

/// Whether all capacities that were tried moved it by next to nothing.
fn hardly_moved(plan: &CapacityPlan<'_>, at: usize) -> bool {
    let missing = (plan.planned.seen[at].mean - plan.rules.aims[plan.targets[at].aim].bound).abs();
    plan.planned.spread[at].is_some_and(|spread| spread.high - spread.low < HARDLY * missing)
}

/// From where to where the capacities that were tried moved it.
fn moved(plan: &CapacityPlan<'_>, at: usize, labels: &Labels<'_>) -> String {
    let target = &plan.targets[at];
    let aim = &plan.rules.aims[target.aim];
    let Some(spread) = plan.planned.spread[at] else { return String::new() };
    format!(
        "the capacities that were tried move that of {} by {}",
        labels.entity(aim, &target.entity),
        super::labels::amount(spread.high - spread.low, 2, aim.metric.unit)
    )
}
