//! Table `footprints`: whether groups of boards take account of patient flows.

use super::{Better, Column, Kind, Metric, Table, ratio};

pub(in crate::results) const FOOTPRINTS: Table = Table {
    name: "footprints",
    meaning: "How far the patients of each footprint are treated inside it, service by service: what the eighth test of readiness asks for (a footprint that takes account of patient flows).",
    entities: &[
        ("scheme", "slug of the scheme of footprints"),
        ("footprint", "slug of the footprint"),
        ("service", "slug of the service"),
    ],
};

/// What is known of a footprint and a service beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Catchment {
    /// Some residents are referred, and all of their routes are in scope.
    pub residents: bool,
    /// Some provider in scope lies in it.
    pub providers: bool,
}

/// Spells of one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Crossing {
    /// Of residents, at providers of known place or elsewhere, and of these those inside.
    pub residents: u64,
    pub inside: u64,
    /// At providers in scope that lie in it, and of these those of outsiders.
    pub treated: u64,
    pub imported: u64,
}

pub(in crate::results) static COLUMNS: [Column<Catchment, Crossing>; 2] = [
    Column {
        metric: Metric {
            name: "self_containment_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of the residents' spells at providers inside the footprint. Only for footprints whose residents are wholly in scope.",
            formula: "residents' spells at providers hosted by its ICBs / residents' spells at providers of known host or elsewhere",
        },
        exists: |catchment| catchment.residents,
        value: |_, crossing| ratio(crossing.inside, crossing.residents),
    },
    Column {
        metric: Metric {
            name: "import_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of the spells at its providers that are of patients who live outside it, in other nations too. Providers in scope only.",
            formula: "spells of outsiders at providers hosted by its ICBs / all spells at these providers",
        },
        exists: |catchment| catchment.providers,
        value: |_, crossing| ratio(crossing.imported, crossing.treated),
    },
];
