//! A graph that runs, shared between threads: values of one image in, the values of the graph's one output out.

use std::sync::{Arc, Mutex, PoisonError};

use tract_core::internal::{
    IntoRunnable, Tensor, TractResult, TypedModel, TypedRunnableModel, TypedSimpleState, tvec,
};

/// An optimised graph. Each run has a state of its own.
#[derive(Debug, Clone)]
pub(super) struct Runner {
    runnable: Arc<TypedRunnableModel>,
    /// States of runs that came to their end: to make one costs time in every run.
    idle: Arc<Mutex<Vec<TypedSimpleState>>>,
}

impl Runner {
    pub(super) fn of(graph: TypedModel) -> TractResult<Self> {
        Ok(Self { runnable: graph.into_runnable()?, idle: Arc::default() })
    }

    /// The graph that runs.
    pub(super) fn graph(&self) -> &TypedModel {
        self.runnable.model()
    }

    /// The output's f32 values for `image`, whose values have the shape `[1, channels, height, width]`.
    pub(super) fn run(&self, image: &[f32], shape: &[usize; 4]) -> TractResult<Vec<f32>> {
        let input = Tensor::from_shape(shape, image)?;
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut state = kept.map_or_else(|| self.runnable.spawn(), Ok)?;
        let outputs = state.run(tvec!(input.into()))?;
        let values = outputs[0].try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
        idle().push(state);
        Ok(values)
    }
}
