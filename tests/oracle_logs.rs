//! The grammar of log lines against Python: what its own logging module wrote is what is read.

mod common;

use std::fs;
use std::process::Command;

use common::{TestEnv, machine, python};
use serde_json::Value;

const RECORDS: usize = 3000;

#[test]
fn what_python_logged_is_what_is_read() {
    let Some(python) = python::importing("json, logging.handlers") else { return };
    let seeds = machine::variable("AUDITCTL_PROVE_SEEDS").and_then(|seeds| seeds.parse().ok()).unwrap_or(2);
    for seed in 0..seeds {
        let env = TestEnv::empty();
        let folder = env.path("logs");
        fs::create_dir(&folder).unwrap();
        let mut oracle = Command::new(&python);
        env.prepare(&mut oracle);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/logs.py");
        let (seed, records) = (usize::to_string(&seed), RECORDS.to_string());
        let output = oracle.args(["-B", "-X", "utf8", script]).arg(&folder).args([&seed, &records]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let logged: Vec<Value> = output
            .stdout
            .split(|&b| b == b'\n')
            .filter(|l| !l.is_empty())
            .map(|l| serde_json::from_slice(l).unwrap())
            .collect();
        for file in ["detailed.log", "standard.log"] {
            let expected: Vec<&Value> = logged.iter().filter(|record| record["file"] == file).collect();
            assert_eq!(expected.len(), RECORDS);
            // The backups are read with the log when they are named with it.
            let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(file));
            let words = ["parse", "-o", "ndjson", "--reveal", "--strict", "--log-timezone", "machine"];
            let mut command = env.command(words);
            command.args(&files);
            let ran = env.output(command);
            let read: Vec<Value> = ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(read.len(), RECORDS, "seed {seed}, {file}: {}", ran.said());
            for (read, expected) in read.iter().zip(expected) {
                for field in ["logger", "level", "module", "function", "line", "message"] {
                    assert_eq!(read[field], expected[field], "seed {seed}, {file}, {field} of {read} and {expected}");
                }
                let stamp = read["timestamp"].as_str().unwrap().strip_suffix("-06:00");
                assert_eq!(stamp, expected["timestamp"].as_str(), "{read}");
                let object = expected["message"].as_str().unwrap().strip_prefix("AUDIT: ");
                let object = object.and_then(|text| serde_json::from_str::<Value>(text.split('\n').next()?).ok());
                if let Some(object) = object.filter(Value::is_object) {
                    assert_eq!(read["event"], object, "seed {seed}");
                }
            }
        }
    }
}
