//! Which places patients can hold, stage by stage: what can be kept, and what can be blocked.

use super::pathways;
use crate::domain::{Stage, StageSite, WhenFull};
use crate::ids::{Id as _, IndexVec, StageId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{quote, suggestion};
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeSet;

/// Checks `keeps`, `when_full = "block"` and `at = "home"` of the stages of a service.
pub(super) fn check(cx: &mut Context<'_>, service: &str, stages: &IndexVec<StageId, Stage>, rows: &[Row<'_>]) {
    let needed: BTreeSet<&str> = stages.iter().flat_map(|stage| &stage.needs).map(|need| need.pool.as_str()).collect();
    let held = held(stages);
    let before = pathways::backward(stages);
    for ((id, stage), row) in stages.iter_ids().zip(rows) {
        keeps(cx, service, *row, &needed);
        let first = id.index() == 0;
        if stage.when_full == Some(WhenFull::Block) && !stage.needs.is_empty() {
            let problem = if first {
                Some("it is the first, and patients hold no place before")
            } else if before[id.index()].iter().all(|&from| held[from].is_empty()) {
                Some("the stages before hold no place")
            } else {
                None
            };
            if let Some(problem) = problem {
                cx.sink.report_plain(Code::NothingToBlock, Some(row.at("when_full")), || {
                    format!("stage {} of {service} cannot block: {problem}", quote(&stage.id))
                });
            }
        }
        if stage.site == StageSite::NearHome && (first || stage.needs.is_empty()) {
            let problem = if first { "is the first" } else { "needs no pool" };
            cx.sink.report(Code::BadSite, Some(row.at("at")), || {
                let cure = if first { "Let patients be referred to a provider first." } else { "Give it a pool." };
                let message = format!("stage {} of {service} cannot be near home: it {problem}", quote(&stage.id));
                (message, format!("{cure} Or use at = \"here\"."))
            });
        }
    }
}

fn keeps(cx: &mut Context<'_>, service: &str, row: Row<'_>, needed: &BTreeSet<&str>) {
    let mut seen = BTreeSet::new();
    for node in row.node("keeps").and_then(Node::array).unwrap_or_default() {
        let Some(pool) = node.text() else { continue };
        if !needed.contains(pool) {
            cx.sink.report(Code::KeepsUnknown, Some(node.place), || {
                (
                    format!("no stage of {service} needs the pool {}", quote(pool)),
                    suggestion(pool, needed.iter().copied()),
                )
            });
        } else if !seen.insert(pool) {
            cx.sink.report_plain(Code::KeepsUnknown, Some(node.place), || format!("{} is kept twice", quote(pool)));
        }
    }
}

/// The pools of which patients can hold places in each stage: those it needs, and those it keeps from the stages before.
fn held(stages: &IndexVec<StageId, Stage>) -> Vec<BTreeSet<&str>> {
    let mut held: Vec<BTreeSet<&str>> =
        stages.iter().map(|stage| stage.needs.iter().map(|need| need.pool.as_str()).collect()).collect();
    let mut open: Vec<usize> = (0..held.len()).collect();
    while let Some(from) = open.pop() {
        for to in pathways::forward(stages, from) {
            let stage = &stages[StageId::new(to)];
            let kept: Vec<&str> = stage
                .keeps
                .iter()
                .map(String::as_str)
                .filter(|&pool| held[from].contains(pool) && !held[to].contains(pool))
                .collect();
            if !kept.is_empty() {
                held[to].extend(kept);
                open.push(to);
            }
        }
    }
    held
}
