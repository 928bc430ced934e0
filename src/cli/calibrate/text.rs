//! A calibration in the terminal.

use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::Names;
use crate::cli::text::wrap;
use crate::domain::TravelMeasure;
use crate::experiment::{Column, Decay};
use crate::results::{BedRow, Calibration, FittedService, left_out_means};
use crate::scenario::Provenance;
use crate::stats::conditional_logit::Fit;

/// Providers whose occupied places are shown.
const WORST: usize = 5;
/// A provider is far off if its occupied places differ by more than this share.
const FAR: f64 = 0.1;

/// The services with their laws and how well they fit, and what the words mean.
pub(super) fn shown(calibration: &Calibration<'_>, own_flows: bool, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let names = Names::new(calibration.scenario);
    let name = |one: &FittedService| names.label("service", &calibration.scenario.services[one.fit.service].id);
    let all: Vec<String> = calibration.services.iter().map(name).collect();
    let mut fits = Grid::new(vec![
        ("Service".to_owned(), Kind::Text { least: 10 }),
        ("Pro-\nviders".to_owned(), Kind::Number),
        ("Law of\ntravel".to_owned(), Kind::Key),
        ("Decay or\nexponent".to_owned(), Kind::Number),
        ("R2".to_owned(), Kind::Number),
        ("Disper-\nsion".to_owned(), Kind::Number),
        ("Mis-\nplaced".to_owned(), Kind::Number),
    ]);
    let mut left = Grid::new(vec![
        ("Service".to_owned(), Kind::Text { least: 10 }),
        ("Choice\nmodel".to_owned(), Kind::Number),
        ("Plain\ngravity".to_owned(), Kind::Number),
        ("Nearest\nprovider".to_owned(), Kind::Number),
    ]);
    let mut waits = Vec::new();
    let mut asides = Vec::new();
    for (one, name) in calibration.services.iter().zip(&all) {
        let fit = &one.fit;
        let whole = &fit.calibrated.fit;
        fits.row(vec![
            name.clone(),
            numbers::count(fit.providers.len()),
            match fit.decay {
                Decay::Logit => "logit".to_owned(),
                Decay::Huff { at_least } => format!("Huff, {at_least}+ {}", unit(fit.on)),
            },
            with_error(whole, &fit.calibrated.columns, Column::Travel),
            numbers::fixed(whole.r_squared(), 3),
            numbers::fixed(whole.dispersion, 1),
            numbers::percent(fit.misplaced_share(), 1),
        ]);
        if let Some(all) = &fit.left_out {
            let means = left_out_means(all).map(|mean| numbers::percent(mean, 2));
            left.row(std::iter::once(name.clone()).chain(means).collect());
        }
        for (column, what) in [(Column::Wait, "a day of waiting takes"), (Column::Places, "places to the power of")] {
            if fit.calibrated.columns.contains(&column) {
                let value = with_error(whole, &fit.calibrated.columns, column);
                waits.push(match column {
                    Column::Wait => format!("{name}: {what} {value} of utility."),
                    _ => format!("{name}: attractions are {what} {value}."),
                });
            }
        }
        if own_flows {
            asides.extend(assumed(calibration, one, name));
        }
        asides.extend(remarks(calibration, one, name));
    }
    let title = format!(
        "Choice models fitted to observed flows: {}",
        numbers::of(calibration.services.len(), "service", "services")
    );
    let mut blocks = vec![paint.bold(&title) + "\n", fits.render(width, paint)];
    blocks.extend(
        Some(waits.iter().map(|text| wrap(text, width, "")).collect::<String>()).filter(|text| !text.is_empty()),
    );
    blocks.push(wrap(
        "\u{b1}: half the 95 % interval. R2: part of the log-likelihood explained (McFadden). Dispersion: variance over that of \
         multinomial counts; intervals allow for it. Misplaced: patients whom the fit sends to another provider than was \
         observed.",
        width,
        "",
    ));
    if !left.is_empty() {
        blocks.push(
            paint.bold("Mean error of the origins of a provider that was left out of the fit")
                + "\n"
                + &left.render(width, paint),
        );
        blocks.push(wrap(
            "Origins: shares of the provider's patients by home area; their error is the mean absolute difference over home areas. Its attraction is predicted from its places, or by the \
             mean of the others where places are not known. Gravity has the same places and law of travel.",
            width,
            "",
        ));
    }
    if !asides.is_empty() {
        blocks.push(asides.iter().map(|text| wrap(text, width, "")).collect());
    }
    for (one, name) in calibration.services.iter().zip(&all).filter(|(one, _)| !one.beds.is_empty()) {
        let title = format!("Occupied places of {name} by provider, the farthest off first");
        let heads = wrap(&title, width, "").lines().map(|line| paint.bold(line) + "\n").collect::<String>();
        blocks.push(heads + &places(&names, one).render(width, paint));
    }
    if calibration.services.iter().any(|one| !one.beds.is_empty()) {
        blocks.push(wrap(
            "By theory: as if nobody were refused or sent on; what simulation changes of it are refusals and transfers. The rest of \
             the difference is what the choice model misses.",
            width,
            "",
        ));
    }
    blocks.join("\n")
}

/// The providers whose occupied places are farthest from the observed ones.
fn places(names: &Names<'_>, one: &FittedService) -> Grid {
    let mut grid = Grid::new(vec![
        ("Provider".to_owned(), Kind::Text { least: 12 }),
        ("Observed".to_owned(), Kind::Number),
        ("By\ntheory".to_owned(), Kind::Number),
        ("Simu-\nlated".to_owned(), Kind::Number),
        ("Off".to_owned(), Kind::Number),
        ("Of\nobserved".to_owned(), Kind::Number),
    ]);
    let mut rows: Vec<&BedRow> = one.beds.iter().collect();
    let off = |row: &BedRow| row.simulated - row.observed;
    rows.sort_by(|a, b| libm::fabs(off(b)).total_cmp(&libm::fabs(off(a))));
    for row in rows.into_iter().take(WORST) {
        let sign = if off(row) > 0.0 { "+" } else { "" };
        let mut cells = vec![names.label("provider", &row.provider)];
        cells.extend([row.observed, row.expected, row.simulated].map(|places| numbers::fixed(places, 1)));
        cells.push(format!("{sign}{}", numbers::fixed(off(row), 1)));
        cells.push(numbers::signed_percent(off(row) / row.observed, 1));
        grid.row(cells);
    }
    grid
}

fn unit(on: TravelMeasure) -> &'static str {
    match on {
        TravelMeasure::Km => "km",
        TravelMeasure::Minutes => "min",
    }
}

fn with_error(fit: &Fit, columns: &[Column], wanted: Column) -> String {
    let Some(at) = columns.iter().position(|&column| column == wanted) else { return numbers::NO_VALUE.to_owned() };
    let half = fit.interval(at).half_width();
    let decimals = numbers::decimals(half, 2, 4).max(numbers::decimals(libm::fabs(fit.estimates[at]), 3, 4));
    format!("{} \u{b1} {}", numbers::fixed(fit.estimates[at], decimals), numbers::fixed(half, decimals))
}

/// What the scenario itself says of a service whose numbers it assumes, the origins of its patients among them.
fn assumed(calibration: &Calibration<'_>, one: &FittedService, name: &str) -> Option<String> {
    let scenario = calibration.scenario;
    let table = format!("services.{}", scenario.services[one.fit.service].id);
    let row = scenario.inputs.iter().find(|row| row.table == table && row.provenance == Provenance::Assumed)?;
    let source = if row.source.is_empty() { &row.note } else { &row.source };
    let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
    Some(format!("{name}: the scenario calls the service's numbers assumed{source}."))
}

/// What else is to be known of a service.
fn remarks(calibration: &Calibration<'_>, one: &FittedService, name: &str) -> Vec<String> {
    let fit = &one.fit;
    let mut all = Vec::new();
    if fit.elsewhere > 0.0 {
        all.push(format!(
            "{name}: {} of its patients go elsewhere, which no choice model has: the written demand leaves them out.",
            numbers::percent(fit.elsewhere, 2)
        ));
    }
    if !fit.unobserved.is_empty() {
        let ids: Vec<&str> = fit.unobserved.iter().map(|&id| calibration.scenario.providers[id].id.as_str()).collect();
        all.push(format!(
            "{name}: no patients were observed at {}; they keep next to no attraction.",
            super::listed(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>().iter())
        ));
    }
    if !one.beds.is_empty() {
        let sum = |of: fn(&BedRow) -> f64| one.beds.iter().map(of).sum::<f64>();
        let (observed, simulated) = (sum(|row| row.observed), sum(|row| row.simulated));
        let off = |row: &BedRow| libm::fabs(row.simulated - row.observed);
        let far = one.beds.iter().map(off).sum::<f64>() / one.beds.len() as f64;
        let many = one.beds.iter().filter(|row| off(row) > FAR * row.observed).count();
        all.push(format!(
            "{name}: demand times {}; {} places occupied as observed, {} as simulated{}. One factor a service closes no single \
             provider: {} of {} are off by more than {} (the farthest off in places below, all in calibration_beds.csv); over all of them the mean difference is {} places.",
            numbers::fixed(one.factor, 4),
            numbers::fixed(observed, 1),
            numbers::fixed(simulated, 1),
            match simulated / observed - 1.0 {
                apart if apart < -super::beds::CLOSE => {
                    ", and more demand does not help: places are full, or patients leave"
                }
                apart if apart > super::beds::CLOSE => ", and less demand does not help",
                _ => "",
            },
            numbers::count(many),
            numbers::count(one.beds.len()),
            numbers::percent(FAR, 0),
            numbers::fixed(far, 1)
        ));
    }
    all
}
