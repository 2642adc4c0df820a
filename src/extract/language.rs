//! The language of the article: the page's own word, checked against the text.
//!
//! A `lang` attribute often stays as the template was delivered (`en` on a German page), so a reliable reading of a text long
//! enough outweighs it. Where the two name languages that are easily taken for each other, the page knows better.

use whatlang::Lang;

use crate::types::{Meta, MetaSource};

/// Characters of the text that are looked at.
const SAMPLE: usize = 1000;
/// Letters that a text must have to outweigh what the page says.
const ENOUGH: usize = 160;
/// Languages so near to each other that a reading of letters confuses them.
const NEAR: [&[&str]; 9] = [
    &["da", "nb", "nn", "no"],
    &["bs", "hr", "sl", "sr"],
    &["cs", "sk"],
    &["ca", "es", "gl"],
    &["gl", "pt"],
    &["be", "ru", "uk"],
    &["bg", "mk"],
    &["id", "jv", "ms", "su"],
    &["af", "fy", "lb", "nl"],
];

/// ISO 639-1 of every [`Lang`], in its order.
const LETTERS: [&str; 70] = [
    "eo", "en", "ru", "zh", "es", "pt", "it", "bn", "fr", "de", "uk", "ka", "ar", "hi", "ja", "he", "yi", "pl", "am",
    "jv", "ko", "nb", "da", "sv", "fi", "tr", "nl", "hu", "cs", "el", "bg", "be", "mr", "kn", "ro", "sl", "hr", "sr",
    "mk", "lt", "lv", "et", "ta", "vi", "ur", "th", "gu", "uz", "pa", "az", "id", "te", "fa", "ml", "or", "my", "ne",
    "si", "km", "tk", "ak", "zu", "sn", "af", "la", "sk", "ca", "tl", "hy", "cy",
];

/// The language as a tag of two letters (ISO 639-1); none where neither page nor text tell.
pub(super) fn choose(meta: &Meta, text: &str) -> Option<String> {
    let named = named(meta);
    let Some(found) = read(text) else { return named };
    let is_near = |named: &str| NEAR.iter().any(|near| near.contains(&named) && near.contains(&found));
    match named {
        Some(named) if named == found || is_near(&named) => Some(named),
        _ => Some(found.to_owned()),
    }
}

/// What the page names: the document's own attribute first, then metadata.
fn named(meta: &Meta) -> Option<String> {
    let of = |own: bool| {
        meta.languages
            .iter()
            .filter(move |language| (language.source == MetaSource::Markup) == own)
            .find_map(|language| short(&language.value))
    };
    of(true).or_else(|| of(false))
}

/// `de` of `de-AT`, `de_DE.UTF-8` or `deu`; none for what is no language (`x-default`, `mul`).
fn short(tag: &str) -> Option<String> {
    let first = tag.trim().split(['-', '_', ',', ';', '.', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    match first.len() {
        2 if first.bytes().all(|byte| byte.is_ascii_lowercase()) => Some(first),
        3 => Lang::from_code(first).and_then(two_letters).map(str::to_owned),
        _ => None,
    }
}

/// The language that a text is in, where it is long enough to tell for sure.
fn read(text: &str) -> Option<&'static str> {
    let sample: String = text.chars().take(SAMPLE).collect();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let info = whatlang::detect(&sample).filter(whatlang::Info::is_reliable)?;
    // A sign of a script without spaces says as much as a word.
    let dense = matches!(info.lang(), Lang::Cmn | Lang::Jpn | Lang::Kor | Lang::Tha | Lang::Khm | Lang::Mya);
    let enough = if dense { ENOUGH / 4 } else { ENOUGH };
    if letters >= enough { two_letters(info.lang()) } else { None }
}

/// ISO 639-1 of a language that can be read.
fn two_letters(language: Lang) -> Option<&'static str> {
    LETTERS.get(language as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Sourced;

    const GERMAN: &str = "Der Gemeinderat hat am Dienstag beschlossen, das alte Bootshaus am Fluss zu erhalten. Die Bürgerinnen und \
        Bürger sollen mitreden, wie es genutzt wird, und bis zum Herbst ihre Vorschläge in das Rathaus bringen. Danach wird noch \
        einmal abgestimmt.";

    fn meta(tags: &[(&str, MetaSource)]) -> Meta {
        let languages = tags.iter().map(|(tag, source)| Sourced::new((*tag).to_owned(), *source)).collect();
        Meta { languages, ..Meta::default() }
    }

    fn chosen(tag: &str, text: &str) -> Option<String> {
        choose(&meta(&[(tag, MetaSource::Markup)]), text)
    }

    #[test]
    fn a_reliable_reading_outweighs_the_template() {
        assert_eq!(chosen("en-US", GERMAN).as_deref(), Some("de"));
        assert_eq!(chosen("de-AT", GERMAN).as_deref(), Some("de"));
        assert_eq!(choose(&Meta::default(), GERMAN).as_deref(), Some("de"));
    }

    #[test]
    fn a_short_text_does_not() {
        assert_eq!(chosen("da", "Das ist kurz.").as_deref(), Some("da"));
        assert_eq!(choose(&Meta::default(), "Kurz."), None);
    }

    #[test]
    fn near_languages_are_as_the_page_says() {
        let danish = "Byrådet vedtog tirsdag at bevare det gamle bådhus ved åen. Borgerne skal være med til at bestemme, hvordan \
            det skal bruges, og de kan aflevere deres forslag på rådhuset indtil efteråret. Derefter bliver der stemt igen om \
            sagen, og så begynder arbejdet med det nye tag.";
        assert_eq!(chosen("nn", danish).as_deref(), Some("nn"));
        assert_eq!(chosen("en", danish).as_deref(), Some("da"));
    }

    #[test]
    fn tags_are_cut_to_two_letters() {
        let of = |tag| chosen(tag, "");
        assert_eq!((of("de_DE.UTF-8").as_deref(), of("deu").as_deref()), (Some("de"), Some("de")));
        assert_eq!((of("x-default"), of("mul"), of("")), (None, None, None));
        let both = meta(&[("en_GB", MetaSource::OpenGraph), ("cy", MetaSource::Markup)]);
        assert_eq!(choose(&both, "").as_deref(), Some("cy"));
    }

    #[test]
    fn every_language_has_its_own_letters() {
        let mut all: Vec<&str> = Lang::all().iter().filter_map(|language| two_letters(*language)).collect();
        assert_eq!(all.len(), Lang::all().len());
        // The table is in the order of another crate: a few from all over it show that it still is.
        let known =
            [("epo", "eo"), ("deu", "de"), ("nob", "nb"), ("ell", "el"), ("vie", "vi"), ("pes", "fa"), ("cym", "cy")];
        for (code, letters) in known {
            assert_eq!(Lang::from_code(code).and_then(two_letters), Some(letters), "{code}");
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), LETTERS.len());
    }
}
