//! Where a service is treated: what becomes of patients, travel and loads if its sites change, and which sites are best.
//!
//! Sources: `McFadden` (1974) for who goes where; for the bound of the p-median problem G. Cornuejols, M. L. Fisher and
//! G. L. Nemhauser, "Location of bank accounts to optimize float", Management Science 23 (1977) 789-810.

mod search;

pub use search::{Found, Objective, search};

use crate::domain::{ChoiceRule, choice_shares, utility};
use std::collections::BTreeMap;

/// A place where a service is treated, or may be.
#[derive(Clone, PartialEq, Debug)]
pub struct Site {
    /// Attraction in the choice model.
    pub attraction: f64,
    /// Travel from each home area, in the unit of the choice rule.
    pub travel: Vec<f64>,
    /// The least patients a year, where there is a minimum.
    pub minimum: Option<f64>,
    /// Its pools.
    pub pools: Vec<SitePool>,
}

/// A pool of a site.
#[derive(Clone, PartialEq, Debug)]
pub struct SitePool {
    /// Slug.
    pub id: String,
    /// Places; none: no limit.
    pub places: Option<f64>,
    /// Mean number of places that patients of other services take.
    pub others: f64,
    /// Places that one patient a year takes.
    pub per_patient: f64,
}

impl Site {
    /// The largest load over places of its pools with so many patients a year; none if no pool has a limit.
    pub fn load(&self, patients: f64) -> Option<f64> {
        self.pools.iter().filter_map(|pool| Siting::load(pool, patients)).max_by(f64::total_cmp)
    }
}

/// How full the sites of a set are.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Fullness {
    /// Sites with a limit on places.
    pub limited: usize,
    /// Those of them whose offered load is more than their places, in some pool.
    pub over: usize,
    /// The fullest site, and its load over places.
    pub fullest: Option<(usize, f64)>,
    /// Load over places of all sites with a limit together, of the fuller pool.
    pub together: f64,
}

/// What is asked of a set of sites.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Demands {
    /// Travel above which a patient travels too far.
    pub limit: Option<f64>,
    /// The least share of patients within the limit.
    pub within: Option<f64>,
    /// The largest load over places of any pool with a limit.
    pub max_load: Option<f64>,
}

/// A service with all of its sites.
#[derive(Clone, PartialEq, Debug)]
pub struct Siting {
    /// How patients choose.
    pub rule: ChoiceRule,
    /// Patients a year by home area; some are positive.
    pub patients: Vec<f64>,
    /// Its sites.
    pub sites: Vec<Site>,
    /// What is asked.
    pub demands: Demands,
    /// Choice weights by home area and site, the largest of an area 1.
    weights: Vec<Vec<f64>>,
}

/// What a set of sites comes to, by the choice model.
#[derive(Clone, PartialEq, Debug)]
pub struct SetOutcome {
    /// The sites, rising.
    pub open: Vec<usize>,
    /// Mean travel of all patients.
    pub mean_travel: f64,
    /// Mean travel if everybody went to the nearest.
    pub nearest_travel: f64,
    /// The share of patients beyond the limit; none without one.
    pub over_limit: Option<f64>,
    /// By home area: mean travel, and the share beyond the limit (0 without one).
    pub areas: Vec<(f64, f64)>,
    /// Patients a year by site of the set.
    pub patients: Vec<f64>,
    /// By how much it misses what is asked: 0 where it does not, else the sum of relative shortfalls.
    pub shortfall: f64,
}

impl Siting {
    /// A service with sites that have travel from every home area.
    pub fn new(rule: ChoiceRule, patients: Vec<f64>, sites: Vec<Site>, demands: Demands) -> Self {
        let weights = (0..patients.len())
            .map(|area| {
                let utilities: Vec<f64> =
                    sites.iter().map(|site| utility(rule, site.attraction, site.travel[area])).collect();
                let best = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                utilities.iter().map(|utility| libm::exp(utility - best)).collect()
            })
            .collect();
        Self { rule, patients, sites, demands, weights }
    }

    /// Shares of a home area's patients among open sites.
    fn shares(&self, area: usize, open: &[usize]) -> Vec<f64> {
        let total: f64 = open.iter().map(|&site| self.weights[area][site]).sum();
        if total > 1e-200 {
            return open.iter().map(|&site| self.weights[area][site] / total).collect();
        }
        // All open sites are so far that their weights vanish beside that of a closed one.
        let alternatives: Vec<(f64, f64)> =
            open.iter().map(|&site| (self.sites[site].attraction, self.sites[site].travel[area])).collect();
        choice_shares(self.rule, &alternatives)
    }

    /// Load of a pool over its places with so many patients a year; none without a limit.
    pub fn load(pool: &SitePool, patients: f64) -> Option<f64> {
        pool.places.map(|places| (pool.others + patients * pool.per_patient) / places)
    }

    /// What a set of sites, rising and at least one, comes to.
    pub fn outcome(&self, open: &[usize]) -> SetOutcome {
        let all: f64 = self.patients.iter().sum();
        let (mut travelled, mut nearest, mut over) = (0.0, 0.0, 0.0);
        let mut patients = vec![0.0; open.len()];
        let mut areas = Vec::with_capacity(self.patients.len());
        for (area, &referred) in self.patients.iter().enumerate() {
            let (mut mean, mut beyond, mut least) = (0.0, 0.0, f64::INFINITY);
            for ((share, &site), patients) in self.shares(area, open).into_iter().zip(open).zip(&mut patients) {
                let travel = self.sites[site].travel[area];
                mean += share * travel;
                least = least.min(travel);
                *patients += referred * share;
                if self.demands.limit.is_some_and(|limit| travel > limit) {
                    beyond += share;
                }
            }
            travelled += referred * mean;
            nearest += referred * least;
            over += referred * beyond;
            areas.push((mean, beyond));
        }
        let over_limit = self.demands.limit.map(|_| over / all);
        let mut shortfall = 0.0;
        for (&site, &patients) in open.iter().zip(&patients) {
            let site = &self.sites[site];
            shortfall += site.minimum.map_or(0.0, |minimum| (1.0 - patients / minimum).max(0.0));
            if let Some(most) = self.demands.max_load {
                let loads = site.pools.iter().filter_map(|pool| Self::load(pool, patients));
                shortfall += loads.map(|load| (load / most - 1.0).max(0.0)).sum::<f64>();
            }
        }
        if let (Some(within), Some(over)) = (self.demands.within, over_limit) {
            // A rounding error is no patient.
            shortfall += if 1.0 - over < within - 1e-12 { within - (1.0 - over) } else { 0.0 };
        }
        SetOutcome {
            open: open.to_vec(),
            mean_travel: travelled / all,
            nearest_travel: nearest / all,
            over_limit,
            areas,
            patients,
            shortfall,
        }
    }

    /// Patients a year of the sites that are open before and not after, with their mean travel before and after: by the choice
    /// model they go as the others of their home area do. Nothing where no such site closes.
    pub fn displaced(&self, before: &SetOutcome, after: &SetOutcome) -> Option<(f64, f64, f64)> {
        let closed = |site: &usize| !after.open.contains(site);
        let (mut patients, mut travelled, mut will) = (0.0, 0.0, 0.0);
        for (area, &referred) in self.patients.iter().enumerate() {
            for (share, &site) in self.shares(area, &before.open).into_iter().zip(&before.open) {
                if closed(&site) {
                    patients += referred * share;
                    travelled += referred * share * self.sites[site].travel[area];
                    will += referred * share * after.areas[area].0;
                }
            }
        }
        (patients > 0.0).then(|| (patients, travelled / patients, will / patients))
    }

    /// How full the sites of a set are.
    pub fn fullness(&self, set: &SetOutcome) -> Fullness {
        let mut found = Fullness::default();
        let mut by_pool: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (&site, &patients) in set.open.iter().zip(&set.patients) {
            let pools = &self.sites[site].pools;
            for (pool, places) in pools.iter().filter_map(|pool| Some((pool, pool.places?))) {
                let (load, all) = by_pool.entry(&pool.id).or_default();
                *load += pool.others + patients * pool.per_patient;
                *all += places;
            }
            let Some(load) = self.sites[site].load(patients) else { continue };
            found.limited += 1;
            found.over += usize::from(load > 1.0);
            if found.fullest.is_none_or(|(_, most)| load > most) {
                found.fullest = Some((site, load));
            }
        }
        found.together = by_pool.values().map(|(load, places)| load / places).fold(0.0, f64::max);
        found
    }

    /// The largest share of patients who have some site within the limit; 1 without a limit.
    pub fn most_within(&self) -> f64 {
        let Some(limit) = self.demands.limit else { return 1.0 };
        let near = |area: &usize| self.sites.iter().any(|site| site.travel[*area] <= limit);
        let within: f64 = (0..self.patients.len()).filter(near).map(|area| self.patients[area]).sum();
        within / self.patients.iter().sum::<f64>()
    }
}
