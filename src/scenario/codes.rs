//! The catalogue of diagnostics: a stable code, what it means, why it comes and how to cure it.

use super::diagnostic::Severity;
use std::fmt;
use std::fmt::Write as _;

macro_rules! codes {
    ($($name:ident $number:literal $severity:ident: $title:literal, $cause:literal, $cure:literal;)*) => {
        /// What a diagnostic is about. Codes are stable: a number is never given to another cause.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn entry(self) -> (&'static str, Severity, &'static str, &'static str, &'static str) {
                match self {
                    $(Self::$name => ($number, Severity::$severity, $title, $cause, $cure),)*
                }
            }
        }
    };
}

codes! {
    Unreadable "S001" Error: "The scenario cannot be read",
        "The path given on the command line does not exist, may not be read, is not a file or folder, or is larger than 200 MB.",
        "Check the path; give the folder that holds `scenario.toml`, or a TOML file.";
    NoScenario "S002" Error: "The folder holds no scenario.toml",
        "A scenario folder is recognised by its file `scenario.toml`.",
        "Add `scenario.toml`, or give the path of the TOML file itself.";
    NamedFile "S003" Error: "A file that the scenario names cannot be read",
        "A CSV table, a file of stays or a base scenario does not exist beside the file that names it, may not be read, or is larger than 200 MB.",
        "Correct the path; it is relative to the folder of the file that names it.";
    ScenarioEncoding "S004" Error: "The scenario is not UTF-8 text",
        "The file was saved in another encoding, such as Windows-1252 or UTF-16, or is not a text file.",
        "Save it as UTF-8.";
    Encoding "S005" Error: "A named file is not UTF-8 text",
        "The file was saved in another encoding, such as Windows-1252 or UTF-16, or is not a text file (a workbook, for instance).",
        "In Excel choose \"Save as\", type \"CSV UTF-8 (comma delimited)\".";
    EmptyFile "S006" Error: "The file is empty",
        "A scenario needs at least `[run]` and a service; a table needs at least its line of column names.",
        "Fill the file, or remove the key that names it.";
    Syntax "S007" Error: "TOML syntax error",
        "The text is not TOML. All syntax errors are reported together; the other checks follow once there are none.",
        "Correct the marked place: texts stand in quotes, lists in [ ], sections begin with [name].";
    TooDeep "S008" Error: "Values are nested too deeply",
        "Brackets, braces or dotted keys are nested over 64 deep; the language never needs more than eight.",
        "Close the brackets, or write the inner tables as sections.";
    Cycle "S009" Error: "The `extends` chain does not end",
        "A scenario extends itself, directly or through others, or the chain is longer than 32.",
        "Remove one `extends`.";
    BadSet "S010" Error: "A --set cannot be understood",
        "An override has the form key.path=value.",
        "Write, for instance, --set run.replications=50 or --set run.horizon=\"5 years\".";
    UnknownKey "S011" Error: "Unknown key",
        "The language has no such key at this place; it may be misspelt or belong to another section.",
        "Use the suggested key, or see docs/scenario.md.";
    MissingKey "S012" Error: "A required key or value is missing",
        "The section or row lacks a key without a default, or its cell is blank.",
        "Add it.";
    WrongKind "S013" Error: "A value of the wrong kind",
        "A text stands where a section, list or number is needed, or the other way round.",
        "Write the value in the form that the message shows.";
    UnknownChoice "S014" Error: "Not one of the allowed words",
        "The key takes one of a few words.",
        "Use one of the words that the message lists.";
    OneKind "S015" Error: "Exactly one kind is needed",
        "A stay, a profile or a choice model names its kind as its only key, as in `{ exponential = { mean = \"9 d\" } }`.",
        "Keep one kind.";
    CellCount "S016" Error: "A row with too many or too few cells",
        "Every row of a CSV file has as many cells as there are column names. A comma inside a value splits it in two.",
        "Put values with commas into quotes (\"1,234\"); add the missing commas for blank cells.";
    UnknownColumn "S017" Error: "Unknown column",
        "The table has no such column; it may be misspelt.",
        "Rename or remove the column; a comment belongs into the column `note`.";
    MissingColumn "S018" Error: "A required column is missing",
        "The line of column names lacks a column that every row needs.",
        "Add the column.";
    DuplicateColumn "S019" Error: "A column comes twice",
        "Two columns have the same name, so that it is unclear which counts.",
        "Remove one of them.";
    CsvForm "S020" Error: "Not a comma-separated table",
        "A quote is never closed, text follows a closing quote, or cells are separated by semicolons or tabs.",
        "Save the sheet as \"CSV UTF-8 (comma delimited)\".";
    BadNumber "S021" Error: "Not a number",
        "A number was expected. Thousands may be separated by commas; `nan`, `inf` and words are not numbers.",
        "Write a number such as 12, 0.25 or \"1,234\".";
    BadDuration "S022" Error: "Not a duration",
        "A duration is a number with a unit: s, min, h, d, weeks, months or years.",
        "Write, for instance, \"9 d\", \"36 h\" or \"18 weeks\".";
    BadMoney "S023" Error: "Not an amount of money",
        "An amount is in pounds with at most two decimals.",
        "Write, for instance, \"£3,400\" or \"£1.50\".";
    BadRate "S024" Error: "Not a rate",
        "A rate says how many referrals in which time, and whether by population.",
        "Write, for instance, \"120 per year\", \"10 per hour\" or \"4.5 per 100k per year\".";
    BadDate "S025" Error: "Not a date",
        "A date is year-month-day, exists in the calendar and has no time of day.",
        "Write, for instance, 2025-04-01.";
    OutOfRange "S026" Error: "Out of range",
        "The value is negative, zero, above one or absurdly large where that has no meaning.",
        "Write a value within the range that the message names.";
    BadId "S027" Error: "Not an id",
        "Ids are ODS codes (letters and digits) or lower-case slugs (letters, digits, - and _), at most 64 characters.",
        "Write, for instance, RRV or adult-critical-care.";
    UnknownName "S030" Error: "Unknown name",
        "The id is not in the table or section that it refers to.",
        "Use the suggested id, or add a row for it.";
    Duplicate "S031" Error: "Given twice",
        "Two rows have the same key, so that it is unclear which counts.",
        "Remove one of them, or merge them.";
    ReservedId "S032" Error: "A reserved id",
        "`elsewhere` is the provider for what is left of an area's shares, `nhs-england` the national body.",
        "Choose another id.";
    SchemeIncomplete "S033" Error: "An ICB is missing from a footprint scheme",
        "Each scheme groups all ICBs; one without footprint could not be planned for.",
        "Add a row for it to `footprints`; an ICB on its own is a footprint of one.";
    SchemeTwice "S034" Error: "An ICB is in two footprints of a scheme",
        "Each ICB belongs to one footprint of each scheme.",
        "Remove one of the rows, or give it another scheme.";
    BodyClash "S035" Error: "Two bodies have the same id",
        "Regions, ICBs and the footprints of all schemes appear in the same column of the results, so their ids must differ.",
        "Rename one of them.";
    GeographyIncomplete "S036" Error: "The geography is incomplete",
        "Regions, ICBs and home areas come together or not at all.",
        "Add the missing table, or remove the others.";
    HalfPosition "S037" Error: "Half a position",
        "A position is a latitude and a longitude.",
        "Add the other one, or remove this one.";
    NoStages "S040" Error: "A service without stages",
        "A pathway has at least one stage.",
        "Add [[services.ID.stages]] with an id and a stay.";
    StageUnreachable "S041" Error: "No patient reaches this stage",
        "Referrals enter the first stage and follow `next`; no way leads here.",
        "Name the stage in the `next` of an earlier one, or remove it.";
    NextOverOne "S042" Error: "Probabilities after a stage sum to more than 1",
        "The values of `next` are probabilities; what is left of 1 leaves the pathway.",
        "Lower them.";
    NeverEnds "S043" Error: "The pathway never ends",
        "From this stage no way leads out: all patients go round for ever.",
        "Lower a probability in `next` so that some leave.";
    TooManyVisits "S044" Error: "Patients go round too often",
        "On average a patient would pass through over 10,000 stays.",
        "Lower the probabilities of going back.";
    TooManyStages "S045" Error: "Too many stages",
        "A pathway has at most 200 stages.",
        "Merge stages.";
    BadStay "S046" Error: "An impossible stay",
        "The parameters of the distribution do not fit together, or its mean is zero, not finite or over 100 years.",
        "Correct the parameter that the message names.";
    EmpiricalFile "S047" Error: "No stays in the file",
        "The file of observed stays has no such column or no values in it.",
        "Name a column that is there; one stay a row.";
    BadProfile "S048" Error: "An impossible profile",
        "The steps do not rise from zero within the cycle, have another number than the factors, or all factors are zero.",
        "Correct what the message names.";
    ShareSum "S050" Error: "Shares do not sum to 1",
        "The shares of a home area for a service must sum to 1 (up to 0.001) unless a row `elsewhere` takes the rest.",
        "Correct them, add a row `elsewhere`, or set `normalise_shares = true` in the service.";
    TwoSources "S051" Error: "Referrals are given twice",
        "A service takes its referrals from `flows`, or from `demand` with `shares`, a choice model or a single provider.",
        "Remove one of the two.";
    NoRule "S052" Error: "It is not said where patients go",
        "A service with demand needs `shares` for each home area, a choice model, or a single provider.",
        "Add rows to `shares`, or a `choice` to the service with rows in `provides`.";
    NoPopulation "S053" Error: "A rate by population without population",
        "A rate \"per 100k\" is multiplied by the home area's population, which is not stated.",
        "Fill the column `population` of `home_areas`, or write an absolute rate.";
    NoTravel "S054" Error: "Travel is not known",
        "A choice model needs the travel from each home area with demand to each provider of the service.",
        "Add rows to `travel`, or, for km, latitude and longitude to both.";
    NotProvided "S055" Error: "The provider does not provide the service",
        "The table `provides` has rows for this service, but none for this provider.",
        "Add the row to `provides`, or remove this one.";
    NoDemand "S056" Warning: "A service without referrals",
        "The service has a pathway, but no rate or flow above zero.",
        "Add rows to `demand` or `flows`, or remove the service.";
    TooLarge "S057" Error: "The scenario is too large",
        "It has over a million referral streams, 20 million routes, 20 million patients waiting at the start, 2 million changes of capacity in a run, or 1,000 options or sets of flow rules.",
        "Merge home areas, leave services out, or make cycles longer.";
    PoolMissing "S060" Error: "A provider lacks a pool",
        "A stage seizes a pool that a provider of the service has no row for.",
        "Add a row to `pools` for the provider, or one for all with provider `*`.";
    PoolUnused "S061" Warning: "A pool that nobody uses",
        "No stage of a service that the provider receives patients for seizes it.",
        "Remove the row, or correct the name in it or in the stage; leave rows that other scenarios share.";
    Overloaded "S062" Warning: "More work than capacity",
        "Patients arrive faster than the pool can ever treat them, so its waiting list grows for as long as the run lasts.",
        "Raise the capacity above the load, shorten stays, or let patients be refused when full.";
    StartOverCapacity "S063" Error: "More patients at the start than places",
        "`occupied_at_start` exceeds the capacity.",
        "Lower it or raise the capacity.";
    PriceColumn "S070" Error: "A price column that is missing or has no use",
        "`sessions_per_week` goes with `session`, `trim_point` with `excess-bed-day`; each needs its own and takes no other.",
        "Fill the column, or clear it.";
    Unpriced "S071" Warning: "Work without a price",
        "The scenario has prices, or budgets, payment rules or totals that costs are compared with, but no price for some of the work: costs leave it out. A service needs a price (not only of drugs) at each point of delivery of its stages.",
        "Add rows to `prices`; a price of £0 says that nothing is charged.";
    NoScheme "S080" Error: "A footprint's role without a scheme",
        "A role is given to the footprint, but the option does not say by which scheme.",
        "Add `footprints = \"SCHEME\"` to the option.";
    NoContribution "S081" Error: "No population to contribute by",
        "ICBs feed the pool of a footprint or region in proportion to a population that is not stated for every home area.",
        "Fill the column in `home_areas`, or choose the other `contribution`.";
    NoHostIcb "S082" Error: "A host ICB is needed",
        "An option lets host ICBs hold contracts, but this provider's is not stated.",
        "Fill the column `host_icb` of `providers`.";
    RunTooLong "S090" Error: "The run is too long",
        "Warm-up and horizon together are at most 34 years.",
        "Shorten one of them.";
    BadAudits "S091" Error: "Audits that do not fit",
        "`profile_every` and `profile_cycle` come together, and the first divides the second.",
        "Write, for instance, profile_cycle = \"1 d\" and profile_every = \"3 h\".";
    NotOne "S100" Error: "Probabilities that do not sum to 1",
        "The shares of the classes, and the probabilities of the sizes of batches, each sum to 1 (up to 0.001); there are at most 64 sizes.",
        "Correct them.";
    BadNeeds "S101" Error: "Impossible needs of a stage",
        "A stage names its places by `pool` or by `needs`, not both; `needs` names one to eight pools.",
        "Keep one of them, with one to eight pools.";
    KeepsUnknown "S102" Error: "A kept pool that is never held",
        "`keeps` names a pool that no stage of the service needs, so no place of it can be kept, or names it twice.",
        "Correct the name, or remove it.";
    NothingToBlock "S103" Error: "Nothing to block",
        "`when_full = \"block\"` lets patients stay in the places held so far; here they never hold any.",
        "Use \"wait\" or \"refuse\", or let the stage before need or keep a pool.";
    NoList "S104" Error: "A rule of waiting for a stage that needs no place",
        "`when_full`, `patience`, `rises` and `transfers` are about patients who find no place; this stage needs none.",
        "Remove the key, or add `pool` or `needs`.";
    BadRise "S105" Error: "An impossible rise",
        "A rise has exactly one of `after` (in pools with order `joined`) and `before_breach` (in pools with order `breach-date`, for a stage with a `wait_standard`).",
        "Use the key that fits the order of the pool.";
    BadSite "S106" Error: "A stage that cannot be near home",
        "A stage with `at = \"home\"` is not the first, needs a pool, and at least one provider has a row of its own for that pool.",
        "Add rows to `pools` for the providers near home, or use `at = \"here\"`.";
    NoSuchClass "S107" Error: "Patience of a class without patients",
        "`patience` is stated for a class to which the service's `classes` give no share, or the service states no classes.",
        "Give the class a share in `classes`, or remove its patience.";
    BadCalendar "S110" Error: "An impossible calendar",
        "A calendar has `from` with as many values in `share` or in `places`, or `sessions` with as many `slots` or none; instants rise strictly within the cycle, and those of `from` begin with zero.",
        "Correct what the message names.";
    PoolRule "S111" Error: "A rule that does not fit the pool",
        "`list_limit` needs patients who wait. A pool with sessions has no `preemption`, `occupied_at_start`, reservations or `at_close`. `suspend` and `hand-over` are for pools that every stage which holds a place of them names first.",
        "Remove one of the two.";
    BadChange "S112" Error: "An impossible change of capacity",
        "The change ends before it begins, or two changes of one pool hold on the same day.",
        "Correct `from` and `until`; `until` is the first day on which the change no longer holds.";
    BadReservation "S113" Error: "An impossible reservation",
        "The ring fences of a pool exceed its capacity, the provider has no host ICB for `own-icb`, or nobody lives in the named body.",
        "Correct what the message names.";
    Unused "S114" Warning: "Something that nobody uses",
        "No pool uses this calendar, no option this set of flow rules or this timeline, or no flow rule these rows of `overflow`.",
        "Name it where it should hold, or remove it.";
    BadFlowRule "S120" Error: "Flow rules that do not fit together",
        "A shared list needs an overflow, and `overflow = \"listed\"` needs rows in the table `overflow`.",
        "Correct what the message names.";
    WhichFootprints "S121" Error: "Footprints without a scheme",
        "A rule speaks of the footprint, but does not say by which scheme, and there is not exactly one.",
        "Add `footprints = \"SCHEME\"` to it.";
    NoDistance "S122" Error: "A distance is not known",
        "Overflow to the nearest, `within_km` and stages near home need the kilometres from each home area with demand to each provider in question.",
        "Fill latitude and longitude of both, or `km` in `travel`.";
    NotAble "S123" Error: "The provider cannot treat the service",
        "The provider is no alternative of the service's choice model, and does not occur in its flows or shares.",
        "Name another provider, or add it to `provides`, `flows` or `shares`.";
    BadOverflow "S124" Error: "Overflow to itself",
        "A row of `overflow` leads from a provider to another one.",
        "Name another provider.";
    BadWaiting "S125" Error: "Nobody can wait there at the start",
        "Patients wait for the first stage: it needs a pool where patients wait, the home area has referrals for the service, and the service has the class.",
        "Correct what the message names.";
    NeverTreated "S130" Error: "Nobody can ever be treated",
        "At every provider of the service, the first stage needs more places than the pool has at any time of the run, those kept for others left out.",
        "Raise the capacity, correct the calendar, or let the stage need fewer places.";
    NeverTreatedHere "S131" Warning: "Nobody can ever be treated here",
        "At this provider the stage needs more places than the pool has at any time of the run, those kept for others left out; at others it may have enough.",
        "Raise the capacity, correct the calendar, or send the patients elsewhere.";
    SuccessorWeights "S140" Error: "The weights of an ICB's successors do not sum to 1",
        "An ICB hands on all its residents, and no more: the weights of its rows in `successors` sum to 1 (up to 0.001).",
        "Correct them; one successor that takes all has weight 1, which may be left out.";
    BadSuccessor "S141" Error: "An impossible succession of ICBs",
        "An ICB gives way once, on one date, after it came into being; each successor has one name and one region, its own or that of all its predecessors.",
        "Correct what the message names.";
    WhichSuccessor "S142" Error: "It is not said which successor",
        "An ICB is split, and a provider that it hosts lies with one of the successors only; or a home area or provider names a successor that its ICB never becomes.",
        "Fill `successor_host` of the provider, or `successor` of the home area, with an ICB that its own ICB becomes.";
    FootprintsDisagree "S143" Error: "Predecessors in different footprints",
        "A merged ICB takes the footprint of its predecessors, but they are in different footprints of a scheme.",
        "Add a row for the successor to `footprints`.";
    BadBody "S144" Error: "A region or footprint that does not fit the body",
        "A board lies in a region. Another nation of the United Kingdom lies in no region and no footprint.",
        "Fill or clear the region of the row in `icbs`, or remove the row of `footprints`.";
    TimelineOverlap "S145" Error: "Two arrangements hold at once",
        "Two rows of a timeline hold for the same service, region and day, and neither is more specific: a service is more specific than a group, a group than `*`, a region than `*`.",
        "End one with `until`, remove it, or add the row that is more specific than both.";
    TimelineGap "S146" Error: "No arrangement holds",
        "A timeline says for every service and region, from its first day to its last, who holds the roles; an option needs it for all days of the run, or for its `as_of`.",
        "Add a row for the days that the message names, or extend one.";
    NotInTimeline "S147" Error: "A service without an arrangement",
        "No row of the timeline is about the service.",
        "Add a row for it, or one for its group or for `*`.";
    TimelineOrTier "S148" Error: "A tier or a timeline",
        "An option names a `tier`, with roles and services that differ from it, or a `timeline`, which says all that.",
        "Keep one of them; `as_of` goes with a timeline.";
    NotOfTheDay "S149" Warning: "Amounts of an ICB that is not there on the day",
        "A row of `budget_lines`, `low_volume_blocks` or `plans` is about a successor that takes over after the day of the results (`bodies_as_of`; without it the ICBs are those listed), so there is nobody whom its amount is for.",
        "Choose a later `bodies_as_of`, state amounts of its predecessors, or remove the rows.";
    PartOfMerger "S150" Error: "An amount of one predecessor of a merged ICB",
        "A merged ICB has the sum of what its predecessors, and it itself if it had residents before, state in `budget_lines`, `low_volume_blocks` or `plans`. Here one of them states an amount and another none, though its residents are referred there too: the sum would stand for both.",
        "Add the row of the other predecessor (£0 is an amount). An ICB that only comes into being with the merger may have one amount in place of all.";
    NotOneBody "S151" Error: "Not one body on the day",
        "`assumption_metric` names an ICB that gave way, or does not exist yet, by the bodies of `bodies_as_of`, and its residents belong to several ICBs or to none.",
        "Name one of the bodies of the day, or `total`.";
    LowVolumeRule "S155" Error: "A low-volume rule that does not hold together",
        "`low_volume = \"table\"` needs rows in `low_volume_blocks`, these rows and `delegated_inside` need a rule that asks for them.",
        "Add what is missing, or remove what has no use.";
    WhatIf "S156" Error: "A what-if that is not marked assumed",
        "The threshold for low-volume blocks applies to the whole relationship of an ICB and a provider, of which a scenario holds a few services; here it can only be a what-if.",
        "Add `provenance = \"assumed\"` to the set of payment rules.";
    NoSuchFlow "S157" Error: "Money for a pair without patients",
        "A low-volume block or a plan is for an ICB of whose residents nobody is referred to the provider.",
        "Correct the ids, or remove the row.";
    NoSuchPoint "S158" Error: "A point of delivery that no stage has",
        "Variable points of delivery, and those of top-ups, are the words that stages state in `point_of_delivery` (`inpatient` where they state none).",
        "Correct the word, or state it in the stage.";
    NothingInside "S159" Warning: "Low-volume blocks with nothing inside",
        "What an option gives to an ICB is outside its blocks (`delegated_inside = false`), and no service has a part that is always the home ICB's (`specialised_share` below 1). So nothing is paid by block.",
        "Set `delegated_inside = true`, or `low_volume = \"none\"`.";
    BudgetKey "S160" Error: "A key that does not fit the basis of budgets",
        "`level` and `follows_factors` are for budgets that follow history or need; `yearly_cap` is for those that converge, and they need it.",
        "Remove the key, add it, or change `basis`.";
    BudgetLine "S161" Error: "A budget line that fits no budgets",
        "Lines are for budgets with `basis = \"stated\"`, one for each ICB and service.",
        "Correct `budget`, state the basis, or remove the row.";
    BudgetMissing "S162" Error: "Budgets are missing",
        "Stated budgets have a line for each ICB whose residents are wholly in the scenario and each service that they are referred for, also where NHS England pays: a budget goes with the service to whoever pays for it.",
        "Add the lines to `budget_lines`.";
    BudgetNeed "S163" Error: "Budgets by need without a population",
        "Budgets that follow need, or converge to it, are shared by `need_weighted_population`, or `population` where that is absent; every home area needs one of them.",
        "Fill the column in `home_areas`, or choose another basis.";
    NoPool "S164" Error: "A share rule without a pool",
        "`risk_share` and `top_slice` are about bodies that bear over- and underspends together; in this option every service's variance is borne by an ICB or NHS England alone.",
        "Let a footprint or region bear the variance (`bears_variance`), or remove the key.";
    CapWithoutBudget "S165" Error: "Cap and collar without a budget",
        "Caps are shares of a budget, and this option has none.",
        "Add `budget` to the option, or choose another `risk_share`.";
    NothingToSlice "S166" Error: "A top slice of nothing",
        "The top slice is of charges for excess bed-days, and `prices` has no row per excess-bed-day.",
        "Add such a price, or remove `top_slice`.";
    BearerWithoutBudget "S167" Warning: "Who bears the variance has no budget",
        "The variance is what differs from a budget. In this option one body pays and another bears the variance, and there is no budget: the whole cost falls on who bears it, and nobody's overspend is defined.",
        "Add `budget` to the option, or let the same body pay and bear the variance.";
    StandardTwice "S180" Error: "Two rows of standards for the same",
        "`standards` has one row for a service at all providers, and one for each provider that differs.",
        "Put the values into one row.";
    EmptyRow "S181" Error: "A row that says nothing",
        "A row of `standards` needs at least one of `occupancy_ceiling`, `minimum_volume` and `maximum_km` (`stage` belongs to `minimum_volume`); one of `control_totals` needs `plan`, `outturn` or both.",
        "Add a value, or remove the row.";
    NoSuchWork "S182" Warning: "A standard or control total for a service that a provider does not give",
        "Nobody in the scenario is referred to the provider for the service, so the row has no effect.",
        "Correct the ids, or remove the row.";
    NotABody "S183" Warning: "Readiness of a body that is not there on the day",
        "The results are by the bodies of `bodies_as_of`, and the scored body is none of them on that day: scores are not handed on to successors.",
        "Score the body of the day, or remove the row.";
    BadYear "S184" Error: "Not a financial year",
        "`year` names a financial year by its two calendar years.",
        "Write, for instance, year = \"2025/26\".";
    BatchParameter "S190" Error: "A parameter that does not fit the batch",
        "A parameter of a grid has `values`, one of a Latin hypercube, of Morris's or of Sobol's design has `low` and `high`, one of a list has neither; its name is a column of `batch.csv` and its keys are keys as for --set, each set by one parameter.",
        "Give it what the design needs, and keys such as \"run.horizon\".";
    NoCells "S191" Error: "A batch without cells",
        "The cells of a batch are its scenarios times its points, and it has no scenario or no point.",
        "Name a scenario, and give every parameter a value.";
    BatchMetric "S192" Error: "Unknown metric",
        "`metrics` names metrics of the tables of results, as table.metric.",
        "Use the suggested name; `tierflow explain tables` lists the tables.";
    BatchPrecision "S193" Error: "A precision that cannot be used",
        "`precision` is a list such as \"cost_gbp:1%,icbs.mean_wait_days:0.2 d\", and takes the place of `replications`.",
        "Correct it, or state `replications` instead.";
    BatchRange "S194" Error: "Not a range",
        "`low` and `high` are numbers, or amounts with the same unit, and `high` is above `low`.",
        "Write, for instance, low = 0.9 and high = 1.1, or low = \"20 d\" and high = \"40 d\".";
    SharedPlaces "S195" Error: "A factor on places that services share",
        "Places have no service of their own: a factor on the `capacity` of a service, or an uncertain one, is a factor on the pools that its stages need or keep, so all services that use a pool must have the same.",
        "State it for all the services that the message names, or for none.";
    BadFactorLaw "S196" Error: "An impossible distribution of a factor",
        "A factor is a positive number. Uniform and triangular ones begin above zero, a normal one has a mean of at least five standard deviations, and the mean is at most 100.",
        "Correct the numbers; a lognormal factor is never negative.";
    NothingUncertain "S197" Error: "An uncertain factor without services",
        "`services` lists the services that the factor is on, each once; without it the factor is on all.",
        "Name services, or leave `services` out.";
    OddPairs "S198" Error: "An odd number of antithetic replications",
        "With `antithetic = true` every second replication has the random numbers of the one before, turned over, so replications come in pairs.",
        "Ask for an even number of replications, or leave `antithetic` out.";
    OwnNeighbour "S200" Error: "An ICB that borders on itself",
        "A row of `adjacency` names two ICBs that border on each other.",
        "Correct one of the two, or remove the row.";
    NeighboursTwice "S201" Error: "A border stated twice",
        "`adjacency` has one row for each pair of neighbours, in either direction.",
        "Remove one of the rows.";
    MapUnconnected "S202" Error: "A map in pieces",
        "Footprints are groups of ICBs that border on each other, and by `adjacency` some boards with residents cannot be reached from the others.",
        "Add a row for a border, a bridge or a ferry, or remove the table.";
    ObservedElsewhere "S220" Error: "Observed patients of a provider that cannot treat them",
        "A choice model is fitted to the providers that the scenario lets treat the service: those in `provides`, or in its flows or shares.",
        "Correct the id, add the provider to `provides`, or leave the row out.";
    WaitMissing "S221" Error: "A wait is missing",
        "An effect of waits is estimated from the waits at all providers between which patients chose, in every period of the flows.",
        "Add the row, or write the same words into the column period of both files.";
    NoBeds "S222" Error: "Occupied places of a stage without places",
        "Demand is scaled so that as many places are occupied as were observed, in the first pool of the service's first stage.",
        "Leave the service out of the file, or give its first stage a pool.";
    BadTarget "S240" Error: "Not a target",
        "A target of a capacity plan is a metric, <= or >=, and a bound; entities may follow the metric in brackets.",
        "Write, for instance, \"full_share <= 5%\" or \"list_within_standard_share[QMJ] >= 92%\".";
    PlaceLimits "S241" Error: "Limits of places that nothing can satisfy",
        "`least` is not above `most`, and either `opens` or `lead_time` says from when there can be more places.",
        "Correct the numbers, or clear one of the two.";
    LimitsOfNothing "S242" Warning: "Limits of a pool that nobody needs",
        "`place_limits` names a pool that no patient in scope needs at this provider, so the row has no effect.",
        "Correct the name, or remove the row.";
}

impl Code {
    /// The stable code, such as `S014`.
    pub fn as_str(self) -> &'static str {
        self.entry().0
    }
    /// Whether it forbids the scenario.
    pub fn severity(self) -> Severity {
        self.entry().1
    }
    /// What it is, in a line.
    pub fn title(self) -> &'static str {
        self.entry().2
    }
    /// Why it comes.
    pub fn cause(self) -> &'static str {
        self.entry().3
    }
    /// What to do.
    pub fn cure(self) -> &'static str {
        self.entry().4
    }
    /// Whether the scenario could not be read at all, rather than being wrong.
    pub fn is_io(self) -> bool {
        matches!(self, Self::Unreadable | Self::ScenarioEncoding)
    }
    /// The code with this number, such as `S014` or `s014`.
    pub fn find(number: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(number.trim()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The catalogue as `docs/diagnostics.md`.
pub fn diagnostics_markdown() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nWhat `tierflow check` can say about a scenario, and `tierflow batch` about a batch; `tierflow explain S014` prints an entry. \
         Generated from the catalogue in `src/scenario/codes.rs`.\n",
    );
    for code in Code::ALL {
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "\n## {code}: {}\n\n*{}.* {}\n\n**Cure.** {}\n",
            code.title(),
            match code.severity() {
                Severity::Error => "Error",
                Severity::Warning => "Warning",
            },
            code.cause(),
            code.cure()
        );
    }
    page
}
