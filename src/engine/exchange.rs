//! Closed rings of blocked patients: each waits for the place that the next one blocks.

use super::Run;
use super::governance::Move;
use super::places::holdings;
use super::trace::Trace;
use crate::ids::{CellId, Id, PoolId};
use crate::model::Rules;

/// What a search has found so far: the way to the last patient, and by pool the number of the search that has seen it last.
struct Search<'a> {
    moves: &'a mut Vec<Move>,
    seen: &'a mut [u64],
    number: u64,
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// If a patient who blocks closes a ring, all of the ring change places at once; false if there is none.
    ///
    /// Only patients who hold one place and want one take part, and only places that are open.
    pub(super) fn exchange(&mut self, rules: &Rules, now: u64, slot: u32) -> bool {
        let Some(home) = self.one_place(rules, slot) else { return false };
        let governance = &mut self.work.governance;
        governance.searches += 1;
        let number = governance.searches;
        let (mut moves, mut seen) = (std::mem::take(&mut governance.moves), std::mem::take(&mut governance.seen));
        moves.clear();
        let mut search = Search { moves: &mut moves, seen: &mut seen, number };
        let closed = self.ring_from(rules, slot, (slot, home), &mut search);
        self.work.governance.seen = seen;
        if closed {
            self.change_places(rules, now, &moves);
        }
        self.work.governance.moves = moves;
        closed
    }

    fn change_places(&mut self, rules: &Rules, now: u64, moves: &[Move]) {
        self.work.governance.exchanges += 1;
        for &Move { slot, .. } in moves {
            self.leave_list(rules, now, slot);
        }
        // First every place is given up, then every place is taken: the number in use stays what it was.
        for &Move { slot, .. } in moves {
            let mask = self.extra(slot).mask;
            self.leave_places(rules, now, slot, mask);
        }
        // Pools that were to be asked before still are; the places of the ring are taken again, so asking them finds nobody.
        for &Move { slot, to } in moves {
            if self.work.patients.get(slot).cell != to {
                self.transfer(rules, now, slot, to);
            }
            self.start(rules, now, slot, to);
        }
    }

    /// Resolves the rings through a pool whose places have just opened.
    pub(super) fn exchange_opened(&mut self, rules: &Rules, now: u64, pool: usize) {
        let mut next = 0;
        while let Some(&slot) = self.work.governance.pools[pool].blocking.get(next) {
            next = if self.exchange(rules, now, slot) { 0 } else { next + 1 };
        }
    }

    /// The pool of the one place that a patient holds.
    fn one_place(&self, rules: &Rules, slot: u32) -> Option<PoolId> {
        let extra = self.extra(slot);
        match holdings(rules, extra.held) {
            [place] if extra.mask == 1 && place.places == 1 => Some(place.pool),
            _ => None,
        }
    }

    /// Looks for a way of blocked patients from what `slot` wants to the pool `home` of the first of them, deepest first, in
    /// order of blocking.
    fn ring_from(&self, rules: &Rules, slot: u32, (first, home): (u32, PoolId), search: &mut Search<'_>) -> bool {
        for (to, wanted) in self.wants(rules, slot) {
            if wanted == home && self.may_replace(rules, to, first) {
                search.moves.push(Move { slot, to });
                return true;
            }
            let before = std::mem::replace(&mut search.seen[wanted.index()], search.number);
            if wanted == home || before == search.number {
                continue;
            }
            search.moves.push(Move { slot, to });
            for &next in &self.work.governance.pools[wanted.index()].blocking {
                if self.one_place(rules, next).is_some()
                    && self.may_replace(rules, to, next)
                    && self.ring_from(rules, next, (first, home), search)
                {
                    return true;
                }
            }
            search.moves.pop();
        }
        false
    }

    /// Whether the place of a blocked patient is for the patients of a cell: those in a ring-fence are not for everybody.
    fn may_replace(&self, rules: &Rules, to: CellId, leaving: u32) -> bool {
        let extra = self.extra(leaving);
        let fence = |cell: CellId| holdings(rules, cell).first().and_then(|place| place.fence);
        extra.fences & 1 == 0 || fence(extra.held) == fence(to)
    }

    /// The cells that would do for a blocked patient, each with its pool.
    fn wants<'s>(&'s self, rules: &'s Rules, slot: u32) -> impl Iterator<Item = (CellId, PoolId)> + 's {
        let own = self.work.patients.get(slot).cell;
        let plan = &rules.cells[own];
        let candidates = if rules.rings[plan.ring].shared { plan.candidates.clone() } else { 0..0 };
        let others = rules.candidates[candidates.start as usize..candidates.end as usize].iter();
        let open = move |pool: PoolId| {
            let state = &self.work.pools[pool.index()];
            rules.pools[pool].sessions == 0 && state.busy <= state.capacity
        };
        let one = move |cell: CellId| match holdings(rules, cell) {
            [place]
                if place.places == 1
                    && open(place.pool)
                    && !(place.kept && self.holds(rules, slot, place).is_some()) =>
            {
                Some((cell, place.pool))
            }
            _ => None,
        };
        [own].into_iter().chain(others.filter_map(move |&route| self.same_stage(own, route))).filter_map(one)
    }
}
