//! The corpus of broken scenarios in tests/bad: every diagnostic of every file, no panic, and a place for each.
//!
//! A file's name begins with a code that it must produce (`s021-...`; `w...` has warnings only). Lines `# --set x=y` are
//! its overrides. A mistake found in the wild becomes a new file here.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tierflow::domain::{BudgetBasis, Class, DrugsHolder, LowVolume, Overflow, Phase, Reach, Role, State, WaitingList};
use tierflow::results::batch_words;
use tierflow::scenario::{
    Code, Loaded, LoadedBatch, LoadedObservations, ObservedFiles, Severity, diagnostics_markdown, json_schema, load,
    load_batch, load_observations,
};
use tierflow::units::{Billionths, Pence};

/// The files and folders of the corpus, relative to the package as a user would type them.
fn corpus() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/bad")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "toml")
                || (path.is_dir() && !path.ends_with("csv") && !path.ends_with("batch") && !path.ends_with("observed"))
        })
        .collect();
    paths.sort();
    paths.push(PathBuf::from("tests/bad/s001-absent.toml"));
    paths
}

fn load_case(path: &Path) -> Loaded {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let overrides: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("# --set ")).map(str::to_owned).collect();
    load(path, &overrides)
}

/// What holds for whatever is loaded.
fn assert_sound(loaded: &Loaded) {
    let error = loaded.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(loaded.scenario.is_none(), error, "a scenario without errors, or errors\n{}", loaded.render());
    let mut order = Vec::new();
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.message.is_empty() && !diagnostic.cure.is_empty());
        assert!(!diagnostic.message.contains('\n'), "{}", diagnostic.message);
        assert!(diagnostic.place.is_some() || diagnostic.code.is_io() || diagnostic.code.as_str() < "S007");
        if let Some(place) = diagnostic.place {
            let text = loaded.sources.text(place);
            assert!(place.start <= place.end && place.end as usize <= text.len(), "{diagnostic:?}");
            let spot = loaded.sources.locate(place);
            assert!(spot.line <= text.lines().count().max(1) + 1, "{diagnostic:?}");
            order.push((diagnostic.severity, place.file, spot.line));
        }
    }
    assert!(order.is_sorted(), "errors, then warnings, each by file and line");
    assert_eq!(loaded.unreadable(), loaded.diagnostics.iter().any(|diagnostic| diagnostic.code.is_io()));
}

#[test]
fn every_broken_scenario_says_what_is_wrong() {
    let mut produced: BTreeSet<Code> = BTreeSet::new();
    let cases = corpus();
    assert!(cases.len() >= 55);
    for path in cases {
        let loaded = load_case(&path);
        assert_sound(&loaded);
        produced.extend(loaded.diagnostics.iter().map(|diagnostic| diagnostic.code));
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(loaded.scenario.is_some(), name.starts_with('w'), "{name}\n{}", loaded.render());
        if name.as_bytes()[1].is_ascii_digit() {
            let code = Code::find(&format!("S{}", &name[1..4])).unwrap();
            assert!(loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code), "{name}\n{}", loaded.render());
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/bad" }, {
            insta::assert_snapshot!(name, loaded.render());
        });
    }
    produced.extend(too_large().diagnostics.iter().map(|diagnostic| diagnostic.code));
    produced.extend(
        bad_observations().into_iter().flat_map(|(_, loaded)| loaded.diagnostics).map(|diagnostic| diagnostic.code),
    );
    produced.extend(bad_batches().flat_map(|(_, loaded)| loaded.diagnostics).map(|diagnostic| diagnostic.code));
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !produced.contains(code)).collect();
    assert!(missing.is_empty(), "no file of tests/bad produces {missing:?}");
}

/// The broken observations of tests/bad/observed: the end of a file's name says of what; waits are of the good flows there. And
/// a file that is not there.
fn bad_observations() -> Vec<(PathBuf, LoadedObservations)> {
    let folder = Path::new("tests/bad/observed");
    let scenario = load(&folder.join("scenario.toml"), &[]).scenario.unwrap();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name().unwrap().to_string_lossy().starts_with('s') && path.extension().unwrap() == "csv"
        })
        .collect();
    paths.sort();
    paths.push(folder.join("s001-absent-beds.csv"));
    let good = folder.join("flows.csv");
    let load_one = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let files = match name.rsplit('-').next().unwrap() {
            "flows" => ObservedFiles { flows: Some(&path), ..ObservedFiles::default() },
            "waits" => ObservedFiles { flows: Some(&good), waits: Some(&path), beds: None },
            _ => ObservedFiles { beds: Some(&path), ..ObservedFiles::default() },
        };
        let loaded = load_observations(&scenario, files);
        (path, loaded)
    };
    paths.into_iter().map(load_one).collect()
}

#[test]
fn every_broken_observation_says_what_is_wrong() {
    let all = bad_observations();
    assert!(all.len() > 6);
    for (path, loaded) in all {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(loaded.observations.is_none(), "{name}");
        assert_eq!(loaded.unreadable(), name.contains("absent"), "{name}\n{}", loaded.render());
        let code = Code::find(&format!("S{}", &name[1..4])).unwrap();
        let has = loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code);
        assert!(has, "{name}\n{}", loaded.render());
        for diagnostic in &loaded.diagnostics {
            assert!(
                !diagnostic.message.is_empty() && !diagnostic.cure.is_empty() && !diagnostic.message.contains('\n')
            );
            assert!(diagnostic.place.is_some() || diagnostic.code.is_io(), "{name}\n{}", loaded.render());
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/bad/observed" }, {
            insta::assert_snapshot!(name, loaded.render());
        });
    }
}

/// The broken batches of tests/bad/batch, and one that is not there.
fn bad_batches() -> impl Iterator<Item = (PathBuf, LoadedBatch)> {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/bad/batch")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths.push(PathBuf::from("tests/bad/batch/s001-absent.toml"));
    paths.into_iter().map(|path| (path.clone(), load_batch(&path, &batch_words())))
}

#[test]
fn every_broken_batch_says_what_is_wrong() {
    let mut count = 0;
    for (path, loaded) in bad_batches() {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(loaded.batch.is_none(), "{name}");
        let code = Code::find(&format!("S{}", &name[1..4])).unwrap();
        assert!(loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == code), "{name}\n{}", loaded.render());
        assert_eq!(loaded.unreadable(), code.is_io(), "{name}");
        for diagnostic in &loaded.diagnostics {
            assert!(
                !diagnostic.message.is_empty() && !diagnostic.cure.is_empty() && !diagnostic.message.contains('\n')
            );
            let without = diagnostic.code.is_io() || diagnostic.code == Code::EmptyFile;
            assert!(diagnostic.place.is_some() || without, "{name}\n{}", loaded.render());
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots/bad/batch" }, {
            insta::assert_snapshot!(name, loaded.render());
        });
        count += 1;
    }
    assert!(count > 20);
}

/// 4,500 home areas choose between 4,500 providers; too long for the corpus.
fn too_large() -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let mut areas = String::from("id,icb\n");
    let mut providers = String::from("id\n");
    for i in 0..4_500 {
        writeln!(areas, "A{i},QMF").unwrap();
        writeln!(providers, "P{i}").unwrap();
    }
    fs::write(folder.path().join("areas.csv"), areas).unwrap();
    fs::write(folder.path().join("providers.csv"), providers).unwrap();
    let text = r#"
        home_areas = "areas.csv"
        providers = "providers.csv"
        regions = [{ id = "Y56" }]
        icbs = [{ id = "QMF", region = "Y56" }]
        demand = [{ service = "stroke", home_area = "*", rate = "1 per year" }]
        run.horizon = "1 year"
        services.stroke.choice.logit = { on = "km", decay = 1 }
        services.stroke.stages = [{ id = "acute", stay = { exponential = { mean = "1 d" } } }]
    "#;
    fs::write(folder.path().join("scenario.toml"), text).unwrap();
    load(folder.path(), &[])
}

#[test]
fn too_large_a_scenario_is_refused() {
    let loaded = too_large();
    assert_sound(&loaded);
    assert!(loaded.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::TooLarge), "{}", loaded.render());
}

#[test]
fn good_scenarios_have_no_diagnostics() {
    for path in ["tests/good/complete", "tests/good/complete/scenario.toml", "tests/good/small.toml"] {
        let loaded = load(Path::new(path), &[]);
        assert!(loaded.diagnostics.is_empty(), "{path}\n{}", loaded.render());
        assert!(loaded.scenario.is_some());
    }
}

#[test]
fn the_complete_scenario_uses_every_key() {
    let mut text = String::new();
    for folder in ["tests/good/complete", "tests/good/base"] {
        for entry in fs::read_dir(folder).unwrap() {
            text.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let mut open = vec![&schema];
    let mut keys = BTreeSet::new();
    while let Some(value) = open.pop() {
        if let Some(properties) = value.get("properties").and_then(|found| found.as_object()) {
            keys.extend(properties.keys().cloned());
        }
        match value {
            serde_json::Value::Object(map) => open.extend(map.values()),
            serde_json::Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(keys.len() > 80, "{keys:?}");
    let absent: Vec<&String> = keys.iter().filter(|key| !text.contains(key.as_str())).collect();
    assert!(absent.is_empty(), "tests/good/complete does not use {absent:?}");
}

#[test]
fn timelines_arrive_as_they_were_written() {
    let scenario = load(Path::new("tests/good/complete"), &[]).scenario.unwrap();
    let geography = &scenario.geography;
    assert_eq!(geography.bodies_as_of.map(|day| day.to_string()).as_deref(), Some("2026-04-01"));
    let icbs: Vec<(&str, bool)> = geography.icbs.iter().map(|icb| (&*icb.id, icb.region.is_some())).collect();
    assert_eq!(icbs, [("QH8", true), ("QMF", true), ("QMJ", true), ("wales", false)]);
    let dialysis = scenario.services.iter_ids().find(|(_, service)| service.id == "haemodialysis").unwrap().0;
    let phases = |id: &str, region: &str| -> Vec<(Option<String>, State, Role)> {
        let option = scenario.options.iter().find(|option| option.id == id).unwrap();
        let region = geography.regions.iter_ids().find(|(_, known)| known.id == region).unwrap().0;
        let phase = |phase: &Phase| {
            let arrangement = phase.arrangements[region][dialysis];
            (phase.from.map(|day| day.to_string()), arrangement.state, arrangement.decides)
        };
        option.phases.iter().map(phase).collect()
    };
    let from = |day: &str| Some(day.to_owned());
    assert_eq!(
        phases("as-the-dates-fall", "Y56"),
        [
            (None, State::Joint, Role::Footprint),
            (from("2026-04-01"), State::Delegated, Role::Icb),
            (from("2026-10-01"), State::Transferred, Role::Icb),
            (from("2027-01-01"), State::Delegated, Role::Icb),
        ]
    );
    let more_specific = phases("as-the-dates-fall", "Y61");
    assert!(more_specific[1..].iter().all(|phase| phase.1 == State::Delegated), "{more_specific:?}");
    assert_eq!(phases("frozen", "Y56"), [(None, State::Delegated, Role::Icb)]);
}

#[test]
fn rules_arrive_as_they_were_written() {
    let scenario = load(Path::new("tests/good/complete"), &[]).scenario.unwrap();
    let set = |id: &str| scenario.flow_rules.iter().find(|set| set.id == id).unwrap();
    let position = |id: &str| scenario.services.iter_ids().find(|(_, service)| service.id == id).unwrap().0;
    let (cardiac, neonatal) = (position("cardiac-surgery"), position("neonatal-critical-care"));
    // The service's own section, its set, the general keys of base, the default.
    let rule = set("networks").rules[cardiac];
    assert_eq!((rule.overflow, rule.reach, rule.within_km), (Overflow::Listed, Reach::Nation, Some(60.0)));
    assert_eq!((rule.first, rule.list), (Reach::Nation, WaitingList::Shared));
    assert_eq!((set("base").rules[cardiac].first, set("base").rules[neonatal].first), (Reach::Region, Reach::Nation));
    assert_eq!(set("networks").rules[neonatal].reach, Reach::Footprint);
    let sets: Vec<&str> =
        scenario.options.iter().map(|option| scenario.flow_rules[option.flow_rules].id.as_str()).collect();
    assert_eq!(sets, ["base", "networks", "base", "base", "base", "base", "base"]);
    let stages: Vec<_> = scenario.services[neonatal].stages.iter().collect();
    assert_eq!(
        (stages[0].keeps.as_slice(), stages[1].keeps.as_slice()),
        (&["nicu-cots".to_owned()][..], &["nicu-cots".to_owned()][..])
    );
    assert_eq!((stages[0].transfers, stages[1].transfers), (true, false));
    assert_eq!(stages[1].needs.iter().map(|need| need.places).collect::<Vec<_>>(), [1, 2]);
    let pool = |provider: &str, id: &str| {
        scenario.pools.iter().find(|pool| pool.id == id && scenario.providers[pool.provider].id == provider).unwrap()
    };
    let cots = pool("RRV", "nicu-cots");
    assert_eq!(
        cots.reservations.iter().map(|kept| (kept.places, kept.home_areas.len())).collect::<Vec<_>>(),
        [(1, 1), (3, 1), (2, 2)]
    );
    // Out of scope nothing limits a pool.
    let outside = pool("RQM", "beds");
    assert!(outside.calendar.is_none() && outside.changes.is_empty() && outside.list_limit.is_none());
    assert_eq!(pool("RAL", "beds").changes.len(), 2);
    assert_eq!(scenario.waiting_at_start.iter().map(|waiting| waiting.patients).collect::<Vec<_>>(), [7, 12, 1000]);
}

#[test]
fn money_arrives_as_it_was_written() {
    let scenario = load(Path::new("tests/good/complete"), &[]).scenario.unwrap();
    let payment = |id: &str| scenario.payments.iter().find(|set| set.id == id).unwrap();
    assert_eq!(
        scenario.payments.iter().map(|set| &*set.id).collect::<Vec<_>>(),
        ["activity", "aligned-blocks", "threshold"]
    );
    let blocks = payment("aligned-blocks");
    let aligned = blocks.aligned.as_ref().unwrap();
    assert_eq!(aligned.rate, Billionths(800_000_000));
    assert_eq!(aligned.variable_classes.iter().copied().collect::<Vec<_>>(), [Class::Urgent, Class::Elective]);
    assert_eq!(aligned.variable_points.iter().collect::<Vec<_>>(), ["critical-care"]);
    assert_eq!(blocks.low_volume, LowVolume::Table { delegated_inside: true });
    assert_eq!((blocks.drugs_holder, blocks.contract_line_cost), (DrugsHolder::Payer, Pence(1_200_000)));
    let below = Pence(150_000_000);
    assert_eq!(payment("threshold").low_volume, LowVolume::Threshold { below, delegated_inside: false });
    assert_eq!(scenario.agreed.blocks.values().collect::<Vec<_>>(), [&Pence(4_500_000)]);
    assert_eq!(scenario.agreed.plans.values().collect::<Vec<_>>(), [&Pence(240_000_000)]);
    let provider = |id: &str| scenario.providers.iter().find(|provider| provider.id == id).unwrap();
    let top_ups: Vec<(&str, i64)> =
        provider("RRV").top_ups.iter().map(|(key, share)| (key.1.as_str(), share.0)).collect();
    assert_eq!(top_ups, [("inpatient", 20_000_000), ("critical-care", 80_000_000)]);
    assert_eq!(["RRV", "RAL", "RQM", "elsewhere"].map(|id| provider(id).aligned), [true, true, false, false]);
    let budgets: Vec<(&str, f64, f64)> =
        scenario.budgets.iter().map(|set| (&*set.id, set.growth, set.large_overspend)).collect();
    assert_eq!(budgets, [("fair", 0.0, 0.05), ("last-year", 0.0, 0.05), ("moving", 0.0, 0.05), ("stated", 0.02, 0.03)]);
    let bases: Vec<&BudgetBasis> = scenario.budgets.iter().map(|set| &set.basis).collect();
    assert_eq!(*bases[0], BudgetBasis::Need { level: 1.0 });
    assert_eq!(*bases[2], BudgetBasis::Converging { level: 1.02, yearly_cap: 0.01 });
    assert!(
        matches!(bases[3], BudgetBasis::Stated(lines) if lines.len() == 15 && lines.values().max() == Some(&Pence(160_000_000)))
    );
    let options: Vec<(&str, Option<&str>, String, bool)> = scenario
        .options
        .iter()
        .map(|option| {
            let budget = option.budget.map(|budget| &*scenario.budgets[budget].id);
            (&*scenario.payments[option.payment].id, budget, option.risk_share.to_string(), option.risk_share.top_slice)
        })
        .collect();
    let shares = ["by-contribution", "cap-and-collar 0.02", "by-contribution", "by-use", "none"].map(str::to_owned);
    let [first, second, third, fourth, fifth] = shares;
    let timelines = [("activity", None, first.clone(), false), ("activity", None, first.clone(), false)];
    assert_eq!(options[5..], timelines);
    assert_eq!(
        options[..5],
        [
            ("aligned-blocks", Some("stated"), first, false),
            ("threshold", Some("moving"), second, true),
            ("activity", None, third, false),
            ("activity", Some("fair"), fourth, false),
            ("activity", Some("last-year"), fifth, false),
        ]
    );
}

#[test]
fn the_order_of_rows_has_no_effect() {
    let complete = load(Path::new("tests/good/complete"), &[]).scenario.unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy_good(folder.path());
    for entry in fs::read_dir(folder.path().join("complete")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "csv") {
            let text = fs::read_to_string(&path).unwrap();
            let (comments, rows): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
            let mut rows = rows.into_iter();
            let header = rows.next().unwrap();
            let reversed: Vec<&str> = comments.into_iter().chain([header]).chain(rows.rev()).collect();
            fs::write(&path, reversed.join("\r\n")).unwrap();
        }
    }
    let reversed = load(&folder.path().join("complete"), &[]);
    assert_eq!(reversed.scenario.as_ref(), Some(&complete), "{}", reversed.render());
}

#[test]
fn overrides_are_the_last_layer() {
    let set = |text: &str| load(Path::new("tests/good/small.toml"), &[text.to_owned()]);
    let run = |text: &str| set(text).scenario.unwrap().run;
    assert_eq!(run("run.replications=50").replications, 50);
    assert_eq!(run("run.horizon=5 years").horizon, run("run.horizon = \"1826 d\"").horizon);
    assert_eq!(run("run.start=2026-04-01").start.year(), 2026);
    assert_eq!(set("title=Another = title").scenario.unwrap().title, "Another = title");
    assert_eq!(set("scope.providers=[\"RRV\"]").scenario.unwrap().providers.iter().filter(|p| p.in_scope).count(), 1);
    let replaced = set("services.stroke.stages=[{ id = \"a\", stay = { deterministic = { value = \"2 d\" } } }]");
    assert_eq!(replaced.scenario.unwrap().services.iter().next().unwrap().stages.len(), 1);
}

#[test]
fn a_layer_replaces_the_kind_of_a_choice() {
    let set = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        load(Path::new("tests/good/complete"), &texts).scenario.unwrap().referral
    };
    let stated = set(&[]);
    let decay = set(&["services.neonatal-critical-care.choice.logit.decay=0.05"]);
    assert_ne!(stated, decay);
    let huff = "services.neonatal-critical-care.choice.huff={ on = \"minutes\", exponent = 2 }";
    assert_ne!(set(&[huff]), stated);
}

/// Regenerate with `TIERFLOW_BLESS=1 cargo test --test it diagnostics_page`.
#[test]
fn the_diagnostics_page_is_current() {
    let path = "docs/diagnostics.md";
    if std::env::var_os("TIERFLOW_BLESS").is_some() {
        fs::write(path, diagnostics_markdown()).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap().replace('\r', ""), diagnostics_markdown(), "regenerate {path}");
}

#[test]
fn codes_are_found_by_number() {
    let numbers: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(numbers.is_sorted() && numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len());
    assert_eq!(Code::find("s014"), Some(Code::UnknownChoice));
    assert_eq!(Code::find("S999"), None);
}

/// Copies tests/good to where it may be damaged.
fn copy_good(to: &Path) {
    for folder in ["complete", "base"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(Path::new("tests/good").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Texts that have broken readers before.
const NASTY: &[&str] = &[
    "",
    "-1",
    "0",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "1e999",
    "99999999999999999999",
    "\"",
    "\"\"\"",
    "'''",
    "[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "\r",
    "#",
    "*",
    "elsewhere",
    "everyone",
    "\u{feff}",
    "\u{0}",
    "£",
    "%",
    " per ",
    "0 d",
    "-9 d",
    "200 years",
    "1e9 years",
    "1.5 months",
    ".",
    "..",
    "[[",
    "a.b.c",
    "extends = \".\"\n",
    "\u{1F600}",
    "true",
    "0x7fff",
    "9999-12-31",
    "0000-01-01",
    "unlimited",
    "1,2,3",
    "\"1,234\"",
    "-",
    "+",
    "100 %",
    "\\",
    "\\u{110000}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// However a good scenario is damaged, it is loaded or refused.
    #[test]
    fn damage_never_panics(
        file in 0usize..20,
        damages in prop::collection::vec((any::<u16>(), 0u16..40, 0usize..NASTY.len() + 3, any::<u8>()), 1..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        copy_good(folder.path());
        let complete = folder.path().join("complete");
        let mut names: Vec<PathBuf> =
            fs::read_dir(&complete).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        // The scenario itself takes half of the damage.
        let path = names.get(file).cloned().unwrap_or_else(|| complete.join("scenario.toml"));
        let mut bytes = fs::read(&path).unwrap();
        for (at, length, kind, byte) in damages {
            let at = usize::from(at) % (bytes.len() + 1);
            let to = (at + usize::from(length)).min(bytes.len());
            match NASTY.get(kind) {
                Some(text) => drop(bytes.splice(at..to, text.bytes())),
                None if kind == NASTY.len() => drop(bytes.splice(at..at, [byte])),
                None if kind == NASTY.len() + 1 => {
                    let piece = bytes[at..to].to_vec();
                    bytes.splice(at..at, piece);
                }
                None => drop(bytes.drain(at..to)),
            }
        }
        fs::write(&path, bytes).unwrap();
        assert_sound(&load(&complete, &[]));
    }

    #[test]
    fn overrides_never_panic(text in "[a-z._=\\[\\]{}\"' 0-9#-]{0,40}", key in "(run|services|options|pools|profiles)(\\.[a-z-]{1,8}){0,3}") {
        assert_sound(&load(Path::new("tests/good/complete"), &[format!("{key}={text}"), text]));
    }
}
