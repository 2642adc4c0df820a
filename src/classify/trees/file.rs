//! The file format of weights.
//!
//! Little-endian: the magic `AUSLTREE`, a `u32` version, a `u64` hash of the column names, a `u32` number of columns,
//! an `f32` base, a `u32` number of trees; for each tree a `u32` number of nodes and the nodes. A node is a `u16` column,
//! a `u16` index of the node taken where the number is *greater* than the threshold (the other one follows directly),
//! and an `f32` threshold. A leaf has the column `0xFFFF` and its value as threshold.
//!
//! Trees of several classes have the magic `AUSLCLAS`, a `u32` number of classes and an `f32` base for each instead of the one; behind the
//! nodes of a tree stand, for each of its leaves in their order, the `f32` of each class.

use super::abreast::Masked;
use super::classes::Classes;
use super::{Forest, LEAF, Node, columns_hash};

pub(super) const MAGIC: &[u8; 8] = b"AUSLTREE";
const CLASSES: &[u8; 8] = b"AUSLCLAS";
pub(super) const VERSION: u32 = 1;

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// The bytes end early, or are not weights at all.
    #[error("not a file of tree weights, or cut short at byte {0}")]
    Malformed(usize),
    /// Weights of another format.
    #[error("tree weights of version {0}; this build reads version {VERSION}")]
    Version(u32),
    /// Weights for other columns than this build computes.
    #[error("tree weights for other columns (hash {found:016x}, this build computes {expected:016x}); train again")]
    Columns {
        /// In the file.
        found: u64,
        /// Of this build.
        expected: u64,
    },
    /// Another number of forests than expected.
    #[error("{found} forests where {expected} were expected; train again")]
    Count {
        /// In the file.
        found: usize,
        /// Of this build.
        expected: usize,
    },
    /// A node points outside its tree or to an unknown column.
    #[error("tree {0} is malformed")]
    Tree(usize),
}

impl Forest {
    /// Reads weights for the columns of those names.
    ///
    /// # Errors
    /// Where the bytes are no weights, or weights for other columns.
    pub fn read(bytes: &[u8], names: &[String]) -> Result<Self, ModelError> {
        Self::read_next(&mut Reader { bytes, at: 0 }, names)
    }

    /// Reads weights of several forests that stand one behind the other.
    ///
    /// # Errors
    /// As for one.
    pub fn read_all(bytes: &[u8], names: &[String]) -> Result<Vec<Self>, ModelError> {
        let mut from = Reader { bytes, at: 0 };
        let mut forests = Vec::new();
        while from.at < bytes.len() {
            forests.push(Self::read_next(&mut from, names)?);
        }
        Ok(forests)
    }

    fn read_next(from: &mut Reader<'_>, names: &[String]) -> Result<Self, ModelError> {
        let columns = from.head(MAGIC, names)?;
        let base = from.f32()?;
        let trees = from.u32()? as usize;
        let (mut nodes, mut roots) = (Vec::new(), Vec::new());
        for tree in 0..trees {
            roots.push(nodes.len() as u32);
            from.tree(tree, columns, &mut nodes)?;
        }
        Ok(Self::of(nodes, roots, columns, base))
    }
}

impl<const N: usize> Classes<N> {
    /// Reads weights for the columns of those names.
    ///
    /// # Errors
    /// Where the bytes are no weights, or weights for other columns or another number of classes.
    pub(in crate::classify) fn read(bytes: &[u8], names: &[String]) -> Result<Self, ModelError> {
        let mut from = Reader { bytes, at: 0 };
        let columns = from.head(CLASSES, names)?;
        let found = from.u32()? as usize;
        if found != N {
            return Err(ModelError::Count { found, expected: N });
        }
        let base = from.numbers()?;
        let count = from.u32()? as usize;
        let mut trees = Vec::new();
        for tree in 0..count {
            let mut nodes = Vec::new();
            from.tree(tree, columns, &mut nodes)?;
            let shape = Masked::of(&nodes).ok_or(ModelError::Tree(tree))?;
            let leaves = nodes.iter().filter(|node| node.column == LEAF).map(|_| from.numbers());
            trees.push((shape, leaves.collect::<Result<_, _>>()?));
        }
        match from.bytes.len() {
            length if length == from.at => Ok(Self::of(trees, columns, base, bytes)),
            _ => Err(ModelError::Malformed(from.at)),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let part = self.bytes.get(self.at..self.at + N).and_then(|part| part.try_into().ok());
        self.at += N;
        part.ok_or(ModelError::Malformed(self.at - N))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.take().map(u32::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, ModelError> {
        self.take().map(f32::from_le_bytes)
    }

    fn numbers<const N: usize>(&mut self) -> Result<[f32; N], ModelError> {
        let mut numbers = [0.0; N];
        for number in &mut numbers {
            *number = self.f32()?;
        }
        Ok(numbers)
    }

    /// What all weights begin with; the number of columns.
    fn head(&mut self, magic: &[u8; 8], names: &[String]) -> Result<usize, ModelError> {
        if self.take::<8>()? != *magic {
            return Err(ModelError::Malformed(0));
        }
        let version = self.u32()?;
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        let (found, expected) = (u64::from_le_bytes(self.take()?), columns_hash(names));
        if found != expected {
            return Err(ModelError::Columns { found, expected });
        }
        Ok(self.u32()? as usize)
    }

    /// Adds the nodes of a tree.
    fn tree(&mut self, tree: usize, columns: usize, nodes: &mut Vec<Node>) -> Result<(), ModelError> {
        let count = self.u32()? as usize;
        for at in 0..count {
            let column = u16::from_le_bytes(self.take()?);
            let greater = u16::from_le_bytes(self.take()?);
            let threshold = self.f32()?;
            let inner = column != LEAF;
            // Both children stand behind their parent, so that every walk ends.
            if inner
                && (usize::from(column) >= columns || usize::from(greater) <= at + 1 || usize::from(greater) >= count)
            {
                return Err(ModelError::Tree(tree));
            }
            nodes.push(Node { column, greater, threshold });
        }
        match nodes.last() {
            Some(last) if count > 0 && last.column == LEAF => Ok(()),
            _ => Err(ModelError::Tree(tree)),
        }
    }
}
