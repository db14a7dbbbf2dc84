//! An incremental export of a table whose transactions commit out of the order of their ids.

use std::fs;

use super::*;
use crate::output::{EntryCells, EntryColumn, Format, Shape};
use crate::query::{Filter, Page, Zone};
use crate::store::held::{Held, of_table};
use crate::store::{Store, Wanted};

#[test]
fn an_id_that_comes_late_is_exported_once() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, inner) = of_table(folder.path());
    let mut store = Held { inner, settled: None };
    let path = folder.path().join("entries.cursor");
    let columns = vec![EntryColumn::Id];
    // What is committed, what is settled then, and what this run exports.
    for (run, (committed, settled, expected)) in [
        (&[1, 2, 4][..], Some(2), &[1, 2][..]),
        (&[6], Some(2), &[]),
        (&[3], Some(4), &[3, 4]),
        (&[5, 7], Some(7), &[5, 6, 7]),
        (&[], Some(7), &[]),
    ]
    .into_iter()
    .enumerate()
    {
        for id in committed {
            connection.execute("INSERT INTO api_auditlog (id, timestamp) VALUES (?, '2026-11-23')", [id]).unwrap();
        }
        store.settled = settled;
        let out = folder.path().join(format!("{run}.csv"));
        let names = Names::parse(&out, None, true).unwrap();
        let terms = Terms { format: "csv".into(), ..Terms::default() };
        let export = Export {
            filter: Filter::everything(),
            page: Page::ALL,
            wanted: Wanted::default(),
            cells: EntryCells { zone: Zone::Machine, redactor: None },
            layout: Layout {
                format: ExportFormat::Rows(Format::Csv),
                shape: Shape {
                    columns: columns.iter().map(|column| column.column()).collect(),
                    header: false,
                    terminal: None,
                    coloured: false,
                },
                columns: columns.clone(),
            },
            database: store.address(),
            terms: terms.clone(),
            manifest: None,
            force: false,
            tool: "a test".into(),
            now: chrono::DateTime::UNIX_EPOCH,
        };
        let new = Cursor::new(store.address(), store.audit_table().to_owned(), terms);
        let mut cursor = Cursor::load(&path).unwrap().unwrap_or(new);
        let destination = Destination::Files { names: &names, split: None };
        let with = Some((path.as_path(), &mut cursor));
        export.run(&mut store, destination, with, &mut |_| {}, &mut |_, _| {}, &|| false).unwrap();
        let text = fs::read_to_string(&out).unwrap_or_default();
        let ids: Vec<i64> = text.lines().map(|line| line.trim().parse().unwrap()).collect();
        assert_eq!(ids, expected, "{committed:?} committed, {settled:?} settled");
    }
}
