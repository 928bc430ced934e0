//! `tierflow sites`: sites of a service closed, opened or moved, and the best of them.

mod layer;
mod text;

use super::args::{Format, SitesArgs, Smallest};
use super::exit::Exit;
use super::printer::Printer;
use super::{load, numbers, suggest};
use crate::domain::{Capacity, ChoiceRule, Referral, TravelMeasure};
use crate::experiment::{Demands, Found, Objective, SetOutcome, Site, SitePool, Siting, search};
use crate::ids::{HomeAreaId, Id as _, LineId, OptionId, PoolId, ProviderId, ServiceId};
use crate::model::Model;
use crate::results::SiteSets;
use crate::scenario::{self, Scenario};
use crate::store::{ScenarioFolder, StoreError, check_layer, table_json, write_csv};
use crate::units::DAYS_PER_YEAR;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn sites(args: &SitesArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

/// What is to change: sites that close, and those that open with their attractions and where their places come from.
#[derive(Clone, PartialEq, Debug, Default)]
struct Change {
    closed: BTreeSet<ProviderId>,
    opened: BTreeMap<ProviderId, Opened>,
    required: BTreeSet<ProviderId>,
}

/// A site that opens.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Opened {
    attraction: f64,
    /// The provider that it moves from.
    from: Option<ProviderId>,
    /// Whether the attraction is a guess.
    guessed: bool,
}

fn attempt(args: &SitesArgs, printer: Printer) -> Result<Exit, Exit> {
    let files = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let scenario = load::scenario(&args.scenario, &[], printer)?;
    let scenario = &scenario;
    if let Some(out) = &args.out {
        check_layer(out).map_err(files)?;
    }
    let service = service(scenario, args, printer)?;
    let Referral::Choice { rule, on, attractions, wait_decay } = &scenario.referral[service] else {
        printer.error(&format!(
            "{} has observed shares and no choice model, which cannot say where patients go if its sites change: fit one with \
             `tierflow calibrate {} --services {0} --out FOLDER` and look at the sites of that scenario",
            args.service,
            args.scenario.display()
        ));
        return Err(Exit::Invalid);
    };
    let change = change(scenario, args, attractions, printer)?;
    let simulations = load::compile(scenario, &[OptionId(0)], printer)?;
    let Some(model) = simulations.first().map(|simulation| &simulation.model) else { return Err(Exit::Invalid) };
    let mut view = view(scenario, service, *rule, *on, attractions, &change, args, model, printer)?;
    let position = |provider: ProviderId| view.providers.iter().position(|&other| other == provider);
    let now: Vec<usize> = attractions.iter().filter_map(|&(provider, _)| position(provider)).collect();
    let mut changed: Vec<usize> =
        now.iter().copied().filter(|&site| !change.closed.contains(&view.providers[site])).collect();
    changed.extend(change.opened.keys().filter_map(|&provider| position(provider)));
    changed.sort_unstable();
    if changed.is_empty() {
        printer
            .error(&format!("nobody would treat {} any more: keep one of its sites, or --open another", args.service));
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
        Some(keep) => Some(best(&mut view, args, keep as usize, &changed, &required, printer)?),
        None => None,
    };
    let chosen = view.sets.iter().rev().find(|(name, _)| ["best", "changed", "now"].contains(&name.as_str()));
    let Some(chosen) = chosen.map(|(_, set)| set.clone()) else { return Err(Exit::Invalid) };
    if let Some(out) = &args.out {
        let folder = ScenarioFolder::begin(out, &args.scenario).map_err(files)?;
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
    let text = match args.format {
        Format::Table => text::shown(&view, &change, found.as_ref(), *wait_decay > 0.0, args, printer),
        Format::Json => view.sheet("sites").map(table_json).unwrap_or_default(),
        Format::Csv => {
            let mut bytes = Vec::new();
            // Writing into memory cannot fail.
            let _ = view.sheet("sites").map(|sheet| write_csv(sheet, &mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let exit = super::finish(printer, &text, if chosen.shortfall > 0.0 { Exit::TargetMissed } else { Exit::Done });
    if let Some(out) = args.out.as_ref().filter(|_| args.format == Format::Table) {
        printer.note(&format!("\nscenario: {}; next: tierflow run {0}", out.display()));
    }
    Ok(exit)
}

fn service(scenario: &Scenario, args: &SitesArgs, printer: Printer) -> Result<ServiceId, Exit> {
    let found = scenario.services.iter_ids().find(|(_, service)| service.id == args.service);
    found.map(|(id, _)| id).ok_or_else(|| {
        let known: Vec<&str> = scenario.services.iter().map(|service| service.id.as_str()).collect();
        printer.error(&format!(
            "the scenario has no service `{}`. {}",
            args.service,
            suggest::nearest(&args.service, &known)
        ));
        Exit::Usage
    })
}

/// Reads what is to change; all that is wrong is said at once.
fn change(
    scenario: &Scenario,
    args: &SitesArgs,
    attractions: &[(ProviderId, f64)],
    printer: Printer,
) -> Result<Change, Exit> {
    let mut faults: Vec<String> = Vec::new();
    let known: Vec<&str> = scenario.providers.iter().map(|provider| provider.id.as_str()).collect();
    let mut provider = |name: &str| {
        let found = scenario.providers.iter_ids().find(|(_, one)| one.id == name && name != "elsewhere");
        if found.is_none() {
            faults.push(format!("the scenario has no provider `{name}`. {}", suggest::nearest(name, &known)));
        }
        found.map(|(id, _)| id)
    };
    let typical = libm::exp(
        attractions.iter().map(|(_, attraction)| libm::log(*attraction)).sum::<f64>() / attractions.len().max(1) as f64,
    );
    let closed: Vec<ProviderId> = args.close.iter().filter_map(|name| provider(name)).collect();
    let required: Vec<ProviderId> = args.require.iter().filter_map(|name| provider(name)).collect();
    let mut opened = Vec::new();
    let mut wrong = Vec::new();
    for text in &args.open {
        let (name, stated) = text.split_once('=').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
        let value = stated.map(|value| value.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0));
        if value == Some(None) {
            wrong.push(format!("--open {text}: an attraction is a number above 0, such as {name}=1.5"));
        }
        let attraction = value.flatten().unwrap_or(typical);
        if let Some(id) = provider(name) {
            opened.push((id, Opened { attraction, from: None, guessed: stated.is_none() }));
        }
    }
    let mut moved = Vec::new();
    for text in &args.moves {
        let Some((from, to)) = text.split_once(':') else {
            wrong.push(format!("--move {text}: write the old and the new provider, such as RRV:RAL"));
            continue;
        };
        if let (Some(from), Some(to)) = (provider(from), provider(to)) {
            moved.push((from, to));
        }
    }
    let attraction = |id: ProviderId| attractions.iter().find(|(provider, _)| *provider == id).map(|one| one.1);
    let id = |provider: ProviderId| &scenario.providers[provider].id;
    let mut change = Change::default();
    for from in closed.into_iter().chain(moved.iter().map(|one| one.0)) {
        if attraction(from).is_none() {
            wrong.push(format!("{} does not treat {}, so it cannot close", id(from), args.service));
        } else if !change.closed.insert(from) {
            wrong.push(format!("{} would close twice", id(from)));
        }
    }
    let moved = moved.iter().filter_map(|&(from, to)| {
        Some((to, Opened { attraction: attraction(from)?, from: Some(from), guessed: false }))
    });
    for (to, one) in opened.into_iter().chain(moved) {
        if attraction(to).is_some() {
            wrong.push(format!("{} treats {} already, so it cannot open", id(to), args.service));
        } else if change.opened.insert(to, one).is_some() {
            wrong.push(format!("{} would open twice", id(to)));
        }
    }
    for one in required {
        let stays = attraction(one).is_some() && !change.closed.contains(&one) || change.opened.contains_key(&one);
        if stays {
            change.required.insert(one);
        } else {
            wrong.push(format!("--require {}: it is none of the sites that --keep chooses from", id(one)));
        }
    }
    faults.extend(wrong);
    for fault in &faults {
        printer.error(fault);
    }
    if faults.is_empty() { Ok(change) } else { Err(Exit::Usage) }
}

/// The service with all of its sites, those that open included.
#[expect(clippy::too_many_arguments, reason = "the parts of one choice model and what is asked of it")]
fn view<'a>(
    scenario: &'a Scenario,
    service: ServiceId,
    rule: ChoiceRule,
    on: TravelMeasure,
    attractions: &[(ProviderId, f64)],
    change: &Change,
    args: &SitesArgs,
    model: &Model,
    printer: Printer,
) -> Result<SiteSets<'a>, Exit> {
    let mut referred: BTreeMap<HomeAreaId, f64> = BTreeMap::new();
    for stream in scenario.demand.iter().filter(|stream| stream.service == service) {
        *referred.entry(stream.home_area).or_insert(0.0) += stream.per_day * stream.profile.mean() * DAYS_PER_YEAR;
    }
    let opened = change.opened.iter().map(|(&provider, one)| (provider, one.attraction, Some(*one)));
    let mut all: Vec<(ProviderId, f64, Option<Opened>)> =
        attractions.iter().map(|&(provider, attraction)| (provider, attraction, None)).chain(opened).collect();
    all.sort_by_key(|one| one.0);
    let areas: Vec<HomeAreaId> = referred.keys().copied().collect();
    let mut sites = Vec::new();
    let mut unknown = Vec::new();
    let needs = needs(scenario, service, model);
    let now = present(scenario, service, model);
    for &(provider, attraction, opened) in &all {
        let travel = areas.iter().map(|&area| {
            scenario.travel_between(on, area, provider).unwrap_or_else(|| {
                unknown.push((area, provider));
                0.0
            })
        });
        let travel = travel.collect();
        let minimum = args.minimum.or_else(|| scenario.standards.of(service, provider).minimum_volume);
        let present = now.get(&provider).copied().unwrap_or(0.0);
        let pools = needs.iter().map(|(id, &per_patient)| {
            let own = pool(scenario, provider, id);
            let moved = opened.and_then(|one| one.from).and_then(|from| pool(scenario, from, id));
            let limit = |pool: PoolId| match scenario.pools[pool].capacity {
                Capacity::Places(places) => Some(f64::from(places)),
                Capacity::Unlimited => None,
            };
            let places = match (opened, own, moved) {
                // What moves brings its places with it.
                (Some(_), Some(own), Some(moved)) => limit(own).and_then(|own| Some(own + limit(moved)?)),
                (_, Some(pool), _) | (_, None, Some(pool)) => limit(pool),
                (_, None, None) => args.places.map(f64::from),
            };
            let load = own.map_or(0.0, |pool| model.expected.offered_load[pool]);
            SitePool { id: (*id).clone(), places, others: (load - present * per_patient).max(0.0), per_patient }
        });
        sites.push(Site { attraction, travel, minimum, pools: pools.collect() });
    }
    if let Some(&(area, provider)) = unknown.first() {
        printer.error(&format!(
            "the travel from {} to {} is not known: add it to the table travel, or positions of both for kilometres",
            scenario.geography.home_areas[area].id, scenario.providers[provider].id
        ));
        return Err(Exit::Invalid);
    }
    let demands = Demands { limit: args.limit, within: args.within, max_load: args.max_load };
    Ok(SiteSets {
        scenario,
        service,
        unit: match on {
            TravelMeasure::Km => "km",
            TravelMeasure::Minutes => "minutes",
        },
        siting: Siting::new(rule, referred.values().copied().collect(), sites, demands),
        areas,
        providers: all.iter().map(|one| one.0).collect(),
        sets: Vec::new(),
        bound: None,
    })
}

fn pool(scenario: &Scenario, provider: ProviderId, id: &str) -> Option<PoolId> {
    scenario.pools.iter_ids().find(|(_, pool)| pool.provider == provider && pool.id == id).map(|(id, _)| id)
}

/// The pools that a service needs at its provider, with the places that one patient a year takes on average.
fn needs<'a>(scenario: &'a Scenario, service: ServiceId, model: &Model) -> BTreeMap<&'a String, f64> {
    let mut needs = BTreeMap::new();
    for (stage, one) in scenario.services[service].stages.iter_ids() {
        let line = LineId::new(model.first_line[service].index() + stage.index());
        let days = model.expected.visits[line] * model.expected.mean_stay_days[line];
        for need in &one.needs {
            *needs.entry(&need.pool).or_insert(0.0) += days * f64::from(need.places) / DAYS_PER_YEAR;
        }
    }
    needs
}

/// Patients of a service a year by provider, as the model has them.
fn present(scenario: &Scenario, service: ServiceId, model: &Model) -> BTreeMap<ProviderId, f64> {
    let mut patients = BTreeMap::new();
    for (id, route) in model.routes.iter_ids() {
        if model.streams[route.stream].service == service {
            let provider = &scenario.providers[route.provider];
            let per_year = if provider.in_scope { model.expected.referrals_per_day[id] * DAYS_PER_YEAR } else { 0.0 };
            *patients.entry(route.provider).or_insert(0.0) += per_year;
        }
    }
    patients
}

/// Looks for the best so many of the changed sites.
fn best(
    view: &mut SiteSets<'_>,
    args: &SitesArgs,
    keep: usize,
    candidates: &[usize],
    required: &[usize],
    printer: Printer,
) -> Result<Found, Exit> {
    let refuse = |text: String| {
        printer.error(&text);
        Err(Exit::Usage)
    };
    if keep > candidates.len() {
        return refuse(format!(
            "--keep {keep} is more than the {} to choose from: lower it, or --open more",
            numbers::of(candidates.len(), "site", "sites")
        ));
    }
    if keep < required.len() {
        return refuse(format!(
            "--keep {keep} is fewer than the {} that --require names",
            numbers::of(required.len(), "site", "sites")
        ));
    }
    // Of closed sites nothing is asked, and none may come back.
    let part = Siting::new(
        view.siting.rule,
        view.siting.patients.clone(),
        candidates.iter().map(|&site| view.siting.sites[site].clone()).collect(),
        view.siting.demands,
    );
    if let (Some(limit), Some(within)) = (args.limit, args.within) {
        let most = part.most_within();
        if most < within - 1e-12 {
            printer.error(&format!(
                "no set of these sites has {} of the patients within {limit} {}: with all {} open it is {} at most, if everybody \
                 went to a near one. Raise --limit, lower --within, or --open a site nearer to the others",
                numbers::percent(within, 1),
                view.unit,
                candidates.len(),
                numbers::percent(most, 1)
            ));
            return Err(Exit::TargetMissed);
        }
    }
    let required: Vec<usize> =
        required.iter().filter_map(|site| candidates.iter().position(|other| other == site)).collect();
    let objective = match args.objective {
        Smallest::Choice => Objective::Choice,
        Smallest::Nearest => Objective::Nearest,
    };
    let mut found = search(&part, keep, &required, objective);
    for set in &mut found.sets {
        set.open.iter_mut().for_each(|site| *site = candidates[*site]);
    }
    for (at, set) in found.sets.iter().enumerate() {
        let name = if at == 0 { "best".to_owned() } else { format!("next-{at}") };
        view.sets.push((name, set.clone()));
    }
    view.bound = Some(found.bound);
    Ok(found)
}

/// What a set misses of what is asked, in words.
fn missed(view: &SiteSets<'_>, set: &SetOutcome) -> Vec<String> {
    let mut all = Vec::new();
    let demands = view.siting.demands;
    for (&site, &patients) in set.open.iter().zip(&set.patients) {
        let one = &view.siting.sites[site];
        if let Some(minimum) = one.minimum.filter(|&minimum| patients < minimum) {
            all.push(format!(
                "{} has {} patients a year, fewer than {}",
                view.provider(site),
                numbers::fixed(patients, 0),
                numbers::fixed(minimum, 0)
            ));
        }
        for pool in &one.pools {
            let load = Siting::load(pool, patients);
            if let (Some(load), Some(most)) = (load, demands.max_load)
                && load > most
            {
                all.push(format!(
                    "{} {} has a load of {}, above {}",
                    view.provider(site),
                    pool.id,
                    numbers::percent(load, 1),
                    numbers::percent(most, 1)
                ));
            }
        }
    }
    if let (Some(within), Some(over)) = (demands.within, set.over_limit)
        && 1.0 - over < within - 1e-12
    {
        all.push(format!(
            "{} of patients are within {} {}, less than {}",
            numbers::percent(1.0 - over, 1),
            demands.limit.unwrap_or_default(),
            view.unit,
            numbers::percent(within, 1)
        ));
    }
    all
}
