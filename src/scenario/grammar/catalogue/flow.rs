//! Where patients go: flow rules and the order of overflow.

use super::{SERVICE, default, optional, required, section, table};
use crate::scenario::grammar::{Key, Kind, MapKeys, Section, Target};

const SCHEME: Key = optional("footprints", Kind::Reference(Target::Scheme, &[]), "scheme of footprints");
const FIRST: Key = optional(
    "first",
    Kind::Choice(&["any", "own-icb", "own-footprint", "own-region"]),
    "which providers are preferred in the first choice",
);
const TO: Key = optional("overflow", Kind::Choice(&["none", "nearest", "listed"]), "where to when the first is full");
const REACH: Key =
    optional("reach", Kind::Choice(&["icb", "footprint", "region", "nation"]), "how far out candidates lie");
const WITHIN: Key = optional("within_km", Kind::Number(0.0, 1e5, true), "how far from the home area candidates lie");
const CLASSES: Key = optional(
    "classes",
    Kind::List(&Kind::Choice(&["emergency", "urgent", "elective"])),
    "the classes that may go on to another provider; all by default",
);
const LIST: Key = optional("list", Kind::Choice(&["own", "shared"]), "where patients wait");

pub(super) static FLOW_RULES: Section = section(
    "flow_rules",
    &[
        default(
            "services",
            Kind::ChoiceOrList(&["all", "delegated"], Target::Service),
            "all",
            "the services that these keys apply to",
        ),
        SCHEME,
        FIRST,
        TO,
        REACH,
        WITHIN,
        CLASSES,
        LIST,
        optional(
            "of",
            Kind::Map(MapKeys::References(Target::Service), &Kind::Section(&OF)),
            "one service's own rules, by service",
        ),
    ],
);

static OF: Section = section("of", &[SCHEME, FIRST, TO, REACH, WITHIN, CLASSES, LIST]);

pub(super) static OVERFLOW: Section = table(
    "overflow",
    &[
        required("service", SERVICE, "the service"),
        required("from", Kind::Reference(Target::Provider, &[]), "the provider that is full"),
        required("to", Kind::Reference(Target::Provider, &[]), "the provider to try"),
        required("order", Kind::Whole(1, 1_000_000), "lower ones are tried first"),
        optional("home_area", Kind::Reference(Target::HomeArea, &[]), "only for its patients"),
    ],
    // The same candidate twice has its own diagnostic.
    &[],
);
