//! Numbers as planners read them.

/// Stands for what has no value, or none that is known.
pub(super) const NO_VALUE: &str = "-";

/// Places, which are a whole number unless they change with time.
pub(super) fn places(value: f64) -> String {
    if value.fract() == 0.0 { count(value as usize) } else { fixed(value, 1) }
}

/// A number with thousands separated and so many decimals: `1,234.5`.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NO_VALUE.to_owned();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::new();
    if value < 0.0 && plain.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// A whole number with thousands separated.
pub(super) fn count(value: usize) -> String {
    fixed(value as f64, 0)
}

/// A share in per cent: `47.5 %`.
pub(super) fn percent(share: f64, decimals: usize) -> String {
    if share.is_finite() { format!("{} %", fixed(share * 100.0, decimals)) } else { NO_VALUE.to_owned() }
}

/// A change in per cent with its sign: `+4.2 %`.
pub(super) fn signed_percent(share: f64, decimals: usize) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(share, decimals))
}

/// Decimals that show the larger of some numbers with at least so many significant digits, and none more than `most`.
pub(super) fn decimals(largest: f64, digits: i32, most: usize) -> usize {
    if largest <= 0.0 || !largest.is_finite() {
        return 0;
    }
    let needed = digits - 1 - libm::floor(libm::log10(largest)) as i32;
    usize::try_from(needed).unwrap_or(0).min(most)
}

/// A large count in words: `950 thousand`, `2.1 million`, `40 billion`.
pub(super) fn roughly(value: f64) -> String {
    let (scaled, word) = match value {
        v if v >= 1e15 => return format!("{v:.1e}"),
        v if v >= 1e12 => (v / 1e12, " trillion"),
        v if v >= 1e9 => (v / 1e9, " billion"),
        v if v >= 1e6 => (v / 1e6, " million"),
        v if v >= 1e4 => (v / 1e3, " thousand"),
        v => (v, ""),
    };
    format!("{}{word}", fixed(scaled, decimals(scaled, 2, 1)))
}

/// A wait that a person has to sit through: `40 seconds`, `12 minutes`, `3.5 hours`, `20 days`.
pub(super) fn spell_of_time(seconds: f64) -> String {
    let (value, word) = match seconds {
        s if s < 90.0 => (s, "seconds"),
        s if s < 5_400.0 => (s / 60.0, "minutes"),
        s if s < 172_800.0 => (s / 3_600.0, "hours"),
        s if s < 63_115_200.0 => (s / 86_400.0, "days"),
        s => (s / 31_557_600.0, "years"),
    };
    format!("{} {word}", fixed(value, usize::from(value < 10.0)))
}

/// A length of simulated time: `365 days`, `6 hours`.
pub(super) fn days(days: f64) -> String {
    let whole = days == libm::round(days);
    match days {
        0.0 => "none".to_owned(),
        1.0 => "1 day".to_owned(),
        d if whole => format!("{} days", fixed(d, 0)),
        d if d < 1.0 => format!("{} hours", fixed(d * 24.0, 1)),
        d => format!("{} days", fixed(d, 1)),
    }
}

/// A unit in which the longest of some times, in days, reads well, and how many of it a day has.
pub(super) fn time_unit(longest_days: f64) -> (&'static str, f64) {
    match longest_days {
        d if d >= 1.0 => ("days", 1.0),
        d if d >= 1.0 / 24.0 => ("hours", 24.0),
        d if d > 0.0 => ("minutes", 1_440.0),
        _ => ("days", 1.0),
    }
}

/// A count with its noun, in the plural where there is not exactly one: `1 ICB`, `42 ICBs`.
pub(super) fn of(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(fixed(1_234_567.891, 1), "1,234,567.9");
        assert_eq!(fixed(-1_000.0, 0), "-1,000");
        assert_eq!(fixed(999.6, 0), "1,000");
        assert_eq!(fixed(-0.01, 1), "0.0");
        assert_eq!(fixed(f64::NAN, 2), "-");
    }

    #[test]
    fn significant_digits() {
        assert_eq!(
            [decimals(812.0, 3, 3), decimals(81.2, 3, 3), decimals(0.081, 2, 4), decimals(0.0, 3, 3)],
            [0, 1, 3, 0]
        );
    }

    #[test]
    fn large_numbers_and_times() {
        assert_eq!(roughly(2_140_247.0), "2.1 million");
        assert_eq!(roughly(950.0), "950");
        assert_eq!(spell_of_time(720.0), "12 minutes");
        assert_eq!(spell_of_time(4.0), "4.0 seconds");
    }
}
