"""`AnsibleModule`, for modules in Python on machines without Ansible: arguments in, JSON out."""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from . import argument_spec as specs
from . import argument_types, module_values
from .module_files import COMMON_ARGUMENTS, Files
from .module_programs import Programs

GIVEN: dict[str, Any] = {}
"""What the module is given; whoever starts it says so."""
_INTERNAL = "_ansible_"
_RULES = (
    *("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by"),
)
_PASSWORD = re.compile(
    r"^(?:.+[-_\s])?pass(?:[-_\s]?(?:word|phrase|wrd|wd)?)(?:[-_\s].+)?$", re.IGNORECASE
)


_WARNINGS: list[str] = []
_DEPRECATIONS: list[dict[str, Any]] = []


def warn(warning: str, help_text: str | None = None, **_: object) -> None:
    """Say it beside the result."""
    words = f"{warning} {help_text}" if help_text else warning
    if words not in _WARNINGS:
        _WARNINGS.append(words)


def error_as_warning(
    msg: str | None, exception: BaseException, help_text: str | None = None, **_: object
) -> None:
    """Say beside the result that something has failed, which does no harm."""
    warn(f"{msg}: {exception}" if msg else str(exception), help_text)


def deprecate(
    msg: str,
    version: object = None,
    date: object = None,
    collection_name: str | None = None,
    **_: object,
) -> None:
    """Say beside the result that something will not be there for long."""
    when = {"date": str(date)} if date else {"version": version}
    module = f"ansible.legacy.{GIVEN.get(f'{_INTERNAL}module_name')}"
    who = (collection_name, None) if collection_name else (module, "module")
    told = {
        "msg": msg,
        "collection_name": collection_name or "ansible.legacy",
        **when,
        "deprecator": dict(zip(("resolved_name", "type"), who, strict=True)),
    }
    if told not in _DEPRECATIONS:
        _DEPRECATIONS.append(told)


AnsibleFallbackNotFound = specs.NothingFound


def env_fallback(*names: str) -> str:
    """What the first of these variables of the environment says that is there."""
    for name in names:
        if name in os.environ:
            return os.environ[name]
    raise specs.NothingFound


class AnsibleModule(Files, Programs):
    """What a module asks for its arguments, and ends with."""

    def __init__(
        self,
        argument_spec: dict[str, dict[str, Any]],
        *,
        supports_check_mode: bool = False,
        add_file_common_args: bool = False,
        **rules: Any,
    ) -> None:
        of_files = COMMON_ARGUMENTS if add_file_common_args else {}
        self.argument_spec = {**of_files, **argument_spec}
        self.supports_check_mode = supports_check_mode
        self.no_log = bool(rules.get("no_log"))
        self.cleanup_files = []
        self.check_mode = bool(GIVEN.get(f"{_INTERNAL}check_mode"))
        self.tmpdir = str(GIVEN.get(f"{_INTERNAL}tmpdir") or "/tmp")  # noqa: S108  # as Ansible
        self.run_command_environ_update: dict[str, str] = {}
        self._name = str(GIVEN.get(f"{_INTERNAL}module_name"))
        self._diff = bool(GIVEN.get(f"{_INTERNAL}diff"))
        self._verbosity = int(GIVEN.get(f"{_INTERNAL}verbosity") or 0)
        self._debug = bool(GIVEN.get(f"{_INTERNAL}debug"))
        self._shell = GIVEN.get(f"{_INTERNAL}shell_executable")
        self._socket_path = None
        self.ansible_version = GIVEN.get(f"{_INTERNAL}version")
        self.no_log_values: set[str] = set()
        self.bypass_checks = bool(rules.get("bypass_checks"))
        for rule in _RULES:
            setattr(self, rule, rules.get(rule))
        given = {name: value for name, value in GIVEN.items() if not name.startswith(_INTERNAL)}
        self.params: dict[str, Any] = given
        _tell_of_aliases(self.argument_spec, given)
        _tell_what_is_old(self.argument_spec, given)
        # What is wrong is told in check mode, too, also by a module that cannot do without.
        kept = {name: rule for name, rule in rules.items() if name in _RULES}
        for error in specs.errors(self.argument_spec, given, rules=kept):
            self.fail_json(msg=self._in_ansibles_words(error))
        if self.check_mode and not supports_check_mode:
            words = f"remote module ({self._name}) does not support check mode"
            self.exit_json(skipped=True, msg=words)
        self.params = specs.completed(self.argument_spec, given)
        self._tell_what_is_open()

    def _tell_what_is_open(self) -> None:
        """What is named as a password is, and nothing says whether it may be shown."""
        names = {
            alias: name for name, each in self.argument_spec.items() for alias in _aliases(each)
        }
        for param in () if self.no_log else self.params:
            option = self.argument_spec.get(names.get(param, param), {})
            if option.get("no_log") is None and _PASSWORD.search(param):
                warn(f"Module did not set no_log for {param}")

    def _in_ansibles_words(self, error: str) -> str:
        unknown, supported, known = error.partition(". Supported parameters include:")
        words = f"Unsupported parameters for ({self._name}) module: {unknown}"
        return f"{words}{supported}{known}" if supported else error

    # The end ----------------------------------------------------------------------------------

    def exit_json(self, **result: Any) -> NoReturn:
        self._print({"changed": False, **result})
        sys.exit(0)

    def fail_json(self, msg: object, exception: object = None, **result: Any) -> NoReturn:
        told = _traceback(exception or sys.exc_info()[1], msg)
        self._print({"msg": msg, **result, "exception": told, "failed": True})
        sys.exit(1)

    def _print(self, result: dict[str, Any]) -> None:
        self.do_cleanup_files()
        self.add_path_info(result)
        result.setdefault("invocation", {"module_args": self.params})
        _take_over(result.pop("warnings", None), result.pop("deprecations", None))
        said = {"warnings": _WARNINGS, "deprecations": _DEPRECATIONS}
        result |= {name: words for name, words in said.items() if words}
        secrets = {*_secrets(self.argument_spec, self.params), *self.no_log_values}
        told = module_values.remove_values(result, secrets)
        sys.stdout.write(json.dumps(told) + "\n")

    # On the way -------------------------------------------------------------------------------

    bytes_to_human = staticmethod(argument_types.bytes_to_human)
    warn = staticmethod(warn)
    error_as_warning = staticmethod(error_as_warning)
    deprecate = staticmethod(deprecate)

    def log(self, *_: object, **__: object) -> None:
        """There is no log but the result."""

    debug = log

    def boolean(self, value: object) -> bool | None:
        try:
            return None if value is None else bool(argument_types.converted(value, "bool"))
        except argument_types.Unfit as error:
            self.fail_json(msg=str(error))

    def human_to_bytes(self, number: object, isbits: bool = False) -> int:  # noqa: FBT001, FBT002  # as Ansible has it
        return argument_types.human_to_bytes(number, isbits=isbits)

    def fail_on_missing_params(self, required_params: Sequence[str] | None = None) -> None:
        if missing := [name for name in required_params or () if self.params.get(name) is None]:
            self.fail_json(msg=f"missing required arguments: {', '.join(missing)}")

    def jsonify(self, value: object) -> str:
        return json.dumps(value, default=str)

    def from_json(self, text: str) -> Any:
        return json.loads(text)


def _aliases(option: Mapping[str, Any]) -> Sequence[str]:
    return option.get("aliases") or ()


_SEE_DOCS = "is deprecated. See the module docs for more information"


def _tell_of_aliases(spec: Mapping[str, Any], given: Mapping[str, Any], where: str = "") -> None:
    """Warn where one argument has two names, and where its name is an old one."""
    for name, option in spec.items():
        used = [alias for alias in _aliases(option) if alias in given]
        # The first stands for the name if that is not given.
        for alias in used if name in given else used[1:]:
            warn(f"Both option {where}{name} and its alias {where}{alias} are set.")
        old = {alias["name"]: alias for alias in option.get("deprecated_aliases") or ()}
        for alias in filter(old.get, used):
            since = map(old[alias].get, ("version", "date", "collection_name"))
            deprecate(f"Alias '{where}{alias}' {_SEE_DOCS}", *since)
        value = given.get((used or [name])[-1])
        for index, each in enumerate(_inner(option, value)):
            place = f"[{index}]" if isinstance(value, list) else ""
            _tell_of_aliases(option["options"], each, f"{where}{name}{place}.")


def _tell_what_is_old(spec: Mapping[str, Any], given: Mapping[str, Any], where: str = "") -> None:
    """Warn of what will not be an argument for long."""
    for name, option in spec.items():
        used = [each for each in (name, *_aliases(option)) if each in given]
        place = f'{where}["{name}"]' if where else name
        version, date = option.get("removed_in_version"), option.get("removed_at_date")
        if used and (version or date):
            words = f"Param '{place}' {_SEE_DOCS}"
            deprecate(words, version, date, option.get("removed_from_collection"))
        for each in _inner(option, given[used[-1]]) if used else ():
            _tell_what_is_old(option["options"], each, place)


def _inner(option: Mapping[str, Any], value: Any) -> Iterator[Mapping[str, Any]]:
    """What an argument that has arguments itself gives for them."""
    if option.get("options"):
        yield from filter(_is_mapping, value if isinstance(value, list) else [value])


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _traceback(error: object, msg: object) -> str:
    """What a module says of an error, as text or as exception, or else where it has failed."""
    if isinstance(error, BaseException):
        return "".join(traceback.format_exception(error))
    if error:
        return str(error)
    stack = "".join(traceback.format_stack())
    return f"Traceback (most recent call last):\n{stack}Message: {msg}\n"


def _take_over(warnings: Any, deprecations: Any) -> None:
    """What a module says in its result, and not beside it, which is deprecated itself."""
    for name, told in (("warnings", warnings), ("deprecations", deprecations)):
        if told is not None:
            words = f"Passing `{name}` to `exit_json` or `fail_json` is deprecated."
            deprecate(words, "2.23", collection_name="ansible.builtin")
    for warning in [warnings] if isinstance(warnings, str) else warnings or ():
        warn(str(warning))
    for told in [deprecations] if isinstance(deprecations, str) else deprecations or ():
        if isinstance(told, Mapping):
            deprecate(**told)
        elif isinstance(told, str):
            deprecate(told)
        else:
            deprecate(*told)


def _secrets(spec: Mapping[str, Any], params: Any) -> Iterator[str]:
    """The texts of arguments, and of those inside of them, that are not to be shown."""
    for each in params if isinstance(params, list) else [params]:
        if isinstance(each, str) and any(option.get("no_log") for option in spec.values()):
            yield each  # Arguments in a text that was refused unread.
        for name, option in spec.items() if isinstance(each, Mapping) else ():
            # By any of its names, as arguments that are refused are told as they were given.
            for value in map(each.get, (name, *_aliases(option))):
                if option.get("no_log"):
                    yield from _texts(value)
                yield from _secrets(option.get("options") or {}, value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
