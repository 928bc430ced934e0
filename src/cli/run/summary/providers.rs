//! What each provider does, for whom, and what comes from outside.

use super::View;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{self, percent};
use crate::cli::run::headline::Entry;
use crate::cli::run::values::Scale;
use crate::results::SummaryRow;

/// Shares of a provider's spells, with their headers.
const OUTSIDE: [(&str, &str); 3] = [
    ("from_outside_icb_share", "Outside\nICB"),
    ("from_outside_footprint_share", "Outside\nfoot-\nprint"),
    ("from_outside_region_share", "Outside\nregion"),
];

/// Rows of the table.
const ROWS: usize = 14;
/// What a provider gets for patients of other ICBs.
const FROM_OUTSIDE: &str = "income_from_outside_icb_gbp";

impl<'a> View<'a> {
    pub(super) fn providers(&self) -> Option<String> {
        let option = *self.options.first()?;
        let spells = self.headline.column("providers", option, "spells");
        let mut order: Vec<&Entry<'a>> = spells.iter().filter(|entry| self.in_scope(&entry.entity[0])).collect();
        let metric = |metric: &'a str, entity: &[String]| self.headline.one("providers", option, metric, entity);
        // First those whose work for others is worth most, then those that do most.
        let key = |entry: &Entry<'a>| {
            let outside = metric(FROM_OUTSIDE, entry.entity).and_then(|row| row.mean).filter(|_| self.costs_anything());
            (outside.unwrap_or(0.0), entry.summary.mean.unwrap_or(0.0))
        };
        order.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        let shown = &order[..order.len().min(ROWS)];
        // Over all providers in scope, shown or not.
        let total = |metric: &'a str| -> SummaryRow {
            let all = self.headline.column("providers", option, metric);
            let wanted: Vec<Entry<'a>> = all.iter().filter(|entry| self.in_scope(&entry.entity[0])).copied().collect();
            self.headline.sum(&wanted)
        };
        let incomes: Vec<&SummaryRow> = shown.iter().filter_map(|entry| metric("income_gbp", entry.entity)).collect();
        let money = Scale::new("GBP", &incomes);
        let paid: Vec<(&str, String)> = [("income_gbp", "Income"), (FROM_OUTSIDE, "From\noutside")]
            .into_iter()
            .filter(|(name, _)| self.costs_anything() && shown.iter().any(|entry| metric(name, entry.entity).is_some()))
            .map(|(name, head)| (name, format!("{head}\n{}", money.unit)))
            .collect();
        let shares: Vec<(&str, &str)> = OUTSIDE
            .into_iter()
            .filter(|(name, _)| shown.iter().any(|entry| metric(name, entry.entity).is_some()))
            .collect();
        let mut columns = vec![
            ("Provider".to_owned(), Kind::Text { least: 14 }),
            ("Spells".to_owned(), Kind::Number),
            ("Occupied\nplaces".to_owned(), Kind::Number),
        ];
        columns.extend(shares.iter().map(|(_, head)| ((*head).to_owned(), Kind::Number)));
        columns.extend(paid.iter().map(|(_, head)| (head.clone(), Kind::Number)));
        let mut grid = Grid::new(columns);
        let days = self.scenario.run.horizon.days();
        for entry in shown {
            let mean = |name: &'a str| metric(name, entry.entity).and_then(|row| row.mean).unwrap_or(f64::NAN);
            let mut row = vec![
                self.names.label("provider", &entry.entity[0]),
                numbers::fixed(entry.summary.mean.unwrap_or(f64::NAN), 0),
                numbers::fixed(mean("bed_days") / days, 1),
            ];
            row.extend(shares.iter().map(|(name, _)| percent(mean(name), 1)));
            row.extend(paid.iter().map(|(name, _)| money.number(mean(name))));
            grid.row(row);
        }
        let more = order.len() - shown.len();
        if order.len() > 1 {
            grid.foot();
            let name = if more > 0 { format!("All {}", numbers::count(order.len())) } else { "Total".to_owned() };
            let mut row = vec![
                name,
                numbers::fixed(total("spells").mean.unwrap_or(f64::NAN), 0),
                numbers::fixed(total("bed_days").mean.unwrap_or(f64::NAN) / days, 1),
            ];
            row.extend(shares.iter().map(|_| String::new()));
            row.extend(paid.iter().map(|(name, _)| money.mean(&total(name))));
            grid.row(row);
        }
        let mut below =
            if more > 0 { format!("and {} more: --table providers. ", numbers::count(more)) } else { String::new() };
        if !shares.is_empty() {
            below += "Outside: share of spells of patients from outside the ICB, footprint or region that the provider lies in. ";
        }
        if paid.len() > 1 {
            below += "Income from outside: for patients of other ICBs, which a single-ICB tier leaves to their boards; providers with \
                      most of it come first.";
        }
        let scope = if self.scenario.scoped { " in scope" } else { "" };
        // Under other flow rules they do something else.
        let under = if self.results.parts.len() > 1 { format!(", under {option}") } else { String::new() };
        self.section(&format!("Providers{scope}: what they do, and for whom{under}"), &grid, &below)
    }

    pub(super) fn in_scope(&self, provider: &str) -> bool {
        !self.scenario.scoped || self.scenario.providers.iter().any(|known| known.id == provider && known.in_scope)
    }
}
