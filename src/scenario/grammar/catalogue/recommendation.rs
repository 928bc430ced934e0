//! By what tiers are recommended, and who borders on whom.

use super::{PERSONS, POSITIVE, default, optional, required, section, table};
use crate::scenario::grammar::{Kind, Section, Target};

const COUNT: Kind = Kind::Number(0.0, 1e9, false);
const BOARD: Kind = Kind::AnyReference(&[Target::Icb, Target::Successor], &[]);

pub(super) static RECOMMENDATION: Section = section(
    "recommendation",
    &[
        optional(
            "footprints",
            Kind::Reference(Target::Scheme, &[]),
            "the scheme whose footprints are the bodies of the multi-ICB tier; by default that of the first option with one, else the first",
        ),
        optional(
            "minimum_population",
            PERSONS,
            "least persons registered in a body; by default minimum_planning_population of readiness_rule",
        ),
        default(
            "minimum_self_containment",
            Kind::Share,
            "0.5",
            "least share of residents' patients treated in the body's area",
        ),
        default(
            "maximum_import_share",
            Kind::Share,
            "0.5",
            "most that patients from outside may be of all patients of the providers in the body's area",
        ),
        default("maximum_provider_import_share", Kind::Share, "0.5", "the same for each provider in its area"),
        optional(
            "minimum_volume",
            COUNT,
            "least residents treated in a year; by default the service's minimum_volume in standards, else 100",
        ),
        default(
            "maximum_cost_volatility",
            Kind::Percentage(0.0, 1e6, false),
            "10 %",
            "most that the standard deviation of a year's cost of residents may be of its mean",
        ),
        default("minimum_providers", COUNT, "1", "least providers in the body's area that can treat"),
        optional(
            "far_km",
            POSITIVE,
            "kilometres from which on a journey is far; by default the service's maximum_km in standards, else 60",
        ),
        default("maximum_far_share", Kind::Share, "0.5", "most residents' patients, as a share, who may travel far"),
        default("maximum_contract_lines", COUNT, "100", "most contract lines for the service that the body may hold"),
        default(
            "minimum_readiness",
            Kind::Share,
            "0.75",
            "least share of the tests of readiness that the body meets; only for bodies that are scored",
        ),
        default(
            "minimum_patients_share",
            Kind::Share,
            "0.8",
            "a tier suits if this share of the service's patients live in bodies at which all tests hold",
        ),
    ],
);

pub(super) static ADJACENCY: Section = table(
    "adjacency",
    &[
        required("icb", BOARD, "an ICB"),
        required("neighbour", BOARD, "one that it borders on; each pair is stated once"),
        optional("border_km", POSITIVE, "the length of their border, for readers"),
    ],
    &["icb", "neighbour"],
);
