//! From verdicts to a tier. Nothing here knows a scenario.

use super::flips::{Flip, flips};
use super::verdict::{Bar, Judged, TestVerdict};
use crate::domain::Tier;

/// A tier with its bodies.
#[derive(Clone, PartialEq, Debug)]
pub struct TierCase {
    /// The tier.
    pub tier: Tier,
    /// The bodies that have patients of the service.
    pub bodies: Vec<Judged>,
}

impl TierCase {
    /// Patients who live in bodies that could be judged, of these those in bodies that hold, and in undecided ones.
    fn patients(&self, verdict: &impl Fn(&Judged) -> TestVerdict) -> (f64, f64, f64) {
        let (mut all, mut sure, mut open) = (0.0, 0.0, 0.0);
        for body in &self.bodies {
            let verdict = verdict(body);
            all += if verdict == TestVerdict::NoFigure { 0.0 } else { body.patients };
            sure += if verdict == TestVerdict::Holds { body.patients } else { 0.0 };
            open += if verdict == TestVerdict::Undecided { body.patients } else { 0.0 };
        }
        (all, sure, open)
    }

    /// Patients who live in bodies that could be judged.
    pub fn judged(&self) -> f64 {
        self.patients(&Judged::verdict).0
    }

    /// The share of those who live in bodies at which all tests hold, and the same with those that are undecided.
    pub fn holding(&self) -> (f64, f64) {
        let (all, sure, open) = self.patients(&Judged::verdict);
        (sure / all, (sure + open) / all)
    }

    /// Whether the tier suits if so large a share of patients has to be in bodies at which all tests hold.
    pub fn verdict(&self, share: f64) -> TestVerdict {
        self.verdict_by(&Judged::verdict, share)
    }

    /// The same with verdicts of bodies that may be others.
    fn verdict_by(&self, verdict: &impl Fn(&Judged) -> TestVerdict, share: f64) -> TestVerdict {
        let (all, sure, open) = self.patients(verdict);
        if all == 0.0 {
            TestVerdict::NoFigure
        } else if sure / all >= share - ROUNDING {
            TestVerdict::Holds
        } else if (sure + open) / all < share - ROUNDING {
            TestVerdict::Fails
        } else {
            TestVerdict::Undecided
        }
    }

    /// Of the patients in bodies that could be judged the share whose body misses a test.
    pub fn missing(&self, bar: usize) -> f64 {
        let misses = |body: &&Judged| {
            body.verdict() != TestVerdict::NoFigure
                && body.tests.iter().any(|test| test.bar == bar && test.verdict == TestVerdict::Fails)
        };
        (self.bodies.iter().filter(misses).map(|body| body.patients).sum::<f64>() + 0.0) / self.judged()
    }
}

/// Shares that differ by no more are the same.
pub(super) const ROUNDING: f64 = 1e-9;

/// What is recommended for a service.
#[derive(Clone, PartialEq, Debug)]
pub struct Recommended {
    /// The lowest tier that suits; national is always possible.
    pub tier: Tier,
    /// Lower tiers of which it is not known whether they suit.
    pub undecided: Vec<Tier>,
    /// The nearest change that leads to a lower tier.
    pub lower: Option<Flip>,
    /// The nearest change that leads to a higher one.
    pub higher: Option<Flip>,
    /// Replications that would decide the nearest undecided test of a body at a lower tier.
    pub needed: Option<u64>,
}

/// Position of the lowest of some tiers, in their order, that suits by these verdicts of their bodies; their number: none does.
pub(super) fn lowest(cases: &[TierCase], verdict: &impl Fn(&Judged) -> TestVerdict, share: f64) -> usize {
    let suits = |case: &TierCase| case.verdict_by(verdict, share) == TestVerdict::Holds;
    cases.iter().position(suits).unwrap_or(cases.len())
}

/// The tier at a position: the nation comes after all others.
pub(super) fn tier_at(cases: &[TierCase], at: usize) -> Tier {
    cases.get(at).map_or(Tier::National, |case| case.tier)
}

/// The lowest of some tiers, in their order, that suits, and what would change it.
pub(super) fn recommend(cases: &[TierCase], bars: &[Bar], share: f64) -> Recommended {
    let at = lowest(cases, &Judged::verdict, share);
    let below = cases[..at].iter();
    let undecided: Vec<&TierCase> = below.filter(|case| case.verdict(share) == TestVerdict::Undecided).collect();
    let open = |case: &&TierCase| -> Option<u64> {
        let bodies = case.bodies.iter().filter(|body| body.verdict() == TestVerdict::Undecided);
        bodies.flat_map(|body| &body.tests).filter_map(|test| test.needed).min()
    };
    let (lower, higher) = flips(cases, bars, share);
    Recommended {
        tier: tier_at(cases, at),
        needed: undecided.iter().filter_map(open).min(),
        undecided: undecided.iter().map(|case| case.tier).collect(),
        lower,
        higher,
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figure;
    use super::super::verdict::{Tested, verdict};
    use super::*;
    use crate::domain::TierTest;
    use crate::stats::Interval;

    fn bar(test: TierTest, threshold: f64) -> Bar {
        Bar { test, threshold, source: String::new() }
    }

    fn figure(low: f64, high: f64) -> Figure {
        Figure { value: Some(f64::midpoint(low, high)), interval: Some(Interval { low, high }), ..Figure::default() }
    }

    /// Patients, and the intervals of both tests.
    type Sketch = (f64, (f64, f64), (f64, f64));

    /// Two tests, self-containment of at least .7 and imports of at most .5, of bodies with patients and intervals.
    fn case(tier: Tier, bodies: &[Sketch]) -> TierCase {
        let bars = bars();
        let judged = |(body, &(patients, contained, imported)): (usize, &Sketch)| Judged {
            body,
            patients,
            tests: vec![
                Tested::new(0, &bars[0], figure(contained.0, contained.1)),
                Tested::new(1, &bars[1], figure(imported.0, imported.1)),
            ],
        };
        TierCase { tier, bodies: bodies.iter().enumerate().map(judged).collect() }
    }

    fn bars() -> Vec<Bar> {
        vec![bar(TierTest::SelfContainment, 0.7), bar(TierTest::Imports, 0.5)]
    }

    #[test]
    fn verdicts_follow_intervals() {
        let least = bar(TierTest::Volume, 100.0);
        let of = |low, high| verdict(&least, 100.0, &figure(low, high));
        assert_eq!(
            [of(100.0, 120.0), of(80.0, 99.9), of(99.0, 101.0)],
            [TestVerdict::Holds, TestVerdict::Fails, TestVerdict::Undecided]
        );
        let most = bar(TierTest::Imports, 0.5);
        let of = |low, high| verdict(&most, 0.5, &figure(low, high));
        assert_eq!(
            [of(0.4, 0.5), of(0.51, 0.6), of(0.45, 0.51)],
            [TestVerdict::Holds, TestVerdict::Fails, TestVerdict::Undecided]
        );
        // Nothing can miss these, whatever is known; without a figure the others say so.
        assert_eq!(verdict(&least, 0.0, &Figure::default()), TestVerdict::Holds);
        assert_eq!(verdict(&most, 1.0, &Figure::default()), TestVerdict::Holds);
        assert_eq!(verdict(&most, 0.9, &Figure::default()), TestVerdict::NoFigure);
        assert_eq!(verdict(&bar(TierTest::Volatility, 1.0), 1.0, &figure(0.9, 1.1)), TestVerdict::Undecided);
    }

    /// Two ICBs of 60 and 40 patients: the first imports too much, the second holds; their region holds.
    #[test]
    fn the_lowest_tier_that_suits_and_its_distance_by_hand() {
        let cases = [
            case(Tier::SingleIcb, &[(60.0, (0.8, 0.82), (0.6, 0.62)), (40.0, (0.75, 0.77), (0.1, 0.2))]),
            case(Tier::Regional, &[(100.0, (0.9, 0.95), (0.2, 0.3))]),
        ];
        let found = recommend(&cases, &bars(), 0.8);
        assert_eq!((found.tier, found.undecided), (Tier::Regional, vec![]));
        assert_eq!(cases[0].holding(), (0.4, 0.4));
        assert_eq!((cases[0].missing(0), cases[0].missing(1)), (0.0, 0.6));
        // Imports up to .62 would let the first ICB in: 24 % more. Half the share of patients would do, too, but is further.
        let lower = found.lower.unwrap();
        assert_eq!((lower.bar, lower.threshold, lower.tier), (Some(1), 0.62, Tier::SingleIcb));
        assert!((lower.change - 0.24).abs() < 1e-12);
        // The region loses its place where it should be more than .9 contained, 29 % more, before imports at .3, 40 % less.
        let higher = found.higher.unwrap();
        assert_eq!((higher.bar, higher.threshold, higher.tier), (Some(0), 0.9, Tier::National));
    }

    #[test]
    fn a_doubtful_body_leaves_the_tier_undecided() {
        let single = case(Tier::SingleIcb, &[(50.0, (0.8, 0.9), (0.1, 0.2)), (50.0, (0.65, 0.75), (0.1, 0.2))]);
        assert_eq!(single.verdict(0.8), TestVerdict::Undecided);
        assert_eq!(single.verdict(0.5), TestVerdict::Holds);
        let found = recommend(std::slice::from_ref(&single), &bars(), 0.8);
        assert_eq!((found.tier, found.undecided.as_slice()), (Tier::National, [Tier::SingleIcb].as_slice()));
        // Down to .65 it would hold for certain.
        assert_eq!(found.lower.map(|flip| (flip.bar, flip.threshold)), Some((Some(0), 0.65)));
        assert_eq!(found.higher, None);
    }

    /// Without a provider in its area nobody is imported there: no figure, and the body is judged by its other tests.
    #[test]
    fn what_cannot_be_measured_does_not_count() {
        let empty = Figure { empty: true, ..Figure::default() };
        let of = |contained: (f64, f64)| {
            let mut single = case(Tier::SingleIcb, &[(50.0, contained, (0.8, 0.9))]);
            assert_eq!(single.verdict(0.8), TestVerdict::Fails);
            single.bodies[0].tests[1] = Tested::new(1, &bars()[1], empty.clone());
            assert_eq!(single.bodies[0].tests[1].verdict, TestVerdict::NoFigure);
            single.verdict(0.8)
        };
        assert_eq!(
            [of((0.8, 0.9)), of((0.6, 0.9)), of((0.1, 0.2))],
            [TestVerdict::Holds, TestVerdict::Undecided, TestVerdict::Fails]
        );
    }

    #[test]
    fn bodies_without_figures_are_not_judged() {
        let mut single = case(Tier::SingleIcb, &[(50.0, (0.8, 0.9), (0.1, 0.2)), (50.0, (0.1, 0.2), (0.1, 0.2))]);
        single.bodies[1].tests.clear();
        assert_eq!((single.judged(), single.holding()), (50.0, (1.0, 1.0)));
        assert_eq!(recommend(&[single.clone()], &bars(), 0.8).tier, Tier::SingleIcb);
        single.bodies[0].tests.clear();
        assert_eq!(single.verdict(0.8), TestVerdict::NoFigure);
        assert_eq!(recommend(&[single], &bars(), 0.8).tier, Tier::National);
    }

    /// Both tests fail everywhere: no single threshold brings the tier back.
    #[test]
    fn no_single_test_decides() {
        let single = case(Tier::SingleIcb, &[(50.0, (0.1, 0.2), (0.8, 0.9))]);
        let found = recommend(&[single], &bars(), 0.8);
        assert_eq!((found.tier, found.lower), (Tier::National, None));
    }
}
