//! Which requests name an object in their path.
//!
//! No table says which URL belongs to which model, so the names are compared. A path names an object when one of its
//! parts is the object's id and the part before it names the object's model: `/api/purchase_orders/9/`,
//! `/api/purchase-orders/9/pay/`, `/admin/api/purchaseorders/9/change/`. A part names a model when both are the same
//! word, whatever the case, hyphens and underscores, in the singular or the plural. A part that is no model's name
//! names the only model whose name ends in it: `orders` is purchaseorders, unless another model's name ends in orders
//! too. What is ambiguous names nothing.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

/// The shortest end of a model's name that stands for it.
const SHORTEST_END: usize = 4;

/// Tells whether a path names one object.
#[derive(Clone, Debug)]
pub struct PathNames {
    model: String,
    /// The words of all models, this one's too.
    words: HashSet<String>,
    ids: Vec<String>,
}

impl PathNames {
    /// For an object of this model. `models` are the lower-case names of all models, `ids` the spellings of the
    /// object's id.
    pub fn new<'m>(model: &str, models: impl IntoIterator<Item = &'m str>, ids: Vec<String>) -> Self {
        PathNames { model: word(model), words: models.into_iter().map(word).collect(), ids }
    }

    /// Whether this path names the object.
    pub fn names(&self, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut before: Option<&str> = None;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if before.is_some_and(|before| self.is_id(part) && self.is_model(before)) {
                return true;
            }
            before = Some(part);
        }
        false
    }

    /// Whether a part of a path that ends in this text may be what names the object, for a search before the rows are
    /// looked at one by one.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    fn is_id(&self, part: &str) -> bool {
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        self.ids.iter().any(|id| *id == decoded)
    }

    fn is_model(&self, part: &str) -> bool {
        let part = word(&percent_decode_str(part).decode_utf8_lossy());
        if part == self.model {
            return true;
        }
        if self.words.contains(&part) {
            return false;
        }
        part.len() >= SHORTEST_END
            && self.model.ends_with(&part)
            && self.words.iter().filter(|model| model.ends_with(&part)).count() == 1
    }
}

/// A name without what spelling adds: lower case, letters and digits only, in the singular.
fn word(name: &str) -> String {
    let mut word: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    let endings = ["sses", "xes", "ches", "shes"];
    if endings.iter().any(|ending| word.ends_with(ending)) {
        word.truncate(word.len() - 2);
    } else if word.ends_with('s') && !word.ends_with("ss") && word.len() > 2 {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_an_object_or_not() {
        let models =
            ["purchaseorders", "payments", "category", "userprofile", "user", "orderitems", "cartitems", "box"];
        let names = |model: &str, id: &str, path: &str| PathNames::new(model, models, vec![id.to_owned()]).names(path);
        for (model, id, path, expected) in [
            ("purchaseorders", "9", "/api/purchase_orders/9/", true),
            ("purchaseorders", "9", "/api/purchase-orders/9", true),
            ("purchaseorders", "9", "/api/PurchaseOrder/9/pay/", true),
            ("purchaseorders", "9", "/admin/api/purchaseorders/9/change/", true),
            ("purchaseorders", "9", "/api/orders/9/", true),
            ("purchaseorders", "9", "/api/purchase_orders/9/?x=1", true),
            ("purchaseorders", "9", "/api/purchase_orders/90/", false),
            ("purchaseorders", "9", "/api/purchase_orders/", false),
            ("purchaseorders", "9", "/api/users/9/purchase_orders/", false),
            ("purchaseorders", "9", "/api/purchase_orders/x/9/", false),
            ("purchaseorders", "9", "/api/payments/9/", false),
            ("purchaseorders", "9", "/9/", false),
            ("purchaseorders", "9", "/ers/9/", false),
            ("payments", "9", "/api/payments/9/", true),
            ("category", "a b", "/api/categories/a%20b/", true),
            ("userprofile", "5", "/api/profiles/5/", true),
            ("userprofile", "5", "/api/users/5/", false),
            ("user", "5", "/api/users/5/", true),
            ("orderitems", "5", "/api/items/5/", false),
            ("box", "5", "/api/boxes/5", true),
        ] {
            assert_eq!(names(model, id, path), expected, "{model} {id} {path}");
        }
    }
}
