//! Factors on inputs.

use super::{SERVICE, default, optional, part, required, section, table};
use crate::scenario::grammar::{Key, Kind, MapKeys, Need, Section, Target};

const FACTOR: Kind = Kind::Percentage(0.0, 100.0, true);

const fn factor(name: &'static str, meaning: &'static str) -> Key {
    default(name, FACTOR, "1", meaning)
}

const DEMAND: Key = factor(
    "demand",
    "on rates and flows of referrals, and so on who is there at a stationary start; not on `waiting_at_start`",
);
const STAY: Key = factor("stay", "on every draw of a stay of every stage; trim points, patience and standards stay");
const PRICE: Key = factor("price", "on all prices but drugs and devices; not on what is stated in pounds a year");
const CAPACITY: Key =
    factor("capacity", "on the places of pools, to the nearest whole one, but at least one; unlimited ones stay");

const GROWTH: Key = default(
    "growth",
    // 2 % a year is 1.02: nobody means that all but a fiftieth stay away.
    Kind::Percentage(0.5, 2.0, false),
    "1",
    "referrals of each year of the run over those of the year before: 1.02 is 2 % a year; the first year and the warm-up have none",
);

pub(super) static FACTORS: Section = section(
    "factors",
    &[
        DEMAND,
        STAY,
        PRICE,
        CAPACITY,
        GROWTH,
        Key {
            name: "of",
            kind: Kind::Map(MapKeys::References(Target::Service), &Kind::Section(&OF_SERVICE)),
            need: Need::Optional,
            meaning: "factors of one service on top of these, by service",
        },
    ],
);

static OF_SERVICE: Section = section("factors of a service", &[DEMAND, STAY, PRICE, CAPACITY, GROWTH]);

pub(super) static UNCERTAIN: Section = table(
    "uncertain",
    &[
        required("id", Kind::Id(true), "names its random numbers: keep it, and the draws stay"),
        required(
            "factor",
            Kind::Choice(&["demand", "stay", "price", "capacity", "growth"]),
            "what it is on, as in `factors`",
        ),
        optional("services", Kind::List(&SERVICE), "of these services, all with the same draw; of all if left out"),
        required("distribution", Kind::OneOf(LAWS, false), "what the factor may be, on top of `factors`"),
    ],
    &["id"],
);

const POSITIVE: Kind = Kind::Number(0.0, 100.0, true);
const LOW: Kind = Kind::Number(0.0, 100.0, false);

static MEAN_SD: &[Key] =
    &[default("mean", POSITIVE, "1", "mean"), required("sd", POSITIVE, "standard deviation, in the factor's own unit")];

static LAWS: &[Key] = &[
    optional("lognormal", Kind::Section(&part("lognormal", MEAN_SD)), "lognormal, by its own mean and sd"),
    optional("normal", Kind::Section(&part("normal", MEAN_SD)), "normal; the mean is at least five sd"),
    optional("gamma", Kind::Section(&part("gamma", MEAN_SD)), "gamma"),
    optional(
        "uniform",
        Kind::Section(&part("uniform", &[required("low", LOW, "least"), required("high", LOW, "most")])),
        "uniform",
    ),
    optional(
        "triangular",
        Kind::Section(&part(
            "triangular",
            &[required("low", LOW, "least"), required("mode", LOW, "most likely"), required("high", LOW, "most")],
        )),
        "triangular",
    ),
];
