//! Time zones: from a name to instants and back, with the rules for the hours that daylight saving skips or repeats.

use std::fmt;

use chrono::{DateTime, Duration, FixedOffset, Local, MappedLocalTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

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

    /// The same instant with this zone's offset.
    pub fn at(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        let naive = instant.naive_utc();
        let offset = match self {
            Zone::Named(tz) => tz.offset_from_utc_datetime(&naive).fix(),
            Zone::Fixed(offset) => *offset,
            Zone::Machine => Local.offset_from_utc_datetime(&naive).fix(),
        };
        instant.with_timezone(&offset)
    }

    /// The instant that a clock in this zone showed as `naive`: of two, the earlier; one that was skipped moves
    /// forward by the length of the gap (02:30 on a night that jumps from 02:00 to 03:00 is 03:30).
    pub fn resolve(&self, naive: NaiveDateTime) -> DateTime<Utc> {
        let offset = self.offset_of(naive);
        DateTime::from_naive_utc_and_offset(naive - offset, Utc)
    }

    fn offset_of(&self, naive: NaiveDateTime) -> FixedOffset {
        let mut clock = naive;
        // A gap is never longer than a day (Samoa skipped one); before it, the old offset was in force.
        for _ in 0..=50 {
            match self.mapped(clock) {
                MappedLocalTime::Single(offset) => return offset,
                MappedLocalTime::Ambiguous(a, b) => {
                    return if a.local_minus_utc() > b.local_minus_utc() { a } else { b };
                }
                MappedLocalTime::None => clock -= Duration::minutes(30),
            }
        }
        Utc.fix()
    }

    fn mapped(&self, naive: NaiveDateTime) -> MappedLocalTime<FixedOffset> {
        match self {
            Zone::Named(tz) => tz.offset_from_local_datetime(&naive).map(|o| o.fix()),
            Zone::Fixed(offset) => MappedLocalTime::Single(*offset),
            Zone::Machine => Local.offset_from_local_datetime(&naive),
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
