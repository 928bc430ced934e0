//! Flows through a network of nodes: the traffic equations.
//!
//! Source: J. R. Jackson, "Networks of waiting lines", Operations Research 5 (1957) 518-521.

use nalgebra::{DMatrix, DVector};

/// Rows of routing probabilities may miss their bounds by this much through rounding.
const ROUNDING: f64 = 1e-9;

/// Why the traffic equations have no solution. Nodes are numbered from 0, in the order given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrafficError {
    /// The routing table is not square, or not of the length of the external flows.
    #[error("routing row {row} does not have as many entries as there are nodes")]
    Shape {
        /// The first row of the wrong length (the number of nodes, where rows are missing or too many).
        row: usize,
    },
    /// A probability or a flow is negative or not finite, or a row adds up to more than 1.
    #[error("the probabilities or the external flow of node {node} are impossible")]
    Impossible {
        /// The node.
        node: usize,
    },
    /// Whoever reaches this node stays in the network for ever.
    #[error("patients who reach node {node} never leave the network")]
    NeverLeaves {
        /// The first such node.
        node: usize,
    },
    /// Every node can be left, but the equations are singular to the precision of the machine.
    #[error("patients leave the network too rarely for its flows to be computed")]
    Singular,
}

/// The total flow through each node: the solution of (I - P') flow = external.
///
/// `external` holds the arrivals from outside by node, in any unit of rate (the flows have the same); `routing` one row a
/// node with the probabilities of the node visited next, the remainder to 1 leaving the network.
///
/// # Errors
/// [`TrafficError`] where the tables do not fit, a number is impossible, or a class of nodes is never left.
pub fn solve(external: &[f64], routing: &[Vec<f64>]) -> Result<Vec<f64>, TrafficError> {
    check(external, routing)?;
    let nodes = external.len();
    if nodes == 0 {
        return Ok(Vec::new());
    }
    let matrix = DMatrix::from_fn(nodes, nodes, |to, from| f64::from(u8::from(to == from)) - routing[from][to]);
    let flows = matrix.lu().solve(&DVector::from_column_slice(external)).ok_or(TrafficError::Singular)?;
    // Flows are sums of products of non-negative numbers; rounding may leave a zero just below.
    Ok(flows.iter().map(|flow| flow.max(0.0)).collect())
}

/// Checks shapes, bounds and that every node can be left.
fn check(external: &[f64], routing: &[Vec<f64>]) -> Result<(), TrafficError> {
    let nodes = external.len();
    let possible = |x: f64| x >= 0.0 && x.is_finite();
    if routing.len() != nodes {
        return Err(TrafficError::Shape { row: nodes });
    }
    for (node, row) in routing.iter().enumerate() {
        if row.len() != nodes {
            return Err(TrafficError::Shape { row: node });
        }
        let bounded = row.iter().all(|&p| possible(p)) && row.iter().sum::<f64>() <= 1.0 + ROUNDING;
        if !bounded || !possible(external[node]) {
            return Err(TrafficError::Impossible { node });
        }
    }
    // A node can be left if it leads out, or to a node that can be left.
    let mut leaves: Vec<bool> = routing.iter().map(|row| row.iter().sum::<f64>() < 1.0 - ROUNDING).collect();
    for _ in 0..nodes {
        for node in 0..nodes {
            leaves[node] = leaves[node] || (0..nodes).any(|next| leaves[next] && routing[node][next] > 0.0);
        }
    }
    match leaves.iter().position(|&leaves| !leaves) {
        Some(node) => Err(TrafficError::NeverLeaves { node }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::queues::MMc;
    use proptest::prelude::*;

    fn near(value: f64, shown: f64) {
        assert!((value - shown).abs() <= 5.1e-7, "{value} is not {shown}");
    }

    /// All numbers of verification case A7, to the digits shown.
    #[test]
    fn case_a7() {
        let routing = [vec![0.0, 0.3, 0.1], vec![0.05, 0.0, 0.5], vec![0.1, 0.02, 0.0]];
        let flows = solve(&[4.0, 0.5, 0.2], &routing).unwrap();
        let expected = [
            (2.0, 12, 4.242_762, 0.707_127, 0.194_389, 0.110_622, 8.954_868),
            (6.0, 14, 1.803_348, 0.772_863, 0.276_201, 0.521_148, 11.759_897),
            (4.0, 12, 1.525_950, 0.508_650, 0.025_316, 0.017_174, 6.130_008),
        ];
        for (&arrival_rate, (mean_service, servers, flow, utilisation, waits, wait, present)) in
            flows.iter().zip(expected)
        {
            let node = MMc { arrival_rate, mean_service, servers };
            near(arrival_rate, flow);
            near(node.utilisation(), utilisation);
            near(node.wait_probability(), waits);
            near(node.mean_wait(), wait);
            near(node.mean_present(), present);
        }
    }

    #[test]
    fn impossible_networks_are_named() {
        let routing = [vec![0.0, 0.5, 0.0], vec![0.0, 0.0, 1.0], vec![0.0, 0.7, 0.3]];
        assert_eq!(solve(&[1.0, 0.0, 0.0], &routing), Err(TrafficError::NeverLeaves { node: 1 }));
        assert_eq!(solve(&[1.0], &[vec![1.2]]), Err(TrafficError::Impossible { node: 0 }));
        assert_eq!(solve(&[f64::NAN], &[vec![0.2]]), Err(TrafficError::Impossible { node: 0 }));
        assert_eq!(solve(&[1.0, 1.0], &[vec![0.0, 0.0], vec![0.0]]), Err(TrafficError::Shape { row: 1 }));
        assert_eq!(solve(&[1.0], &[]), Err(TrafficError::Shape { row: 1 }));
        assert_eq!(solve(&[], &[]), Ok(vec![]));
    }

    /// The loads of verification case A1: nodes are the acute unit by kind of patient (stroke by destination) and
    /// rehabilitation by kind.
    #[test]
    fn case_a1() {
        let acute = [0.24 / 1.2, 0.13 / 1.2, 0.63 / 1.2, 1.0 / 9.3, 1.0 / 3.6, 1.0 / 3.2];
        let rehabilitation = [1.0 / 21.8, 0.0, 1.0 / 31.7, 1.0 / 28.6];
        let mut routing = vec![vec![0.0; 10]; 10];
        for (from, to, share) in [(0, 6, 1.0), (3, 7, 0.01), (4, 8, 0.11), (5, 9, 0.05)] {
            routing[from][to] = share;
        }
        let flows = solve(&[&acute[..], &rehabilitation].concat(), &routing).unwrap();
        let stays = [7.4, 4.6, 7.0, 1.8, 4.0, 3.8, 0.4 * 30.3 + 0.6 * 28.4, 18.7, 27.6, 16.1];
        let loads: Vec<f64> = flows.iter().zip(stays).map(|(flow, stay)| flow * stay).collect();
        near(loads[..3].iter().sum(), 5.653_333);
        near(loads[..6].iter().sum(), 8.145_493);
        for (load, shown) in loads[6..].iter().zip([7.169_615, 0.020_108, 1.713_996, 0.814_500]) {
            near(*load, shown);
        }
        near(loads[6..].iter().sum(), 9.718_218);
    }

    /// The flow-balance occupancies of verification case A14: shock, intensive, observation, yellow, green, exam; an
    /// admission takes half an hour more, but from yellow. (The reference has .6188 for observation: its mean stay of
    /// .49994 h was taken as half an hour.)
    #[test]
    fn case_a14() {
        let mean = |rates: [f64; 4]| rates.iter().sum::<f64>() / 4.0;
        let yellow = mean([0.33, 0.66, 0.638, 0.572]);
        let external = [mean([0.1725, 0.345, 0.3335, 0.299]), 0.0, yellow, yellow, mean([2.8, 3.8, 2.8, 3.8]), 0.0];
        let mut routing = vec![vec![0.0; 6]; 6];
        for (from, to, share) in [(0, 1, 0.975), (1, 5, 0.1), (2, 3, 0.5), (3, 5, 0.3), (5, 3, 0.5), (5, 4, 0.1)] {
            routing[from][to] = share;
        }
        let laws = [
            (-0.880_56, 1.1467, 0.0, 0.2300, 4),
            (-0.880_56, 1.1467, 0.8, 0.3364, 4),
            (-1.4285, 1.6902, 0.25, 0.6187, 4),
            (-0.976_32, 1.3974, 0.0, 0.987, 3),
            (-0.406_14, 0.901_26, 0.3, 3.832, 3),
            (-2.2664, 1.1463, 0.2, 0.0972, 4),
        ];
        for (flow, (mu, sigma, admitted, shown, digits)) in solve(&external, &routing).unwrap().iter().zip(laws) {
            let occupancy = flow * (libm::exp(mu + 0.5 * sigma * sigma) + 0.5 * admitted);
            assert!((occupancy - shown).abs() <= 0.51 * 10_f64.powi(-digits), "{occupancy} is not {shown}");
        }
    }

    proptest! {
        /// What enters leaves, and each node's flow is what comes from outside and from the others.
        #[test]
        fn flows_balance(external in prop::collection::vec(0.0_f64..10.0, 5), raw in prop::collection::vec(prop::collection::vec(0.0_f64..1.0, 6), 5)) {
            let routing: Vec<Vec<f64>> = raw
                .iter()
                .map(|row| row[..5].iter().map(|p| p / (row.iter().sum::<f64>() + 0.01)).collect())
                .collect();
            let flows = solve(&external, &routing).unwrap();
            let scale: f64 = 1.0 + flows.iter().sum::<f64>();
            for node in 0..5 {
                let inflow: f64 = external[node] + (0..5).map(|from| flows[from] * routing[from][node]).sum::<f64>();
                prop_assert!((inflow - flows[node]).abs() < 1e-10 * scale);
            }
            let leaving: f64 = (0..5).map(|node| flows[node] * (1.0 - routing[node].iter().sum::<f64>())).sum();
            prop_assert!((leaving - external.iter().sum::<f64>()).abs() < 1e-9 * scale);
        }
    }
}
