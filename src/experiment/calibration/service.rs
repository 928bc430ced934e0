//! The flows of a service of a scenario, and the choice model that fits them.

use super::{Attraction, Calibrated, Column, Decay, LeftOut, Observed, ObservedSet, leave_one_out};
use crate::domain::{Capacity, Referral, TravelMeasure};
use crate::ids::{ProviderId, ServiceId};
use crate::scenario::{Observations, Origin, Scenario};
use crate::stats::conditional_logit::FitError;
use crate::units::DAYS_PER_YEAR;
use std::collections::{BTreeMap, BTreeSet};

/// What a fit of a service is to be like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CalibrationRules {
    /// The laws of travel to choose from, by the smaller deviance.
    pub laws: &'static [Law],
    /// What travel is measured by.
    pub on: TravelMeasure,
    /// Shorter travel counts as this under Huff's law.
    pub at_least: f64,
    /// What makes an attraction.
    pub attraction: Attraction,
}

/// A law of travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Law {
    /// Multinomial logit.
    Logit,
    /// Huff's.
    Huff,
}

/// Why a service cannot be calibrated.
#[derive(Clone, PartialEq, Debug)]
pub enum CalibrationProblem {
    /// Nobody observed where its patients go.
    NoFlows,
    /// Fewer than two providers have patients.
    OneProvider,
    /// Travel between an area and a provider is not known.
    NoTravel(String, String),
    /// A provider with patients has no known number of places, so they are no covariate.
    NoPlaces(String),
    /// The wait at a provider is not known, and those at others are.
    NoWait(String),
    /// Coefficients cannot be told apart, or are not finite; what they are of.
    Fit(FitError, Vec<Vec<String>>),
    /// A coefficient has a sign that no choice model takes, with its estimate and standard error.
    Sign(&'static str, f64, f64),
}

/// A fitted service.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceFit {
    /// The service.
    pub service: ServiceId,
    /// Its providers with patients, as numbered in the fit.
    pub providers: Vec<ProviderId>,
    /// Its providers without any: they can have no estimate.
    pub unobserved: Vec<ProviderId>,
    /// What was observed.
    pub observed: Observed,
    /// The period of each of its sets, as written.
    pub periods: Vec<String>,
    /// Where the law came from, and what travel is measured by.
    pub decay: Decay,
    /// What travel is measured by.
    pub on: TravelMeasure,
    /// The fit.
    pub calibrated: Calibrated,
    /// Predictions of left-out providers; none where there are too few, or a fit without one of them fails.
    pub left_out: Option<Vec<LeftOut>>,
    /// Patients a year by origin, those who went `elsewhere` left out.
    pub per_year: Vec<f64>,
    /// The share of patients that goes `elsewhere`.
    pub elsewhere: f64,
}

/// Fits the choice model of a service: to the observed flows where there are some, else to the shares of the scenario.
///
/// # Errors
/// [`CalibrationProblem`].
pub fn calibrate_service(
    scenario: &Scenario,
    origins: &[Origin],
    service: ServiceId,
    observations: &Observations,
    rules: &CalibrationRules,
) -> Result<ServiceFit, CalibrationProblem> {
    let base = scenario.planned();
    let (per_year, elsewhere, stated) = stated(base, origins, service);
    let given = observations.flows.keys().any(|key| key.0 == service);
    let flows: BTreeMap<(String, usize, ProviderId), f64> = if given {
        let of = observations.flows.iter().filter(|(key, _)| key.0 == service);
        of.map(|((_, period, origin, provider), &patients)| ((period.clone(), *origin, *provider), patients)).collect()
    } else {
        stated.into_iter().map(|((origin, provider), patients)| ((String::new(), origin, provider), patients)).collect()
    };
    let with_patients: BTreeSet<ProviderId> =
        flows.iter().filter(|(_, patients)| **patients > 0.0).map(|(key, _)| key.2).collect();
    if with_patients.is_empty() {
        return Err(CalibrationProblem::NoFlows);
    }
    let providers: Vec<ProviderId> = with_patients.iter().copied().collect();
    if providers.len() < 2 {
        return Err(CalibrationProblem::OneProvider);
    }
    let unobserved = base.providers.ids().filter(|&id| base.can_treat(service, id) && !with_patients.contains(&id));
    let unobserved = unobserved.filter(|&id| base.providers[id].id != "elsewhere").collect();
    let mut travel = Vec::new();
    for origin in origins {
        let mut row = Vec::new();
        for &provider in &providers {
            let known = base.travel_between(rules.on, origin.areas[0], provider);
            let used = flows.keys().any(|key| origins[key.1].id == origin.id);
            row.push(match known {
                Some(travel) => travel,
                None if used => {
                    let provider = base.providers[provider].id.clone();
                    return Err(CalibrationProblem::NoTravel(origin.id.clone(), provider));
                }
                None => 0.0,
            });
        }
        travel.push(row);
    }
    let places: Vec<Option<f64>> = providers.iter().map(|&id| places(base, service, id)).collect();
    if rules.attraction == Attraction::Places
        && let Some(at) = places.iter().position(Option::is_none)
    {
        return Err(CalibrationProblem::NoPlaces(base.providers[providers[at]].id.clone()));
    }
    let keys: BTreeSet<(String, usize)> = flows.keys().map(|key| (key.0.clone(), key.1)).collect();
    let has_waits = observations.waits.keys().any(|key| key.0 == service);
    let (mut sets, mut periods) = (Vec::new(), Vec::new());
    for (period, area) in keys {
        let count = |&provider: &ProviderId| flows.get(&(period.clone(), area, provider)).copied().unwrap_or(0.0);
        let wait = |&provider: &ProviderId| observations.waits.get(&(service, period.clone(), provider)).copied();
        let counts: Vec<f64> = providers.iter().map(count).collect();
        if counts.iter().sum::<f64>() > 0.0 {
            if let Some(&unknown) = providers.iter().find(|provider| has_waits && wait(provider).is_none()) {
                return Err(CalibrationProblem::NoWait(base.providers[unknown].id.clone()));
            }
            let waits = providers.iter().filter(|_| has_waits).filter_map(wait).collect();
            sets.push(ObservedSet { area, counts, waits });
            periods.push(period);
        }
    }
    let observed = Observed { travel, sets, places: places.into_iter().collect() };
    let (decay, calibrated) = best(&observed, rules, base, &providers)?;
    for (what, value, column) in
        [("travel", calibrated.decay, Column::Travel), ("waits", calibrated.wait_decay, Column::Wait)]
    {
        if value < 0.0 {
            let at = calibrated.columns.iter().position(|&other| other == column).unwrap_or(0);
            return Err(CalibrationProblem::Sign(what, value, calibrated.fit.errors[at]));
        }
    }
    let left_out = (providers.len() > 2).then(|| leave_one_out(&observed, decay).ok()).flatten();
    Ok(ServiceFit {
        service,
        providers,
        unobserved,
        observed,
        periods,
        decay,
        on: rules.on,
        calibrated,
        left_out,
        per_year,
        elsewhere,
    })
}

/// The fit of the law with the smallest deviance.
fn best(
    observed: &Observed,
    rules: &CalibrationRules,
    scenario: &Scenario,
    providers: &[ProviderId],
) -> Result<(Decay, Calibrated), CalibrationProblem> {
    let decay = |law: &Law| match law {
        Law::Logit => Decay::Logit,
        Law::Huff => Decay::Huff { at_least: rules.at_least },
    };
    let mut found: Option<(Decay, Calibrated)> = None;
    let mut failed = FitError::TooFew;
    for decay in rules.laws.iter().map(decay) {
        match observed.calibrate(decay, rules.attraction) {
            Ok(fit) if found.as_ref().is_none_or(|(_, other)| fit.fit.deviance < other.fit.deviance) => {
                found = Some((decay, fit));
            }
            Ok(_) => {}
            Err(error) => failed = error,
        }
    }
    found.ok_or_else(|| {
        let (columns, _) = observed.columns(rules.attraction);
        let name = |&at: &usize| match columns[at] {
            Column::Travel => "travel".to_owned(),
            Column::Wait => "wait_days".to_owned(),
            Column::Places => "places".to_owned(),
            Column::Attraction(provider) => format!("attraction of {}", scenario.providers[providers[provider]].id),
        };
        let groups = match &failed {
            FitError::Collinear(groups) => groups.iter().map(|group| group.iter().map(name).collect()).collect(),
            FitError::Unbounded(columns) => vec![columns.iter().map(name).collect()],
            FitError::TooFew => Vec::new(),
        };
        CalibrationProblem::Fit(failed, groups)
    })
}

/// Patients of one origin at one provider.
type Stated = BTreeMap<(usize, ProviderId), f64>;

/// What the scenario says: patients a year by origin (those who go `elsewhere` left out), the share that goes there, and
/// observed flows.
fn stated(scenario: &Scenario, origins: &[Origin], service: ServiceId) -> (Vec<f64>, f64, Stated) {
    let origin_of: BTreeMap<_, _> =
        origins.iter().enumerate().flat_map(|(at, origin)| origin.areas.iter().map(move |&area| (area, at))).collect();
    let mut per_year = vec![0.0; origins.len()];
    let (mut gone, mut flows) = (0.0, Stated::new());
    for stream in scenario.demand.iter().filter(|stream| stream.service == service) {
        let Some(&origin) = origin_of.get(&stream.home_area) else { continue };
        let patients = stream.per_day * stream.profile.mean() * DAYS_PER_YEAR;
        let Referral::Observed(areas) = &scenario.referral[service] else {
            per_year[origin] += patients;
            continue;
        };
        let shares = areas.binary_search_by_key(&stream.home_area, |(area, _)| *area).map(|at| &areas[at].1);
        for &(provider, share) in shares.into_iter().flatten() {
            if scenario.providers[provider].id == "elsewhere" {
                gone += patients * share;
            } else {
                per_year[origin] += patients * share;
                *flows.entry((origin, provider)).or_insert(0.0) += patients * share;
            }
        }
    }
    let total = gone + per_year.iter().sum::<f64>();
    (per_year, if total > 0.0 { gone / total } else { 0.0 }, flows)
}

/// Places of the first pool of a service's first stage at a provider, where their number is known.
fn places(scenario: &Scenario, service: ServiceId, provider: ProviderId) -> Option<f64> {
    let pool = &scenario.services[service].stages.iter().next()?.needs.first()?.pool;
    let found = scenario.pools.iter().find(|one| one.provider == provider && one.id == *pool)?;
    match found.capacity {
        Capacity::Places(places) if places > 0 => Some(f64::from(places)),
        _ => None,
    }
}

impl ServiceFit {
    /// Whether an attraction was fitted to the number of a provider, and which.
    pub fn attraction(&self, provider: ProviderId) -> Option<f64> {
        let at = self.providers.iter().position(|&other| other == provider)?;
        Some(self.calibrated.attractions[at])
    }

    /// The mean absolute error of fitted shares, over areas (and periods) and providers.
    pub fn mean_absolute_error(&self) -> f64 {
        let cells = self.cells();
        cells.iter().map(|cell| (cell.share - cell.fitted).abs()).sum::<f64>() / cells.len().max(1) as f64
    }

    /// The share of observed patients that the fit sends to another provider than was observed: half the sum of the absolute
    /// differences of patients by home area and provider.
    pub fn misplaced_share(&self) -> f64 {
        let (mut apart, mut all) = (0.0, 0.0);
        for (observed, fitted) in self.observed.sets.iter().zip(&self.calibrated.fit.shares) {
            let total: f64 = observed.counts.iter().sum();
            apart += observed.counts.iter().zip(fitted).map(|(n, share)| libm::fabs(n - total * share)).sum::<f64>();
            all += total;
        }
        0.5 * apart / all
    }

    /// Observed and fitted shares.
    pub fn cells(&self) -> Vec<FittedCell> {
        let sets = self.observed.sets.iter().zip(&self.calibrated.fit.shares).enumerate();
        sets.flat_map(|(set, (observed, fitted))| {
            let total: f64 = observed.counts.iter().sum();
            let cell = move |(provider, (&patients, &fitted)): (usize, (&f64, &f64))| FittedCell {
                set,
                area: observed.area,
                provider,
                patients,
                share: patients / total,
                fitted,
            };
            observed.counts.iter().zip(fitted).enumerate().map(cell)
        })
        .collect()
    }
}

/// A share as observed and as fitted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FittedCell {
    /// Number of the choice set.
    pub set: usize,
    /// Position of the area among the origins.
    pub area: usize,
    /// Number of the provider in the fit.
    pub provider: usize,
    /// Patients.
    pub patients: f64,
    /// Of those of the set.
    pub share: f64,
    /// As fitted.
    pub fitted: f64,
}
