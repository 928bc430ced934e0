//! What a reader should know before believing a table, in plain sentences.

use super::Part;
use super::layout::Outline;
use super::precision::Progress;
use super::sections::Content;
use super::table::expected::{RELATIVE_RATE, expected_rows};
use super::table::{Table, bodies, icbs};
use super::uncertain::{FEW, InputDraws};
use crate::domain::{Asked, Offer, TieringOption};
use crate::ids::PoolId;
use crate::ledger::is_partial;
use crate::model::Model;
use crate::scenario::{Provenance, Scenario};
use crate::stats::quantile::least_sample;
use crate::stats::stopping::Precision;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub(super) const NOTES: Table = Table {
    name: "notes",
    meaning: "What to know before reading the other tables, in plain sentences.",
    entities: &[
        (
            "kind",
            "not-ready, same-cost, implied-rate, not-comparable, overloaded, exchanged, standstill, assumed-inputs, partial-coverage, stored-activity, few-replications, precision or uncertain-inputs",
        ),
        ("text", "the sentence"),
    ],
};

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// Options let bodies decide that are not ready or too small.
    NotReady,
    /// Options leave bodies with the same cost.
    SameCost,
    /// Home areas send far more or far fewer patients to a service than others do.
    ImpliedRate,
    /// Simulations treat different numbers of patients, so their totals and waits are not of the same patients.
    NotComparable,
    /// Waiting lists grow without end.
    Overloaded,
    /// Closed rings of blocked patients were resolved by exchange.
    Exchanged,
    /// Patients held places that each other wanted for ever.
    Standstill,
    /// Some inputs are assumed.
    AssumedInputs,
    /// Some bodies are only partly in scope.
    PartialCoverage,
    /// The results were computed from stored activity, which has no lists, pools or quantiles.
    StoredActivity,
    /// There are too few replications for the likely range.
    FewReplications,
    /// How far a precision that was asked for was reached.
    Precision,
    /// Inputs are stated to be uncertain, and the intervals do not say so; or too few draws say it.
    UncertainInputs,
}

impl NoteKind {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReady => "not-ready",
            Self::SameCost => "same-cost",
            Self::ImpliedRate => "implied-rate",
            Self::NotComparable => "not-comparable",
            Self::Overloaded => "overloaded",
            Self::Exchanged => "exchanged",
            Self::Standstill => "standstill",
            Self::AssumedInputs => "assumed-inputs",
            Self::PartialCoverage => "partial-coverage",
            Self::StoredActivity => "stored-activity",
            Self::FewReplications => "few-replications",
            Self::Precision => "precision",
            Self::UncertainInputs => "uncertain-inputs",
        }
    }
}

/// A note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The sentence without its full stop, and without what it lists.
    pub lead: String,
    /// What it lists, if anything.
    pub list: Vec<String>,
}

impl Note {
    fn plain(kind: NoteKind, lead: String) -> Self {
        Self { kind, lead, list: Vec::new() }
    }

    /// The whole sentence.
    pub fn text(&self) -> String {
        self.shortened(self.list.len(), "")
    }

    /// The sentence with the first few of what it lists, how many more there are, and where to find them.
    pub fn shortened(&self, most: usize, rest: &str) -> String {
        let shown = self.list[..self.list.len().min(most)].join(", ");
        match self.list.len() - self.list.len().min(most) {
            _ if self.list.is_empty() => format!("{}.", self.lead),
            0 => format!("{}: {shown}.", self.lead),
            more => format!("{}: {shown} and {more} more: {rest}", self.lead),
        }
    }
}

/// The notes of a run.
pub(super) fn notes(scenario: &Scenario, parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    let mut notes = not_ready(scenario, outline);
    notes.extend(same_cost(outline, numbers));
    // What areas refer does not depend on where to.
    notes.extend(parts.first().and_then(|part| implied_rates(scenario, part.model)));
    notes.extend(not_comparable(scenario, parts, outline, numbers));
    notes.extend(by_simulation(parts, |part| overloaded(scenario, part.model)));
    notes.extend(by_simulation(parts, |part| exchanged(part, numbers.len())));
    notes.extend(by_simulation(parts, |part| standstill(part, numbers.len())));
    let with = |provenance| scenario.inputs.iter().filter(|input| input.provenance == provenance).count();
    let (assumed, unstated) = (with(Provenance::Assumed), with(Provenance::Unstated));
    if assumed > 0 {
        let are = if assumed == 1 { "is" } else { "are" };
        let mut text =
            format!("{assumed} of {} inputs {are} assumed; the table `inputs` lists them first", scenario.inputs.len());
        if unstated > 0 {
            let says = if unstated == 1 { "does" } else { "do" };
            let _ = write!(text, "; {unstated} more {says} not state a provenance");
        }
        notes.push(Note::plain(NoteKind::AssumedInputs, text));
    }
    notes.extend(partial_coverage(outline, numbers));
    if outline.stored().is_some() {
        let text = "Computed from stored activity without simulating: lists, quantiles of waits, pools, classes and audits stand in the results of the run that stored it".to_owned();
        notes.push(Note::plain(NoteKind::StoredActivity, text));
    }
    if let Some(replications) = outline.summed() {
        let text = format!(
            "Means alone, from sums over {}: intervals, likely ranges, chances, ratios, and net costs where budgets are shared need a run with --activity replications",
            plural(replications as usize, "replication")
        );
        notes.push(Note::plain(NoteKind::StoredActivity, text));
        return notes;
    }
    let least = least_sample(0.05);
    if numbers.len() < least {
        let are = if numbers.len() == 1 { "is" } else { "are" };
        let text = format!(
            "{} {are} too few for the likely range (p05 to p95), which needs {least}",
            plural(numbers.len(), "replication")
        );
        notes.push(Note::plain(NoteKind::FewReplications, text));
    }
    notes
}

/// What the intervals leave out where inputs are stated to be uncertain.
pub(super) fn uncertain(scenario: &Scenario, draws: Option<&InputDraws>, replications: usize) -> Option<Note> {
    let rows = scenario.uncertain.len();
    let text = match draws {
        _ if rows == 0 => return None,
        None => format!(
            "Intervals and likely ranges are of chance alone, though the scenario states {} that {} uncertain; run --inputs 40 adds them",
            plural(rows, "factor"),
            if rows == 1 { "is" } else { "are" },
        ),
        Some(draws) if draws.len() < FEW || replications < FEW => format!(
            "{} of the inputs with {} each are few to tell inputs from chance: look at the interval of the share in `input_uncertainty`, and take {FEW} or more of both",
            plural(draws.len(), "draw"),
            plural(replications, "replication"),
        ),
        Some(_) => return None,
    };
    Some(Note::plain(NoteKind::UncertainInputs, text))
}

/// How far a precision was reached, with what was not.
pub(super) fn precision(progress: &Progress) -> Note {
    let Progress { text, table, reached, rows, .. } = progress;
    if progress.done() {
        return Note::plain(NoteKind::Precision, format!("`{text}` is reached for all {rows} rows of {table}"));
    }
    let lead = format!("`{text}` is reached for {reached} of {rows} rows of {table}; not for");
    let width = |half: f64| match progress.precision {
        Precision::Relative(_) => format!("{:.3} %", 100.0 * half),
        Precision::Absolute(_) => format!("{half:.4}"),
    };
    let open = progress.open.iter().map(|(name, half)| match half {
        _ if progress.silent.contains(name) => format!("{name} (no event in any replication)"),
        half if half.is_nan() => format!("{name} (too few replications)"),
        half => format!("{name} ({})", width(*half)),
    });
    Note { kind: NoteKind::Precision, lead, list: open.collect() }
}

/// For each option the bodies that it lets decide though they are not ready or too small, with the reasons.
fn unready(outline: &Outline) -> Vec<Vec<String>> {
    let mut bodies = vec![Vec::new(); outline.options().len()];
    for section in &outline.sections {
        if let Content::Deciders(facts) = &section.content {
            let flagged = section.entities.iter().zip(facts).filter(|(_, decider)| !decider.unready.is_empty());
            bodies[section.option]
                .extend(flagged.map(|(body, why)| format!("{} ({})", body[0], why.unready.join("; "))));
        }
    }
    bodies
}

/// The options that let bodies decide that are not ready or too small, in order.
pub(super) fn flagged(outline: &Outline) -> Vec<String> {
    let bodies = unready(outline);
    outline.options().iter().zip(bodies).filter(|(_, bodies)| !bodies.is_empty()).map(|(id, _)| id.clone()).collect()
}

/// One note for each set of options that let the same bodies decide.
fn not_ready(scenario: &Scenario, outline: &Outline) -> Vec<Note> {
    let bodies = unready(outline);
    let flagged = (0..bodies.len()).filter(|&option| !bodies[option].is_empty());
    let minimum = scenario.readiness.minimum_population;
    let small = if minimum > 0.0 {
        format!(", or plan for fewer than {} registered persons", thousands(minimum))
    } else {
        String::new()
    };
    let note = |options: Vec<usize>| {
        let (lets, are) = if options.len() == 1 { ("lets", "is") } else { ("let", "are") };
        let lead = format!(
            "{} {lets} bodies decide that do not meet a test of readiness{small}, and {are} marked with !",
            names(outline.options(), &options)
        );
        Note { kind: NoteKind::NotReady, lead, list: bodies[options[0]].clone() }
    };
    group(flagged, |a, b| bodies[a] == bodies[b]).into_iter().map(note).collect()
}

/// What each body bears under one option, in every period and replication. An ICB has no net cost where that is not known.
type Burdens<'a> = BTreeMap<&'a str, Vec<u64>>;

/// Where options leave bodies with the same cost, to the penny, in every period and replication: first the options that
/// nobody can tell apart, then, of the others, for each set of options the bodies that cannot tell these apart.
fn same_cost(outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
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

/// Home areas that are implied to send far more or far fewer patients to a service than others do.
fn implied_rates(scenario: &Scenario, model: &Model) -> Option<Note> {
    /// Farther than this from the mean of all areas, times or divided.
    const FAR: f64 = 2.0;
    /// Rates that are twice the mean on paper may miss it by rounding.
    const ROUNDING: f64 = 1e-9;
    let rates = expected_rows(scenario, model).filter(|row| row.metric == &RELATIVE_RATE);
    let mut far: Vec<_> = rates
        .filter(|row| row.value > FAR + ROUNDING || row.value < 1.0 / FAR - ROUNDING)
        .map(|row| (f64::max(row.value, 1.0 / row.value), row))
        .collect();
    far.sort_by(|a, b| b.0.total_cmp(&a.0));
    let list: Vec<String> =
        far.iter().map(|(_, row)| format!("{} {} {:.2}", row.entity[0], row.entity[2], row.value)).collect();
    let pairs = match list.len() {
        0 => return None,
        1 => "1 pair of home area and service has".to_owned(),
        pairs => format!("{pairs} pairs of home area and service have"),
    };
    let lead = format!(
        "{pairs} an implied referral rate outside 0.5 to 2 times the mean of all areas (metric `relative_rate` of `expected`), farthest first"
    );
    Some(Note { kind: NoteKind::ImpliedRate, lead, list })
}

/// Simulations that treat far more or far fewer patients than the first, which stands for the reference.
fn not_comparable(scenario: &Scenario, parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    /// A smaller difference of spells is no cause for a note.
    const MUCH: f64 = 0.01;
    let Some((reference, others)) = parts.split_first() else { return Vec::new() };
    if others.is_empty() || numbers.is_empty() {
        return Vec::new();
    }
    // Spells of all ICBs in a simulation, by the option under which its tables stand.
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for row in outline.rows().filter(|row| row.table == &icbs::ICBS && row.period == "all") {
        if row.metric.name != "spells" {
            continue;
        }
        *sums.entry(row.option).or_default() +=
            numbers.iter().map(|replication| replication[row.position]).sum::<f64>() / numbers.len() as f64;
    }
    let of = |part: &Part<'_>| part.options.first().and_then(|option| sums.get(option.as_str()).copied());
    let Some(spells) = of(reference) else { return Vec::new() };
    let note = |part: &Part<'_>| {
        let own_spells = of(part)?;
        if (own_spells - spells).abs() <= MUCH * spells {
            return None;
        }
        let all: Vec<usize> = (0..part.options.len()).collect();
        let treat = if all.len() == 1 { "treats" } else { "treat" };
        let fewer = own_spells < spells;
        let (more, other) = if fewer { ("fewer", "more") } else { ("more", "fewer") };
        let scope = if scenario.scoped { " in scope" } else { "" };
        // A scope holds the same patients under all options.
        let (who, total) =
            ("still wait, are refused or leave a list untreated", "its total is not that of the same treatment");
        let lead = format!(
            "{} {treat} {} spells {more}{scope} than `{}`: {other} patients {who}, so {total}",
            names(&part.options, &all),
            thousands((own_spells - spells).abs()),
            reference.options[0],
        );
        Some(Note::plain(NoteKind::NotComparable, lead))
    };
    others.iter().filter_map(note).collect()
}

/// A rounded number with its thousands separated.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Puts what is alike together, in order of first appearance.
fn group(items: impl Iterator<Item = usize>, alike: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|group| alike(group[0], item)) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// Options in a sentence.
fn names(ids: &[String], options: &[usize]) -> String {
    let names: Vec<String> = options.iter().map(|&option| format!("`{}`", ids[option])).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The notes of each simulation; one where all say the same, otherwise each with its options.
fn by_simulation(parts: &[Part<'_>], of: impl Fn(&Part<'_>) -> Option<Note>) -> Vec<Note> {
    let mut notes: Vec<(Vec<String>, Option<Note>)> = Vec::new();
    for part in parts {
        let note = of(part);
        match notes.iter_mut().find(|(_, known)| *known == note) {
            Some((options, _)) => options.extend(part.options.iter().cloned()),
            None => notes.push((part.options.clone(), note)),
        }
    }
    let apart = notes.len() > 1;
    let named = |(options, note): (Vec<String>, Option<Note>)| {
        let note = note?;
        let all: Vec<usize> = (0..options.len()).collect();
        let lead = if apart { format!("Under {}: {}", names(&options, &all), inside(&note.lead)) } else { note.lead };
        Some(Note { lead, ..note })
    };
    notes.into_iter().filter_map(named).collect()
}

/// A sentence's beginning inside another sentence.
fn inside(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Pools that those who wait until they are treated ask for no less than they offer: their figures depend on the horizon.
fn overloaded(scenario: &Scenario, model: &Model) -> Option<Note> {
    let mut list = Vec::new();
    let loads = loads(scenario, model);
    for (id, pool) in scenario.pools.iter_ids() {
        let load = loads.get(&id).copied().unwrap_or_default();
        let Some(offer) = pool.overloaded(load, scenario.run.start, scenario.run.end()) else { continue };
        let (asked, number) = (offer.of(load), rounded(offer.number()));
        let provider = &scenario.providers[pool.provider].id;
        list.push(match offer {
            Offer::Places(_) => format!("{provider} {} (load {asked:.1} on {number} places)", pool.id),
            Offer::SlotsPerDay(_) => {
                format!("{provider} {} ({asked:.1} patients a day for {number} slots a day)", pool.id)
            }
        });
    }
    let lead =
        "These waiting lists never settle, so waits, spells and costs depend on the horizon and are too low".to_owned();
    (!list.is_empty()).then_some(Note { kind: NoteKind::Overloaded, lead, list })
}

/// What is asked of each pool by patients who do not lose patience, are not refused, and do not go to another provider.
fn loads(scenario: &Scenario, model: &Model) -> BTreeMap<PoolId, Asked> {
    let mut loads: BTreeMap<PoolId, Asked> = BTreeMap::new();
    for (id, cell) in model.cells.iter_ids() {
        let stage = &scenario.services[cell.service].stages[cell.stage];
        let rules = model.rules.as_deref();
        let plan = rules.and_then(|rules| rules.cells.get(id));
        let looks_at_waits =
            rules.and_then(|rules| rules.services.get(cell.service)).is_some_and(|s| s.wait_decay > 0.0);
        if stage.lets_go(cell.class) || looks_at_waits || plan.is_some_and(|plan| !plan.candidates.is_empty()) {
            continue;
        }
        let stays = model.expected.stays_per_day[id];
        let away = stage.away.as_ref().filter(|_| plan.is_some_and(|plan| plan.away));
        let days = away.map_or(model.expected.mean_stay_days[cell.line], |away| away.stay.mean());
        let mut add = |pool: PoolId, places: f64| {
            let asked = loads.entry(pool).or_default();
            asked.places += stays * days * places;
            asked.taken_per_day += stays * places;
        };
        match (rules, plan) {
            (Some(rules), Some(plan)) => {
                let holdings = &rules.holdings[plan.holdings.start as usize..plan.holdings.end as usize];
                holdings
                    .iter()
                    .filter(|holding| holding.needed)
                    .for_each(|holding| add(holding.pool, f64::from(holding.places)));
            }
            _ => add(cell.pool, 1.0),
        }
    }
    loads
}

/// Whole numbers as such, others with one decimal.
fn rounded(value: f64) -> String {
    if value.fract() == 0.0 { value.to_string() } else { format!("{value:.1}") }
}

fn exchanged(part: &Part<'_>, replications: usize) -> Option<Note> {
    let mean = part.exchanges as f64 / replications as f64;
    let lead =
        format!("Closed rings of blocked patients were resolved by exchange, {} times a replication", rounded(mean));
    (part.exchanges > 0).then(|| Note::plain(NoteKind::Exchanged, lead))
}

fn standstill(part: &Part<'_>, replications: usize) -> Option<Note> {
    let mean = rounded(part.stuck as f64 / replications as f64);
    let lead = format!(
        "{mean} patients a replication held places over the whole second half of it, blocked or while on a list: they wait for each other's places for ever, and a ring in which somebody holds or wants several places cannot be exchanged. Let one of the stages wait instead of blocking, let it keep nothing, or let the pool whose list it is allow overtaking"
    );
    (part.stuck > 0).then(|| Note::plain(NoteKind::Standstill, lead))
}

fn partial_coverage(outline: &Outline, numbers: &[Vec<f64>]) -> Option<Note> {
    // A body counts as partly in scope if it is under any option.
    let mut coverage: BTreeMap<&str, f64> = BTreeMap::new();
    for row in outline.rows().filter(|row| row.metric.name == "coverage") {
        // Nothing in it is simulated: every replication has the same.
        if let Some(replication) = numbers.first() {
            let least = coverage.entry(&row.entity[0]).or_insert(1.0);
            *least = least.min(replication[row.position]);
        }
    }
    let partial = coverage.values().filter(|&&share| is_partial(share)).count();
    let are = if partial == 1 { "is" } else { "are" };
    let text = format!(
        "{partial} of {} {are} only partly in scope (metric `coverage` says how far): their costs are those of patients in scope, who are those of the scope's providers, and residents of their host ICBs wherever treated",
        plural(coverage.len(), "commissioner")
    );
    (partial > 0).then_some(Note::plain(NoteKind::PartialCoverage, text))
}

fn plural(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!([thousands(7.4), thousands(4_349.0), thousands(1_234_567.0)], ["7", "4,349", "1,234,567"]);
    }

    #[test]
    fn long_lists_are_whole_in_the_table_and_short_elsewhere() {
        let list = ["A", "B", "C"].map(str::to_owned).to_vec();
        let note = Note { kind: NoteKind::SameCost, lead: "These".to_owned(), list };
        assert_eq!(note.text(), "These: A, B, C.");
        assert_eq!(note.shortened(3, "see there"), "These: A, B, C.");
        assert_eq!(note.shortened(2, "see there"), "These: A, B and 1 more: see there");
        assert_eq!(Note::plain(NoteKind::AssumedInputs, "So".to_owned()).shortened(2, "see there"), "So.");
    }
}
