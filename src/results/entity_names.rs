//! Table `names`: what the ids of the other tables are called.

use super::table::Table;
use crate::domain::TieringOption;
use crate::scenario::Scenario;

pub(super) const NAMES: Table = Table {
    name: "names",
    meaning: "The names of the ids in the other tables, to look them up in a spreadsheet; an id without a stated name is its own name.",
    entities: &[
        ("kind", "option, nation, region, icb, footprint, home-area, provider or service"),
        ("id", "as in the other tables; of one kind each stands once"),
        ("name", "its name for readers"),
    ],
};

/// Kind, id and name of all that tables have columns of.
pub(super) fn entity_names(scenario: &Scenario) -> impl Iterator<Item = [&str; 3]> {
    let geography = &scenario.geography;
    let options = scenario.options.iter().map(|option| ["option", &option.id, &option.name]);
    let regions = geography.regions.iter().map(|region| ["region", &region.id, &region.name]);
    let icbs = geography.icbs.iter().map(|icb| ["icb", &icb.id, &icb.name]);
    let footprints = geography.footprints.iter().map(|footprint| ["footprint", &footprint.id, &footprint.name]);
    let areas = geography.home_areas.iter().map(|area| ["home-area", &area.id, &area.name]);
    let providers = scenario.providers.iter().map(|provider| ["provider", &provider.id, &provider.name]);
    let services = scenario.services.iter().map(|service| ["service", &service.id, &service.name]);
    let named = options
        .chain([["nation", TieringOption::NHS_ENGLAND, "NHS England"]])
        .chain(regions)
        .chain(icbs)
        .chain(footprints)
        .chain(areas)
        .chain(providers)
        .chain(services);
    named.map(|[kind, id, name]| [kind, id, if name.is_empty() { id } else { name }])
}

/// A body's name without the words that all of them share.
pub fn short_name(name: &str) -> &str {
    // "NHS England" is a name of its own.
    let name = name.strip_prefix("NHS ").filter(|rest| *rest != "England").unwrap_or(name);
    ["Integrated Care Board", "ICB", "NHS Foundation Trust", "NHS Trust", "Commissioning Region"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
        .trim_end()
}
