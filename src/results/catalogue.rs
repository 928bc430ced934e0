//! The one list of tables and metrics: source of `docs/results.md`, of `tierflow explain` and of every header.

use super::assumptions::ASSUMPTIONS;
use super::attribution::ATTRIBUTION;
use super::calibration::{CALIBRATION, CALIBRATION_BEDS, CALIBRATION_FIT};
use super::comparison::COMPARISON;
use super::entity_names::NAMES;
use super::manifest::MANIFEST_COLUMNS;
use super::notes::NOTES;
use super::planning::{BUDGET_OBJECTIVE, BUDGET_PLAN, PLAN, PLAN_TARGETS, PLAN_TOTALS, POOLING};
use super::recommendation::{COMPARED, GROUPS, OF_ICBS, RECOMMENDATION, TESTS, TIERS};
use super::selection::{SELECTION, SELECTION_VALUES};
use super::sheet::{INPUTS, REPLICATIONS, SUMMARY_COLUMNS};
use super::sites::{SITE_AREAS, SITE_LOADS, SITES};
use super::stored::{ACTIVITY, CELLS};
use super::table::{
    Better, Kind, Metric, Table, audits, baselines, bodies, compared, controls, dashboard, expected, flows, footprints,
    icbs, pools, providers, risk, services, settling,
};
use super::uncertain::{INPUT_DRAWS, INPUT_UNCERTAINTY};
use super::variance::{ANTITHETIC, CONTROL_VARIATES};
use super::warm_up::WARM_UP;
use crate::domain::{Recommendation, TierTest};
use std::fmt::Write;

/// A table with its metrics; tables that hold something else than metrics have none.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The table.
    pub table: &'static Table,
    /// Its metrics, in the order of rows.
    pub metrics: Vec<&'static Metric>,
}

/// All tables in the order of the results.
pub fn catalogue() -> Vec<Entry> {
    macro_rules! entry {
        ($table:expr, $columns:expr) => {
            Entry { table: &$table, metrics: $columns.iter().map(|column| &column.metric).collect() }
        };
    }
    vec![
        entry!(bodies::COMMISSIONERS, bodies::COMMISSIONER_COLUMNS),
        entry!(bodies::DECIDERS, bodies::DECIDER_COLUMNS),
        entry!(icbs::ICBS, icbs::COLUMNS),
        entry!(risk::RISK, risk::COLUMNS),
        entry!(providers::PROVIDERS, providers::COLUMNS),
        entry!(services::SERVICES, services::SERVICE_COLUMNS),
        entry!(flows::FLOWS, flows::COLUMNS),
        entry!(pools::POOLS, pools::COLUMNS),
        Entry { table: &pools::CLASSES, metrics: pools::class_metrics() },
        entry!(services::PATHWAYS, services::PATHWAY_COLUMNS),
        entry!(audits::OCCUPANCY, audits::OCCUPANCY_COLUMNS),
        entry!(audits::PROFILE, audits::PROFILE_COLUMNS),
        entry!(settling::SETTLING, settling::COLUMNS),
        entry!(dashboard::DASHBOARD, dashboard::COLUMNS),
        entry!(footprints::FOOTPRINTS, footprints::COLUMNS),
        entry!(controls::COVERAGE, controls::COVERAGE_COLUMNS),
        entry!(controls::RECONCILIATION, controls::RECONCILIATION_COLUMNS),
        entry!(baselines::BASELINES, baselines::COLUMNS),
        Entry { table: &compared::WINNERS_LOSERS, metrics: compared::WINNERS.to_vec() },
        Entry { table: &compared::PROVIDER_IMPACT, metrics: compared::IMPACT.to_vec() },
        Entry { table: &COMPARISON, metrics: Vec::new() },
        Entry { table: &CONTROL_VARIATES, metrics: Vec::new() },
        Entry { table: &ANTITHETIC, metrics: Vec::new() },
        Entry { table: &INPUT_UNCERTAINTY, metrics: Vec::new() },
        Entry { table: &INPUT_DRAWS, metrics: Vec::new() },
        Entry { table: &ATTRIBUTION, metrics: Vec::new() },
        Entry { table: &SELECTION, metrics: Vec::new() },
        Entry { table: &SELECTION_VALUES, metrics: Vec::new() },
        Entry { table: &PLAN, metrics: Vec::new() },
        Entry { table: &PLAN_TOTALS, metrics: Vec::new() },
        Entry { table: &PLAN_TARGETS, metrics: Vec::new() },
        Entry { table: &BUDGET_PLAN, metrics: Vec::new() },
        Entry { table: &BUDGET_OBJECTIVE, metrics: Vec::new() },
        Entry { table: &POOLING, metrics: Vec::new() },
        Entry { table: &RECOMMENDATION, metrics: Vec::new() },
        Entry { table: &OF_ICBS, metrics: Vec::new() },
        Entry { table: &TIERS, metrics: Vec::new() },
        Entry { table: &TESTS, metrics: Vec::new() },
        Entry { table: &GROUPS, metrics: Vec::new() },
        Entry { table: &COMPARED, metrics: Vec::new() },
        Entry { table: &CALIBRATION, metrics: Vec::new() },
        Entry { table: &CALIBRATION_FIT, metrics: Vec::new() },
        Entry { table: &CALIBRATION_BEDS, metrics: Vec::new() },
        Entry { table: &SITES, metrics: Vec::new() },
        Entry { table: &SITE_LOADS, metrics: Vec::new() },
        Entry { table: &SITE_AREAS, metrics: Vec::new() },
        Entry { table: &expected::EXPECTED, metrics: expected::METRICS.to_vec() },
        Entry { table: &REPLICATIONS, metrics: Vec::new() },
        Entry { table: &NAMES, metrics: Vec::new() },
        Entry { table: &INPUTS, metrics: Vec::new() },
        Entry { table: &ASSUMPTIONS, metrics: Vec::new() },
        Entry { table: &NOTES, metrics: Vec::new() },
        Entry { table: &WARM_UP, metrics: Vec::new() },
        Entry { table: &ACTIVITY, metrics: Vec::new() },
        Entry { table: &CELLS, metrics: Vec::new() },
    ]
}

/// What a table, a metric, a column or a test of tiers means, in plain text; nothing if there is none of that name.
pub fn explain(name: &str) -> Option<String> {
    let mut text = TierTest::explain(name).unwrap_or_default();
    for Entry { table, metrics } in catalogue() {
        if table.name == name {
            let _ = writeln!(text, "Table {}: {}", table.name, table.meaning);
            for (column, meaning) in table.entities {
                let _ = writeln!(text, "  column {column}: {meaning}");
            }
            for metric in &metrics {
                let _ = writeln!(text, "  {} ({}): {}", metric.name, metric.unit, metric.meaning);
            }
        }
        for metric in metrics.iter().filter(|metric| metric.name == name) {
            let _ = writeln!(
                text,
                "{} in table {}: {}\n  unit: {}\n  formula: {}\n  better: {}\n  {}",
                metric.name,
                table.name,
                metric.meaning,
                metric.unit,
                metric.formula,
                better(metric.better),
                interval(metric.kind),
            );
        }
        for (column, meaning) in table.entities.iter().filter(|(column, _)| *column == name) {
            let _ = writeln!(text, "{column} in table {}: {meaning}", table.name);
        }
    }
    for (column, meaning) in SUMMARY_COLUMNS.iter().filter(|(column, _)| *column == name) {
        let _ = writeln!(text, "{column} in tables of metrics: {meaning}");
    }
    (!text.is_empty()).then_some(text)
}

/// Names that [`explain`] knows, sorted, for the nearest one to a wrong name.
pub fn names() -> Vec<&'static str> {
    let of = |entry: Entry| -> Vec<&'static str> {
        let columns = entry.table.entities.iter().map(|column| column.0);
        columns.chain(entry.metrics.iter().map(|metric| metric.name)).chain([entry.table.name]).collect()
    };
    let mut names: Vec<&'static str> =
        catalogue().into_iter().flat_map(of).chain(SUMMARY_COLUMNS.iter().map(|column| column.0)).collect();
    names.extend(TierTest::ALL.map(TierTest::name));
    names.push(Recommendation::PATIENTS_SHARE_NAME);
    names.sort_unstable();
    names.dedup();
    names
}

fn better(better: Better) -> &'static str {
    match better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::Neither => "neither",
    }
}

fn interval(kind: Kind) -> &'static str {
    match kind {
        Kind::Mean => "interval: Student over replications",
        Kind::Share => "interval: Student over replications, cut at 0, and at 1 unless some replication is above",
        Kind::Event => "interval: Clopper-Pearson for the probability",
        Kind::Fixed => "the same in all replications",
    }
}

const INTRODUCTION: &str = "\
<!-- Generated from src/results/catalogue.rs: `TIERFLOW_BLESS=1 cargo test --release results_reference`. -->
# Results

A run writes one folder. Each table is a CSV file (UTF-8, comma, LF). In a table of metrics one row is one entity and
metric: `option, period, <entity columns>, metric, unit, mean, ci_low, ci_high, sd, p05, p50, p95, replications`.
[glossary.md](glossary.md) says what the words mean.

- **Every metric is one number a replication**; rows summarise these. A period's number comes from the period's summed
  counts (`all` is not a mean of years). A ratio 0/0 is left out, and `replications` counts the rest.
- **`NA` is undefined** (0/0 in every replication); **blank is too few replications**: two for an interval, 6 for the
  median, 72 for the 5 % and 95 % quantiles. Columns that do not apply are blank too.
- **`ci_low` to `ci_high` is the simulation error**: the 95 % interval of the mean, Student's over replications, of shares
  cut at 0 and 1. **`p05` to `p95` is the likely range** of a single replication.
- **Antithetic pairs** (`run.antithetic`): intervals are over means of pairs, those of chances the mean of the intervals of both
  halves at 97.5 % each; `mean`, `sd`, quantiles and `replications` are those of single replications.
- **Posting**: a request, a wait and a start belong to the period of their instant, a spell to the period of its finish,
  bed-days and time on a waiting list to the time they cover.
- **Shares of requests** are over the *requests considered*: those of the period or, where more were decided in it because it
  began with a list (started, refused, left untreated or sent on), those decided. So none exceeds 1, and over a time that
  begins with empty lists they are over requests.
- **Spells** are finished stays of stages, not whole admissions: a pathway of three stages makes three.
- **Options**: `commissioners`, `deciders`, `icbs`, `risk` and `providers` have rows for every option, `winners_losers` and
  `provider_impact` for every option but the first, the reference. The other tables are the same
  for all options that share a simulation, and stand there once for each simulation, under the first of these options.
  Options share a simulation if their flow rules make the same model: then they have equal hashes in `manifest.json`. All
  simulations of a run draw the same referrals, so that they can be compared replication by replication. A scope holds
  the same patients in all of them.
- **Scope**: the patients in scope are those of the scope's providers, and residents of their host ICBs and of those that
  the scope names, wherever treated. A body may be only partly in scope; `coverage` in `commissioners` says how far, and its
  costs are then those of patients in scope. An ICB has no net cost under an option in which it feeds a pool that is only
  partly in scope: run the scenario with --set scope.providers=all for that. Pools are listed for providers in scope only; nobody waits at
  the others, so nobody leaves a list there, and more is paid for than without the scope.
- **Risk**: all tables are of the run, where rates are known and demand varies by chance alone. Where the scenario states
  `[uncertainty]`, each simulation is run once more with rates that vary so, and only `risk` shows it, as basis `demand`.
- **Inputs**: `input_uncertainty` is of other simulations: all replications again at each draw of the factors in `[[uncertain]]`
  (`run --inputs K`). All other tables stay what they are without it: of the factors in `[factors]`, with chance alone.
- **Money** is rounded once, to pence, for each activity cell and base period; a base period is the finest reporting period
  of the run. Totals of runs with other `periods` may therefore differ by pence.
- **Stored activity**: `activity` and `cells` hold the counts of a run's cells, summed over replications or, with
  `--activity replications`, one by one. `tierflow account` computes `commissioners`, `deciders`, `icbs`, `providers`,
  `services`, `flows`, `footprints`, `coverage`, `reconciliation`, `baselines`, `winners_losers`, `provider_impact` and, by chance alone,
  `risk` from them for other options; lists, quantiles of waits, pools, classes, the dashboard and audits need more than
  cells and are left out. From sums there are only means of what is proportional to counts: no intervals, ratios,
  chances, or net costs where over- and underspends are shared. What is computed from single replications is what `run`
  would have written, byte for byte,
  if the base periods are the same; if the run counted money by finer ones, cells are added up before they are rounded,
  and totals may differ by pence.
- **Names**: tables hold ids (ODS codes and slugs); `names` says what each is called. In a spreadsheet that has it as a sheet:
  `=XLOOKUP(C2, names!B:B, names!C:C)`.
- **Excel** shows the first 1,048,576 rows of a file and drops the rest. `replications` soon has more (England with twelve options
  and 20 replications has 2.9 million), `activity` with `--activity replications` and `flows` by month may have; a note says which
  have. Filter them first, with R, Python or DuckDB.
- No table holds subtotals. Numbers are written so that they read back to the same bits.
- A metric that cannot differ from zero or is not defined for an entity has no row (no refusals where nobody is refused).

";

/// The reference of all tables as Markdown: the content of `docs/results.md`.
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("## Columns of all tables of metrics\n\n| column | meaning |\n|---|---|\n");
    for (column, meaning) in SUMMARY_COLUMNS {
        let _ = writeln!(text, "| `{column}` | {meaning} |");
    }
    for Entry { table, metrics } in catalogue() {
        let _ = writeln!(text, "\n## `{}`\n\n{}\n\n| column | meaning |\n|---|---|", table.name, table.meaning);
        for (column, meaning) in table.entities {
            let _ = writeln!(text, "| `{column}` | {meaning} |");
        }
        if !metrics.is_empty() {
            text.push_str("\n| metric | unit | better | meaning | formula |\n|---|---|---|---|---|\n");
        }
        for metric in metrics {
            let Metric { name, unit, meaning, formula, .. } = metric;
            let _ = writeln!(text, "| `{name}` | {unit} | {} | {meaning} | {formula} |", better(metric.better));
        }
    }
    text.push_str("\n## `manifest.json`\n\nWhat is needed to run the scenario again; no time of day, path or number of threads.\n\n| key | meaning |\n|---|---|\n");
    for (key, meaning) in MANIFEST_COLUMNS {
        let _ = writeln!(text, "| `{key}` | {meaning} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn metrics_have_one_name_and_no_separators() {
        for Entry { table, metrics } in catalogue() {
            let names: BTreeSet<&str> = metrics.iter().map(|metric| metric.name).collect();
            assert_eq!(names.len(), metrics.len(), "{}", table.name);
            for metric in metrics {
                assert!(
                    !metric.meaning.contains('|') && !metric.formula.contains('|') && metric.meaning.ends_with('.')
                );
            }
        }
    }

    #[test]
    fn explains_tables_metrics_and_columns() {
        assert!(explain("pools").unwrap().contains("utilisation (share)"));
        assert_eq!(explain("spells").unwrap().matches("formula").count(), 6);
        assert!(explain("spells").unwrap().contains("a pathway of three stages makes three spells"));
        assert!(explain("ci_low").unwrap().contains("95 %"));
        assert!(explain("home_icb").is_some() && explain("nonsense").is_none());
        assert!(names().iter().all(|name| explain(name).is_some()));
    }
}
