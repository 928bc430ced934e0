//! The formulas of A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
//! telephone exchanges" (1917); notation of L. Kleinrock, *Queueing Systems*, volume 1 (1975), sections 3.4 and 3.5.

/// Erlang B: the probability that an arrival finds all servers busy and is lost, in M/G/c/c, whatever the service law.
///
/// By the recursion B(k) = a B(k - 1) / (k + a B(k - 1)), which is stable for any number of servers. `load` >= 0.
pub fn erlang_b(load: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// Erlang C: the probability that an arrival has to wait, in M/M/c; 1 where the load is not below the servers.
///
/// C = B / (1 - rho (1 - B)), rho = load / servers.
pub fn erlang_c(load: f64, servers: u32) -> f64 {
    if load >= f64::from(servers) {
        return 1.0;
    }
    let b = erlang_b(load, servers);
    b / (1.0 - load / f64::from(servers) * (1.0 - b))
}

/// The fewest servers that lose at most a share `target` > 0 of arrivals (Erlang B); nothing where that takes `most` or
/// more, or the load is not finite.
pub fn servers_for_loss(load: f64, target: f64, most: u32) -> Option<u32> {
    let mut b = 1.0;
    (0..most).find(|&servers| {
        if servers > 0 {
            b = load * b / (f64::from(servers) + load * b);
        }
        b <= target
    })
}

/// The fewest servers for which at most a share `target` > 0 of arrivals wait (Erlang C); nothing where that takes
/// `most` or more, or the load is not finite.
pub fn servers_for_wait(load: f64, target: f64, most: u32) -> Option<u32> {
    let mut b = 1.0;
    (0..most).find(|&servers| {
        let c = f64::from(servers);
        if servers > 0 {
            b = load * b / (c + load * b);
        }
        load < c && b / (1.0 - load / c * (1.0 - b)) <= target || load == 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All numbers of verification case A2, to the digits shown.
    #[test]
    fn case_a2() {
        for (load, servers, expected) in
            [(8.0, 10, 0.121_661), (20.0, 20, 0.158_892), (45.0, 50, 0.054_104), (100.0, 100, 0.075_700)]
        {
            assert!((erlang_b(load, servers) - expected).abs() <= 5e-7, "B({load}, {servers})");
        }
    }

    /// The exact p(delay) of verification case A1, to the digits shown.
    #[test]
    fn case_a1() {
        let acute = [0.18065, 0.12827, 0.08675, 0.05561, 0.03367, 0.01921, 0.01033];
        for (beds, shown) in (9..).zip(acute) {
            assert!((erlang_b(8.145_493, beds) - shown).abs() <= 5.1e-6, "{beds} beds");
        }
        for (beds, shown) in [(10, 0.20155), (12, 0.10906), (13, 0.07538), (14, 0.04972), (15, 0.03121), (16, 0.01860)]
        {
            assert!((erlang_b(9.718_218, beds) - shown).abs() <= 5.1e-6, "{beds} beds");
        }
    }

    /// All numbers of verification case A10, to the digits shown.
    #[test]
    fn case_a10() {
        for (load, servers, c, wait, b) in [
            (4.0, 5, 0.554_113, 0.554_113, 0.199_067),
            (8.0, 10, 0.409_180, 0.204_590, 0.121_661),
            (16.0, 20, 0.256_078, 0.064_019, 0.064_411),
        ] {
            assert!((erlang_c(load, servers) - c).abs() <= 5.1e-7);
            assert!((erlang_c(load, servers) / (f64::from(servers) - load) - wait).abs() <= 5.1e-7);
            assert!((erlang_b(load, servers) - b).abs() <= 5.1e-7);
        }
    }

    #[test]
    fn large_systems_and_edges() {
        assert_eq!((erlang_b(0.0, 0), erlang_b(0.0, 3), erlang_b(5.0, 0)), (1.0, 0.0, 1.0));
        assert_eq!((erlang_c(3.0, 3), erlang_c(0.0, 1)), (1.0, 0.0));
        // B(a, a) ~ sqrt(2 / (pi a)) for large a.
        let n = 1_000_000;
        assert!(
            (erlang_b(f64::from(n), n) / libm::sqrt(2.0 / (std::f64::consts::PI * f64::from(n))) - 1.0).abs() < 1e-3
        );
    }

    #[test]
    fn fewest_servers_just_meet_the_target() {
        for load in [0.5, 4.0, 31.4, 500.0] {
            let loss = servers_for_loss(load, 0.02, 10_000).unwrap();
            assert!(erlang_b(load, loss) <= 0.02 && erlang_b(load, loss - 1) > 0.02);
            let wait = servers_for_wait(load, 0.1, 10_000).unwrap();
            assert!(erlang_c(load, wait) <= 0.1 && erlang_c(load, wait - 1) > 0.1);
        }
        assert_eq!((servers_for_wait(0.0, 0.1, 10), servers_for_loss(0.0, 0.1, 10)), (Some(0), Some(1)));
        assert_eq!(servers_for_loss(100.0, 0.1, 50), None);
    }
}
