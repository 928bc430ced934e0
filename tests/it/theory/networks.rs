//! Cases A8, A9, B2, B3, B4 and B12: places that are blocked, overflow, are needed together or are kept for some.

use super::figure::Within::Relative;
use super::figure::{Case, Entity, Figure, Place, figure, pool};
use tierflow::theory::erlang::erlang_b;
use tierflow::theory::loss::{kaufman_roberts, loss_network, trunk_reservation};
use tierflow::theory::wards::{Unit, blocking_after_service};

const ICBS: [Entity; 3] = [&[("icb", "Q01")], &[("icb", "Q02")], &[("icb", "Q03")]];

/// Refused shares of the residents of Q01, Q02 ...
fn refused(exact: &[f64], within: f64) -> Vec<Figure> {
    let share = |(icb, share): (&Entity, &f64)| figure("icbs", icb, "refused_share", *share, Relative(within));
    ICBS.iter().zip(exact).map(share).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let open = [0.167_963, 0.030_243, 0.102_327, 7.488_331, 1.239_484, 7.181_385];
    let kept = [0.167_963, 0.073_719, 0.073_109, 7.488_331, 0.848_198, 7.415_126];
    let needs = vec![vec![1, 1], vec![0, 1], vec![1, 0]];
    let (others, own) = trunk_reservation(4.0, 6.0, 12, 2);
    let mut open_access = overflow(open);
    for (commissioner, cost) in [(&[("commissioner", "Q01")], 8.727_815), (&[("commissioner", "Q02")], 7.181_385)] {
        open_access.push(per_day("commissioners", commissioner, "cost_gbp", cost));
    }
    vec![
        ("a08-blocking", blocking()),
        ("a09-open-access", open_access),
        ("a09-reserved", overflow(kept)),
        ("b02-unequal-needs", unequal_needs()),
        ("b02-two-pools", refused(&loss_network(&[3.0, 3.0, 2.0], &needs, &[5, 8]), 0.03)),
        ("b03-last-free", refused(&[own, others], 0.03)),
        ("b04-ring-fence", refused(&[erlang_b(4.0, 5), erlang_b(5.0, 7)], 0.02)),
        ("b12-blocked-near-home", blocked_near_home()),
    ]
}

fn per_day(table: &'static str, entity: Entity, metric: &'static str, exact: f64) -> Figure {
    Figure::at(Place::PerDay { table, entity, metric }, exact, Relative(0.02))
}

fn blocking() -> Vec<Figure> {
    let first: Entity = &[("pool", "unit-1")];
    let second: Entity = &[("pool", "unit-2")];
    [
        (first, "refused_share", 0.127_382, 0.02),
        (first, "mean_in_service", 3.490_471, 0.02),
        (first, "mean_blocked", 0.112_983, 0.05),
        (first, "mean_occupied", 3.603_454, 0.02),
        (first, "blocked_days_per_admission", 0.064_738, 0.05),
        (second, "mean_occupied", 4.886_659, 0.02),
        (second, "full_share", 0.125_267, 0.02),
    ]
    .map(|(entity, metric, exact, within)| figure("pools", entity, metric, exact, Relative(within)))
    .into()
}

/// P(RAA full), losses of the residents of Q01 and Q02, beds of Q01 at RAA and RBB, beds of Q02 at RBB.
fn overflow([full, first, second, local, away, own]: [f64; 6]) -> Vec<Figure> {
    let mut figures = refused(&[first, second], 0.04);
    figures.push(figure("pools", &[("provider", "RAA")], "full_share", full, Relative(0.02)));
    figures.push(per_day("flows", &[("home_icb", "Q01"), ("provider", "RAA")], "bed_days", local));
    figures.push(per_day("flows", &[("home_icb", "Q01"), ("provider", "RBB")], "bed_days", away));
    figures.push(per_day("flows", &[("home_icb", "Q02"), ("provider", "RBB")], "bed_days", own));
    figures
}

fn unequal_needs() -> Vec<Figure> {
    let blocked = kaufman_roberts(&[6.0, 1.0], &[1, 3], 12);
    let used = 6.0 * (1.0 - blocked[0]) + 3.0 * (1.0 - blocked[1]);
    vec![
        figure("classes", &[("class", "emergency")], "refused_share", blocked[0], Relative(0.03)),
        figure("classes", &[("class", "elective")], "refused_share", blocked[1], Relative(0.03)),
        pool("utilisation", used / 12.0, Relative(0.02)),
    ]
}

fn blocked_near_home() -> Vec<Figure> {
    let (acute, rehabilitation) = (Unit { beds: 5, mean_stay: 1.5 }, Unit { beds: 4, mean_stay: 2.0 });
    let exact = blocking_after_service(2.0, acute, 0.6, rehabilitation).unwrap();
    let at = |entity, metric, exact, within| figure("pools", entity, metric, exact, Relative(within));
    vec![
        at(&[("provider", "RAA")], "refused_share", exact.lost, 0.03),
        at(&[("provider", "RAA")], "mean_blocked", exact.blocked, 0.05),
        at(&[("provider", "RBB")], "mean_occupied", exact.second, 0.03),
    ]
}
