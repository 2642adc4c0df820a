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
    let end = text.char_indices().nth(SAMPLE).map_or(text.len(), |(at, _)| at);
    let sample = text.get(..end).unwrap_or(text);
    if named.as_deref().is_some_and(|named| bears_out(named, sample)) {
        return named;
    }
    let Some(found) = read(sample) else { return named };
    let is_near = |named: &str| NEAR.iter().any(|near| near.contains(&named) && near.contains(&found));
    match named {
        Some(named) if named == found || is_near(&named) => Some(named),
        _ => Some(found.to_owned()),
    }
}

/// Words that make up a third of any text in a language, and hardly ever a tenth of one in another.
const FREQUENT: [(&str, &str); 3] = [
    (
        "de",
        " der die und das in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie \
         nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein ",
    ),
    (
        "en",
        " the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one \
         you were her all she there would their we him been has when who will more no if out so said what up its about into than ",
    ),
    (
        "fr",
        " le la les de des du un une et est que qui dans pour pas sur au par il elle ce se ne plus avec sont ont été aux à en son \
         sa ses leur mais ou nous vous cette ces comme ",
    ),
];

/// Whether the text is so plainly in the language that the page names that no letter need be counted: of thirty words or
/// more at least three in ten are the language's most frequent ones.
fn bears_out(named: &str, sample: &str) -> bool {
    let Some((_, frequent)) = FREQUENT.iter().find(|(language, _)| *language == named) else { return false };
    let (mut words, mut known, mut key) = (0, 0, String::new());
    for word in super::hashes::words(sample) {
        words += 1;
        if word.len() <= 6 {
            key.clear();
            key.push(' ');
            key.extend(word.chars().flat_map(char::to_lowercase));
            key.push(' ');
            known += usize::from(frequent.contains(key.as_str()));
        }
    }
    words >= 30 && known * 10 >= words * 3
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
fn read(sample: &str) -> Option<&'static str> {
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let info = whatlang::detect(sample).filter(whatlang::Info::is_reliable)?;
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
    fn frequent_words_bear_the_page_out() {
        assert!(bears_out("de", GERMAN) && !bears_out("en", GERMAN) && !bears_out("fr", GERMAN));
        assert!(!bears_out("de", "Der Rat tagt.") && !bears_out("da", GERMAN));
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
