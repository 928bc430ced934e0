//! `tierflow check`: diagnostics only.

use super::args::{CheckArgs, Format};
use super::estimate::Estimate;
use super::exit::Exit;
use super::grid::{Grid, Kind};
use super::printer::{Paint, Printer};
use super::text::{break_name, wrap};
use super::{load, numbers, render, scenario_words as words};
use crate::domain::{CalendarPattern, Capacity, Level, Pool, WhenFull};
use crate::experiment::{Simulation, simulations};
use crate::scenario::{self, Loaded, Scenario};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How many pools are listed.
const POOLS: usize = 10;

pub(super) fn check(args: &CheckArgs, printer: Printer) -> Exit {
    let loaded = scenario::load(&args.scenario, &args.set.set);
    let compiled = loaded.scenario.as_ref().map(|scenario| (scenario, simulations(scenario, &scenario.shown)));
    let too_large = compiled.as_ref().and_then(|(_, all)| all.as_ref().err().map(ToString::to_string));
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
                Some((scenario, Ok(all))) => summary(scenario, all, &loaded, printer),
                _ => String::new(),
            }
        }
        Format::Json => {
            let report = json!({
                "ok": exit == Exit::Done,
                "diagnostics": render::as_json(&loaded.diagnostics, &loaded.sources),
                "problem": too_large,
                "pools": compiled.as_ref().and_then(|(scenario, all)| Some(pools_json(scenario, all.as_ref().ok()?))),
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

fn summary(scenario: &Scenario, simulations: &[Simulation], loaded: &Loaded, printer: Printer) -> String {
    let paint = printer.paint_result();
    let verdict = render::tally(&loaded.diagnostics).map_or_else(String::new, |tally| format!(" ({tally} above)"));
    let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
    let mut text = wrap(&format!("ok{verdict}: {title}"), printer.width(), "    ");
    for line in counts(scenario, simulations) {
        for line in wrap(&line, printer.width().saturating_sub(2), "  ").lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    let loads = expected_loads(scenario, simulations, printer.width(), paint);
    if !loads.is_empty() {
        let _ = write!(text, "\n{}\n{loads}", paint.bold("Load to expect on the fullest pools"));
    }
    text
}

/// What a scenario holds, a line a subject.
pub(super) fn counts(scenario: &Scenario, simulations: &[Simulation]) -> Vec<String> {
    let geography = &scenario.geography;
    let run = &scenario.run;
    let in_scope = scenario.providers.iter().filter(|provider| provider.in_scope).count();
    let scope = if scenario.scoped { format!(", {in_scope} of them in scope") } else { String::new() };
    let stages: usize = scenario.services.iter().map(|service| service.stages.len()).sum();
    let limited = words::expected_loads(scenario, simulations).len();
    let options: Vec<&str> = scenario.shown.iter().map(|&id| scenario.options[id].id.as_str()).collect();
    let estimate = Estimate::new(scenario, simulations, scenario.run.replications, 1);
    let apart = if simulations.len() > 1 { format!(" in {} simulations", simulations.len()) } else { String::new() };
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
            numbers::fixed(simulations.first().map_or(0.0, |first| words::referrals_per_year(&first.model)), 0),
        ),
        format!("{}: {}", numbers::of(options.len(), "tiering option", "tiering options"), options.join(", ")),
        format!(
            "{} after a warm-up of {}; {}, seed {}",
            words::when(run),
            if run.chooses_warm_up { "a length chosen by trials".to_owned() } else { words::span(run.warm_up) },
            numbers::of(run.replications as usize, "replication", "replications"),
            run.seed,
        ),
        format!(
            "about {} events{apart}, {} of processor time",
            numbers::roughly(estimate.events),
            numbers::spell_of_time(estimate.seconds()),
        ),
    ];
    lines.extend(words::assumed(scenario));
    lines
}

/// The fullest pools by the traffic equations; where flow rules make a difference, the load in each simulation.
pub(super) fn expected_loads(scenario: &Scenario, simulations: &[Simulation], width: usize, paint: Paint) -> String {
    let loads = words::expected_loads(scenario, simulations);
    let apart = loads.iter().any(words::ExpectedLoad::differs);
    let first = |simulation: &Simulation| break_name(&scenario.options[simulation.options[0]].id, 10);
    let heads: Vec<String> = if apart {
        simulations.iter().map(|simulation| format!("Load\n{}", first(simulation))).collect()
    } else {
        vec!["Load".to_owned()]
    };
    let table = |shown: usize| {
        let mut columns = vec![
            ("Provider".into(), Kind::Text { least: 12 }),
            ("Pool".into(), Kind::Text { least: 12 }),
            ("Places".into(), Kind::Number),
        ];
        columns.extend((!apart).then(|| ("Patients\nexpected".into(), Kind::Number)));
        columns.extend(heads[..shown].iter().map(|head| (head.clone(), Kind::Number)));
        columns.push(("When full".into(), Kind::Key));
        let mut grid = Grid::new(columns);
        for load in loads.iter().take(POOLS) {
            let pool = &scenario.pools[load.pool];
            let mut row = vec![words::provider(scenario, pool.provider), pool.id.clone(), places(pool, load.places)];
            row.extend((!apart).then(|| numbers::fixed(load.patients[0], 1)));
            row.extend((0..shown).map(|simulation| numbers::percent(load.share(simulation), 1)));
            row.push(words::when_full(pool.when_full).to_owned());
            grid.row(row);
        }
        grid
    };
    let fitting = (2..=heads.len()).rev().find(|&shown| table(shown).least_width() <= width).unwrap_or(1);
    let grid = table(fitting);
    if grid.is_empty() {
        return String::new();
    }
    let mut text = grid.render(width, paint);
    if fitting < heads.len() {
        let left: Vec<&str> =
            simulations[fitting..].iter().map(|one| scenario.options[one.options[0]].id.as_str()).collect();
        text += &wrap(&format!("Not shown for want of room: {}.", left.join(", ")), width, "");
    }
    if loads.len() > POOLS {
        let _ = writeln!(text, "and {} less full", numbers::of(loads.len() - POOLS, "pool", "pools"));
    }
    if apart {
        let groups = simulations.iter().map(|simulation| {
            let ids = simulation.options.iter().map(|&option| scenario.options[option].id.as_str());
            ids.collect::<Vec<_>>()
        });
        text += &words::shared(groups).map_or_else(String::new, |line| wrap(&line, width, ""));
    }
    let held = scenario.services.iter().flat_map(|service| service.stages.iter()).any(|stage| !stage.keeps.is_empty());
    if held || scenario.pools.iter().any(|pool| pool.when_full == WhenFull::Block) {
        text += &wrap("Without time that places are kept while waiting for another, or blocked.", width, "");
    }
    text
}

/// The places of a pool; of one that is either closed or open, those it has when it is open and for how much of the time.
fn places(pool: &Pool, mean: f64) -> String {
    let pattern = pool.calendar.as_ref().map(|calendar| &calendar.pattern);
    let (Some(CalendarPattern::Steps(steps)), Capacity::Places(own)) = (pattern, pool.capacity) else {
        return numbers::places(mean);
    };
    let mut open = BTreeSet::new();
    for (_, level) in steps {
        match level {
            Level::Fixed(Capacity::Places(places)) => open.insert(*places),
            Level::Share(share) => open.insert((f64::from(own) * share) as u32),
            Level::Fixed(Capacity::Unlimited) => return numbers::places(mean),
        };
    }
    let closes = open.remove(&0);
    match (closes, open.len(), open.first()) {
        (true, 1, Some(&places)) => {
            let share = numbers::percent(mean / f64::from(places), 0);
            format!("{} (open {share})", numbers::count(places as usize))
        }
        _ => numbers::places(mean),
    }
}

fn pools_json(scenario: &Scenario, simulations: &[Simulation]) -> serde_json::Value {
    let pool = |load: &words::ExpectedLoad| {
        let pool = &scenario.pools[load.pool];
        let places = if load.places.fract() == 0.0 { json!(load.places as u64) } else { json!(load.places) };
        let mut row = json!({
            "provider": scenario.providers[pool.provider].id,
            "pool": pool.id,
            "places": places,
            "expected_patients": load.patients[0],
        });
        if simulations.len() > 1 {
            let by_option = simulations.iter().zip(&load.patients).flat_map(|(simulation, &patients)| {
                simulation.options.iter().map(move |&option| (scenario.options[option].id.clone(), json!(patients)))
            });
            row["expected_patients_by_option"] = by_option.collect();
        }
        row
    };
    words::expected_loads(scenario, simulations).iter().map(pool).collect()
}
