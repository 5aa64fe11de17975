//! The networks with names: the teachers, and the perceptrons that students are.

use super::description::Network;
use super::layer::Layer;

/// The hidden widths of the shipped student.
pub const STUDENT_HIDDEN_UNITS: [usize; 2] = [128, 128];

impl Network {
    /// The seed's teacher for 28×28 grey images and ten classes: conv 32 3×3, conv 64 3×3, max-pool 2, dropout, dense
    /// 128, dropout, dense 10; 1,199,882 parameters (Kariya, "Dark Knowledge in Neural Networks", 2018).
    #[must_use]
    pub fn teacher() -> Self {
        Self {
            name: "teacher".to_owned(),
            input: [1, 28, 28],
            layers: vec![
                Layer::convolution_3x3("conv1", 1, 32),
                Layer::Relu,
                Layer::convolution_3x3("conv2", 32, 64),
                Layer::Relu,
                Layer::MaxPool { kernel: [2, 2], stride: [2, 2] },
                Layer::Dropout { rate: 0.25 },
                Layer::Flatten,
                Layer::linear("fc1", 64 * 12 * 12, 128),
                Layer::Relu,
                Layer::Dropout { rate: 0.5 },
                Layer::linear("fc2", 128, 10),
            ],
        }
    }

    /// A deeper teacher at about the same cost an answer: six 3×3 convolutions of 32, 32, 64, 64, 128 and 128 channels,
    /// every second one of stride 2, each with batch normalisation, then dropout and one dense layer; 306,922 values
    /// when the normalisations are folded.
    #[must_use]
    pub fn deep_teacher() -> Self {
        let mut layers = Vec::new();
        let mut in_channels = 1;
        for (index, out_channels) in [32, 32, 64, 64, 128, 128].into_iter().enumerate() {
            layers.push(Layer::Convolution {
                name: format!("conv{}", index + 1),
                in_channels,
                out_channels,
                kernel: [3, 3],
                stride: if index % 2 == 0 { [1, 1] } else { [2, 2] },
                padding: [1, 1],
            });
            layers.push(Layer::batch_norm(&format!("bn{}", index + 1), out_channels));
            layers.push(Layer::Relu);
            in_channels = out_channels;
        }
        layers.extend([Layer::Flatten, Layer::Dropout { rate: 0.4 }, Layer::linear("fc1", 128 * 4 * 4, 10)]);
        Self { name: "deep-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// Two dense layers of 1,200 units with dropout, as the teacher of Hinton, Vinyals, Dean 2015 (section 3) had them;
    /// 2,395,210 parameters. The rates are those of Hinton et al. 2012 (1207.0580): 0.2 of the pixels, 0.5 of the units.
    #[must_use]
    pub fn dense_teacher() -> Self {
        let layers = vec![
            Layer::Flatten,
            Layer::Dropout { rate: 0.2 },
            Layer::linear("fc1", 28 * 28, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            Layer::linear("fc2", 1200, 1200),
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            Layer::linear("fc3", 1200, 10),
        ];
        Self { name: "dense-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// A multi-layer perceptron on raw pixels, 28·28 - `hidden` - 10; 118,282 parameters for hidden layers of 128 and
    /// 128 units.
    #[must_use]
    pub fn student(hidden: &[usize]) -> Self {
        let widths: Vec<usize> = std::iter::once(28 * 28).chain(hidden.iter().copied()).chain([10]).collect();
        let mut layers = vec![Layer::Flatten];
        for (index, pair) in widths.windows(2).enumerate() {
            if index > 0 {
                layers.push(Layer::Relu);
            }
            layers.push(Layer::linear(&format!("fc{}", index + 1), pair[0], pair[1]));
        }
        let name = hidden.iter().fold("student".to_owned(), |name, units| format!("{name}-{units}"));
        Self { name, input: [1, 28, 28], layers }
    }

    /// The same network with batch normalisation after every hidden layer that sums and has none.
    #[must_use]
    pub fn normalised(&self) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        let mut count = 0;
        for (position, layer) in self.layers.iter().enumerate() {
            layers.push(layer.clone());
            let relu_follows = matches!(self.layers.get(position + 1), Some(Layer::Relu));
            let channels = match layer {
                Layer::Convolution { out_channels, .. } => *out_channels,
                Layer::Linear { outputs, .. } => *outputs,
                _ => continue,
            };
            if relu_follows {
                count += 1;
                layers.push(Layer::batch_norm(&format!("bn{count}"), channels));
            }
        }
        Self { name: self.name.clone(), input: self.input, layers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_teacher_has_the_published_number_of_parameters() {
        assert_eq!(Network::teacher().parameter_count(), 1_199_882);
        assert_eq!(Network::teacher().classes(), Ok(10));
    }

    #[test]
    fn the_student_has_the_published_number_of_parameters() {
        let student = Network::student(&STUDENT_HIDDEN_UNITS);
        assert_eq!(student.parameter_count(), 118_282);
        assert_eq!(student.name, "student-128-128");
        assert_eq!(student.classes(), Ok(10));
    }

    #[test]
    fn the_deep_teacher_has_the_stated_size() {
        let teacher = Network::deep_teacher();
        assert_eq!(teacher.shapes().map(|shapes| shapes.len()), Ok(21));
        assert_eq!(teacher.folded().parameter_count(), 306_922);
    }

    #[test]
    fn the_dense_teacher_has_the_stated_size() {
        assert_eq!(Network::dense_teacher().parameter_count(), 2_395_210);
        assert_eq!(Network::dense_teacher().classes(), Ok(10));
    }

    #[test]
    fn a_normalised_student_folds_to_the_plain_one() {
        let plain = Network::student(&STUDENT_HIDDEN_UNITS);
        let normalised = plain.normalised();
        assert_eq!(normalised.layers.len(), plain.layers.len() + 2);
        assert!(normalised.shapes().is_ok());
        assert_eq!(normalised.folded(), plain);
    }
}
