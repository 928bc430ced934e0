//! Table `assumptions`: who answers for each assumed input, and what a tenth more or less of it would change.

mod effects;
mod numbers;
mod readings;

use super::Results;
use super::table::Table;
use crate::scenario::{InputRow, Provenance};
use effects::{Bench, Effect, Measure};
use numbers::Number;
use readings::{EMPTY, Why, readings};
use std::collections::BTreeMap;

pub(super) const ASSUMPTIONS: Table = Table {
    name: "assumptions",
    meaning: "All assumed inputs, a row for each number or for one number of many alike, with their owners and what 10 % more or less would change in expected values (traffic equations: as if everybody were treated at the first choice, and what was agreed without being stated agreed anew; nothing is simulated again). The largest effect first, unknown ones last; the table inputs has each input by itself.",
    entities: &[
        ("table", "table or section of the scenario"),
        (
            "what",
            "which of its rows: the keys and values that they share, or the stage; blank: all of its assumed rows",
        ),
        (
            "key",
            "the number that changes, in all these inputs at once: of a stay its mean with its shape kept, of next every share, of choice the decay or exponent, of aligned the rate, of low_volume the threshold; blank: the input holds none",
        ),
        (
            "value",
            "its value as stated, or how many different ones there are; defaults are marked, and left out where they have no effect",
        ),
        ("inputs", "how many inputs hold it"),
        (
            "effect_of_minus_10_percent_gbp",
            "pounds a year that the metric changes by if the number is multiplied by 0.9; NA if that is not known",
        ),
        ("effect_of_plus_10_percent_gbp", "the same if it is multiplied by 1.1"),
        (
            "metric",
            "what the effect is on: under the reference (or the first option that uses the number), of all commissioners together or the one that assumption_metric names, in scope. Where nothing changes there: under the first option in which it does; where money only moves between commissioners: of the one whose money changes most. Expected cost is what is owed under the payment rules, drugs and devices apart; cost beyond budget is that of commissioners wholly in scope",
        ),
        (
            "remark",
            "why an effect is not known, or is 0 at a threshold, and whether what was agreed beforehand changes with the number",
        ),
        ("owner", "who answers for it, as stated"),
        ("date", "when it was settled, as stated"),
        ("source", "the stated source; \"default\": nobody states the number"),
        ("note", "the stated note; of several the first, and how many more there are"),
    ],
};

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Assumption<'a> {
    pub(super) table: &'a str,
    pub(super) what: String,
    pub(super) key: &'static str,
    pub(super) value: String,
    /// The inputs that hold it, at least one.
    pub(super) inputs: Vec<&'a InputRow>,
    /// Whether the scenario says so; otherwise it is a default.
    pub(super) stated: bool,
    /// Or why it is not known.
    pub(super) effect: Result<Effect, Why>,
}

impl Assumption<'_> {
    /// In pounds a year, the larger one.
    fn size(&self) -> f64 {
        let pounds = self.effect.iter().flat_map(|effect| effect.pounds).flatten();
        pounds.fold(-1.0, |size: f64, pounds| size.max(pounds.abs()))
    }

    pub(super) fn remark(&self) -> Option<&str> {
        match &self.effect {
            Err(why) => Some(why),
            Ok(effect) => effect.remark.as_deref(),
        }
    }

    /// Owner, date and source.
    pub(super) fn who(&self) -> [&str; 3] {
        let first = self.inputs[0];
        if self.stated { [&first.owner, &first.date, &first.source].map(String::as_str) } else { ["", "", "default"] }
    }

    pub(super) fn note(&self) -> String {
        let mut notes: Vec<&str> = Vec::new();
        for input in &self.inputs {
            if self.stated && !input.note.is_empty() && !notes.contains(&input.note.as_str()) {
                notes.push(&input.note);
            }
        }
        match notes.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [first, others @ ..] => format!("{first} (and {} more)", others.len()),
        }
    }
}

/// Inputs that have these in common are one row: all but the numbers.
type Common<'a> = (&'a str, String, &'static str, [&'a str; 3], Option<Why>, bool);

/// The assumed inputs, those of the largest effect first; those of unknown effect last, in the order of the inputs.
pub(super) fn assumptions<'a>(results: &'a Results<'_>) -> Vec<Assumption<'a>> {
    let scenario = results.scenario;
    let mut rows: Vec<(Assumption<'a>, Vec<String>, Vec<Number>)> = Vec::new();
    let mut places: BTreeMap<Common<'a>, usize> = BTreeMap::new();
    for input in scenario.inputs.iter().filter(|input| input.provenance == Provenance::Assumed) {
        for reading in readings(scenario, input) {
            let why = reading.number.as_ref().err().cloned();
            let who = [&input.owner, &input.date, &input.source].map(String::as_str);
            let what = what(input);
            let common = (input.table.as_str(), what.clone(), reading.key, who, why.clone(), reading.stated);
            let place = *places.entry(common).or_insert(rows.len());
            if place == rows.len() {
                let row = Assumption {
                    table: &input.table,
                    what,
                    key: reading.key,
                    value: String::new(),
                    inputs: Vec::new(),
                    stated: reading.stated,
                    effect: Err(why.unwrap_or_default()),
                };
                rows.push((row, Vec::new(), Vec::new()));
            }
            let (row, values, numbers) = &mut rows[place];
            row.inputs.push(input);
            values.push(reading.value);
            numbers.extend(reading.number);
        }
    }
    let mut bench = Bench::new(results);
    let mut assumptions: Vec<Assumption<'a>> = Vec::with_capacity(rows.len());
    for (mut row, mut values, numbers) in rows {
        values.sort_unstable();
        values.dedup();
        row.value = match values.as_slice() {
            [one] if row.stated => one.clone(),
            [_] if values[0] == EMPTY => "default".to_owned(),
            [one] => format!("{one} (default)"),
            several if row.key.is_empty() => format!("{} rows", several.len()),
            several => format!("{} different", several.len()),
        };
        if !numbers.is_empty() {
            row.effect = bench.effect(&numbers);
        }
        // A default that changes nothing is nobody's assumption.
        if row.stated || row.size() > 0.0 {
            assumptions.push(row);
        }
    }
    assumptions.sort_by(|a, b| b.size().total_cmp(&a.size()));
    assumptions
}

/// What tells the rows of a table apart, beside their numbers.
fn what(input: &InputRow) -> String {
    let keys: &[&str] = match input.table.as_str() {
        "prices" => &["service", "stage", "per"],
        "top_ups" | "demand" | "flows" | "shares" | "provides" | "waiting_at_start" | "plans" | "standards"
        | "overflow" => &["service"],
        "pools" | "capacity_changes" | "reservations" => &["pool"],
        "footprints" => &["scheme"],
        "arrangements" => &["timeline"],
        "budget_lines" => &["budget"],
        "uncertain" => &["id"],
        table if table.ends_with(".stages") => &["id"],
        _ => &[],
    };
    let pairs = keys.iter().filter_map(|key| Some(format!("{key}={}", input.value(key)?)));
    pairs.collect::<Vec<String>>().join("; ")
}
