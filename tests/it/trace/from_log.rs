//! The numbers of the tables, from the text of an event log and constants of the scenario alone.

use std::collections::BTreeMap;
use tierflow::units::DAY;

/// What has to be known beside the log.
pub(crate) struct Constants {
    /// Beginning and end of the results.
    pub(crate) begin: i64,
    pub(crate) end: i64,
    /// First stage by service.
    pub(crate) first: BTreeMap<String, String>,
    /// Trim points and waiting standards by service and stage.
    pub(crate) trim: BTreeMap<(String, String), u64>,
    pub(crate) standard: BTreeMap<(String, String), u64>,
    /// Steps of capacity by provider/pool, from the beginning of the warm-up; nothing of pools with sessions.
    pub(crate) capacity: BTreeMap<String, Vec<(i64, Option<u32>)>>,
}

#[derive(Clone, Debug)]
pub(crate) struct LogRow {
    pub(crate) case: String,
    pub(crate) ms: i64,
    pub(crate) what: String,
    activity: String,
    provider: String,
    pools: Vec<String>,
    holds: Vec<(String, u64)>,
    icb: String,
    service: String,
    class: String,
    lasted: Option<u64>,
}

/// Reads a log by the names of its columns.
pub(crate) fn read(text: &str) -> Vec<LogRow> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    rows.enumerate()
        .map(|(i, row)| {
            assert_eq!(row["event"], i.to_string());
            let provider = row["provider"].clone();
            let held = |text: &str| {
                let (place, number) = text.split_once('=').unwrap();
                (place.to_owned(), number.parse().unwrap())
            };
            LogRow {
                case: row["case"].clone(),
                ms: row["ms"].parse().unwrap(),
                what: row["what"].clone(),
                activity: row["activity"].clone(),
                pools: row["pool"].split_whitespace().map(|pool| format!("{provider}/{pool}")).collect(),
                provider,
                holds: row["holds"].split_whitespace().map(held).collect(),
                icb: row["home_icb"].clone(),
                service: row["service"].clone(),
                class: row["class"].clone(),
                lasted: row["lasted_ms"].parse().ok(),
            }
        })
        .collect()
}

/// Sums by name; absent ones are zero.
#[derive(Default)]
struct Sums(BTreeMap<(&'static str, String), u64>);

impl Sums {
    fn add(&mut self, what: &'static str, entity: &str, number: u64) {
        *self.0.entry((what, entity.to_owned())).or_default() += number;
    }
    fn get(&self, what: &'static str, entity: &str) -> f64 {
        self.0.get(&(what, entity.to_owned())).copied().unwrap_or(0) as f64
    }
}

/// One patient on the way.
#[derive(Default)]
struct Case {
    last: Option<LogRow>,
    /// The row of the start of the stay in the places held.
    stay: Option<LogRow>,
    /// When the present place was asked for; nothing if that was before the simulation.
    asked: Option<i64>,
    started: bool,
    /// Instants of the stay since the last interruption, and its length before.
    since: Option<i64>,
    served: u64,
    ended: Option<(i64, u64)>,
}

pub(crate) struct Tables<'a> {
    constants: &'a Constants,
    sums: Sums,
    /// Changes of the places in use.
    busy: BTreeMap<String, Vec<(i64, i64)>>,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(log: &[LogRow], constants: &'a Constants) -> Self {
        let mut tables = Self { constants, sums: Sums::default(), busy: BTreeMap::new() };
        let mut cases: BTreeMap<&str, Case> = BTreeMap::new();
        for row in log {
            let case = cases.entry(&row.case).or_default();
            tables.pass(case, row.ms);
            tables.happen(case, row);
            let before = case.last.as_ref().map_or(&[][..], |last| &last.holds);
            for (pool, number) in before {
                tables.busy.entry(pool.clone()).or_default().push((row.ms, -(*number as i64)));
            }
            for (pool, number) in &row.holds {
                tables.busy.entry(pool.clone()).or_default().push((row.ms, *number as i64));
            }
            if matches!(row.what.as_str(), "present" | "starts" | "resumes") {
                case.stay = Some(row.clone());
            }
            case.last = Some(row.clone());
        }
        for case in cases.values_mut() {
            tables.pass(case, constants.end);
            let last = case.last.as_ref().unwrap();
            if last.what == "waits" && !case.started && constants.first[&last.service] == last.activity {
                tables.sums.add("list", &last.icb, 1);
            }
        }
        tables
    }

    /// Time goes by for a patient since the last event.
    fn pass(&mut self, case: &Case, now: i64) {
        let Some(last) = &case.last else { return };
        let span = (now - last.ms.max(self.constants.begin)).max(0) as u64;
        let blocks = last.what == "blocks";
        for (pool, number) in &last.holds {
            for entity in [pool.clone(), format!("{pool}/{}", last.class)] {
                self.sums.add("occupied", &entity, span * number);
                self.sums.add("blocked", &entity, if blocks { span * number } else { 0 });
            }
        }
        if last.what == "waits" {
            for entity in listed(last) {
                self.sums.add("queued", &entity, span);
            }
        }
        if let Some(stay) = case.stay.as_ref().filter(|stay| !last.holds.is_empty() && !stay.pools.is_empty()) {
            self.sums.add("bed", &stay.icb, span);
            self.sums.add("bed", &flow(stay), span);
        }
        if blocks {
            self.sums.add("blocked", &last.icb, span);
        }
    }

    fn happen(&mut self, case: &mut Case, row: &LogRow) {
        let counts = (self.constants.begin..self.constants.end).contains(&row.ms);
        let mut count = |what, entities: Vec<String>, number: u64| {
            entities.iter().filter(|_| counts).for_each(|entity| self.sums.add(what, entity, number));
        };
        let key = (row.service.clone(), row.activity.clone());
        match row.what.as_str() {
            "listed" | "present" => (case.asked, case.since) = (Some(row.ms), Some(row.ms)),
            what @ ("referred" | "asked" | "returned") => {
                count("requests", needed(row), 1);
                count("listed_requests", listed(row), 1);
                count("requests", vec![row.icb.clone()], 1);
                count("referrals", vec![row.icb.clone()], u64::from(what == "referred"));
                (case.asked, case.started, case.served) = (Some(row.ms), false, 0);
            }
            "transferred" => {
                count("requests", needed(row), 1);
                count("listed_requests", listed(row), 1);
                count("transferred_in", needed(row), 1);
                count("transferred_in", vec![row.icb.clone()], 1);
                let full = case.last.as_ref().unwrap();
                count("transferred_out", needed(full), 1);
                count("listed_out", listed(full), 1);
            }
            "starts" => {
                let wait = (row.ms - case.asked.unwrap()) as u64;
                assert_eq!(row.lasted, Some(wait), "{row:?}");
                count("starts", needed(row), 1);
                count("listed_starts", listed(row), 1);
                count("starts", vec![row.icb.clone()], 1);
                count("wait", listed(row), wait);
                count("positive", listed(row), u64::from(wait > 0));
                if let Some(&standard) = self.constants.standard.get(&key) {
                    count("standard_starts", listed(row), 1);
                    count("within", listed(row), u64::from(wait <= standard));
                }
                (case.started, case.since) = (true, Some(row.ms));
            }
            "resumes" => case.since = Some(row.ms),
            what @ ("interrupted" | "suspended") => {
                count("cancelled", needed(row), u64::from(what == "interrupted"));
                case.served += (row.ms - case.since.unwrap()) as u64;
                case.started = true;
            }
            "ends" => {
                let seen = case.served + (row.ms - case.since.unwrap()) as u64;
                let whole = row.lasted.unwrap();
                let from_start = case.stay.as_ref().unwrap().what == "present";
                assert!(whole == seen || from_start && whole > seen, "{row:?} after {seen}");
                case.ended = Some((row.ms, whole));
            }
            "vacates" => {
                count("finishes", needed(row), 1);
                count("spells", vec![row.icb.clone(), flow(row)], 1);
                if let Some(&trim) = self.constants.trim.get(&key) {
                    let (ended, whole) = case.ended.unwrap();
                    count("trim_finishes", listed(row), 1);
                    count("excess", listed(row), (whole + (row.ms - ended) as u64).saturating_sub(trim));
                }
            }
            what @ ("refused" | "reneged") => {
                let what = if what == "refused" { "refused" } else { "reneged" };
                count(what, if what == "refused" { needed(row) } else { listed(row) }, 1);
                count(what, vec![row.icb.clone()], 1);
                if what == "refused" {
                    count("listed_refused", listed(row), 1);
                } else {
                    count("gave_up", needed(row), 1);
                }
            }
            "completed" => {
                if let Some(lasted) = row.lasted {
                    for class in [&row.class, "all"] {
                        let pathway = format!("{}/{class}", row.service);
                        count("completed", vec![pathway.clone()], 1);
                        count("time", vec![pathway], lasted);
                    }
                }
            }
            "waits" | "blocks" | "left" => {}
            other => panic!("unknown event {other}"),
        }
    }

    /// A number of a table; nothing if it is none that the log is asked for.
    pub(crate) fn number(&self, table: &str, metric: &str, entity: &[String]) -> Option<f64> {
        let name = entity.join("/");
        let sum = |what| self.sums.get(what, &name);
        let length = (self.constants.end - self.constants.begin) as f64;
        let day = DAY as f64;
        // Those made, or those decided where these are more.
        let considered = |made: &'static str, decided: [&'static str; 4]| -> f64 {
            sum(made).max(decided.into_iter().map(sum).sum())
        };
        let needed = || considered("requests", ["starts", "refused", "gave_up", "transferred_out"]);
        let listed = || considered("listed_requests", ["listed_starts", "listed_refused", "reneged", "listed_out"]);
        // Of residents nothing is counted under the last name.
        let anywhere = || {
            let decided = considered("requests", ["starts", "refused", "reneged", "transferred_out"]);
            decided.max(sum("transferred_in"))
        };
        Some(match (table, metric) {
            ("pools", "utilisation") => sum("occupied") / self.offered(&name)?,
            ("pools", "full_share") => self.full(&name)? / length,
            ("pools" | "classes", _) => match metric {
                "mean_in_service" => (sum("occupied") - sum("blocked")) / length,
                "mean_occupied" => sum("occupied") / length,
                "mean_blocked" => sum("blocked") / length,
                "mean_queue" => sum("queued") / length,
                "mean_present" => (sum("occupied") + sum("queued")) / length,
                "requests_per_day" => sum("requests") / (length / day),
                "throughput_per_day" => sum("finishes") / (length / day),
                "refused_share" => sum("refused") / needed(),
                "reneged_share" => sum("reneged") / listed(),
                "overflow_share" => sum("transferred_out") / needed(),
                "transferred_in_share" => sum("transferred_in") / needed(),
                "cancellations_per_day" => sum("cancelled") / (length / day),
                "blocked_days_per_admission" => sum("blocked") / day / sum("starts"),
                "mean_wait_days" => sum("wait") / day / sum("listed_starts"),
                "wait_positive_share" => sum("positive") / sum("listed_starts"),
                "mean_wait_all_days" => sum("queued") / day / listed(),
                "wait_positive_all_share" => 1.0 - (sum("listed_starts") - sum("positive")) / listed(),
                "within_standard_share" => sum("within") / sum("standard_starts"),
                "excess_bed_days_per_spell" => sum("excess") / day / sum("trim_finishes"),
                _ => return None,
            },
            ("pathways", "time_in_system_days") => sum("time") / day / sum("completed"),
            ("pathways", "throughput_per_day") => sum("completed") / (length / day),
            ("icbs", "waiting_list") => sum("list"),
            ("icbs", "referrals") => sum("referrals"),
            ("icbs" | "flows", "spells") => sum("spells"),
            ("icbs" | "flows", "bed_days") => sum("bed") / day,
            ("icbs", "refused_share") => sum("refused") / anywhere(),
            ("icbs", "reneged_share") => sum("reneged") / anywhere(),
            ("icbs", "transferred_share") => sum("transferred_in") / anywhere(),
            ("icbs", "blocked_days") => sum("blocked") / day,
            _ => return None,
        })
    }

    /// Place-time offered.
    fn offered(&self, pool: &str) -> Option<f64> {
        let steps = self.constants.capacity.get(pool)?;
        let ends = steps.iter().skip(1).map(|step| step.0).chain([self.constants.end]);
        let parts = steps.iter().zip(ends).map(|(&(from, places), to)| {
            Some(f64::from(places?) * (to - from.max(self.constants.begin)).max(0) as f64)
        });
        parts.sum()
    }

    /// Time in which every place is taken.
    fn full(&self, pool: &str) -> Option<f64> {
        let steps = self.constants.capacity.get(pool)?;
        let mut changes: Vec<(i64, i64, Option<Option<u32>>)> =
            self.busy.get(pool).into_iter().flatten().map(|&(at, more)| (at, more, None)).collect();
        changes.extend(steps.iter().map(|&(at, places)| (at, 0, Some(places))));
        changes.push((self.constants.end, 0, None));
        changes.sort_by_key(|change| change.0);
        let (mut busy, mut capacity, mut last, mut full) = (0, None, 0, 0);
        for (at, more, places) in changes {
            if capacity.is_some_and(|capacity| busy >= i64::from(capacity)) {
                full += (at - last.max(self.constants.begin)).max(0);
            }
            last = at;
            busy += more;
            capacity = places.unwrap_or(capacity);
        }
        Some(full as f64)
    }
}

fn flow(row: &LogRow) -> String {
    format!("{}/{}/{}", row.icb, row.provider, row.service)
}

/// The pools, and classes of pools, whose places a stage needs.
fn needed(row: &LogRow) -> Vec<String> {
    row.pools.iter().flat_map(|pool| [pool.clone(), format!("{pool}/{}", row.class)]).collect()
}

/// Those on whose list its patients stand.
fn listed(row: &LogRow) -> Vec<String> {
    row.pools.iter().take(1).flat_map(|pool| [pool.clone(), format!("{pool}/{}", row.class)]).collect()
}
