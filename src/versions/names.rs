//! Which model is meant: `purchaseorders`, `PurchaseOrders`, `api.purchaseorders`.

use crate::query::closest;
use crate::store::{ContentType, Versioned};

/// A name that means no model, or several.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No model of this name.
    #[error("there is no model '{given}'")]
    Unknown {
        /// What was typed.
        given: String,
        /// A model that looks like it.
        suggestion: Option<String>,
    },
    /// Models of several apps.
    #[error("'{given}' names several models: {}", candidates.join(", "))]
    Ambiguous {
        /// What was typed.
        given: String,
        /// Their full names.
        candidates: Vec<String>,
    },
}

impl NameError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            NameError::Unknown { suggestion: Some(model), .. } => format!("did you mean '{model}'?"),
            NameError::Unknown { .. } => "the verb models lists the models that have versions".to_owned(),
            NameError::Ambiguous { .. } => "write one of them, with its app".to_owned(),
        }
    }
}

/// The model that a name means. The app may be left out, and the case of ASCII letters does not count, as long as one
/// model is meant; of several, the only one that has versions.
pub fn resolve<'c>(
    given: &str,
    types: &'c [ContentType],
    versioned: &[Versioned],
) -> Result<&'c ContentType, NameError> {
    let has_versions = |of: &ContentType| versioned.iter().any(|versioned| versioned.content_type == of.id);
    let names = |of: &ContentType| of.model.eq_ignore_ascii_case(given) || of.label().eq_ignore_ascii_case(given);
    let found: Vec<&ContentType> = types.iter().filter(|of| names(of)).collect();
    let with_versions: Vec<&ContentType> = found.iter().copied().filter(|of| has_versions(of)).collect();
    match (&found[..], &with_versions[..]) {
        ([only], _) | (_, [only]) => Ok(only),
        ([], _) => {
            // What has versions comes first, and of equals the first is suggested.
            let mut likely: Vec<&ContentType> = types.iter().collect();
            likely.sort_by_key(|of| !has_versions(of));
            let candidates: Vec<String> = if given.contains('.') {
                likely.iter().map(|of| of.label()).collect()
            } else {
                likely.iter().map(|of| of.model.clone()).collect()
            };
            let suggestion = closest(given, candidates.iter().map(String::as_str)).map(str::to_owned);
            Err(NameError::Unknown { given: given.to_owned(), suggestion })
        }
        (several, of_these) => {
            let several = if of_these.is_empty() { several } else { of_these };
            let candidates = several.iter().map(|of| of.label()).collect();
            Err(NameError::Ambiguous { given: given.to_owned(), candidates })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_model_or_says_why_not() {
        let of = |id, app: &str, model: &str| ContentType { id, app_label: app.into(), model: model.into() };
        let types = [
            of(1, "api", "purchaseorders"),
            of(2, "api", "visits"),
            of(3, "zoo", "visits"),
            of(4, "admin", "logentry"),
            of(5, "other", "logentry"),
            of(6, "shop", "town"),
            of(7, "zoo", "town"),
        ];
        let versioned = [1, 2, 3, 7].map(|content_type| Versioned { content_type, db: "default".into() });
        let resolved = |given: &str| match resolve(given, &types, &versioned) {
            Ok(of) => of.label(),
            Err(error) => format!("{error}; {}", error.hint()),
        };
        for (given, meant) in [
            ("purchaseorders", "api.purchaseorders"),
            ("PurchaseOrders", "api.purchaseorders"),
            ("API.PurchaseOrders", "api.purchaseorders"),
            ("zoo.Visits", "zoo.visits"),
            ("town", "zoo.town"),
            ("shop.town", "shop.town"),
            ("visits", "'visits' names several models: api.visits, zoo.visits; write one of them, with its app"),
            (
                "logentry",
                "'logentry' names several models: admin.logentry, other.logentry; write one of them, with its app",
            ),
            ("purchaseorder", "there is no model 'purchaseorder'; did you mean 'purchaseorders'?"),
            ("api.visit", "there is no model 'api.visit'; did you mean 'api.visits'?"),
            ("qqq", "there is no model 'qqq'; the verb models lists the models that have versions"),
            ("", "there is no model ''; the verb models lists the models that have versions"),
        ] {
            assert_eq!(resolved(given), meant);
        }
    }
}
