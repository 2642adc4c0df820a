"""The wheel does what the program does, and its errors are Python's."""

import ast
import inspect
import json
import threading
import tomllib
from pathlib import Path

import pytest

import auslese

PAGE = """<!DOCTYPE html><html lang=de><head><title>Fähre fährt wieder</title><meta charset=iso-8859-1></head><body>
<nav><a href="/">Start</a> <a href="/rat">Rat</a></nav><h1>Fähre fährt wieder</h1>
<p>Die Fähre über die Elsche fährt seit Montag wieder. Wer nach Seefurt will, spart damit den Umweg über die Brücke.</p>
<p>Das Boot war acht Wochen in der Werft. Die Stadt rechnet mit 900 Fahrgästen am Tag, sagte die Leiterin des Hafens.</p>
<p><a href="/fahrplan">Der Fahrplan</a> gilt vorerst bis zum Ende des Jahres; danach soll der Rat neu beraten.</p>
</body></html>"""
URL = "https://seefurt.test/meldung"


def test_text_and_bytes_give_the_same_record():
    of_text = auslese.extract(PAGE, url=URL)
    of_bytes = auslese.extract(PAGE.encode("iso-8859-1"), url=URL)
    assert of_text["headline"] == "Fähre fährt wieder"
    assert of_text["text"].startswith("Die Fähre über die Elsche")
    assert of_text["url"] == URL and of_text["links"][0]["url"] == "https://seefurt.test/fahrplan"
    different = {key for key in of_text if of_text[key] != of_bytes[key]}
    assert different <= {"fetched_at", "http"}


def test_the_text_alone():
    assert auslese.extract_text(PAGE, URL) == auslese.extract(PAGE, URL)["text"]
    assert auslese.extract_text("<html><body></body></html>") == ""


def test_plain_text_is_told_by_its_look():
    assert "Elsche" in auslese.extract_text("Fähre fährt wieder\n\nDie Fähre über die Elsche fährt seit Montag wieder.\n" * 2)


def test_a_profile_can_be_named():
    assert auslese.extract(PAGE, url=URL, profile="_default")["profile"] == "_default"
    with pytest.raises(ValueError, match="there is no profile niemand.test"):
        auslese.extract(PAGE, profile="niemand.test")


def test_errors_are_pythons():
    with pytest.raises(auslese.ExtractError) as raised:
        auslese.extract(b"")
    assert raised.value.reason == "empty_body"
    assert isinstance(raised.value, ValueError)
    with pytest.raises(auslese.ExtractError) as raised:
        auslese.extract(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + bytes(range(32)))
    assert raised.value.reason == "binary"
    with pytest.raises(ValueError, match="seefurt/a is no address"):
        auslese.extract(PAGE, url="seefurt/a")
    for wrong in (7, None, ["a"], object()):
        with pytest.raises(TypeError, match="bytes or str"):
            auslese.extract(wrong)
    with pytest.raises(TypeError, match="bytes or str"):
        auslese.extract_many([PAGE, 7])


def test_a_record_is_what_json_makes_of_its_line():
    record = auslese.extract(PAGE, URL)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert list(record)[:2] == ["schema_version", "record_type"] and record["record_type"] == "article"


def test_text_that_is_not_unicode():
    """Half a surrogate pair: what `surrogateescape` or broken JSON leaves."""
    assert "Elsche" in auslese.extract_text(PAGE.replace("Montag", "\udce4 \ud83d"))


def test_many_in_their_order():
    pages = [(PAGE.replace("900", str(number)), f"{URL}/{number}") for number in range(50)]
    records = auslese.extract_many(pages, threads=4)
    assert [record["url"] for record in records] == [url for _, url in pages]
    assert all(f"{number} Fahrgästen" in record["text"] for number, record in enumerate(records))
    assert records[7]["text"] == auslese.extract(*pages[7])["text"]
    assert auslese.extract_many(iter([])) == []


def test_many_and_a_bad_one():
    pages = [PAGE, b"", (PAGE, None)]
    with pytest.raises(auslese.ExtractError):
        auslese.extract_many(pages)
    first, second, third = auslese.extract_many(pages, errors="none")
    assert second is None and first["text"] == third["text"]
    with pytest.raises(TypeError, match="many pages"):
        auslese.extract_many(PAGE)
    with pytest.raises(ValueError, match="errors is"):
        auslese.extract_many(pages, errors="maybe")


LARGE = PAGE.replace("</body>", "<p>Noch ein Absatz über die Fähre, den Hafen und die Stadt.</p>" * 40_000 + "</body>")


@pytest.mark.parametrize("call", [lambda: auslese.extract_text(LARGE, URL), lambda: auslese.extract_many([LARGE] * 4, threads=2)])
def test_other_threads_run_meanwhile(call):
    """The interpreter's lock is given back: a thread that counts goes on while large pages are extracted."""
    counted, ended = 0, threading.Event()

    def work():
        call()
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not ended.is_set():
        counted += 1
    thread.join()
    assert counted > 1000


HOSTILE = Path(__file__).parents[2] / "fixtures/hostile/pages"


def outcome(page):
    try:
        return auslese.extract(page, URL)["text"]
    except auslese.ExtractError as error:
        return error.reason


def test_no_panic_crosses():
    """Pages made to do harm give a record or a Python exception, as text, as bytes, alone and together."""
    pages = {path.stem: path for path in sorted(HOSTILE.glob("*.html"))}
    assert len(pages) > 40
    bodies = [path.read_bytes() for path in pages.values()]
    alone = dict(zip(pages, map(outcome, bodies)))
    for name, path in pages.items():
        dead = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8")).get("dead")
        assert dead is None or alone[name] == dead, name
        outcome(path.read_bytes().decode("latin-1"))
    many = auslese.extract_many([(body, URL) for body in bodies], threads=4, errors="none")
    for (name, expected), record in zip(alone.items(), many):
        assert record is None or record["text"] == expected, name


@pytest.mark.parametrize("part", ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "<b><p>", "<svg><foreignObject>", "</p></b>", "<p <"])
def test_depth_does_not_end_the_process(part):
    page = part * 20_000 + "Die Fähre kommt um neun."
    auslese.extract(page)
    thread = threading.Thread(target=auslese.extract_many, args=([page] * 2,))
    thread.start()
    thread.join()
    assert len(auslese.extract_many([page] * 2, threads=2)) == 2


def test_the_schema_names_every_field():
    assert set(auslese.schema()["properties"]) == set(auslese.extract(PAGE))


def stubs():
    return ast.parse(Path(auslese.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))


def test_the_stubs_say_what_the_functions_say():
    """Editors read the stubs, `help()` the functions."""
    said = {node.name: ast.get_docstring(node) for node in stubs().body if isinstance(node, ast.FunctionDef)}
    assert len(said) == 4
    for name, text in said.items():
        assert text == inspect.cleandoc(getattr(auslese, name).__doc__), name


def test_the_stubs_name_what_is_there():
    named = {node.name for node in stubs().body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert named | {"__version__"} == set(auslese.__all__)
