//! The answers in words for a board.

use super::{Advice, Bar, Flip, Judged, Recommendations, TestVerdict, Tested, TierCase};
use crate::domain::{Delegation, Recommendation, Tier, TierTest};
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

/// The bodies of a tier.
fn plural(tier: Tier) -> &'static str {
    match tier {
        Tier::SingleIcb => "ICBs",
        Tier::MultiIcb => "footprints",
        Tier::Regional => "regions",
        Tier::National => "nations",
    }
}

fn bodies_words(tier: Tier, number: usize) -> String {
    let many = plural(tier);
    format!("{number} {}", if number == 1 { &many[..many.len() - 1] } else { many })
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
fn amount(test: TierTest, value: f64) -> String {
    if test.unit() == "share" { percent(value) } else { number(value) }
}

/// A figure and its threshold as short as they can be told apart.
pub fn against(bar: &Bar, figure: f64) -> (String, String) {
    let limit = amount(bar.test, bar.threshold);
    let long = |decimals: usize| match bar.test.unit() {
        "share" => format!("{:.decimals$} %", figure * 100.0),
        _ => format!("{figure:.decimals$}"),
    };
    let read = |text: &str| text.trim_end_matches(" %").replace(',', "").parse::<f64>().ok();
    let tries = std::iter::once(amount(bar.test, figure)).chain((1..4).map(long));
    let apart = tries.into_iter().find(|text| figure == bar.threshold || read(text) != read(&limit));
    (apart.unwrap_or_else(|| limit.clone()), limit)
}

/// `50.0 %` as `50 %`.
fn trimmed(text: &str) -> String {
    text.replace(".0 %", " %")
}

/// A change of one threshold that would change the tier, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The test, or `patients-share`.
    pub test: &'static str,
    /// The threshold as it is.
    pub now: String,
    /// The one that would change the tier: rounded so that it does.
    pub then: String,
    /// Its unit, where the numbers do not say it.
    pub unit: &'static str,
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

    /// `Kent and Medway: residents' patients treated in its area 40 %, at least 70 % needed`.
    fn example(&self, advice: &Advice, case: &TierCase, body: &Judged, tested: &Tested) -> String {
        let of = &advice.bars[tested.bar];
        let (figure, limit) = against(of, tested.figure.value.unwrap_or(f64::NAN));
        let rule =
            if of.test.at_least() { format!("at least {limit} needed") } else { format!("at most {limit} allowed") };
        let what = match (of.test, self.provider_of(tested)) {
            (TierTest::ProviderImports, Some(provider)) => format!("patients from outside at {provider}"),
            _ => self.test_words(advice, of.test),
        };
        format!("{}: {what} {figure}, {rule}", self.body_name(case.tier, body.body))
    }

    /// Tests that are not made, with the inputs that they lack.
    pub fn untested(&self) -> impl Iterator<Item = (TierTest, &str)> {
        self.advice.iter().flat_map(|advice| {
            let bodies = advice.cases.iter().flat_map(|case| &case.bodies);
            let tests = bodies.flat_map(|body| &body.tests).filter(|test| test.verdict == TestVerdict::NotTested);
            tests.map(|test| (advice.bars[test.bar].test, test.figure.detail.as_str()))
        })
    }

    /// The provider that a figure is of, if it is of one.
    pub fn provider_of(&self, tested: &Tested) -> Option<&str> {
        let id = &tested.figure.detail;
        self.scenario.providers.iter().find(|provider| provider.id == *id).map(|provider| short_name(&provider.name))
    }

    /// The failed test of a tier that touches most patients, with the body of most patients that fails it.
    fn main_failure(&self, advice: &Advice, case: &TierCase) -> Option<String> {
        let by_share = |a: &usize, b: &usize| case.missing(*a).total_cmp(&case.missing(*b)).then(b.cmp(a));
        let bar = (0..advice.bars.len()).filter(|&bar| case.missing(bar) > 0.0).max_by(by_share)?;
        let (body, tested) = largest(case, bar)?;
        Some(format!(
            " The main reason, for {} of {} patients, is {} ({}).",
            percent(case.missing(bar)),
            if judged(case) == case.bodies.len() { "its" } else { "these" },
            advice.bars[bar].test.name(),
            self.example(advice, case, body, tested)
        ))
    }

    /// `71 % of its patients live in ICBs where all tests hold (80 % needed)`, or of the patients of those that can be judged.
    fn holding_words(&self, case: &TierCase, share: &str) -> String {
        let needed = percent(self.scenario.recommendation.patients_share);
        let bodies = match judged(case) {
            number if number == case.bodies.len() => {
                return format!(
                    "{share} of its patients live in {} where all tests hold ({needed} needed)",
                    plural(case.tier)
                );
            }
            number => format!("{number} of {}", bodies_words(case.tier, case.bodies.len())),
        };
        format!(
            "of the patients of the {bodies} that can be judged, {share} live where all tests hold ({needed} needed)"
        )
    }

    /// Why a tier does not suit.
    fn why_not(&self, advice: &Advice, case: &TierCase) -> String {
        let (tier, bodies) = (tier_words(case.tier), plural(case.tier));
        let (sure, maybe) = case.holding();
        let (sure, maybe) = (percent(sure), percent(maybe));
        match case.verdict(self.scenario.recommendation.patients_share) {
            TestVerdict::NoFigure => {
                format!("Whether {tier} suits is not known: none of the {bodies} has all figures.")
            }
            TestVerdict::Undecided => {
                let holding = self.holding_words(case, &format!("{sure} to {maybe}"));
                format!("Whether {tier} suits is undecided: {holding}.")
            }
            _ => {
                let why = self.main_failure(advice, case).unwrap_or_default();
                let share = if sure == maybe { sure } else { format!("{sure} ({maybe} with undecided ones)") };
                format!("Not {tier}: {}.{why}", self.holding_words(case, &share))
            }
        }
    }

    /// Providers most of whose patients live outside the ICB that they lie in: that ICB cannot plan them alone.
    fn imported(&self, advice: &Advice) -> Option<String> {
        let case = advice.cases.iter().find(|case| case.tier == Tier::SingleIcb)?;
        let bar = advice.bars.iter().position(|bar| bar.test == TierTest::ProviderImports)?;
        let fails = |body: &Judged| -> Option<(f64, String)> {
            let tested = body.tests.iter().find(|test| test.bar == bar && test.verdict == TestVerdict::Fails)?;
            let (provider, share) = (self.provider_of(tested)?, tested.figure.value?);
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
            Tier::SingleIcb => "Still, one ICB alone cannot plan",
            _ => "One ICB alone cannot plan",
        };
        Some(format!(
            "{begin} {list}: so many of their patients live outside that ICB (at most {} allowed), and other ICBs pay for them.",
            percent(advice.bars[bar].threshold)
        ))
    }

    /// What would change the tier, as numbers.
    pub fn moved(&self, advice: &Advice, flip: &Flip) -> Moved {
        let share = self.scenario.recommendation.patients_share;
        let bar = flip.bar.map(|bar| &advice.bars[bar]);
        let (test, now) =
            bar.map_or((Recommendation::PATIENTS_SHARE_NAME, share), |bar| (bar.test.name(), bar.threshold));
        // A minimum is eased, or a maximum tightened, by less.
        let down = bar.is_none_or(|bar| bar.test.at_least()) == flip.eased;
        let unit = bar.map_or("share", |bar| bar.test.unit());
        let words = |value: f64, down: Option<bool>| {
            if unit == "share" { exact(value, down) } else { number(cut(value, decimals(value), down)) }
        };
        let unit = match bar.map(|bar| bar.test) {
            Some(TierTest::Volume) => "patients a year",
            Some(TierTest::Population) => "persons",
            _ => "",
        };
        Moved { test, now: words(now, None), then: words(flip.threshold, Some(down)), unit }
    }

    /// What would change the tier: `the minimum for self-containment were 61 % (now 70 %)`.
    fn flip_words(&self, advice: &Advice, flip: &Flip) -> String {
        let Moved { test, now, then, unit } = self.moved(advice, flip);
        let least = flip.bar.is_none_or(|bar| advice.bars[bar].test.at_least());
        let way = match (flip.eased, least) {
            (true, _) => "",
            (_, true) => "above ",
            _ => "below ",
        };
        let what = match (flip.bar, least) {
            (None, _) => "the share of patients needed".to_owned(),
            (_, true) => format!("the minimum for {test}"),
            _ => format!("the maximum for {test}"),
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        format!("{what} were {way}{then}{unit} (now {now})")
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
        if let Some(case) = advice.cases.iter().find(|case| case.tier == found.tier) {
            let holding = self.holding_words(case, &percent(case.holding().0));
            said.push(format!("{}{}.", holding[..1].to_uppercase(), &holding[1..]));
        }
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
                    self.flip_words(advice, flip)
                ));
            }
            None if found.tier != Tier::SingleIcb => {
                said.push("No single threshold leads to a lower tier.".to_owned());
            }
            None => {}
        }
        if let Some(flip) = &found.higher {
            said.push(format!("It would be {} if {}.", tier_words(flip.tier), self.flip_words(advice, flip)));
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

/// Decimals that a number is shown with.
fn decimals(value: f64) -> i32 {
    i32::from(value.abs() < 10.0)
}

/// Rounded to so many decimals, up, down or to the nearest.
fn cut(value: f64, decimals: i32, down: Option<bool>) -> f64 {
    let scale = libm::pow(10.0, f64::from(decimals));
    // What is a whole number but for rounding stays it.
    let scaled = value * scale;
    let whole = match down {
        Some(true) => libm::floor(scaled + 1e-6),
        Some(false) => libm::ceil(scaled - 1e-6),
        None => libm::round(scaled),
    };
    whole / scale
}

/// A share with a decimal, where it is not a whole number of per cent.
fn exact(share: f64, down: Option<bool>) -> String {
    trimmed(&format!("{:.1} %", cut(share * 100.0, 1, down)))
}

/// Bodies that can be judged.
fn judged(case: &TierCase) -> usize {
    case.bodies.iter().filter(|body| body.verdict() != TestVerdict::NoFigure).count()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_rounded_to_where_they_change_the_tier() {
        assert_eq!([Some(true), Some(false), None].map(|down| exact(0.5443, down)), ["54.4 %", "54.5 %", "54.4 %"]);
        assert_eq!([Some(true), Some(false)].map(|down| exact(0.62, down)), ["62 %", "62 %"]);
        assert_eq!([Some(true), Some(false)].map(|down| cut(86.4, 0, down)), [86.0, 87.0]);
    }

    #[test]
    fn a_figure_is_told_from_its_threshold() {
        let bar = |test, threshold| Bar { test, threshold, source: String::new() };
        let contained = bar(TierTest::SelfContainment, 0.5);
        assert_eq!(against(&contained, 0.4602), ("46 %".to_owned(), "50 %".to_owned()));
        assert_eq!(against(&contained, 0.4999), ("49.99 %".to_owned(), "50 %".to_owned()));
        assert_eq!(against(&bar(TierTest::Volume, 100.0), 99.96), ("99.96".to_owned(), "100".to_owned()));
        assert_eq!(against(&bar(TierTest::Population, 1e6), 814_432.0).0, "814,432");
        assert_eq!(against(&bar(TierTest::Providers, 1.0), 1.0), ("1".to_owned(), "1".to_owned()));
    }
}
