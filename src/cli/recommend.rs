//! `tierflow recommend`: the lowest tier at which each service can be planned, and footprints from flows.

mod board;
mod footprints;
mod text;

use super::args::Format;
use super::estimate::Estimate;
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::settings::{FootprintSettings, RecommendSettings};
use super::{interrupt, load, numbers, out_folder, run, suggest};
use crate::experiment::{GroupingError, Replications, Simulation};
use crate::ids::ServiceId;
use crate::results::{
    FootprintsEntry, Grouped, GroupedError, Groups, GroupsWanted, Inquiry, Making, Prepared, RecommendationEntry,
    Sheet, boards, grouped, recommendations, sizes_in_use,
};
use crate::scenario::{self, Scenario};
use crate::store::{StoreError, table_json, write_csv, write_tables};
use std::path::{Path, PathBuf};

pub(super) fn recommend(settings: &RecommendSettings, printer: Printer) -> Exit {
    attempt(settings, true, printer).unwrap_or_else(|exit| exit)
}

/// Writes the results folder and prints no result.
pub(super) fn write(settings: &RecommendSettings, printer: Printer) -> Result<(), Exit> {
    attempt(settings, false, printer).map(|_| ())
}

fn attempt(settings: &RecommendSettings, shows: bool, printer: Printer) -> Result<Exit, Exit> {
    let mut loaded = scenario::load(&settings.scenario, &settings.overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &mut loaded.scenario else { return Err(load::failure(&loaded)) };
    interrupt::listen(printer, "stopping after the replications under way");
    let wanted: Vec<String> = settings.option.iter().cloned().collect();
    let option = run::chosen_options(scenario, &wanted, printer)?;
    let services = services(scenario, &settings.services, printer)?;
    let simulates = settings.footprints.is_none_or(|wanted| wanted.as_bodies);
    let icbs = own_pages(scenario, settings, simulates, printer)?;
    if simulates {
        independent(scenario, printer)?;
        load::choose_warm_up(scenario, settings.threads, printer)?;
    }
    let scenario = &*scenario;
    let mut simulations = load::compile(scenario, &option[..1], printer)?;
    let Some(simulation) = simulations.pop() else { return Err(Exit::Invalid) };
    let out = out(settings, scenario);
    let files = |problem: String| {
        printer.error(&problem);
        Exit::Files
    };
    out_folder::check(&out).map_err(files)?;
    let found =
        settings.footprints.map(|wanted| groups(scenario, &simulation, wanted, &services, printer)).transpose()?;
    let making = Making {
        files: out_folder::source_files(&loaded.sources, &settings.overrides),
        overrides: settings.overrides.clone(),
        recommendation: Some(entry(settings, found.as_ref())),
        ..Making::default()
    };
    let stored = |problem: StoreError| files(problem.to_string());
    let (text, tables) = match found {
        Some(grouped) if !simulates => {
            let found = Groups::new(scenario, &simulation, grouped, making);
            let text = match settings.format {
                Format::Table => footprints::groups(&found.grouped, scenario, printer),
                format => printed(found.sheet("footprints_from_flows"), format),
            };
            write_tables(&out, &found.manifest, |name| found.sheet(name)).map_err(stored)?;
            (text, found.manifest.tables.len())
        }
        grouped => {
            let found = judged(scenario, &simulation, Inquiry { services, grouped }, making, settings, printer)?;
            let text = match settings.format {
                Format::Table if !icbs.is_empty() => board::pages(&found, &icbs, printer),
                Format::Table => text::recommendations(&found, printer),
                format if !icbs.is_empty() => printed(Some(found.sheet_of_icbs(&icbs)), format),
                format => printed(found.sheet("recommendation"), format),
            };
            if interrupt::before_writing() {
                return Err(Exit::Interrupted);
            }
            write_tables(&out, &found.manifest, |name| found.sheet(name)).map_err(stored)?;
            (text, found.manifest.tables.len())
        }
    };
    if !shows {
        return Ok(Exit::Done);
    }
    let exit = super::finish(printer, &text, Exit::Done);
    let blank_line = if settings.format == Format::Table { "\n" } else { "" };
    let tables = numbers::of(tables, "table", "tables");
    printer.note(&format!("{blank_line}results folder: {} ({tables} and manifest.json)", out.display()));
    Ok(exit)
}

fn out(settings: &RecommendSettings, scenario: &Scenario) -> PathBuf {
    settings.out.clone().unwrap_or_else(|| Path::new("results").join(format!("{}-recommend", scenario.name)))
}

/// The services of these ids.
fn services(scenario: &Scenario, wanted: &[String], printer: Printer) -> Result<Vec<ServiceId>, Exit> {
    let known: Vec<&str> = scenario.services.iter().map(|service| service.id.as_str()).collect();
    let mut wrong = false;
    for id in wanted.iter().filter(|id| !known.contains(&id.as_str())) {
        wrong = true;
        printer.error(&format!("the scenario has no service `{id}`. {}", suggest::nearest(id, &known)));
    }
    if wrong {
        return Err(Exit::Usage);
    }
    Ok(scenario.services.ids().filter(|&id| wanted.contains(&scenario.services[id].id)).collect())
}

/// The codes of the ICBs that are asked for, each once.
fn own_pages(
    scenario: &Scenario,
    settings: &RecommendSettings,
    simulates: bool,
    printer: Printer,
) -> Result<Vec<String>, Exit> {
    let wanted = run::chosen_boards(scenario, &settings.boards, printer)?;
    if !wanted.is_empty() && !simulates {
        printer
            .error("--board needs tiers, and footprints alone have none: add --as-bodies, or leave --footprints out");
        return Err(Exit::Usage);
    }
    let known: Vec<&str> = boards(scenario).iter().map(|&icb| scenario.geography.icbs[icb].id.as_str()).collect();
    if wanted.iter().any(|icb| icb == run::ALL_BOARDS) {
        return Ok(known.into_iter().map(str::to_owned).collect());
    }
    if let Some(icb) = wanted.iter().find(|icb| !known.contains(&icb.as_str())) {
        printer.error(&format!(
            "nobody lives in {icb} in this scenario, or it is no ICB of England: choose one of {}",
            known.join(", ")
        ));
        return Err(Exit::Usage);
    }
    let mut once: Vec<String> = Vec::new();
    for icb in wanted {
        if !once.contains(&icb) {
            once.push(icb);
        }
    }
    Ok(once)
}

/// Intervals of the tests are of independent replications, two of them at least.
fn independent(scenario: &Scenario, printer: Printer) -> Result<(), Exit> {
    if scenario.run.antithetic {
        printer.error(
            "recommend needs independent replications, and those of this scenario are antithetic pairs: --set \
             run.antithetic=false",
        );
        return Err(Exit::Usage);
    }
    if scenario.run.replications < 2 {
        printer.error("one replication has no interval: --replications 2 or more");
        return Err(Exit::Usage);
    }
    Ok(())
}

/// Runs the replications and judges.
fn judged<'a>(
    scenario: &'a Scenario,
    simulation: &'a Simulation,
    inquiry: Inquiry,
    making: Making,
    settings: &RecommendSettings,
    printer: Printer,
) -> Result<crate::results::Recommendations<'a>, Exit> {
    run::payable(&[Prepared::new(scenario, simulation)], printer)?;
    let replications = scenario.run.replications;
    let estimate = Estimate::new(scenario, std::slice::from_ref(simulation), replications, settings.threads);
    match estimate.refusal() {
        Some(refusal) if !settings.allow_large => {
            printer.error(&refusal);
            return Err(Exit::Invalid);
        }
        _ => estimate.warning().iter().for_each(|warning| printer.note(warning)),
    }
    let runs = 1 + u32::from(simulation.varied.is_some());
    let progress = Progress::new(printer, replications.saturating_mul(runs));
    let how = Replications {
        numbers: (0, replications),
        threads: settings.threads,
        progress: &|finished| progress.finished(finished),
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let found = recommendations(scenario, simulation, inquiry, how, making);
    progress.clear();
    found.map_err(|problem| interrupt::stopped(problem, printer))
}

/// Looks for groups of ICBs. Limits that are not stated are those of a way of grouping that has as many groups.
fn groups(
    scenario: &Scenario,
    simulation: &Simulation,
    wanted: FootprintSettings,
    services: &[ServiceId],
    printer: Printer,
) -> Result<Grouped, Exit> {
    let used = sizes_in_use(scenario).into_iter().find(|(_, groups, _)| *groups == wanted.groups);
    let boards = boards(scenario).len();
    let (least, most) = used.map_or((1, (2 * boards).div_ceil(wanted.groups)), |(_, _, sizes)| sizes);
    let limits = GroupsWanted {
        groups: wanted.groups,
        least: wanted.least.unwrap_or_else(|| least.min(wanted.most.unwrap_or(least))),
        most: wanted.most.unwrap_or_else(|| most.max(wanted.least.unwrap_or(most))),
        most_population: wanted.most_population,
    };
    let all: Vec<ServiceId> = scenario.services.ids().collect();
    let own = if services.is_empty() { &all } else { services };
    grouped(scenario, &simulation.model, limits, own).map_err(|problem| {
        let (text, exit) = ungrouped(&problem, &limits, boards);
        printer.error(&text);
        exit
    })
}

/// Why there are no groups, and what to do.
fn ungrouped(problem: &GroupedError, limits: &GroupsWanted, boards: usize) -> (String, Exit) {
    let GroupsWanted { groups, least, most, .. } = *limits;
    let sizes = format!("{groups} footprints of {least} to {most} ICBs");
    match problem {
        GroupedError::NoMap => (
            "the scenario does not say which ICBs border on each other: add the table adjacency (columns icb and neighbour), as in \
             scenarios/england"
                .to_owned(),
            Exit::Invalid,
        ),
        GroupedError::NoPopulation(area) => (
            format!("--most-population needs the population of every home area, and `{area}` states none: fill it in, or leave the limit out"),
            Exit::Usage,
        ),
        GroupedError::Grouping(error, ids) => match error {
            GroupingError::Sizes => (
                format!("{sizes} do not make up {boards} ICBs: change --footprints, --least-icbs or --most-icbs"),
                Exit::Usage,
            ),
            GroupingError::Crowded(_) => {
                let icb = ids.iter().flatten().next().map_or("", String::as_str);
                (format!("ICB {icb} alone has more registered persons than --most-population: raise it"), Exit::Usage)
            }
            GroupingError::Unconnected(_) => {
                let pieces: Vec<String> = ids.iter().map(|piece| piece.join(" ")).collect();
                (
                    format!(
                        "the map of the table adjacency falls into {} pieces ({}), more than there are to be footprints: add the \
                         borders that are missing, or raise --footprints",
                        pieces.len(),
                        pieces.join("; ")
                    ),
                    Exit::Invalid,
                )
            }
            GroupingError::Impossible => (
                format!("no {sizes} in one piece each keep the limits: loosen them, or change --footprints"),
                Exit::Usage,
            ),
            GroupingError::NotFound => (
                format!(
                    "no {sizes} in one piece each were found that keep the limits (there may be some): loosen them, or change \
                     --footprints"
                ),
                Exit::Usage,
            ),
        },
    }
}

/// What the manifest says of it.
fn entry(settings: &RecommendSettings, found: Option<&Grouped>) -> RecommendationEntry {
    let footprints = settings.footprints.zip(found).map(|(asked, found)| FootprintsEntry {
        groups: found.wanted.groups,
        least: found.wanted.least,
        most: found.wanted.most,
        most_population: found.wanted.most_population.map(|persons| persons as u64),
        as_bodies: asked.as_bodies,
    });
    RecommendationEntry { services: settings.services.clone(), footprints }
}

fn printed(sheet: Option<Sheet<'_>>, format: Format) -> String {
    let Some(sheet) = sheet else { return String::new() };
    if format == Format::Json {
        return table_json(sheet);
    }
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = write_csv(sheet, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
