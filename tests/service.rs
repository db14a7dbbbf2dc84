//! The service of `tests/service/` is the one auditctl was written for: its tables, its rows and its log lines are
//! compared with what was read off the original.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs;

use common::Missing;
use common::service::Service;
use rusqlite::{Connection, OpenFlags};

/// As Django's migrations create them in SQLite.
const TABLES: [(&str, &str); 5] = [
    (
        "api_auditlog",
        r#"CREATE TABLE "api_auditlog" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "timestamp" datetime NOT NULL, "action" varchar(255) NOT NULL, "model" varchar(255) NOT NULL, "record_id" integer unsigned NULL CHECK ("record_id" >= 0), "details" text NULL, "user_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED)"#,
    ),
    (
        "api_purchaseorders",
        r#"CREATE TABLE "api_purchaseorders" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "order_date" date NOT NULL, "purchase_date" date NOT NULL, "total_price" decimal NOT NULL, "email" varchar(50) NOT NULL, "qr_image" varchar(100) NULL, "status" varchar(20) NOT NULL, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "visit_id" bigint NOT NULL REFERENCES "api_visits" ("id") DEFERRABLE INITIALLY DEFERRED, "total_crc" decimal NOT NULL, "total_usd" decimal NOT NULL)"#,
    ),
    (
        "api_payments",
        r#"CREATE TABLE "api_payments" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "payment_date" datetime NOT NULL, "payment_method" varchar(30) NOT NULL, "transaction_id" varchar(100) NOT NULL UNIQUE, "status" varchar(20) NOT NULL, "purchase_order_id" bigint NOT NULL UNIQUE REFERENCES "api_purchaseorders" ("id") DEFERRABLE INITIALLY DEFERRED)"#,
    ),
    (
        "reversion_revision",
        r#"CREATE TABLE "reversion_revision" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "date_created" datetime NOT NULL, "comment" text NOT NULL, "user_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED)"#,
    ),
    (
        "reversion_version",
        r#"CREATE TABLE "reversion_version" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" varchar(191) NOT NULL, "format" varchar(255) NOT NULL, "serialized_data" text NOT NULL, "object_repr" text NOT NULL, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "revision_id" integer NOT NULL REFERENCES "reversion_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "db" varchar(191) NOT NULL)"#,
    ),
];

fn open(service: &Service) -> Connection {
    Connection::open_with_flags(service.database(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

#[test]
fn tables_are_those_of_the_original() {
    let Some(service) = Service::shared() else { return };
    let database = open(service);
    let sql = |name: &str| -> String {
        database.query_row("SELECT sql FROM sqlite_master WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };
    for (table, expected) in TABLES {
        assert_eq!(sql(table), expected);
    }
    let index = r#"CREATE INDEX "api_auditlog_user_id_b15d4175" ON "api_auditlog" ("user_id")"#;
    assert_eq!(sql("api_auditlog_user_id_b15d4175"), index);
    let indexes: i64 = database
        .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'api_auditlog'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(indexes, 1, "none on the timestamp");
}

#[test]
fn the_middleware_writes_the_rows_that_were_read_off_the_original() {
    let Some(service) = Service::shared() else { return };
    let database = open(service);
    let whole = [
        "Request Body: , Response Code: 200, Response Body: [{'method': 'VISA', 'label': 'Tarjeta Visa'}, {'method': 'CASH', 'label': 'Efectivo/SINPE'}]",
        "Request Body: None, Response Code: 201, Response Body: {'id': 1, 'payment': None, 'total_price': '0.00', 'email': 'b0@ex.com', 'visit': 1, 'user': 5}",
        r#"Request Body: not json, Response Code: 200, Response Body: x, Response Code: 415, Response Body: {'detail': 'Tipo de medio "text/plain" incompatible en la solicitud.'}"#,
        "Request Body: , Response Code: 204, Response Body: ",
    ];
    for details in whole {
        let found = count(&database, "details = ?1", details);
        assert!(found > 0, "no row {details}");
    }
    let page = ", Response Code: 404, Response Body: \n<!doctype html>\n<html lang=\"en\">";
    let requests = [
        "{'username': 'user5', 'password': 'x'}",
        r#"{'a': [1, 2.5, None, True, {'k': 'v\'s "q" \n ñ 😀'}]}"#,
        "12345678901234567890123",
        "{'x': inf, 'y': -0.0, 'z': 1e-07}",
        r"{'dup': 2, '\x00nul': '\x00'}",
        "a=1&b=2",
        "antes\0después",
    ];
    for request in requests {
        let start = format!("Request Body: {request}{page}");
        // A GLOB or LIKE would stop at a NUL.
        assert!(count(&database, "instr(details, ?1) = 1", &start) > 0, "no row {start}");
    }
    let own = "Request Body: , Response Code: 200, Response Body: {'count': ";
    assert!(count(&database, "action = 'GET /api/audit_log/' AND instr(details, ?1) = 1", own) > 0);
}

#[test]
fn every_kind_of_row_is_there() {
    let Some(service) = Service::shared() else { return };
    let database = open(service);
    let rows: i64 = database.query_row("SELECT count(*) FROM api_auditlog", [], |row| row.get(0)).unwrap();
    assert!(rows >= 600, "{rows} rows");
    let kinds = [
        "action = 'created' AND model = 'purchaseorders' AND user_id IS NOT NULL",
        "action = 'updated' AND model = 'payments' AND user_id IS NULL",
        "action = 'deleted' AND model = 'purchaseorders'",
        "model = 'userprofile'",
        "model = 'donations'",
        "model = 'API Request' AND user_id IS NULL",
        "model = 'API Request' AND user_id = 5",
        "details IS NULL",
        "details = ''",
        "instr(details, char(0)) > 0",
        "instr(details, char(27)) > 0",
        "instr(details, char(8238)) > 0",
        "length(details) > 100000",
        "instr(action, '%') > 0",
        "record_id = 0",
        "record_id = 9223372036854775807",
        "user_id = 4711 AND user_id NOT IN (SELECT id FROM auth_user)",
        "timestamp NOT LIKE '%.%'",
        "timestamp LIKE '1991-%'",
        "timestamp LIKE '9999-%'",
        "timestamp IN (SELECT timestamp FROM api_auditlog GROUP BY timestamp HAVING count(*) > 2)",
    ];
    let statuses = [200, 201, 204, 400, 401, 403, 404, 405, 415, 500, 503];
    let of_status = statuses.iter().map(|status| format!("instr(details, ', Response Code: {status}, ') > 0"));
    for kind in kinds.into_iter().map(str::to_owned).chain(of_status) {
        let found: bool = database
            .query_row(&format!("SELECT EXISTS (SELECT 1 FROM api_auditlog WHERE {kind})"), [], |row| row.get(0))
            .unwrap();
        assert!(found, "no row with {kind}");
    }
}

#[test]
fn versions_are_written_as_the_original_writes_them() {
    let Some(service) = Service::shared() else { return };
    let database = open(service);
    let kinds = [
        // A float in the first version of an order, a string in the next.
        r#"serialized_data LIKE '%"total_crc": 0.0,%'"#,
        r#"serialized_data LIKE '%"total_crc": "0.00"%'"#,
        r#"serialized_data LIKE '%"email": "ana.ñandú@ex.com"%"qr_image": "qr_codes/qr_order_2.png"%'"#,
        r#"serialized_data LIKE '%"transaction_id": "TX-2 \"q\" ''a''"%'"#,
        // A number in a text field, a key by name, a set.
        r#"serialized_data LIKE '%"phone": 88887777%'"#,
        r#"serialized_data LIKE '%"donor": ["ana"]%'"#,
        r#"serialized_data LIKE '%"roles": [2, 3]%'"#,
        "object_repr = 'Purchase Order by ana.ñandú@ex.com on ' || substr(object_repr, -10)",
        "revision_id IN (SELECT revision_id FROM reversion_version GROUP BY revision_id HAVING count(*) > 2)",
        "object_id NOT IN (SELECT id FROM api_purchaseorders) AND object_repr LIKE 'Purchase%'",
    ];
    for kind in kinds {
        let found: bool = database
            .query_row(&format!("SELECT EXISTS (SELECT 1 FROM reversion_version WHERE {kind})"), [], |row| row.get(0))
            .unwrap();
        assert!(found, "no version with {kind}");
    }
}

#[test]
fn logs_are_written_as_the_original_writes_them() {
    let Some(service) = Service::shared() else { return };
    let table = [
        ("audit.log", " - audit - INFO - logging_config - setup_logging:"),
        ("audit.log", " - Sistema de logging configurado correctamente - 20"),
        ("audit.log", r#" - purchase_audit - INFO - audit - log_event:"#),
        ("audit.log", r#" - AUDIT: {"timestamp": "20"#),
        (
            "audit.log",
            r#""event_type": "UPDATE", "model": "PurchaseOrders", "instance_id": 2, "user_id": null, "user_email": null, "changes": {"total_price": {"from": 1000.0, "to": 1500.5}}, "extra_data": {"email": "ana.ñandú@ex.com", "visit_id": 1}}"#,
        ),
        ("audit.log", r#""event_type": "CREATE", "model": "Payments""#),
        ("audit.log", r#""event_type": "DELETE", "model": "PurchaseOrders""#),
        ("audit.log", r#""event_type": "PAYMENT_SUCCESS", "model": "Payments""#),
        ("audit.log", r#""event_type": "PAYMENT_FAILED", "model": "Payments""#),
        ("payments.log", " - payments - INFO - views - perform_create:"),
        ("payments.log", " - Pago creado exitosamente: "),
        ("payments.log", "\nMotivo del banco:\n\tfondos"),
        (
            "purchase_orders.log",
            " - Usuario: ana (ID: 2) - Acción: CREATE_ORDER - Detalles: order_id: 2, total: 1000.00",
        ),
        ("donations.log", " - donations - INFO - Donación recibida: 25.00 (¡Por los\npájaros!)"),
        ("errors.log", " - system_errors - ERROR - config - get_system_status:"),
        ("errors.log", " - Error al obtener estado del sistema: No module named 'visits'"),
        ("errors.log", "\nTraceback (most recent call last):\n"),
    ];
    for (file, part) in table {
        let log = fs::read_to_string(service.logs().join(file)).unwrap();
        assert!(log.contains(part), "{file} lacks {part:?}");
    }
}

fn count(database: &Connection, condition: &str, parameter: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM api_auditlog WHERE {condition}");
    database.query_row(&sql, [parameter], |row| row.get(0)).unwrap()
}

#[test]
fn ci_requires_what_scripts_test_brings_and_no_more() {
    let table = [
        (Missing::Python, None, None, false),
        (Missing::Python, None, Some("true"), true),
        (Missing::Python, None, Some("false"), false),
        (Missing::Python, Some("shells, python"), None, true),
        (Missing::Shell, None, Some("true"), false),
        (Missing::Pager, None, Some("true"), false),
        (Missing::Privilege, None, Some("true"), false),
        (Missing::Privilege, Some("shells,privileges"), None, true),
        (Missing::Shell, Some("shells"), None, true),
        (Missing::Shell, Some("python"), Some("true"), false),
    ];
    for (missing, require, ci, expected) in table {
        assert_eq!(missing.is_required(require, ci), expected, "{missing:?} {require:?} {ci:?}");
    }
}
