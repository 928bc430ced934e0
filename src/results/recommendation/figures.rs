//! The figures of a body, from what the replications left.

use super::Body;
use super::counting::{Flow, Places};
use crate::domain::{IcbKind, Recommendation, TierTest};
use crate::ids::{IcbId, Id, ProviderId, ServiceId};
use crate::model::Model;
use crate::results::Kind;
use crate::results::summary::{Sampling, SummaryRow};
use crate::scenario::Scenario;
use crate::stats::Interval;
use crate::stats::dispersion::RelativeSd;
use crate::units::DAYS_PER_YEAR;
use std::collections::BTreeSet;

/// A provider's own import share is looked at if it treats at least this share of the patients treated in the area.
const COUNTS: f64 = 0.1;

/// What is known of a test at a body.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Figure {
    /// The estimate; nothing where it is not defined.
    pub value: Option<f64>,
    /// Its 95 % interval; of what chance has no part in, the value itself.
    pub interval: Option<Interval>,
    /// By how many times a distance the half-width exceeds it, squared, so many times the replications would be needed.
    pub(super) spread: Spread,
    /// What it is about, or why it is not there.
    pub detail: String,
    /// There is nothing to measure, such as patients of providers where there is no provider: the test has no figure and does not
    /// count.
    pub empty: bool,
    /// The test is not made: the scenario lacks an input of it.
    pub untested: bool,
}

/// How the interval of a figure shrinks.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) enum Spread {
    #[default]
    Fixed,
    /// Half-width and replications.
    Mean(f64, u32),
    Relative(RelativeSd),
}

impl Figure {
    fn exact(value: f64) -> Self {
        Self { value: Some(value), interval: Some(Interval { low: value, high: value }), ..Self::default() }
    }

    fn absent(detail: &str) -> Self {
        Self { detail: detail.to_owned(), ..Self::default() }
    }

    fn untested(detail: &str) -> Self {
        Self { untested: true, ..Self::absent(detail) }
    }

    fn nothing(detail: &str) -> Self {
        Self { empty: true, ..Self::absent(detail) }
    }

    /// A mean over replications, in [0, 1] if it is a share.
    fn mean(values: &[f64], share: bool) -> Self {
        let summary = SummaryRow::of(Kind::Mean, values, Sampling::Independent);
        let cut = |interval: Interval| Interval {
            low: interval.low.max(0.0),
            high: if share { interval.high.min(1.0) } else { interval.high },
        };
        let half = summary.interval.map_or(0.0, Interval::half_width);
        Self {
            value: summary.mean,
            interval: summary.interval.map(cut),
            spread: Spread::Mean(half, summary.replications),
            ..Self::default()
        }
    }

    /// How many replications would tell it from a threshold, variances and means being as estimated.
    pub(super) fn replications_to_decide(&self, threshold: f64) -> Option<u64> {
        match self.spread {
            Spread::Fixed => None,
            Spread::Mean(half, replications) => {
                let times = half / (self.value? - threshold).abs();
                let needed = libm::ceil(f64::from(replications) * times * times);
                (needed.is_finite() && needed < 1e9).then_some((needed as u64).max(u64::from(replications) + 1))
            }
            Spread::Relative(sd) => sd.count_to_decide(threshold),
        }
    }
}

/// The replications of a simulation as tiers are judged by them.
#[derive(Debug)]
pub(super) struct Drawn<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) model: &'a Model,
    pub(super) places: Places,
    /// By chance alone.
    pub(super) values: Vec<Vec<f64>>,
    /// With demand that varies beyond chance, where the scenario says so.
    pub(super) varied: Option<Vec<Vec<f64>>>,
}

impl Drawn<'_> {
    fn host(&self, provider: ProviderId) -> Option<IcbId> {
        self.scenario.providers[provider].host_icb
    }

    /// Who can treat in an area.
    fn able(&self, service: ServiceId, body: &Body) -> BTreeSet<ProviderId> {
        let routes = self.model.routes.iter().filter(|route| self.model.streams[route.stream].service == service);
        let inside = |provider: &ProviderId| self.host(*provider).is_some_and(|host| body.holds(host));
        routes.map(|route| route.provider).filter(inside).collect()
    }

    /// Of each replication the sum over the flows of a service that are wanted.
    fn sums(&self, service: ServiceId, wanted: impl Fn(&Flow) -> bool) -> Vec<f64> {
        let chosen: Vec<usize> = self.places.of_service(service).filter(|&at| wanted(&self.places.flows[at])).collect();
        self.values.iter().map(|values| chosen.iter().map(|&at| values[at]).sum()).collect()
    }

    /// The same over the ICBs of a body.
    fn over_icbs<'v>(
        &'v self,
        values: &'v [Vec<f64>],
        service: ServiceId,
        body: &'v Body,
        at: impl Fn(usize) -> usize + 'v,
    ) -> impl Iterator<Item = f64> + 'v {
        let pairs: Vec<usize> =
            body.icbs.iter().map(|icb| at(icb.index() * self.places.services + service.index())).collect();
        values.iter().map(move |values| pairs.iter().map(|&at| values[at]).sum())
    }

    /// The figure of a test.
    pub(super) fn figure(&self, test: TierTest, service: ServiceId, body: &Body) -> Figure {
        let resident = |flow: &Flow| body.holds(flow.icb);
        let inside = |flow: &Flow| self.host(flow.provider).is_some_and(|host| body.holds(host));
        // Where `elsewhere` is, is known: outside.
        let placed =
            |flow: &Flow| self.host(flow.provider).is_some() || self.scenario.providers[flow.provider].is_elsewhere();
        match test {
            TierTest::Population => self.population(body),
            TierTest::SelfContainment => {
                let all = self.sums(service, |flow| resident(flow) && placed(flow));
                share(&self.sums(service, |flow| resident(flow) && inside(flow)), &all)
            }
            TierTest::Imports => match self.area(service, body) {
                Err(figure) => figure,
                Ok(_) => {
                    share(&self.sums(service, |flow| inside(flow) && !resident(flow)), &self.sums(service, inside))
                }
            },
            TierTest::ProviderImports => self.provider_imports(service, body),
            TierTest::Volume => {
                let patients = self.sums(service, resident);
                Figure::mean(&patients.iter().map(|patients| patients / self.places.length).collect::<Vec<_>>(), false)
            }
            TierTest::Volatility => self.volatility(service, body),
            TierTest::Providers => Figure::exact(self.able(service, body).len() as f64),
            TierTest::Travel => {
                let far: Vec<f64> =
                    self.over_icbs(&self.values, service, body, |pair| self.places.far_at(pair)).collect();
                let known: Vec<f64> =
                    self.over_icbs(&self.values, service, body, |pair| self.places.known_at(pair)).collect();
                if known.iter().all(|&known| known == 0.0) {
                    return Figure::untested("no distance is known");
                }
                share(&far, &known)
            }
            TierTest::ContractLines => {
                let wanted = |flow: &Flow| resident(flow) && !self.scenario.providers[flow.provider].is_elsewhere();
                let range = self.places.of_service(service);
                let lines = |values: &Vec<f64>| {
                    let used = range.clone().filter(|&at| values[at] > 0.0 && wanted(&self.places.flows[at]));
                    used.map(|at| self.places.flows[at].provider).collect::<BTreeSet<_>>().len() as f64
                };
                Figure::mean(&self.values.iter().map(lines).collect::<Vec<_>>(), false)
            }
            TierTest::Readiness => {
                self.scenario.readiness.met_share(&body.id).map_or_else(Figure::default, Figure::exact)
            }
        }
    }

    fn population(&self, body: &Body) -> Figure {
        let areas = self.scenario.geography.home_areas.iter().filter(|area| body.holds(area.icb));
        match areas.map(|area| area.population).sum::<Option<f64>>() {
            Some(persons) => Figure::exact(persons),
            None => Figure::untested("no population is stated"),
        }
    }

    /// The providers in an area that can treat, all in scope; else why their patients cannot be told apart.
    fn area(&self, service: ServiceId, body: &Body) -> Result<BTreeSet<ProviderId>, Figure> {
        let able = self.able(service, body);
        if able.is_empty() {
            return Err(Figure::nothing("no provider in the area"));
        }
        if able.iter().any(|&provider| !self.scenario.providers[provider].in_scope) {
            return Err(Figure::absent("some of its providers are out of scope"));
        }
        Ok(able)
    }

    /// Of the providers that treat enough, the one most of whose patients come from outside.
    fn provider_imports(&self, service: ServiceId, body: &Body) -> Figure {
        let able = match self.area(service, body) {
            Ok(able) => able,
            Err(figure) => return figure,
        };
        let by_provider: Vec<(ProviderId, Vec<f64>, Vec<f64>)> = able
            .into_iter()
            .map(|provider| {
                let own = self.sums(service, |flow| flow.provider == provider);
                let outside = self.sums(service, |flow| flow.provider == provider && !body.holds(flow.icb));
                (provider, outside, own)
            })
            .collect();
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let all: f64 = by_provider.iter().map(|(_, _, own)| sum(own)).sum();
        let counts = by_provider.into_iter().filter(|(_, _, own)| sum(own) > 0.0 && sum(own) >= COUNTS * all);
        let worst = counts.max_by(|a, b| {
            let ratio = |one: &(ProviderId, Vec<f64>, Vec<f64>)| sum(&one.1) / sum(&one.2);
            ratio(a).total_cmp(&ratio(b)).then(b.0.cmp(&a.0))
        });
        match worst {
            None => Figure::nothing("no patient was treated in the area"),
            Some((provider, outside, own)) => {
                Figure { detail: self.scenario.providers[provider].id.clone(), ..share(&outside, &own) }
            }
        }
    }

    fn volatility(&self, service: ServiceId, body: &Body) -> Figure {
        let (values, beyond) = match &self.varied {
            Some(varied) => (varied, "demand beyond chance"),
            None => (&self.values, "chance alone"),
        };
        if self.places.years == 0 {
            return Figure::untested("no whole financial year is simulated");
        }
        // Later years begin with what earlier ones left, so that all of them together are not independent: the first counts.
        let cost: Vec<f64> = self.over_icbs(values, service, body, |pair| self.places.cost_at(0, pair)).collect();
        match RelativeSd::of(&cost) {
            Some(sd) => Figure {
                value: Some(sd.value),
                interval: Some(sd.interval()),
                spread: Spread::Relative(sd),
                detail: beyond.to_owned(),
                ..Figure::default()
            },
            None if values.len() > 1 => Figure::untested("nothing has a price"),
            None => Figure::absent("one replication does not vary"),
        }
    }

    /// Expected patients a year of a body for a service.
    pub(super) fn expected(&self, service: ServiceId, body: &Body) -> f64 {
        let routes = self.model.routes.iter_ids().filter(|(_, route)| {
            let stream = &self.model.streams[route.stream];
            stream.service == service && body.holds(self.scenario.geography.home_areas[stream.home_area].icb)
        });
        routes.map(|(id, _)| self.model.expected.referrals_per_day[id]).sum::<f64>() * DAYS_PER_YEAR
    }
}

/// Part over whole of each replication.
fn share(part: &[f64], whole: &[f64]) -> Figure {
    let shares: Vec<f64> = part.iter().zip(whole).map(|(part, whole)| part / whole).collect();
    let figure = Figure::mean(&shares, true);
    if figure.value.is_none() { Figure::nothing("no patient was treated") } else { figure }
}

/// From how many kilometres on a journey for a service is far, and where that comes from.
pub(super) fn far_km(scenario: &Scenario, service: ServiceId) -> (f64, &'static str) {
    let standard = scenario.standards.rows.get(&(service, None)).and_then(|standard| standard.maximum_km);
    match (scenario.recommendation.far_km, standard) {
        (Some(km), _) => (km, "scenario"),
        (None, Some(km)) => (km, "standards"),
        (None, None) => (Recommendation::FAR_KM, "assumed"),
    }
}

/// The boards that somebody lives in.
pub fn boards(scenario: &Scenario) -> Vec<IcbId> {
    let geography = &scenario.geography;
    let resident: BTreeSet<IcbId> = geography.home_areas.iter().map(|area| area.icb).collect();
    resident.into_iter().filter(|&icb| geography.icbs[icb].kind == IcbKind::Board).collect()
}
