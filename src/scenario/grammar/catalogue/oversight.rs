//! What services and bodies are held to, and totals to compare with.

use super::{POSITIVE, SERVICE, default, optional, required, section, table};
use crate::domain::Readiness;
use crate::scenario::grammar::{Kind, Section, Target};

const POUNDS: Kind = Kind::Number(0.0, 1e12, false);

pub(super) static STANDARDS: Section = table(
    "standards",
    &[
        required("service", SERVICE, "the service"),
        optional("provider", Kind::Reference(Target::Provider, &[]), "for one provider; without it for all"),
        optional("occupancy_ceiling", Kind::Share, "the highest utilisation of the service's first pool"),
        optional("minimum_volume", POSITIVE, "the least finished stays of a provider in a financial year"),
        optional("stage", Kind::StageReference, "the stage whose stays count for minimum_volume; by default the first"),
        optional("maximum_km", POSITIVE, "the farthest that patients should travel"),
    ],
    // The same row twice has its own diagnostic.
    &[],
);

pub(super) static READINESS: Section = table(
    "readiness",
    &[
        required(
            "body",
            Kind::AnyReference(&[Target::Icb, Target::Footprint, Target::Region, Target::Successor], &[]),
            "the body that is to decide",
        ),
        required("test", Kind::Choice(&Readiness::TESTS), "a test of the pre-delegation assessment of 2022-25"),
        required("score", Kind::Choice(&["met", "partly", "not-met"]), "as its users score it now"),
    ],
    &["body", "test"],
);

pub(super) static READINESS_RULE: Section = section(
    "readiness_rule",
    &[default(
        "minimum_planning_population",
        Kind::Number(0.0, 1e10, false),
        "1000000",
        "registered persons below which a body that decides is flagged; 0 for no rule",
    )],
);

pub(super) static STATED_SPEND: Section = table(
    "stated_spend",
    &[
        required("service", Kind::Reference(Target::Service, &["*"]), "the service; * for all delegated ones together"),
        required("value_gbp", POUNDS, "pounds in the year"),
        required("year", Kind::Text, "the financial year, such as 2025/26"),
    ],
    &["service"],
);

pub(super) static CONTROL_TOTALS: Section = table(
    "control_totals",
    &[
        required("provider", Kind::Reference(Target::Provider, &[]), "who is paid"),
        required("service", SERVICE, "for what"),
        optional("plan", POUNDS, "pounds in a financial year, as planned"),
        optional("outturn", POUNDS, "pounds in a financial year, as it turned out"),
    ],
    &["provider", "service"],
);
