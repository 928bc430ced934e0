//! How many servers a station needs: closed forms where they are exact, and as a place to begin where they are not.
//!
//! Times are in days, rates a day.

use super::erlang::erlang_b;
use super::impatience::Impatient;
use super::queues::MMc;
use libm::{ceil, sqrt};

/// A station with Poisson arrivals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Station {
    /// M/G/c/c, Erlang B: who finds all servers busy is lost.
    Loss {
        /// Arrivals a day.
        rate: f64,
        /// Mean service in days.
        service: f64,
    },
    /// M/M/c, Erlang C: who finds all servers busy waits.
    Delay {
        /// Arrivals a day.
        rate: f64,
        /// Mean service in days.
        service: f64,
    },
    /// M/M/c+M, Erlang A: who waits may lose patience.
    Impatient {
        /// Arrivals a day.
        rate: f64,
        /// Mean service in days.
        service: f64,
        /// Mean patience in days.
        patience: f64,
    },
}

/// What is measured of a station.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Measure {
    /// Busy servers over servers.
    Utilisation,
    /// Share of time with all servers busy.
    Full,
    /// Share of arrivals that are lost.
    Refused,
    /// Share of arrivals that lose patience.
    Reneged,
    /// Share of those served who wait.
    WaitPositive,
    /// Share of arrivals that are not served at once.
    WaitPositiveAll,
    /// Mean wait in days of those served.
    MeanWait,
    /// Mean time on the list in days of all arrivals.
    MeanWaitAll,
    /// Mean number on the list.
    MeanQueue,
    /// The share of time that c places would be full if everybody found a place, given no more than c are present: P(N = c) / P(N <= c)
    /// of a station without limit.
    DelayWithoutLimit,
}

impl Station {
    /// Offered load: arrival rate times mean service.
    pub fn load(self) -> f64 {
        match self {
            Self::Loss { rate, service } | Self::Delay { rate, service } | Self::Impatient { rate, service, .. } => {
                rate * service
            }
        }
    }

    /// Arrivals a day.
    pub fn rate(self) -> f64 {
        match self {
            Self::Loss { rate, .. } | Self::Delay { rate, .. } | Self::Impatient { rate, .. } => rate,
        }
    }

    /// A measure with so many servers; nothing where the station has no such measure, or no steady state to have it in (a
    /// list that grows without end: its waits are infinite, and all servers are always busy).
    ///
    /// [`Measure::DelayWithoutLimit`] is Erlang's B whatever the rule, because the number present without limit is Poisson.
    pub fn measure(self, what: Measure, servers: u32) -> Option<f64> {
        let load = self.load();
        if what == Measure::DelayWithoutLimit {
            return Some(erlang_b(load, servers));
        }
        match self {
            Self::Loss { .. } => {
                let lost = erlang_b(load, servers);
                match what {
                    Measure::Full | Measure::Refused => Some(lost),
                    Measure::Utilisation if servers > 0 => Some(load * (1.0 - lost) / f64::from(servers)),
                    _ => None,
                }
            }
            Self::Delay { rate, service } => {
                let queue = MMc { arrival_rate: rate, mean_service: service, servers };
                let stable = load < f64::from(servers);
                match what {
                    Measure::Full | Measure::WaitPositive | Measure::WaitPositiveAll => Some(queue.wait_probability()),
                    Measure::Utilisation if servers > 0 => Some(queue.utilisation()),
                    Measure::MeanWait | Measure::MeanWaitAll => {
                        Some(if stable { queue.mean_wait() } else { f64::INFINITY })
                    }
                    Measure::MeanQueue => Some(if stable { queue.mean_queue() } else { f64::INFINITY }),
                    _ => None,
                }
            }
            Self::Impatient { rate, service, patience } => {
                if servers == 0 {
                    // Everybody waits until patience ends.
                    return match what {
                        Measure::Reneged | Measure::Full | Measure::WaitPositiveAll => Some(1.0),
                        Measure::MeanWaitAll => Some(patience),
                        Measure::MeanQueue => Some(rate * patience),
                        _ => None,
                    };
                }
                let queue = Impatient::exponential(rate, service, servers, patience)?;
                Some(match what {
                    Measure::Reneged => queue.abandoned,
                    Measure::Full | Measure::WaitPositiveAll => queue.wait_probability_all,
                    Measure::WaitPositive => queue.wait_probability_starters,
                    Measure::MeanWait => queue.mean_wait_starters,
                    Measure::MeanWaitAll => queue.mean_wait_all,
                    Measure::MeanQueue => queue.mean_queue,
                    Measure::Utilisation => queue.utilisation,
                    Measure::Refused | Measure::DelayWithoutLimit => return None,
                })
            }
        }
    }

    /// The fewest servers for which a measure is at most so much, of those from `least` to `most` in steps; nothing if none is. All
    /// measures fall as servers are added, so it is found by halving.
    pub fn fewest(self, what: Measure, at_most: f64, (least, most, step): (u32, u32, u32)) -> Option<u32> {
        let holds = |servers: u32| self.measure(what, servers).is_some_and(|value| value <= at_most);
        let step = step.max(1);
        let (mut low, mut high) = (0, most.checked_sub(least)? / step);
        if !holds(least + high * step) {
            return None;
        }
        while low < high {
            let middle = u32::midpoint(low, high);
            if holds(least + middle * step) { high = middle } else { low = middle + 1 }
        }
        Some(least + low * step)
    }
}

/// Square-root staffing: load + beta sqrt(load), rounded up.
///
/// Source: S. Halfin and W. Whitt, "Heavy-traffic limits for queues with many exponential servers", Operations Research 29
/// (1981) 567-588. `load` in servers, `beta` the standard of service (0 to 3 as a rule).
pub fn square_root(load: f64, beta: f64) -> u32 {
    ceil(load + beta * sqrt(load)).clamp(0.0, 4e9) as u32
}

/// The highest mean number present over a cycle in a station without limit: the modified offered load, the solution of
/// m' = rate(t) - m / service that repeats with the cycle. Exact for exponential service, an approximation for others.
///
/// Source: W. A. Massey and W. Whitt, "An analysis of the modified offered-load approximation for the nonstationary Erlang
/// loss model", Annals of Applied Probability 4 (1994) 1145-1160. `rates` are arrivals a day over equal parts of the cycle.
pub fn peak_offered_load(rates: &[f64], cycle: f64, service: f64) -> f64 {
    let step = cycle / rates.len() as f64;
    let keeps = libm::exp(-step / service);
    let after = |present: f64, rate: f64| present * keeps + rate * service * (1.0 - keeps);
    // One cycle is linear: present at its end = a + b x present at its beginning, so the beginning is a / (1 - b).
    let from_nothing = rates.iter().fold(0.0, |present, &rate| after(present, rate));
    let kept = libm::exp(-cycle / service);
    let mut present = if kept < 1.0 { from_nothing / (1.0 - kept) } else { rates.iter().sum::<f64>() * service };
    let mut peak = present;
    for &rate in rates {
        present = after(present, rate);
        peak = peak.max(present);
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::transient::infinite_servers_sinusoid;

    /// Verification case A10: loads 4, 8 and 16.
    #[test]
    fn pooled_loads_need_fewer() {
        let loss = |load| Station::Loss { rate: load, service: 1.0 }.fewest(Measure::Refused, 0.05, (0, 99, 1));
        let delay = |load| Station::Delay { rate: load, service: 1.0 }.fewest(Measure::WaitPositive, 0.2, (0, 99, 1));
        assert_eq!([4.0, 8.0, 16.0].map(loss), [Some(8), Some(13), Some(21)]);
        assert_eq!([4.0, 8.0, 16.0].map(delay), [Some(7), Some(12), Some(21)]);
    }

    /// Verification case A1: one patient delayed in 5, 10, 20, 50, 100.
    #[test]
    fn beds_of_the_stroke_pathway() {
        let beds = |load| {
            [5.0, 10.0, 20.0, 50.0, 100.0].map(|one_in| {
                let station = Station::Delay { rate: load, service: 1.0 };
                station.fewest(Measure::DelayWithoutLimit, 1.0 / one_in, (0, 99, 1)).unwrap()
            })
        };
        assert_eq!((beds(8.145_493), beds(9.718_218)), ([9, 11, 13, 14, 16], [11, 13, 14, 16, 18]));
    }

    #[test]
    fn stations_that_have_no_such_measure_say_so() {
        let loss = Station::Loss { rate: 1.0, service: 1.0 };
        assert_eq!((loss.measure(Measure::MeanWait, 3), loss.measure(Measure::Utilisation, 0)), (None, None));
        let full = Station::Delay { rate: 3.0, service: 1.0 };
        assert_eq!(full.measure(Measure::MeanQueue, 3), Some(f64::INFINITY));
        assert_eq!(full.measure(Measure::Utilisation, 2), Some(1.0));
        assert_eq!(full.fewest(Measure::MeanWait, 1.0, (0, 2, 1)), None);
        assert_eq!((square_root(100.0, 1.0), square_root(0.0, 2.0)), (110, 0));
    }

    /// Against the closed form for a sinusoidal rate, 10 + 6 sin, over a day with a mean stay of 3 hours.
    #[test]
    fn the_peak_of_a_sinusoidal_load() {
        let parts = 10_000;
        let rate = |i: usize| 10.0 + 6.0 * libm::sin(2.0 * std::f64::consts::PI * (i as f64 + 0.5) / parts as f64);
        let rates: Vec<f64> = (0..parts).map(rate).collect();
        let (swing, _) = infinite_servers_sinusoid(6.0, 1.0, 0.125);
        assert!((peak_offered_load(&rates, 1.0, 0.125) - (10.0 * 0.125 + swing)).abs() < 1e-4);
        assert!((peak_offered_load(&[5.0; 10], 1.0, 40.0) - 200.0).abs() < 1e-6);
    }
}
