//! Values from their serialized form into columns and back, type by type.

use super::*;
use crate::store::ColumnInfo;
use crate::store::sqlite::Keeper;

fn column(declared: &str) -> ColumnInfo {
    ColumnInfo {
        name: "c".into(),
        declared_type: declared.trim_end_matches(" json").into(),
        not_null: false,
        default: None,
        primary_key: None,
        generated: false,
        json: declared.ends_with(" json"),
    }
}

fn converter() -> Converter {
    Converter::new(Zone::parse("America/Costa_Rica").unwrap())
}

fn read(json: &str) -> Value {
    read_json(json).unwrap()
}

/// The kind of a column of this type, settled by one more version.
fn kind(declared: &str, other: &str) -> Kind {
    let column = column(declared);
    Kind::of(&column).told_by(&column, &[read(other)])
}

fn json(value: &Value) -> String {
    let mut out = String::new();
    value.write_json(&mut out);
    out
}

fn text(text: &str) -> Stored {
    Stored::Text(text.into())
}

/// Declared type, a version that tells the kind, the serialized value, what is kept of it, and how that is printed.
#[test]
fn serialized_to_stored_and_back() {
    let mut keeper = Keeper::new().unwrap();
    for (declared, other, serialized, kept, printed) in [
        ("integer", "1", "5", Stored::Integer(5), "5"),
        ("integer", "1", "\"12\"", Stored::Integer(12), "12"),
        ("integer", "1", "2.7", Stored::Integer(2), "2"),
        ("integer unsigned", "1", "true", Stored::Integer(1), "1"),
        ("bigint", "1", "-9223372036854775808", Stored::Integer(i64::MIN), "-9223372036854775808"),
        ("bool", "true", "1", Stored::Integer(1), "true"),
        ("bool", "true", "\"f\"", Stored::Integer(0), "false"),
        ("bool", "true", "\"\"", Stored::Null, "null"),
        ("real", "1.0", "2", Stored::Real(2.0), "2.0"),
        ("real", "1.0", "\" 1.5\"", Stored::Real(1.5), "1.5"),
        ("real", "1.0", "Infinity", Stored::Real(f64::INFINITY), "\"Infinity\""),
        ("real", "1.0", "NaN", Stored::Null, "null"),
        ("real", "1.0", "1e-7", Stored::Real(1e-7), "1e-07"),
        ("decimal", "\"0.00\"", "\"1500.50\"", Stored::Real(1500.5), "\"1500.50\""),
        ("decimal", "\"0.00\"", "0.0", Stored::Integer(0), "\"0.00\""),
        ("decimal", "\"0.00\"", "5", Stored::Integer(5), "\"5.00\""),
        ("decimal", "\"0.00\"", "\"1E+3\"", Stored::Integer(1000), "\"1000.00\""),
        ("decimal", "\"0.00\"", "0.30000000000000004", Stored::Real(0.3), "\"0.30\""),
        ("decimal", "\"0.00\"", "2.345", Stored::Real(2.345), "\"2.345\""),
        ("decimal", "\"0.00\"", "1e-7", Stored::Real(1e-7), "\"1E-7\""),
        ("decimal", "0.0", "\"99.990\"", Stored::Real(99.99), "\"99.99\""),
        (
            "decimal",
            "\"0.0000\"",
            "\"123456789012345.6789\"",
            Stored::Real(123_456_789_012_345.67),
            "\"123456789012346.0000\"",
        ),
        ("varchar(20)", "null", "88887777", text("88887777"), "\"88887777\""),
        ("varchar(20)", "null", "1.0", text("1.0"), "\"1.0\""),
        ("varchar(20)", "null", "true", text("True"), "\"True\""),
        ("varchar(20)", "null", "[\"a\", {\"b\": null}]", text("['a', {'b': None}]"), "\"['a', {'b': None}]\""),
        ("varchar(20)", "null", "\"\"", text(""), "\"\""),
        ("varchar(100)", "\"\"", "\"\"", text(""), "\"\""),
        ("char(39)", "null", "\"2001:0DB8::0001\"", text("2001:db8::1"), "\"2001:db8::1\""),
        ("char(39)", "null", "\"\"", Stored::Null, "null"),
        ("text", "null", "\"ñ\\u0000\"", text("ñ\0"), "\"ñ\\u0000\""),
        ("date", "null", "\"2026-1-2\"", text("2026-01-02"), "\"2026-01-02\""),
        ("time", "null", "\"10:20:30.123456\"", text("10:20:30.123456"), "\"10:20:30.123\""),
        (
            "datetime",
            "null",
            "\"2026-11-23T09:09:54.110Z\"",
            text("2026-11-23 09:09:54.110000"),
            "\"2026-11-23T09:09:54.110Z\"",
        ),
        ("datetime", "null", "\"2026-11-23T03:09:54\"", text("2026-11-23 09:09:54"), "\"2026-11-23T09:09:54Z\""),
        ("datetime", "null", "\"2026-11-23\"", text("2026-11-23 06:00:00"), "\"2026-11-23T06:00:00Z\""),
        ("bigint", "\"00:00:01\"", "\"1 02:00:00.000005\"", Stored::Integer(93_600_000_005), "\"1 02:00:00.000005\""),
        (
            "char(32)",
            "null",
            "\"12345678-1234-5678-1234-56781234567A\"",
            text("1234567812345678123456781234567a"),
            "\"12345678-1234-5678-1234-56781234567a\"",
        ),
        (
            "char(32)",
            "null",
            "18",
            text("00000000000000000000000000000012"),
            "\"00000000-0000-0000-0000-000000000012\"",
        ),
        ("BLOB", "null", "\"AAEC/w==\"", Stored::Blob(vec![0, 1, 2, 255]), "\"AAEC/w==\""),
        ("BLOB", "null", "\"\"", Stored::Blob(vec![]), "\"\""),
        (
            "text json",
            "null",
            "{\"ñ\": 1, \"a\": [1.50, true]}",
            text("{\"\\u00f1\": 1, \"a\": [1.5, true]}"),
            "{\"ñ\":1,\"a\":[1.5,true]}",
        ),
        ("text json", "null", "\"x\"", text("\"x\""), "\"x\""),
        ("text json", "null", "null", Stored::Null, "null"),
    ] {
        let (column, kind) = (column(declared), kind(declared, other));
        let field = ColumnField { name: "f", at: 0, column: &column, kind: &kind, reference: None };
        let value = read(serialized);
        let bound = converter().bound(&field, &value).unwrap();
        let stored = keeper.keep(&column.declared_type, &bound).unwrap();
        assert_eq!(stored, kept, "{serialized} in {declared}");
        assert_eq!(json(&converter().serialized(&kind, &stored)), printed, "{stored:?} in {declared}");
        assert_eq!(converter().agreement(&field, &value, Some(&stored), &stored), Agreement::Same);
    }
}

#[test]
fn what_django_would_not_read() {
    for (declared, other, serialized, why) in [
        ("integer", "1", "\"abc\"", "the field f holds text, and Django would not read that as an integer"),
        ("integer", "1", "99999999999999999999", "the field f holds an integer that its column has no room for"),
        (
            "date",
            "null",
            "\"2026-11-23T10:00:00Z\"",
            "the field f holds text, and Django would not read that as a date",
        ),
        ("date", "null", "5", "the field f holds a number, and Django would not read that as a date"),
        ("bool", "true", "2", "the field f holds a number, and Django would not read that as a truth value"),
        ("decimal", "0", "\"NaN\"", "the field f holds text, and Django would not read that as a decimal"),
        ("bigint", "\"00:00:01\"", "5", "the field f holds a number, and Django would not read that as a duration"),
        (
            "bigint",
            "\"00:00:01\"",
            "\"999999999 00:00:00\"",
            "the field f holds a duration that its column has no room for",
        ),
        ("char(32)", "null", "\"12\"", "the field f holds text, and Django would not read that as a UUID"),
        ("BLOB", "null", "\"ñ\"", "the field f holds text, and Django would not read that as bytes in base64"),
        ("real", "1.0", "{}", "the field f holds an object, and Django would not read that as a number"),
        ("point", "1", "1", "the field f can't be converted: its column is of type 'point', which is not Django's own"),
    ] {
        let (column, kind) = (column(declared), kind(declared, other));
        let field = ColumnField { name: "f", at: 0, column: &column, kind: &kind, reference: None };
        assert_eq!(converter().bound(&field, &read(serialized)).unwrap_err().to_string(), why);
    }
}

#[test]
fn equal_by_type() {
    for (declared, a, b, same) in [
        ("decimal", "0.0", "\"0.00\"", true),
        ("decimal", "\"1E+3\"", "\"1000.00\"", true),
        ("decimal", "0.1", "\"0.100000000000000005551115123126\"", true),
        ("decimal", "\"0.1\"", "\"0.100000000000000005551115123126\"", true),
        ("decimal", "\"1234567890123456.1\"", "\"1234567890123456.2\"", true),
        ("decimal", "\"123456789012.1\"", "\"123456789012.2\"", false),
        ("decimal", "\"1.50\"", "\"1.51\"", false),
        ("decimal", "\"2.345\"", "2.345", true),
        ("decimal", "null", "0", false),
        ("bool", "1", "true", true),
        ("bool", "0", "true", false),
        ("varchar(9)", "88887777", "\"88887777\"", true),
        ("varchar(9)", "\"a\"", "\"b\"", false),
        ("real", "2", "2.0", true),
        ("real", "NaN", "NaN", true),
        ("integer", "\"05\"", "5", true),
        ("datetime", "\"2026-11-23T03:09:54.110-06:00\"", "\"2026-11-23T09:09:54.110Z\"", true),
        ("datetime", "\"2026-11-23T09:09:54.110\"", "\"2026-11-23T15:09:54.110Z\"", true),
        ("datetime", "\"2026-11-23T09:09:54.110123Z\"", "\"2026-11-23T09:09:54.110Z\"", true),
        ("datetime", "\"2026-11-23T09:09:54.111Z\"", "\"2026-11-23T09:09:54.110Z\"", false),
        ("time", "\"10:00\"", "\"10:00:00\"", true),
        ("char(32)", "\"1234567812345678123456781234567A\"", "\"12345678-1234-5678-1234-56781234567a\"", true),
        ("text json", "{\"a\": 1, \"b\": 2}", "{\"b\": 2.0, \"a\": 1}", true),
        ("text json", "{\"a\": 1}", "{\"a\": true}", false),
        // Django can't read a date-time back in a date field: it is compared as it stands.
        ("date", "\"2026-11-23T10:00:00Z\"", "\"2026-11-23\"", false),
        ("point", "{\"a\": 1, \"b\": 2}", "{\"b\": 2, \"a\": 1}", true),
    ] {
        let (column, kind) = (column(declared), kind(declared, "null"));
        let field = ColumnField { name: "f", at: 0, column: &column, kind: &kind, reference: None };
        let (a, b) = (read(a), read(b));
        assert_eq!(converter().same(&field, &a, &b), same, "{} {} in {declared}", json(&a), json(&b));
        assert_eq!(converter().same(&field, &b, &a), same);
    }
}

#[test]
fn how_a_live_value_agrees_with_a_version() {
    use Agreement::{Alike, Different, Precision, Same};
    let mut keeper = Keeper::new().unwrap();
    for (declared, other, serialized, live, agreement) in [
        ("datetime", "null", "\"2026-11-23T09:09:54.110Z\"", text("2026-11-23 09:09:54.110321"), Precision),
        ("datetime", "null", "\"2026-11-23T09:09:54.110Z\"", text("2026-11-23 09:09:54.110000"), Same),
        ("datetime", "null", "\"2026-11-23T09:09:54.110Z\"", text("2026-11-23 09:09:54.110"), Alike),
        ("datetime", "null", "\"2026-11-23T09:09:54.110Z\"", text("2026-11-23 09:09:54.111321"), Different),
        ("time", "null", "\"10:20:30.123\"", text("10:20:30.123456"), Precision),
        ("time", "null", "\"10:20:30\"", text("10:20:30.123456"), Different),
        ("decimal", "\"0.00\"", "0.0", Stored::Integer(0), Same),
        // The scale is a guess: digits that are stored are a difference, whatever the versions show.
        ("decimal", "\"0.00\"", "\"10.00\"", Stored::Real(10.001), Different),
        ("decimal", "\"0.0\"", "\"0.3\"", Stored::Real(0.300_000_000_000_000_04), Precision),
        ("decimal", "\"5\"", "2.5", Stored::Integer(2), Precision),
        ("decimal", "\"0.00\"", "2.345", Stored::Real(2.345), Same),
        ("decimal", "\"0.00\"", "2.345", Stored::Real(2.34), Precision),
        ("decimal", "\"0.00\"", "2.345", Stored::Real(2.35), Different),
        ("decimal", "\"0.00\"", "0.30000000000000004", Stored::Real(0.3), Same),
        ("decimal", "\"0.00\"", "\"10.50\"", text("10.5"), Alike),
        ("decimal", "\"0.00\"", "\"10.50\"", Stored::Real(10.51), Different),
        ("bool", "true", "1", Stored::Integer(1), Same),
        ("text json", "null", "{\"a\": 1, \"b\": 2}", text("{\"b\":2,\"a\":1}"), Alike),
        ("varchar(100)", "\"\"", "\"\"", Stored::Null, Alike),
        ("varchar(100)", "null", "\"\"", Stored::Null, Different),
        ("varchar(20)", "null", "88887777", text("88887777"), Same),
        ("date", "null", "\"2026-11-23T10:00:00Z\"", text("2026-11-23"), Different),
    ] {
        let (column, kind) = (column(declared), kind(declared, other));
        let field = ColumnField { name: "f", at: 0, column: &column, kind: &kind, reference: None };
        let value = read(serialized);
        let kept = converter().bound(&field, &value).ok().map(|b| keeper.keep(&column.declared_type, &b).unwrap());
        assert_eq!(converter().agreement(&field, &value, kept.as_ref(), &live), agreement, "{serialized} {live:?}");
    }
}

#[test]
fn sets_of_keys() {
    let of = |from: &str, to: &str| {
        let (removed, added) = converter().set_difference(&Kind::Integer, &read(from), &read(to));
        (removed.iter().map(json).collect::<Vec<_>>().join(" "), added.iter().map(json).collect::<Vec<_>>().join(" "))
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(of("[10, 12, 36]", "[3, 12, 13]"), pair("10 36", "3 13"));
    assert_eq!(of("[1, \"2\"]", "[2, 1]"), pair("", ""));
    assert_eq!(of("[]", "[]"), pair("", ""));
    assert_eq!(of("null", "[[\"user7\"]]"), pair("", "[\"user7\"]"));
}
