//! Whether a many-to-many set between objects of one model goes both ways, as Django's symmetrical ones do. Only the
//! service's Python knows; pairs that are there, and versions, may tell.

use super::mapping::{Link, ModelTable};
use super::{Lens, Snapshot};
use crate::audit::{Token, Value};
use crate::store::{Store, StoreError};

/// How many versions of each object in the set are asked.
const SAMPLE: usize = 16;

/// Whether a set goes both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BothWays {
    /// It does or not: the profile says so, it is a set of other objects, or a pair is there without its mirror image.
    Known(bool),
    /// It does by what is there.
    Shown,
    /// Nothing tells.
    Unknown,
}

/// Whether every pair of this set has its mirror image: as the profile says; as the pairs that are there show; or as
/// versions of the objects in the set show, which list `own` in turn.
pub fn goes_both_ways(
    store: &mut dyn Store,
    lens: &Lens,
    table: &ModelTable,
    link: &Link,
    own: &Value,
    members: &[Value],
) -> Result<BothWays, StoreError> {
    if !link.target.eq_ignore_ascii_case(&table.table.name) {
        return Ok(BothWays::Known(false));
    }
    if let Some(known) = table.profile.symmetrical.get(&link.field) {
        return Ok(BothWays::Known(*known));
    }
    if let Some(known) = store.mirrored(&link.table, &link.from, &link.to)? {
        return Ok(if known { BothWays::Shown } else { BothWays::Known(false) });
    }
    for member in members {
        if lens.converter.same_key(&link.kind, member, own) {
            continue;
        }
        let object_id = match member.tokens() {
            [Token::Text(text) | Token::Number(text)] => text,
            _ => continue,
        };
        let mut ids = store.version_ids(lens.content_type, object_id)?;
        ids.truncate(SAMPLE);
        let lists_own = store.versions(&ids, true)?.iter().any(|version| {
            let snapshot = Snapshot::read(version, &lens.model).ok();
            let set = snapshot.as_ref().and_then(|snapshot| snapshot.get(&link.field)?.items());
            set.is_some_and(|keys| keys.iter().any(|key| lens.converter.same_key(&link.kind, key, own)))
        });
        if lists_own {
            return Ok(BothWays::Shown);
        }
    }
    Ok(BothWays::Unknown)
}
