//! The checks of the audit table: is it as the service's contract says, and can it be sorted by time.

use super::{Check, Findings, Patient, State, secrets};
use crate::store::{AuditTable, ColumnInfo, Health, Promised};

/// The checks, in their order.
pub(super) const CHECKS: &[Check] = &[
    Check { id: "table.schema", run: schema },
    Check { id: "table.index", run: index },
    Check { id: "table.secrets", run: secrets::check },
];

/// Django's limit for the name of an index.
const LONGEST_NAME: usize = 30;

/// The audit table as it is declared, or a finding that it could not be looked at.
fn declared(health: &mut dyn Health, findings: &mut Findings) -> Option<AuditTable> {
    match health.audit_table() {
        Ok(Some(table)) => return Some(table),
        Ok(None) => findings.skip("no audit table could be opened", None),
        Err(error) => findings.unanswered(&error),
    }
    None
}

fn schema(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some((health, _)) = patient.health(findings) else { return };
    if let Err(error) = health.store() {
        return findings.add(State::Fail, None, error.to_string(), error.hint());
    }
    let Some(table) = declared(health, findings) else { return };
    let name = table.info.name.clone();
    let mut odd = Vec::new();
    for promised in health.contract() {
        match table.info.column(promised.name).map(|at| &table.info.columns[at]) {
            Some(column) => odd.extend(differences(column, promised)),
            None => odd.push(format!("there is no column {}", promised.name)),
        }
    }
    if !table.ids_are_never_given_twice {
        odd.push(
            "the id is not AUTOINCREMENT: the ids of deleted entries are given again, and an export with a cursor \
             passes over those that get them"
                .to_owned(),
        );
    }
    if table.info.foreign_key("user_id").is_none() {
        odd.push("user_id refers to no table: users are looked for in auth_user".to_owned());
    }
    let is_promised =
        |column: &ColumnInfo| health.contract().iter().any(|promised| promised.name.eq_ignore_ascii_case(&column.name));
    for column in table.info.columns.iter().filter(|column| !is_promised(column)) {
        if column.not_null && column.default.is_none() && !column.generated {
            odd.push(format!(
                "its column {} may not be NULL and has no default: auditctl can write no entries (record, revert)",
                column.name
            ));
        }
    }
    let remedy = format!("compare with the service's model: python manage.py inspectdb {name}");
    for message in odd {
        findings.add(State::Warn, Some(&name), message, Some(remedy.clone()));
    }
    if findings.is_empty() {
        findings.ok(format!("{name} is as the service's contract says"));
    }
}

/// In what a column differs from the contract.
fn differences(column: &ColumnInfo, promised: &Promised) -> Vec<String> {
    let mut odd = Vec::new();
    let name = promised.name;
    if !promised.types.iter().any(|kind| column.declared_type.eq_ignore_ascii_case(kind)) {
        let declared = if column.declared_type.is_empty() { "without a type" } else { &column.declared_type };
        odd.push(format!("{name} is declared {declared}, the contract says {}", promised.types[0]));
    }
    let may_be_null = !column.not_null && column.primary_key.is_none();
    match (may_be_null, promised.may_be_null) {
        (true, false) => odd.push(format!("{name} may be NULL, the contract says NOT NULL")),
        (false, true) => odd.push(format!("{name} may not be NULL, the contract says that it may")),
        _ => {}
    }
    odd
}

fn index(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some((health, _)) = patient.health(findings) else { return };
    let Some(table) = declared(health, findings) else { return };
    let name = &table.info.name;
    let found = |column| table.indexes.iter().find(|index| index.is_by(column));
    match found("timestamp") {
        Some(index) => findings.ok(format!("{name} has an index on timestamp, {}", index.name)),
        None => {
            let index = index_name(name, "timestamp");
            let sql = health.create_index(&index, name, "timestamp");
            let line = format!("indexes = [models.Index(fields=[\"timestamp\"], name=\"{index}\")]");
            let message = format!(
                "{name} has no index on timestamp: the service sorts all of it for each page of its newest entries \
                 (auditctl does without). While one is created, nobody can write: choose a quiet hour"
            );
            // It can be pasted whole: what is for Django is a comment to the database.
            let remedy = format!("{sql} -- or, so that Django keeps it, in the model's Meta: {line}");
            findings.add(State::Warn, Some("timestamp"), message, Some(remedy));
        }
    }
    if found("user_id").is_none() {
        let sql = health.create_index(&index_name(name, "user_id"), name, "user_id");
        let message = format!("{name} has lost the index on user_id that the service's migration gave it");
        findings.add(State::Warn, Some("user_id"), message, Some(sql));
    }
}

/// A name for an index that Django takes as well.
fn index_name(table: &str, column: &str) -> String {
    let end = format!("_{column}_idx");
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let table: String = table.chars().filter(is_plain).collect();
    // Django refuses names that begin with a digit or an underscore.
    let table = table.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit());
    let table = if table.is_empty() { "audit" } else { table };
    let room = LONGEST_NAME - end.len();
    format!("{}{end}", table[..table.len().min(room)].trim_end_matches('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_indexes_are_such_as_django_takes() {
        for (table, name) in [
            ("api_auditlog", "api_auditlog_timestamp_idx"),
            ("parque_nacional_auditlog", "parque_nacional_timestamp_idx"),
            ("2026_auditlog", "auditlog_timestamp_idx"),
            ("a\"b'ñ_auditlog", "ab_auditlog_timestamp_idx"),
            ("ñ", "audit_timestamp_idx"),
        ] {
            assert_eq!(index_name(table, "timestamp"), name);
            assert!(name.len() <= LONGEST_NAME);
        }
    }
}
