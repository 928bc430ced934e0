//! Sites of a service, now and changed; tables `sites`, `site_loads` and `site_areas`.

use super::sheet::{Field, Sheet, columns};
use super::table::Table;
use crate::experiment::{SetOutcome, Siting};
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use crate::scenario::Scenario;
use std::borrow::Cow;

pub(super) const SITES: Table = Table {
    name: "sites",
    meaning: "Sets of sites of a service, by `tierflow sites`: the present ones, the changed ones and the best that were found.",
    entities: &[
        (
            "set",
            "now, changed (after --close, --open and --move), best, or next-1 to next-4 (the next best, where all were looked at)",
        ),
        (
            "metric",
            "sites, mean_travel, nearest_travel (if everybody went to the nearest), over_limit_share, overfull_sites (offered load above their places), largest_load (offered load over places of the fullest site), shortfall (of what is asked: 0 if it is met, else relative shortfalls added), bound (no set that meets what is asked as well has less of the objective: mean_travel, or nearest_travel with --objective nearest)",
        ),
        ("unit", "its unit"),
        ("value", "by the choice model, at the referrals of the scenario; nothing is simulated"),
        (
            "providers",
            "of the row `sites`: ODS codes with spaces between them; of `largest_load` that of the fullest site",
        ),
    ],
};

pub(super) const SITE_LOADS: Table = Table {
    name: "site_loads",
    meaning: "Patients and loads of each site of a set, one row for each pool of the service.",
    entities: &[
        ("set", "as in the table sites"),
        ("provider", "ODS code"),
        ("patients", "referrals of the service a year"),
        ("minimum", "the least that is asked; blank without one"),
        ("pool", "slug; blank if the site has none"),
        ("places", "blank without a limit"),
        (
            "offered_load",
            "mean number of places that all services would take if there were no limit, by the traffic equations",
        ),
        ("utilisation", "offered load over places; blank without a limit"),
    ],
};

pub(super) const SITE_AREAS: Table = Table {
    name: "site_areas",
    meaning: "Travel of each home area to the sites of a set.",
    entities: &[
        ("set", "as in the table sites"),
        ("home_area", "where patients live"),
        (
            "need_group",
            "1 (least need per head) to 5 (most), groups with about as many patients each; blank where need is not given",
        ),
        ("patients", "referrals of the service a year"),
        ("mean_travel", "in the unit of the choice model"),
        ("over_limit_share", "of the patients; blank without a limit"),
    ],
};

/// A service, its sites and some sets of them.
#[derive(Debug)]
pub struct SiteSets<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The service.
    pub service: ServiceId,
    /// The unit of travel.
    pub unit: &'static str,
    /// Home areas in the order of the siting.
    pub areas: Vec<HomeAreaId>,
    /// Providers in the order of the siting's sites.
    pub providers: Vec<ProviderId>,
    /// The siting.
    pub siting: Siting,
    /// Named sets.
    pub sets: Vec<(String, SetOutcome)>,
    /// No set of so many sites has less mean travel; where one was looked for.
    pub bound: Option<f64>,
}

impl SiteSets<'_> {
    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Box<dyn Iterator<Item = Vec<Field<'_>>>>) = match name {
            "sites" => (&SITES, Box::new(self.sets.iter().flat_map(|(name, set)| self.summary(name, set)))),
            "site_loads" => (&SITE_LOADS, Box::new(self.sets.iter().flat_map(|(name, set)| self.loads(name, set)))),
            "site_areas" => (&SITE_AREAS, Box::new(self.sets.iter().flat_map(|(name, set)| self.travel(name, set)))),
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    /// The id of a site's provider.
    pub fn provider(&self, site: usize) -> &str {
        &self.scenario.providers[self.providers[site]].id
    }

    /// The ids of a set.
    pub fn ids(&self, set: &SetOutcome) -> Vec<&str> {
        set.open.iter().map(|&site| self.provider(site)).collect()
    }

    fn summary<'s>(&'s self, name: &'s str, set: &'s SetOutcome) -> Vec<Vec<Field<'s>>> {
        let mut rows = Vec::new();
        let mut row = |metric: &'static str, unit: &'static str, value: f64, ids: String| {
            let ids = if ids.is_empty() { Field::Blank } else { Field::Text(Cow::Owned(ids)) };
            rows.push(vec![text(name), text(metric), text(unit), Field::Number(value), ids]);
        };
        row("sites", "sites", set.open.len() as f64, self.ids(set).join(" "));
        row("mean_travel", self.unit, set.mean_travel, String::new());
        row("nearest_travel", self.unit, set.nearest_travel, String::new());
        if let Some(over) = set.over_limit {
            row("over_limit_share", "share", over, String::new());
        }
        let fullness = self.siting.fullness(set);
        if let Some((fullest, load)) = fullness.fullest {
            row("overfull_sites", "sites", fullness.over as f64, String::new());
            row("largest_load", "share", load, self.provider(fullest).to_owned());
        }
        row("shortfall", "share", set.shortfall, String::new());
        if let Some(bound) = self.bound.filter(|_| name == "best") {
            row("bound", self.unit, bound, String::new());
        }
        rows
    }

    fn loads<'s>(&'s self, name: &'s str, set: &'s SetOutcome) -> impl Iterator<Item = Vec<Field<'s>>> {
        set.open.iter().zip(&set.patients).flat_map(move |(&site, &patients)| {
            let known = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
            let one = &self.siting.sites[site];
            let begun = [text(name), text(self.provider(site)), Field::Number(patients), known(one.minimum)];
            let of_pool = |pool: &'s crate::experiment::SitePool| {
                let load = pool.others + patients * pool.per_patient;
                let more =
                    [text(&pool.id), known(pool.places), Field::Number(load), known(Siting::load(pool, patients))];
                begun.iter().cloned().chain(more).collect::<Vec<_>>()
            };
            if one.pools.is_empty() {
                let blank = std::iter::repeat_n(Field::Blank, 4);
                vec![begun.iter().cloned().chain(blank).collect()]
            } else {
                one.pools.iter().map(of_pool).collect()
            }
        })
    }

    fn travel<'s>(&'s self, name: &'s str, set: &'s SetOutcome) -> impl Iterator<Item = Vec<Field<'s>>> {
        let groups = self.need_groups();
        self.areas.iter().enumerate().map(move |(at, &area)| {
            let (mean, over) = set.areas[at];
            vec![
                text(name),
                text(&self.scenario.geography.home_areas[area].id),
                groups.as_ref().map_or(Field::Blank, |groups| Field::Count(groups[at] as u64)),
                Field::Number(self.siting.patients[at]),
                Field::Number(mean),
                set.over_limit.map_or(Field::Blank, |_| Field::Number(over)),
            ]
        })
    }

    /// The group of each home area by need per head, from 1 to 5; nothing if some area's need or population is not given.
    pub fn need_groups(&self) -> Option<Vec<usize>> {
        let need = |&area: &HomeAreaId| {
            let home = &self.scenario.geography.home_areas[area];
            Some(home.need_weighted_population? / home.population.filter(|&persons| persons > 0.0)?)
        };
        let needs: Vec<f64> = self.areas.iter().map(need).collect::<Option<_>>()?;
        let mut order: Vec<usize> = (0..needs.len()).collect();
        order.sort_by(|&a, &b| needs[a].total_cmp(&needs[b]));
        let all: f64 = self.siting.patients.iter().sum();
        let (mut before, mut groups) = (0.0, vec![0; needs.len()]);
        for area in order {
            // By where the middle of its patients lies.
            let middle = (before + 0.5 * self.siting.patients[area]) / all;
            groups[area] = ((5.0 * middle) as usize).min(4) + 1;
            before += self.siting.patients[area];
        }
        Some(groups)
    }
}

fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}
