//! Single servers with other than exponential services, or patients who come in groups.

/// The mean wait in M/G/1, first come first served, in the unit of the mean service: lambda E(S^2) / (2 (1 - rho)); infinite
/// where rho = lambda E(S) is not below 1.
///
/// Sources: F. Pollaczek, Mathematische Zeitschrift 32 (1930) 64-100; A. Y. Khinchine (1932); L. Kleinrock, *Queueing Systems*,
/// volume 1 (1975), section 5.6.
pub fn mg1_wait(arrival_rate: f64, mean_service: f64, second_moment: f64) -> f64 {
    let load = arrival_rate * mean_service;
    if load < 1.0 { arrival_rate * second_moment / (2.0 * (1.0 - load)) } else { f64::INFINITY }
}

/// The mean wait in M/D/1, where every service takes `service`: [`mg1_wait`] with E(S^2) = E(S)^2.
pub fn md1_wait(arrival_rate: f64, service: f64) -> f64 {
    mg1_wait(arrival_rate, service, service * service)
}

/// The mean number present and the mean wait in M^X/M/1, where patients come in groups: `batches[i]` is the probability of
/// i + 1 at once, and `arrival_rate` counts patients. Infinite where rho = arrival rate * mean service is not below 1.
///
/// L = rho (1 + E(X^2) / E(X)) / (2 (1 - rho)); the wait is L / arrival rate - mean service (Little's law). Source: D. Gross
/// and C. M. Harris, *Fundamentals of Queueing Theory*, 3rd edition (1998), section 3.1.
pub fn batch_arrivals(arrival_rate: f64, mean_service: f64, batches: &[f64]) -> (f64, f64) {
    let load = arrival_rate * mean_service;
    if load >= 1.0 {
        return (f64::INFINITY, f64::INFINITY);
    }
    let moment = |power: i32| batches.iter().zip(1_u32..).map(|(p, size)| p * f64::from(size).powi(power)).sum::<f64>();
    let present = load * (1.0 + moment(2) / moment(1)) / (2.0 * (1.0 - load));
    (present, present / arrival_rate - mean_service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::MMc;

    #[test]
    fn exponential_services_are_a_plain_queue() {
        let plain = MMc { arrival_rate: 0.7, mean_service: 1.0, servers: 1 };
        assert!((mg1_wait(0.7, 1.0, 2.0) - plain.mean_wait()).abs() < 1e-14);
        assert!((md1_wait(0.7, 1.0) - 0.5 * plain.mean_wait()).abs() < 1e-14);
        let (present, wait) = batch_arrivals(0.7, 1.0, &[1.0]);
        assert!((present - plain.mean_present()).abs() < 1e-13 && (wait - plain.mean_wait()).abs() < 1e-13);
    }

    /// Groups of two with exponential services are M/G/1 in groups whose services are Erlang's of two phases, and half of the
    /// patients wait for one service more.
    #[test]
    fn groups_of_two() {
        let (_, wait) = batch_arrivals(0.8, 1.0, &[0.0, 1.0]);
        assert!((wait - (mg1_wait(0.4, 2.0, 6.0) + 0.5)).abs() < 1e-13);
        assert_eq!(batch_arrivals(1.0, 1.0, &[1.0]).1, f64::INFINITY);
        assert_eq!(md1_wait(1.0, 1.0), f64::INFINITY);
    }
}
