//! Lists of vendors: name, `<five digits> <city>`, name again.

use url::Url;

use super::items::Line;
use super::marks;
use crate::classify::is_street;
use crate::types::{Vendor, resolve};

/// Vendors of a page, at most: a page that seems to hold more is no page of this kind.
const MAX_VENDORS: usize = 500;

/// Reads the vendors of one list.
pub(super) fn read(lines: &[Line<'_>], base: &Url, to: &mut Vec<Vendor>) {
    let from = to.len();
    for line in lines {
        let heading = marks::VENDOR_HEADING.find(line.text).map_or(0, |found| found.end());
        let text = line.text.get(heading..).unwrap_or_default().trim();
        if text.is_empty() || marks::AD_MARK.is_match(text) || marks::GROUP.is_match(text) {
            continue;
        }
        let url = line.links.iter().find_map(|link| resolve(base, &link.href)).filter(super::is_web).map(Into::into);
        read_line(text, url, from, to);
    }
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

/// Takes one line: a name, a place, or both with perhaps the name again.
fn read_line(text: &str, url: Option<String>, from: usize, to: &mut Vec<Vendor>) {
    if let Some(last) = to.get_mut(from..).and_then(|list| list.last_mut())
        && (is_street(text) || marks::MORE_WORD.is_match(text) || is_button(text))
    {
        if let (None, Some(url)) = (&last.url, url) {
            last.url = Some(url);
        }
        return;
    }
    // Code and city may stand in cells of their own.
    if let Some(last) = to.get_mut(from..).and_then(|list| list.last_mut()) {
        if last.postal_code.is_none() && is_code(text) {
            last.postal_code = Some(text.trim_start_matches("D-").to_owned());
            return;
        }
        if last.postal_code.is_some() && last.city.is_none() {
            last.city = Some(text.to_owned());
            return;
        }
    }
    let place = marks::POSTAL.captures(text).and_then(|found| Some((found.get(1)?, found.get(2)?)));
    let Some((code, city)) = place else {
        match to.get_mut(from..).and_then(|list| list.last_mut()) {
            // The name again, under its place: its link is the vendor's.
            Some(last) if same_name(&last.name, text) => last.url = url.or(last.url.take()),
            _ => to.push(Vendor { name: text.to_owned(), url, ..Vendor::default() }),
        }
        return;
    };
    let before = text.get(..code.start()).unwrap_or_default();
    let bracketed = before.trim_end().ends_with('(');
    let name = before.trim_end_matches(['-', ' ', ',', '|', '·', '(']);
    let name = name.strip_suffix(" D").unwrap_or(name).trim_end_matches([',', ' ']);
    let mut city = city.as_str().trim();
    if !name.is_empty() {
        // The name again behind the city.
        city = city.strip_suffix(name).map_or(city, str::trim_end);
        city = city.strip_suffix(')').filter(|_| bracketed).unwrap_or(city);
        to.push(Vendor { name: name.to_owned(), url, ..Vendor::default() });
    }
    if let Some(last) = to.get_mut(from..).and_then(|list| list.last_mut())
        && last.postal_code.is_none()
    {
        last.postal_code = Some(code.as_str().to_owned());
        last.city = Some(city.trim_end_matches([',', '|', '·']).trim_end().to_owned());
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
