//! Which ids a filter leaves: a test on the id itself spares a scan the rest of the table.

use super::scan::IdRange;
use crate::query::{Field, Filter, Is, Literal, Relation, Test};

/// The ids among which all are that pass: those of the table that no test on the id itself shuts out.
pub fn id_range(filter: &Filter) -> IdRange {
    const ALL: IdRange = IdRange { low: i64::MIN, high: i64::MAX };
    match filter {
        Filter::All(filters) => filters
            .iter()
            .map(id_range)
            .fold(ALL, |all, one| IdRange { low: all.low.max(one.low), high: all.high.min(one.high) }),
        Filter::Any(filters) => {
            let hull = filters
                .iter()
                .map(id_range)
                .reduce(|all, one| IdRange { low: all.low.min(one.low), high: all.high.max(one.high) });
            hull.unwrap_or(ALL)
        }
        Filter::Test(Test::Field(test)) if test.path.name() == Field::Id.name() => {
            let number = |literal: &Literal| match literal {
                Literal::Number(digits) => digits.parse::<i64>().ok(),
                _ => None,
            };
            match &test.is {
                Is::In(literals) => match literals.iter().map(number).collect::<Option<Vec<i64>>>() {
                    Some(ids) => IdRange {
                        low: ids.iter().copied().min().unwrap_or(i64::MIN),
                        high: ids.iter().copied().max().unwrap_or(i64::MAX),
                    },
                    None => ALL,
                },
                Is::Ordered(Relation::Less | Relation::AtMost, literal) => {
                    IdRange { high: number(literal).unwrap_or(i64::MAX), ..ALL }
                }
                Is::Ordered(Relation::Greater | Relation::AtLeast, literal) => {
                    IdRange { low: number(literal).unwrap_or(i64::MIN), ..ALL }
                }
                _ => ALL,
            }
        }
        _ => ALL,
    }
}
