//! What is written of an article: everything as JSON, or the article alone for people.

use auslese::extract::{Extraction, Unfit};
use auslese::render;
use auslese::types::DeadReason;
use clap::ValueEnum;

/// What is written of an article.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// One JSON line an article, every field.
    #[default]
    Jsonl,
    /// CommonMark, tables as GitHub writes them.
    Markdown,
    /// Plain text, one line a paragraph.
    Text,
}

impl OutputFormat {
    /// An article, without a line feed at its end.
    pub(super) fn write(self, extraction: &Extraction) -> Result<Vec<u8>, Unfit> {
        match self {
            Self::Jsonl => serde_json::to_vec(&extraction.record).map_err(|error| Unfit::Dead {
                reason: DeadReason::Malformed,
                detail: format!("its record cannot be written as JSON: {error}"),
            }),
            Self::Markdown => Ok(render::markdown(&extraction.record, &extraction.rows()).into_bytes()),
            Self::Text => Ok(render::text(&extraction.record, &extraction.rows()).into_bytes()),
        }
    }

    /// What stands between two articles, besides the line feed that ends the first.
    pub(super) const fn between(self) -> Option<&'static str> {
        match self {
            Self::Jsonl => None,
            Self::Markdown => Some("\n---\n"),
            Self::Text => Some("\n----------------------------------------------------------------\n"),
        }
    }

    /// The extension of a file's name.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Markdown => "md",
            Self::Text => "txt",
        }
    }
}
