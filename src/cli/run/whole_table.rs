//! One table of the results in full: entities down, metrics or options across.

use super::assumed::assumed;
use super::headline::ALL;
use super::marks::Marks;
use super::values::Scale;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{self, NO_VALUE};
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{Names, shared};
use crate::cli::text::{break_name, wrap};
use crate::results::{Field, Results, Row, Sheet, SummaryRow};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A table that has a mean and an interval a row, or any other one.
pub(super) fn whole_table(scenario: &Scenario, results: &Results<'_>, name: &str, printer: Printer) -> String {
    let Some(sheet) = results.sheet(name) else { return String::new() };
    let (width, paint) = (printer.width(), printer.paint_result());
    let title = format!("Table {name}: {}", sheet.table.meaning);
    let mut text: String = wrap(&title, width, "").lines().map(|line| paint.bold(line) + "\n").collect();
    let rows: Vec<(Row<'_>, SummaryRow)> = results.rows_of(sheet.table).collect();
    let marks = Marks::new(results);
    let facts = (!rows.is_empty()).then(|| Facts::new(&rows, results));
    let Some(facts) = facts else {
        text.push('\n');
        text += &match name {
            "assumptions" => assumed(sheet, &Names::new(scenario), &marks, printer),
            "notes" | "inputs" => sentences(sheet, width),
            _ => plain(sheet, &marks, printer),
        };
        return text;
    };
    text += &wrap(
        &format!(
            "Means over {} ± simulation error (95 %).",
            numbers::of(results.manifest.replications, "replication", "replications")
        ),
        width,
        "",
    );
    if results.parts.len() > 1 {
        let groups = results.parts.iter().map(|part| part.options.iter().map(String::as_str).collect());
        text += &shared(groups).map_or_else(String::new, |line| wrap(&line, width, ""));
    }
    let names = Names::new(scenario);
    for block in facts.blocks(sheet.table.entities, (&names, &marks), width) {
        let _ = write!(
            text,
            "\n{}{}",
            block.title.map_or_else(String::new, |title| paint.bold(&title) + "\n"),
            block.grid.render(width, paint)
        );
    }
    text += &wrap(marks.explained(&text), width, "");
    if facts.other_periods > 0 {
        let more = numbers::of(facts.other_periods, "other period", "other periods");
        text += &wrap(&format!("\nThe whole time is shown; {more} in {name}.csv."), width, "");
    }
    text
}

/// The rows of one table for the whole time.
struct Facts<'a> {
    entities: Vec<&'a [String]>,
    metrics: Vec<(&'static str, &'static str)>,
    options: Vec<&'a str>,
    /// For each simulation its options.
    simulations: Vec<Vec<usize>>,
    /// By metric, option and entity.
    rows: BTreeMap<(usize, usize, usize), &'a SummaryRow>,
    other_periods: usize,
}

struct Block {
    title: Option<String>,
    grid: Grid,
}

fn position<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

impl<'a> Facts<'a> {
    fn new(rows: &'a [(Row<'a>, SummaryRow)], results: &Results<'_>) -> Self {
        let mut facts = Self {
            entities: Vec::new(),
            metrics: Vec::new(),
            options: Vec::new(),
            simulations: Vec::new(),
            rows: BTreeMap::new(),
            other_periods: 0,
        };
        let mut places: BTreeMap<&[String], usize> = BTreeMap::new();
        let mut others = BTreeSet::new();
        for (row, summary) in rows {
            if row.period != ALL {
                others.insert(row.period);
                continue;
            }
            let metric = position(&mut facts.metrics, (row.metric.name, row.metric.unit));
            let option = position(&mut facts.options, row.option);
            let entity = *places.entry(row.entity).or_insert_with(|| {
                facts.entities.push(row.entity);
                facts.entities.len() - 1
            });
            facts.rows.insert((metric, option, entity), summary);
        }
        facts.other_periods = others.len();
        let of = |ids: &[String]| {
            (0..facts.options.len()).filter(|&i| ids.iter().any(|id| id == facts.options[i])).collect()
        };
        facts.simulations = results.parts.iter().map(|part| of(&part.options)).collect();
        facts
    }

    /// Whether none of these options changes a metric.
    fn is_shared(&self, metric: usize, options: &[usize]) -> bool {
        (0..self.entities.len()).all(|entity| {
            let mut means = options.iter().map(|&option| self.rows.get(&(metric, option, entity)).map(|row| row.mean));
            let first = means.next();
            means.all(|mean| Some(mean) == first)
        })
    }

    /// The options that a metric is shown for: of simulations the first, if nothing but the simulation makes a difference.
    fn shown(&self, metric: usize) -> Vec<usize> {
        if self.simulations.iter().all(|options| self.is_shared(metric, options)) {
            self.simulations.iter().filter_map(|options| options.first().copied()).collect()
        } else {
            (0..self.options.len()).collect()
        }
    }

    fn column(&self, metric: usize, option: usize) -> Vec<&SummaryRow> {
        (0..self.entities.len()).filter_map(|entity| self.rows.get(&(metric, option, entity)).copied()).collect()
    }

    /// First the metrics that no option changes, as many beside each other as there is room for; then each of the others,
    /// options beside each other.
    fn blocks(&self, columns: &[(&str, &str)], (names, marks): (&Names<'_>, &Marks), width: usize) -> Vec<Block> {
        let all: Vec<usize> = (0..self.options.len()).collect();
        let (shared, apart): (Vec<usize>, Vec<usize>) =
            (0..self.metrics.len()).partition(|&metric| self.is_shared(metric, &all));
        let scale = |metric: usize| {
            let rows: Vec<&SummaryRow> =
                (0..self.options.len()).flat_map(|option| self.column(metric, option)).collect();
            Scale::new(self.metrics[metric].1, &rows)
        };
        let shared = shared.into_iter().map(|metric| {
            let scale = scale(metric);
            let head = format!("{}\n{}", break_name(self.metrics[metric].0, 14), scale.unit);
            (head, self.cells(metric, 0, &scale))
        });
        let title = (self.options.len() > 1).then(|| "The same in all options".to_owned());
        let mut blocks = self.side_by_side(title.as_deref(), columns, names, shared.collect(), width);
        for metric in apart {
            let scale = scale(metric);
            let by_option = self
                .shown(metric)
                .into_iter()
                .map(|option| (break_name(&marks.label(self.options[option]), 14), self.cells(metric, option, &scale)))
                .collect();
            let title = format!("{}, {}", self.metrics[metric].0, scale.unit);
            blocks.extend(self.side_by_side(Some(&title), columns, names, by_option, width));
        }
        blocks
    }

    fn cells(&self, metric: usize, option: usize, scale: &Scale) -> Vec<String> {
        let cell = |entity| {
            self.rows
                .get(&(metric, option, entity))
                .map_or_else(|| NO_VALUE.to_owned(), |row| scale.mean_and_error(row))
        };
        (0..self.entities.len()).map(cell).collect()
    }

    /// As few grids as the width allows, each with all entities.
    fn side_by_side(
        &self,
        title: Option<&str>,
        columns: &[(&str, &str)],
        names: &Names<'_>,
        mut values: Vec<(String, Vec<String>)>,
        width: usize,
    ) -> Vec<Block> {
        let mut title = title;
        let mut blocks = Vec::new();
        while !values.is_empty() {
            let mut taken = values.len();
            loop {
                let grid = self.grid(columns, names, &values[..taken]);
                if taken == 1 || grid.least_width() <= width {
                    blocks.push(Block { title: title.take().map(str::to_owned), grid });
                    break;
                }
                taken -= 1;
            }
            values.drain(..taken);
        }
        blocks
    }

    fn grid(&self, columns: &[(&str, &str)], names: &Names<'_>, values: &[(String, Vec<String>)]) -> Grid {
        let heads = columns.iter().map(|(name, _)| ((*name).to_owned(), Kind::Text { least: 14 }));
        let mut grid = Grid::new(heads.chain(values.iter().map(|(head, _)| (head.clone(), Kind::Number))).collect());
        for (i, entity) in self.entities.iter().enumerate() {
            let cells = columns.iter().zip(*entity).map(|((column, _), id)| names.label(column, id));
            let row: Vec<String> = cells.chain(values.iter().map(|(_, column)| column[i].clone())).collect();
            if values.iter().any(|(_, column)| column[i] != NO_VALUE) {
                grid.row(row);
            }
        }
        grid
    }
}

/// A table as it stands in its file, columns left out that say the same in every row.
fn plain(sheet: Sheet<'_>, marks: &Marks, printer: Printer) -> String {
    let mut rows: Vec<Vec<Field<'_>>> = sheet.rows.collect();
    if let Some(option) = sheet.header.iter().position(|head| *head == "option") {
        for row in &mut rows {
            if let Field::Text(id) = &row[option] {
                row[option] = Field::Text(marks.label(id).into());
            }
        }
    }
    let varies = |i: &usize| rows.len() < 2 || rows.iter().any(|row| row[*i] != rows[0][*i]);
    let (used, constant): (Vec<usize>, Vec<usize>) = (0..sheet.header.len()).partition(varies);
    let same: Vec<String> = constant
        .into_iter()
        .filter(|&i| !matches!(rows[0][i], Field::Blank))
        .map(|i| format!("{} {}", sheet.header[i], field(&rows[0][i])))
        .collect();
    let kind = |i: usize| {
        let number = rows.iter().any(|row| matches!(row[i], Field::Number(_) | Field::Count(_)));
        match sheet.header[i] {
            _ if number => Kind::Number,
            "metric" => Kind::Key,
            _ => Kind::Text { least: 6 },
        }
    };
    let mut grid = Grid::new(used.iter().map(|&i| (sheet.header[i].to_owned(), kind(i))).collect());
    for row in &rows {
        grid.row(used.iter().map(|&i| field(&row[i])).collect());
    }
    let above = if same.is_empty() {
        String::new()
    } else {
        wrap(&format!("In all rows: {}.", same.join(", ")), printer.width(), "")
    };
    let text = above + &grid.render(printer.width(), printer.paint_result());
    let explained = wrap(marks.explained(&text), printer.width(), "");
    text + &explained
}

/// A table of sentences: a paragraph a row.
fn sentences(sheet: Sheet<'_>, width: usize) -> String {
    let paragraph = |row: Vec<Field<'_>>| {
        let fields: Vec<String> = row.iter().map(field).filter(|text| !text.is_empty()).collect();
        wrap(&fields.join(" | "), width, "    ")
    };
    sheet.rows.map(paragraph).collect()
}

fn field(field: &Field<'_>) -> String {
    match field {
        Field::Text(text) => text.to_string(),
        Field::Number(value) => numbers::fixed(*value, numbers::decimals(value.abs(), 5, 6)),
        Field::Count(count) => numbers::count(*count as usize),
        Field::Undefined => NO_VALUE.to_owned(),
        Field::Blank => String::new(),
    }
}
