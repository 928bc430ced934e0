//! A plan on replications that its search had not seen, and with one step less.

use super::judging::{Seen, column, seen};
use super::{Goal, Knob, LEVEL, Looking, Lower, Planned, TrialError};
use std::ops::Range;

/// Fresh blocks that are tried before the plan is called unconfirmed.
const TRIES: u32 = 5;
/// Beyond so many pools one step less is tried for all together.
pub(super) const MANY: usize = 24;

impl Looking<'_> {
    /// Looks at the answer on fresh replications, raises it where it does not hold, and looks again.
    pub(super) fn confirm(
        mut self,
        mut places: Vec<u32>,
        mut level: Option<(Vec<u32>, i64)>,
    ) -> Result<Planned, TrialError> {
        let length = self.farthest.max(self.search.first).max(2);
        let mut begin = self.farthest;
        let (mut tries, mut raises) = (0, 0);
        // What was raised stays; what others no longer need then may go, once.
        let mut floor: Vec<u32> = self.knobs.iter().map(|knob| knob.least).collect();
        let mut kept: Option<(Vec<u32>, Range<u32>, Vec<Seen>)> = None;
        loop {
            tries += 1;
            let block = begin..begin + length;
            let values = self.trial.run(&places, block.clone())?;
            let error = LEVEL / libm::exp2(f64::from(tries));
            let of = |(at, goal): (usize, &Goal)| seen(goal, column(&values, at), self.search.meet, error);
            let seen: Vec<Seen> = self.goals.iter().enumerate().map(of).collect();
            let failing: Vec<usize> = (0..seen.len())
                .filter(|&at| self.goals[at].eased && !self.goals[at].known && !seen[at].holds)
                .collect();
            if failing.is_empty() && tries > 1 && self.search.coupled && kept.is_none() {
                let trimmed = self.trimmed(places.clone(), &floor)?;
                if trimmed != places {
                    kept = Some((places, block, seen));
                    // Trimming may have looked farther than the search.
                    (places, begin) = (trimmed, (begin + length).max(self.farthest));
                    continue;
                }
            }
            if let Some((places, block, seen)) = kept.take_if(|_| !failing.is_empty()) {
                return self.answer(places, block, seen, &[], (tries, raises));
            }
            let mut raised = places.clone();
            for &at in &failing {
                if let Some(knob) = self.goals[at].knob {
                    raised[knob] = self.knobs[knob].higher(places[knob], 1);
                }
            }
            if raised == places && !failing.is_empty() {
                // Goals of all knobs: the next higher standard that changes anything.
                while let Some((least, at)) = &mut level {
                    *at += 1;
                    let (before, after) = (self.at_standard(least, *at - 1), self.at_standard(least, *at));
                    let more = |(knob, (&places, (before, after))): (&Knob, (&u32, (&u32, &u32)))| {
                        places.saturating_add(after.saturating_sub(*before)).min(knob.most)
                    };
                    // By as much as the standard adds, so that what was trimmed stays so.
                    raised = self.knobs.iter().zip(places.iter().zip(before.iter().zip(&after))).map(more).collect();
                    if raised != places || self.knobs.iter().zip(&after).all(|(knob, at)| *at == knob.most) {
                        break;
                    }
                }
            }
            if raised == places && failing.iter().any(|&at| self.goals[at].knob.is_none()) {
                // What was trimmed comes back, step by step, before a goal is called out of reach.
                raised = self.knobs.iter().zip(&places).map(|(knob, &places)| knob.higher(places, 1)).collect();
            }
            if failing.is_empty() || raised == places || tries >= TRIES {
                // What stops a plan is a pool that has the most places, or all of them.
                let at_most = |at: &&usize| match self.goals[**at].knob {
                    Some(knob) => places[knob] == self.knobs[knob].most,
                    None => raised == places,
                };
                let stops: Vec<usize> = failing.iter().filter(at_most).copied().collect();
                let confirmed = failing.is_empty();
                return Ok(Planned { confirmed, ..self.answer(places, block, seen, &stops, (tries, raises))? });
            }
            for (floor, (&places, &raised)) in floor.iter_mut().zip(places.iter().zip(&raised)) {
                if raised > places {
                    *floor = raised;
                }
            }
            (places, begin) = (raised, begin + length);
            raises += 1;
        }
    }

    /// The answer, with one step less; `stops` are goals that no places within the limits meet.
    fn answer(
        &mut self,
        places: Vec<u32>,
        block: Range<u32>,
        seen: Vec<Seen>,
        stops: &[usize],
        (tries, raises): (u32, u32),
    ) -> Result<Planned, TrialError> {
        let (lower, together) = self.lower(&places, &block)?;
        let harmed = |at: &usize| !self.goals[*at].eased && !self.goals[*at].known && !seen[*at].holds;
        Ok(Planned {
            out_of_reach: stops.iter().copied().chain((0..seen.len()).filter(harmed)).collect(),
            confirmed: true,
            tries,
            raises,
            block,
            lower,
            together,
            tried: self.ran.len() as u32 + tries,
            spread: self.spread(),
            places,
            seen,
        })
    }

    /// Each knob with one step less.
    fn lower(&mut self, places: &[u32], block: &Range<u32>) -> Result<(Vec<Option<Lower>>, bool), TrialError> {
        let steps: Vec<u32> = self.knobs.iter().zip(places).map(|(knob, &places)| knob.lower(places, 1)).collect();
        let changes = |knob: &usize| steps[*knob] != places[*knob];
        let together = !self.search.coupled || self.knobs.len() > MANY;
        let meet = self.search.meet;
        let goals = self.goals;
        let all = |values: &[Vec<f64>]| -> Vec<Seen> {
            goals.iter().enumerate().map(|(at, goal)| seen(goal, column(values, at), meet, LEVEL)).collect()
        };
        let mut lower = vec![None; places.len()];
        if together && (0..places.len()).any(|knob| changes(&knob)) {
            let seen = all(&self.trial.run(&steps, block.clone())?);
            for knob in (0..places.len()).filter(changes) {
                lower[knob] = Some(Lower { places: steps[knob], seen: seen.clone() });
            }
        } else if !together {
            for knob in (0..places.len()).filter(changes) {
                let mut less = places.to_vec();
                less[knob] = steps[knob];
                let seen = all(&self.trial.run(&less, block.clone())?);
                lower[knob] = Some(Lower { places: steps[knob], seen });
            }
        }
        Ok((lower, together))
    }
}
