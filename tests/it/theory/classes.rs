//! Cases A4, B9, B14, B15 and B16: some patients go first, or leave first.

use super::figure::Within::Relative;
use super::figure::{Case, Entity, Figure, figure};
use tierflow::theory::impatience::Impatient;
use tierflow::theory::priority::{self, Demand, nonpreemptive_mg1, nonpreemptive_mmc, preemptive_restart};
use tierflow::theory::queues::MMc;

const CLASSES: [Entity; 3] = [&[("class", "emergency")], &[("class", "urgent")], &[("class", "elective")]];
const WITHOUT_URGENT: [Entity; 2] = [CLASSES[0], CLASSES[2]];

/// Mean waits by class; the lowest class's wait comes first, because it feels all the others.
fn waits(entities: &[Entity], exact: &[f64]) -> Vec<Figure> {
    let wait = |(entity, wait): (&Entity, &f64)| figure("classes", entity, "mean_wait_days", *wait, Relative(0.03));
    entities.iter().zip(exact).map(wait).rev().collect()
}

fn time(service: Entity, exact: f64) -> Figure {
    figure("pathways", service, "time_in_system_days", exact, Relative(0.03))
}

pub(super) fn cases() -> Vec<Case> {
    let three = nonpreemptive_mmc(&[1.0, 1.0, 1.2], 1.0, 4);
    let different = nonpreemptive_mg1(&[
        Demand::exponential(0.2, 1.0),
        Demand::deterministic(0.2, 0.5),
        Demand { arrival_rate: 0.25, mean_service: 1.5, second_moment: 4.5 },
    ]);
    let emergencies = Demand::exponential(0.3, 1.0);
    let restarted = preemptive_restart(emergencies, 0.3, 1.0);
    let alone = priority::preemptive_resume_mg1(&[emergencies])[0];
    vec![
        ("a04-non-preemptive-9", waits(&WITHOUT_URGENT, &[0.054_992, 0.247_466])),
        ("a04-non-preemptive-1", waits(&WITHOUT_URGENT, &[1.0, 3.333_333])),
        (
            "a04-preemptive-1",
            vec![
                time(&[("service", "a04-preemptive-1-elective")], 4.761_905),
                time(&[("service", "a04-preemptive-1-emergency")], 1.428_571),
            ],
        ),
        (
            "b09-restart",
            vec![
                time(&[("service", "b09-restart-elective")], restarted),
                time(&[("service", "b09-restart-emergency")], alone),
            ],
        ),
        ("b14-three-classes", waits(&CLASSES, &three)),
        ("b14-different-stays", waits(&CLASSES, &different)),
        ("b15-preemptive-4", preemption()),
        ("b16-patience-by-class", patience()),
    ]
}

/// Emergencies see a queue of their own, and with one law of the stay everybody together is a queue, too.
fn preemption() -> Vec<Figure> {
    let queue = |arrival_rate| MMc { arrival_rate, mean_service: 1.0, servers: 4 };
    let (emergencies, all) = (queue(1.5), queue(3.2));
    let electives = (all.mean_present() - emergencies.mean_present()) / 1.7;
    vec![
        time(&[("service", "b15-preemptive-4-elective")], electives),
        time(&[("service", "b15-preemptive-4-emergency")], emergencies.mean_present() / 1.5),
        figure("classes", CLASSES[0], "mean_wait_days", emergencies.mean_wait(), Relative(0.03)),
    ]
}

/// Urgent patients never wait, so electives are a queue of their own beside them.
fn patience() -> Vec<Figure> {
    let electives = Impatient::beside_hasty(18.0, 4.5, 1.0, 18, 2.0).unwrap();
    let figures = [
        (CLASSES[2], "reneged_share", electives.abandoned),
        (CLASSES[2], "mean_wait_all_days", electives.mean_wait_all),
        (CLASSES[2], "mean_wait_days", electives.mean_wait_starters),
        (CLASSES[2], "wait_positive_all_share", electives.wait_probability_all),
        (CLASSES[1], "reneged_share", electives.wait_probability_all),
    ];
    figures.map(|(class, metric, exact)| figure("classes", class, metric, exact, Relative(0.02))).into()
}
