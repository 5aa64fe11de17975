//! When a checkpoint is worth its time.

use std::time::{Duration, Instant};

/// The share of the time that checkpoints may take: one in a hundred.
const TIMES_THE_COST: u32 = 100;
/// However cheap they are: nobody minds to lose so much.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);

/// Says when the next one is due.
#[derive(Debug)]
pub(crate) struct CheckpointPace {
    last: Instant,
    interval: Duration,
    fixed: bool,
}

impl CheckpointPace {
    /// With a fixed interval, or one that follows what checkpoints cost.
    pub(crate) fn start(interval: Option<Duration>) -> Self {
        let fixed = interval.is_some();
        Self { last: Instant::now(), interval: interval.unwrap_or(SHORTEST_INTERVAL), fixed }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.last.elapsed() >= self.interval
    }

    /// One has been saved and took so long.
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
