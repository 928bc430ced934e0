//! Pools and what changes their places.

use super::{default, optional, required, section, table};
use crate::scenario::grammar::{Kind, Section, Target};

const OWNER: Kind = Kind::Reference(Target::Provider, &["*"]);

pub(super) static POOLS: Section = table(
    "pools",
    &[
        required("provider", OWNER, "whose it is; * stands for all without their own"),
        required("pool", Kind::Id(true), "the pool"),
        required("capacity", Kind::Capacity, "number of places, or unlimited"),
        default("when_full", Kind::Choice(&["wait", "refuse"]), "wait", "what happens to a patient without a place"),
        optional("list_limit", Kind::Whole(0, 1_000_000_000), "the most that may wait; more are refused"),
        default("order", Kind::Choice(&["joined", "breach-date"]), "joined", "who is next inside a class"),
        default("overtaking", Kind::Boolean, "false", "whether others may start while the first cannot"),
        default(
            "preemption",
            Kind::Choice(&["never", "resume", "restart"]),
            "never",
            "whether emergencies take places from electives",
        ),
        optional("calendar", Kind::Reference(Target::Calendar, &[]), "how its capacity changes with hours and days"),
        default(
            "at_close",
            Kind::Choice(&["finish", "suspend", "hand-over"]),
            "finish",
            "what becomes of patients in places that close",
        ),
        optional("occupied_at_start", Kind::Whole(0, 1_000_000_000), "patients present at the beginning"),
    ],
    &["provider", "pool"],
);

pub(super) static CAPACITY_CHANGES: Section = table(
    "capacity_changes",
    &[
        required("provider", OWNER, "whose pool; * stands for all without rows of their own"),
        required("pool", Kind::Id(true), "the pool"),
        required("from", Kind::Date, "the first day"),
        optional("until", Kind::Date, "the first day on which it no longer holds"),
        required("capacity", Kind::Capacity, "number of places, or unlimited, in place of the pool's"),
    ],
    // Changes of a pool that hold on the same day have their own diagnostic.
    &[],
);

pub(super) static RESERVATIONS: Section = table(
    "reservations",
    &[
        required("provider", OWNER, "whose pool; * stands for all that have it"),
        required("pool", Kind::Id(true), "the pool"),
        required("places", Kind::Whole(1, 1_000_000_000), "how many"),
        required(
            "for",
            Kind::AnyReference(
                &[Target::HomeArea, Target::Icb, Target::Successor, Target::Footprint, Target::Region],
                &["own-icb", "own-footprint", "own-region"],
            ),
            "whose patients: a home area, ICB, footprint or region, or the provider's own",
        ),
        default("kind", Kind::Choice(&["last-free", "ring-fence"]), "last-free", "how they are kept"),
        optional("footprints", Kind::Reference(Target::Scheme, &[]), "scheme of own-footprint"),
        optional("flow_rules", Kind::Reference(Target::FlowRules, &[]), "only under this set of flow rules"),
    ],
    // The same place twice has its own diagnostic.
    &[],
);

pub(super) static CALENDAR: Section = section(
    "calendars",
    &[
        required("cycle", Kind::PositiveDuration, "length of the cycle"),
        optional("from", Kind::List(&Kind::Duration), "where each part begins, from zero"),
        optional("share", Kind::List(&Kind::Share), "share of the pool's capacity in each part"),
        optional("places", Kind::List(&Kind::Capacity), "capacity in each part"),
        optional("sessions", Kind::List(&Kind::Duration), "when sessions take place"),
        optional("slots", Kind::List(&Kind::Whole(0, 1_000_000_000)), "patients who start in each session"),
    ],
);
