//! Tables of times: what is typed, and the instants it means on a fixed day in given zones.

use chrono::{Duration, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// A Monday, 03:09:54 in Costa Rica and in the middle of the morning in Madrid.
const NOW: &str = "2026-11-23T09:09:54.377372Z";

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn read_at(text: &str, now: &str, zone: &str) -> Result<TimeExpr, QueryError> {
    TimeExpr::parse(text, utc(now), &Zone::parse(zone).unwrap())
}

#[test]
fn instants() {
    for (text, zone, instant) in [
        // RFC 3339 carries its own offset.
        ("2026-11-23T03:09:54.628009-06:00", "Europe/Madrid", "2026-11-23T09:09:54.628009Z"),
        ("2026-11-23T09:09:54Z", "Europe/Madrid", "2026-11-23T09:09:54Z"),
        ("2026-11-23t09:09:54z", "Europe/Madrid", "2026-11-23T09:09:54Z"),
        ("2026-11-23 09:09:54+00:00", "Europe/Madrid", "2026-11-23T09:09:54Z"),
        ("2026-11-23 09:09 UTC", "Europe/Madrid", "2026-11-23T09:09:00Z"),
        ("2026-11-23T09:09:54 +0530", "UTC", "2026-11-23T03:39:54Z"),
        ("2016-12-31T23:59:60Z", "UTC", "2017-01-01T00:00:00Z"),
        ("2017-01-01T05:29:60+05:30", "UTC", "2017-01-01T00:00:00Z"),
        // Naive ones are the zone's.
        ("2026-11-23 10:00", "America/Costa_Rica", "2026-11-23T16:00:00Z"),
        ("2026-11-23T10:00:05.25", "America/Costa_Rica", "2026-11-23T16:00:05.25Z"),
        ("2026-11-23T10:00:05,25", "-06:00", "2026-11-23T16:00:05.25Z"),
        ("  2026-11-23   9:05  ", "UTC", "2026-11-23T09:05:00Z"),
        ("2026-1-5 00:00", "UTC", "2026-01-05T00:00:00Z"),
        ("2026-03-08 02:30", "America/New_York", "2026-03-08T07:30:00Z"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z"),
        // Finer than a microsecond is the next one.
        ("2026-11-23T09:09:54.123456000Z", "UTC", "2026-11-23T09:09:54.123456Z"),
        ("2026-11-23T09:09:54.123456001Z", "UTC", "2026-11-23T09:09:54.123457Z"),
        ("2026-11-23T09:09:54.1234560000000000000000001Z", "UTC", "2026-11-23T09:09:54.123457Z"),
        ("2026-11-23T23:59:59.9999999Z", "UTC", "2026-11-24T00:00:00Z"),
        // Today's.
        ("10:00", "America/Costa_Rica", "2026-11-23T16:00:00Z"),
        ("10:00:05.5", "UTC", "2026-11-23T10:00:05.5Z"),
        ("10:00Z", "Pacific/Auckland", "2026-11-23T10:00:00Z"),
        ("23:00-11:00", "UTC", "2026-11-23T10:00:00Z"),
        // Words.
        ("now", "UTC", NOW),
        ("NOW", "UTC", NOW),
        ("yesterday 18:30", "Europe/Madrid", "2026-11-22T17:30:00Z"),
        ("tomorrow 00:00", "Europe/Madrid", "2026-11-23T23:00:00Z"),
        ("monday 08:00", "UTC", "2026-11-23T08:00:00Z"),
        ("last Mon 08:00", "UTC", "2026-11-16T08:00:00Z"),
        // Seconds of the epoch.
        ("@1732356000", "Europe/Madrid", "2024-11-23T10:00:00Z"),
        ("@1732356000.25", "UTC", "2024-11-23T10:00:00.25Z"),
        ("@0.0000001", "UTC", "1970-01-01T00:00:00.000001Z"),
        ("@-1.5", "UTC", "1969-12-31T23:59:58.5Z"),
        ("@-0.0000001", "UTC", "1970-01-01T00:00:00Z"),
        // The ends of what can be stored.
        ("9999-12-31T23:59:59.999999Z", "UTC", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00+14:00", "UTC", "0001-01-01T00:00:00Z"),
    ] {
        let time = read_at(text, NOW, zone).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(time, TimeExpr::Instant(utc(instant)), "{text} in {zone}");
        assert_eq!((time.since(), time.until()), (utc(instant), Some(utc(instant))));
    }
}

#[test]
fn lengths_ago() {
    for (text, now, zone, instant) in [
        ("-90m", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("90m", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("90 minutes ago", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("-1h30m", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("- 1 h 30 min", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("-1.5h", NOW, "UTC", "2026-11-23T07:39:54.377372Z"),
        ("an hour ago", NOW, "UTC", "2026-11-23T08:09:54.377372Z"),
        ("One Hour AGO", NOW, "UTC", "2026-11-23T08:09:54.377372Z"),
        ("-30s", NOW, "UTC", "2026-11-23T09:09:24.377372Z"),
        ("-1ms", NOW, "UTC", "2026-11-23T09:09:54.376372Z"),
        ("-0m", NOW, "UTC", NOW),
        ("2 days ago", NOW, "UTC", "2026-11-21T09:09:54.377372Z"),
        ("-2d", NOW, "UTC", "2026-11-21T09:09:54.377372Z"),
        ("a week ago", NOW, "UTC", "2026-11-16T09:09:54.377372Z"),
        ("-1w2d3h", NOW, "UTC", "2026-11-14T06:09:54.377372Z"),
        ("1 day 2 hours ago", NOW, "UTC", "2026-11-22T07:09:54.377372Z"),
        // Months end where they end.
        ("1 month ago", "2026-03-31T10:00:00Z", "UTC", "2026-02-28T10:00:00Z"),
        ("-1M", "2024-03-30T10:00:00Z", "UTC", "2024-02-29T10:00:00Z"),
        ("-1y", "2024-02-29T10:00:00Z", "UTC", "2023-02-28T10:00:00Z"),
        ("-1y1M", "2024-02-29T10:00:00Z", "UTC", "2023-01-29T10:00:00Z"),
        ("-1mo", "2026-11-23T10:00:00Z", "UTC", "2026-10-23T10:00:00Z"),
        // A day is the same time on the clock, 24 hours are 24 hours.
        ("-1d", "2026-03-08T16:00:00Z", "America/New_York", "2026-03-07T17:00:00Z"),
        ("-24h", "2026-03-08T16:00:00Z", "America/New_York", "2026-03-07T16:00:00Z"),
        ("-1d", "2026-11-01T17:00:00Z", "America/New_York", "2026-10-31T16:00:00Z"),
        ("-1d", "2026-03-09T06:30:00Z", "America/New_York", "2026-03-08T07:30:00Z"),
        ("-1d", "2026-11-02T06:30:00Z", "America/New_York", "2026-11-01T05:30:00Z"),
        // Finer than a microsecond is the next one.
        ("now", "2026-11-23T10:00:00.000000001Z", "UTC", "2026-11-23T10:00:00.000001Z"),
        ("-1s", "2026-11-23T10:00:00.000000999Z", "UTC", "2026-11-23T09:59:59.000001Z"),
    ] {
        let time = read_at(text, now, zone).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(time, TimeExpr::Instant(utc(instant)), "{text} at {now} in {zone}");
    }
}

#[test]
fn whole_days() {
    for (text, zone, start, end) in [
        ("2026-11-23", "UTC", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("2026-11-23", "America/Costa_Rica", "2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z"),
        ("2026-11-23", "+02:00", "2026-11-22T22:00:00Z", "2026-11-23T22:00:00Z"),
        ("2024-2-29", "UTC", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("today", "America/Costa_Rica", "2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z"),
        // It is tomorrow in Auckland already.
        ("today", "Pacific/Kiritimati", "2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("yesterday", "UTC", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("Tomorrow", "UTC", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"),
        ("monday", "UTC", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("last monday", "UTC", "2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z"),
        ("friday", "UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("last  Fri", "UTC", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("tue", "UTC", "2026-11-17T00:00:00Z", "2026-11-18T00:00:00Z"),
        // Days of 23 and 25 hours, days without a midnight, a day that never was.
        ("2026-03-08", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-11-01", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        ("2026-03-08", "America/Havana", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-03-07", "America/Havana", "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z"),
        ("2024-09-08", "America/Santiago", "2024-09-08T04:00:00Z", "2024-09-09T03:00:00Z"),
        ("2024-04-06", "America/Santiago", "2024-04-06T03:00:00Z", "2024-04-07T04:00:00Z"),
        ("2011-12-29", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        // Longer ones.
        ("2026-02", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("this week", "UTC", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
        ("last week", "UTC", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("this month", "UTC", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("last month", "America/New_York", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z"),
        ("this year", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("Last Year", "UTC", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        // Before the first instant that can be stored there is nothing.
        ("0001-01-01", "+14:00", "0001-01-01T00:00:00Z", "0001-01-01T10:00:00Z"),
    ] {
        let time = read_at(text, NOW, zone).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((time.since(), time.until()), (utc(start), Some(utc(end))), "{text} in {zone}");
        assert!(time.is_whole_days());
    }
}

#[test]
fn the_last_day_has_no_end_that_could_be_stored() {
    for zone in ["UTC", "America/Costa_Rica"] {
        let time = read_at("9999-12-31", NOW, zone).unwrap();
        assert_eq!((time.is_whole_days(), time.until()), (true, None), "{zone}");
        assert_eq!(read_at("9999-12", NOW, zone).unwrap().until(), None);
    }
    // East of Greenwich it ends before the last instant does.
    let east = read_at("9999-12-31", NOW, "+02:00").unwrap();
    assert_eq!(east.until(), Some(utc("9999-12-31T22:00:00Z")));
}

#[test]
fn says_what_is_wrong() {
    for (text, needle) in [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("2026-13-45", "there is no month 13"),
        ("2026-00-10", "there is no month 0"),
        ("2026-02-30", "February 2026 has no day 30: its days go from 1 to 28"),
        ("2026-11-00", "November 2026 has no day 0"),
        ("26-11-23", "'26' is not a year"),
        ("0000-01-01", "'0000' is not a year"),
        ("12026-01-01", "'12026' is not a year"),
        ("2026-", "should be a date"),
        ("2026-11-23-", "should be a date"),
        ("2026-11-23T", "should be a date"),
        ("2026-11-23x10:00", "should be a date"),
        ("2026-11 10:00", "should be a date"),
        ("2026-W47-1", "should be a date"),
        ("2026-11-23T10", "should be a time of day"),
        ("2026-11-23 10:0", "should be a time of day"),
        ("10:00.5", "should be a time of day"),
        ("10:00:05.", "should be a time of day"),
        ("10:00:05.1.2", "should be a time of day"),
        ("100:00", "should be a time of day"),
        ("24:00", "there is no hour 24"),
        ("10:60", "there is no minute 60"),
        ("10:00:61", "there is no second 61"),
        ("10:00:60", "there is no second 60"),
        ("2016-12-31T23:59:60+01:00", "there is no second 60"),
        ("10:00 +25:00", "'+25:00' is not an offset"),
        ("10:00 America/New_York", "is not an offset"),
        ("yesterday noon", "should be a time of day"),
        ("20261123", "a unit such as m, h or d must follow '20261123'"),
        ("23/11/2026", "a date is written 2026-11-23"),
        ("5", "a unit such as m, h or d must follow '5'"),
        ("-", "lacks a length"),
        ("5 fortnights ago", "there is no unit 'fortnights'"),
        ("-m", "a number is missing before 'm'"),
        ("-5m ago", "a number is missing before 'ago'"),
        ("-1.5d", "write hours"),
        ("-3000y", "before the year 1"),
        ("-99999999999999999999d", "before the year 1"),
        ("-18446744073709551615w", "before the year 1"),
        ("-4294967295M1y", "before the year 1"),
        ("-99999999999999999999h", "too long or too fine"),
        ("-1..5h", "too long or too fine"),
        ("-9000000000h", "before the year 1"),
        ("@", "must follow the '@'"),
        ("@soon", "must follow the '@'"),
        ("@1.", "must follow the '@'"),
        ("@1732356000000", "beyond the year 9999"),
        ("@99999999999999999999", "these may be milliseconds"),
        ("@-99999999999999", "too far from 1970"),
        ("9999-12-31T23:00-06:00", "beyond the year 9999"),
        ("9999-12-31T23:59:59.9999999Z", "beyond the year 9999"),
        ("next week", "none of the forms"),
        ("last", "none of the forms"),
        ("last 5", "none of the forms"),
        ("mañana", "none of the forms"),
    ] {
        let error = read_at(text, NOW, "UTC").unwrap_err();
        assert!(error.to_string().contains(needle), "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("'{text}' is not a time: ")), "{error}");
        assert!(error.hint().is_some(), "{text}");
    }
}

#[test]
fn suggests_the_word_that_was_meant() {
    for (text, hint) in [
        ("yesteday", "did you mean 'yesterday'?"),
        ("Wendesday", "did you mean 'wednesday'?"),
        ("last mnth", "did you mean 'last month'?"),
    ] {
        assert_eq!(read_at(text, NOW, "UTC").unwrap_err().hint().as_deref(), Some(hint));
    }
    let hint = read_at("soon", NOW, "UTC").unwrap_err().hint().unwrap();
    assert!(hint.contains("2026-11-23T10:00:05.25-06:00") && hint.contains("-90m"), "{hint}");
}

/// Every form that the hint offers is understood.
#[test]
fn what_the_hint_lists_can_be_typed() {
    let hint = read_at("?", NOW, "UTC").unwrap_err().hint().unwrap();
    let forms = hint.strip_prefix("times are written ").unwrap().replace(" or ", ", ");
    assert!(forms.split(", ").count() > 10);
    for form in forms.split(", ") {
        read_at(form.trim_matches('\''), NOW, "UTC").unwrap();
    }
    for word in WORDS {
        read_at(word, NOW, "UTC").unwrap();
    }
}

proptest! {
    #[test]
    fn nothing_typed_makes_it_panic(text in "(@|-|last |)[0-9a-zA-Z:.+ T-]{0,24}", any in ".{0,24}") {
        for zone in ["UTC", "America/New_York", "+14:00"] {
            let _ = (read_at(&text, NOW, zone), read_at(&any, NOW, zone));
        }
    }

    /// A day holds exactly the instants at which its date is shown, across every change of the clocks.
    #[test]
    fn a_day_is_what_the_calendar_shows(
        zone in prop::sample::select(&[
            Tz::America__New_York, Tz::Europe__Madrid, Tz::America__Havana, Tz::America__Santiago,
            Tz::Australia__Lord_Howe, Tz::Pacific__Apia, Tz::America__Costa_Rica, Tz::Asia__Gaza, Tz::Asia__Kolkata,
        ][..]),
        seconds in 0i64..1_767_225_600,
    ) {
        let now = Utc.timestamp_opt(seconds, 0).unwrap();
        let named = Zone::Named(zone);
        let today = TimeExpr::parse("today", now, &named).unwrap();
        let date = named.at(now).date_naive();
        let (start, end) = (today.since(), today.until().unwrap());
        prop_assert!(start <= now && now < end);
        prop_assert_eq!(TimeExpr::parse(&date.to_string(), now, &named).unwrap(), today);
        let tick = Duration::microseconds(1);
        prop_assert_eq!(named.at(start).date_naive(), date);
        prop_assert_eq!(named.at(end - tick).date_naive(), date);
        prop_assert!(named.at(start - tick).date_naive() < date);
        prop_assert!(named.at(end).date_naive() > date);
    }
}
