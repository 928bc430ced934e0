//! Stationary distributions of Markov chains, for systems without a closed form.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// Why a chain has no stationary distribution that can be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChainError {
    /// More states can be reached than are kept.
    #[error("the chain has more than {STATES} states")]
    TooManyStates,
    /// A rate is negative or not finite.
    #[error("a rate of the chain is negative or not finite")]
    ImpossibleRate,
    /// From some state there is no way back to the first ones.
    #[error("the chain does not come back to where it began")]
    NeverReturns,
}

/// The most states that are kept.
const STATES: usize = 5_000;

/// A continuous-time Markov chain on finitely many states, with its stationary probabilities.
#[derive(Clone, PartialEq, Debug)]
pub struct Chain<S> {
    /// The states that can be reached, sorted.
    pub states: Vec<S>,
    /// P(state), in the order of `states`.
    pub probabilities: Vec<f64>,
}

impl<S: Ord + Clone + Debug> Chain<S> {
    /// The chain that begins in `start`; `moves` lists the states that follow a state and their rates (in any unit of time;
    /// a state may be listed twice, and one that follows itself counts for nothing). Of a chain in discrete time the rates
    /// are its probabilities.
    ///
    /// Solved by the elimination of Grassmann, Taksar and Heyman, Operations Research 33 (1985) 1107-1116, which never
    /// subtracts, so that every probability is right to nearly all digits. Entries that are zero are left out, so the work is
    /// that of a band matrix where sorted states move to near ones.
    ///
    /// # Errors
    /// [`ChainError`] where more than 5,000 states can be reached, a rate is impossible, or the chain is not irreducible.
    pub fn solve(start: S, moves: impl Fn(&S) -> Vec<(S, f64)>) -> Result<Self, ChainError> {
        let mut found = BTreeMap::from([(start.clone(), Vec::new())]);
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            let next: Vec<(S, f64)> =
                moves(&state).into_iter().filter(|(to, rate)| *rate != 0.0 && *to != state).collect();
            if next.iter().any(|(_, rate)| !(rate.is_finite() && *rate >= 0.0)) {
                return Err(ChainError::ImpossibleRate);
            }
            for (to, _) in &next {
                if !found.contains_key(to) {
                    found.insert(to.clone(), Vec::new());
                    open.push(to.clone());
                }
            }
            if found.len() > STATES {
                return Err(ChainError::TooManyStates);
            }
            found.insert(state, next);
        }
        let states: Vec<S> = found.keys().cloned().collect();
        let at = |state: &S| states.binary_search(state).unwrap_or(0);
        let rows = found.values().map(|next| next.iter().map(|(to, rate)| (at(to), *rate)).collect());
        let probabilities = eliminate(rows.collect())?;
        Ok(Self { states, probabilities })
    }

    /// The long-run mean of a function of the state: also the probability of a set of states, or a flow.
    pub fn mean(&self, of: impl Fn(&S) -> f64) -> f64 {
        self.states.iter().zip(&self.probabilities).map(|(state, p)| of(state) * p).sum()
    }
}

/// The stationary probabilities from the moves out of each state.
fn eliminate(moves: Vec<Vec<(usize, f64)>>) -> Result<Vec<f64>, ChainError> {
    let size = moves.len();
    let mut rates = vec![vec![0.0; size]; size];
    for (from, next) in moves.into_iter().enumerate() {
        for (to, rate) in next {
            rates[from][to] += rate;
        }
    }
    // Fold the last state into the ones before it, again and again.
    for last in (1..size).rev() {
        let (before, row) = rates.split_at_mut(last);
        let out: Vec<(usize, f64)> =
            row[0][..last].iter().copied().enumerate().filter(|&(_, rate)| rate > 0.0).collect();
        let total: f64 = out.iter().map(|&(_, rate)| rate).sum();
        if total == 0.0 {
            return Err(ChainError::NeverReturns);
        }
        for from in before {
            let share = from[last] / total;
            if share > 0.0 {
                for &(to, rate) in &out {
                    from[to] += share * rate;
                }
            }
            from[last] = share;
        }
    }
    let mut weights = vec![1.0];
    for state in 1..size {
        weights.push(weights.iter().zip(&rates).map(|(weight, row)| weight * row[state]).sum());
        // Keep the weights within range where they grow by hundreds of powers of ten.
        if weights[state] > 1e200 {
            for weight in &mut weights {
                *weight *= 1e-200;
            }
        }
    }
    let total: f64 = weights.iter().sum();
    Ok(weights.into_iter().map(|weight| weight / total).collect())
}

/// The stationary distribution of a birth-death chain on 0, 1, 2, ...: `births(n)` is the rate from n to n + 1 and
/// `deaths(n)` that from n to n - 1. P(n) = P(n - 1) births(n - 1) / deaths(n).
///
/// Ends where no births are left, or where states fall below 1e-20 of the sum and keep falling; nothing where that takes
/// more than a million states.
///
/// Source: L. Kleinrock, *Queueing Systems*, volume 1 (1975), section 3.1.
pub fn birth_death(births: impl Fn(usize) -> f64, deaths: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
    let mut weights = vec![1.0];
    let (mut total, mut last) = (1.0, 1.0);
    for n in 1..1_000_000 {
        let ratio = births(n - 1) / deaths(n);
        last *= ratio;
        if last == 0.0 || last < 1e-20 * total && ratio < 1.0 {
            return Some(weights.into_iter().map(|weight| weight / total).collect());
        }
        weights.push(last);
        total += last;
        if total > 1e200 {
            for weight in &mut weights {
                *weight *= 1e-200;
            }
            total *= 1e-200;
            last *= 1e-200;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang::erlang_b;
    use crate::theory::queues::MMc;

    #[test]
    fn chains_give_the_closed_forms() {
        let chain = Chain::solve(0_u32, |&n| {
            let mut moves = vec![(n.saturating_sub(1), f64::from(n))];
            // The lost arrival that changes nothing.
            moves.push((if n < 20 { n + 1 } else { n }, 20.0));
            moves
        })
        .unwrap();
        assert!((chain.mean(|&n| f64::from(u8::from(n == 20))) - erlang_b(20.0, 20)).abs() < 1e-14);
        assert!((chain.mean(|&n| f64::from(n)) - 20.0 * (1.0 - erlang_b(20.0, 20))).abs() < 1e-12);
        let states = birth_death(|_| 4.0, |n| n.min(5) as f64).unwrap();
        let queue: f64 = states.iter().enumerate().map(|(n, p)| n.saturating_sub(5) as f64 * p).sum();
        assert!((queue - MMc { arrival_rate: 4.0, mean_service: 1.0, servers: 5 }.mean_queue()).abs() < 1e-12);
        let states = birth_death(|_| 900.0, |n| n as f64).unwrap();
        let mean: f64 = states.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        assert!((mean - 900.0).abs() < 1e-9);
    }

    /// A weight far above the first one: rescaling keeps the ratios.
    #[test]
    fn weights_of_any_size() {
        let chain = Chain::solve(0_u32, |&n| vec![((n + 1).min(400), 1e3), (n.saturating_sub(1), 1.0)]).unwrap();
        assert!((chain.probabilities[400] - 0.999).abs() < 1e-12);
        assert!((chain.probabilities[399] / chain.probabilities[400] - 1e-3).abs() < 1e-15);
    }

    #[test]
    fn impossible_chains_are_refused() {
        let endless = Chain::solve(0_u64, |&n| vec![(n + 1, 1.0), (0, 1.0)]);
        assert_eq!(endless, Err(ChainError::TooManyStates));
        assert_eq!(Chain::solve(0_u8, |&n| vec![(1 - n, -1.0)]), Err(ChainError::ImpossibleRate));
        assert_eq!(Chain::solve(0_u8, |_| vec![(1, 1.0)]), Err(ChainError::NeverReturns));
        assert_eq!(birth_death(|_| 2.0, |_| 1.0), None);
        assert_eq!(Chain::solve(7_u8, |_| vec![]).unwrap().probabilities, [1.0]);
    }
}
