//! Pools that are not at rest when the results begin.

use super::waiting::overloaded_pools;
use super::{Note, NoteKind, by_simulation};
use crate::domain::{Asked, Lever, Offer, Pool, Profile};
use crate::ids::PoolId;
use crate::results::Part;
use crate::results::layout::{Outline, Row};
use crate::results::table::settling::SETTLING;
use crate::scenario::Scenario;
use crate::stats::student::MeanTest;
use crate::units::{DAY, DAYS_PER_YEAR};
use std::collections::{BTreeMap, BTreeSet};

/// The chance that some pool of a simulation is named though all are at rest.
const LEVEL: f64 = 0.01;

/// The largest share of the time after the first part that a broken cycle may take.
const SMALL: f64 = 0.005;

/// Where an early and a later value of a pool stand.
type Parts<'o> = (&'o [String], [usize; 2]);

/// Pools whose patients in the first part of the time differ from the rest, over replications. Overloaded pools are never at
/// rest; another note names them.
///
/// Where the scenario itself changes with time (seasons, growth, openings and closures) the beginning may differ for that
/// reason, and nothing is said.
pub(super) fn unsettled(scenario: &Scenario, parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    let Some(early) = parts.first().map(|part| part.model.calendar.first_part()) else { return Vec::new() };
    if changes(scenario, early) {
        return Vec::new();
    }
    let mut pools: BTreeMap<&str, Vec<Parts<'_>>> = BTreeMap::new();
    let rows: Vec<Row<'_>> = outline.rows_of(&SETTLING).collect();
    for pair in rows.windows(2) {
        if let [one, other] = pair
            && one.metric.name == "early_mean_present"
            && other.metric.name == "later_mean_present"
        {
            pools.entry(one.option).or_default().push((one.entity, [one.position, other.position]));
        }
    }
    let together = if scenario.run.antithetic { 2 } else { 1 };
    let warm_up = scenario.run.warm_up.0;
    let advice = if !scenario.waiting_at_start.is_empty()
        || scenario.pools.iter().any(|pool| pool.occupied_at_start.is_some())
    {
        "They are on their way from the patients stated at the start to where these rules lead, and means over the run are of both: \
         run longer and read year by year (--set run.periods=financial-year)"
            .to_owned()
    } else {
        let than = if warm_up == 0 { "none".to_owned() } else { format!("{} days", rounded(warm_up)) };
        format!(
            "Begin with a longer warm-up than {than} (--set run.warm_up=auto chooses one), or with a stationary start"
        )
    };
    by_simulation(parts, |part| {
        let pools = pools.get(part.options.first()?.as_str())?;
        let name = |(id, ..): (PoolId, Asked, Offer)| {
            let pool = &scenario.pools[id];
            [scenario.providers[pool.provider].id.clone(), pool.id.clone()]
        };
        let overloaded: BTreeSet<[String; 2]> = overloaded_pools(scenario, part.model).map(name).collect();
        let tested: Vec<_> = pools.iter().filter(|(pool, _)| !overloaded.iter().any(|name| name == pool)).collect();
        let level = LEVEL / tested.len().max(1) as f64;
        let test = |(pool, [early, later]): &&Parts<'_>| {
            let mean = |of: &[Vec<f64>], at: usize| of.iter().map(|one| one[at]).sum::<f64>() / of.len() as f64;
            let lead = numbers.chunks(together).map(|of| mean(of, *early) - mean(of, *later));
            let test = MeanTest::of(lead, level)?;
            let share = test.mean.abs() / mean(numbers, *later);
            let (early, later) = (mean(numbers, *early), mean(numbers, *later));
            (test.p_value < level)
                .then(|| (share, format!("{} ({early:.2} patients, then {later:.2})", pool.join(" "))))
        };
        let mut found: Vec<(f64, String)> = tested.iter().filter_map(test).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let list: Vec<String> = found.into_iter().map(|(_, pool)| pool).collect();
        let lead = format!(
            "These pools are not at rest when the results begin: their patients over the first {} days differ from the rest (1 % level \
             over all pools; table `settling`). {advice}",
            rounded(early),
        );
        (!list.is_empty()).then_some(Note { kind: NoteKind::WarmUp, lead, list })
    })
}

fn rounded(ticks: u64) -> String {
    let days = ticks as f64 / DAY as f64;
    if days >= 10.0 { format!("{days:.0}") } else { format!("{days:.3}") }
}

/// Whether the scenario itself changes in the time of the results, other than in cycles of which the first part has whole ones.
fn changes(scenario: &Scenario, early: u64) -> bool {
    let later = scenario.run.horizon.0.saturating_sub(early).max(1);
    // The rest may have a part of a cycle that is too small to be seen.
    let whole = |cycle: u64| cycle > 0 && early.is_multiple_of(cycle) && (later % cycle) as f64 <= SMALL * later as f64;
    let seasonal = |profile: &Profile| match profile {
        Profile::Constant => false,
        Profile::Piecewise { cycle, .. } | Profile::Sinusoidal { cycle, .. } => !whole(cycle.0),
    };
    let varies = |pool: &Pool| {
        let calendar = pool.calendar.as_ref();
        !pool.changes.is_empty() || calendar.is_some_and(|calendar| !whole(calendar.cycle.0))
    };
    let grows = |service| scenario.factors.of(service, Lever::Growth) != 1.0;
    scenario.demand.iter().any(|stream| seasonal(&stream.profile))
        || scenario.pools.iter().any(varies)
        || scenario.run.horizon.days() > DAYS_PER_YEAR && scenario.services.ids().any(grows)
}
