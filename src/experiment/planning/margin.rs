//! How sure the number of places of a plan is: how many fewer are known to be too few.

use super::judging::column;
use super::{Goal, Knob, LEVEL, Planned, Trial, TrialError};
use crate::stats::student::MeanTest;

/// How near a plan is to failing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Margin {
    /// The most places, all together, that are known to be too few, were they taken from the best off first; none if even the
    /// fewest that are allowed are not known to be.
    pub too_few: Option<u32>,
    /// The goal nearest to its bound under the plan.
    pub binding: Option<usize>,
}

/// Takes places from a plan, always from the pool with the most spare places over the root of its load, until a goal is known to
/// fail, and finds the least number of steps by halving. Known: on the replications of the confirmation, with intervals that hold
/// together for all goals (95 %, Bonferroni).
///
/// # Errors
/// [`TrialError`].
pub fn margin(trial: &mut dyn Trial, knobs: &[Knob], goals: &[Goal], planned: &Planned) -> Result<Margin, TrialError> {
    let slack = |at: &usize| {
        let (goal, mean) = (&goals[*at], planned.seen[*at].mean);
        let room = if goal.at_most { goal.bound - mean } else { mean - goal.bound };
        room / goal.bound.abs().max(1e-12)
    };
    let counts = |at: &usize| goals[*at].eased && planned.seen[*at].mean.is_finite();
    let binding = (0..goals.len()).filter(counts).min_by(|a, b| slack(a).total_cmp(&slack(b)));
    let eased = goals.iter().filter(|goal| goal.eased).count() as f64;
    let path = fewer(knobs, &planned.places);
    let mut fails = |steps: usize| -> Result<bool, TrialError> {
        let values = trial.run(&path[steps], planned.block.clone())?;
        let broken = |(at, goal): (usize, &Goal)| {
            let Some(test) = MeanTest::of(column(&values, at), LEVEL / eased) else { return false };
            goal.eased && if goal.at_most { test.interval.low > goal.bound } else { test.interval.high < goal.bound }
        };
        Ok(goals.iter().enumerate().any(broken))
    };
    // `few` steps are not known to be too many.
    let (mut few, mut many) = (0, 1);
    loop {
        if few + 1 == path.len() {
            return Ok(Margin { too_few: None, binding });
        }
        many = many.min(path.len() - 1);
        if fails(many)? {
            break;
        }
        (few, many) = (many, 2 * many);
    }
    while many - few > 1 {
        let middle = usize::midpoint(few, many);
        if fails(middle)? { many = middle } else { few = middle }
    }
    Ok(Margin { too_few: Some(path[many].iter().sum()), binding })
}

/// Ever fewer places, from those of the plan to the fewest allowed.
fn fewer(knobs: &[Knob], places: &[u32]) -> Vec<Vec<u32>> {
    let mut path = vec![places.to_vec()];
    let mut at = places.to_vec();
    let spare = |knob: &Knob, places: u32| (f64::from(places) - knob.load) / libm::sqrt(knob.load.max(0.01));
    loop {
        let can = (0..knobs.len()).filter(|&knob| at[knob] > knobs[knob].least);
        let best = can.max_by(|&a, &b| spare(&knobs[a], at[a]).total_cmp(&spare(&knobs[b], at[b])).then(b.cmp(&a)));
        let Some(knob) = best else { return path };
        at[knob] = knobs[knob].lower(at[knob], 1);
        path.push(at.clone());
    }
}
