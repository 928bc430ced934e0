//! Closed rings of blocked patients: each waits for the place that the next one blocks.

use super::Run;
use super::governed::holdings;
use super::trace::Trace;
use crate::ids::{CellId, Id, PoolId};
use crate::model::Rules;
use std::collections::BTreeSet;

/// A blocked patient, the pool whose place is blocked, and the cell that is wanted.
#[derive(Clone, Copy, Debug)]
struct Move {
    slot: u32,
    to: CellId,
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// If a patient who has just begun to block closes a ring, all of the ring change places at once.
    ///
    /// Only patients who hold one place and want one take part.
    pub(super) fn exchange(&mut self, rules: &Rules, now: u64, slot: u32) {
        let Some(home) = self.one_place(rules, slot) else { return };
        let mut moves = Vec::new();
        let mut visited = BTreeSet::new();
        if !self.ring_from(rules, slot, home, &mut visited, &mut moves) {
            return;
        }
        self.work.governance.exchanges += 1;
        for &Move { slot, .. } in &moves {
            self.leave_list(rules, now, slot);
        }
        // First every place is given up, then every place is taken: the number in use stays what it was.
        for &Move { slot, .. } in &moves {
            let mask = self.extra(slot).mask;
            self.leave_places(rules, now, slot, mask);
        }
        let freed = std::mem::take(&mut self.work.governance.freed);
        for &Move { slot, to } in &moves {
            if self.work.patients.get(slot).cell != to {
                self.transfer(now, slot, to);
            }
            self.start(rules, now, slot, to);
        }
        // Places that were free before and still are; those of the ring are taken again.
        self.work.governance.freed.extend(freed);
    }

    /// The pool of the one place that a patient holds.
    fn one_place(&self, rules: &Rules, slot: u32) -> Option<PoolId> {
        let extra = self.extra(slot);
        match holdings(rules, extra.held) {
            [place] if extra.mask == 1 && place.places == 1 => Some(place.pool),
            _ => None,
        }
    }

    /// Looks for a way of blocked patients from what `slot` wants to the pool `home`, deepest first, in order of blocking.
    fn ring_from(
        &self,
        rules: &Rules,
        slot: u32,
        home: PoolId,
        visited: &mut BTreeSet<PoolId>,
        moves: &mut Vec<Move>,
    ) -> bool {
        for (to, wanted) in self.wants(rules, slot) {
            if wanted == home {
                moves.push(Move { slot, to });
                return true;
            }
            if !visited.insert(wanted) {
                continue;
            }
            moves.push(Move { slot, to });
            for &next in &self.work.governance.pools[wanted.index()].blocking {
                if self.one_place(rules, next).is_some() && self.ring_from(rules, next, home, visited, moves) {
                    return true;
                }
            }
            moves.pop();
        }
        false
    }

    /// The cells that would do for a blocked patient, each with its pool.
    fn wants(&self, rules: &Rules, slot: u32) -> Vec<(CellId, PoolId)> {
        let own = self.work.patients.get(slot).cell;
        let plan = &rules.cells[own];
        let mut cells = vec![own];
        if rules.rings[plan.ring].shared {
            let range = plan.candidates.start as usize..plan.candidates.end as usize;
            cells.extend(rules.candidates[range].iter().filter_map(|&route| self.same_stage(own, route)));
        }
        let one = |cell: CellId| match holdings(rules, cell) {
            [place] if place.places == 1 && !(place.kept && self.holds(rules, slot, place).is_some()) => {
                Some((cell, place.pool))
            }
            _ => None,
        };
        cells.into_iter().filter_map(one).collect()
    }
}
