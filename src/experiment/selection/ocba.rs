//! A budget of replications, spent where it tells the best from the others.

use super::{Ending, Fate, Rules, Samples, Selection, SelectionError};
use crate::stats::moments::Moments;
use crate::stats::selection::{best, ocba_next};
use crate::stats::special::normal_cdf;

/// Parts of the budget that are given out one after the other.
const PARTS: u32 = 20;

pub(super) fn run(mut samples: Samples<'_>, rules: &Rules, budget: u32) -> Result<Selection, SelectionError> {
    let simulations = samples.ran.len();
    let first = rules.first.checked_mul(simulations as u32).filter(|&first| first <= budget);
    let mut left = budget - first.ok_or(SelectionError::Impossible)?;
    for simulation in 0..simulations {
        samples.extend(simulation, rules.first)?;
    }
    let zone = samples.zone(rules)?;
    let step = left.div_ceil(PARTS);
    while left > 0 {
        let counts: Vec<u64> = samples.values.iter().map(|values| values.len() as u64).collect();
        let variances: Vec<f64> = samples.values.iter().map(|values| variance(values)).collect();
        let more =
            ocba_next(&samples.means(), &variances, &counts, step.min(left)).ok_or(SelectionError::Impossible)?;
        let mut given = 0;
        for simulation in 0..simulations {
            // Options that share a simulation share its replications.
            let more = samples.of(simulation).into_iter().map(|option| more[option]).max().unwrap_or(0) as u32;
            samples.extend(simulation, samples.ran[simulation] + more)?;
            given += more;
        }
        if given == 0 {
            break;
        }
        left -= given;
    }
    let means = samples.means();
    let top = best(&means).ok_or(SelectionError::Impossible)?;
    let others = || (0..samples.options()).filter(|&option| option != top);
    let wrong = |ahead: f64| -> f64 {
        others().map(|i| chance_of(means[top] - means[i] + ahead, &samples.values[top], &samples.values[i])).sum()
    };
    let ties = |option: usize| {
        samples.simulations[option] == samples.simulations[top] && samples.values[option] == samples.values[top]
    };
    let both = |option: usize| samples.values[option].len().min(samples.values[top].len());
    let ending = if others().all(ties) {
        Ending::Same
    } else if let Some(option) = samples.unvaried(|option| samples.values[option].len()) {
        Ending::Unvaried(option)
    } else if let Some(option) = others().find(|&option| samples.alike(top, option, both(option))) {
        Ending::Alike(top, option)
    } else {
        Ending::Approximate { best: (1.0 - wrong(0.0)).max(0.0), good: (1.0 - wrong(zone)).max(0.0) }
    };
    let fate = |option: usize| match option {
        _ if option == top => Fate::Selected,
        _ if ties(option) => Fate::Tied,
        _ => Fate::Behind,
    };
    let fates: Vec<Fate> = (0..means.len()).map(fate).collect();
    let used: Vec<usize> = samples.values.iter().map(Vec::len).collect();
    Ok(samples.selection(top, zone, ending, &fates, &used))
}

/// The chance that a lead as seen is none: Phi(-lead / sd of the difference of the means), variances taken as known. Source:
/// C.-H. Chen, J. Lin, E. Yucesan and S. E. Chick, Discrete Event Dynamic Systems 10 (2000) 251-270, section 3, there for
/// independent options. Here replications of the same number go together: over the m that both have, each weighs 1/n in one
/// mean and 1/m in the other, so their part has m times the variance of a/n - b/m. Without variance the chance is none: what
/// is the same in every replication is not better.
fn chance_of(lead: f64, best: &[f64], other: &[f64]) -> f64 {
    let (n, m) = (best.len() as f64, other.len() as f64);
    let both = best.len().min(other.len());
    let together: Vec<f64> = best.iter().zip(other).map(|(a, b)| a / n - b / m).collect();
    let alone = if best.len() > other.len() { (variance(best), n) } else { (variance(other), m) };
    let of_difference = both as f64 * variance(&together) + (alone.1 - both as f64) * alone.0 / (alone.1 * alone.1);
    if of_difference > 0.0 { normal_cdf(-lead / of_difference.sqrt()) } else { 0.0 }
}

fn variance(values: &[f64]) -> f64 {
    values.iter().copied().collect::<Moments>().variance().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences 1 0 2 of variance 1, over 3 replications.
    #[test]
    fn chances_know_that_replications_go_together() {
        let found = chance_of(1.0, &[2.0, 2.0, 5.0], &[1.0, 2.0, 3.0]);
        assert!((found - normal_cdf(-(3.0_f64.sqrt()))).abs() < 1e-12, "{found}");
        // One more of the best: 3 x the variance of 1/6, -1/6, 1/4, which is 7/144, and variance 2 over 16.
        let found = chance_of(1.0, &[2.0, 2.0, 5.0, 3.0], &[1.0, 2.0, 3.0]);
        let variance: f64 = 3.0 * 7.0 / 144.0 + 2.0 / 16.0;
        assert!((found - normal_cdf(-1.0 / variance.sqrt())).abs() < 1e-12, "{found}");
        assert_eq!(chance_of(0.0, &[1.0, 2.0], &[1.0, 2.0]), 0.0);
    }
}
