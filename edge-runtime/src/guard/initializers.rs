//! The weights: each one named once, its bytes as many as its shape needs, its values finite.
//!
//! In: the graph. Out: the type and shape of every weight by its name.

use std::collections::HashMap;

use models::storage::numbers;
use models::storage::printable::printable;

use super::tensor_fact::{TensorFact, precision};
use crate::model::onnx_protobuf::tensor_proto::DataLocation;
use crate::model::onnx_protobuf::{GraphProto, TensorProto};
use crate::model::{Mismatch, Precision, expect};

/// What is known of tensors, by name.
pub(super) type Facts<'graph> = HashMap<&'graph str, TensorFact>;

/// Checks all weights of a graph, and returns what is known of them.
pub(super) fn check(graph: &GraphProto) -> Result<Facts<'_>, Mismatch> {
    let mut facts = Facts::new();
    for tensor in &graph.initializer {
        let place = format!("initializer '{}'", printable(&tensor.name));
        let fact = check_tensor(tensor).map_err(|problem| problem.within(&place))?;
        expect(!tensor.name.is_empty(), &*place, "a name", "none")?;
        expect(facts.insert(&tensor.name, fact).is_none(), place, "a name of its own", "it twice")?;
    }
    Ok(facts)
}

fn check_tensor(tensor: &TensorProto) -> Result<TensorFact, Mismatch> {
    let outside = tensor.data_location == Some(DataLocation::External as i32);
    expect(!outside && tensor.external_data.is_empty(), "data", "bytes in this file", "another file's")?;
    expect(tensor.segment.is_none(), "data", "a whole tensor", "a segment")?;
    let precision = precision(tensor.data_type)?;
    let side = |&side: &i64| {
        usize::try_from(side)
            .map_err(|_| Mismatch::new("shape", "positive sides", format!("{:?}", tensor.dims)))
    };
    let shape = tensor.dims.iter().map(side).collect::<Result<Vec<usize>, Mismatch>>()?;
    let fact = TensorFact::new(precision, shape, true)?;
    check_data(tensor, &fact)?;
    let positive = precision == Precision::F32 && is_positive(tensor);
    Ok(TensorFact { positive, ..fact })
}

/// Whether all f32 values are over 0.
fn is_positive(tensor: &TensorProto) -> bool {
    let mut raw = tensor.raw_data.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value));
    raw.all(|value| value > 0.0) && tensor.float_data.iter().all(|value| *value > 0.0)
}

fn check_data(tensor: &TensorProto, fact: &TensorFact) -> Result<(), Mismatch> {
    let lists = [
        tensor.int32_data.len(),
        tensor.int64_data.len(),
        tensor.uint64_data.len(),
        tensor.double_data.len(),
        tensor.string_data.len(),
    ];
    let typed = fact.precision == Precision::F32 && !tensor.float_data.is_empty();
    let others = lists.iter().sum::<usize>() + if typed { 0 } else { tensor.float_data.len() };
    expect(others == 0, "data", format!("{} values in one field", fact.precision), "values of another type")?;
    if typed {
        expect(tensor.raw_data.is_empty(), "data", "values in one field", "in two")?;
        let found = tensor.float_data.len();
        expect(found == fact.values(), "values", fact.values().to_string(), found)?;
        return check_finite(numbers::first_not_finite(&tensor.float_data));
    }
    check_raw(&tensor.raw_data, fact)
}

/// Little-endian values, as ONNX has them.
fn check_raw(bytes: &[u8], fact: &TensorFact) -> Result<(), Mismatch> {
    let width = match fact.precision {
        Precision::F32 | Precision::Int32 => 4,
        Precision::F16 => 2,
        Precision::Int8 | Precision::Uint8 => 1,
    };
    let expected = fact.values() * width;
    expect(bytes.len() == expected, "data", format!("{expected} bytes for {:?}", fact.shape), bytes.len())?;
    check_finite(match fact.precision {
        Precision::F32 => numbers::first_not_finite_f32(bytes),
        Precision::F16 => numbers::first_not_finite_f16(bytes),
        Precision::Int8 | Precision::Uint8 | Precision::Int32 => None,
    })
}

fn check_finite(offender: Option<usize>) -> Result<(), Mismatch> {
    match offender {
        None => Ok(()),
        Some(position) => {
            Err(Mismatch::new(format!("value {position}"), "a finite number", "NaN or infinity"))
        }
    }
}
