//! Amounts a year of ICBs: budgets, blocks and plans.

use super::rows::{each_row, rows, rows_mut, with};
use super::{Succession, Way};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{Sink, quote};
use crate::scenario::leaf;
use crate::scenario::node::{Node, Table, Value};
use crate::scenario::read::Row;
use crate::scenario::source::Place;
use crate::stats::rounding::split_by_largest_remainder;
use std::collections::{BTreeMap, BTreeSet};

/// The tables, and what an amount is for beside the ICB.
const TABLES: [(&str, &[&str]); 3] = [
    ("budget_lines", &["budget", "service"]),
    ("low_volume_blocks", &["provider"]),
    ("plans", &["provider", "service"]),
];

/// The home areas of each body of the day.
pub(super) type Residents<'a> = BTreeMap<&'a str, Vec<Resident<'a>>>;

pub(super) struct Resident<'a> {
    pub(super) home_area: String,
    /// Its ICBs from the listed one to that of the day.
    pub(super) bodies: Vec<&'a str>,
}

/// An amount that a body of the day has from some of its predecessors or for residents of its own, but not from all.
///
/// That is wrong if what the amount is for concerns the others too, which only the whole scenario tells.
#[derive(Clone, PartialEq, Debug)]
pub(in super::super) struct Inherited {
    /// The table, and the first row that hands on, or the only one there is.
    pub(in super::super) table: &'static str,
    pub(in super::super) place: Place,
    pub(in super::super) heir: String,
    pub(in super::super) provider: Option<String>,
    pub(in super::super) service: Option<String>,
    /// Whether an amount of the heir would stand in place of all.
    pub(in super::super) replaceable: bool,
    /// Whether nothing is handed on: the heir states the amount for residents of its own.
    pub(in super::super) own: bool,
    /// Predecessors and home areas without an amount.
    pub(in super::super) without: Vec<(String, String)>,
}

/// What an amount is for: the values of the columns beside the ICB.
type Purpose = Vec<String>;

/// An amount handed on: from which row, and the pence so far.
struct Amount {
    row: Node,
    pence: i64,
}

impl<'a> Succession<'a> {
    /// Amounts of an ICB that gave way, or keeps a part of itself, are shared by weight, in whole pence, among those of the
    /// day. What comes from several adds up, also to the row of an ICB that has had residents all along, for whom that row
    /// is; the row of an ICB that only comes into being is for all of its residents, and holds in place of what it would
    /// inherit. Returns what some predecessors do not state.
    pub(super) fn money(&self, root: &mut Table, residents: &Residents<'_>, sink: &mut Sink) -> Vec<Inherited> {
        for_each_stated_set(root);
        TABLES.iter().flat_map(|&(table, columns)| self.amounts(root, table, columns, residents, sink)).collect()
    }

    fn amounts(
        &self,
        root: &mut Table,
        table: &'static str,
        columns: &[&str],
        residents: &Residents<'_>,
        sink: &mut Sink,
    ) -> Vec<Inherited> {
        let purpose = |row: Row<'_>| -> Purpose {
            columns.iter().map(|column| row.text(column).unwrap_or_default().to_owned()).collect()
        };
        let mut stated: BTreeMap<Purpose, BTreeSet<String>> = BTreeMap::new();
        for row in rows(root, table) {
            stated.entry(purpose(row)).or_default().extend(row.text("icb").map(str::to_owned));
        }
        let today = self.with_residents(root);
        let own: BTreeSet<&str> = residents.values().flatten().map(|resident| resident.bodies[0]).collect();
        let mut amounts: BTreeMap<(Purpose, &str), Amount> = BTreeMap::new();
        let mut not_there: BTreeSet<&str> = BTreeSet::new();
        // Rows of the bodies of the day that stay as they are.
        let mut kept: Vec<(Purpose, &str, Node)> = Vec::new();
        each_row(root, table, |node| {
            let row = Row::of(node)?;
            let icb = self.known(row.text("icb")?)?;
            let ways = self.ways_from(icb);
            if today.contains(icb) && ways.iter().all(|way| way.icb == icb) {
                kept.push((purpose(row), icb, node.clone()));
                return None;
            }
            let pence = leaf::money(row.node("per_year")?).ok()?;
            if ways.iter().all(|way| way.icb == icb || !today.contains(way.icb)) {
                if not_there.insert(icb) {
                    sink.report_plain(Code::NotOfTheDay, row.at("icb"), || {
                        format!("rows of {table} about {} have no effect: {}", quote(icb), self.not_yet(icb))
                    });
                }
                return Some(Vec::new());
            }
            let purpose = purpose(row);
            let others = &stated[&purpose];
            let new = |later: &str| !own.contains(later);
            // By heir, and whether a row of a later body holds in place of this one.
            let mut heirs: BTreeMap<(&str, bool), f64> = BTreeMap::new();
            for way in ways {
                let replaced = way.until_the_day()[1..].iter().any(|later| new(later) && others.contains(*later));
                *heirs.entry((way.icb, replaced)).or_default() += way.weight;
            }
            let weights: Vec<u64> = heirs.values().map(|weight| libm::round(weight * 1e12) as u64).collect();
            let shares = split_by_largest_remainder(pence.0, &weights).unwrap_or_default();
            for ((heir, _), pence) in heirs.into_keys().zip(shares).filter(|((_, replaced), _)| !replaced) {
                let row = || with(node, &[("icb", Value::Text(heir.to_owned()))]);
                let amount = amounts.entry((purpose.clone(), heir));
                amount.or_insert_with(|| Amount { row: row(), pence: 0 }).pence += pence;
            }
            Some(Vec::new())
        });
        let mut incomplete = Vec::new();
        let mut handed_on = Vec::new();
        let mut check = |purpose: &Purpose, heir: &str, row: &Node, is_own: bool| {
            let by = &stated[purpose];
            // The row of an ICB with residents of its own is for those alone.
            let covers = |(i, body): (usize, &&str)| by.contains(*body) && (i == 0 || !own.contains(body));
            let areas = residents.get(heir).into_iter().flatten();
            let without = areas.filter(|area| !area.bodies.iter().enumerate().any(covers));
            let without = without.map(|area| (area.bodies[0].to_owned(), area.home_area.clone()));
            let said = |column: &str| Row::of(row).and_then(|row| row.text(column)).map(str::to_owned);
            let inherited = Inherited {
                table,
                place: row.place,
                heir: heir.to_owned(),
                provider: said("provider"),
                service: said("service"),
                replaceable: !own.contains(heir),
                own: is_own,
                without: without.collect(),
            };
            if !inherited.without.is_empty() {
                incomplete.push(inherited);
            }
        };
        for (purpose, icb, row) in &kept {
            if own.contains(icb) && !amounts.contains_key(&(purpose.clone(), *icb)) {
                check(purpose, icb, row, true);
            }
        }
        for ((purpose, heir), Amount { row, pence }) in amounts {
            check(&purpose, heir, &row, false);
            handed_on.push((purpose, row, pence));
        }
        if let Some(rows) = rows_mut(root, table) {
            for (for_what, more, pence) in handed_on {
                let heir = Row::of(&more).and_then(|row| row.text("icb"));
                let same = |row: Row<'_>| row.text("icb") == heir && purpose(row) == for_what;
                let stated = rows.iter().position(|node| Row::of(node).is_some_and(same));
                let before = stated.and_then(|at| Row::of(&rows[at])?.money("per_year")).map_or(0, |money| money.0);
                let sum = with(&more, &[("per_year", pounds(before + pence))]);
                if Row::of(&sum).and_then(|row| row.money("per_year")).is_none() {
                    sink.report(Code::OutOfRange, Some(more.place), || {
                        let message =
                            format!("the rows of {table} for {} sum to more than £1,000m", heir.unwrap_or_default());
                        (message, "Correct the amounts.".to_owned())
                    });
                }
                match stated {
                    Some(at) => rows[at] = with(&rows[at], &[("per_year", pounds(before + pence))]),
                    None => rows.push(sum),
                }
            }
        }
        incomplete
    }

    /// An ICB as the rows of `successors` or `icbs` know it.
    pub(super) fn known(&self, icb: &str) -> Option<&'a str> {
        let listed = self.listed.get_key_value(icb).map(|(icb, _)| *icb);
        listed.or_else(|| self.unlisted.get_key_value(icb).map(|(icb, _)| *icb))
    }

    /// The ways from any ICB, listed or not.
    fn ways_from(&self, icb: &'a str) -> Vec<Way<'a>> {
        let mut ways = Vec::new();
        match self.ways.get(icb) {
            Some(known) => ways.clone_from(known),
            None => self.follow(icb, Way::from(icb), &mut ways),
        }
        ways
    }

    /// The ICBs of the day, but for listed ones that have taken over nobody yet.
    pub(super) fn with_residents(&self, root: &Table) -> BTreeSet<&'a str> {
        let mut today = self.icbs();
        let own: BTreeSet<&str> = rows(root, "home_areas").filter_map(|row| row.text("icb")).collect();
        let to_come = |icb: &str| self.takes_over(icb).is_some_and(|from| self.as_of.is_none_or(|day| day < from));
        today.retain(|icb| own.contains(icb) || !to_come(icb));
        today
    }

    /// The first day on which an ICB takes over from another.
    fn takes_over(&self, icb: &str) -> Option<jiff::civil::Date> {
        let to = self.steps.values().flatten().filter(|step| step.successor == icb && step.icb != icb);
        to.map(|step| step.from).min()
    }

    fn not_yet(&self, icb: &str) -> String {
        let day = self
            .as_of
            .map_or("results are by the ICBs as listed".to_owned(), |day| format!("results are by the ICBs of {day}"));
        match self.takes_over(icb) {
            Some(from) => format!("{day}, and it takes over on {from}"),
            None => format!("{day}, and nobody becomes its resident"),
        }
    }
}

fn pounds(pence: i64) -> Value {
    Value::Text(format!("£{}.{:02}", pence / 100, pence % 100))
}

/// A budget line without a set is one of each stated set: so lines of a set and lines of all can add up.
fn for_each_stated_set(root: &mut Table) {
    let sets = root.get("budgets").and_then(Node::table).into_iter().flat_map(|sets| &sets.entries);
    let stated = sets.filter(|(_, set)| Row::of(set).and_then(|set| set.text("basis")) == Some("stated"));
    let stated: Vec<String> = stated.map(|(name, _)| name.text.to_string()).collect();
    each_row(root, "budget_lines", |node| {
        let lacks = Row::of(node)?.node("budget").is_none() && !stated.is_empty();
        lacks.then(|| stated.iter().map(|set| with(node, &[("budget", Value::Text(set.clone()))])).collect())
    });
}
