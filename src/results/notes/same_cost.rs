//! Options that leave bodies with the same cost.

use super::{Note, NoteKind, group, names};
use crate::domain::TieringOption;
use crate::results::layout::Outline;
use crate::results::table::{bodies, icbs};
use std::collections::{BTreeMap, BTreeSet};

/// What each body bears under one option, in every period and replication. An ICB has no net cost where that is not known.
type Burdens<'a> = BTreeMap<&'a str, Vec<u64>>;

/// Where options leave bodies with the same cost, to the penny, in every period and replication: first the options that
/// nobody can tell apart, then, of the others, for each set of options the bodies that cannot tell these apart.
pub(super) fn same_cost(outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    let ids = outline.options();
    let burdens = burdens(outline, numbers);
    // Every ICB of the table, so that options under which an ICB has no net cost are not taken for equal.
    let icbs = outline.rows().filter(|row| row.table == &icbs::ICBS).map(|row| row.entity[0].as_str());
    let bodies: BTreeSet<&str> = icbs.chain([TieringOption::NHS_ENGLAND]).collect();
    let equal: Vec<Vec<usize>> =
        group(0..ids.len(), |a, b| burdens[a].len() == bodies.len() && burdens[a] == burdens[b]);
    let mut notes: Vec<Note> = equal
        .iter()
        .filter(|options| options.len() > 1)
        .map(|options| {
            let lead = format!("{} leave every ICB and NHS England with the same cost", names(ids, options));
            Note::plain(NoteKind::SameCost, lead)
        })
        .collect();
    let mut alike: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    for body in bodies {
        let known = equal.iter().map(|options| options[0]).filter(|&option| burdens[option].contains_key(body));
        for options in group(known, |a, b| burdens[a][body] == burdens[b][body]) {
            if options.len() > 1 {
                alike.entry(options).or_default().push(body.to_owned());
            }
        }
    }
    notes.extend(alike.into_iter().map(|(options, list)| {
        let bodies = if list.len() == 1 { "1 body".to_owned() } else { format!("{} bodies", list.len()) };
        let lead = format!("{} leave {bodies} with the same cost", names(ids, &options));
        Note { kind: NoteKind::SameCost, lead, list }
    }));
    notes
}

/// By option what each ICB bears after sharing, and what NHS England pays, which is not shared.
fn burdens<'a>(outline: &'a Outline, numbers: &[Vec<f64>]) -> Vec<Burdens<'a>> {
    let ids = outline.options();
    let mut burdens: Vec<Burdens<'_>> = vec![BTreeMap::new(); ids.len()];
    for row in outline.rows() {
        let body = row.entity.first().map_or("", String::as_str);
        let of_icb = row.table == &icbs::ICBS && row.metric.name == "net_cost_gbp";
        let of_nation =
            row.table == &bodies::COMMISSIONERS && row.metric.name == "cost_gbp" && body == TieringOption::NHS_ENGLAND;
        if (of_icb || of_nation)
            && let Some(option) = ids.iter().position(|id| *id == row.option)
        {
            let values = numbers.iter().map(|replication| replication[row.position].to_bits());
            burdens[option].entry(body).or_default().extend(values);
        }
    }
    // Where it pays nothing at all it is no commissioner.
    let nothing = vec![0.0_f64.to_bits(); outline.periods().len() * numbers.len()];
    for burdens in &mut burdens {
        burdens.entry(TieringOption::NHS_ENGLAND).or_insert_with(|| nothing.clone());
    }
    burdens
}
