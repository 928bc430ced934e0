//! `tierflow compare` and `--precision`: differences, verdicts, and replications that suffice.

use crate::program::{done, refused, table};
use crate::support::tierflow;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two boards, two hospitals with lists; two options with the flow rules of the first, and one that opens both lists to all.
pub(crate) const TWO: &str = r#"
title = "Two boards"
[run]
horizon = "1 year"
warm_up = "60 d"
replications = 12
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
population = 400000
latitude = 51.0
longitude = 0.0
[[home_areas]]
id = "B"
icb = "B"
population = 600000
latitude = 51.5
longitude = 0.0
[[providers]]
id = "P1"
host_icb = "A"
latitude = 51.0
longitude = 0.1
[[providers]]
id = "P2"
host_icb = "B"
latitude = 51.5
longitude = 0.1
market_forces_factor = 1.1
[[pools]]
provider = "P1"
pool = "beds"
capacity = 9
[[pools]]
provider = "P2"
pool = "beds"
capacity = 11
[[flows]]
service = "stroke"
home_area = "A"
provider = "P1"
per_year = 520
[[flows]]
service = "stroke"
home_area = "B"
provider = "P2"
per_year = 700
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "5 d" } }
wait_standard = "2 d"
transfers = true
[[prices]]
service = "stroke"
stage = "acute"
per = "bed-day"
price = "£400"
[flow_rules.open]
overflow = "nearest"
reach = "nation"
list = "shared"
[options.separate]
tier = "single-icb"
[options.national]
tier = "national"
[options.together]
tier = "single-icb"
flow_rules = "open"
"#;

fn two() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.toml"), TWO).unwrap();
    folder
}

/// The rows of `comparison` by option, table, entity and metric, each with its columns by name.
type Rows = BTreeMap<[String; 4], BTreeMap<String, String>>;

fn comparison(folder: &Path) -> Rows {
    let rows = table(folder, "comparison");
    let named =
        |row: &Vec<String>| -> BTreeMap<String, String> { rows[0].iter().cloned().zip(row.iter().cloned()).collect() };
    let key =
        |row: &BTreeMap<String, String>| ["option", "table", "entity", "metric"].map(|column| row[column].clone());
    rows[1..].iter().map(|row| (key(&named(row)), named(row))).collect()
}

pub(crate) fn values(folder: &Path, option: &str, table_name: &str, entity: &str, metric: &str) -> Vec<f64> {
    let wanted = [table_name, option, "all", entity, metric];
    let rows = table(folder, "replications");
    let of = |row: &&Vec<String>| row[..5].iter().zip(wanted).all(|(field, wanted)| field == wanted);
    rows[1..].iter().filter(of).map(|row| row[7].parse().unwrap()).collect()
}

/// Student's paired interval, computed here from the table of replications.
#[test]
fn differences_are_paired_and_intervals_hold_together() {
    let folder = two();
    let path = folder.path();
    let text = done(path, &["compare", "two.toml", "--reference", "separate", "--out", "run"]);
    assert!(text.contains("together! less separate") && text.contains("paired by replication"), "{text}");
    let run = path.join("run");
    let rows = comparison(&run);
    let row = |option: &str, table: &str, entity: &str, metric: &str| {
        &rows[&[option, table, entity, metric].map(str::to_owned)]
    };
    for (table, entity, metric) in
        [("icbs", "A", "mean_wait_days"), ("icbs", "B", "net_cost_gbp"), ("pools", "P1/beds", "utilisation")]
    {
        let (one, other) =
            (values(&run, "together", table, entity, metric), values(&run, "separate", table, entity, metric));
        assert_eq!((one.len(), other.len()), (12, 12));
        let differences: Vec<f64> = one.iter().zip(&other).map(|(a, b)| a - b).collect();
        let mean = differences.iter().sum::<f64>() / 12.0;
        let sd = (differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 11.0).sqrt();
        // Two options are compared with the reference.
        let t = StudentsT::new(0.0, 1.0, 11.0).unwrap().inverse_cdf(1.0 - 0.025 / 2.0);
        let found = row("together", table, entity, metric);
        let number = |column: &str| found[column].parse::<f64>().unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs().max(mean.abs()), "{metric}: {a} {b}");
        near(number("difference"), mean);
        near(number("sd"), sd);
        near(number("ci_low"), mean - t * sd / 12.0_f64.sqrt());
        near(number("ci_high"), mean + t * sd / 12.0_f64.sqrt());
    }
    // One list shortens the waits of those who have fewer beds for their patients.
    assert_eq!(row("together", "icbs", "A", "mean_wait_days")["verdict"], "better");
}

/// A difference inside its interval, taken as it is, needs (half-width / difference)^2 times the replications.
#[test]
fn undecided_differences_say_how_many_replications_would_decide() {
    let folder = two();
    let path = folder.path();
    let text = done(path, &["compare", "two.toml", "--out", "run"]);
    let mut undecided = 0;
    for (key, row) in comparison(&path.join("run")) {
        let stated = row["replications_to_decide"].as_str();
        if row["verdict"] != "no-difference" {
            assert_eq!(stated, "", "{key:?}");
            continue;
        }
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        let half = (number("ci_high") - number("ci_low")) / 2.0;
        let needed = number("replications") * (half / number("difference")).powi(2);
        if number("difference") != 0.0 && needed > number("replications") {
            assert!((stated.parse::<f64>().unwrap() - needed.ceil()).abs() <= 1.0, "{key:?} {stated} {needed}");
            undecided += 1;
        }
    }
    assert!(undecided > 0 && text.contains("Undecided: "), "{undecided}\n{text}");
}

#[test]
fn what_is_the_same_is_exactly_zero_and_what_is_not_there_has_no_verdict() {
    let folder = two();
    let path = folder.path();
    done(path, &["compare", "two.toml", "--out", "run", "-q"]);
    let rows = comparison(&path.join("run"));
    // The reference is the first option; `national` has its flow rules.
    let mut same = 0;
    for (key, row) in
        rows.iter().filter(|(key, _)| key[0] == "national" && !["commissioners", "deciders"].contains(&key[1].as_str()))
    {
        if key[3].contains("cost") || row["verdict"] == "no-verdict" {
            continue;
        }
        assert_eq!((row["difference"].as_str(), row["verdict"].as_str()), ("0", "same"), "{key:?}");
        same += 1;
    }
    assert!(same > 40, "{same}");
    for (entity, why) in [("nhs-england", "reference"), ("A", "option")] {
        let row = &rows[&["national", "commissioners", entity, "cost_gbp"].map(str::to_owned)];
        assert_eq!(row["verdict"], "no-verdict");
        assert!(row["note"].contains(why) && row["difference"] == "NA", "{row:?}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = two();
    let path = folder.path();
    let says = |args: &[&str], words: &str| {
        let said = refused(path, &[&["compare", "two.toml"], args].concat(), 2);
        assert!(said.contains(words), "{said}");
    };
    says(&["--reference", "seperate"], "Did you mean `separate`?");
    says(&["--metric", "mean_wait"], "Did you mean `mean_waiting`?");
    says(&["--option", "separate"], "nothing to compare");
    says(&["--precision", "cost:1%"], "no table has the metric `cost`");
    says(&["--precision", "cost_gbp"], "is no precision");
    says(&["--precision", "mean_wait_days:5 %,cost_gbp:2 d"], "metric in GBP");
    says(&["--precision", "icbs.mean_wait_days[C]:5%"], "has no `C`");
    says(&["--precision", "cost_gbp:1%", "--replications", "5"], "cannot be used with");
    let said = refused(path, &["run", "two.toml", "--table", "comparison"], 2);
    assert!(said.contains("tierflow compare"), "{said}");
    assert!(!path.join("results").exists());
}

#[test]
fn precision_decides_about_the_replications_for_any_number_of_threads() {
    let folder = two();
    let path = folder.path();
    for threads in ["1", "2", "5"] {
        let args = ["run", "two.toml", "--precision", "cost_gbp:2%,icbs.mean_wait_days[A]:0.5 d", "--threads", threads];
        let output = tierflow(path)
            .args([&args[..], &["--activity", "replications", "--out", threads]].concat())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("as many as were needed") && said.contains("is reached for all"), "{said}");
    }
    let count = table(&path.join("1"), "icbs")[1].last().unwrap().parse::<u32>().unwrap();
    // 20, 25, 32, ...: a look at the size that was reached, and none before that would have done.
    assert!(tierflow::stats::stopping::looks(1_000).any(|look| look == count), "{count}");
    let wide = |metric: [&str; 2], limit: &dyn Fn(f64) -> f64| {
        table(&path.join("1"), metric[0]).iter().any(|row| {
            let number = |i: usize| row[i].parse::<f64>().unwrap();
            row[3] == metric[1]
                && (metric[0] != "icbs" || row[2] == "A")
                && 0.5 * (number(7) - number(6)) > limit(number(5))
        })
    };
    assert!(!wide(["commissioners", "cost_gbp"], &|mean| 0.02 * mean));
    assert!(!wide(["icbs", "mean_wait_days"], &|_| 0.5));
    for entry in fs::read_dir(path.join("1")).unwrap() {
        let name = entry.unwrap().file_name();
        let bytes = |folder: &str| fs::read(path.join(folder).join(&name)).unwrap();
        assert!(bytes("1") == bytes("2") && bytes("1") == bytes("5"), "{}", name.display());
    }
    // The same number of replications without a precision gives the same rows.
    done(path, &["run", "two.toml", "--replications", &count.to_string(), "--out", "plain", "-q"]);
    for name in ["icbs", "pools", "replications"] {
        assert_eq!(table(&path.join("plain"), name), table(&path.join("1"), name));
    }
}

#[test]
fn a_precision_that_is_not_reached_says_how_far_it_came() {
    let folder = two();
    let path = folder.path();
    // Nobody comes in so few replications: no event counts as not reached.
    let rare = TWO.replace("per_year = 520", "per_year = 0.0001");
    fs::write(path.join("rare.toml"), rare).unwrap();
    let args =
        ["run", "two.toml", "--precision", "icbs.mean_wait_days:0.1%", "--max-replications", "30", "--out", "run"];
    let said = refused(path, &args, 1);
    assert!(
        said.contains("30 replications, the most allowed") && said.contains("is reached for 0 of 6 rows"),
        "{said}"
    );
    let notes = table(&path.join("run"), "notes");
    assert!(notes.iter().any(|row| row[0] == "precision" && row[1].contains("A under separate (")), "{notes:?}");
    let args =
        ["run", "rare.toml", "--precision", "commissioners.cost_gbp:50%", "--max-replications", "20", "--out", "rare"];
    let said = refused(path, &args, 1);
    assert!(said.contains("no event in any replication"), "{said}");
}

/// An M/M/1 queue at load 0.9 that begins empty settles slowly; at load 0.3 quickly.
#[test]
fn a_warm_up_is_chosen_by_rule() {
    let folder = two();
    let path = folder.path();
    let auto = TWO.replace("warm_up = \"60 d\"", "warm_up = \"auto\"");
    fs::write(path.join("auto.toml"), &auto).unwrap();
    for threads in ["1", "3"] {
        done(path, &["run", "auto.toml", "--threads", threads, "--activity", "replications", "--out", threads, "-q"]);
    }
    let bytes = |folder: &str, name: &str| fs::read(path.join(folder).join(name)).unwrap();
    for name in ["manifest.json", "warm_up.csv", "icbs.csv", "notes.csv"] {
        assert!(bytes("1", name) == bytes("3", name), "{name}");
    }
    let manifest: serde_json::Value = serde_json::from_slice(&bytes("1", "manifest.json")).unwrap();
    let days = manifest["warm_up_ms"].as_u64().unwrap() / 86_400_000;
    // The stated one gives the same rows.
    let stated = auto.replace("\"auto\"", &format!("\"{days} d\""));
    fs::write(path.join("stated.toml"), stated).unwrap();
    done(path, &["run", "stated.toml", "--out", "stated", "-q"]);
    assert_eq!(table(&path.join("stated"), "replications"), table(&path.join("1"), "replications"));
    // The cut of the series is MSER-5's, and the longest cut is the warm-up.
    let rows = table(&path.join("1"), "warm_up");
    let mut series: BTreeMap<String, (Vec<f64>, usize, f64)> = BTreeMap::new();
    for row in &rows[1..] {
        let one = series.entry(format!("{} {}", row[0], row[1])).or_default();
        let number = |i: usize| row[i].parse::<f64>().unwrap();
        one.0.push(number(3) + number(4));
        one.1 += usize::from(row[5] == "1");
        one.2 = number(2) / one.0.len() as f64;
    }
    let mut longest = 0.0_f64;
    for (values, cut, step) in series.values() {
        let truncation = tierflow::stats::truncation::mser5(values).unwrap();
        assert_eq!((values.len(), *cut), (500, truncation.observations));
        longest = longest.max(*cut as f64 * step);
    }
    assert_eq!(days, longest.ceil() as u64);
    // Account, trace and reproduce know it.
    done(path, &["account", "1", "--options", "auto.toml", "--out", "account", "-q"]);
    assert_eq!(table(&path.join("account"), "commissioners"), table(&path.join("1"), "commissioners"));
    done(path, &["trace", "auto.toml", "--out", "log.csv"]);
    done(path, &["reproduce", "1", "-q"]);
}
