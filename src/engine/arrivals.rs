//! One week's referrals, drawn at once and sorted: they never enter the event list.

use super::event_list::SLOT_BITS;
use super::initial::stages;
use crate::ids::{CellId, Id, LineId, PickId, PoolId, StageId};
use crate::model::{Line, Model, Rules, Stream, Window};
use crate::random::{Generator, Patient, Purpose};
use crate::units::WEEK;
use std::hint::black_box;

/// The stage number that means: leaves the pathway.
pub(super) const LEAVES: u8 = u8::MAX;

/// A referral with all draws that do not depend on the state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Referral {
    /// The patient's address.
    pub(super) patient: Patient,
    /// Ticks of the first stay.
    pub(super) stay: u64,
    /// The cell of the first stage at the chosen provider.
    pub(super) cell: CellId,
    /// The pool of that cell.
    pub(super) pool: PoolId,
    /// The line of the first stage.
    pub(super) line: LineId,
    /// The stage after the first, or `LEAVES`.
    pub(super) next: u8,
}

/// The referrals of the current window.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    referrals: Vec<Referral>,
    /// Instant and row of each referral, packed as in the event list, sorted. Rows are in the order of streams and
    /// patients, which so breaks ties.
    order: Vec<u64>,
    cursor: usize,
    /// Of the streams in the current year, where rates vary.
    factors: Vec<f64>,
    /// The year of the factors, plus one.
    year: u32,
}

/// The lower half of a random word as a word of its own.
///
/// A word serves two purposes: its upper half decides the first to 2^-32 and its lower half only refines it, so the
/// second, decided by the lower half, is independent of the first to that precision. One block of random numbers is
/// then enough for a referral and its first stay.
#[inline]
pub(super) fn lower_half(word: u64) -> u64 {
    word << 32
}

/// The first pick of a stream whose threshold a random word does not exceed.
#[inline]
pub(super) fn pick(model: &Model, stream: &Stream, word: u64) -> PickId {
    let first = stream.first_pick.index();
    let thresholds = &model.thresholds.as_slice()[first..first + stream.picks as usize];
    // The last threshold is the largest word, so no word is past it.
    PickId::new(first + thresholds.partition_point(|&threshold| threshold < word))
}

/// The stage after a line, by a random word.
#[inline]
pub(super) fn pick_next(line: &Line, word: u64) -> u8 {
    for &(threshold, stage) in &line.next {
        if word < threshold {
            return stage_number(stage);
        }
    }
    LEAVES
}

/// A stage as one byte: pathways have fewer than 255 stages.
pub(super) fn stage_number(stage: StageId) -> u8 {
    stage.0 as u8
}

impl Arrivals {
    pub(super) fn clear(&mut self) {
        self.referrals.clear();
        self.order.clear();
        self.order.push(u64::MAX);
        self.cursor = 0;
        self.year = 0;
    }

    /// Draws the referrals of the window that begins at tick `window x WEEK`, those before `end` (model time).
    ///
    /// Instants are stored as engine time, which is model time plus one.
    pub(super) fn draw(&mut self, model: &Model, generator: Generator, window: u32) {
        let start = u64::from(window) * WEEK;
        self.referrals.clear();
        self.order.clear();
        let rules = model.rules.as_deref();
        if let Some(variation) = &model.variation {
            let year = variation.year(start);
            if self.year != year + 1 {
                variation.factors(model, generator, year, &mut self.factors);
                self.year = year + 1;
            }
        }
        for (number, stream) in model.streams.iter().enumerate() {
            if !stream.in_scope {
                continue;
            }
            let [count_word, _] = generator.words(stream.key, window, 0, Purpose::Count, 0);
            let first_line = model.first_line[stream.service];
            let line = &model.lines[first_line];
            let mut week = stream.intensity.window(start);
            if model.variation.is_some() {
                week = week.times(self.factors[number]);
            }
            if let Some(rules) = rules
                .filter(|rules| rules.lines[first_line].away.is_some() || rules.services[stream.service].is_special())
            {
                self.draw_by_rules(model, rules, generator, window, stream, week, count_word);
                continue;
            }
            for ordinal in 0..week.count.draw(count_word) {
                let patient = Patient::new(stream.key, window, ordinal);
                let [referral_word, stage_word] = generator.words_of(patient, Purpose::Referral, 0);
                let instant = week.instant(referral_word);
                let pick = pick(model, stream, lower_half(referral_word));
                let Some(cell) = model.pick_cells[pick] else { continue };
                self.push(
                    model,
                    first_line,
                    patient,
                    instant,
                    cell,
                    line.stay.draw(stage_word),
                    pick_next(line, lower_half(stage_word)),
                );
            }
        }
        self.order.sort_unstable();
        self.order.push(u64::MAX);
        self.cursor = 0;
    }

    /// Draws the referrals of a stream whose patients have classes, come in batches, or stay longer away from home.
    ///
    /// The members of a batch are referred at the same instant to the same provider; each has a class and a stay of their own.
    #[expect(clippy::too_many_arguments, reason = "the state of one loop")]
    fn draw_by_rules(
        &mut self,
        model: &Model,
        rules: &Rules,
        generator: Generator,
        window: u32,
        stream: &Stream,
        week: Window<'_>,
        count_word: u64,
    ) {
        let service = &rules.services[stream.service];
        let line_id = model.first_line[stream.service];
        let line = &model.lines[line_id];
        let largest = service.batch_thresholds.len().max(1) as u32;
        let position = |thresholds: &[u64], word: u64| thresholds.partition_point(|&threshold| threshold < word);
        for batch in 0..week.count.draw(count_word) {
            let leader = Patient::new(stream.key, window, batch * largest);
            let [referral_word, _] = generator.words_of(leader, Purpose::Referral, 0);
            let instant = week.instant(referral_word);
            let pick = pick(model, stream, lower_half(referral_word));
            let Some(first) = model.pick_cells[pick] else { continue };
            let size = match &service.batch_thresholds[..] {
                [] => 1,
                thresholds => {
                    let [_, word] = generator.words_of(leader, Purpose::Class, 0);
                    position(thresholds, word) as u32 + 1
                }
            };
            for member in 0..size {
                let patient = Patient::new(stream.key, window, batch * largest + member);
                let [_, stage_word] = generator.words_of(patient, Purpose::Referral, 0);
                let mut cell = first;
                if !service.class_thresholds.is_empty() {
                    let [word, _] = generator.words_of(patient, Purpose::Class, 0);
                    let class = position(&service.class_thresholds, word);
                    cell = CellId::new(first.index() + class * stages(model, stream.service));
                }
                let stay = match &rules.lines[line_id].away {
                    Some(away) if rules.cells[cell].away => away.draw(stage_word),
                    _ => line.stay.draw(stage_word),
                };
                self.push(model, line_id, patient, instant, cell, stay, pick_next(line, lower_half(stage_word)));
            }
        }
    }

    /// Adds a referral, unless it falls after the end.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the fields of a referral")]
    fn push(&mut self, model: &Model, line: LineId, patient: Patient, instant: u64, cell: CellId, stay: u64, next: u8) {
        if instant >= model.end {
            return;
        }
        self.order.push((model.origin + instant) << SLOT_BITS | self.referrals.len() as u64);
        let pool = model.cell_pools[cell];
        self.referrals.push(Referral { patient, stay, cell, pool, line, next });
    }

    /// The number of referrals drawn.
    pub(super) fn len(&self) -> usize {
        self.referrals.len()
    }

    /// The instant of the next referral; later than any simulated time if there is none.
    #[inline]
    pub(super) fn next_instant(&self) -> u64 {
        self.order[self.cursor] >> SLOT_BITS
    }

    /// Takes the next referral.
    #[inline]
    pub(super) fn take(&mut self) -> Referral {
        let row = |entry: u64| (entry & ((1 << SLOT_BITS) - 1)) as usize;
        let referral = self.referrals[row(self.order[self.cursor])];
        self.cursor += 1;
        // The rows of a week lie in another order than their instants, and further away than the inner caches reach.
        if let Some(next) = self.referrals.get(row(self.order[self.cursor])) {
            black_box(next.stay);
        }
        referral
    }
}
