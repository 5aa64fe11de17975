//! One valid model, one thing spoiled a test; what the guard says, and that tract never sees it.

mod branches;
mod envelope;
mod graph;
mod integers;
mod limits;
mod operators;
mod spoiled;
mod weights;
