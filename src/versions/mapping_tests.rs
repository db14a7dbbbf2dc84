//! Fields found in the columns and tables of databases of many shapes.

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::store::sqlite::Sqlite;

/// A database of these tables, beside an audit table.
fn database(sql: &str) -> (TempDir, Sqlite) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("db.sqlite3");
    let audit =
        "CREATE TABLE api_auditlog (id integer PRIMARY KEY, timestamp, action, model, record_id, details, user_id);";
    Connection::open(&path).unwrap().execute_batch(&format!("{audit}{sql}")).unwrap();
    let store = Sqlite::open(&path, None).unwrap();
    (folder, store)
}

const ZOO: &str = r#"
    CREATE TABLE zoo_keeper (code varchar(20) NOT NULL PRIMARY KEY);
    CREATE TABLE zoo_animal (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, age_id integer NULL,
        keeper_id varchar(20) NULL REFERENCES zoo_keeper (code), mother_id bigint NULL REFERENCES zoo_animal (id),
        twice bigint GENERATED ALWAYS AS (id * 2) VIRTUAL);
    CREATE TABLE zoo_animal_foods (id integer NOT NULL PRIMARY KEY, animal_id bigint NOT NULL REFERENCES zoo_animal (id),
        food_id bigint NOT NULL REFERENCES zoo_food (id), UNIQUE (animal_id, food_id));
    CREATE TABLE zoo_animal_kin (id integer NOT NULL PRIMARY KEY, from_animal_id bigint NOT NULL REFERENCES zoo_animal (id),
        to_animal_id bigint NOT NULL REFERENCES zoo_animal (id), UNIQUE (from_animal_id, to_animal_id));
    CREATE TABLE turnos (id integer NOT NULL PRIMARY KEY, animal_id bigint NOT NULL REFERENCES zoo_animal (id),
        keeper_id varchar(20) NOT NULL REFERENCES zoo_keeper (code), UNIQUE (animal_id, keeper_id));
    -- Rows of their own, not unique, of other tables: no many-to-many sets of this model.
    CREATE TABLE zoo_animal_visit (id integer NOT NULL PRIMARY KEY, animal_id bigint NOT NULL REFERENCES zoo_animal (id),
        keeper_id varchar(20) NOT NULL REFERENCES zoo_keeper (code), note text, UNIQUE (animal_id, keeper_id));
    CREATE TABLE zoo_animal_log (id integer NOT NULL PRIMARY KEY, animal_id bigint NOT NULL REFERENCES zoo_animal (id),
        keeper_id varchar(20) NOT NULL REFERENCES zoo_keeper (code));
    CREATE TABLE zoo_animal_food (id integer NOT NULL PRIMARY KEY, food_id bigint NOT NULL REFERENCES zoo_food (id),
        keeper_id varchar(20) NOT NULL REFERENCES zoo_keeper (code), UNIQUE (food_id, keeper_id));
    CREATE TABLE zoo_bird (animal_ptr_id bigint NOT NULL PRIMARY KEY REFERENCES zoo_animal (id), wingspan decimal NOT NULL);
    CREATE TABLE zoo_pair (a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b));
"#;

/// A model, its table, and the columns of its fields.
type Mapped<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)]);

fn profile(text: &[Mapped<'_>]) -> BTreeMap<String, ModelMapping> {
    let mapping = |table: &Option<&str>, columns: &[(&str, &str)]| ModelMapping {
        table: table.map(str::to_owned),
        columns: columns.iter().map(|(field, column)| (field.to_string(), column.to_string())).collect(),
        ..ModelMapping::default()
    };
    text.iter().map(|(model, table, columns)| (model.to_string(), mapping(table, columns))).collect()
}

fn place(table: &ModelTable, field: &str) -> String {
    match table.place(field) {
        Place::Column(column) => format!("{} {:?}", column.column.name, column.kind),
        Place::Link(link) => format!("{}: {} → {} of {} {:?}", link.table, link.from, link.to, link.target, link.kind),
        Place::Gone => "gone".to_owned(),
    }
}

#[test]
fn fields_are_found_where_they_live() {
    let (_folder, mut store) = database(ZOO);
    let profiles = profile(&[("zoo.animal", None, &[("nombre", "name"), ("watch", "turnos")])]);
    let animal = ModelTable::find(&mut store, "zoo.animal", &profiles).unwrap();
    for (field, expected) in [
        ("nombre", "name Text"),
        ("keeper", "keeper_id Text"),
        ("keeper_id", "keeper_id Text"),
        ("mother", "mother_id Integer"),
        ("age_id", "age_id Integer"),
        ("foods", "zoo_animal_foods: animal_id → food_id of zoo_food Integer"),
        ("kin", "zoo_animal_kin: from_animal_id → to_animal_id of zoo_animal Integer"),
        ("watch", "turnos: animal_id → keeper_id of zoo_keeper Text"),
        ("visit", "gone"),
        ("log", "gone"),
        ("food", "gone"),
        ("cage", "gone"),
    ] {
        assert_eq!(place(&animal, field), expected, "{field}");
    }
    let names: Vec<String> = animal.fields().into_iter().map(|field| field.name).collect();
    assert_eq!(names, ["nombre", "age_id", "keeper", "mother", "foods", "kin", "watch"]);
    assert_eq!(animal.parent, None);
    let bird = ModelTable::find(&mut store, "zoo.bird", &profiles).unwrap();
    assert_eq!(bird.parent.as_ref().map(|parent| &*parent.table), Some("zoo_animal"));
    assert_eq!(bird.key_field().column.name, "animal_ptr_id");
}

#[test]
fn what_can_not_be_mapped_names_the_line_that_helps() {
    let (_folder, mut store) = database(ZOO);
    let profiles = profile(&[
        ("zoo.plate", Some("placa"), &[]),
        ("zoo.keeper", None, &[("name", "nombre")]),
        ("zoo.renamed", Some("zoo_keeper"), &[]),
    ]);
    let mut why = |model: &str| match ModelTable::find(&mut store, model, &profiles) {
        Ok(table) => table.table.name,
        Err(error) => format!("{error}; {}", error.hint().unwrap_or_default()),
    };
    for (model, expected) in [
        (
            "zoo.ghost",
            "the table of zoo.ghost can't be found: there is no table zoo_ghost; name it in the profile: models.\"zoo.ghost\".table = \"…\"",
        ),
        (
            "zoo.plate",
            "the table of zoo.plate can't be found: there is no table placa, which the profile names; name it in the profile: models.\"zoo.plate\".table = \"…\"",
        ),
        (
            "zoo.keeper",
            "the field name of zoo.keeper can't be found: there is no column nombre in zoo_keeper, which the profile names; correct it in the profile: models.\"zoo.keeper\".columns.name = \"…\"",
        ),
        (
            "zoo.pair",
            "zoo.pair can't be mapped: its table zoo_pair has 2 columns in its primary key, and only one is understood; ",
        ),
        ("zoo.renamed", "zoo_keeper"),
    ] {
        assert_eq!(why(model), expected);
    }
}
