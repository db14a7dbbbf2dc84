//! Time zones: from a name to instants and back, with the rules for the hours that daylight saving skips or repeats.

use std::cell::Cell;
use std::fmt;

use chrono::{DateTime, Duration, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{QueryError, closest};

thread_local! {
    /// A zone, a day in UTC on which no clock was changed there, and its offset. No clock was ever changed twice on a day.
    static LAST: Cell<Option<(Zone, NaiveDate, FixedOffset)>> = const { Cell::new(None) };
}

/// The zone in which times are shown, and in which naive times are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A zone of the IANA database.
    Named(Tz),
    /// A fixed offset such as `-06:00`.
    Fixed(FixedOffset),
    /// The machine's own, from `TZ` or `/etc/localtime`.
    Machine,
}

impl Zone {
    /// UTC.
    pub const UTC: Zone = Zone::Named(Tz::UTC);

    /// Reads an IANA name in any case, `UTC` or `Z`, an offset such as `-06:00` or `+0200`, `machine` or `local`.
    pub fn parse(text: &str) -> Result<Zone, QueryError> {
        let name = text.trim();
        if name.eq_ignore_ascii_case("machine") || name.eq_ignore_ascii_case("local") {
            return Ok(Zone::Machine);
        }
        if name.eq_ignore_ascii_case("z") {
            return Ok(Zone::UTC);
        }
        if let Some(offset) = parse_offset(name) {
            return Ok(Zone::Fixed(offset));
        }
        Tz::from_str_insensitive(name)
            .map(Zone::Named)
            .map_err(|_| QueryError::UnknownZone { given: text.to_owned(), suggestion: suggest(name) })
    }

    /// The names of all zones of the IANA database, sorted; for completion.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The same instant with this zone's offset.
    pub fn at(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        instant.with_timezone(&self.offset_at(instant.naive_utc()))
    }

    /// The instant that a clock in this zone showed as `naive`: of two, the earlier; one that was skipped moves
    /// forward by the length of the gap (02:30 on a night that jumps from 02:00 to 03:00 is 03:30).
    pub fn resolve(&self, naive: NaiveDateTime) -> DateTime<Utc> {
        let (before, after) = self.around(naive);
        let shown = self.showing(naive, [before, after]).min();
        shown.unwrap_or_else(|| without(naive, before)).and_utc()
    }

    /// The later of the instants that a clock in this zone showed as `naive`; of most there is only one.
    pub fn latest(&self, naive: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.showing(naive, self.around(naive).into()).max().map(|latest| latest.and_utc())
    }

    /// The offsets in force surely before and surely after, whatever the offset: they go to 15 hours. Clocks are never
    /// changed twice in these two days.
    fn around(&self, naive: NaiveDateTime) -> (FixedOffset, FixedOffset) {
        let near = |shift| self.offset_at(naive.checked_add_signed(shift).unwrap_or(naive));
        (near(Duration::hours(-26)), near(Duration::hours(26)))
    }

    /// The instants that a clock showed as `naive`.
    ///
    /// Asked for the way back, chrono's Local takes the first second after a repeated hour for repeated as well. Only
    /// the way from instants to clocks is used here: it has no edges.
    fn showing(&self, naive: NaiveDateTime, offsets: [FixedOffset; 2]) -> impl Iterator<Item = NaiveDateTime> {
        offsets.into_iter().map(move |offset| (offset, without(naive, offset))).filter_map(|(offset, utc)| {
            let is_in_force = self.offset_at(utc) == offset;
            is_in_force.then_some(utc)
        })
    }

    /// The offset in force. Most instants lie on the same day as the one asked for before, and most days have one
    /// offset from beginning to end.
    fn offset_at(&self, utc: NaiveDateTime) -> FixedOffset {
        let day = utc.date();
        if let Some((zone, of, offset)) = LAST.get()
            && (zone, of) == (*self, day)
        {
            return offset;
        }
        let (begin, end) =
            (self.look_up(day.and_time(NaiveTime::MIN)), day.succ_opt().map(|next| next.and_time(NaiveTime::MIN)));
        if end.is_some_and(|end| self.look_up(end) == begin) {
            LAST.set(Some((*self, day, begin)));
            return begin;
        }
        self.look_up(utc)
    }

    fn look_up(&self, utc: NaiveDateTime) -> FixedOffset {
        match self {
            Zone::Named(tz) => tz.offset_from_utc_datetime(&utc).fix(),
            Zone::Fixed(offset) => *offset,
            Zone::Machine => Local.offset_from_utc_datetime(&utc).fix(),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Named(tz) => f.write_str(tz.name()),
            Zone::Fixed(offset) => write!(f, "{offset}"),
            Zone::Machine => f.write_str("machine"),
        }
    }
}

fn without(naive: NaiveDateTime, offset: FixedOffset) -> NaiveDateTime {
    naive.checked_sub_offset(offset).unwrap_or(naive)
}

/// Reads `+02`, `+0200` or `+02:00`, with either sign.
pub(super) fn parse_offset(text: &str) -> Option<FixedOffset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.as_bytes() {
        [_, _] => (rest, "00"),
        [_, _, b':', _, _] => (rest.get(..2)?, rest.get(3..)?),
        [_, _, _, _] => rest.split_at_checked(2)?,
        _ => return None,
    };
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i32>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

/// The offset that was meant: `UTC-6`, `GMT+02:00`, `-6`, `+2:00`, or with a sign that only looks like a hyphen.
fn suggest_offset(name: &str) -> Option<String> {
    let front = name.get(..3).filter(|front| front.eq_ignore_ascii_case("utc") || front.eq_ignore_ascii_case("gmt"));
    let rest = name[front.map_or(0, str::len)..].trim_start();
    let mut characters = rest.chars();
    let sign = match characters.next()? {
        '+' => '+',
        '-' | '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        _ => return None,
    };
    let digits = characters.as_str();
    let offset = match digits.split_once(':') {
        Some((hours, minutes)) => format!("{sign}{hours:0>2}:{minutes}"),
        None if digits.len() < 3 => format!("{sign}{digits:0>2}:00"),
        None => format!("{sign}{digits}"),
    };
    parse_offset(&offset).map(|_| offset)
}

/// The name that was meant: as a whole, or by its city alone (`costa rica`).
fn suggest(name: &str) -> Option<String> {
    if let Some(offset) = suggest_offset(name) {
        return Some(offset);
    }
    let name = name.replace(' ', "_");
    let names = || TZ_VARIANTS.iter().map(|tz| tz.name());
    let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let by_city = |given: &str| names().find(|name| city(name).eq_ignore_ascii_case(given));
    by_city(&name)
        .or_else(|| closest(&name, names()))
        .or_else(|| by_city(closest(&name, names().map(city))?))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_offsets_and_the_machine() {
        let fixed = |seconds| Zone::Fixed(FixedOffset::east_opt(seconds).unwrap());
        for (text, expected) in [
            ("America/Costa_Rica", Zone::Named(Tz::America__Costa_Rica)),
            ("america/costa_rica", Zone::Named(Tz::America__Costa_Rica)),
            (" Europe/Madrid ", Zone::Named(Tz::Europe__Madrid)),
            ("UTC", Zone::UTC),
            ("utc", Zone::UTC),
            ("Z", Zone::UTC),
            ("z", Zone::UTC),
            ("+02:00", fixed(7200)),
            ("-06:00", fixed(-21600)),
            ("+0530", fixed(19800)),
            ("-06", fixed(-21600)),
            ("+00:00", fixed(0)),
            ("-23:59", fixed(-86340)),
            ("machine", Zone::Machine),
            ("Local", Zone::Machine),
        ] {
            assert_eq!(Zone::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_unknown_name_brings_the_one_that_was_meant() {
        for (text, suggestion) in [
            ("America/CostaRica", Some("America/Costa_Rica")),
            ("costa rica", Some("America/Costa_Rica")),
            ("costarica", Some("America/Costa_Rica")),
            ("New York", Some("America/New_York")),
            ("Madrid", Some("Europe/Madrid")),
            ("Europe/Madird", Some("Europe/Madrid")),
            ("qqq", None),
            ("", None),
            ("+24:00", None),
            ("+02:60", None),
            ("06:00", None),
            ("+2:00", Some("+02:00")),
            ("-6", Some("-06:00")),
            ("UTC-6", Some("-06:00")),
            ("gmt+0530", Some("+0530")),
            ("\u{2212}06:00", Some("-06:00")),
            ("+ñ0", None),
            ("+ñ00", None),
            ("+1+1", None),
        ] {
            let error = Zone::parse(text).unwrap_err();
            let expected = QueryError::UnknownZone { given: text.into(), suggestion: suggestion.map(str::to_owned) };
            assert_eq!(error, expected);
        }
    }

    /// Naive times around what each zone is known for, and the instant each means.
    #[test]
    fn hours_that_are_skipped_or_repeated() {
        for (zone, naive, instant) in [
            // An hour is skipped, an hour is repeated.
            ("America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z"),
            ("America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"),
            ("America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z"),
            ("America/New_York", "2026-11-01T01:00:00", "2026-11-01T05:00:00Z"),
            ("America/New_York", "2026-11-01T01:59:59", "2026-11-01T05:59:59Z"),
            ("America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"),
            ("Europe/Madrid", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
            ("Europe/Madrid", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
            ("Europe/Madrid", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            ("Europe/Madrid", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
            // No daylight saving.
            ("America/Costa_Rica", "2026-03-08T02:30:00", "2026-03-08T08:30:00Z"),
            ("America/Costa_Rica", "2026-11-01T01:30:00", "2026-11-01T07:30:00Z"),
            // Midnight is skipped.
            ("America/Havana", "2026-03-08T00:00:00", "2026-03-08T05:00:00Z"),
            ("America/Havana", "2026-03-07T23:59:59", "2026-03-08T04:59:59Z"),
            ("America/Santiago", "2024-09-08T00:00:00", "2024-09-08T04:00:00Z"),
            // The hour before midnight is repeated, midnight itself is not.
            ("America/Santiago", "2024-04-06T23:00:00", "2024-04-07T02:00:00Z"),
            ("America/Santiago", "2024-04-07T00:00:00", "2024-04-07T04:00:00Z"),
            // Half an hour.
            ("Australia/Lord_Howe", "2024-10-06T02:15:00", "2024-10-05T15:45:00Z"),
            ("Australia/Lord_Howe", "2024-10-06T02:30:00", "2024-10-05T15:30:00Z"),
            ("Australia/Lord_Howe", "2024-04-07T01:30:00", "2024-04-06T14:30:00Z"),
            ("Australia/Lord_Howe", "2024-04-07T02:00:00", "2024-04-06T15:30:00Z"),
            // A whole day never was.
            ("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59Z"),
            ("Pacific/Apia", "2011-12-30T00:00:00", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-30T23:59:59", "2011-12-31T09:59:59Z"),
            ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00Z"),
        ] {
            let resolved = Zone::parse(zone).unwrap().resolve(naive.parse().unwrap());
            assert_eq!(resolved, instant.parse::<DateTime<Utc>>().unwrap(), "{naive} in {zone}");
        }
    }

    #[test]
    fn no_time_that_chrono_has_makes_it_panic() {
        for zone in ["UTC", "+23:59", "-23:59", "America/New_York", "machine"] {
            let zone = Zone::parse(zone).unwrap();
            for naive in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                zone.resolve(naive);
            }
            let _ = (zone.at(DateTime::<Utc>::MIN_UTC).to_string(), zone.at(DateTime::<Utc>::MAX_UTC).to_string());
        }
    }
}
