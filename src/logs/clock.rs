//! Stamps of log records as instants: the service's local time, without an offset unless the record gives one.
//!
//! Records come in order, so nearly all stamps are of the minute of the one before: what a zone says of a minute is
//! kept. Knows text and zones.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};

use crate::query::Zone;

/// From this year on, clocks are changed on whole minutes only.
const WHOLE_MINUTES: &[u8] = b"1973";
const MINUTE: usize = "2026-11-23 03:09".len();

/// Reads stamps, and shows instants in the zone in force. One a thread.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone of the stamps.
    written: Zone,
    /// The zone in which times are shown.
    shown: Zone,
    minute: [u8; MINUTE],
    /// The instant at which that minute begins, in seconds.
    begins: Option<i64>,
    /// A minute since 1970, and the offset shown in it.
    offset: Option<(i64, FixedOffset)>,
}

impl Clock {
    /// A clock that reads stamps of one zone and shows them in another.
    pub fn new(written: Zone, shown: Zone) -> Self {
        Clock { written, shown, minute: [0; MINUTE], begins: None, offset: None }
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
        if self.begins.is_none() || self.minute != *minute {
            let naive = naive(minute)?;
            if minute.as_slice() < WHOLE_MINUTES {
                let naive = naive.checked_add_signed(chrono::Duration::seconds(seconds))?;
                return at(self.written.resolve(naive).timestamp(), 0, micros);
            }
            self.begins = Some(self.written.resolve(naive).timestamp());
            self.minute = *minute;
        }
        at(self.begins?, seconds, micros)
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
        let minute = instant.timestamp().div_euclid(60);
        match self.offset {
            Some((known, offset)) if known == minute => instant.with_timezone(&offset),
            _ => {
                let shown = self.shown.at(instant);
                self.offset = (instant.timestamp() > 100_000_000).then_some((minute, *shown.offset()));
                shown
            }
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
}
