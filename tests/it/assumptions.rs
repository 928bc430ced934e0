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

/// What the table says of populations, successors, defaults, thresholds and names.
const WHATEVER: &str = r#"
title = "Assumptions of all kinds"
run = { horizon = "365 d", replications = 2 }
bodies_as_of = 2026-04-01
assumption_metric = "Q2"
regions = [{ id = "south" }]
icbs = [
    { id = "Q1", name = "NHS North; Integrated Care Board", region = "south" },
    { id = "Q2", name = "NHS East Integrated Care Board", region = "south" },
]
successors = [{ icb = "Q1", successor = "Q3", name = "NHS Greater North Integrated Care Board", from = 2026-04-01 }]
providers = [
    { id = "T", name = "Teaching; market_forces_factor=9", market_forces_factor = 1.2, provenance = "assumed" },
    { id = "D", name = "District" },
]
plans = [
    { icb = "Q1", provider = "T", service = "surgery", per_year = "£1m", provenance = "assumed", owner = "Finance" },
    { icb = "Q2", provider = "T", service = "surgery", per_year = "£100,000", provenance = "assumed", date = 2025-03-31 },
]
flows = [
    { service = "surgery", home_area = "n", provider = "T", per_year = 300, provenance = "assumed" },
    { service = "surgery", home_area = "e", provider = "T", per_year = 40, provenance = "assumed" },
    { service = "surgery", home_area = "e", provider = "D", per_year = 80, provenance = "assumed" },
    { service = "surgery", home_area = "e", provider = "elsewhere", per_year = 0, provenance = "assumed" },
]
prices = [
    { service = "surgery", stage = "ward", per = "finish", price = "£3,000.05", provenance = "assumed", source = "a guess" },
    { service = "dialysis", stage = "chair", per = "start", price = "£0.05", provenance = "assumed" },
]

[[pools]]
provider = "D"
pool = "chairs"
capacity = 500
provenance = "assumed"

[[home_areas]]
id = "n"
icb = "Q1"
population = 500000

[[home_areas]]
id = "e"
icb = "Q2"
population = 300000
provenance = "assumed"

[[demand]]
service = "dialysis"
home_area = "*"
rate = "200 per 100,000 per year"
provenance = "assumed"

[[shares]]
service = "dialysis"
home_area = "*"
provider = "D"
share = 1

[services.surgery]
provenance = "assumed"
[[services.surgery.stages]]
id = "ward"
stay = { lognormal = { mean = "5 d", sd = "5 d" } }

[services.dialysis]
specialised_share = 0.5
provenance = "assumed"
[[services.dialysis.stages]]
id = "chair"
pool = "chairs"
stay = { exponential = { mean = "20 d" } }
patience = { exponential = { mean = "9 d" } }
provenance = "assumed"

[payments.fixed]
aligned = {}
provenance = "assumed"

[payments.blocks]
low_volume = { threshold = "£0.1m" }
delegated_inside = true
provenance = "assumed"

[payments.unused]
low_volume = { threshold = "£9m" }
provenance = "assumed"

[options.boards]
tier = "single-icb"
[options.fixed]
tier = "single-icb"
payment = "fixed"
[options.blocks]
tier = "single-icb"
payment = "blocks"
"#;

#[test]
fn the_table_says_what_is_behind_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("whatever.toml");
    fs::write(&file, WHATEVER).unwrap();
    let out = folder.path().join("results");
    for width in ["80", "140"] {
        let mut run = tierflow(root());
        run.env("COLUMNS", width).arg("run").arg(&file).args(["--table", "assumptions", "-q", "--out"]).arg(&out);
        let output = run.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.lines().all(|line| line.chars().count() <= width.parse().unwrap()), "{text}");
        insta::assert_snapshot!(format!("assumptions-{width}"), text);
    }
    let found = rows(&out, "assumptions.csv");
    let row = |table: &str, key: &str, value: &str| {
        let fits = |row: &&BTreeMap<String, String>| {
            (row["table"].as_str(), row["key"].as_str(), row["value"].as_str()) == (table, key, value)
        };
        found.iter().find(fits).unwrap_or_else(|| panic!("{table} {key} {value}: {found:?}"))
    };
    let more = |row: &BTreeMap<String, String>| row["effect_of_plus_10_percent_gbp"].parse::<f64>().unwrap();
    // 600 patients a year of East at 5 pence: the rate is per head, however it is written. A tenth of it is £3.
    assert_eq!(more(row("home_areas", "population", "300000")), 3.0);
    assert_eq!(more(row("demand", "rate", "200 per 100,000 per year")), 3.0);
    assert_eq!(more(row("prices", "price", "£0.05")), 3.0);
    assert_eq!(row("plans", "per_year", "£1m")["remark"], "handed on to successors: Q3");
    assert_eq!(row("flows", "per_year", "0")["remark"], "nobody goes there, and a tenth more or less is nobody, too");
    // A name that looks like the next key is a name.
    assert_eq!(row("providers", "market_forces_factor", "1.2")["inputs"], "1");
    // Half of what is not specialised is the board's anyway, and so is the other half: nobody's default share matters.
    assert!(!found.iter().any(|row| row["value"].contains("default")), "{found:?}");
    assert_eq!(
        row("payments.unused", "low_volume", "{threshold = £9m}")["remark"],
        "no option of these results uses it"
    );
}
