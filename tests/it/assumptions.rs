//! The table `assumptions` against simulations: what it says that a tenth more changes is what a run with a tenth more shows.

use crate::support::{root, tierflow};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tierflow::stats::student::mean_interval;

/// Two boards, two hospitals without limits, two stages; patients are there at the start as they are later.
const SCENARIO: &str = r#"
title = "Assumptions"
run = { horizon = "365 d", starting_state = "stationary", replications = 100 }
regions = [{ id = "south" }]
icbs = [{ id = "north", region = "south" }, { id = "east", region = "south" }]
home_areas = [{ id = "n", icb = "north", population = 500000 }, { id = "e", icb = "east", population = 300000 }]
providers = [{ id = "teaching", host_icb = "north", market_forces_factor = 1.2 }, { id = "district", host_icb = "east" }]
demand = [
    { service = "surgery", home_area = "n", rate = "{north} per day", provenance = "assumed", owner = "North" },
    { service = "surgery", home_area = "e", rate = "300 per 100k per year", provenance = "assumed", owner = "East" },
]
shares = [
    { service = "surgery", home_area = "*", provider = "teaching", share = 0.7 },
    { service = "surgery", home_area = "*", provider = "district", share = 0.3 },
]
prices = [
    { service = "surgery", stage = "ward", per = "finish", price = "£{finish}", provenance = "assumed" },
    { service = "surgery", stage = "rehabilitation", per = "bed-day", price = "£400", provenance = "assumed" },
]

[[services.surgery.stages]]
id = "ward"
stay = { lognormal = { mean = "5 d", sd = "5 d" } }
next = { rehabilitation = {next} }
provenance = "assumed"

[[services.surgery.stages]]
id = "rehabilitation"
stay = { exponential = { mean = "{stay} d" } }
provenance = "assumed"
"#;

/// The numbers of the scenario that change, in its order.
const NUMBERS: [(&str, f64); 4] = [("{north}", 4.0), ("{finish}", 3_000.0), ("{next}", 0.4), ("{stay}", 20.0)];

/// Runs it with one number a tenth larger, or none.
fn run(folder: &Path, changed: Option<usize>) {
    let number = |i: usize, value: f64| if changed == Some(i) { value * 1.1 } else { value };
    let fill = |text: String, (i, (name, value)): (usize, &(&str, f64))| {
        text.replace(name, &format!("{}", (number(i, *value) * 1e6).round() / 1e6))
    };
    let text = NUMBERS.iter().enumerate().fold(SCENARIO.to_owned(), fill);
    let file = folder.with_extension("toml");
    fs::write(&file, text).unwrap();
    let output = tierflow(root()).arg("run").arg(file).arg("--out").arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn rows(folder: &Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(table)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// What all boards owe in a replication.
fn costs(folder: &Path) -> Vec<f64> {
    let mut costs: BTreeMap<u32, f64> = BTreeMap::new();
    for row in rows(folder, "replications.csv") {
        let key = (row["table"].as_str(), row["metric"].as_str(), row["period"].as_str());
        if key == ("commissioners", "cost_gbp", "all") {
            let replication = row["replication"].parse().unwrap();
            *costs.entry(replication).or_default() += row["value"].parse::<f64>().unwrap();
        }
    }
    costs.into_values().collect()
}

/// All effects lie within two half-widths of the 95 % interval of the paired difference.
#[test]
fn effects_are_what_simulations_show() {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before");
    run(&before, None);
    let effects = rows(&before, "assumptions.csv");
    assert!(effects.iter().all(|row| row["metric"] == "expected cost of all commissioners under base"), "{effects:?}");
    let sizes: Vec<f64> = effects.iter().map(|row| row["effect_of_plus_10_percent_gbp"].parse().unwrap()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.len() == 7, "{sizes:?}");
    let effect = |key: &str, what: &str, owner: &str| -> f64 {
        let fits = |row: &&BTreeMap<String, String>| row["key"] == key && row["what"] == what && row["owner"] == owner;
        let row = effects.iter().find(fits).unwrap_or_else(|| panic!("{key} {what} {owner}"));
        row["effect_of_plus_10_percent_gbp"].parse().unwrap()
    };
    let stated = [
        effect("rate", "service=surgery", "North"),
        effect("price", "service=surgery; stage=ward; per=finish", ""),
        effect("next", "id=ward", ""),
        effect("stay", "id=rehabilitation", ""),
    ];
    let old = costs(&before);
    for (i, stated) in stated.into_iter().enumerate() {
        let after = folder.path().join(format!("after-{i}"));
        run(&after, Some(i));
        let differences: Vec<f64> = costs(&after).iter().zip(&old).map(|(after, before)| after - before).collect();
        let interval = mean_interval(&differences).unwrap();
        let (mean, half) = (f64::midpoint(interval.low, interval.high), interval.half_width());
        let name = NUMBERS[i].0;
        assert!(half < 0.2 * stated, "{name}: {mean} ± {half} says nothing about {stated}");
        let stated = stated * 365.0 / 365.25;
        assert!((mean - stated).abs() <= 2.0 * half, "{name}: {mean} ± {half} in the runs, {stated} in the table");
    }
}
