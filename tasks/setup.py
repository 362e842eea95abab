"""Gather facts about this machine, as variables that begin with `ansible_`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from threading import Timer
from typing import Annotated, Any

from ..runner.dataclasses import dataclass, field
from ..runner.task import Cancellation, Context, Range, Result, TaskError
from . import process
from .facts import hardware, local, network, person, security, storage, system
from .word_list import Words

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {"ansible_facts": "The facts: `ansible_hostname`, `ansible_distribution` …"}
EXAMPLES = """\
- name: All that there is to know
  setup:

- name: Only what the distribution is
  setup:
    gather_subset: ['!all', '!min', distribution]
    filter: ansible_distribution*

- name: The other name of the same
  gather_facts:
"""
_PREFIX = "ansible_"
_MIN = (
    *("kernel", "cmdline", "distribution", "lsb", "user", "env", "date_time", "python", "pkg_mgr"),
    *("service_mgr", "local", "dns", "apparmor", "fips", "selinux", "caps"),
)
_OF_STORAGE = ("nvme", "iscsi", "fibre_channel_wwn")
_ALL = (*_MIN, "chroot", "loadavg", "hardware", "network", *_OF_STORAGE, "virtual")
_OTHER_NAMES = {
    "kernel": (
        "architecture fqdn hostname kernel_version machine machine_id platform python_version"
        " system"
    ),
    "caps": "system_capabilities system_capabilities_enforced",
    "chroot": "is_chroot",
    "distribution": (
        "distribution_major_version distribution_release distribution_version os_family"
    ),
    "user": (
        "effective_group_ids effective_user_id real_user_id user_dir user_gecos user_gid user_id"
        " user_shell user_uid"
    ),
    "hardware": "devices lvm memory mounts processor processor_cores processor_count uptime",
    "network": "all_ipv4_addresses all_ipv6_addresses default_ipv4 default_ipv6 interfaces",
    "virtual": (
        "virtualization_role virtualization_tech_guest virtualization_tech_host virtualization_type"
    ),
}
_UNKNOWN = (
    "facter ohai ssh_host_key_dsa_public ssh_host_key_ecdsa_public ssh_host_key_ed25519_public"
    " ssh_host_key_rsa_public ssh_host_pub_keys ssh_pub_keys systemd"
)
"""What Ansible would ask for more; nothing is known of it here."""
_SUBSETS: Mapping[str, tuple[str, ...]] = {
    "all": _ALL,
    "min": _MIN,
    **{name: (name,) for name in _ALL},
    **dict.fromkeys(_UNKNOWN.split(), ()),
    **{other: (name,) for name, others in _OTHER_NAMES.items() for other in others.split()},
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "hardware": ("kernel",),
    "network": ("kernel", "distribution"),
    "pkg_mgr": ("distribution",),
    "service_mgr": ("kernel", "distribution"),
}
"""What comes along with others, also if it was left out: as in Ansible, which needs it for them."""


@dataclass(frozen=True, kw_only=True)
class Params:
    gather_subset: Annotated[
        Words,
        "Which facts: `all`, `min`, `hardware`, `network`, `virtual`, `distribution` …; `!` in "
        "front leaves some out: `all, !hardware` is all but the hardware. `min` is always among "
        "them unless `!min` leaves it out, and the only one if nothing but `!` is given.",
    ] = field(default_factory=lambda: ["all"])
    filter: Annotated[
        Words, "Patterns of the names that are wanted, with `ansible_` in front or without."
    ] = field(default_factory=list)
    gather_timeout: Annotated[
        int, "How many seconds a program may take that is asked.", Range(1)
    ] = 10
    fact_path: Annotated[
        str,
        "The folder of the `*.fact` files of `ansible_local`; programs among them are run.",
    ] = "/etc/ansible/facts.d"
    parallel: Annotated[
        bool | None, "No effect: where several modules gather, they do so one after the other."
    ] = None


def run(params: Params, ctx: Context) -> Result:
    warnings: list[str] = []
    gather = _gatherers(params, ctx, warnings.append)
    facts: dict[str, Any] = {}
    for subset in _wanted(params.gather_subset):
        ctx.cancellation.check()
        facts |= gather[subset]()
    patterns = [each for each in params.filter if each]
    named = {f"{_PREFIX}{name}": value for name, value in facts.items()}
    named |= {"gather_subset": params.gather_subset, "module_setup": True}
    found = {name: named[name] for name in named if _is_wanted(name, patterns)}
    # No facts are told, too: a play may look into them.
    data: dict[str, object] = {} if found else {"ansible_facts": {}}
    return Result(facts=found, data=data, warnings=warnings)


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    names = name, name.removeprefix(_PREFIX)
    return not patterns or any(fnmatchcase(text, each) for each in patterns for text in names)


def _wanted(given: Sequence[str]) -> list[str]:
    """The subsets to gather, in their order. Raises TaskError for one that there is not."""
    added, left_out, by_name = set[str](), set[str](), set[str]()
    for name in given:
        bare = name.removeprefix("!")
        if name not in _SUBSETS and name == bare:
            known = f"gather_subset options allowed: {', '.join(sorted(_SUBSETS))}"
            raise TaskError(f"Bad subset {bare!r} given to Ansible. {known}")
        if name == "!all":
            left_out |= set(_ALL) - set(_MIN)
        elif name != bare:
            left_out |= set(_SUBSETS.get(bare, ()))
        else:
            added |= set(_SUBSETS[bare])
            by_name |= set(_SUBSETS[bare]) if bare not in ("all", "min") else set()
    # As in Ansible, what is left out of nothing else is left out of `min`.
    chosen = (set(_MIN) | (added if given else set(_ALL))) - (left_out - by_name)
    chosen |= {needed for name in chosen for needed in _NEEDED.get(name, ())}
    return [name for name in _ALL if name in chosen]


def _gatherers(
    params: Params, ctx: Context, warn: Callable[[str], None]
) -> Mapping[str, Callable[[], dict[str, Any]]]:
    run_program = partial(_printed, params=params, ctx=ctx)
    return {
        "kernel": system.kernel,
        "cmdline": system.command_line,
        "distribution": system.distribution,
        "lsb": system.lsb,
        "user": person.user,
        "env": partial(person.env, ctx.environment),
        "date_time": person.date_time,
        "python": system.python,
        "pkg_mgr": system.package_manager,
        "service_mgr": system.service_manager,
        "local": partial(
            local.local, ctx.path(params.fact_path), partial(_done, params=params, ctx=ctx), warn
        ),
        "dns": network.dns,
        "apparmor": security.apparmor,
        "fips": security.fips,
        "selinux": security.selinux,
        "caps": partial(security.capabilities, run_program),
        "chroot": security.chroot,
        "loadavg": hardware.load,
        "hardware": hardware.hardware,
        "network": partial(network.network, partial(_answered, params=params, ctx=ctx)),
        "nvme": storage.nvme,
        "iscsi": storage.iscsi,
        "fibre_channel_wwn": storage.fibre_channel,
        "virtual": system.virtualization,
    }


def _printed(argv: Sequence[str], *, params: Params, ctx: Context) -> str:
    """What a program prints; nothing if it is not there or fails: then less is known."""
    done = _done(argv, params=params, ctx=ctx)
    return "" if done is None or done.code else done.stdout


def _answered(argv: Sequence[str], asked: str, *, params: Params, ctx: Context) -> str:
    """What a program prints that is asked on stdin; it fails if it cannot tell all of it."""
    done = _done(argv, params=params, ctx=ctx, stdin=asked.encode())
    return done.stdout if done else ""


def _done(
    argv: Sequence[str], *, params: Params, ctx: Context, stdin: bytes = b""
) -> process.Finished | None:
    """What came of a program; None if it cannot be run, or takes too long."""
    command = process.Command(
        argv=argv, cwd=ctx.playbook_dir, environment=ctx.environment, stdin=stdin
    )
    patience = Cancellation()
    timer = Timer(params.gather_timeout, patience.cancel)
    timer.start()
    try:
        with ctx.cancellation.calling(patience.cancel):
            return process.run(command, patience)
    except TaskError:
        ctx.cancellation.check()
        return None
    finally:
        timer.cancel()
