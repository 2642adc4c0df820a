//! TDMRep: a site's reservation of text and data mining, `/.well-known/tdmrep.json`
//! ([W3C community group report](https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/)).

/// A parsed `tdmrep.json`.
#[derive(Debug, Clone, Default)]
pub struct TdmRep {}

/// Why a `tdmrep.json` says nothing.
#[derive(Debug, thiserror::Error)]
pub enum TdmError {
    /// Not JSON.
    #[error("tdmrep.json is not JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but no list of rules.
    #[error("tdmrep.json is not a list of rules")]
    Shape,
}

impl TdmRep {
    /// Parses the file.
    ///
    /// # Errors
    /// When it is not a JSON array; single entries that are not understood are skipped.
    pub fn parse(_bytes: &[u8]) -> Result<Self, TdmError> {
        Err(TdmError::Shape)
    }

    /// What it says of a path (with query): whether rights are reserved, and the address of the policy.
    #[must_use]
    pub fn reservation_for(&self, _path: &str) -> Option<(bool, Option<String>)> {
        None
    }
}
