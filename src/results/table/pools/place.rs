//! What is known of a pool, or of one class of its patients, and what happens there.

use crate::activity::PoolTime;
use crate::results::chances::Chances;
use crate::results::table::care::Requests;

/// What is known of a pool beforehand, or of one class of its patients; of a class nothing is known of places.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which switches some metrics on")]
pub(in crate::results) struct Place {
    /// It has a limit at some time.
    pub limited: bool,
    /// It has a limit at all times, and some places at some time.
    pub offers: bool,
    /// Its places, where nothing ever changes them.
    pub constant: Option<u32>,
    /// What can happen to its patients.
    pub can: Chances,
    /// Some stage whose patients stand on its list has a waiting standard, or a trim point.
    pub standard: bool,
    pub trim: bool,
}

/// What happened in a pool in a period of some length.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Use {
    pub length: u64,
    pub time: PoolTime,
    pub requests: Requests,
    pub finishes: u64,
    pub transferred_in: u64,
    pub cancelled: u64,
    /// Of the requests those of patients who stand on its list; the others only need its places too.
    pub listed: Requests,
    pub wait: u64,
    /// Of stages with a standard.
    pub standard_starts: u64,
    pub within_standard: u64,
    /// Of stages with a trim point.
    pub trim_finishes: u64,
    pub excess: u64,
    /// Positive waits of starts by bin; empty for pools without a waiting list.
    pub waits: Vec<u32>,
}

impl Use {
    pub(super) fn positive_waits(&self) -> u64 {
        self.waits.iter().map(|&count| u64::from(count)).sum()
    }

    /// Place-time offered.
    pub(super) fn offered(&self, place: &Place) -> f64 {
        // Known without looking where nothing changes it.
        place.constant.map_or(self.time.offered as f64, |places| f64::from(places) * self.length as f64)
    }
}
