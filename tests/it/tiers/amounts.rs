//! Amounts of ICBs that gave way: what successors have of them.

use crate::support::parse;
use tierflow::domain::BudgetBasis;
use tierflow::ids::{BudgetId, Id as _};
use tierflow::units::Pence;

/// The budget lines of ICBs a, b and c by the bodies of a day.
fn budget_lines(day: &str, successors: &str, rows: &[(&str, &str)]) -> Vec<(String, i64)> {
    let row = |(icb, pounds): &(&str, &str)| {
        format!("{{ icb = \"{icb}\", service = \"surgery\", per_year = \"£{pounds}\" }}")
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    let rows = rows.join(", ");
    let scenario = parse(&format!(
        r#"
        run.horizon = "1 year"
        bodies_as_of = {day}
        regions = [{{ id = "south" }}]
        icbs = [{{ id = "a", region = "south" }}, {{ id = "b", region = "south" }}, {{ id = "c", region = "south" }}]
        home_areas = [{{ id = "area-a", icb = "a" }}, {{ id = "area-b", icb = "b" }}, {{ id = "area-c", icb = "c" }}]
        successors = [{successors}]
        demand = [{{ service = "surgery", home_area = "*", rate = "1 per day" }}]
        shares = [{{ service = "surgery", home_area = "*", provider = "teaching", share = 1 }}]
        providers = [{{ id = "teaching" }}]
        services.surgery.stages = [{{ id = "ward", stay = {{ deterministic = {{ value = "5 d" }} }} }}]
        budgets.stated.basis = "stated"
        options.example = {{ tier = "single-icb", budget = "stated" }}
        budget_lines = [{rows}]
        "#
    ));
    let BudgetBasis::Stated(lines) = &scenario.budgets[BudgetId::new(0)].basis else { panic!("not stated") };
    lines.iter().map(|((icb, _), pence)| (scenario.geography.icbs[*icb].id.clone(), pence.0)).collect()
}

fn pence(lines: &[(&str, i64)]) -> Vec<(String, i64)> {
    lines.iter().map(|(icb, pence)| ((*icb).to_owned(), *pence)).collect()
}

/// Two mergers, one after the other: the last row on a way holds, and what comes by several ways adds up.
#[test]
fn amounts_go_the_way_of_the_residents() {
    let successors = r#"
        { icb = "a", successor = "ab", from = 2026-04-01 },
        { icb = "b", successor = "ab", from = 2026-04-01 },
        { icb = "ab", successor = "east", weight = 0.3, from = 2027-04-01 },
        { icb = "ab", successor = "west", weight = 0.7, from = 2027-04-01 },
        { icb = "c", successor = "west", from = 2027-04-01 },
    "#;
    let lines = |day: &str, rows: &[(&str, &str)]| budget_lines(day, successors, rows);
    let expected = pence;
    let each = [("a", "100"), ("b", "50"), ("c", "7.01")];
    assert_eq!(lines("2025-04-01", &each), expected(&[("a", 10_000), ("b", 5_000), ("c", 701)]));
    assert_eq!(lines("2026-04-01", &each), expected(&[("ab", 15_000), ("c", 701)]));
    assert_eq!(lines("2027-04-01", &each), expected(&[("east", 4_500), ("west", 10_500 + 701)]));
    // The merged ICB's own amount is for both, also where its predecessors have rows.
    let later = [("a", "100"), ("ab", "30"), ("c", "7.01")];
    assert_eq!(lines("2026-04-01", &later), expected(&[("ab", 3_000), ("c", 701)]));
    assert_eq!(lines("2027-04-01", &later), expected(&[("east", 900), ("west", 2_100 + 701)]));
    assert_eq!(
        lines("2027-04-01", &[&later[..], &[("west", "1")]].concat()),
        expected(&[("east", 900), ("west", 100)])
    );
}

/// An ICB that takes over another had residents all along: its row is for those, and what it inherits comes on top.
#[test]
fn amounts_of_an_absorbed_icb_come_on_top() {
    let into_b = r#"{ icb = "a", successor = "b", from = 2026-04-01 }"#;
    let each = [("a", "100"), ("b", "50"), ("c", "7.01")];
    assert_eq!(budget_lines("2025-04-01", into_b, &each), pence(&[("a", 10_000), ("b", 5_000), ("c", 701)]));
    assert_eq!(budget_lines("2026-04-01", into_b, &each), pence(&[("b", 15_000), ("c", 701)]));
    // The absorbed may have nothing, but says so.
    let nothing = [("a", "0"), each[1], each[2]];
    assert_eq!(budget_lines("2026-04-01", into_b, &nothing), pence(&[("b", 5_000), ("c", 701)]));
    // What comes into being only later has all of it, or an amount in its place.
    let then_d = format!(r#"{into_b}, {{ icb = "b", successor = "d", from = 2027-04-01 }}"#);
    assert_eq!(budget_lines("2027-04-01", &then_d, &each), pence(&[("c", 701), ("d", 15_000)]));
    let with_d = [&each[..], &[("d", "1")]].concat();
    assert_eq!(budget_lines("2027-04-01", &then_d, &with_d), pence(&[("c", 701), ("d", 100)]));
}

/// An ICB that keeps a part of itself keeps that part of its money.
#[test]
fn amounts_of_an_icb_that_keeps_a_part_are_shared() {
    let each = [("a", "100"), ("b", "50"), ("c", "7.01")];
    let part = |to: &str| {
        format!(
            r#"{{ icb = "a", successor = "a", weight = 0.6, from = 2026-04-01 }},
               {{ icb = "a", successor = "{to}", weight = 0.4, from = 2026-04-01 }}"#
        )
    };
    assert_eq!(budget_lines("2025-04-01", &part("b"), &each), pence(&[("a", 10_000), ("b", 5_000), ("c", 701)]));
    assert_eq!(budget_lines("2026-04-01", &part("b"), &each), pence(&[("a", 6_000), ("b", 9_000), ("c", 701)]));
    assert_eq!(
        budget_lines("2026-04-01", &part("new"), &each),
        pence(&[("a", 6_000), ("b", 5_000), ("c", 701), ("new", 4_000)])
    );
    let stated = [&each[..], &[("new", "1")]].concat();
    assert_eq!(
        budget_lines("2026-04-01", &part("new"), &stated),
        pence(&[("a", 6_000), ("b", 5_000), ("c", 701), ("new", 100)])
    );
}

/// One predecessor's amount stands for a merged ICB where the others send nobody.
#[test]
fn only_predecessors_who_send_patients_need_an_amount() {
    let text = r#"
        run.horizon = "1 year"
        bodies_as_of = 2026-04-01
        regions = [{ id = "south" }]
        icbs = [{ id = "a", region = "south" }, { id = "b", region = "south" }]
        home_areas = [{ id = "area-a", icb = "a" }, { id = "area-b", icb = "b" }]
        successors = [
            { icb = "a", successor = "ab", from = 2026-04-01 },
            { icb = "b", successor = "ab", from = 2026-04-01 },
        ]
        demand = [{ service = "surgery", home_area = "*", rate = "1 per day" }]
        shares = [
            { service = "surgery", home_area = "area-a", provider = "near", share = 1 },
            { service = "surgery", home_area = "area-b", provider = "near", share = 0.5 },
            { service = "surgery", home_area = "area-b", provider = "far", share = 0.5 },
        ]
        providers = [{ id = "near" }, { id = "far" }]
        services.surgery.stages = [{ id = "ward", stay = { deterministic = { value = "5 d" } } }]
        payments.agreed = { aligned = {} }
        options.example = { tier = "single-icb", payment = "agreed" }
        plans = [{ icb = "WHO", provider = "WHERE", service = "surgery", per_year = "£70" }]
    "#;
    let plan = |icb: &str, provider: &str| text.replace("WHO", icb).replace("WHERE", provider);
    let far = parse(&plan("b", "far"));
    assert_eq!(far.agreed.plans.values().copied().collect::<Vec<_>>(), [Pence(7_000)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("near.toml");
    let codes = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let loaded = tierflow::scenario::load(&path, &[]);
        loaded.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect::<Vec<_>>()
    };
    for icb in ["a", "b"] {
        assert_eq!(codes(&plan(icb, "near")), ["S150"], "{icb}");
    }
    // One takes over the other: whoever states an amount, the other's residents have none.
    let rows = r#"{ icb = "b", successor = "ab", from = 2026-04-01 },"#;
    let absorbed = |text: String| {
        let text = text.replace(rows, "");
        assert!(!text.contains(rows));
        text.replace("successor = \"ab\"", "successor = \"b\"")
    };
    for icb in ["a", "b"] {
        assert_eq!(codes(&absorbed(plan(icb, "near"))), ["S150"], "{icb}");
    }
    // Nothing has a price here.
    assert_eq!(codes(&absorbed(plan("b", "far"))), ["S071"]);
    let both =
        absorbed(plan("b", "near").replace(
            "plans = [",
            r#"plans = [{ icb = "a", provider = "near", service = "surgery", per_year = "£0" }, "#,
        ));
    assert_eq!(codes(&both), ["S071"]);
}
