//! The scenario that ledger, results and store are tested on.

use crate::domain::{
    AgreedValues, Arrangement, Capacity, Charge, ChargeUnit, Contribution, ControlTotal, Controls, Factors, FlowRules,
    Footprint, Geography, HomeArea, Icb, IcbKind, LocalCosts, Next, OverflowTable, PaymentRules, Phase, Pool, Position,
    Profile, Provider, Readiness, Referral, Region, RiskShare, Role, Scheme, Service, Stage, Standard, Standards,
    StatedSpend, StreamDemand, TieringOption, WhenFull,
};
use crate::ids::{
    FlowId, FootprintId, HomeAreaId, IcbId, IndexVec, OptionId, PaymentId, ProviderId, RegionId, SchemeId, ServiceId,
    StageId,
};
use crate::model::{Model, compile};
use crate::random::Distribution;
use crate::scenario::{Audits, InputRow, InputValue, Periods, Provenance, Run, Scenario};
use crate::units::{Billionths, DAY, Pence, Ticks};
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};

/// Three ICBs in two regions and two footprints, two providers and `elsewhere`, two services (beds with a delay
/// afterwards; dialysis of which half is specialised), five options.
pub(crate) fn scenario() -> Scenario {
    let geography = geography();
    let providers = IndexVec::from(vec![
        provider("P1", Some(0), 51.5, "1.1"),
        provider("P2", Some(1), 52.5, "0.9"),
        provider(Provider::ELSEWHERE, None, 0.0, "1"),
    ]);
    let services = IndexVec::from(vec![beds(), dialysis()]);
    let pools = IndexVec::from(vec![
        pool(0, "bed", Capacity::Places(10), WhenFull::Wait),
        pool(0, "station", Capacity::Places(4), WhenFull::Refuse),
        pool(1, "bed", Capacity::Places(8), WhenFull::Wait),
        pool(1, "station", Capacity::Unlimited, WhenFull::Wait),
        pool(2, "bed", Capacity::Unlimited, WhenFull::Wait),
        pool(2, "station", Capacity::Unlimited, WhenFull::Wait),
    ]);
    let area = HomeAreaId;
    let shares = |p1: f64, p2: f64| vec![(ProviderId(0), p1), (ProviderId(1), p2), (ProviderId(2), 1.0 - p1 - p2)];
    let observed = Referral::Observed(vec![
        (area(0), shares(0.75, 0.125)),
        (area(1), shares(0.25, 0.5)),
        (area(2), shares(0.5, 0.25)),
    ]);
    let demand = [(0, 2.0), (1, 1.0), (2, 3.0)]
        .into_iter()
        .flat_map(|(home, per_day)| [(home, 0, per_day), (home, 1, per_day / 8.0)])
        .map(|(home, service, per_day)| StreamDemand {
            home_area: area(home),
            service: ServiceId(service),
            per_day,
            per_head: false,
            profile: Profile::Constant,
        })
        .collect();
    Scenario {
        name: "example".to_owned(),
        title: "An example".to_owned(),
        question: String::new(),
        run: Run {
            antithetic: false,
            start: date(2025, 4, 1),
            horizon: Ticks(61 * DAY),
            warm_up: Ticks(0),
            chooses_warm_up: false,
            replications: 3,
            seed: 1,
            periods: Periods::Months,
        },
        audits: Audits { occupancy_every: Some(Ticks(DAY)), profile: Some((Ticks(DAY), Ticks(DAY / 4))) },
        geography,
        providers,
        pools,
        services,
        demand,
        uncertainty: None,
        factors: Factors::default(),
        planned: None,
        uncertain: Vec::new(),
        referral: vec![observed.clone(), observed].into(),
        travel: BTreeMap::new(),
        waiting_at_start: Vec::new(),
        flow_rules: vec![FlowRules::plain(2)].into(),
        overflow: OverflowTable::new(),
        planning: crate::domain::Planning::default(),
        profiles: BTreeMap::new(),
        payments: vec![PaymentRules::activity()].into(),
        budgets: IndexVec::new(),
        agreed: AgreedValues::default(),
        standards: Standards { rows: [((ServiceId(0), None), standard())].into() },
        readiness: Readiness { minimum_population: 0.0, ..Readiness::default() },
        recommendation: crate::domain::Recommendation::default(),
        controls: controls(),
        assumption_metric: None,
        options: options(),
        shown: (0..5).map(OptionId).collect(),
        scoped: false,
        scope_icbs: BTreeSet::new(),
        inputs: [Provenance::Published, Provenance::Assumed, Provenance::Unstated].into_iter().map(input).collect(),
    }
}

fn standard() -> Standard {
    Standard { occupancy_ceiling: Some(0.1), minimum_volume: Some(5.0), maximum_km: Some(100.0), ..Standard::default() }
}

/// Plan and outturn of beds at P1, and what beds and all delegated services are said to cost.
fn controls() -> Controls {
    let spend = |pounds| StatedSpend { pounds, year: "2025/26".to_owned() };
    Controls {
        spend: [(None, spend(100_000.0)), (Some(ServiceId(0)), spend(27_500.0))].into(),
        totals: [((ProviderId(0), ServiceId(0)), ControlTotal { plan: Some(18_000.0), outturn: Some(22_000.0) })]
            .into(),
    }
}

fn input(provenance: Provenance) -> InputRow {
    let value = |key, shown: String| InputValue { key, shown, stated: true };
    let values = vec![value("stage", "stay".to_owned()), value("price", format!("\"{provenance:?}\""))];
    let empty = String::new;
    InputRow {
        table: "prices".to_owned(),
        values,
        provenance,
        source: empty(),
        note: empty(),
        owner: empty(),
        date: empty(),
    }
}

fn geography() -> Geography {
    let icb = |id: &str, region| Icb {
        kind: IcbKind::Board,
        id: id.to_owned(),
        name: format!("ICB {id}"),
        region: Some(RegionId(region)),
    };
    let home = |icb: u32, population, need, latitude| HomeArea {
        id: format!("A{icb}"),
        name: String::new(),
        icb: IcbId(icb),
        population: Some(population),
        need_weighted_population: Some(need),
        position: Some(Position { latitude, longitude: 0.0 }),
    };
    let footprint = |id: &str| Footprint { id: id.to_owned(), name: String::new(), scheme: SchemeId(0) };
    Geography {
        regions: ["north", "south"].map(|id| Region { id: id.to_owned(), name: String::new() }).to_vec().into(),
        icbs: vec![icb("I0", 0), icb("I1", 1), icb("I2", 1)].into(),
        schemes: vec![Scheme {
            id: "committees".to_owned(),
            footprint_of: vec![Some(FootprintId(0)), Some(FootprintId(0)), Some(FootprintId(1))].into(),
        }]
        .into(),
        footprints: vec![footprint("east"), footprint("west")].into(),
        home_areas: vec![home(0, 1e6, 0.9e6, 51.0), home(1, 2e6, 2.2e6, 52.0), home(2, 3e6, 2.5e6, 53.0)].into(),
        bodies_as_of: None,
        handovers: Vec::new(),
        borders: None,
    }
}

fn provider(id: &str, host: Option<u32>, latitude: f64, factor: &str) -> Provider {
    Provider {
        id: id.to_owned(),
        name: String::new(),
        host_icb: host.map(IcbId),
        position: host.map(|_| Position { latitude, longitude: 0.0 }),
        market_forces_factor: Billionths::from_f64(factor.parse().unwrap()),
        top_ups: BTreeMap::new(),
        aligned: host.is_some(),
        in_scope: true,
    }
}

fn pool(provider: u32, id: &str, capacity: Capacity, when_full: WhenFull) -> Pool {
    Pool { when_full, ..Pool::plain(ProviderId(provider), id, capacity) }
}

fn charge(unit: ChargeUnit, pounds: i64, local_costs: LocalCosts) -> Charge {
    Charge { unit, price: Pence(pounds * 100), local_costs }
}

/// Verification case A16: £3,000 a spell and £250 for each day beyond 20.
fn beds() -> Service {
    let bed = Stage {
        name: "Stay".to_owned(),
        next: vec![Next { stage: StageId(1), probability: 0.25 }],
        point_of_delivery: "inpatient".to_owned(),
        wait_standard: Some(Ticks(2 * DAY)),
        trim_point: Some(Ticks(20 * DAY)),
        charges: vec![
            charge(ChargeUnit::Finish, 3_000, LocalCosts::Added),
            charge(ChargeUnit::ExcessBedDay, 250, LocalCosts::Added),
        ],
        ..Stage::plain("stay", Some("bed"), Distribution::lognormal_by_mean_sd(7.4, 8.61))
    };
    let home = Stage {
        name: "Stay".to_owned(),
        charges: vec![charge(ChargeUnit::Start, 7, LocalCosts::Included)],
        ..Stage::plain("home", None, Distribution::Deterministic { value: 30.0 })
    };
    service("beds", 1.0, vec![bed, home])
}

fn dialysis() -> Service {
    let station = Stage {
        name: "Dialysis".to_owned(),
        point_of_delivery: "outpatient".to_owned(),
        charges: vec![charge(ChargeUnit::Session { per_week: 3.0 }, 150, LocalCosts::Included)],
        ..Stage::plain("dialysis", Some("station"), Distribution::Exponential { mean: 20.0 })
    };
    service("dialysis", 0.5, vec![station])
}

fn service(id: &str, specialised_share: f64, stages: Vec<Stage>) -> Service {
    Service { specialised_share, ..Service::plain(id, stages) }
}

fn options() -> IndexVec<OptionId, TieringOption> {
    let option = |id: &str, first: Arrangement, second: Arrangement| TieringOption {
        id: id.to_owned(),
        name: id.to_owned(),
        scheme: Some(SchemeId(0)),
        flow_rules: FlowId(0),
        contribution: Contribution::NeedWeightedPopulation,
        risk_share: RiskShare::default(),
        payment: PaymentId(0),
        budget: None,
        phases: vec![Phase { from: None, arrangements: vec![vec![first, second].into(); 2].into() }],
    };
    let all = Arrangement::all;
    let committee = Arrangement { pays: Role::Icb, ..all(Role::Footprint) };
    IndexVec::from(vec![
        option("single-icb", all(Role::Icb), all(Role::Icb)),
        option("multi-icb", all(Role::Footprint), all(Role::Footprint)),
        option("regional", all(Role::Region), all(Role::Icb)),
        option("national", all(Role::Nation), all(Role::Nation)),
        option("committee", committee, committee),
    ])
}

pub(crate) fn model(scenario: &Scenario) -> Model {
    compile(scenario, FlowId(0)).unwrap()
}
