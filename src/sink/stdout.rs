//! Lines to a stream, as `--output -` gives them.

use std::io::{self, Write};

use crate::types::SegmentMark;

use super::{Line, Sink, SinkError};

/// Writes lines to a stream, those of a commit at once. A stream cannot be cut: a run killed between flush and settle writes these
/// lines again next time. Where that matters, write to files.
#[derive(Debug)]
pub struct StreamSink<W> {
    to: W,
    buffer: Vec<u8>,
}

impl<W: Write + Send> StreamSink<W> {
    /// A sink over the stream.
    pub fn new(to: W) -> Self {
        Self { to, buffer: Vec::new() }
    }
}

/// The sink over standard output.
pub type StdoutSink = StreamSink<io::Stdout>;

impl<W: Write + Send> Sink for StreamSink<W> {
    fn append(&mut self, line: &Line) -> Result<(), SinkError> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        Ok(())
    }

    fn flush(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        let written = self.to.write_all(&self.buffer).and_then(|()| self.to.flush());
        self.buffer.clear();
        match written {
            Ok(()) => Ok(None),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Err(SinkError::Closed),
            Err(e) => Err(SinkError::io("-".as_ref(), "write to the stream", e)),
        }
    }

    fn roll_back(&mut self, _: Option<&SegmentMark>) -> Result<(), SinkError> {
        self.buffer.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        self.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_in_order_at_each_commit() {
        let mut out = Vec::new();
        let mut sink = StreamSink::new(&mut out);
        sink.append(&Line(b"{}".to_vec())).unwrap();
        assert_eq!(sink.to.len(), 0);
        assert_eq!(sink.flush().unwrap(), None);
        sink.append(&Line(b"[]".to_vec())).unwrap();
        sink.roll_back(None).unwrap();
        sink.append(&Line(b"1".to_vec())).unwrap();
        assert_eq!(sink.finish().unwrap(), None);
        assert_eq!(out, b"{}\n1\n");
    }

    #[test]
    fn a_reader_that_goes_away_is_told_apart() {
        let mut sink = StreamSink::new(Gone);
        sink.append(&Line(b"{}".to_vec())).unwrap();
        assert!(matches!(sink.flush(), Err(SinkError::Closed)));
    }
}
