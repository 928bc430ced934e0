//! From figures to verdicts: a test of a body, and all tests of a body together.

use super::figures::Figure;
use crate::domain::TierTest;

/// How a test ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestVerdict {
    /// The whole interval is on the good side of the threshold.
    Holds,
    /// The whole interval is on the bad side.
    Fails,
    /// The interval contains the threshold.
    Undecided,
    /// There is no figure: nothing to measure, which does not count, or nothing is known.
    NoFigure,
    /// The scenario lacks an input of the test, so it is not made.
    NotTested,
}

impl TestVerdict {
    /// Its word in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::NoFigure => "no-figure",
            Self::NotTested => "not-tested",
        }
    }
}

/// A threshold as it is used for a service.
#[derive(Clone, PartialEq, Debug)]
pub struct Bar {
    /// The test.
    pub test: TierTest,
    /// In its unit.
    pub threshold: f64,
    /// Where it comes from.
    pub source: String,
}

/// One test of one body.
#[derive(Clone, PartialEq, Debug)]
pub struct Tested {
    /// Position of its threshold among those of the service.
    pub bar: usize,
    /// What was found.
    pub figure: Figure,
    /// How it ends.
    pub verdict: TestVerdict,
    /// Replications that would decide, where it is undecided.
    pub needed: Option<u64>,
}

impl Tested {
    /// A figure against its threshold.
    pub(super) fn new(bar: usize, of: &Bar, figure: Figure) -> Self {
        let verdict = verdict(of, of.threshold, &figure);
        let needed = (verdict == TestVerdict::Undecided).then(|| figure.replications_to_decide(of.threshold)).flatten();
        Self { bar, figure, verdict, needed }
    }

    /// Whether it does not stand in the body's way: it holds, is not made, or there is nothing to measure.
    pub(super) fn passes(&self) -> bool {
        match self.verdict {
            TestVerdict::Holds | TestVerdict::NotTested => true,
            TestVerdict::NoFigure => self.figure.empty,
            TestVerdict::Fails | TestVerdict::Undecided => false,
        }
    }

    /// The threshold at which it would just hold for certain; nothing: it holds at any, or has no figure.
    pub(super) fn just_holds(&self, of: &Bar) -> Option<f64> {
        let interval = self.figure.interval?;
        Some(if of.test.at_least() { interval.low } else { interval.high })
    }
}

pub(super) fn verdict(of: &Bar, threshold: f64, figure: &Figure) -> TestVerdict {
    if figure.empty {
        return TestVerdict::NoFigure;
    }
    let at_least = of.test.at_least();
    let share = of.test.unit() == "share" && of.test != TierTest::Volatility;
    // What no figure can miss holds whatever is known.
    if (at_least && threshold <= 0.0) || (!at_least && share && threshold >= 1.0) {
        return TestVerdict::Holds;
    }
    if figure.untested {
        return TestVerdict::NotTested;
    }
    let Some(interval) = figure.interval else {
        return if figure.value.is_some() { TestVerdict::Undecided } else { TestVerdict::NoFigure };
    };
    let (good, bad) = if at_least {
        (interval.low >= threshold, interval.high < threshold)
    } else {
        (interval.high <= threshold, interval.low > threshold)
    };
    match (good, bad) {
        (true, _) => TestVerdict::Holds,
        (_, true) => TestVerdict::Fails,
        _ => TestVerdict::Undecided,
    }
}

/// A body with its tests.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// Position of the body among those of its tier.
    pub body: usize,
    /// Expected patients a year who live in it.
    pub patients: f64,
    /// Its tests; none where it is only partly in scope.
    pub tests: Vec<Tested>,
}

impl Judged {
    /// All tests together.
    pub fn verdict(&self) -> TestVerdict {
        self.verdict_but(None)
    }

    /// All tests but one.
    pub(super) fn verdict_but(&self, bar: Option<usize>) -> TestVerdict {
        // Without a provider there are no patients from outside; the test of able providers is who says that.
        let tests = || self.tests.iter().filter(|test| Some(test.bar) != bar && !test.figure.empty);
        let any = |verdict| tests().any(|test| test.verdict == verdict);
        if self.tests.is_empty() {
            TestVerdict::NoFigure
        } else if any(TestVerdict::Fails) {
            TestVerdict::Fails
        } else if any(TestVerdict::NoFigure) {
            TestVerdict::NoFigure
        } else if any(TestVerdict::Undecided) {
            TestVerdict::Undecided
        } else {
            TestVerdict::Holds
        }
    }
}
