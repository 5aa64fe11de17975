//! Corrects the biases of a student whose transfer set lacked classes: it answers with them too rarely.
//!
//! In come weights, images without labels and the frequency of each class; out go weights with shifted biases. Hinton,
//! Vinyals, Dean 2015 (section 3) raised the bias of the missing 3 by what was best on the test set. Here no label is
//! asked for: shifts b of the last layer's biases are sought with which the mean probability of each class over images
//! without labels is what it should be, `1/n Σ softmax(z_i + b)_k = t_k`.

use candle_core::Device;
use models::Layer;
use models::weights::Weights;
use serde::{Deserialize, Serialize};

use crate::data::data_set::DataSet;
use crate::distillation::bias_error::BiasError;
use crate::distillation::bias_shifts::{find_shifts, mean_probabilities};
use crate::network::answers::logits_of_images;
use crate::teacher::teacher::{Teacher, TeacherError};

/// The frequency with which a bias correction expects each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum BiasPrior {
    /// As often as the teachers' mean probability over the same images says
    Teacher,
    /// As often as every other class
    Uniform,
}

/// The effect of a bias correction on one class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassShift {
    /// The name of the class.
    pub label: String,
    /// The mean probability of the class before the correction.
    pub before: f64,
    /// The mean probability that is expected of the class.
    pub frequency: f64,
    /// The mean probability of the class with the shifts.
    pub after: f64,
    /// The number that was added to the bias of the class; 0 for a class that was left alone.
    pub shift: f32,
}

/// Returns the frequency that `prior` expects over `images` of each of the classes `labels`.
///
/// # Errors
/// [`TeacherError`] where a teacher has other classes, or one of its tensor operations fails.
pub fn frequencies(
    prior: BiasPrior,
    teachers: &[Teacher],
    images: &DataSet,
    labels: &[String],
) -> Result<Vec<f64>, TeacherError> {
    let classes = labels.len();
    if prior == BiasPrior::Uniform {
        return Ok(vec![1.0 / classes as f64; classes]);
    }
    let mut frequencies = vec![0.0; classes];
    for teacher in teachers {
        let logits = teacher.logits_of_images(images)?;
        let order = teacher.order("the student", labels)?;
        let mean = mean_probabilities(&logits, &vec![0.0; classes]);
        for (class, mean) in mean.into_iter().enumerate() {
            frequencies[order.position(class)] += mean / teachers.len() as f64;
        }
    }
    Ok(frequencies)
}

/// Returns the same network with the biases of the classes `shifted` moved until each class has its mean probability
/// over `images`, and what happened to each class. Labels are not looked at, and what the provenance says of accuracy
/// is taken out.
///
/// # Errors
/// [`BiasError`] where the network has no bias at its end, a class is expected never, no shifts are found, or a tensor
/// operation fails.
pub fn correct(
    weights: &Weights,
    images: &DataSet,
    frequencies: &[f64],
    shifted: &[usize],
    device: &Device,
) -> Result<(Weights, Vec<ClassShift>), BiasError> {
    let labels = &weights.contract.labels;
    let Some(Layer::Linear { outputs, .. }) = weights.network.layers.last() else {
        return Err(BiasError::NoBias);
    };
    let first_bias = weights.values.len().saturating_sub(*outputs);
    let class_of = |class: usize| labels.get(class).cloned().unwrap_or_default();
    for &class in shifted {
        let frequency = frequencies[class];
        if frequency.is_nan() || frequency <= 0.0 {
            return Err(BiasError::Frequency { label: class_of(class), frequency });
        }
    }
    let logits = logits_of_images(weights, images, device)?;
    let exact = find_shifts(&logits, frequencies, shifted)?;
    let mut corrected = weights.clone();
    let biases = &mut corrected.values[first_bias..];
    let mut applied = vec![0f32; biases.len()];
    for ((bias, shift), applied) in biases.iter_mut().zip(&exact).zip(&mut applied) {
        let before = *bias;
        *bias = (f64::from(before) + shift) as f32;
        *applied = *bias - before;
    }
    // The accuracy was that of the network before its correction.
    corrected.contract.provenance.validation_accuracy = None;
    let earlier = &mut corrected.contract.provenance.bias_shifts;
    earlier.resize(applied.len(), 0.0);
    earlier.iter_mut().zip(&applied).for_each(|(sum, shift)| *sum += shift);
    let before = mean_probabilities(&logits, &vec![0.0; applied.len()]);
    let rounded: Vec<f64> = applied.iter().map(|shift| f64::from(*shift)).collect();
    let after = mean_probabilities(&logits, &rounded);
    let shifts = (0..applied.len()).map(|class| ClassShift {
        label: class_of(class),
        before: before[class],
        frequency: frequencies[class],
        after: after[class],
        shift: applied[class],
    });
    let shifts = shifts.collect();
    Ok((corrected, shifts))
}
