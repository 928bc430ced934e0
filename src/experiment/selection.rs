//! Selecting the best of several options: which replications of which simulation are run next, and when it is enough.
//!
//! The procedures are those of [`crate::stats::selection`]. Replications are run in rounds whose sizes depend on the numbers
//! alone, so an answer does not depend on threads.

mod kn;
mod ocba;
mod rinott;

use super::ReplicationError;
use crate::random::MAX_REPLICATION;
use crate::stats::moments::Moments;
use crate::stats::stopping::Precision;
use std::ops::Range;
use thiserror::Error;

/// Where the values of options come from. Options that share a simulation are had together.
pub trait Source {
    /// For each option its simulation, numbered from 0.
    fn simulations(&self) -> Vec<usize>;
    /// Runs replications of a simulation: of each one value for each of its options, in their order.
    ///
    /// # Errors
    /// Those of [`super::replicate`].
    fn run(&mut self, simulation: usize, numbers: Range<u32>) -> Result<Vec<Vec<f64>>, ReplicationError>;
}

/// How the best is looked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Procedure {
    /// Kim and Nelson's: the same replications of all options, which are dropped one after the other.
    Kn {
        /// The probability of a correct selection.
        probability: f64,
        /// The most replications of an option.
        most: u32,
    },
    /// Rinott's: replications of its own for each option, as many as its variance asks for.
    Rinott {
        /// The probability of a correct selection.
        probability: f64,
        /// The most replications of an option.
        most: u32,
    },
    /// As many replications as there are, given to where they tell the best from the others; no guarantee.
    Ocba {
        /// Replications of all simulations together.
        budget: u32,
    },
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rules {
    /// How.
    pub procedure: Procedure,
    /// The indifference zone; a relative one is of the mean of the first option over the first stage.
    pub zone: Precision,
    /// Replications of the first stage, of which variances are estimated.
    pub first: u32,
    /// Whether the smallest mean is the best.
    pub smallest: bool,
}

/// Why there is no selection.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum SelectionError {
    /// A simulation did not run.
    #[error(transparent)]
    Run(#[from] ReplicationError),
    /// A value is not a number.
    #[error("option {option} has no value in replication {replication}")]
    Undefined {
        /// The option.
        option: usize,
        /// The replication.
        replication: u32,
    },
    /// The indifference zone is relative to a mean of zero.
    #[error("the indifference zone is a share of a mean of zero")]
    NoZone,
    /// The procedure needs two options, a first stage of two replications, no cap below it, a probability between that of a
    /// blind choice and 1, and numbers of replications that the generator has.
    #[error("the procedure cannot be begun so")]
    Impossible,
}

/// How it ended for an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is the best, or in doubt the first of those that may be.
    Selected,
    /// It has the same mean as the selected one, to the bit, over the same replications.
    Tied,
    /// Dropped after its last replication.
    Dropped,
    /// Not dropped when the replications ended.
    Left,
    /// Not the best.
    Behind,
}

/// What is known of an option.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// Its values, by which it was judged.
    pub values: Vec<f64>,
    /// The numbers of their replications, in order.
    pub numbers: Vec<Range<u32>>,
    /// How it ended.
    pub fate: Fate,
}

impl Candidate {
    /// The mean of its values.
    pub fn mean(&self) -> f64 {
        mean(&self.values)
    }
}

/// What may be said of the selection.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ending {
    /// It is correct with the stated probability, if the best is ahead by the zone of all others that do not tie with it.
    Guaranteed,
    /// The most replications came first: no guarantee.
    Capped {
        /// Replications of an option that would have been enough (KN: at most).
        needed: u64,
        /// The zone for which these were enough, where the procedure says.
        zone: Option<f64>,
    },
    /// Two options were the same in the whole first stage and not later, so that nothing was known of the variance between
    /// them: no guarantee.
    AlikeAtFirst(usize, usize),
    /// Two options of different simulations were the same in all replications that both had, so that nothing is known of rarer
    /// differences: no guarantee.
    Alike(usize, usize),
    /// All values of an option were the same, so that nothing is known of rarer ones: no guarantee.
    Unvaried(usize),
    /// All options tie: there is nothing to be right about.
    Same,
    /// Bonferroni's lower bounds of probabilities, variances taken as known.
    Approximate {
        /// That it is the best.
        best: f64,
        /// That none is better by the zone or more.
        good: f64,
    },
}

impl Ending {
    /// Whether the procedure came to an end that it has something to say of.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Guaranteed | Self::Same | Self::Approximate { .. } => false,
            Self::Capped { .. } | Self::AlikeAtFirst(..) | Self::Alike(..) | Self::Unvaried(_) => true,
        }
    }
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Selection {
    /// The selected option.
    pub best: usize,
    /// The options, in their order.
    pub candidates: Vec<Candidate>,
    /// The indifference zone, in the unit of the values.
    pub zone: f64,
    /// What may be said of it.
    pub ending: Ending,
    /// Replications that were run of each simulation.
    pub ran: Vec<u32>,
}

/// Looks for the best option.
///
/// # Errors
/// [`SelectionError`].
pub fn select(source: &mut dyn Source, rules: &Rules) -> Result<Selection, SelectionError> {
    let options = source.simulations().len();
    let (most, numbers) = match rules.procedure {
        Procedure::Kn { most, .. } => (most, Some(most)),
        Procedure::Rinott { most, .. } => (most, most.checked_mul(options as u32)),
        Procedure::Ocba { budget } => (budget, Some(budget)),
    };
    // Beyond these numbers words come again.
    if options < 2 || rules.first < 2 || rules.first > most || numbers.is_none_or(|numbers| numbers > MAX_REPLICATION) {
        return Err(SelectionError::Impossible);
    }
    let samples = Samples::new(source, rules.smallest);
    match rules.procedure {
        Procedure::Kn { probability, most } => kn::run(samples, rules, probability, most),
        Procedure::Rinott { probability, most } => rinott::run(samples, rules, probability, most),
        Procedure::Ocba { budget } => ocba::run(samples, rules, budget),
    }
}

/// The values so far.
struct Samples<'s> {
    source: &'s mut dyn Source,
    /// Of each option.
    simulations: Vec<usize>,
    /// How many replications were run of each simulation.
    ran: Vec<u32>,
    values: Vec<Vec<f64>>,
    numbers: Vec<Vec<Range<u32>>>,
    /// Makes larger better.
    sign: f64,
}

impl<'s> Samples<'s> {
    fn new(source: &'s mut dyn Source, smallest: bool) -> Self {
        let simulations = source.simulations();
        let (options, count) = (simulations.len(), simulations.iter().max().map_or(0, |last| last + 1));
        Self {
            source,
            simulations,
            ran: vec![0; count],
            values: vec![Vec::new(); options],
            numbers: vec![Vec::new(); options],
            sign: if smallest { -1.0 } else { 1.0 },
        }
    }

    fn options(&self) -> usize {
        self.simulations.len()
    }

    /// Options of a simulation.
    fn of(&self, simulation: usize) -> Vec<usize> {
        (0..self.options()).filter(|&option| self.simulations[option] == simulation).collect()
    }

    /// Runs a simulation up to so many replications, for all its options.
    fn extend(&mut self, simulation: usize, until: u32) -> Result<(), SelectionError> {
        let from = self.ran[simulation];
        if until <= from {
            return Ok(());
        }
        let options = self.of(simulation);
        self.take(simulation, from..until, &options)
    }

    /// Runs replications for one option alone.
    fn take_alone(&mut self, option: usize, numbers: Range<u32>) -> Result<(), SelectionError> {
        if numbers.is_empty() { Ok(()) } else { self.take(self.simulations[option], numbers, &[option]) }
    }

    fn take(&mut self, simulation: usize, numbers: Range<u32>, keep: &[usize]) -> Result<(), SelectionError> {
        let rows = self.source.run(simulation, numbers.clone())?;
        self.ran[simulation] += numbers.len() as u32;
        for (place, option) in self.of(simulation).into_iter().enumerate().filter(|(_, option)| keep.contains(option)) {
            for (row, replication) in rows.iter().zip(numbers.clone()) {
                if !row[place].is_finite() {
                    return Err(SelectionError::Undefined { option, replication });
                }
                self.values[option].push(row[place]);
            }
            match self.numbers[option].last_mut().filter(|last| last.end == numbers.start) {
                Some(last) => last.end = numbers.end,
                None => self.numbers[option].push(numbers.clone()),
            }
        }
        Ok(())
    }

    /// The indifference zone, once the first stage is there.
    fn zone(&self, rules: &Rules) -> Result<f64, SelectionError> {
        match rules.zone {
            Precision::Absolute(zone) => Ok(zone),
            Precision::Relative(share) => {
                let first = &self.values[0][..rules.first as usize];
                Some(share * mean(first).abs()).filter(|&zone| zone > 0.0).ok_or(SelectionError::NoZone)
            }
        }
    }

    /// Whether two options of different simulations were the same to the bit in the first so many replications. Within one
    /// simulation figures may be equal because nothing that differs between the options is in them.
    fn alike(&self, one: usize, other: usize, first: usize) -> bool {
        self.simulations[one] != self.simulations[other] && self.values[one][..first] == self.values[other][..first]
    }

    /// The first option whose first so many values are all the same.
    fn unvaried(&self, first: impl Fn(usize) -> usize) -> Option<usize> {
        let constant = |&option: &usize| self.values[option][..first(option)].windows(2).all(|pair| pair[0] == pair[1]);
        (0..self.options()).find(constant)
    }

    /// The means, larger being better.
    fn means(&self) -> Vec<f64> {
        self.values.iter().map(|values| self.sign * mean(values)).collect()
    }

    /// The answer; of each option only the first so many values count.
    fn selection(self, best: usize, zone: f64, ending: Ending, fates: &[Fate], used: &[usize]) -> Selection {
        let all = self.values.into_iter().zip(self.numbers).zip(fates.iter().zip(used));
        let candidates = all.map(|((mut values, mut numbers), (&fate, &used))| {
            let mut over = values.len() - used;
            values.truncate(used);
            while let Some(last) = numbers.last_mut().filter(|_| over > 0) {
                let cut = over.min(last.len());
                last.end -= cut as u32;
                over -= cut;
                numbers.retain(|range| !range.is_empty());
            }
            Candidate { values, numbers, fate }
        });
        Selection { best, candidates: candidates.collect(), zone, ending, ran: self.ran }
    }
}

/// Of equal values exactly their value.
fn mean(values: &[f64]) -> f64 {
    values.iter().copied().collect::<Moments>().mean().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests;
