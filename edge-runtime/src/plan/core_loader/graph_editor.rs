//! Adds tract-core's operators and constants to a graph under names of their own, for one ONNX node at a time.
//!
//! What every operator here is made with; it knows no operator itself.

use tract_core::internal::{
    Datum, DatumType, IntoArcTensor, OutletId, SpecialOps, Tensor, TractResult, TypedModel, TypedOp,
    format_err, tensor0, wire_rank_broadcast,
};

/// A graph that grows by the operators of one node.
pub(super) struct GraphEditor<'model> {
    pub(super) model: &'model mut TypedModel,
    /// What the names of this node's operators begin with, different for each node.
    pub(super) prefix: String,
}

impl GraphEditor<'_> {
    /// Adds an operator with one output. `name` tells the operators of one node apart.
    pub(super) fn node(
        &mut self,
        name: &str,
        operator: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        Ok(self.model.wire_node(format!("{}{name}", self.prefix), operator, inputs)?[0])
    }

    /// Adds an operator of two inputs, with NumPy's broadcasting of the axes that one of them lacks.
    pub(super) fn broadcast(
        &mut self,
        inputs: &[OutletId],
        operator: impl Into<Box<dyn TypedOp>>,
    ) -> TractResult<OutletId> {
        let inputs = wire_rank_broadcast(&self.prefix, self.model, inputs)?;
        self.node("", operator, &inputs)
    }

    pub(super) fn constant(&mut self, name: &str, value: impl IntoArcTensor) -> TractResult<OutletId> {
        self.model.add_const(format!("{}{name}", self.prefix), value)
    }

    /// Adds a constant with as many axes as `other`, and of its type.
    pub(super) fn scalar_like(&mut self, value: f32, other: OutletId) -> TractResult<OutletId> {
        let fact = self.model.outlet_fact(other)?;
        let (rank, datum_type) = (fact.rank(), fact.datum_type);
        let value = tensor0(value).cast_to_dt(datum_type)?.into_owned().broadcast_into_rank(rank)?;
        self.constant(".scalar", value)
    }

    /// The one value of a constant.
    pub(super) fn known<T: Datum + Copy>(&self, outlet: OutletId) -> TractResult<T> {
        let constant = self.model.outlet_fact(outlet)?.konst.as_ref();
        let constant = constant.ok_or_else(|| format_err!("a scale or zero point that is no constant"))?;
        let first = constant.try_as_plain_ram()?.as_slice::<T>()?.first().copied();
        first.ok_or_else(|| format_err!("a scale or zero point without a value"))
    }

    pub(super) fn datum_type(&self, outlet: OutletId) -> TractResult<DatumType> {
        Ok(self.model.outlet_fact(outlet)?.datum_type)
    }

    /// 0 in the type of `outlet`.
    pub(super) fn zero_like(&mut self, name: &str, outlet: OutletId) -> TractResult<OutletId> {
        let zero = Tensor::zero_scalar_dt(self.datum_type(outlet)?)?;
        self.constant(name, zero)
    }
}
