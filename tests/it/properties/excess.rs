//! Excess bed-days: what a spell has in its place beyond the trim point, blocked or not, whatever happens in between. Stays of
//! whole hours, so that every figure is found by hand.

use super::order::{P, Service, pool, text};
use super::replay::check;
use super::{by_patient, traced};
use crate::support::{compile, parse};
use tierflow::engine::EventKind;
use tierflow::units::HOUR;

/// What a patient blocked before counts for the stage that was blocked, not for the next.
#[test]
fn excess_days_of_a_stage_are_its_own() {
    let head = P.to_owned() + &pool("a", 1, "") + &pool("b", 1, "");
    let prices = ["t0", "t1"].map(|stage| {
        format!("[[prices]]\nservice = \"x\"\nstage = \"{stage}\"\nper = \"excess-bed-day\"\nprice = \"£1\"\ntrim_point = \"20 h\"\n")
    });
    let head = head + &prices.concat();
    let block = "when_full = \"block\"";
    let x = Service { id: "x", provider: "P", patients: 1, stages: &[("a", 18, ""), ("b", 12, block)] };
    let y = Service { id: "y", provider: "P", patients: 1, stages: &[("b", 24, "")] };
    let model = compile(&parse(&text(&head, &[x, y])));
    let periods = traced(&model, 0).0;
    let excess: Vec<u64> = periods[0].excess.iter().copied().collect();
    // 18 hours and 6 hours blocked are 4 beyond the trim point; then 12 hours are within it.
    assert_eq!(excess, [4 * HOUR, 0, 0]);
}

/// A patient blocks a ward for eight hours until another provider has a place: they count, although who is sent on holds the
/// place no longer.
#[test]
fn excess_days_end_with_a_place_elsewhere() {
    let text = r#"title = "sent on"
run.horizon = "10 d"
providers = [{ id = "O" }, { id = "P" }]
pools = [
  { provider = "*", pool = "ward", capacity = 1 },
  { provider = "*", pool = "unit", capacity = 1 },
]
waiting_at_start = [
  { service = "x", home_area = "everyone", provider = "P", patients = 1, waited = "1 h" },
  { service = "y", home_area = "everyone", provider = "O", patients = 1, waited = "1 h" },
  { service = "z", home_area = "everyone", provider = "P", patients = 1, waited = "1 h" },
]
flows = [
  { service = "x", home_area = "everyone", provider = "P", per_year = 0.0001 },
  { service = "x", home_area = "everyone", provider = "O", per_year = 0.0001 },
  { service = "y", home_area = "everyone", provider = "O", per_year = 0.0001 },
  { service = "z", home_area = "everyone", provider = "P", per_year = 0.0001 },
]
prices = [{ service = "x", stage = "t0", per = "excess-bed-day", price = "£1", trim_point = "10 h" }]
overflow = [{ service = "x", from = "P", to = "O", order = 1 }]
flow_rules.base.of.x = { overflow = "listed", list = "shared" }
[[services.x.stages]]
id = "t0"
pool = "ward"
stay = { deterministic = { value = "12 h" } }
next = { t1 = 1 }
[[services.x.stages]]
id = "t1"
pool = "unit"
when_full = "block"
transfers = true
stay = { deterministic = { value = "6 h" } }
[[services.y.stages]]
id = "t0"
pool = "unit"
stay = { deterministic = { value = "20 h" } }
[[services.z.stages]]
id = "t0"
pool = "unit"
stay = { deterministic = { value = "48 h" } }
"#;
    let model = compile(&parse(text));
    let (periods, outcome, events) = traced(&model, 0);
    check(&model, &periods, &outcome, &events);
    let hours = |kind| -> Vec<i64> {
        events.iter().filter(|event| event.kind == kind).map(|event| event.at / HOUR as i64).collect()
    };
    assert_eq!((hours(EventKind::Blocks), hours(EventKind::Transferred)), (vec![12], vec![20]));
    // 12 hours and 8 hours blocked.
    assert_eq!(periods[0].excess.iter().sum::<u64>(), 10 * HOUR);
}

/// A bed with one patient at the start, who has had some of a stay of 24 hours.
const UNDER_WAY: &str = r#"title = "under way"
run.horizon = "10 d"
providers = [{ id = "P" }]
pools = [{ provider = "P", pool = "beds", capacity = 1, occupied_at_start = 1, RULE }]
flows = [
  { service = "s", home_area = "everyone", provider = "P", per_year = 0.001 },
  { service = "e", home_area = "everyone", provider = "P", per_year = 0.0000001 },
]
WAITING
prices = [{ service = "s", stage = "t", per = "excess-bed-day", price = "£1", trim_point = "10 h" }]
calendars.day = { cycle = "10 d", from = ["0 h", "2 h", "20 h"], share = [1, 0, 1] }
[services.s]
classes = { elective = 1 }
[[services.s.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "24 h" } }
[services.e]
classes = { emergency = 1 }
[[services.e.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "5 h" } }
"#;

/// The emergency that takes the place at the start: it waited an hour and stays five.
const EMERGENCY: &str =
    r#"waiting_at_start = [{ service = "e", home_area = "everyone", provider = "P", patients = 1, waited = "1 h" }]"#;

/// Who was there at the start and loses the place has been in it before the start as well: a stay of 24 hours that is suspended
/// has 14 beyond the trim point; one that begins again after that has 24 hours then, and all that went before besides.
#[test]
fn stays_under_way_count_whole_if_interrupted() {
    // When the place is lost and for how many hours, and whether the stay begins again.
    let rules = [
        ("when_full = \"wait\"", "", (24, 0, false)),
        ("calendar = \"day\", at_close = \"suspend\"", "", (2, 18, false)),
        ("calendar = \"day\", at_close = \"hand-over\"", "", (2, 18, true)),
        ("preemption = \"resume\"", EMERGENCY, (0, 5, false)),
        ("preemption = \"restart\"", EMERGENCY, (0, 5, true)),
    ];
    let mut rests = Vec::new();
    for (rule, waiting, (lost, away, again)) in rules {
        let model = compile(&parse(&UNDER_WAY.replace("RULE", rule).replace("WAITING", waiting)));
        let [day, trim, lost, away] = [24, 10, lost, away].map(|hours| hours * HOUR);
        for replication in 0..10 {
            let (periods, outcome, events) = traced(&model, replication);
            check(&model, &periods, &outcome, &events);
            let patients = by_patient(&events);
            let events = patients.values().find(|events| events[0].kind == EventKind::Present).unwrap();
            let end = events.iter().find(|event| event.kind == EventKind::Ends).unwrap();
            if rests.len() == replication as usize {
                // Nothing interrupts the first: what is left of the stay.
                rests.push(end.at as u64);
            }
            let rest = rests[replication as usize];
            let before = day - rest;
            let (whole, ends) = match (rest > lost, again) {
                (true, true) => (before + lost + day, lost + away + day),
                (true, false) => (day, rest + away),
                (false, _) => (day, rest),
            };
            let own = if waiting.is_empty() { 0 } else { 6 * HOUR };
            let excess = periods[0].excess.iter().sum();
            let in_system = periods[0].completed.iter().map(|completed| completed.time_in_system).sum();
            let found = [end.lasted.unwrap(), end.at as u64, excess, in_system];
            let by_hand = [whole, ends, whole - trim, before + ends + own];
            // The law of whole stays is one of days, rounded to ticks.
            let near = found.iter().zip(by_hand).all(|(found, by_hand)| found.abs_diff(by_hand) <= 2);
            assert!(near, "{rule} {replication}: {found:?} {by_hand:?}");
        }
    }
    assert!(rests.iter().filter(|&&rest| rest > 2 * HOUR).count() > 5, "{rests:?}");
}
