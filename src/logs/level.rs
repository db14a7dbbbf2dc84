//! The levels of Python's `logging`, and which of them are asked for: `ERROR`, `WARNING+`, `INFO,Level 25`.

/// Which levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelSet(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// This one, by its name.
    Named(String),
    /// This number and all above it.
    From(u32),
}

/// The names that have a number.
pub const NAMES: [(&str, u32); 8] = [
    ("NOTSET", 0),
    ("DEBUG", 10),
    ("INFO", 20),
    ("WARNING", 30),
    ("WARN", 30),
    ("ERROR", 40),
    ("CRITICAL", 50),
    ("FATAL", 50),
];

impl LevelSet {
    /// Reads levels with commas between; a `+` behind one stands for it and all above. Gives back the part of which
    /// nobody knows what is above it.
    pub fn parse(text: &str) -> Result<LevelSet, String> {
        let parts = text.split(',').map(|part| {
            let part = part.trim();
            match part.strip_suffix('+') {
                Some(name) => number(name).map(Part::From).ok_or_else(|| part.to_owned()),
                None if part.is_empty() => Err(part.to_owned()),
                None => Ok(Part::Named(part.to_owned())),
            }
        });
        parts.collect::<Result<_, _>>().map(LevelSet)
    }

    /// Whether a record of this level is meant.
    pub fn contains(&self, level: &str) -> bool {
        self.0.iter().any(|part| match part {
            Part::From(least) => number(level).is_some_and(|number| number >= *least),
            Part::Named(name) => {
                name.eq_ignore_ascii_case(level) || number(name).is_some_and(|n| number(level) == Some(n))
            }
        })
    }
}

/// The number of a level: that of its name, that in `Level 15`, or the number itself.
pub fn number(level: &str) -> Option<u32> {
    let level = level.trim();
    let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(level)).map(|(_, number)| *number);
    named.or_else(|| level.strip_prefix("Level ").unwrap_or(level).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_levels_are_meant() {
        for (set, level, meant) in [
            ("ERROR", "ERROR", true),
            ("error", "ERROR", true),
            ("ERROR", "CRITICAL", false),
            ("WARNING+", "WARNING", true),
            ("warn+", "CRITICAL", true),
            ("WARNING+", "INFO", false),
            ("WARNING+", "Level 35", true),
            ("WARNING+", "Success", false),
            ("WARN", "WARNING", true),
            ("Success,DEBUG", "SUCCESS", true),
            ("Level 15", "15", true),
            ("30+", "40", true),
        ] {
            assert_eq!(LevelSet::parse(set).unwrap().contains(level), meant, "{set} {level}");
        }
        assert_eq!(LevelSet::parse("INFO,Success+"), Err("Success+".to_owned()));
        assert_eq!(LevelSet::parse("INFO,"), Err(String::new()));
    }
}
