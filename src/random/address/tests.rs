use proptest::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::*;

const PURPOSES: [Purpose; 5] =
    [Purpose::Count, Purpose::Referral, Purpose::Stage, Purpose::InitialCount, Purpose::Initial];

/// The fields of a counter, read back by their bits: stream, window, purpose, replication, ordinal, visit.
fn unpack([first, second]: [u64; 2]) -> [u64; 6] {
    [first >> 16, first >> 4 & 0xFFF, first & 0xF, second >> 44, second >> 20 & 0xFF_FFFF, second & 0xF_FFFF]
}

proptest! {
    /// Packing can be undone, so different addresses have different counters.
    #[test]
    fn counters_are_injective(
        stream in 0_u64..1 << 48, window in 0..MAX_WINDOW, purpose in 0_usize..5,
        replication in 0..MAX_REPLICATION, ordinal in 0..MAX_ORDINAL, visit in 0..MAX_VISIT,
    ) {
        let patient = Patient::new(StreamKey(stream), window, ordinal);
        let counter = Generator::new(7, replication).counter(patient, PURPOSES[purpose], visit);
        let fields = [
            stream, u64::from(window), purpose as u64,
            u64::from(replication), u64::from(ordinal), u64::from(visit),
        ];
        prop_assert_eq!(unpack(counter), fields);
    }
}

#[test]
fn keys_depend_on_the_division_into_parts_and_are_frozen() {
    assert_ne!(StreamKey::of(&["ab", "c"]), StreamKey::of(&["a", "bc"]));
    assert_ne!(StreamKey::of(&["a"]), StreamKey::of(&["a", ""]));
    assert_eq!(StreamKey::of(&["E54000008", "cardiac-surgery"]).value(), 10_704_128_628_749);
}

#[test]
fn units_stay_inside_the_open_interval() {
    assert_eq!(unit(0), 2.0_f64.powi(-54));
    assert_eq!(unit(u64::MAX), 1.0 - 2.0_f64.powi(-54));
}

/// Along one axis of the address: 100,000 draws are uniform over 256 cells, and neither neighbours nor neighbours but
/// one are correlated; for both words. Each chi-square at level 2e-5 (two-sided), each correlation within 4.3 standard
/// errors (2e-5).
fn check_axis(draw: impl Fn(u32) -> [u64; 2]) {
    const DRAWS: u32 = 100_000;
    let limits = ChiSquared::new(255.0).unwrap();
    for word in 0..2 {
        let units: Vec<f64> = (0..DRAWS).map(|i| unit(draw(i)[word])).collect();
        let mut cells = [0_u32; 256];
        for u in &units {
            cells[(u * 256.0) as usize] += 1;
        }
        let expected = f64::from(DRAWS) / 256.0;
        let chi: f64 = cells.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        assert!((1e-5..1.0 - 1e-5).contains(&limits.cdf(chi)), "word {word}: chi-square {chi}");
        for lag in 1..=2 {
            let pairs = units.len() - lag;
            let covariance: f64 = (0..pairs).map(|i| (units[i] - 0.5) * (units[i + lag] - 0.5)).sum();
            let z = 12.0 * covariance / (pairs as f64).sqrt();
            assert!(z.abs() < 4.3, "word {word}, lag {lag}: z = {z}");
        }
    }
}

#[test]
fn every_axis_is_uniform_and_uncorrelated() {
    let stream = StreamKey::of(&["E54000008", "cardiac-surgery"]);
    let generator = Generator::new(1, 3);
    check_axis(|i| generator.words(stream, 5, i, Purpose::Stage, 1));
    check_axis(|i| generator.words(stream, 5, 17, Purpose::Stage, i));
    check_axis(|i| Generator::new(1, i).words(stream, 5, 17, Purpose::Stage, 1));
    check_axis(|i| Generator::new(u64::from(i), 3).words(stream, 5, 17, Purpose::Stage, 1));
    // These axes are short: all their values in turn, then the next ordinal.
    check_axis(|i| generator.words(stream, i % MAX_WINDOW, i / MAX_WINDOW, Purpose::Stage, 1));
    check_axis(|i| generator.words(stream, 5, i / 5, PURPOSES[i as usize % 5], 1));
    // Streams have hashed keys.
    check_axis(|i| generator.words(StreamKey::of(&["stream", &i.to_string()]), 5, 17, Purpose::Count, 0));
}

/// The two words of one block are not correlated with one another (4.3 standard errors).
#[test]
fn the_words_of_a_block_are_uncorrelated() {
    let (stream, generator) = (StreamKey::of(&["x"]), Generator::new(1, 0));
    let draws = 100_000;
    let covariance: f64 = (0..draws)
        .map(|i| generator.words(stream, 0, i, Purpose::Referral, 0))
        .map(|[a, b]| (unit(a) - 0.5) * (unit(b) - 0.5))
        .sum();
    assert!((12.0 * covariance / f64::from(draws).sqrt()).abs() < 4.3);
}

#[test]
fn a_patient_knows_its_address() {
    let key = StreamKey::of(&["E54000008", "cardiac-surgery"]);
    let patient = Patient::new(key, 4_095, 16_777_215);
    assert_eq!((patient.stream(), patient.window(), patient.ordinal()), (key, 4_095, 16_777_215));
    let patient = Patient::new(key, 12, 3);
    assert_eq!((patient.stream(), patient.window(), patient.ordinal()), (key, 12, 3));
}

/// An odd replication of pairs mirrors the one before; even ones are as ever.
#[test]
fn pairs_turn_every_bit_over() {
    let stream = StreamKey::of(&["pairs"]);
    for replication in [0, 2, 1_000] {
        let plain = Generator::new(7, replication);
        let (one, other) = (Generator::in_pairs(7, replication), Generator::in_pairs(7, replication + 1));
        assert_eq!(one, plain);
        for ordinal in 0..100 {
            let [a, b] = [one, other].map(|generator| generator.words(stream, 3, ordinal, Purpose::Stage, 1));
            assert_eq!([a[0] ^ b[0], a[1] ^ b[1]], [u64::MAX; 2]);
            assert!((unit(a[0]) + unit(b[0]) - 1.0).abs() < 1e-15);
        }
    }
}
