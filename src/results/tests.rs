//! Results of the ledger's example scenario, simulated and made by hand.

mod assumptions;
mod entity_names;
mod oversight;
mod rules;
mod simulations;

use super::*;
use crate::activity::{AuditActivity, Cell, Completed, PeriodActivity, PoolTime, WaitHistograms, Waiting};
use crate::domain::TieringOption;
use crate::engine::{Workspace, run};
use crate::experiment::{Observer, Replicated};
use crate::ids::{CellId, IndexVec, OptionId, PoolId, ProviderId, StreamId};
use crate::ledger::tests::{model, scenario};
use crate::ledger::{Arrangements, Tariff};
use crate::stats::histogram::bin;
use crate::units::DAY;
use std::collections::{BTreeMap, BTreeSet};

/// A scenario with what its layout is made of.
struct Bench {
    scenario: Scenario,
    model: Model,
    tariff: Tariff,
    options: Vec<Arrangements>,
}

impl Bench {
    fn new(scenario: Scenario) -> Self {
        let model = model(&scenario);
        let tariff = Tariff::compile(&scenario, &model);
        let options = scenario.options.ids().map(|id| Arrangements::compile(&scenario, &model, &tariff, id)).collect();
        Self { scenario, model, tariff, options }
    }

    fn layout(&self) -> Layout {
        Layout::new(&self.scenario, &self.model, &self.tariff, &self.options)
    }

    fn simulate(&self, layout: &Layout, replications: u32) -> Vec<Vec<f64>> {
        let mut measurer = Measurer::new(layout, &self.model.calendar, &self.tariff, &self.options);
        let mut workspace = Workspace::default();
        let mut one = |replication| {
            let outcome =
                run(&self.model, replication, &mut workspace, &mut |activity| measurer.period(activity)).unwrap();
            measurer.finish(&outcome)
        };
        (0..replications).map(&mut one).collect()
    }

    fn results(self, replications: u32) -> Results<'static> {
        // Results borrow the scenario and the model; a test may keep them for good.
        let bench: &'static Self = Box::leak(Box::new(self));
        let layout = bench.layout();
        let numbers = bench.simulate(&layout, replications);
        let file = SourceFile { name: "scenario.toml".to_owned(), blake3: "00".to_owned() };
        let making = Making { files: vec![file], overrides: vec!["run.seed=1".to_owned()], ..Making::default() };
        let replicated = Replicated { numbers, ..Replicated::default() };
        Results::new(&bench.scenario, vec![Simulated { model: &bench.model, layout, replicated, varied: None }], making)
    }
}

/// Results of three replications of the example.
pub(crate) fn example() -> Results<'static> {
    Bench::new(scenario()).results(3)
}

/// The means by table, option, period, entity and metric.
fn by_name(results: &Results<'_>) -> BTreeMap<[String; 5], f64> {
    let key = |row: &Row<'_>| {
        [row.table.name, row.option, row.period, &row.entity.join("/"), row.metric.name].map(str::to_owned)
    };
    let all: Vec<_> = results.rows().map(|(row, summary)| (key(&row), summary.mean.unwrap_or(f64::NAN))).collect();
    let map: BTreeMap<_, _> = all.iter().cloned().collect();
    assert_eq!(map.len(), all.len(), "every row has a name of its own");
    map
}

fn sum(of: &BTreeMap<[String; 5], f64>, wanted: [&str; 4]) -> f64 {
    let [table, option, period, metric] = wanted;
    let chosen = |key: &[String; 5]| key[0] == table && key[1] == option && key[2] == period && key[4] == metric;
    of.iter().filter(|(key, _)| chosen(key)).map(|(_, value)| value).sum()
}

#[test]
fn payments_are_income_in_every_option_and_period() {
    let results = example();
    let means = by_name(&results);
    let total = sum(&means, ["services", "single-icb", "all", "value_gbp"]);
    assert!(total > 1e5);
    for option in results.outline.options() {
        for period in ["all", "2025/26", "2025/26-M01", "2025/26-M02"] {
            let total = |table, metric| sum(&means, [table, option, period, metric]);
            let paid = total("commissioners", "cost_gbp");
            assert!(paid > 0.0);
            for other in [
                total("providers", "income_gbp"),
                total("deciders", "value_gbp"),
                total("icbs", "residents_cost_gbp"),
                sum(&means, ["services", "single-icb", period, "value_gbp"]),
            ] {
                assert!((paid - other).abs() < 1e-6, "{option} {period}: {paid} against {other}");
            }
            for metric in ["spells", "bed_days"] {
                let carried = total("commissioners", metric);
                let given = sum(&means, ["services", "single-icb", period, metric]);
                assert!(
                    (carried - given).abs() < 1e-6 && given > 0.0,
                    "{option} {period} {metric}: {carried} of {given}"
                );
            }
            let national = means
                .get(&["commissioners", option, period, "nhs-england", "cost_gbp"].map(str::to_owned))
                .copied()
                .unwrap_or(0.0);
            assert!((total("icbs", "net_cost_gbp") + national - paid).abs() < 1e-6);
        }
    }
    let flows = sum(&means, ["flows", "single-icb", "all", "value_gbp"]);
    assert!((flows - total).abs() < 1e-6);
}

#[test]
fn months_add_up_and_lists_are_those_of_the_end() {
    let results = example();
    let means = by_name(&results);
    for (key, all) in means.iter().filter(|(key, _)| key[2] == "all") {
        let of = |period: &str| {
            let mut key = key.clone();
            period.clone_into(&mut key[2]);
            means.get(&key).copied()
        };
        let (Some(year), Some(april), Some(may)) = (of("2025/26"), of("2025/26-M01"), of("2025/26-M02")) else {
            assert!(["occupancy", "profile", "settling"].contains(&key[0].as_str()));
            continue;
        };
        assert!(year == *all || (year.is_nan() && all.is_nan()), "{key:?}");
        match key[4].as_str() {
            "spells" | "bed_days" | "cost_gbp" | "referrals" => assert!((april + may - all).abs() < 1e-6, "{key:?}"),
            "waiting_list" => assert_eq!(may, *all),
            _ => {}
        }
    }
}

#[test]
fn rows_follow_what_can_differ() {
    let means = by_name(&example());
    let has = |table: &str, entity: &str, metric: &str| {
        means.contains_key(&[table, "single-icb", "all", entity, metric].map(str::to_owned))
    };
    // A pool where patients wait, one that refuses, one without limit.
    assert!(has("pools", "P1/bed", "utilisation") && has("pools", "P1/bed", "within_standard_share"));
    assert!(has("pools", "P1/bed", "excess_bed_days_per_spell") && !has("pools", "P1/bed", "refused_share"));
    assert!(has("pools", "P1/station", "refused_share") && !has("pools", "P1/station", "mean_wait_days"));
    assert!(has("pools", "P2/station", "mean_present") && !has("pools", "P2/station", "full_share"));
    assert!(has("pathways", "beds/all", "time_in_system_days"));
    assert!(has("occupancy", "P1/bed/0", "waiting_share") && !has("occupancy", "P2/station/0", "waiting_share"));
    assert!(has("profile", "P1/bed/18", "mean_present"));
    assert!(
        has("providers", "P1", "from_outside_footprint_share")
            && !has("providers", "elsewhere", "from_outside_icb_share")
    );
    assert!(has("icbs", "I2", "treated_outside_share") && has("deciders", "I0", "share_of_other_bodies_patients"));
    // I2 hosts no provider; nhs-england decides for all.
    assert!(!has("deciders", "I2", "share_of_other_bodies_patients"));
    assert!(!means.keys().any(|key| key[3] == "nhs-england" && key[4] == "share_of_other_bodies_patients"));
    assert!(!means.keys().any(|key| key[4] == "coverage"));
}

#[test]
fn a_measurer_serves_many_replications() {
    let bench = Bench::new(scenario());
    let layout = bench.layout();
    let together = bench.simulate(&layout, 2);
    let mut workspace = Workspace::default();
    let mut fresh = Measurer::new(&layout, &bench.model.calendar, &bench.tariff, &bench.options);
    let outcome = run(&bench.model, 1, &mut workspace, &mut |activity| fresh.period(activity)).unwrap();
    let bits = |values: &[f64]| -> Vec<u64> { values.iter().map(|value| value.to_bits()).collect() };
    assert_eq!(bits(&together[1]), bits(&fresh.finish(&outcome)));
    assert_eq!(together[0].len(), layout.len());
}

/// One month of ten days in which almost nothing happens, and an empty one.
fn quiet(model: &Model) -> PeriodActivity {
    let (cells, streams) = (model.cells.len(), model.streams.len());
    PeriodActivity {
        cells: vec![Cell::default(); cells].into(),
        moved_in: vec![0; cells].into(),
        within_standard: vec![0; cells].into(),
        excess: vec![0; cells].into(),
        pools: vec![PoolTime::default(); model.pools.len()].into(),
        pool_waits: WaitHistograms::new(model.pools.len()),
        stream_waits: WaitHistograms::new(streams),
        waiting: vec![Waiting::default(); streams].into(),
        completed: vec![Completed::default(); 2].into(),
        length: 10 * DAY,
        ..PeriodActivity::default()
    }
}

#[test]
fn every_metric_by_hand() {
    let bench = Bench::new(scenario());
    let layout = bench.layout();
    let (model, mut month) = (&bench.model, quiet(&bench.model));
    // Residents of I0 (stream 0) in a bed of P1 (cell 0, pool 0): 8 ask, of whom 2 moved in, 5 start, 4 finish.
    let plan = &model.cells[CellId(0)];
    assert_eq!((plan.provider, plan.pool, plan.stream), (ProviderId(0), PoolId(0), StreamId(0)));
    let asked = Cell { requests: 8, starts: 5, finishes: 4, refused: 0, wait: 6 * DAY, stay: 30 * DAY };
    month.cells[CellId(0)] = asked;
    month.moved_in[CellId(0)] = 2;
    month.within_standard[CellId(0)] = 4;
    month.excess[CellId(0)] = 2 * DAY;
    month.pools[PoolId(0)] = PoolTime { occupied: 30 * DAY, queued: 12 * DAY, full: DAY, ..PoolTime::default() };
    for wait in [DAY, 5 * DAY] {
        month.pool_waits.record(PoolId(0), bin(wait));
        month.stream_waits.record(StreamId(0), bin(wait));
    }
    month.waiting[StreamId(0)] = Waiting { patients: 3, within_standard: 1 };
    month.completed = vec![Completed { patients: 2, time_in_system: 7 * DAY }, Completed::default()].into();
    let mut measurer = Measurer::new(&layout, &model.calendar, &bench.tariff, &bench.options);
    measurer.add(&quiet(model));
    measurer.add(&month);
    let audits = AuditActivity {
        present: IndexVec::from(vec![vec![1, 3, 0]; 6]),
        waiting: IndexVec::from(vec![vec![4, 0, 0]; 6]),
        ..AuditActivity::default()
    };
    let values = measurer.end(&audits);
    let value = |wanted: [&str; 4]| {
        let matches = |row: &Row<'_>| [row.table.name, row.period, &row.entity.join("/"), row.metric.name] == wanted;
        let row = layout.outline().rows().find(matches).unwrap_or_else(|| panic!("no row {wanted:?}"));
        values[row.position]
    };
    let expected = [
        ("pools", "P1/bed", "utilisation", 30.0 / 200.0),
        ("pools", "P1/bed", "mean_in_service", 1.5),
        ("pools", "P1/bed", "mean_occupied", 1.5),
        ("pools", "P1/bed", "mean_queue", 0.6),
        ("pools", "P1/bed", "mean_present", 2.1),
        ("pools", "P1/bed", "requests_per_day", 0.4),
        ("pools", "P1/bed", "throughput_per_day", 0.2),
        ("pools", "P1/bed", "full_share", 0.05),
        ("pools", "P1/bed", "mean_wait_days", 1.2),
        ("pools", "P1/bed", "wait_positive_share", 0.4),
        ("pools", "P1/bed", "wait_p50_days", 0.0),
        ("pools", "P1/bed", "within_standard_share", 0.8),
        ("pools", "P1/bed", "mean_wait_all_days", 1.5),
        ("pools", "P1/bed", "wait_positive_all_share", 1.0 - 3.0 / 8.0),
        ("pools", "P1/bed", "excess_bed_days_per_spell", 0.5),
        ("services", "beds", "mean_wait_days", 1.2),
        // (4 x 3000 + 2 x 250) x 1.1.
        ("services", "beds", "value_gbp", 13_750.0),
        ("icbs", "I0", "referrals", 6.0),
        ("icbs", "I0", "spells", 4.0),
        ("icbs", "I0", "bed_days", 30.0),
        ("icbs", "I0", "waiting_list", 3.0),
        ("icbs", "I0", "list_within_standard_share", 1.0 / 3.0),
        ("icbs", "I0", "treated_within_standard_share", 0.8),
        ("icbs", "I0", "mean_wait_days", 1.2),
        ("icbs", "I0", "treated_outside_share", 0.0),
        ("icbs", "I0", "refused_share", 0.0),
        ("providers", "P1", "from_outside_icb_share", 0.0),
        ("providers", "P1", "income_from_outside_icb_gbp", 0.0),
        ("commissioners", "I0", "contract_lines", 1.0),
        ("commissioners", "I0", "providers", 1.0),
        ("commissioners", "I0", "associate_lines", 0.0),
        ("commissioners", "I1", "contract_lines", 0.0),
        // Three wait, one of them within the standard.
        ("icbs", "I0", "list_over_standard", 2.0),
        ("pathways", "beds/all", "time_in_system_days", 3.5),
        ("pathways", "beds/all", "throughput_per_day", 0.1),
        ("occupancy", "P1/bed/1", "present_share", 0.75),
        ("occupancy", "P1/bed/0", "waiting_share", 1.0),
        ("commissioners", "I0", "cost_per_registered_head_gbp", 13_750.0 / 1e6),
    ];
    for (table, entity, metric, want) in expected {
        let got = value([table, "all", entity, metric]);
        assert!((got - want).abs() < 1e-12, "{table} {entity} {metric}: {got} against {want}");
    }
    let p95 = value(["pools", "all", "P1/bed", "wait_p95_days"]);
    assert!((p95 / 5.0 - 1.0).abs() < 1.0 / 32.0);
    // 51.0 to 51.5 degrees north.
    assert!((value(["icbs", "all", "I0", "mean_distance_km"]) - 55.6).abs() < 0.1);
    // Nothing happened in the first month: shares are undefined, counts are zero.
    assert!(value(["pools", "2025/26-M01", "P1/bed", "mean_wait_days"]).is_nan());
    assert_eq!(value(["icbs", "2025/26-M01", "I0", "spells"]), 0.0);
}

#[test]
fn a_scope_leaves_partial_figures_out() {
    let mut scenario = scenario();
    scenario.scoped = true;
    for (id, provider) in scenario.providers.iter_mut().enumerate() {
        provider.in_scope = id == 0;
    }
    let results = Bench::new(scenario).results(2);
    let means = by_name(&results);
    let of = |entity: &str, metric: &str| -> Vec<f64> {
        means
            .iter()
            .filter(|(key, _)| key[2] == "all" && key[3] == entity && key[4] == metric)
            .map(|(_, v)| *v)
            .collect()
    };
    assert!(of("I0", "treated_outside_share").len() == 5 && of("I1", "treated_outside_share").is_empty());
    assert!(!of("P1", "from_outside_icb_share").is_empty() && of("P2", "from_outside_icb_share").is_empty());
    let planned_with_others = "share_of_other_bodies_patients";
    assert!(!of("I0", planned_with_others).is_empty() && of("I1", planned_with_others).is_empty());
    assert!(
        of("I0", "coverage").iter().all(|&share| share == 1.0) && of("I1", "coverage").iter().all(|&share| share < 0.5)
    );
    assert!(
        !of("I0", "cost_per_registered_head_gbp").is_empty() && of("I1", "cost_per_registered_head_gbp").is_empty()
    );
    // Under `multi-icb` all feed a pool that is partly in scope, under `regional` I1 and I2 do.
    assert_eq!(["I0", "I1", "I2"].map(|icb| of(icb, "net_cost_gbp").len()), [4, 3, 3]);
    assert!(means.keys().filter(|key| key[0] == "pools").all(|key| key[3].starts_with("P1/")));
    assert!(results.notes.iter().any(|note| note.kind == NoteKind::PartialCoverage));
    let listed = |metric: &str| results.expected().filter(|(_, row)| row.metric.name == metric).count();
    assert_eq!((listed("offered_load"), listed("referral_share")), (2, 18));
}

#[test]
fn notes_say_where_options_cost_the_same() {
    let results = example();
    let text =
        |kind| -> Vec<String> { results.notes.iter().filter(|note| note.kind == kind).map(Note::text).collect() };
    // What a body bears counts, not what passes through its hands: footprint `west` is I2 alone, which so pays itself.
    assert_eq!(
        text(NoteKind::SameCost),
        [
            "`multi-icb` and `committee` leave every ICB and NHS England with the same cost.",
            "`single-icb` and `multi-icb` leave 1 body with the same cost: I2.",
            "`single-icb`, `multi-icb` and `regional` leave 1 body with the same cost: nhs-england.",
            "`single-icb` and `regional` leave 1 body with the same cost: I0.",
        ]
    );
    assert!(text(NoteKind::ImpliedRate).is_empty(), "0.5 and 2 times the mean are not outside");
    assert_eq!(
        text(NoteKind::AssumedInputs),
        [
            "1 of 3 inputs is assumed; the table `inputs` lists them first, and `assumptions` says which matter most; 1 more does not state a provenance."
        ]
    );
    assert_eq!(
        text(NoteKind::FewReplications),
        [
            "3 replications are few for any interval: those of means take for granted that means of replications are normal, which waits and overspends are not; take 20 or more.",
            "3 replications are too few for the likely range (p05 to p95), which needs 72."
        ]
    );
    assert_eq!(results.inputs()[0].provenance, crate::scenario::Provenance::Assumed);
}

#[test]
fn options_of_unknown_net_cost_are_not_taken_for_equal() {
    let mut scenario = scenario();
    scenario.scoped = true;
    scenario.providers.iter_mut().enumerate().for_each(|(id, provider)| provider.in_scope = id == 0);
    let (multi, other) = (OptionId(1), OptionId(2));
    scenario.options[other] = TieringOption { id: "other".to_owned(), ..scenario.options[multi].clone() };
    let mut bench = Bench::new(scenario);
    bench.options.retain(|option| [multi, other].contains(&option.option));
    let notes = bench.results(2).notes;
    let same: Vec<String> = notes.iter().filter(|note| note.kind == NoteKind::SameCost).map(Note::text).collect();
    assert_eq!(same, ["`multi-icb` and `other` leave 1 body with the same cost: nhs-england."]);
}

#[test]
fn expected_flows_are_exact() {
    let results = example();
    let value = |metric: &str, entity: [&str; 5]| {
        results.expected().find(|(_, row)| row.metric.name == metric && row.entity == entity).unwrap().1.value
    };
    assert_eq!(value("referral_share", ["A0", "P1", "beds", "", ""]), 0.75);
    assert_eq!(value("referrals_per_year", ["A0", "P1", "beds", "", ""]), 1.5 * 365.25);
    assert!((value("referrals_per_100k_per_year", ["A0", "", "beds", "", ""]) - 73.05).abs() < 1e-9);
    assert!((value("relative_rate", ["A0", "", "beds", "", ""]) - 2.0).abs() < 1e-9);
    assert_eq!(value("visits", ["", "", "beds", "home", ""]), 0.25);
    assert!((value("offered_load", ["", "P1", "", "", "bed"]) - 3.25 * 7.4).abs() < 1e-9);
}

#[test]
fn sheets_are_complete() {
    let results = example();
    // The example has no classes, no budgets, nothing transferred, no stored activity, and nothing beyond a plain run.
    let absent = [
        "classes",
        "risk",
        "baselines",
        "activity",
        "cells",
        "comparison",
        "attribution",
        "selection",
        "selection_values",
        "plan",
        "plan_totals",
        "plan_targets",
        "budget_plan",
        "budget_objective",
        "pooling",
        "recommendation",
        "recommendation_icbs",
        "recommendation_tiers",
        "recommendation_tests",
        "footprints_from_flows",
        "footprints_compared",
        "calibration",
        "calibration_fit",
        "calibration_beds",
        "sites",
        "site_loads",
        "site_areas",
        "warm_up",
        "input_uncertainty",
        "input_draws",
        "control_variates",
        "antithetic",
    ];
    let names = catalogue().into_iter().map(|entry| entry.table.name).filter(|name| !absent.contains(name));
    let names: BTreeSet<&str> = names.collect();
    let tables: Vec<&str> = results.tables().iter().map(|table| table.name).collect();
    assert_eq!(tables.iter().copied().collect::<BTreeSet<_>>(), names);
    for table in tables {
        let sheet = results.sheet(table).unwrap();
        let width = sheet.header.len();
        assert!(
            sheet.rows.fold(0, |rows, row| {
                assert_eq!(row.len(), width, "{table}");
                rows + 1
            }) > 0
        );
    }
    assert!(results.sheet("budgets").is_none());
    let pools = results.sheet("pools").unwrap();
    assert_eq!(
        pools.header,
        [
            "option",
            "period",
            "provider",
            "pool",
            "metric",
            "unit",
            "mean",
            "ci_low",
            "ci_high",
            "sd",
            "p05",
            "p50",
            "p95",
            "replications"
        ]
    );
    assert!(results.manifest.options.iter().all(|option| option.flow_hash == results.manifest.model));
}
