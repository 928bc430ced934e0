//! Rinott's procedure on independent replications: no number is used by two options, also not by two that share a simulation.

use super::{Ending, Fate, Rules, Samples, Selection, SelectionError};
use crate::stats::moments::Moments;
use crate::stats::selection::{best, rinott_h, rinott_sizes};

pub(super) fn run(
    mut samples: Samples<'_>,
    rules: &Rules,
    probability: f64,
    most: u32,
) -> Result<Selection, SelectionError> {
    let options = samples.options();
    let first = rules.first;
    let h = rinott_h(options, first as usize, probability).ok_or(SelectionError::Impossible)?;
    let mut next = 0;
    for option in 0..options {
        samples.take_alone(option, next..next + first)?;
        next += first;
    }
    let zone = samples.zone(rules)?;
    let sizes = rinott_sizes(&samples.values, zone, h).ok_or(SelectionError::Impossible)?;
    // Of such an option the second stage would be none, whatever it does in rarer cases.
    let unvaried = samples.unvaried(|_| first as usize);
    let sd = |values: &Vec<f64>| values.iter().copied().collect::<Moments>().sd().unwrap_or(0.0);
    let largest = samples.values.iter().map(sd).fold(0.0, f64::max);
    for (option, &size) in sizes.iter().enumerate() {
        let more = size.min(u64::from(most)) as u32 - first;
        samples.take_alone(option, next..next + more)?;
        next += more;
    }
    let means = samples.means();
    let top = best(&means).ok_or(SelectionError::Impossible)?;
    let needed = sizes.iter().copied().max().unwrap_or(0);
    let ending = match unvaried {
        Some(option) => Ending::Unvaried(option),
        None if needed <= u64::from(most) => Ending::Guaranteed,
        None => Ending::Capped { needed, zone: Some(h * largest / f64::from(most).sqrt()) },
    };
    // Equal means of different replications are chance.
    let fate = |option: usize| if option == top { Fate::Selected } else { Fate::Behind };
    let fates: Vec<Fate> = (0..options).map(fate).collect();
    let used: Vec<usize> = samples.values.iter().map(Vec::len).collect();
    Ok(samples.selection(top, zone, ending, &fates, &used))
}
