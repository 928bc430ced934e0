//! What can happen to the patients of each cell under the model's rules: it decides which metrics there are.

use super::places::Places;
use crate::domain::{Class, Preemption, WhenFull};
use crate::ids::{CellId, Id, IndexVec, PoolId};
use crate::model::{CellPlan, Holding, Model, Rules};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// What can happen to the patients of a cell, or to some patients of several.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which switches some metrics on")]
pub(super) struct Chances {
    /// They wait when there is no place.
    pub(super) waits: bool,
    /// They are refused when there is no place, or no room on the list.
    pub(super) refuses: bool,
    /// They may leave the list.
    pub(super) reneges: bool,
    /// They may go on to another provider.
    pub(super) transfers_out: bool,
    /// They may come from another provider.
    pub(super) transfers_in: bool,
    /// An emergency may interrupt their stay.
    pub(super) cancels: bool,
    /// They may block places after their stay.
    pub(super) blocks: bool,
}

impl Chances {
    /// What can happen to those of either.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            waits: self.waits || other.waits,
            refuses: self.refuses || other.refuses,
            reneges: self.reneges || other.reneges,
            transfers_out: self.transfers_out || other.transfers_out,
            transfers_in: self.transfers_in || other.transfers_in,
            cancels: self.cancels || other.cancels,
            blocks: self.blocks || other.blocks,
        }
    }
}

/// By cell.
pub(super) fn chances(scenario: &Scenario, model: &Model) -> IndexVec<CellId, Chances> {
    let mut limited: IndexVec<PoolId, bool> = scenario.pools.iter().map(|pool| Places::of(pool).limited).collect();
    // The hidden pool.
    limited.push(false);
    let Some(rules) = &model.rules else {
        let plain = |cell: &CellPlan| {
            let (limited, refuses) = (limited[cell.pool], model.pools[cell.pool].refuses);
            Chances { waits: limited && !refuses, refuses: limited && refuses, ..Chances::default() }
        };
        return model.cells.iter().map(plain).collect();
    };
    let mut chances: IndexVec<CellId, Chances> =
        model.cells.ids().map(|cell| alone(model, rules, &limited, cell)).collect();
    for cell in model.cells.ids() {
        for other in others(model, rules, cell) {
            chances[cell].transfers_out = true;
            chances[other].transfers_in = true;
        }
        chances[cell].blocks = may_block(model, rules, &chances, cell);
    }
    chances
}

/// What follows from the rules of a cell alone.
fn alone(model: &Model, rules: &Rules, limited: &IndexVec<PoolId, bool>, cell: CellId) -> Chances {
    let plan = &model.cells[cell];
    let rule = &rules.cells[cell];
    let fills = pools_needed(model, rules, cell).any(|pool| limited[pool]);
    let list_limit = rules.pools.get(plan.pool).map_or(u32::MAX, |pool| pool.list_limit);
    let refused = rule.when_full == WhenFull::Refuse;
    let waits = fills && !refused;
    let taken = |pool: PoolId| rules.pools.get(pool).is_some_and(|pool| pool.preemption != Preemption::Never);
    Chances {
        waits,
        refuses: fills && (refused || list_limit != u32::MAX),
        reneges: waits && rules.lines.get(plan.line).is_some_and(|line| line.patience[plan.class.index()].is_some()),
        cancels: rule.class == Class::Elective && pools_needed(model, rules, cell).any(taken),
        ..Chances::default()
    }
}

/// The pools of which the stage needs places, the one with its list first, each once.
pub(super) fn pools_needed<'a>(model: &'a Model, rules: &'a Rules, cell: CellId) -> impl Iterator<Item = PoolId> + 'a {
    let own = model.cells[cell].pool;
    let others: BTreeSet<PoolId> = holdings(rules, cell)
        .filter(|holding| holding.needed && holding.pool != own)
        .map(|holding| holding.pool)
        .collect();
    [own].into_iter().chain(others)
}

/// The pools whose places a patient has during the stage, needed or kept; not the hidden one.
pub(super) fn pools_held(model: &Model, rules: &Rules, cell: CellId) -> BTreeSet<PoolId> {
    let own = [model.cells[cell].pool].into_iter().filter(|&pool| pool != model.no_pool());
    own.chain(holdings(rules, cell).map(|holding| holding.pool)).collect()
}

fn holdings(rules: &Rules, cell: CellId) -> impl Iterator<Item = &Holding> {
    let range = &rules.cells[cell].holdings;
    rules.holdings[range.start as usize..range.end as usize].iter()
}

/// The cells in which patients who find this one full may be treated instead.
fn others(model: &Model, rules: &Rules, cell: CellId) -> Vec<CellId> {
    let (plan, rule) = (&model.cells[cell], &rules.cells[cell]);
    let Some(first) = model.first_cells[plan.route] else { return Vec::new() };
    // The cells of every route of a stream stand in the same order.
    let offset = cell.index() - first.index();
    let there = |route| model.first_cells[route].map(|first| CellId::new(first.index() + offset));
    let listed = &rules.candidates[rule.candidates.start as usize..rule.candidates.end as usize];
    let mut found: Vec<CellId> = listed.iter().filter_map(|&route| there(route)).collect();
    if let Some(ring) = rules.rings.get(rule.ring).filter(|ring| ring.shared) {
        let stream = &model.streams[plan.stream];
        let routes = (0..stream.routes as usize).map(|i| Id::new(stream.first_route.index() + i));
        found.extend(routes.filter_map(there).filter(|&other| ring.pools.contains(&model.cells[other].pool)));
    }
    found.retain(|&other| other != cell);
    found
}

/// Whether some next stage may keep a patient in the places of this one after the stay.
fn may_block(model: &Model, rules: &Rules, chances: &IndexVec<CellId, Chances>, cell: CellId) -> bool {
    let plan = &model.cells[cell];
    if pools_held(model, rules, cell).is_empty() {
        return false;
    }
    model.lines[plan.line].next.iter().any(|&(_, stage)| {
        let here = CellId::new(cell.index() + stage.index() - plan.stage.index());
        // A stage near home has its cell at another provider.
        let line = &rules.lines[model.cells[here].line];
        let home = line.homes.iter().find(|home| home.0 == plan.stream).and_then(|home| model.first_cells[home.1]);
        let first = model.first_cells[plan.route];
        let next = match (home, first) {
            (Some(home), Some(first)) => CellId::new(home.index() + here.index() - first.index()),
            _ => here,
        };
        chances[next].waits && rules.cells[next].when_full == WhenFull::Block
    })
}
