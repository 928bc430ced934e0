//! The smallest capacity at which targets hold: looked for on common random numbers, confirmed on fresh ones.
//!
//! Places are whole numbers on a grid. More places never do harm to a goal (of the kind that is planned for), so each pool's
//! answer lies between the most places known to fail and the fewest known to do. All pools move at once, because a goal
//! hangs on its own pool first; the answer is looked at as a whole, and each pool once more with one step less.

mod budget;
mod confirming;
mod judging;
mod margin;

pub use budget::{Divided, Division, Share, divide, in_proportion, spend};
pub use judging::Seen;
pub use margin::{Margin, margin};

use super::ReplicationError;
use crate::model::CompileError;
use crate::stats::Interval;
use confirming::MANY;
use judging::{column, is_clear, mean_of, seen};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use thiserror::Error;

/// Capacities tried out.
pub trait Trial {
    /// Runs replications with so many places, one number a knob: of each replication one value a goal, not a number where
    /// nothing happened that it could be of.
    ///
    /// # Errors
    /// [`TrialError`].
    fn run(&mut self, places: &[u32], numbers: Range<u32>) -> Result<Vec<Vec<f64>>, TrialError>;
}

/// Why a capacity could not be tried out.
#[derive(Debug, Error)]
pub enum TrialError {
    /// The scenario cannot be compiled with these places.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The replications did not finish.
    #[error(transparent)]
    Run(#[from] ReplicationError),
}

/// Places that may be chosen: `least`, `least + step`, ... up to `most`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Knob {
    /// The fewest.
    pub least: u32,
    /// The most, on the grid.
    pub most: u32,
    /// From one number to the next; positive.
    pub step: u32,
    /// Where to begin; it is put on the grid.
    pub start: u32,
    /// Offered load in places.
    pub load: f64,
    /// Cost of a place relative to others; positive.
    pub cost: f64,
}

impl Knob {
    /// The next number of the grid that is not below, within the limits.
    pub fn grid(&self, places: f64) -> u32 {
        let steps = libm::ceil((places - f64::from(self.least)) / f64::from(self.step) - 1e-9).max(0.0);
        (f64::from(self.least) + steps * f64::from(self.step)).min(f64::from(self.most)) as u32
    }

    fn lower(&self, places: u32, steps: u32) -> u32 {
        places.saturating_sub(steps.saturating_mul(self.step)).max(self.least)
    }

    fn higher(&self, places: u32, steps: u32) -> u32 {
        places.saturating_add(steps.saturating_mul(self.step)).min(self.most)
    }
}

/// What has to hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Goal {
    /// The knob that it hangs on; none: on all of them.
    pub knob: Option<usize>,
    /// Whether the value is to be at most the bound; otherwise at least.
    pub at_most: bool,
    /// The bound.
    pub bound: f64,
    /// Whether more places help. Goals that they harm (utilisation of at least so much) decide nothing and are reported.
    pub eased: bool,
    /// Whether the answer is known without simulation, so that chance decides nothing.
    pub known: bool,
}

/// What "holds" means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meet {
    /// The mean over replications does.
    Mean,
    /// Its one-sided 95 % limit does.
    Confidence,
}

/// How it is looked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Search {
    /// What "holds" means.
    pub meet: Meet,
    /// Replications at the first look.
    pub first: u32,
    /// The most replications of one capacity.
    pub most: u32,
    /// Whether pools act on each other, so that each has to be looked at by itself with one step less.
    pub coupled: bool,
}

/// The chance of error of a one-sided limit, split over the tries of a confirmation: half to the first, a quarter to the second ...
const LEVEL: f64 = 0.05;
/// Looks before the search stops moving down.
const PASSES: u32 = 80;

/// A plan with one step less.
#[derive(Clone, PartialEq, Debug)]
pub struct Lower {
    /// The places of the knob.
    pub places: u32,
    /// What was seen of each goal.
    pub seen: Vec<Seen>,
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Planned {
    /// Places, one number a knob.
    pub places: Vec<u32>,
    /// Goals that do not hold with the most places that are allowed.
    pub out_of_reach: Vec<usize>,
    /// Whether all deciding goals held on a fresh block.
    pub confirmed: bool,
    /// How many blocks were tried: one, one for each raise, and one if others could then give places up.
    pub tries: u32,
    /// How often the plan was raised.
    pub raises: u32,
    /// The replications of the last of them.
    pub block: Range<u32>,
    /// Each goal on that block.
    pub seen: Vec<Seen>,
    /// Each knob with one step less, on the same block; none where it has the least.
    pub lower: Vec<Option<Lower>>,
    /// Whether the knobs of `lower` were lowered together.
    pub together: bool,
    /// How many capacities were tried out.
    pub tried: u32,
    /// The lowest and the highest mean of each goal over the capacities that the search looked at; nothing where it had no value, or
    /// the places that it hangs on never changed.
    pub spread: Vec<Option<Interval>>,
}

/// Looks for the fewest places at which all goals hold. `known` is a plan that may do: where it costs less than what is found and holds, the
/// search goes on from there.
///
/// # Errors
/// [`TrialError`].
pub fn plan(
    trial: &mut dyn Trial,
    knobs: &[Knob],
    goals: &[Goal],
    search: Search,
    known: Option<&[u32]>,
) -> Result<Planned, TrialError> {
    let mut looking = Looking { trial, knobs, goals, search, ran: BTreeMap::new(), farthest: 0 };
    let start = knobs.iter().map(|knob| knob.grid(f64::from(knob.start))).collect();
    let least: Vec<u32> = knobs.iter().map(|knob| knob.least).collect();
    let mut places = looking.by_knob(start)?;
    let mut level = None;
    if goals.iter().any(|goal| goal.knob.is_none() && goal.eased) {
        let (found, at) = looking.together(&places)?;
        level = Some((places.clone(), at));
        places = looking.trimmed(found, &least)?;
    } else if search.coupled {
        places = looking.trimmed(places, &least)?;
    }
    if let Some(known) = known {
        places = looking.cheaper(places, known)?;
    }
    looking.confirm(places, level)
}

struct Looking<'t> {
    trial: &'t mut dyn Trial,
    knobs: &'t [Knob],
    goals: &'t [Goal],
    search: Search,
    /// Values of replications from 0 on, by places.
    ran: BTreeMap<Vec<u32>, Vec<Vec<f64>>>,
    /// The most replications of any capacity so far.
    farthest: u32,
}

impl Looking<'_> {
    /// Each goal with these places, on as many replications as it takes to know whether it holds.
    fn look(&mut self, places: &[u32]) -> Result<Vec<Seen>, TrialError> {
        let mut until = self.search.first.min(self.search.most);
        loop {
            let have = self.ran.get(places).map_or(0, Vec::len) as u32;
            if have < until {
                let more = self.trial.run(places, have..until)?;
                self.ran.entry(places.to_vec()).or_default().extend(more);
            }
            let values = &self.ran[places];
            self.farthest = self.farthest.max(values.len() as u32);
            let decides = |goal: &Goal| goal.eased && !goal.known;
            let goals = self.goals.iter().enumerate();
            let clear = goals.clone().all(|(at, goal)| !decides(goal) || is_clear(goal, column(values, at)));
            if clear || until >= self.search.most {
                let meet = self.search.meet;
                return Ok(goals.map(|(at, goal)| seen(goal, column(values, at), meet, LEVEL)).collect());
            }
            until = (until + until.div_ceil(2)).min(self.search.most);
        }
    }

    /// Whether the goals of one knob hold.
    fn own_hold(&self, knob: usize, seen: &[Seen]) -> bool {
        let own = |goal: &Goal| goal.eased && !goal.known && goal.knob == Some(knob);
        self.goals.iter().zip(seen).all(|(goal, seen)| !own(goal) || seen.holds)
    }

    fn all_hold(&self, seen: &[Seen]) -> bool {
        self.goals.iter().zip(seen).all(|(goal, seen)| !goal.eased || goal.known || seen.holds)
    }

    /// The fewest places of each knob at which its own goals hold, all knobs moving at once.
    fn by_knob(&mut self, mut at: Vec<u32>) -> Result<Vec<u32>, TrialError> {
        let own = |knob: usize| self.goals.iter().any(|goal| goal.knob == Some(knob) && goal.eased && !goal.known);
        let decided: Vec<bool> = (0..self.knobs.len()).map(own).collect();
        for (knob, places) in at.iter_mut().enumerate() {
            let known = self.goals.iter().any(|goal| goal.knob == Some(knob) && goal.known);
            // Without goals of its own a knob begins with the least; where theory knows, it stays.
            *places = if decided[knob] || known { *places } else { self.knobs[knob].least };
        }
        if !decided.contains(&true) {
            return Ok(at);
        }
        let mut known: Vec<(Option<u32>, Option<u32>, u32)> = vec![(None, None, 1); at.len()];
        for pass in 0..PASSES {
            let seen = self.look(&at)?;
            let mut next = at.clone();
            for (knob, (fails, holds, stride)) in known.iter_mut().enumerate().filter(|(knob, _)| decided[*knob]) {
                let (limits, here) = (self.knobs[knob], at[knob]);
                if self.own_hold(knob, &seen) {
                    *holds = Some(here);
                    *fails = fails.filter(|fails| *fails < here);
                } else {
                    *fails = Some(here);
                    *holds = holds.filter(|holds| *holds > here);
                }
                next[knob] = match (*fails, *holds) {
                    (None, _) => {
                        let to = limits.lower(here, *stride);
                        *stride = stride.saturating_mul(2);
                        to
                    }
                    (Some(_), None) => {
                        let to = limits.higher(here, *stride);
                        *stride = stride.saturating_mul(2);
                        to
                    }
                    (Some(fails), Some(holds)) => {
                        *stride = 1;
                        let between = (holds - fails).div_ceil(limits.step) / 2 * limits.step;
                        if between == 0 { holds } else { limits.higher(fails, between / limits.step) }
                    }
                };
                // Late in the search nothing goes down any more, so that knobs that act on each other come to rest.
                if pass * 2 > PASSES && next[knob] < here && self.own_hold(knob, &seen) {
                    next[knob] = here;
                }
            }
            if next == at {
                break;
            }
            at = next;
        }
        Ok(at)
    }

    /// The places at a standard of service: load + standard * sqrt(load / cost), but at least so many. Square-root staffing
    /// with costs is the best division of spare places in heavy traffic (A. Mandelbaum and S. Zeltyn, "Staffing many-server
    /// queues with impatient customers: constraint satisfaction in call centers", Operations Research 57 (2009) 1189-1205).
    fn at_standard(&self, least: &[u32], standard: i64) -> Vec<u32> {
        let one = |(knob, &least): (&Knob, &u32)| {
            let spare = standard as f64 / 20.0 * libm::sqrt(knob.load.max(0.01) / knob.cost);
            knob.grid((knob.load + spare).max(f64::from(least)))
        };
        self.knobs.iter().zip(least).map(one).collect()
    }

    /// The lowest standard of service at which all goals hold, with at least so many places.
    fn together(&mut self, least: &[u32]) -> Result<(Vec<u32>, i64), TrialError> {
        let most: Vec<u32> = self.knobs.iter().map(|knob| knob.most).collect();
        let (mut fails, mut holds, mut at, mut stride) = (None, None, 0_i64, 4_i64);
        loop {
            let places = self.at_standard(least, at);
            let seen = self.look(&places)?;
            if self.all_hold(&seen) {
                holds = Some(at);
            } else {
                if places == most {
                    return Ok((places, at));
                }
                fails = Some(at);
            }
            at = match (fails, holds) {
                (Some(fails), Some(holds)) if holds - fails <= 1 => return Ok((self.at_standard(least, holds), holds)),
                (Some(fails), Some(holds)) => i64::midpoint(fails, holds),
                (Some(fails), None) => fails + stride,
                (None, Some(holds)) if self.at_standard(least, holds) == self.at_standard(least, holds - 100_000) => {
                    return Ok((places, holds));
                }
                (None, Some(holds)) => holds - stride,
                (None, None) => return Ok((places, at)),
            };
            stride = stride.saturating_mul(2);
        }
    }

    /// The known plan, trimmed, if it holds and the other one costs more or does not.
    fn cheaper(&mut self, places: Vec<u32>, known: &[u32]) -> Result<Vec<u32>, TrialError> {
        let cost = |places: &[u32]| -> f64 {
            self.knobs.iter().zip(places).map(|(knob, &places)| knob.cost * f64::from(places)).sum()
        };
        let known: Vec<u32> =
            self.knobs.iter().zip(known).map(|(knob, &places)| knob.grid(f64::from(places))).collect();
        let seen = self.look(&places)?;
        if cost(&known) >= cost(&places) && self.all_hold(&seen) {
            return Ok(places);
        }
        let seen = self.look(&known)?;
        let least: Vec<u32> = self.knobs.iter().map(|knob| knob.least).collect();
        if self.all_hold(&seen) { self.trimmed(known, &least) } else { Ok(places) }
    }

    /// The lowest and the highest mean of each goal so far.
    fn spread(&self) -> Vec<Option<Interval>> {
        let changed = |goal: &Goal| match goal.knob {
            Some(knob) => self.ran.keys().map(|places| places[knob]).collect::<BTreeSet<u32>>().len() > 1,
            None => self.ran.len() > 1,
        };
        let of = |goal: usize| {
            if !changed(&self.goals[goal]) {
                return None;
            }
            let means = self.ran.values().filter_map(|values| mean_of(column(values, goal)));
            means
                .map(|mean| Interval { low: mean, high: mean })
                .reduce(|a, b| Interval { low: a.low.min(b.low), high: a.high.max(b.high) })
        };
        (0..self.goals.len()).map(of).collect()
    }

    /// The same with every place taken away that no goal needs, dear ones first, down to `least`.
    fn trimmed(&mut self, mut places: Vec<u32>, least: &[u32]) -> Result<Vec<u32>, TrialError> {
        let mut order: Vec<usize> = (0..self.knobs.len()).collect();
        if order.len() > MANY {
            return Ok(places);
        }
        order.sort_by(|&a, &b| self.knobs[b].cost.total_cmp(&self.knobs[a].cost).then(a.cmp(&b)));
        let seen = self.look(&places)?;
        if !self.all_hold(&seen) {
            return Ok(places);
        }
        loop {
            let before = places.clone();
            for &knob in &order {
                let known = self.goals.iter().any(|goal| goal.knob == Some(knob) && goal.known);
                let lower = self.knobs[knob].lower(places[knob], 1).max(least[knob]);
                if known || lower == places[knob] {
                    continue;
                }
                let mut less = places.clone();
                less[knob] = lower;
                let seen = self.look(&less)?;
                if self.all_hold(&seen) {
                    places = less;
                }
            }
            if places == before {
                return Ok(places);
            }
        }
    }
}

#[cfg(test)]
mod tests;
