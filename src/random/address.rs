//! The address of a draw: an injective map from (replication, patient, purpose, visit) to a 128-bit counter.
//!
//! | word | bits, high to low |
//! |---|---|
//! | 0 | stream key 48, window 12, purpose 4 |
//! | 1 | replication 20, ordinal 24, visit 20 |
//!
//! The seed is the key of the generator, so seeds, too, have independent streams. The limits ([`MAX_WINDOW`] and its
//! siblings) are kept by the limits on a model (horizon, referrals a week, visits, replications); past them a field wraps
//! within its own bits and never spills into another one.

use super::philox::philox2x64;

const STREAM_BITS: u32 = 48;
const WINDOW_BITS: u32 = 12;
const PURPOSE_BITS: u32 = 4;
const REPLICATION_BITS: u32 = 20;
const ORDINAL_BITS: u32 = 24;
const VISIT_BITS: u32 = 20;

/// Windows of a run are numbered below this limit (weekly windows: 78 years).
pub const MAX_WINDOW: u32 = 1 << WINDOW_BITS;
/// Replications are numbered below this limit.
pub const MAX_REPLICATION: u32 = 1 << REPLICATION_BITS;
/// The patients of one stream in one window are numbered below this limit.
pub const MAX_ORDINAL: u32 = 1 << ORDINAL_BITS;
/// The visits of one patient are numbered below this limit.
pub const MAX_VISIT: u32 = 1 << VISIT_BITS;

const _: () =
    assert!(STREAM_BITS + WINDOW_BITS + PURPOSE_BITS == 64 && REPLICATION_BITS + ORDINAL_BITS + VISIT_BITS == 64);

/// The key of a referral stream in 48 bits: a hash of its stable names, never of its row number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StreamKey(u64);

impl StreamKey {
    /// The first 48 bits of BLAKE3 over the parts, each preceded by its length, under a fixed domain string.
    ///
    /// Two streams have the same key with probability 2^-48 (a scenario of 10,000 streams: 2 in 10 million); they would
    /// then share their patients' luck. The compiler of a model therefore checks that its keys are all different.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = blake3::Hasher::new_derive_key("tierflow referral stream key, version 1");
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let bytes = *hash.finalize().as_bytes();
        let first = bytes.iter().take(6).fold(0, |key, &byte| key << 8 | u64::from(byte));
        Self(first)
    }

    /// The key as a number below 2^48.
    pub fn value(self) -> u64 {
        self.0
    }
}

/// What a draw is for. Numbers are part of the address: never renumber, only add.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// The number of arrivals of a stream in a window (ordinal and visit 0).
    Count = 0,
    /// A patient's time of referral, provider, first stay and the stage after it; for patients present at the beginning the
    /// order of seizing and the provider.
    Referral = 1,
    /// The stay at a visit, and the stage that follows it.
    Stage = 2,
    /// The number present at the beginning (ordinal and visit 0).
    InitialCount = 3,
    /// The rest and the whole of the stay of a patient present at the beginning.
    Initial = 4,
    /// A patient's class, and the size of the batch that the patient leads; for patients present at the beginning the place
    /// where they are.
    Class = 5,
    /// How long a patient waits at a visit before leaving the list.
    Patience = 6,
    /// Whether and when a refused patient comes back (the visit is the number of the return).
    Return = 7,
    /// The stay of a patient whom another shift takes over (the visit is the number of the hand-over).
    HandOver = 8,
    /// The factor on a rate (of a service with window 0, of a stream the window is the year; ordinal and visit 0).
    Rate = 9,
}

/// The part of an address that names a patient; compute it once and draw from it often.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Patient {
    /// Stream and window, in place; the purpose is zero.
    first: u64,
    /// Ordinal, in place; replication and visit are zero.
    second: u64,
}

impl Patient {
    /// The patient with a number (from 0, in order of drawing) within a window of a stream.
    #[inline]
    pub fn new(stream: StreamKey, window: u32, ordinal: u32) -> Self {
        debug_assert!(window < MAX_WINDOW && ordinal < MAX_ORDINAL);
        let window = u64::from(window & (MAX_WINDOW - 1));
        let ordinal = u64::from(ordinal & (MAX_ORDINAL - 1));
        Self { first: (stream.0 << WINDOW_BITS | window) << PURPOSE_BITS, second: ordinal << VISIT_BITS }
    }

    /// The key of the stream or group that the patient was drawn in.
    pub fn stream(self) -> StreamKey {
        StreamKey(self.first >> (WINDOW_BITS + PURPOSE_BITS))
    }

    /// The window.
    pub fn window(self) -> u32 {
        (self.first >> PURPOSE_BITS) as u32 & (MAX_WINDOW - 1)
    }

    /// The number within the window.
    pub fn ordinal(self) -> u32 {
        (self.second >> VISIT_BITS) as u32
    }
}

/// The random numbers of one replication under one seed. A value, not a state: drawing changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Generator {
    key: u64,
    /// The replication, in its place in the second word.
    replication: u64,
    /// The bits of every word that are turned over: none or all.
    turned: u64,
}

impl Generator {
    /// The generator of a replication (below [`MAX_REPLICATION`]).
    pub fn new(seed: u64, replication: u32) -> Self {
        debug_assert!(replication < MAX_REPLICATION);
        let replication = u64::from(replication & (MAX_REPLICATION - 1));
        Self { key: seed, replication: replication << (ORDINAL_BITS + VISIT_BITS), turned: 0 }
    }

    /// The generator of a replication of antithetic pairs: an odd one has the words of the one before, each bit turned over, so
    /// that a uniform number u of one is 1 - u of the other. Each alone is as random as any.
    ///
    /// Source: J. M. Hammersley and K. W. Morton, Proceedings of the Cambridge Philosophical Society 52 (1956) 449-475.
    pub fn in_pairs(seed: u64, replication: u32) -> Self {
        let turned = if replication % 2 == 1 { u64::MAX } else { 0 };
        Self { turned, ..Self::new(seed, replication - replication % 2) }
    }

    /// The two random words at an address.
    #[inline]
    pub fn words(&self, stream: StreamKey, window: u32, ordinal: u32, purpose: Purpose, visit: u32) -> [u64; 2] {
        self.words_of(Patient::new(stream, window, ordinal), purpose, visit)
    }

    /// The two random words of a patient for a purpose at a visit: the same as [`Self::words`], packed beforehand.
    #[inline]
    pub fn words_of(&self, patient: Patient, purpose: Purpose, visit: u32) -> [u64; 2] {
        philox2x64(self.key, self.counter(patient, purpose, visit)).map(|word| word ^ self.turned)
    }

    #[inline]
    fn counter(&self, patient: Patient, purpose: Purpose, visit: u32) -> [u64; 2] {
        debug_assert!(visit < MAX_VISIT);
        let visit = u64::from(visit & (MAX_VISIT - 1));
        [patient.first | u64::from(purpose as u8), self.replication | patient.second | visit]
    }
}

/// A uniform number in the open interval (0, 1): the middle of one of 2^53 equal cells.
///
/// Never 0 and never 1; the nearest to either is 2^-54.
#[inline]
pub fn unit(word: u64) -> f64 {
    const CELL: f64 = 1.0 / (1_u64 << 53) as f64;
    ((word >> 11) as f64 + 0.5) * CELL
}

#[cfg(test)]
mod tests;
