//! From verdicts to a tier, and what would change it. Nothing here knows a scenario.

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
    /// Patients who live in bodies with a verdict.
    fn patients(&self, wanted: impl Fn(TestVerdict) -> bool) -> f64 {
        // The sum of nothing is not minus zero.
        self.bodies.iter().filter(|body| wanted(body.verdict())).map(|body| body.patients).sum::<f64>() + 0.0
    }

    /// Patients who live in bodies that could be judged.
    pub fn judged(&self) -> f64 {
        self.patients(|verdict| verdict != TestVerdict::NoFigure)
    }

    /// The share of those who live in bodies at which all tests hold, and the same with those that are undecided.
    pub fn holding(&self) -> (f64, f64) {
        let all = self.judged();
        let sure = self.patients(|verdict| verdict == TestVerdict::Holds);
        (sure / all, (sure + self.patients(|verdict| verdict == TestVerdict::Undecided)) / all)
    }

    /// Whether the tier suits if so large a share of patients has to be in bodies at which all tests hold.
    pub fn verdict(&self, share: f64) -> TestVerdict {
        let (sure, maybe) = self.holding();
        if sure.is_nan() {
            TestVerdict::NoFigure
        } else if sure >= share - ROUNDING {
            TestVerdict::Holds
        } else if maybe < share - ROUNDING {
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

    /// The threshold nearest to that of a test at which the tier would suit, everything else as it is; nothing: no threshold of
    /// this test alone does it.
    fn eased(&self, bar: usize, of: &Bar, share: f64) -> Option<f64> {
        let needed = (share - ROUNDING) * self.judged();
        let mut have = 0.0;
        let mut bounds: Vec<(f64, f64)> = Vec::new();
        for body in self.bodies.iter().filter(|body| body.verdict() != TestVerdict::NoFigure) {
            if body.verdict_but(Some(bar)) != TestVerdict::Holds {
                continue;
            }
            let tested = body.tests.iter().find(|test| test.bar == bar);
            match tested.filter(|tested| !tested.passes()) {
                None => have += body.patients,
                Some(tested) => bounds.extend(tested.just_holds(of).map(|bound| (bound, body.patients))),
            }
        }
        // The easiest to let in come first.
        bounds.sort_by(|a, b| if of.test.at_least() { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        let mut bounds = bounds.into_iter();
        let mut threshold = None;
        while have < needed {
            let (bound, patients) = bounds.next()?;
            have += patients;
            threshold = Some(bound);
        }
        threshold
    }

    /// The figure of a test past which a threshold would take the tier away, everything else as it is.
    fn tightened(&self, bar: usize, of: &Bar, share: f64) -> Option<f64> {
        let needed = (share - ROUNDING) * self.judged();
        let mut have = 0.0;
        let mut bounds: Vec<(f64, f64)> = Vec::new();
        for body in self.bodies.iter().filter(|body| body.verdict() == TestVerdict::Holds) {
            have += body.patients;
            let tested = body.tests.iter().find(|test| test.bar == bar);
            bounds.extend(tested.and_then(|tested| tested.just_holds(of)).map(|bound| (bound, body.patients)));
        }
        bounds.sort_by(|a, b| if of.test.at_least() { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) });
        let mut bounds = bounds.into_iter();
        loop {
            let (bound, patients) = bounds.next()?;
            have -= patients;
            if have < needed {
                // No share has to be above one, or below zero.
                let beyond = if of.test.at_least() { bound >= 1.0 } else { bound <= 0.0 };
                return (of.test.unit() != "share" || !beyond).then_some(bound);
            }
        }
    }
}

const ROUNDING: f64 = 1e-9;
/// A smaller share of patients is not asked about: a tier that suits fewer than half of them is no answer.
const MOST_OF_ALL: f64 = 0.5;

/// A change of one threshold that would change the tier.
#[derive(Clone, PartialEq, Debug)]
pub struct Flip {
    /// Position of the threshold; none: the share of patients.
    pub bar: Option<usize>,
    /// The threshold that would.
    pub threshold: f64,
    /// The change as a share of the threshold that there is.
    pub change: f64,
    /// The tier that would be recommended.
    pub tier: Tier,
}

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

/// The lowest of some tiers, in their order, that suits, and what would change it.
pub(super) fn recommend(cases: &[TierCase], bars: &[Bar], share: f64) -> Recommended {
    let suits = |case: &TierCase| case.verdict(share) == TestVerdict::Holds;
    let at = cases.iter().position(suits);
    let tier = at.map_or(Tier::National, |at| cases[at].tier);
    let below = &cases[..at.unwrap_or(cases.len())];
    let mut lower: Vec<Flip> = Vec::new();
    for case in below.iter().filter(|case| case.judged() > 0.0) {
        let eased = bars
            .iter()
            .enumerate()
            .filter_map(|(bar, of)| case.eased(bar, of, share).map(|threshold| (Some(bar), of.threshold, threshold)));
        let all =
            eased.chain(Some(case.holding().0).filter(|sure| *sure >= MOST_OF_ALL).map(|sure| (None, share, sure)));
        lower.extend(all.map(|(bar, now, threshold)| Flip {
            bar,
            threshold,
            change: change(now, threshold),
            tier: case.tier,
        }));
    }
    let mut higher: Vec<Flip> = Vec::new();
    if let Some(case) = at.map(|at| &cases[at]) {
        // A later tier has to suit under the changed threshold, too.
        let next = |bar: Option<usize>, now: f64, threshold: f64| {
            let stays = |case: &&TierCase| {
                suits(case)
                    && match bar {
                        Some(bar) => {
                            let fails = case.tightened(bar, &bars[bar], share);
                            fails.is_none_or(|fails| change(now, fails) > change(now, threshold))
                        }
                        None => case.holding().0 > threshold,
                    }
            };
            cases[at.unwrap_or_default() + 1..].iter().find(stays).map_or(Tier::National, |case| case.tier)
        };
        let tightened = bars.iter().enumerate().filter_map(|(bar, of)| {
            case.tightened(bar, of, share).map(|threshold| (Some(bar), of.threshold, threshold))
        });
        let all = tightened.chain(Some(case.holding().0).filter(|sure| *sure < 1.0).map(|sure| (None, share, sure)));
        higher.extend(all.map(|(bar, now, threshold)| Flip {
            bar,
            threshold,
            change: change(now, threshold),
            tier: next(bar, now, threshold),
        }));
    }
    let undecided: Vec<&TierCase> = below.iter().filter(|case| case.verdict(share) == TestVerdict::Undecided).collect();
    let open = |case: &&TierCase| -> Option<u64> {
        let bodies = case.bodies.iter().filter(|body| body.verdict() == TestVerdict::Undecided);
        bodies.flat_map(|body| &body.tests).filter_map(|test| test.needed).min()
    };
    Recommended {
        tier,
        needed: undecided.iter().filter_map(open).min(),
        undecided: undecided.iter().map(|case| case.tier).collect(),
        lower: nearest(lower),
        higher: nearest(higher),
    }
}

fn change(now: f64, then: f64) -> f64 {
    (then / now - 1.0).abs()
}

/// The smallest change; of equal ones the first.
fn nearest(flips: Vec<Flip>) -> Option<Flip> {
    let usable = flips.into_iter().filter(|flip| !flip.change.is_nan());
    usable.reduce(|best, flip| if flip.change < best.change { flip } else { best })
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
