//! "Did you mean": the candidate that looks most like what was typed.

/// Longer than any name there is; comparing takes time in proportion to it.
const LONGEST: usize = 100;

/// Below this similarity (1 is equal) a suggestion would be a guess.
const LIKENESS: f64 = 0.8;

/// The candidate most like what was typed, in any case; None when none is close. Of equals the first wins.
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.is_empty() || given.len() > LONGEST {
        return None;
    }
    let given = given.to_ascii_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro_winkler(&given, &candidate.to_ascii_lowercase());
        if likeness >= LIKENESS && best.is_none_or(|(other, _)| likeness > other) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_or_nothing() {
        let fields = ["id", "timestamp", "action", "model", "record_id", "details", "user"];
        for (given, expected) in [
            ("timestmp", Some("timestamp")),
            ("TimeStamp", Some("timestamp")),
            ("time", Some("timestamp")),
            ("record", Some("record_id")),
            ("recordid", Some("record_id")),
            ("usr", Some("user")),
            ("users", Some("user")),
            ("modle", Some("model")),
            ("detail", Some("details")),
            ("path", None),
            ("xyz", None),
            ("", None),
            ("ñandú", None),
        ] {
            assert_eq!(closest(given, fields), expected, "{given}");
        }
    }

    #[test]
    fn a_name_longer_than_any_is_not_compared() {
        let long = "timestamp".repeat(20_000);
        assert_eq!(closest(&long, [long.as_str()]), None);
    }

    #[test]
    fn of_equals_the_first_wins() {
        assert_eq!(closest("abcd", ["abcx", "abcy"]), Some("abcx"));
        assert_eq!(closest("abcd", []), None);
    }
}
