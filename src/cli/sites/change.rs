//! What is to change: `--close`, `--open`, `--move` and `--require`.

use crate::cli::args::SitesArgs;
use crate::cli::exit::Exit;
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::provider;
use crate::cli::suggest::{self, Named};
use crate::domain::great_circle_km;
use crate::ids::ProviderId;
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// How many sites near a provider are named.
const NEAR: usize = 4;

/// What is to change: sites that close, and those that open with their attractions and where their places come from.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Change {
    pub(super) closed: BTreeSet<ProviderId>,
    pub(super) opened: BTreeMap<ProviderId, Opened>,
    pub(super) required: BTreeSet<ProviderId>,
}

/// A site that opens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Opened {
    pub(super) attraction: f64,
    /// The provider that it moves from.
    pub(super) from: Option<ProviderId>,
    /// Whether the attraction is a guess.
    pub(super) guessed: bool,
}

/// Who can be meant: the service's sites, and all other providers.
struct Known<'a> {
    scenario: &'a Scenario,
    service: &'a str,
    sites: &'a [(ProviderId, f64)],
}

impl Known<'_> {
    fn is_site(&self, id: ProviderId) -> bool {
        self.sites.iter().any(|site| site.0 == id)
    }

    /// One of some providers by code, name or part of a name.
    fn among(&self, text: &str, ids: &[ProviderId], what: [&str; 2]) -> Result<ProviderId, String> {
        let all = &self.scenario.providers;
        let known: Vec<Named<'_>> = ids.iter().map(|&id| (all[id].id.as_str(), all[id].name.as_str())).collect();
        suggest::named(text, &known, what).map(|at| ids[at])
    }

    /// Any provider.
    fn provider(&self, text: &str) -> Result<ProviderId, String> {
        let real = self.scenario.providers.iter_ids().filter(|(_, one)| !one.is_elsewhere());
        self.among(text, &real.map(|(id, _)| id).collect::<Vec<_>>(), ["provider", "providers"])
    }

    /// One of the sites; a name that also others have means the site.
    fn site(&self, text: &str) -> Result<ProviderId, String> {
        let ids: Vec<ProviderId> = self.sites.iter().map(|site| site.0).collect();
        let of = |noun: &str| format!("{noun} of {}", self.service);
        let found = self.among(text, &ids, [&(of("site") + " called"), &of("sites")]);
        match (found, self.provider(text)) {
            (Ok(site), _) => Ok(site),
            (Err(_), Ok(other)) => {
                Err(format!("{} does not treat {}; {}", provider(self.scenario, other), self.service, self.near(other)))
            }
            (Err(why), Err(_)) => Err(why),
        }
    }

    /// The sites nearest to a provider.
    fn near(&self, to: ProviderId) -> String {
        let position = |id: ProviderId| self.scenario.providers[id].position;
        let far = |id: ProviderId| Some(great_circle_km(position(to)?, position(id)?));
        let mut sites: Vec<(Option<f64>, ProviderId)> = self.sites.iter().map(|&(id, _)| (far(id), id)).collect();
        // Those whose place is not known come last.
        sites.sort_by(|a, b| a.0.unwrap_or(f64::INFINITY).total_cmp(&b.0.unwrap_or(f64::INFINITY)));
        let named = sites.iter().take(NEAR).map(|&(km, id)| {
            let km = km.map_or(String::new(), |km| format!(" ({} km)", numbers::fixed(km, 0)));
            provider(self.scenario, id) + &km
        });
        let named = suggest::listed(named);
        if sites.len() <= NEAR {
            format!("its sites are {named}")
        } else {
            let which = if position(to).is_some() { "the nearest" } else { "some" };
            format!("of its {} sites {which} are {named}", sites.len())
        }
    }
}

/// Reads what is to change; all that is wrong is said at once.
pub(super) fn change(
    scenario: &Scenario,
    args: &SitesArgs,
    service: &str,
    sites: &[(ProviderId, f64)],
    printer: Printer,
) -> Result<Change, Exit> {
    let known = Known { scenario, service, sites };
    let mut faults: Vec<String> = Vec::new();
    let mut change = Change::default();
    for text in &args.close {
        match known.site(text) {
            // Who is named twice closes once: the name of a trust may have a comma.
            Ok(id) => drop(change.closed.insert(id)),
            Err(why) => faults.push(format!("--close {text}: {why}")),
        }
    }
    let moved = moves(args, &known, &mut change, &mut faults);
    for (to, one) in opened(args, &known, &mut faults).into_iter().chain(moved) {
        if known.is_site(to) {
            faults.push(format!("{} treats {service} already, so it cannot open", provider(scenario, to)));
        } else if change.opened.insert(to, one).is_some_and(|before| before != one) {
            faults.push(format!("{} would open twice", provider(scenario, to)));
        }
    }
    let stays: Vec<ProviderId> = sites.iter().map(|site| site.0).filter(|id| !change.closed.contains(id)).collect();
    let stays: Vec<ProviderId> = stays.into_iter().chain(change.opened.keys().copied()).collect();
    for text in &args.require {
        match known.among(text, &stays, ["site that --keep chooses from called", "sites that --keep chooses from"]) {
            Ok(id) => drop(change.required.insert(id)),
            Err(why) => faults.push(format!("--require {text}: {why}")),
        }
    }
    for fault in &faults {
        printer.error(fault);
    }
    if faults.is_empty() { Ok(change) } else { Err(Exit::Usage) }
}

/// The sites that open by `--open`.
fn opened(args: &SitesArgs, known: &Known<'_>, faults: &mut Vec<String>) -> Vec<(ProviderId, Opened)> {
    let logarithms = known.sites.iter().map(|(_, attraction)| libm::log(*attraction)).sum::<f64>();
    let typical = libm::exp(logarithms / known.sites.len().max(1) as f64);
    let mut opened = Vec::new();
    for text in &args.open {
        let (name, stated) = text.split_once('=').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
        let value = stated.map(|value| value.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0));
        if value == Some(None) {
            faults.push(format!("--open {text}: an attraction is a number above 0, such as {name}=1.5"));
        }
        let attraction = value.flatten().unwrap_or(typical);
        match known.provider(name) {
            Ok(id) => opened.push((id, Opened { attraction, from: None, guessed: stated.is_none() })),
            Err(why) => faults.push(format!("--open {text}: {why}")),
        }
    }
    opened
}

/// The sites that open by `--move`; where they move from closes.
fn moves(
    args: &SitesArgs,
    known: &Known<'_>,
    change: &mut Change,
    faults: &mut Vec<String>,
) -> Vec<(ProviderId, Opened)> {
    let mut moved = Vec::new();
    for text in &args.moves {
        let Some((from, to)) = text.split_once(':') else {
            faults.push(format!("--move {text}: write the old and the new provider, such as RRV:RAL"));
            continue;
        };
        match (known.site(from), known.provider(to)) {
            (Ok(from), Ok(to)) => {
                if !change.closed.insert(from) {
                    faults.push(format!("{} would close twice", provider(known.scenario, from)));
                }
                let attraction = known.sites.iter().find(|site| site.0 == from).map_or(1.0, |site| site.1);
                moved.push((to, Opened { attraction, from: Some(from), guessed: false }));
            }
            (from, to) => {
                let why = [from.err(), to.err()];
                faults.extend(why.into_iter().flatten().map(|why| format!("--move {text}: {why}")));
            }
        }
    }
    moved
}
