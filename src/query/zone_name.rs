//! Zones by name.

use chrono_tz::Tz;

use super::Zone;

/// A name that no zone has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone: give a name of the IANA database such as America/Costa_Rica, or UTC")]
pub struct UnknownZone(String);

impl Zone {
    /// The zone of this name.
    pub fn parse(name: &str) -> Result<Zone, UnknownZone> {
        Tz::from_str_insensitive(name).map(Zone::Named).map_err(|_| UnknownZone(name.to_owned()))
    }
}
