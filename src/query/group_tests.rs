//! Keys of groups: what they are, in which order they stand, and that no two of them are taken for one.

use chrono::Utc;
use proptest::prelude::*;

use super::*;
use crate::query::{ENTRY, RECORD};

struct Row {
    action: &'static str,
    at: Option<&'static str>,
    status: Option<u16>,
}

impl Subject for Row {
    fn user(&self) -> Option<i64> {
        None
    }
    fn timestamp(&self) -> Option<DateTime<Utc>> {
        self.at.map(|at| at.parse().unwrap())
    }
    fn action(&self) -> Option<&[u8]> {
        Some(self.action.as_bytes())
    }
    fn model(&self) -> Option<&[u8]> {
        None
    }
    fn record_id(&self) -> Option<i64> {
        None
    }
    fn details(&self) -> Option<&[u8]> {
        None
    }
    fn status(&self) -> Option<u16> {
        self.status
    }
    fn lookup(&self, path: &FieldPath) -> Looked<'_> {
        match path.name() {
            "action" => Looked::text(self.action()),
            "path" => Looked::text(request_line(self.action).map(|(_, path)| path.as_bytes())),
            "status" => self.status.map_or(Looked::Nothing, |status| Looked::Integer(status.into())),
            _ => Looked::Nothing,
        }
    }
}

fn groups(by: &str, folds_ids: bool, zone: &str, rows: &[Row]) -> Vec<(Vec<String>, u64)> {
    let grouping = Grouping { folds_ids, ..Grouping::parse(by, &ENTRY, Zone::parse(zone).unwrap()).unwrap() };
    let mut groups = Groups::default();
    rows.iter().for_each(|row| groups.add(&grouping, row));
    let shown = |part: KeyPart| match part {
        KeyPart::Null => "null".to_owned(),
        KeyPart::Text(text) => String::from_utf8_lossy(&text).into_owned(),
        KeyPart::Integer(n) => n.to_string(),
        other => format!("{other:?}"),
    };
    groups.into_sorted().into_iter().map(|g| (g.key.into_iter().map(shown).collect(), g.tally.count)).collect()
}

fn at(times: &[&'static str]) -> Vec<Row> {
    times.iter().map(|at| Row { action: "created", at: Some(at), status: None }).collect()
}

#[test]
fn the_calendar_is_that_of_the_zone() {
    let one = |by, zone, time| groups(by, false, zone, &at(&[time])).remove(0).0.remove(0);
    for (by, zone, time, expected) in [
        ("hour", "UTC", "2026-11-23T05:59:59Z", "5"),
        ("hour", "America/Costa_Rica", "2026-11-23T05:59:59Z", "23"),
        ("day", "America/Costa_Rica", "2026-11-23T05:59:59Z", "2026-11-22"),
        ("day", "America/Costa_Rica", "2026-11-23T06:00:00Z", "2026-11-23"),
        ("weekday", "America/Costa_Rica", "2026-11-23T05:59:59Z", "7"),
        ("weekday", "America/Costa_Rica", "2026-11-23T06:00:00Z", "1"),
        ("month", "America/Costa_Rica", "2026-12-01T05:59:59Z", "2026-11"),
        // The week of the first days of a year may belong to the year before.
        ("week", "UTC", "2027-01-03T23:59:59Z", "2026-W53"),
        ("week", "UTC", "2027-01-04T00:00:00Z", "2027-W01"),
        ("day", "UTC", "0001-01-01T00:00:00Z", "0001-01-01"),
        ("day", "Asia/Kathmandu", "2026-11-23T18:15:00Z", "2026-11-24"),
    ] {
        assert_eq!(one(by, zone, time), expected, "{by} of {time} in {zone}");
    }
    // In the night when clocks go back, one hour is two hours long, and the hour that is skipped has nothing.
    let night = at(&["2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"]);
    let hours: Vec<_> = groups("hour", false, "America/New_York", &night);
    assert_eq!(hours, [(vec!["1".into()], 2), (vec!["0".into()], 1), (vec!["2".into()], 1)]);
    let spring = at(&["2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"]);
    assert_eq!(groups("hour", false, "America/New_York", &spring), [(vec!["1".into()], 1), (vec!["3".into()], 1)]);
}

#[test]
fn ids_in_paths_are_folded_on_request() {
    let row = |action| Row { action, at: None, status: None };
    let rows = || {
        vec![
            row("GET /api/payments/12/"),
            row("GET /api/payments/13/"),
            row("GET /api/payments/1f8a2b7c-0d1e-4f3a-9b8c-7d6e5f4a3b2c/items/7"),
            row("GET /api/payments/1F8A2B7C0D1E4F3A9B8C7D6E5F4A3B2C/items/8"),
            row("GET /api/v2/payments/"),
            row("12/13"),
        ]
    };
    let folded = groups("action", true, "UTC", &rows());
    let shown: Vec<String> = folded.iter().map(|(key, count)| format!("{count} {}", key[0])).collect();
    assert_eq!(
        shown,
        ["2 GET /api/payments/:id/", "2 GET /api/payments/:id/items/:id", "1 12/13", "1 GET /api/v2/payments/",]
    );
    assert_eq!(groups("path", true, "UTC", &rows()).len(), 4);
    assert_eq!(groups("path", false, "UTC", &rows()).len(), 6);
    for (part, expected) in [
        ("7", true),
        ("", false),
        ("v1", false),
        ("deadbeef", false),
        ("1f8a2b7c-0d1e-4f3a-9b8c-7d6e5f4a3b2", false),
        ("1f8a2b7c-0d1e-4f3a-9b8c7d6e5f4a3b2c-", false),
        ("1f8a2b7c-0d1e-4f3a-9b8c-7d6e5f4a3b2g", false),
    ] {
        assert_eq!(is_id(part.as_bytes()), expected, "{part}");
    }
}

#[test]
fn the_largest_stand_first_and_then_the_lowest_key() {
    let row = |status| Row { action: "GET /", at: None, status };
    let rows = [row(Some(500)), row(None), row(Some(404)), row(Some(404)), row(Some(200))];
    let status = groups("status", false, "UTC", &rows);
    let shown: Vec<(&str, u64)> = status.iter().map(|(key, count)| (key[0].as_str(), *count)).collect();
    assert_eq!(shown, [("404", 2), ("null", 1), ("200", 1), ("500", 1)]);
    assert_eq!(groups("status_class,hour", false, "UTC", &rows)[0], (vec!["4xx".into(), "null".into()], 2));
}

#[test]
fn failures_are_counted_of_requests() {
    let grouping = Grouping { counts_errors: true, ..Grouping::parse("model", &ENTRY, Zone::UTC).unwrap() };
    let mut groups = Groups::default();
    for (action, status) in
        [("GET /", Some(404)), ("GET /", Some(200)), ("GET /", None), ("POST /", Some(599)), ("created", Some(500))]
    {
        groups.add(&grouping, &Row { action, at: None, status });
    }
    assert_eq!(groups.into_sorted()[0].tally, Tally { count: 5, requests: 4, errors: 2 });
}

#[test]
fn names_are_checked() {
    for (text, suggestion) in [("stauts", Some("status")), ("timestamp", None), ("", None), ("hours", Some("hour"))] {
        match Grouping::parse(text, &ENTRY, Zone::UTC).unwrap_err() {
            QueryError::UnknownPart { suggestion: found, .. } if text != "timestamp" => {
                assert_eq!(found.as_deref(), suggestion, "{text}");
            }
            QueryError::TimePart { given } if given == text => {}
            other => panic!("{other:?}"),
        }
    }
    let repeated = Grouping::parse("user, user", &ENTRY, Zone::UTC).unwrap_err();
    assert!(repeated.to_string().contains("names user twice"), "{repeated}");
    assert!(Grouping::parse("event_type,changes.status.to", &RECORD, Zone::UTC).is_ok());
    assert!(Grouping::parse("status_class", &RECORD, Zone::UTC).is_ok_and(|g| matches!(g.parts[0], Part::Field(_))));
}

fn part() -> impl Strategy<Value = KeyPart> {
    prop_oneof![
        Just(KeyPart::Null),
        Just(KeyPart::Nested),
        any::<bool>().prop_map(KeyPart::Bool),
        any::<i64>().prop_map(KeyPart::Integer),
        "-?[0-9]{1,3}\\.[0-9]{1,2}".prop_map(|digits| KeyPart::Decimal(digits.into())),
        prop::collection::vec(0u8..8, 0..9).prop_map(|bytes| KeyPart::Text(bytes.into())),
    ]
}

fn written(parts: &[KeyPart]) -> Vec<u8> {
    let mut key = Vec::new();
    for part in parts {
        match part {
            KeyPart::Null => KeyPart::write_null(&mut key),
            KeyPart::Nested => KeyPart::write_nested(&mut key),
            KeyPart::Bool(value) => KeyPart::write_bool(*value, &mut key),
            KeyPart::Integer(n) => KeyPart::write_number(Some(*n), &mut key),
            KeyPart::Decimal(digits) => KeyPart::write_decimal(digits.as_bytes(), &mut key),
            KeyPart::Text(text) => KeyPart::write_text(text, &mut key),
        }
    }
    key
}

proptest! {
    #[test]
    fn a_key_reads_back_as_what_was_written(parts in prop::collection::vec(part(), 0..5)) {
        let mut groups = Groups::default();
        groups.tallies.insert(written(&parts).into(), Tally::default());
        prop_assert_eq!(groups.into_unsorted().remove(0).key, parts);
    }

    #[test]
    fn groups_add_up_however_they_are_merged(keys in prop::collection::vec((0u8..6, 0usize..3), 0..60)) {
        let mut pieces = vec![Groups::default(), Groups::default(), Groups::default()];
        let mut expected: HashMap<u8, u64> = HashMap::new();
        for (key, piece) in keys {
            let tally = Tally { count: 1, ..Tally::default() };
            pieces[piece].tallies.entry(written(&[KeyPart::Integer(key.into())]).into()).or_default().add(tally);
            *expected.entry(key).or_default() += 1;
        }
        let mut all = Groups::default();
        pieces.into_iter().for_each(|piece| all.merge(piece));
        let counted: Vec<(Vec<KeyPart>, u64)> = all.into_sorted().into_iter().map(|g| (g.key, g.tally.count)).collect();
        let mut expected: Vec<(u8, u64)> = expected.into_iter().collect();
        expected.sort_by_key(|(key, count)| (std::cmp::Reverse(*count), *key));
        let expected: Vec<_> = expected.into_iter().map(|(key, n)| (vec![KeyPart::Integer(key.into())], n)).collect();
        prop_assert_eq!(counted, expected);
    }
}
