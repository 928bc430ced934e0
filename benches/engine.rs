//! The engine on the reference workloads: nanoseconds an event, cube and histograms on, nothing read or written.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;
use tierflow::engine::{self, Workspace};
use tierflow::ids::FlowId;
use tierflow::{model, scenario};

fn workloads(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group.sample_size(10);
    for name in ["w1", "w2.toml", "w3.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/benchmark").join(name);
        let loaded = scenario::load(&path, &[]);
        let model = model::compile(&loaded.scenario.expect("a valid scenario"), FlowId(0)).expect("a model");
        let mut workspace = Workspace::default();
        let events = engine::run(&model, 0, &mut workspace, &mut |_| {}).expect("a run").events;
        group.throughput(Throughput::Elements(events));
        group.bench_function(name.trim_end_matches(".toml"), |b| {
            b.iter(|| engine::run(&model, 0, &mut workspace, &mut |_| {}));
        });
    }
    group.finish();
}

criterion_group!(benches, workloads);
criterion_main!(benches);
