//! What a student minimises: `W · T² · H(q, p_T) + (1 - W) · H(y, p_1)`, means over the batch.
//!
//! H is the cross entropy, p_T the student's softmax at temperature T, q the soft targets at the same T, y the hard
//! labels. The gradient of H(q, p_T) with respect to a logit is (p_T - q) / T and shrinks as 1 / T² since p_T - q itself
//! shrinks as 1 / T; the factor T² keeps the two terms' shares as the temperature changes (Hinton, Vinyals, Dean 2015,
//! section 2).

use candle_core::{D, Result, Tensor};

use models::softmax::Temperature;

/// A teacher's class probabilities at the distillation temperature, `[batch, classes]`, rows of sum 1.
#[derive(Debug, Clone)]
pub(crate) struct SoftTargets {
    probabilities: Tensor,
    temperature: Temperature,
}

impl SoftTargets {
    /// The mean over teachers of their softmax at `temperature`. `teacher_logits` are `[batch, classes]` each, at least
    /// one.
    pub(crate) fn of_logits(teacher_logits: &[Tensor], temperature: Temperature) -> Result<Self> {
        let soften =
            |logits: &Tensor| log_softmax(&(logits.detach() / f64::from(temperature.value()))?)?.exp();
        let (first, others) =
            teacher_logits.split_first().ok_or_else(|| candle_core::Error::Msg("no teacher".to_owned()))?;
        let sum = others.iter().try_fold(soften(first)?, |sum, logits| sum + soften(logits)?)?;
        Ok(Self { probabilities: (sum / teacher_logits.len() as f64)?, temperature })
    }

    /// The rows of these images.
    pub(crate) fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self { probabilities: self.probabilities.index_select(rows, 0)?, temperature: self.temperature })
    }

    #[cfg(test)]
    fn probabilities(&self) -> &Tensor {
        &self.probabilities
    }
}

/// H(y, p_1): `student_logits` `[batch, classes]`, `labels` `[batch]` u32.
pub(crate) fn hard_loss(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    log_softmax(logits)?.gather(&labels.unsqueeze(1)?, 1)?.mean_all()?.neg()
}

/// T² · H(q, p_T).
pub(crate) fn soft_loss(student_logits: &Tensor, soft_targets: &SoftTargets) -> Result<Tensor> {
    let temperature = f64::from(soft_targets.temperature.value());
    let log_probabilities = log_softmax(&(student_logits / temperature)?)?;
    let cross_entropy =
        (&soft_targets.probabilities * log_probabilities)?.sum(D::Minus1)?.mean_all()?.neg()?;
    cross_entropy * (temperature * temperature)
}

/// The weighted average; `soft_weight` in [0, 1]. A term of weight 0 is not computed.
pub(crate) fn distillation_loss(
    student_logits: &Tensor,
    labels: &Tensor,
    soft_targets: &SoftTargets,
    soft_weight: f64,
) -> Result<Tensor> {
    if soft_weight >= 1.0 {
        return soft_loss(student_logits, soft_targets);
    }
    let hard = (hard_loss(student_logits, labels)? * (1.0 - soft_weight))?;
    if soft_weight <= 0.0 {
        return Ok(hard);
    }
    (soft_loss(student_logits, soft_targets)? * soft_weight)? + hard
}

/// log_softmax from operations that all have gradients (candle's fused softmax has none).
fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn tensor(values: &[f32], shape: (usize, usize)) -> Tensor {
        Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
    }

    fn temperature(value: f32) -> Temperature {
        Temperature::try_from(value).unwrap()
    }

    fn scalar(tensor: Tensor) -> f64 {
        f64::from(tensor.to_scalar::<f32>().unwrap())
    }

    fn rows(tensor: &Tensor) -> Vec<Vec<f32>> {
        tensor.to_vec2().unwrap()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found}, expected {expected}");
    }

    /// By hand: z = (ln 16, 0) gives 16 : 1 at T = 1, 4 : 1 at T = 2, 2 : 1 at T = 4.
    #[test]
    fn soft_targets_match_hand_computed_numbers() {
        let logits = tensor(&[16f32.ln(), 0.0], (1, 2));
        for (value, share) in [(1.0, 16.0 / 17.0), (2.0, 0.8), (4.0, 2.0 / 3.0)] {
            let soft = SoftTargets::of_logits(std::slice::from_ref(&logits), temperature(value)).unwrap();
            close(f64::from(rows(soft.probabilities())[0][0]), share);
        }
    }

    /// By hand: the mean of 0.8 and 0.5.
    #[test]
    fn several_teachers_are_averaged_as_probabilities() {
        let logits = [tensor(&[16f32.ln(), 0.0], (1, 2)), tensor(&[3.0, 3.0], (1, 2))];
        let soft = SoftTargets::of_logits(&logits, temperature(2.0)).unwrap();
        close(f64::from(rows(soft.probabilities())[0][0]), 0.65);
    }

    /// By hand: p = (0.8, 0.2) and (0.5, 0.5), labels 1 and 0: -(ln 0.2 + ln 0.5) / 2.
    #[test]
    fn the_hard_loss_matches_hand_computed_numbers() {
        let logits = tensor(&[4f32.ln(), 0.0, 0.0, 0.0], (2, 2));
        let labels = Tensor::new(&[1u32, 0], &Device::Cpu).unwrap();
        close(scalar(hard_loss(&logits, &labels).unwrap()), -(0.2f64.ln() + 0.5f64.ln()) / 2.0);
    }

    /// By hand at T = 2: q = (0.8, 0.2) from z = (ln 16, 0); p = (2/3, 1/3) from z = (ln 4, 0);
    /// T² H = -4 (0.8 ln 2/3 + 0.2 ln 1/3). The hard term with label 0 at T = 1: -ln 0.8.
    #[test]
    fn the_distillation_loss_matches_hand_computed_numbers() {
        let soft_targets =
            SoftTargets::of_logits(&[tensor(&[16f32.ln(), 0.0], (1, 2))], temperature(2.0)).unwrap();
        let student = tensor(&[4f32.ln(), 0.0], (1, 2));
        let labels = Tensor::new(&[0u32], &Device::Cpu).unwrap();
        let soft = -4.0 * (0.8 * (2f64 / 3.0).ln() + 0.2 * (1f64 / 3.0).ln());
        let hard = -(0.8f64.ln());
        for weight in [0.0, 0.3, 1.0] {
            let loss = scalar(distillation_loss(&student, &labels, &soft_targets, weight).unwrap());
            close(loss, weight * soft + (1.0 - weight) * hard);
        }
    }

    /// d(T² H)/dz = T (p_T - q), by hand for the case above: 2 (2/3 - 0.8).
    #[test]
    fn the_gradient_of_the_soft_loss_matches_its_formula() {
        let soft_targets =
            SoftTargets::of_logits(&[tensor(&[16f32.ln(), 0.0], (1, 2))], temperature(2.0)).unwrap();
        let student = Var::from_tensor(&tensor(&[4f32.ln(), 0.0], (1, 2))).unwrap();
        let gradients = soft_loss(&student, &soft_targets).unwrap().backward().unwrap();
        let gradient = rows(gradients.get(&student).unwrap());
        close(f64::from(gradient[0][0]), 2.0 * (2.0 / 3.0 - 0.8));
        close(f64::from(gradient[0][1]), 2.0 * (1.0 / 3.0 - 0.2));
    }

    /// In the limit of high temperature T² H has the gradient (z - v) / N for logits of zero mean (Hinton 2015,
    /// equation 4): it does not shrink with T. Without the factor it would at T = 200 be 40,000 times smaller.
    #[test]
    fn the_gradient_keeps_its_scale_as_the_temperature_rises() {
        let (v, z) = ([1.0f32, -2.0, 1.0], [0.5f32, 0.5, -1.0]);
        for value in [50.0, 200.0] {
            let soft_targets = SoftTargets::of_logits(&[tensor(&v, (1, 3))], temperature(value)).unwrap();
            let student = Var::from_tensor(&tensor(&z, (1, 3))).unwrap();
            let gradients = soft_loss(&student, &soft_targets).unwrap().backward().unwrap();
            for (class, found) in rows(gradients.get(&student).unwrap())[0].iter().enumerate() {
                let expected = (z[class] - v[class]) / 3.0;
                assert!((found - expected).abs() < 0.02, "T = {value}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn no_gradient_reaches_the_teacher() {
        let teacher = Var::from_tensor(&tensor(&[1.0, 2.0], (1, 2))).unwrap();
        let soft_targets = SoftTargets::of_logits(&[teacher.as_tensor().clone()], temperature(2.0)).unwrap();
        let student = Var::from_tensor(&tensor(&[0.0, 0.0], (1, 2))).unwrap();
        let gradients = soft_loss(&student, &soft_targets).unwrap().backward().unwrap();
        assert!(gradients.get(&teacher).is_none());
        assert!(gradients.get(&student).is_some());
    }
}
