//! Factors on inputs, and inputs that nobody knows for certain: the same patients, the right money, the right variance.

use crate::program::{done, refused, table};
use crate::support::{compile, load, simulate};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tierflow::domain::Capacity;
use tierflow::engine::{self, Event, EventKind, Workspace};
use tierflow::experiment::{Replications, simulations};
use tierflow::ids::{OptionId, PoolId, ServiceId};
use tierflow::ledger::Tariff;
use tierflow::model::Model;
use tierflow::random::{Distribution, Patient};
use tierflow::results::{InputDraws, Making, Results, Study, Unwatched};
use tierflow::scenario::Scenario;

const FACTORS: &str = "scenarios/mechanisms/factors.toml";

fn events(model: &Model) -> Vec<Event> {
    let mut events = Vec::new();
    let listen = |event: Event| events.push(event);
    engine::run_traced(model, 0, &mut Workspace::default(), &mut |_| {}, listen).unwrap();
    events
}

/// By patient what they are referred at, or how long their stays last.
fn by_patient(events: &[Event], kind: EventKind) -> BTreeMap<Patient, Vec<(i64, Option<u64>)>> {
    let mut all: BTreeMap<Patient, Vec<(i64, Option<u64>)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == kind) {
        let at = if kind == EventKind::Referred { event.at } else { 0 };
        all.entry(event.patient).or_default().push((at, event.lasted));
    }
    all
}

#[test]
fn a_factor_of_one_leaves_the_model_and_the_prices() {
    for path in [FACTORS, "scenarios/north-central-london"] {
        let (plain, ones) = (load(path, &[]), load(path, &["factors.demand=1", "factors.price=1.0"]));
        assert_eq!(compile(&plain).fingerprint, compile(&ones).fingerprint);
        assert!(std::ptr::eq(ones.planned(), &raw const ones), "nothing was planned otherwise");
    }
}

/// More demand adds patients and moves none; in a service without a factor nothing changes.
#[test]
fn demand_adds_patients_and_shifts_none() {
    let [before, more] = [&[][..], &["factors.of.critical-care.demand=1.2"]].map(|set| compile(&load(FACTORS, set)));
    assert_ne!(before.fingerprint, more.fingerprint);
    let (before, more) = (events(&before), events(&more));
    let [all, some] = [&more, &before].map(|events| by_patient(events, EventKind::Referred));
    assert!(some.iter().all(|(patient, referred)| all.get(patient) == Some(referred)));
    let added = all.len() as f64 / some.len() as f64;
    assert!((1.05..1.25).contains(&added), "{added}");
    // Nor does anybody stay longer for it.
    let [all, some] = [&more, &before].map(|events| by_patient(events, EventKind::Ends));
    let both = some.iter().filter_map(|(patient, stays)| Some((stays, all.get(patient)?)));
    assert!(both.clone().count() > 500 && both.clone().all(|(before, more)| before == more));
}

#[test]
fn stays_are_multiplied_patient_by_patient() {
    let [before, longer] = [&[][..], &["factors.stay=1.25"]].map(|set| compile(&load(FACTORS, set)));
    let [before, longer] = [before, longer].map(|model| by_patient(&events(&model), EventKind::Ends));
    let mut seen = 0;
    for (patient, stays) in &before {
        let Some(long) = longer.get(patient) else { continue };
        for ((_, before), (_, longer)) in stays.iter().zip(long) {
            let (before, longer) = (before.unwrap() as f64, longer.unwrap() as f64);
            // Both are rounded to a millisecond.
            assert!((longer - 1.25 * before).abs() <= 1.2, "{before} {longer}");
            seen += 1;
        }
    }
    assert!(seen > 500);
}

#[test]
fn every_distribution_is_multiplied() {
    for law in [
        Distribution::Exponential { mean: 4.2 },
        Distribution::Deterministic { value: 3.0 },
        Distribution::lognormal_by_mean_sd(7.4, 8.61),
        Distribution::Gamma { shape: 0.3, scale: 5.0 },
        Distribution::Weibull { shape: 0.7, scale: 5.0 },
        Distribution::Uniform { low: 2.0, high: 5.0 },
        Distribution::Triangular { low: 1.0, mode: 2.0, high: 6.0 },
        Distribution::FlooredNormal { mean: 1.0, sd: 1.5, floor: 0.2 },
        Distribution::Erlang { phases: 3, mean: 9.0 },
        Distribution::Hyperexponential { branches: vec![(0.7, 2.0), (0.3, 9.0)] },
        Distribution::Empirical { values: vec![0.0, 1.5, 4.0] },
    ] {
        let scaled = law.scaled(1.3);
        assert!((scaled.mean() / law.mean() - 1.3).abs() < 1e-12, "{law:?}");
        for u in [1e-6, 0.1, 0.5, 0.9, 1.0 - 1e-6] {
            let (before, after) = (law.quantile(u), scaled.quantile(u));
            assert!((after - 1.3 * before).abs() <= 1e-9 * after.abs(), "{law:?} {u}");
        }
    }
}

#[test]
fn places_are_rounded_and_prices_move_no_patient() {
    let (plain, more) = (load(FACTORS, &[]), load(FACTORS, &["factors.of.critical-care.capacity=1.15"]));
    let capacity = |scenario: &Scenario, pool: &str| {
        let ids: Vec<PoolId> = scenario.pools.ids().collect();
        ids.iter().map(|&id| &scenario.pools[id]).find(|one| one.id == pool).unwrap().capacity
    };
    assert_eq!((capacity(&plain, "beds"), capacity(&more, "beds")), (Capacity::Places(12), Capacity::Places(14)));
    assert_eq!(capacity(&more, "stations"), capacity(&plain, "stations"));

    let dearer = load(FACTORS, &["factors.price=1.1"]);
    let (model, other) = (compile(&plain), compile(&dearer));
    assert_eq!(model.fingerprint, other.fingerprint);
    let activity = &simulate(&model, 0).0[0];
    let [before, after] = [&plain, &dearer].map(|scenario| Tariff::compile(scenario, &model).value(activity));
    for ((id, before), after) in before.price.iter_ids().zip(after.price.iter()) {
        assert!((after.0 as f64 - 1.1 * before.0 as f64).abs() <= 1.1, "{id:?}");
    }
    assert_eq!(before.drugs, after.drugs);
    assert!(before.drugs.iter().any(|pence| pence.0 > 0) && before.price.iter().any(|pence| pence.0 > 0));
}

/// The budget of a commissioner and what it is over, by option, at some settings.
fn budgets(folder: &Path, set: &[&str]) -> BTreeMap<(String, String), [f64; 2]> {
    let scenario = crate::support::root().join(FACTORS);
    let sets = set.iter().flat_map(|set| ["--set", set]);
    let args: Vec<&str> = ["run", scenario.to_str().unwrap(), "--out", "run", "-q", "--replications", "20"]
        .into_iter()
        .chain(sets)
        .collect();
    done(folder, &args);
    let mut found: BTreeMap<(String, String), [f64; 2]> = BTreeMap::new();
    for row in table(&folder.join("run"), "commissioners").iter().filter(|row| row[1] == "all") {
        let place = ["budget_gbp", "over_budget_gbp"].iter().position(|name| row.contains(&(*name).to_owned()));
        if let Some(place) = place {
            let at = row.iter().position(|field| field.ends_with("budget_gbp")).unwrap();
            found.entry((row[0].clone(), row[2].clone())).or_default()[place] = row[at + 2].parse().unwrap();
        }
    }
    found
}

/// Budgets and agreed activity are made before anybody knows the factors, unless budgets say otherwise.
#[test]
fn budgets_stand_while_costs_move() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let plain = budgets(path, &[]);
    let high = budgets(path, &["factors.demand=1.1", "factors.price=1.05"]);
    let foreseen = budgets(path, &["factors.demand=1.1", "factors.price=1.05", "budgets.history.follows_factors=true"]);
    assert!(plain.values().filter(|[budget, _]| *budget > 0.0).count() >= 3);
    for (key, [budget, over]) in plain.iter().filter(|(_, [budget, _])| *budget > 0.0) {
        assert_eq!(high[key][0], *budget, "{key:?}");
        assert!((foreseen[key][0] / (budget * 1.1 * 1.05) - 1.0).abs() < 1e-6, "{key:?} {:?}", foreseen[key]);
        assert!(high[key][1] - over > 0.1 * budget, "{key:?}");
    }
}

/// A fixed payment is for the activity that was agreed, at the prices that hold.
#[test]
fn fixed_payments_stay_but_for_prices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let scenario = crate::support::root().join(FACTORS);
    let cost = |set: &str| -> f64 {
        let args = ["run", scenario.to_str().unwrap(), "--out", "run", "-q", "--replications", "2"];
        let fixed = ["--set", "payments.fixed.aligned.rate=1", "--set", "options.single-icb.payment=fixed"];
        done(path, &[&args[..], &fixed, &["--option", "single-icb", "--set", set]].concat());
        let rows = table(&path.join("run"), "commissioners");
        let wanted = |row: &&Vec<String>| row[2] == "north-icb" && row.contains(&"cost_gbp".to_owned());
        let row = rows.iter().find(wanted).unwrap();
        row[row.iter().position(|field| field == "cost_gbp").unwrap() + 2].parse().unwrap()
    };
    let plain = cost("factors.demand=1");
    for set in ["factors.demand=1.1", "factors.stay=0.8", "factors.capacity=1.2"] {
        assert!((cost(set) - plain).abs() < 0.05, "{set}: pence are rounded cell by cell");
    }
    assert!((cost("factors.price=1.1") / plain - 1.1).abs() < 1e-6);
}

/// A draw is a function of seed, id and number alone.
#[test]
fn rows_shift_no_draws_of_others() {
    let scenario = load(FACTORS, &[]);
    let mut fewer = scenario.clone();
    fewer.uncertain.retain(|row| row.id == "stays");
    let row = |scenario: &Scenario| scenario.uncertain.iter().position(|row| row.id == "stays").unwrap();
    let draws = |scenario: &Scenario| -> Vec<f64> {
        (0..50).map(|draw| scenario.uncertain[row(scenario)].draw(scenario.run.seed, draw)).collect()
    };
    assert_eq!(draws(&scenario), draws(&fewer));
    let of = draws(&scenario);
    assert!(of.iter().all(|&factor| factor > 0.0) && of.windows(2).all(|pair| pair[0] != pair[1]));
    // Stated factors and drawn ones multiply.
    let stated = load(FACTORS, &["factors.stay=1.5"]);
    let mean = |scenario: &Scenario| scenario.services[ServiceId(0)].stages.iter().next().unwrap().stay.mean();
    let ratio = mean(&stated.drawn(3)) / mean(&scenario.drawn(3));
    assert!((ratio - 1.5).abs() < 1e-12 && mean(&scenario.drawn(3)) != mean(&scenario));
}

/// Places without limit, a price for each spell, and nothing else.
const POISSON: &str = r#"
title = "Poisson demand"
[run]
horizon = "365 d"
periods = "all"
replications = MANY
[[providers]]
id = "p"
[[pools]]
provider = "p"
pool = "beds"
capacity = "unlimited"
[services.s]
[[services.s.stages]]
id = "stay"
pool = "beds"
stay = { deterministic = { value = "1 d" } }
[[demand]]
service = "s"
home_area = "*"
rate = "RATE per day"
[[prices]]
service = "s"
stage = "stay"
per = "start"
price = "£1,000"
[[uncertain]]
id = "demand"
factor = "demand"
distribution = { lognormal = { mean = 1, sd = 0.1 } }
"#;

/// The results of a scenario and of so many draws of its inputs.
fn drawn<T>(scenario: &Scenario, draws: u32, threads: usize, look: impl Fn(&Results<'_>) -> T) -> T {
    let options: Vec<OptionId> = scenario.options.ids().collect();
    let simulations = simulations(scenario, &options).unwrap();
    let mut study = Study::new(scenario, &simulations);
    let how = Replications {
        numbers: (0, scenario.run.replications),
        threads,
        progress: &|_| {},
        cancelled: &AtomicBool::new(false),
        stopwatch: &|| 0.0,
    };
    study.extend(how, &Unwatched).unwrap();
    let inputs = Some(InputDraws::run(scenario, &options, draws, how).unwrap());
    look(&study.results(Making { inputs, ..Making::default() }))
}

/// Cost is £1,000 times a Poisson number with mean L F, where F is lognormal with mean 1 and coefficient of variation t:
/// given F the variance is 1,000^2 L F, with mean 1,000^2 L (chance); that of the mean is (1,000 L t)^2 (inputs).
#[test]
fn the_split_of_poisson_demand_is_the_closed_form() {
    const DRAWS: u32 = 200;
    const REPLICATIONS: u32 = 100;
    let (a_year, t, price) = (400.0_f64, 0.1_f64, 1_000.0_f64);
    let rate = format!("{}", a_year / 365.0);
    let text = POISSON.replace("RATE", &rate).replace("MANY", &REPLICATIONS.to_string());
    let scenario = crate::support::parse(&text);
    let (inputs, chance) = ((price * a_year * t) * (price * a_year * t), price * price * a_year);
    drawn(&scenario, DRAWS, 2, |results| {
        let one = results
            .input_uncertainty()
            .find(|one| (one.row.table.name, one.row.metric.name) == ("commissioners", "cost_gbp"))
            .unwrap();
        assert_eq!((one.draws, one.replications), (DRAWS as usize, REPLICATIONS as usize));
        let split = one.split.unwrap();
        // 99 % of chi-square over its degrees of freedom.
        let ends = |df: f64| {
            let chi = Distribution::Gamma { shape: 0.5 * df, scale: 2.0 };
            [chi.quantile(0.005) / df, chi.quantile(0.995) / df]
        };
        let within = |estimate: f64, exact: f64, [low, high]: [f64; 2]| {
            assert!((low..=high).contains(&(estimate / exact)), "{estimate} {exact} {low} {high}");
        };
        // The excess kurtosis of a lognormal factor, w^4 + 2 w^3 + 3 w^2 - 6 with w = 1 + t^2, takes degrees of freedom away.
        let (n, w) = (f64::from(DRAWS), 1.0 + t * t);
        let kurtosis = w.powi(4) + 2.0 * w.powi(3) + 3.0 * w.powi(2) - 6.0;
        within(split.inputs, inputs, ends(2.0 / (2.0 / (n - 1.0) + kurtosis / n)));
        // The same chance at every draw: hardly more is known of it than from one.
        within(split.chance, chance, ends(f64::from(REPLICATIONS) - 1.0));
        assert!(!split.clamped && split.share_interval.unwrap().contains(inputs / (inputs + chance)));
        assert!(split.mean_interval.contains(price * a_year), "{split:?}");
        // Once: 1.96 sd of both together, but for what is not known of them.
        let half = one.prediction.unwrap().half_width() / (1.96 * (inputs + chance).sqrt());
        assert!((0.85..1.2).contains(&half), "{half}");
    });
}

/// What does not vary has nothing from inputs; and threads change nothing.
#[test]
fn without_effect_nothing_comes_from_inputs() {
    let text = POISSON.replace("\"RATE per day\"", "\"2 per day\"").replace("MANY", "6");
    let text = text.replace("factor = \"demand\"", "factor = \"capacity\"");
    let scenario = crate::support::parse(&text);
    let of = |threads| {
        drawn(&scenario, 4, threads, |results| {
            results.input_uncertainty().filter_map(|one| Some((one.row.metric.name, one.split?))).collect::<Vec<_>>()
        })
    };
    let one = of(1);
    assert_eq!(one, of(3));
    assert!(one.len() >= 3);
    for (metric, split) in one {
        assert!(split.inputs == 0.0 && split.share.is_none_or(|share| share == 0.0), "{metric} {split:?}");
    }
}

#[test]
fn the_program_draws_says_and_reproduces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::copy(crate::support::root().join(FACTORS), path.join("factors.toml")).unwrap();
    let base = ["run", "factors.toml", "--replications", "5"];
    let run = |more: &[&str]| done(path, &[&base[..], more].concat());
    let plain = run(&["--out", "plain", "-q"]);
    let text = run(&["--inputs", "6", "--out", "one", "--threads", "1", "-q"]);
    assert!(text.starts_with(plain.split("Notes").next().unwrap()), "{text}");
    let block = text.split("How sure are we").nth(1).unwrap();
    assert!(
        block.contains("% from inputs")
            && block.contains("Once, 95 %")
            && block.lines().all(|line| line.chars().count() <= 80)
    );
    run(&["--inputs", "6", "--out", "three", "--threads", "3", "-q"]);
    for name in ["input_uncertainty", "input_draws", "icbs", "notes"] {
        let bytes = |out: &str| fs::read(path.join(out).join(format!("{name}.csv"))).unwrap();
        assert_eq!(bytes("one"), bytes("three"), "{name}");
        if name == "icbs" {
            assert_eq!(bytes("one"), bytes("plain"), "other tables are those of the stated factors");
        }
    }
    let rows = table(&path.join("one"), "input_draws");
    assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str()), (1 + 6 * 3, "0", "demand"));
    let rows = table(&path.join("one"), "input_uncertainty");
    let column = |name: &str| rows[0].iter().position(|field| field == name).unwrap();
    for row in &rows[1..] {
        let number = |name: &str| row[column(name)].parse::<f64>().ok();
        assert!(number("sd_inputs").is_none_or(|sd| sd >= 0.0), "{row:?}");
        let [low, share, high] = ["share_low", "share_inputs", "share_high"].map(number);
        assert!(low.is_none_or(|low| low <= share.unwrap() && share <= high), "{row:?}");
        let [low, mean, high] = ["prediction_low", "mean", "prediction_high"].map(number);
        assert!(low.is_none_or(|low| low <= mean.unwrap() && mean <= high), "{row:?}");
    }
    let text = done(path, &["reproduce", "one", "--threads", "2"]);
    assert!(text.starts_with("reproduced"), "{text}");
    assert!(fs::read_to_string(path.join("one/manifest.json")).unwrap().contains("\"inputs\": 6"));
    // One more draw leaves those before it.
    run(&["--inputs", "7", "--out", "seven", "-q"]);
    let [six, seven] = ["one", "seven"].map(|out| table(&path.join(out), "input_draws"));
    assert_eq!(six[..], seven[..six.len()]);
    // Wide terminals get the same numbers.
    let wide = std::process::Command::new(env!("CARGO_BIN_EXE_tierflow"))
        .current_dir(path)
        .env("COLUMNS", "140")
        .args([&base[..], &["--inputs", "6", "--out", "wide", "-q"]].concat())
        .output()
        .unwrap();
    let wide = String::from_utf8(wide.stdout).unwrap();
    assert!(wide.contains("How sure are we") && wide.lines().all(|line| line.chars().count() <= 140));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["new", "starter"]);
    let said = refused(path, &["run", "starter", "--inputs", "5", "--out", "x"], 2);
    assert!(said.contains("[[uncertain]]"), "{said}");
    fs::copy(crate::support::root().join(FACTORS), path.join("factors.toml")).unwrap();
    let said = refused(path, &["run", "factors.toml", "--inputs", "5", "--replications", "1", "--out", "x"], 2);
    assert!(said.contains("two replications"), "{said}");
    let pairs = ["run", "factors.toml", "--inputs", "5", "--set", "run.antithetic=true", "--out", "x"];
    assert!(refused(path, &pairs, 2).contains("independent"));
    let said = refused(path, &["run", "factors.toml", "--table", "input_draws", "--out", "x"], 2);
    assert!(said.contains("--inputs"), "{said}");
    refused(path, &["run", "factors.toml", "--inputs", "1"], 2);
    // Who does not draw is told that intervals leave something out.
    done(path, &["run", "factors.toml", "--replications", "3", "--out", "x", "-q"]);
    let notes = table(&path.join("x"), "notes");
    assert!(notes.iter().any(|row| row[0] == "uncertain-inputs" && row[1].contains("chance alone")), "{notes:?}");
}

/// Prices may be changed on stored activity, demand may not.
#[test]
fn an_account_may_change_prices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::copy(crate::support::root().join(FACTORS), path.join("factors.toml")).unwrap();
    done(path, &["run", "factors.toml", "--replications", "3", "--activity", "replications", "--out", "run", "-q"]);
    for (name, set) in [("dearer", "price = 1.2"), ("more", "demand = 1.2")] {
        fs::write(path.join(format!("{name}.toml")), format!("extends = \"factors.toml\"\n[factors]\n{set}\n"))
            .unwrap();
    }
    done(path, &["account", "run", "--options", "dearer.toml", "--out", "dearer", "-q"]);
    done(path, &["run", "dearer.toml", "--replications", "3", "--out", "run-dearer", "-q"]);
    let bytes = |out: &str| fs::read(path.join(out).join("commissioners.csv")).unwrap();
    assert_eq!(bytes("dearer"), bytes("run-dearer"));
    refused(path, &["account", "run", "--options", "more.toml", "--out", "more", "-q"], 3);
}
