//! Two scenarios with the same random numbers, compared patient by patient.

use super::{by_patient, cases, model_of, traced};
use crate::support::{compile, parse};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tierflow::engine::{Event, EventKind};
use tierflow::random::Patient;
use tierflow::units::HOUR;

/// What differs between the pools below.
#[derive(Clone, Debug)]
struct OnePool {
    places: u32,
    rate: u32,
    stay: &'static str,
    batches: &'static str,
    pool: &'static str,
    service: &'static str,
}

impl OnePool {
    fn text(&self, more: u32) -> String {
        let Self { places, rate, stay, batches, pool, service } = self;
        format!(
            r#"
title = "one pool"
[run]
horizon = "60 d"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "beds"
capacity = {}
{pool}
[[demand]]
service = "s"
home_area = "*"
rate = "{rate} per day"
[services.s]
{batches}
{service}
[[services.s.stages]]
id = "bed"
pool = "beds"
stay = {stay}
"#,
            places + more
        )
    }

    fn events(&self, more: u32) -> BTreeMap<Patient, Vec<Event>> {
        by_patient(&traced(&compile(&parse(&self.text(more))), 0).2)
    }
}

const STAYS: [&str; 3] = [
    "{ deterministic = { value = \"12 h\" } }",
    "{ exponential = { mean = \"1 d\" } }",
    "{ lognormal = { mean = \"1 d\", sd = \"2 d\" } }",
];

fn one_pool(pool: &'static str, service: &'static str) -> impl Strategy<Value = OnePool> {
    let batches = prop::sample::select(vec!["", "batches = [0.4, 0.3, 0.3]"]);
    (1_u32..6, 1_u32..7, prop::sample::select(STAYS.to_vec()), batches)
        .prop_map(move |(places, rate, stay, batches)| OnePool { places, rate, stay, batches, pool, service })
}

/// When a patient of the log did something for the first time; `i64::MAX` for never.
fn first(events: &[Event], kind: EventKind) -> i64 {
    events.iter().find(|event| event.kind == kind).map_or(i64::MAX, |event| event.at)
}

/// Asserts that nobody who `counts` does something later with one more bed.
fn nobody_later(one: &OnePool, kind: EventKind, counts: impl Fn(&Event) -> bool) {
    let (before, after) = (one.events(0), one.events(1));
    assert_eq!(before.len(), after.len());
    for (patient, events) in before.iter().filter(|(_, events)| counts(&events[0])) {
        assert!(first(&after[patient], kind) <= first(events, kind), "{patient:?} {events:?}");
    }
}

proptest! {
    #![proptest_config(cases(32))]

    /// Kiefer and Wolfowitz 1955: the ordered workloads of a first-come list with one more place are never larger.
    #[test]
    fn one_more_bed_lets_nobody_wait_longer(one in one_pool("", "")) {
        nobody_later(&one, EventKind::Starts, |_| true);
    }

    /// The first class does not see the others where it takes their places, so for it the list is first come first served.
    #[test]
    fn nor_any_emergency_that_takes_places(
        one in one_pool("preemption = \"resume\"", "classes = { emergency = 0.5, elective = 0.5 }")
    ) {
        let model = compile(&parse(&one.text(0)));
        let emergency = |event: &Event| model.cells[event.cell].class == tierflow::domain::Class::Emergency;
        nobody_later(&one, EventKind::Starts, emergency);
    }

    /// In a pure loss pool those in the places are, with one more of them, the same and at most one more: as long as the one
    /// more is there, whoever is refused finds all places taken in both.
    #[test]
    fn one_more_bed_refuses_nobody_who_was_accepted(one in one_pool("when_full = \"refuse\"", "")) {
        nobody_later(&one, EventKind::Starts, |_| true);
    }

    /// Inside a class of one pool nobody who joined later starts before one who joined earlier, and nobody starts while
    /// somebody of a class before waits.
    #[test]
    fn first_come_first_served_inside_a_class(
        one in one_pool("", "classes = { emergency = 0.2, urgent = 0.3, elective = 0.5 }")
    ) {
        let model = compile(&parse(&one.text(0)));
        let mut waiting: Vec<Vec<Patient>> = vec![vec![]; 3];
        for event in traced(&model, 0).2 {
            let class = model.cells[event.cell].class.index();
            match event.kind {
                EventKind::Waits => waiting[class].push(event.patient),
                EventKind::Starts if waiting.iter().any(|class| !class.is_empty()) => {
                    prop_assert!(waiting[..class].iter().all(Vec::is_empty), "{:?} overtakes a class", event);
                    prop_assert_eq!(waiting[class].remove(0), event.patient);
                }
                _ => {}
            }
        }
    }

    /// Other names of ICBs, which sort the other way round, and the rows of all tables in reverse: the same activity.
    #[test]
    fn names_of_icbs_and_the_order_of_rows_change_nothing(random in super::random::scenarios()) {
        let Some(model) = model_of(&random, super::random::PLAIN) else { return Err(TestCaseError::reject("mistakes")) };
        let other = super::random::Names { icbs: ["Z9", "A1"], reversed: true };
        let renamed = model_of(&random, other).expect("the same scenario");
        let (first, second) = (traced(&model, 0), traced(&renamed, 0));
        prop_assert_eq!(first.0, second.0);
        prop_assert_eq!(first.1, second.1);
        prop_assert_eq!(first.2, second.2);
    }
}

/// In a network it is not so. Patients of `ward` have a bed for 6 hours, then the theatre for 12; a patient of `clinic` is
/// there for 8 hours, then needs the theatre for 12. All start at once, two of the ward and one of the clinic.
///
/// With one bed the second of the ward asks for the theatre at 12 hours, behind the patient of the clinic, who has asked at 8
/// and starts at 18. With two beds both have asked at 6, and the patient of the clinic starts at 30: the bed has brought
/// somebody in front. What is gained in one queue is paid for in another.
#[test]
fn one_more_bed_may_let_somebody_wait_longer() {
    let text = |beds: u32| {
        format!(
            r#"
title = "one more bed, and a longer wait"
[run]
horizon = "5 d"
[[providers]]
id = "P"
[[pools]]
provider = "P"
pool = "beds"
capacity = {beds}
[[pools]]
provider = "P"
pool = "clinic"
capacity = 1
[[pools]]
provider = "P"
pool = "theatre"
capacity = 1
[[demand]]
service = "ward"
home_area = "*"
rate = "0.001 per year"
[[demand]]
service = "clinic"
home_area = "*"
rate = "0.001 per year"
[[waiting_at_start]]
service = "ward"
home_area = "everyone"
provider = "P"
patients = 2
[[waiting_at_start]]
service = "clinic"
home_area = "everyone"
provider = "P"
patients = 1
[[services.ward.stages]]
id = "bed"
pool = "beds"
stay = {{ deterministic = {{ value = "6 h" }} }}
next = {{ operation = 1 }}
[[services.ward.stages]]
id = "operation"
pool = "theatre"
stay = {{ deterministic = {{ value = "12 h" }} }}
[[services.clinic.stages]]
id = "visit"
pool = "clinic"
stay = {{ deterministic = {{ value = "8 h" }} }}
next = {{ operation = 1 }}
[[services.clinic.stages]]
id = "operation"
pool = "theatre"
stay = {{ deterministic = {{ value = "12 h" }} }}
"#
        )
    };
    let operation_at = |beds: u32| {
        let scenario = parse(&text(beds));
        let model = compile(&scenario);
        let of_clinic = |event: &Event| {
            let cell = &model.cells[event.cell];
            scenario.services[cell.service].id == "clinic" && cell.stage.0 == 1
        };
        let events = traced(&model, 0).2;
        events.iter().find(|event| of_clinic(event) && event.kind == EventKind::Starts).map(|event| event.at)
    };
    assert_eq!(operation_at(1), Some(18 * HOUR as i64));
    assert_eq!(operation_at(2), Some(30 * HOUR as i64));
}
