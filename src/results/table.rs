//! What every table of the results is made of: entities down, metrics across, one number each a replication.

pub(super) mod audits;
pub(super) mod baselines;
pub(super) mod bodies;
pub(super) mod care;
pub(super) mod compared;
pub(super) mod controls;
pub(super) mod dashboard;
pub(super) mod expected;
pub(super) mod flows;
pub(super) mod footprints;
pub(super) mod icbs;
pub(super) mod pools;
pub(super) mod providers;
pub(super) mod risk;
pub(super) mod services;
pub(super) mod settling;

/// A table of the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its name: the file is called so, with the ending `.csv`.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// The columns that name what a row is about, each with its meaning.
    pub entities: &'static [(&'static str, &'static str)],
}

/// Which way of a metric is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither, or it depends on who asks.
    Neither,
}

/// What kind of number a metric is; it decides about the interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A number a replication: Student's interval.
    Mean,
    /// A share a replication, in [0, 1]: Student's interval, cut at 0 and 1.
    Share,
    /// 0 or 1 a replication: its mean is a probability, with the interval of Clopper and Pearson.
    Event,
    /// The same in all replications.
    Fixed,
}

/// A metric of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric {
    /// Its name in the column `metric`.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// Which way is good.
    pub better: Better,
    /// What it says, for whoever reads the table.
    pub meaning: &'static str,
    /// How it is computed, for whoever checks it.
    pub formula: &'static str,
}

/// A metric, where it exists, and its value: `F` is what is known of an entity before the simulation, `T` what one
/// replication leaves of it in one period.
pub(super) struct Column<F: 'static, T: 'static> {
    pub(super) metric: Metric,
    /// Whether the entity has this metric at all.
    pub(super) exists: fn(&F) -> bool,
    /// Its value in the metric's unit; not a number where it is undefined.
    pub(super) value: fn(&F, &T) -> f64,
}

/// The metrics of each entity, entity by entity: the order of rows within a period.
pub(super) fn items<F, T>(columns: &'static [Column<F, T>], facts: &[F]) -> Vec<(u32, &'static Metric)> {
    let of = |(entity, facts): (usize, &F)| -> Vec<(u32, &'static Metric)> {
        columns.iter().filter(|column| (column.exists)(facts)).map(|column| (entity as u32, &column.metric)).collect()
    };
    facts.iter().enumerate().flat_map(of).collect()
}

/// The values of one period, in the order of [`items`].
pub(super) fn fill<'t, F, T: 'static>(
    columns: &[Column<F, T>],
    facts: &[F],
    tallies: impl IntoIterator<Item = &'t T>,
    out: &mut [f64],
) {
    let mut out = out.iter_mut();
    for (facts, tally) in facts.iter().zip(tallies) {
        for (column, out) in columns.iter().filter(|column| (column.exists)(facts)).zip(&mut out) {
            *out = (column.value)(facts, tally);
        }
    }
}

/// Part over whole; not a number if the whole is zero.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Ticks per case in days.
pub(super) fn days_per(ticks: u64, cases: u64) -> f64 {
    ratio(ticks, cases) / crate::units::DAY as f64
}
