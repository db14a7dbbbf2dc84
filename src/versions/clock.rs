//! Dates, times, date-times and durations, as Django reads and prints them.
//!
//! Django reads more spellings than it prints; those of `django.utils.dateparse` and the usual ones of Python's
//! `fromisoformat` are read here. What it prints in a version is cut to milliseconds.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday};

use crate::query::Zone;

/// The microseconds of a day.
const DAY: i128 = 86_400_000_000;
/// The most days that Python's `timedelta` holds.
const MOST_DAYS: i128 = 999_999_999;

/// A date-time as it was written, with an offset or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    naive: NaiveDateTime,
    offset: Option<FixedOffset>,
}

impl Moment {
    /// The instant; one without an offset is in the service's zone.
    pub fn instant(&self, zone: &Zone) -> Option<DateTime<Utc>> {
        let instant = match self.offset {
            Some(offset) => self.naive.checked_sub_offset(offset)?.and_utc(),
            None => zone.resolve(self.naive),
        };
        (1..=9999).contains(&instant.year()).then_some(instant)
    }
}

/// Reads a date: `2026-11-23`, `2026-1-2`, `20261123`, `2026-W48-1`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut reader = Reader { rest: text };
    let date = reader.date()?;
    reader.rest.is_empty().then_some(date)
}

/// Reads a time of day, whose offset counts for nothing: `10:20`, `10:20:30.123456`, `T102030`.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    let mut reader = Reader { rest: text.strip_prefix('T').unwrap_or(text) };
    let time = reader.time()?;
    reader.offset()?;
    reader.rest.is_empty().then_some(time)
}

/// Reads a date-time: `2026-11-23T09:09:54.110Z`, with any offset or none, or a date alone.
pub fn parse_moment(text: &str) -> Option<Moment> {
    let mut reader = Reader { rest: text };
    let date = reader.date()?;
    if reader.rest.is_empty() {
        return Some(Moment { naive: date.and_time(NaiveTime::MIN), offset: None });
    }
    let separator = reader.rest.chars().next()?;
    reader.rest = &reader.rest[separator.len_utf8()..];
    let time = reader.time()?;
    let offset = reader.offset()?;
    reader.rest.is_empty().then_some(Moment { naive: date.and_time(time), offset })
}

/// A date-time of a table as a version holds it: with the offset that the table has, which is none for UTC, and three
/// fraction digits or none, the rest cut off.
pub fn moment_serialized(moment: &Moment) -> String {
    let offset = match moment.offset.map(|offset| offset.local_minus_utc()) {
        None | Some(0) => "Z".to_owned(),
        Some(seconds) => {
            let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
            let rest = if seconds % 60 == 0 { String::new() } else { format!(":{:02}", seconds % 60) };
            format!("{sign}{:02}:{:02}{rest}", seconds / 3600, seconds / 60 % 60)
        }
    };
    format!("{}T{}{offset}", date_text(moment.naive.date()), time_serialized(moment.naive.time()))
}

/// A date as it is printed and stored.
pub fn date_text(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// A time of day as it is stored: six fraction digits or none.
pub fn time_text(time: NaiveTime) -> String {
    let micros = time.nanosecond() % 1_000_000_000 / 1000;
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{:02}:{:02}:{:02}{fraction}", time.hour(), time.minute(), time.second())
}

/// A time of day as a version holds it: three fraction digits or none, the rest cut off.
pub fn time_serialized(time: NaiveTime) -> String {
    let text = time_text(time);
    text.get(..12).map_or(text.clone(), str::to_owned)
}

/// A date-time as it is stored: UTC without a zone, six fraction digits or none.
pub fn instant_text(instant: DateTime<Utc>) -> String {
    format!("{} {}", date_text(instant.date_naive()), time_text(instant.time()))
}

/// The time without what is smaller than a millisecond.
pub fn cut_time(time: NaiveTime) -> NaiveTime {
    let nanos = time.nanosecond() / 1_000_000 * 1_000_000;
    time.with_nanosecond(nanos).unwrap_or(time)
}

/// The instant without what is smaller than a millisecond.
pub fn cut_instant(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.with_nanosecond(instant.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(instant)
}

/// Reads a duration, in microseconds: Django's own form (`1 02:00:00.000005`), ISO 8601 (`P1DT2H`), PostgreSQL's
/// (`1 day 02:00:00`). None for what is none of these or too long for Python.
pub fn parse_duration(text: &str) -> Option<i128> {
    let micros = django_duration(text).or_else(|| iso_duration(text))?;
    (micros.div_euclid(DAY).abs() <= MOST_DAYS).then_some(micros)
}

/// A duration as a version holds it: `1 02:00:00.000005`; a negative one as `-1 23:59:59`.
pub fn duration_text(micros: i128) -> String {
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let days = if days == 0 { String::new() } else { format!("{days} ") };
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{days}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `[[-]D [day[s][,]] ][-][H:]M:S[.f]`, where `M:` may be missing too.
fn django_duration(text: &str) -> Option<i128> {
    let (days, clock) = match text.split_once(' ') {
        Some((days, clock)) => {
            let clock =
                ["days, ", "day, ", "days ", "day "].iter().find_map(|word| clock.strip_prefix(word)).unwrap_or(clock);
            (signed(days)?, clock)
        }
        None => (0, text),
    };
    let (sign, clock) = match clock.strip_prefix(['-', '+']) {
        Some(rest) => (if clock.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, clock),
    };
    let (whole, fraction) = match clock.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, micros(fraction)?),
        None => (clock, 0),
    };
    let parts: Vec<i128> = whole.split(':').map(unsigned).collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [seconds] => seconds,
        [minutes, seconds] => minutes.checked_mul(60)?.checked_add(seconds)?,
        [hours, minutes, seconds] => {
            hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?
        }
        _ => return None,
    };
    let clock = seconds.checked_mul(1_000_000)?.checked_add(fraction)?;
    days.checked_mul(DAY)?.checked_add(sign * clock)
}

/// `[+-]P[nD][T[nH][nM][nS]]`, each number with a fraction if need be.
fn iso_duration(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    let text = text.strip_prefix('P')?;
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut total = 0_i128;
    for (part, units) in
        [(date, &[('D', DAY)][..]), (time, &[('H', 3_600_000_000), ('M', 60_000_000), ('S', 1_000_000)])]
    {
        let mut rest = part;
        for &(letter, unit) in units {
            let Some((number, after)) = rest.split_once(letter) else { continue };
            let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
            total = total.checked_add(unsigned(whole)?.checked_mul(unit)?)?.checked_add(part_of(fraction, unit)?)?;
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(sign * total)
}

/// A decimal fraction of a unit in whole microseconds, half to even.
fn part_of(fraction: &str, unit: i128) -> Option<i128> {
    let digits = fraction.get(..fraction.len().min(18))?;
    let scale = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    let product = unsigned(digits)?.checked_mul(unit)?;
    let (whole, rest) = (product / scale, product % scale);
    let up = rest * 2 > scale || (rest * 2 == scale && whole % 2 == 1);
    Some(whole + i128::from(up))
}

fn unsigned(text: &str) -> Option<i128> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn signed(text: &str) -> Option<i128> {
    match text.strip_prefix('-') {
        Some(digits) => unsigned(digits).map(|n| -n),
        None => unsigned(text),
    }
}

/// A fraction of a second: six digits count, six more may follow.
fn micros(fraction: &str) -> Option<i128> {
    if fraction.len() > 12 {
        return None;
    }
    unsigned(fraction)?;
    unsigned(&format!("{fraction:0<6}")[..6])
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn date(&mut self) -> Option<NaiveDate> {
        let year = i32::try_from(self.digits(4, 4)?).ok().filter(|year| *year >= 1)?;
        let dashed = self.eat("-");
        if self.eat("W") {
            let week = self.digits(2, 2)?;
            let day = if dashed && !self.eat("-") { 1 } else { self.digits(1, 1).unwrap_or(1) };
            let weekday = Weekday::try_from(u8::try_from(day).ok()?.checked_sub(1)?).ok()?;
            return NaiveDate::from_isoywd_opt(year, week, weekday);
        }
        if dashed {
            let month = self.digits(1, 2)?;
            let day = if self.eat("-") { self.digits(1, 2)? } else { return None };
            return NaiveDate::from_ymd_opt(year, month, day);
        }
        let (month, day) = (self.digits(2, 2)?, self.digits(2, 2)?);
        NaiveDate::from_ymd_opt(year, month, day)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.digits(1, 2)?;
        let colons = self.eat(":");
        let minute = if colons { self.digits(1, 2)? } else { self.digits(2, 2).unwrap_or(0) };
        let has_seconds = if colons { self.eat(":") } else { self.rest.starts_with(|c: char| c.is_ascii_digit()) };
        let second = if has_seconds { self.digits(1, 2)? } else { 0 };
        let micro = if has_seconds && (self.eat(".") || self.eat(",")) {
            let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, rest) = self.rest.split_at(length);
            self.rest = rest;
            u32::try_from(micros(fraction)?).ok()?
        } else {
            0
        };
        NaiveTime::from_hms_micro_opt(hour, minute, second, micro)
    }

    /// An offset behind white space; the outer None for one that is broken.
    #[allow(clippy::option_option, reason = "no offset is as good an answer as one")]
    fn offset(&mut self) -> Option<Option<FixedOffset>> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.eat("Z") {
            return Some(FixedOffset::east_opt(0));
        }
        let sign = if self.eat("-") {
            -1
        } else if self.eat("+") {
            1
        } else {
            return None;
        };
        let hours = self.digits(2, 2)?;
        self.eat(":");
        let minutes = self.digits(2, 2).unwrap_or(0);
        let seconds = if self.eat(":") { self.digits(2, 2)? } else { 0 };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let total = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
        FixedOffset::east_opt(sign * total).map(Some)
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let length = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn date_times_are_read_cut_and_stored() {
        let zone = Zone::parse("America/Costa_Rica").unwrap();
        for (text, stored, serialized) in [
            ("2026-11-23T09:09:54.110Z", "2026-11-23 09:09:54.110000", "2026-11-23T09:09:54.110Z"),
            ("2026-11-23T03:09:54.628009-06:00", "2026-11-23 09:09:54.628009", "2026-11-23T09:09:54.628Z"),
            ("2026-11-23T09:09:54Z", "2026-11-23 09:09:54", "2026-11-23T09:09:54Z"),
            ("2026-11-23 09:09:54.000005+00:00", "2026-11-23 09:09:54.000005", "2026-11-23T09:09:54.000Z"),
            ("2026-11-23T03:09:54", "2026-11-23 09:09:54", "2026-11-23T09:09:54Z"),
            ("2026-11-23", "2026-11-23 06:00:00", "2026-11-23T06:00:00Z"),
            ("2026-1-2 3:4", "2026-01-02 09:04:00", "2026-01-02T09:04:00Z"),
            ("20261123T030954+0530", "2026-11-22 21:39:54", "2026-11-22T21:39:54Z"),
            ("0001-02-03T00:00:00Z", "0001-02-03 00:00:00", "0001-02-03T00:00:00Z"),
        ] {
            let instant = parse_moment(text).unwrap().instant(&zone).unwrap();
            let read_back = parse_moment(&instant_text(instant)).unwrap();
            assert_eq!((&*instant_text(instant), &*moment_serialized(&read_back)), (stored, serialized), "{text}");
            assert_eq!(parse_moment(serialized).unwrap().instant(&Zone::UTC), Some(cut_instant(instant)));
        }
        for text in [
            "",
            "2026-13-01",
            "2026-11-23T25:00",
            "2026-11-23T",
            "2026-11-23T10:00:60Z",
            "0000-01-01",
            "ñ",
            "2026-11-23T10:00+24:00",
            "2026-11-23T10:00:00 UTC",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
        for (text, serialized) in [
            ("2026-11-23 03:09:54.110321-06:00", "2026-11-23T03:09:54.110-06:00"),
            ("2026-11-23 03:09:54+05:30", "2026-11-23T03:09:54+05:30"),
            ("2026-11-23T09:09:54Z", "2026-11-23T09:09:54Z"),
        ] {
            assert_eq!(moment_serialized(&parse_moment(text).unwrap()), serialized);
        }
        // It was in the year 0 in UTC.
        assert_eq!(parse_moment("0001-01-01T00:00:00+01:00").unwrap().instant(&zone), None);
    }

    #[test]
    fn dates_and_times() {
        for (text, date) in [
            ("2026-11-23", "2026-11-23"),
            ("2026-1-2", "2026-01-02"),
            ("20261123", "2026-11-23"),
            ("2026-W48-1", "2026-11-23"),
            ("0099-01-01", "0099-01-01"),
        ] {
            assert_eq!(date_text(parse_date(text).unwrap()), date);
        }
        for text in ["2026-11-23T10:00:00Z", "2026-02-30", "23/11/2026", "2026-11", "", "2026-W54-1"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for (text, stored, serialized) in [
            ("10:20", "10:20:00", "10:20:00"),
            ("10:20:30.123456", "10:20:30.123456", "10:20:30.123"),
            ("1:2:3.5", "01:02:03.500000", "01:02:03.500"),
            ("10:20:30+02:00", "10:20:30", "10:20:30"),
            ("102030", "10:20:30", "10:20:30"),
        ] {
            let time = parse_time(text).unwrap();
            assert_eq!((&*time_text(time), &*time_serialized(time)), (stored, serialized), "{text}");
        }
        for text in ["", "24:00", "10:60", "10:20:30.1234567890123", "ten"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, micros, printed) in [
            ("1 02:00:00.000005", 93_600_000_005, "1 02:00:00.000005"),
            ("00:00:10", 10_000_000, "00:00:10"),
            ("10", 10_000_000, "00:00:10"),
            ("1:30", 90_000_000, "00:01:30"),
            ("-1 23:59:59", -1_000_000, "-1 23:59:59"),
            ("-00:00:01", -1_000_000, "-1 23:59:59"),
            ("3 days, 04:05:06", 273_906_000_000, "3 04:05:06"),
            ("P1DT2H", 93_600_000_000, "1 02:00:00"),
            ("-PT1.5S", -1_500_000, "-1 23:59:58.500000"),
            ("PT0.0000005S", 0, "00:00:00"),
            ("999999999 23:59:59.999999", 86_399_999_999_999_999_999, "999999999 23:59:59.999999"),
        ] {
            assert_eq!(parse_duration(text), Some(micros), "{text}");
            assert_eq!(duration_text(micros), printed);
        }
        for text in
            ["", "x", "1:2:3:4", "1000000000 00:00:00", "P1Y", "PT1H2", "99999999999999999999999999999999999999999"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(micros in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000) {
            prop_assert_eq!(parse_duration(&duration_text(i128::from(micros))), Some(i128::from(micros)));
        }

        #[test]
        fn nothing_makes_it_panic(text in prop_oneof![".{0,40}", "[-0-9:.TWZ+ DHMSPñ]{0,30}"]) {
            let zone = Zone::parse("America/New_York").unwrap();
            let _ = (parse_date(&text), parse_time(&text), parse_duration(&text));
            if let Some(instant) = parse_moment(&text).and_then(|moment| moment.instant(&zone)) {
                let stored = instant_text(instant);
                prop_assert_eq!(parse_moment(&stored).unwrap().instant(&Zone::UTC), Some(instant));
            }
        }
    }
}
