//! What makes an article, and a version of it, the same one.

use sha2::{Digest, Sha256};

/// The `id` of the article with that identity key (host and path without scheme, see [`Site::identity`]): 32 hexadecimal
/// digits, stable over runs, machines and versions of the article.
///
/// [`Site::identity`]: crate::site::Site::identity
#[must_use]
pub fn article_id(identity: &str) -> String {
    digest(&[identity], 16)
}

/// The `version_id` of what a reader sees of an article: its parts' words, so that markup, white space and case mean
/// nothing. 32 hexadecimal digits.
#[must_use]
pub fn version_id(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| super::hashes::normalise(part)).collect();
    version_id_of(&parts)
}

/// [`version_id`] of parts that are normalised already.
pub(super) fn version_id_of<S: AsRef<str>>(parts: &[S]) -> String {
    digest(parts, 16)
}

/// The first `bytes` bytes of the SHA-256 of the parts, each closed by a zero byte, in hexadecimal.
pub(super) fn digest<S: AsRef<str>>(parts: &[S], bytes: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_ref().as_bytes());
        hash.update([0]);
    }
    hex(hash.finalize().iter().take(bytes))
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    let digit = |half: u8| char::from(half + if half < 10 { b'0' } else { b'a' - 10 });
    let mut text = String::with_capacity(64);
    bytes.into_iter().for_each(|byte| text.extend([digit(byte >> 4), digit(byte & 15)]));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_for_good() {
        // Written down: archives made years apart are joined by it.
        assert_eq!(article_id("ort.example/a"), "c0cb0697d2be90ad39554c8f5d574188");
        assert_ne!(article_id("ort.example/a"), article_id("ort.example/b"));
    }

    #[test]
    fn a_version_changes_with_words_only() {
        assert_eq!(version_id(&["Der  Ort\n", "ruft."]), version_id(&["der ort", "Ruft!"]));
        assert_ne!(version_id(&["der ort", "ruft"]), version_id(&["der", "ort ruft"]));
    }
}
