//! What a classifier is asked in its other ways: pictures in every form, batches, golden vectors, threads, and what it refuses.

use image::DynamicImage;
use models::model_file::golden_vectors::{self, GoldenVectors};
use models::picture::{PixelLayout, RawPixels, preprocess};

use super::plain_loops::{CLOSE, classifier};
use crate::inference::{Classifier, InferenceError, Picture};
use crate::model::onnx_protobuf::StringStringEntryProto;
use crate::test_models::{bytes, colour_contract, convolutional_model, dense_model, numbers, student_model};

/// A picture as a file, as bytes, as raw pixels, decoded and as a tensor has one answer.
#[test]
fn every_form_of_a_picture_has_the_same_answer() {
    let classifier = classifier(&dense_model());
    let decoded = image::RgbImage::from_fn(9, 4, |x, y| image::Rgb([20 * x as u8, 50 * y as u8, 77]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    decoded.save(&path).unwrap();
    let encoded = std::fs::read(&path).unwrap();
    let pixels = RawPixels::new(decoded.as_raw(), 9, 4, PixelLayout::Rgb).unwrap();
    let decoded = DynamicImage::from(decoded.clone());
    let tensor = classifier.tensor(&decoded).unwrap();
    let forms = [
        Picture::from(path.as_path()),
        Picture::Encoded(&encoded),
        Picture::from(pixels),
        Picture::from(&decoded),
        Picture::Tensor(&tensor),
    ];
    let expected = classifier.probabilities(&tensor).unwrap();
    for (form, answer) in forms.iter().zip(classifier.classify_batch(forms)) {
        assert_eq!(answer.unwrap().in_label_order(), expected, "{form:?}");
    }
    let grey = decoded.to_luma8();
    let pixels = RawPixels::new(grey.as_raw(), 9, 4, PixelLayout::Grey).unwrap();
    let expected = classifier.classify(&DynamicImage::from(grey.clone())).unwrap();
    assert_eq!(classifier.classify(pixels).unwrap(), expected);
}

#[test]
fn a_batch_has_an_answer_for_each_picture_and_a_reason_for_each_bad_one() {
    let classifier = classifier(&dense_model());
    let (first, second) = (numbers(16)(105), numbers(17)(105));
    let together = [first.clone(), second.clone()].concat();
    let alone = [&first, &second].map(|image| classifier.probabilities(image).unwrap());
    assert_ne!(alone[0], alone[1]);
    assert_eq!(classifier.probabilities_batch(&together).unwrap(), alone);
    let alone = [&first, &second].map(|image| classifier.logits(image).unwrap());
    assert_eq!(classifier.logits_batch(&together).unwrap(), alone);
    assert!(classifier.probabilities_batch(&[]).unwrap().is_empty());
    let message = classifier.probabilities_batch(&together[1..]).unwrap_err().to_string();
    assert_eq!(message, "input: expected a multiple of 105 values for [batch, 3, 7, 5], found 209");

    let pictures =
        [Picture::Encoded(b"no picture"), Picture::Tensor(&first), Picture::File("nowhere.png".as_ref())];
    let answers = classifier.classify_batch(pictures);
    let messages: Vec<String> =
        answers.iter().filter_map(|answer| answer.as_ref().err().map(ToString::to_string)).collect();
    assert!(answers[1].is_ok() && messages.len() == 2, "{messages:?}");
    assert_eq!(
        messages[0],
        "picture: expected a PNG, JPEG, BMP, WebP, GIF or TIFF picture, found something else"
    );
    assert!(messages[1].starts_with("nowhere.png: cannot be read: "), "{messages:?}");
}

#[test]
fn golden_vectors_are_read_when_they_are_asked_for() {
    let golden = |value: Option<&str>| {
        let mut model = dense_model();
        let entry = |value: &str| StringStringEntryProto {
            key: golden_vectors::METADATA_KEY.into(),
            value: value.into(),
        };
        model.metadata_props.extend(value.map(entry));
        Classifier::from_unproven_bytes("test.onnx", &bytes(&model)).unwrap().golden_vectors()
    };
    assert_eq!(golden(None), Ok(None));
    assert!(golden(Some("{}")).is_err());
    let vector =
        golden_vectors::GoldenVector { class: 1, pixels: vec![7; 105], probabilities: vec![0.25; 4] };
    let vectors = GoldenVectors { tolerance: 0.5, vectors: vec![vector], files: vec![] };
    assert_eq!(golden(Some(&vectors.to_json())), Ok(Some(vectors)));
}

#[test]
fn the_shape_of_the_shipped_student_runs_and_counts_its_parameters() {
    let student = classifier(&student_model());
    assert_eq!(student.summary().parameters, 118_282);
    assert_eq!(student.summary().layers.iter().map(|layer| layer.parameters).sum::<usize>(), 118_282);
    let probabilities = student.probabilities(&[0.5; 784]).unwrap();
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < CLOSE);
}

#[test]
fn a_picture_is_preprocessed_as_the_contract_says() {
    let classifier = classifier(&dense_model());
    let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(5, 7, |x, y| {
        image::Rgb([10 * x as u8, 20 * y as u8, 255])
    }));
    let input = preprocess(&picture, &colour_contract().input).unwrap();
    let answer = classifier.classify(&picture).unwrap();
    assert_eq!(answer.in_label_order(), classifier.probabilities(&input).unwrap());
    assert_eq!(answer.ranked().len(), 4);
}

#[test]
fn refuses_a_tensor_of_another_length_and_one_with_nan() {
    let classifier = classifier(&dense_model());
    let message = classifier.probabilities(&[0.0; 104]).unwrap_err().to_string();
    assert_eq!(message, "input: expected 105 values for [3, 7, 5], found 104");
    let mut image = [0.0; 105];
    image[3] = f32::NAN;
    let message = classifier.probabilities(&image).unwrap_err().to_string();
    assert_eq!(message, "input: expected finite values, found NaN at position 3");
}

#[test]
fn refuses_probabilities_that_are_none() {
    let mut model = dense_model();
    for tensor in &mut model.graph.as_mut().unwrap().initializer {
        let largest = [f32::MAX.to_le_bytes(), f32::MIN.to_le_bytes()].concat();
        tensor.raw_data = largest.repeat(tensor.raw_data.len() / 8).into();
    }
    let error = classifier(&model).probabilities(&[1e9; 105]).unwrap_err();
    assert!(matches!(error, InferenceError::OutputOutOfRange(_)), "{error}");
    let error = classifier(&model).logits(&[1e9; 105]).unwrap_err();
    assert!(matches!(error, InferenceError::LogitNotFinite(_)), "{error}");
}

#[test]
fn one_classifier_serves_many_threads() {
    fn shared<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    // Each picture's answer by a classifier that has seen no other, so that nothing is left of an earlier run.
    let pictures = [0.0, 0.25, -0.5, 0.75].map(|value| [value; 105]);
    let alone = |picture: &[f32]| classifier(&convolutional_model()).probabilities(picture).unwrap();
    let expected = pictures.each_ref().map(|picture| alone(picture));
    let shared = shared(classifier(&convolutional_model()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (shared, pictures, expected) = (&shared, &pictures, &expected);
            scope.spawn(move || {
                for run in 0..50 {
                    let index = (thread + run) % pictures.len();
                    assert_eq!(shared.probabilities(&pictures[index]).unwrap(), expected[index]);
                }
            });
        }
    });
}

#[test]
fn the_file_is_named_when_it_is_not_there() {
    let message = Classifier::from_file("nowhere/model.onnx").unwrap_err().to_string();
    assert!(message.starts_with("nowhere/model.onnx: cannot be read: "), "{message}");
}

#[cfg(feature = "builtin-model")]
#[test]
fn the_built_in_model_is_sound() {
    assert!(Classifier::builtin().is_ok());
}
