//! Sizes as people write them: `20MiB`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size: write a number above zero and a unit, such as 20MiB, 512KiB or 1GB")]
pub struct SizeError(String);

/// Units by their lower-case name. A bare `k`, `M`, `G` counts in powers of 1024, as in logrotate and coreutils.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("t", 1 << 40),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
];

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        parse(text.trim()).map(Size).ok_or_else(|| SizeError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // Nine digits after the point are more than a unit of a size needs, and keep the sum below within 128 bits.
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let tenths: u128 = fraction.parse().ok()?;
    let scale = u128::from(*scale);
    let bytes = u128::from(whole) * scale + tenths * scale / 10u128.pow(u32::try_from(fraction.len()).ok()?);
    u64::try_from(bytes).ok().filter(|bytes| *bytes > 0)
}

impl fmt::Display for Size {
    /// In the largest unit that says it exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 1u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match units.iter().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale)) {
            Some((name, scale)) => write!(f, "{}{name}", self.0 / scale),
            None => write!(f, "{}B", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Size;

    #[test]
    fn sizes_as_people_write_them() {
        for (text, bytes) in [
            ("20MiB", Some(20 << 20)),
            ("20mib", Some(20 << 20)),
            ("20 MiB", Some(20 << 20)),
            ("20M", Some(20 << 20)),
            ("20MB", Some(20_000_000)),
            ("512k", Some(512 << 10)),
            ("1.5GiB", Some(3 << 29)),
            ("0.5k", Some(512)),
            ("1048576", Some(1 << 20)),
            ("1b", Some(1)),
            ("16777215TiB", Some(16_777_215 << 40)),
            ("16777216TiB", None),
            ("", None),
            ("MiB", None),
            ("0", None),
            ("0.0001B", None),
            ("-1MiB", None),
            ("1.MiB", None),
            (".5MiB", None),
            ("1.2.3MiB", None),
            ("20 bananas", None),
            ("99999999999999999999", None),
            ("1.0000000000k", None),
        ] {
            assert_eq!(text.parse::<Size>().ok().map(|size| size.0), bytes, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bytes in 1u64..) {
            prop_assert_eq!(Size(bytes).to_string().parse(), Ok(Size(bytes)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = text.parse::<Size>();
        }
    }
}
