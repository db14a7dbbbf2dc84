//! `parse --by`: how many records of each group, as `stats` counts entries.

use crate::audit::{MASK, Redactor, Token, Value};
use crate::cli::columns::{RowArgs, Rows};
use crate::cli::list::more;
use crate::cli::stats::{BARS, GroupKey, NESTED, bar, group_ordering, share, sort_groups};
use crate::cli::{Context, Failure};
use crate::output::{Cell, Column, Format, Shrink};
use crate::query::{Group, Grouping, Groups, KeyPart, Page, Part, RECORD, Zone};
use crate::store::Matched;

/// How groups are made and shown.
pub struct By {
    /// By what.
    pub grouping: Grouping,
    columns: Vec<Column>,
    ordering: Option<Vec<(GroupKey, bool)>>,
    rows: RowArgs,
}

impl By {
    /// Reads the names to group by and those to sort by.
    pub fn parse(names: &str, ordering: Option<&str>, rows: RowArgs, zone: Zone) -> anyhow::Result<By> {
        let grouping = Grouping::parse(names, &RECORD, zone)?;
        // Under the names that were typed.
        let mut columns: Vec<Column> = names.split(',').map(column).collect();
        let parts = columns.len();
        columns.push(Column { name: "count", title: "count", right: true, shrink: Shrink::Never });
        columns.push(Column { name: "share", title: "share", right: true, shrink: Shrink::Never });
        let ordering = ordering.map(|text| group_ordering(text, &columns, parts, false)).transpose()?;
        columns.push(BARS);
        Ok(By { grouping, columns, ordering, rows })
    }

    /// The columns that are shown.
    pub fn rows(&self, context: &Context) -> Result<Rows, Failure> {
        let all: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        let usual = all.len() - 1;
        let in_table = if context.ui.width().is_some() { &all } else { &all[..usual] };
        Rows::new(&self.rows, &self.columns, in_table, usual, &context.ui)
    }

    /// Prints the groups, the largest first unless told otherwise.
    pub fn print(
        &self,
        groups: Groups,
        mut rows: Rows,
        page: Page,
        redactor: Option<&Redactor>,
        context: &mut Context,
    ) -> anyhow::Result<()> {
        let mut groups = masked(groups.into_sorted(), &self.grouping, redactor);
        if let Some(ordering) = &self.ordering {
            sort_groups(&mut groups, ordering);
        }
        let all: u64 = groups.iter().map(|group| group.tally.count).sum();
        let largest = groups.iter().map(|group| group.tally.count).max().unwrap_or(0);
        let from = usize::try_from(page.offset).unwrap_or(usize::MAX).min(groups.len());
        let count = page.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let shown = &groups[from..groups.len().min(from.saturating_add(count))];
        for group in shown {
            let mut cells: Vec<Cell<'_>> = group.key.iter().map(cell).collect();
            cells.push(Cell::Int(i64::try_from(group.tally.count).unwrap_or(i64::MAX)));
            cells.push(share(group.tally.count, all, rows.format == Format::Table));
            cells.push(Cell::text(bar(group.tally.count, largest)));
            rows.row(cells, &mut context.ui)?;
        }
        rows.end(context)?;
        if let Some(line) = more("groups", shown.len() as u64, page, Matched::Exactly(groups.len() as u64)) {
            context.ui.status(&line);
        }
        Ok(())
    }
}

fn column(name: &str) -> Column {
    // A column's name lives as long as the program, and there are only as many as were typed.
    let name: &'static str = name.trim().to_owned().leak();
    Column { name, title: name, right: false, shrink: Shrink::End { rank: 1, floor: 9 } }
}

fn cell(part: &KeyPart) -> Cell<'_> {
    match part {
        KeyPart::Null => Cell::Null,
        KeyPart::Bool(value) => Cell::Value(Value::from_tokens(vec![Token::Bool(*value)])),
        KeyPart::Integer(n) => Cell::Int(*n),
        KeyPart::Decimal(digits) => Cell::Value(Value::from_tokens(vec![Token::Number(digits.clone())])),
        KeyPart::Text(text) => Cell::Text(String::from_utf8_lossy(text)),
        KeyPart::Nested => Cell::text(NESTED),
    }
}

/// Secrets are no groups: those that are masked are one.
fn masked(groups: Vec<Group>, grouping: &Grouping, redactor: Option<&Redactor>) -> Vec<Group> {
    let Some(redactor) = redactor else { return groups };
    let is_secret = |part: &Part| match part {
        Part::Field(path) => {
            redactor.is_secret(path.name()) || path.steps().iter().any(|step| redactor.is_secret(step.key()))
        }
        _ => false,
    };
    let secret: Vec<bool> = grouping.parts.iter().map(is_secret).collect();
    let mask = |(part, secret): (KeyPart, &bool)| match part {
        KeyPart::Null => KeyPart::Null,
        _ if *secret => KeyPart::Text(MASK.as_bytes().into()),
        KeyPart::Text(text) => {
            let shown = redactor.text(&String::from_utf8_lossy(&text)).into_owned();
            KeyPart::Text(shown.into_bytes().into())
        }
        other => other,
    };
    let mut all: Vec<Group> = Vec::with_capacity(groups.len());
    for Group { key, tally } in groups {
        let key: Vec<KeyPart> = key.into_iter().zip(&secret).map(mask).collect();
        let hides = key.iter().any(|part| matches!(part, KeyPart::Text(text) if text.ends_with(MASK.as_bytes())));
        match all.iter_mut().find(|group| hides && group.key == key) {
            Some(same) => same.tally.add(tally),
            None => all.push(Group { key, tally }),
        }
    }
    crate::query::sort_groups(&mut all);
    all
}
