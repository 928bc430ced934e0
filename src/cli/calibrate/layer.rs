//! The scenario that a calibration writes.

use crate::domain::{Profile, TravelMeasure};
use crate::experiment::Decay;
use crate::results::{Calibration, FittedService};
use crate::scenario::{Scenario, quoted};
use crate::store::{Cells, Layer, able_providers, nine_digits, rows_without};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The attraction of a provider without observed patients, as a share of the smallest fitted one.
const NOBODY: f64 = 1e-6;
const SOURCE: &str = "tierflow calibrate";

fn cells<const N: usize>(pairs: [(&str, String); N]) -> Cells {
    pairs.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.to_owned(), text)).collect()
}

/// The fitted choice models and scaled demand over the scenario.
pub(super) fn of(calibration: &Calibration<'_>) -> Layer {
    let scenario = calibration.scenario.planned();
    let ids: BTreeSet<&str> =
        calibration.services.iter().map(|one| scenario.services[one.fit.service].id.as_str()).collect();
    let mut layer = Layer {
        comments: vec![
            "calibrate".to_owned(),
            "Choice models fitted to observed flows by maximum likelihood; calibration.csv has their errors,"
                .to_owned(),
            "calibration_fit.csv observed and fitted shares. A fit, not evidence.".to_owned(),
        ],
        ..Layer::default()
    };
    let mut provides =
        rows_without(calibration.scenario, "provides", &ids).unwrap_or_else(|| able_providers(scenario, &ids));
    let mut demand = rows_without(calibration.scenario, "demand", &ids).unwrap_or_default();
    for one in &calibration.services {
        layer.sections += &section(calibration.scenario, one);
        provides.extend(attractions(scenario, one));
        demand.extend(rates(calibration, one));
    }
    layer.tables.insert("provides".to_owned(), provides);
    layer.tables.insert("demand".to_owned(), demand);
    for table in ["flows", "shares"] {
        if let Some(rows) = rows_without(calibration.scenario, table, &ids) {
            layer.tables.insert(table.to_owned(), rows);
        }
    }
    layer
}

fn section(scenario: &Scenario, one: &FittedService) -> String {
    let fit = &one.fit;
    let id = &scenario.services[fit.service].id;
    let on = match fit.on {
        TravelMeasure::Km => "km",
        TravelMeasure::Minutes => "minutes",
    };
    let decay = nine_digits(fit.calibrated.decay);
    let law = match fit.decay {
        Decay::Logit => format!("logit = {{ on = \"{on}\", decay = {decay}"),
        Decay::Huff { at_least } => {
            format!("huff = {{ on = \"{on}\", exponent = {decay}, at_least = {}", nine_digits(at_least))
        }
    };
    let wait = nine_digits(fit.calibrated.wait_decay);
    let before = scenario.inputs.iter().find(|input| input.table == format!("services.{id}"));
    let told = before.map_or(String::new(), |input| {
        let source = if input.source.is_empty() { String::new() } else { format!(" ({})", input.source) };
        format!("; all else as in the scenario below{source}: {}", input.note)
    });
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "[services.{id}]\nchoice = {{ {law}, wait_decay = {wait} }} }}\nprovenance = \"derived\"\nsource = {}\nnote = {}\n\n",
        quoted(SOURCE),
        quoted(&format!("the choice model is fitted to observed flows{told}"))
    );
    text
}

fn attractions(scenario: &Scenario, one: &FittedService) -> Vec<Cells> {
    let fit = &one.fit;
    let service = &scenario.services[fit.service].id;
    let smallest = fit.calibrated.attractions.iter().copied().fold(f64::INFINITY, f64::min);
    let row = |provider, attraction: f64, provenance: &str, note: &str| {
        cells([
            ("service", service.clone()),
            ("provider", scenario.providers[provider].id.clone()),
            ("attraction", nine_digits(attraction)),
            ("provenance", provenance.to_owned()),
            ("source", SOURCE.to_owned()),
            ("note", note.to_owned()),
        ])
    };
    let fitted = fit
        .providers
        .iter()
        .zip(&fit.calibrated.attractions)
        .map(|(&id, &attraction)| row(id, attraction, "derived", ""));
    let none = "no patients were observed here: assumed to attract next to nobody";
    fitted.chain(fit.unobserved.iter().map(|&id| row(id, smallest * NOBODY, "assumed", none))).collect()
}

/// Demand by home area as the files list them, with the profile of the streams.
fn rates(calibration: &Calibration<'_>, one: &FittedService) -> Vec<Cells> {
    let scenario = calibration.scenario.planned();
    let service = &scenario.services[one.fit.service].id;
    let scaled = if one.factor == 1.0 {
        String::new()
    } else {
        format!("times {} so that as many places are occupied as were observed", nine_digits(one.factor))
    };
    let from_flows = calibration
        .scenario
        .inputs
        .iter()
        .any(|input| input.table == "flows" && input.value("service") == Some(service));
    let basis = if from_flows { "sum of the flows of the scenario below" } else { "demand of the scenario below" };
    let note = [basis, &scaled].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let rows = calibration.origins.iter().zip(&one.fit.per_year).filter(|(_, patients)| **patients > 0.0);
    rows.map(|(origin, &patients)| {
        let streams = scenario.demand.iter().filter(|stream| stream.service == one.fit.service);
        let stream = streams.into_iter().find(|stream| origin.areas.contains(&stream.home_area));
        let profile = stream.map(|stream| &stream.profile);
        let named = profile.and_then(|profile| scenario.profiles.iter().find(|(_, known)| *known == profile));
        let mean = profile.map_or(1.0, Profile::mean);
        let per_year = patients * one.factor / mean;
        let population: f64 =
            origin.areas.iter().filter_map(|&area| scenario.geography.home_areas[area].population).sum();
        // What is a rate per head stays one: it follows the population.
        let rate = if stream.is_some_and(|stream| stream.per_head) && population > 0.0 {
            format!("{} per 100k per year", nine_digits(per_year / population * 1e5))
        } else {
            format!("{} per year", nine_digits(per_year))
        };
        cells([
            ("service", service.clone()),
            ("home_area", origin.id.clone()),
            ("rate", rate),
            ("profile", named.map(|(name, _)| name.clone()).unwrap_or_default()),
            ("provenance", "derived".to_owned()),
            ("source", SOURCE.to_owned()),
            ("note", note.clone()),
        ])
    })
    .collect()
}
