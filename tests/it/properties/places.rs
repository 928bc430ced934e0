//! The places in use, slots and ring-fences, as the log tells them, and what must hold of them at each start.

use super::replay::{Replay, Spell, State, same};
use tierflow::domain::AtClose;
use tierflow::ids::{CellId, Id};
use tierflow::model::{ChangeKind, Holding};

impl Replay<'_> {
    /// Brings the capacities up to an instant, its own changes included, and looks at the state just before it.
    pub(super) fn advance(&mut self, now: i64) {
        if now == self.now {
            return;
        }
        self.look();
        self.now = now;
        self.before.clone_from(&self.busy);
        self.slots.fill(0);
        let Some(rules) = &self.model.rules else { return };
        while let Some(change) = rules.changes.get(self.next_change).filter(|change| change.at as i64 <= now) {
            match change.what {
                ChangeKind::Places(places) => self.capacity[change.pool.index()] = places,
                ChangeKind::Session { slots, .. } if change.at as i64 == now => self.slots[change.pool.index()] = slots,
                ChangeKind::Session { .. } => {}
            }
            self.next_change += 1;
        }
    }

    /// What must hold between any two instants: nobody is in a place that is closed, unless they finish there, keep it from
    /// the stage before, hold it for another pool's stage, or block it.
    pub(super) fn look(&self) {
        let Some(rules) = &self.model.rules else { return };
        for (pool, plan) in rules.pools.iter_ids() {
            let i = pool.index();
            if plan.tracks_places && plan.at_close != AtClose::Finish && self.busy[i] > self.capacity[i] {
                let here = |spell: &Spell| self.model.cell_pools[spell.cell] == pool && !spell.carried;
                let placed = |spell: &&Spell| spell.state == State::Placed && here(spell);
                let inside: Vec<&Spell> = self.patients.values().filter(placed).collect();
                assert!(inside.is_empty(), "{pool:?} at {}: {inside:?}", self.now);
            }
        }
    }

    pub(super) fn give_back(&mut self, spell: &mut Spell, keep: impl Fn(&Holding) -> bool) {
        let (held, fenced) = (std::mem::take(&mut spell.held), std::mem::take(&mut spell.fenced));
        for (holding, fenced) in held.into_iter().zip(fenced) {
            if keep(&holding) {
                spell.held.push(holding);
                spell.fenced.push(fenced);
                continue;
            }
            let pool = holding.pool.index();
            self.busy[pool] -= holding.places;
            if let (true, Some(fence)) = (fenced, holding.fence) {
                self.fence_busy[pool][fence as usize] -= holding.places;
            }
        }
    }

    /// A patient takes the places of a cell and keeps what the cell keeps.
    pub(super) fn take(&mut self, spell: &mut Spell, cell: CellId) {
        let wanted = self.holdings(cell);
        self.give_back(spell, |held| wanted.iter().any(|holding| holding.kept && same(holding, held)));
        let kept = spell.held.clone();
        for holding in wanted.iter().filter(|holding| holding.needed) {
            if holding.kept && kept.iter().any(|held| same(holding, held)) {
                continue;
            }
            let fenced = self.seize(holding);
            spell.held.push(*holding);
            spell.fenced.push(fenced);
        }
        spell.carried = kept.iter().any(|held| held.pool == self.model.cell_pools[cell]);
        spell.held_cell = cell;
    }

    pub(super) fn seize(&mut self, holding: &Holding) -> bool {
        let i = holding.pool.index();
        self.busy[i] += holding.places;
        let Some(rules) = &self.model.rules else {
            assert!(self.busy[i] <= self.capacity[i]);
            return false;
        };
        let plan = &rules.pools[holding.pool];
        if plan.sessions > 0 {
            assert!(self.slots[i] >= holding.places, "a start in {:?} at {} without a slot", holding.pool, self.now);
            self.slots[i] -= holding.places;
            return false;
        }
        let left = |fence: usize| plan.fences[fence].saturating_sub(self.fence_busy[i][fence]);
        if let Some(fence) = holding.fence.map(|fence| fence as usize)
            && left(fence) >= holding.places
        {
            self.fence_busy[i][fence] += holding.places;
            return true;
        }
        // Rings that change places leave as many in use as there were.
        if self.exchanges == 0 && self.capacity[i] != u32::MAX {
            let general = self.busy[i] - self.fence_busy[i].iter().sum::<u32>();
            let taken = general + plan.fences.iter().sum::<u32>() + holding.leave_free;
            assert!(taken <= self.capacity[i], "{holding:?} at {}: {taken} of {}", self.now, self.capacity[i]);
        }
        assert!(self.busy[i] <= self.capacity[i].max(self.before[i]), "{:?} at {}", holding.pool, self.now);
        false
    }
}
