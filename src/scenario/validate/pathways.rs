//! Pathways as graphs: every stage is reached, every patient leaves, nobody goes round too often.

use crate::domain::Stage;
use crate::ids::{Id as _, IndexVec, StageId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use crate::theory::traffic;

/// The most stages of a pathway, and the most visits of a patient.
pub(super) const STAGES: usize = 200;
const VISITS: f64 = 10_000.0;
/// Less than this does not leave: rounding of probabilities that sum to one.
const LEAVES: f64 = 1e-9;

/// Checks the pathway of a service; `places` are those of its stages.
pub(super) fn check(cx: &mut Context<'_>, service: &str, stages: &IndexVec<StageId, Stage>, places: &[Place]) {
    let place = |stage: StageId| places.get(stage.index()).copied();
    let mut fits = true;
    for (id, stage) in stages.iter_ids() {
        let total: f64 = stage.next.iter().map(|next| next.probability).sum();
        if total > 1.0 + LEAVES {
            fits = false;
            cx.sink.report_plain(Code::NextOverOne, place(id), || {
                format!("after stage {} the probabilities of next sum to {total}", quote(&stage.id))
            });
        }
    }
    // Where probabilities are wrong, nothing is known about leaving.
    let sums = fits;
    let reached = closure(stages.len(), [0], |at| forward(stages, at));
    let backward = backward(stages);
    let leaving = stages.iter_ids().filter(|(_, stage)| leaves(stage)).map(|(id, _)| id.index());
    let ending = closure(stages.len(), leaving, |at| backward[at].clone());
    for (id, stage) in stages.iter_ids() {
        if !reached[id.index()] {
            fits = false;
            cx.sink.report_plain(Code::StageUnreachable, place(id), || {
                format!("no patient of {service} reaches stage {}", quote(&stage.id))
            });
        } else if !ending[id.index()] && sums {
            fits = false;
            cx.sink.report_plain(Code::NeverEnds, place(id), || {
                format!("from stage {} of {service} no patient ever leaves", quote(&stage.id))
            });
        }
    }
    if fits {
        let total: f64 = visits(stages).iter().sum();
        if !(0.0..=VISITS).contains(&total) {
            cx.sink.report_plain(Code::TooManyVisits, place(StageId(0)), || {
                format!("a patient of {service} passes through {total:.0} stays on average, more than {VISITS}")
            });
        }
    }
}

fn leaves(stage: &Stage) -> bool {
    1.0 - stage.next.iter().map(|next| next.probability).sum::<f64>() > LEAVES
}

/// The stages that may follow a stage.
pub(super) fn forward(stages: &IndexVec<StageId, Stage>, at: usize) -> Vec<usize> {
    let next = &stages[StageId::new(at)].next;
    next.iter().filter(|next| next.probability > 0.0).map(|next| next.stage.index()).collect()
}

/// The stages that may come before each stage.
pub(super) fn backward(stages: &IndexVec<StageId, Stage>) -> Vec<Vec<usize>> {
    let mut backward = vec![Vec::new(); stages.len()];
    for at in 0..stages.len() {
        for to in forward(stages, at) {
            backward[to].push(at);
        }
    }
    backward
}

/// What can be reached from a set of stages.
pub(super) fn closure(
    size: usize,
    from: impl IntoIterator<Item = usize>,
    next: impl Fn(usize) -> Vec<usize>,
) -> Vec<bool> {
    let mut reached = vec![false; size];
    let mut open: Vec<usize> = from.into_iter().filter(|&at| at < size).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(next(at));
        }
    }
    reached
}

/// Expected visits to each stage by a patient who enters the first, by the traffic equations.
///
/// Infinite where the pathway never ends.
pub(super) fn visits(stages: &IndexVec<StageId, Stage>) -> Vec<f64> {
    let size = stages.len();
    let mut external = vec![0.0; size];
    let mut routing = vec![vec![0.0; size]; size];
    if let Some(first) = external.first_mut() {
        *first = 1.0;
    }
    for (from, stage) in stages.iter_ids() {
        for next in &stage.next {
            routing[from.index()][next.stage.index()] += next.probability;
        }
    }
    traffic::solve(&external, &routing).unwrap_or_else(|_| vec![f64::INFINITY; size])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Next;
    use crate::random::Distribution;

    fn stage(next: &[(u32, f64)]) -> Stage {
        let next = next.iter().map(|&(to, probability)| Next { stage: StageId(to), probability }).collect();
        Stage { next, ..Stage::plain("", None, Distribution::Exponential { mean: 1.0 }) }
    }

    #[test]
    fn visits_with_a_way_back() {
        // v0 = 1 + v1/2, v1 = v0/2.
        let pathway = IndexVec::from(vec![stage(&[(1, 0.5)]), stage(&[(0, 0.5)])]);
        let found = visits(&pathway);
        assert!((found[0] - 4.0 / 3.0).abs() < 1e-12 && (found[1] - 2.0 / 3.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn visits_without_a_way_out() {
        let pathway = IndexVec::from(vec![stage(&[(0, 1.0)])]);
        assert_eq!(visits(&pathway), [f64::INFINITY]);
    }
}
