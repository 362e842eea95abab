"""The loader: PyYAML's values without its traps, places that point at the text, bounds."""

from __future__ import annotations

import gc
import math
import os
import socket
from pathlib import Path

import pytest

from opsplay.runner import source
from opsplay.runner.errors import Place, PlaybookError
from opsplay.runner.loader.compose import MAX_ALIASED, MAX_DEPTH, PurePythonParser, fastest_parser
from opsplay.runner.source import Document, MapNode, SeqNode, Template, load, parse


@pytest.fixture(params=[fastest_parser(), PurePythonParser], ids=["fastest", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "fastest_parser", lambda: request.param)


def problems(text: str) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        parse(text, "x.yml")
    return [str(problem) for problem in caught.value.problems]


def mapping(document: Document) -> MapNode:
    assert isinstance(document.value, MapNode)
    return document.value


def at(document: Document, place: Place) -> str:
    """The text from a place to the end of its line."""
    return document.text.splitlines()[place.line - 1][place.column - 1 :]


# Values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("190:20:30.15", "190:20:30.15"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31 12:00:00Z", "2024-01-31 12:00:00Z"),
        ("0644", "0644"),
        ("007", "007"),
        ("0", 0),
        ("-1_000", -1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", "0o17"),
        ("1.50", 1.5),
        ("1e5", "1e5"),
        ("1.0e+5", 100000.0),
        ("-.inf", -math.inf),
        ("yes", True),
        ("Off", False),
        ("n", "n"),
        ("~", None),
        ("", None),
        ("Null", None),
        ('"yes"', "yes"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("! 1", 1),
        ('!!int "5"', 5),
        ("!!float 5", 5.0),
        ("!!binary |\n  aM\n  Op", "hé"),
        ('!!bool "no"', False),
        ("!unsafe '{{ x }}'", "{{ x }}"),
        ("!unsafe 5", 5),
        ("!unsafe yes", True),
        ("!unsafe", None),
        ("!unsafe '5'", 5),
        ("!unsafe 'yes'", True),
        ("!!seq [1]", [1]),
        ("!!map {a: 1}", {"a": 1}),
        ("!!set {a, b}", ["a", "b"]),
        ("!!omap [a: 1, b: [2]]", [["a", 1], ["b", [2]]]),
        ("!!pairs [a: 1, a: 2, b]", [["a", 1], ["a", 2], "b"]),
        ("1.2.3", "1.2.3"),
        ("-", [None]),
        ("--x", "--x"),
    ],
)
def test_scalars_mean_what_they_mean_to_ansible_less_the_traps(text: str, value: object) -> None:
    read = parse(text, "x").value
    assert read == value
    assert type(read) is type(value) or isinstance(read, list | dict)


def test_text_with_jinja_marks_is_a_template_and_nothing_else_is() -> None:
    document = parse("a: x {{ y }}\nb: '{% if %}'\nc: '{# #}'\nd: '{ x }'\ne: !unsafe '{{ }}'", "x")
    kinds = {key: type(value) for key, value in mapping(document).items()}
    assert kinds == {"a": Template, "b": Template, "c": Template, "d": str, "e": str}
    assert document.templates == ("x {{ y }}", "{% if %}", "{# #}")


def test_unsafe_on_a_mapping_holds_for_all_inside() -> None:
    document = parse("a: !unsafe {b: ['{{ x }}']}\nc: '{{ x }}'", "x")
    assert len(document.templates) == 1


def test_aliases_and_merge_keys() -> None:
    document = parse(
        "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
        "one: {<<: *base, b: 9}\ntwo: {<<: [*base, *more], d: 5}\nsame: *base\n",
        "x",
    )
    value = mapping(document)
    assert value["one"] == {"a": 1, "b": 9}
    assert value["two"] == {"a": 1, "b": 2, "c": 4, "d": 5}
    assert value["same"] is value["base"]


def test_a_merged_key_has_the_place_where_it_was_written() -> None:
    document = parse("base: &base\n  a: 1\none:\n  <<: *base\n", "x")
    one = mapping(document)["one"]
    assert isinstance(one, MapNode)
    assert one.key_places["a"] == Place("x", 2, 3)


def test_quoted_merge_key_is_a_key() -> None:
    assert parse("'<<': {a: 1}", "x").value == {"<<": {"a": 1}}


def test_head_marker_byte_order_mark_and_nothing_but_comments() -> None:
    assert parse("\ufeff---\na: 1\n...\n", "x").value == {"a": 1}
    assert parse("# nothing\n", "x").value is None


# Places -------------------------------------------------------------------------------------


def test_every_node_knows_its_place() -> None:
    document = parse("a:\n  - b: 测试\n    c: [1, x]\r\n  - d\n", "x")
    items = mapping(document)["a"]
    assert isinstance(items, SeqNode)
    first = items[0]
    assert isinstance(first, MapNode)
    assert mapping(document).value_places["a"] == Place("x", 2, 3)
    assert first.key_places == {"b": Place("x", 2, 5), "c": Place("x", 3, 5)}
    assert first.value_places == {"b": Place("x", 2, 8), "c": Place("x", 3, 8)}
    assert items.places == [Place("x", 2, 5), Place("x", 4, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "a: 测 {{ MARK }} b",
        "a: '{{ MARK }}'",
        "a: 'it''s {{ MARK }}'",
        'a: "\\u6d4b\\t\\" \\\n   {{ MARK }}"',
        'a: "{{ x }}\n\n  then {{ MARK }}"',
        "a: |\n\n    first {{ x }}\n      then {{ MARK }}\n",
        "a: |2-\n    first {{ x }}\n  then {{ MARK }}\n",
        "a: >- # why\n  first\n  then {{ MARK }}\n\n  more\n",
        "a: first {{ x }}\n  then {{ MARK }}\n",
        "- [x, {b: '{{ MARK }}'}]",
        "? '{{ MARK }}'\n: x",
    ],
)
def test_a_template_finds_its_characters_in_the_file(text: str) -> None:
    document = parse(text, "x")
    (template,) = document.templates
    for offset in (template.index("MARK"), template.index("MARK") + 3, template.index("{{")):
        assert at(document, template.at(offset)).startswith(template[offset])
    assert at(document, template.at(template.index("MARK"))).startswith("MARK")


def test_a_blank_inside_a_template_is_found_too() -> None:
    document = parse("a: '{{  x }}'", "x")
    assert document.templates[0].at(3) == Place("x", 1, 8)


def test_plain_text_is_found_again_when_asked_for() -> None:
    document = parse("a: 1\nwhen: \"x ==\n  'y'\"\n", "x")
    value = mapping(document)
    text = document.written(str(value["when"]), value.value_places["when"])
    assert at(document, text.at(text.index("y"))).startswith("y'")


def test_a_template_from_elsewhere_counts_its_columns() -> None:
    assert Template("{{ x }}", Place("-e", 1, 1)).at(3) == Place("-e", 1, 4)


# Traps told ---------------------------------------------------------------------------------


def test_words_for_booleans_among_texts_are_warned_of() -> None:
    document = parse("a: [gb, no, true, se]\nb: [yes, no]\noff: 1\n", "x.yml")
    item, key = map(str, document.warnings)
    assert item == (
        "x.yml:1:9: this item of a list of texts is the boolean false, as `no` is in YAML"
        ' (write "no" if it is a text)'
    )
    assert key.startswith("x.yml:3:1: this key is the boolean false, as `off` is in YAML")
    assert document.words[Place("x.yml", 2, 5)] == "yes"


def test_a_duplicate_key_names_both_places() -> None:
    assert problems("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "x.yml:4:3: Found duplicate mapping key 'c'. The first is in line 3, column 3",
        "x.yml:5:1: Found duplicate mapping key 'a'. The first is in line 1, column 1",
    ]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("ignore", []),
        ("warn", ["x.yml:2:1: Found duplicate mapping key 'a'. The first is in line 1, column 1"]),
    ],
)
def test_of_duplicate_keys_the_last_one_counts_if_the_environment_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, wanted: str, told: list[str]
) -> None:
    monkeypatch.setenv("ANSIBLE_DUPLICATE_YAML_DICT_KEY", wanted)
    document = parse("a: 1\na: 2\n", "x.yml")
    assert document.value == {"a": 2}
    assert [*map(str, document.warnings)] == told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!binary aGVsbG8", "this is not a text in base64"),
        ("a: !!binary /w==", "this is not a text in base64"),
        ("a: !!python/object/apply:os.system [x]", "asks for a Python object, which is never made"),
        ("a: !!set [b]", "the tag !!set is not supported"),
        ("a: !vault [x]", "what is encrypted (!vault) is a text"),
        ("a: =", "a lone = has a meaning of its own"),
        ("a: !!int x", "'x' is not what the tag !!int says"),
        (f"a: {'9' * 5000}", "a whole number of 5000 digits"),
        ("? [a]\n: b", "a key must be a text or a number"),
        ("a: {{ x }}", 'must be quoted (write a: "{{ x }}")'),
        ("a: [{{ x }}, b]", 'must be quoted (write a: ["{{ x }}", b])'),
        ("{{ x }}: b", 'must be quoted (write "{{ x }}": b)'),
        ("<<: 1", "<< takes a mapping"),
        ("x: &a {}\n<<: *a\n<<: *a\n", "<< appears twice"),
        ("&a [*a]", "lies inside what it stands for"),
        ("a: *b", "YAML parsing failed: Found undefined alias. (no &b comes before it"),
        ("a: !b c", "YAML parsing failed: Could not determine a constructor for the tag '!b'."),
        ("a: 1\n--- \nb: 1", "but found another document."),
        ("a: \x1b[0m", "the control character U+001B"),
        ("a: \ud800", "the control character U+D800"),
    ],
)
def test_what_is_not_read_is_refused_in_words(text: str, words: str) -> None:
    (told,) = problems(text)
    assert words in told


def test_one_unquoted_template_is_one_problem() -> None:
    (told,) = problems("a: {{ x }} and more\n")
    words = "YAML parsing failed: This may be an issue with missing quotes around a template block"
    assert told.startswith(f"x.yml:1:4: {words}: a value that begins with {{{{ must be quoted")
    assert told.endswith('(write a: "{{ x }} and more")')


# Bounds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_deep_nesting_is_refused(text: str) -> None:
    (told,) = problems(text)
    assert f"nested more than {MAX_DEPTH} levels deep" in told


def test_nesting_through_aliases_is_refused() -> None:
    links = "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 200))
    assert "nested more than" in problems("- &a0 []\n" + links)[0]


def test_an_alias_bomb_is_refused() -> None:
    links = "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert f"more than {MAX_ALIASED:,} values" in problems("- &a0 [x]\n" + links)[0]


def test_an_alias_bomb_of_one_long_text_is_refused() -> None:
    text = f"- &a {'x' * 100_000}\n- [{', '.join(['*a'] * 1000)}]"
    assert f"more than {MAX_ALIASED:,} values" in problems(text)[0]


def test_a_chain_of_merge_keys_is_refused() -> None:
    links = "".join(f"- &a{n} {{<<: *a{n - 1}, k{n}: 1}}\n" for n in range(1, 1000))
    assert f"more than {MAX_ALIASED:,} values" in problems("- &a0 {k: 1}\n" + links)[0]


def test_the_collector_pauses_for_big_files_and_goes_on_after_an_error() -> None:
    big = "".join(f"a{number}: b\n" for number in range(2_500))
    parse(big, "x")
    problems(big + "[")
    assert gc.isenabled()


# Files --------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(PlaybookError) as caught:
        load(path)
    (problem,) = caught.value.problems
    return str(problem).replace(str(path), path.name)


def test_a_file_is_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes("\ufeffa: 测试\r\n".encode())
    document = load(path)
    assert document.value == {"a": "测试"}
    assert document.path == path


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a: \xb2\xe2", "x.yml:1:4: the byte 0xb2 is not UTF-8 (save the file as UTF-8)"),
        (b"\xef\xbb\xbfa: 1\nb: \xff", "x.yml:2:4: the byte 0xff is not UTF-8"),
        (b"\x7fELF\0\0", "x.yml is a binary file, not YAML"),
        ("a: 1".encode("utf-16"), "x.yml is UTF-16; save it as UTF-8"),
        (b"# " + b"x" * source.MAX_BYTES, "x.yml is larger than 16 MB"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(data)
    assert refusal(path).startswith(told)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.yml"
    folder.mkdir()
    assert refusal(folder) == "folder.yml cannot be read: Is a directory"
    assert refusal(tmp_path / "none.yml") == "none.yml cannot be read: No such file or directory"
    loop = tmp_path / "loop.yml"
    loop.symlink_to(loop)
    assert refusal(loop) == "loop.yml cannot be read: Too many levels of symbolic links"
    assert "null" in refusal(Path("a\0b"))


def test_a_pipe_without_a_writer_and_a_socket_do_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yml"
    os.mkfifo(pipe)
    assert load(pipe).value is None
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.yml"))
        assert "cannot be read" in refusal(tmp_path / "socket.yml")
