//! Of payment rules, budgets and what was agreed.

use super::*;

#[test]
fn effects_of_payment_and_budgets_by_hand() {
    let mut scenario = scenario();
    let beds = ServiceId(0);
    let drugs = Charge { unit: ChargeUnit::Drugs, price: Pence(50_000), local_costs: LocalCosts::Added };
    scenario.services[beds].stages[StageId(0)].charges.push(drugs);
    scenario.providers[ProviderId(0)].top_ups.insert((beds, "inpatient".to_owned()), Billionths::from_f64(0.08));
    // All is variable at half the price; A0's stays at P1 were agreed at a million pounds a year.
    let aligned = AlignedPayment {
        variable_classes: BTreeSet::new(),
        variable_points: ["inpatient", "outpatient"].map(str::to_owned).into(),
        rate: Billionths::from_f64(0.5),
    };
    scenario.payments.push(PaymentRules {
        id: "aligned".to_owned(),
        aligned: Some(aligned),
        ..PaymentRules::activity()
    });
    scenario.payments[PaymentId(0)].contract_line_cost = Pence(100_000);
    scenario.options[OptionId(1)].payment = PaymentId(1);
    for region in &mut scenario.options[OptionId(1)].phases[0].arrangements {
        region.ids().for_each(|service| region[service] = crate::domain::Arrangement::all(crate::domain::Role::Icb));
    }
    scenario.agreed.plans.insert((IcbId(0), ProviderId(0), beds), Pence(100_000_000));
    let history = BudgetRules {
        id: "history".to_owned(),
        name: String::new(),
        basis: BudgetBasis::History { level: 1.02 },
        growth: 0.0,
        follows_factors: false,
        large_overspend: 0.05,
    };
    let budget: BudgetId = scenario.budgets.push(history);
    scenario.options[OptionId(3)].budget = Some(budget);
    let per_drugs = "service=beds; stage=stay; per=drugs; price=£500";
    let plan = "icb=I0; provider=P1; service=beds; per_year=£1,000,000";
    let top_up = "provider=P1; service=beds; share=8 %";
    let results = results_with(
        scenario,
        &[
            ("prices", per_drugs),
            ("top_ups", top_up),
            ("plans", plan),
            ("payments.aligned", "aligned={rate = 50 %}; contract_line_cost=£0"),
            ("payments.activity", "contract_line_cost=£1,000"),
            ("budgets.history", "basis=history; level=1.02; growth=0; large_overspend=5 %"),
        ],
    );
    let all = assumptions(&results);
    let metric = |assumption: &Assumption<'_>| assumption.effect.as_ref().unwrap().metric.clone();
    let at_p1 = (stay() * 1.1 + HOME_AT_P1) * 1.08;
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-6 * want.abs() + 0.01, "{got} against {want}");

    let found = row(&all, "prices", per_drugs, "price");
    near(tenth(found), 0.1 * 500.0 * 6.0 * DAYS_PER_YEAR);
    assert_eq!(metric(found), "expected drugs and devices of all commissioners under single-icb");
    near(tenth(row(&all, "top_ups", top_up, "share")), 0.1 * 0.08 / 1.08 * at_p1 * 3.25 * DAYS_PER_YEAR);
    // Half of what was agreed is owed whatever happens.
    let found = row(&all, "plans", plan, "per_year");
    near(tenth(found), 0.1 * 0.5 * 1e6);
    assert_eq!(metric(found), "expected cost of all commissioners under multi-icb");
    // 1.5 patients a day of A0 at P1 are worth more than the million.
    let found = row(&all, "payments.aligned", "aligned={rate = 50 %}; contract_line_cost=£0", "aligned");
    near(tenth(found), 0.1 * 0.5 * (1.5 * at_p1 * DAYS_PER_YEAR - 1e6));
    assert_eq!(metric(found), "expected cost of all commissioners under multi-icb");
    let found = row(&all, "budgets.history", "basis=history; level=1.02; growth=0; large_overspend=5 %", "level");
    let cost_a_day = stay() * FACTORS + 6.0 * 0.25 * 7.0 + 0.08 / 1.08 * at_p1 * 3.25 + DIALYSIS;
    near(tenth(found), -0.1 * 1.02 * cost_a_day * 365.0);
    assert_eq!(metric(found), "expected cost beyond budget of all commissioners under national");
    // Which lines are used is chance: a tenth of what they cost in this run, of 61 days.
    let found = row(&all, "payments.activity", "contract_line_cost=£1,000", "contract_line_cost");
    let cost = sum(&by_name(&results), ["commissioners", "single-icb", "all", "contract_cost_gbp"]);
    assert!(cost > 1_000.0);
    near(tenth(found), 0.1 * cost * 365.0 / 61.0);
    assert_eq!(metric(found), "mean contract cost of this run of all commissioners under single-icb");
}

/// What is not stated is agreed anew: under factors, too, contracts know the changed number.
#[test]
fn plans_are_agreed_anew() {
    let mut scenario = scenario();
    scenario.payments[PaymentId(0)].aligned = Some(AlignedPayment {
        variable_classes: BTreeSet::new(),
        variable_points: BTreeSet::new(),
        rate: Billionths::ONE,
    });
    let mut factors = Factors::default();
    factors.multiply(ServiceId(1), Lever::Demand, 2.0);
    for scenario in [scenario.clone(), scenario.with_factors(factors)] {
        let price = "service=dialysis; stage=dialysis; per=session; price=150";
        let results = results_with(scenario, &[("prices", price)]);
        let found = assumptions(&results);
        let want = 0.1 * DIALYSIS * DAYS_PER_YEAR;
        assert!((tenth(&found[0]) - want).abs() < 1e-6 * want, "{found:?}");
        let remark = "where no plan is stated, it is agreed anew with the changed number";
        assert_eq!(found[0].remark(), Some(remark));
    }
}

/// Blocks by a threshold are of pairs: dialysis alone would be worth less than the threshold everywhere, and so have blocks of
/// what was agreed, at P1 for A1 of £10,000 whatever the price.
#[test]
fn a_threshold_looks_at_all_services_together() {
    let mut scenario = scenario();
    let low_volume = LowVolume::Threshold { below: Pence(20_000_000), delegated_inside: true };
    scenario.payments[PaymentId(0)].low_volume = low_volume;
    for (service, pounds) in [(0, 300_000), (1, 10_000)] {
        scenario.agreed.plans.insert((IcbId(1), ProviderId(0), ServiceId(service)), Pence(pounds * 100));
    }
    let price = "service=dialysis; stage=dialysis; per=session; price=150";
    let results = results_with(scenario, &[("prices", price)]);
    let got = tenth(&assumptions(&results)[0]);
    let want = 0.1 * DIALYSIS * DAYS_PER_YEAR;
    assert!((got - want).abs() < 1e-6 * want, "{got} against {want}");
}

/// Nobody else sends patients to P1 for as much as £300,000 and £10,000 a year, which A1 was to pay there.
#[test]
fn a_threshold_says_who_crosses_it() {
    let rule = ("payments.activity", "low_volume={threshold = £x}");
    let remark = |pounds: i64| {
        let mut scenario = scenario();
        let low_volume = LowVolume::Threshold { below: Pence(pounds * 100), delegated_inside: true };
        scenario.payments[PaymentId(0)].low_volume = low_volume;
        for (service, pounds) in [(0, 300_000), (1, 10_000)] {
            scenario.agreed.plans.insert((IcbId(1), ProviderId(0), ServiceId(service)), Pence(pounds * 100));
        }
        let results = results_with(scenario, &[rule]);
        let found = assumptions(&results);
        (found[0].effect.as_ref().unwrap().pounds, found[0].remark().unwrap().to_owned())
    };
    let nobody = "no pair of ICB and provider crosses the threshold at ±10 %";
    assert_eq!(remark(200_000), ([Some(0.0); 2], nobody.to_owned()));
    // A1 is below £320,000 and £352,000 but not £288,000; its patients are worth far more than its plans.
    let ([Some(less), Some(more)], text) = remark(320_000) else { panic!() };
    assert_eq!((more, text.as_str()), (0.0, "pairs that cross the threshold: 1 at -10 %, 0 at +10 %"));
    let dialysis_at_p1 = DIALYSIS / 0.75 * 1.1 * 6.0 / FACTORS;
    let worth = 0.25 * (stay() * 1.1 + HOME_AT_P1 + dialysis_at_p1 / 8.0) * DAYS_PER_YEAR;
    assert!((less - (worth - 310_000.0)).abs() < 1e-6 * worth + 0.01, "{less} against {worth} - 310000");
    // Where nothing is stated, a block is worth what activity is: here one of A1's is at P1, a little below the threshold.
    let mut scenario = scenario();
    let below = Pence((worth * 105.0) as i64);
    scenario.payments[PaymentId(0)].low_volume = LowVolume::Threshold { below, delegated_inside: true };
    let results = results_with(scenario, &[rule]);
    let found = assumptions(&results);
    let text =
        "pairs that cross the threshold: 1 at -10 %, 0 at +10 %: a block is what was agreed, which is what is expected";
    assert_eq!((found[0].effect.as_ref().unwrap().pounds, found[0].remark()), ([Some(0.0); 2], Some(text)));
}
