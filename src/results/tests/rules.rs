//! Metrics of classes, patience, refusal, overflow, blocking, calendars and sessions, made by hand.

use super::*;
use crate::activity::{Incidents, SessionSlot};
use crate::domain::{AtClose, CalendarPattern, Capacity, CapacityCalendar, Class, Level, Preemption, WhenFull};
use crate::ids::{ClassRowId, LineId, RingId, RouteId, ServiceId};
use crate::model::{CellRules, Holding, LineRules, PoolRules, Rules};
use crate::random::{Distribution, Sampler};
use crate::units::{HOUR, Ticks};

/// Rules that let nothing happen.
fn plain_rules(model: &Model) -> Rules {
    let pool = PoolRules {
        provider: None,
        tracks_places: false,
        governed: false,
        rings: 0..0,
        list_limit: u32::MAX,
        preemption: Preemption::Never,
        overtaking: false,
        at_close: AtClose::Finish,
        sessions: 0,
        fences: Vec::new(),
        class_rows: [None; 3],
        mean_hold: 0.0,
        mean_places: 0.0,
    };
    let when_full = |pool: PoolId| if model.pools[pool].refuses { WhenFull::Refuse } else { WhenFull::Wait };
    let cell = |cell: &crate::model::CellPlan| CellRules {
        governed: false,
        holdings: 0..0,
        candidates: 0..0,
        ring: RingId(0),
        when_full: when_full(cell.pool),
        class: cell.class,
        away: false,
    };
    Rules {
        pools: vec![pool; model.pools.len()].into(),
        cells: model.cells.iter().map(cell).collect(),
        lines: vec![LineRules::default(); model.lines.len()].into(),
        ..Rules::default()
    }
}

fn calendar(cycle: u64, pattern: CalendarPattern) -> CapacityCalendar {
    CapacityCalendar { id: "hours".to_owned(), cycle: Ticks(cycle), pattern }
}

/// The example with beds at P2 that close by half at night, two sessions a day of its stations, and for residents of I0 in
/// beds of P1 all rules at once: overflow to P2 and back, patience, a limited list, a station needed beside the bed, a
/// next stage that keeps them in it, emergencies before them.
fn bench() -> Bench {
    let mut scenario = scenario();
    let half = vec![(Ticks(0), Level::Share(0.5)), (Ticks(DAY / 2), Level::Share(1.0))];
    scenario.pools[PoolId(2)].calendar = Some(calendar(DAY, CalendarPattern::Steps(half)));
    let slots = |hour: u64| (Ticks(hour * HOUR), Level::Fixed(Capacity::Places(4)));
    scenario.pools[PoolId(3)].calendar = Some(calendar(DAY, CalendarPattern::Sessions(vec![slots(9), slots(14)])));
    let mut bench = Bench::new(scenario);
    let model = &mut bench.model;
    let emergencies = model.cells.iter_ids().find(|(_, cell)| cell.stream != StreamId(0) && cell.pool == PoolId(0));
    let emergencies = emergencies.unwrap().0;
    model.cells[emergencies].class = Class::Emergency;
    model.cells[CellId(1)].pool = PoolId(1);
    model.classes.pools = vec![(PoolId(0), Class::Emergency), (PoolId(0), Class::Elective)].into();
    let beds = ServiceId(0);
    model.classes.pathways =
        vec![(beds, Some(Class::Emergency)), (beds, Some(Class::Elective)), (ServiceId(1), None)].into();
    let mut rules = plain_rules(model);
    let need = |pool| Holding { pool, places: 1, leave_free: 0, fence: None, needed: true, kept: false };
    rules.holdings = vec![need(PoolId(0)), need(PoolId(1))];
    rules.candidates = vec![RouteId(1), RouteId(0)];
    rules.cells[CellId(0)].holdings = 0..2;
    rules.cells[CellId(0)].candidates = 0..1;
    rules.cells[CellId(1)].when_full = WhenFull::Block;
    rules.cells[CellId(2)].candidates = 1..2;
    let patience = Distribution::Exponential { mean: 30.0 };
    rules.lines[LineId(0)].patience = [(); 3].map(|()| Some(Sampler::compile(&patience, DAY as f64)));
    rules.pools[PoolId(0)].list_limit = 7;
    rules.pools[PoolId(0)].preemption = Preemption::Resume;
    rules.pools[PoolId(3)].sessions = 2;
    model.rules = Some(Box::new(rules));
    bench
}

/// One month of ten days.
fn month(model: &Model) -> PeriodActivity {
    let mut month = quiet(model);
    month.incidents = vec![Incidents::default(); model.cells.len()].into();
    month.completed = vec![
        Completed { patients: 1, time_in_system: 3 * DAY },
        Completed { patients: 4, time_in_system: 20 * DAY },
        Completed::default(),
    ]
    .into();
    let emergencies = model.cells.iter_ids().find(|(_, cell)| cell.class == Class::Emergency).unwrap().0;
    month.cells[emergencies] = Cell { requests: 3, starts: 3, finishes: 3, ..Cell::default() };
    month.cells[CellId(0)] = Cell { requests: 20, starts: 8, finishes: 6, refused: 2, wait: 4 * DAY, stay: 30 * DAY };
    month.moved_in[CellId(0)] = 5;
    month.incidents[CellId(0)] =
        Incidents { reneged: 3, transferred_out: 5, transferred_in: 4, returned: 1, cancelled: 2, blocked: 6 * DAY };
    // Those who were sent on to P2, where nobody starts in this month.
    month.cells[CellId(2)].requests = 5;
    month.moved_in[CellId(2)] = 5;
    month.incidents[CellId(2)].transferred_in = 5;
    let time = PoolTime { occupied: 40 * DAY, blocked: 10 * DAY, queued: 12 * DAY, ..PoolTime::default() };
    month.pools[PoolId(0)] = time;
    month.pools[PoolId(2)] = PoolTime { occupied: 30 * DAY, offered: 60 * DAY, ..PoolTime::default() };
    month.class_times = vec![
        PoolTime::default(),
        PoolTime { occupied: 24 * DAY, blocked: 2 * DAY, queued: 6 * DAY, ..PoolTime::default() },
    ]
    .into();
    month.class_waits = WaitHistograms::new(2);
    for wait in [DAY, 3 * DAY] {
        month.pool_waits.record(PoolId(0), bin(wait));
        month.class_waits.record(ClassRowId(1), bin(wait));
    }
    month
}

#[test]
fn every_metric_of_rules_by_hand() {
    let bench = bench();
    let layout = bench.layout();
    let model = &bench.model;
    let mut measurer = Measurer::new(&layout, &model.calendar, &bench.tariff, &bench.options);
    measurer.add(&PeriodActivity { completed: vec![Completed::default(); 3].into(), ..quiet(model) });
    measurer.add(&month(model));
    let morning = SessionSlot { sessions: 2, cleared: 1, slots: 8, taken: 5, waiting_before: 6, waiting_after: 1 };
    let mut sessions = vec![Vec::new(); 6];
    sessions[3] = vec![morning, SessionSlot { sessions: 1, cleared: 1, slots: 4, ..SessionSlot::default() }];
    let values = measurer.end(&AuditActivity { sessions: sessions.into(), ..AuditActivity::default() });
    let value = |table: &str, entity: &str, metric: &str| {
        let wanted = [table, "all", entity, metric];
        let matches = |row: &Row<'_>| [row.table.name, row.period, &row.entity.join("/"), row.metric.name] == wanted;
        layout.outline().rows().find(matches).map(|row| values[row.position])
    };
    let expected = [
        ("pools", "P1/bed", "utilisation", 0.2),
        ("pools", "P1/bed", "mean_occupied", 2.0),
        ("pools", "P1/bed", "mean_blocked", 0.5),
        ("pools", "P1/bed", "mean_in_service", 1.5),
        ("pools", "P1/bed", "requests_per_day", 23.0 / 20.0),
        ("pools", "P1/bed", "refused_share", 2.0 / 23.0),
        ("pools", "P1/bed", "reneged_share", 3.0 / 23.0),
        ("pools", "P1/bed", "overflow_share", 5.0 / 23.0),
        ("pools", "P1/bed", "transferred_in_share", 4.0 / 23.0),
        ("pools", "P1/bed", "cancellations_per_day", 0.1),
        ("pools", "P1/bed", "blocked_days_per_admission", 10.0 / 11.0),
        ("pools", "P1/bed", "mean_wait_days", 4.0 / 11.0),
        ("pools", "P1/bed", "wait_positive_share", 2.0 / 11.0),
        // The station is needed beside the bed, but nobody waits on its list for a bed.
        ("pools", "P1/station", "requests_per_day", 1.0),
        ("pools", "P1/station", "throughput_per_day", 0.3),
        ("pools", "P1/station", "refused_share", 0.1),
        ("pools", "P1/station", "overflow_share", 0.25),
        ("pools", "P2/bed", "utilisation", 0.5),
        ("pools", "P2/bed", "transferred_in_share", 1.0),
        ("classes", "P1/bed/elective", "mean_occupied", 1.2),
        ("classes", "P1/bed/elective", "mean_in_service", 1.1),
        ("classes", "P1/bed/elective", "mean_blocked", 0.1),
        ("classes", "P1/bed/elective", "mean_queue", 0.3),
        ("classes", "P1/bed/elective", "mean_wait_days", 0.5),
        ("classes", "P1/bed/elective", "wait_positive_share", 0.25),
        ("classes", "P1/bed/elective", "reneged_share", 0.15),
        ("classes", "P1/bed/elective", "cancellations_per_day", 0.1),
        ("classes", "P1/bed/emergency", "requests_per_day", 0.15),
        ("classes", "P1/bed/emergency", "mean_wait_days", 0.0),
        ("pathways", "beds/emergency", "time_in_system_days", 3.0),
        ("pathways", "beds/elective", "time_in_system_days", 5.0),
        ("pathways", "beds/elective", "throughput_per_day", 0.2),
        ("pathways", "dialysis/all", "throughput_per_day", 0.0),
        // 20 and 5 requests, of which 4 and 5 came from a full provider.
        ("icbs", "I0", "referrals", 15.0),
        ("icbs", "I0", "refused_share", 0.125),
        ("icbs", "I0", "reneged_share", 3.0 / 16.0),
        ("icbs", "I0", "transferred_share", 9.0 / 16.0),
        ("icbs", "I0", "blocked_days", 6.0),
        ("services", "beds", "refused_share", 2.0 / 19.0),
        ("services", "beds", "reneged_share", 3.0 / 19.0),
        ("services", "beds", "reneged", 3.0),
        ("services", "beds", "refused", 2.0),
        ("services", "beds", "treated_from_lists", 11.0),
        ("services", "beds", "transferred_share", 9.0 / 19.0),
        ("services", "beds", "blocked_days", 6.0),
        ("providers", "P1", "transfers_in", 4.0),
        ("providers", "P1", "transfers_out", 5.0),
        ("providers", "P1", "blocked_days", 6.0),
        ("providers", "P2", "transfers_in", 5.0),
        ("profile", "P2/station/9", "waiting_before_session", 3.0),
        ("profile", "P2/station/9", "waiting_after_session", 0.5),
        ("profile", "P2/station/9", "cleared_share", 0.5),
        ("profile", "P2/station/9", "slots_used_share", 0.625),
        ("profile", "P2/station/14", "slots_used_share", 0.0),
    ];
    for (table, entity, metric, want) in expected {
        let got = value(table, entity, metric).unwrap_or_else(|| panic!("no row {table} {entity} {metric}"));
        assert!((got - want).abs() < 1e-12, "{table} {entity} {metric}: {got} against {want}");
    }
    // Those who started did so at P1, half a degree of latitude away.
    let km = value("icbs", "I0", "mean_distance_km").unwrap();
    assert!((km / 111.2 - 0.5).abs() < 1e-3, "{km}");
}

/// A period that works off a list: more is decided in it than asked for, and no share exceeds 1.
#[test]
fn shares_of_a_long_list_are_of_what_was_decided() {
    let bench = bench();
    let layout = bench.layout();
    let model = &bench.model;
    let mut month = month(model);
    month.cells[CellId(0)] = Cell { requests: 4, starts: 8, finishes: 6, refused: 2, ..Cell::default() };
    month.moved_in[CellId(0)] = 4;
    month.incidents[CellId(0)] =
        Incidents { reneged: 30, transferred_out: 5, transferred_in: 4, ..Incidents::default() };
    let mut measurer = Measurer::new(&layout, &model.calendar, &bench.tariff, &bench.options);
    measurer.add(&PeriodActivity { completed: vec![Completed::default(); 3].into(), ..quiet(model) });
    measurer.add(&month);
    let values = measurer.end(&AuditActivity::default());
    let expected = [
        // 8 started, 2 were refused, 30 left and 5 went on, beside the 3 emergencies.
        ("pools", "P1/bed", "reneged_share", 30.0 / 48.0),
        ("pools", "P1/bed", "refused_share", 2.0 / 48.0),
        ("pools", "P1/bed", "overflow_share", 5.0 / 48.0),
        ("pools", "P1/bed", "transferred_in_share", 4.0 / 48.0),
        ("pools", "P1/bed", "mean_wait_all_days", 12.0 / 48.0),
        // 9 of the 11 starts came without a wait.
        ("pools", "P1/bed", "wait_positive_all_share", 1.0 - 9.0 / 48.0),
        ("classes", "P1/bed/elective", "reneged_share", 30.0 / 45.0),
        // Whoever goes on is decided where the way ends.
        ("icbs", "I0", "reneged_share", 30.0 / 40.0),
        ("icbs", "I0", "transferred_share", 9.0 / 40.0),
        ("services", "beds", "refused_share", 2.0 / 43.0),
    ];
    for (table, entity, metric, want) in expected {
        let wanted = [table, "all", entity, metric];
        let matches = |row: &Row<'_>| [row.table.name, row.period, &row.entity.join("/"), row.metric.name] == wanted;
        let got = values[layout.outline().rows().find(matches).unwrap().position];
        assert!((got - want).abs() < 1e-12, "{table} {entity} {metric}: {got} against {want}");
    }
}

#[test]
fn metrics_of_rules_have_rows_where_they_can_differ() {
    let results = bench();
    let layout = results.layout();
    let has = |table: &str, entity: &str, metric: &str| {
        let wanted = [table, "all", entity, metric];
        layout
            .outline()
            .rows()
            .any(|row| [row.table.name, row.period, &row.entity.join("/"), row.metric.name] == wanted)
    };
    // Nothing is known of the places of a class.
    assert!(!has("classes", "P1/bed/elective", "utilisation") && !has("classes", "P1/bed/elective", "full_share"));
    // Emergencies are not interrupted, and those at P2 have no limit on their list.
    assert!(!has("classes", "P1/bed/emergency", "cancellations_per_day"));
    assert!(!has("pools", "P2/bed", "refused_share") && !has("pools", "P2/bed", "mean_blocked"));
    assert!(has("pools", "P2/bed", "overflow_share") && has("pools", "P2/bed", "reneged_share"));
    // A clinic has slots in its sessions, and no places.
    assert!(!has("pools", "P2/station", "utilisation") && has("pools", "P2/station", "mean_wait_days"));
    assert!(!has("services", "dialysis", "blocked_days") && !has("providers", "P2", "blocked_days"));
    assert!(!has("icbs", "I1", "transferred_share") && !has("pathways", "beds", "all"));
    // Audits and sessions of one hour are rows of their own.
    assert!(has("profile", "P2/station/18", "mean_present") && !has("profile", "P2/station/9", "mean_present"));
    // Without rules there is none of it.
    let plain = Bench::new(scenario()).layout();
    let new = ["reneged_share", "overflow_share", "mean_blocked", "transfers_in", "blocked_days", "cleared_share"];
    assert!(plain.outline().rows().all(|row| row.table.name != "classes" && !new.contains(&row.metric.name)));
}

/// A stage's own rule goes before its pool's.
#[test]
fn waits_follow_the_rule_of_the_cell() {
    let mut bench = Bench::new(scenario());
    let mut rules = plain_rules(&bench.model);
    let station = bench.model.cells.iter_ids().filter(|(_, cell)| cell.pool == PoolId(1));
    station.for_each(|(id, _)| rules.cells[id].when_full = WhenFull::Wait);
    let bed = bench.model.cells.iter_ids().filter(|(_, cell)| cell.pool == PoolId(0));
    bed.for_each(|(id, _)| rules.cells[id].when_full = WhenFull::Refuse);
    bench.model.rules = Some(Box::new(rules));
    let layout = bench.layout();
    let has = |entity: &str, metric: &str| {
        layout.outline().rows().any(|row| row.entity.join("/") == entity && row.metric.name == metric)
    };
    assert!(has("P1/station", "mean_wait_days") && !has("P1/station", "refused_share"));
    assert!(!has("P1/bed", "mean_wait_days") && has("P1/bed", "refused_share"));
    assert!(has("P2/bed", "mean_wait_days") && has("I0", "mean_wait_days"));
}
