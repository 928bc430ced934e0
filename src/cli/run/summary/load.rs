//! What flow rules change: the load of each simulation.

use super::View;
use crate::cli::grid::{Grid, Kind};
use crate::cli::run::values::Scale;
use crate::results::SummaryRow;
use crate::units::DAY;

impl<'a> View<'a> {
    /// One row a simulation; nothing if all options share one.
    pub(super) fn load(&self) -> Option<String> {
        if self.results.parts.len() < 2 {
            return None;
        }
        let firsts = self.firsts();
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
        let distance = |option: &&'a str| {
            let km = self.headline.column("icbs", option, "mean_distance_km");
            let referrals = self.headline.column("icbs", option, "referrals");
            (!km.is_empty()).then(|| self.headline.weighted(km, referrals))
        };
        let columns = [
            ("Spells", sum("services", "spells")),
            ("Occupied\nplaces", a_day(sum("services", "bed_days"))),
            ("Blocked\nplaces", a_day(sum("services", "blocked_days"))),
            ("Waiting\nat the end", sum("icbs", "waiting_list")),
            ("Sent on\nwhen full", sum("providers", "transfers_in")),
            ("Distance\nkm", firsts.iter().map(distance).collect()),
        ];
        let columns: Vec<_> = columns.into_iter().filter(|(_, rows)| rows.iter().any(Option::is_some)).collect();
        let mut heads = vec![("Options".to_owned(), Kind::Text { least: 14 })];
        heads.extend(columns.iter().map(|(head, _)| ((*head).to_owned(), Kind::Number)));
        let mut grid = Grid::new(heads);
        let scales: Vec<Scale> =
            columns.iter().map(|(_, rows)| Scale::new("", &rows.iter().flatten().collect::<Vec<_>>())).collect();
        for (i, part) in self.results.parts.iter().enumerate() {
            let mut row = vec![part.options.join(", ")];
            let cells = columns.iter().zip(&scales);
            row.extend(cells.map(|((_, rows), scale)| {
                rows[i].as_ref().map_or_else(|| "-".to_owned(), |summary| scale.mean(summary))
            }));
            grid.row(row);
        }
        let below = "Every simulation draws the same patients; what differs is where they are treated and when.";
        self.section("What the flow rules change", &grid, below)
    }
}

/// A sum as a mean over so many days.
fn over(mut row: SummaryRow, days: f64) -> SummaryRow {
    row.mean = row.mean.map(|mean| mean / days);
    if let Some(interval) = &mut row.interval {
        (interval.low, interval.high) = (interval.low / days, interval.high / days);
    }
    row
}
