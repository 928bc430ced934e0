//! The best use of a budget: places that leave as little as possible of something, such as patients who wait.
//!
//! What a pool leaves is taken to hang on its own places, so the best division is a knapsack of which each pool fills one
//! compartment (a multiple-choice knapsack), solved exactly by dynamic programming over whole units of cost (R. Bellman, 1957).

use super::{Trial, TrialError};
use crate::stats::student::MeanTest;
use std::collections::BTreeMap;
use std::ops::Range;

/// Places that may be bought for a pool: `least`, `least + step`, ... up to `most`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The fewest.
    pub least: u32,
    /// The most, on the grid.
    pub most: u32,
    /// From one number to the next; positive.
    pub step: u32,
    /// What a place costs, in whole units of the budget; positive.
    pub cost: u64,
    /// Offered load in places: what proportional sharing goes by. Not negative.
    pub load: f64,
}

impl Share {
    fn grid(&self) -> impl Iterator<Item = u32> + use<> {
        (self.least..=self.most).step_by(self.step.max(1) as usize)
    }
}

/// Places of each pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Division {
    /// Places of each pool.
    pub places: Vec<u32>,
    /// Whether costs were not rounded.
    pub exact: bool,
}

/// Units of cost beyond which the knapsack is rounded (up, so that the budget is kept).
const UNITS: u64 = 20_000;
/// Levels on each side of a division at which pools are looked at.
const LEVELS: u32 = 5;
/// How often the levels are laid around a better division.
const ROUNDS: u32 = 4;

/// The division of a budget with the least sum of `leaves(pool, places)`, the first of equals; nothing where the fewest places
/// of all cost more than the budget. Exact for up to 20,000 units of cost beyond the least (after the greatest common divisor), beyond that costs are
/// rounded up to that resolution.
pub fn divide(shares: &[Share], budget: u64, leaves: &dyn Fn(usize, u32) -> f64) -> Option<Division> {
    let least: u64 = shares.iter().map(|share| share.cost * u64::from(share.least)).sum();
    let spare = budget.checked_sub(least)?;
    let per_step = |share: &Share| share.cost * u64::from(share.step.max(1));
    let unit = shares.iter().map(per_step).fold(0, gcd).max(1);
    let rounded = spare.div_ceil(UNITS) > unit;
    let unit = if rounded { spare.div_ceil(UNITS) } else { unit };
    let units = (spare / unit) as usize;
    // For each number of units the least sum of the pools so far, and each pool's choice.
    let mut best = vec![0.0; units + 1];
    let mut choices: Vec<Vec<u32>> = Vec::with_capacity(shares.len());
    for (pool, share) in shares.iter().enumerate() {
        let mut next = vec![f64::INFINITY; units + 1];
        let mut choice = vec![share.least; units + 1];
        for (steps, places) in share.grid().enumerate() {
            let used = (steps as u64 * per_step(share)).div_ceil(unit);
            if used > units as u64 {
                break;
            }
            let left = leaves(pool, places);
            for all in used as usize..=units {
                let sum = best[all - used as usize] + left;
                if sum < next[all] {
                    (next[all], choice[all]) = (sum, places);
                }
            }
        }
        best = next;
        choices.push(choice);
    }
    let mut at = units;
    let mut places = vec![0; shares.len()];
    for (pool, choice) in choices.iter().enumerate().rev() {
        let share = &shares[pool];
        places[pool] = choice[at];
        let steps = u64::from((choice[at] - share.least) / share.step.max(1));
        at -= (steps * per_step(share)).div_ceil(unit) as usize;
    }
    if rounded {
        // What rounding left over buys the steps that help most.
        let cost = |places: &[u32]| -> u64 {
            shares.iter().zip(places).map(|(share, &places)| share.cost * u64::from(places)).sum()
        };
        loop {
            let left = budget.saturating_sub(cost(&places));
            let gain =
                |&pool: &usize| leaves(pool, places[pool]) - leaves(pool, places[pool] + shares[pool].step.max(1));
            let can = (0..shares.len()).filter(|&pool| {
                places[pool] + shares[pool].step.max(1) <= shares[pool].most && per_step(&shares[pool]) <= left
            });
            let Some(best) =
                can.max_by(|a, b| gain(a).total_cmp(&gain(b)).then(b.cmp(a))).filter(|pool| gain(pool) > 0.0)
            else {
                break;
            };
            places[best] += shares[best].step.max(1);
        }
    }
    Some(Division { places, exact: !rounded })
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The division in proportion to loads by largest remainder, within limits and budget; nothing where the fewest places of all
/// cost more than the budget.
pub fn in_proportion(shares: &[Share], budget: u64) -> Option<Vec<u32>> {
    let cost = |places: &[u32]| -> u64 {
        shares.iter().zip(places).map(|(share, &places)| share.cost * u64::from(places)).sum()
    };
    let on_grid = |share: &Share, places: f64| {
        let steps = libm::floor((places - f64::from(share.least)).max(0.0) / f64::from(share.step.max(1)) + 1e-9);
        (f64::from(share.least) + steps * f64::from(share.step.max(1))).min(f64::from(share.most)) as u32
    };
    let of_load: f64 = shares.iter().map(|share| share.cost as f64 * share.load).sum();
    let scale = if of_load > 0.0 { budget as f64 / of_load } else { 0.0 };
    let mut places: Vec<u32> = shares.iter().map(|share| on_grid(share, share.load * scale)).collect();
    // Fewest places may have cost more than their share: the others give back, the best off first.
    while cost(&places) > budget {
        let ahead = |&pool: &usize| f64::from(places[pool]) - shares[pool].load * scale;
        let can = (0..shares.len()).filter(|&pool| places[pool] > shares[pool].least);
        let pool = can.max_by(|a, b| ahead(a).total_cmp(&ahead(b)).then(b.cmp(a)))?;
        places[pool] -= shares[pool].step.max(1).min(places[pool] - shares[pool].least);
    }
    loop {
        let spare = budget - cost(&places);
        let behind = |&pool: &usize| shares[pool].load * scale - f64::from(places[pool]);
        let can = (0..shares.len()).filter(|&pool| {
            let step = shares[pool].step.max(1);
            places[pool] + step <= shares[pool].most && shares[pool].cost * u64::from(step) <= spare
        });
        match can.max_by(|a, b| behind(a).total_cmp(&behind(b)).then(b.cmp(a))) {
            Some(pool) => places[pool] += shares[pool].step.max(1),
            None => return Some(places),
        }
    }
}

/// A division of a budget.
#[derive(Clone, PartialEq, Debug)]
pub struct Divided {
    /// Places of each pool.
    pub places: Vec<u32>,
    /// Those of proportional sharing.
    pub proportional: Vec<u32>,
    /// What is left of the objective with either, over fresh replications.
    pub left: [Vec<f64>; 2],
    /// The replications.
    pub block: Range<u32>,
    /// How many divisions were tried out.
    pub tried: u32,
}

impl Divided {
    /// Objective of the plan less that of proportional sharing, paired by replication, with its 90 % interval, whose upper end is
    /// the one-sided 95 % limit.
    pub fn gain(&self) -> Option<MeanTest> {
        MeanTest::of(self.left[0].iter().zip(&self.left[1]).map(|(plan, shared)| plan - shared), 0.1)
    }
}

/// Divides a budget where what pools leave is known from simulation alone. The trial gives one value a pool and replication.
///
/// All pools are looked at at several levels around a division, on the same replications; the knapsack over what they leave there
/// gives the next division, until it stays. The best of those that are known to be better than proportional sharing is the plan, else that; it
/// is judged on twice as many fresh replications.
///
/// # Errors
/// [`TrialError`]; nothing where the fewest places cost more than the budget.
pub fn spend(
    trial: &mut dyn Trial,
    shares: &[Share],
    budget: u64,
    start: Vec<u32>,
    replications: u32,
) -> Result<Option<Divided>, TrialError> {
    let Some(proportional) = in_proportion(shares, budget) else { return Ok(None) };
    let mut known: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); shares.len()];
    let mut ran: BTreeMap<Vec<u32>, Vec<Vec<f64>>> = BTreeMap::new();
    let mut look = |places: &[u32], trial: &mut dyn Trial| -> Result<Vec<Vec<f64>>, TrialError> {
        if !ran.contains_key(places) {
            ran.insert(places.to_vec(), trial.run(places, 0..replications)?);
        }
        Ok(ran[places].clone())
    };
    let total = |values: &[Vec<f64>]| -> Vec<f64> {
        values.iter().map(|replication| replication.iter().filter(|value| value.is_finite()).sum()).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut candidates = vec![proportional.clone()];
    if start != proportional {
        candidates.push(start.clone());
    }
    let mut around = start;
    for _ in 0..ROUNDS {
        for level in 0..=2 * LEVELS {
            let moved = |(share, &places): (&Share, &u32)| {
                let step = i64::from(share.step.max(1));
                let to = i64::from(places) + (i64::from(level) - i64::from(LEVELS)) * step;
                to.clamp(i64::from(share.least), i64::from(share.most)) as u32
            };
            let places: Vec<u32> = shares.iter().zip(&around).map(moved).collect();
            if known.iter().zip(&places).all(|(known, places)| known.contains_key(places)) {
                continue;
            }
            let values = look(&places, trial)?;
            for (pool, (known, &places)) in known.iter_mut().zip(&places).enumerate() {
                let own: Vec<f64> = values.iter().map(|one| one[pool]).filter(|value| value.is_finite()).collect();
                known.insert(places, if own.is_empty() { 0.0 } else { mean(&own) });
            }
        }
        // Only what has been looked at is chosen from.
        let leaves = |pool: usize, places: u32| known[pool].get(&places).copied().unwrap_or(f64::INFINITY);
        let Some(Division { places: next, .. }) = divide(shares, budget, &leaves) else { break };
        let possible = next.iter().enumerate().all(|(pool, &places)| leaves(pool, places).is_finite());
        if !possible || candidates.contains(&next) {
            break;
        }
        candidates.push(next.clone());
        around = next;
    }
    // A division has to be known to be better than sharing by load (by three standard errors): the best of several by their means
    // alone may owe that to chance.
    let shared = total(&look(&proportional, trial)?);
    let mut best = (0.0, proportional.clone());
    for places in candidates.into_iter().skip(1) {
        let own = total(&look(&places, trial)?);
        let Some(lead) = MeanTest::of(own.iter().zip(&shared).map(|(own, shared)| own - shared), 0.1) else { continue };
        let known = lead.mean + 3.0 * lead.sd / libm::sqrt(lead.count as f64) < 0.0;
        if known && lead.mean < best.0 {
            best = (lead.mean, places);
        }
    }
    let places = best.1;
    let tried = ran.len() as u32;
    let block = replications..3 * replications;
    let left = [total(&trial.run(&places, block.clone())?), total(&trial.run(&proportional, block.clone())?)];
    Ok(Some(Divided { places, proportional, left, block, tried }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::MMc;

    fn share(load: f64, cost: u64) -> Share {
        Share { least: load as u32 + 1, most: 200, step: 1, cost, load }
    }

    fn waiting(load: f64, servers: u32) -> f64 {
        MMc { arrival_rate: load, mean_service: 1.0, servers }.mean_queue()
    }

    /// Networks of two to four queues, whatever their number: every division tried out.
    #[test]
    fn no_division_is_better() {
        for case in 0..50_u32 {
            let pools = 2 + case as usize % 3;
            let of = |pool: usize, salt: u32| (case * 131 + pool as u32 * 977 + salt * 7919) % 1000;
            let loads: Vec<f64> = (0..pools).map(|pool| 1.0 + f64::from(of(pool, 1)) / 100.0).collect();
            let shares: Vec<Share> =
                (0..pools).map(|pool| share(loads[pool], 1 + u64::from(of(pool, 2) % 3))).collect();
            let cost = |places: &[u32]| -> u64 {
                shares.iter().zip(places).map(|(share, &places)| share.cost * u64::from(places)).sum()
            };
            let least: Vec<u32> = shares.iter().map(|share| share.least).collect();
            let budget = cost(&least) + 3 + u64::from(of(0, 3) % 12);
            let leaves = |pool: usize, places: u32| waiting(loads[pool], places);
            let sum = |places: &[u32]| -> f64 { places.iter().enumerate().map(|(pool, &c)| leaves(pool, c)).sum() };
            let found = divide(&shares, budget, &leaves).unwrap().places;
            assert!(cost(&found) <= budget);
            let proportional = in_proportion(&shares, budget).unwrap();
            assert!(cost(&proportional) <= budget && sum(&found) <= sum(&proportional) + 1e-12);
            let mut all: Vec<Vec<u32>> = vec![Vec::new()];
            for share in &shares {
                let more = |places: Vec<u32>| {
                    (share.least..share.least + 16).map(move |next| [places.clone(), vec![next]].concat())
                };
                all = all.into_iter().flat_map(more).collect();
            }
            let best = all.iter().filter(|places| cost(places) <= budget).map(|places| sum(places));
            let best = best.fold(f64::INFINITY, f64::min);
            assert!((sum(&found) - best).abs() < 1e-12, "case {case}: {} against {best}", sum(&found));
        }
    }

    #[test]
    fn proportional_sharing_by_largest_remainder() {
        let share = |load: f64, cost| Share { least: 0, most: 100, step: 1, cost, load };
        // 10 places over loads 1, 2 and 4: 1.43, 2.86, 5.71.
        let shares = [share(1.0, 1), share(2.0, 1), share(4.0, 1)];
        assert_eq!(in_proportion(&shares, 10), Some(vec![1, 3, 6]));
        // The fewest of the first leave less for the others.
        let first = Share { least: 4, ..shares[0] };
        let held = in_proportion(&[first, shares[1], shares[2]], 10).unwrap();
        assert_eq!((held[0], held.iter().sum::<u32>()), (4, 10));
        assert_eq!(in_proportion(&[Share { least: 4, ..shares[0] }], 3), None);
        assert_eq!(divide(&[Share { least: 4, ..shares[0] }], 3, &|_, _| 0.0), None);
    }

    /// Values known only by trying: as good as the closed form's division.
    #[test]
    fn a_budget_is_spent_by_trying() {
        struct Told(Vec<f64>);
        impl Trial for Told {
            fn run(&mut self, places: &[u32], numbers: Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
                let noise = |number: u32, pool: usize| 1.0 + 0.2 * libm::sin(f64::from(number * 7 + pool as u32 * 13));
                let of = |number| {
                    let one = |(pool, &c): (usize, &u32)| waiting(self.0[pool], c) * noise(number, pool);
                    places.iter().enumerate().map(one).collect()
                };
                Ok(numbers.map(of).collect())
            }
        }
        let loads = vec![3.0, 9.5, 5.2, 15.0];
        let shares: Vec<Share> = loads.iter().map(|&load| share(load, 1)).collect();
        let budget = shares.iter().map(|share| u64::from(share.least)).sum::<u64>() + 10;
        let start = in_proportion(&shares, budget).unwrap();
        let found = spend(&mut Told(loads.clone()), &shares, budget, start, 40).unwrap().unwrap();
        let sum = |places: &[u32]| -> f64 { places.iter().zip(&loads).map(|(&c, &load)| waiting(load, c)).sum() };
        let best = divide(&shares, budget, &|pool, c| waiting(loads[pool], c)).unwrap().places;
        assert!(sum(&found.places) <= 1.05 * sum(&best), "{:?} against {best:?}", found.places);
        assert!(found.gain().unwrap().interval.high <= 0.01 * sum(&best));
        assert_eq!(found.block, 40..120);
    }
}
