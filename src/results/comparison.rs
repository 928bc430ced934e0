//! Table `comparison`: what each option changes against a reference, on the same patients, with verdicts.

use super::Results;
use super::layout::{Outline, Row};
use super::summary::Sampling;
use super::table::{Better, Kind, Metric, Table, bodies, icbs, pools, providers, services};
use crate::stats::antithetic::{by_pair, paired_events_by_pair};
use crate::stats::discordant::paired_events;
use crate::stats::discovery::benjamini_yekutieli;
use crate::stats::paired::paired;
use crate::stats::{Interval, student::MeanTest};
use std::collections::{BTreeMap, BTreeSet};

/// The false discovery rate of verdicts, and the chance that some interval of a set of options misses its difference.
const ERROR_RATE: f64 = 0.05;

pub(super) const COMPARISON: Table = Table {
    name: "comparison",
    meaning: "What each option changes against the reference of `tierflow compare`, replication by replication on the same patients.",
    entities: &[
        ("option", "id of the tiering option"),
        ("reference", "id of the option that it is compared with"),
        ("period", "reporting period"),
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        (
            "difference",
            "mean over replications of option - reference; exactly 0 where every replication is the same to the bit",
        ),
        (
            "ci_low",
            "lower end of the interval of the mean difference, so wide that those of all options for this metric and entity hold together with 95 % (Student over replications at 5 % / options; of events Clopper-Pearson)",
        ),
        ("ci_high", "upper end"),
        ("sd", "standard deviation of the difference over replications"),
        (
            "p_value",
            "adjusted so that of the differences called real, over all bodies and options for this metric and period, 5 % at most are expected to be false (Benjamini and Yekutieli)",
        ),
        (
            "verdict",
            "better, worse, higher or lower (where neither way is better), same, no-difference (none shown), or no-verdict",
        ),
        ("no_larger_than", "of no-difference: the end of the interval farther from zero, without its sign"),
        (
            "variance_ratio",
            "(Var A + Var B) / Var(A - B): how many times as many independent replications would be needed without pairing",
        ),
        ("replications", "replications in which the metric is defined under both"),
        (
            "replications_to_decide",
            "of no-difference: with so many replications the half-width would be as large as this difference, and so the chance of a verdict even, if it is real",
        ),
        ("note", "why there is no verdict"),
    ],
};

/// The tables whose entities are compared.
pub(super) const COMPARED: [&Table; 7] = [
    &bodies::COMMISSIONERS,
    &bodies::DECIDERS,
    &icbs::ICBS,
    &providers::PROVIDERS,
    &services::SERVICES,
    &pools::POOLS,
    &services::PATHWAYS,
];

/// What is to be said of a difference.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Verdict {
    /// In the better direction of the metric.
    Better,
    /// In the worse direction.
    Worse,
    /// More, of a metric without a better direction.
    Higher,
    /// Less, of such a metric.
    Lower,
    /// The same to the bit in every replication.
    Same,
    /// No difference is shown; if there is one, it is no larger than this.
    NoDifference(f64),
    /// The entity stands in the table under one of the options only, or the metric is undefined.
    None(&'static str),
}

impl Verdict {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Same => "same",
            Self::NoDifference(_) => "no-difference",
            Self::None(_) => "no-verdict",
        }
    }
}

/// One metric of one entity under an option and under the reference.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The option.
    pub option: &'a str,
    /// Reporting period.
    pub period: &'a str,
    /// The table of the metric.
    pub table: &'static Table,
    /// One value for each entity column.
    pub entity: &'a [String],
    /// The metric.
    pub metric: &'static Metric,
    /// The mean under the reference.
    pub reference: Option<f64>,
    /// The mean difference.
    pub difference: Option<f64>,
    /// Its interval, simultaneous over the options.
    pub interval: Option<Interval>,
    /// Standard deviation of the difference.
    pub sd: Option<f64>,
    /// Adjusted for all bodies and options.
    pub p_value: Option<f64>,
    /// What is to be said.
    pub verdict: Verdict,
    /// (Var A + Var B) / Var(A - B).
    pub variance_ratio: Option<f64>,
    /// Replications in which it is defined under both.
    pub replications: u32,
}

impl Compared<'_> {
    /// With how many replications the half-width would be as large as the difference that is seen, where it is larger now:
    /// replications (half-width / difference)^2, rounded up. A real difference of that size is then told from zero every other
    /// time.
    pub fn replications_to_decide(&self) -> Option<f64> {
        let (Verdict::NoDifference(_), Some(interval)) = (self.verdict, self.interval) else { return None };
        let times = interval.half_width() / self.difference.filter(|&difference| difference != 0.0)?.abs();
        let needed = libm::ceil(f64::from(self.replications) * times * times);
        (needed > f64::from(self.replications)).then_some(needed)
    }
}

/// A row is about the same as another of the same table.
type Key<'a> = (&'a str, &'a [String], &'static str);

fn key<'a>(row: &Row<'a>) -> Key<'a> {
    (row.period, row.entity, row.metric.name)
}

impl Results<'_> {
    /// What each option changes against a reference: for every row of the tables of bodies, providers, services and pools,
    /// months left out. In the order of the results.
    pub fn compared(&self, reference: &str) -> Vec<Compared<'_>> {
        let others: Vec<&str> =
            self.outline.options().iter().map(String::as_str).filter(|option| *option != reference).collect();
        let mut all = Vec::new();
        for table in COMPARED {
            let before = self.compared_rows(table, self.standing(table, reference));
            for option in &others {
                self.compare_table(table, option, &before, others.len(), &mut all);
            }
        }
        judge(&mut all);
        all
    }

    /// The option under which the rows of an option stand in a table: of tables that no option changes, the first of the
    /// simulation.
    pub(super) fn standing<'s>(&'s self, table: &Table, option: &'s str) -> &'s str {
        let part = self.parts.iter().find(|part| part.options.iter().any(|id| id == option));
        standing(&self.outline, part.map_or(&[], |part| &part.options), table, option)
    }

    /// The rows of an option in a table, months left out.
    fn compared_rows(&self, table: &'static Table, option: &str) -> Vec<Row<'_>> {
        let options = self.outline.options();
        let of = |row: &Row<'_>| row.option == option && !row.period.contains("-M");
        // Only look at rows of tables that stand there at all.
        if !self.outline.sections.iter().any(|section| section.table == table && options[section.option] == option) {
            return Vec::new();
        }
        self.outline.rows_of(table).filter(of).collect()
    }

    fn compare_table<'s>(
        &'s self,
        table: &'static Table,
        option: &'s str,
        before: &[Row<'s>],
        options: usize,
        all: &mut Vec<Compared<'s>>,
    ) {
        let rows = self.compared_rows(table, self.standing(table, option));
        let known: BTreeMap<Key<'_>, Row<'s>> = before.iter().map(|row| (key(row), *row)).collect();
        let met: BTreeSet<Key<'_>> = rows.iter().map(key).collect();
        for row in &rows {
            all.push(match known.get(&key(row)) {
                Some(reference) => self.difference(option, row, reference, options),
                None => absent(option, row, "not in this table under the reference"),
            });
        }
        let gone = before.iter().filter(|row| !met.contains(&key(row)));
        all.extend(gone.map(|row| absent(option, row, "not in this table under the option")));
    }

    fn difference<'s>(&'s self, option: &'s str, row: &Row<'s>, reference: &Row<'s>, options: usize) -> Compared<'s> {
        let mut compared = absent(option, row, "undefined");
        let at = |position: usize| -> Vec<f64> { self.numbers.iter().map(|values| values[position]).collect() };
        let (b, a) = (at(reference.position), at(row.position));
        let pairs = || a.iter().zip(&b).filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let count = pairs().count();
        if count == 0 {
            return compared;
        }
        compared.replications = count as u32;
        compared.reference = Some(pairs().map(|(_, b)| b).sum::<f64>() / count as f64);
        compared.difference = Some(pairs().map(|(a, b)| a - b).sum::<f64>() / count as f64);
        if pairs().all(|(a, b)| a == b) {
            compared.difference = Some(0.0);
            compared.verdict = Verdict::Same;
            return compared;
        }
        compared.verdict = Verdict::None("one replication shows no error");
        let alpha = ERROR_RATE / options as f64;
        let Some(found) = paired(&a, &b, alpha) else { return compared };
        (compared.sd, compared.variance_ratio) = (Some(found.difference.sd), found.variance_ratio);
        let antithetic = self.sampling() == Sampling::AntitheticPairs;
        let tested = if antithetic {
            let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            MeanTest::of(by_pair(&differences), alpha)
        } else {
            Some(found.difference)
        };
        (compared.interval, compared.p_value) = tested.map(|test| (test.interval, test.p_value)).unzip();
        let events = if antithetic { paired_events_by_pair } else { paired_events };
        if row.metric.kind == Kind::Event
            && let Some(events) = events(&a, &b, alpha)
        {
            (compared.interval, compared.p_value) = (Some(events.interval), Some(events.p_value));
        }
        compared
    }
}

/// The option under which the rows of an option stand in a table, given the options of its simulation.
pub(super) fn standing<'s>(outline: &Outline, simulation: &'s [String], table: &Table, option: &'s str) -> &'s str {
    let options = outline.options();
    let own = outline.sections.iter().any(|section| section.table == table && options[section.option] == option);
    if own { option } else { simulation.first().map_or(option, String::as_str) }
}

fn absent<'a>(option: &'a str, row: &Row<'a>, why: &'static str) -> Compared<'a> {
    let Row { table, period, entity, metric, .. } = *row;
    Compared {
        option,
        period,
        table,
        entity,
        metric,
        reference: None,
        difference: None,
        interval: None,
        sd: None,
        p_value: None,
        verdict: Verdict::None(why),
        variance_ratio: None,
        replications: 0,
    }
}

/// Adjusts the p-values of each metric and period over all bodies and options, and gives the verdicts.
///
/// What is the same to the bit is no test. A difference is called real only if its adjusted p-value and its interval agree.
fn judge(all: &mut [Compared<'_>]) {
    let mut families: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (place, one) in all.iter().enumerate().filter(|(_, one)| one.p_value.is_some()) {
        families.entry((one.table.name, one.metric.name, one.period)).or_default().push(place);
    }
    for places in families.values() {
        let p_values: Vec<f64> = places.iter().filter_map(|&place| all[place].p_value).collect();
        for (&place, adjusted) in places.iter().zip(benjamini_yekutieli(&p_values)) {
            all[place].p_value = Some(adjusted);
            if let (Some(interval), Some(difference)) = (all[place].interval, all[place].difference) {
                all[place].verdict = verdict(all[place].metric.better, difference, interval, adjusted);
            }
        }
    }
}

fn verdict(better: Better, difference: f64, interval: Interval, p_value: f64) -> Verdict {
    if p_value > ERROR_RATE || interval.contains(0.0) {
        return Verdict::NoDifference(interval.low.abs().max(interval.high.abs()));
    }
    match (better, difference > 0.0) {
        (Better::Higher, true) | (Better::Lower, false) => Verdict::Better,
        (Better::Higher, false) | (Better::Lower, true) => Verdict::Worse,
        (Better::Neither, true) => Verdict::Higher,
        (Better::Neither, false) => Verdict::Lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_the_better_direction_and_both_errors() {
        let apart = Interval { low: 0.5, high: 1.5 };
        assert_eq!(verdict(Better::Lower, 1.0, apart, 0.01), Verdict::Worse);
        assert_eq!(verdict(Better::Higher, 1.0, apart, 0.01), Verdict::Better);
        assert_eq!(verdict(Better::Neither, 1.0, apart, 0.01), Verdict::Higher);
        assert_eq!(verdict(Better::Lower, 1.0, apart, 0.06), Verdict::NoDifference(1.5));
        let around = Interval { low: -2.5, high: 0.5 };
        assert_eq!(verdict(Better::Lower, -1.0, around, 0.01), Verdict::NoDifference(2.5));
        let below = Interval { low: -2.5, high: -0.5 };
        assert_eq!(verdict(Better::Lower, -1.0, below, 0.05), Verdict::Better);
        assert_eq!(verdict(Better::Neither, -1.0, below, 0.05), Verdict::Lower);
    }
}
