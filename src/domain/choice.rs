//! Where patients go: observed shares, or a choice model of travel and attraction.

use crate::ids::{HomeAreaId, ProviderId};

/// What a choice model measures travel by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TravelMeasure {
    /// Minutes from the travel table.
    Minutes,
    /// Kilometres from the travel table, else great-circle kilometres.
    Km,
}

/// A model of the choice between providers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ChoiceRule {
    /// Multinomial logit with utility ln(attraction) - decay x travel (`McFadden` 1974).
    Logit {
        /// Utility lost by one unit of travel.
        decay: f64,
    },
    /// Share proportional to attraction / travel^exponent (Huff 1963).
    Huff {
        /// Exponent of travel.
        exponent: f64,
        /// Shorter travel counts as this, so that a provider next door does not take all.
        at_least: f64,
    },
}

/// How the referrals of a service are distributed over providers.
#[derive(Clone, PartialEq, Debug)]
pub enum Referral {
    /// Observed shares: for each home area its providers with their shares, sorted by provider, summing to one with
    /// `elsewhere` included.
    Observed(Vec<(HomeAreaId, Vec<(ProviderId, f64)>)>),
    /// A choice model over the service's providers with their attractions, sorted by provider.
    Choice {
        /// The model.
        rule: ChoiceRule,
        /// What travel is measured by.
        on: TravelMeasure,
        /// Providers and their attractions, positive.
        attractions: Vec<(ProviderId, f64)>,
        /// Utility lost by each day of the current expected wait; zero: the choice does not look at waits.
        wait_decay: f64,
    },
}

/// The utility of an alternative: shares are proportional to its exponential.
///
/// `attraction` is positive, `travel` is not negative and has the unit that the rule's parameter expects.
pub fn utility(rule: ChoiceRule, attraction: f64, travel: f64) -> f64 {
    match rule {
        ChoiceRule::Logit { decay } => libm::log(attraction) - decay * travel,
        ChoiceRule::Huff { exponent, at_least } => {
            libm::log(attraction) - exponent * libm::log(travel.max(at_least).max(f64::MIN_POSITIVE))
        }
    }
}

/// The shares of each alternative, in order, given (attraction, travel) of each; they sum to one.
///
/// Units as in [`utility`].
pub fn choice_shares(rule: ChoiceRule, alternatives: &[(f64, f64)]) -> Vec<f64> {
    let utilities: Vec<f64> =
        alternatives.iter().map(|&(attraction, travel)| utility(rule, attraction, travel)).collect();
    let best = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = utilities.iter().map(|u| libm::exp(u - best)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verification case A15: three ICBs, three providers.
    #[test]
    fn published_shares_of_logit_and_huff() {
        let attraction = [1.0, 1.6, 1.2];
        let minutes = [[20.0, 55.0, 90.0], [60.0, 15.0, 70.0], [100.0, 65.0, 25.0]];
        let check = |rule, expected: [[f64; 3]; 3]| {
            for (row, want) in minutes.iter().zip(expected) {
                let alternatives: Vec<(f64, f64)> = attraction.iter().copied().zip(row.iter().copied()).collect();
                for (got, want) in choice_shares(rule, &alternatives).iter().zip(want) {
                    assert!((got - want).abs() < 5e-7, "{got} against {want}");
                }
            }
        };
        check(
            ChoiceRule::Logit { decay: 0.04 },
            [[0.681_418, 0.268_857, 0.049_725], [0.087_079, 0.842_876, 0.070_045], [0.031_655, 0.205_385, 0.762_960]],
        );
        check(
            ChoiceRule::Huff { exponent: 2.0, at_least: 0.0 },
            [[0.786_888, 0.166_482, 0.046_630], [0.036_388, 0.931_531, 0.032_081], [0.041_689, 0.157_877, 0.800_434]],
        );
    }
}
