//! Queues whose arrival rate varies through the day or the week, in their periodic regime.

use libm::{atan, sin, sqrt};
use std::f64::consts::TAU;

/// The state of a queue at one moment of its period.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Snapshot {
    /// The mean number present.
    pub mean_present: f64,
    /// The mean number waiting.
    pub mean_queue: f64,
    /// P(all servers busy).
    pub all_busy: f64,
}

/// The periodic regime of M(t)/M/c cannot be computed: the queue grows without bound, or too slowly settles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the queue does not settle into a periodic regime within {STATES} places and {PERIODS} periods")]
pub struct NotPeriodic;

/// The states that are kept: 0 to this number present.
const STATES: usize = 2_000;
/// The periods that the regime may take to settle.
const PERIODS: usize = 2_000;
/// The regime has settled once no probability moves by more than this in a period.
const SETTLED: f64 = 1e-12;

/// M(t)/M/c in its periodic regime, at moments of the period: one [`Snapshot`] for each of `times` (ascending, from 0 to
/// below `period`).
///
/// Solves the Kolmogorov forward equations from an empty queue by the classical Runge-Kutta method, period after period
/// until they repeat (D. P. Heyman and W. Whitt, J. Applied Probability 21 (1984) 143-156 show that they do where the mean
/// rate is below capacity). `rate` gives the arrivals a unit of time at a time since the start of the period,
/// `service_rate` the services of one busy server. States are added as the queue needs them.
///
/// # Errors
/// [`NotPeriodic`] where the queue outgrows 2,000 places, or has not settled after 2,000 periods.
pub fn periodic_queue(
    rate: impl Fn(f64) -> f64,
    period: f64,
    service_rate: f64,
    servers: usize,
    times: &[f64],
) -> Result<Vec<Snapshot>, NotPeriodic> {
    let mut queue = Queue { rate, service_rate, servers, states: vec![1.0] };
    for _ in 0..PERIODS {
        let before = queue.states.clone();
        queue.advance(0.0, period)?;
        let moved = queue.states.iter().enumerate().map(|(n, p)| (p - before.get(n).unwrap_or(&0.0)).abs());
        if moved.fold(0.0, f64::max) < SETTLED {
            let mut now = 0.0;
            return times
                .iter()
                .map(|&time| {
                    queue.advance(now, time)?;
                    now = time;
                    Ok(queue.snapshot())
                })
                .collect();
        }
    }
    Err(NotPeriodic)
}

struct Queue<R> {
    rate: R,
    service_rate: f64,
    servers: usize,
    /// P(n present).
    states: Vec<f64>,
}

impl<R: Fn(f64) -> f64> Queue<R> {
    /// Moves the probabilities from one time to a later one, in equal steps of at most a third of the mean time between
    /// events (well inside the method's bound of stability).
    fn advance(&mut self, from: f64, to: f64) -> Result<(), NotPeriodic> {
        let mut now = from;
        while now < to {
            let fastest = (self.rate)(now).max((self.rate)(0.5 * (now + to))) + self.service_rate * self.servers as f64;
            let step = (0.3 / fastest).min(to - now);
            self.make_room()?;
            self.runge_kutta(now, step);
            // The last step ends exactly at the goal.
            now = if step == to - now { to } else { now + step };
        }
        Ok(())
    }

    /// Keeps 16 states above the highest that matters.
    fn make_room(&mut self) -> Result<(), NotPeriodic> {
        let needed = self.states.iter().rposition(|&p| p > 1e-18).unwrap_or(0) + 17;
        if needed > STATES {
            return Err(NotPeriodic);
        }
        if needed > self.states.len() {
            self.states.resize(needed, 0.0);
        }
        Ok(())
    }

    fn runge_kutta(&mut self, time: f64, step: f64) {
        let start = &self.states;
        let ahead = |slope: &[f64], share: f64| -> Vec<f64> {
            start.iter().zip(slope).map(|(p, s)| p + share * step * s).collect()
        };
        let a = self.slope(time, start);
        let b = self.slope(time + 0.5 * step, &ahead(&a, 0.5));
        let c = self.slope(time + 0.5 * step, &ahead(&b, 0.5));
        let d = self.slope(time + step, &ahead(&c, 1.0));
        for (n, p) in self.states.iter_mut().enumerate() {
            *p += step / 6.0 * (a[n] + 2.0 * b[n] + 2.0 * c[n] + d[n]);
        }
    }

    /// The Kolmogorov forward equations: each flow between neighbouring states leaves one and enters the other; none
    /// leaves the highest state upwards, so that probability is conserved.
    fn slope(&self, time: f64, states: &[f64]) -> Vec<f64> {
        let arrivals = (self.rate)(time);
        let mut slope = vec![0.0; states.len()];
        for n in 1..states.len() {
            let up = arrivals * states[n - 1] - self.service_rate * n.min(self.servers) as f64 * states[n];
            slope[n - 1] -= up;
            slope[n] += up;
        }
        slope
    }

    fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot { mean_present: 0.0, mean_queue: 0.0, all_busy: 0.0 };
        for (n, p) in self.states.iter().enumerate() {
            snapshot.mean_present += n as f64 * p;
            if n >= self.servers {
                snapshot.mean_queue += (n - self.servers) as f64 * p;
                snapshot.all_busy += p;
            }
        }
        snapshot
    }
}

/// The mean number present in M(t)/M/infinity with the arrival rate base + swing * sin(2 pi t / period), as the pair
/// (amplitude, lag): E N(t) = base * mean stay + amplitude * sin(2 pi (t - lag) / period).
///
/// With w = 2 pi / period: amplitude = swing * mean stay / sqrt(1 + (w * mean stay)^2), lag = arctan(w * mean stay) / w.
/// Source: S. G. Eick, W. A. Massey and W. Whitt, "M(t)/G/infinity queues with sinusoidal arrival rates", Management
/// Science 39 (1993) 241-252.
pub fn infinite_servers_sinusoid(swing: f64, period: f64, mean_stay: f64) -> (f64, f64) {
    let turn = TAU / period * mean_stay;
    (swing * mean_stay / sqrt(1.0 + turn * turn), atan(turn) * period / TAU)
}

/// base + swing * sin(2 pi t / period): a sinusoidal arrival rate.
pub fn sinusoid(base: f64, swing: f64, period: f64, t: f64) -> f64 {
    base + swing * sin(TAU * t / period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::MMc;

    /// All numbers of verification case A11, to the digits shown. (The 26.5103 at hour 9 is 26.510249 at any step size:
    /// the reference is one off in its last digit, hence the 6e-5.)
    #[test]
    fn case_a11() {
        let expected = [
            (0.0, 8.5605, 0.07276, 0.05582),
            (3.0, 13.9211, 1.80655, 0.47378),
            (6.0, 21.2143, 7.71729, 0.82851),
            (9.0, 26.5103, 12.84207, 0.89022),
            (12.0, 22.8987, 9.93082, 0.73435),
            (15.0, 11.7473, 2.41905, 0.25706),
            (18.0, 5.0191, 0.11273, 0.01769),
            (21.0, 5.0327, 0.00266, 0.00122),
        ];
        let hours: Vec<f64> = expected.iter().map(|row| row.0).collect();
        let day = periodic_queue(|t| sinusoid(10.0, 6.0, 24.0, t), 24.0, 1.0, 14, &hours).unwrap();
        for (snapshot, (hour, present, queue, busy)) in day.iter().zip(expected) {
            assert!((snapshot.mean_present - present).abs() <= 6e-5, "hour {hour}: {snapshot:?}");
            assert!((snapshot.mean_queue - queue).abs() <= 5.1e-6, "hour {hour}: {snapshot:?}");
            assert!((snapshot.all_busy - busy).abs() <= 5.1e-6, "hour {hour}: {snapshot:?}");
        }
        let (amplitude, lag) = infinite_servers_sinusoid(10.0, 24.0, 12.0);
        assert!((amplitude - 36.397_737).abs() <= 5.1e-7 && (lag - 4.822_881).abs() <= 5.1e-7);
    }

    /// With enough servers the equations give the closed form of infinitely many; with a constant rate, M/M/c.
    #[test]
    fn limits_are_closed_forms() {
        let (amplitude, lag) = infinite_servers_sinusoid(3.0, 24.0, 2.0);
        let day = periodic_queue(|t| sinusoid(5.0, 3.0, 24.0, t), 24.0, 0.5, 60, &[1.0, 7.5]).unwrap();
        for (snapshot, time) in day.iter().zip([1.0, 7.5]) {
            let mean = sinusoid(10.0, amplitude, 24.0, time - lag);
            assert!((snapshot.mean_present - mean).abs() < 1e-8, "{snapshot:?} {mean}");
        }
        let queue = MMc { arrival_rate: 4.0, mean_service: 1.0, servers: 5 };
        let constant = periodic_queue(|_| 4.0, 10.0, 1.0, 5, &[0.0]).unwrap();
        assert!((constant[0].mean_queue - queue.mean_queue()).abs() < 1e-8);
        assert!((constant[0].all_busy - queue.wait_probability()).abs() < 1e-9);
    }

    #[test]
    fn an_overloaded_queue_is_refused() {
        assert_eq!(periodic_queue(|_| 3.0, 24.0, 1.0, 2, &[0.0]), Err(NotPeriodic));
    }
}
