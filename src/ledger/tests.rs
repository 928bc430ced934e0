//! The ledger against hand-made sums and on random activity.

mod example;
mod rules;

pub(crate) use example::{model, scenario};

use super::*;
use crate::activity::{Cell, PeriodActivity};
use crate::domain::{Charge, ChargeUnit, LocalCosts, Preemption, Returns, Role};
use crate::ids::{
    CellId, FootprintId, HomeAreaId, IcbId, IndexVec, OptionId, PoolId, ProviderId, RegionId, ServiceId, StageId,
};
use crate::model::Model;
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::units::{DAY, Pence, WEEK};
use proptest::prelude::*;

/// Activity with nothing but cells.
fn cube(cells: Vec<Cell>, excess: Vec<u64>) -> PeriodActivity {
    PeriodActivity { cells: cells.into(), excess: excess.into(), ..PeriodActivity::default() }
}

/// The first cell of a service's stage at a provider.
fn cell(model: &Model, provider: u32, service: u32, stage: u32) -> CellId {
    let wanted = (ProviderId(provider), ServiceId(service), StageId(stage));
    model.cells.iter_ids().find(|(_, plan)| (plan.provider, plan.service, plan.stage) == wanted).unwrap().0
}

fn value_of_one(scenario: &Scenario, at: (u32, u32, u32), counts: Cell, excess: u64) -> Pence {
    let model = model(scenario);
    let id = cell(&model, at.0, at.1, at.2);
    let mut activity = cube(vec![Cell::default(); model.cells.len()], vec![0; model.cells.len()]);
    activity.cells[id] = counts;
    activity.excess[id] = excess;
    let values = Tariff::compile(scenario, &model).value(&activity);
    assert_eq!(values.price.iter().copied().sum::<Pence>(), values.price[id]);
    values.price[id]
}

fn arrangements(scenario: &Scenario, model: &Model, option: OptionId) -> Arrangements {
    Arrangements::compile(scenario, model, &Tariff::compile(scenario, model), option)
}

fn prices(values: &IndexVec<CellId, Pence>) -> Values {
    Values { price: values.clone(), ..Values::default() }
}

/// What each commissioner owes.
fn paid(accounts: &Accounts) -> Vec<Pence> {
    (0..accounts.activity_value.len()).map(|i| accounts.cost(i)).collect()
}

fn net_cost(arrangements: &Arrangements, accounts: &Accounts) -> IndexVec<IcbId, Pence> {
    let mut settlement = Settlement::new(arrangements.icbs);
    settlement.settle(arrangements, &accounts.borne);
    settlement.net_cost
}

#[test]
fn a_spell_with_excess_days() {
    let scenario = scenario();
    let counts = Cell { finishes: 2, starts: 9, stay: 99 * DAY, ..Cell::default() };
    // (2 x 3000 + 1.5 x 250) x 1.1 and x 0.9.
    assert_eq!(value_of_one(&scenario, (0, 0, 0), counts, DAY * 3 / 2), Pence(701_250));
    assert_eq!(value_of_one(&scenario, (1, 0, 0), counts, DAY * 3 / 2), Pence(573_750));
    // One tick beyond the trim point is worth a 3,142nd of a penny: nothing.
    assert_eq!(value_of_one(&scenario, (0, 0, 0), Cell::default(), 1), Pence(0));
}

#[test]
fn the_expected_price_of_a_spell() {
    let scenario = scenario();
    let model = model(&scenario);
    let tariff = Tariff::compile(&scenario, &model);
    let line = model.first_line[ServiceId(0)];
    let expected =
        |line, provider| tariff.expected_stay(&scenario, &model, (line, ProviderId(provider)), HomeAreaId(0));
    let pence = expected(line, 0);
    assert!((pence / 110.0 - 3_189.393).abs() < 1e-3, "{pence}");
    let weekly = expected(model.first_line[ServiceId(1)], 2);
    let mean = model.expected.mean_market_forces_factor[model.first_line[ServiceId(1)]];
    assert!((weekly - 45_000.0 * 20.0 / 7.0 / mean).abs() < 1e-3, "{weekly}");
}

#[test]
fn the_most_that_a_run_costs_counts_what_goes_wrong() {
    let mut scenario = scenario();
    let pools: Vec<PoolId> = scenario.pools.ids().collect();
    for pool in pools {
        scenario.pools[pool].preemption = Preemption::Resume;
    }
    let total = |scenario: &Scenario| {
        let model = model(scenario);
        Tariff::compile(scenario, &model).expected_total(&model)
    };
    let plain = total(&scenario);
    let charge = |unit| Charge { unit, price: Pence(100_000_000_000), local_costs: LocalCosts::Added };
    let units = [ChargeUnit::Reneged, ChargeUnit::Refused, ChargeUnit::Cancelled, ChargeUnit::TransferIn];
    for (number, unit) in units.into_iter().enumerate() {
        let before = total(&scenario);
        scenario.services[ServiceId(0)].stages[StageId(0)].charges.push(charge(unit));
        assert!(total(&scenario) > before + plain, "{number}");
    }
    let before = total(&scenario);
    let after = Distribution::Exponential { mean: 1.0 };
    scenario.services[ServiceId(0)].returns = Some(Returns { share: 1.0, after, at_most: 1000 });
    // Refused and transferred up to 1,001 times.
    assert!(total(&scenario) > 100.0 * before, "{} {before}", total(&scenario));
}

#[test]
fn prices_that_include_local_costs_keep_the_total() {
    let scenario = scenario();
    let model = model(&scenario);
    let tariff = Tariff::compile(&scenario, &model);
    // Activity as expected, in whole weeks of dialysis: the total is price x activity.
    let line = model.first_line[ServiceId(1)];
    let ticks = |id: CellId| {
        if model.cells[id].line == line { (model.expected.stays_per_day[id] * 64.0) as u64 * WEEK } else { 0 }
    };
    let cells: Vec<Cell> = model.cells.ids().map(|id| Cell { stay: ticks(id), ..Cell::default() }).collect();
    let weeks: i64 = cells.iter().map(|cell| (cell.stay / WEEK) as i64).sum();
    assert_eq!(weeks, 48);
    let total: Pence = tariff.value(&cube(cells, vec![])).price.iter().copied().sum();
    assert!((total.0 - weeks * 3 * 15_000).abs() <= 9, "{total}");
}

#[test]
fn halves_of_a_penny_go_to_even() {
    let mut scenario = scenario();
    scenario.services[ServiceId(0)].stages[StageId(0)].charges[0].price = Pence(5);
    // 5 x 1.1 = 5.5 and 3 x 5 x 0.9 = 13.5.
    let finishes = |finishes| Cell { finishes, ..Cell::default() };
    assert_eq!(value_of_one(&scenario, (0, 0, 0), finishes(1), 0), Pence(6));
    assert_eq!(value_of_one(&scenario, (1, 0, 0), finishes(3), 0), Pence(14));
    scenario.services[ServiceId(0)].stages[StageId(0)].charges[0].price = Pence(15);
    assert_eq!(value_of_one(&scenario, (0, 0, 0), finishes(1), 0), Pence(16));
}

#[test]
fn the_rest_of_a_partly_specialised_service_is_always_the_home_icbs() {
    let scenario = scenario();
    let model = model(&scenario);
    let mut values: IndexVec<CellId, Pence> = vec![Pence(0); model.cells.len()].into();
    let id = cell(&model, 1, 1, 0);
    values[id] = Pence(5);
    let home = scenario.geography.home_areas[model.cells[id].home_area].icb;
    assert_eq!(home, IcbId(0));
    let national = arrangements(&scenario, &model, OptionId(3));
    let accounts = account(&national, 0, &prices(&values));
    let paid: Vec<(Body, i64)> = national
        .commissioners
        .iter()
        .copied()
        .zip(paid(&accounts).into_iter().map(|p| p.0))
        .filter(|p| p.1 != 0)
        .collect();
    // Half of 5p is 2.5p, to even 2p; the ICB pays what is left.
    assert_eq!(paid, [(Body::Icb(IcbId(0)), 3), (Body::Nation, 2)]);
    assert_eq!(net_cost(&national, &accounts).as_slice(), [Pence(3), Pence(0), Pence(0)]);
    // Who pays the rest decides on it.
    let decided = national.deciders.iter().copied().zip(accounts.decided.iter().map(|p| p.0)).filter(|p| p.1 != 0);
    assert_eq!(decided.collect::<Vec<_>>(), paid);
    assert_eq!(accounts.income.as_slice(), [Pence(0), Pence(5), Pence(0)]);
}

#[test]
fn pools_are_fed_by_need() {
    let scenario = scenario();
    let model = model(&scenario);
    let mut values: IndexVec<CellId, Pence> = vec![Pence(0); model.cells.len()].into();
    values[cell(&model, 0, 0, 0)] = Pence(100);
    let multi = arrangements(&scenario, &model, OptionId(1));
    assert_eq!(multi.pools[0].weights, [900_000_000, 2_200_000_000]);
    let accounts = account(&multi, 0, &prices(&values));
    // The patient lives in I0; the footprint east of I0 and I1 pays: 100p x 9/31 = 29.03p.
    assert_eq!(net_cost(&multi, &accounts).as_slice(), [Pence(29), Pence(71), Pence(0)]);
    let east = multi.commissioners.iter().position(|&body| body == Body::Footprint(FootprintId(0))).unwrap();
    assert_eq!(accounts.cost(east), Pence(100));
}

#[test]
fn deciders_and_hosts() {
    let scenario = scenario();
    let model = model(&scenario);
    let committee = arrangements(&scenario, &model, OptionId(4));
    let icbs = [0, 1, 2].map(|icb| Body::Icb(IcbId(icb)));
    assert_eq!(committee.deciders[..3], icbs, "of half of dialysis");
    assert_eq!(committee.deciders[3..], [Body::Footprint(FootprintId(0)), Body::Footprint(FootprintId(1))]);
    assert_eq!(committee.commissioners, icbs);
    for (plan, posting) in model.cells.iter().zip(committee.postings_in(0)) {
        assert_eq!(posting.decider, 3 + u32::from(plan.home_area == HomeAreaId(2)));
        let rest = if plan.service == ServiceId(1) { plan.home_area.0 } else { posting.decider };
        assert_eq!(posting.rest_decider, rest);
        assert_eq!(posting.host_decider, (plan.provider != ProviderId(2)).then_some(3));
    }
}

/// Lines in which a payer, who holds the contract and where: `payer/holder/provider/service`.
#[test]
fn contract_lines_have_a_payer_a_holder_a_provider_and_a_service() {
    let mut scenario = scenario();
    let model = model(&scenario);
    let lines = |scenario: &Scenario, option| {
        let all = arrangements(scenario, &model, OptionId(option));
        let of = |body| all.lines.iter().filter(|line| line.payer == body && line.provider != ProviderId(2)).count();
        all.commissioners.iter().map(|&body| of(body)).collect::<Vec<usize>>()
    };
    // Everybody goes to both providers for both services.
    assert_eq!(lines(&scenario, 0), [4; 3]);
    // The ICBs contract for their half of dialysis, NHS England for everything else.
    assert_eq!(lines(&scenario, 3), [2, 2, 2, 4]);
    // Where the hosts hold the contracts, lines are as many; those of an ICB that hosts no provider are all with others.
    for service in [ServiceId(0), ServiceId(1)] {
        for region in [RegionId(0), RegionId(1)] {
            scenario.options[OptionId(0)].phases[0].arrangements[region][service].contracts = Role::HostIcb;
        }
    }
    let all = arrangements(&scenario, &model, OptionId(0));
    let of = |line: &&ContractLine| line.payer == Body::Icb(IcbId(2)) && line.provider != ProviderId(2);
    let own: Vec<ServiceId> =
        all.lines.iter().filter(of).filter(|line| line.holder == line.payer).map(|line| line.service).collect();
    // Its own half of dialysis, at both providers.
    assert_eq!(own, [ServiceId(1); 2]);
}

#[test]
fn coverage_is_whole_without_a_scope_and_partial_with_one() {
    let scenario = scenario();
    let whole = model(&scenario);
    let tariff = Tariff::compile(&scenario, &whole);
    let icbs = [0, 1, 2].map(IcbId);
    let shares = |coverage: &Coverage| icbs.map(|icb| coverage.of(Body::Icb(icb)));
    let fed = |coverage: &Coverage| icbs.map(|icb| coverage.holds_pools_of(icb, &scenario.geography));
    assert_eq!(shares(&coverage(&scenario, &whole, &tariff, OptionId(0))), [1.0; 3]);
    assert_eq!(fed(&coverage(&scenario, &whole, &tariff, OptionId(1))), [true; 3]);
    let mut scenario = scenario.clone();
    scenario.scoped = true;
    scenario.providers[ProviderId(1)].in_scope = false;
    scenario.providers[ProviderId(2)].in_scope = false;
    let scoped = model(&scenario);
    let tariff = Tariff::compile(&scenario, &scoped);
    // Footprints: I0 and I1 share one with I1's patients at P2; regions: I0 alone in the north.
    assert_eq!(fed(&coverage(&scenario, &scoped, &tariff, OptionId(0))), [true; 3], "no pools");
    assert_eq!(fed(&coverage(&scenario, &scoped, &tariff, OptionId(1))), [false; 3]);
    assert_eq!(fed(&coverage(&scenario, &scoped, &tariff, OptionId(2))), [true, false, false]);
    let shares = shares(&coverage(&scenario, &scoped, &tariff, OptionId(0)));
    assert_eq!(shares[0], 1.0, "the host's residents are all in scope");
    assert!(shares[1] > 0.2 && shares[1] < 0.4 && shares[2] > 0.4 && shares[2] < 0.7, "{shares:?}");
}

fn cells(number: usize) -> impl Strategy<Value = (Vec<Cell>, Vec<u64>)> {
    let one = (0_u32..2_000, 0_u32..2_000, 0..900 * DAY, prop_oneof![Just(0_u64), 0..50 * DAY]);
    prop::collection::vec(one, number).prop_map(|rows| {
        let cell =
            |&(starts, finishes, stay, _): &(u32, u32, u64, u64)| Cell { starts, finishes, stay, ..Cell::default() };
        (rows.iter().map(cell).collect(), rows.iter().map(|row| row.3).collect())
    })
}

/// Cells of the example's model.
const CELLS: usize = 27;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn money_is_conserved((counts, excess) in cells(CELLS)) {
        let scenario = scenario();
        let model = model(&scenario);
        prop_assert_eq!(model.cells.len(), CELLS);
        let values = Tariff::compile(&scenario, &model).value(&cube(counts, excess));
        let total: Pence = values.price.iter().copied().sum();
        for option in scenario.options.ids() {
            let arrangements = arrangements(&scenario, &model, option);
            let accounts = account(&arrangements, 0, &values);
            prop_assert_eq!(paid(&accounts).into_iter().sum::<Pence>(), total);
            prop_assert_eq!(accounts.income.iter().copied().sum::<Pence>(), total);
            prop_assert_eq!(accounts.decided.iter().copied().sum::<Pence>(), total);
            prop_assert_eq!(accounts.borne.iter().map(|borne| borne.cost).sum::<Pence>(), total);
            let paid_by = |body: Body| arrangements.commissioners.iter().position(|other| *other == body).map_or(Pence(0), |i| accounts.cost(i));
            let shared = net_cost(&arrangements, &accounts);
            prop_assert_eq!(shared.iter().copied().sum::<Pence>() + paid_by(Body::Nation), total);
            for pool in &arrangements.pools {
                let members = &arrangements.bearers[pool.members.clone()];
                let contributed: Pence = members.iter().map(|one| shared[one.icb] - paid_by(Body::Icb(one.icb))).sum();
                prop_assert_eq!(contributed, paid_by(members[0].body));
            }
        }
    }

    /// Cutting a cube in two periods moves each cell by at most the rounding of its parts.
    #[test]
    fn periods_add_up((counts, excess) in cells(CELLS), cut in 0.0_f64..1.0) {
        let scenario = scenario();
        let model = model(&scenario);
        let tariff = Tariff::compile(&scenario, &model);
        let part = |n: u64| (n as f64 * cut) as u64;
        let first = |c: &Cell| Cell {
            starts: part(c.starts.into()) as u32, finishes: part(c.finishes.into()) as u32, stay: part(c.stay), ..*c
        };
        let rest = |c: &Cell| {
            let f = first(c);
            Cell { starts: c.starts - f.starts, finishes: c.finishes - f.finishes, stay: c.stay - f.stay, ..*c }
        };
        let earlier = tariff.value(&cube(counts.iter().map(first).collect(), excess.iter().map(|&n| part(n)).collect()));
        let later = tariff.value(&cube(counts.iter().map(rest).collect(), excess.iter().map(|&n| n - part(n)).collect()));
        for (id, whole) in tariff.value(&cube(counts, excess)).price.iter_ids() {
            prop_assert!((earlier.price[id].0 + later.price[id].0 - whole.0).abs() <= 1);
        }
    }

    #[test]
    fn the_order_of_cells_does_not_matter((counts, excess) in cells(CELLS), by in 0_usize..CELLS) {
        let scenario = scenario();
        let model = model(&scenario);
        let values = Tariff::compile(&scenario, &model).value(&cube(counts, excess));
        for option in scenario.options.ids() {
            let straight = arrangements(&scenario, &model, option);
            let mut turned = straight.clone();
            let turn = |id: CellId| CellId(((id.0 as usize + by) % CELLS) as u32);
            turned.postings =
                straight.postings.iter().map(|phase| phase.ids().map(|id| phase[turn(id)]).collect()).collect();
            let turned_by = |column: &IndexVec<CellId, Pence>| column.ids().map(|id| column[turn(id)]).collect();
            let turned_values = Values {
                price: turned_by(&values.price), excess: turned_by(&values.excess), drugs: turned_by(&values.drugs),
            };
            prop_assert_eq!(account(&straight, 0, &values), account(&turned, 0, &turned_values));
        }
    }
}
