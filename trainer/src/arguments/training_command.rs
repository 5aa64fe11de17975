//! The commands that train, as words of a command line, whether a user typed them or a published experiment lists them.

use clap::Subcommand;

use crate::arguments::distill_arguments::DistillArguments;
use crate::arguments::student_arguments::StudentArguments;
use crate::arguments::teacher_arguments::TeacherArguments;

/// A command that trains a network.
#[derive(Debug, Subcommand)]
pub enum TrainingCommand {
    /// Train a teacher on hard labels
    Teacher(TeacherArguments),
    /// Train the student on hard labels alone: the baseline
    Student(StudentArguments),
    /// Train the student on a teacher's softened probabilities
    Distill(DistillArguments),
}
