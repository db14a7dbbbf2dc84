//! What the service would log of a change of an order or a payment, from a plan that was applied.

use super::{AuditLine, EventType};
use crate::audit::{Token, Value};
use crate::store::{Store, StoreError, Stored, User};
use crate::versions::apply::model_name;
use crate::versions::{Kind, Lens, Live, ObjectPlan, Operation, Place, float_token};

/// The line of the purchases' log, for the two models that have one.
pub fn purchase(
    store: &mut dyn Store,
    object: &ObjectPlan,
    lens: &Lens,
    live: &Live,
    user: Option<&User>,
) -> Result<Option<AuditLine>, StoreError> {
    let Ok(table) = &lens.table else { return Ok(None) };
    let is_new = object.operation == Operation::Insert;
    let value = |column: &str| {
        let at = table.table.column(column);
        at.map_or_else(Value::null, |at| plain(lens, &table.kinds[at], &live.row[at]))
    };
    // A field of what a column refers to.
    let mut beyond = |column: &str, field: &str| -> Result<Value, StoreError> {
        let Some(at) = table.table.column(column) else { return Ok(Value::null()) };
        let Some(key) = table.table.foreign_key(&table.table.columns[at].name).cloned() else {
            return Ok(Value::null());
        };
        let ([to], Some(other)) = (&key.to[..], store.table(&key.table)?) else { return Ok(Value::null()) };
        let row = store.rows(&other, to, std::slice::from_ref(&live.row[at]))?.pop().flatten();
        Ok(match (row, other.column(field)) {
            (Some(row), Some(at)) => plain(lens, &Kind::of(&other.columns[at]), &row[at]),
            _ => Value::null(),
        })
    };
    let (model, extra) = match model_name(&object.model) {
        "purchaseorders" => {
            let mut extra = vec![("email", value("email")), ("visit_id", value("visit_id"))];
            if is_new {
                extra.push(("visit_date", beyond("visit_id", "day")?));
                extra.push(("total_price", value("total_price")));
                extra.push(("status", value("status")));
            }
            ("PurchaseOrders", extra)
        }
        "payments" => {
            let mut extra =
                vec![("purchase_order_id", value("purchase_order_id")), ("transaction_id", value("transaction_id"))];
            if is_new {
                extra.push(("payment_method", value("payment_method")));
                extra.push(("status", value("status")));
                extra.push(("buyer_email", beyond("purchase_order_id", "email")?));
            }
            ("Payments", extra)
        }
        _ => return Ok(None),
    };
    let changes = object.changes.iter().filter(|_| !is_new).map(|change| {
        let of = |value: Option<&Value>| match (value, table.place(&change.field)) {
            (Some(value), Place::Column(field)) => as_float(field.kind, value),
            (Some(value), _) => value.clone(),
            (None, _) => Value::null(),
        };
        let after = live.fields.iter().find(|(name, _)| *name == change.field).map(|(_, value)| value);
        (change.field.clone(), of(change.from.as_ref()), of(after))
    });
    Ok(Some(AuditLine {
        event_type: if is_new { EventType::Create } else { EventType::Update },
        model,
        instance_id: object.like.key.clone(),
        user_id: user.map(|user| user.id),
        user_email: user.and_then(|user| user.email.clone()),
        changes: changes.collect(),
        extra_data: extra.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }))
}

/// A stored value as the log has it.
fn plain(lens: &Lens, kind: &Kind, stored: &Stored) -> Value {
    as_float(kind, &lens.converter.serialized(kind, stored))
}

/// The log has decimals as floats.
fn as_float(kind: &Kind, value: &Value) -> Value {
    match (kind, value.tokens()) {
        (Kind::Decimal { .. }, [Token::Text(text)]) => match text.parse::<f64>() {
            Ok(x) if x.is_finite() => Value::from_tokens(vec![float_token(x)]),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}
