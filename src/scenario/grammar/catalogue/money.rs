//! How commissioners pay, what they have to spend, and what was agreed with whom.

use super::{CLASSES, SERVICE, default, optional, part, required, section, table};
use crate::scenario::grammar::{Key, Kind, Section, Target};

const ICB: Kind = Kind::AnyReference(&[Target::Icb, Target::Successor], &[]);
const PROVIDER: Kind = Kind::Reference(Target::Provider, &[]);

/// How the members of a pool share: part of an option.
pub(super) const RISK_SHARE: Kind = Kind::WordOr(
    &["none", "by-contribution", "by-use"],
    &[required("cap_and_collar", Kind::Share, "the share of its budget up to which each bears its own")],
);

pub(super) static PAYMENT: Section = section(
    "payments",
    &[
        optional("name", Kind::Text, "name for readers"),
        optional("aligned", Kind::Section(&ALIGNED), "aligned payment; without it payment follows activity"),
        default(
            "low_volume",
            Kind::WordOr(&["none", "table"], THRESHOLD),
            "none",
            "which pairs of ICB and provider have a block: none, those of low_volume_blocks, or by a threshold",
        ),
        default(
            "delegated_inside",
            Kind::Boolean,
            "false",
            "whether services that an option gave to the ICB are inside its blocks",
        ),
        default(
            "drugs_holder",
            Kind::Choice(&["nhs-england", "payer"]),
            "nhs-england",
            "who pays for drugs and devices that the prices exclude",
        ),
        default("contract_line_cost", Kind::Money, "£0", "what a contract line costs its payer a year"),
    ],
);

static THRESHOLD: &[Key] = &[required(
    "threshold",
    Kind::Money,
    "a what-if: pairs whose agreed activity is worth less a year have a block of that worth",
)];

static ALIGNED: Section = part(
    "aligned",
    &[
        optional("variable_classes", Kind::List(&CLASSES), "classes that are variable, in services with classes"),
        optional("variable_points", Kind::List(&Kind::Text), "points of delivery that are variable"),
        default("rate", Kind::Share, "1", "the share of the price that differences from the agreed activity move"),
    ],
);

pub(super) static BUDGET: Section = section(
    "budgets",
    &[
        optional("name", Kind::Text, "name for readers"),
        required("basis", Kind::Choice(&["stated", "history", "need", "converging"]), "what budgets follow"),
        optional("level", Kind::Percentage(0.0, 10.0, true), "factor on all of them; 1 where absent; not for stated"),
        default("growth", Kind::Percentage(-0.5, 1.0, false), "0", "growth from each financial year to the next"),
        optional("yearly_cap", Kind::Share, "for converging: how far a budget moves each year"),
        default("large_overspend", Kind::Share, "0.05", "an overspend of more than this share of the budget is large"),
    ],
);

pub(super) static BUDGET_LINES: Section = table(
    "budget_lines",
    &[
        optional("budget", Kind::Reference(Target::Budget, &[]), "the set; where absent, every set that is stated"),
        required("icb", ICB, "whose residents"),
        required("service", SERVICE, "for what"),
        required("per_year", Kind::Money, "for the first financial year of the run"),
    ],
    // A line twice has its own diagnostic.
    &[],
);

pub(super) static LOW_VOLUME_BLOCKS: Section = table(
    "low_volume_blocks",
    &[
        required("icb", ICB, "whose residents"),
        required("provider", PROVIDER, "who treats them"),
        required("per_year", Kind::Money, "the block for a financial year"),
    ],
    &["icb", "provider"],
);

pub(super) static PLANS: Section = table(
    "plans",
    &[
        required("icb", ICB, "whose residents"),
        required("provider", PROVIDER, "who treats them"),
        required("service", SERVICE, "for what"),
        required("per_year", Kind::Money, "what the agreed activity of a financial year is worth"),
    ],
    &["icb", "provider", "service"],
);

pub(super) static TOP_UPS: Section = table(
    "top_ups",
    &[
        required("provider", PROVIDER, "who is eligible"),
        required("service", SERVICE, "for what"),
        default("point_of_delivery", Kind::Text, "inpatient", "at which point of delivery"),
        required("share", Kind::Share, "of every price there, drugs and devices apart"),
    ],
    // The same top-up twice has its own diagnostic.
    &[],
);
