//! What would change a tier: the nearest threshold at which the same question has another answer.

use super::judge::{ROUNDING, TierCase, lowest, tier_at};
use super::verdict::{Bar, Judged};
use crate::domain::Tier;
use std::cmp::Ordering;

/// A smaller share of patients is not asked about: a tier that suits fewer than half of them is no answer.
const MOST_OF_ALL: f64 = 0.5;

/// A change of one threshold that would change the tier.
#[derive(Clone, PartialEq, Debug)]
pub struct Flip {
    /// Position of the threshold; none: the share of patients.
    pub bar: Option<usize>,
    /// The threshold that would, or that it would have to be past.
    pub threshold: f64,
    /// Whether the threshold would be easier to meet: then it is the one that would change the tier; else it has to be past it.
    pub eased: bool,
    /// The change as a share of the threshold that there is; of one that is zero infinite.
    pub change: f64,
    /// The tier that would be recommended.
    pub tier: Tier,
}

/// A threshold at which, or just past which, something may change.
struct Candidate {
    bar: Option<usize>,
    end: f64,
    eased: bool,
    /// The threshold to ask about.
    tried: f64,
    change: f64,
}

/// The nearest changes that lead to a lower and to a higher tier: every body is judged anew at each threshold where the verdict of a
/// test can change, because bodies also begin or cease to be judged there.
pub(super) fn flips(cases: &[TierCase], bars: &[Bar], share: f64) -> (Option<Flip>, Option<Flip>) {
    let now = lowest(cases, &Judged::verdict, share);
    let of_bars = bars.iter().enumerate().flat_map(|(bar, of)| of_bar(cases, bar, of));
    let mut candidates: Vec<Candidate> = of_bars.chain(of_share(cases, share)).collect();
    // Of equal changes the first.
    candidates.sort_by(|a, b| a.change.total_cmp(&b.change));
    let (mut lower, mut higher) = (None, None);
    for Candidate { bar, end, eased, tried, change } in candidates {
        let then = match bar {
            Some(bar) => lowest(cases, &|body: &Judged| body.verdict_at(bar, &bars[bar], tried), share),
            None => lowest(cases, &Judged::verdict, tried),
        };
        let found = match then.cmp(&now) {
            Ordering::Less => &mut lower,
            Ordering::Equal => continue,
            Ordering::Greater => &mut higher,
        };
        found.get_or_insert(Flip { bar, threshold: end, eased, change, tier: tier_at(cases, then) });
        if lower.is_some() && higher.is_some() {
            break;
        }
    }
    (lower, higher)
}

/// A verdict changes at the ends of intervals, and where nothing can miss the threshold any more; the nearest first.
fn of_bar(cases: &[TierCase], bar: usize, of: &Bar) -> Vec<Candidate> {
    let (now, at_least) = (of.threshold, of.test.at_least());
    let tests = cases.iter().flat_map(|case| &case.bodies).flat_map(|body| &body.tests).filter(|test| test.bar == bar);
    let intervals = tests.filter_map(|test| test.figure.interval);
    let mut ends: Vec<f64> = intervals.flat_map(|interval| [interval.low, interval.high]).chain(of.off()).collect();
    ends.sort_by(|a, b| (a - now).abs().total_cmp(&(b - now).abs()));
    ends.dedup();
    let candidates = ends.into_iter().map(|end| {
        let eased = if at_least { end < now } else { end > now };
        // At the end of its interval a figure still keeps a threshold.
        let tried = match (eased, at_least) {
            (true, _) => end,
            (_, true) => end.next_up(),
            _ => end.next_down(),
        };
        Candidate { bar: Some(bar), end, eased, tried, change: change(now, end) }
    });
    // No share has to be above one, nothing below zero.
    let most = if of.test.unit() == "share" && at_least { 1.0 } else { f64::INFINITY };
    candidates.filter(|one| (0.0..=most).contains(&one.tried)).collect()
}

/// The share of patients changes an answer where it is that of a tier.
fn of_share(cases: &[TierCase], share: f64) -> impl Iterator<Item = Candidate> {
    let candidates = cases.iter().map(move |case| {
        let end = case.holding().0;
        let eased = end < share - ROUNDING;
        let tried = if eased { end } else { end + 2.0 * ROUNDING };
        Candidate { bar: None, end, eased, tried, change: change(share, end) }
    });
    // Without a body that can be judged there is no share.
    candidates.filter(|one| if one.eased { one.end >= MOST_OF_ALL } else { one.tried <= 1.0 })
}

fn change(now: f64, then: f64) -> f64 {
    if now == 0.0 { f64::INFINITY } else { (then / now - 1.0).abs() }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figure;
    use super::super::judge::{Recommended, recommend};
    use super::super::verdict::Tested;
    use super::*;
    use crate::domain::TierTest;
    use crate::stats::Interval;
    use proptest::prelude::*;

    const TESTS: [TierTest; 3] = [TierTest::SelfContainment, TierTest::Imports, TierTest::Volatility];

    fn bars(thresholds: [f64; 3]) -> Vec<Bar> {
        let bar = |(test, threshold)| Bar { test, threshold, source: String::new() };
        TESTS.into_iter().zip(thresholds).map(bar).collect()
    }

    fn within(low: f64, high: f64) -> Figure {
        Figure { value: Some(f64::midpoint(low, high)), interval: Some(Interval { low, high }), ..Figure::default() }
    }

    /// Patients of a body, and its figures.
    type Sketch = (f64, [Figure; 3]);

    /// The answer as it is given, for bodies of two tiers.
    fn asked(tiers: &[Vec<Sketch>; 2], bars: &[Bar], share: f64) -> Recommended {
        let judged = |(body, (patients, figures)): (usize, &Sketch)| Judged {
            body,
            patients: *patients,
            tests: (0..3).map(|bar| Tested::new(bar, &bars[bar], figures[bar].clone())).collect(),
        };
        let case = |(bodies, tier): (&Vec<Sketch>, Tier)| TierCase {
            tier,
            bodies: bodies.iter().enumerate().map(judged).collect(),
        };
        let cases: Vec<TierCase> = tiers.iter().zip([Tier::SingleIcb, Tier::Regional]).map(case).collect();
        recommend(&cases, bars, share)
    }

    /// A holds, at .9 at least. Of the imports of B nothing is known, so it is not judged until it fails at more than .65.
    #[test]
    fn a_body_that_begins_to_be_judged_can_take_the_tier_away() {
        let stable = within(0.01, 0.02);
        let a = (50.0, [within(0.9, 0.95), within(0.1, 0.2), stable.clone()]);
        let b = (50.0, [within(0.6, 0.65), Figure::default(), stable]);
        let found = asked(&[vec![a, b], vec![]], &bars([0.5, 0.5, 0.1]), 0.8);
        let higher = found.higher.unwrap();
        assert_eq!((found.tier, higher.tier), (Tier::SingleIcb, Tier::National));
        assert_eq!((higher.bar, higher.threshold, higher.eased), (Some(0), 0.65, false));
        assert!((higher.change - 0.3).abs() < 1e-12);
    }

    /// A fails self-containment only, and of its imports nothing is known: at .4 it does not fail for certain, and is not judged.
    #[test]
    fn a_body_that_ceases_to_be_judged_can_bring_the_tier() {
        let stable = within(0.01, 0.02);
        let a = (40.0, [within(0.3, 0.4), Figure::default(), stable.clone()]);
        let b = (60.0, [within(0.8, 0.9), within(0.1, 0.2), stable]);
        let found = asked(&[vec![a, b], vec![]], &bars([0.5, 0.5, 0.1]), 0.8);
        let lower = found.lower.unwrap();
        assert_eq!((found.tier, lower.tier, found.higher), (Tier::National, Tier::SingleIcb, None));
        assert_eq!((lower.bar, lower.threshold, lower.eased), (Some(0), 0.4, true));
    }

    /// Steps of a twentieth, so that figures and thresholds often meet; those between are steps of a fortieth.
    const STEPS: u8 = 20;

    fn step(number: u8) -> f64 {
        f64::from(number) / f64::from(2 * STEPS)
    }

    fn figures() -> impl Strategy<Value = Figure> {
        let end = || (0..=STEPS).prop_map(|number| step(2 * number));
        prop_oneof![
            8 => (end(), end()).prop_map(|(one, other)| within(one.min(other), one.max(other))),
            2 => Just(Figure::default()),
            1 => Just(Figure { empty: true, ..Figure::default() }),
            1 => Just(Figure { untested: true, ..Figure::default() }),
        ]
    }

    fn tiers() -> impl Strategy<Value = [Vec<Sketch>; 2]> {
        let body = || ((1_u8..=5).prop_map(f64::from), [figures(), figures(), figures()]);
        [prop::collection::vec(body(), 1..5), prop::collection::vec(body(), 0..3)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        /// What is said to change the tier does, and of all thresholds that would, in steps between all figures, none is nearer.
        #[test]
        fn flips_flip_and_are_the_nearest(
            tiers in tiers(),
            thresholds in [0..=STEPS, 0..=STEPS, 0..=STEPS],
            share in prop::sample::select(vec![0.5, 0.6, 0.8, 1.0]),
        ) {
            let bars = bars(thresholds.map(|number| step(2 * number)));
            let found = asked(&tiers, &bars, share);
            let at = |bar: Option<usize>, threshold: f64| {
                let mut changed = bars.clone();
                if let Some(bar) = bar {
                    changed[bar].threshold = threshold;
                }
                asked(&tiers, &changed, if bar.is_none() { threshold } else { share }).tier
            };
            for flip in [&found.lower, &found.higher].into_iter().flatten() {
                let past = if flip.bar.is_some() { step(1) } else { 1e-6 };
                let least = flip.bar.is_none_or(|bar| bars[bar].test.at_least());
                let then = match (flip.eased, least) {
                    (true, _) => flip.threshold,
                    (_, true) => flip.threshold + past,
                    _ => flip.threshold - past,
                };
                prop_assert_eq!(at(flip.bar, then), flip.tier);
                prop_assert!(flip.eased || at(flip.bar, flip.threshold) == found.tier);
            }
            let steps = |bar| (0..=2 * STEPS).map(move |number| (Some(bar), step(number)));
            let shares = (100..=200).map(|number| (None, f64::from(number) / 200.0));
            for (bar, threshold) in (0..3).flat_map(steps).chain(shares) {
                let nearest = match at(bar, threshold).cmp(&found.tier) {
                    Ordering::Less => &found.lower,
                    Ordering::Equal => continue,
                    Ordering::Greater => &found.higher,
                };
                let change = change(bar.map_or(share, |bar| bars[bar].threshold), threshold);
                prop_assert!(nearest.as_ref().is_some_and(|flip| flip.change <= change + 1e-9), "{bar:?} {threshold}");
            }
        }
    }
}
