//! Calibrated choice models; tables `calibration`, `calibration_fit` and `calibration_beds`.

use super::sheet::{Field, Sheet, columns};
use super::table::Table;
use crate::domain::TravelMeasure;
use crate::experiment::{Column, Decay, LeftOut, ServiceFit};
use crate::scenario::{Origin, Scenario};
use std::borrow::Cow;

pub(super) const CALIBRATION: Table = Table {
    name: "calibration",
    meaning: "What `tierflow calibrate` fitted: parameters of choice models with their 95 % intervals, and how well they fit.",
    entities: &[
        ("service", "slug of the service"),
        (
            "parameter",
            "travel_decay, travel_exponent, wait_decay, places_exponent, attraction; patients, observations, degrees_of_freedom, dispersion (Pearson's chi-square over these), deviance, mcfadden_r2 (part of the log-likelihood of equal shares that is explained), mean_absolute_error (of shares of home areas), misplaced_share (of patients whom the fit sends to another provider than was observed), left_out_choice, left_out_gravity, left_out_nearest (mean absolute errors of the origin shares of providers, each left out in turn), demand_factor",
        ),
        ("provider", "of an attraction: ODS code"),
        ("unit", "its unit"),
        ("estimate", "maximum likelihood; attractions relative to that of the provider with most patients, which is 1"),
        (
            "standard_error",
            "from the information matrix, scaled by the dispersion; of an attraction that of its logarithm; blank where fixed",
        ),
        ("ci_low", "lower end of the 95 % interval (Student's t; of an attraction on the scale of logarithms)"),
        ("ci_high", "upper end"),
    ],
};

pub(super) const CALIBRATION_FIT: Table = Table {
    name: "calibration_fit",
    meaning: "Observed and fitted shares of a calibrated choice model, one row for each home area and provider with patients.",
    entities: &[
        ("service", "slug of the service"),
        ("period", "as in the file of flows; blank where it has none"),
        ("home_area", "where patients live, as the files list it"),
        ("provider", "ODS code"),
        ("patients", "observed; of shares of a scenario the referrals a year"),
        ("observed_share", "of the patients of the home area"),
        ("fitted_share", "by the choice model"),
    ],
};

pub(super) const CALIBRATION_BEDS: Table = Table {
    name: "calibration_beds",
    meaning: "Occupied places as observed and as simulated with scaled demand, one row for each provider with observed ones.",
    entities: &[
        ("service", "slug of the service"),
        ("provider", "ODS code"),
        ("pool", "slug of the pool of the service's first stage"),
        ("observed", "mean number of occupied places as observed"),
        ("expected", "by the traffic equations, as if nobody were ever refused or sent on, after scaling"),
        ("simulated", "mean of the replications, transfers included, after scaling"),
    ],
};

/// Places of a provider, observed and made.
#[derive(Clone, PartialEq, Debug)]
pub struct BedRow {
    /// ODS code.
    pub provider: String,
    /// Slug.
    pub pool: String,
    /// As observed.
    pub observed: f64,
    /// By the traffic equations.
    pub expected: f64,
    /// In the simulation.
    pub simulated: f64,
}

/// A fitted service with what became of its demand.
#[derive(Clone, PartialEq, Debug)]
pub struct FittedService {
    /// The fit.
    pub fit: ServiceFit,
    /// What demand was multiplied by.
    pub factor: f64,
    /// Occupied places; empty where none were observed.
    pub beds: Vec<BedRow>,
}

/// All that a calibration found.
#[derive(Debug)]
pub struct Calibration<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its home areas.
    pub origins: &'a [Origin],
    /// Its fitted services.
    pub services: Vec<FittedService>,
}

/// The means of errors of left-out providers: choice model, gravity, nearest.
pub fn left_out_means(all: &[LeftOut]) -> [f64; 3] {
    let mean = |of: fn(&LeftOut) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
    [mean(|one| one.choice), mean(|one| one.gravity), mean(|one| one.nearest)]
}

fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

impl Calibration<'_> {
    /// One of the tables; nothing by another name, or where there are no rows.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Box<dyn Iterator<Item = Vec<Field<'_>>>>) = match name {
            "calibration" => (&CALIBRATION, Box::new(self.services.iter().flat_map(|one| self.parameters(one)))),
            "calibration_fit" => (&CALIBRATION_FIT, Box::new(self.services.iter().flat_map(|one| self.cells(one)))),
            "calibration_beds" if self.services.iter().any(|one| !one.beds.is_empty()) => {
                (&CALIBRATION_BEDS, Box::new(self.services.iter().flat_map(|one| self.beds(one))))
            }
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    fn service(&self, one: &FittedService) -> &str {
        &self.scenario.services[one.fit.service].id
    }

    fn parameters<'s>(&'s self, one: &'s FittedService) -> Vec<Vec<Field<'s>>> {
        let (fit, calibrated) = (&one.fit, &one.fit.calibrated);
        let per = match fit.on {
            TravelMeasure::Km => "1/km",
            TravelMeasure::Minutes => "1/min",
        };
        let mut rows = Vec::new();
        let mut row =
            |name: &'static str, provider: &'s str, unit: &'static str, estimate: f64, more: [Option<f64>; 3]| {
                let mut fields = vec![text(self.service(one)), text(name), text(provider), text(unit)];
                fields.push(Field::Number(estimate));
                fields.extend(more.map(|value| value.map_or(Field::Blank, Field::Number)));
                rows.push(fields);
            };
        for (at, column) in calibrated.columns.iter().enumerate() {
            let (estimate, error, ends) =
                (calibrated.fit.estimates[at], calibrated.fit.errors[at], calibrated.fit.interval(at));
            let plain = [Some(error), Some(ends.low), Some(ends.high)];
            match column {
                Column::Travel if fit.decay == Decay::Logit => row("travel_decay", "", per, estimate, plain),
                Column::Travel => row("travel_exponent", "", "exponent", estimate, plain),
                Column::Wait => row("wait_decay", "", "1/day", estimate, plain),
                Column::Places => row("places_exponent", "", "exponent", estimate, plain),
                Column::Attraction(_) => {}
            }
        }
        for (number, &provider) in fit.providers.iter().enumerate() {
            let at = calibrated.columns.iter().position(|&column| column == Column::Attraction(number));
            let more = at.map_or([None; 3], |at| {
                let ends = calibrated.fit.interval(at);
                [Some(calibrated.fit.errors[at]), Some(libm::exp(ends.low)), Some(libm::exp(ends.high))]
            });
            row("attraction", &self.scenario.providers[provider].id, "weight", calibrated.attractions[number], more);
        }
        let mut only = |name, unit, value: f64| row(name, "", unit, value, [None; 3]);
        only("patients", "patients", fit.observed.from_area().iter().sum());
        only("observations", "shares", fit.cells().len() as f64);
        only("degrees_of_freedom", "number", calibrated.fit.degrees as f64);
        only("dispersion", "ratio", calibrated.fit.dispersion);
        only("deviance", "number", calibrated.fit.deviance);
        only("mcfadden_r2", "share", calibrated.fit.r_squared());
        only("mean_absolute_error", "share", fit.mean_absolute_error());
        only("misplaced_share", "share", fit.misplaced_share());
        if let Some(all) = &fit.left_out {
            let [choice, gravity, nearest] = left_out_means(all);
            only("left_out_choice", "share", choice);
            only("left_out_gravity", "share", gravity);
            only("left_out_nearest", "share", nearest);
        }
        only("demand_factor", "factor", one.factor);
        rows
    }

    fn cells<'s>(&'s self, one: &'s FittedService) -> impl Iterator<Item = Vec<Field<'s>>> {
        one.fit.cells().into_iter().map(move |cell| {
            vec![
                text(self.service(one)),
                text(&one.fit.periods[cell.set]),
                text(&self.origins[cell.area].id),
                text(&self.scenario.providers[one.fit.providers[cell.provider]].id),
                Field::Number(cell.patients),
                Field::Number(cell.share),
                Field::Number(cell.fitted),
            ]
        })
    }

    fn beds<'s>(&'s self, one: &'s FittedService) -> impl Iterator<Item = Vec<Field<'s>>> {
        one.beds.iter().map(move |row| {
            let numbers = [row.observed, row.expected, row.simulated].map(Field::Number);
            [text(self.service(one)), text(&row.provider), text(&row.pool)].into_iter().chain(numbers).collect()
        })
    }
}
