//! Services.

use super::{stages, stays};
use crate::domain::{Class, Delegation, Returns, Service, StartingState};
use crate::ids::{Id as _, StageId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::names::Names;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use crate::units::{DAY, MINUTE};
use std::collections::BTreeMap;

/// How far probabilities may miss 1: what 1/3 loses by rounding in the file.
const TOLERANCE: f64 = 0.001;

/// The shortest mean time in days after which the refused come back: a minute, less what is lost by rounding.
const SOONEST: f64 = MINUTE as f64 / DAY as f64 - 1e-9;

/// A service with its section and those of its stages.
pub(super) struct Draft<'a> {
    pub(super) service: Service,
    /// The section; nothing if it could not be read.
    pub(super) row: Option<Row<'a>>,
    pub(super) stages: Vec<Row<'a>>,
}

impl Draft<'_> {
    /// The place of a stage's value, or of the stage.
    pub(super) fn at(&self, stage: StageId, key: &str) -> Option<Place> {
        self.stages.get(stage.index()).map(|row| row.at(key))
    }
}

/// Builds all services in the order of their ids.
pub(super) fn build<'a>(cx: &mut Context<'a>) -> Vec<Draft<'a>> {
    let rows: BTreeMap<&str, Row<'a>> = cx.sections("services").map(|(name, row)| (&*name.text, row)).collect();
    let default = starting_state(cx.section("run")).unwrap_or(StartingState::Empty);
    let names: &Names = cx.names;
    names.all(Target::Service).iter().map(|id| service(cx, id, rows.get(id.as_str()).copied(), default)).collect()
}

fn starting_state(row: Option<Row<'_>>) -> Option<StartingState> {
    Some(match row?.text("starting_state")? {
        "stationary" => StartingState::Stationary,
        _ => StartingState::Empty,
    })
}

fn service<'a>(cx: &mut Context<'a>, id: &str, row: Option<Row<'a>>, default: StartingState) -> Draft<'a> {
    let text = |key: &str| row.and_then(|row| row.text(key)).map(str::to_owned);
    let classes = row.and_then(|row| classes(cx, id, row));
    // Of wrong classes, which were reported, nothing more is said.
    let wrong = classes.is_none() && row.is_some_and(|row| row.node("classes").is_some());
    let (stages, rows) = match row.and_then(|row| row.node("stages")) {
        Some(list) => stages::build(cx, id, list, if wrong { Some([1.0; 3]) } else { classes }),
        None => Default::default(),
    };
    let service = Service {
        id: id.to_owned(),
        name: row.map_or_else(|| id.to_owned(), |row| row.name(id)),
        code: text("code"),
        programme: text("programme"),
        delegation: match row.and_then(|row| row.text("delegation")) {
            Some("retained") => Delegation::Retained,
            Some("suitable-later") => Delegation::SuitableLater,
            _ => Delegation::SuitableNow,
        },
        specialised_share: row.and_then(|row| row.share("specialised_share")).unwrap_or(1.0),
        starting_state: starting_state(row).unwrap_or(default),
        classes,
        batches: row.and_then(|row| batches(cx, id, row)).unwrap_or_else(|| vec![1.0]),
        returns: row.and_then(|row| returns(cx, row)),
        stages,
    };
    Draft { service, row, stages: rows }
}

/// The shares of the classes, scaled to sum to one; nothing if they are wrong.
fn classes(cx: &mut Context<'_>, service: &str, row: Row<'_>) -> Option<[f64; 3]> {
    let section = row.section("classes")?;
    let mut shares = [0.0; 3];
    for (share, class) in shares.iter_mut().zip(Class::ALL) {
        if let Some(node) = section.node(&class.to_string()) {
            *share = leaf::share(node).ok()?;
        }
    }
    let total: f64 = shares.iter().sum();
    if (total - 1.0).abs() > TOLERANCE {
        if !section.has_others(&["emergency", "urgent", "elective"]) {
            cx.sink.report(Code::NotOne, Some(section.place), || {
                let cure = "Correct them, such as { emergency = 0.3, urgent = 0.2, elective = 0.5 }.";
                (format!("the shares of the classes of {service} sum to {total}"), cure.to_owned())
            });
        }
        return None;
    }
    Some(shares.map(|share| share / total))
}

/// The probabilities of the sizes of batches, scaled to sum to one; nothing if they are wrong.
fn batches(cx: &mut Context<'_>, service: &str, row: Row<'_>) -> Option<Vec<f64>> {
    let list = row.node("batches")?;
    let sizes: Vec<f64> = list.array()?.iter().map(|node| leaf::share(node).ok()).collect::<Option<_>>()?;
    let total: f64 = sizes.iter().sum();
    let problem = if sizes.is_empty() || sizes.len() > Service::LARGEST_BATCH {
        format!("a batch has one of 1 to {} sizes, not of {}", Service::LARGEST_BATCH, sizes.len())
    } else if (total - 1.0).abs() > TOLERANCE {
        format!("the probabilities of the sizes of batches of {service} sum to {total}")
    } else {
        return Some(sizes.into_iter().map(|size| size / total).collect());
    };
    cx.sink.report(Code::NotOne, Some(list.place), || {
        (problem, "Correct them, such as [0.9, 0.1]: nine times in ten one patient, else two.".to_owned())
    });
    None
}

fn returns(cx: &mut Context<'_>, row: Row<'_>) -> Option<Returns> {
    let section = row.section("returns")?;
    let node: &Node = section.node("after")?;
    let after = stays::stay(cx, node)?;
    if after.mean() < SOONEST {
        cx.sink.report(Code::BadStay, Some(node.place), || {
            let cure = "Write how long it takes on average, such as { exponential = { mean = \"2 d\" } }.";
            let message = "the refused come back within a minute on average, and would be refused again";
            (message.to_owned(), cure.to_owned())
        });
    }
    Some(Returns {
        share: section.share("share").unwrap_or(1.0),
        after,
        at_most: section.whole("at_most", 1, 1000).unwrap_or(10) as u32,
    })
}
