//! Redaction against Python: values masked as values and printed by Python are what masking the printed text must give.
//!
//! `AUDITCTL_PROVE_SEEDS=N` tries N seeds instead of one.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "what a developer sets for a test run has to be read somewhere; a test may fail by panicking"
)]

use std::path::Path;
use std::process::Command;

use auditctl::audit::Redactor;

const CASES_A_SEED: usize = 4000;

/// The Python to ask: the one named in the environment, the one of the checkout, or the machine's.
fn python() -> String {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/bin/python");
    std::env::var("AUDITCTL_TEST_PYTHON")
        .ok()
        .filter(|python| !python.is_empty())
        .or_else(|| Path::new(own).exists().then(|| own.to_string()))
        .unwrap_or_else(|| "python3".to_string())
}

#[test]
fn masked_text_is_what_python_prints_of_masked_values() {
    let seeds = std::env::var("AUDITCTL_PROVE_SEEDS")
        .map_or(1, |seeds| seeds.parse().expect("AUDITCTL_PROVE_SEEDS is a number"));
    for seed in 0..seeds {
        check_seed(seed);
    }
}

fn check_seed(seed: usize) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/redaction.py");
    let arguments = [script, &seed.to_string(), &CASES_A_SEED.to_string()];
    let output = Command::new(python()).args(arguments).env("PYTHONIOENCODING", "utf-8").output();
    let output = output.expect("Python is needed: install python3, or name one in AUDITCTL_TEST_PYTHON");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("the oracle prints UTF-8");

    let redactor = Redactor::default();
    let (mut cases, mut with_secrets) = (0, 0);
    for line in lines.lines() {
        let case = parsed(line);
        let [kind, text, masked] = ["kind", "text", "masked"].map(|field| case[field].as_str().expect("a string"));
        let redacted = redactor.text(text);
        if kind == "json" {
            // Escapes in a string that changed are not kept, so JSON is compared as values.
            assert_eq!(parsed(&redacted), parsed(masked), "{text}\nbecame\n{redacted}");
        } else {
            assert_eq!(redacted, masked, "of {text}");
        }
        cases += 1;
        with_secrets += usize::from(text != masked);
    }
    assert_eq!(cases, CASES_A_SEED);
    assert!(with_secrets > cases / 2, "only {with_secrets} cases had secrets");
}

fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
