//! The published experiments as data: the trainings, as one would type them, the cells of the table and the marks to
//! reach. A new experiment is a new constant here.

use clap::ValueEnum;

/// The name of a published experiment on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExperimentName {
    /// Kariya 2018: a convolutional teacher and a student of 128 and 128 units
    #[value(name = "kariya-2018", alias = "seed")]
    Kariya2018,
    /// Hinton, Vinyals, Dean 2015, section 3: also with classes that the student never sees
    #[value(name = "hinton-2015", alias = "hinton")]
    Hinton2015,
}

/// A published experiment: its runs, its table and its marks.
#[derive(Debug)]
pub(super) struct Experiment {
    /// The name of the experiment's directory under `runs/reproduce`.
    pub(super) name: &'static str,
    /// The title above the table.
    pub(super) title: &'static str,
    /// The trainings, in the order in which they are trained, a teacher before its students.
    pub(super) recipes: &'static [Recipe],
    /// The number of seeds where `--seeds` is not given.
    pub(super) seeds: u64,
    /// The titles of the columns, over the cells of a row.
    pub(super) columns: &'static [&'static str],
    pub(super) rows: &'static [Row],
    pub(super) marks: &'static [Mark],
}

/// A training of an experiment.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    /// The words after `trainer`; data, directory, seed, epochs and teacher are added to them.
    pub(super) words: &'static str,
    pub(super) epochs: usize,
    /// The number of epochs with `--quick`.
    pub(super) quick_epochs: usize,
    pub(super) teacher: TeacherOf,
}

/// The teacher of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TeacherOf {
    /// No teacher: the training is on hard labels.
    Nobody,
    /// The network of another recipe, of the same seed.
    Recipe(&'static str),
    /// The network given by `--teacher`.
    Shipped,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) what: &'static str,
    /// The published figure, as the source has it.
    pub(super) published: &'static str,
    /// One cell per column; none where nothing was trained for it.
    pub(super) cells: &'static [Option<Cell>],
}

/// A cell of the table: a figure of a network on the test images, one value per seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) of: Of,
    pub(super) measure: Measure,
}

/// The network that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The network of a recipe, as it was trained.
    Trained(&'static str),
    /// The network of a recipe, after the bias correction without labels.
    Corrected(&'static str),
    /// The network given by `--teacher`.
    Shipped,
}

/// The figure that is taken from a network's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// The share of right answers, in percent.
    Accuracy,
    /// The share of wrong answers, in percent.
    ErrorRate,
    /// The number of wrong answers.
    Errors,
    /// The number of wrong answers on images of a class.
    ErrorsOf(usize),
    /// The share of right answers on images of a class, in percent.
    AccuracyOf(usize),
}

/// A mark: a figure and what it has to reach.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) what: &'static str,
    pub(super) goal: Goal,
}

/// What a figure has to reach.
#[derive(Debug)]
pub(super) enum Goal {
    /// The mean over the seeds is at least the bound.
    AtLeast(Cell, f64),
    /// The mean over the seeds is under the bound.
    Under(Cell, f64),
    /// The first figure is over the second one in every seed.
    Ahead(Cell, Cell),
}

const fn accuracy(recipe: &'static str) -> Cell {
    Cell { of: Of::Trained(recipe), measure: Measure::Accuracy }
}

const fn trained(recipe: &'static str, measure: Measure) -> Cell {
    Cell { of: Of::Trained(recipe), measure }
}

const fn corrected(recipe: &'static str, measure: Measure) -> Cell {
    Cell { of: Of::Corrected(recipe), measure }
}

/// The experiment of Kariya 2018, which this project grew from: its epochs, batch sizes and students' learning rates,
/// with AdamW. On the validation images the published rate of the distilled student is as good as lower ones that fall.
pub(super) const KARIYA_2018: Experiment = Experiment {
    name: "kariya-2018",
    title: "Kariya 2018, Dark Knowledge in Neural Networks: accuracy",
    recipes: &[
        Recipe {
            name: "teacher",
            words: "teacher --network kariya-2018 --batch-size 512",
            epochs: 15,
            quick_epochs: 3,
            teacher: TeacherOf::Nobody,
        },
        Recipe {
            name: "student",
            words: "student --batch-size 512 --learning-rate 0.001",
            epochs: 50,
            quick_epochs: 25,
            teacher: TeacherOf::Nobody,
        },
        Recipe {
            name: "distilled",
            words: "distill --temperature 4 --soft-weight 1 --batch-size 512 --learning-rate 0.03 --schedule constant",
            epochs: 100,
            quick_epochs: 50,
            teacher: TeacherOf::Recipe("teacher"),
        },
    ],
    seeds: 5,
    columns: &["here"],
    rows: &[
        Row { what: "teacher, two convolutions", published: "99.18 %", cells: &[Some(accuracy("teacher"))] },
        Row {
            what: "student 784-128-128-10, hard labels",
            published: "97.85 %",
            cells: &[Some(accuracy("student"))],
        },
        Row {
            what: "the same, distilled at T = 4",
            published: "98.18 %",
            cells: &[Some(accuracy("distilled"))],
        },
    ],
    marks: &[
        Mark { what: "teacher at least 99.18 %", goal: Goal::AtLeast(accuracy("teacher"), 99.18) },
        Mark { what: "hard labels at least 97.85 %", goal: Goal::AtLeast(accuracy("student"), 97.85) },
        Mark { what: "distilled at least 98.18 %", goal: Goal::AtLeast(accuracy("distilled"), 98.18) },
        Mark {
            what: "distilled ahead of hard labels",
            goal: Goal::Ahead(accuracy("distilled"), accuracy("student")),
        },
    ],
};

/// The digit that the published transfer set lacks.
const THREE: usize = 3;

/// The experiments of Hinton, Vinyals, Dean 2015, section 3. The paper names neither optimizer, epochs nor learning
/// rates; ours are AdamW's usual ones, not searched for.
pub(super) const HINTON_2015: Experiment = Experiment {
    name: "hinton-2015",
    title: "Hinton, Vinyals, Dean 2015, section 3: wrong of the test images",
    recipes: &[
        Recipe {
            name: "teacher",
            words: "teacher --network hinton-2015 --augment shift --batch-size 256 --learning-rate 0.001",
            epochs: 60,
            quick_epochs: 5,
            teacher: TeacherOf::Nobody,
        },
        Recipe {
            name: "student",
            words: "student --network mlp:800x800 --batch-size 256 --learning-rate 0.001",
            epochs: 15,
            quick_epochs: 3,
            teacher: TeacherOf::Nobody,
        },
        Recipe {
            name: "distilled",
            words: "distill --network mlp:800x800 --temperature 20 --soft-weight 1 --batch-size 256 --learning-rate 0.001",
            epochs: 30,
            quick_epochs: 3,
            teacher: TeacherOf::Recipe("teacher"),
        },
        Recipe {
            name: "without-3",
            words: "distill --network mlp:800x800 --temperature 20 --soft-weight 1 --batch-size 256 --learning-rate 0.001 \
                    --without 3",
            epochs: 30,
            quick_epochs: 3,
            teacher: TeacherOf::Recipe("teacher"),
        },
        Recipe {
            name: "only-7-8",
            words: "distill --network mlp:800x800 --temperature 20 --soft-weight 1 --batch-size 256 --learning-rate 0.001 \
                    --only 7,8",
            epochs: 60,
            quick_epochs: 20,
            teacher: TeacherOf::Recipe("teacher"),
        },
        Recipe {
            name: "imago-without-3",
            words: "distill --temperature 4 --soft-weight 1 --batch-norm --weight-average 0.999 --batch-size 256 \
                    --learning-rate 0.004 --augment elastic --augment-strength 0.7 --augment-pool 20 --augment-seed 1 --without 3",
            epochs: 200,
            quick_epochs: 2,
            teacher: TeacherOf::Shipped,
        },
        Recipe {
            name: "imago-only-7-8",
            words: "distill --temperature 4 --soft-weight 1 --batch-norm --weight-average 0.999 --batch-size 128 \
                    --learning-rate 0.004 --augment elastic --augment-pool 10 --augment-seed 1 --only 7,8",
            epochs: 30,
            quick_epochs: 5,
            teacher: TeacherOf::Shipped,
        },
    ],
    seeds: 1,
    columns: &["here", "Imago's student"],
    rows: &[
        Row {
            what: "teacher",
            published: "67",
            cells: &[
                Some(trained("teacher", Measure::Errors)),
                Some(Cell { of: Of::Shipped, measure: Measure::Errors }),
            ],
        },
        Row {
            what: "student, hard labels",
            published: "146",
            cells: &[Some(trained("student", Measure::Errors)), None],
        },
        Row {
            what: "student, distilled",
            published: "74",
            cells: &[Some(trained("distilled", Measure::Errors)), None],
        },
        Row {
            what: "no 3 in the transfer set",
            published: "206",
            cells: &[
                Some(trained("without-3", Measure::Errors)),
                Some(trained("imago-without-3", Measure::Errors)),
            ],
        },
        Row {
            what: "  of them threes",
            published: "133",
            cells: &[
                Some(trained("without-3", Measure::ErrorsOf(THREE))),
                Some(trained("imago-without-3", Measure::ErrorsOf(THREE))),
            ],
        },
        Row {
            what: "  bias corrected",
            published: "109",
            cells: &[
                Some(corrected("without-3", Measure::Errors)),
                Some(corrected("imago-without-3", Measure::Errors)),
            ],
        },
        Row {
            what: "  of them threes",
            published: "14",
            cells: &[
                Some(corrected("without-3", Measure::ErrorsOf(THREE))),
                Some(corrected("imago-without-3", Measure::ErrorsOf(THREE))),
            ],
        },
        Row {
            what: "  threes right",
            published: "98.6 %",
            cells: &[
                Some(corrected("without-3", Measure::AccuracyOf(THREE))),
                Some(corrected("imago-without-3", Measure::AccuracyOf(THREE))),
            ],
        },
        Row {
            what: "only 7 and 8 in it",
            published: "47.3 %",
            cells: &[
                Some(trained("only-7-8", Measure::ErrorRate)),
                Some(trained("imago-only-7-8", Measure::ErrorRate)),
            ],
        },
        Row {
            what: "  bias corrected",
            published: "13.2 %",
            cells: &[
                Some(corrected("only-7-8", Measure::ErrorRate)),
                Some(corrected("imago-only-7-8", Measure::ErrorRate)),
            ],
        },
    ],
    marks: &[
        Mark {
            what: "no 3: at least 98.6 % of threes right",
            goal: Goal::AtLeast(corrected("without-3", Measure::AccuracyOf(THREE)), 98.6),
        },
        Mark {
            what: "the same, Imago's student",
            goal: Goal::AtLeast(corrected("imago-without-3", Measure::AccuracyOf(THREE)), 98.6),
        },
        Mark {
            what: "only 7 and 8: under 13.2 % wrong",
            goal: Goal::Under(corrected("only-7-8", Measure::ErrorRate), 13.2),
        },
        Mark {
            what: "the same, Imago's student",
            goal: Goal::Under(corrected("imago-only-7-8", Measure::ErrorRate), 13.2),
        },
    ],
};

impl ExperimentName {
    pub(super) fn experiment(self) -> &'static Experiment {
        match self {
            Self::Kariya2018 => &KARIYA_2018,
            Self::Hinton2015 => &HINTON_2015,
        }
    }
}
