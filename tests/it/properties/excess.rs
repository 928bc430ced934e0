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

/// Who was there at the start and loses the place has been in it before the start as well. Of a stay of 24 hours 14 are beyond
/// the trim point; of one that begins again after an interruption, all that went before are besides.
#[test]
fn stays_under_way_count_whole_if_interrupted() {
    let emergency = "waiting_at_start = [{ service = \"e\", home_area = \"everyone\", provider = \"P\", patients = 1, waited = \"1 h\" }]";
    let rules = [
        ("calendar = \"day\", at_close = \"suspend\"", ""),
        ("calendar = \"day\", at_close = \"hand-over\"", ""),
        ("preemption = \"resume\"", emergency),
        ("preemption = \"restart\"", emergency),
    ];
    let mut known: Vec<i64> = Vec::new();
    for (rule, waiting) in rules {
        let text = UNDER_WAY.replace("RULE", rule).replace("WAITING", waiting);
        let model = compile(&parse(&text));
        let (mut interrupted, mut all) = (0, Vec::new());
        for replication in 0..10 {
            let (periods, outcome, events) = traced(&model, replication);
            check(&model, &periods, &outcome, &events);
            let patients = by_patient(&events);
            let events = patients.values().find(|events| events[0].kind == EventKind::Present).unwrap();
            let at = |kinds: [EventKind; 2]| events.iter().find(|event| kinds.contains(&event.kind)).map(|e| e.at);
            let lost = at([EventKind::Interrupted, EventKind::Suspended]);
            let resumed = at([EventKind::Resumes; 2]);
            let end = events.iter().find(|event| event.kind == EventKind::Ends).unwrap();
            let (hour, begins_again) = (HOUR as i64, rule.contains("hand-over") || rule.contains("restart"));
            let left = resumed.map(|resumed| end.at - resumed);
            let (spell, before) = match (lost, left) {
                (Some(lost), Some(left)) if begins_again => {
                    assert_eq!(left, 24 * hour, "{rule}");
                    let spell = end.lasted.unwrap() as i64;
                    (spell, spell - left - lost)
                }
                (Some(lost), Some(left)) => (24 * hour, 24 * hour - left - lost),
                _ => (24 * hour, 24 * hour - end.at),
            };
            interrupted += u32::from(lost.is_some());
            // Instants of a law are rounded to ticks.
            let near =
                |found: u64, by_hand: i64| assert!(found.abs_diff(by_hand as u64) <= 2, "{rule} {found} {by_hand}");
            all.push(before);
            near(end.lasted.unwrap(), spell);
            near(periods[0].excess.iter().sum(), spell - 10 * hour);
            // The emergency waited an hour and stays five.
            let own = if waiting.is_empty() { 0 } else { 6 * hour };
            near(periods[0].completed.iter().map(|completed| completed.time_in_system).sum(), end.at + before + own);
        }
        assert!(interrupted > 5, "{rule} {interrupted}");
        // What they have had before the start does not depend on the rule.
        let differ = known.iter().zip(&all).filter(|(known, before)| known.abs_diff(**before) > 2).count();
        assert_eq!(differ, 0, "{rule} {all:?} {known:?}");
        known = all;
    }
}
