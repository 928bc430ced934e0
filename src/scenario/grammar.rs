//! The language as data: one catalogue of sections and keys that checks a scenario, makes the JSON Schema, and says what
//! an overlay merges.

mod catalogue;
mod check;
mod schema;
mod words;

pub(super) use catalogue::{BATCH, OBSERVED_BEDS, OBSERVED_FLOWS, OBSERVED_WAITS, OPTION, ROOT};
pub(super) use check::{check, csv_name, inner_kind, is_by_class};
pub use schema::{batch_json_schema, json_schema};
pub use words::{explain_key, key_names};

/// What an id may refer to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Target {
    Region,
    Icb,
    Scheme,
    Footprint,
    HomeArea,
    Provider,
    Service,
    Profile,
    Calendar,
    FlowRules,
    Payment,
    Budget,
    Option,
    Timeline,
    Successor,
}

impl Target {
    /// The thing in words, and where it is defined.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Region => ("region", "regions"),
            Self::Icb => ("ICB", "icbs"),
            Self::Scheme => ("scheme", "footprints"),
            Self::Footprint => ("footprint", "footprints"),
            Self::HomeArea => ("home area", "home_areas"),
            Self::Provider => ("provider", "providers"),
            Self::Service => ("service", "services"),
            Self::Profile => ("profile", "profiles"),
            Self::Calendar => ("calendar", "calendars"),
            Self::FlowRules => ("set of flow rules", "flow_rules"),
            Self::Payment => ("set of payment rules", "payments"),
            Self::Budget => ("set of budgets", "budgets"),
            Self::Option => ("option", "options"),
            Self::Timeline => ("timeline", "arrangements"),
            Self::Successor => ("successor", "successors"),
        }
    }

    /// An id as it may be.
    fn example(self) -> &'static str {
        match self {
            Self::Region => "Y56",
            Self::Icb => "QMF",
            Self::Provider => "RRV",
            Self::HomeArea => "everyone",
            _ => "an-id",
        }
    }
}

/// What a value may be.
#[derive(Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// Anything: whoever reads it looks at it.
    Any,
    /// The id that a row defines: a code, or (if true) a slug.
    Id(bool),
    /// An id that is defined elsewhere, or one of these words.
    Reference(Target, &'static [&'static str]),
    /// An id that is defined in any of several tables, or one of these words.
    AnyReference(&'static [Target], &'static [&'static str]),
    /// The id of a stage; its service is in the same row or around it.
    StageReference,
    Boolean,
    Duration,
    /// A duration above zero.
    PositiveDuration,
    CivilSpan,
    /// The same, or a word.
    CivilSpanOr(&'static str),
    Money,
    Share,
    /// A number within bounds; if true the lower one is left out.
    Number(f64, f64, bool),
    Whole(u64, u64),
    /// The same, or per cent.
    Percentage(f64, f64, bool),
    Rate,
    Capacity,
    Date,
    /// A unit of time.
    TimeUnit,
    Choice(&'static [&'static str]),
    Section(&'static Section),
    /// Exactly one of these keys; if true those of provenance may stand beside it.
    OneOf(&'static [Key], bool),
    /// One value for all classes of patients, or a table with values of some of them.
    PerClass(&'static Kind),
    /// User-named keys: what they define or refer to.
    Map(MapKeys, &'static Kind),
    List(&'static Kind),
    /// A table: rows, or the name of a CSV file.
    Records(&'static Section),
    /// One of the words, or exactly one of these keys.
    WordOr(&'static [&'static str], &'static [Key]),
    /// One of the words, or a list of ids.
    ChoiceOrList(&'static [&'static str], Target),
}

/// What the keys of a map are.
#[derive(Clone, Copy, Debug)]
pub(super) enum MapKeys {
    /// New slugs.
    Slugs,
    /// Ids that are defined elsewhere.
    References(Target),
    /// Stages of the service around.
    Stages,
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    Required,
    Optional,
    Default(&'static str),
}

/// A key, or a column.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    pub(super) meaning: &'static str,
}

/// A section, or a row of a table.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
    /// The columns that no two rows may share.
    pub(super) unique: &'static [&'static str],
    /// Whether `provenance`, `source` and `note` may stand in it, and it is echoed as an input.
    pub(super) provenance: bool,
}

impl Section {
    /// All keys, those of provenance included.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.keys.iter().chain(if self.provenance { catalogue::PROVENANCE } else { &[] })
    }
    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.all_keys().find(|key| key.name == name)
    }
    /// The names of the required keys.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().filter(|key| key.need == Need::Required).map(|key| key.name)
    }
}
