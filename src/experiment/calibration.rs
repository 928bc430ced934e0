//! Fitting the choice model of a service to observed flows, and trying it on providers that were left out.

mod service;

pub use service::{CalibrationProblem, CalibrationRules, FittedCell, Law, ServiceFit, calibrate_service};

use crate::domain::ChoiceRule;
use crate::stats::conditional_logit::{Alternative, Fit, FitError, fit};

/// How travel makes a provider less likely.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decay {
    /// By a factor for each unit of travel.
    Logit,
    /// By a power of travel, shorter travel counting as so much.
    Huff {
        /// Above zero, in the unit of travel.
        at_least: f64,
    },
}

impl Decay {
    /// What the coefficient of travel is of.
    fn of(self, travel: f64) -> f64 {
        match self {
            Self::Logit => travel,
            Self::Huff { at_least } => libm::log(travel.max(at_least)),
        }
    }

    /// The choice rule with a fitted coefficient.
    pub fn rule(self, decay: f64) -> ChoiceRule {
        match self {
            Self::Logit => ChoiceRule::Logit { decay },
            Self::Huff { at_least } => ChoiceRule::Huff { exponent: decay, at_least },
        }
    }
}

/// What makes the attraction of a provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attraction {
    /// One for each provider, that of the provider with most patients fixed at 1.
    Free,
    /// A power of the number of its places, that of the provider with most patients fixed at 1.
    Places,
}

/// The patients of one home area in one period.
#[derive(Clone, PartialEq, Debug)]
pub struct ObservedSet {
    /// Position of the area among the rows of travel.
    pub area: usize,
    /// How many went to each provider.
    pub counts: Vec<f64>,
    /// The wait at each provider at that time, in days; empty without an effect of waits.
    pub waits: Vec<f64>,
}

/// What was observed of a service. Providers are numbered alike in all of it; each has at least one patient.
#[derive(Clone, PartialEq, Debug)]
pub struct Observed {
    /// Travel by home area and provider.
    pub travel: Vec<Vec<f64>>,
    /// Who went where.
    pub sets: Vec<ObservedSet>,
    /// Places of each provider, positive, if all are known.
    pub places: Option<Vec<f64>>,
}

/// A coefficient of the fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// Travel decay, or exponent of travel.
    Travel,
    /// Utility lost by a day of waiting.
    Wait,
    /// Exponent of places.
    Places,
    /// Logarithm of the attraction of a provider.
    Attraction(usize),
}

/// A calibrated choice model.
#[derive(Clone, PartialEq, Debug)]
pub struct Calibrated {
    /// The coefficients in the order of the fit; travel and waits with their sign turned, as in the choice model.
    pub columns: Vec<Column>,
    /// Estimates and errors.
    pub fit: Fit,
    /// The provider whose attraction is 1.
    pub reference: usize,
    /// Attractions of all providers.
    pub attractions: Vec<f64>,
    /// Travel decay or exponent.
    pub decay: f64,
    /// Utility lost by a day of waiting; zero without such an effect.
    pub wait_decay: f64,
}

impl Observed {
    /// How many patients went to each provider.
    pub fn to_provider(&self) -> Vec<f64> {
        let providers = self.travel.first().map_or(0, Vec::len);
        (0..providers).map(|provider| self.sets.iter().map(|set| set.counts[provider]).sum()).collect()
    }

    /// How many patients come from each home area.
    pub fn from_area(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.travel.len()];
        for set in &self.sets {
            totals[set.area] += set.counts.iter().sum::<f64>();
        }
        totals
    }

    /// Whether waits are known.
    fn has_waits(&self) -> bool {
        self.sets.iter().all(|set| !set.waits.is_empty())
    }

    /// The columns of a fit, and its reference provider.
    pub fn columns(&self, attraction: Attraction) -> (Vec<Column>, usize) {
        let totals = self.to_provider();
        // The first of those with most.
        let reference = (0..totals.len()).rev().max_by(|&a, &b| totals[a].total_cmp(&totals[b])).unwrap_or(0);
        let mut columns = vec![Column::Travel];
        if self.has_waits() {
            columns.push(Column::Wait);
        }
        match attraction {
            Attraction::Places => columns.push(Column::Places),
            Attraction::Free => {
                let others = (0..totals.len()).filter(|&provider| provider != reference);
                columns.extend(others.map(Column::Attraction));
            }
        }
        (columns, reference)
    }

    /// Fits the choice model by maximum likelihood.
    ///
    /// # Errors
    /// [`FitError`], with the numbers of [`Self::columns`].
    pub fn calibrate(&self, decay: Decay, attraction: Attraction) -> Result<Calibrated, FitError> {
        let (columns, reference) = self.columns(attraction);
        let sets: Vec<Vec<Alternative>> = self.sets.iter().map(|set| self.alternatives(set, decay, &columns)).collect();
        let fit = fit(&sets, columns.len())?;
        let of = |wanted: Column| columns.iter().position(|&column| column == wanted).map(|at| fit.estimates[at]);
        let logs: Vec<f64> = (0..self.to_provider().len())
            .map(|provider| match (attraction, &self.places) {
                (Attraction::Places, Some(places)) => {
                    of(Column::Places).unwrap_or(0.0) * libm::log(places[provider] / places[reference])
                }
                _ => of(Column::Attraction(provider)).unwrap_or(0.0),
            })
            .collect();
        Ok(Calibrated {
            decay: of(Column::Travel).unwrap_or(0.0),
            wait_decay: of(Column::Wait).unwrap_or(0.0),
            attractions: logs.into_iter().map(libm::exp).collect(),
            columns,
            fit,
            reference,
        })
    }

    fn alternatives(&self, set: &ObservedSet, decay: Decay, columns: &[Column]) -> Vec<Alternative> {
        let travel = &self.travel[set.area];
        let one = |provider: usize| {
            let value = |column: Column| match column {
                Column::Travel => -decay.of(travel[provider]),
                Column::Wait => -set.waits[provider],
                Column::Places => self.places.as_ref().map_or(0.0, |places| libm::log(places[provider])),
                Column::Attraction(other) => f64::from(u8::from(other == provider)),
            };
            let row = columns.iter().enumerate().map(|(at, &column)| (at, value(column)));
            let row = row.filter(|&(_, value)| value != 0.0).collect();
            Alternative { count: set.counts[provider], offset: 0.0, row }
        };
        (0..travel.len()).map(one).collect()
    }

    /// The same without a provider.
    fn without(&self, left_out: usize) -> Self {
        let less = |all: &[f64]| -> Vec<f64> {
            all.iter().enumerate().filter(|&(provider, _)| provider != left_out).map(|(_, &value)| value).collect()
        };
        let sets = self.sets.iter().map(|set| ObservedSet {
            area: set.area,
            counts: less(&set.counts),
            waits: less(&set.waits),
        });
        Self {
            travel: self.travel.iter().map(|row| less(row)).collect(),
            sets: sets.collect(),
            places: self.places.as_deref().map(less),
        }
    }
}

/// How well the origins of a provider's patients are predicted by those of all others: mean absolute errors of the shares of its
/// patients by home area, over home areas.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LeftOut {
    /// The provider.
    pub provider: usize,
    /// By the choice model, fitted without it.
    pub choice: f64,
    /// By gravity, fitted without it: patients of the area x places^a x decay of travel, whoever else is near.
    pub gravity: f64,
    /// If everybody went to the nearest; a provider that is nearest to nobody has the patients of the area nearest to it.
    pub nearest: f64,
}

/// Leaves out one provider at a time. Its attraction is what the others' fitted attractions say of a provider with its places
/// (least squares of logarithms), or their geometric mean where places are not known.
///
/// # Errors
/// [`FitError`] of the fits without a provider.
pub fn leave_one_out(observed: &Observed, decay: Decay) -> Result<Vec<LeftOut>, FitError> {
    let totals = observed.from_area();
    let providers = observed.to_provider();
    let one = |left_out: usize| {
        // Waits are left out: origins are predicted for their mean.
        let mut rest = observed.without(left_out);
        rest.sets.iter_mut().for_each(|set| set.waits.clear());
        let fitted = rest.calibrate(decay, Attraction::Free)?;
        let others: Vec<usize> = (0..providers.len()).filter(|&other| other != left_out).collect();
        let logs: Vec<f64> = fitted.attractions.iter().map(|&attraction| libm::log(attraction)).collect();
        let own = match (&observed.places, &rest.places) {
            (Some(all), Some(rest)) => predicted(rest, &logs, all[left_out]),
            _ => logs.iter().sum::<f64>() / logs.len() as f64,
        };
        let weight = |log: f64, travel: f64| libm::exp(log - fitted.decay * decay.of(travel));
        let by_choice = |area: usize| {
            let travel = &observed.travel[area];
            let competing: f64 = others.iter().zip(&logs).map(|(&other, &log)| weight(log, travel[other])).sum();
            let of_own = weight(own, travel[left_out]);
            totals[area] * of_own / (of_own + competing)
        };
        let gravity = gravity(&rest, decay)?;
        let by_gravity = |area: usize| totals[area] * libm::exp(-gravity * decay.of(observed.travel[area][left_out]));
        let real: Vec<f64> = (0..totals.len())
            .map(|area| observed.sets.iter().filter(|set| set.area == area).map(|set| set.counts[left_out]).sum())
            .collect();
        let nearest = nearest(observed, &totals, left_out);
        let error = |guess: Vec<f64>| mean_absolute_error(&shares(&real), &shares(&guess));
        Ok(LeftOut {
            provider: left_out,
            choice: error((0..totals.len()).map(by_choice).collect()),
            gravity: error((0..totals.len()).map(by_gravity).collect()),
            nearest: error(nearest),
        })
    };
    (0..providers.len()).map(one).collect()
}

/// The patients of each area if everybody went to the nearest provider.
fn nearest(observed: &Observed, totals: &[f64], provider: usize) -> Vec<f64> {
    let is_nearest = |travel: &Vec<f64>| travel.iter().all(|&other| travel[provider] <= other);
    let mut patients: Vec<f64> = observed
        .travel
        .iter()
        .zip(totals)
        .map(|(travel, &total)| if is_nearest(travel) { total } else { 0.0 })
        .collect();
    if patients.iter().sum::<f64>() <= 0.0 {
        let to = |area: usize| observed.travel[area][provider];
        let with_patients = (0..totals.len()).filter(|&area| totals[area] > 0.0);
        if let Some(area) = with_patients.min_by(|&a, &b| to(a).total_cmp(&to(b))) {
            patients[area] = totals[area];
        }
    }
    patients
}

/// The decay of plain gravity, by Poisson's likelihood of all flows (the multinomial one of all cells together): patients of the
/// area x places^a x decay of travel.
fn gravity(observed: &Observed, decay: Decay) -> Result<f64, FitError> {
    let totals = observed.from_area();
    let mut cells = Vec::new();
    for set in &observed.sets {
        for (provider, &count) in set.counts.iter().enumerate() {
            let mut row = vec![(0, -decay.of(observed.travel[set.area][provider]))];
            if let Some(places) = &observed.places {
                row.push((1, libm::log(places[provider])));
            }
            if totals[set.area] > 0.0 {
                cells.push(Alternative { count, offset: libm::log(totals[set.area]), row });
            }
        }
    }
    let columns = 1 + usize::from(observed.places.is_some());
    fit(&[cells], columns).map(|fit| fit.estimates[0])
}

/// The logarithm of an attraction by least squares on the logarithm of places.
fn predicted(places: &[f64], logs: &[f64], own: f64) -> f64 {
    let x: Vec<f64> = places.iter().map(|&places| libm::log(places)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (centre, level) = (mean(&x), mean(logs));
    let spread: f64 = x.iter().map(|x| (x - centre) * (x - centre)).sum();
    let slope: f64 = x.iter().zip(logs).map(|(x, log)| (x - centre) * (log - level)).sum();
    if spread > 0.0 { level + slope / spread * (libm::log(own) - centre) } else { level }
}

fn shares(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    values.iter().map(|value| value / total).collect()
}

/// The mean absolute difference of two lists of the same length.
fn mean_absolute_error(observed: &[f64], fitted: &[f64]) -> f64 {
    let total: f64 = observed.iter().zip(fitted).map(|(a, b)| (a - b).abs()).sum();
    total / observed.len().max(1) as f64
}
