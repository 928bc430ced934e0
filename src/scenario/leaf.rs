//! Quantities: durations, money, rates, shares, numbers and dates, with precise words about what is wrong.

use super::codes::Code;
use super::diagnostic::quote;
use super::node::{Node, Value};
use crate::domain::Capacity;
use crate::units::{DAYS_PER_YEAR, Pence};
use jiff::civil::Date;

/// What is wrong with a value, and the cure.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) cure: String,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cure: code.cure().to_owned() }
    }
    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = cure.into();
        self
    }
}

/// The longest duration in days: 200 years.
pub(super) const LONGEST_DAYS: f64 = 200.0 * DAYS_PER_YEAR;

fn wrong_kind(node: &Node, wanted: &str) -> Fault {
    Fault::new(Code::WrongKind, format!("{wanted} is needed here, not {}", node.describe()))
        .cure(format!("Write {wanted}."))
}

/// A text.
pub(super) fn text(node: &Node) -> Result<&str, Fault> {
    node.text().ok_or_else(|| wrong_kind(node, "a text in quotes"))
}

/// True or false.
pub(super) fn boolean(node: &Node) -> Result<bool, Fault> {
    match &node.value {
        Value::Bool(value) => Ok(*value),
        Value::Text(text) if text == "true" => Ok(true),
        Value::Text(text) if text == "false" => Ok(false),
        _ => Err(wrong_kind(node, "true or false")),
    }
}

/// An id: letters, digits, `-`, `_`; slugs are in lower case.
pub(super) fn id(node: &Node, slug: bool) -> Result<&str, Fault> {
    let text = text(node)?;
    id_text(text, slug)?;
    Ok(text)
}

/// As [`id`], of a key.
pub(super) fn id_text(text: &str, slug: bool) -> Result<(), Fault> {
    let fits =
        |c: char| c.is_ascii_digit() || c == '-' || c == '_' || c.is_ascii_lowercase() || (!slug && c.is_ascii());
    if text.is_empty()
        || text.len() > 64
        || !text.chars().all(|c| fits(c) && (c.is_ascii_alphanumeric() || "-_".contains(c)))
    {
        let fault = Fault::new(Code::BadId, format!("{} is not an id", quote(text)));
        let proposal: String = text
            .chars()
            .take(64)
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .map(|c| if slug { c.to_ascii_lowercase() } else { c })
            .collect();
        let proposal = proposal.trim_matches('-');
        return Err(if proposal.is_empty() {
            fault
        } else if slug {
            fault.cure(format!("Use lower-case letters, digits and -, such as {proposal}."))
        } else {
            fault.cure(format!("Use letters, digits and -, such as {proposal}."))
        });
    }
    Ok(())
}

/// "x is not a number", with the cure for a decimal comma.
fn not(code: Code, text: &str, wanted: &str) -> Fault {
    let fault = Fault::new(code, format!("{} is not {wanted}", quote(text)));
    match decimal_comma(text) {
        Some(cure) if text.len() <= 40 => fault.cure(cure),
        _ => fault,
    }
}

/// The cure for "1,5": a decimal comma.
fn decimal_comma(text: &str) -> Option<String> {
    let (whole, fraction) = text.rsplit_once(',')?;
    let digits = fraction.chars().take_while(char::is_ascii_digit).count();
    let short = digits > 0 && digits != 3 && !whole.contains([',', '.']);
    short.then(|| format!("Write decimals with a point: \"{}.{}\".", whole.trim(), fraction.trim()))
}

/// Digits with optional thousands separators as a float.
fn decimal(text: &str) -> Option<f64> {
    let plain = ungrouped(text)?;
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The text without the commas between groups of three digits; nothing if they stand elsewhere.
fn ungrouped(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    if fraction.is_some_and(|digits| digits.contains(',')) {
        return None;
    }
    let groups: Vec<&str> = whole.split(',').collect();
    let first = groups[0].trim_start_matches(['-', '+', '£']);
    let grouped = groups.len() == 1
        || ((1..=3).contains(&first.len())
            && groups[1..].iter().all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit())));
    grouped.then(|| groups.concat() + &fraction.map_or(String::new(), |digits| format!(".{digits}")))
}

/// A number.
pub(super) fn number(node: &Node) -> Result<f64, Fault> {
    match &node.value {
        Value::Int(value) => Ok(*value as f64),
        Value::Float(value) if value.is_finite() => Ok(*value),
        Value::Float(value) => Err(Fault::new(Code::BadNumber, format!("{value} is not a number"))),
        Value::Text(text) => decimal(text).ok_or_else(|| not(Code::BadNumber, text, "a number")),
        _ => Err(wrong_kind(node, "a number")),
    }
}

/// A number within bounds; `open` leaves the lower bound out.
pub(super) fn number_within(node: &Node, low: f64, high: f64, open: bool) -> Result<f64, Fault> {
    let value = number(node)?;
    if value > high || value < low || (open && value == low) {
        let from = if open { "above" } else { "from" };
        return Err(Fault::new(Code::OutOfRange, format!("{value} is out of range"))
            .cure(format!("Write a number {from} {low} up to {high}.")));
    }
    Ok(value)
}

/// A whole number within bounds.
pub(super) fn whole(node: &Node, low: u64, high: u64) -> Result<u64, Fault> {
    let not_whole = |shown: String| {
        Fault::new(Code::BadNumber, format!("{shown} is not a whole number")).cure("Write a whole number, such as 12.")
    };
    let out = |shown: String| {
        Fault::new(Code::OutOfRange, format!("{shown} is out of range"))
            .cure(format!("Write a whole number from {low} to {high}."))
    };
    let value = match &node.value {
        Value::Int(value) => i128::from(*value),
        Value::Float(_) | Value::Text(_) => {
            let value = number(node)?;
            if value.fract() != 0.0 {
                return Err(not_whole(value.to_string()));
            }
            // A text keeps all its digits; a float is exact far beyond the bounds that matter.
            let exact = node.text().and_then(ungrouped).and_then(|digits| digits.parse().ok());
            exact.unwrap_or(value as i128)
        }
        _ => return Err(wrong_kind(node, "a whole number")),
    };
    u64::try_from(value).ok().filter(|value| (low..=high).contains(value)).ok_or_else(|| out(value.to_string()))
}

/// A number, or per cent: `0.02` or `"2 %"`.
pub(super) fn percentage(node: &Node) -> Result<f64, Fault> {
    match per_cent(node) {
        Some(percent) => decimal(percent).map(|value| value / 100.0).ok_or_else(|| {
            Fault::new(Code::BadNumber, format!("{} is not a number", node.shown())).cure("Write 0.02 or \"2 %\".")
        }),
        None => number(node),
    }
}

/// What stands before the sign of a percentage.
fn per_cent(node: &Node) -> Option<&str> {
    node.text().map(str::trim).and_then(|text| text.strip_suffix('%'))
}

/// The same within bounds; `open` leaves the lower bound out.
pub(super) fn percentage_within(node: &Node, low: f64, high: f64, open: bool) -> Result<f64, Fault> {
    let value = percentage(node)?;
    let fits = |value: f64| (low..=high).contains(&value) && !(open && value == low);
    if fits(value) {
        return Ok(value);
    }
    let from = if open { "above" } else { "from" };
    let (few, many) = (low * 100.0, high * 100.0);
    let cure = if per_cent(node).is_none() && fits(value / 100.0) {
        format!("If per cent are meant, write \"{value} %\".")
    } else {
        format!("Write a number {from} {low} up to {high}, or per cent {from} {few} % up to {many} %.")
    };
    Err(Fault::new(Code::OutOfRange, format!("{} is out of range", node.shown())).cure(cure))
}

/// A share in [0, 1]: `0.25` or `"25 %"`.
pub(super) fn share(node: &Node) -> Result<f64, Fault> {
    let value = match per_cent(node) {
        Some(percent) => {
            decimal(percent).ok_or_else(|| {
                Fault::new(Code::BadNumber, format!("{} is not a share", node.shown())).cure("Write 0.25 or \"25 %\".")
            })? / 100.0
        }
        None => number(node)?,
    };
    if !(0.0..=1.0).contains(&value) {
        let cure = if per_cent(node).is_none() && value > 1.0 && value <= 100.0 {
            format!("A share lies between 0 and 1. If per cent are meant, write \"{value} %\".")
        } else {
            "A share lies between 0 and 1, such as 0.25 or \"25 %\".".to_owned()
        };
        return Err(Fault::new(Code::OutOfRange, format!("{value} is not a share")).cure(cure));
    }
    Ok(value)
}

/// Number and unit of a quantity such as `9 d`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    Some((decimal(&text[..at])?, text[at..].trim()))
}

/// The unit's length in days.
pub(super) fn unit_days(unit: &str) -> Option<f64> {
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
pub(super) fn duration(node: &Node) -> Result<f64, Fault> {
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
pub(super) enum Span {
    /// Days of 24 hours.
    Days(f64),
    /// Calendar months.
    Months(i32),
}

/// A civil span such as `1 year` or `365 d`.
pub(super) fn span(node: &Node) -> Result<Span, Fault> {
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

/// An amount in pence: `"£3,400"`, `3400`, `"£1.50"`, `"£1.5m"`.
pub(super) fn money(node: &Node) -> Result<Pence, Fault> {
    let wrong = || Fault::new(Code::BadMoney, format!("{} is not an amount of money", node.shown()));
    let pounds = match &node.value {
        Value::Text(text) => {
            let text = text.trim();
            let millions = text.strip_suffix('m');
            let (text, scale) = millions.map_or((text, 1.0), |text| (text.trim_end(), 1e6));
            // "£3.400" may mean three thousand four hundred.
            if millions.is_none() && text.rsplit_once('.').is_some_and(|(_, pence)| pence.len() == 3) {
                let plain = text.replace('.', "");
                return Err(Fault::new(Code::BadMoney, format!("{} has three decimals", quote(text)))
                    .cure(format!("Write thousands with a comma or none ({plain}), pence with two decimals (1.50).")));
            }
            // "-£5" or "£-5": both mean less than nothing.
            let (sign, rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest.trim_start()));
            let digits = rest.strip_prefix('£').unwrap_or(rest).trim_start();
            let (sign, digits) = match digits.strip_prefix('-') {
                Some(digits) if sign > 0.0 => (-1.0, digits.trim_start()),
                _ => (sign, digits),
            };
            if digits.starts_with(['-', '+']) {
                return Err(wrong());
            }
            sign * scale * decimal(digits).ok_or_else(wrong)?
        }
        Value::Int(value) => *value as f64,
        Value::Float(value) if value.is_finite() => *value,
        _ => return Err(wrong()),
    };
    if !(0.0..=1e9).contains(&pounds) {
        return Err(Fault::new(Code::OutOfRange, format!("{} is out of range", node.shown()))
            .cure("An amount lies between £0 and £1,000,000,000."));
    }
    let pence = libm::round(pounds * 100.0);
    if (pence - pounds * 100.0).abs() > 1e-4 {
        return Err(Fault::new(Code::BadMoney, format!("{} has parts of a penny", node.shown()))
            .cure(format!("Round it, such as \"{}\".", Pence(pence as i64))));
    }
    Ok(Pence(pence as i64))
}

/// A rate of referrals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rate {
    /// Referrals a day.
    pub(super) per_day: f64,
    /// For each 100,000 registered persons.
    pub(super) per_100k: bool,
}

/// A rate: `"120 per year"`, `"10 per hour"`, `"4.5 per 100k per year"`.
pub(super) fn rate(node: &Node) -> Result<Rate, Fault> {
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

/// A capacity: a whole number or `unlimited`.
pub(super) fn capacity(node: &Node) -> Result<Capacity, Fault> {
    if node.text().is_some_and(|text| text.trim() == "unlimited") {
        return Ok(Capacity::Unlimited);
    }
    let places = whole(node, 0, 1_000_000_000)
        .map_err(|fault| fault.cure("Write a whole number of places, such as 12, or \"unlimited\"."))?;
    Ok(Capacity::Places(places as u32))
}

/// A date.
pub(super) fn date(node: &Node) -> Result<Date, Fault> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::source::Place;

    fn cell(text: &str) -> Node {
        Node { place: Place { file: 0, start: 0, end: 0 }, value: Value::Text(text.to_owned()) }
    }

    #[test]
    fn quantities_as_planners_write_them() {
        let days = |text: &str| duration(&cell(text)).unwrap();
        assert_eq!((days("9 d"), days("36h"), days("18 weeks"), days("1 year")), (9.0, 1.5, 126.0, 365.25));
        assert!((days("1,440 min") - 1.0).abs() < 1e-12 && (days("12 months") - 365.25).abs() < 1e-9);
        assert_eq!(span(&cell("2 years")).unwrap(), Span::Months(24));
        assert_eq!(span(&cell("90 d")).unwrap(), Span::Days(90.0));
        let pence = |text: &str| money(&cell(text)).unwrap().0;
        assert_eq!((pence("£1.5m"), pence("2.125 m")), (150_000_000, 212_500_000));
        let percent = |text: &str| percentage_within(&cell(text), -0.5, 10.0, true).ok();
        assert_eq!((percent("-2 %"), percent("102 %"), percent("1.02")), (Some(-0.02), Some(1.02), Some(1.02)));
        assert_eq!((percent("-50 %"), percent("1,001 %"), percent("%"), percent("2 % %")), (None, None, None, None));
        let cure = |text: &str| percentage_within(&cell(text), 0.0, 10.0, true).unwrap_err().cure;
        assert_eq!(cure("102"), "If per cent are meant, write \"102 %\".");
        assert_eq!(cure("0 %"), "Write a number above 0 up to 10, or per cent above 0 % up to 1000 %.");
        assert_eq!((pence("£3,400"), pence("1.5"), pence("£ 1,234.56"), pence("0")), (340_000, 150, 123_456, 0));
        let per_year = |text: &str| rate(&cell(text)).map(|rate| (rate.per_day * 365.25, rate.per_100k)).unwrap();
        assert_eq!(per_year("120 per year"), (120.0, false));
        assert_eq!(per_year("4.5 per 100,000 per year"), (4.5, true));
        assert_eq!(per_year("2 per day").0, 730.5);
        assert_eq!((share(&cell("25 %")).unwrap(), share(&cell("0.25")).unwrap()), (0.25, 0.25));
        assert_eq!(whole(&cell("9,007,199,254,740,993"), 0, u64::MAX).unwrap(), 9_007_199_254_740_993);
        assert_eq!(capacity(&cell("unlimited")).unwrap(), Capacity::Unlimited);
    }

    #[test]
    fn decimal_commas_are_not_thousands() {
        for text in ["1,5", "12,34", "1,2345", ",5", "1.234,5", "1,,234", "0x10", "1_000", "£5", "--1", ""] {
            assert!(number(&cell(text)).is_err(), "{text}");
        }
    }
}
