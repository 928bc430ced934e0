//! From the files of `scenarios/england` to a model, ready to run.

use criterion::{Criterion, criterion_group, criterion_main};
use std::path::Path;
use tierflow::ids::FlowId;
use tierflow::{model, scenario};

fn england(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/england");
    let mut group = c.benchmark_group("compile");
    group.sample_size(20);
    group.bench_function("load england", |b| b.iter(|| scenario::load(&path, &[])));
    let scenario = scenario::load(&path, &[]).scenario.expect("a valid scenario");
    group.bench_function("compile england", |b| b.iter(|| model::compile(&scenario, FlowId(0))));
    group.finish();
}

criterion_group!(benches, england);
criterion_main!(benches);
