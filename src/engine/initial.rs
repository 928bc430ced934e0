//! Patients who are there when the simulation begins.

use super::arrivals::{pick_next, pick_route};
use super::state::{NOBODY, Patient, Whereabouts};
use super::{Run, START};
use crate::ids::{CellId, Id};
use crate::model::InitialSource;
use crate::random::{MAX_WINDOW, Patient as Address, PoissonQuantile, Purpose};

/// The window number of patients drawn from the stationary law: past every window of a simulation.
const STATIONARY_WINDOW: u32 = MAX_WINDOW - 1;
/// The window number of patients in pools whose number is given.
const GIVEN_WINDOW: u32 = MAX_WINDOW - 2;

/// A patient who may be present at the start.
struct Candidate {
    /// Random order of seizing, so that what a full pool cuts off is fair to all streams.
    order: u64,
    address: Address,
    cell: CellId,
}

impl Run<'_> {
    /// Draws the patients present at the start and gives them places; those beyond a pool's capacity are cut off.
    pub(super) fn place_initial_patients(&mut self) {
        let model = self.model;
        let mut candidates = Vec::new();
        let mut ordinals = vec![0_u32; model.streams.len()];
        let mut given_ordinals = ordinals.clone();
        for group in &model.initial {
            match &group.source {
                InitialSource::Stationary { stream: stream_id, stage, mean } => {
                    let stream = &model.streams[*stream_id];
                    let [word, _] = self.generator.words(group.key, 0, 0, Purpose::InitialCount, stage.0);
                    for _ in 0..PoissonQuantile::new(*mean).draw(word) {
                        let ordinal = &mut ordinals[stream_id.index()];
                        let address = Address::new(stream.key, STATIONARY_WINDOW, *ordinal);
                        *ordinal += 1;
                        let [order, route_word] = self.generator.words_of(address, Purpose::Referral, 0);
                        let route = pick_route(model, stream.first_route, stream.routes, route_word);
                        let Some(first) = model.first_cells[route] else { continue };
                        let cell = CellId::new(first.index() + stage.index());
                        if !model.pools[model.cells[cell].pool].given_start {
                            candidates.push(Candidate { order, address, cell });
                        }
                    }
                }
                InitialSource::Given { number, cells } => {
                    for i in 0..*number {
                        let [order, word] = self.generator.words(group.key, 0, i, Purpose::Referral, 0);
                        let place = cells.partition_point(|&(threshold, _)| threshold < word).min(cells.len() - 1);
                        let cell = cells[place].1;
                        let stream = model.cells[cell].stream;
                        let ordinal = &mut given_ordinals[stream.index()];
                        let address = Address::new(model.streams[stream].key, GIVEN_WINDOW, *ordinal);
                        *ordinal += 1;
                        candidates.push(Candidate { order, address, cell });
                    }
                }
            }
        }
        candidates.sort_by_key(|candidate| (candidate.order, candidate.cell));
        for candidate in &candidates {
            self.place(candidate);
        }
    }

    fn place(&mut self, candidate: &Candidate) {
        let plan = &self.model.cells[candidate.cell];
        let pool = &mut self.work.pools[plan.pool.index()];
        if pool.is_full() {
            return;
        }
        pool.busy += 1;
        self.present_at_start += 1;
        let line = &self.model.lines[plan.line];
        let [residual_word, _] = self.generator.words_of(candidate.address, Purpose::Initial, 0);
        let [_, next_word] = self.generator.words_of(candidate.address, Purpose::Stage, 0);
        let rest = line.residual.as_ref().map_or(0, |residual| residual.draw(residual_word));
        let slot = self.work.patients.add(Patient {
            referred: 0,
            joined: 0,
            stay_or_start: 0,
            address: candidate.address,
            cell: candidate.cell,
            pool: plan.pool,
            line: plan.line,
            visit: 0,
            link: NOBODY,
            next: pick_next(line, next_word),
            whereabouts: Whereabouts::InPlace,
        });
        self.schedule(START + rest, slot);
    }
}
