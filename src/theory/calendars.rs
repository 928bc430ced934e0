//! Pools that are not open all the time.

use super::markov::Chain;
use super::queues::infinite_servers_probability;
use libm::{exp, expm1};

/// The stationary measures of a clinic at its sessions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clinic {
    /// The mean number waiting just before a session.
    pub before: f64,
    /// The mean number waiting just after it.
    pub after: f64,
    /// P(nobody waits just after).
    pub cleared: f64,
}

/// A clinic with so many `slots` in each session and Poisson referrals, `referrals` of them on average between two; unused
/// slots are lost. Nothing where the referrals are not below the slots, or too close to them for 4,096 on the list.
///
/// The chain of the number waiting just after a session: X' = (X + A - slots)+. Source: N. T. J. Bailey, "On queueing processes
/// with bulk service", J. Royal Statistical Society B 16 (1954) 80-87.
pub fn clinic(referrals: f64, slots: u32) -> Option<Clinic> {
    if referrals >= f64::from(slots) {
        return None;
    }
    let (mut longest, mut last) = (128, 1.0);
    let mut found = None;
    // Doubles the list until its end does not matter.
    while last > 1e-14 && longest <= 4_096 {
        let chain = Chain::solve(0_u32, |&waiting| {
            // Those referred, from none to as many as there is room for; the rest is put on the last state.
            let mut moves = Vec::new();
            let mut left = 1.0;
            for coming in 0..=longest + slots - waiting {
                let p = infinite_servers_probability(referrals, coming);
                moves.push(((waiting + coming).saturating_sub(slots), p));
                left -= p;
            }
            moves.push((longest, left.max(0.0)));
            moves
        })
        .ok()?;
        let after = chain.mean(|&n| f64::from(n));
        last = if chain.states.last() == Some(&longest) { *chain.probabilities.last()? } else { 0.0 };
        found = Some(Clinic { before: after + referrals, after, cleared: chain.probabilities[0] });
        longest *= 2;
    }
    found.filter(|_| last <= 1e-14)
}

/// A pool without a limit that is closed for a part of each cycle, with Poisson arrivals, exponential stays and patients who
/// wait while it is closed: M/M/infinity behind a gate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gate {
    /// Arrivals a unit of time.
    pub arrival_rate: f64,
    /// The mean stay.
    pub mean_stay: f64,
    /// How long it is closed in each cycle.
    pub closed: f64,
    /// How long it is open in each cycle.
    pub open: f64,
}

impl Gate {
    /// The mean wait of all: closed^2 / (2 cycle), since arrivals are uniform over the cycle.
    pub fn mean_wait(&self) -> f64 {
        0.5 * self.closed * self.closed / (self.closed + self.open)
    }

    /// The share of arrivals that wait: closed / cycle.
    pub fn wait_probability(&self) -> f64 {
        self.closed / (self.closed + self.open)
    }

    /// The mean number waiting `since` after closing: lambda since. All of them start at the opening.
    pub fn waiting(&self, since: f64) -> f64 {
        self.arrival_rate * since
    }

    /// The mean number in service `since` after an opening, at most a cycle, where those in service at closing time finish.
    ///
    /// The number just before an opening, x, solves x = ((x + lambda closed) e + lambda mean (1 - e)) f with e = exp(-open /
    /// mean) and f = exp(-closed / mean), because the mean m follows dm/dt = lambda - m / mean while it is open and dm/dt =
    /// -m / mean while it is closed (Eick, Massey and Whitt, "The physics of the M(t)/G/infinity queue", Operations Research
    /// 41 (1993) 731-742).
    pub fn in_service(&self, since: f64) -> f64 {
        let (e, f) = (exp(-self.open / self.mean_stay), exp(-self.closed / self.mean_stay));
        let (bulk, limit) = (self.arrival_rate * self.closed, self.arrival_rate * self.mean_stay);
        let before = (bulk * e + limit * (1.0 - e)) * f / (1.0 - e * f);
        let opened = limit + (before + bulk - limit) * exp(-since.min(self.open) / self.mean_stay);
        opened * exp(-(since - self.open).max(0.0) / self.mean_stay)
    }

    /// The mean number present `since` after an opening, at most a cycle, where those in service at closing time stop and go
    /// on at the next opening (or begin a newly drawn stay, which is the same for exponential ones): in the open time it is
    /// M/M/infinity, in the closed time the number grows by lambda.
    ///
    /// With e = exp(-open / mean): lambda mean + lambda closed e / (1 - e) at closing time.
    pub fn suspended(&self, since: f64) -> f64 {
        let limit = self.arrival_rate * self.mean_stay;
        let closing = self.arrival_rate * self.closed / expm1(self.open / self.mean_stay);
        if since <= self.open {
            limit + closing * exp((self.open - since) / self.mean_stay)
        } else {
            limit + closing + self.arrival_rate * (since - self.open)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, shown: f64) {
        assert!((value - shown).abs() <= 5.1e-7, "{value} is not {shown}");
    }

    /// All numbers of verification case A12, to the digits shown.
    #[test]
    fn case_a12() {
        let small = clinic(9.0, 10).unwrap();
        near(small.after, 3.101_238);
        near(small.before, 12.101_238);
        near(small.cleared, 0.446_500);
        let large = clinic(18.0, 20).unwrap();
        near(large.after, 2.597_149);
        near(large.cleared, 0.549_988);
        assert_eq!(clinic(10.0, 10), None);
    }

    /// An open gate is M/M/infinity; Little's law holds over a cycle with any gate.
    #[test]
    fn gates() {
        let open = Gate { arrival_rate: 3.0, mean_stay: 2.0, closed: 0.0, open: 24.0 };
        near(open.in_service(7.0), 6.0);
        near(open.suspended(7.0), 6.0);
        let gate = Gate { arrival_rate: 3.0, mean_stay: 5.0, closed: 14.0, open: 10.0 };
        let over_cycle = |of: &dyn Fn(f64) -> f64| {
            let steps = 24_000;
            (0..steps).map(|i| of((f64::from(i) + 0.5) * 1e-3)).sum::<f64>() / f64::from(steps)
        };
        assert!((over_cycle(&|t| gate.in_service(t)) - 15.0).abs() < 1e-5);
        // Suspended patients get on in the open time alone: on average lambda mean finish there in a cycle.
        let flow = over_cycle(&|t| if t < 10.0 { gate.suspended(t) / 5.0 } else { 0.0 });
        assert!((flow - 3.0).abs() < 1e-5, "{flow}");
        near(gate.waiting(14.0), 42.0);
        near(gate.mean_wait(), 14.0 * 14.0 / 48.0);
        near(gate.wait_probability(), 14.0 / 24.0);
        near(gate.in_service(24.0) + 42.0, gate.in_service(0.0));
    }
}
