//! A node's attributes, each of a known name, of the right type and given once.
//!
//! In: a node of the file. Out: the values of its attributes, for the rule of its operator and for the loader that builds it.

use models::storage::printable::printable;

use crate::model::onnx_protobuf::attribute_proto::AttributeType;
use crate::model::onnx_protobuf::{AttributeProto, NodeProto};
use crate::model::{Mismatch, expect};

/// The attributes of one node.
pub(crate) struct Attributes<'node>(&'node [AttributeProto]);

impl<'node> Attributes<'node> {
    /// All attributes of `node`, where there are no others than `known`.
    pub(super) fn of(node: &'node NodeProto, known: &[&str]) -> Result<Self, Mismatch> {
        for (position, attribute) in node.attribute.iter().enumerate() {
            let name = printable(&attribute.name);
            let allowed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            expect(known.contains(&attribute.name.as_str()), "attributes", allowed, format!("'{name}'"))?;
            let once = node.attribute[..position].iter().all(|earlier| earlier.name != attribute.name);
            expect(once, format!("attribute '{name}'"), "it once", "it twice")?;
            expect(
                attribute.ref_attr_name.is_empty(),
                format!("attribute '{name}'"),
                "a value",
                "a reference",
            )?;
        }
        Ok(Self(&node.attribute))
    }

    /// The attributes of a node that has passed the guard.
    pub(crate) fn of_checked(node: &'node NodeProto) -> Self {
        Self(&node.attribute)
    }

    /// The whole number `name`, or `default` where it is not given.
    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64, Mismatch> {
        Ok(self.find(name, AttributeType::Int)?.map_or(default, |attribute| attribute.i))
    }

    /// Checks that the whole number `name` is `value`, where it is given.
    pub(super) fn only(&self, name: &str, value: i64) -> Result<(), Mismatch> {
        let found = self.int(name, value)?;
        expect(found == value, name, value.to_string(), found)
    }

    /// The whole number `name` as a truth value: 0, or 1; 0 where it is not given.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Mismatch> {
        match self.int(name, 0)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Mismatch::new(name, "0 or 1", other)),
        }
    }

    /// The finite number `name`, or 1 where it is not given.
    pub(crate) fn factor(&self, name: &str) -> Result<f32, Mismatch> {
        let value = self.find(name, AttributeType::Float)?.map_or(1.0, |attribute| attribute.f);
        expect(value.is_finite(), name, "a finite number", value)?;
        Ok(value)
    }

    /// Checks that the text `name` is `value`, where it is given.
    pub(super) fn only_text(&self, name: &str, value: &str) -> Result<(), Mismatch> {
        let Some(attribute) = self.find(name, AttributeType::String)? else { return Ok(()) };
        let found = String::from_utf8_lossy(&attribute.s);
        expect(found == value, name, value, printable(&found))
    }

    /// `COUNT` whole numbers from 0 to 65535: no side is longer, and sums of them cannot overflow.
    pub(super) fn sizes<const COUNT: usize>(&self, name: &str) -> Result<Option<[usize; COUNT]>, Mismatch> {
        let Some(attribute) = self.find(name, AttributeType::Ints)? else { return Ok(None) };
        let found = format!("{:.40}", format!("{:?}", attribute.ints.iter().take(9).collect::<Vec<_>>()));
        let refuse = || Mismatch::new(name, format!("{COUNT} numbers from 0 to 65535"), found);
        let sizes: Option<Vec<usize>> =
            attribute.ints.iter().map(|&size| u16::try_from(size).ok().map(usize::from)).collect();
        sizes.and_then(|sizes| sizes.try_into().ok()).ok_or_else(refuse).map(Some)
    }

    fn find(&self, name: &str, kind: AttributeType) -> Result<Option<&'node AttributeProto>, Mismatch> {
        let Some(attribute) = self.0.iter().find(|attribute| attribute.name == name) else { return Ok(None) };
        let found =
            AttributeType::try_from(attribute.r#type).map_or("an unknown type", AttributeType::as_str_name);
        expect(attribute.r#type == kind as i32, format!("attribute '{name}'"), kind.as_str_name(), found)?;
        Ok(Some(attribute))
    }
}
