//! Cases B10, B11 and B12: lists that providers share, and stays that depend on where home is.

use super::figure::Within::Relative;
use super::figure::{Case, Entity, Figure, Place, figure, pool};
use tierflow::theory::erlang::erlang_b;
use tierflow::theory::queues::MMc;

pub(super) fn cases() -> Vec<Case> {
    vec![("b10-shared-list", shared_list()), ("b11-away", away()), ("b12-near-home", near_home())]
}

fn shared_list() -> Vec<Figure> {
    let wait = MMc { arrival_rate: 6.4, mean_service: 1.0, servers: 8 }.mean_wait();
    vec![
        figure("services", &[("service", "b10-shared-list")], "mean_wait_days", wait, Relative(0.03)),
        figure("pools", &[("provider", "RAA")], "utilisation", 0.8, Relative(0.02)),
        figure("pools", &[("provider", "RBB")], "utilisation", 0.8, Relative(0.02)),
    ]
}

fn away() -> Vec<Figure> {
    let lost = erlang_b(10.0, 12);
    let days = |entity| {
        let place = Place::PerDay { table: "flows", entity, metric: "bed_days" };
        Figure::at(place, 5.0 * (1.0 - lost), Relative(0.02))
    };
    vec![
        pool("refused_share", lost, Relative(0.03)),
        pool("utilisation", 10.0 * (1.0 - lost) / 12.0, Relative(0.02)),
        days(&[("home_icb", "Q01")]),
        days(&[("home_icb", "Q02")]),
    ]
}

fn near_home() -> Vec<Figure> {
    let units: [(Entity, f64, u32); 2] = [
        (&[("provider", "RBB"), ("pool", "rehabilitation")], 1.5, 6),
        (&[("provider", "RAA"), ("pool", "rehabilitation")], 2.5, 10),
    ];
    let mut figures = Vec::new();
    for (entity, arrival_rate, servers) in units {
        let queue = MMc { arrival_rate, mean_service: 3.0, servers };
        figures.push(figure("pools", entity, "mean_wait_days", queue.mean_wait(), Relative(0.05)));
        figures.push(figure("pools", entity, "mean_occupied", queue.load(), Relative(0.02)));
    }
    figures
}
