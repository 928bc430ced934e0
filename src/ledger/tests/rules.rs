//! Payment rules, budgets and risk shares on random activity: what holds whatever they say.

use super::*;
use crate::domain::{
    AlignedPayment, BudgetBasis, BudgetRules, DrugsHolder, LowVolume, PaymentRules, RiskShare, ShareRule,
};
use crate::ids::{BudgetId, PaymentId};
use crate::units::Billionths;
use std::collections::BTreeSet;

/// A random scenario: the example with drugs, and payment rules, budgets and a risk share for all options.
#[derive(Clone, Debug)]
struct Rules {
    payment: PaymentRules,
    budget: Option<BudgetBasis>,
    risk_share: RiskShare,
    block: i64,
    plan: i64,
    /// Who bears the variance of the committee's services.
    bears: Role,
}

fn payment() -> impl Strategy<Value = PaymentRules> {
    let points = prop::sample::subsequence(vec!["inpatient", "outpatient"], 0..=2);
    let aligned = prop::option::of((points, 0_i64..=1_000_000_000)).prop_map(|aligned| {
        aligned.map(|(points, rate)| AlignedPayment {
            variable_classes: BTreeSet::new(),
            variable_points: points.into_iter().map(str::to_owned).collect(),
            rate: Billionths(rate),
        })
    });
    let low_volume = prop_oneof![
        Just(LowVolume::None),
        any::<bool>().prop_map(|delegated_inside| LowVolume::Table { delegated_inside }),
        (0_i64..1_000_000_000_000, any::<bool>())
            .prop_map(|(below, delegated_inside)| LowVolume::Threshold { below: Pence(below), delegated_inside }),
    ];
    let holder = prop_oneof![Just(DrugsHolder::NhsEngland), Just(DrugsHolder::Payer)];
    (aligned, low_volume, holder).prop_map(|(aligned, low_volume, drugs_holder)| PaymentRules {
        aligned,
        low_volume,
        drugs_holder,
        ..PaymentRules::activity()
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let basis = prop_oneof![
        (0.1_f64..3.0).prop_map(|level| BudgetBasis::History { level }),
        (0.1_f64..3.0).prop_map(|level| BudgetBasis::Need { level }),
        Just(BudgetBasis::Stated([((IcbId(1), ServiceId(0)), Pence(123_456_789))].into())),
    ];
    let rule = prop_oneof![
        Just(ShareRule::None),
        Just(ShareRule::ByContribution),
        Just(ShareRule::ByUse),
        (0.0_f64..0.5).prop_map(|limit| ShareRule::CapAndCollar { limit }),
    ];
    let risk_share = (rule, any::<bool>()).prop_map(|(rule, top_slice)| RiskShare { rule, top_slice });
    let bears = prop::sample::select(vec![Role::Icb, Role::Footprint, Role::Region, Role::Nation]);
    (payment(), prop::option::of(basis), risk_share, 0_i64..100_000_000, 0_i64..1_000_000_000, bears).prop_map(
        |(payment, budget, risk_share, block, plan, bears)| Rules { payment, budget, risk_share, block, plan, bears },
    )
}

fn ruled(rules: &Rules) -> Scenario {
    let mut scenario = scenario();
    let drugs = Charge { unit: ChargeUnit::Drugs, price: Pence(12_345), local_costs: LocalCosts::Added };
    scenario.services[ServiceId(0)].stages[StageId(0)].charges.push(drugs);
    scenario.payments = vec![rules.payment.clone()].into();
    scenario.agreed.blocks = [((IcbId(0), ProviderId(1)), Pence(rules.block))].into();
    scenario.agreed.plans = [((IcbId(2), ProviderId(0), ServiceId(1)), Pence(rules.plan))].into();
    scenario.budgets = rules
        .budget
        .iter()
        .map(|basis| BudgetRules {
            id: String::new(),
            name: String::new(),
            basis: basis.clone(),
            growth: 0.02,
            follows_factors: false,
            large_overspend: 0.05,
        })
        .collect();
    for option in &mut scenario.options {
        option.payment = PaymentId(0);
        option.budget = rules.budget.as_ref().map(|_| BudgetId(0));
        option.risk_share = rules.risk_share;
        if option.id == "committee" {
            let all = option.phases[0].arrangements.iter_mut().flat_map(|services| services.iter_mut());
            all.for_each(|arrangement| arrangement.bears_variance = rules.bears);
        }
    }
    scenario
}

fn sum(all: &[Pence]) -> Pence {
    all.iter().copied().sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What commissioners pay is what providers earn; options differ in total by the effects of payment rules alone; and
    /// sharing moves money between ICBs and NHS England without making any.
    #[test]
    fn no_penny_is_made_or_lost((counts, excess) in cells(CELLS), rules in rules()) {
        let scenario = ruled(&rules);
        let model = model(&scenario);
        let values = Tariff::compile(&scenario, &model).value(&cube(counts, excess));
        let (value, drugs): (Pence, Pence) = (values.price.iter().copied().sum(), values.drugs.iter().copied().sum());
        for option in scenario.options.ids() {
            let arrangements = arrangements(&scenario, &model, option);
            let accounts = account(&arrangements, 0, &values);
            let costs = paid(&accounts);
            prop_assert_eq!(sum(&accounts.activity_value), value);
            prop_assert_eq!(sum(&accounts.drugs), drugs);
            prop_assert_eq!(sum(&costs), value + sum(&accounts.aligned_effect) + sum(&accounts.block_effect));
            prop_assert_eq!(accounts.income.iter().copied().sum::<Pence>(), sum(&costs) + drugs);
            prop_assert_eq!(accounts.borne.iter().map(|borne| borne.cost).sum::<Pence>(), sum(&costs));
            if rules.payment.aligned.is_none() {
                prop_assert_eq!(sum(&accounts.aligned_effect), Pence(0));
            }
            if rules.payment.low_volume == LowVolume::None {
                prop_assert_eq!(sum(&accounts.block_effect), Pence(0));
            }
            let mut settled = Settlement::new(arrangements.icbs);
            settled.settle(&arrangements, &accounts.borne);
            prop_assert_eq!(settled.net_cost.iter().copied().sum::<Pence>() + settled.nation, sum(&costs));
            // Before and after sharing the ICBs bear the same together, and each pool's sharing sums to zero.
            prop_assert_eq!(settled.net_cost.iter().copied().sum::<Pence>(), settled.own_cost.iter().copied().sum());
            for pool in &arrangements.pools {
                let mut alone = arrangements.clone();
                alone.pools = vec![pool.clone()];
                alone.bearers = arrangements.bearers[pool.members.clone()].to_vec();
                alone.pools[0].members = 0..pool.members.len();
                let mut settled = Settlement::new(arrangements.icbs);
                settled.settle(&alone, &accounts.borne[pool.members.clone()]);
                let moved: Vec<Pence> =
                    settled.net_cost.iter().zip(&settled.own_cost).map(|(net, own)| *net - *own).collect();
                prop_assert_eq!(sum(&moved), Pence(0));
            }
        }
    }

    /// Moving a service between tiers moves who pays. If the rules are the same for every tier (no blocks, which bind ICBs
    /// alone), it never moves the total or what a provider earns.
    #[test]
    fn moving_a_service_moves_no_total((counts, excess) in cells(CELLS), mut rules in rules()) {
        rules.payment.low_volume = LowVolume::None;
        let scenario = ruled(&rules);
        let model = model(&scenario);
        let values = Tariff::compile(&scenario, &model).value(&cube(counts, excess));
        let incomes: Vec<IndexVec<ProviderId, Pence>> = scenario
            .options
            .ids()
            .map(|option| account(&arrangements(&scenario, &model, option), 0, &values).income)
            .collect();
        prop_assert!(incomes.iter().all(|income| *income == incomes[0]));
    }

    /// In the fixed element a commissioner pays the same whatever happens.
    #[test]
    fn a_fixed_element_has_no_variance(one in cells(CELLS), other in cells(CELLS), plan in 0_i64..1_000_000_000) {
        let mut rules = Rules {
            payment: PaymentRules::activity(),
            budget: None,
            risk_share: RiskShare::default(),
            block: 0,
            plan,
            bears: Role::Icb,
        };
        rules.payment.aligned = Some(AlignedPayment {
            variable_classes: BTreeSet::new(),
            variable_points: BTreeSet::new(),
            rate: Billionths::ONE,
        });
        let mut scenario = ruled(&rules);
        scenario.providers.iter_mut().for_each(|provider| provider.aligned = true);
        let model = model(&scenario);
        let tariff = Tariff::compile(&scenario, &model);
        for option in scenario.options.ids() {
            let arrangements = arrangements(&scenario, &model, option);
            let costs = [&one, &other].map(|(counts, excess)| {
                let values = tariff.value(&cube(counts.clone(), excess.clone()));
                paid(&account(&arrangements, 0, &values))
            });
            prop_assert_eq!(&costs[0], &costs[1]);
        }
    }
}

/// Stated amounts of a financial year come to the penny in a run of one.
#[test]
fn stated_amounts_come_to_the_penny() {
    let rules = Rules {
        payment: PaymentRules { low_volume: LowVolume::Table { delegated_inside: true }, ..PaymentRules::activity() },
        budget: Some(BudgetBasis::Stated([((IcbId(1), ServiceId(0)), Pence(123_456_789))].into())),
        risk_share: RiskShare::default(),
        block: 1_234_567,
        plan: 0,
        bears: Role::Icb,
    };
    let mut scenario = ruled(&rules);
    scenario.run.horizon = crate::units::Ticks(365 * DAY);
    let model = model(&scenario);
    let single = arrangements(&scenario, &model, OptionId(0));
    let mut year = Accounts::new(&single);
    let nothing = vec![Pence(0); model.cells.len()].into();
    (0..model.calendar.base.len()).for_each(|base| year.add(&account(&single, base, &prices(&nothing))));
    assert_eq!(model.calendar.base.len(), 12);
    // NHS England has drugs, of which there are none here.
    assert_eq!(paid(&year), [Pence(1_234_567), Pence(0), Pence(0), Pence(0)]);
    assert_eq!(year.income[ProviderId(1)], Pence(1_234_567));
    assert_eq!(year.budget, [Pence(0), Pence(123_456_789), Pence(0), Pence(0)]);
}

/// A block whose services fall on several bearers is shared among them, to the penny.
#[test]
fn a_block_follows_its_bearers() {
    let rules = Rules {
        payment: PaymentRules { low_volume: LowVolume::Table { delegated_inside: true }, ..PaymentRules::activity() },
        budget: None,
        risk_share: RiskShare::default(),
        block: 1_234_567,
        plan: 0,
        bears: Role::Footprint,
    };
    let scenario = ruled(&rules);
    let model = model(&scenario);
    // The ICBs pay, the footprint bears the variance of all but the ICBs' own half of dialysis.
    let committee = arrangements(&scenario, &model, OptionId(4));
    let mut accounts = Accounts::new(&committee);
    let nothing = vec![Pence(0); model.cells.len()].into();
    (0..model.calendar.base.len()).for_each(|base| accounts.add(&account(&committee, base, &prices(&nothing))));
    let owed: Vec<(Body, i64)> = committee
        .bearers
        .iter()
        .zip(&accounts.borne)
        .filter(|(_, borne)| borne.cost != Pence(0))
        .map(|(bearer, borne)| (bearer.body, borne.cost.0))
        .collect();
    assert_eq!(owed.len(), 2, "{owed:?}");
    assert_eq!(owed.iter().map(|one| one.1).sum::<i64>(), sum(&paid(&accounts)).0);
    // Expected at the second provider: beds by the footprint, dialysis half and half.
    assert!(owed[0].0 == Body::Icb(IcbId(0)) && owed[1].0 == Body::Footprint(FootprintId(0)), "{owed:?}");
}
