//! Who may pass whom on a list: blocked patients, those who keep a place, those who rise, those who were interrupted.

use super::order::{P, Service, at, pool, starts, story, text, waits};
use super::traced;
use crate::support::{compile, parse};
use tierflow::engine::EventKind;
use tierflow::units::HOUR;

fn one<'a>(id: &'a str, stages: &'a [(&'a str, u32, &'a str)]) -> Service<'a> {
    Service { id, provider: "P", patients: 1, stages }
}

/// The patients of the services join in this order, an hour between two of them.
fn in_order(head: &str, services: &[Service<'_>]) -> String {
    let last = services.len();
    (0..last).fold(text(head, services), |text, i| waits(&text, services[i].id, (last - i) as u32))
}

const OVERTAKING: &str = "overtaking = true";

/// The first on the list of the theatre lacks the unit. Whoever comes later from a place that is blocked or kept waits behind,
/// unless the theatre allows overtaking.
#[test]
fn who_holds_a_place_waits_in_order() {
    for rule in ["when_full = \"block\"", "keeps = [\"a\"]"] {
        for (keys, hour) in [("", 14), (OVERTAKING, 6)] {
            let head = P.to_owned() + &pool("a", 1, "") + &pool("theatre", 1, keys) + &pool("unit", 1, "");
            let z = one("z", &[("unit", 12, "")]);
            let y = one("y", &[("{ theatre = 1, unit = 1 }", 2, "")]);
            let stages = [("a", 6, ""), ("theatre", 1, rule)];
            let (told, _) = starts(&in_order(&head, &[z, y, one("x", &stages)]));
            assert!(told.contains(&at(12, "y", 0)) && told.contains(&at(hour, "x", 1)), "{rule} {keys} {told:?}");
        }
    }
}

/// A blocked patient who is first and lacks the unit holds up the others who wait for the theatre, like anybody else.
#[test]
fn a_blocked_patient_is_not_passed() {
    for (keys, hour) in [("", 14), (OVERTAKING, 8)] {
        let head = ["a", "b", "unit"]
            .iter()
            .fold(P.to_owned() + &pool("theatre", 1, keys), |head, id| head + &pool(id, 1, ""));
        let z = one("z", &[("unit", 12, "")]);
        let x = one("x", &[("a", 6, ""), ("{ theatre = 1, unit = 1 }", 2, "when_full = \"block\"")]);
        let w = one("w", &[("b", 8, ""), ("theatre", 1, "")]);
        let (told, _) = starts(&in_order(&head, &[z, x, w]));
        assert!(told.contains(&at(12, "x", 1)) && told.contains(&at(hour, "w", 1)), "{keys} {told:?}");
    }
}

/// The first on the list of the theatre lacks the bed that the one behind holds: who holds it goes first, or both would wait
/// for ever. They have the same needs, and stand in one queue.
#[test]
fn who_holds_what_the_first_lacks_goes_first() {
    let both = "{ theatre = 1, beds = 1 }";
    for (second, rule) in [(both, ""), ("theatre", "keeps = [\"beds\"]"), ("theatre", "when_full = \"block\"")] {
        for keys in ["", OVERTAKING] {
            let head = P.to_owned() + &pool("beds", 1, "") + &pool("theatre", 1, keys);
            let w = one("w", &[("theatre", 7, "")]);
            let stages = [("beds", 6, ""), (second, 2, rule)];
            let both = [(both, 2, "")];
            let (told, outcome) = starts(&in_order(&head, &[w, one("x", &stages), one("y", &both)]));
            assert!(told.contains(&at(7, "x", 1)), "{second} {rule} {keys} {told:?}");
            assert_eq!((outcome.left, outcome.stuck), (3, 0));
        }
    }
}

/// A chain through a third pool stands still, and everybody who holds a place in it is counted, blocked or waiting.
#[test]
fn a_standstill_is_counted() {
    let head = ["beds", "theatre", "unit"].iter().fold(P.to_owned(), |head, id| head + &pool(id, 1, ""));
    let w = one("w", &[("theatre", 7, "")]);
    let u = one("u", &[("beds", 6, ""), ("unit", 1, "when_full = \"block\"")]);
    let v = one("v", &[("unit", 6, ""), ("theatre", 1, "keeps = [\"unit\"]")]);
    let y = one("y", &[("{ theatre = 1, beds = 1 }", 1, "")]);
    let (_, outcome) = starts(&in_order(&head, &[w, u, v, y]));
    assert_eq!((outcome.left, outcome.present_at_end, outcome.stuck), (1, 3, 2));
}

/// Whoever rises above the first, who lacks another place, starts at that instant; who loses patience before has left.
#[test]
fn a_rise_may_open_a_place() {
    let head = P.to_owned() + &pool("theatre", 1, "") + &pool("unit", 1, "");
    let z = one("z", &[("unit", 12, "")]);
    let y = one("y", &[("{ theatre = 1, unit = 1 }", 2, "")]);
    for (after, kind, hour) in [(5, EventKind::Starts, 4), (21, EventKind::Reneged, 7), (8, EventKind::Starts, 7)] {
        let keys = format!(
            "rises = [{{ to = \"urgent\", after = \"{after} h\" }}]\n\
             patience = {{ deterministic = {{ value = \"8 h\" }} }}"
        );
        let stages = [("theatre", 1, &keys[..])];
        let text = in_order(&head, &[z, y, one("w", &stages)]);
        let (told, _) = story(&text, &[kind]);
        assert!(told.contains(&(hour, "w".to_owned(), 0, kind)), "{after} {told:?}");
    }
}

/// One of two beds is fenced for the patients of one home area: they are not held up by others who wait for the other bed.
#[test]
fn a_ring_fence_is_not_held_up() {
    let head = r#"title = "fence"
run.horizon = "10 d"
regions = [{ id = "R" }]
icbs = [{ id = "Q", region = "R" }]
home_areas = [{ id = "own", icb = "Q" }, { id = "others", icb = "Q" }]
providers = [{ id = "P", host_icb = "Q" }]
pools = [{ provider = "P", pool = "beds", capacity = 2 }]
reservations = [{ provider = "P", pool = "beds", places = 1, for = "own", kind = "ring-fence" }]
demand = [{ service = "s", home_area = "*", rate = "0.0001 per year" }]
waiting_at_start = [
  { service = "s", home_area = "others", provider = "P", patients = 2, waited = "2 h" },
  { service = "s", home_area = "own", provider = "P", patients = 2, waited = "1 h" },
]
[[services.s.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "6 h" } }
"#;
    let (told, outcome) = starts(head);
    assert_eq!(told.iter().map(|start| start.0).collect::<Vec<_>>(), [0, 0, 6, 6]);
    assert_eq!(outcome.left, 4);
}

/// On a shared list whoever was interrupted goes on where the stay began; the other provider's place is for who comes next.
/// The time in the place before the interruption is no wait.
#[test]
fn who_was_interrupted_goes_on_at_the_same_provider() {
    let text = r#"title = "interrupted"
run.horizon = "10 d"
providers = [{ id = "O" }, { id = "P" }]
pools = [
  { provider = "O", pool = "beds", capacity = 1 },
  { provider = "P", pool = "beds", capacity = 1, calendar = "day", at_close = "suspend" },
]
waiting_at_start = [
  { service = "s", home_area = "everyone", provider = "P", patients = 1, waited = "3 h" },
  { service = "z", home_area = "everyone", provider = "O", patients = 1, waited = "2 h" },
  { service = "s", home_area = "everyone", provider = "P", patients = 1, waited = "1 h" },
]
flows = [
  { service = "s", home_area = "everyone", provider = "P", per_year = 0.0001 },
  { service = "s", home_area = "everyone", provider = "O", per_year = 0.0001 },
  { service = "z", home_area = "everyone", provider = "O", per_year = 0.0001 },
]
overflow = [{ service = "s", from = "P", to = "O", order = 1 }, { service = "s", from = "O", to = "P", order = 1 }]
flow_rules.base.of.s = { overflow = "listed", list = "shared" }
calendars.day = { cycle = "10 d", from = ["0 h", "6 h", "20 h"], share = [1, 0, 1] }
[[services.s.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "12 h" } }
[[services.z.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "8 h" } }
"#;
    let model = compile(&parse(text));
    let (periods, _, events) = traced(&model, 0);
    let kinds = [EventKind::Starts, EventKind::Resumes];
    let told: Vec<_> = events.iter().filter(|event| kinds.contains(&event.kind)).collect();
    let told: Vec<_> = told.iter().map(|e| (e.at / HOUR as i64, model.cells[e.cell].provider.0, e.kind)).collect();
    let start = |hour, provider| (hour, provider, EventKind::Starts);
    assert_eq!(told, [start(0, 1), start(0, 0), start(8, 0), (20, 1, EventKind::Resumes)]);
    // Waits of 3 + 2 + 9 hours, stays of 12 + 8 + 12, and on the list 8 hours of the third and 14 of the first.
    let cells = &periods[0].cells;
    assert_eq!(cells.iter().map(|cell| cell.wait).sum::<u64>(), 14 * HOUR);
    assert_eq!(cells.iter().map(|cell| cell.stay).sum::<u64>(), 32 * HOUR);
    assert_eq!(cells.iter().map(|cell| cell.starts).sum::<u32>(), 3);
    assert_eq!(periods[0].pools.iter().map(|pool| pool.queued).sum::<u64>(), 22 * HOUR);
}

const BESIDE_A_FENCE: &str = r#"
[run]
horizon = "10 d"
periods = "all"
[[regions]]
id = "R1"
[[icbs]]
id = "Q1"
region = "R1"
[[icbs]]
id = "Q2"
region = "R1"
[[home_areas]]
id = "x"
icb = "Q1"
latitude = 51.0
longitude = 0
[[home_areas]]
id = "y"
icb = "Q2"
latitude = 51.1
longitude = 0
[[providers]]
id = "P"
host_icb = "Q1"
latitude = 51.0
longitude = 0
[[pools]]
provider = "P"
pool = "beds"
capacity = 2
preemption = "resume"
[[pools]]
provider = "P"
pool = "z"
capacity = 5
[[reservations]]
provider = "P"
pool = "beds"
places = 1
for = "x"
kind = "ring-fence"
[[flows]]
service = "e1"
home_area = "x"
provider = "P"
per_year = 0.001
[[flows]]
service = "e2"
home_area = "x"
provider = "P"
per_year = 0.001
[[flows]]
service = "m"
home_area = "y"
provider = "P"
per_year = 0.001
[[flows]]
service = "l"
home_area = "x"
provider = "P"
per_year = 0.001
[[waiting_at_start]]
service = "e1"
home_area = "x"
provider = "P"
patients = 1
waited = "3 h"
class = "elective"
[[waiting_at_start]]
service = "e2"
home_area = "x"
provider = "P"
patients = 1
waited = "2 h"
class = "elective"
[[waiting_at_start]]
service = "m"
home_area = "y"
provider = "P"
patients = 1
waited = "1 h"
class = "emergency"
[[waiting_at_start]]
service = "l"
home_area = "x"
provider = "P"
patients = 1
waited = "1 h"
class = "elective"
[services.e1]
classes = { elective = 1 }
[[services.e1.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "12 h" } }
[services.e2]
classes = { elective = 1 }
[[services.e2.stages]]
id = "t"
pool = "beds"
stay = { deterministic = { value = "48 h" } }
[services.m]
classes = { emergency = 1 }
[[services.m.stages]]
id = "t0"
pool = "z"
stay = { deterministic = { value = "13 h" } }
next = { t1 = 1 }
[[services.m.stages]]
id = "t1"
pool = "beds"
stay = { deterministic = { value = "24 h" } }
[services.l]
classes = { elective = 1 }
[[services.l.stages]]
id = "t0"
pool = "z"
stay = { deterministic = { value = "15 h" } }
next = { t1 = 1 }
[[services.l.stages]]
id = "t1"
pool = "beds"
stay = { deterministic = { value = "30 h" } }
"#;

/// An emergency of another area takes the place outside the ring-fence from a resident, whose ring-fence has a free place: the
/// resident goes on in it at once, and no later resident takes it first.
#[test]
fn who_gives_way_beside_a_free_place_goes_on_in_it() {
    let model = compile(&parse(BESIDE_A_FENCE));
    let (_, _, events) = traced(&model, 0);
    let hours = |kind| -> Vec<i64> {
        events.iter().filter(|event| event.kind == kind).map(|event| event.at / HOUR as i64).collect()
    };
    assert_eq!((hours(EventKind::Interrupted), hours(EventKind::Resumes)), (vec![13], vec![13]));
}
