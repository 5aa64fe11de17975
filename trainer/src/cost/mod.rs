//! What an exported network costs a board: a network as data in, bytes, multiplications and microseconds out, before it is
//! trained.

pub(crate) mod front;
pub(crate) mod kept_times;
pub(crate) mod measured_time;
pub(crate) mod stored_bytes;
