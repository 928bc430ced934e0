//! Loss systems beyond Erlang's: patients who need several places, and places kept for some.

use super::markov::birth_death;

/// Blocking by class in a loss system of `capacity` places, where a patient of class i takes `needs[i]` >= 1 of them at once;
/// `loads[i]` = arrival rate * mean stay of the class. Any law of the stay.
///
/// j q(j) = sum over i of loads(i) needs(i) q(j - needs(i)); class i is blocked in the states above capacity - needs(i).
/// Sources: J. S. Kaufman, "Blocking in a shared resource environment", IEEE Trans. Communications 29 (1981) 1474-1481;
/// J. W. Roberts (1981).
pub fn kaufman_roberts(loads: &[f64], needs: &[usize], capacity: usize) -> Vec<f64> {
    let mut weights = vec![1.0];
    for taken in 1..=capacity {
        let inflow = loads.iter().zip(needs).filter(|&(_, &need)| need <= taken);
        let weight = inflow.map(|(load, &need)| load * need as f64 * weights[taken - need]).sum::<f64>() / taken as f64;
        weights.push(weight);
        if weight > 1e200 {
            for weight in &mut weights {
                *weight *= 1e-200;
            }
        }
    }
    let total: f64 = weights.iter().sum();
    let blocked = |need: usize| (capacity + 1).saturating_sub(need).min(capacity + 1);
    loads.iter().zip(needs).map(|(_, &need)| weights[blocked(need)..].iter().sum::<f64>() / total).collect()
}

/// Blocking by class in a loss network: a patient of class i takes `needs[i][r]` places of each pool r at once, or is lost.
/// `capacities` holds the places of each pool. Any law of the stay.
///
/// B(i) = 1 - G(capacities - needs(i)) / G(capacities), G = the sum of the products of loads(i)^n(i) / n(i)! over all numbers
/// present that fit. Source: F. P. Kelly, "Loss networks", Annals of Applied Probability 1 (1991) 319-378. The sum is taken
/// state by state, so keep the pools small; every class needs a place of some pool.
pub fn loss_network(loads: &[f64], needs: &[Vec<u32>], capacities: &[u32]) -> Vec<f64> {
    let whole = normaliser(loads, needs, capacities);
    let lost =
        |need: &Vec<u32>| without(capacities, need).map_or(1.0, |left| 1.0 - normaliser(loads, needs, &left) / whole);
    needs.iter().map(lost).collect()
}

/// What is left of the capacities after one more patient; nothing if the patient does not fit.
fn without(capacities: &[u32], need: &[u32]) -> Option<Vec<u32>> {
    capacities.iter().zip(need).map(|(capacity, need)| capacity.checked_sub(*need)).collect()
}

fn normaliser(loads: &[f64], needs: &[Vec<u32>], capacities: &[u32]) -> f64 {
    let (Some((load, loads)), Some((need, needs))) = (loads.split_first(), needs.split_first()) else {
        return 1.0;
    };
    let (mut sum, mut weight, mut present) = (0.0, 1.0, 0.0);
    let mut left = Some(capacities.to_vec());
    while let Some(free) = left {
        sum += weight * normaliser(loads, needs, &free);
        present += 1.0;
        weight *= load / present;
        left = if need.iter().all(|&need| need == 0) { None } else { without(&free, need) };
    }
    sum
}

/// Loss by class where the last `reserved` free places of a pool are kept for one class, as the pair (others, favoured).
/// Arrival rates in arrivals a mean stay, which is exponential and the same for both.
///
/// A birth-death chain with births others + favoured below capacity - reserved, favoured alone above. Source: J. W. Roberts,
/// U. Mocci and J. Virtamo (eds), *Broadband Network Teletraffic* (1996), section 7.1 (trunk reservation).
pub fn trunk_reservation(others: f64, favoured: f64, capacity: usize, reserved: usize) -> (f64, f64) {
    let open = capacity.saturating_sub(reserved);
    let births = |n: usize| {
        if n < open {
            others + favoured
        } else if n < capacity {
            favoured
        } else {
            0.0
        }
    };
    // There are no births at capacity, so the chain ends.
    let states = birth_death(births, |n| n as f64).unwrap_or_default();
    let above = |n: usize| states.iter().skip(n).sum::<f64>();
    (above(open), above(capacity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang::erlang_b;

    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() <= 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn one_place_each_is_erlangs_system() {
        for blocked in kaufman_roberts(&[3.0, 5.0], &[1, 1], 10) {
            near(blocked, erlang_b(8.0, 10));
        }
        for blocked in loss_network(&[3.0, 5.0], &[vec![1], vec![1]], &[10]) {
            near(blocked, erlang_b(8.0, 10));
        }
        near(kaufman_roberts(&[20.0], &[5], 100)[0], erlang_b(20.0, 20));
        near(kaufman_roberts(&[600.0], &[1], 600)[0], erlang_b(600.0, 600));
        assert_eq!(kaufman_roberts(&[1.0, 1.0], &[3, 1], 2)[0], 1.0);
    }

    /// One pool as a network; two pools that only one class joins.
    #[test]
    fn networks() {
        let single = kaufman_roberts(&[4.0, 1.5, 0.2], &[1, 2, 4], 12);
        for (a, b) in single.iter().zip(loss_network(&[4.0, 1.5, 0.2], &[vec![1], vec![2], vec![4]], &[12])) {
            near(*a, b);
        }
        let apart = loss_network(&[3.0, 0.0, 2.0], &[vec![1, 0], vec![1, 1], vec![0, 1]], &[4, 3]);
        near(apart[0], erlang_b(3.0, 4));
        near(apart[2], erlang_b(2.0, 3));
        near(apart[1], 1.0 - (1.0 - erlang_b(3.0, 4)) * (1.0 - erlang_b(2.0, 3)));
        assert_eq!(loss_network(&[1.0], &[vec![2]], &[1]), [1.0]);
    }

    #[test]
    fn nothing_or_everything_kept() {
        let (others, favoured) = trunk_reservation(3.0, 5.0, 10, 0);
        near(others, erlang_b(8.0, 10));
        near(favoured, erlang_b(8.0, 10));
        let (others, favoured) = trunk_reservation(3.0, 5.0, 10, 10);
        near(others, 1.0);
        near(favoured, erlang_b(5.0, 10));
        let (others, favoured) = trunk_reservation(3.0, 5.0, 10, 2);
        assert!(others > erlang_b(8.0, 10) && favoured < erlang_b(8.0, 10));
    }
}
