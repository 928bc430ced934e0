//! Metrics that decide about the number of replications.

use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::suggest;
use crate::results::{NoteKind, Results, Study, Target, TargetError, catalogue, targets};

/// The goals of `--precision`.
///
/// # Errors
/// [`Exit::Usage`], with what is wrong and how to mend it.
pub(super) fn goals(text: &str, printer: Printer) -> Result<Vec<Target>, Exit> {
    targets(text).map_err(|problem| {
        printer.error(&match &problem {
            TargetError::Form(text) => format!(
                "`{text}` is no precision: write a metric and how well it is to be known, such as cost_gbp:1% or \
                 icbs.mean_wait_days[QMJ]:0.2 d"
            ),
            TargetError::Metric(name) => unknown_metric(name),
            TargetError::Table(name) => unknown_table(name),
            TargetError::Tolerance { text, unit } => format!(
                "`{text}` is no precision of a metric in {unit}: write per cent of the mean such as 1%, or a positive number in \
                 {unit}"
            ),
        });
        Exit::Usage
    })
}

/// No table is called so; what may have been meant.
pub(in crate::cli) fn unknown_table(name: &str) -> String {
    format!("there is no table `{name}`. {}", suggest::nearest(name, &tables()))
}

/// No metric is called so, or none of the table that was named with it; what may have been meant.
pub(in crate::cli) fn unknown_metric(name: &str) -> String {
    match name.split_once('.') {
        Some((table, metric)) => {
            let cure = suggest::nearest(metric, &metrics(Some(table)));
            format!("the table {table} has no metric `{metric}`. {cure}")
        }
        None => format!("no table has the metric `{name}`. {}", suggest::nearest(name, &metrics(None))),
    }
}

/// Makes sure that every goal is about something that this scenario has.
pub(super) fn have_rows(study: &Study<'_>, goals: &[Target], printer: Printer) -> Result<(), Exit> {
    for goal in goals {
        let missing = study.unknown_entities(goal);
        if let Some(wrong) = missing.first() {
            let known = study.entities(goal);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let cure = suggest::nearest(wrong, &known);
            printer.error(&format!(
                "`{}`: the table {} has no `{wrong}` with this metric. {cure}",
                goal.text, goal.table.name
            ));
            return Err(Exit::Usage);
        }
        if study.progress(goal).rows == 0 {
            printer.error(&format!(
                "`{}`: nothing in this scenario has that metric in the table {}",
                goal.text, goal.table.name
            ));
            return Err(Exit::Usage);
        }
    }
    Ok(())
}

/// Makes sure that metrics to show are in some table, alone or as `table.metric`.
pub(in crate::cli) fn known_metrics(wanted: &[String], printer: Printer) -> Result<(), Exit> {
    for name in wanted {
        let known = catalogue().iter().any(|entry| {
            entry.metrics.iter().any(|metric| match name.split_once('.') {
                Some((table, metric_name)) => table == entry.table.name && metric_name == metric.name,
                None => name == metric.name,
            })
        });
        if !known {
            let metric = name.rsplit('.').next().unwrap_or(name);
            printer.error(&format!("no table has the metric `{name}`. {}", suggest::nearest(metric, &metrics(None))));
            return Err(Exit::Usage);
        }
    }
    Ok(())
}

/// Says how many replications it took, and why it stopped.
pub(super) fn say(results: &Results<'_>, printer: Printer) {
    let notes: Vec<String> = results
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Precision)
        .map(|note| note.shortened(5, "--table notes"))
        .collect();
    let replications = results.manifest.replications;
    let most = results.manifest.precision.as_ref().map_or(0, |wanted| wanted.max_replications as usize);
    let why = if replications >= most { "the most allowed (--max-replications)" } else { "as many as were needed" };
    printer.note(&format!("\n{replications} replications, {why}: {}", notes.join(" ")));
}

/// Names of metrics, of one table or of all.
fn metrics(table: Option<&str>) -> Vec<&'static str> {
    let all = catalogue();
    let of = all.iter().filter(|entry| table.is_none_or(|table| entry.table.name == table));
    let mut names: Vec<&str> = of.flat_map(|entry| entry.metrics.iter().map(|metric| metric.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn tables() -> Vec<&'static str> {
    catalogue().iter().filter(|entry| !entry.metrics.is_empty()).map(|entry| entry.table.name).collect()
}
