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

impl Bar {
    /// The threshold that nothing can miss, if there is any.
    pub(super) fn off(&self) -> Option<f64> {
        let share = self.test.unit() == "share" && self.test != TierTest::Volatility;
        if self.test.at_least() { Some(0.0) } else { share.then_some(1.0) }
    }
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
}

pub(super) fn verdict(of: &Bar, threshold: f64, figure: &Figure) -> TestVerdict {
    if figure.empty {
        return TestVerdict::NoFigure;
    }
    let at_least = of.test.at_least();
    // What no figure can miss holds whatever is known.
    if of.off().is_some_and(|off| if at_least { threshold <= off } else { threshold >= off }) {
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
        self.verdict_by(|test| test.verdict)
    }

    /// All tests together if one of them had another threshold.
    pub(super) fn verdict_at(&self, bar: usize, of: &Bar, threshold: f64) -> TestVerdict {
        self.verdict_by(|test| if test.bar == bar { verdict(of, threshold, &test.figure) } else { test.verdict })
    }

    fn verdict_by(&self, verdict: impl Fn(&Tested) -> TestVerdict) -> TestVerdict {
        // Without a provider there are no patients from outside; the test of able providers is who says that.
        let tests = || self.tests.iter().filter(|test| !test.figure.empty);
        let any = |wanted| tests().any(|test| verdict(test) == wanted);
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
