from __future__ import annotations

import base64
import gzip
import string
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from opsplay.runner.errors import LookupFailed
from opsplay.runner.inventory import load
from opsplay.runner.lookups import LOOKUPS, LookupContext, look_up
from opsplay.runner.missing import NO_HINT, Missing
from opsplay.runner.testing import make_context

Look = Callable[..., list[Any]]

VARIABLES: dict[str, Any] = {"port": 80, "name": "Li", "qz_1": "a", "qz_2": "b"}


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Call a lookup as a template of a playbook in the test's folder does."""
    (tmp_path / "role").mkdir()
    context = LookupContext(
        playbook_dir=tmp_path,
        search_path=(tmp_path / "role", tmp_path),
        templar=make_context(tmp_path, variables=VARIABLES).templar,
        inventory=load(["web1,web2,db"], tmp_path),
    )

    def call(name: str, *terms: Any, **options: Any) -> list[Any]:
        return look_up(LOOKUPS[name], terms, VARIABLES, context, options)

    return call


def fail(look: Look, name: str, *terms: Any, **options: Any) -> str:
    with pytest.raises(LookupFailed) as caught:
        look(name, *terms, **options)
    return str(caught.value)


def test_every_name_leads_to_a_function() -> None:
    for name in LOOKUPS:
        assert callable(LOOKUPS[name])
        assert LOOKUPS[f"ansible.builtin.{name}"] is LOOKUPS[name]


def test_config_refuses_what_is_no_name_and_what_it_cannot_do_about_a_missing_one(
    look: Look,
) -> None:
    assert "Invalid setting identifier, 5 is not a <class 'str'>" in fail(look, "config", 5)
    refused = fail(look, "config", "froks", on_missing="x")
    assert refused.startswith("Invalid value 'x' for config 'on_missing'")


def test_config_tells_what_means_nothing_here_as_ansible_has_it(look: Look) -> None:
    of_ssh = {"plugin_type": "connection", "plugin_name": "ssh"}
    assert look("config", "remote_user", "port", **of_ssh) == [None, None]
    assert look("config", "COLOR_OK", "nothing", on_missing="warn") == ["green"]
    assert look("config", "DEFAULT_REMOTE_USER", "DEFAULT_BECOME_METHOD") == [None, "sudo"]
    assert fail(look, "config", "nothing", **of_ssh) == (
        "No config definition exists for 'nothing' for 'ssh' connection plugin."
    )
    assert fail(look, "config", "port", plugin_name="ssh").startswith("Both plugin_type and")
    unknown = fail(look, "config", "port", plugin_type="connection", plugin_name="nosuch")
    assert unknown == "Unable to load connection plugin 'nosuch'."
    no_kind = fail(look, "config", "port", plugin_type="nosuch", plugin_name="ssh")
    assert no_kind.startswith("Invalid value 'nosuch' for config 'plugin_type'")


def test_config_tells_what_ansible_would_take_where_nothing_is_set(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HOME", "/srv/home")
    assert look("config", "DEFAULT_ROLES_PATH", "DEFAULT_LOCAL_TMP", "TAGS_RUN") == [
        ["/srv/home/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"],
        "/srv/home/tmp",
        [],
    ]


def test_config_gives_settings_by_either_name(look: Look) -> None:
    assert look("config", "forks", "DEFAULT_FORKS", "HOST_PATTERN_MISMATCH") == [5, 5, "error"]
    assert look("config", "froks", on_missing="skip") == []
    assert look("config", "DEFAULT_FORKS", show_origin=True) == [[5, "default"]]
    assert fail(look, "config", "froks") == (
        "No config definition exists for 'froks'; did you mean forks?"
    )


USERS = [{"name": "a", "groups": [1, 2]}, {"name": "b"}, {"skipped": True}]


@pytest.mark.parametrize(
    ("name", "terms", "expected"),
    [
        ("items", [1, [2, [3]], "x"], [1, 2, [3], "x"]),
        ("list", [1, [2]], [1, [2]]),
        ("flattened", [1, [2, [3, [4]]]], [1, 2, 3, 4]),
        ("indexed_items", ["a", ["b", "c"]], [(0, "a"), (1, "b"), (2, "c")]),
        ("dict", [{"a": 1}, {"b": 2}], [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
        ("nested", [["a", "b"], [1, 2]], [["a", 1], ["a", 2], ["b", 1], ["b", 2]]),
        ("nested", [["a"], [[1, 2]]], [["a", 1, 2]]),
        ("nested", ["ab", [1]], [["a", 1], ["b", 1]]),
        ("nested", [[[1, 2], [3]]], [[1, 2], [3]]),
        ("together", ["ab", [1]], [["a", 1], ["b", None]]),
        ("together", [["a", "b"], [1]], [["a", 1], ["b", None]]),
        ("random_choice", ["x"], ["x"]),
        ("random_choice", [], []),
        (
            "subelements",
            [USERS, "groups", {"skip_missing": True}],
            [({"name": "a"}, 1), ({"name": "a"}, 2)],
        ),
        (
            "subelements",
            [{"k": {"my": {"h": ["x"], "p": 1}}}, "my.h"],
            [({"my": {"p": 1}}, "x")],
        ),
        ("subelements", [{"skipped": True}, "x"], []),
        ("sequence", ["start=0 end=4 stride=2 format=u%02x"], ["u00", "u02", "u04"]),
        ("sequence", ["5-8"], ["5", "6", "7", "8"]),
        ("sequence", ["2-10/4"], ["2", "6", "10"]),
        ("sequence", ["4:host%02d"], ["host01", "host02", "host03", "host04"]),
        ("sequence", ["count=5"], ["1", "2", "3", "4", "5"]),
        ("sequence", ["start=1 count=3 stride=2"], ["1", "3", "5"]),
        ("sequence", ["start=0x0f00 count=2 format=%04x"], ["0f00", "0f01"]),
        ("sequence", ["start=10 end=0 stride=-5"], ["10", "5", "0"]),
        ("sequence", ["count=0"], []),
        ("sequence", ["start=0 count=2 stride=-1"], ["0", "-1", "-2", "-3"]),
        ("sequence", ["2", "count=1"], ["1", "2", "1"]),
        ("vars", ["port", "name"], [80, "Li"]),
        ("varnames", ["^qz_", "^na"], ["qz_1", "qz_2", "name"]),
        ("inventory_hostnames", ["all:!db"], ["web1", "web2"]),
        ("inventory_hostnames", ["nobody"], []),
        ("inventory_hostnames", [], []),
        ("pipe", ["echo hello; echo"], ["hello"]),
        ("pipe", ["pwd | sed s,.*/,,; cat"], None),
        ("lines", ["echo a; echo b", "echo c"], ["a", "b", "c"]),
    ],
)
def test_a_lookup_gives_a_list(
    look: Look, tmp_path: Path, name: str, terms: list[Any], expected: list[Any] | None
) -> None:
    assert look(name, *terms) == (expected or ([] if expected == [] else [tmp_path.name]))


@pytest.mark.parametrize(
    ("name", "terms", "options", "words"),
    [
        ("dict", [[1]], {}, "the 'dict' lookup plugin expects a dictionary, got '[1]'"),
        ("nested", [], {}, "with_nested requires at least one element"),
        ("together", [5], {}, "'int' object is not iterable"),
        ("nested", [5, [1]], {}, "'int' object is not iterable"),
        ("nested", [[1, 2]], {}, "'int' object is not iterable"),
        ("env", [5], {}, "'int' object has no attribute 'split'"),
        ("csvfile", [["Li"]], {}, "a term is a text, not list"),
        ("ini", ["x"], {"type": "toml"}, "Invalid value 'toml' for config 'type' for 'ini'"),
        ("sequence", [3], {}, "unknown error parsing with_sequence arguments: 3. Error was: expec"),
        ("password", ["db length=4 x"], {}, "Unrecognized value after key=value parameters"),
        (
            "subelements",
            [USERS, "groups"],
            {},
            "could not find 'groups' key in iterated item '{'name': 'b'}'",
        ),
        (
            "subelements",
            [USERS, "name"],
            {},
            "the key name should point to a list, got 'a'",
        ),
        ("sequence", ["x"], {}, "unrecognized arguments to with_sequence: 'x';"),
        ("sequence", [], {}, "must specify count or end in with_sequence"),
        (
            "sequence",
            ["start=5 end=1"],
            {},
            "to count backwards make stride negative",
        ),
        ("sequence", ["count=-1"], {}, "to count backwards make stride negative"),
        ("fileglob", [["*.txt"]], {}, "expected str, bytes or os.PathLike object, not list"),
        ("sequence", ["5:x"], {}, "bad formatting string: x;"),
        ("sequence", ["edn=5"], {}, "unrecognized arguments to with_sequence: ['edn'];"),
        (
            "pipe",
            ["echo no >&2; exit 3"],
            {},
            "lookup_plugin.pipe(echo no >&2; exit 3) returned 3",
        ),
        ("varnames", ["("], {}, 'Unable to use "(" as a search parameter: missing ), unterminated'),
        ("url", ["ftp://example.com/a"], {}, "ftp://example.com/a is no"),
        ("csvfile", [], {}, "Search key is required but was not found"),
        ("csvfile", [""], {}, "Search key is required but was not found"),
        ("csvfile", ["Li rwo=1"], {}, "'rwo' is not a valid option"),
        (
            "csvfile",
            ["Li"],
            {"file": "no.csv"},
            "expected str, bytes or os.PathLike object, not NoneType: there is no file 'no.csv'",
        ),
        (
            "subelements",
            ["x", "y"],
            {},
            "subelements lookup expects a list of two or three items",
        ),
        (
            "subelements",
            [[], "y", 1],
            {},
            "subelements lookup expects a list of two or three items",
        ),
        (
            "sequence",
            ["start=x end=3"],
            {},
            "Config 'start' for 'sequence' lookup plugin from 'Direct' has an invalid value: Inv",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    look: Look, name: str, terms: list[Any], options: Mapping[str, Any], words: str
) -> None:
    assert fail(look, name, *terms, **options).startswith(words)


def test_an_option_that_a_lookup_has_not_is_warned_of_and_left_out(tmp_path: Path) -> None:
    warned: list[str] = []
    context = LookupContext(
        playbook_dir=tmp_path,
        search_path=(tmp_path,),
        templar=make_context(tmp_path).templar,
        inventory=load(["web1,"], tmp_path),
        warn=warned.append,
    )
    assert look_up(LOOKUPS["lines"], ["echo a"], {}, context, {"rtsrip": 1}) == ["a"]
    assert warned == ["the lookup lines takes no option named rtsrip; there are: none"]


@pytest.mark.parametrize(
    ("rstrip", "expected"),
    [(None, "x"), ("yes", "x"), ("no", "x\n"), ("neither", "x\n"), (1, "x"), (0, "x\n")],
)
def test_an_option_is_on_or_off_by_words_and_null_leaves_it_out(
    look: Look, tmp_path: Path, rstrip: object, expected: str
) -> None:
    (tmp_path / "a").write_text("x\n")
    assert look("file", "a", rstrip=rstrip) == [expected]


def test_options_that_are_null_count_as_left_out(look: Look) -> None:
    assert look("env", "OPSPLAY_NOT_SET", default=None) == [""]
    assert look("sequence", end=2.0, start=None) == ["1", "2"]
    [password] = look("password", "/dev/null", length=None, chars=None)
    assert len(password) == 20


def test_bytes_that_are_no_text_are_kept(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9")
    assert [text.encode("utf-8", "surrogateescape") for text in look("file", "a")] == [b"caf\xe9"]
    assert look("pipe", "cat a") == look("file", "a")


def test_a_sequence_may_be_told_by_options_alone(look: Look) -> None:
    assert look("sequence", start=0, count=3, stride=2) == ["0", "2", "4"]


def test_variables_are_rendered_and_may_have_a_default(look: Look) -> None:
    assert look("vars", "nosuch", "port", default="x") == ["x", 80]
    [missing] = look("vars", "prot")
    with pytest.raises(UndefinedError, match="No variable named 'prot' was found"):
        str(missing)


def test_a_variable_of_the_environment_or_a_default_is_found(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPLAY_TEST", "yes")
    assert look("env", "OPSPLAY_TEST", "OPSPLAY_NOT_SET") == ["yes", ""]
    assert look("env", "OPSPLAY_NOT_SET", default="x") == ["x"]
    [missing] = look("env", "OPSPLAY_NOT_SET", default=Missing(hint=NO_HINT))
    with pytest.raises(UndefinedError, match="The environment variable 'OPSPLAY_NOT_SET' is not"):
        str(missing)
    [missing] = look("env", "OPSPLAY_NOT_SET", default=Missing(hint="Set it!"))
    with pytest.raises(UndefinedError, match="Set it!"):
        str(missing)


def test_the_ends_of_the_lines_of_a_file_stay_as_they_are(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\ny\r\n")
    assert look("file", "a") == ["x\r\ny"]


def test_a_file_lies_in_files_or_beside_the_playbook(look: Look, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a").write_text(" in files \n")
    (tmp_path / "a").write_text("beside\n")
    (tmp_path / "b").write_text("{{ 1 + 1 }}\n")
    assert look("file", "a", "b") == [" in files", "{{ 1 + 1 }}"]
    assert look("file", "a", lstrip=True, rstrip=False) == ["in files \n"]
    assert look("file", str(tmp_path / "a")) == ["beside"]
    (tmp_path / "role/a").write_text("in the role")
    assert look("file", "a") == ["in the role"]
    assert fail(look, "file", "nosuch") == (
        f"Unable to access the file 'nosuch': File not found; looked for\n"
        f"  {tmp_path}/role/files/nosuch\n"
        f"  {tmp_path}/role/nosuch\n  {tmp_path}/files/nosuch\n  {tmp_path}/nosuch"
    )


def test_an_address_may_be_that_of_a_file(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo\n")
    assert look("url", f"file://{tmp_path}/a") == ["one", "two"]


def test_a_template_of_one_expression_keeps_its_type(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{% set two = 2 %}\n{{ [1, two] }}\n")
    assert look("template", "a.j2") == [[1, 2]]


def test_a_template_knows_its_path_as_the_lookup_was_given_it(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{{ template_path }} {{ template_fullpath }}")
    assert look("template", "a.j2", "a.j2") == [f"a.j2 {tmp_path}/templates/a.j2"] * 2


def test_a_template_includes_first_what_lies_beside_it(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates/mail").mkdir(parents=True)
    (tmp_path / "templates/mail/part.j2").write_text("of mail")
    (tmp_path / "templates/part.j2").write_text("of all")
    (tmp_path / "templates/mail/a.j2").write_text("{% include 'part.j2' %}")
    assert look("template", "mail/a.j2") == ["of mail"]


def test_a_template_is_rendered(look: Look, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{{ name }} on {{ port }} {{ more }}\n")
    assert look("template", "a.j2", template_vars={"more": "!"}) == ["Li on 80 !\n"]
    (tmp_path / "templates/b.j2").write_text("[[ name ]] {{ name }} [# no #]\n")
    brackets = {"variable_start_string": "[[", "variable_end_string": "]]"}
    comments = {"comment_start_string": "[#", "comment_end_string": "#]"}
    assert look("template", "b.j2", **brackets, **comments) == ["Li {{ name }} \n"]


def test_files_are_found_by_patterns(look: Look, tmp_path: Path) -> None:
    (tmp_path / "files/sub").mkdir(parents=True)
    for name in ("files/b.txt", "files/a.txt", "c.txt", "files/sub/d.txt", "e.md"):
        (tmp_path / name).touch()
    found = [f"{tmp_path}/files/a.txt", f"{tmp_path}/files/b.txt"]
    assert look("fileglob", "*.txt") == found
    assert look("fileglob", "sub/*.txt", "*.md") == [
        f"{tmp_path}/files/sub/d.txt",
        f"{tmp_path}/e.md",
    ]
    assert look("fileglob", f"{tmp_path}/*.txt") == [f"{tmp_path}/c.txt"]
    assert look("fileglob", "*.nosuch") == []


def test_the_first_file_that_exists(look: Look, tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    (tmp_path / "vars").mkdir()
    (tmp_path / "vars/debian.yml").touch()
    here, debian = f"{tmp_path}/here", f"{tmp_path}/vars/debian.yml"
    assert look("first_found", ["nosuch", "here"]) == [here]
    assert look("first_found", "nosuch", "here") == [here]
    assert look("first_found", {"files": ["x.yml", "debian.yml"], "paths": ["vars"]}) == [debian]
    assert look("first_found", files=["x.yml", "debian.yml"], paths="no:vars") == [debian]
    assert look("first_found", "vars/../vars/debian.yml") == [debian]
    assert look("first_found", "x", skip=True) == []
    assert look("first_found", {"files": "x,y", "skip": True}) == []
    assert (
        fail(look, "first_found", "x", "y")
        == "No file was found when using first_found. Looked for: x, y"
    )


def test_rows_of_a_table(look: Look, tmp_path: Path) -> None:
    (tmp_path / "elements.csv").write_text('Symbol,Number,Mass\nLi,3,"6,94"\nHe,2,4.0\n')
    (tmp_path / "tabs.tsv").write_text("two words\tx\n")
    csv = {"file": "elements.csv", "delimiter": ","}
    assert look("csvfile", "Li", "He", **csv) == ["3", "2"]
    assert look("csvfile", "Li", **csv, col=2) == ["6,94"]
    assert look("csvfile", "2", **csv, col=0, keycol=1) == ["He"]
    assert look("csvfile", "nosuch", **csv) == []
    assert look("csvfile", "nosuch", **csv, default="?") == ["?"]
    assert look("csvfile", "Li file=elements.csv delimiter=, col=2") == ["6,94"]
    assert look("csvfile", "two words", file="tabs.tsv") == ["x"]


def test_settings_of_an_ini_file(look: Look, tmp_path: Path) -> None:
    (tmp_path / "users.ini").write_text("[section1]\nUser=a%%b\nother=c\n[global]\nflag\nx=1\n")
    (tmp_path / "user.properties").write_text("user.name=Bob\n")
    ini = {"file": "users.ini", "allow_no_value": True}
    assert look("ini", "user", section="section1", **ini) == ["a%b"]
    assert look("ini", "user", section="section1", interpolation=False, **ini) == ["a%%b"]
    assert look("ini", ".*r$", section="section1", re=True, **ini) == ["a%b", "c"]
    assert look("ini", "user", section="section1", case_sensitive=True, **ini) == [""]
    assert look("ini", "x", "nosuch", "flag", default="d", **ini) == ["1", "d"]
    assert look("ini", "nosuch", default=[1, 2], **ini) == [1, 2]
    (tmp_path / "common.ini").write_text("[DEFAULT]\nx=é\n")
    assert look("ini", "x", section="DEFAULT", file="common.ini") == ["é"]
    assert look("ini", "user section=section1 file=users.ini", allow_none=True) == ["a%b"]
    assert look("ini", "user.name", type="properties", file="user.properties") == ["Bob"]
    assert "No section 'nosuch' in 'users.ini'." in fail(look, "ini", "x", section="nosuch", **ini)


def test_options_in_a_term_may_have_blanks_and_count_for_the_terms_after_it(
    look: Look, tmp_path: Path
) -> None:
    (tmp_path / "a.ini").write_text("[one two]\nmy name=x\ny=z\n")
    assert look("ini", "my name section=one two file=a.ini", "y") == ["x", "z"]
    told = "No key to look up was provided as first term within string inline options: file=a.ini"
    assert fail(look, "ini", "file=a.ini") == told
    assert fail(look, "ini", "y fiel=a.ini").startswith("'fiel' is not a valid option.")
    (tmp_path / "a.csv").write_text("x,1,2\ny,3,4\n")
    assert look("csvfile", "x file=a.csv delimiter=, col=2", "y") == ["2", "4"]
    assert look("csvfile", "z", file="a.csv", delimiter=",", default=[1, 2]) == [1, 2]
    assert "Invalid value provided for 'int': 'a'" in fail(look, "csvfile", "x col=a")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a]\nx=1\nx=2\n", "Duplicate option in 'wrong.ini'"),
        ("x=1\n", "File contains no section headers"),
        ("[a]\nx=%y\n", "'%' must be followed by '%' or '('"),
    ],
)
def test_a_wrong_ini_file_is_told(look: Look, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "wrong.ini").write_text(text)
    assert told in fail(look, "ini", "x", section="a", file="wrong.ini")


def test_a_password_is_made_up_once(look: Look, tmp_path: Path) -> None:
    (first,) = look("password", "secrets/db", length=12, chars=["digits"])
    assert len(first) == 12
    assert set(first) <= set(string.digits)
    assert look("password", "secrets/db length=99") == [first]
    path = tmp_path / "secrets/db"
    assert path.read_text() == f"{first}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_password_that_is_hashed_keeps_its_salt(look: Look, tmp_path: Path) -> None:
    (first,) = look("password", "db", encrypt="md5_crypt")
    assert first.startswith("$1$")
    assert look("password", "db", encrypt="md5_crypt") == [first]
    (plain,) = look("password", "db")
    salt = first.split("$")[2]
    assert (tmp_path / "db").read_text() == f"{plain} salt={salt}\n"


def test_the_variant_of_a_hash_is_kept_and_cannot_be_contradicted(
    look: Look, tmp_path: Path
) -> None:
    (first,) = look("password", "db", encrypt="bcrypt")
    assert (tmp_path / "db").read_text().endswith(" ident=2b\n")
    assert look("password", "db", encrypt="bcrypt", ident="2b") == [first]
    assert fail(look, "password", "db", encrypt="bcrypt", ident="2a") == (
        "The ident parameter provided (2b) does not match the stored one (2a)."
    )


def test_a_password_from_a_seed_is_that_of_ansible(look: Look) -> None:
    assert look("password", "/dev/null", seed="abc") == ["6TTuIhBjbajOIpXYV3o6"]
    inline = "/dev/null length=5 chars=ascii_letters,digits,.,,,:-_"
    assert len(look("password", inline, seed="abc")[0]) == 5
    assert look("password", "/dev/null") != look("password", "/dev/null")


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        login = base64.b64encode(b"bob:pw").decode()
        wanted = f"Basic {login}"
        if self.path == "/moved":
            self._answer(302, b"", {"Location": "/lines"})
        elif self.path == "/secret" and self.headers["Authorization"] != wanted:
            self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        elif self.path == "/packed":
            self._answer(200, gzip.compress(b"eins"), {"Content-Encoding": "gzip"})
        elif self.path == "/nosuch":
            self._answer(404, b"", {})
        else:
            self._answer(200, f"{self.headers['X-Test']}\nzwei\n".encode(), {})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_variables_may_say_how_an_address_is_asked(
    look: Look, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VARIABLES, "ansible_lookup_url_follow_redirects", "no")
    assert "302" in fail(look, "url", f"http://{address}/moved")
    assert look("url", f"http://{address}/moved", follow_redirects="all") == ["None", "zwei"]
    monkeypatch.setenv("ANSIBLE_LOOKUP_URL_TIMEOUT", "soon")
    assert "Invalid value provided for 'float': 'soon'" in fail(look, "url", f"http://{address}/")
    assert look("url", f"http://{address}/lines", timeout=9) == ["None", "zwei"]


def test_a_login_may_stand_in_a_file_of_logins(
    look: Look, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logins").write_text("machine 127.0.0.1 login bob password pw\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "logins"))
    assert look("url", f"http://{address}/secret") == ["None", "zwei"]
    assert "401" in fail(look, "url", f"http://{address}/secret", use_netrc=False)
    assert "401" in fail(look, "url", f"http://{address}/secret", username="ann", password="pw")
    (tmp_path / "logins").write_text("nonsense\n")
    assert fail(look, "url", f"http://{address}/") == (
        f"{tmp_path}/logins cannot be read; use_netrc=false does without it"
    )


def test_what_lies_at_an_address(look: Look, address: str) -> None:
    web = f"http://{address}"
    assert look("url", f"{web}/lines", headers={"X-Test": "eins"}) == ["eins", "zwei"]
    assert look("url", f"{web}/moved", split_lines=False) == ["None\nzwei\n"]
    test = {"headers": {"X-Test": "eins"}}
    assert look("url", f"{web}/moved", **test) == ["eins", "zwei"]
    assert look("url", f"{web}/moved", **test, unredirected_headers=["x-test"]) == ["None", "zwei"]
    assert look("url", f"{web}/lines", **test, unredirected_headers=["x-test"]) == ["eins", "zwei"]
    assert look("url", f"{web}/secret", username="bob", password="pw") == ["None", "zwei"]
    assert look("url", f"http://bob:pw@{address}/secret", use_proxy=False) == ["None", "zwei"]
    login = {"username": "bob", "password": "pw", "force_basic_auth": True}
    assert look("url", f"{web}/secret", **login) == ["None", "zwei"]
    assert fail(look, "url", f"{web}/nosuch") == (
        f"Received HTTP error for {web}/nosuch: HTTP Error 404: Not Found"
    )
    assert "401" in fail(look, "url", f"http://x:secret@{address}/secret")
    assert "secret@" not in fail(look, "url", f"http://x:secret@{address}/secret")
    assert "302" in fail(look, "url", f"{web}/moved", follow_redirects="no")
    assert look("url", f"{web}/packed") == ["eins"]
    assert fail(look, "url", f"{web}/moved", follow_redirects="perhaps").startswith(
        "Invalid value 'perhaps' for config 'follow_redirects'"
    )


def test_an_address_where_nobody_answers(look: Look) -> None:
    assert "Failed lookup url for http://127.0.0.1:9/: <urlopen error [Errno" in fail(
        look, "url", "http://127.0.0.1:9/"
    )
