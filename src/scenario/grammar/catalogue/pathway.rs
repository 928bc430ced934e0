//! Services, stages, lengths of stay and profiles.

use super::{STARTING_STATE, default, optional, part, required, section, table};
use crate::scenario::grammar::{Key, Kind, MapKeys, Section, Target};

pub(super) static SERVICE_SECTION: Section = section(
    "services",
    &[
        optional("name", Kind::Text, "name for readers"),
        optional("code", Kind::Text, "NHS service line code"),
        optional("programme", Kind::Text, "programme of care"),
        default(
            "delegation",
            Kind::Choice(&["suitable-now", "suitable-later", "retained", "delegated"]),
            "suitable-now",
            "whether options may move it; delegated means suitable-now",
        ),
        default("specialised_share", Kind::Share, "1", "share of each charge that the option's commissioner pays"),
        optional("starting_state", STARTING_STATE, "as in run"),
        optional("classes", Kind::Section(&SHARES_OF_CLASSES), "shares of the classes of patients"),
        default("batches", Kind::List(&Kind::Share), "[1]", "probabilities of 1, 2, 3, ... patients at once"),
        optional("returns", Kind::Section(&RETURNS), "how the refused come back"),
        optional("choice", Kind::OneOf(CHOICE, false), "choice model"),
        optional(
            "profile",
            Kind::Reference(Target::Profile, &[]),
            "profile of its flows, and of demand without its own",
        ),
        default("normalise_shares", Kind::Boolean, "false", "scale the shares of each area to sum to 1"),
        required("stages", Kind::List(&Kind::Section(&STAGE)), "the pathway; referrals enter the first stage"),
    ],
);

static SHARES_OF_CLASSES: Section = part(
    "classes",
    &[
        default("emergency", Kind::Share, "0", "share of those who cannot wait"),
        default("urgent", Kind::Share, "0", "share of those who can wait a little"),
        default("elective", Kind::Share, "0", "share of those who can be planned"),
    ],
);

static RETURNS: Section = part(
    "returns",
    &[
        default("share", Kind::Share, "1", "share of the refused who come back, each time"),
        required("after", Kind::OneOf(STAY, false), "after how long"),
        default("at_most", Kind::Whole(1, 1000), "10", "how often a patient comes back at most"),
    ],
);

const MEASURE: Kind = Kind::Choice(&["minutes", "km"]);

const WAIT_DECAY: Key =
    default("wait_decay", Kind::Number(0.0, 1000.0, false), "0", "utility lost by each day of the expected wait");

static CHOICE: &[Key] = &[
    optional(
        "logit",
        Kind::Section(&part(
            "logit",
            &[
                required("on", MEASURE, "what travel is measured by"),
                required("decay", Kind::Number(0.0, 100.0, false), "utility lost by one unit of travel"),
                WAIT_DECAY,
            ],
        )),
        "utility is ln attraction - decay x travel",
    ),
    optional(
        "huff",
        Kind::Section(&part(
            "huff",
            &[
                required("on", MEASURE, "what travel is measured by"),
                required("exponent", Kind::Number(0.0, 20.0, false), "exponent of travel"),
                default("at_least", Kind::Number(0.0, 1e6, false), "0", "shorter travel counts as this"),
                WAIT_DECAY,
            ],
        )),
        "share is proportional to attraction / travel^exponent",
    ),
];

static STAGE: Section = table(
    "stages",
    &[
        required("id", Kind::Id(true), "the stage"),
        optional("name", Kind::Text, "name for readers"),
        optional("pool", Kind::Id(true), "pool of the patient's provider of which a place is seized"),
        optional(
            "needs",
            Kind::Map(MapKeys::Slugs, &Kind::Whole(1, 1000)),
            "places of several pools, seized at once; patients wait on the list of the first",
        ),
        optional("keeps", Kind::List(&Kind::Id(true)), "pools whose places are kept from the stage before"),
        optional("when_full", Kind::Choice(&["wait", "refuse", "block"]), "as the pool's"),
        optional("transfers", Kind::Boolean, "whether patients without a place may go to another provider"),
        optional(
            "patience",
            Kind::PerClass(&Kind::OneOf(STAY, false)),
            "how long patients wait before they leave the list: for all, or by class",
        ),
        optional("rises", Kind::List(&Kind::Section(&RISE)), "how waiting patients rise to higher classes"),
        default("at", Kind::Choice(&["here", "home"]), "here", "where it takes place"),
        required("stay", Kind::OneOf(STAY, false), "how long"),
        optional("away", Kind::Section(&AWAY), "the stay of those treated away from home"),
        optional("next", Kind::Map(MapKeys::Stages, &Kind::Share), "where patients go after the stay; the rest leave"),
        default("point_of_delivery", Kind::Text, "inpatient", "point of delivery"),
        optional("wait_standard", Kind::Duration, "waiting standard"),
    ],
    &["id"],
);

static RISE: Section = part(
    "rises",
    &[
        required("to", Kind::Choice(&["emergency", "urgent"]), "the class that is reached"),
        optional("after", Kind::PositiveDuration, "after this long on the list"),
        optional("before_breach", Kind::Duration, "this long before the breach date"),
    ],
);

static AWAY: Section = part(
    "away",
    &[
        required("from", Kind::Choice(&["icb", "footprint", "region"]), "the body of the home area that is left"),
        required("stay", Kind::OneOf(STAY, false), "how long"),
        optional("footprints", Kind::Reference(Target::Scheme, &[]), "scheme of footprints"),
    ],
);

const SHAPE: Kind = Kind::Number(0.0, 1000.0, true);

static STAY: &[Key] = &[
    optional(
        "exponential",
        Kind::Section(&part("exponential", &[required("mean", Kind::PositiveDuration, "mean")])),
        "exponential",
    ),
    optional(
        "deterministic",
        Kind::Section(&part("deterministic", &[required("value", Kind::Duration, "always this")])),
        "always the same",
    ),
    optional(
        "lognormal",
        Kind::Section(&part(
            "lognormal",
            &[
                optional("mean", Kind::PositiveDuration, "mean"),
                optional("sd", Kind::PositiveDuration, "standard deviation"),
                optional("mu", Kind::Number(-50.0, 50.0, false), "mean of the logarithm"),
                optional("sigma", SHAPE, "standard deviation of the logarithm"),
                optional("unit", Kind::TimeUnit, "unit of mu and sigma"),
            ],
        )),
        "lognormal, by mean and sd or by mu, sigma and unit",
    ),
    optional("gamma", Kind::Section(&part("gamma", MEAN_SD)), "gamma"),
    optional(
        "weibull",
        Kind::Section(&part(
            "weibull",
            &[required("shape", SHAPE, "shape"), required("scale", Kind::PositiveDuration, "scale")],
        )),
        "Weibull",
    ),
    optional(
        "uniform",
        Kind::Section(&part(
            "uniform",
            &[required("low", Kind::Duration, "least"), required("high", Kind::Duration, "most")],
        )),
        "uniform",
    ),
    optional(
        "triangular",
        Kind::Section(&part(
            "triangular",
            &[
                required("low", Kind::Duration, "least"),
                required("mode", Kind::Duration, "most frequent"),
                required("high", Kind::Duration, "most"),
            ],
        )),
        "triangular",
    ),
    optional(
        "normal",
        Kind::Section(&part(
            "normal",
            &[
                required("mean", Kind::Duration, "mean before the floor"),
                required("sd", Kind::PositiveDuration, "standard deviation before the floor"),
                default("floor", Kind::Duration, "0 d", "shorter stays become this"),
            ],
        )),
        "normal with a floor",
    ),
    optional(
        "erlang",
        Kind::Section(&part(
            "erlang",
            &[
                required("phases", Kind::Whole(1, 1000), "number of phases"),
                required("mean", Kind::PositiveDuration, "mean"),
            ],
        )),
        "Erlang",
    ),
    optional(
        "hyperexponential",
        Kind::Section(&part(
            "hyperexponential",
            &[
                required("shares", Kind::List(&Kind::Share), "probability of each branch"),
                required("means", Kind::List(&Kind::PositiveDuration), "mean of each branch"),
            ],
        )),
        "one of several exponentials",
    ),
    optional(
        "empirical",
        Kind::Section(&part(
            "empirical",
            &[
                required("file", Kind::Text, "CSV file of observed stays"),
                required("column", Kind::Text, "its column"),
                default("unit", Kind::TimeUnit, "d", "unit of the column"),
            ],
        )),
        "observed stays, each as likely",
    ),
];

static MEAN_SD: &[Key] =
    &[required("mean", Kind::PositiveDuration, "mean"), required("sd", Kind::PositiveDuration, "standard deviation")];

pub(super) static PROFILE: &[Key] = &[
    optional(
        "sinusoidal",
        Kind::Section(&part(
            "sinusoidal",
            &[
                required("cycle", Kind::PositiveDuration, "length of the cycle"),
                required("amplitude", Kind::Share, "in [0, 1]"),
                default("peak", Kind::Duration, "0 h", "instant of the highest rate"),
            ],
        )),
        "1 + amplitude cos(2 pi (t - peak) / cycle)",
    ),
    optional(
        "piecewise",
        Kind::Section(&part(
            "piecewise",
            &[
                required("cycle", Kind::PositiveDuration, "length of the cycle"),
                optional(
                    "from",
                    Kind::List(&Kind::Duration),
                    "where each part begins; without it parts of equal length",
                ),
                required("factor", Kind::List(&Kind::Percentage(0.0, 1e6, false)), "factor of each part"),
            ],
        )),
        "steps",
    ),
];
