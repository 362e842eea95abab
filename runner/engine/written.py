"""What a step's keywords and arguments come to, for one turn of it on a host."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from .. import params
from ..errors import PlaybookError, Problem, TemplateError
from ..events import INCLUDES
from ..nodes import SeqNode
from ..omit import OMIT
from ..playbook import listed
from ..task import Cancellation, Context
from ..type_names import type_debug
from . import conditions, failure, reach, tell

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Step
    from ..task import Templar
    from ..template_text import Template
    from ..variables import Scope
    from .passage import Unmarked
    from .step import StepRun

_NOTHING: Mapping[str, bool] = {}
_UNSAFE_ARGS = (
    "Using a template for task args is unsafe in some situations (see"
    " https://docs.ansible.com/ansible/devel/reference_appendices/faq.html#argsplat-unsafe)."
)
"""In Ansible's words; who may set facts may set arguments then."""
_YES_OR_NO = (
    *("no_log", "ignore_errors", "ignore_unreachable", "any_errors_fatal"),
    *("check_mode", "diff", "delegate_facts"),
)
_WITHOUT_EFFECT = ("remote_user", "become_method", "become_flags", "become_exe")


class Written:
    """`whole` is the step at work on the host; `scope` holds the item's variables, too."""

    def __init__(self, whole: StepRun, scope: Scope, passage: Unmarked) -> None:
        self._whole = whole
        self._outside = scope
        self._step = whole.step
        self._scope = scope
        if "delegate_to" in whole.step.inherited.flags:
            from .delegated import Delegated

            self._scope = scope.over(Delegated(self))
        self._run = whole.batch.run
        self._passage = passage
        self._args: dict[str, Any] | None = None

    @property
    def scope(self) -> Scope:
        """What the arguments may use."""
        return self._scope

    def of_delegate(self, name: str) -> Scope:
        """What the host that does it knows; as in Ansible it goes by the name of the other one."""
        batch, host = self._whole.batch, self._run.host(name)
        address = {"ansible_host": name}
        if self._is_elsewhere(name):
            address["ansible_connection"] = "ssh"
        scope = batch.scope(host, self._step.inherited, address)
        return scope.over({"inventory_hostname": self._whole.host.name})

    def _is_elsewhere(self, name: str) -> bool:
        """As in Ansible, so is a host that no inventory knows, unless a way to it is said."""
        if self._run.options.connection or "connection" in self._step.inherited.flags:
            return False
        return self._run.live.current.find(name) is None

    # Keywords ---------------------------------------------------------------------------------

    @property
    def flags(self) -> Mapping[str, bool]:
        """The keywords that are yes or no."""
        return self._flags if self._step.inherited.flags else _NOTHING

    @cached_property
    def _flags(self) -> Mapping[str, bool]:
        written = self._step.inherited.flags
        said = {name: self._keyword(name, written[name]) for name in _YES_OR_NO if name in written}
        place = self._step.place
        return {
            name: conditions.flag(name, value, place)
            for name, value in said.items()
            if value is not OMIT
        }

    @property
    def diff(self) -> bool:
        return self.flags.get("diff", self._run.options.diff)

    def _flag(self, name: str) -> bool:
        value = self._keyword(name, self._step.inherited.flags.get(name, False))
        return value is not OMIT and conditions.flag(name, value, self._step.place)

    @property
    def hidden(self) -> bool:
        """What cannot be told from `no_log` is hidden; that is warned of in Ansible's words."""
        if "no_log" not in self._step.inherited.flags:
            return False
        try:
            return self.flags.get("no_log", False)
        except TemplateError as error:
            told = "Invalid no_log value for task, output will be masked: "
            purpose = error.purpose.removeprefix("Task failed: ")
            self._run.warn_once(f"{told}{purpose}{error.problem.message}", self._step.place)
            return True

    @property
    def check(self) -> bool:
        return bool(self.flags.get("check_mode", self._run.options.check))

    @property
    def delegate(self) -> str | None:
        """The host that the step is delegated to."""
        return self._delegate if "delegate_to" in self._step.inherited.flags else None

    @cached_property
    def _delegate(self) -> str | None:
        written = self._step.inherited.flags.get("delegate_to")
        value = None if written is None else self._outside.render(written)
        if value is OMIT or not written:
            return None
        if value in (None, ""):
            # In Ansible's words: scripts look for them.
            message = f'Empty hostname produced from delegate_to: "{written}"'
            raise TemplateError(Problem(self._step.place, message))
        if isinstance(value, str):
            return value
        message = f"delegate_to must be the name of a host, not {value!r:.60}"
        raise TemplateError(Problem(self._step.place, message))

    def number(self, name: str, written: object) -> float:
        """A keyword that is a number; 0 if it is not given."""
        if written is None:
            return 0
        value = self._keyword(name, written)
        return 0 if value in (None, OMIT) else conditions.number(name, value, self._step.place)

    def _keyword(self, name: str, written: object) -> Any:
        """What it comes to; by `omit` it is what is said of it further out."""
        try:
            value = self._scope.render(written)
        except TemplateError as error:
            raise error.meant_for(f"Error processing keyword {name!r}: ") from error
        return self._step.inherited.covered.get(name, OMIT) if value is OMIT else value

    def forgives(self, flag: str) -> bool:
        """As in Ansible, what cannot be told whether it forgives, does."""
        try:
            return self._flag(flag)
        except TemplateError:
            return True

    def told_delegate(self) -> str | None:
        """None also for the host itself: nobody needs to be told."""
        try:
            name = self.delegate
        except TemplateError:
            return str(self._step.inherited.flags["delegate_to"])
        return None if name == self._whole.host.name else name

    def told_address(self) -> str | None:
        """The delegate as Ansible tells it: with its address, if that is another."""
        name = self.told_delegate()
        if name is None:
            return None
        with suppress(TemplateError):
            address = self._scope["ansible_host"] if name else name
            return name if address == name else f"{name}({address})"
        return name

    def check_reach(self) -> None:
        """Raises Unreachable, or TaskError if somebody else would have to do the step."""
        is_needed = reach.is_needed(self._step.type)
        if not is_needed and not self._step.inherited.flags:
            return
        name, whole = self.delegate, self._whole
        # As in Ansible, they are read also where they have no effect.
        flags = self._step.inherited.flags
        if flags:
            self.number("port", flags.get("port"))
            for each in _WITHOUT_EFFECT:
                self._given(each)
        connection, user = self._given("connection"), self._given("become_user")
        becomes = "become" in flags and self._flag("become")
        if not is_needed:
            return
        scope = self._scope if name is None else self.of_delegate(name)
        if connection is None:
            connection = self._run.options.connection
        try:
            reach.check(name or whole.host.name, scope, str(connection or "local"))
        except reach.Unreachable as error:
            # As in Ansible, what the step says wrongly is told first.
            self._environment(self._step.inherited.environment)
            if self._step.type.name == "wait_for_connection":
                raise error.waited_for() from error
            raise
        if becomes:
            reach.check_user(str(user or "root"))

    def _given(self, name: str) -> Any:
        """A keyword; None if it is left out."""
        flags = self._step.inherited.flags
        value = self._keyword(name, flags[name]) if name in flags else None
        return None if value is OMIT else value

    @property
    def facts_of(self) -> str | None:
        """The host whose facts they are, if it is another."""
        return self.delegate if self.flags.get("delegate_facts") else None

    def notified(self) -> tuple[str, ...]:
        """The names of handlers and topics."""
        if not self._step.inherited.notify:
            return ()
        rendered = [self._keyword("notify", each) for each in self._step.inherited.notify]
        given = [names for names in rendered if names is not OMIT]
        return tuple(str(name) for names in given for name in listed(names))

    # Arguments --------------------------------------------------------------------------------

    def params(self) -> object:
        """The step's arguments as its Params; raises PlaybookError."""
        cls = self._step.type.params
        try:
            built = params.build(cls, self.args, self._whole.converted)
        except params.ParamsError as error:
            self.learn_secrets()
            raise PlaybookError(failure.pointing(error, self._step)) from error
        except TemplateError:
            self.learn_secrets()
            raise
        record = params.record(cls)
        if record.secret:
            for secret in params.secrets(built):
                self._run.secrets.add(secret)
        for name, other in record.given_twice(self.args):
            text = f"Both option {name} and its alias {other} are set."
            self._run.warn_once(text, self._step.place)
        for name in record.guards:
            if not getattr(built, name):
                text = f"{self._step.type.name} without `{name}`: who answers is not checked"
                self._run.warn_once(text, self._step.place)
        return built

    def hide(self, result: Mapping[str, Any]) -> None:
        """Cover what a step under no_log was given, and what came of it; files have names."""
        if self.hidden and self._step.type.name not in INCLUDES:
            hiding = self._run.hiding
            hiding.learn(
                [self._args or {}, *hiding.variables(self._step.args, self._scope)], result
            )

    def learn_secrets(self) -> None:
        """Know what is secret before a failure is told, though another argument is at fault."""
        for name in params.record(self._step.type.params).secrets:
            with suppress(TemplateError):
                value = self._scope.render(self._step.args.get(name))
                if isinstance(value, str):
                    self._run.secrets.add(value)

    @property
    def args(self) -> dict[str, Any]:
        """The arguments, rendered once."""
        if self._args is None:
            self._args = self._rendered()
        return self._args

    def _rendered(self) -> dict[str, Any]:
        as_written, others = self._whole.args
        rendered, render = dict(as_written), self._scope.render
        for name, value in others:
            try:
                rendered[str(render(name))] = render(value)
            except TemplateError as error:
                raise error.meant_for(_resolving(self._step, name)) from error
        for written in reversed(self._step.more):
            rendered = {**self._more(written), **rendered}
        return {name: value for name, value in rendered.items() if value is not OMIT}

    def _more(self, written: Template) -> dict[str, Any]:
        """The arguments for which one template stands."""
        if self._run.options.inject_facts:
            self._run.warn_in_step(_UNSAFE_ARGS)
        try:
            given = self._scope.render(written)
        except TemplateError as error:
            raise error.meant_for(_finalizing(self._step)) from error
        if given is OMIT:
            return {}
        if not isinstance(given, Mapping):
            message = f"Task args must resolve to a 'dict' not {type_debug(given)!r}."
            problem = Problem(written.place, message)
            raise TemplateError(problem).meant_for(_finalizing(self._step))
        return {str(name): value for name, value in given.items()}

    def _environment(self, layers: Sequence[object]) -> dict[str, str]:
        """What the layers say together; as in Ansible, one that is no mapping is passed by."""
        merged: dict[str, str] = {}
        for layer in layers:
            rendered = self._keyword("environment", layer)
            if isinstance(rendered, list):
                merged.update(self._environment(rendered))
            elif isinstance(rendered, Mapping):
                merged.update({str(name): str(value) for name, value in rendered.items()})
            elif rendered not in (OMIT, None):
                text = f"could not parse environment value, skipping: {rendered!r}"
                self._run.warn_once(text, self._step.place)
        return merged

    def context(self, cancellation: Cancellation) -> Context:
        run, whole = self._run, self._whole
        folders, hidden = whole.search_path, self.hidden
        expressions, playbook_dir = _expressions(self._step), whole.batch.play.folder
        place = self._step.place
        templar = tell.StepTemplar(self._scope, folders, playbook_dir, place, expressions)
        return Context(
            host=whole.host.name,
            check=self.check,
            diff=self.diff,
            verbosity=run.options.verbosity,
            # What rescues a failure can look at what there was until then.
            is_registered=bool(self._step.register or whole.rescued or run.options.verbosity),
            playbook_dir=playbook_dir,
            search_path=folders,
            environment=self._environment(self._step.inherited.environment),
            strict_texts=run.settings.module_strict_utf8_response,
            usual_shell=partial(_shell, templar),
            templar=templar,
            cancellation=cancellation,
            pool=run.pool,
            ledger=run.ledger,
            once=self._passage.once,
            in_doubt=run.memory.in_doubt,
            exit_stack=run.exit_stack,
            temp_dir=run.temp_dir,
            on_progress=tell.nobody if hidden else tell.Progress(run, whole.task, whole.host.name),
            on_line=tell.nobody if hidden else tell.Lines(run, whole.task, whole.host.name),
            on_warning=tell.nobody if hidden else partial(run.warn_once, place=self._step.place),
            unvault=run.unvault,
            read_variables=run.read_variables,
        )


def _shell(templar: Templar) -> str:
    """As a variable or the environment says."""
    named = templar.evaluate("ansible_shell_executable | default('')")
    return str(named or os.environ.get("ANSIBLE_EXECUTABLE") or "/bin/sh")


def _finalizing(step: Step) -> str:
    return f"Finalization of task args for {step.type.full_name!r} failed: "


def _resolving(step: Step, name: object) -> str:
    resolving = f"Error while resolving value for '{failure.argument(name, step)}': "
    return _finalizing(step) + resolving


@lru_cache(maxsize=8)
def _expressions(step: Step) -> Mapping[str, Place]:
    """The expressions among a step's arguments, each with its place."""
    found: dict[str, Place] = {}
    for name in step.type.expressions.intersection(step.args):
        value, place = step.args[name], step.args.value_places[name]
        if isinstance(value, SeqNode):
            found.update(zip(map(str, value), value.places, strict=True))
        elif isinstance(value, str):
            found[value] = place
    return found
