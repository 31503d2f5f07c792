//! Rows of another server's list, set or hash as the records of a workload file.
//!
//! A row is a text whose parts are named: `7,Ana` with the fields `id,name`. Together they are a CSV file,
//! so that a plan knows what was read by its digest and makes the same values whenever it is run again.

use super::MAX_FILE;
use crate::units::num;

/// Rows that are wrong, of which one run tells.
const LISTED: usize = 20;

/// One element of a list or set; of a hash a field and its value; of strings a key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// The field, or the key; `None` of lists and sets.
    pub name: Option<Vec<u8>>,
    /// What is split into parts.
    pub text: Vec<u8>,
}

/// How rows fall apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedShape {
    fields: Vec<String>,
    delimiter: String,
}

/// Why rows are no records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// A field without a name.
    #[error("field number {0} has no name")]
    Unnamed(usize),
    /// A name twice.
    #[error("two fields are called `{0}`")]
    Twice(String),
    /// Nothing to split at.
    #[error("the delimiter is empty, and the rows have {0} fields")]
    NoDelimiter(usize),
    /// Names of fields and values need two columns.
    #[error("a hash, and keys with their values, make two columns at least: name two fields")]
    OneField,
    /// No rows.
    #[error("there are no rows")]
    Empty,
    /// More than is read.
    #[error("the rows have more than {MAX_FILE}; a sample of some thousand is enough: --rows 5000")]
    TooLarge,
    /// Rows that are wrong, one in a line, by number and without their text.
    #[error("{count} of the rows cannot be split:{}", listed(.first, *.count))]
    Rows {
        /// How many.
        count: u64,
        /// The first twenty.
        first: Vec<String>,
    },
}

fn listed(first: &[String], count: u64) -> String {
    let more = count - num::count(first.len());
    let more = (more > 0).then(|| format!("and {more} more"));
    let lines: Vec<&str> = first.iter().chain(&more).map(String::as_str).collect();
    format!("\n  {}", lines.join("\n  "))
}

impl FeedError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unnamed(_) | Self::Twice(_) => "name each field once: --fields id,name",
            Self::NoDelimiter(_) => "name what stands between them: --delimiter ';'",
            Self::OneField => "for example --fields id,name",
            Self::Empty => "fill it first, or name another key or database",
            Self::TooLarge => "say how many with --rows",
            Self::Rows { .. } => {
                "name as many fields as the rows have, in their order, and what stands between them: \
                 --fields id,name --delimiter ';'"
            }
        }
    }
}

impl FeedShape {
    /// Rows of these fields, with `delimiter` between them; with one field a row is not split.
    ///
    /// # Errors
    /// When a field has no name or another's, or there is nothing to split at.
    pub fn new(fields: Vec<String>, delimiter: String, has_names: bool) -> Result<Self, FeedError> {
        for (at, field) in fields.iter().enumerate() {
            if field.trim().is_empty() {
                return Err(FeedError::Unnamed(at + 1));
            }
            if fields[..at].contains(field) {
                return Err(FeedError::Twice(field.clone()));
            }
        }
        if has_names && fields.len() < 2 {
            return Err(FeedError::OneField);
        }
        let split = fields.len() - usize::from(has_names);
        if delimiter.is_empty() && split > 1 {
            return Err(FeedError::NoDelimiter(split));
        }
        Ok(Self { fields, delimiter })
    }

    /// A CSV file of them, whose header names the fields.
    ///
    /// # Errors
    /// Every row that has another number of parts or is no text, and when there are none.
    pub fn csv(&self, rows: &[FeedRow]) -> Result<String, FeedError> {
        if rows.is_empty() {
            return Err(FeedError::Empty);
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let (mut count, mut first) = (0, Vec::new());
        let mut write = |record: &[&str]| writer.write_record(record).expect("memory takes it");
        write(&self.fields.iter().map(String::as_str).collect::<Vec<_>>());
        for (at, row) in rows.iter().enumerate() {
            match self.parts(row) {
                Ok(parts) => write(&parts),
                Err(why) => {
                    count += 1;
                    if first.len() < LISTED {
                        first.push(format!("row {}: {why}", at + 1));
                    }
                }
            }
        }
        if count > 0 {
            return Err(FeedError::Rows { count, first });
        }
        let bytes = writer.into_inner().expect("memory takes it");
        if num::count(bytes.len()) > MAX_FILE.get() {
            return Err(FeedError::TooLarge);
        }
        Ok(String::from_utf8(bytes).expect("every part was text"))
    }

    fn parts<'r>(&self, row: &'r FeedRow) -> Result<Vec<&'r str>, String> {
        let text = |bytes: &'r [u8]| {
            str::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())
        };
        let name = row.name.as_deref().map(text).transpose()?;
        let whole = text(&row.text)?;
        let mut parts: Vec<&str> = name.into_iter().collect();
        if self.fields.len() == parts.len() + 1 {
            parts.push(whole);
        } else {
            parts.extend(whole.split(&self.delimiter));
        }
        let (found, wanted) = (parts.len(), self.fields.len());
        if found == wanted {
            return Ok(parts);
        }
        Err(format!("{found} parts where {wanted} fields are named"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(fields: &[&str], delimiter: &str, has_names: bool) -> Result<FeedShape, FeedError> {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        FeedShape::new(fields, delimiter.to_owned(), has_names)
    }

    fn row(text: &str) -> FeedRow {
        FeedRow { name: None, text: text.as_bytes().to_vec() }
    }

    #[test]
    fn rows_become_records_with_named_fields() {
        let rows = [row("7;Ana"), row("8;\"José\", and more")];
        let csv = shape(&["id", "name"], ";", false).unwrap().csv(&rows).unwrap();
        assert_eq!(csv, "id,name\n7,Ana\n8,\"\"\"José\"\", and more\"\n");
        let whole = shape(&["blob"], ",", false).unwrap().csv(&[row("a,b")]).unwrap();
        assert_eq!(whole, "blob\n\"a,b\"\n");
        let named = FeedRow { name: Some(b"user:1".to_vec()), ..row("a|b") };
        let csv = shape(&["key", "x", "y"], "|", true).unwrap().csv(&[named]).unwrap();
        assert_eq!(csv, "key,x,y\nuser:1,a,b\n");
    }

    #[test]
    fn each_mistake_has_an_error_of_its_own() {
        assert_eq!(shape(&["a", " "], ",", false), Err(FeedError::Unnamed(2)));
        assert_eq!(shape(&["a", "a"], ",", false), Err(FeedError::Twice("a".into())));
        assert_eq!(shape(&["a", "b"], "", false), Err(FeedError::NoDelimiter(2)));
        assert_eq!(shape(&["a"], ",", true), Err(FeedError::OneField));
        assert!(shape(&["a"], "", false).is_ok() && shape(&["a", "b"], "", true).is_ok());
        let shape = shape(&["id", "name"], ",", false).unwrap();
        assert_eq!(shape.csv(&[]), Err(FeedError::Empty));
        let bytes = FeedRow { name: None, text: vec![0xff] };
        let mut rows = vec![row("1,a"), row("secret"), bytes, row("1,secret,c")];
        let error = shape.csv(&rows).unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 of the rows cannot be split:\n  row 2: 1 parts where 2 fields are named\n  row 3: it \
             is not text in UTF-8\n  row 4: 3 parts where 2 fields are named"
        );
        rows.extend(vec![row("x"); 30]);
        assert!(shape.csv(&rows).unwrap_err().to_string().ends_with("\n  and 13 more"));
    }
}
