//! What a plan adds up to by the body that the pools lie in; table `plan_totals`.

use super::CapacityPlan;
use super::scope::bodies;
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::table::Table;
use std::borrow::Cow;

pub(in crate::results) const PLAN_TOTALS: Table = Table {
    name: "plan_totals",
    meaning: "The places of a plan by pool and by the ICB, footprint or region that hosts them. One pool stands in a row of each kind: do not add kinds, nor footprints of several schemes.",
    entities: &[
        ("option", "id of the tiering option whose flow rules hold"),
        ("kind", "icb, footprint or region"),
        ("body", "its id: the providers that lie in its area"),
        ("pool", "slug of the pools"),
        ("from", "first day of the year that is planned for; blank for the whole time"),
        ("load", "offered load, in places"),
        ("now", "places today; blank where some have no limit"),
        ("places", "the plan"),
        ("change", "plan less today"),
        ("cost_gbp", "what the places of the plan cost a year; blank where some have no stated cost"),
    ],
};

/// Places of a body's pools of one kind.
#[derive(Clone, PartialEq, Debug)]
pub struct Total {
    /// `icb`, `footprint` or `region`.
    pub kind: &'static str,
    /// Its id.
    pub body: String,
    /// Slug of the pools.
    pub pool: String,
    /// First day and name of the year that is planned for.
    pub year: Option<(String, String)>,
    /// Offered load in places.
    pub load: f64,
    /// Places today, where all have a limit.
    pub now: Option<u32>,
    /// The plan.
    pub places: u32,
    /// Pounds a year, where all have a cost.
    pub cost: Option<f64>,
}

impl CapacityPlan<'_> {
    /// Sums by body, in the order of the geography: ICBs, footprints scheme by scheme, regions.
    pub fn totals(&self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        for (variable, &places) in self.variables.iter().zip(&self.planned.places) {
            let pool = &self.scenario.pools[variable.pool].id;
            let year = variable.year.as_ref().map(|(day, name)| (day.to_string(), name.clone()));
            for (kind, body) in bodies(self.scenario, variable.pool) {
                let same = |total: &&mut Total| {
                    total.kind == kind && total.body == body && total.pool == *pool && total.year == year
                };
                if let Some(total) = totals.iter_mut().find(same) {
                    total.load += variable.knob.load;
                    total.now = total.now.zip(variable.now).map(|(sum, now)| sum + now);
                    total.places += places;
                    total.cost = total.cost.zip(variable.pounds(places)).map(|(sum, pounds)| sum + pounds);
                } else {
                    totals.push(Total {
                        kind,
                        body: body.to_owned(),
                        pool: pool.clone(),
                        year: year.clone(),
                        load: variable.knob.load,
                        now: variable.now,
                        places,
                        cost: variable.pounds(places),
                    });
                }
            }
        }
        let geography = &self.scenario.geography;
        let icbs = geography.icbs.iter().map(|icb| &icb.id);
        let footprints = geography.footprints.iter().map(|footprint| &footprint.id);
        let regions = geography.regions.iter().map(|region| &region.id);
        let order: Vec<&String> = icbs.chain(footprints).chain(regions).collect();
        totals.sort_by_key(|total| order.iter().position(|id| **id == total.body));
        totals
    }

    pub(super) fn totals_sheet(&self) -> Sheet<'_> {
        let rows = self.totals().into_iter().map(|total| {
            let text = |text: String| Field::Text(Cow::Owned(text));
            let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
            vec![
                Field::Text(Cow::Borrowed(self.option.as_str())),
                Field::Text(Cow::Borrowed(total.kind)),
                text(total.body),
                text(total.pool),
                total.year.map_or(Field::Blank, |(day, _)| text(day)),
                Field::Number(total.load),
                total.now.map_or(Field::Blank, |now| Field::Count(u64::from(now))),
                Field::Count(u64::from(total.places)),
                number(total.now.map(|now| f64::from(total.places) - f64::from(now))),
                number(total.cost),
            ]
        });
        Sheet { table: &PLAN_TOTALS, header: columns(&PLAN_TOTALS), rows: Box::new(rows) }
    }
}
