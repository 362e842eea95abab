"""What does not go together in one task, though each word of it is right by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ansible_words import WHATEVER, not_for_free, unconditional
from ..errors import ExitCode, Problem
from ..nodes import MapNode
from ..registry import bare
from ..template_text import Template

if TYPE_CHECKING:
    from ..taskform import Form
    from .findings import Findings

_ON_THEIR_OWN = ("free", "host_pinned")
_ROLES = ("import_role", "include_role")
# They need to know of an item that the one before it has ended.
_IN_TURN = ("pause", "break_when")


def check(raw: MapNode, form: Form, kind: str, findings: Findings, *, in_role: bool) -> None:
    """Check one task or handler."""
    step = bare(form.step)
    if kind == "handler":
        _as_handler(form, step, findings)
    if step == "meta":
        _as_meta(form.args, kind, findings, in_role=in_role)
        if "when" in raw and (word := form.args.get("word")) in WHATEVER:
            findings.warning(raw.key_places["when"], unconditional(str(word)), "", len("when"))
    control = raw.get("loop_control")
    if isinstance(control, MapNode) and control.get("parallel") not in (None, 0, 1):
        _side_by_side(control, findings)


def check_play(raw: MapNode, findings: Findings) -> None:
    """What a play says that means nothing where each host goes its own way."""
    if bare(str(raw.get("strategy"))) not in _ON_THEIR_OWN:
        return
    for key in ("any_errors_fatal", "max_fail_percentage"):
        if raw.get(key) not in (None, False):
            findings.warning(raw.key_places[key], not_for_free(key), "", len(key))


def check_async(raw: MapNode, form: Form, findings: Findings) -> None:
    """Whether the step can be done beside the run; one that cannot fails when it is to be done."""
    seconds = raw.get("async")
    if form.type.may_be_async or isinstance(seconds, Template):
        return
    if seconds not in (None, 0, "0"):
        message = f"This action ({bare(form.step)}) does not support async."
        findings.problem(raw.key_places["async"], message, "", len("async"))


def _as_meta(args: MapNode, kind: str, findings: Findings, *, in_role: bool) -> None:
    """What a play does next must be known before it does anything."""
    word, place = args.get("word"), args.value_places.get("word", args.place)
    if isinstance(word, Template):
        message, hint = f"invalid meta action requested: {word}", "write the word itself"
        wrong = Problem(place, message, hint, len(str(word)), status=ExitCode.ERROR)
        findings.problems.append(wrong)
    elif word == "end_role" and (kind == "handler" or not in_role):
        where = "from a handler" if kind == "handler" else "from outside of a role"
        findings.problem(place, f"Cannot execute 'end_role' {where}", "", len(word))


def _as_handler(form: Form, step: str, findings: Findings) -> None:
    if step == "meta" and form.args.get("word") == "flush_handlers":
        message = "flush_handlers cannot be used as a handler"
        wrong = Problem(form.place, message, "", len(form.step), status=ExitCode.ERROR)
        findings.problems.append(wrong)
    if step in _ROLES:
        message = f"Using '{step}' as a handler is not supported."
        findings.problem(form.place, message, "use include_tasks", len(form.step))


def _side_by_side(control: MapNode, findings: Findings) -> None:
    for word in _IN_TURN:
        if word in control:
            message = f"{word} needs items in turn, and parallel has them side by side"
            findings.problem(control.key_places[word], message, "take one of them away", len(word))
