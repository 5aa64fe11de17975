//! The teachers of a run: paths in, networks that are ready to teach out, checked to be those that the run began with
//! and to fit its student.

use std::path::{Path, PathBuf};

use candle_core::Device;

#[cfg(feature = "cli")]
use crate::data::description::DatasetDescription;
use crate::run::config::RunConfig;
use crate::run::directory::load_weights;
use crate::run::run_contract::contract_of_run;
#[cfg(feature = "cli")]
use crate::run::run_data::{config_of, is_same_place};
use crate::run::training_error::TrainingError;
use crate::teacher::teacher::{Teacher, TeacherError, TeacherFile};

/// Loads a teacher from a run's directory or a safetensors file.
///
/// # Errors
/// [`TrainingError`] where its weights cannot be used.
pub fn load_teacher(path: &Path, device: &Device) -> Result<Teacher, TrainingError> {
    let weights = load_weights(path)?;
    let file = TeacherFile { path: path.to_owned(), sha256: weights.sha256() };
    Ok(Teacher::new(file, &weights, device)?)
}

/// Loads several teachers, in the order of `paths`.
///
/// # Errors
/// [`TrainingError`] for the first one whose weights cannot be used.
pub fn load_teachers(paths: &[PathBuf], device: &Device) -> Result<Vec<Teacher>, TrainingError> {
    paths.iter().map(|path| load_teacher(path, device)).collect()
}

/// Loads the teachers that the run of `config` began with; none where the run is no distillation.
///
/// # Errors
/// [`TeacherError::Changed`] where a file holds other weights by now, or another [`TrainingError`] where it cannot be
/// used.
pub fn reload_teachers(config: &RunConfig, device: &Device) -> Result<Vec<Teacher>, TrainingError> {
    let files = config.distillation.iter().flat_map(|distillation| &distillation.teachers);
    files.map(|file| reload_teacher(file, device)).collect()
}

fn reload_teacher(file: &TeacherFile, device: &Device) -> Result<Teacher, TrainingError> {
    let teacher = load_teacher(&file.path, device)?;
    if teacher.file.sha256 != file.sha256 {
        let (expected, found) = (file.sha256.clone(), teacher.file.sha256);
        return Err(TeacherError::Changed { path: file.path.clone(), expected, found }.into());
    }
    Ok(teacher)
}

/// Checks that every teacher has the input and the classes of the student that `config` describes. Classes may stand in
/// another order: the teachers' logits are taken by their names.
///
/// # Errors
/// [`TeacherError::Mismatch`] or [`TeacherError::Labels`] for the first teacher that has others.
pub fn check_teachers(config: &RunConfig, teachers: &[Teacher]) -> Result<(), TeacherError> {
    let contract = contract_of_run(config);
    teachers.iter().try_for_each(|teacher| teacher.check(&config.data, &contract))
}

/// Returns lines about each teacher whose classes stand in another order than those of the student, and about each whose
/// training has failed.
#[cfg(feature = "cli")]
pub(crate) fn teacher_notes(config: &RunConfig, teachers: &[Teacher]) -> Vec<String> {
    use models::storage::printable::{printable, printable_path};

    let labels = config.data_set().classes;
    let notes = |teacher: &Teacher| {
        let path = printable_path(&teacher.file.path);
        let order = teacher.order(&config.data, &labels).ok();
        let finding = teacher.finding.as_deref().map(printable);
        let failed =
            finding.map(|finding| format!("{path}: the training of this teacher has failed: {finding}"));
        let split = has_another_split(config, &teacher.file.path)
            .then(|| format!("{path}: the teacher was trained on another split of this set: it may know validation pictures of the student; --split-seed, --group-by and the shares belong into dataset.toml"));
        [order.and_then(|order| order.note(&path, &config.data)), failed, split].into_iter().flatten()
    };
    teachers.iter().flat_map(notes).collect()
}

/// Returns whether the run of a teacher has divided the same set otherwise.
#[cfg(feature = "cli")]
fn has_another_split(config: &RunConfig, teacher: &Path) -> bool {
    let Some(of_teacher) = config_of(teacher) else { return false };
    let (one, other) = (config.data_set(), of_teacher.data_set());
    let split = |set: &DatasetDescription| {
        (set.validation, set.split_seed, set.validation_share, set.test_share, set.group_by.clone())
    };
    is_same_place(&config.data_directory(), &of_teacher.data_directory()) && split(&one) != split(&other)
}
