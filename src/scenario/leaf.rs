//! Quantities: durations, money, rates, shares, numbers and dates, with precise words about what is wrong.

mod numbers;
mod time;

use super::codes::Code;
use super::diagnostic::quote;
use super::node::{Node, Value};
use crate::domain::Capacity;
pub(super) use numbers::{money, number, number_within, percentage, percentage_within, share, whole};
pub(super) use time::{LONGEST_DAYS, Span, date, duration, rate, span, unit_days};

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

/// A capacity: a whole number or `unlimited`.
pub(super) fn capacity(node: &Node) -> Result<Capacity, Fault> {
    if node.text().is_some_and(|text| text.trim() == "unlimited") {
        return Ok(Capacity::Unlimited);
    }
    let places = whole(node, 0, 1_000_000_000)
        .map_err(|fault| fault.cure("Write a whole number of places, such as 12, or \"unlimited\"."))?;
    Ok(Capacity::Places(places as u32))
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
