//! Versions and revisions read from a database of the demo, and from one made by hand.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::*;
use crate::demo;
use crate::store::{Check, ForeignKey, Unique};

/// A demo with more versions: two aliases, a model whose ids are texts.
struct Park {
    folder: TempDir,
}

impl Park {
    fn new() -> Park {
        let park = Park { folder: TempDir::new().unwrap() };
        let now: DateTime<Utc> = "2026-11-23T15:00:00Z".parse().unwrap();
        super::super::demo::create(&park.path(), &demo::tell(now, demo::SEED).unwrap()).unwrap();
        park.sql(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (901, '2026-11-22 10:00:00', '', 77);
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200)
             INSERT INTO reversion_version (object_id, format, serialized_data, object_repr, content_type_id, revision_id, db)
             SELECT CASE n % 41 WHEN 0 THEN '' ELSE 'k' || (n % 41) END, 'json', '[]', '', 500, 1000 + n,
                    CASE n % 3 WHEN 0 THEN 'archive' ELSE 'default' END FROM n;",
        );
        park
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("db.sqlite3")
    }

    fn sql(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(&self.path(), None).unwrap()
    }

    /// Rows by the plainest SQL there is.
    fn plainly<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let connection = Connection::open(self.path()).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }
}

#[test]
fn which_models_have_versions() {
    let park = Park::new();
    let sql = "SELECT DISTINCT content_type_id, db FROM reversion_version ORDER BY 1, 2";
    let plainly = park.plainly(sql, |row| Ok(Versioned { content_type: row.get(0)?, db: row.get(1)? }));
    assert_eq!(park.open().versioned().unwrap(), plainly);
    assert_eq!(plainly.len(), 7);
    park.sql("DELETE FROM reversion_version");
    assert_eq!(park.open().versioned().unwrap(), []);
}

#[test]
fn objects_come_in_batches_of_any_size() {
    let park = Park::new();
    let plainly = park.plainly(
        "SELECT object_id, count(*), max(id) FROM reversion_version WHERE content_type_id = 500 AND db = 'default' \
         GROUP BY 1 ORDER BY 1",
        |row| {
            let versions = row.get::<_, i64>(1)?.unsigned_abs();
            Ok(ObjectVersions { object_id: row.get(0)?, versions, newest: row.get(2)? })
        },
    );
    assert_eq!(plainly[0].object_id, "");
    let of = Versioned { content_type: 500, db: "default".into() };
    let mut store = park.open();
    for size in [1, 2, 7, 40, 41, 1000] {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            store.batch = size;
            let batch = store.objects(&of, after.as_deref()).unwrap();
            let Some(last) = batch.last() else { break };
            assert!(batch.len() <= size);
            after = Some(last.object_id.clone());
            all.extend(batch);
        }
        assert_eq!(all, plainly, "in batches of {size}");
    }
}

#[test]
fn versions_by_object_revision_and_age() {
    let park = Park::new();
    let mut store = park.open();
    let ids = |sql: &str| park.plainly(sql, |row| row.get::<_, i64>(0));
    let of_k5 =
        ids("SELECT id FROM reversion_version WHERE content_type_id = 500 AND object_id = 'k5' ORDER BY id DESC");
    assert_eq!(store.version_ids(500, "k5").unwrap(), of_k5);
    assert!(store.version_ids(500, "k").unwrap().is_empty());
    let members = ids("SELECT id FROM reversion_version WHERE revision_id = 39 ORDER BY id");
    assert_eq!(store.revision_members(39).unwrap(), members);
    assert!(store.has_revision(39).unwrap() && !store.has_revision(99_999).unwrap());
    let of = Versioned { content_type: 500, db: "archive".into() };
    let newest =
        ids("SELECT id FROM reversion_version WHERE content_type_id = 500 AND db = 'archive' ORDER BY id DESC LIMIT 3");
    assert_eq!(store.newest_versions(&of, 3).unwrap(), newest);

    let versions = store.versions(&[members[1], -1, members[0]], true).unwrap();
    assert_eq!(versions.iter().map(|version| version.id).collect::<Vec<_>>(), [members[1], members[0]]);
    let version = &versions[0];
    assert_eq!((version.revision, version.username.as_deref(), &*version.db), (39, Some("ana"), "default"));
    assert!(version.data.as_deref().unwrap().starts_with("[{\"model\": \"api.purchaseorders\""));
    assert!(matches!(version.date_created, crate::audit::Stamp::At(_)));
    assert_eq!(store.versions(&members, false).unwrap()[0].data, None);
}

/// However many versions there are, these look at those they are about.
#[test]
fn no_statement_scans_the_versions() {
    let park = Park::new();
    let connection = Connection::open(park.path()).unwrap();
    let object = version_by_id(None, true);
    for sql in
        [OF_OBJECT, OF_REVISION, NEWEST, CONTENT_TYPES, ALIASES_OF_TYPE, ALIASES, OBJECTS, OBJECTS_AFTER, &object]
    {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        for at in 1..=statement.parameter_count() {
            statement.raw_bind_parameter(at, 1).unwrap();
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            assert!(!step.starts_with("SCAN") || !step.contains("reversion_") && !step.contains(" v"), "{step}: {sql}");
            assert!(!step.contains("TEMP B-TREE"), "{step}: {sql}");
        }
    }
}

#[test]
fn a_service_without_versions_is_told_from_one_with_none() {
    let park = Park::new();
    park.sql("DROP TABLE reversion_version");
    assert!(matches!(park.open().versioned(), Err(StoreError::NoVersions { .. })));
}

#[test]
fn tables_as_they_are_declared() {
    let park = Park::new();
    park.sql(
        r#"CREATE TABLE "Zoo_Chip" ("code" char(32) NOT NULL PRIMARY KEY, "serial" bigint NOT NULL, "batch" varchar(10) DEFAULT 'a',
             "data" text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
             "double" bigint GENERATED ALWAYS AS ("serial" * 2) VIRTUAL, "kept" bigint AS ("serial") STORED,
             "order_id" bigint NULL REFERENCES "api_purchaseorders", "visit_id" bigint NULL REFERENCES "api_visits" ("id"),
             "upper" varchar(9) NULL UNIQUE,
             CONSTRAINT "small" CHECK ("serial" < 100));
           CREATE UNIQUE INDEX "pair" ON "Zoo_Chip" ("batch", "serial");
           CREATE UNIQUE INDEX "some" ON "Zoo_Chip" ("serial") WHERE "batch" = 'b';
           CREATE UNIQUE INDEX "odd" ON "Zoo_Chip" (lower("upper"));
           CREATE INDEX "plain" ON "Zoo_Chip" ("batch");"#,
    );
    let mut store = park.open();
    assert!(store.table("zoo_nothing").unwrap().is_none());
    let table = store.table("zoo_chip").unwrap().unwrap();
    assert_eq!(table.name, "Zoo_Chip");
    let column = |name: &str| &table.columns[table.column(name).unwrap()];
    assert_eq!((column("code").primary_key, column("code").not_null, table.key()), (Some(1), true, Some(0)));
    assert_eq!(column("BATCH").default.as_deref(), Some("'a'"));
    assert!(column("data").json && !column("batch").json);
    assert!(column("double").generated && column("kept").generated && !column("serial").generated);
    let key = |column: &str, table: &str| ForeignKey {
        columns: vec![column.into()],
        table: table.into(),
        to: vec!["id".into()],
    };
    assert_eq!(table.foreign_keys, [key("order_id", "api_purchaseorders"), key("visit_id", "api_visits")]);
    let unique = |name: &str, columns: &[Option<&str>], partial| Unique {
        name: name.into(),
        columns: columns.iter().map(|column| column.map(str::to_owned)).collect(),
        partial,
    };
    let mut uniques = table.uniques.clone();
    uniques.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(
        uniques,
        [
            unique("odd", &[None], false),
            unique("pair", &[Some("batch"), Some("serial")], false),
            unique("some", &[Some("serial")], true),
            unique("sqlite_autoindex_Zoo_Chip_2", &[Some("upper")], false),
        ]
    );
    let check = |name: Option<&str>, condition: &str, column: &str| Check {
        name: name.map(str::to_owned),
        condition: condition.into(),
        columns: vec![column.into()],
    };
    assert_eq!(
        table.checks,
        [
            check(None, r#"(JSON_VALID("data") OR "data" IS NULL)"#, "data"),
            check(Some("small"), r#""serial" < 100"#, "serial"),
        ]
    );
}

#[test]
fn rows_and_keys_by_their_storage_type() {
    let park = Park::new();
    park.sql(
        "CREATE TABLE zoo (id char(32) NOT NULL PRIMARY KEY, a, b, c, d, e);
         INSERT INTO zoo VALUES ('00', NULL, 5, 1.5, 'ñ', x'00ff'), ('01', 0, 0, 0, CAST(x'ff41' AS TEXT), '');
         CREATE TABLE zoo_pairs (id integer PRIMARY KEY, zoo_id char(32), other_id bigint);
         INSERT INTO zoo_pairs VALUES (1, '00', 7), (2, '00', 3), (3, '01', 9);",
    );
    let mut store = park.open();
    let table = store.table("zoo").unwrap().unwrap();
    let text = |text: &str| Stored::Text(text.into());
    let rows = store.rows(&table, "id", &[text("01"), text("xx"), text("00")]).unwrap();
    let zero = || Stored::Integer(0);
    assert_eq!(
        rows,
        [
            Some(vec![text("01"), zero(), zero(), zero(), Stored::BadText(vec![0xff, 0x41]), text("")]),
            None,
            Some(vec![
                text("00"),
                Stored::Null,
                Stored::Integer(5),
                Stored::Real(1.5),
                text("ñ"),
                Stored::Blob(vec![0, 255])
            ]),
        ]
    );
    assert_eq!(
        store.linked("zoo_pairs", "zoo_id", &text("00"), "other_id").unwrap(),
        [Stored::Integer(3), Stored::Integer(7)]
    );
    // Keys compare as the column's type says, an integer written as text too.
    let keys: Vec<Stored> = (0..1000).map(Stored::Integer).chain([text("9"), text("x"), Stored::Null]).collect();
    let existing = store.existing("api_purchaseorders", "id", &keys).unwrap();
    let there = park.plainly("SELECT id FROM api_purchaseorders", |row| row.get::<_, i64>(0));
    for (at, exists) in existing.iter().take(1000).enumerate() {
        assert_eq!(*exists, there.contains(&i64::try_from(at).unwrap()), "{at}");
    }
    assert_eq!(existing[1000..], [true, false, false]);
}
