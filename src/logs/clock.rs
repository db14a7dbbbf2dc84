//! Stamps of log records as instants: the service's local time, without an offset unless the record gives one.
//!
//! Records come in order, so nearly all stamps are of the hour of the one before: what a zone says of an hour is kept,
//! or of a minute where clocks are changed in that hour. Knows text and zones.

use std::ops::Range;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, Timelike, Utc};

use crate::query::Zone;

/// From this year on, clocks are changed on whole minutes only.
const WHOLE_MINUTES: &[u8] = b"1973";
const MINUTE: usize = "2026-11-23 03:09".len();
const HOUR: usize = "2026-11-23 03".len();

/// Reads stamps, and shows instants in the zone in force. One a thread.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone of the stamps.
    written: Zone,
    /// The zone in which times are shown.
    shown: Zone,
    known: Option<Known>,
    /// Instants in seconds, and the offset that is shown in all of them.
    offset: Option<(Range<i64>, FixedOffset)>,
}

/// An hour or a minute in which every second of a stamp is the next one.
#[derive(Clone, Copy, Debug)]
struct Known {
    minute: [u8; MINUTE],
    is_hour: bool,
    /// The instant at which it begins, in seconds.
    begins: i64,
}

impl Clock {
    /// A clock that reads stamps of one zone and shows them in another.
    pub fn new(written: Zone, shown: Zone) -> Self {
        Clock { written, shown, known: None, offset: None }
    }

    /// The instant of a stamp: `2026-11-23 03:09:54`, with `T` in the middle, with a fraction behind `.` or `,`, with
    /// an offset or `Z` at its end. Finer than microseconds is cut off.
    pub fn instant(&mut self, stamp: &str) -> Option<DateTime<Utc>> {
        let bytes = stamp.as_bytes();
        let minute: &[u8; MINUTE] = bytes.first_chunk()?;
        let (seconds, micros, rest) = seconds(bytes.get(MINUTE..)?)?;
        if !rest.is_empty() {
            let offset = offset(stamp.get(stamp.len() - rest.len()..)?)?;
            let naive = naive(minute)?.checked_sub_offset(offset)?;
            return at(naive.and_utc().timestamp(), seconds, micros);
        }
        let begins = match self.known.and_then(|known| known.begins(minute)) {
            Some(begins) => begins,
            None => {
                let naive = naive(minute)?;
                if minute.as_slice() < WHOLE_MINUTES {
                    let naive = naive.checked_add_signed(Duration::seconds(seconds))?;
                    return at(self.written.resolve(naive).timestamp(), 0, micros);
                }
                let known = self.look_up(*minute, naive);
                self.known = Some(known);
                known.begins(minute)?
            }
        };
        at(begins, seconds, micros)
    }

    fn look_up(&self, minute: [u8; MINUTE], naive: NaiveDateTime) -> Known {
        let begins = |naive| self.written.resolve(naive).timestamp();
        let hour = naive - Duration::minutes(naive.minute().into());
        // Clocks are never changed twice in one hour: where both ends are an hour apart, so is all between them.
        match (begins(hour), begins(hour + Duration::hours(1))) {
            (from, to) if to - from == 3600 => Known { minute, is_hour: true, begins: from },
            _ => Known { minute, is_hour: false, begins: begins(naive) },
        }
    }

    /// Whether a stamp says its offset and so means one instant, whatever the zone.
    pub fn says_offset(stamp: &str) -> bool {
        stamp.as_bytes().get(MINUTE..).and_then(seconds).is_some_and(|(_, _, rest)| !rest.is_empty())
    }

    /// The later instant with the stamp that this one has, where clocks were put back between them.
    pub fn repeated(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.written.latest(self.written.at(instant).naive_local()).filter(|later| *later > instant)
    }

    /// The instant of a number: seconds since 1970, or thousandths where it is too large for seconds.
    pub fn epoch(digits: &str) -> Option<DateTime<Utc>> {
        let number: f64 = digits.parse().ok()?;
        let seconds = if number.abs() >= 1e11 { number / 1000.0 } else { number };
        if seconds.abs() > 1e12 {
            return None;
        }
        // In range, and a fraction beyond microseconds is noise.
        #[allow(clippy::cast_possible_truncation)]
        DateTime::from_timestamp_micros((seconds * 1e6).round() as i64)
    }

    /// The instant in the zone in force.
    pub fn show(&mut self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        let second = instant.timestamp();
        if let Some((known, offset)) = &self.offset
            && known.contains(&second)
        {
            return instant.with_timezone(offset);
        }
        let shown = self.shown.at(instant);
        let offset = *shown.offset();
        let around = |length: i64| second - second.rem_euclid(length)..second - second.rem_euclid(length) + length;
        let is_shown_at =
            |second| DateTime::from_timestamp(second, 0).map(|at| *self.shown.at(at).offset()) == Some(offset);
        let hour = around(3600);
        self.offset = (second > 100_000_000).then(|| match () {
            () if is_shown_at(hour.start) && is_shown_at(hour.end - 1) => (hour, offset),
            () => (around(60), offset),
        });
        shown
    }
}

impl Known {
    /// The instant at which this minute begins, in seconds, if it is known.
    fn begins(&self, minute: &[u8; MINUTE]) -> Option<i64> {
        if !self.is_hour {
            return (self.minute == *minute).then_some(self.begins);
        }
        match minute[HOUR..] {
            [b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9'] if self.minute[..HOUR] == minute[..HOUR] => {
                Some(self.begins + i64::from((tens - b'0') * 10 + (ones - b'0')) * 60)
            }
            _ => None,
        }
    }
}

fn at(begins: i64, seconds: i64, micros: u32) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(begins.checked_add(seconds)?, micros * 1000)
}

fn naive(minute: &[u8; MINUTE]) -> Option<NaiveDateTime> {
    let number = |from: usize, to: usize| {
        minute[from..to].iter().try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    if minute[4] != b'-' || minute[7] != b'-' || !matches!(minute[10], b' ' | b'T' | b't') || minute[13] != b':' {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?.and_hms_opt(number(11, 13)?, number(14, 16)?, 0)
}

/// `:54`, `:54.078351`, and what follows.
fn seconds(text: &[u8]) -> Option<(i64, u32, &[u8])> {
    let [b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9', rest @ ..] = text else { return None };
    let seconds = i64::from((tens - b'0') * 10 + (ones - b'0'));
    let [b'.' | b',', fraction @ ..] = rest else { return Some((seconds, 0, rest)) };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let micros = (0..6).fold(0, |n, place| n * 10 + if place < digits { u32::from(fraction[place] - b'0') } else { 0 });
    (digits > 0).then_some((seconds, micros, &fraction[digits..]))
}

fn offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim_start();
    match Zone::parse(text) {
        _ if text.eq_ignore_ascii_case("z") => FixedOffset::east_opt(0),
        Ok(Zone::Fixed(offset)) => Some(offset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_the_services_local_time() {
        let mut clock = Clock::new(Zone::parse("America/New_York").unwrap(), Zone::parse("+05:30").unwrap());
        for (stamp, instant) in [
            ("2026-11-23 03:09:54", Some("2026-11-23T08:09:54Z")),
            ("2026-11-23 03:09:55,123", Some("2026-11-23T08:09:55.123Z")),
            ("2026-11-23T03:09:54.0783519", Some("2026-11-23T08:09:54.078351Z")),
            ("2026-11-23T03:09:54.078351+00:00", Some("2026-11-23T03:09:54.078351Z")),
            ("2026-11-23T03:09:54Z", Some("2026-11-23T03:09:54Z")),
            ("2026-11-23T03:09:54 -0600", Some("2026-11-23T09:09:54Z")),
            // The hour that was skipped, the first of the two that were the same.
            ("2026-03-08 02:30:00", Some("2026-03-08T07:30:00Z")),
            ("2026-11-01 01:30:00", Some("2026-11-01T05:30:00Z")),
            ("1880-01-01 00:00:00", Some("1880-01-01T04:56:02Z")),
            ("2026-02-30 00:00:00", None),
            ("2026-11-23 03:09:60", None),
            ("2026-11-23 03:09", None),
            ("2026-11-23 03:09:54x", None),
            ("2026-11-23 03:09:54.", None),
            ("ñ026-11-23 03:09:54", None),
        ] {
            let expected = instant.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            // Once with what is kept, once without.
            assert_eq!((clock.instant(stamp), clock.instant(stamp)), (expected, expected), "{stamp}");
            if let Some(instant) = expected {
                assert_eq!(clock.show(instant).to_rfc3339(), Zone::parse("+05:30").unwrap().at(instant).to_rfc3339());
            }
        }
        assert_eq!(Clock::epoch("1763881794.078351"), Clock::epoch("1763881794078.351"));
        assert_eq!(Clock::epoch("1763881794.078351").unwrap().to_rfc3339(), "2025-11-23T07:09:54.078351+00:00");
        assert_eq!(Clock::epoch("1e300"), None);
    }

    #[test]
    fn what_is_kept_is_what_the_zone_says() {
        // Changes by an hour, by half an hour, at midnight, by a whole day, and in the middle of an hour.
        for (name, day) in [
            ("America/New_York", "2026-03-08"),
            ("America/New_York", "2026-11-01"),
            ("Australia/Lord_Howe", "2024-10-06"),
            ("Australia/Lord_Howe", "2024-04-07"),
            ("America/Havana", "2026-03-08"),
            ("Pacific/Apia", "2011-12-30"),
            ("America/St_Johns", "2010-03-14"),
            ("Asia/Kathmandu", "1986-01-01"),
        ] {
            let zone = Zone::parse(name).unwrap();
            let begin = format!("{day}T00:00:00").parse::<NaiveDateTime>().unwrap() - Duration::hours(14);
            let mut clock = Clock::new(zone, zone);
            for minute in 0..42 * 60 {
                let naive = begin + Duration::minutes(minute) + Duration::seconds(minute % 60);
                let instant = clock.instant(&naive.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap();
                assert_eq!(instant, zone.resolve(naive), "{naive} in {name}");
                let instant = naive.and_utc() - Duration::hours(3);
                assert_eq!(clock.show(instant).to_rfc3339(), zone.at(instant).to_rfc3339(), "{instant} in {name}");
            }
        }
    }
}
