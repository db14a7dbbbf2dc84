//! Tests of the check for what Python prints. That it agrees with Python itself is shown by `tests/decoder.rs`.

use super::*;

#[test]
fn containers() {
    for text in [
        "{}",
        "[]",
        "[[], {}]",
        "{'a': [1, 2.5, None, True, False, {'k': 'v\\'s \"q\" \\n ñ 😀'}]}",
        "{'x': inf, 'y': -0.0, 'z': 1e-07, 'n': nan, 'm': -inf}",
        "{'dup': 2, '\\x00nul': '\\x00'}",
        "[12345678901234567890123, -1, 0]",
        "[\"it's\", 'say \"a\"', 'it\\'s \"a\"', '']",
        "{\"it's\": 1, 'its': 2}",
        "['\\\\', '\\n\\r\\t', '\\x1b\\x7f\\x80\\xa0\\xad', '\\u200b\\u2028', '\\ufffe', '\\U000e0001']",
        "['\\ud800', '\\udc00\\ud800', '\\ud800x\\udc00', '\\ud800\\ud800']",
        "['🫨', '\\U0001fae8']", // newer than Unicode 13
        "[{'a': 1}, {'a': 1}]",
        "{'a': {'a': 1}, 'b': 1}",
        "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6, 'g': 7, 'h': 8, 'i': 9}",
    ] {
        assert!(is_container(text), "{text}");
    }
}

#[test]
fn not_containers() {
    for text in [
        "",
        "1",
        "'a'",
        "None",
        "x",
        "{",
        "[}",
        "[1] ",
        " [1]",
        "[1]]",
        "[1][2]",
        "[1]{}",
        "[ 1]",
        "[1 ]",
        "[1,2]",
        "[1,  2]",
        "[1 , 2]",
        "[1, 2,]",
        "[1,\n2]",
        "[ ]",
        "{'a':1}",
        "{'a' : 1}",
        "{'a':  1}",
        "{'a': 1,'b': 2}",
        "{'a': 1, 'a': 1}",
        "{'a': 1, 'b': {}, 'a': 1}",
        "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6, 'g': 7, 'h': 8, 'i': 9, 'a': 10}",
        "[{'b': 1, 'b': 2}]",
        "{1: 2}",
        "[null]",
        "[true]",
        "[NaN]",
        "[Infinity]",
        "[\"a\"]",
        "[\"it's \\\"a\\\"\"]",
        "[\"\\\"'\"]",
        "['it\\'s']",
        "['\\\"']",
        "['\\/']",
        "['\\a']",
        "['\\0']",
        "['\\q']",
        "['\\x41']",
        "['\\x1B']",
        "['\\x0a']",
        "['\\x09']",
        "['\\u0000']",
        "['\\u00e9']",
        "['\\xe9']",
        "['\\u200B']",
        "['\\U0000200b']",
        "['\\U0001f600']",
        "['\\U00110000']",
        "['\\ud83d\\ude00']",
        "['\u{0}']",
        "['\n']",
        "['\t']",
        "['\u{7f}']",
        "['\u{a0}']",
        "['\u{200b}']",
        "['\u{e000}']",
        "['\u{ffff}']",
        "[-0]",
        "[01]",
        "[1.]",
        "[1.50]",
        "[1e7]",
        "[1e16]",
        "[1E+16]",
        "[1e-7]",
        "[1e400]",
        "[0.1000000000000000055]",
        "[(1, 2)]",
    ] {
        assert!(!is_container(text), "{text}");
    }
}

#[test]
fn floats() {
    for text in [
        "0.0",
        "-0.0",
        "1.0",
        "-1.0",
        "1.5",
        "100.0",
        "0.1",
        "0.0001",
        "0.00012",
        "1e-05",
        "1.5e-05",
        "1e-07",
        "123456789.125",
        "1000000000000000.0",
        "9007199254740992.0",
        "1e+16",
        "1.2345678901234568e+17",
        "1e+22",
        "1e+100",
        "2.9802322387695312e-08",
        "1548259395134586.2",
        "5.684341886080802e-14",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e+308",
        "-1.7976931348623157e+308",
    ] {
        assert_eq!(float_repr(text.parse().unwrap()), text);
        assert!(is_printed_number(text), "{text}");
    }
}

#[test]
fn a_check_stops_at_the_first_byte_that_does_not_fit() {
    let tail = ", 'abcdefgh'".repeat(1000);
    for (beginning, read) in [("[1,2", 4), ("['\\x41'", 7), ("[\"a\"", 4), ("[1 1", 3), ("{'a': 1, 'a': 2}", 16)] {
        assert_eq!(check(&format!("{beginning}{tail}]")), Checked { is_container: false, read }, "{beginning}");
    }
    let whole = format!("[1{tail}]");
    assert_eq!(check(&whole), Checked { is_container: true, read: whole.len() });
    assert_eq!(bytes_read(&whole[..whole.len() - 1]), 0);
}

#[test]
fn many_keys_and_deep_nesting() {
    let keys: Vec<String> = (0..20_000).map(|i| format!("'{i}': {{'a': 0, 'b': 1}}")).collect();
    let keys = keys.join(", ");
    assert!(is_container(&format!("{{{keys}}}")));
    assert!(!is_container(&format!("{{{keys}, '7': 1}}")));

    let deep = format!("{}1{}", "{'a': [".repeat(50_000), "]}".repeat(50_000));
    let checker = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || is_container(&deep));
    assert!(checker.unwrap().join().unwrap());
}
