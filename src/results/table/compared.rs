//! Tables `winners_losers` and `provider_impact`: each option against the first, the reference.

use super::{Better, Kind, Metric, Table};

pub(in crate::results) const WINNERS_LOSERS: Table = Table {
    name: "winners_losers",
    meaning: "What each body bears after sharing, whoever pays, more than under the reference (the first option of the results), replication by replication; drugs and devices are left out.",
    entities: &[("body", "who bears it: ODS code of an ICB, for its residents and after sharing; or nhs-england")],
};

pub(in crate::results) static NET_COST_CHANGE: Metric = Metric {
    name: "net_cost_change_gbp",
    unit: "GBP",
    kind: Kind::Mean,
    better: Better::Lower,
    meaning: "What the body bears more than under the reference: positive loses, negative gains. In options with equal flow rules and payment rules it sums to zero over the bodies.",
    formula: "net_cost_gbp of icbs (nhs-england: of commissioners) - the same under the reference, in each replication",
};

pub(in crate::results) static NET_COST_CHANGE_PER_HEAD: Metric = Metric {
    name: "net_cost_change_per_head_gbp",
    unit: "GBP per person",
    kind: Kind::Mean,
    better: Better::Lower,
    meaning: "The same for each registered person of the ICB.",
    formula: "net_cost_change_gbp / registered population of the ICB's home areas",
};

pub(in crate::results) const PROVIDER_IMPACT: Table = Table {
    name: "provider_impact",
    meaning: "What all commissioners together pay each provider more than under the reference (the first option of the results), replication by replication, and how much of its income another body pays; drugs and devices are left out.",
    entities: &[("provider", "who is paid: ODS code, or elsewhere")],
};

pub(in crate::results) static INCOME_CHANGE: Metric = Metric {
    name: "income_change_gbp",
    unit: "GBP",
    kind: Kind::Mean,
    better: Better::Neither,
    meaning: "What all commissioners together pay it more than under the reference.",
    formula: "income_gbp - income_gbp under the reference, in each replication",
};

pub(in crate::results) static INCOME_CHANGE_PERCENT: Metric = Metric {
    name: "income_change_percent",
    unit: "per cent",
    kind: Kind::Mean,
    better: Better::Neither,
    meaning: "The same in per cent of its income under the reference.",
    formula: "100 x income_change_gbp / income_gbp under the reference, in each replication",
};

pub(in crate::results) static PAYER_CHANGE: Metric = Metric {
    name: "payer_change_share",
    unit: "share",
    kind: Kind::Fixed,
    better: Better::Neither,
    meaning: "Share of its income that another body pays than under the reference. Of expected values, not of simulated ones: as if nobody were ever refused and at the price list, drugs and devices left out.",
    formula: "over base periods and cells, referrals by the traffic equations under the reference x price at mean stays: where the payer differs / all",
};

pub(in crate::results) static WINNERS: [&Metric; 2] = [&NET_COST_CHANGE, &NET_COST_CHANGE_PER_HEAD];
pub(in crate::results) static IMPACT: [&Metric; 3] = [&INCOME_CHANGE, &INCOME_CHANGE_PERCENT, &PAYER_CHANGE];
