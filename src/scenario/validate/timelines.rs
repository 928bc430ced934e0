//! Timelines: who holds which role for a service, in a region, from when.

use super::options::{BODY_ROLES, role};
use super::services::Draft;
use crate::domain::{Arrangement, Delegation, Geography, Phase, Role, Service, State};
use crate::ids::{Id as _, IndexVec, RegionId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The most times that a row of a timeline is held against a service, a region and a day.
const LOOKUPS: usize = 100_000_000;

/// The services of a row, from all to one: the later is more specific.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    All,
    Suitability(Delegation),
    One(ServiceId),
}

impl Group {
    fn level(self) -> u8 {
        match self {
            Self::All => 0,
            Self::Suitability(_) => 1,
            Self::One(_) => 2,
        }
    }

    fn holds(self, id: ServiceId, service: &Service) -> bool {
        match self {
            Self::All => true,
            Self::Suitability(delegation) => service.delegation == delegation,
            Self::One(one) => one == id,
        }
    }
}

/// A row that could be read.
struct Entry {
    services: Group,
    region: Option<RegionId>,
    from: Option<Date>,
    until: Option<Date>,
    arrangement: Arrangement,
    place: Place,
}

impl Entry {
    fn on(&self, day: Option<Date>) -> bool {
        // Nothing is before the first date of all: a row without `from` holds there.
        let begun = self.from.is_none_or(|from| day.is_some_and(|day| from <= day));
        begun && self.until.is_none_or(|until| day.is_none_or(|day| day < until))
    }

    /// Of two rows that hold for the same service and region.
    fn is_more_specific_than(&self, other: &Self) -> bool {
        let key = |entry: &Self| (entry.services.level(), entry.region.is_some());
        let ((services, region), (theirs, elsewhere)) = (key(self), key(other));
        services >= theirs && region >= elsewhere && (services, region) != (theirs, elsewhere)
    }
}

/// The rows of one name.
pub(super) struct Timeline {
    entries: Vec<Entry>,
    /// First days between which nothing changes; nothing stands for the time before the first date.
    days: Vec<Option<Date>>,
    /// Whether anything was wrong with it: then options do not complain again.
    faulty: bool,
}

/// Reads all timelines, and checks that each holds together.
pub(super) fn build<'a>(
    cx: &mut Context<'a>,
    services: &[Draft<'_>],
    geography: &Geography,
) -> BTreeMap<&'a str, Timeline> {
    let mut rows: BTreeMap<&str, Vec<Row<'a>>> = BTreeMap::new();
    for row in cx.rows("arrangements") {
        if let Some(name) = row.text("timeline") {
            rows.entry(name).or_default().push(row);
        }
    }
    let mut timelines = BTreeMap::new();
    for (name, rows) in rows {
        let read: Vec<Option<Entry>> = rows.iter().map(|row| entry(cx, *row)).collect();
        let mut timeline = Timeline {
            faulty: !cx.whole("arrangements") || read.iter().any(Option::is_none),
            entries: read.into_iter().flatten().collect(),
            days: Vec::new(),
        };
        timeline.days = days(&timeline.entries);
        let used = cx.sections("options").any(|(_, option)| option.text("timeline") == Some(name));
        if !used && let Some(row) = rows.first() {
            cx.sink.report_plain(Code::Unused, Some(row.place), || format!("no option names the timeline {name}"));
        }
        if !timeline.faulty {
            timeline.faulty = !check(cx, name, &timeline, services, geography);
        }
        timelines.insert(name, timeline);
    }
    timelines
}

fn entry(cx: &mut Context<'_>, row: Row<'_>) -> Option<Entry> {
    let date = |key: &str| match row.node(key) {
        Some(node) => leaf::date(node).ok().map(Some),
        None => Some(None),
    };
    let services = match row.text("services")? {
        "*" => Group::All,
        "suitable-now" => Group::Suitability(Delegation::SuitableNow),
        "suitable-later" => Group::Suitability(Delegation::SuitableLater),
        "retained" => Group::Suitability(Delegation::Retained),
        service => Group::One(cx.names.id(Target::Service, service)?),
    };
    let region = match row.text("region") {
        None if row.node("region").is_none() => None,
        Some("*") => None,
        Some(region) => Some(cx.names.id(Target::Region, region)?),
        None => return None,
    };
    let state = match row.text("state")? {
        "retained" => State::Retained,
        "joint" => State::Joint,
        "delegated" => State::Delegated,
        "transferred" => State::Transferred,
        _ => return None,
    };
    let [decides, pays, contracts, bears_variance] = BODY_ROLES.map(|key| role(row, key));
    let (from, until) = (date("from")?, date("until")?);
    if let (Some(first), Some(end)) = (from, until)
        && end <= first
    {
        cx.sink.report(Code::TimelineGap, row.at("until"), || {
            let cure = "Correct `from` or `until`; `until` is the first day on which it no longer holds.";
            (format!("the row ends on {end} before it begins on {first}"), cure.to_owned())
        });
        return None;
    }
    Some(Entry {
        services,
        region,
        from,
        until,
        arrangement: Arrangement {
            state,
            decides: decides?,
            pays: pays?,
            contracts: contracts?,
            bears_variance: bears_variance?,
        },
        place: row.place,
    })
}

/// The first days of the stretches in which nothing changes, from the first day of any row to the last.
fn days(entries: &[Entry]) -> Vec<Option<Date>> {
    let mut days: BTreeSet<Option<Date>> = entries.iter().map(|entry| entry.from).collect();
    days.extend(entries.iter().filter_map(|entry| entry.until).map(Some));
    let days: Vec<Option<Date>> = days.into_iter().collect();
    let covered = |day: &Option<Date>| entries.iter().any(|entry| entry.on(*day));
    let (first, last) = (days.iter().position(covered), days.iter().rposition(covered));
    first.zip(last).map_or(Vec::new(), |(first, last)| days[first..=last].to_vec())
}

/// What holds for a service in a region on a day.
enum Found<'t> {
    Nothing,
    One(&'t Entry),
    /// None of them is more specific than all others.
    Several(&'t Entry, &'t Entry),
}

impl Timeline {
    fn find(&self, id: ServiceId, service: &Service, region: RegionId, day: Option<Date>) -> Found<'_> {
        let holds = |entry: &&Entry| {
            entry.on(day) && entry.services.holds(id, service) && entry.region.is_none_or(|other| other == region)
        };
        let holding: Vec<&Entry> = self.entries.iter().filter(holds).collect();
        let Some(best) =
            holding.iter().copied().reduce(|best, entry| if entry.is_more_specific_than(best) { entry } else { best })
        else {
            return Found::Nothing;
        };
        let rival = holding.into_iter().find(|entry| !std::ptr::eq(*entry, best) && !best.is_more_specific_than(entry));
        rival.map_or(Found::One(best), |rival| Found::Several(best, rival))
    }

    /// The phases of a run from `start` to `end`, or of one day for ever. Nothing if the timeline does not reach so far.
    pub(super) fn phases(
        &self,
        services: &[Draft<'_>],
        geography: &Geography,
        (start, end): (Date, Date),
    ) -> Option<Vec<Phase>> {
        if self.faulty {
            // Reported; nobody sees what stands in.
            let national = vec![Arrangement::all(Role::Nation); services.len()].into();
            return Some(vec![Phase { from: None, arrangements: vec![national; geography.regions.len()].into() }]);
        }
        let mut starts = vec![start];
        let later = self.entries.iter().flat_map(|entry| [entry.from, entry.until]).flatten();
        starts.extend(later.filter(|day| (start..end).contains(day)));
        starts.sort_unstable();
        starts.dedup();
        let mut phases: Vec<Phase> = Vec::new();
        for (number, &day) in starts.iter().enumerate() {
            let covered = self.entries.iter().any(|entry| entry.on(Some(day)));
            if !covered {
                return None;
            }
            let arrangement =
                |region: RegionId, id: ServiceId| match self.find(id, &services[id.index()].service, region, Some(day))
                {
                    Found::One(entry) => entry.arrangement,
                    // A region without boards.
                    _ => Arrangement::all(Role::Nation),
                };
            let by_service = |region| (0..services.len()).map(|id| arrangement(region, ServiceId::new(id))).collect();
            let arrangements: IndexVec<RegionId, _> = geography.regions.ids().map(by_service).collect();
            if phases.last().is_none_or(|last| last.arrangements != arrangements) {
                phases.push(Phase { from: (number > 0).then_some(day), arrangements });
            }
        }
        Some(phases)
    }

    /// Its first and last day in words.
    pub(super) fn reach(&self) -> String {
        let first = self.days.first().copied().flatten().map_or("ever".to_owned(), |day| day.to_string());
        let open = self.entries.iter().any(|entry| entry.until.is_none());
        let last = self.entries.iter().filter_map(|entry| entry.until).max().filter(|_| !open);
        match last {
            Some(last) => format!("from {first} until {last}"),
            None => format!("from {first} on"),
        }
    }
}

/// Every service in every region has exactly one arrangement on every day.
fn check(cx: &mut Context<'_>, name: &str, timeline: &Timeline, services: &[Draft<'_>], geography: &Geography) -> bool {
    let Some(first) = timeline.entries.first() else { return true };
    let regions: BTreeSet<RegionId> = geography.icbs.iter().filter_map(|icb| icb.region).collect();
    let lookups = [timeline.days.len(), services.len(), regions.len(), timeline.entries.len()];
    if lookups.into_iter().fold(1, usize::saturating_mul) > LOOKUPS {
        cx.sink.report(Code::TooLarge, Some(first.place), || {
            let message = format!("the timeline {name} has too many rows for so many services and regions");
            (message, "Use groups of services and `*` for all regions.".to_owned())
        });
        return false;
    }
    let errors = cx.sink.errors();
    let mut told: BTreeSet<(Place, Place)> = BTreeSet::new();
    for (position, draft) in services.iter().enumerate() {
        let (id, service) = (ServiceId::new(position), &draft.service);
        if !timeline.entries.iter().any(|entry| entry.services.holds(id, service)) {
            cx.sink.report(Code::NotInTimeline, Some(first.place), || {
                let message = format!("the timeline {name} has no row for {} ({})", service.id, service.delegation);
                (message, format!("Add a row for {}, for {} or for *.", service.id, service.delegation))
            });
            continue;
        }
        let mut gap = false;
        for (number, &day) in timeline.days.iter().enumerate() {
            for &region in &regions {
                let region_id = geography.regions.get(region).map_or("", |region| &region.id);
                let since = day.map_or("before all dates".to_owned(), |day| format!("from {day}"));
                match timeline.find(id, service, region, day) {
                    Found::One(_) => {}
                    Found::Nothing if gap => {}
                    Found::Nothing => {
                        gap = true;
                        let until = timeline.days.get(number + 1).copied().flatten();
                        let until = until.map_or(String::new(), |day| format!(" until {day}"));
                        let ended = |entry: &&Entry| entry.until == day && entry.services.holds(id, service);
                        let place = timeline.entries.iter().find(ended).unwrap_or(first).place;
                        cx.sink.report_plain(Code::TimelineGap, Some(place), || {
                            format!("the timeline {name} says nothing of {} in {region_id} {since}{until}", service.id)
                        });
                    }
                    Found::Several(one, other) => {
                        let (one, other) = (one.place.min(other.place), one.place.max(other.place));
                        if told.insert((one, other)) {
                            let line = cx.sources.locate(one).line;
                            cx.sink.report_plain(Code::TimelineOverlap, Some(other), || {
                                format!(
                                    "this row and that of line {line} both hold for {} in {region_id} {since}, \
                                     and neither is more specific",
                                    service.id
                                )
                            });
                        }
                    }
                }
            }
        }
    }
    cx.sink.errors() == errors
}
