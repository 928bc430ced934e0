//! What is known of every entity before the simulation: which rows there are.

mod capacity;
mod commissioning;
mod oversight;
mod treatment;

use super::layout::Section;
use super::plan::Plan;
use super::table::audits::{self, Audited};
use super::table::baselines::{self, Baseline};
use super::table::bodies::{self, Commissioner, Decider};
use super::table::controls::{self, Stated};
use super::table::dashboard::{self, Held};
use super::table::flows;
use super::table::footprints::{self, Catchment};
use super::table::icbs::{self, Resident};
use super::table::pools::{self, Place};
use super::table::providers::{self, Reach};
use super::table::risk::{self, Basis, Exposed};
use super::table::services::{self, Line};
use super::table::settling::{self, Parts};
use super::table::{Metric, Table, items};
use crate::domain::ControlTotal;
use crate::ids::{ClassRowId, IcbId, PathwayId, PoolId, ProviderId, ServiceId};
use crate::ledger::{Arrangements, Coverage, Tariff, coverage};
use crate::model::Model;
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// The entities of a section and what is known of each.
#[derive(Debug)]
pub(super) enum Content {
    Commissioners(Vec<Commissioner>),
    Deciders(Vec<Decider>),
    /// With the ICB of each row.
    Icbs(Vec<IcbId>, Vec<Resident>),
    /// With the body of each row.
    Risk(Vec<AtRisk>, Vec<Exposed>),
    /// With the provider of each row.
    Providers(Vec<ProviderId>, Vec<Reach>),
    Services(Vec<ServiceId>, Vec<Line>),
    /// Flows in the order of the plan.
    Flows(Vec<()>),
    /// With the position of each site.
    Dashboard(Vec<usize>, Vec<Held>),
    /// With the position of footprint and service, footprint first.
    Footprints(Vec<usize>, Vec<Catchment>),
    /// With the services of each row and their specialised shares.
    Coverage(Vec<Vec<(ServiceId, f64)>>, Vec<Stated>),
    /// With the position of each site.
    Reconciliation(Vec<usize>, Vec<ControlTotal>),
    Baselines(Vec<Baseline>),
    /// Made of other rows when all simulations are known.
    Compared,
    Pools(Vec<PoolId>, Vec<Place>),
    /// With the row of pool and class.
    Classes(Vec<ClassRowId>, Vec<Place>),
    Pathways(Vec<PathwayId>, Vec<()>),
    /// With pool and number of patients.
    Occupancy(Vec<(PoolId, usize)>, Vec<Audited>),
    /// With pool and instant of the profile's cycle, or session of the calendar's.
    Profile(Vec<(PoolId, Instant)>, Vec<Audited>),
    Settling(Vec<PoolId>, Vec<Parts>),
}

/// Whose costs a row of the table of risks has.
#[derive(Clone, Copy, Debug)]
pub(super) enum AtRisk {
    /// Position of a commissioner: what it owes.
    Payer(usize),
    /// What an ICB bears.
    Icb(IcbId),
}

/// An instant of the profile.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instant {
    /// Of the audit.
    Audit(usize),
    /// Of a session.
    Session(usize),
}

impl Content {
    /// Whether the counts of cells say something of it.
    pub(super) fn is_from_cells(&self) -> bool {
        match self {
            Self::Commissioners(_)
            | Self::Deciders(_)
            | Self::Icbs(..)
            | Self::Risk(..)
            | Self::Providers(..)
            | Self::Services(..)
            | Self::Flows(_)
            | Self::Footprints(..)
            | Self::Coverage(..)
            | Self::Reconciliation(..)
            | Self::Baselines(_)
            | Self::Compared => true,
            Self::Dashboard(..)
            | Self::Pools(..)
            | Self::Classes(..)
            | Self::Pathways(..)
            | Self::Occupancy(..)
            | Self::Profile(..)
            | Self::Settling(..) => false,
        }
    }

    fn items(&self) -> Vec<(u32, &'static Metric)> {
        match self {
            Self::Commissioners(facts) => items(&bodies::COMMISSIONER_COLUMNS, facts),
            Self::Deciders(facts) => items(&bodies::DECIDER_COLUMNS, facts),
            Self::Icbs(_, facts) => items(&icbs::COLUMNS, facts),
            Self::Risk(_, facts) => items(&risk::COLUMNS, facts),
            Self::Providers(_, facts) => items(&providers::COLUMNS, facts),
            Self::Services(_, facts) => items(&services::SERVICE_COLUMNS, facts),
            Self::Flows(facts) => items(&flows::COLUMNS, facts),
            Self::Dashboard(_, facts) => items(&dashboard::COLUMNS, facts),
            Self::Footprints(_, facts) => items(&footprints::COLUMNS, facts),
            Self::Coverage(_, facts) => items(&controls::COVERAGE_COLUMNS, facts),
            Self::Reconciliation(_, facts) => items(&controls::RECONCILIATION_COLUMNS, facts),
            Self::Baselines(facts) => items(&baselines::COLUMNS, facts),
            Self::Compared => Vec::new(),
            Self::Pools(_, facts) | Self::Classes(_, facts) => items(&pools::COLUMNS, facts),
            Self::Pathways(_, facts) => items(&services::PATHWAY_COLUMNS, facts),
            Self::Occupancy(_, facts) => items(&audits::OCCUPANCY_COLUMNS, facts),
            Self::Profile(_, facts) => items(&audits::PROFILE_COLUMNS, facts),
            Self::Settling(_, facts) => items(&settling::COLUMNS, facts),
        }
    }
}

/// The entity columns of each row, and the content.
type Entities = (Vec<Vec<String>>, Content);

/// All sections in the order of the files, their rows not numbered yet. Of demand beyond chance there is the table of risks
/// alone.
pub(super) fn sections(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    options: &[Arrangements],
    plan: &Plan,
    basis: Basis,
) -> Vec<Section> {
    let reports = model.calendar.reports.len();
    let section = |table, option, periods, (entities, content): Entities| Section {
        table,
        option,
        periods,
        items: content.items(),
        entities,
        content,
        first_row: 0,
    };
    let coverages: Vec<Coverage> =
        options.iter().map(|option| coverage(scenario, model, tariff, option.option)).collect();
    let by_option = |table: &'static Table, content: &dyn Fn(&Arrangements, &Coverage) -> Entities| -> Vec<Section> {
        let options = options.iter().zip(&coverages).enumerate();
        options.map(|(i, (option, coverage))| section(table, i, reports, content(option, coverage))).collect()
    };
    let shared = |table, content| vec![section(table, 0, reports, content)];
    let audited = |table, content| vec![section(table, 0, 1, content)];
    let feeding: BTreeSet<IcbId> = options
        .iter()
        .flat_map(|option| {
            option.pools.iter().flat_map(|pool| &option.bearers[pool.members.clone()]).map(|bearer| bearer.icb)
        })
        .collect();
    let paying =
        |option: &Arrangements, coverage: &Coverage| commissioning::commissioners(scenario, model, option, coverage);
    let bearing = |option: &Arrangements, coverage: &Coverage| {
        commissioning::residents(scenario, model, plan, &feeding, (option, coverage))
    };
    let risks = by_option(&risk::RISK, &|option, coverage| {
        commissioning::risks(scenario, option, &paying(option, coverage), &bearing(option, coverage), basis)
    });
    if basis == Basis::Demand {
        return risks;
    }
    let opening = |option| {
        let (names, facts) = baselines::rows(scenario, model, tariff, option);
        (names, Content::Baselines(facts))
    };
    let options = options.iter().enumerate();
    let baselines = options.map(|(i, option)| section(&baselines::BASELINES, i, 1, opening(option))).collect();
    [
        by_option(&bodies::COMMISSIONERS, &|option, coverage| {
            let (names, facts) = paying(option, coverage);
            (names, Content::Commissioners(facts))
        }),
        by_option(&bodies::DECIDERS, &|option, _| commissioning::deciders(scenario, option, plan)),
        by_option(&icbs::ICBS, &|option, coverage| {
            let (names, rows, facts) = bearing(option, coverage);
            (names, Content::Icbs(rows, facts))
        }),
        risks,
        by_option(&providers::PROVIDERS, &|option, _| treatment::reaches(scenario, option, plan)),
        shared(&services::SERVICES, treatment::lines(scenario, plan)),
        shared(&flows::FLOWS, treatment::flow_entities(scenario, plan)),
        shared(&pools::POOLS, capacity::places(scenario, plan)),
        shared(&pools::CLASSES, capacity::classes(scenario, model, plan)),
        shared(&services::PATHWAYS, treatment::pathways(scenario, model, plan)),
        audited(&audits::OCCUPANCY, capacity::occupancy(scenario, model, plan)),
        audited(&audits::PROFILE, capacity::profile(scenario, model, plan)),
        audited(&settling::SETTLING, capacity::settling(scenario, model)),
        shared(&dashboard::DASHBOARD, oversight::held(scenario, plan)),
        shared(&footprints::FOOTPRINTS, oversight::catchments(scenario, model, plan)),
        shared(&controls::COVERAGE, oversight::stated(scenario)),
        shared(&controls::RECONCILIATION, oversight::totals(scenario, plan)),
        baselines,
    ]
    .into_iter()
    .flatten()
    .collect()
}
