//! The arguments that several commands share: words of the command line in, configurations and options of runs out. A
//! sweep and a published experiment read the same arguments as the commands that train.

pub(crate) mod description_arguments;
pub(crate) mod distill_arguments;
pub(crate) mod format;
pub(crate) mod input_shape;
mod layer_mistake;
pub(crate) mod network_arguments;
pub(crate) mod network_choice;
pub(crate) mod run_options_arguments;
pub(crate) mod student_arguments;
pub(crate) mod teacher_arguments;
pub(crate) mod training_arguments;
pub(crate) mod training_command;
pub(crate) mod transfer_arguments;
pub(crate) mod value_error;
pub(crate) mod values;
pub(crate) mod words;

pub use description_arguments::DescriptionArguments;
pub use distill_arguments::{DistillArguments, LossName};
pub use format::Format;
pub use network_arguments::{NetworkArguments, StudentNetworkArguments};
pub use network_choice::{NetworkChoice, NetworkChoiceError};
pub use run_options_arguments::RunOptionsArguments;
pub use student_arguments::{ClassFilter, StudentArguments};
pub use teacher_arguments::TeacherArguments;
pub use training_arguments::{OptimizerName, TrainingArguments};
pub use training_command::TrainingCommand;
pub use transfer_arguments::TransferArguments;
pub use value_error::{line_about_a_value, print_error};
