use engine::optimizer::{Optimizer, OptimizerConfig, OptimizerKind};
use models::Layer;
use models::probability::Temperature;

use super::*;
use crate::distillation::batch_loss::distillation_loss;
use crate::distillation::loss_kind::DistillationLoss;
use crate::distillation::soft_targets::SoftTargets;

const DRAW: Draw = Draw { seed: 1, step: 2 };

fn convolution(name: &str, in_channels: usize, out_channels: usize, padding: [usize; 2]) -> Layer {
    let name = name.to_owned();
    Layer::Convolution { name, in_channels, out_channels, kernel: [2, 3], stride: [1, 1], padding, groups: 1 }
}

fn linear(name: &str, inputs: usize, outputs: usize) -> Layer {
    Layer::Linear { name: name.to_owned(), inputs, outputs }
}

fn normalisation(name: &str, channels: usize) -> Layer {
    Layer::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 }
}

/// Every kind of layer, on two channels of 7×9: a convolution before a pooling with and without ReLU, with and without
/// batch norm, a ReLU that follows nothing that sums.
fn every_layer() -> Network {
    let layers = vec![
        convolution("conv1", 2, 3, [1, 0]),
        normalisation("bn1", 3),
        Layer::Relu,
        convolution("conv2", 3, 4, [0, 1]),
        Layer::Relu,
        Layer::MaxPool { kernel: [2, 2], stride: [2, 1] },
        Layer::Dropout { rate: 0.25 },
        convolution("conv3", 4, 5, [1, 1]),
        Layer::AveragePool { kernel: [2, 3], stride: [1, 2] },
        Layer::Relu,
        Layer::Flatten,
        linear("fc1", 5 * 3 * 2, 6),
        normalisation("bn2", 6),
        Layer::Relu,
        Layer::Dropout { rate: 0.5 },
        linear("fc2", 6, 3),
    ];
    Network { name: "every-layer".to_owned(), input: [2, 7, 9], layers }
}

fn images(count: usize) -> Vec<f32> {
    let mut generator = Generator::new(3, Purpose::Augmentation, 0, 0);
    (0..count * 2 * 7 * 9).map(|_| generator.unit()).collect()
}

fn labels(count: usize) -> Vec<u16> {
    (0..count).map(|index| (index % 3) as u16).collect()
}

fn loss(logits: &[f32], count: usize) -> LossGradient {
    let teacher = (0..count * 3).map(|index| (index as f32 * 1.7).sin() * 4.0).collect();
    let targets = SoftTargets::of_logits(
        DistillationLoss::SoftenedKl,
        &[teacher],
        3,
        Temperature::try_from(3.0).unwrap(),
    );
    distillation_loss(logits, &labels(count), &targets, 0.7)
}

/// On the CPU by candle, as on other devices.
fn by_tensors(network: &Network, seed: u64) -> DeviceNetwork {
    DeviceNetwork::initialise(network, seed, &Device::Cpu, EngineName::Candle).unwrap()
}

fn by_kernels(network: &Network, seed: u64) -> DeviceNetwork {
    DeviceNetwork::initialise(network, seed, &Device::Cpu, EngineName::Imago).unwrap()
}

fn gradient_values(pass: &Pass) -> Vec<Vec<f32>> {
    pass.gradients
        .iter()
        .map(|gradient| gradient.as_ref().map_or(vec![], |it| host_values(it).unwrap()))
        .collect()
}

fn largest_difference(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max)
}

/// The kernels against candle's layers with candle's differentiation, which `engine` holds against finite differences: logits, loss, every gradient, running values.
#[test]
fn kernels_and_candle_compute_the_same_pass() {
    for network in [every_layer(), Network::student(&[9, 33])] {
        let count = 37;
        let image_len: usize = network.input.iter().product();
        let images: Vec<f32> = images(count * 7).into_iter().cycle().take(count * image_len).collect();
        let classes = network.classes().unwrap();
        let objective = |logits: &[f32]| loss(&logits[..count * 3], count);
        let (kernels, tensors) = (by_kernels(&network, 5), by_tensors(&network, 5));
        let whole = |logits: &[f32]| {
            let mut found = objective(logits);
            found.gradient.resize(count * classes, 0.01);
            found
        };
        let [left, right] = [&kernels, &tensors].map(|it| it.pass(&images, DRAW, whole).unwrap());
        assert!((left.loss - right.loss).abs() < 1e-5, "{} {}", left.loss, right.loss);
        for (number, (left, right)) in gradient_values(&left).iter().zip(gradient_values(&right)).enumerate()
        {
            let largest = right.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            let difference = largest_difference(left, &right);
            assert!(difference < 2e-5 * (1.0 + largest), "parameter {number}: {difference} of {largest}");
        }
        assert!(largest_difference(&kernels.values().unwrap(), &tensors.values().unwrap()) < 1e-5);
        let [left, right] = [&kernels, &tensors].map(|it| it.logits(&images).unwrap());
        assert!(largest_difference(&left, &right) < 1e-5);
    }
}

/// A hundred steps on both engines from the same start: the losses stay together.
#[test]
fn a_hundred_steps_by_kernels_and_by_candle_have_the_same_losses() {
    let count = 16;
    let losses = |network: DeviceNetwork| -> Vec<f64> {
        let config =
            OptimizerConfig { algorithm: OptimizerKind::Adamw, weight_decay: 0.01, clip_norm: Some(5.0) };
        let mut optimizer = Optimizer::new(config, network.parameters(), network.roles()).unwrap();
        let images = images(count);
        (0..100)
            .map(|step| {
                let pass =
                    network.pass(&images, Draw { seed: 1, step }, |logits| loss(logits, count)).unwrap();
                optimizer.step(network.parameters(), pass.gradients, 3e-3).unwrap();
                pass.loss
            })
            .collect()
    };
    let (kernels, tensors) = (losses(by_kernels(&every_layer(), 5)), losses(by_tensors(&every_layer(), 5)));
    for (step, (left, right)) in kernels.iter().zip(&tensors).enumerate() {
        assert!((left - right).abs() < 1e-3 * right, "step {step}: {left} and {right}");
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&kernels[90..]) < mean(&kernels[..10]) - 0.2, "{kernels:?}");
}

#[test]
fn no_number_of_threads_changes_a_bit_of_a_pass() {
    let images = images(67);
    let in_pool = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let network = by_kernels(&every_layer(), 5);
            let pass = network.pass(&images, DRAW, |logits| loss(logits, 67)).unwrap();
            (gradient_values(&pass), network.values().unwrap(), network.logits(&images).unwrap())
        })
    };
    let one = in_pool(1);
    for threads in [2, 16] {
        assert!(in_pool(threads) == one, "{threads} threads");
    }
}

#[test]
fn memory_does_not_grow_from_step_to_step() {
    // One network has a batch norm before all other parameters.
    let layers = vec![normalisation("bn", 2), Layer::Flatten, linear("fc", 2 * 7 * 9, 3)];
    for network in [every_layer(), Network { layers, ..every_layer() }] {
        let trained = by_kernels(&network, 1);
        let Engine::Kernels(kernels) = &trained.engine else { panic!() };
        let free = || {
            trained.pass(&images(4), DRAW, |logits| loss(logits, 4)).unwrap();
            kernels.memory.lock().unwrap().free()
        };
        let first = free();
        assert!(first[0] > 0);
        assert_eq!([free(), free()], [first; 2]);
    }
}

#[test]
fn logits_have_a_row_an_image_and_dropout_draws_in_training_alone() {
    let network = by_kernels(&every_layer(), 5);
    let images = images(4);
    let evaluated = network.logits(&images).unwrap();
    assert_eq!(evaluated.len(), 4 * 3);
    assert_eq!(evaluated, network.logits(&images).unwrap());
    let trained = |step: u64| {
        let mut found = Vec::new();
        let draw = Draw { step, ..DRAW };
        let keep = |logits: &[f32]| {
            found = logits.to_vec();
            loss(logits, 4)
        };
        network.pass(&images, draw, keep).unwrap();
        found
    };
    assert_eq!(trained(0), trained(0));
    assert_ne!(trained(0), trained(1));
}

/// The running values go a tenth of the way to the batch's: for x = (0, 2) of one channel, mean 1 and unbiased variance 2.
#[test]
fn running_values_follow_the_batch() {
    let layers = vec![Layer::Flatten, linear("fc1", 1, 1), normalisation("bn1", 1), linear("fc2", 1, 1)];
    let network = Network { name: "n".to_owned(), input: [1, 1, 1], layers };
    for built in [by_kernels(&network, 1), by_tensors(&network, 1)] {
        let mut values = built.values().unwrap();
        (values[0], values[1]) = (1.0, 0.0);
        built.set_values(&values).unwrap();
        let nothing = |logits: &[f32]| LossGradient { loss: 0.0, gradient: vec![0.0; logits.len()] };
        built.pass(&[0.0, 2.0], DRAW, nothing).unwrap();
        let values = built.values().unwrap();
        assert!((values[4] - 0.1).abs() < 1e-6 && (values[5] - 1.1).abs() < 1e-6, "{values:?}");
    }
}

#[test]
fn values_that_are_no_whole_images_are_refused() {
    assert!(by_tensors(&every_layer(), 1).logits(&[0.0; 5]).is_err());
}

#[test]
fn a_network_keeps_its_engine_when_it_is_folded() {
    for (built, engine) in [
        (by_kernels(&every_layer(), 1), EngineName::Imago),
        (by_tensors(&every_layer(), 1), EngineName::Candle),
    ] {
        let folded = built.folded_with(&built.values().unwrap()).unwrap();
        assert_eq!([built.engine_name(), folded.engine_name()], [engine; 2]);
        let images = images(3);
        let [left, right] = [&built, &folded].map(|it| it.logits(&images).unwrap());
        assert!(largest_difference(&left, &right) < 1e-4);
    }
}

/// One pass through residual blocks, parallel branches and depthwise convolutions: the gradients of both engines.
#[test]
fn kernels_and_candle_have_the_same_gradients_in_networks_for_photographs() {
    let count = 9;
    for name in ["resnet8:4", "repvgg:4x6", "mobilenet:0.25"] {
        let network = name.parse::<models::network::Preset>().unwrap().network([3, 33, 38], 3);
        let images: Vec<f32> = images(count * 30).into_iter().take(count * 3 * 33 * 38).collect();
        let [left, right] = [by_kernels(&network, 5), by_tensors(&network, 5)]
            .map(|it| it.pass(&images, DRAW, |logits| loss(logits, count)).unwrap());
        assert!((left.loss - right.loss).abs() < 1e-4, "{name}: {} {}", left.loss, right.loss);
        for (number, (left, right)) in gradient_values(&left).iter().zip(gradient_values(&right)).enumerate()
        {
            let largest = right.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            let difference = largest_difference(left, &right);
            // Each of the 27 batch norms of mobilenet enlarges the rounding of those before it.
            let close = if name.starts_with("mobilenet") { 2e-2 } else { 1e-3 };
            assert!(difference < close * (1.0 + largest), "{name}, {number}: {difference} of {largest}");
        }
    }
}
