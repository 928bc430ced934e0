//! The engine: conservation, exact integrals, order at equal instants, starts, and that one thing does not disturb another.

mod one_instant;
mod one_pool;

use crate::support::{compile, load, parse, simulate, simulate_in};
use std::collections::BTreeMap;
use tierflow::activity::{Cell, PeriodActivity};
use tierflow::domain::Class;
use tierflow::engine::Workspace;
use tierflow::model::Model;
use tierflow::scenario::Scenario;

/// Cells by name: home area, provider, service and stage.
fn cells(scenario: &Scenario, model: &Model, period: &PeriodActivity) -> BTreeMap<[String; 4], Cell> {
    let name = |(id, plan): (_, &tierflow::model::CellPlan)| {
        let service = &scenario.services[plan.service];
        let names = [
            scenario.geography.home_areas[plan.home_area].id.clone(),
            scenario.providers[plan.provider].id.clone(),
            service.id.clone(),
            service.stages[plan.stage].id.clone(),
        ];
        (names, period.cells[id])
    };
    model.cells.iter_ids().map(name).collect()
}

const TWO_AREAS: &str = r#"
title = "two areas, two services, three providers"
[run]
horizon = "400 d"
warm_up = "50 d"
starting_state = "stationary"
replications = 3
periods = "month"
[[regions]]
id = "Y1"
[[icbs]]
id = "Q1"
region = "Y1"
[[icbs]]
id = "Q2"
region = "Y1"
[[home_areas]]
id = "north"
icb = "Q1"
[[home_areas]]
id = "south"
icb = "Q2"
[[providers]]
id = "P1"
host_icb = "Q1"
[[providers]]
id = "P2"
host_icb = "Q2"
[[pools]]
provider = "*"
pool = "beds"
capacity = 9
[[pools]]
provider = "P2"
pool = "beds"
capacity = 9
occupied_at_start = 5
[[pools]]
provider = "*"
pool = "rehabilitation"
capacity = 7
[[pools]]
provider = "*"
pool = "theatre"
capacity = 1
when_full = "refuse"
[[provides]]
service = "stroke"
provider = "P1"
[[provides]]
service = "stroke"
provider = "P2"
[[provides]]
service = "hips"
provider = "P2"
[[flows]]
service = "stroke"
home_area = "north"
provider = "P1"
per_year = 300
[[flows]]
service = "stroke"
home_area = "north"
provider = "P2"
per_year = 60
[[flows]]
service = "stroke"
home_area = "south"
provider = "P2"
per_year = 240
[[flows]]
service = "hips"
home_area = "south"
provider = "P2"
per_year = 150
EXTRA_FLOWS
[services.stroke]
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { lognormal = { mean = "9 d", sd = "7 d" } }
wait_standard = "1 d"
next = { rehabilitation = 0.3, review = 0.2 }
[[services.stroke.stages]]
id = "rehabilitation"
pool = "rehabilitation"
stay = { gamma = { mean = "20 d", sd = "10 d" } }
next = { acute = 0.1 }
[[services.stroke.stages]]
id = "review"
stay = { exponential = { mean = "4 d" } }
[services.hips]
[[services.hips.stages]]
id = "operation"
pool = "theatre"
stay = { uniform = { low = "2 h", high = "40 h" } }
"#;

fn two_areas() -> Scenario {
    parse(&TWO_AREAS.replace("EXTRA_FLOWS", ""))
}

#[test]
fn patients_in_are_out_or_inside() {
    let model = compile(&two_areas());
    for replication in 0..20 {
        let (_, outcome) = simulate(&model, replication);
        assert_eq!(outcome.present_at_start + outcome.referred, outcome.left + outcome.present_at_end);
        assert!(outcome.referred > 500);
    }
}

/// The time integrals of the pools and the stays of the patients are counted apart; they must be equal to the tick.
#[test]
fn pools_and_patients_agree_to_the_tick() {
    let mut workspace = Workspace::default();
    for scenario in [two_areas(), load("scenarios/north-central-london", &["run.periods=\"month\""])] {
        let model = compile(&scenario);
        let (periods, _) = simulate_in(&model, 1, &mut workspace);
        assert!(periods.len() > 10);
        let mut starts = 0;
        for period in &periods {
            let mut stays = vec![0; model.pools.len()];
            for (id, plan) in model.cells.iter_ids() {
                stays[plan.pool.0 as usize] += period.cells[id].stay;
            }
            let occupied: Vec<u64> = period.pools.iter().map(|pool| pool.occupied).collect();
            assert_eq!(stays, occupied);
            starts += period.cells.iter().map(|cell| u64::from(cell.starts)).sum::<u64>();
        }
        assert!(starts > 100);
    }
}

/// Waits of finished queues: over a horizon that ends with empty lists, the queue's area is the sum of waits.
#[test]
fn queue_area_is_the_sum_of_waits() {
    let text = TWO_AREAS.replace("EXTRA_FLOWS", "").replace("warm_up = \"50 d\"", "warm_up = \"0 d\"");
    let scenario = parse(&text.replace("periods = \"month\"", "periods = \"all\""));
    let model = compile(&scenario);
    let mut compared = 0;
    for replication in 0..60 {
        let (periods, _) = simulate(&model, replication);
        let waits: u64 = periods[0].cells.iter().map(|cell| cell.wait).sum();
        let queued: u64 = periods[0].pools.iter().map(|pool| pool.queued).sum();
        let asked: u32 = periods[0].cells.iter().map(|cell| cell.requests - cell.refused).sum();
        let started: u32 = periods[0].cells.iter().map(|cell| cell.starts).sum();
        if asked == started {
            assert_eq!(waits, queued);
            compared += 1;
        } else {
            assert!(waits < queued);
        }
    }
    assert!(compared > 5, "{compared}");
}

#[test]
fn histograms_hold_every_positive_wait() {
    let model = compile(&two_areas());
    let (periods, _) = simulate(&model, 0);
    let mut positive = 0_u64;
    for period in &periods {
        let by_pool: u64 = model.pools.ids().flat_map(|pool| period.pool_waits.row(pool).to_vec()).map(u64::from).sum();
        let starts: u64 = period.cells.iter().map(|cell| u64::from(cell.starts)).sum();
        let by_stream: u64 =
            model.streams.ids().flat_map(|stream| period.stream_waits.row(stream).to_vec()).map(u64::from).sum();
        assert!(by_stream <= by_pool && by_pool <= starts);
        positive += by_pool;
    }
    assert!(positive > 50);
}

/// A workspace that another model has used changes nothing, nor does the order of replications.
#[test]
fn a_used_workspace_changes_nothing() {
    let (small, large) = (compile(&two_areas()), compile(&load("scenarios/north-central-london", &[])));
    let fresh = simulate(&small, 7);
    let mut workspace = Workspace::default();
    simulate_in(&large, 0, &mut workspace);
    assert_eq!(simulate_in(&small, 7, &mut workspace), fresh);
    simulate_in(&small, 8, &mut workspace);
    assert_eq!(simulate_in(&small, 7, &mut workspace), fresh);
    assert_ne!(simulate_in(&small, 8, &mut workspace).0, fresh.0);
}

/// From how many patients on a list has a tail changes nothing in a model without rules either, as `properties` has it for rules.
#[test]
fn tails_of_plain_lists_change_nothing() {
    let model = compile(&two_areas());
    assert!(model.rules.is_none());
    for replication in 0..3 {
        let without = simulate(&model, replication);
        assert!(without.0[0].pools.iter().any(|pool| pool.queued > 0));
        for (long, batch) in [(1, 1), (2, 3)] {
            assert_eq!(simulate_in(&model, replication, &mut Workspace::with_tails(long, batch)), without);
        }
    }
}

/// Adding a home area and a service with pools of their own changes no count of the others.
#[test]
fn additions_change_no_count_of_the_others() {
    let before = two_areas();
    let extra = r#"
[[provides]]
service = "burns"
provider = "P3"
[[flows]]
service = "burns"
home_area = "north"
provider = "P3"
per_year = 500
[[flows]]
service = "stroke"
home_area = "east"
provider = "P3"
per_year = 500
[[flows]]
service = "stroke"
home_area = "aa"
provider = "P0"
per_year = 200
[[provides]]
service = "stroke"
provider = "P3"
[[provides]]
service = "stroke"
provider = "P0"
"#;
    let text = TWO_AREAS.replace("EXTRA_FLOWS", extra).replace(
        "[[home_areas]]\nid = \"north\"",
        "[[home_areas]]\nid = \"east\"\nicb = \"Q1\"\n[[home_areas]]\nid = \"aa\"\nicb = \"Q1\"\n[[home_areas]]\nid = \"north\"",
    );
    let text = text.replace(
        "[[providers]]\nid = \"P1\"",
        "[[providers]]\nid = \"P3\"\n[[providers]]\nid = \"P0\"\n[[providers]]\nid = \"P1\"",
    );
    let text = text
        + "[services.burns]\n[[services.burns.stages]]\nid = \"bed\"\nstay = { exponential = { mean = \"5 d\" } }\n";
    let after = parse(&text);
    let (first, second) = (compile(&before), compile(&after));
    for replication in 0..3 {
        let (old, new) = (simulate(&first, replication).0, simulate(&second, replication).0);
        assert_eq!(old.len(), new.len());
        for (old, new) in old.iter().zip(&new) {
            let new = cells(&after, &second, new);
            for (name, cell) in cells(&before, &first, old) {
                assert_eq!(new[&name], cell, "{name:?}");
            }
        }
    }
}

/// The rows of every table in reverse order, services and later stages, too: the same activity.
#[test]
fn the_order_of_rows_changes_nothing() {
    let text = TWO_AREAS.replace("EXTRA_FLOWS", "");
    let (head, rest) = text.split_at(text.find("[[regions]]").unwrap());
    let (tables, services) = rest.split_at(rest.find("[services.stroke]").unwrap());
    let mut rows: Vec<String> = tables.split("\n[[").map(|row| row.trim_start_matches("[[").to_owned()).collect();
    rows.reverse();
    let reversed = rows.iter().fold(String::new(), |text, row| text + "[[" + row + "\n");
    let (first, second) = services.split_once("[[services.stroke.stages]]\nid = \"rehabilitation\"").unwrap();
    let (second, last) = second.split_once("[[services.stroke.stages]]\nid = \"review\"").unwrap();
    let (last, hips) = last.split_once("[services.hips]").unwrap();
    let services = format!(
        "{first}[[services.stroke.stages]]\nid = \"review\"{last}[[services.stroke.stages]]\nid = \"rehabilitation\"{second}[services.hips]{hips}"
    );
    let swapped = services.split_once("[services.hips]").map(|(a, b)| format!("[services.hips]{b}\n{a}")).unwrap();
    let (before, after) = (two_areas(), parse(&format!("{head}{reversed}{swapped}")));
    let (first, second) = (compile(&before), compile(&after));
    for replication in 0..3 {
        let (old, new) = (simulate(&first, replication), simulate(&second, replication));
        for (old, new) in old.0.iter().zip(&new.0) {
            assert_eq!(cells(&before, &first, old), cells(&after, &second, new));
            assert_eq!(old.pools, new.pools);
        }
        assert_eq!(old.1, new.1);
    }
}

/// A patient in scope is the same patient as without the scope, those present at the start included: in stages without
/// feedback the requests are equal cell by cell, and in unlimited pools everything is.
#[test]
fn a_scope_keeps_its_patients() {
    // Without transfers: a full provider outside the scope sends nobody on, because it has no limit there.
    let critical = ["adult-critical-care", "neonatal-critical-care", "paediatric-intensive-care"];
    let stay_put = critical.map(|service| format!("flow_rules.base.of.{service}.overflow=\"none\""));
    let unlimited = [
        "run.horizon=\"60 d\"",
        "run.warm_up=\"0 d\"",
        "run.starting_state=\"stationary\"",
        &stay_put[0],
        &stay_put[1],
        &stay_put[2],
    ];
    let whole = load("scenarios/england", &unlimited);
    let part = load("scenarios/north-central-london", &unlimited);
    let (first, second) = (compile(&whole), compile(&part));
    let (all, some) = (simulate(&first, 0).0, simulate(&second, 0).0);
    let all = cells(&whole, &first, &all[0]);
    let some = cells(&part, &second, &some[0]);
    assert!(some.len() < all.len());
    let mut referred = 0;
    for (name, cell) in some {
        assert_eq!(all[&name].requests, cell.requests, "{name:?}");
        if name[2] == "haemodialysis" {
            assert_eq!(all[&name], cell, "{name:?}");
        }
        referred += cell.requests;
    }
    assert!(referred > 1000);
}

/// Workspaces of models that agree in some sizes and differ in others.
#[test]
fn workspaces_fit_every_model() {
    let stages = |areas: &str, stages: &str| {
        let head = "title = \"sizes\"\n[run]\nhorizon = \"30 d\"\n[[regions]]\nid = \"R\"\n[[icbs]]\nid = \"Q\"\nregion = \"R\"\n";
        let rest = "[[providers]]\nid = \"P\"\nhost_icb = \"Q\"\n[[pools]]\nprovider = \"P\"\npool = \"beds\"\ncapacity = 1\n[[demand]]\nservice = \"s\"\nhome_area = \"*\"\nrate = \"3 per day\"\n";
        compile(&parse(&format!("{head}{areas}{rest}{stages}")))
    };
    let one = "[[home_areas]]\nid = \"a\"\nicb = \"Q\"\n";
    let two = format!("{one}[[home_areas]]\nid = \"b\"\nicb = \"Q\"\n");
    let bed = "[[services.s.stages]]\nid = \"x\"\npool = \"beds\"\nstay = { exponential = { mean = \"1 d\" } }\n";
    let then = "next = { y = 1 }\n[[services.s.stages]]\nid = \"y\"\nstay = { exponential = { mean = \"1 d\" } }\n";
    let (first, second) = (stages(one, &format!("{bed}{then}")), stages(&two, bed));
    assert_eq!(first.cells.len(), second.cells.len());
    let mut workspace = Workspace::default();
    simulate_in(&first, 0, &mut workspace);
    assert_eq!(simulate_in(&second, 0, &mut workspace), simulate(&second, 0));
}

const BY_CLASS: &str = r#"
regions = [{ id = "R1" }]
icbs = [{ id = "I1", region = "R1" }]
home_areas = [{ id = "here", icb = "I1", latitude = 51.0, longitude = 0.0 }]
providers = [
    { id = "A", host_icb = "I1", latitude = 51.0, longitude = 0.0 },
    { id = "B", host_icb = "I1", latitude = 51.5, longitude = 0.0 },
]
pools = [{ provider = "*", pool = "beds", capacity = 4 }]
flows = [
    { service = "surgery", home_area = "here", provider = "A", per_year = 700 },
    { service = "surgery", home_area = "here", provider = "B", per_year = 100 },
]
[run]
horizon = "2 years"
[services.surgery]
classes = { emergency = 0.5, elective = 0.5 }
[[services.surgery.stages]]
id = "stay"
pool = "beds"
stay = { exponential = { mean = "2 d" } }
[flow_rules.base]
overflow = "nearest"
classes = ["emergency"]
"#;

#[test]
fn only_the_stated_classes_go_on() {
    let model = compile(&parse(BY_CLASS));
    let (periods, _) = simulate(&model, 0);
    let sent_on = |class: Class| -> u32 {
        let of_class = model.cells.iter_ids().filter(|(_, cell)| cell.class == class);
        of_class.map(|(id, _)| periods.iter().map(|period| period.incidents[id].transferred_out).sum::<u32>()).sum()
    };
    assert!(sent_on(Class::Emergency) > 50);
    assert_eq!(sent_on(Class::Elective), 0);
}
