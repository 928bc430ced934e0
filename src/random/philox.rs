//! The counter-based generator Philox2x64-10.
//!
//! Source: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC'11 (2011), doi 10.1145/2063384.2063405; section 3.3 and Table 2. It passes `BigCrush` with 6 rounds; 10 are the
//! authors' recommended safety margin.

/// The multiplier of the round function (`PHILOX_M2x64_0` of Random123).
const MULTIPLIER: u64 = 0xD2B7_4407_B1CE_6E93;
/// The Weyl increment of the key (`PHILOX_W64_0`: the golden ratio).
const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;
/// The number of rounds.
const ROUNDS: u32 = 10;

/// Encrypts a 128-bit counter under a 64-bit key: two words of 64 random bits.
///
/// A bijection of the counter for each key: different counters under one key never give the same pair of words.
#[inline]
pub fn philox2x64(key: u64, counter: [u64; 2]) -> [u64; 2] {
    let [mut left, mut right] = counter;
    let mut key = key;
    for _ in 0..ROUNDS {
        let product = u128::from(left) * u128::from(MULTIPLIER);
        left = (product >> 64) as u64 ^ key ^ right;
        right = product as u64;
        key = key.wrapping_add(WEYL);
    }
    [left, right]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published known-answer vectors of Random123 (`kat_vectors`, lines `philox2x64 10`).
    #[test]
    fn answers_the_published_vectors() {
        assert_eq!(philox2x64(0, [0, 0]), [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]);
        assert_eq!(philox2x64(u64::MAX, [u64::MAX, u64::MAX]), [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]);
        assert_eq!(
            philox2x64(0xa409_3822_299f_31d0, [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344]),
            [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]
        );
    }
}
