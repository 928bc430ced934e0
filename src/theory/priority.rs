//! Waits by class where some patients go first. Classes are listed from the highest down; inside a class it is first come
//! first served. A class that the server cannot keep up with, given those above it, waits for ever (infinity).

use super::erlang::erlang_c;
use libm::{exp, expm1};

/// Poisson arrivals of one class at a single server.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Demand {
    /// Arrivals a unit of time.
    pub arrival_rate: f64,
    /// The mean service time.
    pub mean_service: f64,
    /// The mean of its square.
    pub second_moment: f64,
}

impl Demand {
    /// A class with exponential services.
    pub fn exponential(arrival_rate: f64, mean_service: f64) -> Self {
        Self { arrival_rate, mean_service, second_moment: 2.0 * mean_service * mean_service }
    }

    /// A class whose services all take the same time.
    pub fn deterministic(arrival_rate: f64, service: f64) -> Self {
        Self { arrival_rate, mean_service: service, second_moment: service * service }
    }

    /// Arrival rate * mean service.
    pub fn load(self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// lambda E(S^2) / 2: the work that one arrival of the class finds in the service under way, on average.
    fn residual_work(self) -> f64 {
        0.5 * self.arrival_rate * self.second_moment
    }
}

/// The mean waits by class in M/M/c without preemption, `arrival_rates` from the highest class down, one exponential service
/// of mean `mean_service` for all, in its unit of time.
///
/// W(k) = C(a, c) mean / c / ((1 - s(k - 1)) (1 - s(k))), s(k) = the load of classes 1 to k over c. Sources: A. Cobham,
/// "Priority assignment in waiting line problems", Operations Research 2 (1954) 70-76; O. Kella and U. Yechiali, "Waiting
/// times in the non-preemptive priority M/M/c queue", Stochastic Models 1 (1985) 257-262.
pub fn nonpreemptive_mmc(arrival_rates: &[f64], mean_service: f64, servers: u32) -> Vec<f64> {
    let places = f64::from(servers);
    let load = arrival_rates.iter().sum::<f64>() * mean_service;
    let first = erlang_c(load, servers) * mean_service / places;
    by_level(first, arrival_rates.iter().map(|rate| rate * mean_service / places))
}

/// The mean waits by class in M/G/1 without preemption.
///
/// W(k) = W0 / ((1 - s(k - 1)) (1 - s(k))), W0 = sum of lambda E(S^2) / 2 over all classes. Source: A. Cobham, "Priority
/// assignment in waiting line problems", Operations Research 2 (1954) 70-76. Needs a total load below 1: a class above an
/// overloaded one would meet the server always busy.
pub fn nonpreemptive_mg1(classes: &[Demand]) -> Vec<f64> {
    by_level(classes.iter().map(|class| class.residual_work()).sum(), classes.iter().map(|class| class.load()))
}

/// first / ((1 - s(k - 1)) (1 - s(k))) for the cumulative loads s.
fn by_level(first: f64, loads: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut above = 0.0;
    loads
        .map(|load| {
            let upto: f64 = above + load;
            let wait = if upto < 1.0 { first / ((1.0 - above) * (1.0 - upto)) } else { f64::INFINITY };
            above = upto;
            wait
        })
        .collect()
}

/// The mean times in the system by class in M/G/1 where a higher class interrupts a lower one, which later goes on where
/// it stopped.
///
/// T(k) = E(S(k)) / (1 - s(k - 1)) + (sum over i <= k of lambda(i) E(S(i)^2) / 2) / ((1 - s(k - 1)) (1 - s(k))). Source:
/// R. W. Conway, W. L. Maxwell and L. W. Miller, *Theory of Scheduling* (1967), section 8-7.
pub fn preemptive_resume_mg1(classes: &[Demand]) -> Vec<f64> {
    let (mut above, mut work) = (0.0, 0.0);
    classes
        .iter()
        .map(|class| {
            let upto: f64 = above + class.load();
            work += class.residual_work();
            let time = if upto < 1.0 {
                class.mean_service / (1.0 - above) + work / ((1.0 - above) * (1.0 - upto))
            } else {
                f64::INFINITY
            };
            above = upto;
            time
        })
        .collect()
}

/// The mean time in the system of the lower of two classes at a single server, where the higher one interrupts it and its
/// service, which always takes `service`, then begins anew.
///
/// With E(B) and E(B^2) of a busy period of the higher class: the completion time is C = service + the sum of K failed
/// attempts, each an exponential time cut at `service` and one busy period, P(K = k) = (1 - p)^k p with p = exp(-lambda
/// service). Then T = E(C) + rate E(C^2) / (2 (1 - rate E(C))) + load E(B^2) / (2 E(B)), where `load` is the higher class's.
/// Infinite where rate E(C) >= 1.
///
/// Source: N. K. Jaiswal, *Priority Queues* (1968), chapter IV (preemptive-repeat discipline; with constant services it does
/// not matter whether the repeated one is drawn anew).
pub fn preemptive_restart(higher: Demand, rate: f64, service: f64) -> f64 {
    let load = higher.load();
    if load >= 1.0 {
        return f64::INFINITY;
    }
    let busy = higher.mean_service / (1.0 - load);
    let busy_squared = higher.second_moment / ((1.0 - load) * (1.0 - load) * (1.0 - load));
    let lambda = higher.arrival_rate;
    let (success, failures) = (exp(-lambda * service), expm1(lambda * service));
    // An exponential time, given that it is below `service`.
    let (attempt, attempt_squared) = if lambda * service > 0.0 {
        let odds = service / failures;
        let mean = 1.0 / lambda - odds;
        (mean, 2.0 / lambda * mean - service * odds)
    } else {
        (0.0, 0.0)
    };
    let lost = attempt + busy;
    let variance = attempt_squared - attempt * attempt + busy_squared - busy * busy;
    let completion = service + failures * lost;
    let completion_squared = completion * completion + failures * variance + failures / success * lost * lost;
    if rate * completion >= 1.0 {
        return f64::INFINITY;
    }
    let idle = if load > 0.0 { load * busy_squared / (2.0 * busy) } else { 0.0 };
    completion + rate * completion_squared / (2.0 * (1.0 - rate * completion)) + idle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::MMc;

    fn near(values: &[f64], shown: &[f64]) {
        assert_eq!(values.len(), shown.len());
        for (value, shown) in values.iter().zip(shown) {
            assert!((value - shown).abs() <= 5.1e-7, "{values:?} is not {shown}");
        }
    }

    /// All numbers of verification case A4, to the digits shown.
    #[test]
    fn case_a4() {
        near(&nonpreemptive_mmc(&[2.0, 5.0], 1.0, 9), &[0.054_992, 0.247_466]);
        near(&nonpreemptive_mmc(&[0.3, 0.4], 1.0, 1), &[1.0, 3.333_333]);
        let classes = [Demand::exponential(0.3, 1.0), Demand::exponential(0.4, 1.0)];
        near(&nonpreemptive_mg1(&classes), &[1.0, 3.333_333]);
        near(&preemptive_resume_mg1(&classes), &[1.428_571, 4.761_905]);
    }

    /// One class is the plain queue; waits weighted by load are conserved (Kleinrock's conservation law).
    #[test]
    fn limits_are_closed_forms() {
        let plain = MMc { arrival_rate: 7.0, mean_service: 1.0, servers: 9 };
        near(&nonpreemptive_mmc(&[7.0], 1.0, 9), &[plain.mean_wait()]);
        let waits = nonpreemptive_mmc(&[2.0, 4.0, 1.0], 1.0, 9);
        let mean = (2.0 * waits[0] + 4.0 * waits[1] + waits[2]) / 7.0;
        assert!((mean - plain.mean_wait()).abs() < 1e-14);
        assert_eq!(nonpreemptive_mmc(&[1.0, 9.0], 1.0, 9)[1], f64::INFINITY);
        assert_eq!(preemptive_resume_mg1(&[Demand::exponential(1.0, 1.0)]), [f64::INFINITY]);
    }

    /// Nobody above: M/D/1. A service so short that it is never interrupted: as with resuming.
    #[test]
    fn restarting() {
        let nobody = Demand::exponential(0.0, 1.0);
        assert!((preemptive_restart(nobody, 0.5, 1.0) - 1.5).abs() < 1e-12);
        let rare = Demand::exponential(0.3, 1.0);
        let short = 1e-6;
        let resumed = preemptive_resume_mg1(&[rare, Demand::deterministic(0.4, short)])[1];
        assert!((preemptive_restart(rare, 0.4, short) - resumed).abs() < 1e-5);
        // E(C) = (exp(lambda s) - 1) (1 / lambda + E(B)): the elementary form.
        let patient = preemptive_restart(rare, 1e-12, 1.0);
        let alone = expm1(0.3) * (1.0 / 0.3 + 1.0 / 0.7) + 0.3 * (2.0 / 0.343) / (2.0 / 0.7);
        assert!((patient - alone).abs() < 1e-9, "{patient} {alone}");
        assert_eq!(preemptive_restart(rare, 0.9, 1.0), f64::INFINITY);
    }
}
