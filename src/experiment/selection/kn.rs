//! Kim and Nelson's procedure on common random numbers.

use super::{Ending, Fate, Rules, Samples, Selection, SelectionError};
use crate::stats::selection::Kn;

/// A round of replications is a quarter of those before, so that a simulation that is stopped has run little in vain.
const ROUND: u32 = 4;

pub(super) fn run(
    mut samples: Samples<'_>,
    rules: &Rules,
    probability: f64,
    most: u32,
) -> Result<Selection, SelectionError> {
    for simulation in 0..samples.ran.len() {
        samples.extend(simulation, rules.first)?;
    }
    let zone = samples.zone(rules)?;
    let mut kn =
        Kn::new(samples.options(), rules.first as usize, zone, probability).ok_or(SelectionError::Impossible)?;
    let mut used = vec![0; samples.options()];
    let mut until = rules.first;
    loop {
        while kn.selected().is_none() && kn.stages() < until as usize {
            let stage = kn.stages();
            let contenders = kn.contenders().to_vec();
            let values: Vec<f64> = contenders.iter().map(|&i| samples.sign * samples.values[i][stage]).collect();
            if !kn.observe(&values) {
                return Err(SelectionError::Impossible);
            }
            for option in contenders {
                used[option] = kn.stages();
            }
        }
        let needed = kn.most_stages().unwrap_or(u64::from(until));
        if let Some(best) = kn.selected() {
            let all_tie = kn.contenders().len() == samples.options();
            let ending = alike_at_first(&samples, &used, rules.first as usize)
                .or_else(|| alike(&samples, &kn))
                .unwrap_or(if all_tie { Ending::Same } else { Ending::Guaranteed });
            return Ok(finish(samples, &kn, best, zone, ending, &used));
        }
        if until >= most {
            let lead = |&&option: &&usize| kn.mean(option).unwrap_or(f64::NEG_INFINITY);
            let best = kn.contenders().iter().rev().max_by(|a, b| lead(a).total_cmp(&lead(b))).copied().unwrap_or(0);
            // Of who was dropped at the first difference from its like, nothing is known either.
            let ending = alike_at_first(&samples, &used, rules.first as usize);
            let ending = ending.unwrap_or(Ending::Capped { needed, zone: None });
            return Ok(finish(samples, &kn, best, zone, ending, &used));
        }
        until = (until + until.div_ceil(ROUND)).min(most).min(u32::try_from(needed).unwrap_or(most).max(until + 1));
        let mut going: Vec<usize> = kn.contenders().iter().map(|&option| samples.simulations[option]).collect();
        going.sort_unstable();
        going.dedup();
        for simulation in going {
            samples.extend(simulation, until)?;
        }
    }
}

fn finish(samples: Samples<'_>, kn: &Kn, best: usize, zone: f64, ending: Ending, used: &[usize]) -> Selection {
    let fate = |option: usize| match kn.contenders().contains(&option) {
        _ if option == best => Fate::Selected,
        false => Fate::Dropped,
        // When one is selected, those still there have its mean.
        true if kn.selected().is_some() => Fate::Tied,
        true => Fate::Left,
    };
    let fates: Vec<Fate> = (0..used.len()).map(fate).collect();
    samples.selection(best, zone, ending, &fates, used)
}

/// The first two options that were the same to the bit in the first stage, and not in what followed.
fn alike_at_first(samples: &Samples<'_>, used: &[usize], first: usize) -> Option<Ending> {
    let pairs = (0..used.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let mut differ = pairs.filter(|&(i, j)| {
        let (a, b) = (&samples.values[i], &samples.values[j]);
        let both = used[i].min(used[j]);
        a[..first] == b[..first] && a[first..both] != b[first..both]
    });
    differ.next().map(|(i, j)| Ending::AlikeAtFirst(i, j))
}

/// The first two options of different simulations that are both left and never differed.
fn alike(samples: &Samples<'_>, kn: &Kn) -> Option<Ending> {
    let left = kn.contenders();
    let mut pairs = left.iter().enumerate().flat_map(|(at, &j)| left[..at].iter().map(move |&i| (i, j)));
    pairs.find(|&(i, j)| samples.alike(i, j, kn.stages())).map(|(i, j)| Ending::Alike(i, j))
}
