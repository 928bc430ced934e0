//! `[run]` and `[audits]`.

use crate::scenario::codes::Code;
use crate::scenario::leaf::{self, Span};
use crate::scenario::read::{Context, Row};
use crate::scenario::validated::{Audits, Periods, Run};
use crate::units::{DAYS_PER_YEAR, Ticks};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// The longest run in days: 34 years.
const LONGEST: f64 = 34.0 * DAYS_PER_YEAR;
/// The most audits of a run, and the most instants of a profile.
const AUDITS: u64 = 10_000_000;
const INSTANTS: u64 = 100_000;

/// Reads the settings; nothing if a required one is missing.
pub(super) fn build(cx: &mut Context<'_>) -> (Option<Run>, Audits) {
    let run = cx.section("run").and_then(|row| settings(cx, row));
    let horizon = run.as_ref().map_or(Ticks(0), |run| run.horizon);
    let audits = cx.section("audits").map_or_else(Audits::default, |row| audits(cx, row, horizon));
    (run, audits)
}

fn settings(cx: &mut Context<'_>, row: Row<'_>) -> Option<Run> {
    let start = match row.node("start") {
        Some(node) => leaf::date(node).ok()?,
        None => Date::new(2025, 4, 1).ok()?,
    };
    let horizon_days = days(row, "horizon", start, 1)?;
    let chooses_warm_up = row.text("warm_up") == Some("auto");
    let warm_up_days = match row.node("warm_up") {
        Some(_) if !chooses_warm_up => days(row, "warm_up", start, -1)?,
        _ => 0.0,
    };
    let horizon = Ticks::from_days(horizon_days);
    if horizon == Ticks(0) {
        cx.sink.report(Code::OutOfRange, row.at("horizon"), || {
            ("the horizon is zero".to_owned(), "Write how long results are collected, such as \"1 year\".".to_owned())
        });
    }
    if horizon_days + warm_up_days > LONGEST {
        let years = (horizon_days + warm_up_days) / DAYS_PER_YEAR;
        cx.sink.report_plain(Code::RunTooLong, row.at("horizon"), || {
            format!("warm-up and horizon are {years:.1} years, more than 34")
        });
    }
    let replications = row.whole("replications", 1, 1_000_000).unwrap_or(20) as u32;
    let antithetic = row.flag("antithetic");
    if antithetic && replications % 2 == 1 {
        let place = if row.node("replications").is_some() { "replications" } else { "antithetic" };
        cx.sink.report(Code::OddPairs, row.at(place), || {
            let message = format!("{replications} replications cannot be antithetic pairs");
            (message, format!("Write an even number, such as {}, or leave antithetic out.", replications + 1))
        });
    }
    Some(Run {
        start,
        horizon,
        warm_up: Ticks::from_days(warm_up_days),
        chooses_warm_up,
        replications,
        antithetic,
        seed: row.whole("seed", 0, i64::MAX as u64).unwrap_or(20_250_401),
        periods: match row.text("periods") {
            Some("all") => Periods::All,
            Some("month") => Periods::Months,
            _ => Periods::FinancialYears,
        },
    })
}

/// The length in days of a civil span after (or, with -1, before) a date.
fn days(row: Row<'_>, key: &str, start: Date, direction: i32) -> Option<f64> {
    match leaf::span(row.node(key)?).ok()? {
        Span::Days(days) => Some(days),
        Span::Months(months) => {
            let end = start.checked_add((direction * months).months()).ok()?;
            Some(f64::from((end - start).get_days().abs()))
        }
    }
}

fn audits(cx: &mut Context<'_>, row: Row<'_>, horizon: Ticks) -> Audits {
    let mut bad = |key: &str, message: String, cure: &str| {
        cx.sink.report(Code::BadAudits, row.at(key), || (message, cure.to_owned()));
    };
    let occupancy_every = row.ticks("occupancy_every");
    if occupancy_every.is_some_and(|every| horizon.0 / every.0.max(1) > AUDITS) {
        bad(
            "occupancy_every",
            "over ten million audits in a run".to_owned(),
            "Choose a longer interval, such as \"1 d\".",
        );
    }
    let profile = match (row.ticks("profile_cycle"), row.ticks("profile_every")) {
        (Some(cycle), Some(every)) => {
            if every.0 == 0 || !cycle.0.is_multiple_of(every.0) {
                let message = "profile_every does not divide profile_cycle".to_owned();
                bad("profile_every", message, Code::BadAudits.cure());
                None
            } else if cycle.0 / every.0 > INSTANTS {
                let message = format!("the profile has over {INSTANTS} instants");
                bad("profile_every", message, "Choose a longer interval, such as \"1 h\".");
                None
            } else if horizon.0 / every.0 > AUDITS {
                let message = "over ten million instants of the profile in a run".to_owned();
                bad("profile_every", message, "Choose a longer interval, such as \"1 h\".");
                None
            } else {
                Some((cycle, every))
            }
        }
        (None, None) => None,
        // One of them alone, unless the other is there but wrong.
        (cycle, _) => {
            let (there, absent) =
                if cycle.is_some() { ("profile_cycle", "profile_every") } else { ("profile_every", "profile_cycle") };
            if row.node(absent).is_none() {
                bad(there, format!("{there} is given without {absent}"), Code::BadAudits.cure());
            }
            None
        }
    };
    Audits { occupancy_every, profile }
}
