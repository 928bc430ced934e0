//! Random pools: capacities, lists, calendars, reservations.

use super::random::{Dice, Names, POOLS, Text};
use std::fmt::Write as _;

/// What the pools of a scenario are like, where services have to know.
pub(super) struct Pools {
    pub(super) breach: [bool; 3],
    /// Of each pool, whether somebody may wait for it at each provider.
    pub(super) waits: [Vec<bool>; 3],
}

pub(super) fn pools(dice: &mut Dice<'_>, names: Names, areas: usize, providers: usize, text: &mut Text) -> Pools {
    let mut pools = Pools { breach: [false; 3], waits: [vec![], vec![], vec![]] };
    for (i, pool) in POOLS.into_iter().enumerate() {
        pools.breach[i] = dice.one_in(4);
        for provider in 0..providers {
            let mut row = format!("provider = \"P{provider}\"\npool = \"{pool}\"\n");
            let capacity = 1 + dice.roll(4);
            writeln!(row, "capacity = {capacity}").unwrap();
            let refuses = dice.one_in(6);
            pools.waits[i].push(!refuses);
            if refuses {
                row += "when_full = \"refuse\"\n";
            } else if dice.one_in(5) {
                writeln!(row, "list_limit = {}", dice.roll(4)).unwrap();
            }
            if pools.breach[i] {
                row += "order = \"breach-date\"\n";
            }
            if dice.one_in(3) {
                row += "overtaking = true\n";
            }
            let calendar = if dice.one_in(3) { dice.of(&["day", "week", "clinic", "rounds"]) } else { "" };
            if !calendar.is_empty() {
                writeln!(row, "calendar = \"{calendar}\"").unwrap();
            }
            let sessions = ["clinic", "rounds"].contains(&calendar);
            if !sessions {
                match dice.roll(4) {
                    2 => row += "preemption = \"resume\"\n",
                    3 => row += "preemption = \"restart\"\n",
                    _ => {}
                }
                match dice.roll(3) {
                    1 => row += "at_close = \"suspend\"\n",
                    2 => row += "at_close = \"hand-over\"\n",
                    _ => {}
                }
                if dice.one_in(5) {
                    writeln!(row, "occupied_at_start = {}", dice.roll(capacity + 1)).unwrap();
                }
                reservations(dice, names, (areas, provider, pool, capacity), text);
            }
            text.row("pools", &row);
            if dice.one_in(5) {
                let until = dice.of(&["", "until = 2025-04-20\n"]);
                let keys = format!(
                    "provider = \"P{provider}\"\npool = \"{pool}\"\nfrom = 2025-04-10\n{until}capacity = {}",
                    dice.roll(5)
                );
                text.row("capacity_changes", &keys);
            }
        }
    }
    pools
}

fn reservations(
    dice: &mut Dice<'_>,
    names: Names,
    (areas, provider, pool, capacity): (usize, usize, &str, usize),
    text: &mut Text,
) {
    if !dice.one_in(4) {
        return;
    }
    let mut left = capacity;
    let body = match dice.roll(4) {
        0 => format!("area-{}", dice.roll(areas)),
        1 => "own-icb".to_owned(),
        2 => "own-region".to_owned(),
        _ => names.icbs[dice.roll(2)].to_owned(),
    };
    for kind in ["last-free", "ring-fence"] {
        if left > 0 && dice.one_in(2) {
            let places = 1 + dice.roll(left);
            left -= places;
            // A second reservation has another name.
            let body = if kind == "last-free" { "own-footprint" } else { &body };
            text.row(
                "reservations",
                &format!("provider = \"P{provider}\"\npool = \"{pool}\"\nplaces = {places}\nfor = \"{body}\"\nkind = \"{kind}\""),
            );
        }
    }
}
