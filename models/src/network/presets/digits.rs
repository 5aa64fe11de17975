//! The networks for digits: the published teachers, the deeper one, and the multi-layer perceptrons that are their students.
//!
//! Out go networks for grey images of 28×28 pixels and ten classes; [`Network::for_images`] makes them for other images.

use super::super::description::Network;
use super::super::layer::Layer;
use super::super::shape::Shape;

/// The number of units of each hidden layer of the shipped student.
pub const STUDENT_HIDDEN_UNITS: [usize; 2] = [128, 128];

impl Network {
    /// Returns the teacher of Kariya, "Dark Knowledge in Neural Networks", 2018, for grey images of 28×28 pixels and
    /// ten classes: convolution 32 3×3, convolution 64 3×3, max-pool 2, dropout, dense 128, dropout, dense 10;
    /// 1,199,882 parameters.
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

    /// Returns a teacher that is deeper at about the same cost an answer: six 3×3 convolutions of 32, 32, 64, 64, 128
    /// and 128 channels, every second one of stride 2, each with batch norm, then dropout and one dense layer; 306,922
    /// values when the batch norms are folded.
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
                groups: 1,
            });
            layers.push(Layer::batch_norm(&format!("bn{}", index + 1), out_channels));
            layers.push(Layer::Relu);
            in_channels = out_channels;
        }
        layers.extend([Layer::Flatten, Layer::Dropout { rate: 0.4 }, Layer::linear("fc1", 128 * 4 * 4, 10)]);
        Self { name: "deep-teacher".to_owned(), input: [1, 28, 28], layers }
    }

    /// Returns a teacher of two dense layers of 1,200 units with dropout, as the teacher of Hinton, Vinyals, Dean 2015
    /// (section 3) had them; 2,395,210 parameters. The rates are those of Hinton et al. 2012 (1207.0580): 0.2 of the
    /// pixels, 0.5 of the units.
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

    /// Returns a multi-layer perceptron on raw pixels, 28·28 - `hidden` - 10, with a ReLU after each hidden layer;
    /// 118,282 parameters for hidden layers of 128 and 128 units.
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

    /// Returns the same network for images of the shape `input`, `[channels, height, width]`, and this number of classes:
    /// the first convolution has as many input channels as the images, the first linear layer reads as many values as
    /// reach it, and the last one gives a logit for each class.
    #[must_use]
    pub fn for_images(mut self, input: [usize; 3], classes: usize) -> Self {
        self.input = input;
        let mut shape = Shape::Image(input);
        for layer in &mut self.layers {
            match (&mut *layer, shape) {
                (Layer::Convolution { in_channels, .. }, Shape::Image([channels, _, _])) => {
                    *in_channels = channels;
                }
                (Layer::Linear { inputs, .. }, Shape::Vector(values)) => *inputs = values,
                _ => {}
            }
            match layer.output_shape(shape) {
                Ok(after) => shape = after,
                // What does not fit the images is named by the check of the shapes.
                Err(_) => break,
            }
        }
        let linear = |layer: &&mut Layer| matches!(layer, Layer::Linear { .. });
        if let Some(Layer::Linear { outputs, .. }) = self.layers.iter_mut().rev().find(linear) {
            *outputs = classes;
        }
        self
    }

    /// Returns the same network with a batch norm after every convolution and linear layer that a ReLU follows
    /// directly.
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
