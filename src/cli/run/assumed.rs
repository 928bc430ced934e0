//! The table `assumptions` for people: effects first, in columns; below them by its reason what has none.

use super::marks::Marks;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{NO_VALUE, count, fixed};
use crate::cli::printer::Printer;
use crate::cli::scenario_words::Names;
use crate::cli::text::wrap;
use crate::results::{Field, Sheet};
use std::fmt::Write as _;

/// The columns that are shown where there is room, the first ones first.
const OPTIONAL: [(&str, Kind); 4] = [
    ("owner", Kind::Text { least: 8 }),
    ("date", Kind::Key),
    ("inputs", Kind::Number),
    ("source", Kind::Text { least: 16 }),
];

/// The whole table.
pub(super) fn assumed(sheet: Sheet<'_>, names: &Names<'_>, marks: &Marks, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let at = |name: &str| sheet.header.iter().position(|head| *head == name).unwrap_or_default();
    let places = Places { at: &at };
    let rows: Vec<Vec<Field<'_>>> = sheet.rows.collect();
    let (known, unknown): (Vec<_>, Vec<_>) = rows.iter().partition(|row| !places.text(row, "metric").is_empty());
    let mut left_out = vec!["note"];
    left_out.retain(|column| rows.iter().any(|row| !places.text(row, column).is_empty()));
    let mut text = String::new();
    if !known.is_empty() {
        let metrics = distinct(known.iter().map(|row| places.text(row, "metric")));
        let remarks = distinct(known.iter().map(|row| places.text(row, "remark")).filter(|remark| !remark.is_empty()));
        let pounds = |row: &[Field<'_>], column: &str| match row[at(column)] {
            Field::Number(value) => Some(value),
            _ => None,
        };
        let columns = ["effect_of_minus_10_percent_gbp", "effect_of_plus_10_percent_gbp"];
        let all = known.iter().flat_map(|row| columns.map(|column| pounds(row, column)));
        let thousands = all.flatten().any(|pounds| pounds.abs() >= 1e6);
        let unit = if thousands { "\u{a3} thousand\na year" } else { "\u{a3} a year" };
        let cell = |row: &[Field<'_>], column: &str| match pounds(row, column) {
            None => NO_VALUE.to_owned(),
            // What is nothing looks unlike what is little.
            Some(0.0) => "0".to_owned(),
            Some(pounds) if thousands => fixed(pounds / 1e3, 1),
            Some(pounds) => fixed(pounds, 2),
        };
        let heads = ["-10 %", "+10 %"].map(|head| (format!("{head}\n{unit}"), Kind::Number));
        let heads = heads.into_iter().chain([("see".to_owned(), Kind::Key)]).collect();
        let cells = |row: &[Field<'_>]| {
            let metric = metrics.iter().position(|metric| *metric == places.text(row, "metric"));
            let remark = remarks.iter().position(|remark| *remark == places.text(row, "remark"));
            let mark =
                metric.map_or_else(String::new, letters) + &remark.map_or(String::new(), |at| format!("{}", at + 1));
            columns.map(|column| cell(row, column)).into_iter().chain([mark]).collect()
        };
        let grid = places.grid(&known, (heads, &cells), width, &mut left_out);
        let title = paint.bold("What a tenth of a number changes");
        let _ = write!(text, "\n{title}\n{}", grid.render(width, paint));
        for (i, metric) in metrics.iter().enumerate() {
            text += &wrap(&format!("{}: {}", letters(i), with_names(metric, names, marks)), width, "   ");
        }
        for (i, remark) in remarks.iter().enumerate() {
            text += &wrap(&format!("{}: {remark}", i + 1), width, "   ");
        }
    }
    for reason in distinct(unknown.iter().map(|row| places.text(row, "remark"))) {
        let alike: Vec<_> = unknown.iter().copied().filter(|row| places.text(row, "remark") == reason).collect();
        let grid = places.grid(&alike, (Vec::new(), &|_| Vec::new()), width, &mut left_out);
        let title = wrap(&format!("Effect not known: {}", heirs_with_names(reason, names)), width, "");
        let title: String = title.lines().map(|line| paint.bold(line) + "\n").collect();
        let _ = write!(text, "\n{title}{}", grid.render(width, paint));
    }
    if !left_out.is_empty() {
        let rest = format!("\nNot shown here: {}; --format csv and assumptions.csv have all.", left_out.join(", "));
        text += &wrap(&rest, width, "");
    }
    text += &wrap(marks.explained(&text), width, "");
    text.trim_start_matches('\n').to_owned()
}

/// The cells of a row in further columns.
type Cells<'a> = dyn Fn(&[Field<'_>]) -> Vec<String> + 'a;

/// Where the columns of the table stand.
struct Places<'a> {
    at: &'a dyn Fn(&str) -> usize,
}

impl Places<'_> {
    fn text<'r>(&self, row: &'r [Field<'_>], column: &str) -> &'r str {
        match &row[(self.at)(column)] {
            Field::Text(text) => text,
            _ => "",
        }
    }

    /// What the rows are about, more columns, and as many of the optional ones as there is room for; those that are left out
    /// are named.
    fn grid(
        &self,
        rows: &[&Vec<Field<'_>>],
        (heads, cells): (Vec<(String, Kind)>, &Cells<'_>),
        width: usize,
        left_out: &mut Vec<&'static str>,
    ) -> Grid {
        let make = |optional: &[(&'static str, Kind)]| {
            let text = |name: &str, least| (name.to_owned(), Kind::Text { least });
            let mut columns = vec![text("of", 17), text("number", 17), text("value", 8)];
            columns.extend(heads.iter().cloned());
            columns.extend(optional.iter().map(|(name, kind)| ((*name).to_owned(), *kind)));
            let mut grid = Grid::new(columns);
            for row in rows {
                let mut all = self.subject(row).to_vec();
                all.extend(cells(row));
                all.extend(optional.iter().map(|(name, _)| match row[(self.at)(name)] {
                    Field::Count(number) => count(number as usize),
                    _ => self.text(row, name).to_owned(),
                }));
                grid.row(all);
            }
            grid
        };
        let says = |name: &str| {
            rows.iter().any(|row| match &row[(self.at)(name)] {
                Field::Count(number) => *number > 1,
                Field::Text(text) => !text.is_empty(),
                _ => false,
            })
        };
        let mut optional = Vec::new();
        for (name, kind) in OPTIONAL.into_iter().filter(|(name, _)| says(name)) {
            optional.push((name, kind));
            if make(&optional).least_width() > width {
                optional.pop();
                if !left_out.contains(&name) {
                    left_out.push(name);
                }
            }
        }
        make(&optional)
    }

    /// What a row is about, its number, and the number's value.
    fn subject(&self, row: &[Field<'_>]) -> [String; 3] {
        let (table, key) = (self.text(row, "table"), self.text(row, "key"));
        let what = self.text(row, "what").split("; ").filter_map(|pair| pair.split_once('='));
        let (service, others): (Vec<_>, Vec<_>) = what.partition(|(key, _)| *key == "service");
        let others = others.into_iter().map(|(_, value)| value);
        let of_service = table.strip_prefix("services.").map(|id| id.strip_suffix(".stages").unwrap_or(id));
        let value = self.text(row, "value");
        let value = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value);
        let words = |words: &mut dyn Iterator<Item = &str>| {
            words.filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" ")
        };
        let [about, number] = match (of_service, service.as_slice()) {
            (Some(service), _) => [service.to_owned(), words(&mut [key].into_iter().chain(others))],
            (None, [(_, service)]) => {
                // The key of a price says what it is; of others the table does.
                let table = if table == "prices" { "" } else { table };
                [(*service).to_owned(), words(&mut [table, key].into_iter().chain(others))]
            }
            _ => [words(&mut [table].into_iter().chain(others)), key.to_owned()],
        };
        [about, number, value.to_owned()]
    }
}

fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut list: Vec<&str> = Vec::new();
    for one in all {
        if !list.contains(&one) {
            list.push(one);
        }
    }
    list
}

/// a, b, ... z, aa, ab, ...
fn letters(i: usize) -> String {
    let last = char::from(b'a' + (i % 26) as u8).to_string();
    if i < 26 { last } else { letters(i / 26 - 1) + &last }
}

/// A metric (`expected cost of QMJ under national`) with the body's name and the option's mark.
fn with_names(metric: &str, names: &Names<'_>, marks: &Marks) -> String {
    let parts = metric.rsplit_once(" under ").and_then(|(rest, option)| Some((rest.rsplit_once(" of ")?, option)));
    match parts {
        Some(((what, body), option)) => {
            format!("{what} of {} under {}", names.label("commissioner", body), marks.label(option))
        }
        None => metric.to_owned(),
    }
}

/// A reason that ends in ids of ICBs with their names.
fn heirs_with_names(reason: &str, names: &Names<'_>) -> String {
    match reason.split_once("successors: ") {
        Some((lead, heirs)) => {
            let heirs: Vec<String> = heirs.split(", ").map(|icb| names.label("icb", icb)).collect();
            format!("{lead}successors: {}", heirs.join(", "))
        }
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 52].map(letters), ["a", "z", "aa", "ab", "ba"]);
    }
}
