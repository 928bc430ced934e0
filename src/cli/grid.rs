//! Terminal tables that never wrap a row: text columns give way, numbers do not.

use super::printer::Paint;
use std::collections::BTreeSet;

/// How a column behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Text that may be cut to so many characters.
    Text {
        /// The least that has to be seen.
        least: usize,
    },
    /// Text that is never cut.
    Key,
    /// A number, to the right and never cut.
    Number,
}

/// A table for the terminal.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<String>>,
    /// Rows from here on stand below a line of their own.
    foot: Option<usize>,
}

impl Grid {
    /// A table with these columns. A header may hold line breaks.
    pub(super) fn new(columns: Vec<(String, Kind)>) -> Self {
        Self { columns, rows: Vec::new(), foot: None }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The rows that follow are sums of those above.
    pub(super) fn foot(&mut self) {
        self.foot = Some(self.rows.len());
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The characters of its widest row when all that may be cut is cut.
    pub(super) fn least_width(&self) -> usize {
        let least = |column: usize| match self.columns[column].1 {
            Kind::Text { least } => self.widest(column).min(least),
            Kind::Key | Kind::Number => self.widest(column),
        };
        (0..self.columns.len()).map(least).sum::<usize>() + gaps(self.columns.len())
    }

    fn widest(&self, column: usize) -> usize {
        let header = self.columns[column].0.lines().map(length).max().unwrap_or(0);
        self.rows.iter().map(|row| length(&row[column])).max().unwrap_or(0).max(header)
    }

    /// The widths of all columns within so many characters.
    fn fit(&self, width: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|column| self.widest(column)).collect();
        let mut excess = (widths.iter().sum::<usize>() + gaps(widths.len())).saturating_sub(width);
        // The widest text gives way first, a character at a time: tables have few columns.
        while excess > 0 {
            let room = |column: &usize| match self.columns[*column].1 {
                Kind::Text { least } => widths[*column].saturating_sub(least),
                Kind::Key | Kind::Number => 0,
            };
            let Some(column) = (0..widths.len()).filter(|column| room(column) > 0).max_by_key(|column| widths[*column])
            else {
                break;
            };
            widths[column] -= 1;
            excess -= 1;
        }
        widths
    }

    /// The table as text, within so many columns where that is possible.
    pub(super) fn render(&self, width: usize, paint: Paint) -> String {
        let widths = self.fit(width);
        let line = |cells: &[String]| {
            let padded = cells.iter().zip(&self.columns).zip(&widths).map(|((text, (_, kind)), &width)| match kind {
                Kind::Text { .. } | Kind::Key => format!("{:<width$}", cut(text, width)),
                Kind::Number => format!("{text:>width$}"),
            });
            padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned() + "\n"
        };
        let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        let height = self.columns.iter().map(|(header, _)| header.lines().count()).max().unwrap_or(1);
        let mut text = String::new();
        for row in 0..height {
            // Headers stand on the rule: those with fewer lines begin lower down.
            let part = |header: &str| {
                let lines: Vec<&str> = header.lines().collect();
                (row + lines.len()).checked_sub(height).map_or("", |at| lines[at]).to_owned()
            };
            let heads: Vec<String> = self.columns.iter().map(|(header, _)| part(header)).collect();
            text += &paint.bold(line(&heads).trim_end());
            text.push('\n');
        }
        text += &line(&rule);
        for (i, row) in self.rows.iter().enumerate() {
            if self.foot == Some(i) {
                text += &line(&rule);
            }
            text += &line(row);
        }
        text
    }
}

/// Characters between two columns.
const GAP: &str = "  ";

fn gaps(columns: usize) -> usize {
    columns.saturating_sub(1) * GAP.len()
}

/// Text of at most so many characters, the last of them an ellipsis if something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// The characters that a column of names needs so that no two look alike when cut.
pub(super) fn told_apart(names: &[&str]) -> usize {
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let apart = |width: &usize| {
        let seen: BTreeSet<String> = names.iter().map(|name| cut(name, *width)).collect();
        seen.len() == names.len()
    };
    (14..longest).find(apart).unwrap_or(longest)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printer::Printer;

    #[test]
    fn text_gives_way_and_numbers_do_not() {
        let mut grid =
            Grid::new(vec![("Provider".into(), Kind::Text { least: 6 }), ("Cost\n\u{a3}m".into(), Kind::Number)]);
        grid.row(vec!["University College London Hospitals".into(), "1,234.5".into()]);
        grid.foot();
        grid.row(vec!["Total".into(), "1,234.5".into()]);
        let plain = Printer::new(true).paint_result();
        let text = grid.render(20, plain);
        assert!(text.lines().all(|line| length(line) <= 20), "{text}");
        assert!(text.contains("University\u{2026}") && text.contains("1,234.5"), "{text}");
        assert_eq!(text.lines().count(), 6);
    }
}
