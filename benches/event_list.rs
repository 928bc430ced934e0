//! The event list alone: take the first and schedule another (the hold model), by the number pending.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tierflow::engine::EventList;
use tierflow::random::philox2x64;

const HOLDS: u64 = 100_000;

fn hold(c: &mut Criterion) {
    let mut group = c.benchmark_group("event list");
    group.throughput(Throughput::Elements(HOLDS));
    let spans: Vec<u64> = (0..HOLDS).map(|i| philox2x64(1, [i, 0])[0] >> 48).collect();
    for pending in [1_000_u32, 10_000, 100_000, 1_000_000] {
        let mut list = EventList::default();
        list.clear();
        for slot in 0..pending {
            list.push(philox2x64(2, [u64::from(slot), 0])[0] >> 48, slot);
        }
        group.bench_function(BenchmarkId::from_parameter(pending), |b| {
            b.iter(|| {
                for span in &spans {
                    let now = list.first_instant();
                    let slot = list.take_first();
                    list.push(now + span, slot);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
