//! Stationary queues with Poisson arrivals. Times are in the unit of the mean service; rates per that unit.

use super::erlang::{erlang_b, erlang_c};
use libm::exp;

/// M/M/c, first come first served: `servers` exponential servers with an unlimited queue.
///
/// Source: L. Kleinrock, *Queueing Systems*, volume 1 (1975), section 3.5.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MMc {
    /// Arrivals a unit of time.
    pub arrival_rate: f64,
    /// The mean service time.
    pub mean_service: f64,
    /// The number of servers.
    pub servers: u32,
}

impl MMc {
    /// The offered load in servers: arrival rate * mean service.
    pub fn load(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// The share of server time in use: load / servers, at most 1.
    pub fn utilisation(&self) -> f64 {
        (self.load() / f64::from(self.servers)).min(1.0)
    }

    /// P(W > 0), the share of arrivals that wait: Erlang C.
    pub fn wait_probability(&self) -> f64 {
        erlang_c(self.load(), self.servers)
    }

    /// Wq, the mean wait over all arrivals: C / (c mu - lambda); infinite where the load is not below the servers.
    pub fn mean_wait(&self) -> f64 {
        self.wait_probability() / self.spare_rate()
    }

    /// Lq, the mean number waiting: lambda Wq (Little's law).
    pub fn mean_queue(&self) -> f64 {
        if self.arrival_rate == 0.0 { 0.0 } else { self.arrival_rate * self.mean_wait() }
    }

    /// L, the mean number present: Lq + load.
    pub fn mean_present(&self) -> f64 {
        self.mean_queue() + self.load()
    }

    /// P(W > t) = C exp(-(c mu - lambda) t).
    pub fn wait_exceeds(&self, t: f64) -> f64 {
        self.wait_probability() * exp(-self.spare_rate() * t)
    }

    /// c mu - lambda, at least 0.
    fn spare_rate(&self) -> f64 {
        (f64::from(self.servers) / self.mean_service - self.arrival_rate).max(0.0)
    }
}

/// The stationary measures of M/M/c/K, a queue that turns arrivals away when `room` are present.
///
/// Source: D. Gross and C. M. Harris, *Fundamentals of Queueing Theory*, 3rd edition (1998), section 2.5.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MMcK {
    /// P(K present): the share of arrivals turned away.
    pub blocked: f64,
    /// The mean number waiting.
    pub mean_queue: f64,
    /// The mean wait of those admitted, in the unit of the mean service.
    pub mean_wait: f64,
    /// Admissions a unit of time.
    pub throughput: f64,
}

impl MMcK {
    /// Solves the queue with an arrival rate > 0, a mean service > 0, `servers` >= 1 and `room` >= `servers` for those in
    /// service and those waiting together.
    ///
    /// States up to `servers` are Erlang's, those above fall by the factor load / servers each: relative to P(all busy,
    /// none waiting) in the loss system, so that nothing overflows.
    pub fn new(arrival_rate: f64, mean_service: f64, servers: u32, room: u32) -> Self {
        let load = arrival_rate * mean_service;
        let ratio = load / f64::from(servers);
        let full = erlang_b(load, servers);
        // In the loss system all states add up to 1 and the last is `full`; add the states with someone waiting.
        let (mut total, mut queue, mut state) = (1.0, 0.0, full);
        for waiting in 1..=room.saturating_sub(servers) {
            state *= ratio;
            total += state;
            queue += f64::from(waiting) * state;
        }
        let (blocked, mean_queue) = (state / total, queue / total);
        let throughput = arrival_rate * (1.0 - blocked);
        Self { blocked, mean_queue, mean_wait: mean_queue / throughput, throughput }
    }
}

/// P(N = n) in M/G/infinity, where the number present is Poisson with mean `load`, whatever the service law.
///
/// Source: L. Takacs, *Introduction to the Theory of Queues* (1962), section 3.2.
pub fn infinite_servers_probability(load: f64, n: u32) -> f64 {
    if load <= 0.0 {
        return if n == 0 { 1.0 } else { 0.0 };
    }
    let n = f64::from(n);
    exp(n * libm::log(load) - load - libm::lgamma(n + 1.0))
}

/// The mean residual service met at a random moment, from mean and variance: (m + variance / m) / 2.
///
/// Source: D. R. Cox, *Renewal Theory* (1962), section 5.2.
pub fn mean_residual(mean: f64, variance: f64) -> f64 {
    0.5 * (mean + variance / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, shown: f64, digits: i32) {
        assert!((value - shown).abs() <= 0.51 * 10_f64.powi(-digits), "{value} is not {shown}");
    }

    /// All exact numbers of verification case A3, to the digits shown.
    #[test]
    fn case_a3() {
        let single = MMc { arrival_rate: 0.8, mean_service: 1.0, servers: 1 };
        near(single.mean_wait(), 4.0, 12);
        near(single.wait_exceeds(5.0), 0.294_304, 6);
        for (servers, utilisation, waits, mean_wait, queue) in [
            (4, 0.625, 0.319_857, 2.132_378, 0.533_095),
            (5, 0.5, 0.130_371, 0.521_485, 0.130_371),
            (6, 0.416_667, 0.047_445, 0.135_557, 0.033_889),
            (7, 0.357_143, 0.015_443, 0.034_319, 0.008_580),
            (8, 0.3125, 0.004_517, 0.008_213, 0.002_053),
        ] {
            let nurses = MMc { arrival_rate: 0.25, mean_service: 10.0, servers };
            near(nurses.utilisation(), utilisation, 6);
            near(nurses.wait_probability(), waits, 6);
            near(nurses.mean_wait(), mean_wait, 6);
            near(nurses.mean_queue(), queue, 6);
        }
        near(MMc { arrival_rate: 0.2, mean_service: 10.0, servers: 3 }.mean_wait(), 4.444_444, 6);
        near(MMc { arrival_rate: 0.2, mean_service: 10.0, servers: 4 }.mean_wait(), 0.869_565, 6);
    }

    /// Verification case A6.
    #[test]
    fn case_a6() {
        let queue = MMcK::new(9.0, 1.0, 10, 15);
        near(queue.blocked, 0.061_259, 6);
        near(queue.mean_queue, 1.066_870, 6);
        near(queue.mean_wait, 0.126_277, 6);
        near(queue.throughput, 8.448_671, 6);
        // Without a waiting room it is Erlang's loss system.
        near(MMcK::new(8.0, 1.0, 10, 10).blocked, erlang_b(8.0, 10), 14);
    }

    #[test]
    fn unstable_and_empty_queues() {
        let unstable = MMc { arrival_rate: 2.0, mean_service: 1.0, servers: 2 };
        assert_eq!(
            (unstable.mean_wait(), unstable.wait_exceeds(9.0), unstable.utilisation()),
            (f64::INFINITY, 1.0, 1.0)
        );
        let empty = MMc { arrival_rate: 0.0, mean_service: 1.0, servers: 0 };
        assert_eq!(empty.mean_queue(), 0.0);
    }

    /// p(delay) of the stroke unit in verification case A1 is P(N = n) / P(N <= n), that is, Erlang B.
    #[test]
    fn infinite_servers_are_poisson() {
        let load = 8.145_493;
        let below: f64 = (0..=9).map(|n| infinite_servers_probability(load, n)).sum();
        near(infinite_servers_probability(load, 9) / below, 0.180_65, 5);
        near(infinite_servers_probability(load, 9) / below, erlang_b(load, 9), 12);
        assert_eq!(infinite_servers_probability(0.0, 0), 1.0);
        near(mean_residual(2.0, 4.0), 2.0, 15);
    }
}
