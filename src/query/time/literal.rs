//! Dates and clock times in digits: RFC 3339 and the shorter forms of it, and seconds of the epoch.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Timelike, Utc};

use super::super::Zone;
use super::super::zone::parse_offset;

pub(super) const TOO_LATE: &str = "it lies beyond the year 9999, later than anything that can be stored";

/// What a date stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// `2026-11-23`
    Day(NaiveDate),
    /// `2026-11`, as its first day.
    Month(NaiveDate),
}

/// A time of day.
#[derive(Debug)]
pub(super) struct Clock {
    time: NaiveTime,
    /// What the seconds' fraction adds, rounded up.
    micros: i64,
    /// The second is a leap second: one after `time`.
    leap: bool,
    /// The offset that was written after it.
    pub(super) offset: Option<FixedOffset>,
}

impl Clock {
    /// The instant at which a clock showed this on that day.
    pub(super) fn on(&self, day: NaiveDate, zone: &Zone) -> Result<DateTime<Utc>, String> {
        let naive = day.and_time(self.time);
        let instant = match self.offset {
            Some(offset) => Zone::Fixed(offset).resolve(naive),
            None => zone.resolve(naive),
        };
        if self.leap && (instant.minute(), instant.hour()) != (59, 23) {
            return Err("there is no second 60: seconds go from 0 to 59".to_owned());
        }
        Ok(instant + Duration::seconds(self.leap.into()) + Duration::microseconds(self.micros))
    }
}

/// Reads a date, and gives what follows it without the `T` or the blanks between.
pub(super) fn date(text: &str) -> Result<(Day, &str), String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
    if year.len() != 4 || year == "0000" {
        return Err(format!("'{year}' is not a year: years have four digits, from 0001 to 9999"));
    }
    let (Some(year), Some(month)) = (number(year), number(month)) else { return Err(no_date(text)) };
    let first = NaiveDate::from_ymd_opt(year as i32, month, 1)
        .ok_or_else(|| format!("there is no month {month}: months go from 1 to 12"))?;
    let Some(day) = day else {
        return if rest.is_empty() { Ok((Day::Month(first), "")) } else { Err(no_date(text)) };
    };
    let Some(day) = number(day) else { return Err(no_date(text)) };
    let Some(date) = NaiveDate::from_ymd_opt(year as i32, month, day) else {
        return Err(format!("{} has no day {day}: its days go from 1 to {}", first.format("%B %Y"), days_in(first)));
    };
    match rest.as_bytes() {
        [] => Ok((Day::Day(date), "")),
        [b'T' | b't', _, ..] => Ok((Day::Day(date), &rest[1..])),
        [b' ' | b'\t', ..] => Ok((Day::Day(date), rest.trim_start())),
        _ => Err(no_date(text)),
    }
}

/// Reads `10:00`, `10:00:05.25`, and an offset behind it.
pub(super) fn clock(text: &str) -> Result<Clock, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(text.len());
    let (digits, after) = (&text[..end], text[end..].trim_start());
    if digits.is_empty() {
        return Err(no_clock(text));
    }
    let offset = match after {
        "" => None,
        _ if after.eq_ignore_ascii_case("z") || after.eq_ignore_ascii_case("utc") => FixedOffset::east_opt(0),
        _ => Some(parse_offset(after).ok_or_else(|| {
            format!("'{after}' is not an offset: offsets are written Z, -06:00 or +0200 and go to 23:59")
        })?),
    };
    let (digits, fraction) = match digits.split_once(['.', ',']) {
        Some((digits, fraction)) => (digits, Some(fraction)),
        None => (digits, None),
    };
    let parts: Vec<&str> = digits.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] if fraction.is_none() => (*hour, *minute, "00"),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return Err(no_clock(text)),
    };
    let (Some(h), Some(m), Some(s)) = (number(hour), number(minute), number(second)) else {
        return Err(no_clock(text));
    };
    if hour.len() > 2 || minute.len() != 2 || second.len() != 2 {
        return Err(no_clock(text));
    }
    let leap = s == 60;
    for (unit, value, most) in [("hour", h, 23), ("minute", m, 59), ("second", if leap { 59 } else { s }, 59)] {
        if value > most {
            return Err(format!("there is no {unit} {value}: {unit}s go from 0 to {most}"));
        }
    }
    let time = NaiveTime::from_hms_opt(h, m, s.min(59)).ok_or_else(|| no_clock(text))?;
    let (micros, finer) = match fraction {
        Some(fraction) => micros(fraction).ok_or_else(|| no_clock(text))?,
        None => (0, false),
    };
    Ok(Clock { time, micros: micros + i64::from(finer), leap, offset })
}

/// Reads the seconds since 1970 of `@1732356000`.
pub(super) fn epoch(text: &str) -> Result<DateTime<Utc>, String> {
    let wrong = || "seconds since 1970 must follow the '@', such as @1732356000 or @1732356000.25".to_owned();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let (micros, finer) = micros(fraction).ok_or_else(wrong)?;
    // Upwards is towards zero for what is negative.
    let micros = sign * micros + i64::from(finer && sign > 0);
    let seconds: Option<i64> = whole.parse().ok();
    seconds
        .and_then(|seconds| DateTime::from_timestamp(sign * seconds, 0))
        .and_then(|instant| instant.checked_add_signed(Duration::microseconds(micros)))
        .ok_or_else(|| format!("it lies too far from 1970: the '@' counts seconds{}", milliseconds(whole)))
}

fn milliseconds(digits: &str) -> &'static str {
    if digits.len() >= 13 { ", and these may be milliseconds" } else { "" }
}

/// The first six digits of a fraction as microseconds, and whether what follows is more than nothing.
fn micros(fraction: &str) -> Option<(i64, bool)> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (first, rest) = fraction.split_at(fraction.len().min(6));
    let micros = format!("{first:0<6}").parse().ok()?;
    Some((micros, rest.bytes().any(|b| b != b'0')))
}

/// A number of up to four digits.
fn number(digits: &str) -> Option<u32> {
    let fits = matches!(digits.len(), 1..=4) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok())?
}

fn days_in(first: NaiveDate) -> i64 {
    let next = first.checked_add_months(chrono::Months::new(1));
    next.map_or(31, |next| (next - first).num_days())
}

fn no_date(text: &str) -> String {
    format!("'{text}' should be a date such as 2026-11-23, and may go on with a time such as 10:00")
}

fn no_clock(text: &str) -> String {
    format!("'{text}' should be a time of day such as 10:00 or 10:00:05.25")
}
