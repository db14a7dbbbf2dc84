//! `auditctl show`: entries in full.

use anyhow::Context as _;
use clap::Args;

use super::list::CANNOT_WRITE;
use super::number::id;
use super::{Context, Examples, Exit, Failure};
use crate::audit::{Decoded, Details, Entry, Number, Redactor, Stamp, body_value};
use crate::output::{
    EntryCells, EntryColumn, Format, Shape, Tone, Ui, escape_line, escape_torn, lay_out, paint, status_tone, time_text,
    writer,
};
use crate::store::{Store, User};

/// Show entries in full
///
/// Shows every field, the user's name and e-mail address, and the decoded request and response, laid out. Ids that no
/// entry has are named on stderr, and the exit code is then 1.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("One entry", "auditctl show 120"),
    ("Several, for another program", "auditctl show 120 121 -o json"),
    ("The details as the service stored them, secrets too", "auditctl show 120 --raw --reveal"),
]))]
pub struct ShowArgs {
    /// Show the entries with these ids
    ///
    /// They are shown in the order in which they are named.
    #[arg(required = true, value_name = "ID", allow_negative_numbers = true, value_parser = id)]
    ids: Vec<i64>,

    /// Print in this format
    ///
    /// `table` lays each entry out over several lines; the other formats print all columns of `list`.
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table")]
    output: Format,

    /// Print the stored details of one entry, byte for byte
    ///
    /// It needs --reveal, since nothing is masked. On a terminal, characters that could drive it are escaped.
    #[arg(long, conflicts_with = "output")]
    raw: bool,
}

pub(super) fn run(args: ShowArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    if args.raw {
        if !settings.reveal {
            return Err(Failure::usage("--raw prints what is stored, secrets too: it needs --reveal").into());
        }
        if args.ids.len() > 1 {
            return Err(Failure::usage("--raw prints the bytes of one entry: name one id").into());
        }
    }
    let mut store = context.open_store()?;
    if args.raw {
        return raw(args.ids[0], &mut *store, context);
    }
    let entries = store.entries(&args.ids)?;
    context.ui.note(&format!("read {} of {} by their ids", entries.iter().flatten().count(), args.ids.len()));
    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let cells = EntryCells { zone: settings.zone.value, redactor: (!settings.reveal).then_some(&redactor) };
    let found: Vec<&Entry> = entries.iter().flatten().collect();
    if args.output == Format::Table {
        context.ui.page();
        let coloured = context.ui.coloured();
        for (i, entry) in found.iter().enumerate() {
            let user = entry.user.get().map(|id| store.user(id)).transpose()?.flatten();
            let gap = if i > 0 { "\n" } else { "" };
            let laid = Page { cells: &cells, coloured }.entry(entry, user.as_ref());
            context.ui.data(&format!("{gap}{laid}")).context(CANNOT_WRITE)?;
        }
    } else {
        print_rows(args.output, &found, &cells, &mut context.ui).context(CANNOT_WRITE)?;
    }
    context.ui.finish().context(CANNOT_WRITE)?;
    let mut missing: Vec<i64> = args.ids.iter().zip(&entries).filter(|(_, e)| e.is_none()).map(|(id, _)| *id).collect();
    missing.sort_unstable();
    missing.dedup();
    let ids = missing.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let what = match missing.len() {
        0 => return Ok(Exit::Done),
        1 => "there is no entry",
        _ => "there are no entries",
    };
    Err(Failure::no(format!("{what} {ids} in {}", store.audit_table())).into())
}

fn print_rows(format: Format, entries: &[&Entry], cells: &EntryCells<'_>, ui: &mut Ui) -> std::io::Result<()> {
    let columns = EntryColumn::ALL;
    let shape = Shape {
        columns: columns.map(EntryColumn::column).to_vec(),
        header: true,
        terminal: ui.width(),
        coloured: ui.coloured(),
    };
    let mut rows = writer(format, shape);
    for entry in entries {
        rows.row(cells.row(entry, &columns), ui.out())?;
    }
    rows.finish(ui.out())
}

fn raw(id: i64, store: &mut dyn Store, context: &mut Context) -> anyhow::Result<Exit> {
    let Some(entry) = store.entries(&[id])?.pop().flatten() else {
        return Err(Failure::no(format!("there is no entry {id} in {}", store.audit_table())).into());
    };
    match store.raw_details(entry.id)? {
        Some(bytes) if context.ui.width().is_some() => {
            let lines = escape_torn(&bytes, None).join("\n");
            context.ui.data(&format!("{lines}\n")).context(CANNOT_WRITE)?;
        }
        Some(bytes) => context.ui.out().write_all(&bytes).context(CANNOT_WRITE)?,
        None => context.ui.status(&format!("entry {id} has no details (NULL)")),
    }
    context.ui.finish().context(CANNOT_WRITE)?;
    Ok(Exit::Done)
}

/// Lays an entry out over several lines.
struct Page<'a> {
    cells: &'a EntryCells<'a>,
    coloured: bool,
}

impl Page<'_> {
    fn entry(&self, entry: &Entry, user: Option<&User>) -> String {
        let mut page = paint(&format!("entry {}", entry.id), Tone::Heading, self.coloured);
        page.push('\n');
        self.field(&mut page, "time", &self.time(&entry.timestamp));
        let torn = entry.torn.as_deref().cloned().unwrap_or_default();
        self.field(&mut page, "user", &self.user(&entry.user, user));
        self.field(&mut page, "action", &self.line_of(entry.action.as_deref(), torn.action.as_deref()));
        self.field(&mut page, "model", &self.line_of(entry.model.as_deref(), torn.model.as_deref()));
        if entry.record_id != Number::Missing {
            self.field(&mut page, "record", &self.number(&entry.record_id));
        }
        let Some(text) = &entry.details else {
            self.field(&mut page, "details", &self.none());
            return page;
        };
        let details = Details::read(text);
        if let Some(status) = details.status {
            let status = paint(&status.to_string(), status_tone(status), self.coloured);
            self.field(&mut page, "status", &status);
        }
        if let Some(bytes) = &torn.details {
            let why = "as stored: there are bytes in it that are not UTF-8";
            self.field(&mut page, "decoded", &paint(why, Tone::Warning, self.coloured));
            self.field(&mut page, "details", &escape_torn(bytes, self.cells.redactor).join("\n"));
            return page;
        }
        match details.decoded {
            Decoded::Certain => {
                self.body(&mut page, "request", details.request);
                self.body(&mut page, "response", details.response);
            }
            Decoded::Ambiguous => {
                let why = "ambiguous: the text can be divided into request and response in more than one way";
                self.field(&mut page, "decoded", &paint(why, Tone::Warning, self.coloured));
                self.text(&mut page, "details", text);
            }
            Decoded::None => self.text(&mut page, "details", text),
        }
        page
    }

    fn field(&self, page: &mut String, label: &str, value: &str) {
        let label = paint(&format!("{label:<8}"), Tone::Dim, self.coloured);
        let mut lines = value.split('\n');
        page.push_str(&format!("  {label}  {}\n", lines.next().unwrap_or_default()));
        for line in lines {
            page.push_str(&format!("            {line}\n"));
        }
    }

    fn body(&self, page: &mut String, label: &str, body: Option<&str>) {
        match body {
            Some("") => self.field(page, label, &paint("(empty)", Tone::Dim, self.coloured)),
            Some("None") => self.field(page, label, &paint("(None: not recorded, or null)", Tone::Dim, self.coloured)),
            Some(body) => {
                let value = body_value(body);
                let value = match self.cells.redactor {
                    Some(redactor) => redactor.value(value),
                    None => value,
                };
                self.field(page, label, &lay_out(&value, self.coloured));
            }
            None => self.field(page, label, &self.none()),
        }
    }

    fn text(&self, page: &mut String, label: &str, text: &str) {
        let masked = self.cells.masked(text);
        let lines: Vec<_> = masked.split('\n').map(escape_line).collect();
        self.field(page, label, &lines.join("\n"));
    }

    fn line(&self, text: Option<&str>) -> String {
        text.map_or_else(|| self.none(), |text| escape_line(&self.cells.masked(text)).into_owned())
    }

    /// The same of a text whose bytes are given where they are not UTF-8.
    fn line_of(&self, text: Option<&str>, torn: Option<&[u8]>) -> String {
        torn.map_or_else(|| self.line(text), |bytes| escape_torn(bytes, self.cells.redactor).join("\\n"))
    }

    fn none(&self) -> String {
        paint("(none)", Tone::Dim, self.coloured)
    }

    fn time(&self, stamp: &Stamp) -> String {
        match stamp {
            Stamp::At(instant) => time_text(&self.cells.zone.at(*instant)),
            Stamp::Odd(text) => format!("{} (not a time)", escape_line(&self.cells.masked(text))),
            Stamp::Missing => self.none(),
        }
    }

    fn user(&self, id: &Number, user: Option<&User>) -> String {
        let name = user.and_then(|user| user.username.as_deref());
        match (name, id) {
            (_, Number::Missing) => self.none(),
            (None, id) => format!("id {}", self.number(id)),
            (Some(name), id) => {
                let email = user.and_then(|user| user.email.as_deref()).filter(|email| !email.is_empty());
                let email = email.map_or_else(String::new, |email| format!(", {}", self.line(Some(email))));
                let torn = user.and_then(|user| user.torn_name.as_deref());
                format!("{} (id {}{email})", self.line_of(Some(name), torn), self.number(id))
            }
        }
    }

    fn number(&self, number: &Number) -> String {
        match number {
            Number::Is(n) => n.to_string(),
            Number::Odd(text) => format!("{} (not a number)", self.line(Some(text))),
            Number::Missing => String::new(),
        }
    }
}
