"""Modules in Python that use AnsibleModule to keep files."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from played import Play, lay, result


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("owner: nobody-here", "chown failed: failed to look up user nobody-here"),
        ("mode: bogus", "mode must be in octal or symbolic form"),
    ],
)
def test_access_that_cannot_be_given_ends_the_module(
    play: Play, tmp_path: Path, argument: str, words: str
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({"path": {"type": "path"}}, add_file_common_args=True)
        wanted = module.load_file_common_arguments(module.params)
        module.set_fs_attributes_if_different(wanted, False)
    """
    lay(tmp_path, "library/go.py", text)
    (tmp_path / "a").write_text("old")
    step = f"{{name: it, go: {{path: {tmp_path / 'a'}, {argument}}}, ignore_errors: true}}"
    got = result(play, f"- {step}")
    assert (got["msg"], got["size"]) == (words, 3)


@pytest.mark.parametrize("given", ["path", "path.encode()"])
def test_modules_keep_files_and_remove_their_own(play: Play, tmp_path: Path, given: str) -> None:
    text = f"""
        from ansible.module_utils.basic import *
        module = AnsibleModule({{"path": {{"type": "path"}}}}, supports_check_mode=True)
        path = module.params["path"]
        path = {given}
        module.set_mode_if_different(path, "0600", False)
        module.add_cleanup_file(path)
        module.exit_json(kept=module.backup_local(path), none=module.backup_local("/no/such"))
    """
    lay(tmp_path, "library/go.py", text)
    (tmp_path / "a").write_text("old")
    got = result(play, f"- {{name: it, go: {{path: {tmp_path / 'a'}}}}}")
    assert (Path(got["kept"]).read_text(), got["none"]) == ("old", "")
    assert not (tmp_path / "a").exists()


def test_a_module_gives_files_the_access_that_is_wanted(play: Play, tmp_path: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({"dest": {}}, add_file_common_args=True, supports_check_mode=True)
        args, diff = module.load_file_common_arguments(module.params), {}
        changed = module.set_fs_attributes_if_different(args, False, diff)
        module.exit_json(changed=changed, dest=module.params["dest"], told=diff)
    """
    lay(tmp_path, "library/own.py", text)
    lay(tmp_path, "a", "four")
    (tmp_path / "a").chmod(0o644)
    step = f"- {{name: it, own: {{dest: {tmp_path}/a, mode: '0600'}}}}"
    assert result(play, step, "--check")["changed"]
    first, again = result(play, step), result(play, step)
    assert (first["changed"], again["changed"]) == (True, False)
    assert (first["mode"], first["size"], first["state"]) == ("0600", 4, "file")
    assert first["told"] == {"before": {"mode": "0644"}, "after": {"mode": "0600"}}
    assert again["told"] == {}


def test_a_result_tells_what_its_file_is_like_and_not_what_the_module_says_of_it(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({"path": {}})
        module.exit_json(path=module.params["path"], state="present", size=-1)
    """
    lay(tmp_path, "library/go.py", text)
    lay(tmp_path, "a", "four")
    there = result(play, f"- {{name: it, go: {{path: {tmp_path}/a}}}}")
    absent = result(play, f"- {{name: it, go: {{path: {tmp_path}/b}}}}")
    assert (there["state"], there["size"]) == ("file", 4)
    assert (absent["state"], absent["size"]) == ("present", -1)


@pytest.mark.parametrize(
    ("before", "options", "mode"),
    [
        (None, "", 0o640),
        (0o751, "", 0o751),
        (0o751, ", keep_dest_attrs=False", 0o600),
    ],
)
def test_a_file_that_takes_the_place_of_another_gets_its_access_and_a_new_one_the_usual(
    play: Play, tmp_path: Path, before: int | None, options: str, mode: int
) -> None:
    text = f"""
        from ansible.module_utils.basic import *
        import os
        os.umask(0o027)
        module = AnsibleModule({{}})
        module.append_to_file("new", "new")
        os.chmod("new", 0o600)
        module.atomic_move(b"new", "old"{options})
        module.exit_json()
    """
    lay(tmp_path, "library/go.py", text)
    old = tmp_path / "old"
    if before is not None:
        old.touch(before)
        old.chmod(before)
    result(play, "- {name: it, go: }")
    assert (old.read_text(), old.stat().st_mode & 0o7777) == ("new", mode)


def test_a_file_that_cannot_take_the_place_of_another_ends_the_module(
    play: Play, tmp_path: Path
) -> None:
    text = """
        from ansible.module_utils.basic import *
        AnsibleModule({}).atomic_move("/no/new", "old")
    """
    lay(tmp_path, "library/go.py", text)
    told = "Module failed: Could not replace 'old' with '/no/new': [Errno 2] No such file"
    assert told in result(play, "- {name: it, go: }")["msg"]


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no other file system")
def test_a_file_from_another_file_system_does_not_go_where_a_link_leads(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "far").write_text("far")
    (tmp_path / "link").symlink_to("far")
    with NamedTemporaryFile("w", dir="/dev/shm", delete=False) as new:
        new.write("new")
    text = f"""
        from ansible.module_utils.basic import *
        AnsibleModule({{}}).atomic_move({new.name!r}, "link")
    """
    lay(tmp_path, "library/go.py", text)
    result(play, "- {name: it, go: }")
    assert not Path(new.name).exists()
    assert ((tmp_path / "far").read_text(), (tmp_path / "link").read_text()) == ("far", "new")
