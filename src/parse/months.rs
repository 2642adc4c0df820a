//! The names of the months, and of time zones, as pages write them.

/// The month of a name or its abbreviation without point: English, German, French, Italian, Spanish, Portuguese, Dutch,
/// Polish, Turkish, Swedish, Danish, Norwegian and Russian (genitive where dates take it).
pub(crate) fn month_of(name: &str) -> Option<u8> {
    if !(3..=24).contains(&name.len()) {
        return None;
    }
    let name = name.to_lowercase();
    Some(match name.as_str() {
        "january" | "jan" | "januar" | "jänner" | "jaenner" | "jän" | "janvier" | "janv" | "gennaio" | "gen"
        | "enero" | "ene" | "janeiro" | "januari" | "stycznia" | "styczeń" | "sty" | "ocak" | "oca" | "января" => {
            1
        }
        "february" | "feb" | "februar" | "feber" | "febr" | "février" | "fevrier" | "févr" | "fév" | "febbraio"
        | "febrero" | "fevereiro" | "fev" | "februari" | "lutego" | "luty" | "lut" | "şubat" | "şub" | "февраля" => {
            2
        }
        "march" | "mar" | "märz" | "maerz" | "mrz" | "mär" | "mars" | "marzo" | "março" | "marco" | "maart" | "mrt"
        | "marca" | "marzec" | "mart" | "marts" | "марта" => 3,
        "april" | "apr" | "avril" | "avr" | "aprile" | "abril" | "abr" | "kwietnia" | "kwiecień" | "kwi" | "nisan"
        | "nis" | "апреля" => 4,
        "may" | "mai" | "maggio" | "mag" | "mayo" | "maio" | "mei" | "maja" | "maj" | "mayıs" | "мая" => 5,
        "june" | "jun" | "juni" | "juin" | "giugno" | "giu" | "junio" | "junho" | "czerwca" | "czerwiec" | "cze"
        | "haziran" | "haz" | "июня" => 6,
        "july" | "jul" | "juli" | "juillet" | "juil" | "luglio" | "lug" | "julio" | "julho" | "lipca" | "lipiec"
        | "lip" | "temmuz" | "tem" | "июля" => 7,
        "august" | "aug" | "août" | "aout" | "agosto" | "ago" | "augustus" | "augusti" | "sierpnia" | "sierpień"
        | "sie" | "ağustos" | "ağu" | "августа" => 8,
        "september" | "sep" | "sept" | "septembre" | "settembre" | "set" | "septiembre" | "setiembre" | "setembro"
        | "września" | "wrzesień" | "wrz" | "eylül" | "eyl" | "сентября" => 9,
        "october" | "oct" | "oktober" | "okt" | "octobre" | "ottobre" | "ott" | "octubre" | "outubro" | "out"
        | "października" | "październik" | "paź" | "ekim" | "eki" | "октября" => 10,
        "november" | "nov" | "novembre" | "noviembre" | "novembro" | "listopada" | "listopad" | "lis" | "kasım"
        | "kas" | "ноября" => 11,
        "december" | "dec" | "dezember" | "dez" | "décembre" | "decembre" | "déc" | "dicembre" | "dic"
        | "diciembre" | "dezembro" | "desember" | "grudnia" | "grudzień" | "gru" | "aralık" | "ara" | "декабря" => {
            12
        }
        _ => return None,
    })
}

/// Minutes east of Greenwich of a zone's abbreviation, where it has but one meaning in news.
pub(super) fn zone_of(name: &str) -> Option<i32> {
    let hours = match name.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" | "WET" | "UT" => 0,
        "CET" | "MEZ" | "BST" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" | "MSK" | "TRT" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    };
    Some(hours * 60)
}
