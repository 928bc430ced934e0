//! What no partition can exceed: a linear relaxation over pairs of places.
//!
//! A pair is 1 if both are in one group. A place has at least `least - 1` and at most `most - 1` others with it, whose residents
//! fit beside its own; all groups together have no more pairs than the sizes allow; places so far apart that a group between them would be too
//! large are never together; and who is with two is with both (M. Groetschel and Y. Wakabayashi, "A cutting plane algorithm
//! for a clustering problem", Mathematical Programming 45 (1989) 59-96), which is added where it is violated. Contiguity is
//! relaxed otherwise, so the bound may be above what any partition keeps.

use super::{FlowMap, GroupLimits};
use microlp::{ComparisonOp, OptimizationDirection, Problem, Solution, Variable};

/// Rounds of adding what is violated, and how much at once.
const ROUNDS: usize = 12;
const CUTS: usize = 150;
/// Violations smaller than this are rounding.
const VIOLATED: f64 = 1e-6;

/// An upper bound on the share of all flow that a partition keeps.
pub(super) fn most_kept(map: &FlowMap, limits: &GroupLimits) -> f64 {
    let places = map.places();
    let alone: f64 = (0..places).map(|place| map.flows[place][place]).sum();
    let total = map.total();
    let everything: f64 = map.flows.iter().flatten().sum();
    relaxed(map, limits).map_or(everything, |pairs| (alone + pairs).min(everything)) / total
}

/// The most that pairs can keep; nothing if the solver finds no answer.
fn relaxed(map: &FlowMap, limits: &GroupLimits) -> Option<f64> {
    let places = map.places();
    let hops: Vec<_> = (0..places).map(|place| map.distances(place)).collect();
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let mut pairs: Vec<Vec<Option<Variable>>> = vec![vec![None; places]; places];
    for a in 0..places {
        for b in a + 1..places {
            let near = hops[a][b].is_some_and(|hops| hops < limits.most);
            if near && map.population[a] + map.population[b] <= limits.most_population {
                let pair = problem.add_var(map.between(a, b), (0.0, 1.0));
                (pairs[a][b], pairs[b][a]) = (Some(pair), Some(pair));
            }
        }
    }
    for (a, row) in pairs.iter().enumerate() {
        let with = |weight: &dyn Fn(usize) -> f64| -> Vec<(Variable, f64)> {
            row.iter().enumerate().filter_map(|(b, pair)| pair.map(|pair| (pair, weight(b)))).collect()
        };
        let count = with(&|_| 1.0);
        problem.add_constraint(count.clone(), ComparisonOp::Le, (limits.most - 1) as f64);
        if limits.least > 1 {
            problem.add_constraint(count, ComparisonOp::Ge, (limits.least - 1) as f64);
        }
        if limits.most_population.is_finite() {
            let millions = |persons: f64| persons / 1e6;
            let room = millions(limits.most_population - map.population[a]);
            problem.add_constraint(with(&|b| millions(map.population[b])), ComparisonOp::Le, room);
        }
    }
    let all = (0..places).flat_map(|a| pairs[a][a + 1..].iter().flatten().map(|&pair| (pair, 1.0)));
    problem.add_constraint(all.collect::<Vec<_>>(), ComparisonOp::Le, most_pairs(places, limits) as f64);
    let mut solution = solved(&problem)?;
    let mut bound = solution.objective();
    for _ in 0..ROUNDS {
        let value = |a: usize, b: usize| pairs[a][b].map_or(0.0, |pair| solution.var_value(pair));
        let mut violated: Vec<(f64, usize, usize, usize)> = Vec::new();
        for middle in 0..places {
            for a in (0..places).filter(|&a| a != middle) {
                for b in (a + 1..places).filter(|&b| b != middle) {
                    let excess = value(a, middle) + value(middle, b) - value(a, b) - 1.0;
                    if excess > VIOLATED {
                        violated.push((excess, a, middle, b));
                    }
                }
            }
        }
        if violated.is_empty() {
            break;
        }
        violated.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2, x.3).cmp(&(y.1, y.2, y.3))));
        for &(_, a, middle, b) in violated.iter().take(CUTS) {
            let own = [(a, middle, 1.0), (middle, b, 1.0), (a, b, -1.0)];
            let terms = own.iter().filter_map(|&(a, b, sign)| pairs[a][b].map(|pair| (pair, sign)));
            problem.add_constraint(terms.collect::<Vec<_>>(), ComparisonOp::Le, 1.0);
        }
        // A solver that gives up leaves the bound that there is.
        let Some(next) = solved(&problem) else { break };
        solution = next;
        bound = bound.min(solution.objective());
    }
    Some(bound)
}

/// The optimum; a solver that stopped before it has none.
fn solved(problem: &Problem) -> Option<Solution> {
    problem.solve().ok()?.into_solution().ok()
}

/// The most pairs within groups: sizes as unequal as the limits allow.
fn most_pairs(places: usize, limits: &GroupLimits) -> usize {
    let least = limits.least.max(1);
    let mut spare = places - limits.groups * least;
    let mut pairs = 0;
    for _ in 0..limits.groups {
        let more = spare.min(limits.most - least);
        spare -= more;
        pairs += (least + more) * (least + more - 1) / 2;
    }
    pairs
}
