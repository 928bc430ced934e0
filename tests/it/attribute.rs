//! `tierflow attribute`: steps that add up, each the difference of two runs.

use crate::compare::{TWO, values};
use crate::program::{done, refused};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// More patients, a bed more, dearer bed-days, and everything under one list and one payer.
const CHANGED: [(&str, &str, &str); 3] = [
    ("demand", "per_year = 700", "per_year = 740"),
    ("capacity", "capacity = 9", "capacity = 10"),
    ("prices", "£400", "£420"),
];

/// Part, value, effect and interval of every step of a row.
type Steps = Vec<(String, f64, Option<[f64; 3]>)>;

fn steps(folder: &Path, args: &[&str]) -> BTreeMap<[String; 3], Steps> {
    let text = done(folder, &[&["attribute"], args, &["--format", "csv", "-q"]].concat());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows: BTreeMap<[String; 3], Steps> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let number = |i: usize| row[i].parse::<f64>().ok();
        let effect = number(7).zip(number(8)).zip(number(9)).map(|((effect, low), high)| [effect, low, high]);
        let key = [&row[0], &row[1], &row[2]].map(str::to_owned);
        rows.entry(key).or_default().push((row[5].to_owned(), number(6).unwrap(), effect));
    }
    rows
}

#[test]
fn the_steps_between_scenarios_are_differences_of_runs_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut text = TWO.to_owned();
    fs::write(path.join("two.toml"), &text).unwrap();
    let mut runs = vec!["two".to_owned()];
    for (name, old, new) in CHANGED {
        text = text.replacen(old, new, 1);
        fs::write(path.join(format!("{name}.toml")), &text).unwrap();
        runs.push(name.to_owned());
    }
    for name in &runs {
        done(path, &["run", &format!("{name}.toml"), "--out", name, "-q"]);
    }
    let found = steps(path, &["two.toml", "--with", "prices.toml", "--to", "together"]);
    let row = &found[&["icbs", "B", "net_cost_gbp"].map(str::to_owned)];
    let parts: Vec<&str> = row.iter().map(|step| step.0.as_str()).collect();
    assert_eq!(parts, ["start", "demand", "capacity", "prices", "flow rules", "total"]);
    // The first states are the runs under `separate`, the last is `together` of the last run.
    let options = ["separate", "separate", "separate", "separate", "together"];
    let at = |state: usize, metric: &str| values(&path.join(&runs[state.min(3)]), options[state], "icbs", "B", metric);
    for metric in ["net_cost_gbp", "mean_wait_days", "bed_days"] {
        let row = &found[&["icbs", "B", metric].map(str::to_owned)];
        let mut sum = 0.0;
        for (state, step) in row.iter().enumerate().take(5).skip(1) {
            let (before, after) = (at(state - 1, metric), at(state, metric));
            let effect = after.iter().zip(&before).map(|(a, b)| a - b).sum::<f64>() / 12.0;
            let [found, low, high] = step.2.unwrap();
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * at(0, metric)[0].abs();
            assert!(near(found, effect), "{metric} {state}: {found} {effect}");
            assert!(low <= found && found <= high);
            sum += found;
        }
        let [total, ..] = row[5].2.unwrap();
        assert!((total - sum).abs() <= 1e-9 * row[0].1.abs().max(1.0), "{metric}: {total} {sum}");
        assert!((row[5].1 - row[0].1 - total).abs() <= 1e-9 * row[0].1.abs().max(1.0));
    }
    // A dearer bed-day moves no patient.
    let waits = &found[&["icbs", "B", "mean_wait_days"].map(str::to_owned)];
    assert_eq!(waits[3].2, Some([0.0; 3]));
}

/// Factors belong to the steps of what they are on, and budgets stay those that were planned.
#[test]
fn factors_are_steps_of_their_own_and_lead_to_the_other_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // Two years, the second of which has growth.
    let text = TWO.replace("horizon = \"1 year\"", "horizon = \"2 years\"");
    let budget = "[budgets.history]\nbasis = \"history\"\n[options.separate]\nbudget = \"history\"";
    fs::write(path.join("two.toml"), text.replace("[options.separate]", budget)).unwrap();
    let layer =
        "extends = \"two.toml\"\n[factors]\ndemand = 1.1\ngrowth = 1.05\nstay = 0.9\nprice = 1.05\ncapacity = 1.2\n";
    fs::write(path.join("more.toml"), layer).unwrap();
    for name in ["two", "more"] {
        done(path, &["run", &format!("{name}.toml"), "--out", name, "-q"]);
    }
    let found = steps(path, &["two.toml", "--with", "more.toml"]);
    let row = &found[&["icbs", "B", "net_cost_gbp"].map(str::to_owned)];
    let parts: Vec<&str> = row.iter().map(|step| step.0.as_str()).collect();
    assert_eq!(parts, ["start", "demand", "pathways", "capacity", "prices", "total"]);
    for metric in ["net_cost_gbp", "over_budget_gbp", "mean_wait_days"] {
        let row = &found[&["icbs", "B", metric].map(str::to_owned)];
        let mean = |name: &str| values(&path.join(name), "separate", "icbs", "B", metric).iter().sum::<f64>() / 12.0;
        for (step, name) in [(0, "two"), (4, "more")] {
            assert!((row[step].1 - mean(name)).abs() <= 1e-9 * mean(name).abs(), "{metric} {name}: {}", row[step].1);
        }
    }
    // A tenth more patients than were planned for cost a tenth more than the budget, give or take chance.
    let over = &found[&["icbs", "B", "over_budget_gbp"].map(str::to_owned)];
    assert!(over[1].2.unwrap()[1] > 0.0, "{over:?}");
}

#[test]
fn between_options_only_what_differs_is_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("two.toml"), TWO).unwrap();
    let found = steps(path, &["two.toml", "--to", "national"]);
    let row = &found[&["icbs", "A", "net_cost_gbp"].map(str::to_owned)];
    assert_eq!(row.iter().map(|step| step.0.as_str()).collect::<Vec<_>>(), ["start", "tier", "total"]);
    // Nationally nothing is left with the board.
    assert_eq!(row[1].1, 0.0);
    let text = done(path, &["attribute", "two.toml", "--from", "national", "--to", "together", "--out", "steps.csv"]);
    assert!(text.contains("flow rules") && text.contains("tier") && path.join("steps.csv").exists(), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn what_cannot_be_taken_apart_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("two.toml"), TWO).unwrap();
    fs::write(path.join("more.toml"), TWO.replace("id = \"P2\"", "id = \"P3\"").replace("\"P2\"", "\"P3\"")).unwrap();
    fs::write(path.join("longer.toml"), TWO.replace("1 year", "2 years")).unwrap();
    let says = |args: &[&str], words: &str| {
        let said = refused(path, &[&["attribute", "two.toml"], args].concat(), 2);
        assert!(said.contains(words), "{said}");
    };
    let scoped = |icbs: &str| format!("{TWO}\n[scope]\nproviders = [\"P1\"]\n{icbs}");
    fs::write(path.join("one.toml"), scoped("")).unwrap();
    fs::write(path.join("both.toml"), scoped("icbs = [\"B\"]\n")).unwrap();
    let said = refused(path, &["attribute", "one.toml", "--with", "both.toml"], 2);
    assert!(said.contains("not the same scope"), "{said}");
    says(&[], "nothing differs");
    says(&["--to", "nationl"], "Did you mean `national`?");
    says(&["--with", "more.toml"], "not the same providers");
    says(&["--with", "longer.toml"], "not the same days, seed, horizon or warm-up");
    says(&["--to", "national", "--metric", "cost"], "no table has the metric");
}
