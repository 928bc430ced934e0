//! `tierflow check`: diagnostics only.

use super::args::{CheckArgs, Format};
use super::estimate::Estimate;
use super::exit::Exit;
use super::grid::{Grid, Kind};
use super::printer::{Paint, Printer};
use super::{load, numbers, render, scenario_words as words};
use crate::ids::FlowId;
use crate::model::{self, Model};
use crate::scenario::{self, Loaded, Scenario};
use serde_json::json;
use std::fmt::Write as _;

/// How many pools are listed.
const POOLS: usize = 10;

pub(super) fn check(args: &CheckArgs, printer: Printer) -> Exit {
    let loaded = scenario::load(&args.scenario, &args.set.set);
    let compiled = loaded.scenario.as_ref().map(|scenario| (scenario, model::compile(scenario, FlowId(0))));
    let too_large = compiled.as_ref().and_then(|(_, model)| model.as_ref().err().map(ToString::to_string));
    let exit = match &compiled {
        Some((_, Ok(_))) => Exit::Done,
        Some((_, Err(_))) => Exit::Invalid,
        None => load::failure(&loaded),
    };
    let text = match args.format {
        Format::Table => {
            load::say(&loaded, printer);
            if let Some(problem) = &too_large {
                printer.error(problem);
            }
            match &compiled {
                Some((scenario, Ok(model))) => summary(scenario, model, &loaded, printer),
                _ => String::new(),
            }
        }
        Format::Json => {
            let report = json!({
                "ok": exit == Exit::Done,
                "diagnostics": render::as_json(&loaded.diagnostics, &loaded.sources),
                "problem": too_large,
                "pools": compiled.as_ref().and_then(|(scenario, model)| Some(pools_json(scenario, model.as_ref().ok()?))),
            });
            format!("{report:#}\n")
        }
        Format::Csv => {
            if let Some(problem) = &too_large {
                printer.error(problem);
            }
            render::as_csv(&loaded.diagnostics, &loaded.sources)
        }
    };
    super::finish(printer, &text, exit)
}

fn summary(scenario: &Scenario, model: &Model, loaded: &Loaded, printer: Printer) -> String {
    let paint = printer.paint_result();
    let verdict = render::tally(&loaded.diagnostics).map_or_else(String::new, |tally| format!(" ({tally} above)"));
    let mut text =
        format!("ok{verdict}: {}\n", if scenario.title.is_empty() { &scenario.name } else { &scenario.title });
    for line in counts(scenario, model) {
        let _ = writeln!(text, "  {line}");
    }
    let loads = expected_loads(scenario, model, printer.width(), paint);
    if !loads.is_empty() {
        let _ = write!(text, "\n{}\n{loads}", paint.bold("Load to expect on the fullest pools"));
    }
    text
}

/// What a scenario holds, a line a subject.
pub(super) fn counts(scenario: &Scenario, model: &Model) -> Vec<String> {
    let geography = &scenario.geography;
    let run = &scenario.run;
    let in_scope = scenario.providers.iter().filter(|provider| provider.in_scope).count();
    let scope = if scenario.scoped { format!(", {in_scope} of them in scope") } else { String::new() };
    let stages: usize = scenario.services.iter().map(|service| service.stages.len()).sum();
    let limited = words::expected_loads(scenario, model).len();
    let options: Vec<&str> = scenario.options.iter().map(|option| option.id.as_str()).collect();
    let estimate = Estimate::new(scenario, model, 1);
    let mut lines = vec![
        format!(
            "{} in {} and {}",
            numbers::of(geography.home_areas.len(), "home area", "home areas"),
            numbers::of(geography.icbs.len(), "ICB", "ICBs"),
            numbers::of(geography.regions.len(), "region", "regions"),
        ),
        format!(
            "{}{scope}; {} with a limit and patients",
            numbers::of(scenario.providers.len(), "provider", "providers"),
            numbers::of(limited, "pool", "pools"),
        ),
        format!(
            "{} with {}; {} referrals a year to expect",
            numbers::of(scenario.services.len(), "service", "services"),
            numbers::of(stages, "stage", "stages"),
            numbers::fixed(words::referrals_per_year(model), 0),
        ),
        format!("{}: {}", numbers::of(options.len(), "tiering option", "tiering options"), options.join(", ")),
        format!(
            "{} after a warm-up of {}; {}, seed {}",
            words::when(run),
            words::span(run.warm_up),
            numbers::of(run.replications as usize, "replication", "replications"),
            run.seed,
        ),
        format!(
            "about {} events, {} of processor time",
            numbers::roughly(estimate.events),
            numbers::spell_of_time(estimate.seconds()),
        ),
    ];
    lines.extend(words::assumed(scenario));
    lines
}

/// The fullest pools by the traffic equations.
pub(super) fn expected_loads(scenario: &Scenario, model: &Model, width: usize, paint: Paint) -> String {
    let loads = words::expected_loads(scenario, model);
    let mut grid = Grid::new(vec![
        ("Provider".into(), Kind::Text { least: 12 }),
        ("Pool".into(), Kind::Text { least: 12 }),
        ("Places".into(), Kind::Number),
        ("Patients\nexpected".into(), Kind::Number),
        ("Load".into(), Kind::Number),
        ("When full".into(), Kind::Key),
    ]);
    for load in loads.iter().take(POOLS) {
        let pool = &scenario.pools[load.pool];
        grid.row(vec![
            words::provider(scenario, pool.provider),
            pool.id.clone(),
            numbers::count(load.places as usize),
            numbers::fixed(load.patients, 1),
            numbers::percent(load.share(), 1),
            words::when_full(pool.when_full).to_owned(),
        ]);
    }
    if grid.is_empty() {
        return String::new();
    }
    let mut text = grid.render(width, paint);
    if loads.len() > POOLS {
        let _ = writeln!(text, "and {} less full", numbers::of(loads.len() - POOLS, "pool", "pools"));
    }
    text
}

fn pools_json(scenario: &Scenario, model: &Model) -> serde_json::Value {
    let pool = |load: &words::ExpectedLoad| {
        let pool = &scenario.pools[load.pool];
        json!({
            "provider": scenario.providers[pool.provider].id,
            "pool": pool.id,
            "places": load.places,
            "expected_patients": load.patients,
        })
    };
    words::expected_loads(scenario, model).iter().map(pool).collect()
}
