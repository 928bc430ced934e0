//! Reporting periods: financial years and their months, and the whole.

use crate::scenario::Periods;
use crate::units::{DAY, WEEK};
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

/// One base period: within one reporting period of each length, and within one phase of every option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasePeriod {
    /// Its first day.
    pub first_day: Date,
    /// Its end in ticks from the beginning of the warm-up; the next one begins there.
    pub end: u64,
    /// Its length in ticks.
    pub length: u64,
    /// The financial year of its first day, counted from that of the start.
    pub year: usize,
}

impl BasePeriod {
    /// 1 April of its financial year, and the days of that year.
    pub fn financial_year(&self) -> (Date, f64) {
        let first = first_of_year(self.first_day);
        let next = first.checked_add(1.year()).unwrap_or(Date::MAX);
        (first, first.until(next).map_or(365.0, |span| f64::from(span.get_days())))
    }

    /// Its share of its financial year.
    pub fn years(&self) -> f64 {
        self.length as f64 / DAY as f64 / self.financial_year().1
    }
}

/// Base periods, which partition the time of collection, and the reporting periods made of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// In order; the first begins at the end of the warm-up.
    pub base: Vec<BasePeriod>,
    /// Reporting periods: `all` first, then financial years, then months.
    pub reports: Vec<ReportingPeriod>,
}

/// Where base periods have to end, beside the ends of reporting periods.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cuts {
    /// At the end of each financial year, because accounts are settled by the year.
    pub yearly: bool,
    /// On these days, in order.
    pub days: Vec<Date>,
}

impl Calendar {
    /// Partitions the time from `start` (at tick `warm_up`) to tick `end`.
    pub fn new(start: Date, warm_up: u64, end: u64, periods: Periods, cuts: &Cuts) -> Self {
        let mut base: Vec<BasePeriod> = Vec::new();
        let mut years: Vec<ReportingPeriod> = Vec::new();
        let mut months: Vec<ReportingPeriod> = Vec::new();
        let (mut day, mut from, mut year) = (start, warm_up, 0);
        while from < end {
            let year_ends = next_first_of_april(day);
            let reported = match periods {
                Periods::Months => first_of_next_month(day),
                Periods::FinancialYears => year_ends,
                Periods::All if cuts.yearly => year_ends,
                Periods::All => None,
            };
            let cut = cuts.days.iter().copied().find(|cut| *cut > day);
            let next = [reported, cut].into_iter().flatten().min();
            let to = next.map_or(end, |next| (from + days_between(day, next) * DAY).min(end));
            let number = base.len();
            base.push(BasePeriod { first_day: day, end: to, length: to - from, year });
            if periods != Periods::All {
                extend(&mut years, financial_year(day), number);
            }
            if periods == Periods::Months {
                let name = format!("{}-M{:02}", financial_year(day), (day.month() + 8) % 12 + 1);
                extend(&mut months, name, number);
            }
            from = to;
            let Some(next) = next else { break };
            year += usize::from(year_ends.is_some_and(|ends| ends <= next));
            day = next;
        }
        let mut reports = vec![ReportingPeriod { name: "all".to_owned(), first: 0, last: base.len() }];
        reports.append(&mut years);
        reports.append(&mut months);
        Self { base, reports }
    }

    /// All ticks of the base periods.
    pub fn length(&self) -> u64 {
        self.base.iter().map(|base| base.length).sum()
    }

    /// Ticks of the beginning, where a warm-up that was too short is seen: a tenth of the time, in whole weeks or days where it
    /// is so long.
    pub fn first_part(&self) -> u64 {
        let tenth = self.length() / 10;
        let unit = [WEEK, DAY].into_iter().find(|&unit| unit <= tenth).unwrap_or(1);
        tenth / unit * unit
    }
}

/// Adds a base period to the reporting period of a name: the last, or a new one.
fn extend(reports: &mut Vec<ReportingPeriod>, name: String, base: usize) {
    match reports.last_mut() {
        Some(last) if last.name == name => last.last = base + 1,
        _ => reports.push(ReportingPeriod { name, first: base, last: base + 1 }),
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

/// 1 April of the financial year of a day.
fn first_of_year(day: Date) -> Date {
    let year = if day.month() >= 4 { day.year() } else { day.year() - 1 };
    Date::new(year, 4, 1).unwrap_or(Date::MIN)
}

/// The financial year of a day, such as `2025/26`.
fn financial_year(day: Date) -> String {
    let first = first_of_year(day).year();
    format!("{first}/{:02}", (first + 1).rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_and_years_partition_the_horizon() {
        let calendar = Calendar::new(
            date(2027, 10, 1),
            10 * DAY,
            (10 + 31 + 30 + 31 + 31 + 29 + 31 + 5) * DAY,
            Periods::Months,
            &Cuts::default(),
        );
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
        assert_eq!(calendar.base[0].end, 41 * DAY);
        assert_eq!(calendar.base.last().unwrap().end, (10 + 31 + 30 + 31 + 31 + 29 + 31 + 5) * DAY);
        assert_eq!((calendar.reports[1].first, calendar.reports[1].last), (0, 6));
    }

    #[test]
    fn one_financial_year_is_one_period() {
        let calendar = Calendar::new(date(2025, 4, 1), 0, 365 * DAY, Periods::FinancialYears, &Cuts::default());
        assert_eq!(calendar.base.iter().map(|base| base.end).collect::<Vec<_>>(), [365 * DAY]);
        assert_eq!(calendar.reports[1].name, "2025/26");
    }

    #[test]
    fn phases_cut_base_periods_but_not_reports() {
        let cuts = Cuts { yearly: true, days: vec![date(2026, 1, 1), date(2026, 4, 1)] };
        let calendar = Calendar::new(date(2025, 10, 1), 0, 365 * DAY, Periods::All, &cuts);
        let days: Vec<(Date, u64, usize)> =
            calendar.base.iter().map(|b| (b.first_day, b.length / DAY, b.year)).collect();
        assert_eq!(days, [(date(2025, 10, 1), 92, 0), (date(2026, 1, 1), 90, 0), (date(2026, 4, 1), 183, 1)]);
        assert_eq!(calendar.reports, [ReportingPeriod { name: "all".to_owned(), first: 0, last: 3 }]);
        let calendar = Calendar::new(date(2025, 10, 1), 0, 365 * DAY, Periods::Months, &cuts);
        assert_eq!((calendar.base.len(), calendar.reports.len()), (12, 1 + 2 + 12));
    }
}
