//! Random small scenarios as text: every mechanism of the language, switched on by chance.
//!
//! A scenario is built from dice. A die that shows zero always means the simplest choice, so that a failure shrinks to the
//! few mechanisms that it needs.

use super::pools::{Pools, pools};
use proptest::prelude::*;
use std::fmt::{self, Write as _};

/// Random scenarios; a failure prints the text.
pub(super) fn scenarios() -> impl Strategy<Value = Random> {
    prop::collection::vec(prop_oneof![1 => Just(0), 2 => any::<u16>()], 160).prop_map(Random)
}

/// The dice that a scenario is built from.
#[derive(Clone)]
pub(super) struct Random(Vec<u16>);

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(PLAIN))
    }
}

impl Random {
    /// The text of the scenario under other names.
    pub(super) fn text(&self, names: Names) -> String {
        text(&self.0, names)
    }
}

/// Consumes dice one after the other; when none are left they all show zero.
pub(super) struct Dice<'a>(std::slice::Iter<'a, u16>);

impl<'a> Dice<'a> {
    fn new(dice: &'a [u16]) -> Self {
        Self(dice.iter())
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        usize::from(*self.0.next().unwrap_or(&0)) % sides
    }

    pub(super) fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    pub(super) fn of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.roll(choices.len())]
    }
}

/// Names that may be replaced, and the order of rows.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub(super) icbs: [&'static str; 2],
    pub(super) reversed: bool,
}

pub(super) const PLAIN: Names = Names { icbs: ["Q1", "Q2"], reversed: false };

/// The rows of all tables, and what is not a table.
#[derive(Default)]
pub(super) struct Text {
    rows: Vec<String>,
    rest: String,
}

impl Text {
    pub(super) fn row(&mut self, table: &str, keys: &str) {
        self.rows.push(format!("[[{table}]]\n{keys}\n"));
    }
}

/// A stay: often whole hours, so that many events fall on one instant.
fn stay(dice: &mut Dice<'_>) -> String {
    match dice.roll(6) {
        0..=2 => format!("{{ deterministic = {{ value = \"{} h\" }} }}", 6 * (1 + dice.roll(8))),
        3 => format!("{{ exponential = {{ mean = \"{} h\" }} }}", 6 * (1 + dice.roll(8))),
        4 => "{ gamma = { mean = \"1 d\", sd = \"10 h\" } }".to_owned(),
        _ => dice
            .of(&["{ deterministic = { value = \"0 h\" } }", "{ uniform = { low = \"1 h\", high = \"2 d\" } }"])
            .to_owned(),
    }
}

pub(super) const POOLS: [&str; 3] = ["beds", "theatre", "unit"];

fn geography(dice: &mut Dice<'_>, names: Names, text: &mut Text) -> (usize, usize) {
    let (areas, providers) = (1 + dice.roll(3), 1 + dice.roll(3));
    text.row("regions", "id = \"R1\"");
    text.row("regions", "id = \"R2\"");
    let second = dice.of(&["R1", "R2"]);
    let [first_icb, second_icb] = names.icbs;
    text.row("icbs", &format!("id = \"{first_icb}\"\nregion = \"R1\""));
    text.row("icbs", &format!("id = \"{second_icb}\"\nregion = \"{second}\""));
    let joint = dice.one_in(2);
    for (i, icb) in names.icbs.iter().enumerate() {
        let id = if joint { "both" } else { ["one", "two"][i] };
        text.row("footprints", &format!("scheme = \"pairs\"\nid = \"{id}\"\nicb = \"{icb}\""));
    }
    for area in 0..areas {
        let icb = names.icbs[dice.roll(2)];
        let latitude = 51.0 + 0.1 * area as f64;
        text.row("home_areas", &format!("id = \"area-{area}\"\nicb = \"{icb}\"\nlatitude = {latitude}\nlongitude = 0"));
    }
    for provider in 0..providers {
        let icb = names.icbs[dice.roll(2)];
        let latitude = 51.05 + 0.13 * provider as f64;
        text.row(
            "providers",
            &format!("id = \"P{provider}\"\nhost_icb = \"{icb}\"\nlatitude = {latitude}\nlongitude = 0.1"),
        );
    }
    (areas, providers)
}

fn stage(
    dice: &mut Dice<'_>,
    pools: &Pools,
    (service, stage, stages): (usize, usize, usize),
    classes: bool,
    held: &mut Vec<&'static str>,
) -> String {
    let mut text = format!("[[services.s{service}.stages]]\nid = \"t{stage}\"\nstay = {}\n", stay(dice));
    let pool = dice.roll(4);
    let needs = if pool == 3 { vec![] } else { vec![pool] };
    if pool < 3 {
        match dice.roll(5) {
            3 => {
                writeln!(text, "needs = {{ {} = 1, {} = 1 }}", POOLS[pool], POOLS[(pool + 1) % 3]).unwrap();
                held.push(POOLS[(pool + 1) % 3]);
            }
            4 => writeln!(text, "needs = {{ {} = 2 }}", POOLS[pool]).unwrap(),
            _ => writeln!(text, "pool = \"{}\"", POOLS[pool]).unwrap(),
        }
    }
    let standard = dice.one_in(2);
    if standard {
        text += "wait_standard = \"2 d\"\n";
    }
    if !needs.is_empty() {
        if dice.one_in(5) {
            let plain = ["{ exponential = { mean = \"1 d\" } }", "{ deterministic = { value = \"12 h\" } }"];
            let patience = plain[dice.roll(2)];
            if classes && dice.one_in(2) {
                writeln!(
                    text,
                    "patience = {{ emergency = {{ deterministic = {{ value = \"3 h\" }} }}, elective = {patience} }}"
                )
                .unwrap();
            } else {
                writeln!(text, "patience = {patience}").unwrap();
            }
        }
        if dice.one_in(4) {
            if pools.breach[pool] && standard {
                text += "rises = [{ to = \"urgent\", before_breach = \"1 d\" }]\n";
            } else if !pools.breach[pool] {
                text += "rises = [{ to = \"urgent\", after = \"12 h\" }, { to = \"emergency\", after = \"2 d\" }]\n";
            }
        }
        if dice.one_in(3) {
            writeln!(text, "transfers = {}", dice.one_in(2)).unwrap();
        }
    }
    if stage > 0 {
        match dice.roll(5) {
            3 if !needs.is_empty() && !held.is_empty() => text += "when_full = \"block\"\n",
            4 if !needs.is_empty() => text += "when_full = \"refuse\"\n",
            _ => {}
        }
        match dice.roll(5) {
            2 => text += "keeps = []\n",
            3 if !held.is_empty() => {
                writeln!(text, "keeps = [\"{}\"]", held[dice.roll(held.len())]).unwrap();
            }
            _ => {}
        }
        if !needs.is_empty() && dice.one_in(6) {
            text += "at = \"home\"\n";
        }
    }
    if dice.one_in(5) {
        let body = dice.of(&["icb", "footprint", "region"]);
        writeln!(text, "away = {{ from = \"{body}\", stay = {} }}", stay(dice)).unwrap();
    }
    let mut next = Vec::new();
    if stage + 1 < stages {
        next.push(format!("t{} = {}", stage + 1, dice.of(&["1", "0.6"])));
    }
    if stage > 0 && dice.one_in(4) {
        // Back or on, beside the way on.
        let back = dice.roll(stage + 1);
        next = [next.pop().map(|_| format!("t{} = 0.6", stage + 1)), Some(format!("t{back} = 0.3"))]
            .into_iter()
            .flatten()
            .collect();
    }
    if stage + 2 < stages && dice.one_in(3) {
        next = vec![format!("t{} = 0.4", stage + 1), format!("t{} = 0.4", stage + 2)];
    }
    writeln!(text, "next = {{ {} }}", next.join(", ")).unwrap();
    held.extend(needs.iter().map(|&pool| POOLS[pool]));
    text
}

fn services(dice: &mut Dice<'_>, (areas, providers): (usize, usize), pools: &Pools, text: &mut Text) {
    for service in 0..=dice.roll(3) {
        let mut head = format!("[services.s{service}]\n");
        let classes = dice.one_in(2);
        if classes {
            head += [
                "classes = { emergency = 0.3, urgent = 0.2, elective = 0.5 }\n",
                "classes = { emergency = 0.4, elective = 0.6 }\n",
            ][dice.roll(2)];
        }
        if dice.one_in(3) {
            head += "batches = [0.5, 0.3, 0.2]\n";
        }
        if dice.one_in(3) {
            head += "returns = { share = 0.6, after = { deterministic = { value = \"12 h\" } }, at_most = 3 }\n";
        }
        if dice.one_in(3) {
            head += "starting_state = \"stationary\"\n";
        }
        let chosen = dice.one_in(2);
        if chosen {
            let decay = dice.of(&["0", "0.5"]);
            writeln!(head, "choice = {{ logit = {{ on = \"km\", decay = 0.02, wait_decay = {decay} }} }}").unwrap();
        }
        text.rest += &head;
        let stages = 1 + dice.roll(4);
        let mut held = Vec::new();
        for at in 0..stages {
            text.rest += &stage(dice, pools, (service, at, stages), classes, &mut held);
        }
        for stage in 0..stages {
            text.row("prices", &format!("service = \"s{service}\"\nstage = \"t{stage}\"\nper = \"excess-bed-day\"\nprice = \"£1\"\ntrim_point = \"10 h\""));
        }
        for area in 0..areas {
            let rate = ["2 per day", "1 per day", "4 per day"][dice.roll(3)];
            text.row("demand", &format!("service = \"s{service}\"\nhome_area = \"area-{area}\"\nrate = \"{rate}\""));
            if !chosen {
                for provider in 0..providers {
                    let share = 1.0 / providers as f64;
                    text.row(
                        "shares",
                        &format!("service = \"s{service}\"\nhome_area = \"area-{area}\"\nprovider = \"P{provider}\"\nshare = {share}"),
                    );
                }
            }
        }
        if dice.one_in(4) && pools.waits.iter().flatten().all(|&waits| waits) {
            let keys = format!(
                "service = \"s{service}\"\nhome_area = \"area-0\"\nprovider = \"P0\"\npatients = 3\nwaited = \"30 h\""
            );
            text.row("waiting_at_start", &keys);
        }
    }
}

fn flow_rules(dice: &mut Dice<'_>, providers: usize, text: &mut Text) {
    let overflow = dice.of(&["none", "nearest", "listed"]);
    text.rest += "[flow_rules.base]\n";
    writeln!(text.rest, "first = \"{}\"", dice.of(&["any", "any", "own-icb", "own-footprint", "own-region"])).unwrap();
    if overflow == "none" || (overflow == "listed" && providers < 2) {
        return;
    }
    writeln!(text.rest, "overflow = \"{overflow}\"").unwrap();
    writeln!(text.rest, "reach = \"{}\"", dice.of(&["nation", "icb", "footprint", "region"])).unwrap();
    writeln!(text.rest, "list = \"{}\"", dice.of(&["own", "shared"])).unwrap();
    if dice.one_in(4) {
        text.rest += "within_km = 15\n";
    }
    if overflow == "listed" {
        for service in 0..3 {
            for from in 0..providers {
                if dice.one_in(4) {
                    continue;
                }
                let to = (from + 1) % providers;
                text.row(
                    "overflow",
                    &format!("service = \"s{service}\"\nfrom = \"P{from}\"\nto = \"P{to}\"\norder = 1"),
                );
            }
        }
    }
}

const CALENDARS: &str = r#"
[calendars.day]
cycle = "1 d"
from = ["0 h", "8 h", "18 h"]
share = [0.5, 1, 0]
[calendars.week]
cycle = "7 d"
from = ["0 d", "2 d", "5 d"]
places = [1, 4, 2]
[calendars.clinic]
cycle = "1 d"
sessions = ["9 h", "15 h"]
slots = [2, 1]
[calendars.rounds]
cycle = "2 d"
sessions = ["6 h"]
"#;

/// The text of the scenario that dice mean.
fn text(dice: &[u16], names: Names) -> String {
    let mut dice = Dice::new(dice);
    let mut text = Text::default();
    let warm_up = dice.of(&["0 d", "10 d"]);
    let (areas, providers) = geography(&mut dice, names, &mut text);
    let pools = pools(&mut dice, names, areas, providers, &mut text);
    services(&mut dice, (areas, providers), &pools, &mut text);
    flow_rules(&mut dice, providers, &mut text);
    if text.rest.contains("services.s0") {
        // Rows of services that there are not would be mistakes.
        let there = |row: &String| {
            (0..3).all(|s| {
                !row.contains(&format!("service = \"s{s}\"")) || text.rest.contains(&format!("[services.s{s}]"))
            })
        };
        text.rows.retain(there);
    }
    if names.reversed {
        text.rows.reverse();
    }
    // The rows of one table stand together.
    text.rows.sort_by_key(|row| row.lines().next().map(str::to_owned));
    let head = format!("title = \"random\"\n[run]\nhorizon = \"45 d\"\nwarm_up = \"{warm_up}\"\nperiods = \"month\"\n");
    format!("{head}{}{}{CALENDARS}", text.rows.concat(), text.rest)
}
