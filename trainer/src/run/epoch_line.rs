//! The line that a training prints after each epoch: an epoch's metrics in, one line on standard error out, the same
//! for every command that trains.

use crate::process::console::say;
use crate::run::metrics::EpochMetrics;

/// Returns a function that writes the line of an epoch, out of `epochs`, to standard error.
pub(crate) fn print_epoch(epochs: usize) -> impl FnMut(&EpochMetrics) {
    move |metrics| {
        say(format_args!(
            "epoch {:>3}/{epochs}  loss {:.4}  training {:6.2} %  validation {:6.2} %  {:>6.0} images/s",
            metrics.epoch,
            metrics.training_loss,
            metrics.training_accuracy * 100.0,
            metrics.validation_accuracy * 100.0,
            metrics.images_per_second
        ));
    }
}
