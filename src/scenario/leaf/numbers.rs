//! Numbers, shares and amounts of money.

use super::{Fault, wrong_kind};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::node::{Node, Value};
use crate::units::Pence;

/// "x is not a number", with the cure for a decimal comma.
pub(super) fn not(code: Code, text: &str, wanted: &str) -> Fault {
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
pub(super) fn decimal(text: &str) -> Option<f64> {
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
pub(in super::super) fn number(node: &Node) -> Result<f64, Fault> {
    match &node.value {
        Value::Int(value) => Ok(*value as f64),
        Value::Float(value) if value.is_finite() => Ok(*value),
        Value::Float(value) => Err(Fault::new(Code::BadNumber, format!("{value} is not a number"))),
        Value::Text(text) => decimal(text).ok_or_else(|| not(Code::BadNumber, text, "a number")),
        _ => Err(wrong_kind(node, "a number")),
    }
}

/// A number within bounds; `open` leaves the lower bound out.
pub(in super::super) fn number_within(node: &Node, low: f64, high: f64, open: bool) -> Result<f64, Fault> {
    let value = number(node)?;
    if value > high || value < low || (open && value == low) {
        let from = if open { "above" } else { "from" };
        return Err(Fault::new(Code::OutOfRange, format!("{value} is out of range"))
            .cure(format!("Write a number {from} {low} up to {high}.")));
    }
    Ok(value)
}

/// A whole number within bounds.
pub(in super::super) fn whole(node: &Node, low: u64, high: u64) -> Result<u64, Fault> {
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
pub(in super::super) fn percentage(node: &Node) -> Result<f64, Fault> {
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
pub(in super::super) fn percentage_within(node: &Node, low: f64, high: f64, open: bool) -> Result<f64, Fault> {
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
pub(in super::super) fn share(node: &Node) -> Result<f64, Fault> {
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

/// An amount in pence: `"£3,400"`, `3400`, `"£1.50"`, `"£1.5m"`.
pub(in super::super) fn money(node: &Node) -> Result<Pence, Fault> {
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
