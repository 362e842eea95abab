"""`vars_prompt`: variables that the user is asked for, before anything runs.

What `-e` gives is not asked for. Without a terminal nobody is asked, and the default counts; as in
Ansible it is the text `None` if there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from .dataclasses import dataclass, field, replace
from .errors import Place, Problem
from .nodes import MapNode
from .template_text import Template, has_marks
from .variables import Scope

if TYPE_CHECKING:
    from .playbook import Play
    from .secrets import Secrets
    from .template import Templates

_TRUE = (True, "yes", "true", "on", "1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Prompt:
    """One variable to ask for; `prompt` and `default` may hold templates."""

    name: str
    place: Place
    prompt: object = None
    default: object = None
    private: bool = True
    confirm: bool = False
    unsafe: bool = False
    encrypt: str | None = None
    salt: str | None = None
    salt_size: int | None = None


def prompts_of(raw: object) -> tuple[Prompt, ...]:
    """The prompts of a play that has been checked."""
    return tuple(_prompt(entry) for entry in cast("Iterable[MapNode]", raw or ()))


def _prompt(raw: MapNode) -> Prompt:
    words = {str(key): value for key, value in raw.items()}
    flags = {name: _flag(words[name]) for name in ("private", "confirm", "unsafe") if name in words}
    return Prompt(place=raw.value_places["name"], **cast("dict[str, Any]", {**words, **flags}))


def _flag(value: object) -> bool:
    return (value.lower() if isinstance(value, str) else value) in _TRUE


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Interview:
    """Asks for the variables of plays; `warn` is told what could not be asked.

    What was `answered` before the run was interrupted is not asked again. Answers that are nobody's
    secret are told to `keep`.
    """

    templates: Templates
    extra_vars: Mapping[str, object]
    secrets: Secrets
    warn: Callable[[Problem], None]
    answered: Mapping[str, object] = field(default_factory=dict)
    keep: Callable[[str, object], None] = lambda *_: None

    def all_answered(self, plays: Sequence[Play]) -> list[Play]:
        """The plays, their variables completed; raises TemplateError."""
        return [self._answered(play) for play in plays]

    def _answered(self, play: Play) -> Play:
        answers: dict[str, object] = {}
        for prompt in play.prompts:
            if prompt.name in self.answered:
                answers[prompt.name] = self.answered[prompt.name]
            elif prompt.name not in self.extra_vars:
                scope = Scope(self.templates, (self.extra_vars, answers, play.vars))
                answers[prompt.name] = answer = self._answer(prompt, scope)
                if not prompt.private and not isinstance(answer, Template):
                    self.keep(prompt.name, answer)
        return replace(play, vars={**play.vars, **answers}) if answers else play

    def _answer(self, prompt: Prompt, scope: Scope) -> object:
        default = scope.render(prompt.default)
        answer: Any = None
        if sys.stdin.isatty():
            answer = self._asked(prompt, scope.render(prompt.prompt), default)
        else:
            kept = "it is 'None'" if default is None else "its default counts"
            # In Ansible's words: scripts look for them.
            message = f"Not prompting as we are not in interactive mode: {prompt.name}; {kept}"
            self.warn(Problem(prompt.place, message, f"give it with -e {prompt.name}=…"))
        typed = bool(answer)
        answer = default if not answer and default is not None else answer
        if answer is None:
            return "None"
        given = answer = str(answer)
        if prompt.encrypt:
            answer = _encrypted(prompt, answer)
        # A default is no secret: everybody can read it.
        if typed and prompt.private:
            self.secrets.add(given, answer)
        if typed and not prompt.encrypt and _is_template(prompt, answer):
            return Template(answer, prompt.place)
        return answer

    def _asked(self, prompt: Prompt, words: object, default: object) -> str:
        question = str(words or prompt.name)
        if default is not None:
            question += f" [{default}]"
        question = self.secrets.mask_text(question)
        while True:
            answer = _typed(f"{question}: ", private=prompt.private)
            if not prompt.confirm or answer == _typed(
                f"confirm {question}: ", private=prompt.private
            ):
                return answer
            sys.stderr.write("***** VALUES ENTERED DO NOT MATCH ****\n")


def _is_template(prompt: Prompt, answer: str) -> bool:
    """Whether braces in what was typed mean something: in a password they are characters."""
    return not prompt.unsafe and not prompt.private and has_marks(answer)


def _typed(question: str, *, private: bool) -> str:
    """A line from the terminal; stdout may be for programs."""
    from getpass import getpass

    from .standard_input import read_line

    if private:
        try:
            return getpass(question)
        except EOFError:
            return ""
    sys.stderr.write(question)
    sys.stderr.flush()
    return read_line().rstrip("\r\n")


def _encrypted(prompt: Prompt, answer: str) -> str:
    from .filters.passwords import password_hash

    return password_hash(answer, str(prompt.encrypt), prompt.salt, prompt.salt_size)
