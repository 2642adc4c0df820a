//! What a name stands for: a person, a newsroom's code, an agency, another organisation, or nothing.

mod words;

use super::hashes::normalise;
use crate::types::{Author, AuthorKind};
use words::{AGENCIES, COLLECTIVE, LEADING, NOBODY, ROLES};

/// What must not be taken for a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise<'a> {
    /// The names of the site, normalised.
    pub(super) own: &'a [String],
}

/// Words before a name: `Von`, `Written by:` and the like, also one after the other.
pub(super) fn strip_words(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..4 {
        let stripped = LEADING.iter().find_map(|word| {
            let (start, rest) = (text.get(..word.len())?, text.get(word.len()..)?);
            let ends = word.ends_with(':') || rest.starts_with([' ', ':', '\u{a0}']);
            (start.to_lowercase() == *word && ends).then(|| rest.trim_start_matches([' ', ':', '\u{a0}']))
        });
        match stripped {
            Some(rest) if !rest.is_empty() => text = rest,
            _ => break,
        }
    }
    text
}

/// Two to five words, of which the first and the last begin with a capital.
pub(super) fn is_name_like(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let capital = |word: Option<&&str>| word.and_then(|word| word.chars().next()).is_some_and(char::is_uppercase);
    (2..=5).contains(&words.len()) && capital(words.first()) && capital(words.last())
}

/// Whether a normalised name is one of a news agency.
pub(super) fn is_agency(normalised: &str) -> bool {
    AGENCIES.contains(&normalised)
}

/// Whether a line is the title of a position: `Senior Reporter`, `Chefredakteurin, Seefurt`.
pub(super) fn is_position(text: &str) -> bool {
    normalise(text).split(' ').any(|word| ROLES.contains(&word) && word.len() > 2)
}

/// Whether a name is that of a newsroom's group.
pub(super) fn is_team(name: &str) -> bool {
    const WORDS: [&str; 7] = ["team", "staff", "redaktion", "redaktionsteam", "editors", "editorial", "newsroom"];
    normalise(name).split(' ').any(|word| WORDS.contains(&word))
}

/// Whether a name is one for a computer: `jsmith`, `anna.berg`, `KatieS`, `redaktion2`.
pub(super) fn is_login(name: &str) -> bool {
    let inner = |mark: char| name.find(mark).is_some_and(|at| at > 0 && at + 1 < name.len());
    let humps = || name.chars().zip(name.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let small = || name.chars().count() > 4 && name.chars().all(|c| c.is_lowercase());
    !name.contains(' ') && (inner('.') || inner('_') || name.bytes().any(|b| b.is_ascii_digit()) || humps() || small())
}

/// Whether a byline names someone who did something else than write.
pub(super) fn is_other_work(text: &str) -> bool {
    const WORK: [&str; 19] = [
        "reviewed by",
        "medically reviewed",
        "fact checked",
        "fact-checked",
        "edited by",
        "photo by",
        "photos by",
        "foto:",
        "fotos:",
        "photography by",
        "translated by",
        "illustration",
        "editor:",
        "editor :",
        "edited",
        "checked by",
        "updated by",
        "geprüft von",
        "übersetzung:",
    ];
    let start = text.trim_start().to_lowercase();
    WORK.iter().any(|work| start.starts_with(work))
}

/// What a name stands for; none where it is no name. `said` is what the source says it is.
pub(super) fn classify(name: &str, said: AuthorKind, noise: &Noise<'_>) -> Option<Author> {
    let name = name.trim();
    let normalised = normalise(name);
    let words: Vec<&str> = normalised.split_whitespace().collect();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || digits > 4 || name.chars().count() > 70 || words.len() > 8 || name.contains(['@', '{', '<', '='])
    {
        return None;
    }
    let invites =
        ["learn more", "read more", "meet our", "about our", "view "].iter().any(|start| normalised.starts_with(start));
    if NOBODY.contains(&normalised.as_str()) || invites || name.contains("://") {
        return None;
    }
    let author = |kind| Some(Author { name: name.to_owned(), kind });
    if is_agency(&normalised) {
        return author(AuthorKind::Agency);
    }
    if noise.own.contains(&normalised) || said == AuthorKind::Organisation || has_domain(name) {
        return author(AuthorKind::Organisation);
    }
    let is_role = |word: &&str| ROLES.contains(word);
    if words.iter().any(is_role) && words.iter().all(|word| is_role(word) || COLLECTIVE.contains(word)) {
        return None;
    }
    if words.iter().any(|word| COLLECTIVE.contains(word)) {
        return author(AuthorKind::Organisation);
    }
    // `Md` begins many names and ends others as a degree.
    let named =
        if words.len() > 2 && words.first() == Some(&"md") { words.get(1..).unwrap_or_default() } else { &words };
    if named.iter().any(|word| ROLES.contains(word))
        && (words.len() != 2 || words.iter().all(|word| ROLES.contains(word)))
    {
        return None;
    }
    if words.len() == 1 {
        let short = name.chars().count() <= 4 && name.chars().all(char::is_lowercase);
        return author(if short { AuthorKind::Code } else { AuthorKind::Person });
    }
    if words.len() > 5 {
        return None;
    }
    author(AuthorKind::Person)
}

/// `tanndorf.de`, `Bote.com`: a site.
fn has_domain(name: &str) -> bool {
    let Some((host, end)) = name.rsplit_once('.') else { return false };
    !name.contains(' ') && host.len() > 2 && (2..=4).contains(&end.len()) && end.chars().all(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Option<AuthorKind> {
        let own = ["moorstedter blatt".to_owned()];
        classify(name, AuthorKind::Person, &Noise { own: &own }).map(|author| author.kind)
    }

    #[test]
    fn names_are_told_apart() {
        assert_eq!(kind("Ida Voss"), Some(AuthorKind::Person));
        assert_eq!(kind("Dr. Ida van der Voss"), Some(AuthorKind::Person));
        assert_eq!(kind("sib"), Some(AuthorKind::Code));
        assert_eq!(kind("dpa"), Some(AuthorKind::Agency));
        assert_eq!(kind("Moorstedter Blatt"), Some(AuthorKind::Organisation));
        assert_eq!(kind("Redaktion Moorstedt"), Some(AuthorKind::Organisation));
        assert_eq!(kind("moorstedt.de"), Some(AuthorKind::Organisation));
        for nobody in ["admin", "Senior Reporter", "PhD", "5 min read", "12", "x", "{{author}}"] {
            assert_eq!(kind(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn words_before_a_name_go() {
        assert_eq!(strip_words("Written by: Ida Voss"), "Ida Voss");
        assert_eq!(strip_words("Ein Beitrag von Ida Voss"), "Ida Voss");
        assert_eq!(strip_words("Vonda Hill"), "Vonda Hill");
        assert_eq!(strip_words("By"), "By");
    }
}
