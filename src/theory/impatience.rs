//! Queues that patients leave when their patience is at an end.

use super::markov::birth_death;
use libm::{exp, expm1};

/// The stationary measures of M/M/c with impatient patients; times in the unit of the mean service.
///
/// Means and probabilities "of all" are over arrivals, those "of starters" over the ones who are served.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Impatient {
    /// P(abandon): the share of arrivals that leave untreated.
    pub abandoned: f64,
    /// The mean number waiting.
    pub mean_queue: f64,
    /// The mean time on the list of all.
    pub mean_wait_all: f64,
    /// The mean wait of starters.
    pub mean_wait_starters: f64,
    /// P(not served at once), of all.
    pub wait_probability_all: f64,
    /// P(wait > 0) of starters.
    pub wait_probability_starters: f64,
    /// The share of server time in use.
    pub utilisation: f64,
}

impl Impatient {
    fn new(load: f64, servers: u32, arrival_rate: f64, [abandoned, waits, all, served]: [f64; 4]) -> Self {
        let kept = 1.0 - abandoned;
        Self {
            abandoned,
            mean_queue: arrival_rate * all,
            mean_wait_all: all,
            mean_wait_starters: served / kept,
            wait_probability_all: waits,
            wait_probability_starters: (waits - abandoned) / kept,
            utilisation: load * kept / f64::from(servers),
        }
    }

    /// Erlang A, M/M/c+M: exponential patience. Arrival rate, mean service, mean patience and `servers` positive; nothing
    /// where the queue is longer than a million.
    ///
    /// A birth-death chain with deaths min(n, c) / mean service + (n - c)+ / mean patience. Whoever finds j waiting passes
    /// j + 1 stages of rate c / mean service + i / mean patience, i = j + 1 to 1, and leaves in each with the share of the own
    /// patience. Sources: C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1 (1957) 1-107;
    /// A. Mandelbaum and S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007).
    pub fn exponential(arrival_rate: f64, mean_service: f64, servers: u32, mean_patience: f64) -> Option<Self> {
        Self::beside_hasty(arrival_rate, 0.0, mean_service, servers, mean_patience)
    }

    /// Erlang A for patients who share the servers with hasty others, who come at a rate of their own and leave at once when
    /// all servers are busy: of these the share `wait_probability_all` leaves. The chain of [`Self::exponential`] with the
    /// births of both below c, and those of the patient alone from c on.
    pub fn beside_hasty(
        arrival_rate: f64,
        hasty_rate: f64,
        mean_service: f64,
        servers: u32,
        mean_patience: f64,
    ) -> Option<Self> {
        let all_busy = f64::from(servers) / mean_service;
        let c = servers as usize;
        let states = birth_death(
            |n| arrival_rate + if n < c { hasty_rate } else { 0.0 },
            |n| n.min(c) as f64 / mean_service + n.saturating_sub(c) as f64 / mean_patience,
        )?;
        let (mut waits, mut queue, mut served) = (0.0, 0.0, 0.0);
        // P(served) and E[wait; served] of whoever has so many ahead on the list.
        let (mut chance, mut time) = (1.0, 0.0);
        for (ahead, p) in states.iter().skip(c).enumerate() {
            let rate = all_busy + (ahead + 1) as f64 / mean_patience;
            let stays = 1.0 - 1.0 / (mean_patience * rate);
            time = stays * (time + chance / rate);
            chance *= stays;
            waits += p;
            queue += ahead as f64 * p;
            served += time * p;
        }
        let abandoned = queue / (mean_patience * arrival_rate);
        let measures = [abandoned, waits, queue / arrival_rate, served];
        let alone = Self::new(arrival_rate * mean_service, servers, arrival_rate, measures);
        let hasty = hasty_rate * (1.0 - waits) * mean_service / f64::from(servers);
        Some(Self { utilisation: alone.utilisation + hasty, ..alone })
    }

    /// M/M/c+D: everybody leaves after waiting `patience`. Arrival rate, mean service, patience and `servers` positive.
    ///
    /// The wait that an arrival is offered has the density v(x) = lambda P(c - 1) exp(-b x), b = c / mean service - lambda,
    /// up to the patience, and falls by the rate c / mean service beyond; those offered more than their patience leave.
    /// Sources: D. Y. Barrer, "Queuing with impatient customers and ordered service", Operations Research 5 (1957) 650-656;
    /// F. Baccelli and G. Hebuterne, "On queues with impatient customers", Performance '81, 159-179.
    pub fn deterministic(arrival_rate: f64, mean_service: f64, servers: u32, patience: f64) -> Self {
        let load = arrival_rate * mean_service;
        let all_busy = f64::from(servers) / mean_service;
        let fall = all_busy - arrival_rate;
        let scaled = fall * patience;
        // Integrals of exp(-b x) and x exp(-b x) up to the patience; series where b is nearly zero.
        let (within, weighted) = if scaled.abs() < 1e-4 {
            (
                patience * (1.0 - scaled / 2.0 + scaled * scaled / 6.0),
                patience * patience * (0.5 - scaled / 3.0 + scaled * scaled / 8.0),
            )
        } else {
            let within = -expm1(-scaled) / fall;
            (within, (within - patience * exp(-scaled)) / fall)
        };
        let beyond = exp(-scaled) / all_busy;
        // States below c relative to P(c - 1).
        let (mut below, mut state) = (0.0, 1.0);
        for n in (0..servers).rev() {
            below += state;
            state *= f64::from(n) / load;
        }
        let density = arrival_rate / (below + arrival_rate * (within + beyond));
        let abandoned = density * beyond;
        let served = density * weighted;
        let measures = [abandoned, density * (within + beyond), served + patience * abandoned, served];
        Self::new(load, servers, arrival_rate, measures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang::erlang_b;
    use crate::theory::queues::MMc;

    fn near(value: f64, shown: f64, within: f64) {
        assert!((value - shown).abs() <= within, "{value} is not {shown}");
    }

    /// All numbers of verification case A5, to the digits shown.
    #[test]
    fn case_a5() {
        let queue = Impatient::exponential(20.0, 1.0, 18, 2.0).unwrap();
        for (value, shown) in [
            (queue.abandoned, 0.131_198),
            (queue.mean_queue, 5.247_918),
            (queue.mean_wait_all, 0.262_396),
            (queue.mean_wait_starters, 0.264_005),
            (queue.wait_probability_all, 0.799_645),
            (queue.wait_probability_starters, 0.769_390),
            (queue.utilisation, 0.965_336),
        ] {
            near(value, shown, 5.1e-7);
        }
    }

    /// Without patience a loss system, with endless patience M/M/c; utilisation is what is kept.
    #[test]
    fn limits_are_closed_forms() {
        let plain = MMc { arrival_rate: 4.0, mean_service: 1.0, servers: 5 };
        for queue in [Impatient::exponential(4.0, 1.0, 5, 1e-9).unwrap(), Impatient::deterministic(4.0, 1.0, 5, 1e-9)] {
            near(queue.abandoned, erlang_b(4.0, 5), 1e-7);
            near(queue.mean_wait_starters, 0.0, 1e-7);
        }
        for queue in [Impatient::exponential(4.0, 1.0, 5, 1e9).unwrap(), Impatient::deterministic(4.0, 1.0, 5, 1e3)] {
            near(queue.mean_wait_all, plain.mean_wait(), 1e-7);
            near(queue.mean_wait_starters, plain.mean_wait(), 1e-7);
            near(queue.wait_probability_starters, plain.wait_probability(), 1e-7);
        }
        // Those who leave at once are part of the flow of a loss system, and without the others nothing changes.
        let hasty = Impatient::beside_hasty(3.0, 1.0, 1.0, 5, 1e-9).unwrap();
        near(hasty.wait_probability_all, erlang_b(4.0, 5), 1e-7);
        near(hasty.utilisation, 0.8 * (1.0 - erlang_b(4.0, 5)), 1e-7);
        let alone = Impatient::beside_hasty(1e-9, 4.0, 1.0, 5, 1.0).unwrap();
        near(alone.wait_probability_all, erlang_b(4.0, 5), 1e-7);
        // One rate of arrival is exactly what the servers can do.
        let critical = Impatient::deterministic(5.0, 1.0, 5, 0.5);
        let nearly = Impatient::deterministic(5.001, 1.0, 5, 0.5);
        near(critical.abandoned, nearly.abandoned, 1e-3);
        near(critical.mean_wait_all, nearly.mean_wait_all, 1e-3);
    }
}
