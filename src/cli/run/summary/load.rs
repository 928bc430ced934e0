//! What flow rules change: the load of each simulation.

use super::View;
use crate::cli::grid::{Grid, Kind, told_apart};
use crate::cli::numbers;
use crate::cli::run::values::Scale;
use crate::cli::scenario_words::shared;
use crate::results::SummaryRow;
use crate::units::DAY;

/// A column: its header, its cells.
type Column = (&'static str, Vec<String>);

impl<'a> View<'a> {
    /// One row a simulation; nothing if all options share one.
    pub(super) fn load(&self) -> Option<String> {
        if self.results.parts.len() < 2 {
            return None;
        }
        let firsts = self.firsts();
        let mut columns = self.load_columns(&firsts);
        let mut text = String::new();
        let labels: Vec<String> = firsts.iter().map(|option| self.marks.label(option)).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        // As few grids as the width allows, each with all simulations.
        while !columns.is_empty() {
            let fits = |n: &usize| load_grid(&labels, &columns[..*n]).least_width() <= self.width;
            let taken = (2..=columns.len()).rev().find(fits).unwrap_or(1);
            let last = taken == columns.len();
            let below = if last { self.below_load() } else { String::new() };
            let title = if text.is_empty() { "What the flow rules change" } else { "" };
            text += &self.section(title, &load_grid(&labels, &columns[..taken]), &below)?;
            columns.drain(..taken);
        }
        Some(text)
    }

    fn load_columns(&self, firsts: &[&'a str]) -> Vec<Column> {
        let days = self.scenario.run.horizon.0 as f64 / DAY as f64;
        let sum = |table: &'a str, metric: &'a str| -> Vec<Option<SummaryRow>> {
            let of = |option: &&'a str| {
                let entries = self.headline.column(table, option, metric);
                (!entries.is_empty()).then(|| self.headline.sum(entries))
            };
            firsts.iter().map(of).collect()
        };
        let a_day = |rows: Vec<Option<SummaryRow>>| -> Vec<Option<SummaryRow>> {
            rows.into_iter().map(|row| row.map(|row| over(row, days))).collect()
        };
        let scaled = |rows: Vec<Option<SummaryRow>>| -> Vec<String> {
            let scale = Scale::new("", &rows.iter().flatten().collect::<Vec<_>>());
            rows.iter().map(|row| row.as_ref().map_or_else(none, |summary| scale.mean(summary))).collect()
        };
        // The mean over patients, from those of ICBs and the numbers of their patients.
        let by_patient = |metric: &'a str, patients: &'a str| -> Vec<f64> {
            let of = |option: &&'a str| {
                let values = self.headline.column("icbs", option, metric);
                let patients = self.headline.column("icbs", option, patients);
                self.headline.weighted(values, patients).mean.unwrap_or(f64::NAN)
            };
            firsts.iter().map(of).collect()
        };
        let fixed = |values: Vec<f64>, decimals: usize| -> Vec<String> {
            values.into_iter().map(|value| numbers::fixed(value, decimals)).collect()
        };
        let few = |rows: Vec<Option<SummaryRow>>| -> Vec<String> {
            let counts: Vec<Option<f64>> = rows.iter().map(|row| row.as_ref().and_then(|row| row.mean)).collect();
            if counts.iter().flatten().all(|count| *count < 0.5) {
                return vec![none(); firsts.len()];
            }
            counts.into_iter().map(|count| count.map_or_else(none, |count| numbers::fixed(count, 0))).collect()
        };
        let waits = by_patient("mean_wait_days", "treated_from_lists");
        let short = waits.iter().copied().fold(0.0, f64::max) < 1.0;
        let columns = [
            ("Spells", scaled(sum("services", "spells"))),
            ("Occupied\nplaces", scaled(a_day(sum("services", "bed_days")))),
            ("Blocked\nplaces", scaled(a_day(sum("services", "blocked_days")))),
            ("Mean\nwait\ndays", fixed(waits, if short { 3 } else { 1 })),
            ("Waiting\nat end", scaled(sum("icbs", "waiting_list"))),
            ("Left un-\ntreated", few(sum("services", "reneged"))),
            ("Refused", few(sum("services", "refused"))),
            ("Treated at\nanother\nprovider", scaled(sum("providers", "transfers_in"))),
            ("Km\nfrom\nhome", fixed(by_patient("mean_distance_km", "treated"), 1)),
        ];
        columns.into_iter().filter(|(_, cells)| cells.iter().any(|cell| *cell != none())).collect()
    }

    fn below_load(&self) -> String {
        let mut below =
            "Every simulation draws the same referrals; what differs is where patients are treated and when."
                .to_owned();
        if self.scenario.scoped {
            below += " Providers out of scope have unlimited places: nobody waits there.";
        }
        if self.options.iter().any(|option| !self.headline.column("icbs", option, "mean_wait_days").is_empty()) {
            below += " Mean wait: for the first stage, of all who started it where there is a list.";
        }
        let groups = self.results.parts.iter().map(|part| part.options.iter().map(String::as_str).collect());
        if let Some(shared) = shared(groups) {
            below.push(' ');
            below += &shared;
        }
        below
    }
}

/// Some columns, a row a simulation, by its first option.
fn load_grid(firsts: &[&str], columns: &[Column]) -> Grid {
    let mut heads = vec![("Option".to_owned(), Kind::Text { least: told_apart(firsts) })];
    heads.extend(columns.iter().map(|(head, _)| ((*head).to_owned(), Kind::Number)));
    let mut grid = Grid::new(heads);
    for (i, option) in firsts.iter().enumerate() {
        grid.row([(*option).to_owned()].into_iter().chain(columns.iter().map(|(_, cells)| cells[i].clone())).collect());
    }
    grid
}

fn none() -> String {
    numbers::NO_VALUE.to_owned()
}

/// A sum as a mean over so many days.
fn over(mut row: SummaryRow, days: f64) -> SummaryRow {
    row.mean = row.mean.map(|mean| mean / days);
    if let Some(interval) = &mut row.interval {
        (interval.low, interval.high) = (interval.low / days, interval.high / days);
    }
    row
}
