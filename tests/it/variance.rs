//! Control variates and antithetic pairs as users run them.

use crate::compare::TWO;
use crate::program::{done, refused, table};
use crate::support::tierflow;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tierflow::stats::control_variates::control;

/// Two hospitals with plain lists, and a profile at the second.
const PLAIN: &str = r#"
[run]
horizon = "1 year"
warm_up = "200 d"
replications = 24
periods = "all"
[[regions]]
id = "Y1"
[[icbs]]
id = "A"
region = "Y1"
[[icbs]]
id = "B"
region = "Y1"
[[home_areas]]
id = "A"
icb = "A"
[[home_areas]]
id = "B"
icb = "B"
[[providers]]
id = "P1"
host_icb = "A"
[[pools]]
provider = "P1"
pool = "beds"
capacity = 9
[[pools]]
provider = "P1"
pool = "scans"
capacity = 3
[[provides]]
service = "stroke"
provider = "P1"
[[provides]]
service = "scan"
provider = "P1"
[[demand]]
service = "stroke"
home_area = "A"
rate = "1 per day"
[[demand]]
service = "stroke"
home_area = "B"
rate = "0.5 per day"
[[demand]]
service = "scan"
home_area = "B"
rate = "2 per day"
profile = "day"
[profiles.day]
sinusoidal = { cycle = "1 d", amplitude = 0.5, peak = "12 h" }
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "5 d" } }
[[services.scan.stages]]
id = "scan"
pool = "scans"
stay = { exponential = { mean = "1 d" } }
[[prices]]
service = "stroke"
stage = "acute"
per = "bed-day"
price = "£400"
[[prices]]
service = "scan"
stage = "scan"
per = "finish"
price = "£100"
[options.own]
tier = "single-icb"
[options.national]
tier = "national"
"#;

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.toml"), text).unwrap();
    folder
}

/// Rows with their columns by name.
fn rows(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let rows = table(folder, name);
    rows[1..].iter().map(|row| rows[0].iter().cloned().zip(row.iter().cloned()).collect()).collect()
}

fn values(folder: &Path, option: &str, table_name: &str, entity: &str, metric: &str) -> Vec<f64> {
    let wanted = [table_name, option, "all", entity, metric];
    let rows = table(folder, "replications");
    let of = |row: &&Vec<String>| row[..5].iter().zip(wanted).all(|(field, wanted)| field == wanted);
    rows[1..].iter().filter(of).map(|row| row[7].parse().unwrap()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

fn near(found: f64, exact: f64) {
    assert!((found - exact).abs() <= 1e-8 * exact.abs().max(1e-3), "{found} {exact}");
}

/// The estimates again from the table of replications, with controls whose means are known from the scenario.
#[test]
fn controls_are_referrals_and_places_with_their_known_means() {
    let folder = folder(PLAIN);
    let path = folder.path();
    done(path, &["run", "two.toml", "--out", "plain", "-q"]);
    let text = done(path, &["run", "two.toml", "--control-variates", "--out", "run"]);
    assert!(text.contains("Control variates change the variance of estimates"), "{text}");
    let run = path.join("run");
    // No other table changes.
    for name in ["icbs", "pools", "commissioners", "replications"] {
        let read = |folder: &str| fs::read(path.join(folder).join(format!("{name}.csv"))).unwrap();
        assert_eq!(read("plain"), read("run"), "{name}");
    }
    let all = rows(&run, "control_variates");
    let find = |table: &str, entity: &str, metric: &str| {
        let of = |row: &&BTreeMap<String, String>| {
            row["option"] == "own" && row["table"] == table && row["entity"] == entity && row["metric"] == metric
        };
        all.iter().find(of).unwrap_or_else(|| panic!("{table} {entity} {metric}: {all:#?}"))
    };
    let referrals = |table: &str, entity: &str| values(&run, "own", table, entity, "referrals");
    let beds = values(&run, "own", "pools", "P1/beds", "mean_occupied");
    let check = |table: &str, entity: &str, metric: &str, known: &[(&[f64], f64)], names: &str| {
        let row = find(table, entity, metric);
        let exact = control(&values(&run, "own", table, entity, metric), known, 0.05).unwrap();
        near(number(row, "estimate"), exact.estimate);
        near(number(row, "estimate_ci_low"), exact.interval.low);
        near(number(row, "estimate_ci_high"), exact.interval.high);
        near(number(row, "reduction"), exact.reduction);
        assert_eq!((row["controls"].as_str(), row["replications"].as_str()), (names, "24"));
    };
    let stroke = referrals("services", "stroke");
    let scans = referrals("services", "scan");
    // A year has 365 days; 1.5 x 5 places.
    let both: [(&[f64], f64); 2] = [(&stroke, 547.5), (&beds, 7.5)];
    check("pools", "P1/beds", "mean_wait_days", &both, "referrals, places in use");
    check("services", "stroke", "mean_wait_days", &both, "referrals, places in use");
    check("pools", "P1/beds", "utilisation", &both[..1], "referrals");
    // A profile moves no mean of referrals over whole days, but who is there is not known.
    check("pools", "P1/scans", "mean_wait_days", &[(&scans, 730.0)], "referrals");
    check("icbs", "B", "net_cost_gbp", &[(&referrals("icbs", "B"), 912.5)], "referrals of residents");
    let total: Vec<f64> = stroke.iter().zip(&scans).map(|(a, b)| a + b).collect();
    check("providers", "P1", "spells", &[(&total, 1277.5)], "referrals");
    assert!(number(find("services", "stroke", "spells"), "reduction") > 0.8);
    let notes = rows(&run, "notes");
    let note = notes.iter().find(|note| note["kind"] == "control-variates").unwrap();
    assert!(note["text"].contains("P1 scans") && !note["text"].contains("beds"), "{note:?}");
    done(path, &["reproduce", "run", "-q"]);
    let said = refused(path, &["run", "two.toml", "--table", "control_variates"], 2);
    assert!(said.contains("--control-variates"), "{said}");
}

#[test]
fn differences_are_controlled_for_both_options() {
    let folder = folder(TWO);
    let path = folder.path();
    done(path, &["compare", "two.toml", "--control-variates", "--replications", "30", "--out", "run", "-q"]);
    let run = path.join("run");
    let all = rows(&run, "control_variates");
    let differences: Vec<_> = all.iter().filter(|row| row["reference"] == "separate").collect();
    let row = differences
        .iter()
        .find(|row| row["option"] == "together" && row["entity"] == "A" && row["metric"] == "mean_wait_days")
        .unwrap();
    let (one, other) = (
        values(&run, "together", "icbs", "A", "mean_wait_days"),
        values(&run, "separate", "icbs", "A", "mean_wait_days"),
    );
    let mean = one.iter().zip(&other).map(|(a, b)| a - b).sum::<f64>() / 30.0;
    near(number(row, "mean"), mean);
    assert!(row["controls"].starts_with("referrals of residents"), "{row:?}");
    // The flow rules are those of the reference: nothing differs, so nothing is estimated.
    assert!(!differences.iter().any(|row| row["option"] == "national" && row["metric"] == "mean_wait_days"));
    assert!(all.iter().any(|row| row["reference"].is_empty()));
}

/// Intervals of means and differences are over pairs, computed here from the table of replications.
#[test]
fn antithetic_intervals_are_over_pairs() {
    let folder = folder(TWO);
    let path = folder.path();
    let text = done(path, &["compare", "two.toml", "--set", "run.antithetic=true", "--out", "run"]);
    assert!(text.contains("Antithetic pairs change the variance"), "{text}");
    let run = path.join("run");
    let t = |p: f64| StudentsT::new(0.0, 1.0, 5.0).unwrap().inverse_cdf(p);
    let interval = |values: &[f64], t: f64| {
        let pairs: Vec<f64> = values.chunks(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        assert_eq!(pairs.len(), 6);
        let mean = pairs.iter().sum::<f64>() / 6.0;
        let sd = (pairs.iter().map(|pair| (pair - mean).powi(2)).sum::<f64>() / 5.0).sqrt();
        (mean - t * sd / 6.0_f64.sqrt(), mean + t * sd / 6.0_f64.sqrt())
    };
    let one = values(&run, "together", "icbs", "A", "mean_wait_days");
    let other = values(&run, "separate", "icbs", "A", "mean_wait_days");
    let icbs = rows(&run, "icbs");
    let row = icbs
        .iter()
        .find(|row| {
            row["option"] == "separate"
                && row["icb"] == "A"
                && row["metric"] == "mean_wait_days"
                && row["period"] == "all"
        })
        .unwrap();
    let (low, high) = interval(&other, t(0.975));
    near(number(row, "ci_low"), low);
    near(number(row, "ci_high"), high);
    // The standard deviation is that of single replications.
    let mean = other.iter().sum::<f64>() / 12.0;
    near(number(row, "sd"), (other.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 11.0).sqrt());
    assert_eq!(row["replications"], "12");
    let differences: Vec<f64> = one.iter().zip(&other).map(|(a, b)| a - b).collect();
    let compared = rows(&run, "comparison");
    let row = compared
        .iter()
        .find(|row| row["option"] == "together" && row["entity"] == "A" && row["metric"] == "mean_wait_days")
        .unwrap();
    let (low, high) = interval(&differences, t(1.0 - 0.025 / 2.0));
    near(number(row, "ci_low"), low);
    near(number(row, "ci_high"), high);
    let gains = rows(&run, "antithetic");
    let row = gains
        .iter()
        .find(|row| {
            row["option"] == "separate"
                && row["reference"].is_empty()
                && row["table"] == "icbs"
                && row["entity"] == "A"
                && row["metric"] == "mean_wait_days"
        })
        .unwrap();
    assert_eq!(row["pairs"], "6");
    near(number(row, "mean"), mean);
    assert!(gains.iter().any(|row| row["reference"] == "separate"));
    done(path, &["reproduce", "run", "-q"]);
}

#[test]
fn antithetic_replications_stop_and_are_counted_in_pairs() {
    let folder = folder(TWO);
    let path = folder.path();
    let pairs = ["--set", "run.antithetic=true"];
    let precision = |most: &str, out: &str, code: i32| {
        let args = ["run", "two.toml", "--precision", "cost_gbp:0.1%", "--max-replications", most, "--out", out, "-q"];
        let output = tierflow(path).args([&args[..], &pairs].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    // Looks after 20 and 25 replications: of pairs after 26.
    precision("26", "run", 1);
    assert_eq!(values(&path.join("run"), "separate", "icbs", "A", "spells").len(), 26);
    assert!(precision("25", "odd", 2).contains("even number"), "refused");
    let odd = refused(path, &[&["run", "two.toml", "--replications", "7"][..], &pairs].concat(), 3);
    assert!(odd.contains("S198") && odd.contains("Write an even number, such as 8"), "{odd}");
    // Control variates work on pairs, too.
    done(path, &[&["run", "two.toml", "--control-variates", "--out", "both", "-q"][..], &pairs].concat());
    let all = rows(&path.join("both"), "control_variates");
    assert!(!all.is_empty() && all.iter().all(|row| row["replications"] == "12"));
}
