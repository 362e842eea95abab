from __future__ import annotations

import json
import os
import socket
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, TaskError
from opsplay.tasks import setup
from opsplay.tasks.facts import storage, system

if TYPE_CHECKING:
    from collections.abc import Callable


def facts(ctx: Context, **arguments: Any) -> dict[str, Any]:
    result = setup.run(setup.Params(**{"fact_path": "facts.d", **arguments}), ctx)
    assert not result.changed
    return dict(result.facts)


def only(ctx: Context, subset: str, **arguments: Any) -> dict[str, Any]:
    return facts(ctx, gather_subset=["!all", "!min", subset], **arguments)


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_what_is_told_of_this_machine(contexts: Callable[..., Context]) -> None:
    found = facts(contexts(check=True, environment={"OWN": "1"}))
    assert found["ansible_nodename"] == socket.gethostname()
    assert found["ansible_hostname"] == socket.gethostname().partition(".")[0]
    assert (found["ansible_system"], found["ansible_kernel"]) == (
        os.uname().sysname,
        os.uname().release,
    )
    assert (found["ansible_user_uid"], found["ansible_env"]["OWN"]) == (os.geteuid(), "1")
    assert found["ansible_processor_vcpus"] == os.cpu_count()
    assert found["ansible_memtotal_mb"] > found["ansible_memfree_mb"] > 0
    assert found["ansible_date_time"]["epoch"].isdigit()
    assert found["ansible_python"]["version"]["major"] == 3
    assert (
        "/" in [mount["mount"] for mount in found["ansible_mounts"]] or not found["ansible_mounts"]
    )
    assert (found["gather_subset"], found["module_setup"]) == (["all"], True)
    assert found["ansible_selinux"]["status"] in ("enabled", "disabled")
    assert found["ansible_selinux_python_present"] is True
    assert found["ansible_fips"] in (True, False)
    assert json.dumps(found)


def test_disks_and_their_partitions_are_told_with_their_sizes(ctx: Context) -> None:
    found = only(ctx, "devices")["ansible_devices"]
    assert set(found) == {path.name for path in Path("/sys/block").glob("*")}
    for name, disk in found.items():
        blocks = int(Path("/sys/block", name, "size").read_text())
        assert disk["sectors"] * int(disk["sectorsize"]) == blocks * 512
        assert all(part.startswith(name) for part in disk["partitions"])


def test_an_empty_filter_leaves_nothing_out(ctx: Context) -> None:
    assert "ansible_user_id" in only(ctx, "user", filter=[""])


def test_what_the_kernel_was_started_with(ctx: Context) -> None:
    started = system.started_with("quiet console=tty0 root=UUID=1 console=ttyS0")
    assert started == {
        "cmdline": {"quiet": True, "console": "ttyS0", "root": "UUID=1"},
        "proc_cmdline": {"quiet": True, "console": ["tty0", "ttyS0"], "root": "UUID=1"},
    }
    assert started.keys() <= {name.removeprefix("ansible_") for name in only(ctx, "cmdline")}


def test_what_the_firmware_and_the_table_of_mounts_tell(ctx: Context) -> None:
    found = only(ctx, "hardware")
    assert found["ansible_board_asset_tag"]
    assert found["ansible_chassis_asset_tag"]
    assert found["ansible_form_factor"]
    assert all(each["dump"] == each["passno"] == 0 for each in found["ansible_mounts"])


@pytest.mark.parametrize(
    ("subset", "there", "not_there"),
    [
        (["min"], {"kernel", "env"}, {"mounts", "virtualization_type"}),
        (["!all"], {"kernel", "env"}, {"mounts", "interfaces"}),
        (["!all", "hardware"], {"kernel", "mounts"}, {"interfaces"}),
        (["all", "!hardware"], {"kernel", "interfaces"}, {"mounts"}),
        (["!hardware"], {"kernel", "env"}, {"interfaces", "mounts"}),
        ([], {"kernel", "interfaces", "mounts"}, set()),
        (["!all", "!min", "os_family"], {"distribution", "os_family"}, {"kernel", "mounts"}),
        (["!min"], {"gather_subset"}, {"env", "mounts", "interfaces"}),
        (["all", "!min"], {"mounts", "interfaces"}, {"env"}),
        (["!all", "!min", "network"], {"interfaces", "kernel", "os_family"}, {"env", "mounts"}),
        (["!all", "!min", "pkg_mgr"], {"pkg_mgr", "os_family"}, {"env", "kernel"}),
        (["!all", "!min", "system_capabilities"], {"system_capabilities_enforced"}, {"env"}),
        (["!all", "!min", "nvme", "iscsi"], {"hostnqn", "iscsi_iqn"}, {"fibre_channel_wwn"}),
        (
            ["!all", "!min", "selinux", "facter"],
            {"selinux", "selinux_python_present"},
            {"kernel", "apparmor"},
        ),
        (["!all", "!min", "cmdline"], {"proc_cmdline"}, {"kernel"}),
        (["!all", "!min", "lsb"], {"lsb"}, {"distribution"}),
        (["!all", "!min", "platform"], {"kernel", "python_version"}, {"cmdline", "python"}),
        (["!all", "!min", "loadavg"], {"loadavg"}, {"mounts"}),
        (["!all", "!min", "hardware"], {"mounts"}, {"loadavg"}),
        (["!all"], {"fips", "lsb", "cmdline"}, {"is_chroot", "loadavg"}),
        (["!weather"], {"kernel"}, {"weather", "is_chroot", "loadavg"}),
    ],
)
def test_a_part_of_them_is_gathered(
    ctx: Context, subset: Any, there: set[str], not_there: set[str]
) -> None:
    names = {name.removeprefix("ansible_") for name in facts(ctx, gather_subset=subset)}
    assert there <= names
    assert not not_there & names


def test_an_unknown_part_is_refused(ctx: Context) -> None:
    with pytest.raises(TaskError, match="Bad subset 'weather' given"):
        facts(ctx, gather_subset=["weather"])


@pytest.mark.parametrize(
    "pattern", [["user_[ug]id"], ["ansible_user_[ug]id"], ["user_uid", "*r_gid"]]
)
def test_only_some_names_are_kept(ctx: Context, pattern: Any) -> None:
    names = facts(ctx, filter=pattern).keys()
    assert names == {"ansible_user_uid", "ansible_user_gid"}


def test_of_no_facts_it_is_told_that_there_are_none(ctx: Context) -> None:
    result = setup.run(setup.Params(filter=["nothing*"]), ctx)
    assert (result.facts, result.data) == ({}, {"ansible_facts": {}})


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (
            {"ID": "rocky", "NAME": "Rocky Linux", "VERSION_ID": "9.4", "ID_LIKE": "rhel centos"},
            ("Rocky", "9.4", "9", "RedHat", "RedHat"),
        ),
        ({"ID": "ubuntu", "VERSION_ID": "24.04"}, ("Ubuntu", "24.04", "24", "Debian", "Debian")),
        (
            {"ID": "opensuse-leap", "VERSION_ID": "15.6", "ID_LIKE": "suse opensuse"},
            ("openSUSE Leap", "15.6", "15", "Suse", "SUSE"),
        ),
        ({"ID": "odd", "NAME": "Odd OS"}, ("Odd OS", "", "", "Odd", "Odd")),
    ],
)
def test_distributions_have_the_names_that_ansible_gives_them(
    ctx: Context,
    monkeypatch: pytest.MonkeyPatch,
    release: dict[str, str],
    expected: tuple[str, ...],
) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    found = only(ctx, "distribution")
    names = ("", "_version", "_major_version", "_file_variety")
    told = [found[f"ansible_distribution{name}"] for name in names]
    assert (*told[:3], found["ansible_os_family"], told[3]) == expected


@pytest.mark.skipif(Path("/etc/lsb-release").exists(), reason="what stands there counts first")
def test_what_lsb_release_would_say_is_told_where_it_is(
    contexts: Callable[..., Context], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "D 12", "VERSION_CODENAME": "b"}
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert only(contexts(), "lsb")["ansible_lsb"] == {}
    program(tmp_path, "lsb_release", "exit 1")
    told = {"id": "Debian", "release": "12", "description": "D 12", "codename": "b"}
    assert only(contexts(), "lsb")["ansible_lsb"] == {**told, "major_release": "12"}


@pytest.mark.parametrize(
    ("printed", "enforced", "names"),
    [
        ("Current: =ep", "False", []),
        ("Current: = cap_kill, cap_chown+ep\nBounding", "True", ["cap_kill", "cap_chown+ep"]),
        ("nothing", "N/A", "N/A"),
    ],
)
def test_what_the_process_may_do_is_what_capsh_prints(
    contexts: Callable[..., Context],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    printed: str,
    enforced: str,
    names: object,
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path, "capsh", f"printf '%s\\n' '{printed}'")
    found = only(contexts(), "caps")
    assert found["ansible_system_capabilities_enforced"] == enforced
    assert found["ansible_system_capabilities"] == names


def test_storage_knows_the_machine_by_names_that_lie_in_files(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nqn").write_text("# of the host\nnqn.2014-08.org:uuid:1\n")
    (tmp_path / "iqn").write_text("## do not edit\n\nInitiatorName=iqn.1993-08.org:01:4\n")
    (tmp_path / "host0").mkdir()
    (tmp_path / "host0/port_name").write_text("0x21000014ff52a9bb\n")
    monkeypatch.setattr(storage, "_NVME", tmp_path / "nqn")
    monkeypatch.setattr(storage, "_ISCSI", tmp_path / "iqn")
    monkeypatch.setattr(storage, "_FIBRE_CHANNEL", tmp_path)
    assert only(ctx, "nvme")["ansible_hostnqn"] == "nqn.2014-08.org:uuid:1"
    assert only(ctx, "iscsi")["ansible_iscsi_iqn"] == "iqn.1993-08.org:01:4"
    assert only(ctx, "fibre_channel_wwn")["ansible_fibre_channel_wwn"] == ["21000014ff52a9bb"]


# Networks -----------------------------------------------------------------------------------


ADDRESSES = [
    {
        "ifname": "br-1",
        "flags": ["UP"],
        "mtu": 1500,
        "link_type": "ether",
        "address": "02:00:00:00:00:01",
        "addr_info": [
            {"family": "inet", "local": "10.1.2.3", "prefixlen": 24, "broadcast": "10.1.2.255"},
            {"family": "inet", "local": "10.9.0.1", "prefixlen": 8},
            {"family": "inet6", "local": "fd00::3", "prefixlen": 64, "scope": "global"},
        ],
    }
]


def tells_of(folder: Path, answers: str) -> None:
    """Have an `ip` that fails where it knows no way, as the one of iproute2 does."""
    asked = f'case "$* $words" in {answers} *) unknown=1;; esac; echo'
    program(folder, "ip", f"while read -r words; do {asked}; done; exit $unknown")


def test_networks_are_told(contexts: Callable[..., Context], tmp_path: Path) -> None:
    way = {"dst": "8.8.8.8", "dev": "br-1", "prefsrc": "10.1.2.3", "gateway": "10.1.2.1"}
    route = json.dumps([way])
    (tmp_path / "addresses").write_text(json.dumps(ADDRESSES))
    (tmp_path / "route").write_text(route)
    routes = [{"type": "local", "dst": "127.0.0.0/8"}, {"type": "broadcast", "dst": "127.0.0.1"}]
    (tmp_path / "own").write_text(json.dumps(routes))
    tells_of(tmp_path, "*8.8.8.8) cat route;; *address) cat addresses;; -json*local) cat own;;")
    found = only(contexts(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}), "network")
    assert found["ansible_interfaces"] == ["br-1"]
    assert found["ansible_locally_reachable_ips"] == {"ipv4": ["127.0.0.0/8"], "ipv6": []}
    assert found["ansible_all_ipv4_addresses"] == ["10.1.2.3", "10.9.0.1"]
    assert found["ansible_all_ipv6_addresses"] == ["fd00::3"]
    bridge = found["ansible_br_1"]
    assert (bridge["active"], bridge["ipv4"]["network"], bridge["ipv4"]["netmask"]) == (
        True,
        "10.1.2.0",
        "255.255.255.0",
    )
    assert bridge["ipv4_secondaries"][0]["address"] == "10.9.0.1"
    default = found["ansible_default_ipv4"]
    assert (default["interface"], default["address"], default["gateway"]) == (
        "br-1",
        "10.1.2.3",
        "10.1.2.1",
    )
    assert found["ansible_default_ipv6"] == {}


def test_the_address_of_the_way_out_may_be_a_new_one(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    way = {"dst": "2001:4860:4860::8888", "dev": "br-1", "prefsrc": "fd00::3", "gateway": "fe80::1"}
    route = json.dumps([way])
    (tmp_path / "addresses").write_text(json.dumps(ADDRESSES))
    (tmp_path / "route").write_text(route)
    tells_of(tmp_path, "*8888) cat route;; *address) cat addresses;; *local) echo '[]';;")
    found = only(contexts(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"}), "network")
    assert found["ansible_default_ipv4"] == {}
    told = itemgetter("address", "prefix", "scope", "gateway", "interface")(
        found["ansible_default_ipv6"]
    )
    assert told == ("fd00::3", "64", "global", "fe80::1", "br-1")


@pytest.mark.parametrize("says", ["exit 1", "echo no json", "echo '{}'"])
def test_without_what_tells_them_no_networks_are_known(
    contexts: Callable[..., Context], tmp_path: Path, says: str
) -> None:
    program(tmp_path, "ip", says)
    found = only(contexts(environment={"PATH": f"{tmp_path}:/bin"}), "network")
    assert found["ansible_interfaces"] == []


def test_a_program_that_hangs_is_not_waited_for(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    program(tmp_path, "ip", "exec sleep 60")
    ctx = contexts(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert only(ctx, "interfaces", gather_timeout=0.1)["ansible_interfaces"] == []


# Facts of one's own -------------------------------------------------------------------------


def test_facts_of_ones_own_are_read_or_told_by_programs(ctx: Context, tmp_path: Path) -> None:
    folder = tmp_path / "facts.d"
    folder.mkdir()
    (folder / "a.fact").write_text('{"role": "web"}')
    (folder / "b.fact").write_text("[general]\nfull = %(half)s!\nhalf = 50%%\n")
    (folder / "c.fact").write_text("neither")
    program(folder, "d.fact", "echo '[1, 2]'")
    program(folder, "e.fact", "echo sorry >&2; exit 3")
    (folder / "f.fact").symlink_to("nowhere")
    (folder / "note.txt").touch()
    gone = f"[Errno 2] No such file or directory: '{folder}/f.fact'"
    assert only(ctx, "local")["ansible_local"] == {
        "a": {"role": "web"},
        "b": {"general": {"full": "50%!", "half": "50%"}},
        "c": f"error loading facts as JSON or ini - please check content: {folder}/c.fact",
        "d": [1, 2],
        "e": f"Failure executing fact script ({folder}/e.fact), rc: 3, err: sorry\n",
        "f": f"Could not stat fact ({folder}/f.fact): {gone}",
    }


def test_facts_of_ones_own_that_cannot_be_read_are_warned_of(ctx: Context, tmp_path: Path) -> None:
    folder = tmp_path / "facts.d"
    folder.mkdir()
    (folder / "a.fact").write_text("neither")
    (folder / "b.fact").write_text('"error"')
    (folder / "c.fact").write_text("[general]\nowner = li%\n")
    told = f"error loading facts as JSON or ini - please check content: {folder}/a.fact"
    half = f"error loading facts as ini - please check content: {folder}/c.fact"
    arguments: Any = {"fact_path": "facts.d", "gather_subset": ["!all", "!min", "local"]}
    warnings = setup.run(setup.Params(**arguments), ctx).warnings
    assert warnings == [told, f"{half} ('%' must be followed by '%' or '(', found: '%')"]


def test_without_a_folder_there_are_no_facts_of_ones_own(ctx: Context) -> None:
    assert only(ctx, "local")["ansible_local"] == {}
