//! Eight replications of W1 on one thread and on two.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tierflow::activity::PeriodActivity;
use tierflow::engine::Outcome;
use tierflow::experiment::{Observer, Replications, replicate};
use tierflow::ids::FlowId;
use tierflow::{model, scenario};

struct Finishes(f64);

impl Observer for Finishes {
    fn period(&mut self, activity: &PeriodActivity) {
        self.0 = activity.cells.iter().map(|cell| f64::from(cell.finishes)).sum();
    }
    fn finish(&mut self, _: &Outcome) -> Vec<f64> {
        vec![self.0]
    }
}

fn threads(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/benchmark/w1");
    let model =
        model::compile(&scenario::load(&path, &[]).scenario.expect("a valid scenario"), FlowId(0)).expect("a model");
    let mut group = c.benchmark_group("threads");
    group.sample_size(10);
    for threads in [1, 2] {
        let cancelled = AtomicBool::new(false);
        let settings =
            Replications { numbers: (0, 8), threads, progress: &|_| {}, cancelled: &cancelled, stopwatch: &|| 0.0 };
        group.bench_function(BenchmarkId::from_parameter(threads), |b| {
            b.iter(|| replicate(&model, settings, || Finishes(0.0)));
        });
    }
    group.finish();
}

criterion_group!(benches, threads);
criterion_main!(benches);
