//! Who goes first at one instant, and closed rings of blocked patients: patients who all wait at the start and have stays of
//! whole hours, so that every instant is known.

use super::replay::check;
use super::{by_patient, traced};
use crate::support::{compile, parse};
use std::fmt::Write as _;
use tierflow::engine::{EventKind, Outcome};
use tierflow::units::HOUR;

/// A service: its stages as pool (or needs, in braces) and further keys, with stays of so many hours, and how many wait for it at the start.
#[derive(Clone, Copy)]
pub(super) struct Service<'a> {
    pub(super) id: &'a str,
    pub(super) provider: &'a str,
    pub(super) patients: u32,
    pub(super) stages: &'a [(&'a str, u32, &'a str)],
}

/// Pools and further tables, then the services.
pub(super) fn text(head: &str, services: &[Service<'_>]) -> String {
    let mut text = format!("title = \"order\"\n[run]\nhorizon = \"10 d\"\n{head}");
    let mut rest = String::new();
    for Service { id, provider, patients, stages } in services {
        write!(
            text,
            "[[flows]]\nservice = \"{id}\"\nhome_area = \"everyone\"\nprovider = \"{provider}\"\nper_year = 0.001\n\
             [[waiting_at_start]]\nservice = \"{id}\"\nhome_area = \"everyone\"\nprovider = \"{provider}\"\n\
             patients = {patients}\nwaited = \"1 h\"\n"
        )
        .unwrap();
        for (i, (pool, hours, keys)) in stages.iter().enumerate() {
            write!(
                rest,
                "[[services.{id}.stages]]\nid = \"t{i}\"\n{}\n\
                 stay = {{ deterministic = {{ value = \"{hours} h\" }} }}\n{keys}\n",
                if pool.starts_with('{') { format!("needs = {pool}") } else { format!("pool = \"{pool}\"") }
            )
            .unwrap();
            if i + 1 < stages.len() {
                writeln!(rest, "next = {{ t{} = 1 }}", i + 1).unwrap();
            }
        }
    }
    // Rows of one table stand together.
    let mut tables: Vec<String> = text.split("[[").map(str::to_owned).collect();
    let first = tables.remove(0);
    tables.sort_by_key(|table| table.lines().next().map(str::to_owned));
    tables.iter().fold(first, |text, table| text + "[[" + table) + &rest
}

/// What happens in the scenario: hours, service, stage and kind; and the outcome.
pub(super) fn story(text: &str, kinds: &[EventKind]) -> (Vec<(i64, String, u32, EventKind)>, Outcome) {
    let scenario = parse(text);
    let model = compile(&scenario);
    let (periods, outcome, events) = traced(&model, 0);
    check(&model, &periods, &outcome, &events);
    let told = events.iter().filter(|event| kinds.contains(&event.kind)).map(|event| {
        let cell = &model.cells[event.cell];
        assert_eq!(event.at % HOUR as i64, 0);
        (event.at / HOUR as i64, scenario.services[cell.service].id.clone(), cell.stage.0, event.kind)
    });
    (told.collect(), outcome)
}

pub(super) fn pool(id: &str, capacity: u32, keys: &str) -> String {
    format!("[[pools]]\nprovider = \"P\"\npool = \"{id}\"\ncapacity = {capacity}\n{keys}\n")
}

pub(super) const P: &str = "[[providers]]\nid = \"P\"\n";

pub(super) fn starts(text: &str) -> (Vec<(i64, String, u32)>, Outcome) {
    let (told, outcome) = story(text, &[EventKind::Starts]);
    let mut told: Vec<_> = told.into_iter().map(|(at, service, stage, _)| (at, service, stage)).collect();
    // Who waits at the start starts in a random order.
    told.sort();
    (told, outcome)
}

/// The text with another wait at the start, in hours, of a service's patients.
pub(super) fn waits(text: &str, id: &str, hours: u32) -> String {
    let (before, row) = text.split_once(&format!("[[waiting_at_start]]\nservice = \"{id}\"")).unwrap();
    format!("{before}[[waiting_at_start]]\nservice = \"{id}\"{}", row.replacen("\"1 h\"", &format!("\"{hours} h\""), 1))
}

pub(super) fn at(hour: i64, service: &str, stage: u32) -> (i64, String, u32) {
    (hour, service.to_owned(), stage)
}

/// The place of a stay that ends at an instant is free for whoever asks at it, even where nobody may wait.
#[test]
fn releases_come_before_seizes() {
    let head = P.to_owned() + &pool("a", 1, "when_full = \"refuse\"") + &pool("b", 1, "");
    let first = Service { id: "first", provider: "P", patients: 1, stages: &[("b", 6, ""), ("a", 6, "")] };
    let second = Service { id: "second", provider: "P", patients: 1, stages: &[("a", 6, "when_full = \"wait\"")] };
    let (told, outcome) = starts(&text(&head, &[first, second]));
    assert_eq!(told, [at(0, "first", 0), at(0, "second", 0), at(6, "first", 1)]);
    assert_eq!(outcome.left, 2);
}

/// Places that close at the instant at which a stay ends interrupt nobody as long as the others have room.
#[test]
fn capacity_changes_after_releases() {
    let calendar = "[calendars.half]\ncycle = \"10 d\"\nfrom = [\"0 h\", \"6 h\"]\nplaces = [2, 1]\n";
    for rule in ["suspend", "hand-over", "finish"] {
        let beds = pool("beds", 2, &format!("calendar = \"half\"\nat_close = \"{rule}\""));
        let head = P.to_owned() + &beds;
        let service = |id, patients, stages| Service { id, provider: "P", patients, stages };
        let kinds = [EventKind::Suspended, EventKind::Resumes, EventKind::Ends];
        let one = text(&head, &[service("short", 1, &[("beds", 6, "")]), service("long", 1, &[("beds", 12, "")])]);
        let told = story(&(one + calendar), &kinds).0;
        let ends = |hour, id: &str| (hour, id.to_owned(), 0, EventKind::Ends);
        assert_eq!(told, [ends(6, "short"), ends(12, "long")]);
        // Of two who stay longer one has to go, unless they may finish.
        let two = text(&head, &[service("long", 2, &[("beds", 12, "")])]);
        let told = story(&(two + calendar), &kinds).0;
        assert_eq!(told.iter().filter(|event| event.3 == EventKind::Suspended).count(), usize::from(rule != "finish"));
        let last = match rule {
            "suspend" => 18,
            "hand-over" => 24,
            _ => 12,
        };
        assert_eq!(told.last(), Some(&ends(last, "long")), "{rule}");
    }
}

/// Places that open and a session of another pool at one instant: whoever needs both has both.
#[test]
fn all_capacities_of_an_instant_change_before_anybody_starts() {
    for (theatre, beds) in [("a", "b"), ("b", "a")] {
        let head = P.to_owned() + &pool(theatre, 1, "calendar = \"clinic\"") + &pool(beds, 1, "calendar = \"day\"");
        let rest = "[calendars.clinic]\ncycle = \"1 d\"\nsessions = [\"9 h\"]\n\
                    [calendars.day]\ncycle = \"1 d\"\nfrom = [\"0 h\", \"9 h\", \"17 h\"]\nshare = [0, 1, 0]\n";
        let both = Service { id: "both", provider: "P", patients: 1, stages: &[(theatre, 2, "")] };
        let needs = format!("needs = {{ {theatre} = 1, {beds} = 1 }}");
        let text = text(&head, &[both]).replace(&format!("pool = \"{theatre}\"\nstay"), &format!("{needs}\nstay"));
        assert_eq!(starts(&(text + rest)).0, [at(9, "both", 0)]);
    }
}

/// At a session first those who wait start, then who comes at its very instant; all of them have taken slots.
#[test]
fn a_session_serves_those_who_wait_and_then_those_who_come() {
    let clinic = pool("clinic", 1, "calendar = \"mornings\"");
    let head = P.to_owned() + &clinic + &pool("ward", 2, "");
    let rest = "[calendars.mornings]\ncycle = \"1 d\"\nsessions = [\"9 h\"]\nslots = [2]\n";
    let come = Service { id: "come", provider: "P", patients: 2, stages: &[("ward", 9, ""), ("clinic", 1, "")] };
    let wait = Service { id: "wait", provider: "P", patients: 1, stages: &[("clinic", 1, "")] };
    let (told, outcome) = starts(&(text(&head, &[come, wait]) + rest));
    assert_eq!(told[2..], [at(9, "come", 1), at(9, "wait", 0), at(33, "come", 1)]);
    let session = outcome.audits.sessions.iter().flatten().next().copied().unwrap();
    assert_eq!((session.sessions, session.slots, session.taken), (10, 20, 3));
}

/// Those who wait at the start are on the list, however short it may be; only newcomers are refused.
#[test]
fn a_list_at_the_start_may_be_longer_than_its_limit() {
    let head = P.to_owned() + &pool("beds", 1, "list_limit = 1");
    let waits = Service { id: "waits", provider: "P", patients: 3, stages: &[("beds", 6, "")] };
    assert_eq!(starts(&text(&head, &[waits])).0, [at(0, "waits", 0), at(6, "waits", 0), at(12, "waits", 0)]);
}

/// A patient who keeps a bed during a scan, for which others wait: the bed is given back after it.
#[test]
fn a_place_kept_beside_a_plain_pool_is_given_back() {
    let head = P.to_owned() + &pool("beds", 2, "") + &pool("scanner", 1, "");
    let scan = Service {
        id: "scan",
        provider: "P",
        patients: 3,
        stages: &[("beds", 1, ""), ("scanner", 6, "keeps = [\"beds\"]")],
    };
    let (told, outcome) = starts(&text(&head, &[scan]));
    let stages: Vec<(i64, u32)> = told.iter().map(|start| (start.0, start.2)).collect();
    assert_eq!(stages, [(0, 0), (0, 0), (1, 1), (7, 0), (7, 1), (13, 1)]);
    assert_eq!(outcome.left, 3);
}

/// Two and three pools whose patients each block the place that another wants.
#[test]
fn closed_rings_change_places() {
    let block = "when_full = \"block\"";
    let pools = ["a", "b", "c"];
    for n in [2, 3] {
        let head = pools[..n].iter().fold(P.to_owned(), |head, id| head + &pool(id, 1, ""));
        let stages: Vec<[(&str, u32, &str); 2]> =
            (0..n).map(|i| [(pools[i], 6, ""), (pools[(i + 1) % n], 6, block)]).collect();
        let services: Vec<Service<'_>> = (0..n)
            .map(|i| Service { id: ["x", "y", "z"][i], provider: "P", patients: 2, stages: &stages[i] })
            .collect();
        let (told, outcome) = starts(&text(&head, &services));
        assert_eq!(told.iter().filter(|start| start.0 == 6 && start.2 == 1).count(), n);
        // The second patient of each comes in at 12, and they change places at 18.
        assert_eq!((outcome.exchanges, outcome.left, outcome.present_at_end), (2, 2 * n as u64, 0));
        // One stay is longer: who wants its place waits for it, and the ring closes when it is over.
        let mut longer = stages.clone();
        longer[n - 1][0].1 = 8;
        let services: Vec<Service<'_>> = (0..n)
            .map(|i| Service { id: ["x", "y", "z"][i], provider: "P", patients: 1, stages: &longer[i] })
            .collect();
        let (told, outcome) = starts(&text(&head, &services));
        assert_eq!(told.iter().filter(|start| start.0 == 8 && start.2 == 1).count(), n);
        assert_eq!(outcome.exchanges, 1);
        // The last pool of the chain lets its patient leave: the others follow, and no ring is closed.
        let mut open = stages;
        open[n - 1][0].1 = 8;
        let services: Vec<Service<'_>> = (0..n)
            .map(|i| {
                let stages = if i + 1 == n { &open[i][..1] } else { &open[i][..] };
                Service { id: ["x", "y", "z"][i], provider: "P", patients: 1, stages }
            })
            .collect();
        let (told, outcome) = starts(&text(&head, &services));
        assert_eq!(told.iter().filter(|start| start.0 == 8 && start.2 == 1).count(), n - 1);
        assert_eq!((outcome.exchanges, outcome.left), (0, n as u64));
    }
}

/// A ring whose places are closed is resolved when they open, and a pool with sessions is in no ring.
#[test]
fn rings_wait_for_closed_places() {
    let block = "when_full = \"block\"";
    let head = P.to_owned() + &pool("a", 1, "calendar = \"day\"") + &pool("b", 1, "");
    let rest = "[calendars.day]\ncycle = \"1 d\"\nfrom = [\"0 h\", \"5 h\", \"20 h\"]\nshare = [1, 0, 1]\n";
    let x = Service { id: "x", provider: "P", patients: 1, stages: &[("a", 6, ""), ("b", 6, block)] };
    let y = Service { id: "y", provider: "P", patients: 1, stages: &[("b", 6, ""), ("a", 6, block)] };
    let (told, outcome) = starts(&(text(&head, &[x, y]) + rest));
    assert_eq!((told.len(), told[2].0, told[3].0, outcome.exchanges), (4, 20, 20, 1));
    let head = P.to_owned() + &pool("a", 1, "calendar = \"clinic\"") + &pool("b", 1, "");
    let rest = "[calendars.clinic]\ncycle = \"1 d\"\nsessions = [\"9 h\"]\n";
    let x = Service { id: "x", provider: "P", patients: 1, stages: &[("a", 6, ""), ("b", 6, block)] };
    let y = Service { id: "y", provider: "P", patients: 1, stages: &[("b", 15, ""), ("a", 6, block)] };
    let (told, outcome) = starts(&(text(&head, &[x, y]) + rest));
    assert_eq!(told[2..], [at(33, "x", 1), at(33, "y", 1)]);
    assert_eq!(outcome.exchanges, 0);
}

/// Two hours of the theatre with two beds, then one bed, need each other's pools: when the first on the list of the theatre
/// gets the beds that were missing, whoever waits behind has the theatre that was free all the time.
#[test]
fn those_behind_the_first_start_with_it() {
    let head = P.to_owned() + &pool("beds", 1, "") + &pool("theatre", 2, "");
    let ward = Service { id: "ward", provider: "P", patients: 1, stages: &[("beds", 6, "")] };
    let both = Service { id: "both", provider: "P", patients: 1, stages: &[("theatre", 2, "")] };
    let only = Service { id: "only", provider: "P", patients: 1, stages: &[("theatre", 2, "")] };
    let text = text(&head, &[ward, both, only]);
    // The ward's patient has the bed, then comes who needs a bed and a theatre, then who needs a theatre.
    let text = waits(&waits(&text, "ward", 3), "both", 2);
    let text = text.replace(
        "[[services.both.stages]]\nid = \"t0\"\npool = \"theatre\"",
        "[[services.both.stages]]\nid = \"t0\"\nneeds = { theatre = 1, beds = 1 }",
    );
    assert_eq!(starts(&text).0, [at(0, "ward", 0), at(6, "both", 0), at(6, "only", 0)]);
    let overtaking = text.replace("capacity = 2\n", "capacity = 2\novertaking = true\n");
    assert_eq!(starts(&overtaking).0, [at(0, "only", 0), at(0, "ward", 0), at(6, "both", 0)]);
}

/// Whoever is sent on to a provider away from home, or chooses one because of the waits, has the stay of patients there.
#[test]
fn away_stays_follow_the_provider() {
    let head = r#"
[[regions]]
id = "R"
[[icbs]]
id = "Q1"
region = "R"
[[icbs]]
id = "Q2"
region = "R"
[[home_areas]]
id = "home"
icb = "Q1"
latitude = 51.0
longitude = 0.0
[[providers]]
id = "NEAR"
host_icb = "Q1"
latitude = 51.0
longitude = 0.0
[[providers]]
id = "FAR"
host_icb = "Q2"
latitude = 51.0
longitude = 0.0
[[pools]]
provider = "*"
pool = "beds"
capacity = 1
[[demand]]
service = "s"
home_area = "home"
rate = "4 per day"
"#;
    let rest = "[[services.s.stages]]\nid = \"t\"\npool = \"beds\"\nstay = { deterministic = { value = \"6 h\" } }\n\
                away = { from = \"icb\", stay = { deterministic = { value = \"9 h\" } } }\n";
    let nearest = "[[shares]]\nservice = \"s\"\nhome_area = \"home\"\nprovider = \"NEAR\"\nshare = 0.99\n\
                   [[shares]]\nservice = \"s\"\nhome_area = \"home\"\nprovider = \"FAR\"\nshare = 0.01\n\
                   [flow_rules.base]\noverflow = \"nearest\"\n";
    let by_waits = "[services.s]\nchoice = { logit = { on = \"km\", decay = 0, wait_decay = 1000 } }\n";
    for rules in [nearest, &nearest.replace("nearest", "nearest\"\nlist = \"shared"), by_waits] {
        let scenario = parse(&format!("title = \"away\"\n[run]\nhorizon = \"30 d\"\n{head}{rules}{rest}"));
        let model = compile(&scenario);
        let (periods, outcome, events) = traced(&model, 0);
        check(&model, &periods, &outcome, &events);
        let mut stays = [0, 0];
        for events in by_patient(&events).values() {
            let start = events.iter().find(|event| event.kind == EventKind::Starts);
            let end = events.iter().find(|event| event.kind == EventKind::Ends);
            let (Some(start), Some(end)) = (start, end) else { continue };
            let away = scenario.providers[model.cells[start.cell].provider].id == "FAR";
            assert_eq!(end.at - start.at, if away { 9 } else { 6 } * HOUR as i64, "{rules}");
            stays[usize::from(away)] += 1;
        }
        assert!(stays[0] > 10 && stays[1] > 10, "{rules} {stays:?}");
    }
}

/// Each provider has one of two pools, and the second stage is wherever the other one is: patients block across providers.
#[test]
fn rings_cross_providers() {
    let place = "latitude = 51.0\nlongitude = 0.0\n";
    let head = format!(
        "[[regions]]\nid = \"R\"\n[[icbs]]\nid = \"Q\"\nregion = \"R\"\n\
         [[home_areas]]\nid = \"everyone\"\nicb = \"Q\"\n{place}\
         [[providers]]\nid = \"P\"\nhost_icb = \"Q\"\n{place}[[providers]]\nid = \"O\"\nhost_icb = \"Q\"\n{place}"
    ) + &pool("a", 1, "")
        + &pool("b", 1, "").replace("\"P\"", "\"O\"")
        + &["a", "b"].map(|id| pool(id, 1, "").replace("\"P\"", "\"*\"")).concat();
    let home = "when_full = \"block\"\nat = \"home\"";
    let x = Service { id: "x", provider: "P", patients: 1, stages: &[("a", 6, ""), ("b", 6, home)] };
    let y = Service { id: "y", provider: "O", patients: 1, stages: &[("b", 6, ""), ("a", 6, home)] };
    let (told, outcome) = starts(&text(&head, &[x, y]));
    assert_eq!(told, [at(0, "x", 0), at(0, "y", 0), at(6, "x", 1), at(6, "y", 1)]);
    assert_eq!((outcome.exchanges, outcome.left), (1, 2));
    // A third service takes the other pool of O into use; it has no row of its own there, so nobody comes home to it.
    let z = Service { id: "z", provider: "O", patients: 1, stages: &[("a", 6, "")] };
    let (told, outcome) = starts(&text(&head, &[x, y, z]));
    assert_eq!(told.iter().filter(|start| start.0 == 6).count(), 2);
    assert_eq!((outcome.exchanges, outcome.left), (1, 3));
}
