//! The bytes of a file, or of a part of one, with their place; steps back are possible where the file allows it.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// Bytes read at a time.
const BUFFER: usize = 256 << 10;

/// What can be read and sought in.
pub(super) trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

enum Origin {
    Seekable(Box<dyn ReadSeek>),
    Forward(Box<dyn Read + Send>),
}

/// A stream of bytes that knows where it is.
pub(super) struct Source {
    origin: Origin,
    buffer: Box<[u8]>,
    /// The place of the buffer's first byte.
    base: u64,
    start: usize,
    end: usize,
    /// Reading failed: a fault of the disk, not of the data.
    failed: bool,
}

impl Source {
    pub(super) fn seekable(from: impl ReadSeek + 'static) -> Self {
        Self::new(Origin::Seekable(Box::new(from)))
    }

    pub(super) fn forward(from: impl Read + Send + 'static) -> Self {
        Self::new(Origin::Forward(Box::new(from)))
    }

    fn new(origin: Origin) -> Self {
        Self { origin, buffer: vec![0; BUFFER].into(), base: 0, start: 0, end: 0, failed: false }
    }

    /// The place of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Whether the disk failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// The next bytes, at least `wanted` of them unless the end is nearer; `wanted` is at most [`BUFFER`].
    pub(super) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        if self.end - self.start < wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < wanted.min(self.buffer.len()) && self.read_more()? > 0 {}
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let room = &mut self.buffer[self.end..];
        loop {
            let read = match &mut self.origin {
                Origin::Seekable(from) => from.read(room),
                Origin::Forward(from) => from.read(room),
            };
            match read {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
    }

    /// Goes to a place. False where the stream cannot: it stays where it is.
    pub(super) fn seek(&mut self, place: u64) -> io::Result<bool> {
        if let Some(at) = place.checked_sub(self.base)
            && at <= self.end as u64
        {
            self.start = usize::try_from(at).unwrap_or(self.end);
            return Ok(true);
        }
        let Origin::Seekable(from) = &mut self.origin else { return Ok(false) };
        if let Err(error) = from.seek(SeekFrom::Start(place)) {
            self.failed = true;
            return Err(error);
        }
        (self.base, self.start, self.end) = (place, 0, 0);
        Ok(true)
    }

    /// Passes over bytes, without reading them where the file allows it.
    pub(super) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let place = self.position().saturating_add(bytes);
        if self.seek(place)? {
            return Ok(());
        }
        while self.position() < place {
            let here = self.fill_buf()?.len() as u64;
            if here == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let step = here.min(place - self.position());
            self.consume(usize::try_from(step).unwrap_or(usize::MAX));
        }
        Ok(())
    }
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let here = self.fill_buf()?;
        let read = here.len().min(to.len());
        to[..read].copy_from_slice(&here[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.base += self.end as u64;
            (self.start, self.end) = (0, 0);
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }
}

/// A part of a file.
pub(super) struct Section<R> {
    file: R,
    begin: u64,
    length: u64,
    at: u64,
}

impl<R: Read + Seek> Section<R> {
    pub(super) fn new(mut file: R, begin: u64, length: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(begin))?;
        Ok(Self { file, begin, length, at: 0 })
    }
}

impl<R: Read> Read for Section<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = to.len().min(left);
        let read = self.file.read(&mut to[..room])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for Section<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        self.file.seek(SeekFrom::Start(self.begin.saturating_add(at)))?;
        self.at = at;
        Ok(at)
    }
}
