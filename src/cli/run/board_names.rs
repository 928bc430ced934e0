//! Which boards `--board` means: codes, names or parts of names.

use crate::cli::exit::Exit;
use crate::cli::numbers::percent;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{and, day, labelled, short};
use crate::cli::suggest::{self, Named};
use crate::domain::{Geography, Handover};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// Stands for all boards.
pub(in crate::cli) const ALL_BOARDS: &str = "all";

/// The codes of the boards that are asked for, or `all`.
pub(in crate::cli) fn chosen_boards(
    scenario: &Scenario,
    wanted: &[String],
    printer: Printer,
) -> Result<Vec<String>, Exit> {
    let found: Result<Vec<String>, String> = wanted.iter().map(|text| find(&scenario.geography, text)).collect();
    found.map_err(|problem| {
        printer.error(&problem);
        Exit::Usage
    })
}

/// The code of one board.
fn find(geography: &Geography, text: &str) -> Result<String, String> {
    let wanted = text.trim().to_lowercase();
    let same = |known: &str| known.to_lowercase() == wanted;
    if wanted == ALL_BOARDS {
        return Ok(wanted);
    }
    let known: Vec<Named<'_>> = geography.icbs.iter().map(|icb| (icb.id.as_str(), icb.name.as_str())).collect();
    let code = |at: usize| known[at].0.to_owned();
    if let Some(at) = suggest::exact(text, &known) {
        return Ok(code(at));
    }
    if let Some(why) = another_day(geography, same) {
        return Err(why);
    }
    suggest::named(text, &known, ["ICB", "ICBs"]).map(code)
}

/// What became of an ICB by the chosen day, or of which ICBs it will take over the residents.
fn another_day(geography: &Geography, same: impl Fn(&str) -> bool) -> Option<String> {
    let handovers = || geography.handovers.iter();
    let gone = |one: &&Handover| geography.bodies_as_of.is_some_and(|today| one.from <= today);
    let before = |one: &&Handover| same(&one.icb) || same(&one.name) || same(short(&one.name));
    if let Some(before) = handovers().filter(gone).find(before) {
        let mut heirs = BTreeMap::new();
        follow(geography, &before.icb, 1.0, &mut heirs);
        let name = |id: &str| geography.icbs.iter().find(|icb| icb.id == id).map_or("", |icb| &icb.name).to_owned();
        let parts: Vec<String> = heirs
            .iter()
            .map(|(heir, share)| {
                let whole = heirs.len() == 1;
                let share = if whole { String::new() } else { format!("{} to ", percent(*share, 0)) };
                format!("{share}{} ({heir})", short(&name(heir)))
            })
            .collect();
        let what = if parts.len() == 1 { "passed to " } else { "was divided, of its residents " };
        let boards: Vec<String> = heirs.keys().map(|heir| format!("--board {heir}")).collect();
        return Some(format!(
            "{} gave way on {}: it {what}{}. By the bodies of {} use {}.",
            labelled(&before.icb, &before.name),
            day(before.from),
            and(&parts.iter().map(String::as_str).collect::<Vec<_>>()),
            geography.bodies_as_of.map_or_else(String::new, day),
            boards.join(" or ")
        ));
    }
    let after = |one: &&Handover| same(&one.successor) || same(&one.successor_name) || same(short(&one.successor_name));
    let first = handovers().filter(after).min_by_key(|one| one.from)?;
    let before: Vec<&str> = handovers().filter(after).map(|one| one.icb.as_str()).collect();
    let mut boards = BTreeSet::new();
    for icb in &before {
        origins(geography, icb, &mut boards);
    }
    let boards: Vec<String> = boards.iter().map(|icb| format!("--board {icb}")).collect();
    Some(format!(
        "{} does not exist before {}; it takes over from {}. Use {}, or --set bodies_as_of={}.",
        labelled(&first.successor, &first.successor_name),
        day(first.from),
        and(&before),
        boards.join(" "),
        first.from
    ))
}

/// The ICBs of the day whose residents an ICB has, or will have.
fn origins<'g>(geography: &'g Geography, icb: &'g str, found: &mut BTreeSet<&'g str>) {
    if geography.icbs.iter().any(|known| known.id == icb) {
        found.insert(icb);
        return;
    }
    for one in geography.handovers.iter().filter(|one| one.successor == icb && one.icb != icb) {
        origins(geography, &one.icb, found);
    }
}

/// The share of an ICB's residents that each ICB of the day has.
fn follow<'g>(geography: &'g Geography, icb: &'g str, share: f64, heirs: &mut BTreeMap<&'g str, f64>) {
    let gone = |day| geography.bodies_as_of.is_some_and(|today| day <= today);
    let steps: Vec<_> = geography.handovers.iter().filter(|one| one.icb == icb && gone(one.from)).collect();
    if steps.is_empty() {
        *heirs.entry(icb).or_default() += share;
    }
    for step in steps {
        if step.successor == icb {
            *heirs.entry(icb).or_default() += share * step.share;
        } else {
            follow(geography, &step.successor, share * step.share, heirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Icb, IcbKind};
    use crate::ids::{IcbId, Id};
    use jiff::civil::date;

    /// By the bodies of May 2026, when A has gone whole to M and B in two parts.
    fn geography() -> Geography {
        let icb = |id: &str, name: &str| Icb {
            kind: IcbKind::Board,
            id: id.to_owned(),
            name: format!("NHS {name} Integrated Care Board"),
            region: None,
        };
        let handover = |icb: &str, successor: &str, share: f64, year: i16| Handover {
            icb: icb.to_owned(),
            name: format!("Old {icb}"),
            successor: successor.to_owned(),
            successor_name: format!("New {successor}"),
            share,
            from: date(year, 4, 1),
        };
        Geography {
            icbs: vec![icb("M", "North West"), icb("N", "North East"), icb("P", "Kent")].into(),
            handovers: vec![
                handover("A", "M", 1.0, 2026),
                handover("B", "M", 0.25, 2026),
                handover("B", "N", 0.75, 2026),
                handover("P", "Z", 1.0, 2027),
                handover("N", "Z", 1.0, 2027),
                handover("Z", "Y", 1.0, 2028),
            ],
            bodies_as_of: Some(date(2026, 5, 1)),
            ..Geography::default()
        }
    }

    #[test]
    fn boards_have_codes_and_names() {
        let geography = geography();
        let found = |text: &str| find(&geography, text);
        for (text, code) in [("n", "N"), ("north WEST", "M"), ("NHS Kent Integrated Care Board", "P"), ("east", "N")] {
            assert_eq!(found(text).unwrap(), code, "{text}");
        }
        assert_eq!(found("All").unwrap(), "all");
        assert_eq!(
            found("north").unwrap_err(),
            "`north` fits several ICBs: M North West, N North East. Give the code, or more of the name."
        );
        assert_eq!(found("Kentt").unwrap_err(), "there is no ICB `Kentt`. Did you mean P Kent?");
        assert_eq!(found("xyz").unwrap_err(), "there is no ICB `xyz`. There are: M North West, N North East, P Kent.");
    }

    #[test]
    fn boards_of_another_day_are_explained() {
        let geography = geography();
        let why = |text: &str| find(&geography, text).unwrap_err();
        assert_eq!(
            why("old a"),
            "A Old A gave way on 1 April 2026: it passed to North West (M). By the bodies of 1 May 2026 use --board M."
        );
        assert_eq!(
            why("B"),
            "B Old B gave way on 1 April 2026: it was divided, of its residents 25 % to North West (M) and 75 % to North East \
             (N). By the bodies of 1 May 2026 use --board M or --board N."
        );
        assert_eq!(
            why("new z"),
            "Z New Z does not exist before 1 April 2027; it takes over from P and N. Use --board N --board P, or \
             --set bodies_as_of=2027-04-01."
        );
        assert_eq!(
            why("Y"),
            "Y New Y does not exist before 1 April 2028; it takes over from Z. Use --board N --board P, or \
             --set bodies_as_of=2028-04-01."
        );
        let listed =
            Geography { bodies_as_of: None, icbs: vec![geography.icbs[IcbId::new(2)].clone()].into(), ..geography };
        assert_eq!(
            find(&listed, "Z").unwrap_err(),
            "Z New Z does not exist before 1 April 2027; it takes over from P and N. Use --board P, or \
             --set bodies_as_of=2027-04-01."
        );
    }
}
