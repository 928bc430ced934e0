//! Two units that depend on each other, solved as Markov chains; stays are exponential.

use super::markov::{Chain, ChainError};

/// One unit: its beds and the mean stay.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Unit {
    /// Its beds, at least 1.
    pub beds: u32,
    /// The mean stay, in any unit of time.
    pub mean_stay: f64,
}

/// The stationary measures of two units in a row without a waiting room between them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BlockingAfterService {
    /// The share of arrivals lost because the first unit was full.
    pub lost: f64,
    /// The mean number under treatment in the first unit.
    pub in_service: f64,
    /// The mean number there whose stay is over, but who wait for a bed in the second.
    pub blocked: f64,
    /// The mean number of occupied beds in the second.
    pub second: f64,
    /// P(second unit full).
    pub second_full: f64,
    /// The mean time blocked over all admissions to the first unit.
    pub blocked_time: f64,
}

/// Blocking after service: arrivals at `arrival_rate` are lost when the first unit is full; after the stay there a share
/// `onward` needs a bed of the second, and stays in the bed of the first until one is free, in order of joining.
///
/// The chain of (under treatment in the first, blocked, in the second). Source of the model: H. G. Perros, *Queueing Networks
/// with Blocking* (1994), chapter 2.
///
/// # Errors
/// [`ChainError`] where a number is impossible or there are more than 5,000 states.
pub fn blocking_after_service(
    arrival_rate: f64,
    first: Unit,
    onward: f64,
    second: Unit,
) -> Result<BlockingAfterService, ChainError> {
    let chain = Chain::solve((0, 0, 0), |&(treated, blocked, next): &(u32, u32, u32)| {
        let mut moves = Vec::new();
        if treated + blocked < first.beds {
            moves.push(((treated + 1, blocked, next), arrival_rate));
        }
        if treated > 0 {
            let finish = f64::from(treated) / first.mean_stay;
            let moved =
                if next < second.beds { (treated - 1, blocked, next + 1) } else { (treated - 1, blocked + 1, next) };
            moves.push((moved, finish * onward));
            moves.push(((treated - 1, blocked, next), finish * (1.0 - onward)));
        }
        if next > 0 {
            let freed = if blocked > 0 { (treated, blocked - 1, next) } else { (treated, blocked, next - 1) };
            moves.push((freed, f64::from(next) / second.mean_stay));
        }
        moves
    })?;
    let share = |of: &dyn Fn(u32, u32, u32) -> bool| chain.mean(|&(t, b, n)| f64::from(u8::from(of(t, b, n))));
    let lost = share(&|treated, blocked, _| treated + blocked == first.beds);
    let blocked = chain.mean(|state| f64::from(state.1));
    Ok(BlockingAfterService {
        lost,
        in_service: chain.mean(|state| f64::from(state.0)),
        blocked,
        second: chain.mean(|state| f64::from(state.2)),
        second_full: share(&|_, _, next| next == second.beds),
        blocked_time: blocked / (arrival_rate * (1.0 - lost)),
    })
}

/// The stationary measures of a local and a regional provider.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Overflow {
    /// P(local provider full).
    pub local_full: f64,
    /// The share of the local commissioner's patients that are lost.
    pub local_lost: f64,
    /// The share of the regional commissioner's patients that are lost.
    pub regional_lost: f64,
    /// Mean beds of the local commissioner's patients at the local provider.
    pub local_at_local: f64,
    /// And at the regional one.
    pub local_at_regional: f64,
    /// Mean beds of the regional commissioner's patients, all at the regional provider.
    pub regional_at_regional: f64,
}

/// Overflow: patients of the local commissioner (`rates[0]`) go to the local provider (`beds[0]`) and, when it is full, to the
/// regional one (`beds[1]`) if more than `held` of its beds are free; those of the regional commissioner (`rates[1]`) go to
/// the regional provider alone. Whoever finds no bed is lost. One mean stay for all.
///
/// The chain of (at the local provider, its overflow at the regional one, the others there). Source of the model: R. I.
/// Wilkinson, "Theories for toll traffic engineering in the U.S.A.", Bell System Technical Journal 35 (1956) 421-514.
///
/// # Errors
/// [`ChainError`] where a number is impossible or there are more than 5,000 states.
pub fn overflow(rates: [f64; 2], beds: [u32; 2], held: u32, mean_stay: f64) -> Result<Overflow, ChainError> {
    let chain = Chain::solve((0, 0, 0), |&(local, sent, own): &(u32, u32, u32)| {
        let free = beds[1] - sent - own;
        let mut moves = Vec::new();
        if local < beds[0] {
            moves.push(((local + 1, sent, own), rates[0]));
        } else if free > held {
            moves.push(((local, sent + 1, own), rates[0]));
        }
        if free > 0 {
            moves.push(((local, sent, own + 1), rates[1]));
        }
        for (present, after) in [
            (local, (local.saturating_sub(1), sent, own)),
            (sent, (local, sent.saturating_sub(1), own)),
            (own, (local, sent, own.saturating_sub(1))),
        ] {
            moves.push((after, f64::from(present) / mean_stay));
        }
        moves
    })?;
    let share = |of: &dyn Fn(u32, u32) -> bool| chain.mean(|&(local, a, b)| f64::from(u8::from(of(local, a + b))));
    Ok(Overflow {
        local_full: share(&|local, _| local == beds[0]),
        local_lost: share(&|local, regional| local == beds[0] && regional + held >= beds[1]),
        regional_lost: share(&|_, regional| regional == beds[1]),
        local_at_local: chain.mean(|state| f64::from(state.0)),
        local_at_regional: chain.mean(|state| f64::from(state.1)),
        regional_at_regional: chain.mean(|state| f64::from(state.2)),
    })
}

/// The share of requests that are refused in M/M/c/c where the refused come back: of `arrival_rate` patients those who find
/// all `servers` busy come back with the probability `share`, each time, after an exponential time of mean `after`. Requests
/// count first calls and returns. At most 60 patients are between two calls.
///
/// The chain of (in service, to come back). Source: G. I. Falin and J. G. C. Templeton, *Retrial Queues* (1997), section 2.6.
///
/// # Errors
/// [`ChainError`] where a number is impossible or there are more than 5,000 states.
pub fn refused_with_returns(
    arrival_rate: f64,
    mean_service: f64,
    servers: u32,
    share: f64,
    after: f64,
) -> Result<f64, ChainError> {
    const ORBIT: u32 = 60;
    let chain = Chain::solve((0, 0), |&(orbit, busy): &(u32, u32)| {
        let back = f64::from(orbit) / after;
        let mut moves = vec![((orbit, busy.saturating_sub(1)), f64::from(busy) / mean_service)];
        if busy < servers {
            moves.push(((orbit, busy + 1), arrival_rate));
            moves.push(((orbit.saturating_sub(1), busy + 1), back));
        } else {
            moves.push(((ORBIT.min(orbit + 1), busy), arrival_rate * share));
            moves.push(((orbit.saturating_sub(1), busy), back * (1.0 - share)));
        }
        moves
    })?;
    let requests = |orbit: u32| arrival_rate + f64::from(orbit) / after;
    let refused = chain.mean(|&(orbit, busy)| if busy == servers { requests(orbit) } else { 0.0 });
    Ok(refused / chain.mean(|&(orbit, _)| requests(orbit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang::erlang_b;

    fn near(value: f64, shown: f64) {
        assert!((value - shown).abs() <= 5.1e-7, "{value} is not {shown}");
    }

    /// All numbers of verification case A8, to the digits shown.
    #[test]
    fn case_a8() {
        let (first, second) = (Unit { beds: 6, mean_stay: 2.0 }, Unit { beds: 8, mean_stay: 4.0 });
        let units = blocking_after_service(2.0, first, 0.7, second).unwrap();
        near(units.lost, 0.127_382);
        near(units.in_service, 3.490_471);
        near(units.blocked, 0.112_983);
        near(units.in_service + units.blocked, 3.603_454);
        near(units.second, 4.886_659);
        near(units.second_full, 0.125_267);
        near(units.blocked_time, 0.064_738);
        // Nobody goes on: Erlang's loss system.
        near(blocking_after_service(2.0, first, 0.0, second).unwrap().lost, erlang_b(4.0, 6));
    }

    /// All numbers of verification case A9, to the digits shown.
    #[test]
    fn case_a9() {
        let open = overflow([9.0, 8.0], [10, 12], 0, 1.0).unwrap();
        let held = overflow([9.0, 8.0], [10, 12], 2, 1.0).unwrap();
        let expected = [
            (open, [0.167_963, 0.030_243, 0.102_327, 7.488_331, 1.239_484, 7.181_385]),
            (held, [0.167_963, 0.073_719, 0.073_109, 7.488_331, 0.848_198, 7.415_126]),
        ];
        for (found, [full, local, regional, at_local, at_regional, own]) in expected {
            near(found.local_full, full);
            near(found.local_lost, local);
            near(found.regional_lost, regional);
            near(found.local_at_local, at_local);
            near(found.local_at_regional, at_regional);
            near(found.regional_at_regional, own);
        }
        near(open.local_at_local + open.local_at_regional, 8.727_815);
    }

    /// One server to which everybody comes back: the orbit's rate of calls is rho (lambda after + rho) / (after (1 - rho)).
    #[test]
    fn returns() {
        let (rho, after) = (0.4, 0.5);
        let calls = rho * (rho * after + rho) / (after * (1.0 - rho));
        near(refused_with_returns(rho, 1.0, 1, 1.0, after).unwrap(), calls / (rho + calls));
        near(refused_with_returns(3.0, 1.0, 4, 0.0, 1.0).unwrap(), erlang_b(3.0, 4));
    }
}
