//! The catalog that is part of the program.

use super::lookup::Catalog;
use super::parse::CsvFile;
use super::problem::CatalogError;
use super::update::Files;

/// Embeds files of `instance-catalog/` under their names.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        [$(CsvFile {
            name: $name,
            text: include_str!(concat!("../../instance-catalog/", $name)),
        }),*]
    };
}

/// Every file of `instance-catalog/`; a test compares this with the directory.
pub(super) const FILES: &[CsvFile<'static>] = &embedded![
    "sources.csv",
    "node-types.csv",
    "limits.csv",
    "serverless.csv",
    "prices/af-south-1.csv",
    "prices/ap-east-1.csv",
    "prices/ap-northeast-1.csv",
    "prices/ap-northeast-2.csv",
    "prices/ap-northeast-3.csv",
    "prices/ap-south-1.csv",
    "prices/ap-southeast-1.csv",
    "prices/ap-southeast-2.csv",
    "prices/ap-southeast-3.csv",
    "prices/ca-central-1.csv",
    "prices/eu-central-1.csv",
    "prices/eu-north-1.csv",
    "prices/eu-south-1.csv",
    "prices/eu-west-1.csv",
    "prices/eu-west-2.csv",
    "prices/eu-west-3.csv",
    "prices/me-south-1.csv",
    "prices/sa-east-1.csv",
    "prices/us-east-1.csv",
    "prices/us-east-2.csv",
    "prices/us-gov-east-1.csv",
    "prices/us-gov-west-1.csv",
    "prices/us-west-1.csv",
    "prices/us-west-2.csv",
];

impl Catalog {
    /// The files of the built-in catalog.
    pub fn builtin_files() -> Files {
        FILES.iter().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    }

    /// Reads a catalog from its files.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_files(files: &Files) -> Result<Self, CatalogError> {
        let files: Vec<CsvFile<'_>> =
            files.iter().map(|(name, text)| CsvFile { name, text }).collect();
        Self::parse(&files)
    }

    /// The catalog of `instance-catalog/`, as it was when the program was built.
    ///
    /// # Panics
    /// When the embedded text is wrong, which a test rules out.
    pub fn builtin() -> Self {
        match Self::parse(FILES) {
            Ok(catalog) => catalog,
            Err(error) => panic!("the embedded catalog is wrong:\n{error}"),
        }
    }
}
