//! The sections and keys of the language.

use super::{Key, Kind, MapKeys, Need, Section, Target};
use crate::domain::Provider;

const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, need: Need::Required, meaning }
}

const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, need: Need::Optional, meaning }
}

const fn default(name: &'static str, kind: Kind, value: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, need: Need::Default(value), meaning }
}

const fn table(name: &'static str, keys: &'static [Key], unique: &'static [&'static str]) -> Section {
    Section { name, keys, unique, provenance: true }
}

const fn section(name: &'static str, keys: &'static [Key]) -> Section {
    Section { name, keys, unique: &[], provenance: true }
}

const fn part(name: &'static str, keys: &'static [Key]) -> Section {
    Section { name, keys, unique: &[], provenance: false }
}

const LATITUDE: Kind = Kind::Number(-90.0, 90.0, false);
const LONGITUDE: Kind = Kind::Number(-180.0, 180.0, false);
const PERSONS: Kind = Kind::Number(0.0, 1e10, false);
const POSITIVE: Kind = Kind::Number(0.0, 1e9, true);
const ANY_AREA: Kind = Kind::Reference(Target::HomeArea, &["*"]);
const SERVICE: Kind = Kind::Reference(Target::Service, &[]);
const DESTINATION: Kind = Kind::Reference(Target::Provider, &[Provider::ELSEWHERE]);
const STARTING_STATE: Kind = Kind::Choice(&["empty", "stationary"]);
const TIERS: Kind = Kind::Choice(&["single-icb", "multi-icb", "regional", "national"]);
const BODIES: Kind = Kind::Choice(&["icb", "footprint", "region", "nhs-england"]);
const CONTRACTORS: Kind = Kind::Choice(&["icb", "footprint", "region", "nhs-england", "host-icb"]);

/// The keys that every row and section may carry.
pub(super) static PROVENANCE: &[Key] = &[
    optional("provenance", Kind::Choice(&["published", "derived", "assumed"]), "where the values come from"),
    optional("source", Kind::Text, "their source"),
    optional("note", Kind::Text, "a note for readers"),
];

/// The whole file.
pub(in super::super) static ROOT: Section = part(
    "the scenario",
    &[
        optional("title", Kind::Text, "one line"),
        optional("question", Kind::Text, "what the scenario answers, a few lines"),
        optional("extends", Kind::Text, "path of the scenario below this one"),
        required("run", Kind::Section(&RUN), "settings of the run"),
        optional("scope", Kind::Section(&SCOPE), "the providers that are simulated in full"),
        optional("audits", Kind::Section(&AUDITS), "when pools are looked at"),
        optional("regions", Kind::Records(&REGIONS), "regions"),
        optional("icbs", Kind::Records(&ICBS), "integrated care boards"),
        optional("footprints", Kind::Records(&FOOTPRINTS), "groups of ICBs, by scheme"),
        optional("home_areas", Kind::Records(&HOME_AREAS), "where patients live"),
        optional("providers", Kind::Records(&PROVIDERS), "who treats"),
        optional("pools", Kind::Records(&POOLS), "beds, stations and other places"),
        optional("provides", Kind::Records(&PROVIDES), "who can treat what"),
        optional("travel", Kind::Records(&TRAVEL), "travel times and distances"),
        required("services", Kind::Map(MapKeys::Slugs, &Kind::Section(&SERVICE_SECTION)), "services by id"),
        optional("demand", Kind::Records(&DEMAND), "referral rates"),
        optional("flows", Kind::Records(&FLOWS), "referrals by origin and provider"),
        optional("shares", Kind::Records(&SHARES), "observed shares"),
        optional(
            "profiles",
            Kind::Map(MapKeys::Slugs, &Kind::OneOf(PROFILE, true)),
            "changes of a rate with time, by id",
        ),
        optional("prices", Kind::Records(&PRICES), "what is charged"),
        optional("options", Kind::Map(MapKeys::Slugs, &Kind::Section(&OPTION)), "tiering options by id"),
    ],
);

static RUN: Section = section(
    "run",
    &[
        default("start", Kind::Date, "2025-04-01", "first day of the results"),
        required("horizon", Kind::CivilSpan, "how long results are collected"),
        default("warm_up", Kind::CivilSpan, "0 d", "simulated before the start and thrown away"),
        default("starting_state", STARTING_STATE, "empty", "patients present at the beginning"),
        default("replications", Kind::Whole(1, 1_000_000), "20", "number of replications"),
        default("seed", Kind::Whole(0, i64::MAX as u64), "20250401", "seed of all draws"),
        default("periods", Kind::Choice(&["all", "financial-year", "month"]), "financial-year", "reporting periods"),
    ],
);

static SCOPE: Section = section(
    "scope",
    &[required(
        "providers",
        Kind::List(&Kind::Reference(Target::Provider, &[])),
        "only these providers are simulated in full",
    )],
);

static AUDITS: Section = section(
    "audits",
    &[
        optional("occupancy_every", Kind::PositiveDuration, "interval of the occupancy audit"),
        optional("profile_cycle", Kind::PositiveDuration, "cycle of the profile table"),
        optional("profile_every", Kind::PositiveDuration, "interval of the profile table"),
    ],
);

static REGIONS: Section = table(
    "regions",
    &[required("id", Kind::Id(false), "ODS code"), optional("name", Kind::Text, "name for readers")],
    &["id"],
);

static ICBS: Section = table(
    "icbs",
    &[
        required("id", Kind::Id(false), "ODS code"),
        optional("name", Kind::Text, "name for readers"),
        required("region", Kind::Reference(Target::Region, &[]), "the region that it lies in"),
    ],
    &["id"],
);

static FOOTPRINTS: Section = table(
    "footprints",
    &[
        required("scheme", Kind::Id(true), "the way of grouping"),
        required("id", Kind::Id(true), "the footprint"),
        optional("name", Kind::Text, "name for readers"),
        required("icb", Kind::Reference(Target::Icb, &[]), "an ICB of the footprint"),
    ],
    // An ICB twice in a scheme has its own diagnostic.
    &[],
);

static HOME_AREAS: Section = table(
    "home_areas",
    &[
        required("id", Kind::Id(false), "code or slug"),
        optional("name", Kind::Text, "name for readers"),
        required("icb", Kind::Reference(Target::Icb, &[]), "the ICB responsible for its residents"),
        optional("population", PERSONS, "registered persons"),
        optional("need_weighted_population", PERSONS, "need-weighted registered persons"),
        optional("latitude", LATITUDE, "degrees north"),
        optional("longitude", LONGITUDE, "degrees east"),
    ],
    &["id"],
);

static PROVIDERS: Section = table(
    "providers",
    &[
        required("id", Kind::Id(false), "ODS code"),
        optional("name", Kind::Text, "name for readers"),
        optional("host_icb", Kind::Reference(Target::Icb, &[]), "the ICB that it lies in"),
        optional("latitude", LATITUDE, "degrees north"),
        optional("longitude", LONGITUDE, "degrees east"),
        default("market_forces_factor", Kind::Number(0.1, 10.0, false), "1", "relative level of unavoidable costs"),
    ],
    &["id"],
);

static POOLS: Section = table(
    "pools",
    &[
        required(
            "provider",
            Kind::Reference(Target::Provider, &["*"]),
            "whose it is; * stands for all without their own",
        ),
        required("pool", Kind::Id(true), "the pool"),
        required("capacity", Kind::Capacity, "number of places, or unlimited"),
        default("when_full", Kind::Choice(&["wait", "refuse"]), "wait", "what happens to a patient without a place"),
        optional("occupied_at_start", Kind::Whole(0, 1_000_000_000), "patients present at the beginning"),
    ],
    &["provider", "pool"],
);

static PROVIDES: Section = table(
    "provides",
    &[
        required("service", SERVICE, "the service"),
        required("provider", Kind::Reference(Target::Provider, &[]), "who can treat it"),
        default("attraction", POSITIVE, "1", "weight in a choice model"),
    ],
    &["service", "provider"],
);

static TRAVEL: Section = table(
    "travel",
    &[
        required("home_area", Kind::Reference(Target::HomeArea, &[]), "from where"),
        required("provider", Kind::Reference(Target::Provider, &[]), "to whom"),
        optional("minutes", Kind::Number(0.0, 1e5, false), "travel time"),
        optional("km", Kind::Number(0.0, 1e5, false), "distance"),
    ],
    &["home_area", "provider"],
);

static SERVICE_SECTION: Section = section(
    "services",
    &[
        optional("name", Kind::Text, "name for readers"),
        optional("code", Kind::Text, "NHS service line code"),
        optional("programme", Kind::Text, "programme of care"),
        default("delegation", Kind::Choice(&["delegated", "retained"]), "delegated", "whether options may move it"),
        default("specialised_share", Kind::Share, "1", "share of each charge that the option's commissioner pays"),
        optional("starting_state", STARTING_STATE, "as in run"),
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

const MEASURE: Kind = Kind::Choice(&["minutes", "km"]);

static CHOICE: &[Key] = &[
    optional(
        "logit",
        Kind::Section(&part(
            "logit",
            &[
                required("on", MEASURE, "what travel is measured by"),
                required("decay", Kind::Number(0.0, 100.0, false), "utility lost by one unit of travel"),
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
        optional("pool", Kind::Id(true), "pool of the patient's provider that is seized"),
        required("stay", Kind::OneOf(STAY, false), "how long"),
        optional("next", Kind::Map(MapKeys::Stages, &Kind::Share), "where patients go after the stay; the rest leave"),
        default("point_of_delivery", Kind::Text, "inpatient", "point of delivery"),
        optional("wait_standard", Kind::Duration, "waiting standard"),
    ],
    &["id"],
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

static PROFILE: &[Key] = &[
    optional(
        "sinusoidal",
        Kind::Section(&part(
            "sinusoidal",
            &[
                required("cycle", Kind::PositiveDuration, "length of the cycle"),
                required("amplitude", Kind::Number(0.0, 1.0, false), "in [0, 1]"),
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
                required("factor", Kind::List(&Kind::Number(0.0, 1e6, false)), "factor of each part"),
            ],
        )),
        "steps",
    ),
];

static DEMAND: Section = table(
    "demand",
    &[
        required("service", SERVICE, "what patients are referred for"),
        required("home_area", ANY_AREA, "where they live; * stands for all areas without their own row"),
        required("rate", Kind::Rate, "referrals, absolute or per 100k of the area's population"),
        optional("profile", Kind::Reference(Target::Profile, &[]), "how the rate changes with time"),
    ],
    &["service", "home_area"],
);

static FLOWS: Section = table(
    "flows",
    &[
        required("service", SERVICE, "what patients are referred for"),
        required("home_area", Kind::Reference(Target::HomeArea, &[]), "where they live"),
        required("provider", DESTINATION, "where they are treated, or elsewhere"),
        required("per_year", Kind::Number(0.0, 1e9, false), "referrals a year"),
    ],
    &["service", "home_area", "provider"],
);

static SHARES: Section = table(
    "shares",
    &[
        required("service", SERVICE, "the service"),
        required("home_area", ANY_AREA, "where patients live; * stands for all areas without their own rows"),
        required("provider", DESTINATION, "where they are treated, or elsewhere"),
        // Checked together with the others of the area.
        required("share", Kind::Share, "share of the area's referrals"),
    ],
    &["service", "home_area", "provider"],
);

static PRICES: Section = table(
    "prices",
    &[
        required("service", SERVICE, "the service"),
        required("stage", Kind::StageReference, "its stage"),
        required(
            "per",
            Kind::Choice(&["start", "finish", "bed-day", "session", "excess-bed-day"]),
            "unit that is charged",
        ),
        required("price", Kind::Money, "price of a unit"),
        optional("sessions_per_week", Kind::Number(0.0, 1000.0, true), "for session"),
        optional("trim_point", Kind::Duration, "for excess-bed-day"),
        default("local_costs", Kind::Choice(&["added", "included"]), "added", "how the Market Forces Factor enters"),
    ],
    &["service", "stage", "per"],
);

static OPTION: Section = section(
    "options",
    &[
        optional("name", Kind::Text, "name for readers"),
        required("tier", TIERS, "who decides; also the default of the other roles"),
        optional("pays", BODIES, "who pays"),
        optional("contracts", CONTRACTORS, "who holds the contracts"),
        optional("bears_variance", BODIES, "who bears the difference between plan and outturn"),
        optional("footprints", Kind::Reference(Target::Scheme, &[]), "scheme of footprints"),
        default(
            "contribution",
            Kind::Choice(&["need-weighted-population", "registered-population"]),
            "need-weighted-population",
            "how ICBs feed the pool of a footprint or region",
        ),
        default(
            "services",
            Kind::ChoiceOrList(&["delegated", "all"], Target::Service),
            "delegated",
            "the services that the option moves; the others stay national",
        ),
        optional(
            "arrangements",
            Kind::Map(MapKeys::References(Target::Service), &Kind::Section(&ARRANGEMENT)),
            "one service's own arrangement, by service",
        ),
    ],
);

static ARRANGEMENT: Section = section(
    "arrangements",
    &[
        optional("tier", TIERS, "who decides; also the default of the other roles"),
        optional("pays", BODIES, "who pays"),
        optional("contracts", CONTRACTORS, "who holds the contracts"),
        optional("bears_variance", BODIES, "who bears the difference between plan and outturn"),
    ],
);
