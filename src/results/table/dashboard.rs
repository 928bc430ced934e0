//! Table `dashboard`: each service at each provider against what it is held to.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::domain::Standard;
use std::collections::BTreeMap;

pub(in crate::results) const DASHBOARD: Table = Table {
    name: "dashboard",
    meaning: "Each service at each provider in scope against its standards: volume, waits, occupancy and distance. Only where there is a standard.",
    entities: &[("service", "slug of the service"), ("provider", "ODS code")],
};

/// What is known of a service at a provider beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Held {
    pub standard: Standard,
    /// Some stage has a waiting list and a standard.
    pub waits: bool,
    /// Its first pool offers a known number of places.
    pub offers: bool,
    /// The distance to some home area is known.
    pub distance: bool,
}

impl Held {
    /// Whether there is anything to look at.
    pub(in crate::results) fn any(&self) -> bool {
        let Standard { occupancy_ceiling, minimum_volume, maximum_km, .. } = self.standard;
        self.waits
            || minimum_volume.is_some()
            || (self.offers && occupancy_ceiling.is_some())
            || (self.distance && maximum_km.is_some())
    }
}

/// What happened there in one period.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Watched {
    /// Length of the period in financial years.
    pub years: f64,
    /// Stays that count for the minimum volume.
    pub volume: u64,
    /// The same for each whole financial year of the period.
    pub by_year: BTreeMap<usize, u64>,
    /// Starts of stages with a waiting list and a standard, and those within it.
    pub starts: u64,
    pub within: u64,
    /// Place-time of the first pool.
    pub occupied: u64,
    pub offered: u64,
    /// Starts of first stages over a known distance, and those beyond the limit.
    pub journeys: u64,
    pub beyond: u64,
}

impl Watched {
    fn short_years(&self, held: &Held) -> (u64, u64) {
        let minimum = held.standard.minimum_volume.unwrap_or(0.0);
        let short = self.by_year.values().filter(|&&volume| (volume as f64) < minimum).count();
        (short as u64, self.by_year.len() as u64)
    }
}

fn has_volume(held: &Held) -> bool {
    held.standard.minimum_volume.is_some()
}

fn has_ceiling(held: &Held) -> bool {
    held.offers && held.standard.occupancy_ceiling.is_some()
}

fn has_limit(held: &Held) -> bool {
    held.distance && held.standard.maximum_km.is_some()
}

pub(in crate::results) static COLUMNS: [Column<Held, Watched>; 10] = [
    Column {
        metric: Metric {
            name: "spells_per_year",
            unit: "spells per year",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Finished stays of the stage that the volume standard counts (the first, unless it names another), in a financial year.",
            formula: "finished stays of the stage / financial years in the period",
        },
        exists: |_| true,
        value: |_, watched| watched.volume as f64 / watched.years,
    },
    Column {
        metric: Metric {
            name: "minimum_volume",
            unit: "spells per year",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The least that the standard asks for.",
            formula: "minimum_volume of the provider's row in standards, else of the service's",
        },
        exists: has_volume,
        value: |held, _| held.standard.minimum_volume.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "shortfall_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely some whole financial year of the period falls short of the minimum volume; the rows of a financial year are of that year alone. Parts of a year are not judged.",
            formula: "replications with a whole financial year below minimum_volume / replications",
        },
        exists: has_volume,
        value: |held, watched| match watched.short_years(held) {
            (_, 0) => f64::NAN,
            (short, _) => f64::from(u8::from(short > 0)),
        },
    },
    Column {
        metric: Metric {
            name: "short_years_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of the whole financial years of the period that fall short of the minimum volume: the probability for a year taken at random.",
            formula: "whole financial years below minimum_volume / whole financial years",
        },
        exists: has_volume,
        value: |held, watched| {
            let (short, years) = watched.short_years(held);
            ratio(short, years)
        },
    },
    Column {
        metric: Metric {
            name: "within_standard_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of those who started in the period who had waited no longer than the standard.",
            formula: "starts within the standard / starts, for stages with a standard and a waiting list",
        },
        exists: |held| held.waits,
        value: |_, watched| ratio(watched.within, watched.starts),
    },
    Column {
        metric: Metric {
            name: "utilisation",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Utilisation of the pool of the service's first stage that has one; other services that share the pool count in it.",
            formula: "place-time in use / place-time offered, of the first pool",
        },
        exists: has_ceiling,
        value: |_, watched| ratio(watched.occupied, watched.offered),
    },
    Column {
        metric: Metric {
            name: "occupancy_ceiling",
            unit: "share",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The most that the standard allows.",
            formula: "occupancy_ceiling of the provider's row in standards, else of the service's",
        },
        exists: has_ceiling,
        value: |held, _| held.standard.occupancy_ceiling.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "over_ceiling_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the mean utilisation of the period is above the ceiling.",
            formula: "replications with utilisation above occupancy_ceiling / replications",
        },
        exists: has_ceiling,
        value: |held, watched| match ratio(watched.occupied, watched.offered) {
            share if share.is_nan() => f64::NAN,
            share => f64::from(u8::from(share > held.standard.occupancy_ceiling.unwrap_or(f64::INFINITY))),
        },
    },
    Column {
        metric: Metric {
            name: "maximum_km",
            unit: "km",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The farthest that patients should travel by the standard.",
            formula: "maximum_km of the provider's row in standards, else of the service's",
        },
        exists: has_limit,
        value: |held, _| held.standard.maximum_km.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "beyond_maximum_km_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of those who started the first stage in the period who live farther away than the standard allows.",
            formula: "starts of first stages from farther than maximum_km / starts of first stages from known distances",
        },
        exists: has_limit,
        value: |_, watched| ratio(watched.beyond, watched.journeys),
    },
];
