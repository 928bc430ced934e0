//! Services and stages as columns.

use super::{CompileError, threshold};
use crate::domain::{Class, StageSite, StartingState};
use crate::ids::{Id, IndexVec, LineId, PathwayId, ServiceId, StageId};
use crate::model::{Expected, Line, UnderWay};
use crate::random::{MAX_VISIT, Sampler};
use crate::scenario::Scenario;
use crate::theory::traffic;
use crate::units::DAY;

/// Lines, pathways, and what is known of the stages of each.
pub(super) struct Lines {
    pub(super) rows: IndexVec<LineId, Line>,
    pub(super) first_line: IndexVec<ServiceId, LineId>,
    pub(super) pathways: IndexVec<PathwayId, (ServiceId, Option<Class>)>,
    /// By line: the stage takes place near home, or patients can only come to it from such a stage.
    pub(super) near_home: IndexVec<LineId, bool>,
}

/// Compiles all stages; visits and mean stays go to what is expected.
pub(super) fn compile(scenario: &Scenario, expected: &mut Expected) -> Result<Lines, CompileError> {
    let mut lines = Lines {
        rows: IndexVec::new(),
        first_line: IndexVec::new(),
        pathways: IndexVec::new(),
        near_home: IndexVec::new(),
    };
    let given = scenario.pools.iter().any(|pool| pool.occupied_at_start.is_some());
    for (service_id, service) in scenario.services.iter_ids() {
        lines.first_line.push(LineId::new(lines.rows.len()));
        let pathway = PathwayId::new(lines.pathways.len());
        if service.classes.is_none() {
            lines.pathways.push((service_id, None));
        } else {
            for class in service.classes_present() {
                lines.pathways.push((service_id, Some(class)));
            }
        }
        let n = service.stages.len();
        let mut external = vec![0.0; n];
        external[0] = 1.0;
        let mut routing = vec![vec![0.0; n]; n];
        for (stage_id, stage) in service.stages.iter_ids() {
            let mut cumulative = 0.0;
            let mut next = Vec::new();
            for branch in &stage.next {
                cumulative += branch.probability;
                next.push((threshold(cumulative), branch.stage));
                routing[stage_id.index()][branch.stage.index()] += branch.probability;
            }
            let stationary = service.starting_state == StartingState::Stationary || given;
            lines.rows.push(Line {
                service: service_id,
                stage: stage_id,
                pathway,
                stay: Sampler::compile(&stage.stay, DAY as f64),
                under_way: stationary
                    .then(|| UnderWay { rest: Sampler::residual(&stage.stay, DAY as f64), law: stage.stay.clone() }),
                next,
                standard: stage.wait_standard.map_or(u64::MAX, |ticks| ticks.0),
                trim: stage.trim_point.map_or(u64::MAX, |ticks| ticks.0),
            });
            expected.mean_stay_days.push(stage.stay.mean());
        }
        for near in near_home(scenario, service_id, &routing) {
            lines.near_home.push(near);
        }
        let endless = || CompileError::Endless { service: service.id.clone() };
        let visits = traffic::solve(&external, &routing).map_err(|_| endless())?;
        if visits.iter().sum::<f64>() > f64::from(MAX_VISIT) / 100.0 {
            return Err(endless());
        }
        for visit in visits {
            expected.visits.push(visit);
        }
    }
    Ok(lines)
}

/// For each stage whether its patients are near home: it takes place there, or all stages before it do.
fn near_home(scenario: &Scenario, service: ServiceId, routing: &[Vec<f64>]) -> Vec<bool> {
    let stages = &scenario.services[service].stages;
    let mut near: Vec<bool> = stages.iter().map(|stage| stage.site == StageSite::NearHome).collect();
    let any = near.contains(&true);
    // At most one more stage a round.
    for _ in 0..if any { stages.len() } else { 0 } {
        for to in stages.ids().skip(1).map(StageId::index) {
            let mut before = (0..stages.len()).filter(|&from| from != to && routing[from][to] > 0.0).peekable();
            near[to] |= before.peek().is_some() && before.all(|from| near[from]);
        }
    }
    near
}
