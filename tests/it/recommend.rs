//! `tierflow recommend`: tiers by stated tests, and footprints from flows.

use crate::program::{done, refused, table};
use crate::support::{bytes, root, tierflow};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Three boards in two regions. Everybody is treated at once. Of 2,000 residents of A a hundred go to B, and of 1,000 of B eight in
/// ten to A; C keeps its 500. So B cannot plan alone.
const THREE: &str = r#"
title = "Three boards"
[run]
horizon = "1 year"
[[regions]]
id = "Y1"
[[regions]]
id = "Y2"
[[icbs]]
id = "A"
region = "Y1"
[[icbs]]
id = "B"
region = "Y1"
[[icbs]]
id = "C"
region = "Y2"
[[footprints]]
scheme = "pairs"
id = "south"
icb = "A"
[[footprints]]
scheme = "pairs"
id = "north"
icb = "B"
[[footprints]]
scheme = "pairs"
id = "north"
icb = "C"
[[adjacency]]
icb = "A"
neighbour = "B"
[[adjacency]]
icb = "B"
neighbour = "C"
[[home_areas]]
id = "a"
icb = "A"
population = 2000000
[[home_areas]]
id = "b"
icb = "B"
population = 1500000
[[home_areas]]
id = "c"
icb = "C"
population = 1200000
[[providers]]
id = "P1"
host_icb = "A"
[[providers]]
id = "P2"
host_icb = "B"
[[providers]]
id = "P3"
host_icb = "C"
[services.eyes]
[[services.eyes.stages]]
id = "ward"
stay = { exponential = { mean = "3 d" } }
[[prices]]
service = "eyes"
stage = "ward"
price = "£1,000"
per = "start"
[[flows]]
service = "eyes"
home_area = "a"
provider = "P1"
per_year = 1900
[[flows]]
service = "eyes"
home_area = "a"
provider = "P2"
per_year = 100
[[flows]]
service = "eyes"
home_area = "b"
provider = "P1"
per_year = 800
[[flows]]
service = "eyes"
home_area = "b"
provider = "P2"
per_year = 200
[[flows]]
service = "eyes"
home_area = "c"
provider = "P3"
per_year = 500
"#;

fn three(more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("three.toml"), format!("{THREE}{more}")).unwrap();
    folder
}

/// The rows of a table, each with its columns by name.
fn rows(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let rows = table(folder, name);
    let named = |row: &Vec<String>| rows[0].iter().cloned().zip(row.iter().cloned()).collect();
    rows[1..].iter().map(named).collect()
}

/// The row of a test.
fn tested(folder: &Path, tier: &str, body: &str, test: &str) -> BTreeMap<String, String> {
    let all = rows(folder, "recommendation_tests");
    let wanted = |row: &&BTreeMap<String, String>| row["tier"] == tier && row["body"] == body && row["test"] == test;
    all.iter().find(wanted).cloned().unwrap()
}

const SAY: [&str; 3] = ["recommend", "three.toml", "-q"];

fn said(folder: &Path, more: &[&str]) -> String {
    done(folder, &[&SAY[..], more].concat())
}

/// A quarter of the patients, those of B, live where self-containment is .2; the pair of B with C keeps .47 of its 1,500, so the
/// region is the lowest tier. Everything is the same for any number of threads, and reproduced.
#[test]
fn the_lowest_tier_and_its_figures_by_hand() {
    let folder = three("");
    let path = folder.path();
    let text = said(path, &["--threads", "1", "--out", "one"]);
    said(path, &["--threads", "3", "--out", "three"]);
    assert!(bytes(&path.join("one")) == bytes(&path.join("three")));
    done(path, &["reproduce", "one", "-q"]);
    let one = path.join("one");
    let near = |tier: &str, body: &str, test: &str, wanted: f64, verdict: &str| {
        let row = tested(&one, tier, body, test);
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        assert!((number("figure") - wanted).abs() < 0.03 * wanted + 1e-9, "{row:?}");
        assert!(number("ci_low") <= number("figure") && number("figure") <= number("ci_high"));
        assert_eq!(row["verdict"], verdict, "{row:?}");
    };
    near("single-icb", "A", "self-containment", 0.95, "holds");
    near("single-icb", "A", "import-share", 800.0 / 2700.0, "holds");
    near("single-icb", "A", "provider-import-share", 800.0 / 2700.0, "holds");
    near("single-icb", "A", "volume", 2000.0, "holds");
    near("single-icb", "A", "contract-lines", 2.0, "holds");
    near("single-icb", "A", "population", 2e6, "holds");
    near("single-icb", "B", "self-containment", 0.2, "fails");
    near("multi-icb", "north", "self-containment", 700.0 / 1500.0, "fails");
    near("regional", "Y1", "self-containment", 1.0, "holds");
    near("regional", "Y1", "providers", 2.0, "holds");
    // Poisson with 2,000 a year at one price: one over the root of 2,000, known to a fifth or so.
    let volatility = tested(&one, "single-icb", "A", "cost-volatility");
    let figure: f64 = volatility["figure"].parse().unwrap();
    let (low, high): (f64, f64) = (volatility["ci_low"].parse().unwrap(), volatility["ci_high"].parse().unwrap());
    assert!((low..=high).contains(&figure) && (0.7..1.5).contains(&(figure * 2000_f64.sqrt())), "{volatility:?}");
    // Nothing is known of distances, so nobody fails for them.
    let travel = tested(&one, "single-icb", "A", "travel");
    assert_eq!((&*travel["verdict"], &*travel["figure"]), ("not-tested", ""));
    assert!(text.contains("Not tested") && text.contains("travel"), "{text}");
    // A third of the patients of P2 are from A.
    said(path, &["--set", "recommendation.maximum_provider_import_share=0.3333333", "--out", "doubt"]);
    let doubtful = tested(&path.join("doubt"), "single-icb", "B", "provider-import-share");
    assert_eq!((&*doubtful["verdict"], &*doubtful["detail"]), ("undecided", "P2"));
    assert!(doubtful["replications_to_decide"].parse::<f64>().unwrap() > 50.0, "{doubtful:?}");
    let row = &rows(&one, "recommendation")[0];
    assert_eq!((&*row["service"], &*row["tier"], &*row["undecided_tiers"]), ("eyes", "regional", ""));
    // In the pair self-containment alone is missing; C lives there too, so nobody but A holds.
    assert_eq!((&*row["deciding_test"], &*row["lower_tier"]), ("self-containment", "multi-icb"));
    let needed: f64 = row["lower_needed"].parse().unwrap();
    assert!((needed - 700.0 / 1500.0).abs() < 0.01, "{needed}");
    let tiers = rows(&one, "recommendation_tiers");
    assert_eq!((&*tiers[0]["failing"], &*tiers[0]["verdict"], &*tiers[1]["scheme"]), ("B", "fails", "pairs"));
    assert!((tiers[0]["hold_share"].parse::<f64>().unwrap() - 2500.0 / 3500.0).abs() < 1e-9);
    assert!(text.contains("Not single ICB: 71 %") && text.contains("Assumed, by default"), "{text}");
    assert!(text.contains(&format!("self-containment 50 % -> {:.1} %", (needed * 1e3).floor() / 10.0)), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80 && !line.trim_start().starts_with('%')), "{text}");
    // What the answer says would change it changes it.
    let eased = format!("recommendation.minimum_self_containment={}", needed - 1e-6);
    said(path, &["--set", &eased, "--out", "eased"]);
    assert_eq!(rows(&path.join("eased"), "recommendation")[0]["tier"], "multi-icb");
    let higher: f64 = row["higher_needed"].parse().unwrap();
    let (test, now) = (&row["higher_test"], &row["higher_threshold"]);
    assert_eq!((&*row["higher_tier"], now.is_empty(), test.is_empty()), ("national", false, false));
    let key = ["minimum_", "maximum_"].map(|way| format!("recommendation.{way}{}", test.replace('-', "_")));
    let key = if THRESHOLDS.contains(&key[0].as_str()) { &key[0] } else { &key[1] };
    let beyond = if key.contains("minimum") { higher * 1.0001 } else { higher * 0.9999 };
    said(path, &["--set", &format!("{key}={beyond}"), "--out", "tightened"]);
    assert_eq!(rows(&path.join("tightened"), "recommendation")[0]["tier"], "national", "{key} {beyond}");
}

const THRESHOLDS: [&str; 5] = [
    "recommendation.minimum_population",
    "recommendation.minimum_self_containment",
    "recommendation.minimum_volume",
    "recommendation.minimum_providers",
    "recommendation.minimum_readiness",
];

/// B keeps a fifth of its patients, so not it, nor its pair with C, but its region can plan; the page of B says so, with the figures
/// of the table of all ICBs.
#[test]
fn a_board_sees_what_it_can_plan_alone_and_with_whom() {
    let folder = three("");
    let path = folder.path();
    let text = said(path, &["--board", "b", "--out", "r"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in ["(B) could plan alone", "Alone: none.", "Together as Y1 (1 of 1 service; with A): eyes.", ">= 50 %"]
    {
        assert!(words.contains(wanted), "{wanted}: {text}");
    }
    let all = rows(&path.join("r"), "recommendation_icbs");
    assert_eq!(all.iter().map(|row| &*row["icb"]).collect::<Vec<_>>(), ["A", "B", "C"]);
    let of = |row: &BTreeMap<String, String>, columns: [&str; 6]| columns.map(|column| row[column].clone());
    let columns = ["recommended_tier", "alone", "multi_icb", "regional", "lowest_tier", "plan_with"];
    assert_eq!(of(&all[0], columns), ["regional", "holds", "holds", "holds", "single-icb", "A"]);
    assert_eq!(of(&all[1], columns), ["regional", "fails", "fails", "holds", "regional", "Y1"]);
    let figure: f64 = tested(&path.join("r"), "single-icb", "B", "self-containment")["figure"].parse().unwrap();
    let failed = format!("self-containment {} (at-least 0.5)", (figure * 1e4).round() / 1e4);
    assert_eq!((&*all[1]["fails"], &*all[1]["no_figure"]), (&*failed, ""));
    let csv = said(path, &["--board", "B", "--format", "csv", "--out", "r"]);
    let whole = fs::read_to_string(path.join("r/recommendation_icbs.csv")).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&csv), [lines(&whole)[0].clone(), lines(&whole)[2].clone()]);
    let json: serde_json::Value =
        serde_json::from_str(&said(path, &["--board", "B", "--board", "C", "--format", "json", "--out", "r"])).unwrap();
    assert_eq!((&json[0]["icb"], &json[1]["icb"]), (&"B".into(), &"C".into()));
}

/// Nobody can be brought to a board without a provider: no figure, no verdict by it; that it has no provider fails.
#[test]
fn a_board_without_a_provider_has_no_import_share() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let moved = THREE.replace("id = \"P3\"\nhost_icb = \"C\"", "id = \"P3\"\nhost_icb = \"B\"");
    fs::write(path.join("three.toml"), moved).unwrap();
    let text = said(path, &["--board", "C", "--replications", "10", "--out", "r"]);
    for test in ["import-share", "provider-import-share"] {
        let row = tested(&path.join("r"), "single-icb", "C", test);
        assert_eq!([&*row["figure"], &row["verdict"], &row["detail"]], ["", "no-figure", "no provider in the area"]);
    }
    let providers = tested(&path.join("r"), "single-icb", "C", "providers");
    assert_eq!((&*providers["figure"], &*providers["verdict"]), ("0", "fails"));
    assert!(text.contains("No figure for import-share and provider-import-share"), "{text}");
    let row = &rows(&path.join("r"), "recommendation_icbs")[2];
    assert_eq!((&*row["alone"], &*row["lowest_tier"]), ("fails", "national"), "{row:?}");
    // Without the tests that a board without providers fails it is judged by the others.
    let eased = ["recommendation.minimum_providers=0", "recommendation.minimum_self_containment=0"];
    let eased: Vec<&str> = eased.iter().flat_map(|one| ["--set", one]).collect();
    said(path, &[&["--replications", "10", "--out", "eased"], &eased[..]].concat());
    assert_eq!(rows(&path.join("eased"), "recommendation_icbs")[2]["alone"], "holds");
}

/// Of the imports of B nothing is known, so A alone is judged, and says so. A minimum at which B fails for certain brings B in, and
/// takes the tier away, far below what A keeps.
#[test]
fn a_board_of_which_too_little_is_known_is_not_judged_until_it_fails() {
    let folder = three("");
    let path = folder.path();
    let sets = [
        "scope.providers=[\"P1\"]",
        "scope.icbs=[\"A\", \"B\"]",
        "recommendation.minimum_self_containment=0.15",
        "recommendation.minimum_providers=0",
    ];
    let sets: Vec<&str> = sets.iter().flat_map(|one| ["--set", one]).collect();
    let board = said(path, &[&["--board", "B", "--out", "r"], &sets[..]].concat());
    let board = board.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "No figure for import-share and provider-import-share, so the ICB cannot be known to pass (some of its \
               providers are out of scope): eyes.";
    assert!(board.contains(why) && board.contains("-: no figure"), "{board}");
    let row = &rows(&path.join("r"), "recommendation")[0];
    assert_eq!(
        (&*row["tier"], &*row["higher_test"], &*row["higher_tier"]),
        ("single-icb", "self-containment", "multi-icb")
    );
    let wanted =
        "Of the patients of the 1 of 3 ICBs that can be judged, 100 % live where all tests hold (80 % needed).";
    assert!(row["sentence"].contains(wanted), "{row:?}");
    let higher: f64 = row["higher_needed"].parse().unwrap();
    assert!((0.2..0.22).contains(&higher), "{higher}");
    let tier = |minimum: f64, out: &str| {
        let minimum = format!("recommendation.minimum_self_containment={minimum}");
        said(path, &[&["--out", out], &sets[..], &["--set", &minimum]].concat());
        rows(&path.join(out), "recommendation")[0]["tier"].clone()
    };
    assert_eq!(
        (tier(higher - 1e-6, "at"), tier(higher + 1e-6, "past")),
        ("single-icb".to_owned(), "multi-icb".to_owned())
    );
}

/// A, of 2,000 of 3,500 patients, holds; B, of 1,000, is undecided, and C fails: nine in ten are out of reach.
#[test]
fn a_tier_that_fails_is_told_with_what_is_sure() {
    let folder = three("");
    let path = folder.path();
    let sets = [
        "minimum_self_containment=0.1",
        "maximum_provider_import_share=0.3333333",
        "minimum_volume=600",
        "minimum_patients_share=0.9",
    ];
    let sets: Vec<String> = sets.iter().flat_map(|one| ["--set".to_owned(), format!("recommendation.{one}")]).collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    said(path, &[&["--out", "r"], &sets[..]].concat());
    let sentence = &rows(&path.join("r"), "recommendation")[0]["sentence"];
    let wanted = "Not single ICB: 57 % (86 % with undecided ones) of its patients live in ICBs where all tests hold (90 % needed). \
                  The main reason, for 14 % of its patients, is volume";
    assert!(sentence.contains(wanted), "{sentence}");
    let share: f64 = rows(&path.join("r"), "recommendation_tiers")[0]["hold_share"].parse().unwrap();
    assert!((share - 2000.0 / 3500.0).abs() < 1e-9, "{share}");
}

/// Every test has words, with its key.
#[test]
fn tests_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let names = "population self-containment import-share provider-import-share volume cost-volatility providers travel \
                 contract-lines readiness patients-share";
    for name in names.split_whitespace() {
        let text = done(folder.path(), &["explain", name]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains(&format!("{name} of `tierflow recommend`")) && text.contains("--set recommendation.m"),
            "{text}"
        );
        assert!(text.contains("assumed") || name == "population", "{text}");
    }
}

/// Thresholds that nothing can miss: every ICB alone; one that nothing reaches: the nation.
#[test]
fn thresholds_at_extremes_give_the_first_and_the_last_tier() {
    let lenient = [
        "minimum_population=0",
        "minimum_self_containment=0",
        "maximum_import_share=1",
        "maximum_provider_import_share=1",
        "minimum_volume=0",
        "maximum_cost_volatility=100",
        "minimum_providers=0",
        "maximum_far_share=1",
        "maximum_contract_lines=100000",
        "minimum_readiness=0",
    ];
    let ncl = root().join("scenarios/north-central-london");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let tiers = |thresholds: &[&str], out: &str| -> Vec<String> {
        let mut args = vec!["recommend".to_owned(), ncl.display().to_string()];
        args.extend(["--replications", "2", "-q", "--out", out].map(str::to_owned));
        for threshold in thresholds {
            args.extend(["--set".to_owned(), format!("recommendation.{threshold}")]);
        }
        done(path, &args.iter().map(String::as_str).collect::<Vec<_>>());
        rows(&path.join(out), "recommendation").iter().map(|row| row["tier"].clone()).collect()
    };
    let single = tiers(&lenient, "single");
    assert!(single.len() >= 8 && single.iter().all(|tier| tier == "single-icb"), "{single:?}");
    let national = tiers(&["minimum_volume=1e9"], "national");
    assert!(national.len() == single.len() && national.iter().all(|tier| tier == "national"), "{national:?}");
}

/// Providers most of whose patients come from outside are named with their share; bodies only partly in scope have no figure.
#[test]
fn north_central_london_says_why_one_board_cannot_plan_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let ncl = root().join("scenarios/north-central-london");
    let args = [
        "recommend",
        ncl.to_str().unwrap(),
        "--replications",
        "10",
        "--service",
        "complex-spinal-surgery",
        "-q",
        "--out",
        "r",
    ];
    let text = done(path, &args);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("One ICB alone cannot plan Royal National Orthopaedic Hospital (North Central London, 9"),
        "{text}"
    );
    let found = rows(&path.join("r"), "recommendation");
    assert_eq!((found.len(), found[0]["tier"] == "single-icb"), (1, false));
    let tests = rows(&path.join("r"), "recommendation_tests");
    let own = tested(&path.join("r"), "single-icb", "QMJ", "provider-import-share");
    assert_eq!((&*own["verdict"], &*own["detail"]), ("fails", "RAN"));
    assert!(own["figure"].parse::<f64>().unwrap() > 0.8 && own["source"] == "scenario: assumed", "{own:?}");
    let far: Vec<_> = tests.iter().filter(|row| row["body"] == "QOP").collect();
    assert_eq!((far.len(), &*far[0]["verdict"], &*far[0]["figure"]), (1, "no-figure", ""));
    assert_eq!(far[0]["detail"], "only partly in scope");
}

/// Every service has a tier, and demand beyond chance is in the volatility.
#[test]
fn england_has_a_tier_for_every_service() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let england = root().join("scenarios/england");
    done(path, &["recommend", england.to_str().unwrap(), "--replications", "2", "-q", "--out", "r"]);
    let found = rows(&path.join("r"), "recommendation");
    assert_eq!(found.len(), 15);
    assert!(found.iter().all(|row| ["single-icb", "multi-icb", "regional", "national"].contains(&&*row["tier"])));
    assert!(found.iter().all(|row| row["sentence"].len() > 20));
    assert_eq!(tested(&path.join("r"), "regional", "Y56", "cost-volatility")["detail"], "demand beyond chance");
}

/// For the same number of groups and sizes at least what the nine committees keep, for every service; the bound is not below.
#[test]
fn footprints_of_england_keep_no_less_than_the_committees() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let england = root().join("scenarios/england");
    let args = ["recommend", england.to_str().unwrap(), "--footprints", "9", "--out"];
    let text = done(path, &[&args[..], &["r"]].concat());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for words in ["QMJ North Central London", "The same groups as opics-2026", "joint-committees-2023: 9 footprints"] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}: {text}");
    }
    done(path, &[&args[..], &["again", "-q"]].concat());
    assert!(bytes(&path.join("r")) == bytes(&path.join("again")));
    let mut kept: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for row in rows(&path.join("r"), "footprints_compared") {
        kept.entry(row["service"].clone()).or_default().insert(row["scheme"].clone(), row);
    }
    assert_eq!(kept.len(), 16);
    for (service, by_scheme) in &kept {
        let number = |scheme: &str, column: &str| by_scheme[scheme][column].parse::<f64>().unwrap();
        let (found, used) =
            (number("from-flows", "self_containment"), number("joint-committees-2023", "self_containment"));
        assert_eq!(by_scheme["joint-committees-2023"]["within_limits"], "yes");
        assert!(found >= used, "{service}: {found} {used}");
        assert!(number("from-flows", "bound") >= found && number("from-flows", "gap") < 0.05, "{service}");
        assert_eq!(by_scheme["from-flows"]["groups"], "9");
    }
    let all = rows(&path.join("r"), "footprints_from_flows");
    assert_eq!(all.len(), 16 * 42);
    done(path, &["reproduce", "r", "--scenario", england.to_str().unwrap(), "-q"]);
}

/// The pair A and B keeps everybody, and so does C alone. As bodies of the multi-ICB tier they are judged.
#[test]
fn footprints_of_three_boards_by_hand() {
    let folder = three("");
    let path = folder.path();
    said(path, &["--footprints", "2", "--as-bodies", "--replications", "10", "--out", "r"]);
    let groups: BTreeMap<String, (String, f64)> = rows(&path.join("r"), "footprints_from_flows")
        .into_iter()
        .filter(|row| row["service"] == "*")
        .map(|row| (row["icb"].clone(), (row["footprint"].clone(), row["self_containment"].parse().unwrap())))
        .collect();
    assert_eq!((&groups["A"].0, &groups["C"].0), (&groups["B"].0, &"flow-group-2".to_owned()));
    assert_eq!((groups["A"].1, groups["C"].1), (1.0, 1.0));
    let compared = rows(&path.join("r"), "footprints_compared");
    let of = |scheme: &str, column: &str| {
        compared.iter().find(|row| row["service"] == "*" && row["scheme"] == scheme).unwrap()[column].clone()
    };
    assert_eq!((of("from-flows", "self_containment"), of("from-flows", "gap")), ("1".to_owned(), "0".to_owned()));
    let pairs: f64 = of("pairs", "self_containment").parse().unwrap();
    assert!((pairs - 2600.0 / 3500.0).abs() < 1e-9);
    assert_eq!(rows(&path.join("r"), "recommendation")[0]["tier"], "multi-icb");
    assert_eq!(rows(&path.join("r"), "recommendation_tiers")[1]["scheme"], "from-flows");
    done(path, &["reproduce", "r", "-q"]);
}

/// An ICB's successors border on what it bordered on, and on each other.
#[test]
fn borders_follow_mergers_and_splits() {
    let more = "bodies_as_of = 2026-04-01\n";
    let successors = r#"
[[successors]]
icb = "B"
successor = "N"
weight = 0.5
from = "2026-04-01"
[[successors]]
icb = "B"
successor = "M"
weight = 0.5
from = "2026-04-01"
"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let hosted = THREE.replace("host_icb = \"B\"", "host_icb = \"B\"\nsuccessor_host = \"N\"");
    fs::write(path.join("three.toml"), format!("{more}{hosted}{successors}")).unwrap();
    said(path, &["--footprints", "2", "--least-icbs", "2", "--out", "r"]);
    // A, C, M and N: A and C both border on M and on N, so two pairs can be made.
    assert_eq!(rows(&path.join("r"), "footprints_from_flows").iter().filter(|row| row["service"] == "*").count(), 4);
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_cure() {
    let folder = three("");
    let path = folder.path();
    let refuse = |more: &[&str], code: i32, words: &[&str]| {
        let text = refused(path, &[&["recommend", "three.toml"][..], more].concat(), code);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(text.contains(word), "{more:?}: {text}");
        }
    };
    refuse(&["--service", "eye", "--service", "ears"], 2, &["no service `eye`", "Did you mean `eyes`?", "`ears`"]);
    refuse(&["--board", "Z"], 2, &["there is no ICB `Z`", "There are: A, B, C"]);
    refuse(&["--board", "A", "--footprints", "2"], 2, &["--as-bodies"]);
    refuse(&["--option", "nobody"], 2, &["no tiering option `nobody`"]);
    refuse(&["--set", "run.replications=1"], 2, &["--replications 2"]);
    refuse(&["--set", "run.antithetic=true"], 2, &["run.antithetic=false"]);
    refuse(&["--footprints", "4"], 2, &["do not make up 3 ICBs", "--footprints"]);
    refuse(&["--footprints", "2", "--least-icbs", "2", "--most-icbs", "1"], 2, &["2 footprints of 2 to 1 ICBs"]);
    refuse(&["--footprints", "2", "--most-population", "1000"], 2, &["ICB A alone"]);
    refuse(&["--footprints", "2", "--most-population", "2500000"], 2, &["no 2 footprints", "loosen"]);
    refuse(&["--least-icbs", "2"], 2, &["--footprints"]);
    refuse(&["--set", "recommendation.footprints=\"pears\""], 3, &["pears"]);
    let bare = THREE.replace("[[adjacency]]\nicb = \"A\"\nneighbour = \"B\"\n", "");
    let pieces = bare.clone();
    fs::write(path.join("three.toml"), pieces).unwrap();
    refuse(&["--footprints", "2"], 3, &["S202", "A", "Add a row for a border"]);
    fs::write(path.join("three.toml"), bare.replace("[[adjacency]]\nicb = \"B\"\nneighbour = \"C\"\n", "")).unwrap();
    refuse(&["--footprints", "2"], 3, &["add the table adjacency"]);
    fs::write(path.join("three.toml"), THREE).unwrap();
    let json = tierflow(path)
        .args(["recommend", "three.toml", "--replications", "3", "--format", "json", "-q"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json[0]["service"], "eyes");
}
