//! Mergers and splits of ICBs: the scenario rewritten to the bodies of one day, before anything is built from it.
//!
//! An ICB's residents follow the rows of `successors`, day by day, to where they end: each way from an ICB to an end is a
//! [`Way`] with its weight. A home area whose ICB has several ways is always replaced by its parts, one for each, whatever
//! the day, so that the same patients are simulated under the bodies of any day (a scope may hold others of them). What a
//! row says of a home area it says of each part: numbers of patients are shared by weight, everything else is the same. ICBs, footprints and hosts become
//! those of the day `bodies_as_of`; without it they stay those that the scenario lists.

mod money;
mod parts;
mod rewrite;
mod rows;
mod scope;

pub(super) use money::Inherited;

use super::codes::Code;
use super::diagnostic::{Sink, quote};
use super::leaf;
use super::node::{Node, Table, Value};
use super::read::Row;
use super::source::Place;
use jiff::civil::Date;
use rows::rows;
use std::collections::{BTreeMap, BTreeSet};

/// How far weights may miss 1, and rounding of sums in binary.
const TOLERANCE: f64 = 0.001 + 1e-9;
/// The most ways in all, and the most ICBs on one of them.
const WAYS: usize = 100_000;
const LONGEST: usize = 32;

/// The scenario by the bodies of its day.
pub(super) struct Resolved {
    pub(super) root: Node,
    /// Amounts that predecessors of a body do not all state.
    pub(super) inherited: Vec<Inherited>,
}

/// Nothing if the scenario has no successors, or they cannot be followed.
pub(super) fn resolve(root: &Node, sink: &mut Sink) -> Option<Resolved> {
    let table = root.table()?;
    let steps: Vec<Step<'_>> = rows(table, "successors").filter_map(Step::read).collect();
    let day = table.get("bodies_as_of");
    let as_of = day.and_then(|node| leaf::date(node).ok());
    if table.get("successors").is_none() {
        if let Some(day) = day {
            sink.report(Code::BadSuccessor, Some(day.place), || {
                let cure = "Add a table successors, or remove bodies_as_of.".to_owned();
                ("there are no successors, so the ICBs are the same on all days".to_owned(), cure)
            });
        }
        return None;
    }
    let succession = Succession::new(table, steps, as_of, sink)?;
    let mut resolved = root.clone();
    let inherited = match &mut resolved.value {
        Value::Table(table) => succession.rewrite(table, sink),
        _ => Vec::new(),
    };
    Some(Resolved { root: resolved, inherited })
}

/// A row of `successors`.
#[derive(Clone, Copy)]
struct Step<'a> {
    row: Row<'a>,
    icb: &'a str,
    successor: &'a str,
    weight: f64,
    from: Date,
}

impl<'a> Step<'a> {
    fn read(row: Row<'a>) -> Option<Self> {
        let weight = match row.node("weight") {
            Some(_) => row.share("weight")?,
            None => 1.0,
        };
        let from = leaf::date(row.node("from")?).ok()?;
        Some(Self { row, icb: row.text("icb")?, successor: row.text("successor")?, weight, from })
    }
}

/// One way that residents of an ICB go.
#[derive(Clone, PartialEq, Debug)]
struct Way<'a> {
    /// Their ICB on the day.
    icb: &'a str,
    /// Which share of the residents.
    weight: f64,
    /// What follows the id of a home area that goes several ways: `:essex`.
    suffix: String,
    /// All ICBs on it.
    passed: Vec<&'a str>,
}

impl<'a> Way<'a> {
    fn from(icb: &'a str) -> Self {
        Self { icb, weight: 1.0, suffix: String::new(), passed: vec![icb] }
    }
    /// The ICBs on it up to that of the day.
    fn until_the_day(&self) -> &[&'a str] {
        let last = self.passed.iter().position(|icb| *icb == self.icb).unwrap_or_default();
        &self.passed[..=last]
    }
}

struct Succession<'a> {
    /// By ICB, sorted by successor; the weights sum to one.
    steps: BTreeMap<&'a str, Vec<Step<'a>>>,
    /// The ICBs that the scenario lists.
    listed: BTreeMap<&'a str, Row<'a>>,
    /// Name and region of the successors that it does not list.
    unlisted: BTreeMap<&'a str, Unlisted<'a>>,
    as_of: Option<Date>,
    /// The ways from each listed ICB.
    ways: BTreeMap<&'a str, Vec<Way<'a>>>,
}

struct Unlisted<'a> {
    place: Place,
    name: &'a str,
    region: Option<&'a str>,
}

impl<'a> Succession<'a> {
    /// Nothing if some way would never end.
    fn new(root: &'a Table, rows_: Vec<Step<'a>>, as_of: Option<Date>, sink: &mut Sink) -> Option<Self> {
        let mut steps: BTreeMap<&str, Vec<Step<'_>>> = BTreeMap::new();
        for step in rows_ {
            steps.entry(step.icb).or_default().push(step);
        }
        for steps in steps.values_mut() {
            steps.sort_by_key(|step| step.successor);
        }
        let mut good = true;
        for (icb, steps) in &mut steps {
            good &= one_date(icb, steps, sink);
            weights(icb, steps, sink);
            steps.retain(|step| step.weight > 0.0);
        }
        for step in steps.values().flatten() {
            let next = steps.get(step.successor).and_then(|next| next.first()).filter(|_| step.successor != step.icb);
            if let Some(next) = next.filter(|next| next.from <= step.from) {
                good = false;
                sink.report_plain(Code::BadSuccessor, Some(step.row.place), || {
                    let successor = quote(step.successor);
                    format!("{successor} takes over on {} and gives way on {}", step.from, next.from)
                });
            }
        }
        let listed = rows(root, "icbs").filter_map(|row| Some((row.text("id")?, row))).collect();
        let mut succession = Self { steps, listed, unlisted: BTreeMap::new(), as_of, ways: BTreeMap::new() };
        succession.describe(sink);
        if !good {
            return None;
        }
        let mut count = 0;
        let icbs: Vec<&str> = succession.listed.keys().copied().collect();
        for icb in icbs {
            let mut ways = Vec::new();
            succession.follow(icb, Way::from(icb), &mut ways);
            count += ways.len();
            if count > WAYS || ways.iter().any(|way| way.passed.len() > LONGEST) {
                sink.report(Code::TooLarge, root.get("successors").map(|node| node.place), || {
                    let message =
                        format!("the ICBs have over {WAYS} ways through successors, or one of over {LONGEST} ICBs");
                    (message, "Leave intermediate steps out.".to_owned())
                });
                return None;
            }
            succession.ways.insert(icb, ways);
        }
        Some(succession)
    }

    /// The ways on from an ICB, which is the last that `way` passed.
    fn follow(&self, icb: &'a str, way: Way<'a>, ways: &mut Vec<Way<'a>>) {
        let steps = self.steps.get(icb).map_or(&[][..], Vec::as_slice);
        if steps.is_empty() || ways.len() > WAYS || way.passed.len() > LONGEST {
            ways.push(way);
            return;
        }
        for step in steps {
            let mut on = way.clone();
            on.weight *= step.weight;
            if self.as_of.is_some_and(|day| step.from <= day) {
                on.icb = step.successor;
            }
            if steps.len() > 1 {
                on.suffix = format!("{}:{}", on.suffix, step.successor);
            }
            on.passed.push(step.successor);
            if step.successor == icb {
                // It keeps these residents.
                ways.push(on);
            } else {
                self.follow(step.successor, on, ways);
            }
        }
    }

    /// Names and regions of the successors.
    fn describe(&mut self, sink: &mut Sink) {
        let mut by_successor: BTreeMap<&str, Vec<Step<'a>>> = BTreeMap::new();
        for step in self.steps.values().flatten() {
            by_successor.entry(step.successor).or_default().push(*step);
        }
        // A predecessor comes into being before its successor.
        let mut order: Vec<(&str, Vec<Step<'_>>)> = by_successor.into_iter().collect();
        order.sort_by_key(|(successor, steps)| (steps.iter().map(|step| step.from).min(), *successor));
        for (successor, steps) in order {
            let listed = self.listed.get(successor);
            let said = |key: &str| -> Vec<(&'a str, Place)> {
                let own = listed.and_then(|row| Some((row.text(key)?, row.place)));
                let rows = steps.iter().filter_map(|step| Some((step.row.text(key)?, step.row.at(key))));
                own.into_iter().chain(rows).collect()
            };
            for (key, what) in [("name", "names"), ("region", "regions")] {
                if let [first, others @ ..] = said(key).as_slice()
                    && let Some(other) = others.iter().find(|other| other.0 != first.0)
                {
                    sink.report_plain(Code::BadSuccessor, Some(other.1), || {
                        let (one, two) = (quote(first.0), quote(other.0));
                        format!("{} has two {what}, {one} and {two}", quote(successor))
                    });
                }
            }
            if listed.is_some() {
                continue;
            }
            let place = steps[0].row.place;
            let before: BTreeSet<&str> = steps.iter().filter_map(|step| self.region(step.icb)).collect();
            let region = said("region").first().map(|said| said.0).or_else(|| before.first().copied());
            if said("region").is_empty() && before.len() > 1 {
                sink.report(Code::BadSuccessor, Some(place), || {
                    let message = format!("the predecessors of {} lie in several regions", quote(successor));
                    (message, "Fill the column region of successors.".to_owned())
                });
            }
            let name = said("name").first().map_or(successor, |said| said.0);
            self.unlisted.insert(successor, Unlisted { place, name, region });
        }
    }

    fn region(&self, icb: &str) -> Option<&'a str> {
        self.listed.get(icb).map_or_else(|| self.unlisted.get(icb)?.region, |row| row.text("region"))
    }

    /// The ICBs of the day.
    fn icbs(&self) -> BTreeSet<&'a str> {
        self.ways.values().flatten().map(|way| way.icb).collect()
    }
}

/// An ICB gives way on one day.
fn one_date(icb: &str, steps: &[Step<'_>], sink: &mut Sink) -> bool {
    let other = steps.iter().find(|step| step.from != steps[0].from);
    if let Some(other) = other {
        sink.report_plain(Code::BadSuccessor, other.row.at("from"), || {
            format!("{} gives way on {} and on {}", quote(icb), steps[0].from, other.from)
        });
    }
    other.is_none()
}

/// Weights that sum to one exactly, as far as binary numbers can.
fn weights(icb: &str, steps: &mut [Step<'_>], sink: &mut Sink) {
    let total: f64 = steps.iter().map(|step| step.weight).sum();
    if (total - 1.0).abs() > TOLERANCE {
        sink.report_plain(Code::SuccessorWeights, steps[0].row.at("weight"), || {
            format!("the weights of the successors of {} sum to {}", quote(icb), libm::round(total * 1e6) / 1e6)
        });
    }
    if total > 0.0 {
        for step in steps {
            step.weight /= total;
        }
    }
}
