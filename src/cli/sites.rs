//! `tierflow sites`: sites of a service closed, opened or moved, and the best of them.

mod best;
mod change;
mod layer;
mod tables;
mod text;
mod verdict;
mod view;

use super::args::{Format, SiteTable, SitesArgs};
use super::exit::Exit;
use super::load;
use super::printer::Printer;
use crate::domain::Referral;
use crate::ids::ProviderId;
use crate::scenario;
use crate::store::{ScenarioFolder, StoreError, check_layer, table_json, write_csv};

pub(super) fn sites(args: &SitesArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: &SitesArgs, printer: Printer) -> Result<Exit, Exit> {
    let files = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let scenario = load::scenario(&args.scenario, &args.set.set, printer)?;
    let scenario = &scenario;
    if let Some(out) = &args.out {
        check_layer(out).map_err(files)?;
    }
    let service = load::service(scenario, &args.service, printer)?;
    let id = scenario.services[service].id.as_str();
    let Referral::Choice { rule, on, attractions, wait_decay } = &scenario.referral[service] else {
        printer.error(&format!(
            "{id} has observed shares and no choice model, which cannot say where patients go if its sites change: fit one with \
             `tierflow calibrate {} --services {id} --out FOLDER` and look at the sites of that scenario",
            args.scenario.display()
        ));
        return Err(Exit::Invalid);
    };
    let change = change::change(scenario, args, id, attractions, printer)?;
    let option = load::option(scenario, args.option.as_deref(), printer)?;
    let simulations = load::compile(scenario, &[option], printer)?;
    let Some(model) = simulations.first().map(|simulation| &simulation.model) else { return Err(Exit::Invalid) };
    let mut view = view::view(scenario, service, *rule, *on, attractions, &change, args, model, printer)?;
    let position = |provider: ProviderId| view.providers.iter().position(|&other| other == provider);
    let now: Vec<usize> = attractions.iter().filter_map(|&(provider, _)| position(provider)).collect();
    let mut changed: Vec<usize> =
        now.iter().copied().filter(|&site| !change.closed.contains(&view.providers[site])).collect();
    changed.extend(change.opened.keys().filter_map(|&provider| position(provider)));
    changed.sort_unstable();
    if changed.is_empty() {
        printer.error(&format!("nobody would treat {id} any more: keep one of its sites, or --open another"));
        return Err(Exit::Usage);
    }
    let required: Vec<usize> = change.required.iter().filter_map(|&provider| position(provider)).collect();
    let is_changed = changed != now;
    let now = view.siting.outcome(&now);
    let after = view.siting.outcome(&changed);
    view.sets.push(("now".to_owned(), now));
    if is_changed {
        view.sets.push(("changed".to_owned(), after));
    }
    let found = match args.keep {
        Some(keep) => Some(best::best(&mut view, args, keep as usize, &changed, &required, printer)?),
        None => None,
    };
    let chosen = view.sets.iter().rev().find(|(name, _)| ["best", "changed", "now"].contains(&name.as_str()));
    let Some((name, chosen)) = chosen.cloned() else { return Err(Exit::Invalid) };
    if let Some(out) = &args.out {
        let folder = ScenarioFolder::begin(out, &args.scenario, &args.set.set).map_err(files)?;
        folder.write(&layer::of(&view, &chosen, &change, args.places)).map_err(files)?;
        let loaded = scenario::load(folder.path(), &[]);
        if loaded.scenario.is_none() {
            printer.error("the scenario with these sites is not valid:");
            load::say(&loaded, printer);
            return Err(Exit::Invalid);
        }
        for table in ["sites", "site_loads", "site_areas"] {
            view.sheet(table).map_or(Ok(()), |sheet| folder.beside(sheet)).map_err(files)?;
        }
        folder.finish().map_err(files)?;
    }
    let table = match args.table {
        None | Some(SiteTable::Sites) => "sites",
        Some(SiteTable::Loads) => "site_loads",
        Some(SiteTable::Areas) => "site_areas",
    };
    let text = match args.format {
        Format::Table => {
            let shown = text::Shown::new(&view, &name, &chosen, args, printer);
            shown.map_or_else(String::new, |shown| shown.text(&change, found.as_ref(), *wait_decay > 0.0))
        }
        Format::Json => view.sheet(table).map(table_json).unwrap_or_default(),
        Format::Csv => {
            let mut bytes = Vec::new();
            // Writing into memory cannot fail.
            let _ = view.sheet(table).map(|sheet| write_csv(sheet, &mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let exit = super::finish(printer, &text, if chosen.shortfall > 0.0 { Exit::TargetMissed } else { Exit::Done });
    if let Some(out) = args.out.as_ref().filter(|_| args.format == Format::Table) {
        printer.note(&format!("\nscenario: {}; next: tierflow run {0}", out.display()));
    }
    Ok(exit)
}
