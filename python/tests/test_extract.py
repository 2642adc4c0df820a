"""The wheel does what the program does, and its errors are Python's."""

import threading

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
    with pytest.raises(TypeError):
        auslese.extract(7)


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


def test_other_threads_run_meanwhile():
    """The interpreter's lock is given back: a thread that counts goes on while a large page is extracted."""
    large = PAGE.replace("</body>", "<p>Noch ein Absatz über die Fähre, den Hafen und die Stadt.</p>" * 40_000 + "</body>")
    counted, ended = 0, threading.Event()

    def work():
        auslese.extract_text(large, URL)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not ended.is_set():
        counted += 1
    thread.join()
    assert counted > 1000


def test_the_schema_names_every_field():
    assert set(auslese.schema()["properties"]) == set(auslese.extract(PAGE))


def test_the_stubs_name_what_is_there():
    import ast
    from pathlib import Path

    stubs = ast.parse(Path(auslese.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    named = {node.name for node in stubs.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert named | {"__version__"} == set(auslese.__all__)
