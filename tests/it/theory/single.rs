//! Cases A5, A6, A12, B1, B5, B6, B7, B8 and B13: one pool whose patients leave, are turned away, come back, come in groups,
//! or find it closed.

use super::figure::Within::Relative;
use super::figure::{Case, Entity, Figure, figure, pool};
use tierflow::theory::calendars::Gate;
use tierflow::theory::impatience::Impatient;
use tierflow::theory::single::{batch_arrivals, md1_wait, mg1_wait};
use tierflow::theory::wards::refused_with_returns;

/// Metrics of the only pool, all within a share of the exact value.
fn pools(within: f64, exact: &[(&'static str, f64)]) -> Vec<Figure> {
    exact.iter().map(|&(metric, value)| pool(metric, value, Relative(within))).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let constant = Impatient::deterministic(9.0, 1.0, 10, 0.5);
    let (_, groups) = batch_arrivals(0.7, 1.0, &[0.5, 0.25, 0.25]);
    let returns = refused_with_returns(2.0, 1.0, 3, 0.8, 1.0).unwrap();
    let reneging = [
        ("reneged_share", 0.131_198),
        ("mean_queue", 5.247_918),
        ("mean_wait_all_days", 0.262_396),
        ("mean_wait_days", 0.264_005),
        ("wait_positive_all_share", 0.799_645),
        ("wait_positive_share", 0.769_390),
        ("utilisation", 0.965_336),
    ];
    let balking = [
        ("refused_share", 0.061_259),
        ("mean_queue", 1.066_870),
        ("mean_wait_days", 0.126_277),
        ("throughput_per_day", 8.448_671),
    ];
    let constant = [
        ("reneged_share", constant.abandoned),
        ("mean_wait_all_days", constant.mean_wait_all),
        ("mean_wait_days", constant.mean_wait_starters),
        ("wait_positive_all_share", constant.wait_probability_all),
        ("wait_positive_share", constant.wait_probability_starters),
        ("utilisation", constant.utilisation),
    ];
    vec![
        ("a05-reneging", pools(0.02, &reneging)),
        ("a06-balking", pools(0.02, &balking)),
        ("a12-clinic-9-10", clinic(3.101_238, 0.446_500, Some(12.101_238))),
        ("a12-clinic-18-20", clinic(2.597_149, 0.549_988, None)),
        ("b01-md1", pools(0.02, &[("mean_wait_days", md1_wait(0.7, 1.0))])),
        ("b01-mg1", pools(0.02, &[("mean_wait_days", mg1_wait(0.6, 1.0, 2.0))])),
        ("b05-batches", pools(0.03, &[("mean_wait_days", groups)])),
        ("b06-returns", pools(0.02, &[("refused_share", returns)])),
        ("b07-gate", gate(false)),
        ("b08-suspend", gate(true)),
        ("b08-hand-over", hand_over()),
        ("b13-constant-patience", pools(0.03, &constant)),
    ]
}

fn clinic(after: f64, cleared: f64, before: Option<f64>) -> Vec<Figure> {
    let session = |metric, exact| figure("profile", &[], metric, exact, Relative(0.02));
    let mut figures = vec![session("waiting_after_session", after), session("cleared_share", cleared)];
    figures.extend(before.map(|before| session("waiting_before_session", before)));
    figures
}

/// Open from 8 h to 18 h; whether those who are in at closing time stop.
fn gate(stops: bool) -> Vec<Figure> {
    let gate = Gate { arrival_rate: 2.0, mean_stay: 5.0, closed: 14.0, open: 10.0 };
    let hours: [(Entity, f64); 4] =
        [(&[("hour", "12")], 4.0), (&[("hour", "16")], 8.0), (&[("hour", "0")], 16.0), (&[("hour", "7")], 23.0)];
    let mut figures: Vec<Figure> = hours
        .iter()
        .map(|&(entity, since)| {
            let waiting = gate.waiting((since - gate.open).max(0.0));
            let present = if stops { gate.suspended(since) } else { gate.in_service(since) + waiting };
            figure("profile", entity, "mean_present", present, Relative(0.01))
        })
        .collect();
    if !stops {
        figures.push(figure("profile", hours[3].0, "mean_waiting", gate.waiting(13.0), Relative(0.01)));
        figures.push(pool("mean_wait_days", gate.mean_wait() / 24.0, Relative(0.01)));
        figures.push(pool("wait_positive_share", gate.wait_probability(), Relative(0.01)));
    }
    figures
}

/// From 13 h on nobody finishes on the same day: all begin anew at 8 h and are there until 13 h. The stay is constant,
/// so that it does not matter whether it is drawn anew.
fn hand_over() -> Vec<Figure> {
    // Hours of referral that are present: 13 to 8 and 8 to 12; the last five; since 13.
    let hours: [(Entity, f64); 4] =
        [(&[("hour", "16")], 5.0), (&[("hour", "12")], 23.0), (&[("hour", "0")], 11.0), (&[("hour", "7")], 18.0)];
    hours.map(|(entity, there)| figure("profile", entity, "mean_present", 2.0 * there, Relative(0.01))).into()
}
