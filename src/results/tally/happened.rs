//! What happened in a cell, added to the sums of its ICB, service, provider and pools.

use crate::activity::{Cell, Incidents};
use crate::results::plan::CellPlace;
use crate::results::table::care::{Access, Requests, Stays};
use crate::results::table::dashboard::Watched;
use crate::results::table::icbs::Load;
use crate::results::table::pools::Use;

/// What happened in one cell in one base period.
pub(super) struct Happened {
    pub(super) cell: Cell,
    pub(super) incidents: Incidents,
    pub(super) referrals: u64,
    pub(super) within_standard: u64,
    pub(super) excess: u64,
}

impl Happened {
    /// At its own provider.
    fn requests(&self) -> Requests {
        Requests {
            made: u64::from(self.cell.requests),
            started: u64::from(self.cell.starts),
            refused: u64::from(self.cell.refused),
            reneged: u64::from(self.incidents.reneged),
            sent_on: u64::from(self.incidents.transferred_out),
        }
    }

    /// As one of all providers: who comes from a full provider asked there.
    fn requests_anywhere(&self) -> Requests {
        let here = self.requests();
        Requests { made: here.made - u64::from(self.incidents.transferred_in), sent_on: 0, ..here }
    }
}

/// Adds a cell to a pool whose places its patients need.
pub(super) fn add_places(tally: &mut Use, happened: &Happened) {
    tally.requests.add(happened.requests());
    tally.finishes += u64::from(happened.cell.finishes);
    tally.transferred_in += u64::from(happened.incidents.transferred_in);
    tally.cancelled += u64::from(happened.incidents.cancelled);
}

/// Adds a cell to the pool, or the class of it, on whose list its patients stand.
pub(super) fn add_use(tally: &mut Use, place: &CellPlace, happened: &Happened) {
    let Happened { cell, within_standard, excess, .. } = happened;
    add_places(tally, happened);
    tally.listed.add(happened.requests());
    tally.wait += cell.wait;
    if place.standard {
        tally.standard_starts += u64::from(cell.starts);
        tally.within_standard += within_standard;
    }
    if place.trim {
        tally.trim_finishes += u64::from(cell.finishes);
        tally.excess += excess;
    }
}

pub(super) fn add_stays(stays: &mut Stays, place: &CellPlace, happened: &Happened) {
    stays.spells += u64::from(happened.cell.finishes);
    stays.bed_ticks += if place.in_pool { happened.cell.stay } else { 0 };
    stays.blocked_ticks += happened.incidents.blocked;
}

pub(super) fn add_access(access: &mut Access, place: &CellPlace, happened: &Happened) {
    let starts = u64::from(happened.cell.starts);
    access.referrals += happened.referrals;
    access.requests.add(happened.requests_anywhere());
    access.transferred += u64::from(happened.incidents.transferred_in);
    if place.first_stage {
        access.treated += starts;
        if place.chances.waits {
            access.starts += starts;
            access.wait += happened.cell.wait;
        }
    }
}

pub(super) fn add_watched(watched: &mut Watched, place: &CellPlace, happened: &Happened) {
    let starts = u64::from(happened.cell.starts);
    if place.standard && place.chances.waits {
        watched.starts += starts;
        watched.within += happened.within_standard;
    }
    if place.counts {
        watched.volume += u64::from(happened.cell.finishes);
    }
    if place.first_stage && !place.km.is_nan() {
        watched.journeys += starts;
        watched.beyond += if place.beyond { starts } else { 0 };
    }
}

pub(super) fn add_load(load: &mut Load, place: &CellPlace, happened: &Happened) {
    let Happened { cell, within_standard, .. } = happened;
    let spells = u64::from(cell.finishes);
    add_stays(&mut load.stays, place, happened);
    add_access(&mut load.access, place, happened);
    if place.standard && place.chances.waits {
        load.standard_starts += u64::from(cell.starts);
        load.within_standard += within_standard;
    }
    if place.first_stage && !place.km.is_nan() {
        load.journeys += u64::from(cell.starts);
        load.km += place.km * f64::from(cell.starts);
    }
    if place.elsewhere || place.host.is_some() {
        load.placed_spells += spells;
        load.outside_spells += if place.host == Some(place.icb) { 0 } else { spells };
    }
}
