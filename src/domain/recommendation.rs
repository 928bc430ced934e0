//! What a body has to be able to do before a tier is recommended: tests with thresholds that are the user's.
//!
//! No published rule says from which flow, volume or population on a service can be planned at which level; so every
//! threshold has a default that is assumed, but for the planning population of one million persons.

use crate::ids::SchemeId;
use std::collections::BTreeMap;

/// A test of a body for a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TierTest {
    /// Residents registered in it.
    Population,
    /// Share of its residents' patients who are treated inside its area.
    SelfContainment,
    /// Share of the patients of the providers in its area who live outside.
    Imports,
    /// The same of the provider in its area that has the largest such share.
    ProviderImports,
    /// Residents treated in a year.
    Volume,
    /// Standard deviation over mean of what its residents' care costs in a year.
    Volatility,
    /// Providers in its area that can treat.
    Providers,
    /// Share of its residents' patients who travel far.
    Travel,
    /// Contract lines for the service: providers that treat its residents in a year.
    ContractLines,
    /// Share of the tests of readiness that it meets.
    Readiness,
}

impl TierTest {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 10] = [
        Self::Population,
        Self::SelfContainment,
        Self::Imports,
        Self::ProviderImports,
        Self::Volume,
        Self::Volatility,
        Self::Providers,
        Self::Travel,
        Self::ContractLines,
        Self::Readiness,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::SelfContainment => "self-containment",
            Self::Imports => "import-share",
            Self::ProviderImports => "provider-import-share",
            Self::Volume => "volume",
            Self::Volatility => "cost-volatility",
            Self::Providers => "providers",
            Self::Travel => "travel",
            Self::ContractLines => "contract-lines",
            Self::Readiness => "readiness",
        }
    }

    /// What its figure is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Population => "persons registered in the body",
            Self::SelfContainment => {
                "share of its residents' patients who are treated by providers in its area, of all at providers of known place or elsewhere"
            }
            Self::Imports => "share of the patients of the providers in its area who live outside it",
            Self::ProviderImports => {
                "share of the patients of one provider in its area who live outside it: the provider with the largest share, of those that treat a tenth of the patients in the area or more"
            }
            Self::Volume => "its residents treated in a year",
            Self::Volatility => "standard deviation over mean of what its residents' care costs in a year",
            Self::Providers => "providers in its area that can treat",
            Self::Travel => {
                "share of its residents' patients who travel farther than recommendation.far_km (maximum_km in standards, else 60 km, assumed)"
            }
            Self::ContractLines => "providers that treat its residents in a year, elsewhere not counted",
            Self::Readiness => "share of the tests of readiness that it meets; only of bodies that are scored",
        }
    }

    /// What stands for its threshold where the scenario states none, and where that comes from.
    pub fn default_words(self) -> String {
        let value = self.default();
        match self {
            Self::Population => {
                "minimum_population of readiness_rule, else 1000000 (published: planning populations are usually over one million)".to_owned()
            }
            Self::Volume => format!("minimum_volume of the service in standards, else {value} (assumed)"),
            _ => format!("{value} (assumed: no published rule states one)"),
        }
    }

    /// The threshold that nothing can miss.
    fn end(self) -> &'static str {
        match self {
            test if test.at_least() => "0 turns it off",
            Self::Volatility | Self::ContractLines => "a large number turns it off",
            _ => "1 turns it off",
        }
    }

    /// All that a user has to know of the test of this name, in plain text; nothing for another name.
    pub fn explain(name: &str) -> Option<String> {
        if name == Recommendation::PATIENTS_SHARE_NAME {
            let share = Recommendation::PATIENTS_SHARE;
            return Some(format!(
                "Condition {name} of `tierflow recommend`: share of a service's patients who live in bodies at which all tests hold\n  \
                 a tier suits: if it is at least the threshold\n  default: {share} (assumed)\n  change: minimum_patients_share in \
                 [recommendation], or --set recommendation.minimum_patients_share=VALUE\n"
            ));
        }
        let test = Self::ALL.into_iter().find(|test| test.name() == name)?;
        let rule = if test.at_least() { "at least" } else { "at most" };
        Some(format!(
            "Test {name} of `tierflow recommend`: {}\n  unit: {}\n  holds: if the whole 95 % interval of the figure is {rule} the \
             threshold\n  default threshold: {}\n  change: {key} in [recommendation], or --set recommendation.{key}=VALUE; {}\n  \
             figures: table recommendation_tests\n",
            test.meaning(),
            test.unit(),
            test.default_words(),
            test.end(),
            key = test.key(),
        ))
    }

    /// The key of its threshold in `[recommendation]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Population => "minimum_population",
            Self::SelfContainment => "minimum_self_containment",
            Self::Imports => "maximum_import_share",
            Self::ProviderImports => "maximum_provider_import_share",
            Self::Volume => "minimum_volume",
            Self::Volatility => "maximum_cost_volatility",
            Self::Providers => "minimum_providers",
            Self::Travel => "maximum_far_share",
            Self::ContractLines => "maximum_contract_lines",
            Self::Readiness => "minimum_readiness",
        }
    }

    /// The unit of its figure and threshold.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Population => "persons",
            Self::Volume => "patients per year",
            Self::Providers => "providers",
            Self::ContractLines => "contract lines",
            _ => "share",
        }
    }

    /// Whether the figure has to reach the threshold; otherwise it must not exceed it.
    pub fn at_least(self) -> bool {
        matches!(self, Self::Population | Self::SelfContainment | Self::Volume | Self::Providers | Self::Readiness)
    }

    /// The threshold where the scenario states none. All are assumed, but for that of the population.
    pub fn default(self) -> f64 {
        match self {
            Self::Population => super::Readiness::USUAL_POPULATION,
            Self::SelfContainment | Self::Imports | Self::ProviderImports | Self::Travel => 0.5,
            Self::Volume | Self::ContractLines => 100.0,
            Self::Volatility => 0.1,
            Self::Providers => 1.0,
            Self::Readiness => 0.75,
        }
    }
}

/// A threshold that the scenario states.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    /// In the unit of its test.
    pub value: f64,
    /// Where it comes from, in words.
    pub source: String,
}

/// By what tiers are recommended.
#[derive(Clone, PartialEq, Debug)]
pub struct Recommendation {
    /// The thresholds that are stated.
    pub thresholds: BTreeMap<TierTest, Threshold>,
    /// From how many kilometres on a journey is far, where stated.
    pub far_km: Option<f64>,
    /// The share of a service's patients who have to live in bodies at which all tests hold.
    pub patients_share: f64,
    /// The scheme whose footprints are the bodies of the multi-ICB tier, where stated.
    pub scheme: Option<SchemeId>,
}

impl Recommendation {
    /// Kilometres from which on a journey is far, where nothing states another: assumed.
    pub const FAR_KM: f64 = 60.0;
    /// What the share of patients is called among the names of tests.
    pub const PATIENTS_SHARE_NAME: &str = "patients-share";
    /// The share of patients, where nothing states another: assumed.
    pub const PATIENTS_SHARE: f64 = 0.8;
}

impl Default for Recommendation {
    fn default() -> Self {
        Self { thresholds: BTreeMap::new(), far_km: None, patients_share: Self::PATIENTS_SHARE, scheme: None }
    }
}
