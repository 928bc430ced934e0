//! The tables of a plan.

use super::{CapacityPlan, entity};
use crate::experiment::Seen;
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::table::Table;
use crate::stats::Interval;
use std::borrow::Cow;

pub(in crate::results) const PLAN: Table = Table {
    name: "plan",
    meaning: "The places at which the targets of `tierflow plan` hold: one row for each pool that was planned (by year: for each pool and year).",
    entities: &[
        ("option", "id of the tiering option whose flow rules hold"),
        ("provider", "ODS code"),
        ("pool", "slug of the pool"),
        ("provider_name", "name of the provider"),
        ("host_icb", "ICB that the provider lies in"),
        ("from", "first day of the year that is planned for; blank for the whole time"),
        ("load", "offered load: places that would be taken if there were no limit"),
        ("now", "places today; blank without a limit"),
        ("theory", "places by queueing theory; blank with --no-theory, or where it has no answer"),
        (
            "basis",
            "exact (theory is exact here, and is the answer), approximate (theory was where the search began) or simulation",
        ),
        ("places", "the plan"),
        ("change", "plan less today"),
        (
            "turned_away_share",
            "share of the pool's requests that it refuses or sends on to another provider with the places of the plan, mean over replications; blank for a system without limits",
        ),
        ("least", "the fewest places that were allowed"),
        ("most", "the most"),
        ("step", "steps between"),
        ("cost_per_place_gbp", "what a place costs a year, where the scenario says"),
        ("cost_gbp", "what the places of the plan cost a year"),
        ("one_step_less", "places with one step less; blank where the plan has the least"),
        (
            "less_would_do",
            "1 if all targets hold with one step less on the replications of the confirmation, else 0; of pools that were lowered together: the targets of this pool",
        ),
    ],
};

pub(in crate::results) const PLAN_TARGETS: Table = Table {
    name: "plan_targets",
    meaning: "The targets of a plan, on replications that the search had not seen, and with one place (or step) less.",
    entities: &[
        ("target", "as asked for"),
        ("table", "name of the table of the metric"),
        ("period", "reporting period"),
        ("entity", "the table's entity columns, joined by /"),
        ("unit", "unit of the metric"),
        ("bound", "what it is to be at most or at least"),
        ("value", "mean over replications with the places of the plan"),
        ("ci_low", "lower end of its 95 % interval"),
        ("ci_high", "upper end"),
        ("exact", "the value by theory, where theory is exact and decided"),
        (
            "holds",
            "1 if the target holds: by theory where it is exact, else by the mean, or by the one-sided limit with --meet confidence",
        ),
        ("one_less", "value with one step less: of the pool itself, or of the pool where that matters least"),
        ("one_less_ci_low", "lower end of its 95 % interval"),
        ("one_less_ci_high", "upper end"),
        ("one_less_exact", "the value by theory with one step less"),
        (
            "separated",
            "1 if the target is known to fail with one step less (the 95 % interval lies beyond the bound), so that the step is needed; 0 if not; blank where theory decided",
        ),
        ("replications", "replications in which the metric is defined"),
    ],
};

fn owned(text: String) -> Field<'static> {
    Field::Text(Cow::Owned(text))
}

fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

fn number(value: Option<f64>) -> Field<'static> {
    value.map_or(Field::Blank, |value| if value.is_nan() { Field::Undefined } else { Field::Number(value) })
}

fn count(value: Option<u32>) -> Field<'static> {
    value.map_or(Field::Blank, |value| Field::Count(u64::from(value)))
}

fn flag(value: Option<bool>) -> Field<'static> {
    value.map_or(Field::Blank, |value| Field::Count(u64::from(value)))
}

/// What is known of one target.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Kept {
    /// With the places of the plan.
    pub seen: Seen,
    /// By theory, where it decided.
    pub exact: Option<f64>,
    /// Whether it holds.
    pub holds: bool,
    /// With one step less: the places, what was seen, and the value by theory.
    pub less: Option<(u32, Seen, Option<f64>)>,
    /// Whether it is known to fail with one step less; nothing where theory decided.
    pub separated: Option<bool>,
}

impl CapacityPlan<'_> {
    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Box<dyn Iterator<Item = Vec<Field<'_>>>>) = match name {
            "plan" => (&PLAN, Box::new((0..self.variables.len()).map(|at| self.plan_row(at)))),
            "plan_totals" => return Some(self.totals_sheet()),
            "plan_targets" => (&PLAN_TARGETS, Box::new((0..self.targets.len()).map(|at| self.target_row(at)))),
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    /// What is known of a target.
    pub fn kept(&self, at: usize) -> Kept {
        let target = &self.targets[at];
        let aim = &self.rules.aims[target.aim];
        let seen = self.planned.seen[at];
        let by_theory = |places: u32| aim.measure().and_then(|what| target.theory?.measure(what, places));
        let within = |value: f64| if aim.at_most { value <= aim.bound } else { value >= aim.bound };
        let less = match target.goal.knob {
            Some(knob) => self.planned.lower[knob].as_ref().map(|lower| (lower.places, lower.seen[at])),
            None => {
                self.planned.lower.iter().flatten().map(|lower| (lower.places, lower.seen[at])).min_by(|a, b| {
                    if aim.at_most { a.1.mean.total_cmp(&b.1.mean) } else { b.1.mean.total_cmp(&a.1.mean) }
                })
            }
        };
        let exact = target.goal.knob.and_then(|knob| by_theory(self.planned.places[knob]));
        let separated = less.filter(|_| exact.is_none()).map(|(_, seen)| !seen.holds && seen.separated(aim.bound));
        let less = less.map(|(places, seen)| (places, seen, by_theory(places)));
        Kept { seen, exact, holds: exact.map_or(seen.holds, within), less, separated }
    }

    /// Whether all targets hold with one step less of a variable.
    pub fn less_would_do(&self, variable: usize) -> Option<bool> {
        let lower = self.planned.lower[variable].as_ref()?;
        let of = |(at, seen): (usize, &Seen)| {
            let goal = self.targets[at].goal;
            let judged = goal.eased
                && (!goal.known || goal.knob == Some(variable))
                && (!self.planned.together || goal.knob.is_none_or(|knob| knob == variable));
            !judged
                || match self.kept(at).less.and_then(|less| less.2).filter(|_| goal.knob == Some(variable)) {
                    Some(exact) => {
                        if goal.at_most {
                            exact <= goal.bound
                        } else {
                            exact >= goal.bound
                        }
                    }
                    None => seen.holds,
                }
        };
        Some(lower.seen.iter().enumerate().all(of))
    }

    fn plan_row(&self, at: usize) -> Vec<Field<'_>> {
        let variable = &self.variables[at];
        let mut names = entity(self.scenario, variable.pool).into_iter();
        let provider = &self.scenario.providers[self.scenario.pools[variable.pool].provider];
        let places = self.planned.places[at];
        let basis = match variable.theory {
            Some((_, true)) => "exact",
            Some((_, false)) => "approximate",
            None => "simulation",
        };
        vec![
            text(&self.option),
            owned(names.next().unwrap_or_default()),
            owned(names.next().unwrap_or_default()),
            text(&provider.name),
            provider.host_icb.map_or(Field::Blank, |icb| text(&self.scenario.geography.icbs[icb].id)),
            variable.year.as_ref().map_or(Field::Blank, |(day, _)| owned(day.to_string())),
            Field::Number(variable.knob.load),
            count(variable.now),
            count(variable.theory.map(|(places, _)| places)),
            text(basis),
            Field::Count(u64::from(places)),
            variable.now.map_or(Field::Blank, |now| Field::Number(f64::from(places) - f64::from(now))),
            number(self.turned_away[at]),
            Field::Count(u64::from(variable.knob.least)),
            Field::Count(u64::from(variable.knob.most)),
            Field::Count(u64::from(variable.knob.step)),
            number(variable.pounds(1)),
            number(variable.pounds(places)),
            count(self.planned.lower[at].as_ref().map(|lower| lower.places)),
            flag(self.less_would_do(at)),
        ]
    }

    fn target_row(&self, at: usize) -> Vec<Field<'_>> {
        let target = &self.targets[at];
        let aim = &self.rules.aims[target.aim];
        let kept = self.kept(at);
        let ends = |interval: Option<Interval>| {
            [number(interval.map(|interval| interval.low)), number(interval.map(|interval| interval.high))]
        };
        let [low, high] = ends(kept.seen.interval);
        let [less_low, less_high] = ends(kept.less.and_then(|(_, seen, _)| seen.interval));
        vec![
            text(&aim.text),
            text(aim.table.name),
            text(&target.period),
            owned(target.entity.join("/")),
            text(aim.metric.unit),
            Field::Number(aim.bound),
            number(Some(kept.seen.mean)),
            low,
            high,
            number(kept.exact),
            flag(Some(kept.holds)),
            number(kept.less.map(|(_, seen, _)| seen.mean)),
            less_low,
            less_high,
            number(kept.less.and_then(|(.., exact)| exact)),
            flag(kept.separated),
            Field::Count(kept.seen.replications),
        ]
    }
}
