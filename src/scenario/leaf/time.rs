//! Durations, rates and dates.

use super::numbers::{decimal, not};
use super::{Fault, wrong_kind};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::node::{Node, Value};
use crate::units::DAYS_PER_YEAR;
use jiff::civil::Date;

/// The longest duration in days: 200 years.
pub(in super::super) const LONGEST_DAYS: f64 = 200.0 * DAYS_PER_YEAR;

/// Number and unit of a quantity such as `9 d`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    Some((decimal(&text[..at])?, text[at..].trim()))
}

/// The unit's length in days.
pub(in super::super) fn unit_days(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "sec" | "second" | "seconds" => 1.0 / 86_400.0,
        "min" | "minute" | "minutes" => 1.0 / 1_440.0,
        "h" | "hour" | "hours" => 1.0 / 24.0,
        "d" | "day" | "days" => 1.0,
        "w" | "week" | "weeks" => 7.0,
        "month" | "months" => DAYS_PER_YEAR / 12.0,
        "year" | "years" => DAYS_PER_YEAR,
        _ => return None,
    })
}

/// A duration in days, not negative, at most 200 years.
pub(in super::super) fn duration(node: &Node) -> Result<f64, Fault> {
    let (value, unit) = quantity(node)?;
    let days = value * unit_days(unit).unwrap_or(f64::NAN);
    if days < 0.0 {
        return Err(Fault::new(Code::OutOfRange, format!("{} is negative", node.shown()))
            .cure("A duration is not negative, such as \"9 d\"."));
    }
    if days > LONGEST_DAYS {
        return Err(Fault::new(Code::OutOfRange, format!("{} is longer than 200 years", node.shown()))
            .cure("Check the unit: s, min, h, d, weeks, months or years."));
    }
    Ok(days)
}

fn quantity(node: &Node) -> Result<(f64, &str), Fault> {
    match &node.value {
        Value::Text(text) => {
            let (value, unit) = split_unit(text).ok_or_else(|| not(Code::BadDuration, text, "a duration"))?;
            if unit.is_empty() {
                return Err(Fault::new(Code::BadDuration, format!("{} has no unit", quote(text)))
                    .cure(format!("Add the unit, such as \"{} d\".", text.trim())));
            }
            if unit_days(unit).is_none() {
                return Err(Fault::new(Code::BadDuration, format!("{} is not a unit of time", quote(unit)))
                    .cure("Use s, min, h, d, weeks, months or years, such as \"9 d\"."));
            }
            Ok((value, unit))
        }
        Value::Int(_) | Value::Float(_) => Err(Fault::new(Code::BadDuration, format!("{} has no unit", node.shown()))
            .cure(format!("Write it in quotes with its unit, such as \"{} d\".", node.echo()))),
        _ => Err(wrong_kind(node, "a duration such as \"9 d\"")),
    }
}

/// A span of civil time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in super::super) enum Span {
    /// Days of 24 hours.
    Days(f64),
    /// Calendar months.
    Months(i32),
}

/// A civil span such as `1 year` or `365 d`.
pub(in super::super) fn span(node: &Node) -> Result<Span, Fault> {
    let days = duration(node)?;
    let (value, unit) = quantity(node)?;
    let per_unit = if unit.starts_with("month") {
        1.0
    } else if unit.starts_with("year") {
        12.0
    } else {
        return Ok(Span::Days(days));
    };
    let months = value * per_unit;
    if months.fract() != 0.0 {
        return Err(Fault::new(Code::BadDuration, format!("{} is not a whole number of months", node.shown()))
            .cure("Months and years are civil here: write whole months, or days such as \"45 d\"."));
    }
    Ok(Span::Months(months as i32))
}

/// A rate of referrals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in super::super) struct Rate {
    /// Referrals a day.
    pub(in super::super) per_day: f64,
    /// For each 100,000 registered persons.
    pub(in super::super) per_100k: bool,
}

/// A rate: `"120 per year"`, `"10 per hour"`, `"4.5 per 100k per year"`.
pub(in super::super) fn rate(node: &Node) -> Result<Rate, Fault> {
    let wrong = || Fault::new(Code::BadRate, format!("{} is not a rate", node.shown()));
    let Some(text) = node.text() else {
        return Err(match node.value {
            Value::Int(_) | Value::Float(_) => {
                wrong().cure(format!("Say in which time, such as \"{} per year\".", node.echo()))
            }
            _ => wrong(),
        });
    };
    let mut parts = text.split(" per ").map(str::trim);
    let value = decimal(parts.next().unwrap_or_default()).ok_or_else(wrong)?;
    let (population, unit) = match (parts.next(), parts.next(), parts.next()) {
        (Some(unit), None, _) => (None, unit),
        (Some(population), Some(unit), None) => (Some(population), unit),
        (None, ..) => return Err(wrong().cure(format!("Say in which time, such as \"{value} per year\"."))),
        _ => return Err(wrong()),
    };
    if population.is_some_and(|text| !["100k", "100,000", "100000"].contains(&text)) {
        return Err(wrong().cure("A rate by population is per 100k, such as \"4.5 per 100k per year\"."));
    }
    let days = unit_days(unit)
        .ok_or_else(|| wrong().cure("After the last \"per\" stands a time: s, min, hour, day, week, month or year."))?;
    let per_day = value / days;
    if !(0.0..=1e9).contains(&per_day) {
        return Err(Fault::new(Code::OutOfRange, format!("{} is out of range", node.shown()))
            .cure("A rate is not negative and at most a thousand million a day."));
    }
    Ok(Rate { per_day, per_100k: population.is_some() })
}

/// A date.
pub(in super::super) fn date(node: &Node) -> Result<Date, Fault> {
    let date = match &node.value {
        Value::Date(date) => *date,
        Value::Text(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|_| text.trim().len() == 10)
            .ok_or_else(|| Fault::new(Code::BadDate, format!("{} is not a date", quote(text))))?,
        _ => return Err(wrong_kind(node, "a date such as 2025-04-01")),
    };
    if !(1900..=2200).contains(&date.year()) {
        return Err(Fault::new(Code::OutOfRange, format!("{date} is out of range"))
            .cure("Write a date from 1900 to 2200, such as 2025-04-01."));
    }
    Ok(date)
}
