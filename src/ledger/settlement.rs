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
}

impl Borne {
    /// Adds what falls on the same bearer in another period.
    pub fn add(&mut self, other: &Self) {
        self.cost += other.cost;
        self.excess += other.excess;
        self.budget += other.budget;
    }
}

/// What the bodies bear after sharing, in one financial year or several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// By ICB, cost after sharing.
    pub net_cost: IndexVec<IcbId, Pence>,
    /// By ICB, what its residents cost where their ICB or a pool bears the variance.
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
        Self { net_cost: zero.clone(), own_cost: zero.clone(), budget: zero, nation: Pence(0) }
    }

    /// Adds one financial year, or a part of one settled by itself.
    pub fn settle(&mut self, arrangements: &Arrangements, borne: &[Borne]) {
        for (bearer, borne) in arrangements.bearers.iter().zip(borne) {
            if bearer.body == Body::Nation {
                self.nation += borne.cost;
                continue;
            }
            self.own_cost[bearer.icb] += borne.cost;
            self.budget[bearer.icb] += borne.budget;
            if bearer.body == Body::Icb(bearer.icb) {
                self.net_cost[bearer.icb] += borne.cost;
            }
        }
        for pool in &arrangements.pools {
            let shared = share(pool, &borne[pool.members.clone()], arrangements.has_budgets);
            for (bearer, pence) in arrangements.bearers[pool.members.clone()].iter().zip(shared) {
                self.net_cost[bearer.icb] += Pence(pence);
            }
        }
    }
}

/// What each member bears, in pence; together what they cost.
fn share(pool: &RiskPool, borne: &[Borne], has_budgets: bool) -> Vec<i64> {
    let split = |total: i64, weights: &[u64]| {
        split_by_largest_remainder(total, weights).unwrap_or_else(|| {
            let equal = vec![1; weights.len()];
            split_by_largest_remainder(total, &equal).expect("a pool has members")
        })
    };
    let top: Vec<i64> = if pool.share.top_slice {
        split(borne.iter().map(|one| one.excess.0).sum(), &pool.weights)
    } else {
        vec![0; borne.len()]
    };
    let costs: Vec<i64> =
        borne.iter().map(|one| one.cost.0 - if pool.share.top_slice { one.excess.0 } else { 0 }).collect();
    let total: i64 = costs.iter().sum();
    let budgets: Vec<i64> = borne.iter().zip(&top).map(|(one, top)| one.budget.0 - top).collect();
    let over = total - budgets.iter().sum::<i64>();
    let on_top =
        |base: &[i64], more: Vec<i64>| -> Vec<i64> { base.iter().zip(more).map(|(base, more)| base + more).collect() };
    let rest = match (pool.share.rule, has_budgets) {
        (ShareRule::None, _) | (ShareRule::ByUse, false) | (ShareRule::CapAndCollar { .. }, false) => costs,
        (ShareRule::ByContribution, false) => split(total, &pool.weights),
        (ShareRule::ByContribution, true) => on_top(&budgets, split(over, &pool.weights)),
        (ShareRule::ByUse, true) => {
            let use_: Vec<u64> = costs.iter().map(|&cost| cost.max(0).unsigned_abs()).collect();
            on_top(&budgets, split(over, &use_))
        }
        (ShareRule::CapAndCollar { limit }, true) => {
            let kept: Vec<i64> = costs
                .iter()
                .zip(&budgets)
                .map(|(cost, &budget)| {
                    let most = libm::round(limit * budget.max(0) as f64) as i64;
                    (cost - budget).clamp(-most, most)
                })
                .collect();
            let pooled = over - kept.iter().sum::<i64>();
            on_top(&on_top(&budgets, kept), split(pooled, &pool.weights))
        }
    };
    on_top(&rest, top)
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
        rows.map(|(cost, budget, excess)| Borne { cost: Pence(cost), excess: Pence(excess), budget: Pence(budget) })
    }

    /// Budgets 500, 300, 200; costs 560, 290, 170: together 20 more.
    #[test]
    fn the_worked_example() {
        let members = borne([(560, 500, 0), (290, 300, 0), (170, 200, 0)]);
        let by = |rule| share(&pool(rule, false), &members, true);
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
        assert_eq!(share(&pool(ShareRule::None, true), &members, true), [510, 320, 190]);
        assert_eq!(share(&pool(ShareRule::ByContribution, true), &members, true), [510, 306, 204]);
        assert_eq!(share(&pool(ShareRule::ByContribution, false), &members, false), [510, 306, 204]);
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
                let shared = share(&pool(rule, top_slice), &members, has_budgets);
                prop_assert_eq!(shared.iter().sum::<i64>(), total);
            }
        }
    }
}
