//! Records as rows of CSV (RFC 4180): a column a field, in the order of the record; lists and objects as JSON in their cell.

use std::io::Write;

use serde_json::Value;

use super::CorpusError;

/// Writes records as CSV. The columns are the fields of the first record.
pub struct Table<W: Write> {
    rows: csv::Writer<W>,
    columns: Vec<String>,
    begun: bool,
}

impl<W: Write> Table<W> {
    /// A table without rows; `columns` are chosen ones, or none for all.
    pub fn new(to: W, columns: &[String]) -> Self {
        Self { rows: csv::Writer::from_writer(to), columns: columns.to_vec(), begun: false }
    }

    /// Adds a record. Fields that it has and the first one had not are left out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, record: &Value) -> Result<(), CorpusError> {
        if self.columns.is_empty() {
            self.columns = record.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
        }
        if !self.begun {
            self.rows.write_record(&self.columns).map_err(failed)?;
            self.begun = true;
        }
        let cells = self.columns.iter().map(|column| record.get(column).map_or_else(String::new, cell));
        self.rows.write_record(cells).map_err(failed)
    }

    /// Passes on what is buffered.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), CorpusError> {
        self.rows.flush().map_err(CorpusError::Write)
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn failed(error: csv::Error) -> CorpusError {
    CorpusError::Write(error.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(columns: &[&str], records: &[Value]) -> String {
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, &columns);
        records.iter().for_each(|record| table.add(record).unwrap());
        table.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_column_a_field_and_lists_as_json() {
        let records = [
            json!({"id": "a", "text": "Erste \"Zeile\"\nzweite, und mehr", "lead": null, "keywords": ["Rat", "Hafen"], "word_count": 5}),
            json!({"id": "b", "text": "", "lead": "x", "keywords": [], "word_count": 0}),
        ];
        let expected = "id,text,lead,keywords,word_count\n\
            a,\"Erste \"\"Zeile\"\"\nzweite, und mehr\",,\"[\"\"Rat\"\",\"\"Hafen\"\"]\",5\n\
            b,,x,[],0\n";
        assert_eq!(table(&[], &records), expected);
        assert_eq!(table(&["word_count", "id", "nosuch"], &records), "word_count,id,nosuch\n5,a,\n0,b,\n");
    }
}
