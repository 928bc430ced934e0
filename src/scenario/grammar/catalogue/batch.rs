//! The sections and keys of a batch file.

use super::{default, optional, part, required};
use crate::scenario::grammar::{Key, Kind, Section};

/// The whole file.
pub(in super::super::super) static BATCH: Section = part(
    "the batch",
    &[
        optional("title", Kind::Text, "one line"),
        required("scenarios", Kind::List(&Kind::Text), "paths of scenarios, relative to the file"),
        optional("options", Kind::List(&Kind::Text), "ids of the only tiering options wanted"),
        optional("replications", Kind::Whole(1, 1_000_000), "replications of every cell; else the scenario's"),
        optional("precision", Kind::Text, "as many replications as metrics need, as with run --precision"),
        default("max_replications", Kind::Whole(2, 1_000_000), "1000", "the most replications for precision"),
        optional("metrics", Kind::List(&Kind::Text), "metrics of the long table and of the sensitivity"),
        optional("parameters", Kind::List(&Kind::Section(&PARAMETER)), "what differs between points"),
        optional("design", Kind::OneOf(DESIGN, false), "which points; without it the full grid of values"),
    ],
);

static PARAMETER: Section = Section {
    name: "parameters",
    keys: &[
        required("name", Kind::Id(true), "its name, a column of the long table"),
        required("set", Kind::Any, "the key that it changes as in --set, or a list of keys"),
        optional("values", Kind::List(&Kind::Any), "the values of a grid"),
        optional("low", Kind::Any, "the lower end of a range"),
        optional("high", Kind::Any, "the upper end of a range"),
        default("whole", Kind::Boolean, "false", "whether only whole numbers of the range are meant"),
    ],
    unique: &["name"],
    provenance: false,
};

static DESIGN: &[Key] = &[
    optional("latin-hypercube", Kind::Section(&LATIN_HYPERCUBE), "points spread over all ranges"),
    optional("list", Kind::Text, "a CSV file with a column for each parameter and a row for each point"),
    optional("morris", Kind::Section(&MORRIS), "screening: which parameters matter at all"),
    optional("sobol", Kind::Section(&SOBOL), "shares of the variance"),
];

const SEED: Key = default("seed", Kind::Whole(0, i64::MAX as u64), "1", "seed of the points");

static LATIN_HYPERCUBE: Section =
    part("latin-hypercube", &[required("points", Kind::Whole(1, 1_000_000), "how many points"), SEED]);

static MORRIS: Section = part(
    "morris",
    &[
        default("trajectories", Kind::Whole(2, 100_000), "10", "how many ways through the ranges"),
        default("levels", Kind::Whole(2, 1_000), "4", "values of each parameter, an even number"),
        SEED,
    ],
);

static SOBOL: Section = part(
    "sobol",
    &[
        required("points", Kind::Whole(2, 1_000_000), "how many base points; cells are (parameters + 2) times as many"),
        SEED,
    ],
);
