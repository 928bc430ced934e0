//! Reporting periods: financial years and their months, and the whole.

use crate::scenario::Periods;
use crate::units::DAY;
use jiff::ToSpan;
use jiff::civil::Date;

/// One reporting period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportingPeriod {
    /// `all`, `2027/28` or `2027/28-M07`.
    pub name: String,
    /// First of the base periods that it is made of.
    pub first: usize,
    /// One past the last of them.
    pub last: usize,
}

/// Base periods, which partition the time of collection, and the reporting periods made of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// Ends of the base periods in ticks from the beginning of the warm-up; the first begins at its end.
    pub base_ends: Vec<u64>,
    /// Reporting periods: `all` first, then financial years, then months.
    pub reports: Vec<ReportingPeriod>,
}

impl Calendar {
    /// Partitions the time from `start` (at tick `warm_up`) to tick `end`.
    pub fn new(start: Date, warm_up: u64, end: u64, periods: Periods) -> Self {
        let mut base_ends = Vec::new();
        let mut years: Vec<ReportingPeriod> = Vec::new();
        let mut months = Vec::new();
        let mut day = start;
        let mut from = warm_up;
        while from < end && periods != Periods::All {
            let next = if periods == Periods::Months { first_of_next_month(day) } else { next_first_of_april(day) };
            let to = next.map_or(end, |next| (from + days_between(day, next) * DAY).min(end));
            let base = base_ends.len();
            let year = financial_year(day);
            if periods == Periods::Months {
                let name = format!("{year}-M{:02}", (day.month() + 8) % 12 + 1);
                months.push(ReportingPeriod { name, first: base, last: base + 1 });
            }
            match years.last_mut() {
                Some(last) if last.name == year => last.last = base + 1,
                _ => years.push(ReportingPeriod { name: year, first: base, last: base + 1 }),
            }
            base_ends.push(to);
            from = to;
            match next {
                Some(next) => day = next,
                None => break,
            }
        }
        if base_ends.is_empty() {
            base_ends.push(end);
        }
        let mut reports = vec![ReportingPeriod { name: "all".to_owned(), first: 0, last: base_ends.len() }];
        reports.append(&mut years);
        reports.append(&mut months);
        Self { base_ends, reports }
    }
}

fn first_of_next_month(day: Date) -> Option<Date> {
    day.first_of_month().checked_add(1.month()).ok()
}

fn next_first_of_april(day: Date) -> Option<Date> {
    let this_year = Date::new(day.year(), 4, 1).ok()?;
    if day < this_year { Some(this_year) } else { this_year.checked_add(1.year()).ok() }
}

fn days_between(from: Date, to: Date) -> u64 {
    from.until(to).map_or(0, |span| u64::from(span.get_days().unsigned_abs()))
}

/// The financial year of a day, such as `2025/26`.
fn financial_year(day: Date) -> String {
    let first = if day.month() >= 4 { day.year() } else { day.year() - 1 };
    format!("{first}/{:02}", (first + 1).rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_and_years_partition_the_horizon() {
        let calendar =
            Calendar::new(date(2027, 10, 1), 10 * DAY, (10 + 31 + 30 + 31 + 31 + 29 + 31 + 5) * DAY, Periods::Months);
        let names: Vec<&str> = calendar.reports.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "all",
                "2027/28",
                "2028/29",
                "2027/28-M07",
                "2027/28-M08",
                "2027/28-M09",
                "2027/28-M10",
                "2027/28-M11",
                "2027/28-M12",
                "2028/29-M01"
            ]
        );
        assert_eq!(calendar.base_ends[0], 41 * DAY);
        assert_eq!(*calendar.base_ends.last().unwrap(), (10 + 31 + 30 + 31 + 31 + 29 + 31 + 5) * DAY);
        assert_eq!((calendar.reports[1].first, calendar.reports[1].last), (0, 6));
    }

    #[test]
    fn one_financial_year_is_one_period() {
        let calendar = Calendar::new(date(2025, 4, 1), 0, 365 * DAY, Periods::FinancialYears);
        assert_eq!(calendar.base_ends, [365 * DAY]);
        assert_eq!(calendar.reports[1].name, "2025/26");
    }
}
