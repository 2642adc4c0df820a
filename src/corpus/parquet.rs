//! Records as Parquet: lists and objects as nested columns, whose shape comes from [`Record`] itself.

use std::io::Write;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError as Inner;
use parquet::file::properties::WriterProperties;
use serde_arrow::ArrayBuilder;
use serde_arrow::schema::{SchemaLike as _, SerdeArrowSchema, TracingOptions};

use crate::types::Record;

/// Records a row group: few enough for memory, enough for readers that skip.
const GROUP: usize = 2_000;

/// Why no Parquet could be written.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The columns cannot be made of the record.
    #[error("the columns cannot be made")]
    Columns(#[source] serde_arrow::Error),
    /// It cannot be written.
    #[error("cannot write Parquet")]
    Write(#[source] Inner),
}

/// Writes records as one Parquet file, zstd inside.
pub struct ParquetTable<W: Write + Send> {
    builder: ArrayBuilder,
    writer: ArrowWriter<W>,
    rows: u64,
    /// Rows in the builder.
    held: usize,
}

impl<W: Write + Send> ParquetTable<W> {
    /// A table without rows.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub fn new(to: W) -> Result<Self, ParquetError> {
        let options = TracingOptions::default().enums_without_data_as_strings(true).allow_null_fields(true);
        let schema = SerdeArrowSchema::from_type::<Record>(options).map_err(ParquetError::Columns)?;
        let mut builder = ArrayBuilder::new(schema).map_err(ParquetError::Columns)?;
        let empty = builder.to_record_batch().map_err(ParquetError::Columns)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(to, empty.schema(), Some(properties)).map_err(ParquetError::Write)?;
        Ok(Self { builder, writer, rows: 0, held: 0 })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, record: &Record) -> Result<(), ParquetError> {
        self.builder.push(record).map_err(ParquetError::Columns)?;
        self.rows += 1;
        self.held += 1;
        if self.held == GROUP { self.end_group() } else { Ok(()) }
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let batch = self.builder.to_record_batch().map_err(ParquetError::Columns)?;
        self.held = 0;
        self.writer.write(&batch).and_then(|()| self.writer.flush()).map_err(ParquetError::Write)
    }

    /// Writes what is left and the file's end; returns the number of rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<u64, ParquetError> {
        if self.held > 0 {
            self.end_group()?;
        }
        self.writer.close().map_err(ParquetError::Write)?;
        Ok(self.rows)
    }
}
