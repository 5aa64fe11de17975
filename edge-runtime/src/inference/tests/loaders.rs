//! What holds for every loader: the bits of both, and logits beside probabilities.

use super::plain_loops::{CLOSE, assert_close, softmax};
use crate::inference::Classifier;
use crate::model::onnx_protobuf::ModelProto;
use crate::plan::Loader;
use crate::test_models::{
    bytes, convolutional_model, dense_model, float, half_precision_model, int, integer_model, numbers,
    residual_model, student_model,
};

/// Every loader that is compiled in.
const LOADERS: &[Loader] = &[
    Loader::TractCore,
    #[cfg(feature = "tract-onnx")]
    Loader::TractOnnx,
];

/// One of each kind of network, and one with factors before its products.
fn every_kind() -> [ModelProto; 7] {
    let mut scaled = dense_model();
    let graph = scaled.graph.as_mut().unwrap();
    graph.node[1].attribute = vec![float("alpha", 0.5), float("beta", -2.0), int("transB", 1)];
    let [dense, convolutional, half_precision] =
        [dense_model(), convolutional_model(), half_precision_model()];
    [dense, convolutional, half_precision, integer_model(), residual_model(), student_model(), scaled]
}

/// The same bits, image by image.
#[cfg(feature = "tract-onnx")]
#[test]
fn both_loaders_compute_the_same_bits() {
    for model in every_kind() {
        let load = |loader| Classifier::from_bytes_with("test.onnx", &bytes(&model), loader).unwrap();
        let (core, onnx) = (load(Loader::TractCore), load(Loader::TractOnnx));
        for seed in 20..40 {
            let image = numbers(seed)(core.contract().input.values());
            assert_eq!(core.probabilities(&image).unwrap(), onnx.probabilities(&image).unwrap());
            assert_eq!(core.logits(&image).unwrap(), onnx.logits(&image).unwrap());
        }
    }
}

/// Asking for logits changes no bit of the probabilities, on the classifier itself as on a clone of it.
#[test]
fn the_probabilities_are_the_softmax_of_the_logits() {
    for (model, loader) in
        every_kind().iter().flat_map(|model| LOADERS.iter().map(move |loader| (model, loader)))
    {
        let classifier = Classifier::from_bytes_with("test.onnx", &bytes(model), *loader).unwrap();
        for seed in 50..60 {
            let image = numbers(seed)(classifier.contract().input.values());
            let before = classifier.probabilities(&image).unwrap();
            let logits = classifier.logits(&image).unwrap();
            assert_close(&before, &softmax(&logits), CLOSE);
            assert!(logits.iter().any(|logit| *logit < 0.0 || *logit > 1.0), "{logits:?}");
            assert_eq!(classifier.probabilities(&image).unwrap(), before);
            assert_eq!(classifier.clone().logits(&image).unwrap(), logits);
        }
    }
}

/// Ones are byte 255 with a scale of a 248th and the zero point 7, and with one so small that they are 10¹² steps.
#[test]
fn a_value_of_more_steps_than_an_integer_holds_is_the_largest_byte() {
    for &loader in LOADERS {
        let [fitting, tiny] = [1.0 / 248.0, 1e-12f32].map(|scale| {
            let mut model = integer_model();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            let mut set = |name: &str, bytes: &[u8]| {
                tensors.iter_mut().find(|tensor| tensor.name == name).unwrap().raw_data =
                    bytes.to_vec().into();
            };
            set("pixel.scale", &scale.to_le_bytes());
            set("pixel.zero_point", &[7]);
            let classifier = Classifier::from_bytes_with("test.onnx", &bytes(&model), loader).unwrap();
            classifier.probabilities(&vec![1.0; classifier.contract().input.values()]).unwrap()
        });
        assert_eq!(fitting, tiny, "{loader:?}");
    }
}
