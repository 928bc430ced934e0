//! Table `baselines`: with what ICBs begin where services come to them by statute.

use super::{Better, Column, Kind, Metric, Table};
use crate::domain::State;
use crate::ids::IcbId;
use crate::ledger::{Arrangements, Body, Tariff};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::results) const BASELINES: Table = Table {
    name: "baselines",
    meaning: "With what each ICB begins where services are transferred to it by statute: contracts by holder, and their expected worth. Only for options with the state `transferred`; of a phased option, for its first phase that has it.",
    entities: &[
        ("icb", "ODS code of the patients' ICB"),
        ("holder", "who holds the contracts: ODS code of an ICB or region, slug of a footprint, or nhs-england"),
    ],
};

/// The contracts of one ICB with one holder.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Baseline {
    lines: BTreeSet<u32>,
    pounds: f64,
}

pub(in crate::results) static COLUMNS: [Column<Baseline, ()>; 2] = [
    Column {
        metric: Metric {
            name: "contracts",
            unit: "contract lines",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "Contracts through which the transferred services of the ICB's residents are expected to be paid for.",
            formula: "distinct pairs of provider and service with expected stays, elsewhere not counted; in a scenario with a scope those in scope",
        },
        exists: |_| true,
        value: |baseline, ()| baseline.lines.len() as f64,
    },
    Column {
        metric: Metric {
            name: "opening_baseline_gbp",
            unit: "GBP a year",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The expected yearly worth of that activity at the price list; an opening position, not an allocation.",
            formula: "specialised_share x stays a year by the traffic equations x price of a mean stay x Market Forces Factor; drugs and devices left out",
        },
        exists: |_| true,
        value: |baseline, ()| baseline.pounds,
    },
];

/// The rows of an option in order: names and facts.
pub(in crate::results) fn rows(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    option: &Arrangements,
) -> (Vec<Vec<String>>, Vec<Baseline>) {
    let phases = &scenario.options[option.option].phases;
    let geography = &scenario.geography;
    let transferred =
        |phase: usize| phases[phase].arrangements.iter().flatten().any(|one| one.state == State::Transferred);
    let mut baselines: BTreeMap<(IcbId, Body), Baseline> = BTreeMap::new();
    if let Some(phase) = (0..phases.len()).find(|&phase| transferred(phase)) {
        for ((id, cell), posting) in model.cells.iter_ids().zip(&option.postings[phase]) {
            let icb = geography.home_areas[cell.home_area].icb;
            let Some(region) = geography.icbs[icb].region else { continue };
            let stays = model.expected.stays_per_day[id] * DAYS_PER_YEAR;
            if phases[phase].arrangements[region][cell.service].state != State::Transferred || stays <= 0.0 {
                continue;
            }
            let line = posting.specialised.line;
            let baseline = baselines.entry((icb, option.lines[line as usize].holder)).or_default();
            let pence = stays * tariff.expected_stay(scenario, model, (cell.line, cell.provider), cell.home_area);
            baseline.pounds += pence / 100.0 * posting.share.as_f64();
            if !scenario.providers[cell.provider].is_elsewhere() {
                baseline.lines.insert(line);
            }
        }
    }
    let name = |&(icb, holder): &(IcbId, Body)| vec![geography.icbs[icb].id.clone(), holder.id(geography).to_owned()];
    (baselines.keys().map(name).collect(), baselines.into_values().collect())
}
