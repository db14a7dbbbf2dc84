//! Zones and days against Python's zoneinfo: thousands of local times around the changes of clocks in three dozen
//! zones, and once more with each of some zones as the machine's own.

#![allow(clippy::unwrap_used, reason = "what is unexpected fails the test")]

mod common;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use auditctl::query::{TimeExpr, Zone};
use chrono::{DateTime, NaiveDateTime, Utc};
use common::{Missing, machine, python, skip};

/// In the process that plays the machine of the zone in `TZ`.
const MACHINE: &str = "AUDITCTL_TEST_AS_MACHINE";

/// What the oracle says; None where there is no Python with zones, after saying so.
#[track_caller]
fn oracle() -> Option<String> {
    let python = python::importing("zoneinfo")?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/zones.py");
    let seed = machine::variable("AUDITCTL_TEST_SEED").unwrap_or_else(|| "1".to_owned());
    let output = Command::new(python).args(["-B", script, &seed]).stderr(Stdio::inherit()).output().unwrap();
    if output.status.code() == Some(3) {
        skip(Missing::Python, "the machine has no time zones (Debian: tzdata)");
        return None;
    }
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Compares every line of the oracle with what `zone_of` makes of it; the number of lines.
fn compare(lines: &str, zone_of: impl Fn(&str) -> Zone) -> usize {
    let instant = |seconds: &str| DateTime::<Utc>::from_timestamp(seconds.parse().unwrap(), 0).unwrap();
    let naive = |local: &str| local.parse::<NaiveDateTime>().unwrap();
    for line in lines.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["naive", zone, local, seconds] => {
                assert_eq!(zone_of(zone).resolve(naive(local)), instant(seconds), "{line}");
            }
            ["at", zone, local, seconds] => {
                assert_eq!(zone_of(zone).at(instant(seconds)).naive_local(), naive(local), "{line}");
            }
            ["day", zone, day, first, last] => {
                let day = TimeExpr::parse(day, Utc::now(), &zone_of(zone)).unwrap();
                let last = instant(last) + chrono::Duration::seconds(1);
                assert_eq!((day.since(), day.until()), (instant(first), Some(last)), "{line}");
            }
            _ => panic!("the oracle said {line:?}"),
        }
    }
    lines.lines().count()
}

#[test]
fn named_zones_are_what_python_takes_them_for() {
    let Some(lines) = oracle() else { return };
    let compared = compare(&lines, |name| Zone::parse(name).unwrap());
    assert!(compared > 5_000, "only {compared} lines to compare");
}

#[test]
fn the_machines_own_zone_is_what_python_takes_it_for() {
    if machine::variable(MACHINE).is_some() {
        let mut lines = String::new();
        std::io::stdin().read_to_string(&mut lines).unwrap();
        assert!(compare(&lines, |_| Zone::Machine) > 40);
        return;
    }
    let Some(lines) = oracle() else { return };
    let mut by_zone = BTreeMap::<&str, Vec<&str>>::new();
    for line in lines.lines() {
        by_zone.entry(line.split('\t').nth(1).unwrap()).or_default().push(line);
    }
    for (zone, lines) in by_zone {
        // This test again, in a process whose machine is there.
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_machines_own_zone_is_what_python_takes_it_for"])
            .env("TZ", zone)
            .env(MACHINE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "with TZ={zone}: {said}");
        assert!(said.contains("1 passed"), "with TZ={zone} nothing was compared: {said}");
    }
}
