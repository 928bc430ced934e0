//! Footprints from flows in the terminal.

use super::text::{hanging, paragraph};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{and, labelled, short};
use crate::cli::text::break_name;
use crate::domain::Scheme;
use crate::ids::IcbId;
use crate::results::{GroupScope, Grouped, GroupsCompared, population};
use crate::scenario::{Provenance, Scenario};

/// The groups over all services, and how they compare.
pub(super) fn groups(grouped: &Grouped, scenario: &Scenario, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let wanted = &grouped.wanted;
    let title = format!(
        "{} of {} to {} ICBs that keep most of their patients",
        numbers::of(wanted.groups, "footprint", "footprints"),
        wanted.least,
        wanted.most
    );
    let limit = wanted.most_population.map_or_else(String::new, |persons| {
        format!(" of at most {} registered persons each", numbers::fixed(persons, 0))
    });
    let facts = format!(
        "Connected groups{limit}, by the referrals that the traffic equations expect; nothing is simulated. Kept: share of \
         residents' patients treated inside."
    );
    let mut blocks = vec![paint.bold(&title) + "\n" + &paragraph(&facts, width), compared(grouped, scenario, printer)];
    if let Some((_, grouping, kept)) = grouped.found.first() {
        let mut listed = paint.bold("The footprints over all services together") + "\n";
        for (group, kept) in kept.iter().enumerate() {
            let members = grouped.icbs.iter().zip(&grouping.group_of).filter(|(_, of)| **of == group);
            let members: Vec<_> = members.map(|(icb, _)| *icb).collect();
            let names: Vec<String> = members
                .iter()
                .map(|&icb| labelled(&scenario.geography.icbs[icb].id, &scenario.geography.icbs[icb].name))
                .collect();
            let persons = population(scenario, &members)
                .map_or_else(String::new, |persons| format!(", {} registered persons", numbers::roughly(persons)));
            let facts = format!(
                "{}. keeps {} ({}{persons}): {}",
                group + 1,
                numbers::percent(*kept, 1),
                numbers::of(names.len(), "ICB", "ICBs"),
                names.join(", ")
            );
            listed += &hanging(&facts, width, "   ");
        }
        blocks.push(listed);
    }
    blocks.push(schemes(grouped, scenario, printer));
    blocks.join("\n")
}

/// What the groupings in use are that it is compared with.
fn schemes(grouped: &Grouped, scenario: &Scenario, printer: Printer) -> String {
    let width = printer.width();
    let geography = &scenario.geography;
    let mut text = printer.paint_result().bold("The groupings in use that it is compared with") + "\n";
    let used = grouped.compared.iter().filter(|one| one.scope == GroupScope::All && one.bound.is_none());
    let mut seen: Vec<(Vec<Option<usize>>, &str)> = Vec::new();
    for one in used {
        let scheme = geography.schemes.iter_ids().find(|(_, scheme)| scheme.id == one.scheme);
        let names: Vec<&str> = match scheme {
            Some((id, _)) => {
                geography.footprints.iter().filter(|of| of.scheme == id).map(|of| short(&of.name)).collect()
            }
            None => geography.regions.iter().map(|region| short(&region.name)).collect(),
        };
        let what = if scheme.is_some() { "footprints of the scenario" } else { "NHS regions" };
        let groups = groups_in_use(grouped, scenario, scheme.map(|(_, scheme)| scheme));
        let twin = seen.iter().find(|(known, _)| *known == groups);
        let twin = twin.map_or_else(String::new, |(_, name)| format!(" The same groups as {name}."));
        let notes = notes(scenario, &one.scheme);
        text +=
            &hanging(&format!("- {}: {} {what}: {}.{twin}{notes}", one.scheme, one.groups, and(&names)), width, "  ");
        seen.push((groups, &one.scheme));
    }
    text
}

/// By ICB the first ICB of its group in a scheme; without one, in its region.
fn groups_in_use(grouped: &Grouped, scenario: &Scenario, scheme: Option<&Scheme>) -> Vec<Option<usize>> {
    let group = |icb: IcbId| match scheme {
        Some(scheme) => scheme.footprint_of[icb].map(|footprint| footprint.0 as usize),
        None => scenario.geography.icbs[icb].region.map(|region| region.0 as usize),
    };
    grouped.icbs.iter().map(|&icb| grouped.icbs.iter().position(|&other| group(other) == group(icb))).collect()
}

/// What the scenario says of a scheme: its notes, each once, and that rows are assumed.
fn notes(scenario: &Scenario, scheme: &str) -> String {
    let rows = || scenario.inputs.iter().filter(|row| row.table == "footprints" && row.value("scheme") == Some(scheme));
    let mut notes: Vec<&str> = Vec::new();
    for row in rows().filter(|row| !row.note.is_empty()) {
        if !notes.contains(&row.note.as_str()) {
            notes.push(&row.note);
        }
    }
    let assumed = if rows().any(|row| row.provenance == Provenance::Assumed) { " Membership is assumed." } else { "" };
    let said = if notes.is_empty() { String::new() } else { format!(" Noted: {}.", notes.join("; ")) };
    format!("{assumed}{said}")
}

/// What is kept by the groups from flows and by those in use, service by service.
pub(super) fn compared(grouped: &Grouped, scenario: &Scenario, printer: Printer) -> String {
    let schemes: Vec<&GroupsCompared> =
        grouped.compared.iter().filter(|one| one.scope == GroupScope::All && one.bound.is_none()).collect();
    let mut columns = vec![
        ("Kept inside".to_owned(), Kind::Text { least: 16 }),
        ("From\nflows".to_owned(), Kind::Number),
        ("At\nmost".to_owned(), Kind::Number),
    ];
    columns.extend(schemes.iter().map(|one| {
        let mark = if one.within_limits { "" } else { "*" };
        (format!("{}\n({}){mark}", break_name(&one.scheme, 10), one.groups), Kind::Number)
    }));
    let mut grid = Grid::new(columns);
    for found in grouped.compared.iter().filter(|one| one.bound.is_some()) {
        let name = match found.scope {
            GroupScope::All => "All services".to_owned(),
            GroupScope::Service(id) => scenario.services[id].name.clone(),
        };
        let mut row = vec![name, numbers::percent(found.kept, 1), numbers::percent(found.bound.unwrap_or(f64::NAN), 1)];
        let own = grouped.compared.iter().filter(|one| one.scope == found.scope && one.bound.is_none());
        row.extend(own.map(|one| numbers::percent(one.kept, 1)));
        grid.row(row);
    }
    let outside = schemes.iter().any(|one| !one.within_limits);
    let note = if outside { " * another number of groups, or other sizes, than asked for." } else { "" };
    let note = format!("At most: no grouping within the limits keeps more (in brackets: number of groups).{note}");
    grid.render(printer.width(), printer.paint_result()) + &paragraph(&note, printer.width())
}
