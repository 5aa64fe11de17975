//! Whole trainings on a few small images.

use std::path::Path;

use candle_core::Device;
use models::{Network, Provenance};

use super::*;
use crate::augmentation::batch_source::drawn;
use crate::data::data_set::DataSet;
use crate::data::description::DatasetDescription;
use crate::run::directory::tests::config;
use crate::run::run_contract::contract_of_run;
use crate::teacher::teacher::TeacherFile;

const IMAGES: usize = 24;

fn images(count: usize) -> DataSet {
    let pixels = (0..count * 784).map(|index| (index * 7 % 251) as u8).collect();
    let labels = (0..count).map(|index| (index % 10) as u16).collect();
    DataSet::new(pixels, labels, 10, [1, 28, 28])
}

/// A distillation of five epochs that go round a pool of two, by two teachers.
fn distillation(augmentation_seed: u64) -> RunConfig {
    let config = config();
    RunConfig {
        epochs: 5,
        batch_size: 10,
        augmentation: Augmentation::Elastic,
        augmentation_seed: Some(augmentation_seed),
        augmentation_pool: Some(2),
        correct_bias: None,
        transfer: None,
        data_set: Some(DatasetDescription::mnist()),
        engine: None,
        network: Network::student(&[4]),
        ..config
    }
}

fn teachers(config: &RunConfig) -> Vec<Teacher> {
    let network = Network::student(&[5]);
    let teacher = |number: usize| {
        let value = |index: usize| ((index * 7919 + number * 104_729) % 1000) as f32 / 5000.0 - 0.1;
        let values = (0..network.parameter_count()).map(value).collect();
        let contract = ModelContract { provenance: Provenance::default(), ..contract_of_run(config) };
        let weights = Weights { network: network.clone(), contract, values, finding: None };
        let file = TeacherFile { path: format!("teacher-{number}").into(), sha256: weights.sha256() };
        Teacher::new(file, &weights, &Device::Cpu).unwrap()
    };
    (1..=2).map(teacher).collect()
}

fn trained(folder: &Path, name: &str, config: &RunConfig, augmentation_cache: Option<&Path>) -> Vec<u8> {
    let data = TrainingData {
        transfer_note: None,
        training: images(IMAGES),
        transfer: None,
        validation: images(10),
        folder: None,
        transfer_folder: None,
        training_positions: (0..IMAGES).collect(),
        validation_positions: (IMAGES..IMAGES + 10).collect(),
    };
    let run = RunDirectory::create(&folder.join(name), config).unwrap();
    let options =
        RunOptions { augmentation_cache: augmentation_cache.map(Path::to_owned), ..RunOptions::default() };
    let ending = train(&run, config, &data, &teachers(config), &options, |_| ()).unwrap();
    assert!(matches!(ending, Ending::Finished(_)));
    std::fs::read(run.model_file()).unwrap()
}

/// The seed belongs to this test alone: images are counted by it.
#[test]
fn with_a_cache_each_augmented_image_is_drawn_once_for_student_and_teachers() {
    let folder = tempfile::tempdir().unwrap();
    let seed = 2_718_281;
    let config = distillation(seed);
    let drawn_each_time = trained(folder.path(), "drawn", &config, None);
    // For the student and each teacher in each of five epochs.
    assert_eq!(drawn::of_seed(seed), 3 * 5 * IMAGES);
    let cache = folder.path().join("kept");
    assert!(trained(folder.path(), "kept-run", &config, Some(&cache)) == drawn_each_time);
    assert_eq!(drawn::of_seed(seed), 3 * 5 * IMAGES + 2 * IMAGES);
    assert!(trained(folder.path(), "read-run", &config, Some(&cache)) == drawn_each_time);
    assert_eq!(drawn::of_seed(seed), 3 * 5 * IMAGES + 2 * IMAGES);
}
