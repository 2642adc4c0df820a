//! Which names count. People and papers are invented.

use super::*;
use crate::types::{Block, Sourced};

fn names(text: &str) -> Vec<String> {
    let own = ["tanndorfer bote".to_owned()];
    read_names(text, AuthorKind::Person, &Noise { own: &own }).into_iter().map(|author| author.name).collect()
}

#[test]
fn bylines_give_their_names() {
    assert_eq!(names("Von Anna Berg und Jörg Ott"), ["Anna Berg", "Jörg Ott"]);
    assert_eq!(names("By Ann Hill, Ben Dale and Carl Moor"), ["Ann Hill", "Ben Dale", "Carl Moor"]);
    assert_eq!(names("VON MAX MUSTER, TANNDORF").first().map(String::as_str), Some("Max Muster"));
    assert_eq!(names("Written by: Ann Hill | March 3, 2021 | 5 min read"), ["Ann Hill"]);
    assert_eq!(names("Ann Hill 3 March 2021"), ["Ann Hill"]);
    assert_eq!(names("Berg, Anna"), ["Anna Berg"]);
    assert_eq!(names("Ein Kommentar von Anna Berg"), ["Anna Berg"]);
    assert_eq!(names("Ana Vega y Luis Prado"), ["Ana Vega", "Luis Prado"]);
    assert_eq!(names("Jane Doe, Senior Reporter"), ["Jane Doe"]);
    assert_eq!(names("Jane Doe, MPH, FAXY"), ["Jane Doe"]);
    assert_eq!(names("Jane Doe, Ph.D."), ["Jane Doe"]);
    assert_eq!(names("Doe, Jane T."), ["Jane T. Doe"]);
    assert_eq!(names("Jane Doe 4 Comments"), ["Jane Doe"]);
    assert_eq!(names("Yuki Yuki"), ["Yuki"]);
    assert_eq!(names("Jane Doe TANNDORFER BOTE"), ["Jane Doe"]);
    assert_eq!(names("Read more about Jane Doe"), ["Jane Doe"]);
    assert_eq!(names("This post was written by Jane Doe"), ["Jane Doe"]);
    assert_eq!(names("By Md Karim Uddin"), ["Md Karim Uddin"]);
    assert_eq!(names("JaneTheDoer in Workshop"), ["JaneTheDoer"]);
    assert_eq!(names("Anna Berg, AFP"), ["Anna Berg", "AFP"]);
    assert_eq!(names("By Ann Hill, DVM. Reviewed by Ben Dale, DVM"), ["Ann Hill"]);
    assert_eq!(names("Ann Hill and Ben Dale, Extension educators"), ["Ann Hill", "Ben Dale"]);
    assert_eq!(names("Center for Light and Water"), ["Center for Light and Water"]);
}

#[test]
fn what_is_no_name_gives_none() {
    for text in [
        "https://tanndorf.test/autor",
        "admin",
        "",
        "@bote",
        "/autor/anna",
        "12345",
        "Unknown",
        "By",
        "redaktion@bote.test",
        "Reviewed by Jane Doe",
        "Medically reviewed by: Jane Doe",
        "Written By",
        "on",
        "Expert Reviewer",
    ] {
        assert_eq!(names(text), Vec::<String>::new(), "{text}");
    }
}

fn labelled(role: Role, text: &str) -> Labelled {
    let block = Block { text: text.to_owned(), ..Block::default() };
    Labelled { block, role, score: 1.0, reasons: Vec::new() }
}

#[test]
fn the_first_source_with_a_person_counts() {
    let person = |name: &str, source| Sourced::new(Author { name: name.to_owned(), kind: AuthorKind::Person }, source);
    let meta = Meta {
        authors: vec![
            person("Tanndorfer Bote", MetaSource::JsonLd),
            person("Anna Berg, dpa", MetaSource::MetaTag),
            person("Leser Sieben", MetaSource::Markup),
        ],
        ..Meta::default()
    };
    let own = ["tanndorfer bote".to_owned()];
    let chosen = choose(&meta, &[], &[], &own);
    let kinds: Vec<_> = chosen.iter().map(|author| (author.name.as_str(), author.kind)).collect();
    assert_eq!(kinds, [("Anna Berg", AuthorKind::Person), ("dpa", AuthorKind::Agency)]);
    let byline = [labelled(Role::Byline, "Von ANNA BERG"), labelled(Role::Byline, "Anna Berg")];
    assert_eq!(choose(&Meta::default(), &byline, &[], &own).len(), 1);
}

#[test]
fn the_byline_that_the_profile_names_counts_first() {
    let said = Author { name: "Jörg Ott".to_owned(), kind: AuthorKind::Person };
    let meta = Meta { authors: vec![Sourced::new(said, MetaSource::JsonLd)], ..Meta::default() };
    let mut byline = labelled(Role::Byline, "Von Anna Berg");
    byline.block.profile_role = Some(Role::Byline);
    assert_eq!(choose(&meta, &[byline], &[], &[])[0].name, "Anna Berg");
}

#[test]
fn a_code_in_the_text_counts_where_nobody_is_named() {
    let code = [Author { name: "sib".to_owned(), kind: AuthorKind::Code }];
    assert_eq!(choose(&Meta::default(), &[], &code, &[]), code);
    let meta = Meta {
        authors: vec![Sourced::new(
            Author { name: "Anna Berg".to_owned(), kind: AuthorKind::Person },
            MetaSource::JsonLd,
        )],
        ..Meta::default()
    };
    assert_eq!(choose(&meta, &[], &code, &[])[0].name, "Anna Berg");
}

#[test]
fn the_byline_that_is_seen_names_the_author_where_metadata_name_someone_else() {
    let person = |name: &str, source| Sourced::new(Author { name: name.to_owned(), kind: AuthorKind::Person }, source);
    let of = |said: &[(&str, MetaSource)], byline: &str| {
        let authors = said.iter().map(|(name, source)| person(name, *source)).collect();
        let meta = Meta { authors, ..Meta::default() };
        let page = [
            labelled(Role::Headline, "Archiv geöffnet"),
            labelled(Role::Other, byline),
            labelled(Role::Body, "Ein Satz."),
        ];
        let names = choose(&meta, &page, &[], &[]);
        names.into_iter().map(|author| author.name).collect::<Vec<_>>()
    };
    let ld = MetaSource::JsonLd;
    assert_eq!(of(&[("Jörg Ott", ld)], "Von Anna Berg"), ["Anna Berg"]);
    assert_eq!(of(&[("Anna Berg", ld)], "Von Anna Berg und Jörg Ott"), ["Anna Berg", "Jörg Ott"]);
    assert_eq!(of(&[("Anna Berg", ld)], "Von Anna Berg, dpa"), ["Anna Berg"]);
    assert_eq!(of(&[("Anna Berg", ld), ("Jörg Ott", ld)], "Von Anna Berg"), ["Anna Berg", "Jörg Ott"]);
    assert_eq!(of(&[("Jörg Ott", ld)], "Geprüft von Anna Berg"), ["Jörg Ott"]);
    assert_eq!(of(&[("jott2", ld), ("Jörg Ott", MetaSource::MetaTag)], "Lesezeit"), ["Jörg Ott"]);
    assert_eq!(of(&[("jott2", ld)], "Lesezeit"), ["jott2"]);
    let first_only = [("Anna Berg", ld), ("Anna Berg", MetaSource::MetaTag), ("Jörg Ott", MetaSource::MetaTag)];
    assert_eq!(of(&first_only, "Lesezeit"), ["Anna Berg", "Jörg Ott"]);
}

#[test]
fn a_declared_team_stays_whatever_class_names_say() {
    let author = |name: &str, kind, source| Sourced::new(Author { name: name.to_owned(), kind }, source);
    let meta = Meta {
        authors: vec![
            author("Moorhude Redaktionsteam", AuthorKind::Person, MetaSource::JsonLd),
            author("Leser Sieben", AuthorKind::Person, MetaSource::Markup),
        ],
        ..Meta::default()
    };
    assert_eq!(choose(&meta, &[], &[], &[])[0].name, "Moorhude Redaktionsteam");
    let own = ["moorhude redaktionsteam".to_owned()];
    assert_eq!(choose(&meta, &[], &[], &own)[0].name, "Leser Sieben");
}
