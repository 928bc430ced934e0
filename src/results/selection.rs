//! Selecting the best of several options by one metric of one entity; tables `selection` and `selection_values`.

mod sheets;

pub(super) use sheets::{SELECTION, SELECTION_VALUES};

use super::comparison::standing;
use super::layout::{Layout, Outline, Row};
use super::precision::{find, of_entities, tolerance_in};
use super::table::{Better, Kind, Metric, Table};
use super::{Making, Manifest, Measurer, Part, Prepared, TargetError, notes};
use crate::engine::Outcome;
use crate::experiment::{
    Observer, ReplicationError, Replications, Rules, Selection, SelectionError, Simulation, Source, replicate, select,
};
use crate::scenario::Scenario;
use crate::stats::stopping::Precision;
use std::collections::BTreeSet;
use std::ops::Range;

/// A metric of an entity that options are to be selected by: `net_cost_gbp[QMJ]`, `pools.utilisation[RRV/beds]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Wish {
    /// As it was asked for.
    pub text: String,
    /// The tables that have the metric, in the order of the catalogue.
    tables: Vec<(&'static Table, &'static Metric)>,
    /// The entity, as named.
    entity: Option<String>,
    /// The indifference zone.
    pub zone: Precision,
}

impl Wish {
    /// Reads metric and zone.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn new(best: &str, zone: &str) -> Result<Self, TargetError> {
        let form = || TargetError::Form(best.to_owned());
        let (name, entity) = of_entities(best).ok_or_else(form)?;
        let tables = find(name)?;
        let zone = tolerance_in(tables.first().ok_or_else(form)?.1.unit, zone)?;
        let entity = Some(entity.to_owned()).filter(|entity| !entity.is_empty());
        Ok(Self { text: best.trim().to_owned(), tables, entity, zone })
    }
}

/// Why options cannot be selected so.
#[derive(Clone, PartialEq, Debug)]
pub enum AskError {
    /// Nothing has the metric in this scenario.
    NoRows,
    /// No entity is called so; those that have the metric.
    Entity(String, Vec<String>),
    /// Several entities fit; their names.
    Several(Vec<String>),
    /// There is no such period; those that there are.
    Period(Vec<String>),
    /// The metric is not given for this period.
    NotInPeriod,
    /// The metric is 0 or 1 in a replication.
    Event(&'static Metric),
    /// Neither way of the metric is better.
    Neither(&'static Metric),
    /// Fewer than two options have the entity; those that lack it.
    TooFew(Vec<String>),
    /// Replications are antithetic pairs.
    Pairs,
}

/// An option in a contest, and where its value stands.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entrant {
    option: String,
    /// Position of its simulation, those with demand beyond chance counted, and of its value in a replication.
    simulation: usize,
    position: usize,
}

/// What is asked of a contest.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The table of the metric.
    pub table: &'static Table,
    /// The metric.
    pub metric: &'static Metric,
    /// One value for each entity column.
    pub entity: Vec<String>,
    /// The reporting period.
    pub period: String,
    /// The indifference zone.
    pub zone: Precision,
    /// Whether less is better.
    pub smallest: bool,
    entrants: Vec<Entrant>,
    /// Options that do not have the entity.
    pub absent: Vec<String>,
}

impl Question {
    /// The options in order.
    pub fn options(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entrants.iter().map(|one| one.option.as_str())
    }

    /// The simulations that are needed, in order.
    fn simulations(&self) -> Vec<usize> {
        let all: BTreeSet<usize> = self.entrants.iter().map(|one| one.simulation).collect();
        all.into_iter().collect()
    }

    /// How many simulations are needed.
    pub fn simulated(&self) -> usize {
        self.simulations().len()
    }
}

/// The simulations that options are selected in.
#[derive(Debug)]
pub struct Contest<'a> {
    scenario: &'a Scenario,
    /// The simulations, in the order of their first options.
    pub prepared: Vec<Prepared<'a>>,
}

impl<'a> Contest<'a> {
    /// Nothing has been run yet.
    pub fn new(scenario: &'a Scenario, simulations: &'a [Simulation]) -> Self {
        Self { scenario, prepared: simulations.iter().map(|one| Prepared::new(scenario, one)).collect() }
    }

    /// Layouts with their simulations: each by chance, and with demand beyond chance where there is such.
    fn layouts(&self) -> impl Iterator<Item = (usize, &Layout)> {
        self.prepared.iter().enumerate().flat_map(|(position, one)| {
            let varied = one.varied.as_ref().map(|(_, layout)| (2 * position + 1, layout));
            std::iter::once((2 * position, &one.layout)).chain(varied)
        })
    }

    /// Finds what a wish is about. Without a period it is the whole time; without a direction it is the better one of the
    /// metric.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask(&self, wish: &Wish, period: Option<&str>, smallest: Option<bool>) -> Result<Question, AskError> {
        if self.scenario.run.antithetic {
            return Err(AskError::Pairs);
        }
        let (table, metric, entity) = self.find(wish)?;
        if metric.kind == Kind::Event {
            return Err(AskError::Event(metric));
        }
        let smallest = match (smallest, metric.better) {
            (Some(smallest), _) => smallest,
            (None, Better::Lower) => true,
            (None, Better::Higher) => false,
            (None, Better::Neither) => return Err(AskError::Neither(metric)),
        };
        let period = period.unwrap_or("all");
        let known = self.prepared.first().map_or(&[][..], |one| one.layout.outline.periods());
        if !known.iter().any(|name| name == period) {
            return Err(AskError::Period(known.iter().filter(|name| !name.contains("-M")).cloned().collect()));
        }
        let mut entrants = Vec::new();
        let mut absent = Vec::new();
        let mut elsewhere = false;
        for option in self.options() {
            if let Some(entrant) = self.entrant(&option, table, metric, &entity, Some(period)) {
                entrants.push(entrant);
            } else {
                elsewhere |= self.entrant(&option, table, metric, &entity, None).is_some();
                absent.push(option);
            }
        }
        if entrants.is_empty() && elsewhere {
            return Err(AskError::NotInPeriod);
        }
        if entrants.len() < 2 {
            return Err(AskError::TooFew(absent));
        }
        Ok(Question { table, metric, entity, period: period.to_owned(), zone: wish.zone, smallest, entrants, absent })
    }

    /// Where the value of an option stands, in a period or in any.
    fn entrant(
        &self,
        option: &str,
        table: &'static Table,
        metric: &Metric,
        entity: &[String],
        period: Option<&str>,
    ) -> Option<Entrant> {
        self.layouts().find_map(|(simulation, layout)| {
            let outline = &layout.outline;
            let options = outline.options();
            let standing = options.iter().find(|id| *id == option).map(|id| standing(outline, options, table, id))?;
            let wanted = |row: &Row<'_>| {
                row.option == standing
                    && row.metric == metric
                    && row.entity == entity
                    && period.is_none_or(|period| row.period == period)
            };
            let position = outline.rows_of(table).find(wanted)?.position;
            Some(Entrant { option: option.to_owned(), simulation, position })
        })
    }

    /// Ids of all options, in the order of the scenario.
    fn options(&self) -> Vec<String> {
        let has = |id: &String| self.prepared.iter().any(|one| one.layout.outline.options().contains(id));
        self.scenario.options.iter().map(|option| option.id.clone()).filter(has).collect()
    }

    /// The first table that has the metric of what is called so.
    fn find(&self, wish: &Wish) -> Result<(&'static Table, &'static Metric, Vec<String>), AskError> {
        let mut known = BTreeSet::new();
        for &(table, metric) in &wish.tables {
            let rows = self.layouts().flat_map(|(_, layout)| layout.outline.rows_of(table));
            let all: BTreeSet<Vec<String>> =
                rows.filter(|row| row.metric == metric).map(|row| row.entity.to_vec()).collect();
            let whole = |entity: &&Vec<String>| wish.entity.as_ref().is_none_or(|name| entity.join("/") == *name);
            let part = |entity: &&Vec<String>| wish.entity.as_ref().is_some_and(|name| entity.contains(name));
            let mut found: Vec<&Vec<String>> = all.iter().filter(whole).collect();
            if found.is_empty() {
                found = all.iter().filter(part).collect();
            }
            match found[..] {
                [] => known.extend(all.iter().map(|entity| entity.join("/"))),
                [entity] => return Ok((table, metric, entity.clone())),
                _ => return Err(AskError::Several(found.iter().map(|entity| entity.join("/")).collect())),
            }
        }
        match &wish.entity {
            Some(name) if !known.is_empty() => Err(AskError::Entity(name.clone(), known.into_iter().collect())),
            _ => Err(AskError::NoRows),
        }
    }

    /// Looks for the best. Numbers of replications are the procedure's; `how` says the rest, and its `progress` hears of all
    /// replications so far.
    ///
    /// # Errors
    /// [`SelectionError`].
    pub fn select(
        &self,
        question: &Question,
        rules: &Rules,
        how: Replications<'_>,
    ) -> Result<Selection, SelectionError> {
        let simulations = question.simulations();
        select(&mut Running { contest: self, question, simulations, how, finished: 0 }, rules)
    }

    /// What is to be written down.
    pub fn selected(self, question: Question, selection: Selection, making: Making) -> Selected<'a> {
        let scenario = self.scenario;
        let mut parts = Vec::new();
        let mut outlines = Vec::new();
        let mut simulated = Vec::new();
        let needed = question.simulations();
        for (position, one) in self.prepared.into_iter().enumerate() {
            let options = one.layout.outline.options().to_vec();
            simulated.extend((2 * position..2 * position + 2).filter_map(|simulation| {
                let place = needed.iter().position(|&needed| needed == simulation)?;
                Some((options.clone(), selection.ran[place]))
            }));
            parts.push(Part { model: one.model, options, exchanges: 0, stuck: 0 });
            outlines.push(one.layout.outline);
        }
        let outline = Outline::merged(outlines);
        let most = selection.candidates.iter().map(|one| one.values.len()).max().unwrap_or(0);
        let tables = [SELECTION.name, SELECTION_VALUES.name];
        let manifest = Manifest::new(scenario, &parts, &outline, making, most, &tables);
        Selected { scenario, question, selection, flagged: notes::flagged(&outline), simulated, manifest }
    }
}

/// A contest under way.
struct Running<'c, 'a> {
    contest: &'c Contest<'a>,
    question: &'c Question,
    simulations: Vec<usize>,
    how: Replications<'c>,
    finished: u32,
}

impl Source for Running<'_, '_> {
    fn simulations(&self) -> Vec<usize> {
        let place = |one: &Entrant| self.simulations.iter().position(|&simulation| simulation == one.simulation);
        self.question.entrants.iter().filter_map(place).collect()
    }

    fn run(&mut self, simulation: usize, numbers: Range<u32>) -> Result<Vec<Vec<f64>>, ReplicationError> {
        let simulation = self.simulations[simulation];
        let of = self.question.entrants.iter().filter(|one| one.simulation == simulation);
        let positions: Vec<usize> = of.map(|one| one.position).collect();
        let prepared = &self.contest.prepared[simulation / 2];
        let picked = |measurer| Picked { measurer, positions: &positions };
        let varied = prepared.varied.as_ref().filter(|_| simulation % 2 == 1);
        let ran = self.how.part(self.finished, numbers.clone(), |how| match varied {
            Some((model, layout)) => replicate(model, how, || picked(prepared.varied_measurer(layout, model))),
            None => replicate(prepared.model, how, || picked(prepared.measurer())),
        })?;
        self.finished += numbers.len() as u32;
        Ok(ran.numbers)
    }
}

/// Keeps of each replication the values that are asked for.
pub(super) struct Picked<'m> {
    pub(super) measurer: Measurer<'m>,
    pub(super) positions: &'m [usize],
}

impl Observer for Picked<'_> {
    fn begin(&mut self, replication: u32) {
        self.measurer.begin(replication);
    }

    fn period(&mut self, activity: &crate::activity::PeriodActivity) {
        self.measurer.period(activity);
    }

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        let all = self.measurer.finish(outcome);
        self.positions.iter().map(|&position| all.get(position).copied().unwrap_or(f64::NAN)).collect()
    }
}

/// A selection with all that is written down of it.
#[derive(Debug)]
pub struct Selected<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// What was asked.
    pub question: Question,
    /// The answer.
    pub selection: Selection,
    /// Options that let bodies decide that are not ready or too small.
    pub flagged: Vec<String>,
    /// The simulations that ran: their options, and how many replications.
    pub simulated: Vec<(Vec<String>, u32)>,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

impl Selected<'_> {
    /// The id of an option of the selection.
    pub fn option(&self, option: usize) -> &str {
        &self.question.entrants[option].option
    }

    /// How much worse an option is than the selected one: on the replications that both took, or, where none is of both, of the
    /// means.
    pub fn behind(&self, option: usize) -> f64 {
        let (best, other) = (&self.selection.candidates[self.selection.best], &self.selection.candidates[option]);
        let together = best.numbers.first().map(|range| range.start) == other.numbers.first().map(|range| range.start);
        let both = best.values.len().min(other.values.len());
        let lead = if together {
            best.values.iter().zip(&other.values).map(|(a, b)| b - a).sum::<f64>() / both as f64
        } else {
            other.mean() - best.mean()
        };
        if self.question.smallest { lead } else { -lead }
    }
}
