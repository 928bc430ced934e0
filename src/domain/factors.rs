//! Factors on inputs: what if demand, stays, prices or places are not quite as stated?

use crate::ids::{IndexVec, ServiceId};
use crate::random::Distribution;
use crate::units::Billionths;

/// How many levers there are.
const LEVERS: usize = 5;

/// An input that has a factor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lever {
    /// Referrals.
    Demand,
    /// Lengths of stay.
    Stay,
    /// Prices, drugs and devices apart.
    Price,
    /// Places of pools.
    Capacity,
    /// Referrals of each year of the run over those of the year before.
    Growth,
}

impl Lever {
    /// All of them, in the order of their positions.
    pub const ALL: [Self; LEVERS] = [Self::Demand, Self::Stay, Self::Price, Self::Capacity, Self::Growth];

    /// Its word in the scenario language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Stay => "stay",
            Self::Price => "price",
            Self::Capacity => "capacity",
            Self::Growth => "growth",
        }
    }

    /// The lever of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lever| lever.word() == word)
    }
}

/// The factors of every service; all are positive.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Factors {
    services: IndexVec<ServiceId, [f64; LEVERS]>,
}

impl Factors {
    /// One for everything of so many services.
    pub fn ones(services: usize) -> Self {
        Self { services: vec![[1.0; LEVERS]; services].into() }
    }

    /// Whether nothing is changed.
    pub fn are_ones(&self) -> bool {
        self.services.iter().flatten().all(|&factor| factor == 1.0)
    }

    /// A service's factor.
    pub fn of(&self, service: ServiceId, lever: Lever) -> f64 {
        self.services.get(service).map_or(1.0, |factors| factors[lever as usize])
    }

    /// The factor on a service's prices, as the ledger multiplies by it.
    pub fn price(&self, service: ServiceId) -> Billionths {
        Billionths::from_f64(self.of(service, Lever::Price))
    }

    /// Multiplies a service's factor.
    pub fn multiply(&mut self, service: ServiceId, lever: Lever, by: f64) {
        if self.services.get(service).is_some() {
            self.services[service][lever as usize] *= by;
        }
    }

    /// Takes all services' factors on one input from others of the same services.
    pub fn take(&mut self, lever: Lever, from: &Self) {
        for (own, other) in self.services.iter_mut().zip(&from.services) {
            own[lever as usize] = other[lever as usize];
        }
    }

    /// The factors on prices alone.
    #[must_use]
    pub fn of_prices(&self) -> Self {
        let price = |factors: &[f64; LEVERS]| {
            let mut only = [1.0; LEVERS];
            only[Lever::Price as usize] = factors[Lever::Price as usize];
            only
        };
        Self { services: self.services.iter().map(price).collect() }
    }
}

/// A factor that nobody knows for certain: one draw of it holds for a whole run, in all of its services.
#[derive(Clone, PartialEq, Debug)]
pub struct UncertainFactor {
    /// Slug: names its random numbers.
    pub id: String,
    /// What it is on.
    pub lever: Lever,
    /// The services.
    pub services: Vec<ServiceId>,
    /// What it may be: positive.
    pub law: Distribution,
}
