//! The sections and keys of the language.

mod batch;
mod factors;
mod flow;
mod money;
mod observed;
mod oversight;
mod pathway;
mod planning;
mod pools;
mod recommendation;

use super::{Key, Kind, MapKeys, Need, Section, Target};
use crate::domain::Provider;
pub(in super::super) use batch::BATCH;
use factors::{FACTORS, UNCERTAIN};
use flow::{FLOW_RULES, OVERFLOW};
use money::{BUDGET, BUDGET_LINES, LOW_VOLUME_BLOCKS, PAYMENT, PLANS, RISK_SHARE, TOP_UPS};
pub(in super::super) use observed::{OBSERVED_BEDS, OBSERVED_FLOWS, OBSERVED_WAITS};
use oversight::{CONTROL_TOTALS, READINESS, READINESS_RULE, STANDARDS, STATED_SPEND};
use pathway::{PROFILE, SERVICE_SECTION};
use planning::{PLACE_LIMITS, PLANNING};
use pools::{CALENDAR, CAPACITY_CHANGES, POOLS, RESERVATIONS};
use recommendation::{ADJACENCY, RECOMMENDATION};

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
const CLASSES: Kind = Kind::Choice(&["emergency", "urgent", "elective"]);
const STARTING_STATE: Kind = Kind::Choice(&["empty", "stationary"]);
const TIERS: Kind = Kind::Choice(&["single-icb", "multi-icb", "regional", "national"]);
const BODIES: Kind = Kind::Choice(&["icb", "footprint", "region", "nhs-england"]);
const CONTRACTORS: Kind = Kind::Choice(&["icb", "footprint", "region", "nhs-england", "host-icb"]);

/// The keys that every row and section may carry.
pub(super) static PROVENANCE: &[Key] = &[
    optional("provenance", Kind::Choice(&["published", "derived", "assumed"]), "where the values come from"),
    optional("source", Kind::Text, "their source"),
    optional("note", Kind::Text, "a note for readers"),
    optional("owner", Kind::Text, "who answers for the values"),
    optional("date", Kind::Date, "when they were settled"),
];

/// The whole file.
pub(in super::super) static ROOT: Section = part(
    "the scenario",
    &[
        optional("title", Kind::Text, "one line"),
        optional("question", Kind::Text, "what the scenario answers, a few lines"),
        optional("extends", Kind::Text, "path of the scenario below this one"),
        required("run", Kind::Section(&RUN), "settings of the run"),
        optional(
            "scope",
            Kind::Section(&SCOPE),
            "the providers that are simulated in full, the ICBs whose residents are followed",
        ),
        optional("audits", Kind::Section(&AUDITS), "when pools are looked at"),
        optional("planning", Kind::Section(&PLANNING), "what capacity is planned for"),
        optional("place_limits", Kind::Records(&PLACE_LIMITS), "limits and costs of the places of a plan"),
        optional("bodies_as_of", Kind::Date, "the day whose ICBs the results are by"),
        optional("regions", Kind::Records(&REGIONS), "regions"),
        optional("icbs", Kind::Records(&ICBS), "integrated care boards"),
        optional("successors", Kind::Records(&SUCCESSORS), "mergers and splits of ICBs"),
        optional("footprints", Kind::Records(&FOOTPRINTS), "groups of ICBs, by scheme"),
        optional("adjacency", Kind::Records(&ADJACENCY), "which ICBs border on each other"),
        optional("home_areas", Kind::Records(&HOME_AREAS), "where patients live"),
        optional("providers", Kind::Records(&PROVIDERS), "who treats"),
        optional("pools", Kind::Records(&POOLS), "beds, stations and other places"),
        optional("capacity_changes", Kind::Records(&CAPACITY_CHANGES), "openings, closures and strikes"),
        optional("reservations", Kind::Records(&RESERVATIONS), "places kept for some home areas"),
        optional(
            "calendars",
            Kind::Map(MapKeys::Slugs, &Kind::Section(&CALENDAR)),
            "capacity by hours and days, and sessions, by id",
        ),
        optional("provides", Kind::Records(&PROVIDES), "who can treat what"),
        optional("travel", Kind::Records(&TRAVEL), "travel times and distances"),
        required("services", Kind::Map(MapKeys::Slugs, &Kind::Section(&SERVICE_SECTION)), "services by id"),
        optional("demand", Kind::Records(&DEMAND), "referral rates"),
        optional("uncertainty", Kind::Section(&UNCERTAINTY), "how demand varies beyond chance"),
        optional("factors", Kind::Section(&FACTORS), "factors on inputs, wherever these stand"),
        optional("uncertain", Kind::List(&Kind::Section(&UNCERTAIN)), "factors that nobody knows for certain"),
        optional("flows", Kind::Records(&FLOWS), "referrals by origin and provider"),
        optional("shares", Kind::Records(&SHARES), "observed shares"),
        optional("waiting_at_start", Kind::Records(&WAITING_AT_START), "who waits at the beginning"),
        optional(
            "profiles",
            Kind::Map(MapKeys::Slugs, &Kind::OneOf(PROFILE, true)),
            "changes of a rate with time, by id",
        ),
        optional("prices", Kind::Records(&PRICES), "what is charged"),
        optional("top_ups", Kind::Records(&TOP_UPS), "what eligible providers get on top of prices"),
        optional(
            "payments",
            Kind::Map(MapKeys::Slugs, &Kind::Section(&PAYMENT)),
            "sets of rules how providers are paid, by id",
        ),
        optional("plans", Kind::Records(&PLANS), "agreed activity of fixed and variable payment"),
        optional("low_volume_blocks", Kind::Records(&LOW_VOLUME_BLOCKS), "blocks of pairs with little activity"),
        optional("budgets", Kind::Map(MapKeys::Slugs, &Kind::Section(&BUDGET)), "sets of budgets, by id"),
        optional("budget_lines", Kind::Records(&BUDGET_LINES), "stated budgets"),
        optional("overflow", Kind::Records(&OVERFLOW), "where patients go who find a provider full, in order"),
        optional(
            "flow_rules",
            Kind::Map(MapKeys::Slugs, &Kind::Section(&FLOW_RULES)),
            "sets of rules where patients go, by id",
        ),
        optional("arrangements", Kind::Records(&TIMELINES), "timelines: who holds which role from when"),
        optional("options", Kind::Map(MapKeys::Slugs, &Kind::Section(&OPTION)), "tiering options by id"),
        optional("standards", Kind::Records(&STANDARDS), "what services are held to"),
        optional("readiness", Kind::Records(&READINESS), "how bodies do in the tests of readiness"),
        optional("readiness_rule", Kind::Section(&READINESS_RULE), "which bodies are too small to decide"),
        optional("recommendation", Kind::Section(&RECOMMENDATION), "by what tiers are recommended"),
        optional("stated_spend", Kind::Records(&STATED_SPEND), "spend as stated elsewhere"),
        optional(
            "assumption_metric",
            Kind::AnyReference(
                &[Target::Icb, Target::Footprint, Target::Region, Target::Successor],
                &["total", "nhs-england"],
            ),
            "whose expected money the effects of assumed inputs are on; by default that of all commissioners together",
        ),
        optional("control_totals", Kind::Records(&CONTROL_TOTALS), "plans and outturns as stated elsewhere"),
    ],
);

static RUN: Section = section(
    "run",
    &[
        default("start", Kind::Date, "2025-04-01", "first day of the results"),
        required("horizon", Kind::CivilSpan, "how long results are collected"),
        default(
            "warm_up",
            Kind::CivilSpanOr("auto"),
            "0 d",
            "simulated before the start and thrown away; \"auto\": chosen by MSER-5 on trials, so that what is left is at rest",
        ),
        default("starting_state", STARTING_STATE, "empty", "patients present at the beginning"),
        default("replications", Kind::Whole(1, 1_000_000), "20", "number of replications"),
        default(
            "antithetic",
            Kind::Boolean,
            "false",
            "replications in pairs, the second of each with the random numbers u of the first as 1 - u; intervals are then over pairs",
        ),
        default("seed", Kind::Whole(0, i64::MAX as u64), "20250401", "seed of all draws"),
        default("periods", Kind::Choice(&["all", "financial-year", "month"]), "financial-year", "reporting periods"),
        optional(
            "options",
            Kind::List(&Kind::Reference(Target::Option, &[])),
            "the tiering options that are accounted for unless others are asked for; by default all",
        ),
    ],
);

static SCOPE: Section = section(
    "scope",
    &[
        required(
            "providers",
            Kind::ChoiceOrList(&["all"], Target::Provider),
            "only these providers are simulated in full; all takes back the scope of the scenario that this one extends",
        ),
        optional(
            "icbs",
            Kind::List(&Kind::AnyReference(&[Target::Icb, Target::Successor], &[])),
            "all residents of these ICBs are followed, as are those of the providers' hosts",
        ),
    ],
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
        default("kind", Kind::Choice(&["board", "other-nation"]), "board", "what it is"),
        optional("region", Kind::Reference(Target::Region, &[]), "the region that a board lies in"),
    ],
    &["id"],
);

static SUCCESSORS: Section = table(
    "successors",
    &[
        required("icb", Kind::AnyReference(&[Target::Icb, Target::Successor], &[]), "the ICB that gives way"),
        required("successor", Kind::Id(false), "the ICB that takes over"),
        optional("name", Kind::Text, "the successor's name for readers"),
        optional(
            "region",
            Kind::Reference(Target::Region, &[]),
            "the successor's region; by default its predecessors'",
        ),
        default("weight", Kind::Share, "1", "the share of residents that it takes over"),
        required("from", Kind::Date, "the first day"),
    ],
    &["icb", "successor"],
);

static FOOTPRINTS: Section = table(
    "footprints",
    &[
        required("scheme", Kind::Id(true), "the way of grouping"),
        required("id", Kind::Id(true), "the footprint"),
        optional("name", Kind::Text, "name for readers"),
        required(
            "icb",
            Kind::AnyReference(&[Target::Icb, Target::Successor], &[]),
            "an ICB of the footprint, or a successor",
        ),
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
        optional(
            "successor",
            Kind::Reference(Target::Successor, &[]),
            "the one that all of it passes to if the ICB is split",
        ),
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
        optional(
            "successor_host",
            Kind::Reference(Target::Successor, &[]),
            "the one that it lies in if that ICB is split",
        ),
        optional("latitude", LATITUDE, "degrees north"),
        optional("longitude", LONGITUDE, "degrees east"),
        default("market_forces_factor", Kind::Percentage(0.1, 10.0, false), "1", "relative level of unavoidable costs"),
        default("aligned", Kind::Boolean, "true", "whether aligned payment and blocks apply to it, as to NHS trusts"),
    ],
    &["id"],
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

static UNCERTAINTY: Section = section(
    "uncertainty",
    &[
        default(
            "rate_cv",
            Kind::Share,
            "0 %",
            "coefficient of variation of the rates themselves: one factor a replication for each service, the same in all home areas",
        ),
        default(
            "variance_ratio",
            Kind::Percentage(1.0, 100.0, false),
            "1",
            "variance of a home area's yearly referrals for a service over their mean; 1 is chance alone",
        ),
    ],
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

static WAITING_AT_START: Section = table(
    "waiting_at_start",
    &[
        required("service", SERVICE, "what they wait for: its first stage"),
        required("home_area", Kind::Reference(Target::HomeArea, &[]), "where they live"),
        required("provider", Kind::Reference(Target::Provider, &[]), "where they wait"),
        required("patients", Kind::Whole(1, 10_000_000), "how many"),
        optional("class", CLASSES, "their class; by default the last that the service has"),
        default("waited", Kind::Duration, "0 d", "how long they have waited"),
    ],
    // The same patients twice have their own diagnostic.
    &[],
);

static PRICES: Section = table(
    "prices",
    &[
        required("service", SERVICE, "the service"),
        required("stage", Kind::StageReference, "its stage"),
        required(
            "per",
            Kind::Choice(&[
                "start",
                "finish",
                "bed-day",
                "session",
                "excess-bed-day",
                "reneged",
                "refused",
                "cancelled",
                "transfer-in",
                "drugs",
            ]),
            "unit that is charged",
        ),
        required("price", Kind::Money, "price of a unit"),
        optional("sessions_per_week", Kind::Number(0.0, 1000.0, true), "for session"),
        optional("trim_point", Kind::Duration, "for excess-bed-day"),
        default("local_costs", Kind::Choice(&["added", "included"]), "added", "how the Market Forces Factor enters"),
    ],
    &["service", "stage", "per"],
);

pub(in super::super) static OPTION: Section = section(
    "options",
    &[
        optional("name", Kind::Text, "name for readers"),
        optional("tier", TIERS, "who decides; also the default of the other roles"),
        optional(
            "timeline",
            Kind::Reference(Target::Timeline, &[]),
            "who holds which role from when, in place of a tier",
        ),
        optional("as_of", Kind::Date, "the day of the timeline that holds for the whole run"),
        optional("pays", BODIES, "who pays"),
        optional("contracts", CONTRACTORS, "who holds the contracts"),
        optional("bears_variance", BODIES, "who bears the difference between plan and outturn"),
        optional("footprints", Kind::Reference(Target::Scheme, &[]), "scheme of footprints"),
        default("flow_rules", Kind::Reference(Target::FlowRules, &[]), "base", "set of flow rules"),
        default(
            "contribution",
            Kind::Choice(&["need-weighted-population", "registered-population"]),
            "need-weighted-population",
            "how ICBs feed the pool of a footprint or region",
        ),
        default("payment", Kind::Reference(Target::Payment, &[]), "activity", "set of payment rules"),
        optional("budget", Kind::Reference(Target::Budget, &[]), "set of budgets; without one nobody has a budget"),
        default("risk_share", RISK_SHARE, "by-contribution", "how the members of a pool share over- and underspends"),
        default(
            "top_slice",
            Kind::Boolean,
            "false",
            "whether charges for excess bed-days are first pooled and paid by contribution",
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

static TIMELINES: Section = table(
    "arrangements",
    &[
        required("timeline", Kind::Id(true), "the timeline that the row belongs to"),
        required(
            "services",
            Kind::Reference(Target::Service, &["*", "suitable-now", "suitable-later", "retained"]),
            "a service, a group by delegation, or all",
        ),
        default("region", Kind::Reference(Target::Region, &["*"]), "*", "for the patients of its ICBs"),
        optional("from", Kind::Date, "the first day; without it since ever"),
        optional("until", Kind::Date, "the first day on which it no longer holds"),
        required(
            "state",
            Kind::Choice(&["retained", "joint", "delegated", "transferred"]),
            "how far it has moved from NHS England",
        ),
        required("decides", BODIES, "who decides"),
        required("pays", BODIES, "who pays"),
        required("contracts", CONTRACTORS, "who holds the contracts"),
        required("bears_variance", BODIES, "who bears the difference between plan and outturn"),
    ],
    // Rows that hold on the same day have their own diagnostic.
    &[],
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
