//! TDMRep: a site's reservation of text and data mining, `/.well-known/tdmrep.json`
//! ([W3C community group report](https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/)).
//!
//! What a page says of itself, in its headers or `<meta>`, goes before this; that is for the extractor to decide.

use super::pattern::{PathPattern, normalize};

/// Rules that are kept of a file.
const MAX_RULES: usize = 10_000;

/// A parsed `tdmrep.json`.
#[derive(Debug, Clone, Default)]
pub struct TdmRep {
    rules: Vec<TdmRule>,
}

#[derive(Debug, Clone)]
struct TdmRule {
    location: PathPattern,
    reserved: bool,
    policy: Option<String>,
}

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
    /// Parses the file: a list of `{"location": pattern, "tdm-reservation": 0 or 1, "tdm-policy": address}`.
    ///
    /// # Errors
    /// When it is not a JSON array. Single entries that are not understood are skipped; a lone object counts as a list of
    /// one, since that is a common slip and its meaning is plain.
    pub fn parse(bytes: &[u8]) -> Result<Self, TdmError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let entries = match serde_json::from_slice(bytes).map_err(TdmError::Json)? {
            serde_json::Value::Array(entries) => entries,
            object @ serde_json::Value::Object(_) => vec![object],
            _ => return Err(TdmError::Shape),
        };
        Ok(Self { rules: entries.iter().filter_map(rule).take(MAX_RULES).collect() })
    }

    /// What it says of a path (with query): whether rights are reserved, and the address of the policy. The first rule
    /// that matches decides, as the report asks; none where no rule does.
    #[must_use]
    pub fn reservation_for(&self, path: &str) -> Option<(bool, Option<String>)> {
        let path = normalize(path.as_bytes());
        let rule = self.rules.iter().find(|rule| rule.location.matches(&path))?;
        Some((rule.reserved, rule.policy.clone()))
    }
}

fn rule(entry: &serde_json::Value) -> Option<TdmRule> {
    let location = PathPattern::compile(entry.get("location")?.as_str()?.trim().as_bytes())?;
    let reserved = match entry.get("tdm-reservation")? {
        serde_json::Value::Number(n) => flag(n.as_u64()?)?,
        serde_json::Value::String(s) => flag(s.trim().parse().ok()?)?,
        serde_json::Value::Bool(b) => *b,
        _ => return None,
    };
    let policy =
        entry.get("tdm-policy").and_then(|p| p.as_str()).map(|p| p.trim().to_owned()).filter(|p| !p.is_empty());
    Some(TdmRule { location, reserved, policy })
}

fn flag(value: u64) -> Option<bool> {
    match value {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let file = r#"[
            {"location": "/archiv/*.pdf$", "tdm-reservation": 1},
            {"location": "/archiv/frei/", "tdm-reservation": 0},
            {"location": "/archiv/", "tdm-reservation": "1", "tdm-policy": " https://example.org/tdm.json "},
            {"location": "/kaputt/"}, {"tdm-reservation": 1}, {"location": "/kaputt/", "tdm-reservation": 7}, 5
        ]"#;
        let tdm = TdmRep::parse(file.as_bytes()).unwrap();
        assert_eq!(tdm.reservation_for("/archiv/frei/a.pdf"), Some((true, None)));
        assert_eq!(tdm.reservation_for("/archiv/frei/a.html?b"), Some((false, None)));
        assert_eq!(tdm.reservation_for("/archiv/a"), Some((true, Some("https://example.org/tdm.json".to_owned()))));
        assert_eq!(tdm.reservation_for("/kaputt/a"), None);
        assert_eq!(tdm.reservation_for("/"), None);
    }

    #[test]
    fn files_that_say_nothing() {
        assert!(matches!(TdmRep::parse(b"<html>"), Err(TdmError::Json(_))));
        assert!(matches!(TdmRep::parse(b"\"x\""), Err(TdmError::Shape)));
        assert!(TdmRep::parse(b"[]").unwrap().reservation_for("/").is_none());
        let lone = TdmRep::parse(b"\xEF\xBB\xBF{\"location\": \"/\", \"tdm-reservation\": true}").unwrap();
        assert_eq!(lone.reservation_for("/x"), Some((true, None)));
        assert!(TdmRep::parse("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded by the JSON parser");
    }
}
