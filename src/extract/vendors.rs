//! Lists of vendors: name, `<five digits> <city>`, name again.

use url::Url;

use super::items::Line;
use super::marks;
use crate::classify::{is_street, without_bullet};
use crate::types::{Part, Vendor, resolve};

/// Vendors of a page, at most: a page that seems to hold more is no page of this kind.
const MAX_VENDORS: usize = 500;

/// Bytes of a line from which on it speaks of the list rather than of a vendor.
const PROSE: usize = 160;

/// Reads the vendors of one list.
pub(super) fn read(lines: &[Line<'_>], base: &Url, to: &mut Vec<Vendor>) {
    let from = to.len();
    let mut list = List { vendors: Vec::new(), ahead: Vec::new(), names_last: names_last(lines) };
    let unnamed = hardly_named(lines);
    for (at, line) in lines.iter().enumerate() {
        let prose = line.text.len() > PROSE && line.text.ends_with('.');
        let heading = marks::VENDOR_HEADING.find(line.text).map_or(0, |found| found.end());
        let text = line.text.get(heading..).unwrap_or_default().trim();
        let glued = heading > 0 && !text.is_empty();
        if text.is_empty()
            || prose && postal(text).is_none()
            || marks::AD_MARK.is_match(text)
            || (line.part.is_some_and(Part::is_heading) && !glued)
            || marks::GROUP.is_match(text)
        {
            continue;
        }
        let url = line.links.iter().find_map(|link| resolve(base, &link.href)).filter(super::is_web).map(Into::into);
        // The first name may be glued to the heading.
        let named = glued || list.is_before_place(text, lines.get(at + 1));
        let part = match line.part {
            _ if named => Some(Part::VendorName),
            Some(Part::VendorRest) if unnamed => None,
            part => part,
        };
        list.take(&Line { text, part, ..*line }, url);
    }
    // A line without a code was no city.
    list.vendors.iter_mut().filter(|vendor| vendor.postal_code.is_none()).for_each(|vendor| vendor.city = None);
    to.append(&mut list.vendors);
    // Where places are known, a line without one is a heading or a button.
    if to.iter().skip(from).any(|vendor| vendor.postal_code.is_some()) {
        let mut at = 0;
        to.retain(|vendor| {
            at += 1;
            at <= from || vendor.postal_code.is_some()
        });
    }
    dedupe(to);
    to.truncate(MAX_VENDORS);
}

/// Whether the classifier names hardly any of the vendors whose addresses it sees: then their shapes tell more.
fn hardly_named(lines: &[Line<'_>]) -> bool {
    let parts = |part: Part| lines.iter().filter(move |line| line.part == Some(part));
    let places = parts(Part::VendorRest).filter(|line| postal(line.text).is_some_and(|place| place.from == 0)).count();
    places >= 2 && parts(Part::VendorName).count() * 2 < places
}

/// Whether addresses stand over the names: the list begins with the one and ends with the other.
fn names_last(lines: &[Line<'_>]) -> bool {
    let glued =
        |line: &Line<'_>| marks::VENDOR_HEADING.find(line.text).is_some_and(|found| found.end() < line.text.len());
    if lines.first().is_some_and(glued) {
        return false;
    }
    let mut known = lines.iter().filter(|line| line.part.is_some_and(|part| !part.is_heading()));
    let place = |line: &Line<'_>| line.part == Some(Part::VendorRest) && postal(line.text).is_some();
    known.next().is_some_and(place) && known.next_back().is_some_and(|line| line.part == Some(Part::VendorName))
}

/// The vendors found so far.
struct List<'a> {
    vendors: Vec<Vendor>,
    /// Lines of a vendor whose name is to come.
    ahead: Vec<(&'a str, Option<String>)>,
    names_last: bool,
}

impl<'a> List<'a> {
    fn take(&mut self, line: &Line<'a>, url: Option<String>) {
        if !self.is_name(line) {
            if self.names_last {
                self.ahead.push((line.text, url));
            } else if let Some(last) = self.vendors.last_mut() {
                add(last, line.text, url);
            }
            return;
        }
        let (name, address) = parted(line);
        let mut vendor = Vendor { name: name.to_owned(), url, ..Vendor::default() };
        if !address.is_empty() {
            add(&mut vendor, address, None);
            // The name again behind the city.
            let again =
                vendor.city.as_ref().and_then(|city| city.strip_suffix(name)).map(|city| city.trim_end().to_owned());
            vendor.city = again.or(vendor.city.take());
        }
        for (text, url) in self.ahead.drain(..) {
            add(&mut vendor, text, url);
        }
        self.vendors.push(vendor);
    }

    /// Whether a line is a name by its place: the vendor at hand is complete, and an address follows.
    fn is_before_place(&self, text: &str, next: Option<&Line<'_>>) -> bool {
        let complete =
            self.vendors.last().is_some_and(|last| last.postal_code.is_some() && !same_name(&last.name, text));
        let words = !text.contains(|c: char| c.is_ascii_digit() || "@:".contains(c)) && !is_button(text);
        let place = |line: &Line<'_>| is_code(line.text) || postal(line.text).is_some_and(|place| place.from == 0);
        !self.names_last && complete && words && next.is_some_and(place)
    }

    /// Whether a line begins a vendor: the model says so, or it is nothing else.
    fn is_name(&self, line: &Line<'_>) -> bool {
        let text = line.text;
        let begins_with_place = || postal(text).is_some_and(|place| place.from == 0);
        match line.part {
            Some(Part::VendorName) => {
                let last = self.vendors.last();
                !last.is_some_and(|last| same_name(&last.name, text) || begins_with_place())
            }
            // What begins the list is a name, whatever it looks like.
            Some(_) => self.vendors.is_empty() && !self.names_last && postal(text).is_none() && !is_street(text),
            None => {
                let Some(last) = self.vendors.last() else { return !begins_with_place() };
                let rest = is_street(text)
                    || is_street(parted(line).0)
                    || marks::MORE_WORD.is_match(text)
                    || is_button(text)
                    || is_code(text);
                let city = last.postal_code.is_some() && last.city.is_none();
                !(rest || city || begins_with_place() || same_name(&last.name, text))
            }
        }
    }
}

/// A postal code with its city in a line.
struct Place<'a> {
    /// The byte where it begins.
    from: usize,
    code: &'a str,
    city: &'a str,
}

fn postal(text: &str) -> Option<Place<'_>> {
    let Some(found) = marks::POSTAL.captures(text) else { return british(text) };
    let code = ["a", "b", "c", "d"].iter().find_map(|name| found.name(name))?;
    let prefix = text.get(..code.start())?.trim_end_matches([' ', '-']);
    let country = ["DE", "AT", "CH", "D", "A", "F", "L"].iter().find_map(|country| prefix.strip_suffix(country));
    let from = country.filter(|before| !before.ends_with(char::is_alphanumeric)).map_or(code.start(), str::len);
    let bracketed = text.get(..from)?.trim_end().ends_with('(');
    let mut city = found.name("city")?.as_str();
    let end = [",", "|", "·", ";", ":", " – ", " — ", " - ", " Tel", " Fon", " Fax", "•"]
        .iter()
        .filter_map(|mark| city.find(mark))
        .min();
    city = city.get(..end.unwrap_or(city.len())).unwrap_or(city).trim();
    if bracketed && city.matches(')').count() > city.matches('(').count() {
        city = city.strip_suffix(')').unwrap_or(city);
    }
    Some(Place { from, code: code.as_str(), city: city.trim_end_matches(['(', ' ']) })
}

/// A British postcode, its city before or behind it, or elsewhere.
fn british(text: &str) -> Option<Place<'_>> {
    let code = marks::POSTCODE.find(text)?;
    let (before, after) =
        (text.get(..code.start())?.trim_matches([' ', ',']), text.get(code.end()..)?.trim_matches([' ', ',']));
    let city =
        if after.starts_with(char::is_uppercase) { after } else { before.rsplit([',', '|', '·']).next()?.trim() };
    let from = if city.is_empty() || city == after {
        code.start()
    } else {
        code.start() - (code.start() - text.find(city)?)
    };
    Some(Place { from, code: code.as_str(), city })
}

/// A line without the label before its value: `City: Nebelfurt`.
fn without_label(text: &str) -> &str {
    match text.split_once(": ") {
        Some((label, value))
            if label.chars().count() <= 14 && label.chars().all(|c| c.is_alphabetic() || "/ -".contains(c)) =>
        {
            value.trim()
        }
        _ => text,
    }
}

/// A vendor's name and what stands behind it in its line.
fn parted<'a>(line: &Line<'a>) -> (&'a str, &'a str) {
    const MARKS: [&str; 8] = [", ", " | ", " · ", " – ", " — ", " - ", " (", "; "];
    let text = without_bullet(line.text).trim_start_matches(['»', '›', '■', '▪', '●', '•', '>', '·']).trim_start();
    let linked = line.links.first().map(|link| link.text.as_str()).filter(|link| link.chars().count() >= 2);
    if let Some(rest) = linked.and_then(|link| text.strip_prefix(link)).filter(|rest| !rest.trim().is_empty()) {
        return (text.get(..text.len() - rest.len()).unwrap_or(text), rest);
    }
    let Some(place) = postal(text) else { return (text, "") };
    let mut name =
        text.get(..place.from).unwrap_or_default().trim_end_matches(['-', '–', '—', ' ', ',', '|', '·', '(', ';', ':']);
    // The street between name and place.
    while let Some((at, mark)) = MARKS.iter().filter_map(|mark| name.rfind(mark).map(|at| (at, mark))).max() {
        let last = name.get(at + mark.len()..).unwrap_or_default();
        if !(is_street(last) || last.starts_with("Postfach")) {
            break;
        }
        name = name.get(..at).unwrap_or(name).trim_end();
    }
    if name.is_empty() {
        return (text, "");
    }
    (name, text.get(name.len()..).unwrap_or_default())
}

/// Adds a line to a vendor: a place, its name again, a link.
fn add(vendor: &mut Vendor, text: &str, url: Option<String>) {
    if same_name(&vendor.name, text) {
        // Under its place its name links to the vendor.
        vendor.url = url.or(vendor.url.take());
        return;
    }
    if vendor.url.is_none() {
        vendor.url = url;
    }
    let text = without_label(text);
    let city = || {
        Some(text.to_owned())
            .filter(|text| !is_street(text) && !text.contains(|c: char| c.is_ascii_digit() || "@:".contains(c)))
    };
    if vendor.postal_code.is_none() {
        if let Some(place) = postal(text) {
            vendor.postal_code = Some(place.code.to_owned());
            // Where the code stands alone, its city is the line before it.
            vendor.city = Some(place.city.to_owned()).filter(|city| !city.is_empty()).or(vendor.city.take());
        } else if is_code(text) {
            vendor.postal_code = Some(text.trim_start_matches("D-").to_owned());
            vendor.city = None;
        } else if !text.starts_with("www.") {
            vendor.city = city().or(vendor.city.take());
        }
    } else if vendor.city.is_none() {
        vendor.city = city();
    }
}

/// Whether a text is a postal code and nothing else.
fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix("D-").unwrap_or(text);
    digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A link that leads to the vendor without naming it.
fn is_button(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "zum eintrag",
        "zum anbieter",
        "zum profil",
        "zur website",
        "zur homepage",
        "website",
        "homepage",
        "profil",
        "kontakt",
    ];
    WORDS.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().as_str())
}

fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

/// Drops repetitions, keeping the first.
fn dedupe(vendors: &mut Vec<Vendor>) {
    let mut seen = rustc_hash::FxHashSet::default();
    vendors.retain(|vendor| seen.insert((vendor.name.to_lowercase(), vendor.postal_code.clone())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Link;

    fn vendors(lines: &[&str]) -> Vec<(String, Option<String>, Option<String>)> {
        let base = Url::parse("https://ort.example/").unwrap();
        let lines: Vec<Line<'_>> = lines.iter().map(|text| Line::of_text(text)).collect();
        let mut to = Vec::new();
        read(&lines, &base, &mut to);
        to.into_iter().map(|v| (v.name, v.postal_code, v.city)).collect()
    }

    fn full(name: &str, code: &str, city: &str) -> (String, Option<String>, Option<String>) {
        (name.to_owned(), Some(code.to_owned()), Some(city.to_owned()))
    }

    #[test]
    fn names_stand_around_places() {
        let lines = [
            "Ausgewählte Anbieter aus dem Bereich Panorama:",
            "Pultwerk GmbH",
            "99871 Nebelfurt",
            "Pultwerk GmbH",
            "Aktenfuchs",
            "99034 Bad Altenquast",
            "Aktenfuchs",
        ];
        assert_eq!(
            vendors(&lines),
            [full("Pultwerk GmbH", "99871", "Nebelfurt"), full("Aktenfuchs", "99034", "Bad Altenquast")]
        );
    }

    #[test]
    fn a_heading_glued_to_a_name_is_cut_off() {
        assert_eq!(
            vendors(&["IT-Guide PlusPultwerk GmbH", "99871 Nebelfurt"]),
            [full("Pultwerk GmbH", "99871", "Nebelfurt")]
        );
        assert_eq!(
            vendors(&[
                "Ausgewählte Anbieter aus dem Bereich CMS | Portale:Aktenfuchs",
                "99034 Altenquast",
                "Aktenfuchs"
            ]),
            [full("Aktenfuchs", "99034", "Altenquast")]
        );
    }

    #[test]
    fn a_vendor_in_one_block() {
        assert_eq!(
            vendors(&["Pultwerk GmbH 99871 Nebelfurt Pultwerk GmbH"]),
            [full("Pultwerk GmbH", "99871", "Nebelfurt")]
        );
        assert_eq!(vendors(&["Pultwerk GmbH99871 Nebelfurt"]), [full("Pultwerk GmbH", "99871", "Nebelfurt")]);
        assert_eq!(vendors(&["Pultwerk GmbH (99871 Nebelfurt)"]), [full("Pultwerk GmbH", "99871", "Nebelfurt")]);
        assert_eq!(vendors(&["Pultwerk GmbH, D-99871 Nebelfurt"]), [full("Pultwerk GmbH", "99871", "Nebelfurt")]);
    }

    #[test]
    fn addresses_of_many_forms() {
        for text in [
            "Pultwerk GmbH, Alte Seilerei 4, 99871 Nebelfurt",
            "Pultwerk GmbH | D-99871 Nebelfurt | Tel. 0123 4567",
            "Pultwerk GmbH – DE-99871 Nebelfurt",
            "» Pultwerk GmbH · 99871 Nebelfurt",
        ] {
            assert_eq!(vendors(&[text]), [full("Pultwerk GmbH", "99871", "Nebelfurt")], "{text}");
        }
        let lines = ["Pultwerk GmbH", "Alte Seilerei 4, D 99871 Nebelfurt (Harz)", "www.pultwerk.test"];
        assert_eq!(vendors(&lines)[0], full("Pultwerk GmbH", "99871", "Nebelfurt (Harz)"));
        assert_eq!(vendors(&["Pultwerk GmbH", "A-1010 Nebelfurt"]), [full("Pultwerk GmbH", "1010", "Nebelfurt")]);
    }

    #[test]
    fn parts_tell_names_from_the_rest() {
        use crate::types::Part::{VendorName, VendorRest};
        let read_parts = |lines: &[(Part, &str)]| {
            let lines: Vec<Line<'_>> =
                lines.iter().map(|(part, text)| Line { part: Some(*part), ..Line::of_text(text) }).collect();
            let mut to = Vec::new();
            read(&lines, &Url::parse("https://ort.example/").unwrap(), &mut to);
            to.into_iter().map(|v| (v.name, v.postal_code, v.city)).collect::<Vec<_>>()
        };
        let wanted = [full("Pultwerk", "99871", "Nebelfurt"), full("Aktenfuchs", "99034", "Altenquast")];
        let (one, two) = ((VendorName, "Pultwerk"), (VendorName, "Aktenfuchs"));
        let (here, there) = ((VendorRest, "99871 Nebelfurt"), (VendorRest, "99034 Altenquast"));
        let about = (VendorRest, "Software für Ämter");
        assert_eq!(read_parts(&[one, about, here, two, about, there]), wanted);
        assert_eq!(read_parts(&[here, one, there, two]), wanted);
    }

    #[test]
    fn streets_and_buttons_are_no_names() {
        let lines =
            ["Pultwerk GmbH", "Alte Seilerei 4", "99871 Nebelfurt", "zum Eintrag", "Aktenfuchs", "99034 Altenquast"];
        assert_eq!(
            vendors(&lines),
            [full("Pultwerk GmbH", "99871", "Nebelfurt"), full("Aktenfuchs", "99034", "Altenquast")]
        );
    }

    #[test]
    fn a_vendor_in_cells() {
        let cells = ["Pultwerk GmbH", "99871", "Nebelfurt", "Aktenfuchs", "D-99034", "Bad Altenquast"];
        assert_eq!(
            vendors(&cells),
            [full("Pultwerk GmbH", "99871", "Nebelfurt"), full("Aktenfuchs", "99034", "Bad Altenquast")]
        );
    }

    #[test]
    fn the_link_is_the_vendors() {
        let base = Url::parse("https://ort.example/").unwrap();
        let links = [Link { href: "/anbieter/1".to_owned(), ..Link::default() }];
        let lines = [
            Line::of_text("Pultwerk"),
            Line::of_text("99871 Nebelfurt"),
            Line { links: &links, ..Line::of_text("Pultwerk") },
        ];
        let mut to = Vec::new();
        read(&lines, &base, &mut to);
        assert_eq!(to[0].url.as_deref(), Some("https://ort.example/anbieter/1"));
    }
}
