//! Following a table whose transactions commit out of the order of their ids.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::*;
use crate::output::{Cell, ColorChoice, Pager, Terminal};
use crate::query::Zone;
use crate::store::held::{Held, of_table};

/// Keeps the ids of the rows.
struct Ids(Arc<Mutex<Vec<i64>>>);

impl RowWriter for Ids {
    fn row(&mut self, cells: Vec<Cell<'_>>, _: &mut dyn Write) -> io::Result<()> {
        let Cell::Int(id) = cells[0] else { panic!("no id") };
        self.0.lock().unwrap().push(id);
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_id_that_comes_late_is_shown_once_and_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, inner) = of_table(folder.path());
    let mut store = Held { inner, settled: None };
    let ids = Arc::new(Mutex::new(Vec::new()));
    let mut shown = Shown {
        columns: vec![EntryColumn::Id],
        cells: EntryCells { zone: Zone::Machine, redactor: None },
        format: Format::Ndjson,
        rows: Box::new(Ids(ids.clone())),
        filter: Filter::everything(),
        wanted: Wanted::default(),
    };
    let terminal = Terminal {
        no_color: true,
        force_color: false,
        dumb: true,
        columns: None,
        pager: Pager::Never,
        less_is_set: false,
    };
    let mut ui = Ui::new("auditctl", terminal, ColorChoice::Never, true);
    let mut place = Place::default();
    // What is committed, what is settled then, and what has been shown after it.
    for (committed, settled, expected) in [
        (&[1, 2, 4][..], Some(2), &[1, 2][..]),
        (&[6], Some(2), &[1, 2]),
        (&[3], Some(4), &[1, 2, 3, 4]),
        (&[5, 7], Some(7), &[1, 2, 3, 4, 5, 6, 7]),
        (&[], Some(7), &[1, 2, 3, 4, 5, 6, 7]),
    ] {
        for id in committed {
            connection.execute("INSERT INTO api_auditlog (id, timestamp) VALUES (?, '2026-11-23')", [id]).unwrap();
        }
        store.settled = settled;
        shown.go_on(&mut place, &mut store, false, &mut ui).unwrap();
        assert_eq!(*ids.lock().unwrap(), expected, "{committed:?} committed, {settled:?} settled");
    }
}
