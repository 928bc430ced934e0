//! A million people waiting against a thousand: nanoseconds an event, everything included, under each kind of list.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;
use tierflow::engine::{self, Workspace};
use tierflow::ids::FlowId;
use tierflow::model::{self, Model};
use tierflow::scenario;

/// The list, and the settings that make it.
const LISTS: [(&str, &[&str]); 4] = [
    ("first-come", &[]),
    (
        "rising",
        &[
            "services.first.classes={ urgent = 0.2, elective = 0.8 }",
            "services.second.classes={ urgent = 0.1, elective = 0.9 }",
            "services.first.stages=[{ id = 'stay', pool = 'beds', stay = { exponential = { mean = '1 d' } }, \
        rises = [{ to = 'urgent', after = '18 weeks' }, { to = 'emergency', after = '52 weeks' }] }]",
        ],
    ),
    ("breach-date", &["pools=[{ provider = 'RAA', pool = 'beds', capacity = 5000, order = 'breach-date' }]"]),
    ("patience", &[]),
];

fn compiled(name: &str, settings: &[&str], waiting: u32) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/benchmark/waiting.toml");
    let mut settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
    let row = |service| {
        format!("{{ service = '{service}', home_area = 'everyone', provider = 'RAA', patients = {} }}", waiting / 2)
    };
    settings.push(format!("waiting_at_start=[{}, {}]", row("first"), row("second")));
    if name == "patience" {
        // Half of those who come leave the list again: its mean length is 5,000 a day times the mean patience.
        let days = f64::from(waiting) / 5000.0;
        for service in ["first", "second"] {
            settings.push(format!(
                "services.{service}.stages=[{{ id = 'stay', pool = 'beds', stay = {{ exponential = {{ mean = '1 d' }} }}, \
                 patience = {{ exponential = {{ mean = '{days} d' }} }} }}]"
            ));
        }
        settings.push(
            "demand=[{ service = 'first', home_area = '*', rate = '5000 per day' }, \
             { service = 'second', home_area = '*', rate = '5000 per day' }]"
                .to_owned(),
        );
    }
    let loaded = scenario::load(&path, &settings);
    model::compile(&loaded.scenario.expect("a valid scenario"), FlowId(0)).expect("a model")
}

fn lists(c: &mut Criterion) {
    let mut group = c.benchmark_group("waiting");
    group.sample_size(10);
    for (name, settings) in LISTS {
        for (size, waiting) in [("thousand", 1_000), ("million", 1_000_000)] {
            let model = compiled(name, settings, waiting);
            let mut workspace = Workspace::default();
            let events = engine::run(&model, 0, &mut workspace, &mut |_| {}).expect("a run").events;
            group.throughput(Throughput::Elements(events));
            group.bench_function(format!("{name} {size}"), |b| {
                b.iter(|| engine::run(&model, 0, &mut workspace, &mut |_| {}));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
