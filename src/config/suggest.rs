//! "Did you mean": the known name nearest to one that is not known.

/// The candidate that differs from `name` by no more than a slip or two, ASCII case aside; None when none is near.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_ascii_lowercase();
    // The distance is quadratic in the length, and no name of ours is long.
    if wanted.len() > 100 {
        return None;
    }
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let known = ["database", "log_dir", "timezone", "service_timezone"];
        for (typed, expected) in [
            ("databse", Some("database")),
            ("DATABASE", Some("database")),
            ("logdir", Some("log_dir")),
            ("time_zone", Some("timezone")),
            ("service_timezon", Some("service_timezone")),
            ("user", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), expected, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
