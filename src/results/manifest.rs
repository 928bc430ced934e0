//! What a results folder says about its making.

use super::Part;
use super::layout::Outline;
use super::planning::PlanOver;
use super::precision::Progress;
use super::uncertain::InputDraws;
use crate::domain::{Arrangement, ArrangementGroup, TieringOption};
use crate::experiment::WarmUp;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A source file of the scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name relative to the scenario.
    pub name: String,
    /// BLAKE3 of its text (UTF-8, without a byte-order mark) in hexadecimal.
    pub blake3: String,
}

/// What the command line adds to a scenario.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Making {
    /// The files that the scenario was read from, the scenario itself first.
    pub files: Vec<SourceFile>,
    /// Overrides (`--set`), as given.
    pub overrides: Vec<String>,
    /// The activity that is stored beside the tables, if any.
    pub activity: Option<ActivityEntry>,
    /// The stored activity that the results were computed from, if they were.
    pub stored: Option<StoredEntry>,
    /// The option with which the others are compared, if they are.
    pub reference: Option<String>,
    /// The precision that was asked for, if one was.
    pub precision: Option<PrecisionEntry>,
    /// Whether estimates with control variates are wanted, too.
    pub control_variates: bool,
    /// How far it was reached.
    pub reached: Vec<Progress>,
    /// What draws of the uncertain inputs left, if inputs were drawn.
    pub inputs: Option<InputDraws>,
    /// How the warm-up was chosen, if it was.
    pub warm_up: Option<WarmUp>,
    /// What the best option was selected by, if one was.
    pub selection: Option<SelectionEntry>,
    /// What capacity was planned for, if it was.
    pub plan: Option<PlanEntry>,
    /// What tiers were recommended by, or footprints looked for, if they were.
    pub recommendation: Option<RecommendationEntry>,
}

/// A capacity plan, as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlanEntry {
    /// The targets.
    pub targets: Vec<String>,
    /// The only pools, if some were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<String>,
    /// `mean` or `confidence`.
    pub meet: String,
    /// Whether theory was used.
    pub theory: bool,
    /// When targets had to hold.
    pub over: PlanOver,
    /// Replications at the first look.
    pub first: u32,
    /// The most replications of one capacity.
    pub most: u32,
    /// The most places of a pool without another limit.
    pub most_places: u32,
    /// Whether wider sharing was planned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pooling: bool,
    /// What a footprint is with pooling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The budget, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// What it was to leave as little as possible of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimise: Option<String>,
}

/// A recommendation of tiers, or footprints from flows, as asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecommendationEntry {
    /// Ids of the services; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The footprints that were looked for, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footprints: Option<FootprintsEntry>,
}

/// Footprints that were looked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FootprintsEntry {
    /// How many.
    pub groups: usize,
    /// The least ICBs of one.
    pub least: usize,
    /// The most ICBs of one.
    pub most: usize,
    /// The most registered persons of one, where there was a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_population: Option<u64>,
    /// Whether they are the bodies of the multi-ICB tier; else nothing was simulated.
    pub as_bodies: bool,
}

/// A selection of the best option, as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SelectionEntry {
    /// The metric and whose it is.
    pub best: String,
    /// The indifference zone.
    pub indifference: String,
    /// `kn`, `rinott` or `ocba`.
    pub procedure: String,
    /// The stated probability; absent where the procedure states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<String>,
    /// Replications of the first stage.
    pub first: u32,
    /// The most replications of an option, or the budget of all together.
    pub most: u32,
    /// The reporting period.
    pub period: String,
    /// `smallest` or `largest`.
    pub direction: String,
}

/// A precision that was asked for instead of a number of replications.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrecisionEntry {
    /// The metrics, as on the command line.
    pub targets: String,
    /// The most replications that were allowed.
    pub max_replications: u32,
}

/// Activity stored in a results folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActivityEntry {
    /// `total` or `replications`.
    pub kind: String,
    /// First days of the base periods.
    pub periods: Vec<String>,
    /// Rows of `activity.csv`, the header apart.
    #[serde(default)]
    pub rows: u64,
    /// BLAKE3 of `activity.csv` in hexadecimal.
    pub blake3: String,
}

/// The stored activity that results were computed from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredEntry {
    /// The scenario of the run that stored it.
    pub scenario: String,
    /// Its kind: `total` or `replications`.
    pub kind: String,
    /// BLAKE3 of its `activity.csv` in hexadecimal.
    pub blake3: String,
}

/// One option of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OptionEntry {
    /// Its id.
    pub id: String,
    /// Id of its flow rules.
    pub flow_rules: String,
    /// Hash of the model that they make: options with equal hashes share one simulation.
    pub flow_hash: String,
    /// Id of its payment rules.
    pub payment: String,
    /// Id of its budgets, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// How the members of its pools share over- and underspends.
    pub risk_share: String,
    /// Whether charges for excess bed-days are pooled first.
    pub top_slice: bool,
    /// Who holds the four roles for which services.
    pub arrangements: Vec<ArrangementEntry>,
}

/// The four roles for some services under one option.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArrangementEntry {
    /// From which day; absent: since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For patients of which regions; empty: of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Ids of the services.
    pub services: Vec<String>,
    /// How far commissioning has moved from NHS England.
    pub state: String,
    /// Who decides.
    pub decides: String,
    /// Who pays.
    pub pays: String,
    /// Who holds the contracts.
    pub contracts: String,
    /// Who bears the difference between plan and outturn.
    pub bears_variance: String,
}

fn arrangements(scenario: &Scenario, option: &TieringOption) -> Vec<ArrangementEntry> {
    let entry = |group: ArrangementGroup| {
        let Arrangement { state, decides, pays, contracts, bears_variance } = group.arrangement;
        let regions = &scenario.geography.regions;
        let everywhere = group.regions.len() == regions.len();
        ArrangementEntry {
            from: group.from.map(|day| day.to_string()),
            regions: if everywhere {
                Vec::new()
            } else {
                group.regions.iter().map(|&id| regions[id].id.clone()).collect()
            },
            services: group.services.iter().map(|&id| scenario.services[id].id.clone()).collect(),
            state: state.to_string(),
            decides: decides.to_string(),
            pays: pays.to_string(),
            contracts: contracts.to_string(),
            bears_variance: bears_variance.to_string(),
        }
    };
    option.groups().into_iter().map(entry).collect()
}

/// Everything that is needed to run a scenario again and to get the same bytes. No time of day, path or thread count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of tierflow.
    pub tierflow: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Its files.
    pub files: Vec<SourceFile>,
    /// Overrides.
    pub overrides: Vec<String>,
    /// Seed of all draws.
    pub seed: u64,
    /// Number of replications.
    pub replications: usize,
    /// First day of the results.
    pub start: String,
    /// Milliseconds of results.
    pub horizon_ms: u64,
    /// Milliseconds simulated before.
    pub warm_up_ms: u64,
    /// Names of the reporting periods.
    pub periods: Vec<String>,
    /// The day whose bodies the results are by; none: those that the scenario lists.
    pub bodies_as_of: Option<String>,
    /// Whether the scenario is limited to some providers.
    pub scoped: bool,
    /// Options, in order.
    pub options: Vec<OptionEntry>,
    /// Hash of the compiled model, of several simulations the first one's.
    pub model: String,
    /// Tables in the folder.
    pub tables: Vec<String>,
    /// Activity stored beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivityEntry>,
    /// Stored activity that they were computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredEntry>,
    /// The option with which `tierflow compare` compared the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The precision that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<PrecisionEntry>,
    /// Whether there are estimates with control variates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control_variates: bool,
    /// How many times the uncertain inputs were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<u32>,
    /// What the best option was selected by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionEntry>,
    /// What capacity was planned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanEntry>,
    /// What tiers were recommended by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<RecommendationEntry>,
}

/// The keys of the manifest and their meanings.
pub(super) const MANIFEST_COLUMNS: [(&str, &str); 25] = [
    ("tierflow", "version of tierflow that wrote the folder"),
    ("scenario", "name of the scenario"),
    ("title", "its title"),
    ("files", "its files, named relative to it, with the BLAKE3 hash of their text (UTF-8, without a byte-order mark)"),
    ("overrides", "what `--set` changed, in order"),
    ("seed", "seed of all draws"),
    ("replications", "number of replications"),
    ("start", "first day of the results"),
    ("horizon_ms", "time of the results in milliseconds"),
    ("warm_up_ms", "time simulated before in milliseconds"),
    ("periods", "reporting periods"),
    ("bodies_as_of", "the day whose ICBs the results are by; null: those that the scenario lists"),
    ("scoped", "whether the scenario is limited to some providers"),
    (
        "options",
        "tiering options, each with its flow rules, the hash of the model that they make (equal hashes share one simulation), its payment rules, budgets and risk share, and the holders of the four roles by services",
    ),
    ("model", "hash of the compiled model; of several simulations, of the first option's"),
    ("tables", "tables in the folder"),
    (
        "activity",
        "what `activity` holds: its kind (`total` or `replications`), the first days of its base periods, and rows and BLAKE3 hash of the file; absent if none is stored",
    ),
    (
        "stored",
        "only in a folder written by `tierflow account`: the scenario, the kind and the hash of the stored activity that it was computed from",
    ),
    ("reference", "only in a folder written by `tierflow compare`: the option with which the others are compared"),
    (
        "precision",
        "the precision that was asked for with --precision, and the most replications allowed; absent if none was",
    ),
    ("control_variates", "true if --control-variates was given; absent otherwise"),
    ("inputs", "how many times the uncertain inputs were drawn (--inputs); absent if they were not"),
    (
        "selection",
        "only in a folder written by `tierflow select`: metric, indifference zone, procedure, probability, replications of the first stage and the most, period and direction as asked for; `replications` is then the most of any option",
    ),
    (
        "plan",
        "only in a folder written by `tierflow plan`: targets, pools, what `holds` means, and the numbers of replications as asked for; `replications` is then the number that confirmed the plan",
    ),
    (
        "recommendation",
        "only in a folder written by `tierflow recommend`: the services asked for, and the number and limits of footprints that were looked for; with footprints alone nothing was simulated, and `replications` is 0",
    ),
];

impl Manifest {
    /// The manifest of a run of some simulations under the options of the outline.
    pub(super) fn new(
        scenario: &Scenario,
        parts: &[Part<'_>],
        outline: &Outline,
        making: Making,
        replications: usize,
        tables: &[&str],
    ) -> Self {
        let hash = |part: &Part<'_>| blake3::Hash::from_bytes(part.model.fingerprint).to_hex().to_string();
        let option = |id: &String| {
            let known = scenario.options.iter().find(|option| option.id == *id);
            OptionEntry {
                id: id.clone(),
                flow_rules: known.map_or_else(String::new, |option| scenario.flow_rules[option.flow_rules].id.clone()),
                payment: known.map_or_else(String::new, |option| scenario.payments[option.payment].id.clone()),
                budget: known.and_then(|option| option.budget).map(|budget| scenario.budgets[budget].id.clone()),
                risk_share: known.map_or_else(String::new, |option| option.risk_share.to_string()),
                top_slice: known.is_some_and(|option| option.risk_share.top_slice),
                flow_hash: parts.iter().find(|part| part.options.contains(id)).map_or_else(String::new, hash),
                arrangements: known.map_or_else(Vec::new, |option| arrangements(scenario, option)),
            }
        };
        let run = &scenario.run;
        Self {
            tierflow: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            files: making.files,
            overrides: making.overrides,
            seed: run.seed,
            replications,
            start: run.start.to_string(),
            horizon_ms: run.horizon.0,
            warm_up_ms: run.warm_up.0,
            periods: outline.periods().to_vec(),
            bodies_as_of: scenario.geography.bodies_as_of.map(|day| day.to_string()),
            scoped: scenario.scoped,
            options: outline.options().iter().map(option).collect(),
            model: parts.first().map_or_else(String::new, hash),
            tables: tables.iter().map(|&table| table.to_owned()).collect(),
            activity: making.activity,
            stored: making.stored,
            reference: making.reference,
            precision: making.precision,
            control_variates: making.control_variates,
            inputs: None,
            selection: making.selection,
            plan: making.plan,
            recommendation: making.recommendation,
        }
    }
}
