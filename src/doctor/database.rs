//! The checks of the database as a whole: can it be reached, is it damaged, how does it grow, who may touch it.

use super::{Check, Findings, Opened, Patient, State, command_for, counted, permissions, size};
use crate::config::{ConfigError, mask_passwords};
use crate::store::Integrity;

/// The checks, in their order.
pub(super) const CHECKS: &[Check] = &[
    Check { id: "database.reachable", run: reachable },
    Check { id: "database.permissions", run: permissions::check },
    Check { id: "database.integrity", run: integrity },
    Check { id: "database.size", run: size::check },
];

/// How many kinds of damage are shown.
const MOST_DAMAGE: usize = 5;

fn reachable(patient: &mut Patient<'_>, findings: &mut Findings) {
    let configured = patient.settings.database().ok();
    let named = configured.map(|database| format!("{} ({})", database.value, database.source)).unwrap_or_default();
    match patient.opened() {
        Opened::Open(health) => match health.engine() {
            Ok(engine) => findings.ok(format!("{named}: {engine}")),
            Err(error) => findings.add(State::Fail, None, error.to_string(), error.hint()),
        },
        Opened::Unreachable(error) => {
            let from = configured.map(|database| format!("it comes from: {}", database.source));
            let remedy = error.hint().or(from);
            findings.add(State::Fail, None, error.to_string(), remedy);
        }
        Opened::Unknown(error @ ConfigError::NoDatabase { .. }) => findings.skip(error.to_string(), error.hint()),
        Opened::Unknown(error) => {
            // It may quote a URL.
            let masked = |text: &str| mask_passwords(text).into_owned();
            findings.add(State::Fail, None, masked(&error.to_string()), error.hint().map(|hint| masked(&hint)));
        }
    }
}

fn integrity(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some((health, progress)) = patient.health(findings) else { return };
    let found = match health.integrity(progress) {
        Ok(found) => found,
        Err(error) => return findings.unanswered(&error),
    };
    let remedy = health.file().map(|file| {
        command_for(file, |path| {
            format!("put back a backup; or see what can be saved: sqlite3 {path} .recover | sqlite3 recovered.sqlite3")
        })
    });
    for damage in found.damage.iter().take(MOST_DAMAGE) {
        findings.add(State::Fail, damage.table.as_deref(), damage.what.clone(), remedy.clone());
    }
    if found.damage.len() > MOST_DAMAGE {
        let message = format!("and {} more like it", found.damage.len() - MOST_DAMAGE);
        findings.add(State::Fail, None, message, remedy);
    }
    for unread in &found.unread {
        findings.add(State::Skipped, Some(&unread.table), format!("it was not checked: {}", unread.why), None);
    }
    if found.damage.is_empty() {
        findings.ok(looked_at(&found));
    }
}

/// What was looked at and found well.
fn looked_at(found: &Integrity) -> String {
    if found.whole {
        return "no damage: the whole database passed the quick check".to_owned();
    }
    let mut parts = Vec::new();
    if found.checked > 0 {
        parts.push(format!("{} passed the quick check", counted(found.checked, "table")));
    }
    let read: Vec<String> =
        found.read.iter().map(|(table, rows)| format!("{table} ({})", counted(*rows, "row"))).collect();
    if !read.is_empty() {
        parts.push(format!(
            "read row by row, so as not to keep the service from writing, and without their indexes: {}",
            read.join(", ")
        ));
    }
    match parts.is_empty() {
        true => "no damage was seen".to_owned(),
        false => format!("no damage: {}", parts.join("; ")),
    }
}
