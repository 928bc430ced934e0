//! Warnings that a run gives about itself, each on a case where it is due and on one where it is not.

use crate::program::{done, table};
use std::fs;
use std::path::Path;

/// Three hospitals, each its own queue: one far too small, one with a long list at the start, one at rest.
const QUEUES: &str = r#"
title = "Three queues"
[run]
horizon = "4 years"
start = 2025-04-01
warm_up = "0 d"
replications = 20
[[providers]]
id = "GROWS"
[[providers]]
id = "SHRINKS"
[[providers]]
id = "RESTS"
[[pools]]
provider = "GROWS"
pool = "beds"
capacity = 4
[[pools]]
provider = "SHRINKS"
pool = "beds"
capacity = 6
[[pools]]
provider = "RESTS"
pool = "beds"
capacity = 8
[[flows]]
service = "stroke"
home_area = "everyone"
provider = "GROWS"
per_year = 365
[[flows]]
service = "stroke"
home_area = "everyone"
provider = "SHRINKS"
per_year = 365
[[flows]]
service = "stroke"
home_area = "everyone"
provider = "RESTS"
per_year = 365
[[waiting_at_start]]
service = "stroke"
home_area = "everyone"
provider = "SHRINKS"
patients = 400
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "5 d" } }
"#;

fn notes(folder: &Path, kind: &str) -> Vec<String> {
    let rows = table(folder, "notes");
    rows[1..].iter().filter(|row| row[0] == kind).map(|row| row[1].clone()).collect()
}

/// By theory: a load of 5 on 4 places grows by a fifth of the referrals, 73 patients a year; 400 patients on 6 places that are
/// asked for 5 are gone after a year; a load of 5 on 8 places has a short queue and no trend.
#[test]
fn queues_without_a_steady_state_are_named_with_their_trend() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queues.toml"), QUEUES).unwrap();
    done(folder.path(), &["run", "queues.toml", "--out", "run", "-q"]);
    let found = notes(&folder.path().join("run"), "trend");
    let [grows, shrinks] = found.as_slice() else { panic!("{found:?}") };
    assert!(grows.contains("grow from year to year") && grows.contains("GROWS beds (+"), "{grows}");
    assert!(shrinks.contains("shorter") && shrinks.contains("SHRINKS beds (-"), "{shrinks}");
    assert!(!grows.contains("SHRINKS") && !shrinks.contains("GROWS") && !found.concat().contains("RESTS"), "{found:?}");
    let slope: f64 = grows.split("(+").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((slope - 73.0).abs() < 4.0, "{slope}");
    // Two years have a difference and no trend.
    done(folder.path(), &["run", "queues.toml", "--out", "short", "-q", "--set", "run.horizon=2 years"]);
    assert_eq!(notes(&folder.path().join("short"), "trend"), [""; 0]);
}

#[test]
fn few_replications_are_said_to_be_few() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queues.toml"), QUEUES).unwrap();
    let said = |replications: &str| {
        let short = ["--set", "run.horizon=1 year", "--replications", replications, "--out", replications];
        done(folder.path(), &[&["run", "queues.toml", "-q"], &short[..]].concat());
        notes(&folder.path().join(replications), "few-replications")
    };
    let nine = said("9");
    assert_eq!(nine.len(), 2, "{nine:?}");
    assert!(nine[0].contains("few for any interval") && nine[1].contains("needs 72"), "{nine:?}");
    let ten = said("10");
    assert!(ten.len() == 1 && ten[0].contains("needs 72"), "{ten:?}");
    assert_eq!(said("72"), [""; 0]);
}

/// A stable queue with a season: parts of a year, which have another season than whole ones, are no years.
#[test]
fn parts_of_a_year_are_no_trend() {
    let folder = tempfile::tempdir().unwrap();
    let season = "[profiles.season]\nsinusoidal = { cycle = \"365.25 d\", amplitude = 0.8, peak = \"30 d\" }\n";
    let rests = QUEUES
        .replace("[[services.stroke.stages]]", "[services.stroke]\nprofile = \"season\"\n[[services.stroke.stages]]");
    // Nobody waits at the start, and every queue rests.
    let rests = rests.replace("patients = 400", "patients = 1").replace("capacity = 4", "capacity = 8");
    let rests = rests.replace("capacity = 6", "capacity = 8").replace("warm_up = \"0 d\"", "warm_up = \"365 d\"");
    fs::write(folder.path().join("season.toml"), rests + season).unwrap();
    for (horizon, out) in [("30 months", "parts"), ("4 years", "whole")] {
        let set = format!("run.horizon={horizon}");
        done(folder.path(), &["run", "season.toml", "--out", out, "-q", "--set", &set]);
        assert_eq!(notes(&folder.path().join(out), "trend"), [""; 0], "{horizon}");
    }
}

/// One unlimited pool that begins empty: by theory L (1 - (1 - exp(-t / s)) s / t) patients over the first t days. At rest
/// nobody is named, and a season of the scenario's own is no fault of the warm-up.
#[test]
fn a_warm_up_that_is_too_short_is_named_with_a_cure() {
    let folder = tempfile::tempdir().unwrap();
    let ward = "title = \"One ward\"\n[run]\nhorizon = \"1 year\"\nstart = 2025-04-01\nwarm_up = \"0 d\"\nreplications = 20\n\
        [[providers]]\nid = \"P1\"\n[[pools]]\nprovider = \"P1\"\npool = \"beds\"\ncapacity = \"unlimited\"\n\
        [[demand]]\nservice = \"stroke\"\nhome_area = \"*\"\nrate = \"1 per day\"\n\
        [[services.stroke.stages]]\nid = \"acute\"\npool = \"beds\"\nstay = { exponential = { mean = \"60 d\" } }\n";
    fs::write(folder.path().join("ward.toml"), ward).unwrap();
    let run = |out: &str, set: &[&str]| {
        done(folder.path(), &[&["run", "ward.toml", "--out", out, "-q"], set].concat());
        notes(&folder.path().join(out), "warm-up")
    };
    let short = run("short", &[]);
    let [note] = short.as_slice() else { panic!("{short:?}") };
    assert!(note.contains("first 35 days") && note.contains("longer warm-up than none"), "{note}");
    assert!(note.contains("P1 beds (") && note.contains("run.warm_up=auto"), "{note}");
    let settling = table(&folder.path().join("short"), "settling");
    let of = |metric: &str| -> f64 {
        let row = settling.iter().find(|row| row[4] == metric).unwrap();
        row[6].parse().unwrap()
    };
    let (early, later) = (of("early_mean_present"), of("later_mean_present"));
    let expected = 60.0 * (1.0 - (1.0 - (-35.0_f64 / 60.0).exp()) * 60.0 / 35.0);
    // Four standard errors of 20 replications; the mean of a replication has an sd of about 2.
    assert!((early - expected).abs() < 4.0 * 2.0 / 20.0_f64.sqrt(), "{early} against {expected}");
    // Both parts make the whole.
    let pools = table(&folder.path().join("short"), "pools");
    let present: f64 =
        pools.iter().find(|row| row[4] == "mean_present" && row[1] == "all").unwrap()[6].parse().unwrap();
    assert!((early * 35.0 + later * (365.0 - 35.0) - present * 365.0).abs() < 0.1, "{early} {later} {present}");
    assert_eq!(run("long", &["--set", "run.warm_up=600 d"]), [""; 0]);
    let season = "[profiles.season]\nsinusoidal = { cycle = \"365.25 d\", amplitude = 0.8, peak = \"30 d\" }\n";
    let seasonal = ward
        .replace("[[services.stroke.stages]]", "[services.stroke]\nprofile = \"season\"\n[[services.stroke.stages]]");
    fs::write(folder.path().join("ward.toml"), seasonal + season).unwrap();
    assert_eq!(run("season", &["--set", "run.warm_up=600 d"]), [""; 0]);
}
