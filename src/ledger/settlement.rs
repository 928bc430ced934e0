//! Who bears what in the end: pools share over- and underspends, financial year by financial year.

use super::{Arrangements, Body};
use crate::domain::{Contribution, HomeArea, RiskShare, ShareRule};
use crate::ids::{IcbId, IndexVec, OptionId};
use crate::scenario::Scenario;
use crate::stats::rounding::split_by_largest_remainder;
use crate::units::Pence;
use std::ops::Range;

/// The residents of an ICB, as far as the variance of their cost falls on a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Bearer {
    /// Their ICB itself, a pool of ICBs, or NHS England.
    pub body: Body,
    /// The ICB.
    pub icb: IcbId,
}

/// The ICBs of a footprint or region that share over- and underspends.
#[derive(Clone, PartialEq, Debug)]
pub struct RiskPool {
    /// Its members among the bearers.
    pub members: Range<usize>,
    /// By member, what contributions follow: thousandths of a person. Not all zero.
    pub weights: Vec<u64>,
    /// The rule.
    pub share: RiskShare,
}

/// What falls on one bearer. They add.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Borne {
    /// What the residents cost.
    pub cost: Pence,
    /// Of that, for excess bed-days.
    pub excess: Pence,
    /// The budget for them.
    pub budget: Pence,
    /// The part of the budget that NHS England pays where ICBs bear the variance, or ICBs where NHS England does: who bears
    /// a variance has only what differs from it.
    pub paid_elsewhere: Pence,
}

impl Borne {
    /// Adds what falls on the same bearer in another period.
    pub fn add(&mut self, other: &Self) {
        self.cost += other.cost;
        self.excess += other.excess;
        self.budget += other.budget;
        self.paid_elsewhere += other.paid_elsewhere;
    }
}

/// What the bodies bear after sharing, in one financial year or several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// By ICB, cost after sharing.
    pub net_cost: IndexVec<IcbId, Pence>,
    /// By ICB, what the care of its residents costs, whoever pays and bears it.
    pub residents_cost: IndexVec<IcbId, Pence>,
    /// By ICB, net cost before sharing: what its residents cost where their ICB or a pool bears the variance.
    pub own_cost: IndexVec<IcbId, Pence>,
    /// By ICB, the budget behind `own_cost`.
    pub budget: IndexVec<IcbId, Pence>,
    /// What NHS England bears.
    pub nation: Pence,
}

impl Settlement {
    /// Nothing.
    pub fn new(icbs: usize) -> Self {
        let zero = IndexVec::from(vec![Pence(0); icbs]);
        Self {
            net_cost: zero.clone(),
            residents_cost: zero.clone(),
            own_cost: zero.clone(),
            budget: zero,
            nation: Pence(0),
        }
    }

    /// Adds one financial year, or a part of one settled by itself.
    pub fn settle(&mut self, arrangements: &Arrangements, borne: &[Borne]) {
        for (bearer, borne) in arrangements.bearers.iter().zip(borne) {
            let elsewhere = borne.paid_elsewhere;
            let (cost, budget) = if bearer.body == Body::Nation {
                self.nation += borne.cost - elsewhere;
                self.net_cost[bearer.icb] += elsewhere;
                (elsewhere, elsewhere)
            } else {
                self.nation += elsewhere;
                self.net_cost[bearer.icb] += -elsewhere;
                (borne.cost - elsewhere, borne.budget - elsewhere)
            };
            self.residents_cost[bearer.icb] += borne.cost;
            self.own_cost[bearer.icb] += cost;
            self.budget[bearer.icb] += budget;
            if bearer.body == Body::Icb(bearer.icb) {
                self.net_cost[bearer.icb] += borne.cost;
            }
        }
        for pool in &arrangements.pools {
            let shared = share(pool, &borne[pool.members.clone()], arrangements.has_budgets);
            for (bearer, pence) in arrangements.bearers[pool.members.clone()].iter().zip(shared) {
                self.net_cost[bearer.icb] += pence;
            }
        }
    }
}

/// What each member bears; together what they cost.
fn share(pool: &RiskPool, borne: &[Borne], has_budgets: bool) -> Vec<Pence> {
    let each = |value: &dyn Fn(&Borne) -> Pence| -> Vec<Pence> { borne.iter().map(value).collect() };
    let sum = |all: &[Pence]| -> Pence { all.iter().copied().sum() };
    let top_slice = pool.share.top_slice;
    let sliced = each(&|one| if top_slice { one.excess } else { Pence(0) });
    let top = split(sum(&sliced), &pool.weights);
    let costs = less(&each(&|one| one.cost), &sliced);
    let budgets = less(&each(&|one| one.budget), &top);
    let over = sum(&costs) - sum(&budgets);
    let rest = match (pool.share.rule, has_budgets) {
        (ShareRule::None, _) | (ShareRule::ByUse | ShareRule::CapAndCollar { .. }, false) => costs,
        (ShareRule::ByContribution, false) => split(sum(&costs), &pool.weights),
        (ShareRule::ByContribution, true) => plus(&budgets, &split(over, &pool.weights)),
        (ShareRule::ByUse, true) => {
            let by_use: Vec<u64> = costs.iter().map(|cost| cost.0.max(0).unsigned_abs()).collect();
            plus(&budgets, &split(over, &by_use))
        }
        (ShareRule::CapAndCollar { limit }, true) => {
            let keep = |(&own, &budget): (&Pence, &Pence)| {
                let most = Pence(libm::round(limit * budget.0.max(0) as f64) as i64);
                own.clamp(-most, most)
            };
            let kept: Vec<Pence> = less(&costs, &budgets).iter().zip(&budgets).map(keep).collect();
            let pooled = split(over - sum(&kept), &pool.weights);
            plus(&plus(&budgets, &kept), &pooled)
        }
    };
    plus(&rest, &top)
}

/// By largest remainder; in equal parts where all weights are zero.
fn split(total: Pence, weights: &[u64]) -> Vec<Pence> {
    let shares = split_by_largest_remainder(total.0, weights)
        .or_else(|| split_by_largest_remainder(total.0, &vec![1; weights.len()]));
    shares.unwrap_or_default().into_iter().map(Pence).collect()
}

fn plus(one: &[Pence], other: &[Pence]) -> Vec<Pence> {
    one.iter().zip(other).map(|(one, other)| *one + *other).collect()
}

fn less(one: &[Pence], other: &[Pence]) -> Vec<Pence> {
    one.iter().zip(other).map(|(one, other)| *one - *other).collect()
}

/// The bearers in order, each pool with all of its ICBs, and the pools.
pub(super) fn bodies(
    scenario: &Scenario,
    option: OptionId,
    bearers: impl Iterator<Item = Bearer>,
) -> (Vec<Bearer>, Vec<RiskPool>) {
    let geography = &scenario.geography;
    let mut all: Vec<Bearer> = bearers.collect();
    all.sort_unstable();
    all.dedup();
    let pooled = |bearer: &&Bearer| matches!(bearer.body, Body::Footprint(_) | Body::Region(_));
    let members: Vec<Bearer> = all
        .iter()
        .filter(pooled)
        .flat_map(|bearer| {
            let covered = geography.icbs.ids().filter(|&icb| bearer.body.covers(icb, geography));
            covered.map(|icb| Bearer { body: bearer.body, icb })
        })
        .collect();
    all.extend(members);
    all.sort_unstable();
    all.dedup();
    let option = &scenario.options[option];
    let mut pools: Vec<RiskPool> = Vec::new();
    for (place, bearer) in all.iter().enumerate().filter(|(_, bearer)| pooled(bearer)) {
        let weight = contribution(scenario, option.contribution, bearer.icb);
        match pools.last_mut() {
            Some(pool) if all[pool.members.start].body == bearer.body => {
                pool.members.end = place + 1;
                pool.weights.push(weight);
            }
            _ => pools.push(RiskPool { members: place..place + 1, weights: vec![weight], share: option.risk_share }),
        }
    }
    for pool in &mut pools {
        if pool.weights.iter().all(|&weight| weight == 0) {
            pool.weights.fill(1);
        }
    }
    (all, pools)
}

/// Thousandths of a person, summed over the ICB's home areas. An area without a need-weighted population counts with its
/// registered one.
fn contribution(scenario: &Scenario, basis: Contribution, icb: IcbId) -> u64 {
    let persons = |area: &HomeArea| match basis {
        Contribution::NeedWeightedPopulation => area.need_weighted_population.or(area.population),
        Contribution::RegisteredPopulation => area.population,
    };
    let areas = scenario.geography.home_areas.iter().filter(|area| area.icb == icb);
    libm::round(areas.filter_map(persons).sum::<f64>() * 1e3) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pool(rule: ShareRule, top_slice: bool) -> RiskPool {
        RiskPool { members: 0..3, weights: vec![5, 3, 2], share: RiskShare { rule, top_slice } }
    }

    fn borne(rows: [(i64, i64, i64); 3]) -> [Borne; 3] {
        rows.map(|(cost, budget, excess)| Borne {
            cost: Pence(cost),
            excess: Pence(excess),
            budget: Pence(budget),
            ..Borne::default()
        })
    }

    fn shared(pool: &RiskPool, borne: &[Borne], has_budgets: bool) -> Vec<i64> {
        share(pool, borne, has_budgets).into_iter().map(|pence| pence.0).collect()
    }

    /// Budgets 500, 300, 200; costs 560, 290, 170: together 20 more.
    #[test]
    fn the_worked_example() {
        let members = borne([(560, 500, 0), (290, 300, 0), (170, 200, 0)]);
        let by = |rule| shared(&pool(rule, false), &members, true);
        assert_eq!(by(ShareRule::None), [560, 290, 170]);
        assert_eq!(by(ShareRule::ByContribution), [510, 306, 204]);
        // 20 x 560 / 1,020 = 10.98, 5.69 and 3.33.
        assert_eq!(by(ShareRule::ByUse), [511, 306, 203]);
        // Each keeps at most 5 %: +25, -10, -10. What is left, 60 - 25 - 20 = 15, by contribution: 8 (7.5), 5 (4.5), 3: largest remainder.
        assert_eq!(by(ShareRule::CapAndCollar { limit: 0.05 }), [525 + 8, 290 + 4, 190 + 3]);
    }

    #[test]
    fn a_top_slice_is_paid_by_contribution() {
        let members = borne([(560, 500, 100), (290, 300, 0), (170, 200, 0)]);
        // 50, 30 and 20 for the slice, then the own rest.
        assert_eq!(shared(&pool(ShareRule::None, true), &members, true), [510, 320, 190]);
        assert_eq!(shared(&pool(ShareRule::ByContribution, true), &members, true), [510, 306, 204]);
        assert_eq!(shared(&pool(ShareRule::ByContribution, false), &members, false), [510, 306, 204]);
    }

    proptest! {
        #[test]
        fn sharing_moves_money_and_makes_none(
            rows in prop::array::uniform3((0_i64..1_000_000, 0_i64..1_000_000, 0_i64..1_000)),
            limit in 0.0_f64..0.5, top_slice: bool, has_budgets: bool,
        ) {
            let members = borne(rows);
            let total: i64 = members.iter().map(|one| one.cost.0).sum();
            let rules = [ShareRule::None, ShareRule::ByContribution, ShareRule::ByUse, ShareRule::CapAndCollar { limit }];
            for rule in rules {
                let shared = shared(&pool(rule, top_slice), &members, has_budgets);
                prop_assert_eq!(shared.iter().sum::<i64>(), total);
            }
        }
    }
}
