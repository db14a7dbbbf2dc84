//! The verbs over versions against the real binary: on the demo, and on a database made awkward.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

const NOW: &str = "2026-11-23T15:00:00Z";

/// A demo of its own in an empty environment.
struct World {
    root: TempDir,
}

/// What a run printed and its exit code.
struct Run {
    stdout: String,
    stderr: String,
    status: i32,
}

impl World {
    fn new() -> World {
        let world = World { root: TempDir::new().unwrap() };
        let built = world.run_words(&["demo", world.path("park").to_str().unwrap()]);
        assert_eq!(built.status, 0, "{}", built.stderr);
        world
    }

    /// The same with more tables, models and versions: see [`AWKWARD`].
    fn awkward() -> World {
        let world = World::new();
        world.sql(AWKWARD);
        world.profile(
            "[profiles.test.models.\"zoo.plate\"]\n\
             table = 'placas'\ncolumns = { label = 'texto', habitat = 'lugar' }\n",
        );
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn database(&self) -> PathBuf {
        self.path("park/db.sqlite3")
    }

    fn sql(&self, sql: &str) {
        Connection::open(self.database()).unwrap().execute_batch(sql).unwrap();
    }

    fn profile(&self, models: &str) {
        let text =
            format!("default_profile = 'test'\n[profiles.test]\nservice_timezone = 'America/Costa_Rica'\n{models}");
        fs::write(self.path("config.toml"), text).unwrap();
    }

    fn run_words(&self, words: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
        command.args(words).env_clear().env("HOME", self.root.path()).env("AUDITCTL_NOW", NOW).env("TZ", "UTC");
        command.env("AUDITCTL_DATABASE", self.database()).current_dir(self.root.path());
        if self.path("config.toml").exists() {
            command.env("AUDITCTL_CONFIG", self.path("config.toml"));
        }
        let output = command.output().unwrap();
        Run {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }

    fn run(&self, line: &str) -> Run {
        self.run_words(&line.split(' ').collect::<Vec<_>>())
    }

    /// Everything that a line prints, as one text.
    fn show(&self, line: &str) -> String {
        let Run { stdout, stderr, status } = self.run(line);
        let stderr: String = stderr.lines().map(|line| format!("! {line}\n")).collect();
        format!("{stdout}{stderr}[{status}]").replace(self.root.path().to_str().unwrap(), "$ROOT")
    }

    /// What a line prints as JSON.
    fn json(&self, line: &str) -> Value {
        let Run { stdout, stderr, status } = self.run(line);
        assert_eq!((status, &*stderr), (0, ""), "{line}");
        serde_json::from_str(&stdout).unwrap()
    }
}

#[test]
fn the_versions_of_an_object() {
    let world = World::new();
    assert_snapshot!(world.show("versions purchaseorders 9"), @r#"
    VERSION  REVISION  TIME (+00:00)        USER     COMMENT                  CHANGED
        322       158  2026-11-21 11:47:30  gerardo  Modificado Total price.  total_price
         86        39  2026-10-29 14:10:23  ana      -                        total_crc, total_usd, qr_image, status
         84        38  2026-10-29 14:09:41  ana      -                        status
         83        37  2026-10-29 14:08:04  ana      -                        status
         81        36  2026-10-29 14:07:32  ana      -                        total_price
         79        35  2026-10-29 14:06:56  ana      -                        -
    [0]
    "#);
    assert_snapshot!(world.show("versions API.PurchaseOrders 9 --limit 2 --offset 1 -o csv"), @r#"
    id,revision,date_created,user,username,comment,model,object_id,object_repr,db,format,changed
    86,39,2026-10-29T14:10:23.607438Z,5,ana,,api.purchaseorders,9,Purchase Order by ana.ñandú@parque.example on 2026-10-29,default,json,"total_crc, total_usd, qr_image, status"
    84,38,2026-10-29T14:09:41.765520Z,5,ana,,api.purchaseorders,9,Purchase Order by ana.ñandú@parque.example on 2026-10-29,default,json,status
    ! 2 to 3 of 6 matching versions shown; --all shows all
    [0]
    "#);
    assert_snapshot!(world.show("versions purchaseorders 9 --user gerardo -o json"), @r#"
    [
    {"id":322,"revision":158,"date_created":"2026-11-21T11:47:30.494353Z","user":2,"username":"gerardo","comment":"Modificado Total price.","model":"api.purchaseorders","object_id":"9","object_repr":"Purchase Order by ana.ñandú@parque.example on 2026-10-29","db":"default","format":"json","changed":["total_price"]}
    ]
    [0]
    "#);
    assert_snapshot!(world.show("versions purchaseorders 9 --since 2026-11-01 --columns id,changed -o tsv"), @r#"
    id	changed
    322	total_price
    [0]
    "#);
    assert_snapshot!(world.show("versions purchaseorders 9 --user none --fail-empty -o json"), @r#"
    []
    [1]
    "#);
    assert_snapshot!(world.show("versions --revision 39"), @r#"
    VERSION  MODEL               ID  OBJECT                                                    CHANGED
         85  api.payments         9  Payment CAJA-261029-00009 for order 9                     -
         86  api.purchaseorders   9  Purchase Order by ana.ñandú@parque.example on 2026-10-29  total_crc, total_usd, qr_image, status
    [0]
    "#);
}

#[test]
fn the_models() {
    let world = World::new();
    assert_snapshot!(world.show("models"), @r#"
    MODEL               DB       TABLE               OBJECTS  VERSIONS  UNMAPPED  PROBLEM
    api.donations       default  api_donations            14        14  -         -
    api.payments        default  api_payments             62        62  -         -
    api.purchaseorders  default  api_purchaseorders       67       135  -         -
    api.userprofile     default  api_userprofile          12        19  -         -
    api.visits          default  api_visits               50       122  -         -
    [0]
    "#);
    assert_snapshot!(world.show("models -o ndjson --columns model,table,objects,versions,unmapped,problem"), @r#"
    {"model":"api.donations","table":"api_donations","objects":14,"versions":14,"unmapped":[],"problem":null}
    {"model":"api.payments","table":"api_payments","objects":62,"versions":62,"unmapped":[],"problem":null}
    {"model":"api.purchaseorders","table":"api_purchaseorders","objects":67,"versions":135,"unmapped":[],"problem":null}
    {"model":"api.userprofile","table":"api_userprofile","objects":12,"versions":19,"unmapped":[],"problem":null}
    {"model":"api.visits","table":"api_visits","objects":50,"versions":122,"unmapped":[],"problem":null}
    [0]
    "#);
}

#[test]
fn what_changed() {
    let world = World::new();
    assert_snapshot!(world.show("diff purchaseorders 9"), @r#"
    api.purchaseorders 9: version 86 (2026-10-29T14:10:23Z, ana) → version 322 (2026-11-21T11:47:30Z, gerardo)
      total_price  1500.50 → 500.50
    [0]
    "#);
    assert_snapshot!(world.show("diff purchaseorders 9 --from 79"), @r#"
    api.purchaseorders 9: version 79 (2026-10-29T14:06:56Z, ana) → version 322 (2026-11-21T11:47:30Z, gerardo)
      total_price  1000.00 → 500.50
      total_crc    0.0 → 1500.50
      total_usd    0.0 → 2.95
      qr_image     "" → qr_codes/qr_order_9.png
      status       PENDING → PAID
    [0]
    "#);
    assert_snapshot!(world.show("diff purchaseorders 9 --from 79 --to live -o csv"), @r#"
    field,from,to,from_label,to_label
    total_price,1000.00,500.50,,
    total_crc,0.0,1500.50,,
    total_usd,0.0,2.95,,
    qr_image,,qr_codes/qr_order_9.png,,
    status,PENDING,PAID,,
    [0]
    "#);
    assert_snapshot!(world.show("diff userprofile 2 -o json"), @r#"
    {"model":"api.userprofile","object_id":"2","from":{"version":2,"date_created":"2026-10-25T11:13:54.698497Z"},"to":{"version":7,"date_created":"2026-10-25T11:41:34.399453Z"},"changes":[{"field":"roles","from":[],"to":[3],"removed":[],"added":[3]}]}
    [0]
    "#);
    assert_snapshot!(world.show("diff userprofile 2"), @r#"
    api.userprofile 2: version 2 (2026-10-25T11:13:54Z) → version 7 (2026-10-25T11:41:34Z, directora)
      roles  +3 (Contabilidad)
    [0]
    "#);
    // The first version has none before it.
    assert_snapshot!(world.show("diff payments 8"), @r#"
    api.payments 8: nothing before → version 82 (2026-10-29T14:08:04Z, ana)
      purchase_order  9 (Purchase Order by ana.ñandú@parque.example on 2026-10-29)
      payment_date    2026-10-29T14:08:04.994Z
      payment_method  CARD
      transaction_id  ch_0363e9916ddddbb0
      status          FAILED
    [0]
    "#);
    assert_eq!(world.json("diff payments 8 -o json")["from"], Value::Null);
    let sides = |line: &str| {
        let diff = world.json(line);
        (diff["from"]["version"].clone(), diff["to"]["version"].clone(), diff["to"]["live"].clone())
    };
    assert_eq!(sides("diff purchaseorders 9 --to 84 -o json"), (83.into(), 84.into(), Value::Null));
    assert_eq!(sides("diff purchaseorders 9 --from 81 -o json"), (81.into(), 322.into(), Value::Null));
    assert_eq!(sides("diff purchaseorders 9 --to live -o json"), (322.into(), Value::Null, true.into()));
}

#[test]
fn differences_are_an_exit_code_when_asked_for() {
    let world = World::new();
    for (line, status) in [
        ("diff purchaseorders 9", 0),
        ("diff purchaseorders 9 --exit-code", 1),
        ("diff purchaseorders 9 --to live --exit-code", 0),
        ("diff purchaseorders 9 --from live --to live --exit-code", 0),
    ] {
        assert_eq!(world.run(line).status, status, "{line}");
    }
}

#[test]
fn what_the_service_does_to_the_live_row_is_seen() {
    let world = World::new();
    world.sql("UPDATE api_purchaseorders SET total_price = 99.99, status = 'CANCELLED', visit_id = 3 WHERE id = 9");
    world.sql("INSERT INTO api_userprofile_roles (userprofile_id, role_id) VALUES (2, 1), (2, 2)");
    world.sql("DELETE FROM api_userprofile_roles WHERE userprofile_id = 2 AND role_id = 3");
    assert_snapshot!(world.show("diff purchaseorders 9 --to live"), @r#"
    api.purchaseorders 9: version 322 (2026-11-21T11:47:30Z, gerardo) → live
      total_price  500.50 → 99.99
      status       PAID → CANCELLED
      visit        5 (Visit on 2026-10-29) → 3 (Visit on 2026-10-27)
    [0]
    "#);
    assert_snapshot!(world.show("diff userprofile 2 --to live -o json"), @r#"
    {"model":"api.userprofile","object_id":"2","from":{"version":7,"date_created":"2026-10-25T11:41:34.399453Z"},"to":{"live":true},"changes":[{"field":"roles","from":[3],"to":[1,2],"removed":[3],"added":[1,2]}]}
    [0]
    "#);
}

#[test]
fn who_last_set_each_field() {
    let world = World::new();
    assert_snapshot!(world.show("blame purchaseorders 9"), @r#"
    FIELD          VALUE                     VERSION  TIME (+00:00)        USER
    order_date     2026-10-29                     79  2026-10-29 14:06:56  ana
    purchase_date  2026-10-29                     79  2026-10-29 14:06:56  ana
    total_price    500.50                        322  2026-11-21 11:47:30  gerardo
    total_crc      1500.50                        86  2026-10-29 14:10:23  ana
    total_usd      2.95                           86  2026-10-29 14:10:23  ana
    email          ana.ñandú@parque.example       79  2026-10-29 14:06:56  ana
    qr_image       qr_codes/qr_order_9.png        86  2026-10-29 14:10:23  ana
    status         PAID                           86  2026-10-29 14:10:23  ana
    visit          5                              79  2026-10-29 14:06:56  ana
    user           5                              79  2026-10-29 14:06:56  ana
    [0]
    "#);
    assert_snapshot!(world.show("blame userprofile 2 -o ndjson"), @r#"
    {"field":"user","value":2,"version":2,"revision":2,"date_created":"2026-10-25T11:13:54.698497Z","user":null,"username":null}
    {"field":"phone","value":null,"version":2,"revision":2,"date_created":"2026-10-25T11:13:54.698497Z","user":null,"username":null}
    {"field":"language","value":"es","version":2,"revision":2,"date_created":"2026-10-25T11:13:54.698497Z","user":null,"username":null}
    {"field":"created_at","value":"2026-10-25T11:11:32.567Z","version":2,"revision":2,"date_created":"2026-10-25T11:13:54.698497Z","user":null,"username":null}
    {"field":"province","value":null,"version":2,"revision":2,"date_created":"2026-10-25T11:13:54.698497Z","user":null,"username":null}
    {"field":"roles","value":[3],"version":7,"revision":7,"date_created":"2026-10-25T11:41:34.399453Z","user":1,"username":"directora"}
    [0]
    "#);
}

#[test]
fn what_is_gone() {
    let world = World::new();
    assert_snapshot!(world.show("deleted"), @r#"
    MODEL               ID  OBJECT                                                         VERSION  TIME (+00:00)        USER
    api.payments        60  Payment ch_85e309243df64e8f for order 66                           342  2026-11-23 10:30:41  marisol
    api.purchaseorders  52  Purchase Order by tours.volcan@post.example on 2026-11-16          281  2026-11-16 21:13:56  luis.mora
    api.payments        47  Payment CAJA-261116-00047 for order 52                             280  2026-11-16 21:13:56  luis.mora
    api.purchaseorders  48  Purchase Order by familia.salas@correo.example on 2026-11-15       264  2026-11-15 21:14:01  luis.mora
    api.payments        43  Payment CAJA-261115-00043 for order 48                             263  2026-11-15 21:14:01  luis.mora
    api.purchaseorders  46  Purchase Order by grupo.scout.14@correo.example on 2026-11-14      246  2026-11-14 21:13:10  luis.mora
    api.payments        41  Payment CAJA-261114-00041 for order 46                             245  2026-11-14 21:13:10  luis.mora
    api.payments         8  Payment ch_0363e9916ddddbb0 for order 9                             82  2026-10-29 14:08:04  ana
    [0]
    "#);
    assert_snapshot!(world.show("deleted Payments --limit 1 -o json"), @r#"
    [
    {"model":"api.payments","object_id":"60","object_repr":"Payment ch_85e309243df64e8f for order 66","version":342,"revision":169,"date_created":"2026-11-23T10:30:41.655783Z","user":6,"username":"marisol"}
    ]
    ! 1 of 5 matching objects shown; --all shows all
    [0]
    "#);
    assert_snapshot!(world.show("deleted --count"), @r#"
    8
    [0]
    "#);
    assert_snapshot!(world.show("deleted visits --fail-empty"), @"
    ! nothing matches
    [1]
    ");
}

#[test]
fn what_can_not_be_meant() {
    let world = World::new();
    assert_snapshot!(world.show("versions purchaseorder 9"), @r#"
    ! auditctl: error: there is no model 'purchaseorder'
    ! hint: did you mean 'purchaseorders'?
    [2]
    "#);
    assert_snapshot!(world.show("versions purchaseorders 999"), @r#"
    ! auditctl: error: api.purchaseorders 999 has no versions
    [1]
    "#);
    assert_snapshot!(world.show("versions auditlog 9"), @r#"
    ! auditctl: error: api.auditlog 9 has no versions
    ! hint: no object of this model has; the verb models lists the models that have versions
    [1]
    "#);
    assert_snapshot!(world.show("versions --revision 99999"), @r#"
    ! auditctl: error: revision 99999 does not exist
    [1]
    "#);
    assert_snapshot!(world.show("diff purchaseorders 9 --from 3"), @r#"
    ! auditctl: error: version 3 is not of api.purchaseorders 9, it is of api.userprofile 3
    ! hint: the verb versions lists those of api.purchaseorders 9
    [1]
    "#);
    assert_snapshot!(world.show("diff purchaseorders 9 --from 99999"), @r#"
    ! auditctl: error: there is no version 99999
    ! hint: the verb versions lists those of api.purchaseorders 9
    [1]
    "#);
    assert_snapshot!(world.show("diff payments 8 --to live"), @r#"
    ! auditctl: error: api.payments 8 has no row: it was deleted
    [1]
    "#);
    assert_snapshot!(world.show("versions purchaseorders 9 --columns chnged"), @r#"
    ! auditctl: error: there is no column 'chnged': the columns are id, revision, date_created, user, username, comment, model, object_id, object_repr, db, format, changed
    ! hint: did you mean 'changed'?
    [2]
    "#);
    world.sql("INSERT INTO django_content_type (app_label, model) VALUES ('shop', 'purchaseorders')");
    assert_eq!(world.run("versions purchaseorders 9").status, 0, "one of them has versions");
    world
        .sql("UPDATE reversion_version SET content_type_id = (SELECT max(id) FROM django_content_type) WHERE id = 322");
    assert_snapshot!(world.show("versions purchaseorders 9"), @r#"
    ! auditctl: error: 'purchaseorders' names several models: api.purchaseorders, shop.purchaseorders
    ! hint: write one of them, with its app
    [2]
    "#);
    world.sql("DROP TABLE reversion_version");
    assert_snapshot!(world.show("versions purchaseorders 9"), @r#"
    ! auditctl: error: $ROOT/park/db.sqlite3 has no versions: the tables of django-reversion are not there
    ! hint: name the service's own database with --database, or run manage.py migrate reversion
    [3]
    "#);
}

/// Tables of a zoo with what the shop lacks: UUID and text keys, an inherited model, sets of themselves, a table and
/// columns with names of their own, a duration, JSON; and versions of all sorts.
const AWKWARD: &str = r#"
    PRAGMA foreign_keys = OFF;
    CREATE TABLE zoo_species (id char(32) NOT NULL PRIMARY KEY, latin varchar(80) NOT NULL UNIQUE);
    CREATE TABLE zoo_species_predators (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
        from_species_id char(32) NOT NULL REFERENCES zoo_species (id) DEFERRABLE INITIALLY DEFERRED,
        to_species_id char(32) NOT NULL REFERENCES zoo_species (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE UNIQUE INDEX zoo_pair ON zoo_species_predators (from_species_id, to_species_id);
    CREATE TABLE zoo_animal (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(50) NOT NULL,
        asleep bigint NOT NULL, data text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
        photo varchar(100) NULL, arrived datetime NOT NULL, notes text NOT NULL,
        species_id char(32) NULL REFERENCES zoo_species (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE zoo_bird (animal_ptr_id bigint NOT NULL PRIMARY KEY REFERENCES zoo_animal (id) DEFERRABLE INITIALLY DEFERRED,
        wingspan decimal NOT NULL);
    CREATE TABLE placas (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, texto varchar(60) NOT NULL UNIQUE,
        lugar varchar(50) NULL);
    INSERT INTO django_content_type (id, app_label, model) VALUES
        (101, 'zoo', 'species'), (102, 'zoo', 'animal'), (103, 'zoo', 'bird'), (104, 'zoo', 'plate'),
        (105, 'zoo', 'ghost'), (106, 'zoo', 'visits');
    INSERT INTO zoo_species VALUES ('a0eebc999c0b4ef8bb6d6bb9bd380a11', 'Ara macao'), ('a0eebc999c0b4ef8bb6d6bb9bd380a22', 'Harpia harpyja');
    INSERT INTO zoo_species_predators VALUES (1, 'a0eebc999c0b4ef8bb6d6bb9bd380a11', 'a0eebc999c0b4ef8bb6d6bb9bd380a22');
    INSERT INTO zoo_animal VALUES (7, 'Lapa', 93600000005, '{"b": 1, "a": [1.5]}', NULL, '2026-11-23 09:09:54.110321',
        'Come de todo, sobre todo almendras, y grita cuando llueve. ' || char(27) || '[31m', 'a0eebc999c0b4ef8bb6d6bb9bd380a11');
    INSERT INTO zoo_bird VALUES (7, 95.5);
    INSERT INTO placas VALUES (1, 'Tapir', 'bosque');
    INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES
        (901, '2026-11-22 10:00:00', '', 5), (902, '2026-11-22 11:00:00', 'uno' || char(10) || 'dos', NULL),
        (903, '2026-11-22 12:00:00', '', 77);
    INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
        (901, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'json', '[{"model": "zoo.species", "pk": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "fields": {"latin": "Ara macao", "predators": []}}]', 'Ara macao', 101, 901, 'default'),
        (902, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"name": 88887777, "asleep": "1 02:00:00.000005", "data": {"a": [1.50], "b": 1}, "photo": "", "arrived": "2026-11-23T09:09:54.110Z", "notes": "Come de todo, sobre todo nueces y almendras, y grita cuando llueve.", "species": null, "cage": 3}}]', 'Lapa (7)', 102, 901, 'default'),
        (903, '7', 'json', '[{"model": "zoo.bird", "pk": 7, "fields": {"wingspan": "95.5"}}]', 'Lapa (7)', 103, 901, 'default'),
        (904, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"name": "88887777", "asleep": "1 02:00:00.000005", "data": {"b": 1.0, "a": [1.5]}, "photo": "", "arrived": "2026-11-23T03:09:54.110-06:00", "notes": "Come de todo, sobre todo almendras, y grita cuando llueve.", "species": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}}]', 'Lapa (7)', 102, 902, 'default'),
        (905, '1', 'jsonl', '{"model": "zoo.plate", "pk": 1, "fields": {"label": "Danta", "habitat": "bosque"}}', 'Danta', 104, 901, 'default'),
        (906, '1', 'json', '[{"model": "zoo.ghost", "pk": 1, "fields": {"x": 1}}]', 'x', 105, 901, 'default'),
        (907, '1', 'json', '[{"model": "zoo.ghost", "pk": 1, "fields": {"x": 1.0}}]', 'x', 105, 902, 'default'),
        (908, '2', 'xml', '<django-objects/>', 'roto', 104, 901, 'default'),
        (909, '2', 'json', '[{"model": "zoo.plate", "pk": 2, "fie', 'roto', 104, 902, 'default'),
        (910, '2', 'json', '[{"model": "zoo.placa", "pk": 2, "fields": {}}]', 'roto' || char(27) || '[2J', 104, 903, 'default'),
        (911, 'a/b', 'json', '[{"model": "zoo.visits", "pk": "a/b", "fields": {"day": "2026-11-23"}}]', 'a/b', 106, 901, 'archive');
"#;

#[test]
fn keys_and_fields_of_every_sort() {
    let world = World::awkward();
    assert_snapshot!(world.show("models --columns model,db,table,objects,versions,unmapped,problem -o tsv"), @r#"
    model	db	table	objects	versions	unmapped	problem
    api.donations	default	api_donations	14	14		
    api.payments	default	api_payments	62	62		
    api.purchaseorders	default	api_purchaseorders	67	135		
    api.userprofile	default	api_userprofile	12	19		
    api.visits	default	api_visits	50	122		
    zoo.animal	default	zoo_animal	1	2	cage	
    zoo.bird	default	zoo_bird	1	1		
    zoo.ghost	default		1	2		the table of zoo.ghost can't be found: there is no table zoo_ghost; name it in the profile: models."zoo.ghost".table = "…"
    zoo.plate	default	placas	2	4		of the newest 4 versions 3 can't be read: version 910 can't be read: it is filed under zoo.plate, but its data is of zoo.placa, as after a model was renamed
    zoo.species	default	zoo_species	1	1		
    zoo.visits	archive		1	1		its objects live in the service's database 'archive'
    [0]
    "#);
    assert_snapshot!(world.show("versions zoo.animal 7"), @r#"
    VERSION  REVISION  TIME (+00:00)        USER  COMMENT   CHANGED
        904       902  2026-11-22 11:00:00  -     uno\ndos  notes, species, cage
        902       901  2026-11-22 10:00:00  ana   -         -
    [0]
    "#);
    assert_snapshot!(world.show("diff zoo.animal 7"), @r#"
    zoo.animal 7: version 902 (2026-11-22T10:00:00Z, ana) → version 904 (2026-11-22T11:00:00Z)
      notes    Come de todo, sobre todo [-nueces y -]almendras, y grita cuando llueve.
      species  null → a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 (Ara macao)
      cage     3 → (no such field)
    [0]
    "#);
    assert_snapshot!(world.show("diff zoo.animal 7 --to live -o json"), @r#"
    {"model":"zoo.animal","object_id":"7","from":{"version":904,"date_created":"2026-11-22T11:00:00Z"},"to":{"live":true},"changes":[{"field":"name","from":"88887777","to":"Lapa"},{"field":"notes","from":"Come de todo, sobre todo almendras, y grita cuando llueve.","to":"Come de todo, sobre todo almendras, y grita cuando llueve. \u001b[31m"}]}
    [0]
    "#);
    // A UUID without its dashes, a set of the model itself.
    assert_snapshot!(world.show("diff species A0EEBC999C0B4EF8BB6D6BB9BD380A11 --to live -o json"), @r#"
    {"model":"zoo.species","object_id":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","from":{"version":901,"date_created":"2026-11-22T10:00:00Z"},"to":{"live":true},"changes":[{"field":"predators","from":[],"to":["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22"],"removed":[],"added":["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22"]}]}
    [0]
    "#);
    assert_snapshot!(world.show("diff bird 7 --to live -o json"), @r#"
    {"model":"zoo.bird","object_id":"7","from":{"version":903,"date_created":"2026-11-22T10:00:00Z"},"to":{"live":true},"changes":[]}
    [0]
    "#);
    assert_snapshot!(world.show("diff plate 1 --to live"), @r#"
    zoo.plate 1: version 905 (2026-11-22T10:00:00Z, ana) → live
      label  Danta → Tapir
    [0]
    "#);
}

#[test]
fn what_can_not_be_read_is_named_and_passed_over() {
    let world = World::awkward();
    assert_snapshot!(world.show("versions plate 2"), @r"
    VERSION  REVISION  TIME (+00:00)        USER   COMMENT   CHANGED
        910       903  2026-11-22 12:00:00  id 77  -         -
        909       902  2026-11-22 11:00:00  -      uno\ndos  -
        908       901  2026-11-22 10:00:00  ana    -         -
    ! warning: version 910 can't be read: it is filed under zoo.plate, but its data is of zoo.placa, as after a model was renamed
    ! warning: version 909 can't be read: its data is no JSON from byte 37 on, where it ends too early
    ! warning: version 908 can't be read: its format is 'xml', and only json and jsonl are understood
    [0]
    ");
    assert_snapshot!(world.show("diff plate 2"), @r#"
    ! auditctl: error: version 909 can't be read: its data is no JSON from byte 37 on, where it ends too early
    [3]
    "#);
    assert_snapshot!(world.show("blame plate 2"), @r#"
    ! warning: version 910 can't be read: it is filed under zoo.plate, but its data is of zoo.placa, as after a model was renamed
    ! warning: version 909 can't be read: its data is no JSON from byte 37 on, where it ends too early
    ! warning: version 908 can't be read: its format is 'xml', and only json and jsonl are understood
    ! auditctl: error: none of the 3 versions of zoo.plate 2 can be read
    [3]
    "#);
    assert_snapshot!(world.show("versions ghost 1 -o json --columns id,changed"), @r#"
    [
    {"id":907,"changed":[]},
    {"id":906,"changed":null}
    ]
    ! warning: the table of zoo.ghost can't be found: there is no table zoo_ghost: values are compared as JSON, not by type; name it in the profile: models."zoo.ghost".table = "…"
    [0]
    "#);
    assert_snapshot!(world.show("diff ghost 1 --to live"), @r#"
    ! auditctl: error: the table of zoo.ghost can't be found: there is no table zoo_ghost
    ! hint: name it in the profile: models."zoo.ghost".table = "…"
    [3]
    "#);
    assert_snapshot!(world.show("versions zoo.visits a/b"), @r#"
    VERSION  REVISION  TIME (+00:00)        USER  COMMENT  CHANGED
        911       901  2026-11-22 10:00:00  ana   -        -
    ! warning: the table of zoo.visits can't be found: there is no table zoo_visits: values are compared as JSON, not by type; name it in the profile: models."zoo.visits".table = "…"
    ! warning: version 911 can't be compared with this database: its object lives in the service's database 'archive'
    [0]
    "#);
    assert_snapshot!(world.show("deleted zoo.visits -o json"), @r#"
    []
    [0]
    "#);
    assert_snapshot!(world.show("deleted ghost"), @r#"
    ! auditctl: error: the table of zoo.ghost can't be found: there is no table zoo_ghost
    ! hint: name it in the profile: models."zoo.ghost".table = "…"
    [3]
    "#);
    assert_snapshot!(world.show("deleted --columns model,object_id -o csv --until 2026-11-22T11:30"), @r#"
    model,object_id
    api.purchaseorders,52
    api.payments,47
    api.purchaseorders,48
    api.payments,43
    api.purchaseorders,46
    api.payments,41
    api.payments,8
    ! warning: the table of zoo.ghost can't be found: there is no table zoo_ghost; name it in the profile: models."zoo.ghost".table = "…"
    [0]
    "#);
    assert_snapshot!(world.show("versions --revision 902 --columns id,model,changed -o csv"), @r#"
    id,model,changed
    904,zoo.animal,"notes, species, cage"
    907,zoo.ghost,
    909,zoo.plate,
    ! warning: the table of zoo.ghost can't be found: there is no table zoo_ghost: values are compared as JSON, not by type; name it in the profile: models."zoo.ghost".table = "…"
    ! warning: version 909 can't be read: its data is no JSON from byte 37 on, where it ends too early
    ! warning: version 908 can't be read: its format is 'xml', and only json and jsonl are understood
    [0]
    "#);
}
