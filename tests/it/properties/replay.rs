//! Activity from the event log alone: what the engine counts while it runs, computed again from single patients.

use std::collections::{BTreeMap, BTreeSet};
use tierflow::activity::{Cell, Incidents, PeriodActivity, PoolTime, Waiting};
use tierflow::engine::{Event, EventKind, Outcome};
use tierflow::ids::{CellId, Id, PoolId};
use tierflow::model::{Holding, Model};
use tierflow::random::Patient;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Asking,
    Waiting,
    Placed,
    Over,
    Blocked,
    Refused,
    Gone,
}

/// One patient as the log tells it.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
#[derive(Clone, Debug)]
pub(super) struct Spell {
    pub(super) state: State,
    pub(super) cell: CellId,
    pub(super) since: i64,
    pub(super) asked: i64,
    pub(super) held_cell: CellId,
    pub(super) held: Vec<Holding>,
    /// Which of them are in a ring-fence.
    pub(super) fenced: Vec<bool>,
    /// The place of the present pool was kept from the stage before.
    pub(super) carried: bool,
    pub(super) vacated: bool,
    pub(super) started: bool,
    /// Ticks in the place, blocked ones included; whether there since before the start.
    pub(super) placed: i64,
    pub(super) present: bool,
}

/// The activity of one period, as far as the log tells it.
#[derive(Clone, Default)]
struct Sums {
    cells: Vec<Cell>,
    moved_in: Vec<u32>,
    incidents: Vec<Incidents>,
    excess: Vec<u64>,
    pools: Vec<PoolTime>,
    classes: Vec<[PoolTime; 3]>,
    waiting: Vec<Waiting>,
}

pub(super) struct Replay<'a> {
    pub(super) model: &'a Model,
    bounds: Vec<i64>,
    periods: Vec<Sums>,
    pub(super) patients: BTreeMap<Patient, Spell>,
    pub(super) busy: Vec<u32>,
    /// Places in use when the instant began.
    pub(super) before: Vec<u32>,
    pub(super) fence_busy: Vec<Vec<u32>>,
    pub(super) capacity: Vec<u32>,
    /// Slots left of the session of the instant.
    pub(super) slots: Vec<u32>,
    pub(super) next_change: usize,
    pub(super) now: i64,
    pub(super) exchanges: u64,
    referred: u64,
    left: u64,
}

/// Replays a log and compares it with what the engine counted.
pub(super) fn check(model: &Model, periods: &[PeriodActivity], outcome: &Outcome, events: &[Event]) {
    let mut replay = Replay::new(model, outcome.exchanges);
    // What a patient does after leaving a place says which of the places are kept.
    let mut after: BTreeMap<Patient, Event> = BTreeMap::new();
    let mut following = vec![None; events.len()];
    for (event, following) in events.iter().zip(&mut following).rev() {
        *following = after.insert(event.patient, *event);
    }
    for (event, following) in events.iter().zip(following) {
        replay.event(
            event,
            following.filter(|next| !matches!(next.kind, EventKind::Left | EventKind::Completed)).map(|next| next.cell),
        );
    }
    replay.finish();
    let inside = replay.patients.values().filter(|patient| patient.state != State::Gone).count() as u64;
    assert_eq!(outcome.present_at_end, inside, "inside at the end");
    assert_eq!(outcome.left, replay.left, "left");
    assert_eq!(outcome.present_at_start + outcome.referred, replay.referred, "came");
    assert_eq!(replay.referred, replay.left + inside, "in is not out and inside");
    assert_eq!(periods.len(), replay.periods.len());
    let (mut sent, mut received) = (0, 0);
    for (number, (period, sums)) in periods.iter().zip(&replay.periods).enumerate() {
        for (id, cell) in period.cells.iter_ids() {
            assert_eq!(*cell, sums.cells[id.index()], "period {number}, {id:?} {:?}", model.cells[id]);
            assert_eq!(period.moved_in[id], sums.moved_in[id.index()], "period {number}, {id:?}");
            assert_eq!(period.excess[id], sums.excess[id.index()], "period {number}, {id:?}");
        }
        for (id, incidents) in period.incidents.iter_ids() {
            assert_eq!(*incidents, sums.incidents[id.index()], "period {number}, {id:?} {:?}", model.cells[id]);
            sent += incidents.transferred_out;
            received += incidents.transferred_in;
        }
        for (id, time) in period.pools.iter_ids().take(model.pools.len() - 1) {
            let found = PoolTime { offered: time.offered, full: time.full, ..sums.pools[id.index()] };
            assert_eq!(*time, found, "period {number}, {id:?}");
            assert!(time.full <= period.length);
        }
        for (row, time) in period.class_times.iter_ids() {
            let (pool, class) = model.classes.pools[row];
            let found = sums.classes[pool.index()][class.index()];
            assert_eq!(*time, found, "period {number}, {pool:?} {class:?}");
        }
        for (stream, waiting) in period.waiting.iter_ids() {
            assert_eq!(*waiting, sums.waiting[stream.index()], "period {number}, {stream:?}");
        }
    }
    assert_eq!(sent, received, "transfers");
}

/// Events after which the patient holds what the event says.
const TELLS_PLACES: [EventKind; 5] =
    [EventKind::Present, EventKind::Waits, EventKind::Blocks, EventKind::Starts, EventKind::Resumes];

/// The states in which an event can happen.
fn before(kind: EventKind) -> &'static [State] {
    match kind {
        EventKind::Present
        | EventKind::Referred
        | EventKind::Listed
        | EventKind::Waits
        | EventKind::Refused
        | EventKind::Blocks => &[State::Asking],
        EventKind::Asked => &[State::Over],
        EventKind::Returned => &[State::Refused],
        EventKind::Transferred | EventKind::Starts => &[State::Asking, State::Waiting, State::Blocked],
        EventKind::Resumes | EventKind::Reneged => &[State::Waiting],
        EventKind::Interrupted | EventKind::Suspended | EventKind::Ends => &[State::Placed],
        EventKind::Vacates => &[State::Over, State::Blocked, State::Asking, State::Waiting],
        EventKind::Left | EventKind::Completed => &[State::Over, State::Refused, State::Waiting],
    }
}

/// Whether a place held would do for a place wanted.
pub(super) fn same(a: &Holding, b: &Holding) -> bool {
    a.pool == b.pool && a.places == b.places
}

impl<'a> Replay<'a> {
    fn new(model: &'a Model, exchanges: u64) -> Self {
        let ends = model.calendar.base.iter().map(|base| base.end as i64);
        let bounds: Vec<i64> = [model.warm_up as i64].into_iter().chain(ends).collect();
        let sums = Sums {
            cells: vec![Cell::default(); model.cells.len()],
            moved_in: vec![0; model.cells.len()],
            incidents: vec![Incidents::default(); model.cells.len()],
            excess: vec![0; model.cells.len()],
            pools: vec![PoolTime::default(); model.pools.len()],
            classes: vec![[PoolTime::default(); 3]; model.pools.len()],
            waiting: vec![Waiting::default(); model.streams.len()],
        };
        let fences = |pool: PoolId| model.rules.as_ref().map_or(0, |rules| rules.pools[pool].fences.len());
        Self {
            model,
            periods: vec![sums; bounds.len() - 1],
            bounds,
            patients: BTreeMap::new(),
            busy: vec![0; model.pools.len()],
            before: vec![0; model.pools.len()],
            fence_busy: model.pools.ids().map(|pool| vec![0; fences(pool)]).collect(),
            capacity: model.pools.iter().map(|pool| pool.capacity).collect(),
            slots: vec![0; model.pools.len()],
            next_change: 0,
            now: i64::MIN,
            exchanges,
            referred: 0,
            left: 0,
        }
    }

    fn period(&self, at: i64) -> Option<usize> {
        self.bounds.windows(2).position(|bounds| bounds[0] <= at && at < bounds[1])
    }

    /// Adds the parts of a time that lie in each period.
    fn add(&mut self, from: i64, to: i64, mut add: impl FnMut(&mut Sums, u64)) {
        for (bounds, sums) in self.bounds.windows(2).zip(&mut self.periods) {
            let ticks = to.min(bounds[1]) - from.max(bounds[0]);
            if ticks > 0 {
                add(sums, ticks as u64);
            }
        }
    }

    fn count(&mut self, at: i64, add: impl FnOnce(&mut Sums)) {
        if let Some(period) = self.period(at) {
            add(&mut self.periods[period]);
        }
    }

    pub(super) fn holdings(&self, cell: CellId) -> Vec<Holding> {
        let pool = self.model.cell_pools[cell];
        match &self.model.rules {
            Some(rules) => {
                let range = &rules.cells[cell].holdings;
                rules.holdings[range.start as usize..range.end as usize].to_vec()
            }
            None if pool == self.model.no_pool() => vec![],
            None => vec![Holding { pool, places: 1, leave_free: 0, fence: None, needed: true, kept: false }],
        }
    }

    /// Adds the time since the last event of a patient to what it was spent on.
    fn spend(&mut self, spell: &Spell, to: i64) {
        let pool = self.model.cell_pools[spell.cell].index();
        let class = self.model.cells[spell.cell].class.index();
        let (from, held_cell) = (spell.since, spell.held_cell.index());
        match spell.state {
            State::Waiting => {
                self.add(from, to, |sums, ticks| {
                    sums.pools[pool].queued += ticks;
                    sums.classes[pool][class].queued += ticks;
                });
                if !spell.held.is_empty() {
                    self.add(from, to, |sums, ticks| sums.cells[held_cell].stay += ticks);
                }
            }
            State::Placed => {
                let cell = spell.cell.index();
                self.add(from, to, |sums, ticks| sums.cells[cell].stay += ticks);
            }
            State::Blocked => self.add(from, to, |sums, ticks| {
                sums.cells[held_cell].stay += ticks;
                sums.incidents[held_cell].blocked += ticks;
            }),
            State::Asking | State::Over | State::Refused | State::Gone => {}
        }
        let line = &self.model.lines[self.model.cells[spell.cell].line];
        if spell.state == State::Waiting && !spell.started && line.stage.index() == 0 {
            let stream = self.model.cell_streams[spell.cell].index();
            for (bounds, sums) in self.bounds.windows(2).zip(&mut self.periods) {
                if from < bounds[1] && bounds[1] <= to {
                    let waited = (bounds[1] - spell.asked) as u64;
                    sums.waiting[stream].patients += 1;
                    sums.waiting[stream].within_standard += u32::from(waited <= line.standard);
                }
            }
        }
        let blocked = spell.state == State::Blocked;
        for holding in &spell.held {
            let (pool, places) = (holding.pool.index(), u64::from(holding.places));
            self.add(from, to, |sums, ticks| {
                for time in [&mut sums.pools[pool], &mut sums.classes[pool][class]] {
                    time.occupied += ticks * places;
                    time.blocked += if blocked { ticks * places } else { 0 };
                }
            });
        }
    }

    fn event(&mut self, event: &Event, next: Option<CellId>) {
        assert!(event.at >= self.now || event.kind == EventKind::Listed, "back in time: {event:?}");
        let at = event.at;
        self.advance(at.max(0));
        let mut spell = match event.kind {
            EventKind::Present | EventKind::Referred | EventKind::Listed => {
                self.referred += 1;
                let spell = Spell {
                    state: State::Asking,
                    cell: event.cell,
                    since: at,
                    asked: at,
                    held_cell: event.cell,
                    held: vec![],
                    fenced: vec![],
                    carried: false,
                    vacated: false,
                    started: false,
                    placed: 0,
                    present: event.kind == EventKind::Present,
                };
                assert!(!self.patients.contains_key(&event.patient), "twice: {event:?}");
                spell
            }
            _ => self.patients[&event.patient].clone(),
        };
        self.spend(&spell, at);
        if spell.state == State::Blocked {
            spell.placed += at - spell.since;
        }
        self.apply(&mut spell, event, next);
        if TELLS_PLACES.contains(&event.kind) {
            let told = event.held.map_or(vec![], |held| {
                let which = |&(i, _): &(usize, Holding)| held.mask & 1 << i != 0;
                self.holdings(held.cell).into_iter().enumerate().filter(which).map(|(_, place)| place).collect()
            });
            let places =
                |held: &[Holding]| held.iter().map(|place| (place.pool, place.places)).collect::<BTreeSet<_>>();
            assert_eq!(places(&told), places(&spell.held), "{event:?}");
        }
        spell.since = at;
        self.patients.insert(event.patient, spell);
    }

    /// Counts and moves what an event says; it must be possible after the one before.
    fn apply(&mut self, spell: &mut Spell, event: &Event, next: Option<CellId>) {
        let (at, cell) = (event.at, event.cell.index());
        assert!(before(event.kind).contains(&spell.state), "{event:?} after {spell:?}");
        match event.kind {
            EventKind::Present => {
                spell.state = State::Placed;
                self.take(spell, event.cell);
                // What was kept from a stage before the start is known only from the event.
                let mask = event.held.map_or(0, |held| held.mask);
                let kept = self.holdings(event.cell).into_iter().enumerate();
                for (_, holding) in kept.filter(|(i, holding)| !holding.needed && mask & 1 << i != 0) {
                    let fenced = self.seize(&holding);
                    spell.held.push(holding);
                    spell.fenced.push(fenced);
                }
            }
            // The request of who is on the list at the start was before.
            EventKind::Listed => {}
            EventKind::Referred => self.count(at, |sums| sums.cells[cell].requests += 1),
            EventKind::Asked => {
                (spell.state, spell.asked, spell.started) = (State::Asking, at, false);
                self.count(at, |sums| {
                    sums.cells[cell].requests += 1;
                    sums.moved_in[cell] += 1;
                });
            }
            EventKind::Returned => {
                (spell.state, spell.asked) = (State::Asking, at);
                self.count(at, |sums| {
                    sums.cells[cell].requests += 1;
                    sums.moved_in[cell] += 1;
                    sums.incidents[cell].returned += 1;
                });
            }
            EventKind::Transferred => {
                let from = spell.cell.index();
                self.count(at, |sums| {
                    sums.incidents[from].transferred_out += 1;
                    sums.cells[cell].requests += 1;
                    sums.moved_in[cell] += 1;
                    sums.incidents[cell].transferred_in += 1;
                });
            }
            EventKind::Waits => spell.state = State::Waiting,
            EventKind::Blocks => spell.state = State::Blocked,
            EventKind::Starts | EventKind::Resumes => {
                assert_eq!(spell.started, event.kind == EventKind::Resumes, "{event:?}");
                if !spell.started {
                    let wait = (at - spell.asked) as u64;
                    assert_eq!(event.lasted, Some(wait), "{event:?}");
                    self.count(at, |sums| {
                        sums.cells[cell].starts += 1;
                        sums.cells[cell].wait += wait;
                    });
                }
                (spell.state, spell.started, spell.vacated) = (State::Placed, true, false);
                self.take(spell, event.cell);
            }
            EventKind::Interrupted | EventKind::Suspended => {
                let cancelled = u32::from(event.kind == EventKind::Interrupted);
                self.count(at, |sums| sums.incidents[cell].cancelled += cancelled);
                spell.placed += at - spell.since;
                spell.state = State::Asking;
                spell.started = true;
                self.give_back(spell, |_| false);
            }
            EventKind::Ends => {
                spell.state = State::Over;
                spell.placed += at - spell.since;
                // Of who was there at the start only the engine knows the whole stay.
                let whole = event.lasted.unwrap();
                assert!(whole as i64 == spell.placed || spell.present && whole as i64 >= spell.placed, "{event:?}");
                spell.placed = whole as i64;
            }
            EventKind::Vacates => {
                assert!(!spell.vacated, "vacates twice: {event:?}");
                spell.vacated = true;
                let trim = self.model.lines[self.model.cells[event.cell].line].trim;
                let excess = (spell.placed as u64).saturating_sub(trim);
                (spell.placed, spell.present) = (0, false);
                self.count(at, |sums| {
                    sums.cells[cell].finishes += 1;
                    sums.excess[cell] += excess;
                });
                let wanted = next.map_or(vec![], |next| self.holdings(next));
                self.give_back(spell, |held| wanted.iter().any(|holding| holding.kept && same(holding, held)));
            }
            EventKind::Refused => {
                spell.state = State::Refused;
                self.count(at, |sums| sums.cells[cell].refused += 1);
            }
            EventKind::Reneged => self.count(at, |sums| sums.incidents[cell].reneged += 1),
            EventKind::Left | EventKind::Completed => {
                self.left += 1;
                spell.state = State::Gone;
                self.give_back(spell, |_| false);
            }
        }
        if event.kind != EventKind::Vacates {
            spell.cell = event.cell;
        }
    }

    /// Patients who are there at the end have spent time, too; those who wait at the end of a period are counted.
    fn finish(&mut self) {
        self.advance(i64::MAX);
        let end = self.bounds[self.bounds.len() - 1];
        for spell in self.patients.values().cloned().collect::<Vec<_>>() {
            self.spend(&spell, end);
        }
    }
}
