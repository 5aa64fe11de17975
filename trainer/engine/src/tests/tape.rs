//! The tape against candle's differentiation in f64, on random networks of all layers: inputs that are not square and have
//! several channels, batches that fill no group.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use models::random::{Generator, Purpose};
use models::{Layer, Network, ParameterRole, Shape};

use crate::draw::Draw;
use crate::optimizer::is_trained;
use crate::tape::{Memory, ParameterGradients, Tape};
use crate::tensors::TensorNetwork;

const DRAW: Draw = Draw { seed: 5, step: 3 };

/// How far the gradient of a parameter in f32 may be from that in f64, relative to its length.
const CLOSE: f64 = 2e-4;

/// Draws layers that fit together.
struct Sketch {
    generator: Generator,
    names: usize,
}

impl Sketch {
    fn below(&mut self, count: usize) -> usize {
        ((self.generator.unit() * count as f32) as usize).min(count - 1)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("layer{}", self.names)
    }

    fn convolution(&mut self, inputs: usize, outputs: usize, stride: [usize; 2], groups: usize) -> Layer {
        let kernel = [[3, 3], [1, 1], [3, 1], [2, 3]][self.below(4)];
        self.window(inputs, outputs, kernel, (stride, groups))
    }

    fn window(
        &mut self,
        in_channels: usize,
        out_channels: usize,
        kernel: [usize; 2],
        (stride, groups): ([usize; 2], usize),
    ) -> Layer {
        let padding = kernel.map(|side| side / 2);
        Layer::Convolution { name: self.name(), in_channels, out_channels, kernel, stride, padding, groups }
    }

    fn norm(&mut self, channels: usize) -> Layer {
        Layer::BatchNorm { name: self.name(), channels, epsilon: 1e-2 }
    }

    /// A residual block, before or behind whose sum there may be a ReLU that only one path sees.
    fn residual(&mut self, channels: usize) -> Layer {
        let odd = |sketch: &mut Self| sketch.window(channels, channels, [3, 3], ([1, 1], 1));
        let mut body = Vec::new();
        if self.below(2) == 0 {
            body.push(Layer::Relu);
        }
        body.extend([odd(self), self.norm(channels), Layer::Relu, Layer::Dropout { rate: 0.25 }, odd(self)]);
        if self.below(2) == 0 {
            body.push(self.norm(channels));
        }
        if self.below(3) == 0 {
            body.push(Layer::Residual { body: vec![odd(self), Layer::Relu], shortcut: vec![] });
        }
        let shortcut = match self.below(3) {
            0 => vec![],
            1 => vec![self.window(channels, channels, [1, 1], ([1, 1], 1))],
            _ => vec![self.window(channels, channels, [1, 1], ([1, 1], channels)), self.norm(channels)],
        };
        Layer::Residual { body, shortcut }
    }

    fn branches(&mut self, channels: usize) -> Layer {
        let groups = if self.below(2) == 0 { 1 } else { channels };
        let wide = self.window(channels, channels, [3, 3], ([1, 1], groups));
        let narrow = self.window(channels, channels, [1, 1], ([1, 1], groups));
        let branches = vec![vec![wide, self.norm(channels)], vec![narrow], vec![self.norm(channels)], vec![]];
        Layer::Branches { name: self.name(), branches }
    }

    fn network(&mut self) -> Network {
        let input = [1 + self.below(4), 6 + self.below(5), 7 + self.below(5)];
        let mut layers = Vec::new();
        let mut shape = Shape::Image(input);
        for _ in 0..2 + self.below(4) {
            let channels = shape.channels();
            let mut step = match self.below(8) {
                0 => vec![self.residual(channels)],
                1 => vec![self.branches(channels)],
                2 => vec![Layer::MaxPool { kernel: [2, 2], stride: [1, 2] }],
                3 => vec![Layer::AveragePool { kernel: [2, 1], stride: [1, 1] }],
                4 => vec![self.convolution(channels, channels, [1, 1], channels)],
                5 => vec![self.convolution(channels, 2 * channels, [2, 1], channels)],
                _ => {
                    let outputs = [3, 8, 17, 20][self.below(4)];
                    vec![self.convolution(channels, outputs, [1, 2], 1)]
                }
            };
            let after = step.iter().try_fold(shape, |shape, layer| layer.output(shape));
            let Some(after) = after else { continue };
            let sums = matches!(step.last(), Some(Layer::Convolution { .. } | Layer::Branches { .. }));
            if sums && self.below(2) == 0 {
                step.push(self.norm(after.channels()));
            }
            if self.below(3) > 0 {
                step.push(Layer::Relu);
            }
            layers.extend(step);
            shape = after;
        }
        if self.below(2) == 0 {
            layers.push(Layer::GlobalAveragePool);
            shape = Shape::Image([shape.channels(), 1, 1]);
        }
        layers.extend([Layer::Flatten, Layer::linear("fc1", shape.len(), 6), self.norm(6), Layer::Relu]);
        layers.push(Layer::linear("fc2", 6, 3));
        Network { name: "random".to_owned(), input, layers }
    }
}

/// Values for the parameters of a network: weights around 0, scales around 1.
fn parameters(network: &Network, generator: &mut Generator) -> Vec<Vec<f32>> {
    let of_spec = |spec: models::ParameterSpec| {
        let bound = 2.0 / (spec.fan_in as f32).sqrt();
        let value = |_| match spec.role {
            ParameterRole::Weight => generator.symmetric(bound),
            ParameterRole::Scale | ParameterRole::RunningVariance => 1.0 + generator.symmetric(0.5),
            _ => generator.symmetric(0.3),
        };
        (0..spec.len()).map(value).collect()
    };
    network.parameters().into_iter().map(of_spec).collect()
}

/// The logits and the gradients of Σ logits · dy, by the tape.
fn by_tape(
    network: &Network,
    values: &[Vec<f32>],
    images: &[f32],
    dy: &[f32],
) -> (Vec<f32>, ParameterGradients) {
    let parameters: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
    let (tape, mut memory) = (Tape::new(network, true), Memory::default());
    let mut found = None;
    // The second step finds the memory of the first, which must not show.
    for _ in 0..2 {
        let recording = tape.record(&parameters, images, DRAW, &mut memory);
        let logits = recording.logits().to_vec();
        let mut gradients = tape.backward(&parameters, images, DRAW, recording, dy, &mut memory);
        gradients.sort_by_key(|(parameter, _)| *parameter);
        let step = (logits, gradients);
        if let Some(first) = &found {
            assert_eq!(first, &step, "{network:?}");
        }
        found = Some(step);
    }
    found.unwrap()
}

/// Logits, and the gradient of each trained parameter by its number.
type Found = (Vec<f64>, Vec<(usize, Vec<f64>)>);

/// The same in f64 by candle.
fn by_candle(
    network: &Network,
    values: &[Vec<f32>],
    images: &[f32],
    dy: &[f32],
) -> candle_core::Result<Found> {
    let device = Device::Cpu;
    let specs = network.parameters();
    let variables: Vec<Var> = specs
        .iter()
        .zip(values)
        .map(|(spec, values)| {
            Var::from_tensor(
                &Tensor::from_slice(values, spec.shape.as_slice(), &device)?.to_dtype(DType::F64)?,
            )
        })
        .collect::<Result<_, _>>()?;
    let named: HashMap<String, Tensor> = specs
        .iter()
        .zip(&variables)
        .map(|(spec, variable)| (spec.name.clone(), variable.as_tensor().clone()))
        .collect();
    let built = TensorNetwork::new(network, &VarBuilder::from_tensors(named, DType::F64, &device))?;
    let [channels, height, width] = network.input;
    let images = Tensor::from_slice(images, ((), channels, height, width), &device)?.to_dtype(DType::F64)?;
    let logits = built.logits(&images, Some(DRAW))?;
    let dy = Tensor::from_slice(dy, logits.shape(), &device)?.to_dtype(DType::F64)?;
    let store = (&logits * dy)?.sum_all()?.backward()?;
    let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1::<f64>();
    let trained = specs.iter().zip(&variables).enumerate().filter(|(_, (spec, _))| is_trained(spec.role));
    let gradients = trained
        .filter_map(|(number, (_, variable))| Some((number, store.get(variable)?)))
        .map(|(number, gradient)| Ok((number, flat(gradient)?)))
        .collect::<candle_core::Result<Vec<_>>>()?;
    Ok((flat(&logits)?, gradients))
}

/// The length of the difference relative to `scale`.
fn distance(found: &[f32], expected: &[f64], scale: f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(found, expected)| f64::from(*found) - expected);
    length(differences) / scale
}

fn length(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

fn check(network: &Network, generator: &mut Generator, batch: usize) {
    check_within(network, generator, batch, CLOSE);
}

fn check_within(network: &Network, generator: &mut Generator, batch: usize, close: f64) {
    network.shapes().unwrap_or_else(|error| panic!("{error}"));
    let values = parameters(network, generator);
    let len = network.input.iter().product::<usize>();
    let images: Vec<f32> = (0..batch * len).map(|_| generator.unit()).collect();
    let classes = network.classes().unwrap();
    let dy: Vec<f32> = (0..batch * classes).map(|_| generator.symmetric(1.0)).collect();
    let (logits, gradients) = by_tape(network, &values, &images, &dy);
    let (expected_logits, expected) = by_candle(network, &values, &images, &dy).unwrap();
    let scale = length(expected_logits.iter().copied());
    assert!(distance(&logits, &expected_logits, scale) < close, "logits of {network:?}");
    let names: Vec<String> = network.parameters().into_iter().map(|spec| spec.name).collect();
    assert_eq!(gradients.len(), expected.len(), "{network:?}");
    // A bias before a batch norm has no gradient but the rounding of all others.
    let largest = expected.iter().map(|(_, gradient)| length(gradient.iter().copied())).fold(0.0, f64::max);
    let floor = 0.05 * largest;
    for ((number, found), (expected_number, expected)) in gradients.iter().zip(&expected) {
        assert_eq!(number, expected_number);
        let distance = distance(found, expected, length(expected.iter().copied()) + floor);
        assert!(distance < close, "{}, {distance} in a batch of {batch}: {network:?}", names[*number]);
    }
}

#[test]
fn random_networks_have_the_gradients_that_candle_finds() {
    for seed in 0..60 {
        let mut sketch = Sketch { generator: Generator::new(seed, Purpose::Augmentation, 0, 0), names: 0 };
        let network = sketch.network();
        let batch = [4, 7, 33, 70][sketch.below(4)];
        check(&network, &mut sketch.generator, batch);
    }
}

/// Each layer of a deep network adds its rounding, and a batch norm of few pixels enlarges it.
#[test]
fn presets_have_the_gradients_that_candle_finds() {
    for (name, close) in [("resnet8:4", CLOSE), ("repvgg:4x6", CLOSE), ("mobilenet:0.25", 0.05)] {
        let network = name.parse::<models::network::Preset>().unwrap().network([3, 33, 38], 3);
        check_within(&network, &mut Generator::new(8, Purpose::Augmentation, 0, 0), 9, close);
    }
}

#[test]
fn wide_convolutions_have_the_gradients_that_candle_finds() {
    let mut sketch = Sketch { generator: Generator::new(3, Purpose::Augmentation, 0, 0), names: 0 };
    let mut layers = vec![sketch.window(2, 64, [3, 3], ([1, 1], 1)), Layer::Relu];
    layers.extend([sketch.window(64, 128, [3, 3], ([1, 1], 1)), sketch.norm(128), Layer::Relu]);
    let body = vec![sketch.window(128, 128, [3, 3], ([1, 1], 1)), Layer::Relu];
    layers.push(Layer::Residual { body, shortcut: vec![] });
    layers.extend([Layer::GlobalAveragePool, Layer::Flatten, Layer::linear("fc", 128, 3)]);
    let network = Network { name: "wide".to_owned(), input: [2, 4, 6], layers };
    check(&network, &mut sketch.generator, 5);
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let mut sketch = Sketch { generator: Generator::new(11, Purpose::Augmentation, 0, 0), names: 0 };
    for _ in 0..8 {
        let network = sketch.network();
        let values = parameters(&network, &mut sketch.generator);
        let len = network.input.iter().product::<usize>();
        let images: Vec<f32> = (0..37 * len).map(|_| sketch.generator.unit()).collect();
        let dy: Vec<f32> = (0..37 * 3).map(|_| sketch.generator.symmetric(1.0)).collect();
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| by_tape(&network, &values, &images, &dy))
        };
        let one = with_threads(1);
        assert_eq!(one, with_threads(3), "{network:?}");
        assert_eq!(one, with_threads(8), "{network:?}");
    }
}

#[test]
fn answers_are_those_of_the_oracle() {
    for seed in 100..130 {
        let mut sketch = Sketch { generator: Generator::new(seed, Purpose::Augmentation, 0, 0), names: 0 };
        let network = sketch.network();
        let values = parameters(&network, &mut sketch.generator).concat();
        let contract = models::ModelContract::mnist(models::Provenance::default());
        let weights = models::weights::Weights { network, contract, values, finding: None };
        let folded = weights.folded();
        let image: Vec<f32> =
            (0..folded.network.input.iter().product()).map(|_| sketch.generator.unit()).collect();
        let tensors: Vec<&[f32]> = folded.tensors().map(|(_, values)| values).collect();
        let tape = Tape::new(&folded.network, false);
        let logits = tape.logits(&tensors, &[image.clone(), image.clone()].concat(), &mut Memory::default());
        let expected = models::reference::logits(&weights, &image);
        let scale = length(expected.iter().copied());
        assert!(distance(&logits[..3], &expected, scale) < CLOSE, "{:?}", weights.network);
        assert_eq!(logits[..3], logits[3..], "{:?}", weights.network);
    }
}
