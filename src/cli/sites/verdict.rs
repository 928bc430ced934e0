//! Whether the sites meet what is asked, and how full they are.

use crate::cli::numbers::{fixed, percent};
use crate::cli::scenario_words::provider;
use crate::experiment::{SetOutcome, Siting};
use crate::results::SiteSets;

/// How many sites are named.
const NAMED: usize = 3;

/// A thing that is asked.
struct Asked {
    what: String,
    /// Nothing if it is met; else how it is missed.
    missed: Option<String>,
    /// Whether there is anything to judge it by.
    judged: bool,
}

/// Whether anything is asked of the sites.
pub(super) fn is_asked(view: &SiteSets<'_>) -> bool {
    let demands = view.siting.demands;
    demands.within.is_some()
        || demands.max_load.is_some()
        || view.siting.sites.iter().any(|site| site.minimum.is_some())
}

/// What is asked of the sites and not met first, then what is met; nothing if nothing is asked.
pub(super) fn verdict(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Vec<String> {
    let mut all: Vec<Asked> =
        [load(view, now, chosen), volume(view, now, chosen), travel(view, now, chosen)].into_iter().flatten().collect();
    all.sort_by_key(|one| one.missed.is_none());
    let Some(first) = all.first() else { return Vec::new() };
    let overfull = view.siting.demands.max_load.is_none() && view.siting.fullness(chosen).over > 0;
    let head = match (&first.missed, overfull) {
        (Some(_), _) => "What is asked is not met.",
        (None, _) if all.iter().any(|one| !one.judged) => "Not all that is asked can be judged.",
        (None, false) => "What is asked is met.",
        (None, true) => "What is asked is met, but loads were not asked about, and sites are overfull.",
    };
    let line = |one: &Asked| match &one.missed {
        _ if !one.judged => format!("- Cannot be judged: {}: no site has a limit on its places.", one.what),
        Some(how) => format!("- Missed: {}: {how}", one.what),
        None => format!("- Met: {}.", one.what),
    };
    std::iter::once(head.to_owned()).chain(all.iter().map(line)).collect()
}

/// The sites that are full, always said.
pub(super) fn fullness(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Option<String> {
    let of = |set: &SetOutcome| {
        let found = view.siting.fullness(set);
        let (site, load) = found.fullest?;
        let worst = format!("{} at {}", provider(view.scenario, view.providers[site]), percent(load, 1));
        let together = percent(found.together, 1);
        Some((found, format!("{} of {}, the fullest {worst}, all together at {together}", found.over, found.limited)))
    };
    let (found, text) = of(chosen)?;
    let without = chosen.open.len() - found.limited;
    let more = if without > 0 { format!(" {without} more have no limit.") } else { String::new() };
    let today = if chosen == now { None } else { of(now) };
    let today = today.map_or(String::new(), |(_, text)| format!(" Today: {text}."));
    let unasked = if found.together > 1.0 && without > 0 {
        " Those with a limit lack places together, too: no other sharing out of their patients among them would bring all to 100 %."
    } else if found.together > 1.0 {
        " They lack places together, too: no other sharing out of their patients would bring all to 100 %."
    } else if found.over > 0 && view.siting.demands.max_load.is_none() {
        " No limit was asked for (--max-load 100%)."
    } else {
        ""
    };
    Some(format!("Sites over 100 % of their places: {text}.{more}{today}{unasked}"))
}

/// Sites of a set that miss something, the worst first: by how much (1 is the bound), and with which figure.
type Misses = Vec<(usize, f64, String)>;

/// How something is missed by sites, and by which of them that do not miss it today.
fn by_sites(view: &SiteSets<'_>, of: usize, mut missed: Misses, today: Option<&Misses>) -> Option<String> {
    if missed.is_empty() {
        return None;
    }
    missed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let named = |misses: &[&(usize, f64, String)]| {
        let names = misses.iter().take(NAMED).map(|(site, _, figure)| {
            // Who misses it today may miss it by more then.
            let before = today.and_then(|today| today.iter().find(|other| other.0 == *site));
            let before = before.map_or(String::new(), |(_, _, figure)| format!("; today {figure}"));
            format!("{} ({figure}{before})", provider(view.scenario, view.providers[*site]))
        });
        let more = misses.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        names.collect::<Vec<_>>().join(", ") + &more
    };
    let all: Vec<&(usize, f64, String)> = missed.iter().collect();
    let text = format!("{} of {of} sites. ", all.len());
    let Some(today) = today else { return Some(format!("{text}The worst: {}.", named(&all))) };
    let (old, new): (Vec<_>, Vec<_>) = all.iter().partition(|one| today.iter().any(|other| other.0 == one.0));
    Some(match (old.len(), new.len()) {
        (_, 0) => format!("{text}None is new against today; the worst: {}.", named(&all)),
        (0, _) => format!("{text}All are new against today: {}.", named(&new)),
        (_, count) => format!(
            "{text}{count} new against today: {}. The worst that miss it today, too: {}.",
            named(&new),
            named(&old)
        ),
    })
}

fn load(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Option<Asked> {
    let most = view.siting.demands.max_load?;
    let misses = |set: &SetOutcome| -> Misses {
        let mut all = Vec::new();
        for (&site, &patients) in set.open.iter().zip(&set.patients) {
            let load = view.siting.sites[site].load(patients);
            all.extend(load.filter(|&load| load > most).map(|load| (site, load / most, percent(load, 1))));
        }
        all
    };
    let today = (now != chosen).then(|| misses(now));
    let limited = chosen.open.iter().zip(&chosen.patients);
    let judged = limited.filter(|(site, patients)| view.siting.sites[**site].load(**patients).is_some()).count();
    let missed = by_sites(view, chosen.open.len(), misses(chosen), today.as_ref());
    Some(Asked { what: format!("a load of at most {}", percent(most, 1)), missed, judged: judged > 0 })
}

fn volume(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Option<Asked> {
    let least = |site: usize| view.siting.sites[site].minimum;
    let mut asked: Vec<f64> = chosen.open.iter().filter_map(|&site| least(site)).collect();
    asked.sort_by(f64::total_cmp);
    let what = match asked.as_slice() {
        [] => return None,
        [low, .., high] if low < high => {
            format!("at least {} to {} patients a year, by site", fixed(*low, 0), fixed(*high, 0))
        }
        [low, ..] => format!("at least {} patients a year", fixed(*low, 0)),
    };
    let misses = |set: &SetOutcome| -> Misses {
        let few = set.open.iter().zip(&set.patients).filter_map(|(&site, &patients)| {
            let least = least(site).filter(|&least| patients < least)?;
            Some((site, least / patients, format!("{} of {} a year", fixed(patients, 0), fixed(least, 0))))
        });
        few.collect()
    };
    let today = (now != chosen).then(|| misses(now));
    Some(Asked { what, missed: by_sites(view, chosen.open.len(), misses(chosen), today.as_ref()), judged: true })
}

fn travel(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Option<Asked> {
    let Siting { demands, .. } = &view.siting;
    let (within, limit, over) = (demands.within?, demands.limit?, chosen.over_limit?);
    let what = format!("{} of patients within {limit} {}", percent(within, 1), view.unit);
    let is_missed = |over: f64| 1.0 - over < within - 1e-12;
    let missed = is_missed(over).then(|| {
        let today = now.over_limit.filter(|_| now != chosen).map_or(String::new(), |over| {
            let new = if is_missed(over) { "missed today, too" } else { "new against today" };
            format!("; {new} ({})", percent(1.0 - over, 1))
        });
        format!("{} are{today}.", percent(1.0 - over, 1))
    });
    Some(Asked { what, missed, judged: true })
}
