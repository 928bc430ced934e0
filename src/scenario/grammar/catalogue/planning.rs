//! Capacity plans.

use super::{optional, required, section, table};
use crate::scenario::grammar::{Kind, Section, Target};

const PLACES: Kind = Kind::Whole(0, 1_000_000);

pub(super) static PLANNING: Section = section(
    "planning",
    &[required("targets", Kind::List(&Kind::Text), "what `tierflow plan` plans for, such as \"full_share <= 5%\"")],
);

pub(super) static PLACE_LIMITS: Section = table(
    "place_limits",
    &[
        required(
            "provider",
            Kind::Reference(Target::Provider, &["*"]),
            "whose pool; * for all without a row of their own",
        ),
        required("pool", Kind::Id(true), "the pool"),
        optional("least", PLACES, "the fewest places of a plan"),
        optional("most", PLACES, "the most places of a plan"),
        optional("step", Kind::Whole(1, 1_000_000), "places come in steps of so many, counted from the fewest"),
        optional("cost_a_year", Kind::Money, "what a place costs a year"),
        optional("opens", Kind::Date, "the first day on which there can be more places than today"),
        optional("lead_time", Kind::PositiveDuration, "the same, so long after the start"),
    ],
    &["provider", "pool"],
);
