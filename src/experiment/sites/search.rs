//! The best so many sites of a service.

use super::{SetOutcome, Siting};

/// So many sets are all looked at.
const ENUMERATED: u64 = 1_000_000;
/// Given first sites of the heuristic.
const STARTS: usize = 12;
/// Steps of the bound.
const STEPS: usize = 2_000;
/// Sets that are kept beside the best, where all are looked at.
const KEPT: usize = 5;

/// What is to be small.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Objective {
    /// Mean travel of patients who choose by the choice model.
    Choice,
    /// Mean travel if everybody went to the nearest (the p-median).
    Nearest,
}

impl Objective {
    /// Its value.
    pub fn of(self, outcome: &SetOutcome) -> f64 {
        match self {
            Self::Choice => outcome.mean_travel,
            Self::Nearest => outcome.nearest_travel,
        }
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The best set that was found, and the next ones where all were looked at. The first meets what is asked if its shortfall is 0.
    pub sets: Vec<SetOutcome>,
    /// Whether all sets were looked at, so that none is better.
    pub exact: bool,
    /// How many were.
    pub looked_at: u64,
    /// No set of so many sites has less mean travel than this; of an exact search the best value.
    pub bound: f64,
}

/// Looks for the best `keep` sites, those in `required` (rising) among them: all sets where there are few, else a greedy start
/// that is improved by swaps, with a Lagrangean bound. Needs `required.len() <= keep <= sites`, and `keep` at least one.
pub fn search(siting: &Siting, keep: usize, required: &[usize], objective: Objective) -> Found {
    let others: Vec<usize> = (0..siting.sites.len()).filter(|site| !required.contains(site)).collect();
    let more = keep - required.len();
    let sets = binomial(others.len() as u64, more as u64);
    if sets.is_some_and(|sets| sets <= ENUMERATED) {
        return all(siting, required, &others, more, objective);
    }
    let (best, looked_at) = improved(siting, keep, required, objective, true);
    // Nobody travels less than to the nearest, and what is asked only leaves sets out.
    let (nearest, _) = improved(siting, keep, required, Objective::Nearest, false);
    let bound = bound(siting, keep, required, nearest.nearest_travel);
    Found { sets: vec![best], exact: false, looked_at, bound }
}

/// Whether one is better: it misses less of what is asked, or, where they miss as much, has less travel.
fn better(one: &SetOutcome, other: &SetOutcome, objective: Objective, asked: bool) -> bool {
    let key = |set: &SetOutcome| (if asked { set.shortfall } else { 0.0 }, objective.of(set));
    let (one, other) = (key(one), key(other));
    one.0 < other.0 - 1e-12 || one.0 <= other.0 + 1e-12 && one.1 < other.1 - 1e-12 * (1.0 + other.1)
}

fn sorted(required: &[usize], more: &[usize]) -> Vec<usize> {
    let mut open = [required, more].concat();
    open.sort_unstable();
    open
}

/// All sets, in lexicographic order.
fn all(siting: &Siting, required: &[usize], others: &[usize], more: usize, objective: Objective) -> Found {
    let mut chosen: Vec<usize> = (0..more).collect();
    let mut sets: Vec<SetOutcome> = Vec::new();
    let mut looked_at = 0;
    loop {
        let picked: Vec<usize> = chosen.iter().map(|&at| others[at]).collect();
        let outcome = siting.outcome(&sorted(required, &picked));
        looked_at += 1;
        let at = sets.iter().position(|set| better(&outcome, set, objective, true)).unwrap_or(sets.len());
        if at < KEPT {
            sets.insert(at, outcome);
            sets.truncate(KEPT);
        }
        let Some(last) = (0..more).rev().find(|&at| chosen[at] + more - at < others.len()) else { break };
        chosen[last] += 1;
        for at in last + 1..more {
            chosen[at] = chosen[at - 1] + 1;
        }
    }
    let bound = sets.first().map_or(0.0, |set| objective.of(set));
    Found { sets, exact: true, looked_at, bound }
}

/// The best of some sets that no single swap improves: one begun by opening the best site after the other, and others for which the
/// first site was given.
fn improved(siting: &Siting, keep: usize, required: &[usize], objective: Objective, asked: bool) -> (SetOutcome, u64) {
    let others: Vec<usize> = (0..siting.sites.len()).filter(|site| !required.contains(site)).collect();
    let starts = if keep > required.len() { STARTS.min(others.len()) } else { 0 };
    let (mut best, mut looked_at) = swapped(siting, keep, required.to_vec(), required, objective, asked);
    for start in 0..starts {
        let first = others[start * others.len() / starts];
        let (other, more) = swapped(siting, keep, sorted(required, &[first]), required, objective, asked);
        looked_at += more;
        if better(&other, &best, objective, asked) {
            best = other;
        }
    }
    (best, looked_at)
}

/// A set that no single swap improves, begun by opening the best site after the other beside those that are open.
fn swapped(
    siting: &Siting,
    keep: usize,
    mut open: Vec<usize>,
    required: &[usize],
    objective: Objective,
    asked: bool,
) -> (SetOutcome, u64) {
    let sites = 0..siting.sites.len();
    let mut looked_at = 0;
    let mut look = |open: &[usize]| {
        looked_at += 1;
        siting.outcome(open)
    };
    // While sets grow, their volumes say nothing yet.
    while open.len() < keep {
        let mut best: Option<SetOutcome> = None;
        for site in sites.clone().filter(|site| !open.contains(site)) {
            let outcome = look(&sorted(&open, &[site]));
            if best.as_ref().is_none_or(|best| better(&outcome, best, objective, false)) {
                best = Some(outcome);
            }
        }
        match best {
            Some(best) => open = best.open,
            None => break,
        }
    }
    let mut here = look(&open);
    loop {
        let mut best: Option<SetOutcome> = None;
        for &out in here.open.iter().filter(|site| !required.contains(site)) {
            let rest: Vec<usize> = here.open.iter().copied().filter(|&site| site != out).collect();
            for site in sites.clone().filter(|site| !here.open.contains(site)) {
                let outcome = look(&sorted(&rest, &[site]));
                if better(&outcome, best.as_ref().unwrap_or(&here), objective, asked) {
                    best = Some(outcome);
                }
            }
        }
        match best {
            Some(better) => here = better,
            None => return (here, looked_at),
        }
    }
}

/// The Lagrangean bound of the p-median: the condition that every home area has one site is priced, and what is left is solved by
/// the `keep` sites that pay most. Subgradient steps towards `known`, the mean travel of some set.
fn bound(siting: &Siting, keep: usize, required: &[usize], known: f64) -> f64 {
    let all: f64 = siting.patients.iter().sum();
    let cost = |area: usize, site: usize| siting.patients[area] / all * siting.sites[site].travel[area];
    let areas = 0..siting.patients.len();
    // The price of an area begins at its second nearest site.
    let mut prices: Vec<f64> = areas
        .clone()
        .map(|area| {
            let mut costs: Vec<f64> = (0..siting.sites.len()).map(|site| cost(area, site)).collect();
            costs.sort_by(f64::total_cmp);
            costs.get(1).or(costs.first()).copied().unwrap_or(0.0)
        })
        .collect();
    let (mut best, mut pace, mut since) = (0.0_f64, 2.0, 0);
    for _ in 0..STEPS {
        let saving = |site: usize| areas.clone().map(|area| (cost(area, site) - prices[area]).min(0.0)).sum::<f64>();
        let mut others: Vec<(f64, usize)> =
            (0..siting.sites.len()).filter(|site| !required.contains(site)).map(|site| (saving(site), site)).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        others.truncate(keep - required.len());
        let chosen: Vec<(f64, usize)> = required.iter().map(|&site| (saving(site), site)).chain(others).collect();
        let value = prices.iter().sum::<f64>() + chosen.iter().map(|one| one.0).sum::<f64>();
        if value > best {
            (best, since) = (value, 0);
        } else {
            since += 1;
            if since == 30 {
                (pace, since) = (0.5 * pace, 0);
            }
        }
        let lacking = |area: usize| {
            let served = chosen.iter().filter(|(_, site)| cost(area, *site) < prices[area]).count();
            1.0 - served as f64
        };
        let slope: Vec<f64> = areas.clone().map(lacking).collect();
        let norm: f64 = slope.iter().map(|slope| slope * slope).sum();
        if norm == 0.0 || known <= best {
            break;
        }
        let step = pace * (known - value) / norm;
        for (price, slope) in prices.iter_mut().zip(slope) {
            *price = (*price + step * slope).max(0.0);
        }
    }
    best.min(known)
}

/// How many subsets of so many there are; nothing above what is ever looked at.
fn binomial(n: u64, k: u64) -> Option<u64> {
    let mut sets: u64 = 1;
    for i in 0..k.min(n - k) {
        sets = sets.checked_mul(n - i)? / (i + 1);
        if sets > 1 << 40 {
            return None;
        }
    }
    Some(sets)
}

#[cfg(test)]
mod tests {
    use super::super::{Demands, Site};
    use super::*;
    use crate::domain::ChoiceRule;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    fn random(seed: u64, areas: usize, sites: usize) -> Siting {
        let mut random = StdRng::seed_from_u64(seed);
        let mut spot = || (random.random_range(0.0..100.0), random.random_range(0.0..100.0));
        let homes: Vec<(f64, f64)> = (0..areas).map(|_| spot()).collect();
        let places: Vec<(f64, f64)> = (0..sites).map(|_| spot()).collect();
        let far = |a: &(f64, f64), b: &(f64, f64)| ((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)).sqrt();
        let site = |place: &(f64, f64)| Site {
            attraction: 1.0,
            travel: homes.iter().map(|home| far(home, place)).collect(),
            minimum: None,
            pools: Vec::new(),
        };
        let patients = homes.iter().map(|home| 10.0 + home.0).collect();
        Siting::new(ChoiceRule::Logit { decay: 0.05 }, patients, places.iter().map(site).collect(), Demands::default())
    }

    /// The heuristic against all sets on 30 random maps, and the bound below the best.
    #[test]
    fn swaps_come_close_to_the_best_of_all_and_the_bound_holds() {
        let (mut same, mut gaps) = (0, 0.0);
        for seed in 0..30 {
            let siting = random(seed, 25, 14);
            for objective in [Objective::Choice, Objective::Nearest] {
                let exact = search(&siting, 5, &[], objective);
                assert!(exact.exact && exact.looked_at == 2_002 && exact.sets.len() == 5);
                let best = objective.of(&exact.sets[0]);
                assert!(exact.sets.windows(2).all(|two| objective.of(&two[0]) <= objective.of(&two[1]) + 1e-12));
                let (found, _) = improved(&siting, 5, &[], objective, true);
                let value = objective.of(&found);
                assert!(value >= best - 1e-9 && value <= 1.05 * best, "{seed}: {value} {best}");
                same += usize::from(value <= best + 1e-9);
                let low = bound(&siting, 5, &[], exact.sets[0].nearest_travel);
                assert!(low <= best + 1e-9, "{seed}: {low} {best}");
                if objective == Objective::Nearest {
                    gaps += best / low - 1.0;
                }
            }
        }
        assert!(same >= 45, "{same} of 60");
        assert!(gaps / 30.0 < 0.02, "{gaps}");
    }

    #[test]
    fn what_is_required_stays_and_what_is_asked_comes_first() {
        let mut siting = random(7, 25, 14);
        let free = search(&siting, 4, &[], Objective::Choice);
        let kept = search(&siting, 4, &[2, 9], Objective::Choice);
        assert!(kept.sets.iter().all(|set| set.open.contains(&2) && set.open.contains(&9)));
        assert!(kept.bound >= free.bound - 1e-12);
        let least = free.sets[0].patients.iter().copied().fold(f64::INFINITY, f64::min);
        for site in &mut siting.sites {
            site.minimum = Some(1.1 * least);
        }
        let asked = search(&siting, 4, &[], Objective::Choice);
        assert!(asked.sets[0].shortfall == 0.0 && asked.bound >= free.bound);
        assert!(asked.sets[0].patients.iter().all(|&patients| patients >= 1.1 * least));
        let large = random(8, 40, 60);
        let found = search(&large, 12, &[3], Objective::Nearest);
        assert!(!found.exact && found.sets[0].open.len() == 12 && found.sets[0].open.contains(&3));
        assert!(found.bound <= found.sets[0].nearest_travel && found.bound > 0.9 * found.sets[0].nearest_travel);
    }

    /// Closing a site shares its patients among the others by their weights.
    #[test]
    fn a_closed_site_leaves_the_others_in_proportion() {
        let siting = random(3, 6, 4);
        let (all, three) = (siting.shares(0, &[0, 1, 2, 3]), siting.shares(0, &[0, 1, 3]));
        assert!(
            (three[0] / three[1] - all[0] / all[1]).abs() < 1e-12 && (three.iter().sum::<f64>() - 1.0).abs() < 1e-12
        );
        let one = siting.outcome(&[2]);
        assert!((one.mean_travel - one.nearest_travel).abs() < 1e-12);
    }
}
