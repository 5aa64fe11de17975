//! The pace of checkpoints: what the last one cost in, whether the next one is due out, so that saving stays a small
//! share of a training's time.

use std::time::{Duration, Instant};

/// Checkpoints may take one hundredth of the time: the interval is at least this many times the cost of one.
const TIMES_THE_COST: u32 = 100;
/// The shortest interval, however cheap checkpoints are: nobody minds to lose so little work.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);

/// Tells when the next checkpoint is due.
#[derive(Debug)]
pub(crate) struct CheckpointPace {
    last: Instant,
    interval: Duration,
    fixed: bool,
}

impl CheckpointPace {
    /// Starts the pace with a fixed interval or, where there is none, one that follows the cost of checkpoints.
    pub(crate) fn start(interval: Option<Duration>) -> Self {
        let fixed = interval.is_some();
        Self { last: Instant::now(), interval: interval.unwrap_or(SHORTEST_INTERVAL), fixed }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.last.elapsed() >= self.interval
    }

    /// Records that a checkpoint has just been saved and took the time `cost`.
    pub(crate) fn saved(&mut self, cost: Duration) {
        self.last = Instant::now();
        if !self.fixed {
            self.interval = SHORTEST_INTERVAL.max(cost * TIMES_THE_COST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_follows_the_cost_unless_it_is_given() {
        let mut pace = CheckpointPace::start(None);
        assert!(!pace.is_due());
        pace.saved(Duration::from_millis(1));
        assert_eq!(pace.interval, SHORTEST_INTERVAL);
        pace.saved(Duration::from_secs(1));
        assert_eq!(pace.interval, Duration::from_secs(100));
        let mut pace = CheckpointPace::start(Some(Duration::ZERO));
        assert!(pace.is_due());
        pace.saved(Duration::from_secs(1));
        assert!(pace.is_due());
    }
}
