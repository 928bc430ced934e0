//! Cases A2, A3, A7, A10, A11 and A16: queues and networks whose patients all follow the same rules.

use super::figure::Within::{Absolute, Relative};
use super::figure::{Case, Entity, Figure, figure, pool};

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    let loss = |name, exact| (name, vec![pool("refused_share", exact, Absolute(0.002))]);
    let nurses = |name, busy, wait_probability, wait_minutes, queue, tolerance| {
        let wait = pool("mean_wait_days", wait_minutes / 1440.0, Relative(tolerance));
        let figures = vec![
            wait,
            pool("utilisation", busy, Relative(0.02)),
            pool("wait_positive_share", wait_probability, Relative(tolerance)),
            pool("mean_queue", queue, Relative(tolerance)),
        ];
        (name, figures)
    };
    let pooled = |name, probability, wait| {
        let figures = vec![
            pool("mean_wait_days", wait, Relative(0.02)),
            pool("wait_positive_share", probability, Relative(0.02)),
        ];
        (name, figures)
    };
    let excess = |name, days: f64| (name, vec![pool("excess_bed_days_per_spell", days, Relative(0.02))]);
    vec![
        loss("a02-erlang-b-8-10", 0.121_661),
        loss("a02-erlang-b-8-10-deterministic", 0.121_661),
        loss("a02-erlang-b-8-10-lognormal", 0.121_661),
        loss("a02-erlang-b-20-20", 0.158_892),
        loss("a02-erlang-b-20-20-deterministic", 0.158_892),
        loss("a02-erlang-b-20-20-lognormal", 0.158_892),
        loss("a02-erlang-b-45-50", 0.054_104),
        loss("a02-erlang-b-100-100", 0.075_700),
        (
            "a03-mm1",
            vec![
                pool("mean_wait_days", 4.0, Relative(0.02)),
                pool("within_standard_share", 1.0 - 0.294_304, Relative(0.02)),
                pool("wait_positive_share", 0.8, Relative(0.02)),
            ],
        ),
        nurses("a03-mmc-4", 0.625, 0.319_857, 2.132_378, 0.533_095, 0.02),
        nurses("a03-mmc-5", 0.5, 0.130_371, 0.521_485, 0.130_371, 0.02),
        nurses("a03-mmc-6", 0.416_667, 0.047_445, 0.135_557, 0.033_889, 0.02),
        nurses("a03-mmc-7", 0.357_143, 0.015_443, 0.034_319, 0.008_580, 0.05),
        nurses("a03-mmc-8", 0.3125, 0.004_517, 0.008_213, 0.002_053, 0.05),
        ("a03-bank-3", vec![pool("mean_wait_days", 4.444_444 / 1440.0, Relative(0.02))]),
        ("a03-bank-4", vec![pool("mean_wait_days", 0.869_565 / 1440.0, Relative(0.02))]),
        ("a07-jackson", jackson()),
        pooled("a10-pooling-1", 0.554_113, 0.554_113),
        pooled("a10-pooling-2", 0.409_180, 0.204_590),
        pooled("a10-pooling-4", 0.256_078, 0.064_019),
        ("a10-pooling-loss-1", vec![pool("refused_share", 0.199_067, Relative(0.02))]),
        ("a10-pooling-loss-2", vec![pool("refused_share", 0.121_661, Relative(0.02))]),
        ("a10-pooling-loss-4", vec![pool("refused_share", 0.064_411, Relative(0.02))]),
        ("a11-time-varying", time_varying()),
        ("a11-infinite-server", infinite_servers()),
        excess("a16-trim-point-20", 0.757_574),
        excess("a16-trim-point-10", 0.527_509),
    ]
}

fn jackson() -> Vec<Figure> {
    let mut figures = Vec::new();
    let nodes: [(Entity, [f64; 5]); 3] = [
        (&[("pool", "acute")], [4.242_762, 0.707_127, 0.194_389, 0.110_622, 8.954_868]),
        (&[("pool", "rehabilitation")], [1.803_348, 0.772_863, 0.276_201, 0.521_148, 11.759_897]),
        (&[("pool", "community")], [1.525_950, 0.508_650, 0.025_316, 0.017_174, 6.130_008]),
    ];
    for (entity, [flow, busy, wait_probability, wait, present]) in nodes {
        figures.push(figure("pools", entity, "throughput_per_day", flow, Relative(0.02)));
        figures.push(figure("pools", entity, "utilisation", busy, Relative(0.02)));
        figures.push(figure("pools", entity, "wait_positive_share", wait_probability, Relative(0.02)));
        figures.push(figure("pools", entity, "mean_wait_days", wait, Relative(0.05)));
        figures.push(figure("pools", entity, "mean_present", present, Relative(0.02)));
    }
    figures
}

const HOURS: [Entity; 8] = [
    &[("hour", "0")],
    &[("hour", "3")],
    &[("hour", "6")],
    &[("hour", "9")],
    &[("hour", "12")],
    &[("hour", "15")],
    &[("hour", "18")],
    &[("hour", "21")],
];

fn time_varying() -> Vec<Figure> {
    let exact = [
        (8.5605, 0.07276, 0.05582),
        (13.9211, 1.80655, 0.47378),
        (21.2143, 7.71729, 0.82851),
        (26.5103, 12.84207, 0.89022),
        (22.8987, 9.93082, 0.73435),
        (11.7473, 2.41905, 0.25706),
        (5.0191, 0.11273, 0.01769),
        (5.0327, 0.00266, 0.00122),
    ];
    let mut figures = Vec::new();
    for (entity, (present, queue, busy)) in HOURS.into_iter().zip(exact) {
        let within = if queue > 1.0 { Relative(0.03) } else { Absolute(0.02) };
        figures.push(figure("profile", entity, "mean_present", present, within));
        figures.push(figure("profile", entity, "mean_waiting", queue, within));
        figures.push(figure("profile", entity, "full_share", busy, within));
    }
    figures
}

fn infinite_servers() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (entity, hour) in HOURS.into_iter().zip((0..24).step_by(3)) {
        let angle = std::f64::consts::TAU * (f64::from(hour) - 4.822_881) / 24.0;
        let present = 240.0 + 36.397_737 * angle.sin();
        figures.push(figure("profile", entity, "mean_present", present, Absolute(present * 0.02)));
    }
    figures
}
