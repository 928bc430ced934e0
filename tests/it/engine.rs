//! The engine: conservation, exact integrals, order at equal instants, starts, and that one thing does not disturb another.

use crate::support::{audits, compile, load, parse, simulate, simulate_in};
use std::collections::BTreeMap;
use tierflow::activity::{Cell, PeriodActivity};
use tierflow::domain::Class;
use tierflow::engine::Workspace;
use tierflow::model::Model;
use tierflow::scenario::Scenario;
use tierflow::units::{DAY, HOUR};

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

const ONE_POOL: &str = r#"
title = "one pool"
[run]
horizon = "100 d"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "beds"
CAPACITY
[[demand]]
service = "s"
home_area = "*"
rate = "RATE"
[services.s]
STATE
[[services.s.stages]]
id = "bed"
pool = "beds"
stay = STAY
"#;

fn one_pool(capacity: &str, rate: &str, state: &str, stay: &str) -> Model {
    let text = ONE_POOL.replace("CAPACITY", capacity).replace("RATE", rate).replace("STATE", state);
    compile(&parse(&text.replace("STAY", stay)))
}

#[test]
fn given_occupancy_is_there_at_once() {
    let stay = "{ exponential = { mean = \"1000 d\" } }";
    let model = one_pool("capacity = 40\noccupied_at_start = 25", "0.001 per day", "", stay);
    let (_, outcome) = simulate(&model, 3);
    assert_eq!(outcome.present_at_start, 25);
}

/// The stationary start of an M/G/infinity pool: the mean number present at the start and after 100 days is the
/// offered load 60, each within 4.5 standard errors over 200 replications (false alarm 1e-5).
#[test]
fn stationary_starts_are_in_equilibrium() {
    for stay in ["{ lognormal = { mean = \"300 d\", sd = \"600 d\" } }", "{ deterministic = { value = \"300 d\" } }"] {
        let model = one_pool("capacity = \"unlimited\"", "0.2 per day", "starting_state = \"stationary\"", stay);
        let mut workspace = Workspace::default();
        let n = 200;
        let (mut start, mut end) = (0, 0);
        for replication in 0..n {
            let (_, outcome) = simulate_in(&model, replication, &mut workspace);
            start += outcome.present_at_start;
            end += outcome.present_at_end;
        }
        for mean in [start as f64 / f64::from(n), end as f64 / f64::from(n)] {
            assert!((mean - 60.0).abs() < 4.5 * (60.0_f64 / f64::from(n)).sqrt(), "{stay}: {mean}");
        }
    }
}

/// A stationary start is cut at capacity.
#[test]
fn a_stationary_start_respects_capacity() {
    let stay = "{ exponential = { mean = \"300 d\" } }";
    let model = one_pool("capacity = 10", "0.2 per day", "starting_state = \"stationary\"", stay);
    assert_eq!(simulate(&model, 0).1.present_at_start, 10);
}

#[test]
fn audits_count_every_instant() {
    let text = ONE_POOL.replace("CAPACITY", "capacity = 4").replace("RATE", "3 per day").replace("STATE", "");
    let text = text.replace("STAY", "{ exponential = { mean = \"1 d\" } }");
    let text = text + "[audits]\noccupancy_every = \"1 d\"\nprofile_cycle = \"1 d\"\nprofile_every = \"6 h\"\n";
    let found = audits(&compile(&parse(&text)), 0);
    assert_eq!(found.present.as_slice()[0].iter().sum::<u32>(), 100);
    assert_eq!(found.waiting.as_slice()[0].iter().sum::<u32>(), 100);
    let slots = &found.profile.as_slice()[0];
    assert_eq!(slots.len(), 4);
    assert!(slots.iter().all(|slot| slot.audits == 100 && slot.present > 0));
}

/// A longer horizon, a later end: the first days are the same.
#[test]
fn the_horizon_moves_no_patient() {
    let stay = "{ uniform = { low = \"1 h\", high = \"9 h\" } }";
    let text = ONE_POOL.replace("CAPACITY", "capacity = 2").replace("RATE", "5 per day").replace("STATE", "");
    let text = text.replace("STAY", stay);
    let short = parse(&text.replace("100 d", "30 d"));
    let long =
        parse(&text.replace("horizon = \"100 d\"", "start = 2025-04-01\nhorizon = \"100 d\"\nperiods = \"month\""));
    let (short, long) = (compile(&short), compile(&long));
    let (first, second) = (simulate(&short, 0).0, simulate(&long, 0).0);
    assert_eq!(second[0].length, 30 * DAY);
    assert_eq!(first[0].cells, second[0].cells);
    assert_eq!(first[0].pools, second[0].pools);
    assert!(first[0].pools.as_slice()[0].queued > HOUR);
}

/// The excess over a trim point and the time in the system of patients who were there at the start count whole: with a
/// stationary start they are 100 exp(-1/2) and 100 days from the first day on. Tolerance 4.5 standard errors over 100
/// replications of some 3650 spells each (relative standard deviations of a spell 1.5 and 1).
#[test]
fn stays_under_way_at_the_start_count_whole() {
    let stay = "{ exponential = { mean = \"100 d\" } }";
    let text = ONE_POOL.replace("CAPACITY", "capacity = \"unlimited\"").replace("RATE", "10 per day");
    let text = text.replace("STATE", "starting_state = \"stationary\"").replace("STAY", stay);
    let price = "[[prices]]\nservice = \"s\"\nstage = \"bed\"\nper = \"excess-bed-day\"\nprice = \"£1\"\ntrim_point = \"50 d\"\n";
    let model = compile(&parse(&(text + price)));
    let mut workspace = Workspace::default();
    let (mut excess, mut spells, mut time) = (0.0, 0.0, 0.0);
    for replication in 0..100 {
        let (periods, _) = simulate_in(&model, replication, &mut workspace);
        excess += periods[0].excess.iter().sum::<u64>() as f64 / DAY as f64;
        spells += f64::from(periods[0].cells.iter().map(|cell| cell.finishes).sum::<u32>());
        time += periods[0].completed.iter().map(|completed| completed.time_in_system).sum::<u64>() as f64 / DAY as f64;
    }
    let exact = 100.0 * (-0.5_f64).exp();
    assert!((excess / spells - exact).abs() < 4.5 * 1.5 * exact / spells.sqrt(), "{}", excess / spells);
    assert!((time / spells - 100.0).abs() < 4.5 * 100.0 / spells.sqrt(), "{}", time / spells);
}

/// Two services whose stays last whole milliseconds, so that many end at the same one, ask for the last place of a third
/// pool that refuses. The place of a stay that ends at an instant is free for whoever asks at it; of two who ask at once the
/// one who joined the earlier stage first gets it. So the slow service never loses against the fast one, and is refused as
/// often as if it were alone.
#[test]
fn of_two_who_ask_at_once_the_first_to_join_wins() {
    let text = r#"
title = "ties"
[run]
horizon = "60 min"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "last"
capacity = 1
when_full = "refuse"
[[demand]]
service = "slow"
home_area = "*"
rate = "20000 per hour"
[[services.slow.stages]]
id = "first"
stay = { deterministic = { value = "0.004 s" } }
next = { last = 1 }
[[services.slow.stages]]
id = "last"
pool = "last"
stay = { deterministic = { value = "0.001 s" } }
"#;
    let fast = r#"
[[demand]]
service = "fast"
home_area = "*"
rate = "20000 per hour"
[[services.fast.stages]]
id = "first"
stay = { deterministic = { value = "0.002 s" } }
next = { last = 1 }
[[services.fast.stages]]
id = "last"
pool = "last"
stay = { deterministic = { value = "0.001 s" } }
"#;
    let (alone, both) = (parse(text), parse(&format!("{text}{fast}")));
    let (first, second) = (compile(&alone), compile(&both));
    let mut against = 0;
    for replication in 0..5 {
        let without = cells(&alone, &first, &simulate(&first, replication).0[0]);
        let with = cells(&both, &second, &simulate(&second, replication).0[0]);
        let last = |service: &str| ["everyone", "P", service, "last"].map(str::to_owned);
        assert_eq!(without[&last("slow")], with[&last("slow")]);
        assert!(without[&last("slow")].refused > 10);
        against += with[&last("fast")].refused;
    }
    assert!(against > 500, "{against}");
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
