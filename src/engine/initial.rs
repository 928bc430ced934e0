//! Patients who are there when the simulation begins.

use super::Run;
use super::arrivals::{pick, pick_next};
use super::state::{NOBODY, Patient, Whereabouts};
use crate::ids::{CellId, Id};
use crate::model::InitialSource;
use crate::random::{MAX_WINDOW, Patient as Address, PoissonQuantile, Purpose, Sampler, unit};
use crate::units::Ticks;

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
        for group in &model.initial {
            match &group.source {
                InitialSource::Stationary { stream, stage, mean } => {
                    let stream = &model.streams[*stream];
                    let [word, _] = self.generator.words(group.key, STATIONARY_WINDOW, 0, Purpose::InitialCount, 0);
                    for ordinal in 0..PoissonQuantile::new(*mean).draw(word) {
                        let address = Address::new(group.key, STATIONARY_WINDOW, ordinal);
                        let [order, word] = self.generator.words_of(address, Purpose::Referral, 0);
                        let route = pick(model, stream, word);
                        let Some(first) = model.pick_cells[route] else { continue };
                        let cell = CellId::new(first.index() + stage.index());
                        if !model.pools[model.cell_pools[cell]].given_start {
                            candidates.push(Candidate { order, address, cell });
                        }
                    }
                }
                InitialSource::Given { number, cells } => {
                    for ordinal in 0..*number {
                        let address = Address::new(group.key, GIVEN_WINDOW, ordinal);
                        let [order, word] = self.generator.words_of(address, Purpose::Referral, 0);
                        let place = cells.partition_point(|&(threshold, _)| threshold < word).min(cells.len() - 1);
                        candidates.push(Candidate { order, address, cell: cells[place].1 });
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
        let [rest_word, _] = self.generator.words_of(candidate.address, Purpose::Initial, 0);
        let [_, next_word] = self.generator.words_of(candidate.address, Purpose::Stage, 0);
        let rest = line.under_way.as_ref().map_or(0, |under_way| under_way.rest.draw(rest_word));
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
        self.schedule(self.model.origin + rest, slot);
    }
    /// The whole stay, the part before the start included, of a patient who was there at the start and leaves the place
    /// now.
    ///
    /// Of a stay met at a random moment, given that it has r still to run, the whole has the law of a stay given that it is
    /// longer than r (the density of rest and whole together is f(whole) / mean).
    #[cold]
    pub(super) fn whole_stay(&self, patient: &Patient, now: u64) -> u64 {
        let rest = now - self.model.origin;
        let Some(under_way) = &self.model.lines[patient.line].under_way else { return rest };
        let [_, word] = self.generator.words_of(patient.address, Purpose::Initial, 0);
        let longer = under_way.law.survival(Ticks(rest).days());
        Ticks::from_days(under_way.law.quantile_upper(unit(word) * longer)).0.clamp(rest, Sampler::LONGEST)
    }
}
