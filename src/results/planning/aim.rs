//! Targets of a capacity plan as they are written: `pools.full_share[RRV/beds] <= 5%`.

use crate::results::precision::{find, of_entities};
use crate::results::table::pools::POOLS;
use crate::results::table::{Better, Kind, Metric, Table, icbs, providers, services};
use crate::theory::staffing::Measure;
use thiserror::Error;

/// The share of time that all places would be busy, had everybody found a place: not a metric of a run, but of one without limits.
const DELAY: Metric = Metric {
    name: "delay_probability",
    unit: "share",
    kind: Kind::Share,
    better: Better::Lower,
    meaning: "Probability that a patient would find all places busy, judged from a system without limits.",
    formula: "P(N = c) / P(N <= c) of the number present N if every pool had as many places as are asked for",
};

/// What has to hold of which entities.
#[derive(Clone, PartialEq, Debug)]
pub struct Aim {
    /// As written.
    pub text: String,
    /// The table of the metric.
    pub table: &'static Table,
    /// The metric.
    pub metric: &'static Metric,
    /// Only entities called so, by a column or by all with / between; none for all.
    pub entities: Vec<String>,
    /// Whether the value is to be at most the bound.
    pub at_most: bool,
    /// The bound, in the metric's unit.
    pub bound: f64,
}

/// Why a text is no target.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AimError {
    /// It is written otherwise.
    #[error(
        "`{0}` is no target: write a metric, <= or >=, and a bound, such as \"full_share <= 5%\" or \"mean_wait_days[RRV/beds] <= 3 d\""
    )]
    Form(String),
    /// There is no such metric.
    #[error("`{0}` is no metric of pools, icbs, services or providers")]
    Metric(String),
    /// The bound is not in the metric's unit.
    #[error("`{text}`: the bound has to be in {unit}{}", if *.unit == "share" { ", from 0 to 1 or 0% to 100%" } else { "" })]
    Bound {
        /// As written.
        text: String,
        /// The unit.
        unit: &'static str,
    },
    /// More places neither raise nor lower it in a known way.
    #[error(
        "`{0}`: more places neither raise nor lower this metric in a known way, so no capacity can be planned for it"
    )]
    Direction(String),
}

/// The metrics that capacity can be planned for.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = metrics().map(|(_, metric)| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn metrics() -> impl Iterator<Item = (&'static Table, &'static Metric)> {
    let tables = [&POOLS, &icbs::ICBS, &services::SERVICES, &providers::PROVIDERS];
    // Pools first: a metric that several tables have is a pool's unless the table is named.
    let entries = tables
        .into_iter()
        .flat_map(|table| crate::results::catalogue().into_iter().filter(move |entry| entry.table == table));
    let all = entries.flat_map(|entry| entry.metrics.into_iter().map(move |metric| (entry.table, metric)));
    let fit = |metric: &Metric| {
        (metric.better != Better::Neither || metric.name == "utilisation")
            && !metric.unit.starts_with("GBP")
            && matches!(metric.kind, Kind::Mean | Kind::Share)
    };
    std::iter::once((&POOLS, &DELAY)).chain(all.filter(move |(_, metric)| fit(metric)))
}

impl Aim {
    /// Reads a target.
    ///
    /// # Errors
    /// [`AimError`].
    pub fn new(text: &str) -> Result<Self, AimError> {
        let form = || AimError::Form(text.to_owned());
        let signs = [("<=", true), (">=", false), ("≤", true), ("≥", false)];
        let (sign, at_most) = signs.into_iter().find(|(sign, _)| text.contains(sign)).ok_or_else(form)?;
        let (what, bound) = text.split_once(sign).ok_or_else(form)?;
        let (name, entities) = of_entities(what).ok_or_else(form)?;
        let entities = entities.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let known = |table: &Table, metric: &Metric| {
            metric.name == name || name.split_once('.') == Some((table.name, metric.name))
        };
        let found = metrics().find(|(table, metric)| known(table, metric));
        let Some((table, metric)) = found else {
            let other = find(name).is_ok();
            return Err(if other { AimError::Direction(text.to_owned()) } else { AimError::Metric(name.to_owned()) });
        };
        let wrong = || AimError::Bound { text: text.to_owned(), unit: metric.unit };
        let bound = amount(bound, metric.unit).filter(|bound| *bound >= 0.0).ok_or_else(wrong)?;
        if metric.unit == "share" && bound > 1.0 {
            return Err(wrong());
        }
        Ok(Self { text: text.trim().to_owned(), table, metric, entities, at_most, bound })
    }

    /// Whether more places help.
    pub fn eased(&self) -> bool {
        match self.metric.better {
            // Utilisation, of which neither way is better, falls as places come.
            Better::Lower | Better::Neither => self.at_most,
            Better::Higher => !self.at_most,
        }
    }

    /// Whether it is about a system without limits.
    pub fn is_without_limits(&self) -> bool {
        self.metric.name == DELAY.name
    }

    /// Whether each pool has a value of its own.
    pub fn is_by_pool(&self) -> bool {
        *self.table == POOLS
    }

    /// Whether it is about what becomes of places, not of the patients who ask for them: it keeps its meaning where lists are shared.
    pub fn is_of_places(&self) -> bool {
        ["utilisation", "full_share"].contains(&self.metric.name)
    }

    /// Whether it is about an entity.
    pub fn fits(&self, entity: &[String]) -> bool {
        let named = |name: &String| entity.contains(name) || entity.join("/") == *name;
        self.entities.is_empty() || self.entities.iter().any(named)
    }

    /// What queueing theory calls it, if it knows it.
    pub(super) fn measure(&self) -> Option<Measure> {
        self.is_by_pool().then_some(())?;
        Some(match self.metric.name {
            "utilisation" => Measure::Utilisation,
            "full_share" => Measure::Full,
            "refused_share" => Measure::Refused,
            "reneged_share" => Measure::Reneged,
            "wait_positive_share" => Measure::WaitPositive,
            "wait_positive_all_share" => Measure::WaitPositiveAll,
            "mean_wait_days" => Measure::MeanWait,
            "mean_wait_all_days" => Measure::MeanWaitAll,
            "mean_queue" => Measure::MeanQueue,
            "delay_probability" => Measure::DelayWithoutLimit,
            _ => return None,
        })
    }
}

/// `5%`, `0.05`, `3 d`, `18 weeks`, `12 h`, `40`.
fn amount(text: &str, unit: &str) -> Option<f64> {
    let text = text.trim();
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        return (unit == "share").then(|| number(percent).map(|percent| percent / 100.0))?;
    }
    let spans = [
        ("weeks", 7.0),
        ("week", 7.0),
        ("days", 1.0),
        ("day", 1.0),
        ("d", 1.0),
        ("hours", 1.0 / 24.0),
        ("h", 1.0 / 24.0),
    ];
    for (ending, days) in spans.into_iter().filter(|_| unit == "days") {
        if let Some(amount) = text.strip_suffix(ending) {
            return number(amount).map(|amount| amount * days);
        }
    }
    number(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_with_their_units() {
        let aim = Aim::new("full_share[RRV/beds, RAL] <= 5%").unwrap();
        assert_eq!((aim.table.name, aim.metric.name, aim.at_most, aim.bound), ("pools", "full_share", true, 0.05));
        assert_eq!((aim.entities.as_slice(), aim.eased()), (&["RRV/beds".to_owned(), "RAL".to_owned()][..], true));
        assert!(aim.fits(&["RRV".to_owned(), "beds".to_owned()]) && !aim.fits(&["RRV".to_owned(), "cots".to_owned()]));
        let list = Aim::new("list_within_standard_share>=0.92").unwrap();
        assert_eq!((list.table.name, list.at_most, list.eased(), list.is_by_pool()), ("icbs", false, true, false));
        assert_eq!(Aim::new("services.mean_wait_days <= 2 weeks").unwrap().bound, 14.0);
        assert_eq!(Aim::new("mean_wait_days <= 12 h").unwrap().bound, 0.5);
        assert!(!Aim::new("utilisation >= 85 %").unwrap().eased());
        assert!(Aim::new("delay_probability <= 0.2").unwrap().is_without_limits());
    }

    #[test]
    fn what_is_no_target_says_why() {
        assert!(matches!(Aim::new("full_share = 5%"), Err(AimError::Form(_))));
        assert!(matches!(Aim::new("full_share[RRV <= 5%"), Err(AimError::Form(_))));
        assert!(matches!(Aim::new("fullshare <= 5%"), Err(AimError::Metric(_))));
        assert!(matches!(Aim::new("full_share <= 5 d"), Err(AimError::Bound { .. })));
        assert!(matches!(Aim::new("full_share <= 120%"), Err(AimError::Bound { .. })));
        assert!(matches!(Aim::new("mean_wait_days <= 5%"), Err(AimError::Bound { .. })));
        assert!(matches!(Aim::new("net_cost_gbp <= 5"), Err(AimError::Direction(_))));
        assert!(names().contains(&"refused_share") && !names().contains(&"net_cost_gbp"));
    }
}
