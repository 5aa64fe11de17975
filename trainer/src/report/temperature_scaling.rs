//! Temperature scaling: logits and labels of a validation set in, one temperature out: the number by which all logits
//! are divided so that the negative log likelihood of the validation set is least (Guo et al. 2017, section 4.2). It
//! changes no answer, only how sure the network says it is.

use models::probability::Temperature;

/// The bounds between which the temperature is searched for. A network trained with cross entropy lies between 0.5 and
/// 5; one that wants less or more than these bounds has no minimum to speak of.
const COLDEST: f64 = 0.01;
const HOTTEST: f64 = 100.0;

/// The number of halvings of an interval that spans ln 10⁴: more than an f32 can tell apart.
const HALVINGS: usize = 40;

/// Returns the temperature of the least negative log likelihood of `labels` under `logits`, one row per image.
///
/// With β = 1 / T the likelihood is convex, and its slope is the mean over images of `Σ_j p_j z_j - z_label`: bisection
/// finds where that is 0. None where it is 0 nowhere between 0.01 and 100: for instance, where every image is right, the
/// likelihood falls with T without end.
pub(crate) fn fit_temperature(logits: &[Vec<f32>], labels: &[u16]) -> Option<Temperature> {
    let slope = |ln_temperature: f64| slope(logits, labels, (-ln_temperature).exp());
    let (mut cold, mut hot) = (COLDEST.ln(), HOTTEST.ln());
    if logits.is_empty() || slope(cold) <= 0.0 || slope(hot) >= 0.0 {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(cold, hot);
        // A slope over 0: the likelihood is better at a smaller β, a higher temperature.
        if slope(middle) > 0.0 { cold = middle } else { hot = middle }
    }
    Temperature::try_from(f64::midpoint(cold, hot).exp() as f32).ok()
}

/// Returns the slope of the negative log likelihood, d NLL / d β, as a mean over images.
fn slope(logits: &[Vec<f32>], labels: &[u16], beta: f64) -> f64 {
    let of_image = |(row, &label): (&Vec<f32>, &u16)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut sum, mut weighted) = (0.0, 0.0);
        for &logit in row {
            let below = f64::from(logit) - f64::from(largest);
            let exponential = (beta * below).exp();
            sum += exponential;
            weighted += exponential * below;
        }
        let right = row.get(usize::from(label)).copied().unwrap_or(largest);
        weighted / sum - (f64::from(right) - f64::from(largest))
    };
    logits.iter().zip(labels).map(of_image).sum::<f64>() / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: three of four images right, all with logits `gap` apart. The best probability of the first class is
    /// 3/4, so gap / T = ln 3.
    #[test]
    fn finds_the_temperature_that_makes_confidence_the_accuracy() {
        for gap in [0.2f32, 2.0, 12.0] {
            let logits = vec![vec![gap, 0.0]; 4];
            let found = fit_temperature(&logits, &[0, 0, 0, 1]).unwrap().value();
            let expected = gap / 3f32.ln();
            assert!((found / expected - 1.0).abs() < 1e-5, "{gap}: {found}, {expected}");
        }
    }

    #[test]
    fn a_constant_added_to_all_logits_changes_nothing() {
        let logits = |offset: f32| vec![vec![3.0 + offset, offset, offset - 1.0]; 3];
        let found = [0.0, 64.0].map(|offset| fit_temperature(&logits(offset), &[0, 0, 2]).unwrap().value());
        assert!((found[0] - found[1]).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn the_fitted_temperature_has_a_lower_likelihood_than_its_neighbours() {
        use crate::report::calibration::Calibration;
        let logits = vec![vec![4.0, 1.0, 0.0], vec![1.0, 3.0, 2.5], vec![0.0, 2.0, 5.0], vec![6.0, 0.0, 3.0]];
        let labels = [0, 2, 2, 0];
        let fitted = fit_temperature(&logits, &labels).unwrap();
        let nll = |factor: f32| {
            let temperature = Temperature::try_from(fitted.value() * factor).unwrap();
            Calibration::of_logits(&logits, &labels, temperature).negative_log_likelihood
        };
        assert!(nll(1.0) < nll(0.95) && nll(1.0) < nll(1.05), "{fitted}");
    }

    #[test]
    fn there_is_none_where_all_is_right_or_all_is_wrong() {
        let logits = vec![vec![2.0, 0.0]; 3];
        assert_eq!(fit_temperature(&logits, &[0, 0, 0]), None);
        assert_eq!(fit_temperature(&logits, &[1, 1, 1]), None);
        assert_eq!(fit_temperature(&[], &[]), None);
    }
}
