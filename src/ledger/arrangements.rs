//! Who decides, pays and bears, cell by cell, under one option.

use super::accounts::{Block, standing};
use super::agreed::Plan;
use super::mechanism::{Asked, Mechanism, Mechanisms};
use super::roles::{Roles, phase_on};
use super::settlement::{Bearer, RiskPool, bodies};
use super::{Accounts, Body, Tariff, budgets};
use crate::ids::{CellId, IcbId, IndexVec, OptionId, ProviderId, ServiceId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::stats::rounding::split_by_largest_remainder;
use crate::units::{Billionths, Pence};
use std::collections::BTreeMap;

/// One part of a cell's money. Bodies are positions in the lists of [`Arrangements`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The commissioner.
    pub payer: u32,
    /// Position among [`Arrangements::bearers`]: on whom over- and underspends fall.
    pub bearer: u32,
    /// Position among [`Arrangements::lines`].
    pub line: u32,
    /// How it is paid for.
    pub mechanism: Mechanism,
}

/// To whom the money of one cell goes, and from whom it comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Who earns it.
    pub provider: ProviderId,
    /// The specialised share.
    pub share: Billionths,
    /// Of the commissioner under the option: `share`.
    pub specialised: Part,
    /// Of the patient's ICB: the rest. The same as `specialised` where there is no rest.
    pub rest: Part,
    /// Who pays for drugs and devices that the prices exclude.
    pub drugs_holder: u32,
    /// The decider for these patients: decides on `share`.
    pub decider: u32,
    /// The patient's ICB: decides on the rest, as it pays for it.
    pub rest_decider: u32,
    /// Who would decide if the patients lived where the provider lies. Only for providers in scope: of the others the
    /// model does not hold all patients.
    pub host_decider: Option<u32>,
}

impl Posting {
    /// Its parts, each with the share of the cell's activity that it has.
    pub fn parts(&self) -> [(Part, f64); 2] {
        let share = self.share.as_f64();
        [(self.specialised, share), (self.rest, 1.0 - share)]
    }
}

/// A contract line: one holder's contract with a provider for one service, through which a body pays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ContractLine {
    /// Who pays through it.
    pub payer: Body,
    /// Who holds the contract.
    pub holder: Body,
    /// With whom.
    pub provider: ProviderId,
    /// For what.
    pub service: ServiceId,
}

/// One option, resolved for every cell and base period of a model.
#[derive(Clone, Debug)]
pub struct Arrangements {
    /// The option.
    pub option: OptionId,
    /// The bodies that pay in some phase, in order.
    pub commissioners: Vec<Body>,
    /// The bodies that decide for some patients, wholly or on the rest of a charge, or host some provider; in order.
    pub deciders: Vec<Body>,
    /// On whom over- and underspends fall, in order.
    pub bearers: Vec<Bearer>,
    /// Those who share them.
    pub pools: Vec<RiskPool>,
    /// In order.
    pub lines: Vec<ContractLine>,
    /// By phase and cell.
    pub postings: Vec<IndexVec<CellId, Posting>>,
    /// The phase of each base period.
    pub phases: Vec<usize>,
    /// By base period, what is owed whatever the activity, and the budgets.
    pub standing: Vec<Accounts>,
    /// Whether the option has budgets.
    pub has_budgets: bool,
    pub(super) providers: usize,
    /// The number of ICBs.
    pub icbs: usize,
}

impl Arrangements {
    /// Resolves who decides, pays and bears for every cell of the model under an option.
    ///
    /// # Panics
    /// If the option gives a role to footprints without naming their scheme, which no validated scenario does.
    pub fn compile(scenario: &Scenario, model: &Model, tariff: &Tariff, option: OptionId) -> Self {
        let rules = &scenario.options[option];
        let plan = Plan::new(scenario, model, tariff);
        let phases: Vec<ResolvedPhase> =
            Roles::phases(scenario, option).map(|roles| resolve(scenario, model, &plan, roles)).collect();
        let resolved = || phases.iter().flat_map(|(cells, _)| cells);
        let parts = || resolved().flat_map(|cell| [&cell.specialised, &cell.rest]);
        // NHS England has a row where it pays, and where it bears what others pay.
        let bears = parts().map(|part| part.bearer.body).filter(|&body| body == Body::Nation);
        let holders = resolved().filter_map(|cell| cell.drugs_holder);
        let commissioners = sorted(parts().map(|part| part.line.payer).chain(holders).chain(bears));
        let deciders =
            sorted(resolved().flat_map(|cell| [Some(cell.decider), cell.rest_decider, cell.host_decider]).flatten());
        let (bearers, pools) = bodies(scenario, option, parts().map(|part| part.bearer));
        let lines = sorted(parts().map(|part| part.line));
        let part = |part: &ResolvedPart| Part {
            payer: place(&commissioners, &part.line.payer),
            bearer: place(&bearers, &part.bearer),
            line: place(&lines, &part.line),
            mechanism: part.mechanism,
        };
        let posting = |cell: &Resolved| Posting {
            provider: cell.specialised.line.provider,
            share: cell.share,
            specialised: part(&cell.specialised),
            rest: part(&cell.rest),
            drugs_holder: cell.drugs_holder.map_or(0, |body| place(&commissioners, &body)),
            decider: place(&deciders, &cell.decider),
            rest_decider: place(&deciders, &cell.rest_decider.unwrap_or(cell.decider)),
            host_decider: cell.host_decider.map(|body| place(&deciders, &body)),
        };
        let postings: Vec<IndexVec<CellId, Posting>> =
            phases.iter().map(|(cells, _)| cells.iter().map(posting).collect()).collect();
        let blocks: Vec<Vec<Block>> = phases
            .iter()
            .zip(&postings)
            .map(|((cells, worth), postings)| blocks(cells, worth, postings, &plan.per_day))
            .collect();
        let mut all = Self {
            option,
            commissioners,
            deciders,
            bearers,
            pools,
            lines,
            postings,
            phases: model.calendar.base.iter().map(|base| phase_on(rules, base.first_day)).collect(),
            standing: Vec::new(),
            has_budgets: rules.budget.is_some(),
            providers: scenario.providers.len(),
            icbs: scenario.geography.icbs.len(),
        };
        let budgets = budgets::budgets(scenario, model, tariff, rules);
        all.standing = standing(scenario, model, &all, &plan, &blocks, &budgets);
        all
    }

    /// The postings of a base period.
    pub fn postings_in(&self, base: usize) -> &IndexVec<CellId, Posting> {
        &self.postings[self.phases[base]]
    }

    /// The position of the residents of an ICB whose variance falls on a body.
    pub fn bearer(&self, body: Body, icb: IcbId) -> Option<usize> {
        self.bearers.binary_search(&Bearer { body, icb }).ok()
    }
}

/// What the blocks of pairs are worth, pence a year.
type Worth = BTreeMap<(IcbId, ProviderId), f64>;

struct ResolvedPart {
    line: ContractLine,
    bearer: Bearer,
    mechanism: Mechanism,
}

struct Resolved {
    share: Billionths,
    specialised: ResolvedPart,
    rest: ResolvedPart,
    /// Only where there are drugs to pay for.
    drugs_holder: Option<Body>,
    decider: Body,
    rest_decider: Option<Body>,
    host_decider: Option<Body>,
}

/// All cells in one phase, and the blocks of pairs of ICB and provider in pence a year.
type ResolvedPhase = (Vec<Resolved>, BTreeMap<(IcbId, ProviderId), f64>);

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn place<T: Ord>(sorted: &[T], one: &T) -> u32 {
    sorted.partition_point(|other| other < one) as u32
}

/// The two parts of a cell's money in one phase: the option's commissioner's, and the rest, which is always the home ICB's.
pub(super) fn asked(scenario: &Scenario, model: &Model, plan: &Plan, roles: Roles<'_>, id: CellId) -> [Asked; 2] {
    let cell = &model.cells[id];
    let icb = scenario.geography.home_areas[cell.home_area].icb;
    let all = plan.per_day[id];
    let agreed = all * roles.share(cell.service).as_f64();
    [
        Asked { payer: roles.payer(cell.service, icb), icb, by_option: true, agreed },
        Asked { payer: Body::Icb(icb), icb, by_option: false, agreed: all - agreed },
    ]
}

/// What holds in one phase.
fn resolve(scenario: &Scenario, model: &Model, plan: &Plan, roles: Roles<'_>) -> ResolvedPhase {
    let cells = || model.cells.iter_ids();
    let parts = |id| asked(scenario, model, plan, roles, id);
    let all = cells().flat_map(|(id, cell)| parts(id).map(|part| (cell, part)));
    let mechanisms = Mechanisms::new(scenario, model, roles.payment(), all);
    let resolved = cells()
        .map(|(id, cell)| {
            let [given, own] = parts(id);
            let provider = &scenario.providers[cell.provider];
            let (icb, host) = (given.icb, provider.host_icb);
            let share = roles.share(cell.service);
            let line = |payer, holder| ContractLine { payer, holder, provider: cell.provider, service: cell.service };
            let specialised = |asked| ResolvedPart {
                line: line(given.payer, roles.contractor(cell.service, icb, host)),
                bearer: Bearer { body: roles.bearer(cell.service, icb), icb },
                mechanism: mechanisms.of(cell, asked),
            };
            let home = Body::Icb(icb);
            let all_of_it = share == Billionths::ONE;
            let rest = if all_of_it {
                specialised(given)
            } else {
                let bearer = Bearer { body: home, icb };
                ResolvedPart { line: line(home, home), bearer, mechanism: mechanisms.of(cell, own) }
            };
            let has_drugs = scenario.services[cell.service].stages[cell.stage].has_drugs();
            let (decider, host_decider) = roles.deciders(cell.service, icb, host);
            Resolved {
                share,
                specialised: specialised(given),
                rest,
                drugs_holder: has_drugs.then(|| roles.drugs_holder(cell.service, icb)),
                decider,
                rest_decider: (!all_of_it).then_some(home),
                host_decider: host_decider.filter(|_| provider.in_scope),
            }
        })
        .collect();
    (resolved, mechanisms.into_blocks())
}

/// The blocks that have any cell inside them. Where the cells of a block fall on several bearers, each has the share of the
/// block that its cells have of the agreed worth.
fn blocks(
    cells: &[Resolved],
    worth: &Worth,
    postings: &IndexVec<CellId, Posting>,
    plan: &IndexVec<CellId, f64>,
) -> Vec<Block> {
    // By pair and bearer the part of its first cell, and thousandths of a penny a day.
    let mut pairs: BTreeMap<(IcbId, ProviderId), BTreeMap<u32, (Part, u64)>> = BTreeMap::new();
    for ((cell, posting), plan) in cells.iter().zip(postings).zip(plan) {
        let [(_, given), (_, own)] = posting.parts();
        for (resolved, part, share) in
            [(&cell.specialised, posting.specialised, given), (&cell.rest, posting.rest, own)]
        {
            let pair = (resolved.bearer.icb, posting.provider);
            if part.mechanism == Mechanism::Block && worth.contains_key(&pair) {
                let bearers = pairs.entry(pair).or_default();
                bearers.entry(part.bearer).or_insert((part, 0)).1 += libm::round(plan * share * 1e3) as u64;
            }
        }
    }
    let mut blocks = Vec::new();
    for (pair, bearers) in pairs {
        let mut weights: Vec<u64> = bearers.values().map(|bearer| bearer.1).collect();
        if weights.iter().all(|&weight| weight == 0) {
            weights[0] = 1;
        }
        let shares = split_by_largest_remainder(libm::round(worth[&pair]) as i64, &weights).unwrap_or_default();
        let parts = bearers.values().map(|bearer| bearer.0).zip(shares);
        blocks.extend(parts.map(|(part, pence)| Block { part, provider: pair.1, per_year: Pence(pence) }));
    }
    blocks
}
