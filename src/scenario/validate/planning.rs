//! `[planning]` and `place_limits`.

use crate::domain::{PlaceLimits, Planning, Pool, Provider};
use crate::ids::{Id, IndexVec, PoolId, ProviderId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use crate::units::DAY;
use jiff::ToSpan as _;
use jiff::civil::Date;

pub(super) fn build(cx: &mut Context<'_>, pools: &[Pool], providers: &IndexVec<ProviderId, Provider>) -> Planning {
    let mut planning = Planning::default();
    let list = cx.section("planning").and_then(|row| row.node("targets"));
    for node in list.and_then(|node| node.array()).unwrap_or_default() {
        let Some(text) = node.text() else { continue };
        let sides = ["<=", ">=", "\u{2264}", "\u{2265}"].into_iter().find_map(|sign| text.split_once(sign));
        let is_target = sides.is_some_and(|(metric, bound)| !metric.trim().is_empty() && !bound.trim().is_empty());
        if is_target {
            planning.targets.push(text.to_owned());
        } else {
            cx.sink.report_plain(Code::BadTarget, node.place, || format!("{} is no target", quote(text)));
        }
    }
    let start =
        cx.section("run").and_then(|row| row.node("start")).and_then(|node| crate::scenario::leaf::date(node).ok());
    // Rows for all providers first, so that a provider's own stands above them.
    for of_all in [true, false] {
        for row in cx.rows("place_limits").filter(|row| (row.text("provider") == Some("*")) == of_all) {
            let Some(limits) = limits(cx, row, start) else { continue };
            let (Some(provider), Some(name)) = (row.text("provider"), row.text("pool")) else { continue };
            let own: Option<ProviderId> = cx.names.id(Target::Provider, provider);
            let fits = |pool: &Pool| pool.id == name && (of_all || own == Some(pool.provider));
            let mut found = false;
            for (at, _) in pools.iter().enumerate().filter(|(_, pool)| fits(pool)) {
                found = true;
                planning.limits.insert(PoolId::new(at), limits.clone());
            }
            if !found && (of_all || own.is_some_and(|own| providers.get(own).is_some_and(|own| own.in_scope))) {
                cx.sink.report_plain(Code::LimitsOfNothing, row.at("pool"), || {
                    let whose = if of_all { "no provider".to_owned() } else { format!("provider {provider}") };
                    let what = if of_all { "a pool" } else { "no pool" };
                    format!("{whose} has {what} {} that somebody needs", quote(name))
                });
            }
        }
    }
    planning
}

fn limits(cx: &mut Context<'_>, row: Row<'_>, start: Option<Date>) -> Option<PlaceLimits> {
    let whole = |key: &str| row.whole(key, 0, 1_000_000).map(|places| places as u32);
    let limits = PlaceLimits {
        least: whole("least"),
        most: whole("most"),
        step: whole("step").filter(|&step| step > 0),
        cost: row.money("cost_a_year"),
        opens: opens(row, start),
    };
    if let (Some(least), Some(most)) = (limits.least, limits.most)
        && least > most
    {
        cx.sink.report_plain(Code::PlaceLimits, row.at("most"), || {
            format!("the fewest places, {least}, are more than the most, {most}")
        });
        return None;
    }
    if row.node("opens").is_some() && row.node("lead_time").is_some() {
        cx.sink.report_plain(Code::PlaceLimits, row.at("lead_time"), || {
            "opens and lead_time both say from when there can be more places".to_owned()
        });
        return None;
    }
    Some(limits)
}

/// From which day there can be more places.
fn opens(row: Row<'_>, start: Option<Date>) -> Option<Date> {
    let day = row.node("opens").and_then(|node| crate::scenario::leaf::date(node).ok());
    let lead = || Some((start?, row.ticks("lead_time")?));
    day.or_else(|| lead().and_then(|(start, lead)| start.checked_add((lead.0.div_ceil(DAY) as i64).days()).ok()))
}
