//! Times as people and programs write them, from text to the instants that they bound.
//!
//! Naive times and whole days are read in the zone in force. What is stored has microseconds; a finer time is rounded
//! up to the next, which leaves both "from it on" and "before it" exact.

mod ago;
mod literal;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Timelike, Utc, Weekday};

use self::literal::{Clock, Day};
use super::{QueryError, Zone, closest};

/// The first and the last instant that any of the databases and log files can hold.
const FIRST: DateTime<Utc> = NaiveDate::from_ymd_opt(1, 1, 1).unwrap().and_time(NaiveTime::MIN).and_utc();
const LAST: DateTime<Utc> =
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_hms_micro_opt(23, 59, 59, 999_999).unwrap().and_utc();

/// Words of which one may have been meant.
const WORDS: [&str; 18] = [
    "now",
    "today",
    "yesterday",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "last week",
    "last month",
    "last year",
    "this week",
    "this month",
    "this year",
    "last friday",
];

/// A time: an instant, or whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeExpr {
    /// An instant, in whole microseconds.
    Instant(DateTime<Utc>),
    /// From the first instant of a day to that of a later one (`2026-11-23`, `yesterday`, `last month`).
    Days {
        /// The first instant.
        start: DateTime<Utc>,
        /// The first instant after it; None when nothing that can be stored is later.
        end: Option<DateTime<Utc>>,
    },
}

/// From one instant on, before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// From this instant on.
    pub since: Option<DateTime<Utc>>,
    /// Before this one.
    pub until: Option<DateTime<Utc>>,
}

impl Period {
    /// Reads both ends, where they are given. One that ends before it begins is an error.
    pub fn parse(
        since: Option<&str>,
        until: Option<&str>,
        now: DateTime<Utc>,
        zone: &Zone,
    ) -> Result<Period, QueryError> {
        let time = |text: Option<&str>| text.map(|text| TimeExpr::parse(text, now, zone)).transpose();
        let period = Period { since: time(since)?.map(|at| at.since()), until: time(until)?.and_then(|at| at.until()) };
        match (since, until) {
            (Some(since), Some(until)) if period.ends_early() => {
                Err(QueryError::EmptyPeriod { since: since.to_owned(), until: until.to_owned() })
            }
            _ => Ok(period),
        }
    }

    fn ends_early(&self) -> bool {
        self.since.zip(self.until).is_some_and(|(since, until)| since > until)
    }
}

impl TimeExpr {
    /// Reads a time.
    pub fn parse(text: &str, now: DateTime<Utc>, zone: &Zone) -> Result<TimeExpr, QueryError> {
        Reader { now, zone }.read(text.trim()).map_err(|Wrong { why, suggestion }| QueryError::Time {
            given: text.to_owned(),
            why,
            suggestion,
        })
    }

    /// What begins here holds the times from this instant on: `timestamp >= since`.
    pub fn since(&self) -> DateTime<Utc> {
        match self {
            TimeExpr::Instant(instant) => *instant,
            TimeExpr::Days { start, .. } => *start,
        }
    }

    /// What ends here holds the times before this instant, `timestamp < until`: an instant is not included, a whole
    /// day is. None when every time that can be stored is earlier.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            TimeExpr::Instant(instant) => Some(*instant),
            TimeExpr::Days { end, .. } => *end,
        }
    }

    /// Whether it stands for whole days.
    pub fn is_whole_days(&self) -> bool {
        matches!(self, TimeExpr::Days { .. })
    }
}

/// What is wrong with a time.
struct Wrong {
    why: String,
    suggestion: Option<String>,
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Wrong { why, suggestion: None }
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Wrong::from(why.to_owned())
    }
}

struct Reader<'a> {
    now: DateTime<Utc>,
    zone: &'a Zone,
}

impl Reader<'_> {
    fn read(&self, text: &str) -> Result<TimeExpr, Wrong> {
        let after_digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        match text.as_bytes() {
            [] => Err("it is empty".into()),
            [b'@', ..] => instant(literal::epoch(&text[1..])?),
            [b'-', ..] => self.ago(&text[1..]),
            [b'0'..=b'9', ..] if after_digits.starts_with('-') => self.dated(text),
            [b'0'..=b'9', ..] if after_digits.starts_with(':') => {
                let clock = literal::clock(text)?;
                let today =
                    clock.offset.map_or_else(|| self.today(), |offset| self.now.with_timezone(&offset).date_naive());
                self.at(today, &clock)
            }
            _ => match without_suffix(text, "ago") {
                Some(span) => self.ago(span),
                None if text.starts_with(|c: char| c.is_ascii_digit()) => self.ago(text),
                None => self.words(text),
            },
        }
    }

    /// `2026-11-23`, `2026-11`, and what may follow a day.
    fn dated(&self, text: &str) -> Result<TimeExpr, Wrong> {
        match literal::date(text)? {
            (Day::Month(first), _) => self.days(first, first.checked_add_months(Months::new(1))),
            (Day::Day(day), "") => self.days(day, day.succ_opt()),
            (Day::Day(day), rest) => self.at(day, &literal::clock(rest)?),
        }
    }

    /// `now`, `yesterday 10:00`, `last friday`, `this month`.
    fn words(&self, text: &str) -> Result<TimeExpr, Wrong> {
        let lower = text.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let today = self.today();
        let (day, rest) = match words.as_slice() {
            ["now"] => return instant(self.now),
            [which @ ("last" | "this"), period @ ("week" | "month" | "year")] => {
                return self.period(*which == "last", period);
            }
            ["last", weekday, rest @ ..] => (weekday.parse().ok().and_then(|day| latest(day, today.pred_opt()?)), rest),
            ["today", rest @ ..] => (Some(today), rest),
            ["yesterday", rest @ ..] => (today.pred_opt(), rest),
            ["tomorrow", rest @ ..] => (today.succ_opt(), rest),
            [weekday, rest @ ..] => (weekday.parse().ok().and_then(|day| latest(day, today)), rest),
            [] => (None, &[][..]),
        };
        let Some(day) = day else {
            let suggestion = closest(&words.join(" "), WORDS).map(str::to_owned);
            return Err(Wrong { why: "it is none of the forms that are understood".to_owned(), suggestion });
        };
        if rest.is_empty() {
            return self.days(day, day.succ_opt());
        }
        self.at(day, &literal::clock(&rest.join(" "))?)
    }

    fn period(&self, last: bool, period: &str) -> Result<TimeExpr, Wrong> {
        let today = self.today();
        let (this, months) = match period {
            "week" => {
                let monday = latest(Weekday::Mon, today);
                let first = if last { monday.and_then(|day| day.checked_sub_days(Days::new(7))) } else { monday };
                let first = first.ok_or(ago::TOO_EARLY)?;
                return self.days(first, first.checked_add_days(Days::new(7)));
            }
            "month" => (today.with_day(1), 1),
            _ => (today.with_ordinal(1), 12),
        };
        let months = Months::new(months);
        let first = if last { this.and_then(|first| first.checked_sub_months(months)) } else { this };
        let first = first.ok_or(ago::TOO_EARLY)?;
        self.days(first, first.checked_add_months(months))
    }

    fn ago(&self, span: &str) -> Result<TimeExpr, Wrong> {
        instant(ago::span(span)?.before(self.now, self.zone)?)
    }

    fn at(&self, day: NaiveDate, clock: &Clock) -> Result<TimeExpr, Wrong> {
        instant(clock.on(day, self.zone)?)
    }

    fn days(&self, first: NaiveDate, after: Option<NaiveDate>) -> Result<TimeExpr, Wrong> {
        let midnight = |day: NaiveDate| self.zone.resolve(day.and_time(NaiveTime::MIN));
        let start = storable(midnight(first))?;
        let end = after.map(midnight).filter(|end| *end <= LAST).map(|end| end.max(FIRST));
        Ok(TimeExpr::Days { start, end })
    }

    fn today(&self) -> NaiveDate {
        self.zone.at(self.now).date_naive()
    }
}

fn instant(instant: DateTime<Utc>) -> Result<TimeExpr, Wrong> {
    storable(instant).map(TimeExpr::Instant)
}

/// Rounds up to microseconds. What lies before all that can be stored moves to its beginning, which bounds the same.
fn storable(instant: DateTime<Utc>) -> Result<DateTime<Utc>, Wrong> {
    let finer = i64::from(instant.nanosecond() % 1000);
    let up = if finer == 0 { 0 } else { 1000 - finer };
    match instant.checked_add_signed(chrono::Duration::nanoseconds(up)) {
        Some(instant) if instant <= LAST => Ok(instant.max(FIRST)),
        _ => Err(literal::TOO_LATE.into()),
    }
}

/// The latest such day of the week, this one included.
fn latest(weekday: Weekday, day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(day.weekday().days_since(weekday).into()))
}

fn without_suffix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (front, back) = text.split_at_checked(text.len().checked_sub(word.len())?)?;
    (back.eq_ignore_ascii_case(word) && front.ends_with(char::is_whitespace)).then_some(front)
}
