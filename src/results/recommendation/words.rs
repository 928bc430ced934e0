//! The answers in words for a board.

use super::{Advice, Bar, Flip, Judged, Recommendations, TestVerdict, Tested, TierCase};
use crate::domain::{Delegation, Tier, TierTest};
use crate::results::short_name;

/// So many providers are named.
const NAMED: usize = 3;

/// A tier in words.
pub fn tier_words(tier: Tier) -> &'static str {
    match tier {
        Tier::SingleIcb => "single ICB",
        Tier::MultiIcb => "multi-ICB",
        Tier::Regional => "regional",
        Tier::National => "national",
    }
}

fn bodies_words(tier: Tier, number: usize) -> String {
    let (one, many) = match tier {
        Tier::SingleIcb => ("ICB", "ICBs"),
        Tier::MultiIcb => ("footprint", "footprints"),
        Tier::Regional => ("region", "regions"),
        Tier::National => ("nation", "nations"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `1,234`, `0.41`: as many decimals as are of use.
fn number(value: f64) -> String {
    if value.abs() < 10.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn percent(share: f64) -> String {
    let decimals = usize::from(share > 0.0 && share < 0.1 || share > 0.99 && share < 1.0);
    format!("{:.decimals$} %", share * 100.0)
}

/// An amount in the unit of a test.
pub(super) fn amount(test: TierTest, value: f64) -> String {
    if test.unit() == "share" { percent(value) } else { number(value) }
}

impl Recommendations<'_> {
    /// The name of a body.
    pub fn body_name(&self, tier: Tier, body: usize) -> &str {
        self.bodies.iter().find(|bodies| bodies.tier == tier).map_or("", |bodies| short_name(&bodies.bodies[body].name))
    }

    /// What a test looks at: `self-containment`, `residents who travel over 60 km`.
    pub fn test_words(&self, advice: &Advice, test: TierTest) -> String {
        match test {
            TierTest::Population => "residents".to_owned(),
            TierTest::SelfContainment => "residents' patients treated in its area".to_owned(),
            TierTest::Imports => "patients from outside at its providers".to_owned(),
            TierTest::ProviderImports => "patients from outside at one of its providers".to_owned(),
            TierTest::Volume => "patients a year".to_owned(),
            TierTest::Volatility => "variation of a year's cost".to_owned(),
            TierTest::Providers => "able providers in its area".to_owned(),
            TierTest::Travel => format!("residents' patients travelling over {} km", number(advice.far_km)),
            TierTest::ContractLines => "contract lines".to_owned(),
            TierTest::Readiness => "tests of readiness met".to_owned(),
        }
    }

    /// `Kent and Medway: 40 % of residents' patients treated in its area, at least 70 % wanted`.
    fn example(&self, advice: &Advice, case: &TierCase, body: &Judged, tested: &Tested) -> String {
        let of = &advice.bars[tested.bar];
        let limit = amount(of.test, of.threshold);
        let figure = tested.figure.value.map_or_else(
            || "no figure".to_owned(),
            |value| {
                // A figure just beyond its threshold shows that it is.
                let short = amount(of.test, value);
                if short == limit { precise(of, value) } else { short }
            },
        );
        let rule = if of.test.at_least() { "at least" } else { "at most" };
        let what = match (of.test, self.provider_name(&tested.figure.detail)) {
            (TierTest::ProviderImports, Some(provider)) => format!("patients from outside at {provider}"),
            _ => self.test_words(advice, of.test),
        };
        format!("{}: {what} {figure}, {rule} {}", self.body_name(case.tier, body.body), amount(of.test, of.threshold))
    }

    /// Tests that are not made, with the inputs that they lack.
    pub fn untested(&self) -> impl Iterator<Item = (TierTest, &str)> {
        self.advice.iter().flat_map(|advice| {
            let bodies = advice.cases.iter().flat_map(|case| &case.bodies);
            let tests = bodies.flat_map(|body| &body.tests).filter(|test| test.verdict == TestVerdict::NotTested);
            tests.map(|test| (advice.bars[test.bar].test, test.figure.detail.as_str()))
        })
    }

    fn provider_name(&self, id: &str) -> Option<&str> {
        self.scenario.providers.iter().find(|provider| provider.id == id).map(|provider| short_name(&provider.name))
    }

    /// The failed test of a tier that touches most patients, with the body of most patients that fails it.
    fn main_failure(&self, advice: &Advice, case: &TierCase) -> Option<String> {
        let by_share = |a: &usize, b: &usize| case.missing(*a).total_cmp(&case.missing(*b)).then(b.cmp(a));
        let bar = (0..advice.bars.len()).filter(|&bar| case.missing(bar) > 0.0).max_by(by_share)?;
        let (body, tested) = largest(case, bar)?;
        let missing = percent(case.missing(bar));
        Some(format!(
            ", {missing} where {} fails ({})",
            advice.bars[bar].test.name(),
            self.example(advice, case, body, tested)
        ))
    }

    /// Why a tier does not suit.
    fn why_not(&self, advice: &Advice, case: &TierCase) -> String {
        let judged = case.bodies.iter().filter(|body| body.verdict() != TestVerdict::NoFigure).count();
        let of = if judged == case.bodies.len() {
            "its patients".to_owned()
        } else {
            let all = bodies_words(case.tier, case.bodies.len());
            format!("the patients of {judged} of {all} (the others cannot be judged)")
        };
        let needed = percent(self.scenario.recommendation.patients_share);
        let tier = tier_words(case.tier);
        let (sure, maybe) = case.holding();
        match case.verdict(self.scenario.recommendation.patients_share) {
            TestVerdict::NoFigure => format!("Whether {tier} suits is not known: no body has all figures."),
            TestVerdict::Undecided => format!(
                "Whether {tier} suits is undecided: {} to {} of {of} live where all tests hold ({needed} needed).",
                percent(sure),
                percent(maybe),
            ),
            _ => {
                let why = self.main_failure(advice, case).unwrap_or_default();
                format!("Not {tier}: {} of {of} live where all tests hold ({needed} needed){why}.", percent(maybe))
            }
        }
    }

    /// Providers most of whose patients live outside the ICB that they lie in: that ICB cannot plan them alone.
    fn imported(&self, advice: &Advice) -> Option<String> {
        let case = advice.cases.iter().find(|case| case.tier == Tier::SingleIcb)?;
        let bar = advice.bars.iter().position(|bar| bar.test == TierTest::ProviderImports)?;
        let fails = |body: &Judged| -> Option<(f64, String)> {
            let tested = body.tests.iter().find(|test| test.bar == bar && test.verdict == TestVerdict::Fails)?;
            let (provider, share) = (self.provider_name(&tested.figure.detail)?, tested.figure.value?);
            let icb = self.body_name(case.tier, body.body);
            Some((share, format!("{provider} ({icb}, {})", percent(share))))
        };
        let mut found: Vec<(f64, String)> = case.bodies.iter().filter_map(fails).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let others = found.len().saturating_sub(NAMED);
        let mut named: Vec<String> = found.into_iter().take(NAMED).map(|(_, words)| words).collect();
        if others > 0 {
            named.push(format!("{others} more"));
        }
        let last = named.pop()?;
        let list = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
        let begin = match advice.recommended.tier {
            Tier::SingleIcb => "But one ICB alone cannot plan",
            _ => "One ICB alone cannot plan",
        };
        Some(format!(
            "{begin} {list}: so many of the patients there live outside it ({} at most), and other ICBs pay for \
             them.",
            percent(advice.bars[bar].threshold)
        ))
    }

    /// What would change the tier: `a self-containment of 61.0 % were enough (now at least 70.0 %)`.
    pub fn flip_words(&self, advice: &Advice, flip: &Flip, lower: bool) -> String {
        let Some(bar) = flip.bar.map(|bar| &advice.bars[bar]) else {
            let share = self.scenario.recommendation.patients_share;
            let (then, now) = (exact(flip.threshold), exact(share));
            let rule = if lower { "it were enough that" } else { "more than" };
            let had = if lower { "" } else { "had to " };
            return format!("{rule} {then} of its patients {had}live where all tests hold (now {now})");
        };
        let (what, then, now) = (bar.test.name(), precise(bar, flip.threshold), precise(bar, bar.threshold));
        match (bar.test.at_least(), lower) {
            (true, true) => format!("{what} of {then} were enough (now at least {now})"),
            (false, true) => format!("{what} of {then} were allowed (now at most {now})"),
            (true, false) => format!("{what} had to be above {then} (now at least {now})"),
            (false, false) => format!("{what} had to be below {then} (now at most {now})"),
        }
    }

    /// How many times the demand would have to be for the same effect, where the test is about volume or chance.
    pub(super) fn demand_factor(&self, advice: &Advice, flip: &Flip) -> Option<f64> {
        let bar = &advice.bars[flip.bar?];
        let factor = match bar.test {
            TierTest::Volume => bar.threshold / flip.threshold,
            // Without demand beyond chance the relative standard deviation falls with the root of the number of patients.
            TierTest::Volatility if self.scenario.uncertainty.is_none() => {
                (flip.threshold / bar.threshold) * (flip.threshold / bar.threshold)
            }
            _ => return None,
        };
        factor.is_finite().then_some(factor)
    }

    /// The answer for a service, for a board.
    pub fn sentence(&self, advice: &Advice) -> String {
        let service = &self.scenario.services[advice.service];
        let found = &advice.recommended;
        let mut said = vec![format!("{}: {}.", service.name, tier_words(found.tier))];
        let below = advice.cases.iter().take_while(|case| case.tier != found.tier);
        said.extend(below.map(|case| self.why_not(advice, case)));
        said.extend(self.imported(advice));
        if let Some(needed) = found.needed {
            said.push(format!("About {needed} replications would decide the nearest of the undecided tests."));
        }
        match &found.lower {
            Some(flip) => {
                let demand = self.demand_factor(advice, flip);
                let demand =
                    demand.map_or_else(String::new, |factor| format!(", or with {factor:.2} times the demand"));
                said.push(format!(
                    "It would be {} if {}{demand}.",
                    tier_words(flip.tier),
                    self.flip_words(advice, flip, true)
                ));
            }
            None if found.tier != Tier::SingleIcb => {
                said.push("No single threshold leads to a lower tier.".to_owned());
            }
            None => {}
        }
        if let Some(flip) = &found.higher {
            said.push(format!("It would be {} if {}.", tier_words(flip.tier), self.flip_words(advice, flip, false)));
        }
        if service.delegation == Delegation::Retained {
            said.push(
                "The scenario says that it is retained nationally: the tests say what they would allow, no more."
                    .to_owned(),
            );
        }
        said.join(" ")
    }
}

/// With one more decimal, so that a small change is seen.
fn precise(bar: &Bar, value: f64) -> String {
    if bar.test.unit() == "share" { exact(value) } else { number(value) }
}

fn exact(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Of the bodies that fail a test the one with most patients.
fn largest(case: &TierCase, bar: usize) -> Option<(&Judged, &Tested)> {
    let fails = |body: &'_ &Judged| body.verdict() != TestVerdict::NoFigure;
    let found = case.bodies.iter().filter(fails).filter_map(|body| {
        let tested = body.tests.iter().find(|test| test.bar == bar && test.verdict == TestVerdict::Fails)?;
        Some((body, tested))
    });
    found.reduce(|best, one| if one.0.patients > best.0.patients { one } else { best })
}
