//! Patients who are there when the simulation begins.

use super::Run;
use super::arrivals::{lower_half, pick, pick_next};
use super::places::Fit;
use super::state::{ASKED, NOBODY, Patient, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::ids::{CellId, Id, RouteId, ServiceId};
use crate::model::{InitialSource, Model, Place, UnderWay};
use crate::random::{MAX_WINDOW, Patient as Address, PoissonQuantile, Purpose, Sampler, unit};
use crate::units::Ticks;

/// The window number of patients drawn from the stationary law: past every window of a simulation.
const STATIONARY_WINDOW: u32 = MAX_WINDOW - 1;
/// The window number of patients who wait at the start.
const WAITING_WINDOW: u32 = MAX_WINDOW - 3;
/// The window number of patients in pools whose number is given.
const GIVEN_WINDOW: u32 = MAX_WINDOW - 2;

/// A patient who may be present at the start.
struct Candidate {
    /// Random order of seizing, so that what a full pool cuts off is fair to all streams.
    order: u64,
    address: Address,
    cell: CellId,
    /// What is kept beside what the cell needs.
    beside: u16,
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Draws the patients present at the start and gives them places; those beyond a pool's capacity are cut off.
    pub(super) fn place_initial_patients(&mut self) {
        let model = self.model;
        let mut candidates = Vec::new();
        for group in &model.initial {
            match &group.source {
                InitialSource::Stationary { stream, stage, mean, places } => {
                    let stream = &model.streams[*stream];
                    let [word, _] = self.generator.words(group.key, STATIONARY_WINDOW, 0, Purpose::InitialCount, 0);
                    for ordinal in 0..PoissonQuantile::new(*mean).draw(word) {
                        let address = Address::new(group.key, STATIONARY_WINDOW, ordinal);
                        let [order, word] = self.generator.words_of(address, Purpose::Referral, 0);
                        let route = pick(model, stream, word);
                        let Some(first) = model.pick_cells[route] else { continue };
                        let (cell, beside) = match places {
                            None => (CellId::new(first.index() + stage.index()), 0),
                            Some(places) => match self.place_of(places, first, address) {
                                Some(place) => (place.cell, place.beside),
                                None => continue,
                            },
                        };
                        let cell = self.class_cell(cell, stream.service, address);
                        if !model.pools[model.cell_pools[cell]].given_start {
                            candidates.push(Candidate { order, address, cell, beside });
                        }
                    }
                }
                InitialSource::Given { number, places } => {
                    for ordinal in 0..*number {
                        let address = Address::new(group.key, GIVEN_WINDOW, ordinal);
                        let [order, word] = self.generator.words_of(address, Purpose::Referral, 0);
                        let place = places.partition_point(|place| place.threshold < word).min(places.len() - 1);
                        let Place { cell, beside, .. } = places[place];
                        candidates.push(Candidate { order, address, cell, beside });
                    }
                }
            }
        }
        candidates.sort_by_key(|candidate| (candidate.order, candidate.cell));
        let waiting = self.waiting_patients();
        if T::LISTENS {
            for &(group, ordinal) in &waiting {
                let group = &model.waiting[group as usize];
                let address = Address::new(group.key, WAITING_WINDOW, ordinal);
                self.tell(model.origin - group.waited, address, group.cell, EventKind::Listed, None, None);
            }
        }
        for candidate in &candidates {
            self.place(candidate);
        }
        self.place_waiting_patients(&waiting);
    }

    /// Where somebody is whose first choice has this first cell; nowhere if they are no longer there.
    fn place_of(&self, places: &[(RouteId, Vec<Place>)], first: CellId, address: Address) -> Option<Place> {
        let route = self.model.cells[first].route;
        let (_, places) = &places[places.binary_search_by_key(&route, |of| of.0).ok()?];
        let [_, word] = self.generator.words_of(address, Purpose::Class, 0);
        places.get(places.partition_point(|place| place.threshold < word)).copied()
    }

    /// A cell of a patient's class, given that of the first class.
    pub(super) fn class_cell(&self, first: CellId, service: ServiceId, address: Address) -> CellId {
        let thresholds = self.rules().map_or(&[][..], |rules| &rules.services[service].class_thresholds);
        if thresholds.is_empty() {
            return first;
        }
        let [word, _] = self.generator.words_of(address, Purpose::Class, 0);
        let position = thresholds.partition_point(|&threshold| threshold < word);
        let stages = stages(self.model, service);
        CellId::new(first.index() + position * stages)
    }

    /// Those who wait at the start, by group and number, in the order of joining: the longest wait first, of equal waits in
    /// a random order, so that it is fair to all groups.
    fn waiting_patients(&self) -> Vec<(u32, u32)> {
        let model = self.model;
        let mut groups: Vec<usize> = (0..model.waiting.len()).collect();
        groups.sort_by_key(|&group| std::cmp::Reverse(model.waiting[group].waited));
        let mut waiting = Vec::new();
        let mut joins: Vec<(u64, u32, u32)> = Vec::new();
        for alike in groups.chunk_by(|&a, &b| model.waiting[a].waited == model.waiting[b].waited) {
            joins.clear();
            for &group in alike {
                let plan = &model.waiting[group];
                for ordinal in 0..plan.number {
                    let [order, _] = self.generator.words(plan.key, WAITING_WINDOW, ordinal, Purpose::Referral, 0);
                    joins.push((order, group as u32, ordinal));
                }
            }
            joins.sort_unstable();
            waiting.extend(joins.iter().map(|&(_, group, ordinal)| (group, ordinal)));
        }
        waiting
    }

    /// Those who wait at the start join their lists, and take what places are free.
    fn place_waiting_patients(&mut self, waiting: &[(u32, u32)]) {
        let model = self.model;
        self.work.patients.reserve(waiting.len());
        for &(group, ordinal) in waiting {
            let group = &model.waiting[group as usize];
            let (cell, joined) = (group.cell, model.origin - group.waited);
            let address = Address::new(group.key, WAITING_WINDOW, ordinal);
            self.present_at_start += 1;
            let line_id = model.cells[cell].line;
            let [_, word] = self.generator.words_of(address, Purpose::Stage, 0);
            let stay = match self.rules() {
                Some(rules) => self.stay(rules, cell, word),
                None => model.lines[line_id].stay.draw(word),
            };
            let slot = self.work.patients.add(Patient {
                referred: joined,
                joined,
                stay_or_start: stay,
                address,
                cell,
                pool: model.cell_pools[cell],
                line: line_id,
                visit: 0,
                next: pick_next(&model.lines[line_id], lower_half(word)),
                whereabouts: Whereabouts::Waiting,
                // The request was before the first period.
                flags: ASKED,
                link: NOBODY,
            });
            if let Some(rules) = self.rules() {
                self.begin(rules, slot, stay);
            }
            let pool = self.work.patients.get(slot).pool;
            self.join(model.origin, slot, pool, stay);
        }
    }

    fn place(&mut self, candidate: &Candidate) {
        let plan = &self.model.cells[candidate.cell];
        let pool = &mut self.work.pools[plan.pool.index()];
        if !pool.governed {
            if pool.is_full() {
                return;
            }
            pool.busy += 1;
        }
        let line = &self.model.lines[plan.line];
        let [rest_word, _] = self.generator.words_of(candidate.address, Purpose::Initial, 0);
        let [_, next_word] = self.generator.words_of(candidate.address, Purpose::Stage, 0);
        let rest = self.under_way(candidate.cell).map_or(0, |under_way| under_way.rest.draw(rest_word));
        let slot = self.work.patients.add(Patient {
            referred: 0,
            joined: 0,
            stay_or_start: 0,
            address: candidate.address,
            cell: candidate.cell,
            pool: plan.pool,
            line: plan.line,
            visit: 0,
            next: pick_next(line, next_word),
            whereabouts: Whereabouts::InPlace,
            flags: 0,
            link: NOBODY,
        });
        let now = self.model.origin;
        if let Some(rules) = self.rules() {
            self.begin(rules, slot, rest);
            if self.work.pools[plan.pool.index()].governed {
                let fits = self.fit(rules, now, slot, candidate.cell) == Fit::Yes
                    && self.fits_beside(rules, now, candidate.cell, candidate.beside);
                if !fits {
                    self.work.patients.remove(slot);
                    return;
                }
                self.seize(rules, now, slot, candidate.cell, 0, candidate.beside);
            }
        }
        self.present_at_start += 1;
        self.note(now, slot, EventKind::Present);
        self.schedule(now + rest, slot);
    }

    /// The law of the stays in a cell that are under way at the start.
    fn under_way(&self, cell: CellId) -> Option<&UnderWay> {
        let line = self.model.cells[cell].line;
        let away = self.rules().filter(|rules| rules.cells[cell].away);
        away.and_then(|rules| rules.lines[line].away_under_way.as_ref()).or(self.model.lines[line].under_way.as_ref())
    }

    /// The whole stay, the part before the start included, of a patient who was there at the start and leaves the place
    /// now.
    ///
    /// Of a stay met at a random moment, given that it has r still to run, the whole has the law of a stay given that it is
    /// longer than r (the density of rest and whole together is f(whole) / mean).
    #[cold]
    pub(super) fn whole_stay(&self, patient: &Patient, now: u64) -> u64 {
        let rest = now - self.model.origin;
        let Some(under_way) = self.under_way(patient.cell) else { return rest };
        let [_, word] = self.generator.words_of(patient.address, Purpose::Initial, 0);
        let longer = under_way.law.survival(Ticks(rest).days());
        Ticks::from_days(under_way.law.quantile_upper(unit(word) * longer)).0.clamp(rest, Sampler::LONGEST)
    }

    /// When the stay of a patient who was there at the start began, given when it ends if nothing interrupts it. Wraps below
    /// zero: only differences to it are ever taken.
    #[cold]
    pub(super) fn began_before(&mut self, slot: u32, end: u64) -> u64 {
        let patient = self.work.patients.get(slot);
        let began = end.wrapping_sub(self.whole_stay(patient, end));
        if self.model.lines[patient.line].stage.index() == 0 {
            self.work.patients.get_mut(slot).referred = began;
        }
        began
    }
}

/// The number of stages of a service.
pub(super) fn stages(model: &Model, service: ServiceId) -> usize {
    let first = model.first_line[service].index();
    let next = model.first_line.get(ServiceId::new(service.index() + 1)).map_or(model.lines.len(), |line| line.index());
    next - first
}
