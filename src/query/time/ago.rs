//! How long ago: `2 days`, `1h30m`, `an hour`.
//!
//! Days, weeks, months and years go back by the calendar to the same time on the clock; hours and what is shorter are
//! exact lengths. The difference is an hour on two days of the year.

use chrono::{DateTime, Datelike, Days, Duration, Months, Utc};

use super::super::Zone;

pub(super) const TOO_EARLY: &str = "it reaches back before the year 1";

/// A length of time, its calendar parts apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    months: u32,
    days: u64,
    clock: std::time::Duration,
}

impl Span {
    /// The instant so long before another. A month that is too short ends on its last day.
    pub(super) fn before(&self, now: DateTime<Utc>, zone: &Zone) -> Result<DateTime<Utc>, String> {
        let mut instant = now;
        if self.months > 0 || self.days > 0 {
            let naive = zone.at(now).naive_local();
            let earlier = naive
                .checked_sub_months(Months::new(self.months))
                .and_then(|naive| naive.checked_sub_days(Days::new(self.days)))
                .ok_or(TOO_EARLY)?;
            instant = zone.resolve(earlier);
        }
        Duration::from_std(self.clock)
            .ok()
            .and_then(|clock| instant.checked_sub_signed(clock))
            .filter(|instant| instant.year() >= 1)
            .ok_or_else(|| TOO_EARLY.to_owned())
    }
}

/// Reads numbers with their units, one after the other: `1h30m`, `1 day 2 hours`, `an hour`.
pub(super) fn span(text: &str) -> Result<Span, String> {
    let mut span = Span::default();
    let mut clock = String::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it lacks a length such as 90m or '2 days'".to_owned());
    }
    while !rest.is_empty() {
        let (count, after) = count(rest);
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at(letters);
        if count.is_empty() {
            return Err(format!("a number is missing before '{rest}'"));
        }
        if name.is_empty() {
            return Err(format!("a unit such as m, h or d must follow '{count}'; a date is written 2026-11-23"));
        }
        rest = after.trim_start();
        match unit(name)? {
            Unit::Clock(short) => clock.extend([count, short]),
            Unit::Months(each) => {
                let months = whole(count, name)?.checked_mul(each.into()).and_then(|n| u32::try_from(n).ok());
                span.months = months.and_then(|months| span.months.checked_add(months)).ok_or(TOO_EARLY)?;
            }
            Unit::Days(each) => {
                let days = whole(count, name)?.checked_mul(each);
                span.days = days.and_then(|days| span.days.checked_add(days)).ok_or(TOO_EARLY)?;
            }
        }
    }
    if !clock.is_empty() {
        span.clock =
            humantime::parse_duration(&clock).map_err(|_| format!("'{}' is too long or too fine", text.trim()))?;
    }
    Ok(span)
}

/// The number in front, with `a` and `an` for one, and what follows it.
fn count(text: &str) -> (&str, &str) {
    let word = text.split(char::is_whitespace).next().unwrap_or("");
    if ["a", "an", "one"].iter().any(|one| word.eq_ignore_ascii_case(one)) && word.len() < text.len() {
        return ("1", text[word.len()..].trim_start());
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn whole(count: &str, name: &str) -> Result<u64, String> {
    if count.contains('.') {
        return Err(format!("'{count} {name}' is no whole number, and the calendar has no parts of it: write hours"));
    }
    count.parse().map_err(|_| TOO_EARLY.to_owned())
}

enum Unit {
    /// An exact length, by the short name that humantime has for it.
    Clock(&'static str),
    /// So many days.
    Days(u64),
    /// So many months.
    Months(u32),
}

fn unit(name: &str) -> Result<Unit, String> {
    // As humantime has it: a capital is a month, a small letter a minute.
    if name == "M" {
        return Ok(Unit::Months(1));
    }
    Ok(match name.to_ascii_lowercase().as_str() {
        "us" | "µs" | "usec" | "microsecond" | "microseconds" => Unit::Clock("us"),
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => Unit::Clock("ms"),
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Clock("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Clock("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Clock("h"),
        "d" | "day" | "days" => Unit::Days(1),
        "w" | "wk" | "wks" | "week" | "weeks" => Unit::Days(7),
        "mo" | "month" | "months" => Unit::Months(1),
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Months(12),
        _ => {
            return Err(format!(
                "there is no unit '{name}': the units are s, m, h, d, w, M (month) and y, or their names in full"
            ));
        }
    })
}
