//! The event log: it says everything that the tables say, and changes nothing.

mod from_log;

use crate::support::{compile, load, root, simulate};
use from_log::{Constants, Tables, read};
use std::collections::{BTreeMap, BTreeSet};
use tierflow::engine::{self, Event, EventKind, Outcome, Workspace};
use tierflow::experiment::{Observer, simulations};
use tierflow::ids::Id;
use tierflow::ledger::{Arrangements, Tariff};
use tierflow::model::{ChangeKind, Model};
use tierflow::results::{EVENT_COLUMNS, EventNames, Layout, Measurer};
use tierflow::scenario::Scenario;
use tierflow::store::{EventCsv, EventXes};

/// The log of a replication as CSV, and its events.
fn log(scenario: &Scenario, model: &Model, replication: u32) -> (String, Vec<Event>, Outcome) {
    let (mut text, mut events, mut periods) = (Vec::new(), Vec::new(), Vec::new());
    let names = EventNames::new(scenario, model);
    let mut csv = EventCsv::new(&names, &mut text).unwrap();
    let listen = |event: Event| {
        csv.add(&event).unwrap();
        events.push(event);
    };
    let mut sink = |period: &tierflow::activity::PeriodActivity| periods.push(period.clone());
    let outcome = engine::run_traced(model, replication, &mut Workspace::default(), &mut sink, listen).unwrap();
    csv.finish().unwrap();
    drop(csv);
    // Whoever listens changes nothing.
    assert!((periods, outcome.clone()) == simulate(model, replication));
    (String::from_utf8(text).unwrap(), events, outcome)
}

fn constants(scenario: &Scenario, model: &Model) -> Constants {
    let stages = || {
        model.lines.iter().map(|line| {
            let service = &scenario.services[line.service];
            ((service.id.clone(), service.stages[line.stage].id.clone()), line)
        })
    };
    let limit = |ticks: u64| (ticks != u64::MAX).then_some(ticks);
    let mut capacity = BTreeMap::new();
    for (id, pool) in scenario.pools.iter_ids() {
        let places = |places: u32| (places != u32::MAX).then_some(places);
        let mut steps = vec![(0, places(model.pools[id].capacity))];
        let changes = model.rules.iter().flat_map(|rules| &rules.changes).filter(|change| change.pool == id);
        let mut sessions = false;
        for change in changes {
            match change.what {
                ChangeKind::Places(number) => steps.push((change.at as i64, places(number))),
                ChangeKind::Session { .. } => sessions = true,
            }
        }
        if !sessions {
            capacity.insert(format!("{}/{}", scenario.providers[pool.provider].id, pool.id), steps);
        }
    }
    Constants {
        begin: model.warm_up as i64,
        end: model.end as i64,
        first: scenario.services.iter().map(|s| (s.id.clone(), s.stages[Id::new(0)].id.clone())).collect(),
        trim: stages().filter_map(|(name, line)| Some((name, limit(line.trim)?))).collect(),
        standard: stages().filter_map(|(name, line)| Some((name, limit(line.standard)?))).collect(),
        capacity,
    }
}

/// Compares all numbers that the log is asked for with those of the tables; returns which there were.
fn compare(scenario: &Scenario, name: &str) -> BTreeSet<(&'static str, &'static str)> {
    let options: Vec<_> = scenario.options.ids().collect();
    let mut compared = BTreeSet::new();
    for simulation in simulations(scenario, &options).unwrap() {
        let model = &simulation.model;
        let (text, events, outcome) = log(scenario, model, 1);
        let rows = read(&text);
        assert!(rows.iter().map(|row| row.ms).is_sorted(), "{name}: the log is not in order of time");
        assert_eq!(rows.iter().filter(|row| row.what == "referred").count() as u64, outcome.referred);
        let cases: BTreeSet<_> = rows.iter().zip(&events).map(|(row, event)| (&row.case, event.patient)).collect();
        let ids: BTreeSet<_> = rows.iter().map(|row| &row.case).collect();
        let patients: BTreeSet<_> = events.iter().map(|event| event.patient).collect();
        assert!(cases.len() == ids.len() && ids.len() == patients.len(), "{name}: case ids are not unique");

        let tariff = Tariff::compile(scenario, model);
        let arrangements: Vec<_> =
            simulation.options.iter().map(|&option| Arrangements::compile(scenario, model, &tariff, option)).collect();
        let layout = Layout::new(scenario, model, &tariff, &arrangements);
        let mut measurer = Measurer::new(&layout, &model.calendar, &tariff, &arrangements);
        let (periods, outcome) = simulate(model, 1);
        for period in &periods {
            measurer.period(period);
        }
        let values = measurer.finish(&outcome);

        let constants = constants(scenario, model);
        let tables = Tables::new(&rows, &constants);
        for row in layout.outline().rows().filter(|row| row.period == "all") {
            let Some(number) = tables.number(row.table.name, row.metric.name, row.entity) else { continue };
            let simulated = values[row.position];
            let exact = ["referrals", "spells", "waiting_list"].contains(&row.metric.name);
            let tolerance = if exact { 0.0 } else { 1e-9 * simulated.abs().max(1e-3) };
            assert!(
                (number - simulated).abs() <= tolerance || number.is_nan() && simulated.is_nan(),
                "{name}: {}.{} of {:?} is {simulated}, by the log {number}",
                row.table.name,
                row.metric.name,
                row.entity
            );
            compared.insert((row.table.name, row.metric.name));
        }
    }
    compared
}

#[test]
fn the_log_alone_makes_the_tables() {
    let mut compared = BTreeSet::new();
    for (file, days) in [
        ("a04-preemptive-1", 400),
        ("a05-reneging", 60),
        ("a08-blocking", 400),
        ("a09-reserved", 100),
        ("a12-clinic-9-10", 400),
        ("a14-emergency", 30),
        ("b02-two-pools", 100),
        ("b08-suspend", 30),
        ("b10-shared-list", 200),
        ("b12-blocked-near-home", 400),
    ] {
        let horizon = format!("run.horizon=\"{days} d\"");
        let scenario = load(&format!("scenarios/verification/{file}.toml"), &[&horizon]);
        compared.append(&mut compare(&scenario, file));
    }
    let wanted = [
        ("pools", "utilisation"),
        ("pools", "mean_occupied"),
        ("pools", "mean_blocked"),
        ("pools", "mean_queue"),
        ("pools", "full_share"),
        ("pools", "requests_per_day"),
        ("pools", "throughput_per_day"),
        ("pools", "refused_share"),
        ("pools", "reneged_share"),
        ("pools", "overflow_share"),
        ("pools", "transferred_in_share"),
        ("pools", "cancellations_per_day"),
        ("pools", "blocked_days_per_admission"),
        ("pools", "mean_wait_days"),
        ("classes", "mean_occupied"),
        ("classes", "mean_queue"),
        ("classes", "cancellations_per_day"),
        ("pathways", "time_in_system_days"),
        ("pathways", "throughput_per_day"),
        ("icbs", "referrals"),
        ("icbs", "spells"),
        ("icbs", "bed_days"),
        ("icbs", "refused_share"),
        ("icbs", "transferred_share"),
        ("icbs", "blocked_days"),
        ("icbs", "waiting_list"),
        ("flows", "spells"),
        ("flows", "bed_days"),
    ];
    for metric in wanted {
        assert!(compared.contains(&metric), "{metric:?} was not compared");
    }
}

#[test]
fn so_does_the_log_of_every_other_scenario() {
    let folder = root().join("scenarios/verification");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names.iter().map(|name| name.to_str().unwrap()) {
        let scenario =
            load(&format!("scenarios/verification/{name}"), &["run.horizon=\"12 d\"", "run.warm_up=\"3 d\""]);
        compare(&scenario, name);
    }
    compare(&load("tests/good/complete", &["run.horizon=\"60 d\""]), "complete");
    compare(&load("scenarios/north-central-london", &["run.horizon=\"20 d\""]), "north-central-london");
}

/// A stay with a trim point that begins while the place before is still blocked counts from its own beginning.
#[test]
fn excess_after_blocking_is_that_of_the_stay() {
    let trim = "prices=[{service=\"a08-blocking\", stage=\"unit-2\", per=\"excess-bed-day\", price=\"£1\", trim_point=\"3 d\"}]";
    let scenario = load("scenarios/verification/a08-blocking.toml", &["run.horizon=\"100 d\"", trim]);
    assert!(compare(&scenario, "blocking with a trim point").contains(&("pools", "excess_bed_days_per_spell")));
}

/// Of a long list only the first have rows in the engine. The tables must be right all the same, and of the patients of one
/// class and service whoever joined first must start first, those who were interrupted included.
#[test]
fn long_lists_keep_their_order_and_lose_nobody() {
    let beds = |rules: &str| format!("pools=[{{ provider = 'RAA', pool = 'beds', capacity = 50{rules} }}]");
    let demand = "demand=[{ service = 'first', home_area = '*', rate = '100 per day' }, \
                  { service = 'second', home_area = '*', rate = '60 per day' }]";
    let row =
        |service| format!("{{ service = '{service}', home_area = 'everyone', provider = 'RAA', patients = 100 }}");
    let waiting = format!("waiting_at_start=[{}, {}]", row("first"), row("second"));
    let classes = "services.first.classes={ emergency = 0.1, elective = 0.9 }";
    let rises = "services.second.stages=[{ id = 'stay', pool = 'beds', stay = { exponential = { mean = '1 d' } }, \
                 rises = [{ to = 'urgent', after = '12 d' }] }]";
    for (name, rules, more) in
        [("plain", "", &[][..]), ("classes", "", &[classes, rises]), ("resume", ", preemption = 'resume'", &[classes])]
    {
        let mut settings = vec!["run.horizon=\"80 d\"", "run.periods=\"month\"", demand, &waiting];
        let beds = beds(rules);
        settings.push(&beds);
        settings.extend(more);
        let scenario = load("scenarios/benchmark/waiting.toml", &settings);
        compare(&scenario, name);
        let model = compile(&scenario);
        let (_, events, _) = log(&scenario, &model, 0);
        let mut joined = BTreeMap::new();
        let mut lists: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let (mut longest, mut resumed) = (0, 0);
        for event in &events {
            let list = lists.entry(event.cell).or_default();
            match event.kind {
                EventKind::Listed | EventKind::Referred => {
                    joined.insert(event.patient, event.at);
                    list.insert((event.at, event.patient));
                }
                EventKind::Interrupted => {
                    list.insert((joined[&event.patient], event.patient));
                }
                EventKind::Starts | EventKind::Resumes => {
                    let at = joined[&event.patient];
                    assert_eq!(list.first().map(|first| first.0), Some(at), "{name}: {event:?}");
                    assert!(list.remove(&(at, event.patient)));
                    resumed += u32::from(event.kind == EventKind::Resumes);
                }
                _ => {}
            }
            longest = longest.max(list.len());
        }
        assert!(longest > 2000, "{name}: {longest}");
        assert_eq!(resumed > 0, name == "resume", "{name}");
    }
}

/// `docs/trace.md` explains every column and every event.
#[test]
fn the_page_names_everything() {
    let page = std::fs::read_to_string(root().join("docs/trace.md")).unwrap();
    let columns = EVENT_COLUMNS.iter().map(|column| column.0);
    for word in columns.chain(EventKind::ALL.map(EventKind::word)) {
        assert_eq!(page.matches(&format!("\n| `{word}` |")).count(), 1, "{word}");
    }
}

#[test]
fn xes_has_the_same_events_by_case() {
    let scenario = load("scenarios/verification/b12-blocked-near-home.toml", &["run.horizon=\"30 d\""]);
    let model = compile(&scenario);
    let (csv, events, _) = log(&scenario, &model, 0);
    let mut xes = EventXes::default();
    for event in &events {
        xes.add(event);
    }
    let mut text = Vec::new();
    xes.write(&EventNames::new(&scenario, &model), "<a> & \"b\"", &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let cases: BTreeSet<String> = read(&csv).into_iter().map(|row| row.case).collect();
    assert_eq!(text.matches("<trace>").count(), cases.len());
    assert_eq!(text.matches("<event>").count(), events.len());
    assert!(text.contains("<string key=\"concept:name\" value=\"&lt;a&gt; &amp; &quot;b&quot;\"/>"));
    assert_eq!(text.matches("time:timestamp\" value=\"20").count(), events.len());
    for (open, close) in [("<log ", "</log>"), ("<trace>", "</trace>"), ("<event>", "</event>")] {
        assert_eq!(text.matches(open).count(), text.matches(close).count());
    }
}
