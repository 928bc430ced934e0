//! From the tree of a batch file to a batch. What the check against the catalogue reported is nothing here.

use super::{Batch, Design, Parameter, Range, Values, Words, labelled, name, points, range};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{Sink, quote, suggestion};
use crate::scenario::node::Node;
use crate::scenario::read::{Row, rows};
use crate::scenario::source::{Place, SourceMap};
use crate::scenario::{Scenario, read_into};
use std::path::{Path, PathBuf};

/// Columns of the long table beside those of parameters.
const COLUMNS: [&str; 14] = [
    "cell",
    "scenario",
    "option",
    "period",
    "table",
    "entity",
    "metric",
    "unit",
    "mean",
    "ci_low",
    "ci_high",
    "sd",
    "replications",
    "note",
];

/// Of a scenario: its path as written, its path, and what was read.
type Read = (String, PathBuf, Option<Scenario>);

pub(super) struct Reader<'a> {
    pub(super) words: &'a Words,
    pub(super) sources: &'a mut SourceMap,
    pub(super) sink: &'a mut Sink,
}

impl Reader<'_> {
    pub(super) fn batch(&mut self, path: &Path, root: &Node) -> Option<Batch> {
        let file = Row::of(root)?;
        let design = self.design(file);
        let (parameters, design) = self.points(file, design, root.place);
        let metrics = self.metrics(file);
        let replications = file.whole("replications", 1, 1_000_000).map(|number| number as u32);
        let precision = self.precision(file);
        self.keys(file);
        let scenarios = self.scenarios(file, root.place);
        let options = self.options(file, &scenarios);
        Some(Batch {
            name: name(path),
            title: file.text("title").unwrap_or_default().to_owned(),
            scenarios: labelled(scenarios),
            options,
            replications,
            precision,
            metrics,
            parameters,
            design: design?,
        })
    }

    fn scenarios(&mut self, file: Row<'_>, top: Place) -> Vec<Read> {
        let Some(named) = file.node("scenarios") else { return Vec::new() };
        if named.array().is_some_and(<[Node]>::is_empty) {
            self.sink.report(Code::NoCells, Some(named.place), || {
                ("the list of scenarios is empty".to_owned(), "Name at least one scenario.".to_owned())
            });
        }
        let folder = self.sources.folder(top);
        let mut read: Vec<Read> = Vec::new();
        for node in texts(named) {
            let written = node.text().unwrap_or_default().to_owned();
            let path = folder.join(&written);
            if read.iter().any(|(_, known, _)| *known == path) {
                self.sink.report(Code::Duplicate, Some(node.place), || {
                    (format!("the scenario {} comes twice", quote(&written)), Code::Duplicate.cure().to_owned())
                });
                continue;
            }
            let scenario = read_into(&path, Some(node.place), &[], self.sources, self.sink);
            read.push((written, path, scenario));
        }
        read
    }

    fn options(&mut self, file: Row<'_>, scenarios: &[Read]) -> Vec<String> {
        let mut wanted = Vec::new();
        for node in file.node("options").into_iter().flat_map(texts) {
            let id = node.text().unwrap_or_default();
            for scenario in scenarios.iter().filter_map(|(.., scenario)| scenario.as_ref()) {
                let known = scenario.options.iter().map(|option| option.id.as_str());
                if !known.clone().any(|option| option == id) {
                    self.sink.report(Code::UnknownName, Some(node.place), || {
                        let message = format!("the scenario {} has no tiering option {}", scenario.name, quote(id));
                        (message, suggestion(id, known))
                    });
                }
            }
            wanted.push(id.to_owned());
        }
        wanted
    }

    fn metrics(&mut self, file: Row<'_>) -> Vec<(String, String)> {
        let Some(named) = file.node("metrics") else { return self.words.usual.clone() };
        let mut metrics: Vec<(String, String)> = Vec::new();
        for node in texts(named) {
            let text = node.text().unwrap_or_default();
            let (table, metric) = text.split_once('.').map_or((None, text), |(table, metric)| (Some(table), metric));
            let fits = |known: &&(String, String)| known.1 == metric && table.is_none_or(|table| known.0 == table);
            match self.words.metrics.iter().find(fits) {
                Some(known) if metrics.contains(known) => {
                    self.sink.report_plain(Code::Duplicate, Some(node.place), || {
                        format!("the metric {} comes twice", quote(text))
                    });
                }
                Some(known) => metrics.push(known.clone()),
                None => {
                    let words = &self.words.metrics;
                    self.sink
                        .report(Code::BatchMetric, Some(node.place), || unknown_metric(text, table, metric, words));
                }
            }
        }
        metrics
    }

    fn precision(&mut self, file: Row<'_>) -> Option<(String, u32)> {
        let node = file.node("precision")?;
        let text = node.text()?;
        if file.node("replications").is_some() {
            self.sink.report(Code::BatchPrecision, Some(file.at("replications")), || {
                ("replications and precision exclude each other".to_owned(), "Remove one of them.".to_owned())
            });
        }
        if let Some(fault) = (self.words.precision)(text) {
            self.sink.report(Code::BatchPrecision, Some(node.place), || fault);
        }
        Some((text.to_owned(), file.whole("max_replications", 2, 1_000_000).unwrap_or(1_000) as u32))
    }

    /// The design, as far as it does not need the parameters. Nothing if it cannot be read.
    fn design(&mut self, file: Row<'_>) -> Option<Design> {
        let Some(node) = file.node("design") else { return Some(Design::Grid) };
        let (kind, inner) = node.table()?.entries.first()?;
        if inner.text().is_some() && &*kind.text == "list" {
            return Some(Design::List(Vec::new()));
        }
        let inner = Row::of(inner)?;
        let number = |key, otherwise| inner.whole(key, 0, i64::MAX as u64).unwrap_or(otherwise);
        let (points, seed) = (number("points", 1) as usize, number("seed", 1));
        Some(match &*kind.text {
            "latin-hypercube" => Design::LatinHypercube { points, seed },
            "sobol" => Design::Sobol { points, seed },
            "morris" => {
                let levels = number("levels", 4) as usize;
                if !levels.is_multiple_of(2) {
                    self.sink.report(Code::OutOfRange, Some(inner.at("levels")), || {
                        (format!("{levels} is odd"), "Write an even number of levels, such as 4.".to_owned())
                    });
                }
                Design::Morris { trajectories: number("trajectories", 10) as usize, levels, seed }
            }
            _ => return None,
        })
    }

    /// The parameters, and the design with its points.
    fn points(&mut self, file: Row<'_>, design: Option<Design>, top: Place) -> (Vec<Parameter>, Option<Design>) {
        let mut parameters = Vec::new();
        for row in rows(file.table, "parameters") {
            parameters.extend(self.parameter(row, design.as_ref()));
        }
        let design = match design {
            Some(Design::List(_)) => {
                let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.clone()).collect();
                let named = file.section("design").and_then(|design| design.node("list"));
                named.and_then(|named| points::listed(self, named, &names)).map(Design::List)
            }
            other => other,
        };
        let none = rows(file.table, "parameters").next().is_none();
        if none && design.as_ref().is_some_and(|design| *design != Design::Grid) {
            self.sink.report(Code::NoCells, file.node("design").map_or(top, |node| node.place), || {
                let cure = "Add [[parameters]] with name, set, low and high, or remove the design.".to_owned();
                ("a design needs parameters".to_owned(), cure)
            });
        }
        (parameters, design)
    }

    fn parameter(&mut self, row: Row<'_>, design: Option<&Design>) -> Option<Parameter> {
        let name = row.text("name")?;
        if COLUMNS.contains(&name) {
            self.refuse(
                row.at("name"),
                format!("{} is a column of the long table", quote(name)),
                "Choose another name.",
            );
        }
        let keys = self.keys_of(row)?;
        let unfit: &[&str] = match design? {
            Design::Grid => &["low", "high", "whole"],
            Design::List(_) => &["values", "low", "high", "whole"],
            _ => &["values"],
        };
        for key in unfit.iter().filter(|key| row.node(key).is_some()) {
            let cure = match design {
                Some(Design::Grid) => {
                    "A grid has `values`; for a range choose a design, such as { latin-hypercube = { points = 50 } }."
                }
                Some(Design::List(_)) => "Remove it: the values stand in the list.",
                _ => "State the range by `low` and `high`, or remove the design for a grid.",
            };
            self.refuse(row.at(key), format!("{key} does not fit the design"), cure);
        }
        let values = match design? {
            Design::Grid => self.grid(row, name),
            Design::List(_) => Some(Values::Listed),
            _ => self.range(row, name).map(Values::Range),
        };
        Some(Parameter { name: name.to_owned(), keys, values: values? })
    }

    fn grid(&mut self, row: Row<'_>, name: &str) -> Option<Values> {
        let Some(node) = row.node("values") else {
            if row.node("low").is_none() && row.node("high").is_none() {
                self.refuse(
                    row.place,
                    format!("parameter {name} has no values"),
                    "Add, for instance, values = [1, 2].",
                );
            }
            return None;
        };
        let values = node.array()?;
        if values.is_empty() {
            self.sink.report(Code::NoCells, Some(node.place), || {
                (format!("parameter {name} has no value"), "Give it at least one.".to_owned())
            });
        }
        let shown: Vec<_> = values.iter().map(points::value).collect();
        for (i, value) in shown.iter().enumerate() {
            if shown[..i].iter().any(|earlier| earlier.toml == value.toml) {
                self.sink.report_plain(Code::Duplicate, Some(values[i].place), || {
                    format!("the value {} comes twice", value.shown)
                });
            }
        }
        Some(Values::Grid(shown))
    }

    fn range(&mut self, row: Row<'_>, name: &str) -> Option<Range> {
        let (Some(low), Some(high)) = (row.node("low"), row.node("high")) else {
            self.refuse(row.place, format!("parameter {name} has no range"), "Add `low` and `high`.");
            return None;
        };
        if low.is_bad() || high.is_bad() {
            return None;
        }
        let fault = match Range::new(low, high, row.flag("whole")) {
            Ok(range) => return Some(range),
            Err(fault) => fault,
        };
        let (message, cure) = match fault {
            range::RangeFault::NoAmount => ("is no range of amounts", Code::BatchRange.cure()),
            range::RangeFault::Units => ("has ends with different units", "State both ends in the same unit."),
            range::RangeFault::Order => ("has nothing in it", "Write the smaller value as `low`."),
            range::RangeFault::NotWhole => {
                ("does not end with whole numbers", "Write whole numbers, or remove `whole`.")
            }
        };
        self.sink.report(Code::BatchRange, Some(low.place), || {
            (format!("from {} to {} {message}", low.shown(), high.shown()), cure.to_owned())
        });
        None
    }

    /// The keys that a parameter sets, if they look like keys.
    fn keys_of(&mut self, row: Row<'_>) -> Option<Vec<String>> {
        let node = row.node("set")?;
        let nodes: Vec<&Node> = match node.array() {
            Some(nodes) => nodes.iter().collect(),
            None => vec![node],
        };
        if nodes.is_empty() {
            self.refuse(node.place, "there is no key in the list".to_owned(), Code::BatchParameter.cure());
        }
        let mut keys = Vec::new();
        for node in nodes {
            let sound = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
            match node.text() {
                Some("extends") => {
                    self.refuse(
                        node.place,
                        "extends is no parameter".to_owned(),
                        "Name both scenarios in `scenarios`.",
                    );
                }
                Some(text) if text.split('.').all(sound) && text.split('.').count() <= 8 => keys.push(text.to_owned()),
                _ if node.is_bad() => {}
                _ => self.refuse(node.place, format!("{} is no key", node.shown()), Code::BatchParameter.cure()),
            }
        }
        Some(keys)
    }

    /// Looks for keys that are set twice.
    fn keys(&mut self, file: Row<'_>) {
        let mut seen: Vec<&str> = Vec::new();
        if file.node("replications").is_some() || file.node("precision").is_some() {
            seen.push("run.replications");
        }
        for row in rows(file.table, "parameters") {
            let Some(node) = row.node("set") else { continue };
            for node in node.array().map_or_else(|| vec![node], |nodes| nodes.iter().collect()) {
                let Some(key) = node.text() else { continue };
                if seen.contains(&key) {
                    self.sink.report(Code::Duplicate, Some(node.place), || {
                        (format!("{} is set twice", quote(key)), "Set it in one place.".to_owned())
                    });
                }
                seen.push(key);
            }
        }
    }

    fn refuse(&mut self, place: Place, message: String, cure: &str) {
        self.sink.report(Code::BatchParameter, Some(place), || (message, cure.to_owned()));
    }
}

/// The texts of a list.
fn texts(list: &Node) -> impl Iterator<Item = &Node> {
    list.array().unwrap_or_default().iter().filter(|node| node.text().is_some())
}

fn unknown_metric(text: &str, table: Option<&str>, metric: &str, known: &[(String, String)]) -> (String, String) {
    let tables = known.iter().map(|known| known.0.as_str());
    match table {
        Some(table) if !known.iter().any(|known| known.0 == table) => {
            let mut tables: Vec<&str> = tables.collect();
            tables.dedup();
            (format!("{}: there is no table {}", quote(text), quote(table)), suggestion(table, tables))
        }
        Some(table) => {
            let names = known.iter().filter(|known| known.0 == table).map(|known| known.1.as_str());
            (format!("the table {table} has no metric {}", quote(metric)), suggestion(metric, names))
        }
        None => {
            let mut names: Vec<&str> = known.iter().map(|known| known.1.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            (format!("no table has the metric {}", quote(metric)), suggestion(metric, names))
        }
    }
}
