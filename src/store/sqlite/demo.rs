//! The demo's database: the tables exactly as Django 5.2 and django-reversion 5.1 make them, and the park in them.
//!
//! `demo.sql` is what `sqlite_master` of a migrated project holds; a test compares the two. Values are bound as Django
//! binds them, so that each column holds the storage classes it would hold there: decimals as text, of which the
//! column's affinity makes integers and reals.

use std::path::Path;

use rusqlite::{Connection, ToSql, Transaction, params};

use crate::demo::{Model, Park, instant};

/// The tables and indexes.
const SCHEMA: &str = include_str!("demo.sql");

/// The content types of the applications, in the order in which migrating makes them, with the permissions' name.
const CONTENT_TYPES: [(&str, &str, &str); 15] = [
    ("admin", "logentry", "log entry"),
    ("auth", "permission", "permission"),
    ("auth", "group", "group"),
    ("auth", "user", "user"),
    ("contenttypes", "contenttype", "content type"),
    ("sessions", "session", "session"),
    ("reversion", "revision", "revision"),
    ("reversion", "version", "version"),
    ("api", "role", "role"),
    ("api", "visits", "visits"),
    ("api", "auditlog", "audit log"),
    ("api", "donations", "donations"),
    ("api", "purchaseorders", "purchase orders"),
    ("api", "payments", "payments"),
    ("api", "userprofile", "user profile"),
];

/// The migrations, in the order in which they are applied.
const MIGRATIONS: [(&str, &str); 22] = [
    ("contenttypes", "0001_initial"),
    ("auth", "0001_initial"),
    ("admin", "0001_initial"),
    ("admin", "0002_logentry_remove_auto_add"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("api", "0001_initial"),
    ("api", "0002_orders_in_two_currencies"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0002_alter_permission_name_max_length"),
    ("auth", "0003_alter_user_email_max_length"),
    ("auth", "0004_alter_user_username_opts"),
    ("auth", "0005_alter_user_last_login_null"),
    ("auth", "0006_require_contenttypes_0002"),
    ("auth", "0007_alter_validators_add_error_messages"),
    ("auth", "0008_alter_user_username_max_length"),
    ("auth", "0009_alter_user_last_name_max_length"),
    ("auth", "0010_alter_group_name_max_length"),
    ("auth", "0011_update_proxy_permissions"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("reversion", "0001_squashed_0004_auto_20160611_1202"),
    ("reversion", "0002_add_index_on_version_for_content_type_and_db"),
    ("sessions", "0001_initial"),
];

/// The groups of Django's administration, and who is in them.
const GROUPS: [(&str, &[i64]); 2] = [("Taquilla", &[3, 5]), ("Contabilidad", &[2])];

/// The demo's database could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the demo's database could not be made: {0}")]
pub struct DemoError(#[from] rusqlite::Error);

/// Makes the database in a file that doesn't exist yet. The file is whole when this returns, and of no use before.
pub fn create(path: &Path, park: &Park) -> Result<(), DemoError> {
    let mut connection = Connection::open(path)?;
    // Nobody else sees the file before it is finished, and a crash leaves one that nobody will look at.
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    django(&transaction, park)?;
    shop(&transaction, park)?;
    traces(&transaction, park)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Runs one INSERT for each of the rows.
struct Insert<'c>(rusqlite::Statement<'c>);

impl<'c> Insert<'c> {
    fn into(transaction: &'c Transaction<'_>, sql: &str) -> rusqlite::Result<Self> {
        Ok(Insert(transaction.prepare(sql)?))
    }

    fn row(&mut self, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        self.0.execute(values).map(drop)
    }
}

/// What Django itself keeps: migrations, content types, permissions, users, groups, the administration's log.
fn django(transaction: &Transaction<'_>, park: &Park) -> rusqlite::Result<()> {
    let mut insert = Insert::into(transaction, "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)")?;
    for (i, (app, name)) in MIGRATIONS.iter().enumerate() {
        let applied = park.migrated - chrono::Duration::microseconds(41_377 * (MIGRATIONS.len() - i) as i64);
        insert.row(params![app, name, instant(applied)])?;
    }

    let mut insert = Insert::into(transaction, "INSERT INTO django_content_type (app_label, model) VALUES (?, ?)")?;
    let mut permission =
        Insert::into(transaction, "INSERT INTO auth_permission (content_type_id, codename, name) VALUES (?, ?, ?)")?;
    for (app, model, name) in CONTENT_TYPES {
        insert.row(params![app, model])?;
        let id = transaction.last_insert_rowid();
        for verb in ["add", "change", "delete", "view"] {
            permission.row(params![id, format!("{verb}_{model}"), format!("Can {verb} {name}")])?;
        }
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO auth_user (id, password, last_login, is_superuser, username, last_name, email, is_staff, \
         is_active, date_joined, first_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for user in &park.users {
        let p = user.person;
        insert.row(params![
            p.id,
            p.hash,
            user.last_login.map(instant),
            p.is_superuser,
            p.username,
            p.last_name,
            p.email,
            p.is_staff,
            user.is_active,
            instant(user.date_joined),
            p.first_name,
        ])?;
    }

    let mut insert = Insert::into(transaction, "INSERT INTO auth_group (name) VALUES (?)")?;
    let mut member = Insert::into(transaction, "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?)")?;
    for (name, members) in GROUPS {
        insert.row(params![name])?;
        let group = transaction.last_insert_rowid();
        for user in members {
            member.row(params![user, group])?;
        }
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO django_admin_log (id, object_id, object_repr, action_flag, change_message, content_type_id, \
         user_id, action_time) VALUES (?, ?, ?, 2, ?, ?, ?, ?)",
    )?;
    for action in &park.admin_actions {
        let content_type = content_type(action.model);
        let object = action.object.to_string();
        let at = instant(action.at);
        insert.row(params![action.id, object, action.object_repr, action.message, content_type, action.user, at])?;
    }
    Ok(())
}

/// The shop: roles, profiles, days, orders, payments, donations.
fn shop(transaction: &Transaction<'_>, park: &Park) -> rusqlite::Result<()> {
    let mut insert = Insert::into(transaction, "INSERT INTO api_role (id, name, description) VALUES (?, ?, ?)")?;
    for role in park.roles {
        insert.row(params![role.id, role.name, role.description])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO api_userprofile (id, phone, language, created_at, province, user_id) VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    let mut role =
        Insert::into(transaction, "INSERT INTO api_userprofile_roles (userprofile_id, role_id) VALUES (?, ?)")?;
    for profile in &park.profiles {
        let created_at = instant(profile.created_at);
        insert.row(params![profile.id, profile.phone, profile.language, created_at, profile.province, profile.id])?;
        for id in &profile.roles {
            role.row(params![profile.id, id])?;
        }
    }

    let mut insert =
        Insert::into(transaction, "INSERT INTO api_visits (id, day, total_slots, occupied_slots) VALUES (?, ?, ?, ?)")?;
    for visit in &park.visits {
        insert.row(params![visit.id, visit.day.to_string(), visit.total_slots, visit.occupied_slots])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO api_purchaseorders (id, order_date, purchase_date, total_price, email, qr_image, status, \
         user_id, visit_id, total_crc, total_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for order in &park.orders {
        insert.row(params![
            order.id,
            order.order_date.to_string(),
            order.purchase_date.to_string(),
            order.total_price.to_string(),
            order.email,
            order.qr_image,
            order.status,
            order.user,
            order.visit,
            order.total_crc.to_string(),
            order.total_usd.to_string(),
        ])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO api_payments (id, payment_date, payment_method, transaction_id, status, purchase_order_id) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    for p in &park.payments {
        insert.row(params![p.id, instant(p.payment_date), p.method, p.transaction, p.status, p.order])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO api_donations (id, amount, currency, payment_method, message, created_at, donor_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for d in &park.donations {
        let (amount, created_at) = (d.amount.to_string(), instant(d.created_at));
        insert.row(params![d.id, amount, d.currency, d.method, d.message, created_at, d.donor])?;
    }
    Ok(())
}

/// The traces: audit rows, revisions and versions.
fn traces(transaction: &Transaction<'_>, park: &Park) -> rusqlite::Result<()> {
    let mut insert = Insert::into(
        transaction,
        "INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for row in &park.audit {
        let (timestamp, details) = (instant(row.timestamp), row.details.to_string());
        insert.row(params![row.id, timestamp, row.action, row.model, row.record_id, details, row.user])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (?, ?, ?, ?)",
    )?;
    for revision in &park.revisions {
        insert.row(params![revision.id, instant(revision.date_created), revision.comment, revision.user])?;
    }

    let mut insert = Insert::into(
        transaction,
        "INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, \
         revision_id, db) VALUES (?, ?, 'json', ?, ?, ?, ?, 'default')",
    )?;
    for version in &park.versions {
        insert.row(params![
            version.id,
            version.object.to_string(),
            version.serialized_data,
            version.object_repr,
            content_type(version.model),
            version.revision,
        ])?;
    }
    Ok(())
}

/// The id of a model's content type: its place in the list above.
fn content_type(model: Model) -> Option<i64> {
    let at = CONTENT_TYPES.iter().position(|(app, name, _)| (*app, *name) == (model.app(), model.name()))?;
    Some(at as i64 + 1)
}
