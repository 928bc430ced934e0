//! Table `warm_up`: the trials from which a warm-up was chosen, ready to be plotted.

use super::notes::{Note, NoteKind};
use super::sheet::Field;
use super::table::Table;
use crate::experiment::WarmUp;
use crate::ids::{OptionId, PoolId};
use crate::scenario::Scenario;
use crate::units::{DAY, Ticks};
use std::borrow::Cow;

pub(super) const WARM_UP: Table = Table {
    name: "warm_up",
    meaning: "The trials from which warm_up = \"auto\" was chosen: patients of each service from the beginning on, means over 20 replications.",
    entities: &[
        ("option", "the first option of the simulation"),
        ("service", "id of the service"),
        ("day", "days from the beginning of the trial to the look"),
        ("present", "patients in a stage, mean since the look before"),
        ("waiting", "patients who wait for their first stage at the look"),
        (
            "cut",
            "1 if MSER-5 cuts the look off for this service, else 0; the longest cut of all services is the warm-up",
        ),
    ],
};

/// The rows: service by service, look by look.
pub(super) fn rows<'a>(scenario: &'a Scenario, chosen: &'a WarmUp) -> impl Iterator<Item = Vec<Field<'a>>> {
    chosen.series.iter().flat_map(move |series| {
        let looks = series.present.len() as u64;
        let both = series.present.iter().zip(&series.waiting).enumerate();
        both.map(move |(look, (&present, &waiting))| {
            let day = (look as u64 + 1) as f64 * (chosen.trial.0 / looks) as f64 / DAY as f64;
            vec![
                Field::Text(Cow::Borrowed(&scenario.options[series.option].id)),
                Field::Text(Cow::Borrowed(&scenario.services[series.service].id)),
                Field::Number(day),
                Field::Number(present),
                Field::Number(waiting),
                Field::Count(u64::from(look < series.cut)),
            ]
        })
    })
}

/// What was chosen and why, and what is not at rest all the same.
pub(super) fn notes(scenario: &Scenario, chosen: &WarmUp) -> Vec<Note> {
    let days = |ticks: Ticks| match ticks.days() {
        days if days >= 10.0 => format!("{days:.0}"),
        days => format!("{days:.3}"),
    };
    let per_look = |looks: usize, of: usize| Ticks(chosen.trial.0 / of as u64 * looks as u64);
    let longest = chosen.series.iter().max_by_key(|series| series.cut);
    let why = longest.filter(|series| series.cut > 0).map_or_else(
        || "no service needs any".to_owned(),
        |series| {
            let cut = per_look(series.cut, series.present.len());
            format!("`{}` needs most, {} days", scenario.services[series.service].id, days(cut))
        },
    );
    let mut notes = vec![Note {
        kind: NoteKind::WarmUp,
        lead: format!(
            "A warm-up of {} days was chosen by MSER-5 on trials of {} days (table `warm_up`): {why}",
            days(chosen.length),
            days(chosen.trial)
        ),
        list: Vec::new(),
    }];
    let unsettled: Vec<String> = chosen
        .series
        .iter()
        .filter(|series| !series.settled)
        .map(|series| format!("{} under {}", scenario.services[series.service].id, scenario.options[series.option].id))
        .collect();
    if !unsettled.is_empty() {
        let lead = "Patients still rise or fall in the middle of trials four times as long as the horizon, so no warm-up is long \
                    enough: look for overloaded pools, or begin with a list or a stationary start"
            .to_owned();
        notes.push(Note { kind: NoteKind::WarmUp, lead, list: unsettled });
    }
    if !chosen.restless.is_empty() {
        let pool = |(option, pool): &(OptionId, PoolId)| {
            let place = &scenario.pools[*pool];
            format!("{} {} under {}", scenario.providers[place.provider].id, place.id, scenario.options[*option].id)
        };
        let lead = "Pools that are not at rest after the warm-up (what MSER-5 would cut off them differs from the rest at the 1 % \
                    level, over all pools): state a longer one"
            .to_owned();
        notes.push(Note { kind: NoteKind::WarmUp, lead, list: chosen.restless.iter().map(pool).collect() });
    }
    notes
}
