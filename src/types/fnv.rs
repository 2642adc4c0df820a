//! A hash that is the same in every build and on every machine, for what is stored: 64-bit FNV-1a.

use std::fmt;

/// A hash that grows with what is written to it, as bytes or as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(crate) const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        bytes.iter().for_each(|byte| self.byte(*byte));
        self
    }

    /// The hash as FNV-1a has it: what is stored of it holds for good.
    pub(crate) const fn plain(self) -> u64 {
        self.0
    }

    /// All bits, the lower ones mixed with the upper.
    pub(crate) const fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }
}

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        *self = self.bytes(text.as_bytes());
        Ok(())
    }
}
