//! One pool: how it starts, what audits see of it, and that its end moves no patient.

use crate::support::{audits, compile, parse, simulate, simulate_in};
use tierflow::engine::Workspace;
use tierflow::model::Model;
use tierflow::units::{DAY, HOUR};

const ONE_POOL: &str = r#"
title = "one pool"
[run]
horizon = "100 d"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "beds"
CAPACITY
[[demand]]
service = "s"
home_area = "*"
rate = "RATE"
[services.s]
STATE
[[services.s.stages]]
id = "bed"
pool = "beds"
stay = STAY
"#;

fn one_pool(capacity: &str, rate: &str, state: &str, stay: &str) -> Model {
    let text = ONE_POOL.replace("CAPACITY", capacity).replace("RATE", rate).replace("STATE", state);
    compile(&parse(&text.replace("STAY", stay)))
}

#[test]
fn given_occupancy_is_there_at_once() {
    let stay = "{ exponential = { mean = \"1000 d\" } }";
    let model = one_pool("capacity = 40\noccupied_at_start = 25", "0.001 per day", "", stay);
    let (_, outcome) = simulate(&model, 3);
    assert_eq!(outcome.present_at_start, 25);
}

/// The stationary start of an M/G/infinity pool: the mean number present at the start and after 100 days is the
/// offered load 60, each within 4.5 standard errors over 200 replications (false alarm 1e-5).
#[test]
fn stationary_starts_are_in_equilibrium() {
    for stay in ["{ lognormal = { mean = \"300 d\", sd = \"600 d\" } }", "{ deterministic = { value = \"300 d\" } }"] {
        let model = one_pool("capacity = \"unlimited\"", "0.2 per day", "starting_state = \"stationary\"", stay);
        let mut workspace = Workspace::default();
        let n = 200;
        let (mut start, mut end) = (0, 0);
        for replication in 0..n {
            let (_, outcome) = simulate_in(&model, replication, &mut workspace);
            start += outcome.present_at_start;
            end += outcome.present_at_end;
        }
        for mean in [start as f64 / f64::from(n), end as f64 / f64::from(n)] {
            assert!((mean - 60.0).abs() < 4.5 * (60.0_f64 / f64::from(n)).sqrt(), "{stay}: {mean}");
        }
    }
}

/// A stationary start is cut at capacity.
#[test]
fn a_stationary_start_respects_capacity() {
    let stay = "{ exponential = { mean = \"300 d\" } }";
    let model = one_pool("capacity = 10", "0.2 per day", "starting_state = \"stationary\"", stay);
    assert_eq!(simulate(&model, 0).1.present_at_start, 10);
}

#[test]
fn audits_count_every_instant() {
    let text = ONE_POOL.replace("CAPACITY", "capacity = 4").replace("RATE", "3 per day").replace("STATE", "");
    let text = text.replace("STAY", "{ exponential = { mean = \"1 d\" } }");
    let text = text + "[audits]\noccupancy_every = \"1 d\"\nprofile_cycle = \"1 d\"\nprofile_every = \"6 h\"\n";
    let found = audits(&compile(&parse(&text)), 0);
    assert_eq!(found.present.as_slice()[0].iter().sum::<u32>(), 100);
    assert_eq!(found.waiting.as_slice()[0].iter().sum::<u32>(), 100);
    let slots = &found.profile.as_slice()[0];
    assert_eq!(slots.len(), 4);
    assert!(slots.iter().all(|slot| slot.audits == 100 && slot.present > 0));
}

/// A longer horizon, a later end: the first days are the same.
#[test]
fn the_horizon_moves_no_patient() {
    let stay = "{ uniform = { low = \"1 h\", high = \"9 h\" } }";
    let text = ONE_POOL.replace("CAPACITY", "capacity = 2").replace("RATE", "5 per day").replace("STATE", "");
    let text = text.replace("STAY", stay);
    let short = parse(&text.replace("100 d", "30 d"));
    let long =
        parse(&text.replace("horizon = \"100 d\"", "start = 2025-04-01\nhorizon = \"100 d\"\nperiods = \"month\""));
    let (short, long) = (compile(&short), compile(&long));
    let (first, second) = (simulate(&short, 0).0, simulate(&long, 0).0);
    assert_eq!(second[0].length, 30 * DAY);
    assert_eq!(first[0].cells, second[0].cells);
    assert_eq!(first[0].pools, second[0].pools);
    assert!(first[0].pools.as_slice()[0].queued > HOUR);
}

/// The excess over a trim point and the time in the system of patients who were there at the start count whole: with a
/// stationary start they are 100 exp(-1/2) and 100 days from the first day on. Tolerance 4.5 standard errors over 100
/// replications of some 3650 spells each (relative standard deviations of a spell 1.5 and 1).
#[test]
fn stays_under_way_at_the_start_count_whole() {
    let stay = "{ exponential = { mean = \"100 d\" } }";
    let text = ONE_POOL.replace("CAPACITY", "capacity = \"unlimited\"").replace("RATE", "10 per day");
    let text = text.replace("STATE", "starting_state = \"stationary\"").replace("STAY", stay);
    let price = "[[prices]]\nservice = \"s\"\nstage = \"bed\"\nper = \"excess-bed-day\"\nprice = \"£1\"\ntrim_point = \"50 d\"\n";
    let model = compile(&parse(&(text + price)));
    let mut workspace = Workspace::default();
    let (mut excess, mut spells, mut time) = (0.0, 0.0, 0.0);
    for replication in 0..100 {
        let (periods, _) = simulate_in(&model, replication, &mut workspace);
        excess += periods[0].excess.iter().sum::<u64>() as f64 / DAY as f64;
        spells += f64::from(periods[0].cells.iter().map(|cell| cell.finishes).sum::<u32>());
        time += periods[0].completed.iter().map(|completed| completed.time_in_system).sum::<u64>() as f64 / DAY as f64;
    }
    let exact = 100.0 * (-0.5_f64).exp();
    assert!((excess / spells - exact).abs() < 4.5 * 1.5 * exact / spells.sqrt(), "{}", excess / spells);
    assert!((time / spells - 100.0).abs() < 4.5 * 100.0 / spells.sqrt(), "{}", time / spells);
}
