//! `auditctl revert`: puts an object, some of its fields, or a whole revision back as a version has it.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use super::archive::Archive;
use super::diff::{change_json, named};
use super::filters::no_such_user;
use super::list::CANNOT_WRITE;
use super::number::id;
use super::{Context, Examples, Exit, Failure};
use crate::audit::Value;
use crate::config::{Settings, Source};
use crate::logs::{AuditLine, purchase};
use crate::output::object::{Object, integer, list, truth};
use crate::output::{FieldChange, Tone, escape_line, lay_out_changes, paint};
use crate::query::UserSpec;
use crate::store::sqlite::owner_name;
use crate::store::{self, StoreError, User};
use crate::versions::apply::{Applied, ApplyError, Trail, apply};
use crate::versions::{Ignored, ObjectPlan, Operation, Plan, PlanError, Planning, Refusal, Request, plan};

/// Put an object back as a version has it, or bring a deleted one back
///
/// Prints the plan first: the database, then for each object every field that changes, now → then; what is left out and
/// why; and what forbids it. A terminal is then asked. Without a terminal, --yes applies the plan and --dry-run stops at
/// it.
///
/// Only what differs is written: columns that the version does not hold keep their values, and digits that a version
/// cuts off (microseconds, for example) are no difference. Everything is done in one transaction or not at all. It is
/// refused when a row has changed after the plan was made, when a constraint forbids it, when what it refers to is gone,
/// and when a version can't be read; the database is then as it was.
///
/// Names of tables and columns that only the service's Python knows, and values for columns that a version lacks, come
/// from the profile: `models."api.payments"` with `table`, `columns` and `defaults`. A set between objects of one model
/// is written from both sides where the pairs in the database or the versions show that it goes both ways; where they
/// tell nothing, `symmetrical` says it.
///
/// Afterwards there is a new revision with a version of each object, and an entry in the audit table; for orders and
/// payments also a line in the audit log. If an object is in a state that no version has, that state is recorded
/// first, so that a revert can always be undone: revert to the version before. Undoing the return of a deleted
/// object would be a deletion, which this program does not do.
///
/// The exit code is 1 where the answer is no (a constraint, a conflict, no such version, a declined question), 2 for
/// wrong usage, 3 where it can't be done (a version that can't be read, a database that is locked).
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("What would change if an order went back to version 86", "auditctl revert purchaseorders 9 --to 86 --dry-run"),
    ("Only its price", "auditctl revert purchaseorders 9 --to 86 --field total_price --dry-run"),
    ("Do it in the name of a user of the service", "auditctl revert purchaseorders 9 --to 86 --user gerardo --yes"),
    ("Bring back a deleted payment, and its order with it", "auditctl revert payments 47 --to 280 --with-parents --yes"),
    ("Everything that was saved together", "auditctl revert --revision 38 --dry-run"),
]))]
pub struct RevertArgs {
    /// Model of the object
    ///
    /// Written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model is meant.
    #[arg(value_name = "MODEL", required_unless_present = "revision", conflicts_with = "revision")]
    model: Option<String>,

    /// Primary key of the object
    ///
    /// As `versions` and `deleted` print it: a number, a text, or a UUID with or without dashes.
    #[arg(value_name = "ID", required_unless_present = "revision", allow_negative_numbers = true)]
    id: Option<String>,

    /// Go back to this version
    ///
    /// The number is a version's id, as the verbs versions and deleted list it.
    #[arg(long, value_name = "VERSION", required_unless_present = "revision", conflicts_with = "revision", allow_negative_numbers = true, value_parser = id)]
    to: Option<i64>,

    /// Revert this field only
    ///
    /// A field is written as the version names it. Can be repeated. A deleted object comes back whole, so that this
    /// option is refused there.
    #[arg(long = "field", value_name = "FIELD", conflicts_with = "revision")]
    fields: Vec<String>,

    /// Revert every object of this revision
    ///
    /// All of them in one transaction, or none.
    #[arg(long, value_name = "REVISION", allow_negative_numbers = true, value_parser = id)]
    revision: Option<i64>,

    /// Bring back what the objects refer to and is gone
    ///
    /// The newest version of each such object that can be read is taken, in the same transaction.
    #[arg(long)]
    with_parents: bool,

    /// Say this in the new revision's comment
    ///
    /// The default says what was reverted, and which user of this machine did it.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    /// Record this user of the service as the one who did it
    ///
    /// An id when it is all digits, else a user name; `name:5` for a user whose name is a number. The default is nobody.
    #[arg(long, value_name = "ID|NAME")]
    user: Option<String>,

    /// Apply the plan without asking
    ///
    /// Without a terminal, this option or --dry-run has to be given.
    #[arg(short, long, conflicts_with = "dry_run")]
    yes: bool,

    /// Print the plan and stop
    ///
    /// The exit code is that of the refusal where the plan can't be applied, else 0.
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Print in this format
    ///
    /// `json` and `ndjson` print one object: applied, revision (the new one, or null), before (the revision in which
    /// unrecorded states were kept, or null), database, objects and refusals. An object has model, object_id,
    /// version, operation (update, insert or none), changes (field, from, to), precision (fields that differ only in
    /// digits that were cut off, and stay), respelled (fields that mean the same and are written as the version
    /// would), ignored (field, why), notes (field, what), and undo (the version that undoes it, or null).
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    output: PlanFormat,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// Laid out for people.
    Table,
    /// One JSON object.
    Json,
    /// The same.
    Ndjson,
}

pub(super) fn run(args: RevertArgs, context: &mut Context) -> anyhow::Result<Exit> {
    if !args.yes && !args.dry_run && !context.ui.can_ask() {
        return Err(Failure::usage("there is no terminal to ask whether the plan may be applied")
            .hint("--dry-run prints the plan and stops; --yes applies it")
            .into());
    }
    let settings = context.settings()?;
    let mut archive = open(&args, context)?;
    let user = args.user.as_deref().map(|user| service_user(user, &mut archive)).transpose()?;
    let request = request(&args, &mut archive)?;
    let converter = archive.converter();
    let types = archive.types.clone();
    let planning = Planning { types: &types, profiles: &settings.models, converter: &converter };
    let shown = plan(&mut *archive.store, &request, &planning, true).map_err(explain_plan)?;
    let report = Report::new(&shown, &args, &settings, &mut archive)?;

    if args.output == PlanFormat::Table {
        let text = report.text(context.ui.coloured());
        let shown = context.ui.data(&text);
        // A reader that left is no reason not to do what was asked for.
        if !args.yes {
            shown.context(CANNOT_WRITE)?;
        }
    }
    if !shown.refusals.is_empty() {
        report.print_json(&args, None, context)?;
        context.ui.finish().context(CANNOT_WRITE)?;
        return Err(refused(&shown.refusals, &archive).into());
    }
    if args.dry_run || shown.is_empty() {
        report.print_json(&args, None, context)?;
        context.ui.finish().context(CANNOT_WRITE)?;
        if shown.is_empty() {
            context.ui.status("nothing to change");
        } else {
            context.ui.status("nothing was changed: this is what a revert would do");
        }
        return Ok(Exit::Done);
    }
    if !args.yes {
        let about = (args.output != PlanFormat::Table).then(|| report.text(false));
        if !context.ui.confirm(about.as_deref(), "apply this plan?")? {
            return Err(Failure::no("nothing was changed").into());
        }
    }
    // From here on no connection of this process reads.
    drop(archive);

    let trail = Trail { at: now(&settings), user, comment: comment(&args, &request) };
    let (applied, lines) = write(&settings, &request, &planning, &shown, &trail)?;
    log(&lines, &trail, &settings, context);
    let printed = report.print_json(&args, Some(&applied), context);
    if let Some(before) = applied.before {
        context.ui.status(&format!("recorded what no version had as revision {before}"));
    }
    context.ui.status(&format!("done: revision {} records it", applied.revision));
    for (object, undo) in shown.objects.iter().zip(&applied.undo) {
        if let Some(version) = undo {
            let undo = format!("to undo: {} revert {} --to {version}", context.program(), object.name());
            context.ui.status(&escape_line(&undo));
        }
    }
    printed?;
    context.ui.finish().context(CANNOT_WRITE)?;
    Ok(Exit::Done)
}

/// Opens the database. Where a process died while writing, only one that may write can bring it back; the service's
/// next connection would as well.
fn open(args: &RevertArgs, context: &mut Context) -> anyhow::Result<Archive> {
    match Archive::open(context) {
        Err(error) if !args.dry_run && matches!(error.downcast_ref(), Some(StoreError::HotJournal { .. })) => {
            store::recover(&context.settings()?.database()?.value)?;
            context.ui.status("rolled back what a process that died while writing had left");
            Archive::open(context)
        }
        other => other,
    }
}

fn request(args: &RevertArgs, archive: &mut Archive) -> anyhow::Result<Request> {
    let (Some(model), Some(id), Some(version)) = (&args.model, &args.id, args.to) else {
        let revision = args.revision.unwrap_or_default();
        return Ok(Request::Revision { revision, with_parents: args.with_parents });
    };
    let entity = archive.entity_with_versions(model, id)?;
    Ok(Request::Object {
        of: entity.of,
        object_id: entity.object_id,
        version,
        fields: args.fields.clone(),
        with_parents: args.with_parents,
    })
}

fn service_user(text: &str, archive: &mut Archive) -> anyhow::Result<User> {
    let spec = UserSpec::parse(text)?;
    let nobody = match &spec {
        UserSpec::Name(name) => no_such_user(name, &mut *archive.store)?,
        _ => Failure::usage(format!("there is no user with the id {text}")).hint("--user takes a user name too"),
    };
    let found = match spec {
        UserSpec::Id(id) => archive.store.user(id)?.into_iter().collect(),
        UserSpec::Name(name) => archive.store.users_named(&name)?,
        UserSpec::Anonymous => {
            return Err(Failure::usage("--user none names nobody").hint("leave --user out to record nobody").into());
        }
    };
    match <[User; 1]>::try_from(found) {
        Ok([user]) => Ok(user),
        Err(found) if found.is_empty() => Err(nobody.into()),
        Err(_) => Err(Failure::usage(format!("several users are named '{text}'")).hint("give the id of one").into()),
    }
}

/// The clock, unless it was fixed.
fn now(settings: &Settings) -> DateTime<Utc> {
    if settings.now.source == Source::Default { Utc::now() } else { settings.now.value }
}

fn comment(args: &RevertArgs, request: &Request) -> String {
    if let Some(comment) = &args.comment {
        return comment.clone();
    }
    let what = match request {
        Request::Object { of, object_id, version, fields, .. } => {
            let some = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
            format!("{} {object_id} to version {version}{some}", of.label())
        }
        Request::Revision { revision, .. } => format!("revision {revision}"),
    };
    format!("Reverted {what} with auditctl, by {}", owner_name(rustix::process::geteuid().as_raw()))
}

/// Applies the plan in one transaction; gives what the service would have logged.
fn write(
    settings: &Settings,
    request: &Request,
    planning: &Planning<'_>,
    shown: &Plan,
    trail: &Trail,
) -> anyhow::Result<(Applied, Vec<AuditLine>)> {
    let table = settings.audit_table.as_ref().map(|table| table.value.as_str());
    let mut change = store::begin(&settings.database()?.value, table)?;
    let mut lines = Vec::new();
    let applied = apply(&mut *change, request, planning, shown, trail, &mut |store, object, lens, live| {
        lines.extend(purchase(store, object, lens, live, trail.user.as_ref())?);
        Ok(())
    })
    .map_err(explain_apply)?;
    Ok((applied, lines))
}

/// The service's own log: best effort, after the commit.
fn log(lines: &[AuditLine], trail: &Trail, settings: &Settings, context: &mut Context) {
    let Some(folder) = &settings.log_dir else { return };
    for line in lines {
        if let Err((path, error)) = line.append(&folder.value, trail.at, &settings.log_zone.value) {
            context.ui.warn(&format!("the change is done, but {} could not be written: {error}", path.display()));
            return;
        }
    }
}

fn explain_plan(error: PlanError) -> anyhow::Error {
    let message = error.to_string();
    match error {
        PlanError::Store(error) => error.into(),
        PlanError::NoField { suggestion, .. } => {
            let failure = Failure::usage(message);
            match suggestion {
                Some(field) => failure.hint(format!("did you mean '{field}'?")).into(),
                None => failure.hint("the verb diff shows what a version holds").into(),
            }
        }
        PlanError::FieldsOfDeleted { .. } => Failure::usage(message).into(),
        PlanError::NoVersion(_) | PlanError::OtherObject { .. } => {
            Failure::no(message).hint("the verb versions lists those of an object").into()
        }
        PlanError::NoRevision(_) => Failure::no(message).into(),
    }
}

fn explain_apply(error: ApplyError) -> anyhow::Error {
    let message = error.to_string();
    match error {
        ApplyError::Changed { .. } => Failure::no(message).hint("look at the new plan and try again").into(),
        ApplyError::Refused(_) | ApplyError::Write(store::WriteError::Refused(_)) => Failure::no(message).into(),
        ApplyError::Write(store::WriteError::Store(error)) => error.into(),
        ApplyError::Plan(error) => explain_plan(error),
    }
}

/// All refusals as one error, each a line.
fn refused(refusals: &[Refusal], archive: &Archive) -> Failure {
    let sentence = |refusal: &Refusal| {
        let text = format!("{}: {}", refusal.object, refusal.reason);
        archive.masks.text(&text).into_owned()
    };
    let first = refusals.first().map(sentence).unwrap_or_default();
    let message = format!("this can't be done: {first}");
    let all_no = refusals.iter().all(|refusal| refusal.reason.is_no());
    let mut failure = if all_no { Failure::no(message) } else { Failure::unable(message) };
    for refusal in refusals.iter().skip(1) {
        failure = failure.hint(format!("also: {}", sentence(refusal)));
    }
    let mut hints: Vec<String> = refusals.iter().filter_map(|refusal| refusal.reason.hint()).collect();
    hints.dedup();
    hints.into_iter().fold(failure, Failure::hint)
}

/// A plan as it is shown, its secrets masked.
struct Report<'p> {
    database: String,
    args: &'p RevertArgs,
    objects: Vec<(&'p ObjectPlan, Vec<FieldChange>)>,
    refusals: Vec<(String, String)>,
}

impl<'p> Report<'p> {
    fn new(
        plan: &'p Plan,
        args: &'p RevertArgs,
        settings: &Settings,
        archive: &mut Archive,
    ) -> anyhow::Result<Report<'p>> {
        let mut objects = Vec::new();
        for (object, lens) in plan.objects.iter().zip(plan.lenses()) {
            objects.push((object, named(object.changes.clone(), lens, archive)?));
        }
        let masked =
            |refusal: &Refusal| (refusal.object.clone(), archive.masks.text(&refusal.reason.to_string()).into_owned());
        let refusals = plan.refusals.iter().map(masked).collect();
        Ok(Report { database: settings.database()?.value.to_string(), args, objects, refusals })
    }

    fn text(&self, coloured: bool) -> String {
        let mut text = paint(&format!("in {}", escape_line(&self.database)), Tone::Heading, coloured);
        text.push('\n');
        for (object, changes) in &self.objects {
            // What is brought back with it comes back whole.
            let fields = if self.args.to == Some(object.version) { &self.args.fields[..] } else { &[] };
            text.push_str(&object_text(object, fields, changes, coloured));
        }
        for (object, reason) in &self.refusals {
            let label = paint("refused", Tone::Bad, coloured);
            text.push_str(&format!("{label} {}: {}\n", escape_line(object), escape_line(reason)));
        }
        if self.objects.iter().any(|(object, _)| object.operation == Operation::Insert) {
            let note = "undoing this would be a deletion, which this program does not do";
            text.push_str(&format!("{}\n", paint(note, Tone::Dim, coloured)));
        }
        text
    }

    fn print_json(&self, args: &RevertArgs, applied: Option<&Applied>, context: &mut Context) -> anyhow::Result<()> {
        if args.output == PlanFormat::Table {
            return Ok(());
        }
        let mut json = String::new();
        self.json(applied).write_json(&mut json);
        json.push('\n');
        context.ui.data(&json).context(CANNOT_WRITE)
    }

    fn json(&self, applied: Option<&Applied>) -> Value {
        let number = |id: Option<i64>| id.map_or_else(Value::null, integer);
        let objects = self.objects.iter().enumerate().map(|(at, (object, changes))| {
            let undo = applied.map_or(object.way_back, |applied| applied.undo.get(at).copied().flatten());
            object_json(object, changes, undo)
        });
        let refusals = self.refusals.iter().map(|(object, why)| {
            Object::new().with("object", Value::text(object.as_str())).with("why", Value::text(why.as_str())).build()
        });
        Object::new()
            .with("applied", truth(applied.is_some()))
            .with("revision", number(applied.map(|applied| applied.revision)))
            .with("before", number(applied.and_then(|applied| applied.before)))
            .with("database", Value::text(self.database.as_str()))
            .with("objects", list(objects))
            .with("refusals", list(refusals))
            .build()
    }
}

fn object_text(object: &ObjectPlan, fields: &[String], changes: &[FieldChange], coloured: bool) -> String {
    let does = match object.operation {
        Operation::Update => "goes back to",
        Operation::Insert => "comes back as",
        Operation::None => "is already as",
    };
    let some = if fields.is_empty() { String::new() } else { format!(" in {}", fields.join(", ")) };
    let heading = escape_line(&format!("{}: {does} version {}{some}", object.name(), object.version)).into_owned();
    let laid = lay_out_changes(changes, object.operation == Operation::Insert, coloured);
    let mut text = format!("{}\n{laid}", paint(&heading, Tone::Heading, coloured));
    let mut line = |label: &str, what: &str| {
        text.push_str(&format!("  {} {}\n", paint(label, Tone::Dim, coloured), escape_line(what)));
    };
    if !object.respelled.is_empty() {
        line("written as the version spells it, with the same meaning:", &object.respelled.join(", "));
    }
    if !object.precision.is_empty() {
        line("left, since they differ only in digits that were cut off:", &object.precision.join(", "));
    }
    for ignored in &object.ignored {
        line("left out:", &format!("{}, {}", ignored.field, ignored.why));
    }
    for note in &object.notes {
        line("note:", &format!("{}, {}", note.field, note.why));
    }
    if object.before.is_some() {
        line("first:", "it is recorded as it is now, since no version has that");
    }
    text
}

fn object_json(object: &ObjectPlan, changes: &[FieldChange], undo: Option<i64>) -> Value {
    let is_new = object.operation == Operation::Insert;
    let names = |names: &[String]| list(names.iter().map(|name| Value::text(name.as_str())));
    let said = |of: &[Ignored], what: &'static str| {
        list(of.iter().map(|said| {
            Object::new()
                .with("field", Value::text(said.field.as_str()))
                .with(what, Value::text(said.why.as_str()))
                .build()
        }))
    };
    Object::new()
        .with("model", Value::text(object.model.as_str()))
        .with("object_id", Value::text(object.object_id.as_str()))
        .with("version", integer(object.version))
        .with("operation", Value::text(object.operation.as_str()))
        .with("changes", list(changes.iter().map(|change| change_json(change, is_new))))
        .with("precision", names(&object.precision))
        .with("respelled", names(&object.respelled))
        .with("ignored", said(&object.ignored, "why"))
        .with("notes", said(&object.notes, "what"))
        .with("undo", undo.map_or_else(Value::null, integer))
        .build()
}
