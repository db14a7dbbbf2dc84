//! Figures as people read them: digits in groups, bytes in a unit that fits.

/// `1,000,000`
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 log`, `2 logs`, `1,000,000 entries`.
pub fn counted(count: impl TryInto<u64>, what: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let (stem, plural) = match what.strip_suffix('y') {
        Some(stem) if what != "day" => (stem, "ies"),
        _ if what.ends_with(['s', 'x']) => (what, "es"),
        _ => (what, "s"),
    };
    if count == 1 { format!("1 {what}") } else { format!("{} {stem}{plural}", grouped(count)) }
}

/// `512 bytes`, `1.5 KiB`, `20 MiB`, `1.09 GiB`: three digits and no more.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1024 {
        return format!("{n} byte{}", if n == 1 { "" } else { "s" });
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let places = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    let number = format!("{value:.places$}");
    let number = if places > 0 { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    format!("{number} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(n), text);
        }
        for (n, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (10_239, "10 KiB"),
            (102_400, "100 KiB"),
            (1_023_000, "999 KiB"),
            (1_024_000, "0.98 MiB"),
            (20 << 20, "20 MiB"),
            (1_170_000_000, "1.09 GiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(bytes(n), text, "{n}");
        }
    }
}
