//! The operators of ONNX that a model may have: one file a family, and the table that chooses among them.
//!
//! In: a node and what is known of its inputs. Out: what is known of its outputs, what it costs, or why it is refused. They
//! are the operators that `exporter` writes, with the semantics of [ONNX 1.17](https://onnx.ai/onnx/operators/) for a batch
//! of one.
//!
//! A new operator gets its rule in the file of its family and its line in `table`; then both loaders must know it, see
//! [`crate::plan`].

mod element_wise;
mod integers;
mod node_fact;
mod operands;
mod products;
mod table;
mod window;
mod windows;

pub(super) use node_fact::NodeFact;
pub(crate) use table::ALLOWED;
pub(super) use table::{output_fact, trained_inputs};
pub(crate) use window::Window;
