//! The decoder of `details` against Python itself: what `json`, `str` and a format string made of random bodies is
//! taken apart again and compared with what went in, value for value.
//!
//! `AUDITCTL_TEST_SEED` makes other bodies.

mod common;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use auditctl::audit::{Decoded, Details, NonFinite, Token, body_value, is_container, quote_python, unescape};
use common::{machine, python};
use serde_json::Value as Json;

const CASES: usize = 4000;

#[test]
fn python_prints_and_the_decoder_reads() {
    // The oracle looks at what Python 3.10 brought.
    let Some(python) = python::importing("sys, json, ast; assert sys.version_info >= (3, 10)") else { return };
    let seed = machine::variable("AUDITCTL_TEST_SEED").map_or(0, |seed| seed.parse().expect("the seed is a number"));
    let mut tally = Tally::default();
    run_oracle(&python, seed, |case| tally.take(case));
    // A generator that no longer meets the hard cases would prove nothing.
    assert!(tally.certain > CASES / 2, "{tally:?}");
    assert!(tally.forged_certain > 100, "{tally:?}");
    assert!(tally.ambiguous > 100, "{tally:?}");
    assert!(tally.containers > 100, "{tally:?}");
    assert!(tally.near_misses > CASES / 2, "{tally:?}");
    let _ = writeln!(io::stderr(), "{tally:?}");
    assert!(tally.failures.is_empty(), "{} failures, the first of them:\n{}", tally.failures.len(), tally.failures[0]);
}

/// What the cases came to. Every one that is wrong stands in `failures`.
#[derive(Clone, Debug, Default)]
struct Tally {
    certain: usize,
    forged_certain: usize,
    ambiguous: usize,
    ambiguous_with_status: usize,
    containers: usize,
    near_misses: usize,
    failures: Vec<String>,
}

impl Tally {
    fn take(&mut self, case: &Json) {
        let checked = match case["text"].as_str() {
            Some(text) => self.check_container(text, &case["is_container"]),
            None => self.check_row(case),
        };
        if let Err(what) = checked {
            self.failures.push(format!("{what}\n{case}"));
        }
    }

    fn check_container(&mut self, text: &str, expected: &Json) -> Result<(), String> {
        let is_one = is_container(text);
        *(if is_one { &mut self.containers } else { &mut self.near_misses }) += 1;
        ensure(expected == is_one, || format!("is a container: {is_one}"))
    }

    fn check_row(&mut self, case: &Json) -> Result<(), String> {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let (request, response) = (text(&case["request"]["printed"]), text(&case["response"]["printed"]));
        let status = case["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let details = Details::read(case["details"].as_str().unwrap_or_default());
        match details.decoded {
            Decoded::Certain => {
                self.certain += 1;
                self.forged_certain += usize::from(case["kind"] == "forged");
                let parts = (details.request, details.status, details.response);
                ensure(parts == (request.as_deref(), status, response.as_deref()), || "certain and wrong".to_owned())?;
            }
            Decoded::Ambiguous => {
                self.ambiguous += 1;
                let opens_container = matches!(case["response"]["tokens"][0][0].as_str(), Some("{" | "["));
                ensure(!opens_container, || "ambiguous, though the response is a container".to_owned())?;
                self.ambiguous_with_status += usize::from(details.status.is_some());
                ensure(details.request.or(details.response).is_none(), || "ambiguous, yet a side".to_owned())?;
                ensure(details.status.is_none_or(|s| Some(s) == status), || "ambiguous, status wrong".to_owned())?;
            }
            Decoded::None => return Err("a row that is none".to_owned()),
        }
        check_side(&case["request"])?;
        check_side(&case["response"])
    }
}

fn check_side(side: &Json) -> Result<(), String> {
    let value = body_value(side["printed"].as_str().unwrap_or_default());
    let expected: Vec<Token> = side["tokens"].as_array().into_iter().flatten().map(token).collect();
    ensure(value.tokens() == expected, || format!("the value is {:?}", value.tokens()))?;
    let mut json = String::new();
    value.write_json(&mut json);
    let parsed: Result<Json, _> = serde_json::from_str(&json);
    // Deeper than serde_json reads, and greater than its numbers: what is left to it is the grammar.
    let is_limit = parsed.as_ref().is_err_and(|e| {
        let what = e.to_string();
        what.contains("recursion limit") || what.contains("number out of range")
    });
    ensure(parsed.is_ok() || is_limit, || format!("not JSON: {json}"))?;
    for text in value.tokens().iter().filter_map(text_of) {
        ensure(unescape(&quote_python(text)) == text, || format!("quoted and back: {text:?}"))?;
    }
    Ok(())
}

fn text_of(token: &Token) -> Option<&str> {
    match token {
        Token::Text(text) | Token::Key(text) => Some(text),
        _ => None,
    }
}

fn token(token: &Json) -> Token {
    let text = token[1].as_str().unwrap_or_default();
    match token[0].as_str().unwrap_or_default() {
        "null" => Token::Null,
        "bool" => Token::Bool(text == "True"),
        "number" => Token::Number(text.into()),
        "nonfinite" => Token::NonFinite(match text {
            "NaN" => NonFinite::NaN,
            "Infinity" => NonFinite::Infinity,
            _ => NonFinite::NegativeInfinity,
        }),
        "text" => Token::Text(text.into()),
        "key" => Token::Key(text.into()),
        "{" => Token::ObjectStart,
        "}" => Token::ObjectEnd,
        "[" => Token::ArrayStart,
        "]" => Token::ArrayEnd,
        other => panic!("the oracle and this test disagree about {other:?}"),
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn run_oracle(python: &Path, seed: u64, mut each: impl FnMut(&Json)) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/decoder.py");
    let mut oracle = Command::new(python)
        .arg(script)
        .args([seed.to_string(), CASES.to_string()])
        .env("PYTHONIOENCODING", "utf-8")
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python started before");
    for line in BufReader::new(oracle.stdout.take().expect("stdout is a pipe")).lines() {
        each(&serde_json::from_str(&line.expect("the oracle prints UTF-8")).expect("the oracle prints JSON"));
    }
    assert!(oracle.wait().is_ok_and(|status| status.success()), "the oracle failed");
}
