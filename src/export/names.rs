//! The names of an export's files: one name, or a pattern from which each part gets its own.

use std::path::{Path, PathBuf};

use super::compression::Compression;
use crate::config::{Size, SizeError};

/// The day of what has no time.
pub const UNDATED: &str = "undated";

/// What Hive, and after it every engine that reads folders as columns, takes for no value.
const HIVE_NULL: &str = "=__HIVE_DEFAULT_PARTITION__";

/// Where one file ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// A file for each day, in the zone in force.
    Day,
    /// A new file once one has so many bytes, before compression.
    Size(Size),
}

impl Split {
    /// Reads `day` or a size.
    pub fn parse(text: &str) -> Result<Split, SizeError> {
        if text.trim().eq_ignore_ascii_case("day") { Ok(Split::Day) } else { text.parse().map(Split::Size) }
    }

    /// What tells its parts apart in a name.
    fn placeholder(self) -> &'static str {
        match self {
            Split::Day => "{day}",
            Split::Size(_) => "{part}",
        }
    }
}

/// A name that can't be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No file name.
    #[error("'{0}' names no file")]
    NoName(String),
    /// Not UTF-8, which the cursor and the manifest can't hold.
    #[error("'{0}' is not UTF-8: the names of exported files are written down in text files")]
    NotText(String),
    /// A placeholder that there is not.
    #[error("there is no placeholder '{0}': a name may hold {{first}}, {{last}}, {{day}} and {{part}}")]
    Unknown(String),
    /// A placeholder in the name of a folder.
    #[error("'{0}' has a placeholder in the name of a folder: only {{day}} may stand there")]
    InFolder(String),
    /// A placeholder that goes with a split.
    #[error("'{0}' stands for what only --split-by {1} has")]
    NotSplit(&'static str, &'static str),
    /// Each run would name its parts alike.
    #[error("with --cursor-file and --split-by, each run writes files of its own: put {{first}} into the name '{0}'")]
    AlikeEachRun(String),
}

/// What the name of one file is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The id of its first entry, None where it has none.
    pub first: Option<i64>,
    /// The id of its last entry.
    pub last: Option<i64>,
    /// Its day, where it was split by day.
    pub day: String,
    /// Its number, from 1.
    pub number: usize,
}

/// The pattern of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    folder: PathBuf,
    pattern: String,
    /// How the files are compressed.
    pub compression: Compression,
}

impl Names {
    /// From what was typed. Where a split has no placeholder in the name, it is put before the ending:
    /// `entries.ndjson.gz` becomes `entries-{day}.ndjson.gz`.
    pub fn parse(typed: &Path, split: Option<Split>, with_cursor: bool) -> Result<Names, NameError> {
        let shown = typed.display().to_string();
        let text = typed.to_str().ok_or_else(|| NameError::NotText(shown.clone()))?;
        let name = match typed.file_name().and_then(|name| name.to_str()) {
            Some(name) if !text.ends_with('/') => name,
            _ => return Err(NameError::NoName(shown)),
        };
        let whole = typed.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Up to the folder of a day, as engines like them: `entries/day={day}/part.parquet`.
        let of_a_day = |folder: &&Path| folder.to_string_lossy().contains("{day}");
        let folder = whole.ancestors().find(|folder| !of_a_day(folder)).unwrap_or(whole);
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let days = whole.strip_prefix(folder).unwrap_or(if folder == whole { Path::new("") } else { whole });
        let is_other = |(word, known): (&str, Option<&str>)| known.is_some() && word != "{day}";
        if placeholders(&whole.to_string_lossy()).any(is_other) {
            return Err(NameError::InFolder(shown));
        }
        if let Some((unknown, _)) = placeholders(name).find(|(_, known)| known.is_none()) {
            return Err(NameError::Unknown(unknown.to_owned()));
        }
        let with_days = days.join(name);
        let with_days = with_days.to_string_lossy();
        let has = |placeholder: &str| with_days.contains(placeholder);
        for (placeholder, word, fits) in
            [("{day}", "day", split == Some(Split::Day)), ("{part}", "SIZE", matches!(split, Some(Split::Size(_))))]
        {
            if has(placeholder) && !fits {
                return Err(NameError::NotSplit(placeholder, word));
            }
        }
        let by_id = has("{first}") || has("{last}");
        if with_cursor && split.is_some() && !by_id {
            return Err(NameError::AlikeEachRun(shown));
        }
        let compression = Compression::of_name(name);
        let pattern = match split {
            Some(split) if !(has(split.placeholder()) || by_id && split != Split::Day) => {
                let (stem, ending) = ending(name, compression);
                format!("{stem}-{}{ending}", split.placeholder())
            }
            _ => with_days.into_owned(),
        };
        Ok(Names { folder: folder.to_owned(), pattern, compression })
    }

    /// The pattern of a name beside these, for the manifest of the whole export: `entries.ndjson.manifest.json`. None
    /// where the parts' names have nothing in common to be called by.
    pub fn of_manifest(&self) -> Option<Names> {
        let whole = self.pattern.replace("-{day}", "").replace("-{part}", "");
        let is_of_parts = whole.contains("{day}") || whole.contains("{part}");
        let pattern = format!("{whole}.manifest.json");
        (!is_of_parts).then(|| Names { folder: self.folder.clone(), pattern, compression: Compression::None })
    }

    /// The folder in which the files stand.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The pattern as a path, for messages.
    pub fn pattern(&self) -> PathBuf {
        self.folder.join(&self.pattern)
    }

    /// The name, where it is known before anything is read.
    pub fn fixed(&self) -> Option<PathBuf> {
        let is_fixed = placeholders(&self.pattern).next().is_none();
        is_fixed.then(|| self.folder.join(&self.pattern))
    }

    /// The path of a part.
    pub fn path(&self, part: &Part) -> PathBuf {
        let id = |id: Option<i64>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
        let mut pattern = self.pattern.clone();
        if part.day == UNDATED
            && let Some(slash) = pattern.rfind('/')
        {
            let folders = pattern[..slash].replace("={day}", HIVE_NULL);
            pattern.replace_range(..slash, &folders);
        }
        let name = pattern
            .replace("{first}", &id(part.first))
            .replace("{last}", &id(part.last))
            .replace("{day}", &part.day)
            .replace("{part}", &format!("{:04}", part.number));
        self.folder.join(name)
    }
}

/// Each `{word}` of the text, and the same again where it is a placeholder.
fn placeholders(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.find('{')?;
        let length = rest[from..].find('}')? + 1;
        let found = &rest[from..from + length];
        rest = &rest[from + length..];
        Some((found, ["{first}", "{last}", "{day}", "{part}"].into_iter().find(|known| *known == found)))
    })
}

/// The name without its ending, and the ending: `.ndjson.gz`.
fn ending(name: &str, compression: Compression) -> (&str, &str) {
    let inner = name.strip_suffix(compression.ending()).unwrap_or(name);
    let stem = match inner.rfind('.') {
        Some(dot) if dot > 0 => &inner[..dot],
        _ => inner,
    };
    name.split_at(stem.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_each_part() {
        let part = Part { first: Some(7), last: Some(19), day: "2026-11-23".into(), number: 3 };
        let day = Some(Split::Day);
        let size = Some(Split::Size(Size(9)));
        for (typed, split, cursor, wanted) in [
            ("out.ndjson", None, false, "./out.ndjson"),
            ("a/out.csv.gz", None, true, "a/out.csv.gz"),
            ("/a/{first}-{last}.csv", None, true, "/a/7-19.csv"),
            ("out.csv.gz", day, false, "./out-2026-11-23.csv.gz"),
            ("out", day, false, "./out-2026-11-23"),
            (".out", size, false, "./.out-0003"),
            ("a.b/out.tar.zst", size, false, "a.b/out-0003.tar.zst"),
            ("d={day}.csv", day, false, "./d=2026-11-23.csv"),
            ("out-{first}.csv", day, true, "./out-7-2026-11-23.csv"),
            ("out-{first}.csv", size, true, "./out-7.csv"),
            ("{part}-{first}.csv", size, true, "./0003-7.csv"),
            ("day={day}/out.parquet", day, false, "./day=2026-11-23/out.parquet"),
            ("/a/b/day={day}/c/{first}.parquet", day, true, "/a/b/day=2026-11-23/c/7.parquet"),
        ] {
            let names = Names::parse(Path::new(typed), split, cursor).unwrap();
            assert_eq!(names.path(&part), Path::new(wanted), "{typed}");
        }
    }

    #[test]
    fn the_manifest_stands_beside_them() {
        let part = Part { first: Some(1), last: Some(9), ..Part::default() };
        for (typed, split, wanted) in [
            ("out.ndjson.gz", None, Some("./out.ndjson.gz.manifest.json")),
            ("out.ndjson", Some(Split::Day), Some("./out.ndjson.manifest.json")),
            ("out-{first}.ndjson", None, Some("./out-1.ndjson.manifest.json")),
            ("{day}.ndjson", Some(Split::Day), None),
        ] {
            let names = Names::parse(Path::new(typed), split, false).unwrap();
            let manifest = names.of_manifest().map(|names| names.path(&part));
            assert_eq!(manifest.as_deref(), wanted.map(Path::new), "{typed}");
        }
    }

    #[test]
    fn refuses_names_that_can_not_be() {
        for (typed, split, cursor, why) in [
            ("out/", None, false, "'out/' names no file"),
            ("..", None, false, "'..' names no file"),
            (
                "{time}.csv",
                None,
                false,
                "there is no placeholder '{time}': a name may hold {first}, {last}, {day} and {part}",
            ),
            ("{day}.csv", None, false, "'{day}' stands for what only --split-by day has"),
            ("{part}.csv", Some(Split::Day), false, "'{part}' stands for what only --split-by SIZE has"),
            (
                "{first}/out.csv",
                None,
                false,
                "'{first}/out.csv' has a placeholder in the name of a folder: only {day} may stand there",
            ),
            (
                "out.csv",
                Some(Split::Day),
                true,
                "with --cursor-file and --split-by, each run writes files of its own: put {first} into the name 'out.csv'",
            ),
        ] {
            let error = Names::parse(Path::new(typed), split, cursor).unwrap_err();
            assert_eq!(error.to_string(), why);
        }
    }
}
