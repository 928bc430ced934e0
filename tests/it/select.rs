//! `tierflow select`: the best of several options, the replications that it took, and what is said of it.

use crate::compare::{TWO, values};
use crate::program::{done, refused, table};
use crate::support::{bytes, tierflow};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The two boards with a third set of flow rules: three simulations, of five options.
fn boards(change: impl Fn(String) -> String) -> TempDir {
    let more = r#"
[flow_rules.lend]
overflow = "nearest"
reach = "nation"
[options.lent]
tier = "single-icb"
flow_rules = "lend"
[options.copy]
tier = "single-icb"
"#;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.toml"), change(format!("{TWO}{more}"))).unwrap();
    folder
}

/// The rows of `selection` by option, each with its columns by name.
fn rows(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let rows = table(folder, "selection");
    let named = |row: &Vec<String>| rows[0].iter().cloned().zip(row.iter().cloned()).collect();
    rows[1..].iter().map(|row| (row[0].clone(), named(row))).collect()
}

/// The values by option, with the numbers of their replications.
fn drawn(folder: &Path) -> BTreeMap<String, Vec<(usize, f64)>> {
    let mut drawn: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
    for row in &table(folder, "selection_values")[1..] {
        drawn.entry(row[0].clone()).or_default().push((row[1].parse().unwrap(), row[2].parse().unwrap()));
    }
    drawn
}

const WAIT: [&str; 5] = ["select", "two.toml", "--best", "icbs.mean_wait_days[A]", "--indifference"];

/// Options of one simulation come free, that of a dropped option stops, and all values are those of a run.
#[test]
fn dropped_simulations_run_fewer_replications_and_threads_change_nothing() {
    let folder = boards(|text| text);
    let path = folder.path();
    for threads in ["1", "2", "5"] {
        let args = [&WAIT[..], &["0.02 d", "--threads", threads, "--out", threads, "-q"]].concat();
        let text = done(path, &args);
        assert!(text.contains("`together` has the smallest mean wait of A"), "{text}");
        assert!(text.contains("at least 95 %") && text.contains("at least 0.02 days"), "{text}");
    }
    assert!(bytes(&path.join("1")) == bytes(&path.join("2")) && bytes(&path.join("1")) == bytes(&path.join("5")));
    let rows = rows(&path.join("1"));
    let number = |option: &str, column: &str| rows[option][column].parse::<usize>().unwrap();
    assert_eq!(rows["together"]["result"], "selected");
    for (option, simulation) in [("separate", "separate"), ("national", "separate"), ("copy", "separate")] {
        assert_eq!((&*rows[option]["result"], &*rows[option]["simulation"]), ("dropped", simulation));
        assert!(number(option, "simulated") < number("together", "simulated"), "{rows:?}");
    }
    assert_eq!(number("lent", "simulated"), number("together", "simulated"));
    // One simulation of each set of flow rules, not one of each option.
    let most = number("together", "simulated");
    done(path, &["run", "two.toml", "--replications", &most.to_string(), "--out", "run", "-q"]);
    let drawn = drawn(&path.join("1"));
    for (option, standing) in
        [("separate", "separate"), ("copy", "separate"), ("lent", "lent"), ("together", "together")]
    {
        let expected = values(&path.join("run"), standing, "icbs", "A", "mean_wait_days");
        let found = &drawn[option];
        assert_eq!(found.len(), number(option, "replications"));
        assert!(found.iter().enumerate().all(|(i, &(number, value))| i == number && value == expected[i]), "{option}");
        let mean = found.iter().map(|one| one.1).sum::<f64>() / found.len() as f64;
        assert!((mean - rows[option]["mean"].parse::<f64>().unwrap()).abs() < 1e-9);
    }
    done(path, &["reproduce", "1", "-q"]);
}

/// Numbers of replications of different options have none in common, also within one simulation, and their values are those of
/// a run.
#[test]
fn rinott_uses_no_replication_twice() {
    let folder = boards(|text| text);
    let path = folder.path();
    let more = ["0.4 d", "--procedure", "rinott", "--out", "rinott", "-q"];
    done(path, &[&WAIT[..], &more].concat());
    let drawn = drawn(&path.join("rinott"));
    let mut numbers: Vec<usize> = drawn.values().flatten().map(|one| one.0).collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), numbers[0], numbers[count - 1]), (count, 0, count - 1));
    let found = rows(&path.join("rinott"));
    assert_eq!(found["national"]["numbers"].split('-').next(), Some("20"));
    let simulated = |option: &str| found[option]["simulated"].parse::<usize>().unwrap();
    let of_first = ["separate", "national", "copy"].map(|option| drawn[option].len());
    assert_eq!(simulated("copy"), of_first.iter().sum::<usize>());
    done(path, &["run", "two.toml", "--replications", &count.to_string(), "--out", "run", "-q"]);
    for (option, standing) in [("national", "separate"), ("lent", "lent")] {
        let expected = values(&path.join("run"), standing, "icbs", "A", "mean_wait_days");
        assert!(drawn[option].len() >= 20);
        assert!(drawn[option].iter().all(|&(number, value)| value == expected[number]), "{option}");
    }
    done(path, &["reproduce", "rinott", "-q", "--threads", "3"]);
}

#[test]
fn ocba_spends_its_budget_and_promises_nothing() {
    let folder = boards(|text| text);
    let path = folder.path();
    let more = ["0.1 d", "--procedure", "ocba", "--budget", "150", "--out", "ocba", "-q"];
    let text = done(path, &[&WAIT[..], &more].concat());
    assert!(text.contains("no guarantee") && text.contains("Bonferroni"), "{text}");
    let found = rows(&path.join("ocba"));
    let of = |option: &str| found[option]["simulated"].parse::<u32>().unwrap();
    assert_eq!(of("separate") + of("together") + of("lent"), 150);
    // The bounds from the values in the folder: variances of the differences of means, replications of one number together.
    let drawn: BTreeMap<String, Vec<f64>> =
        drawn(&path.join("ocba")).into_iter().map(|(id, all)| (id, all.iter().map(|one| one.1).collect())).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let product = |a: &[f64], b: &[f64]| {
        let (of_a, of_b) = (mean(a), mean(b));
        a.iter().zip(b).map(|(a, b)| (a - of_a) * (b - of_b)).sum::<f64>() / (a.len() as f64 - 1.0)
    };
    let top = found.iter().find(|(_, row)| row["result"] == "selected").unwrap().0;
    let (mut wrong, mut far) = (0.0, 0.0);
    for other in found.keys().filter(|other| *other != top) {
        let (a, b) = (&drawn[top][..], &drawn[other][..]);
        let (n, m) = (a.len() as f64, b.len() as f64);
        let both = a.len().min(b.len());
        let (shared_a, shared_b) = (&a[..both], &b[..both]);
        let shared = product(shared_a, shared_a) / (n * n) + product(shared_b, shared_b) / (m * m)
            - 2.0 * product(shared_a, shared_b) / (n * m);
        let longer = if n > m { a } else { b };
        let alone = (longer.len() - both) as f64 * product(longer, longer) / (longer.len() as f64).powi(2);
        let error = (both as f64 * shared + alone).sqrt();
        let chance = |lead: f64| 0.5 * libm::erfc(lead / error / 2.0_f64.sqrt());
        let lead = mean(b) - mean(a);
        assert!(lead > 0.0, "{top} is the smallest");
        wrong += chance(lead);
        far += chance(lead + 0.1);
    }
    assert!(0.0 < far && far < wrong && wrong < 1.0, "{far} {wrong}");
    for row in found.values() {
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        assert!((number("probability") - (1.0 - wrong)).abs() < 1e-9, "{} {wrong}", row["probability"]);
        assert!((number("probability_good") - (1.0 - far)).abs() < 1e-9, "{} {far}", row["probability_good"]);
    }
    done(path, &["reproduce", "ocba", "-q"]);
}

/// What is the same to the bit ties, where nobody has the metric an option is left out, and the cap ends with exit code 1.
#[test]
fn ties_gaps_and_the_cap_are_said() {
    let folder = boards(|text| text);
    let path = folder.path();
    let text = done(path, &[&WAIT[..], &["1%", "--options", "separate,national,copy", "--out", "tie"]].concat());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("`national` and `copy`: the same mean as `separate` to the bit"), "{text}");
    assert!(text.contains("1% of the mean under `separate` over its first 20"), "{text}");
    assert!(text.contains("nothing to select") && !text.contains("probability of"), "{text}");
    assert_eq!(rows(&path.join("tie"))["copy"]["result"], "same");
    let cost = ["select", "two.toml", "--best", "cost_gbp[A]", "--indifference", "£1m", "--out", "cost", "-q"];
    let text = done(path, &cost);
    assert!(text.contains("Left out, because the metric does not exist under them: `national`."), "{text}");
    let more = ["0.001 d", "--options", "together,lent", "--max-replications", "30", "--first", "10", "--out", "cap"];
    let output = tierflow(path).args([&WAIT[..], &more].concat()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains("Not decided after 30 replications"), "{text}");
    let found = rows(&path.join("cap"));
    assert!(found.values().all(|row| row["probability"].is_empty() && row["replications"] == "30"), "{found:?}");
    let mut results: Vec<&str> = found.values().map(|row| row["result"].as_str()).collect();
    results.sort_unstable();
    assert_eq!(results, ["ahead", "left"]);
}

/// Nobody ever waits for a bed: 20 replications of that say nothing of rarer ones.
#[test]
fn no_probability_is_given_where_nothing_varies() {
    let folder = boards(|text| text.replace("capacity = 9", "capacity = 60"));
    let path = folder.path();
    let flowing = |more: &[&str], code: i32| {
        let output = tierflow(path).args([&WAIT[..], &["1e-9 d", "--out", "out"], more].concat()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let between = "Nothing varied between `separate` and `together` in 20 replications";
    for (more, says) in [
        (&["--procedure", "kn"][..], between),
        (&["--procedure", "rinott"], "Nothing varied under `separate` in 20 replications"),
        (&["--procedure", "ocba", "--budget", "60"], "Nothing varied under `separate` in 20 replications"),
    ] {
        let text = flowing(more, 1);
        assert!(text.contains(says) && text.contains("nothing is known of rarer differences"), "{text}");
        assert!(!text.contains("probability of") && text.contains("zone, 1e-9 days"), "{text}");
        let rows = rows(&path.join("out"));
        assert!(rows.values().all(|row| row["probability"].is_empty()), "{rows:?}");
        assert_eq!(rows["separate"]["result"], "ahead");
        let tie = if more[1] == "rinott" { "not-selected" } else { "same" };
        assert_eq!(rows["copy"]["result"], tie, "{more:?}");
        assert_eq!(text.contains("over the same replications"), more[1] != "rinott", "{text}");
    }
    // Options of one simulation tie, and that is all.
    let text = flowing(&["--options", "separate,copy"], 0);
    assert!(text.contains("There is nothing to select: `separate` and `copy`"), "{text}");
}

#[test]
fn the_terminal_is_not_left_at_80_or_140_columns() {
    let folder = boards(|text| text.replace("options.lent", "options.lent-to-whoever-of-the-neighbours-has-none"));
    let path = folder.path();
    for width in [80, 140] {
        for procedure in [&["kn"][..], &["rinott"], &["ocba", "--budget", "100"]] {
            let args = [&WAIT[..], &["0.3 d", "--out", "out", "--procedure"], procedure].concat();
            let output = tierflow(path).env("COLUMNS", width.to_string()).args(args).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("seed 20250401") && text.contains("days"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        }
    }
    let json = done(path, &[&WAIT[..], &["0.3 d", "--format", "json", "--out", "out", "-q"]].concat());
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((parsed.as_array().unwrap().len(), &parsed[0]["zone"]), (5, &serde_json::json!(0.3)));
    let csv = done(path, &[&WAIT[..], &["0.3 d", "--format", "csv", "--out", "out", "-q"]].concat());
    assert_eq!(csv, fs::read_to_string(path.join("out/selection.csv")).unwrap());
}

/// Demand beyond chance is a simulation of its own, and its rows of the table of risks can be asked for.
#[test]
fn rows_of_varied_demand_can_be_asked_for() {
    let folder = boards(|text| text.replace("[options.separate]", "[uncertainty]\nrate_cv = 0.2\n[options.separate]"));
    let path = folder.path();
    let of = |basis: &str| {
        let best = format!("risk.cost_gbp[A/{basis}/after]");
        let args = ["select", "two.toml", "--best", &best, "--indifference", "£200k", "--options", "separate,together"];
        done(path, &[&args[..], &["--out", basis, "-q"]].concat());
        rows(&path.join(basis))["separate"]["sd"].parse::<f64>().unwrap()
    };
    assert!(of("demand") > 1.3 * of("chance"));
}

#[test]
fn what_cannot_be_selected_is_refused_with_its_cure() {
    let folder = boards(|text| text);
    let path = folder.path();
    let says = |args: &[&str], words: &[&str]| {
        let said = refused(path, &[&["select", "two.toml"], args].concat(), 2);
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
    };
    let wait = |more: &[&str], words: &[&str]| {
        says(&[&["--best", "icbs.mean_wait_days[A]", "--indifference", "0.1 d"], more].concat(), words);
    };
    says(&["--best", "mean_wait[A]", "--indifference", "1%"], &["Did you mean `mean_waiting`?"]);
    says(&["--best", "icb.mean_wait_days[A]", "--indifference", "1%"], &["Did you mean `icbs`?"]);
    says(&["--best", "mean_wait_days[A", "--indifference", "1%"], &["is no metric of an entity"]);
    says(&["--best", "icbs.mean_wait_days[C]", "--indifference", "1%"], &["called `C`", "There are: A, B"]);
    says(&["--best", "icbs.mean_wait_days", "--indifference", "1%"], &["fits 2 entities: A, B", "mean_wait_days[A]"]);
    for wrong in ["0", "-1 d", "0%", "£5"] {
        says(&["--best", "icbs.mean_wait_days[A]", "--indifference", wrong], &["is no indifference zone", "in days"]);
    }
    says(&["--best", "providers.spells[P1]", "--indifference", "1"], &["neither way", "--smallest or --largest"]);
    says(&["--best", "pools.spells[P1/beds]", "--indifference", "1"], &["the table pools has no metric `spells`"]);
    says(&["--best", "icbs.mean_wait[A]", "--indifference", "1"], &["table icbs", "Did you mean `mean_wait_days`?"]);
    wait(&["--options", "seperate,national"], &["Did you mean `separate`?"]);
    wait(&["--options", "separate"], &["nothing to select from"]);
    wait(&["--probability", "1.5"], &["a probability is between 0 and 1"]);
    wait(&["--probability", "20%"], &["a blind choice among 5 options is right with 20 %"]);
    wait(&["--procedure", "ocba"], &["ocba needs a --budget"]);
    wait(&["--procedure", "ocba", "--budget", "30"], &["--budget 30 is less than the first stage of 3 simulations"]);
    // Both faults at once.
    let both = ["--budget", "300", "--max-replications", "10"];
    wait(&both, &["--budget is for ocba", "below the first stage of 20 replications"]);
    let both = ["--procedure", "ocba", "--probability", "0.9", "--budget", "300", "--max-replications", "10"];
    wait(&both, &["--probability is for kn and rinott", "--max-replications is for kn and rinott"]);
    wait(&["--procedure", "rinott", "--max-replications", "300000"], &["more than the 1,048,576 that there are"]);
    wait(&["--year", "2030/31"], &["no period `2030/31`", "There are: all", "run.periods"]);
    wait(&["--smallest", "--largest"], &["cannot be used with"]);
    wait(&["--set", "run.antithetic=true"], &["antithetic pairs", "run.antithetic=false"]);
    says(&["--best", "cost_gbp[A]", "--indifference", "1%", "--options", "separate,national"], &["fewer than two"]);
    assert!(!path.join("results").exists());
    let said = refused(path, &["run", "two.toml", "--table", "selection"], 2);
    assert!(said.contains("made by `tierflow select`"), "{said}");
    // Of nothing there are no per cent.
    let free = boards(|text| {
        text.replace("[options.separate]\ntier = \"single-icb\"", "[options.separate]\ntier = \"national\"")
    });
    let args = ["select", "two.toml", "--best", "icbs.net_cost_gbp[A]", "--indifference", "1%", "--out", "out"];
    let said = refused(free.path(), &args, 2);
    assert!(
        said.contains("the mean under `separate`, the first option, is 0") && said.contains("state it in GBP"),
        "{said}"
    );
    // Nobody comes: there is no mean wait.
    let rare = boards(|text| text.replace("per_year = 520", "per_year = 0.0001"));
    let args = [&WAIT[..], &["0.1 d", "--out", "out"]].concat();
    let said = refused(rare.path(), &args, 2);
    assert!(said.contains("has no value under `separate` in replication 0") && said.contains("run.horizon"), "{said}");
}
