//! Ranges of amounts: a number, perhaps with `£` before or a unit behind.

use super::Value;
use crate::scenario::node::{self, Node};
use libm::{floor, log10, pow, round};

/// A range of values.
#[derive(Clone, PartialEq, Debug)]
pub struct Range {
    low: f64,
    high: f64,
    /// Only whole numbers.
    whole: bool,
    /// What stands before and behind the number, in a text; nothing for a plain number.
    around: Option<(String, String)>,
    /// Decimals that are written.
    decimals: usize,
}

/// Why two values are no range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RangeFault {
    /// One is no amount.
    NoAmount,
    /// They have different units.
    Units,
    /// There is nothing between them.
    Order,
    /// An end is no whole number though only such are meant.
    NotWhole,
}

impl Range {
    pub(super) fn new(low: &Node, high: &Node, whole: bool) -> Result<Self, RangeFault> {
        let ((low, before), (high, after)) =
            (amount(low).ok_or(RangeFault::NoAmount)?, amount(high).ok_or(RangeFault::NoAmount)?);
        if before != after {
            return Err(RangeFault::Units);
        }
        if low >= high {
            return Err(RangeFault::Order);
        }
        if whole && (low.fract() != 0.0 || high.fract() != 0.0) {
            return Err(RangeFault::NotWhole);
        }
        // A hundred-thousandth of the range is nothing that matters, and shorter to read; money has two decimals.
        let fine = (5.0 - floor(log10(high - low))).clamp(0.0, 15.0) as usize;
        let money = before.as_ref().is_some_and(|(sign, _)| !sign.is_empty());
        let decimals = match (whole, money) {
            (true, _) => 0,
            (false, true) => fine.min(2),
            (false, false) => fine,
        };
        Ok(Self { low, high, whole, around: before, decimals })
    }

    /// The value at a point of [0, 1], uniform if that is; whole numbers are equally likely.
    pub fn at(&self, point: f64) -> Value {
        let between = |low: f64, high: f64| low + point * (high - low);
        let value = if self.whole {
            floor(between(self.low, self.high + 1.0)).min(self.high)
        } else {
            let scale = pow(10.0, self.decimals as f64);
            (round(between(self.low, self.high) * scale) / scale).clamp(self.low, self.high)
        };
        // Adding zero makes -0 plain.
        let number = (value + 0.0).to_string();
        match &self.around {
            None => Value { shown: number.clone(), toml: number },
            Some((before, behind)) => {
                let shown = format!("{before}{number}{behind}");
                Value { toml: format!("\"{shown}\""), shown }
            }
        }
    }
}

/// A number, and for a text what stands before and behind it.
fn amount(node: &Node) -> Option<(f64, Option<(String, String)>)> {
    let finite = |value: f64| value.is_finite().then_some(value);
    match &node.value {
        node::Value::Int(value) => Some((*value as f64, None)),
        node::Value::Float(value) => Some((finite(*value)?, None)),
        node::Value::Text(text) => {
            let text = text.trim();
            let number = text.trim_start_matches('£').trim_start();
            let end = number.find(|c: char| !c.is_ascii_digit() && !"+-.,".contains(c)).unwrap_or(number.len());
            let behind = &number[end..];
            let plain = behind.chars().all(|c| c.is_alphanumeric() || " %/".contains(c)) && behind.len() < 32;
            // A unit that begins with a number, as in "5 per 100k", is fine: the number ends before it.
            let value = finite(number[..end].replace(',', "").parse().ok()?)?;
            let before = &text[..text.len() - number.len()];
            plain.then(|| (value, Some((before.to_owned(), behind.to_owned()))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::source::Place;

    fn range(low: node::Value, high: node::Value, whole: bool) -> Result<Range, RangeFault> {
        let node = |value| Node { place: Place { file: 0, start: 0, end: 0 }, value };
        Range::new(&node(low), &node(high), whole)
    }

    fn text(text: &str) -> node::Value {
        node::Value::Text(text.to_owned())
    }

    #[test]
    fn values_keep_their_units_and_few_digits() {
        let at = |range: &Range, point: f64| range.at(point).toml;
        let plain = range(node::Value::Float(0.9), node::Value::Float(1.1), false).unwrap();
        assert_eq!([at(&plain, 0.0), at(&plain, 1.0), at(&plain, 0.123_456_789)], ["0.9", "1.1", "0.924691"]);
        let days = range(text("20 d"), text("40 d"), false).unwrap();
        assert_eq!((at(&days, 0.5), days.at(1.0 / 3.0).shown), ("\"30 d\"".into(), "26.6667 d".into()));
        let pounds = range(text("£1,000"), text("£1,001"), false).unwrap();
        assert_eq!(pounds.at(1.0 / 3.0).shown, "£1000.33");
        let share = range(text("5 %"), text("10 %"), false).unwrap();
        assert_eq!(share.at(0.5).shown, "7.5 %");
        let negative = range(node::Value::Int(-1), node::Value::Int(1), false).unwrap();
        assert_eq!(at(&negative, 0.499_999_999), "0");
    }

    #[test]
    fn whole_numbers_are_equally_likely() {
        let beds = range(node::Value::Int(8), node::Value::Int(11), true).unwrap();
        let counts = (0..1_000).fold([0; 4], |mut counts, i| {
            let value: usize = beds.at((f64::from(i) + 0.5) / 1_000.0).shown.parse().unwrap();
            counts[value - 8] += 1;
            counts
        });
        assert_eq!(counts, [250; 4]);
        assert_eq!(beds.at(1.0).shown, "11");
    }

    #[test]
    fn what_is_no_range() {
        use RangeFault::{NoAmount, NotWhole, Order, Units};
        let fault = |low: node::Value, high, whole| range(low, high, whole).unwrap_err();
        assert_eq!(fault(text("1 d"), text("36 h"), false), Units);
        assert_eq!(fault(text("2"), node::Value::Int(3), false), Units);
        assert_eq!(fault(node::Value::Int(3), node::Value::Int(3), false), Order);
        assert_eq!(fault(node::Value::Float(f64::NAN), node::Value::Int(3), false), NoAmount);
        assert_eq!(fault(text("many"), text("more"), false), NoAmount);
        assert_eq!(fault(text("1 \"d"), text("2 \"d"), false), NoAmount);
        assert_eq!(fault(node::Value::Float(0.5), node::Value::Int(3), true), NotWhole);
    }
}
