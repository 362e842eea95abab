"""The roles of a generated site, and its handlers."""

from __future__ import annotations

from .chance import HOSTS, TAGS, Task
from .tasks import Tasks


class Roles(Tasks):
    def _role(self) -> None:
        name = self._next("role")
        self._in_role = name
        parts: dict[str, object] = {
            "tasks": self._tasks(1),
            "defaults": self._variables(f"defaults {name}"),
            "vars": self._variables(f"vars {name}", 0.2),
            "handlers": [self._handler() for _ in range(self._chance.randint(0, 2))],
            "meta": self._meta_of_role(),
        }
        self._write(f"roles/{name}/tasks/other.yml", self._tasks(2))
        self._write(f"roles/{name}/vars/other.yml", self._variables(f"other vars {name}"))
        self._write(f"roles/{name}/defaults/other.yml", self._variables(f"other defaults {name}"))
        self._write(f"roles/{name}/handlers/other.yml", [self._handler()])
        self._in_role = ""
        if self._now_and_then(0.3):
            specifications = {"argument_specs": self._specifications()}
            self._write(f"roles/{name}/meta/argument_specs.yml", specifications)
        if self._now_and_then(0.3):
            self._write(f"roles/{name}/files/text.txt", f"text of {name}")
            self._write(f"roles/{name}/templates/text.j2", f"{{{{ v1 }}}} in {name}")
        for part, content in parts.items():
            if content or part == "tasks":
                folder = f"{part}/main" if part == "vars" and self._now_and_then(0.2) else part
                self._write(f"roles/{name}/{folder}/main.yml", content)
        self._roles.append(name)

    def _meta_of_role(self) -> Task:
        meta: Task = {}
        if self._roles:
            self._maybe(meta, 0.4, "dependencies", lambda: [self._role_use(), self._role_use()])
        self._maybe(meta, 0.1, "argument_specs", self._specifications)
        self._maybe(meta, 0.15, "allow_duplicates", lambda: self._one(True, False))
        return meta

    def _specifications(self) -> Task:
        main: Task = {"options": self._specification()}
        if "v2" in main["options"]:
            main["options"]["v2"]["choices"] = ["a", "v2 of play", "v2 of role's vars"]
        specifications = {"main": main}
        self._maybe(specifications, 0.3, "other", lambda: {"options": self._specification()})
        return specifications

    def _role_use(self) -> Task | str:
        name: str = self._one(*self._roles)
        if self._now_and_then(0.15):
            return name
        use: Task = {"role": name}
        self._maybe(use, 0.3, "vars", lambda: self._variables("role's vars"))
        self._maybe(use, 0.2, "tags", lambda: [self._one(*TAGS)])
        self._maybe(use, 0.2, "when", self._conditions)
        self._maybe(use, 0.05, "any_errors_fatal", lambda: True)
        self._maybe(use, 0.05, "ignore_errors", lambda: True)
        self._common(use, 0.04)
        if self._now_and_then(0.2):
            use.update(self._variables("role's parameters"))
        return use

    def _handler(self) -> Task:
        name = self._next("handler")
        if self._handlers and self._now_and_then(0.1):
            # Of several with one name the last counts.
            name = self._one(*self._handlers).rpartition(" : ")[2]
        handler: Task = {"name": name, **self._one(self._step, self._step, self._more_tasks)()}
        is_step = not {"include_tasks", "import_tasks", "include_role"} & {*handler}
        self._handlers.append(name)
        if self._in_role:
            self._handlers.append(f"{self._in_role} : {name}")
        elif self._now_and_then(0.1):
            handler["name"] = f"{name} of {{{{ groups.work | length }}}}"
            self._handlers.append(f"{name} of 3")
        if self._now_and_then(0.3):
            handler["listen"] = self._one("topic1", "topic2", ["topic1", "topic2"])
            self._handlers.append(self._one("topic1", "topic2"))
        if is_step:
            self._notify(handler)
            self._keywords_of_handler(handler)
        self._maybe(handler, 0.2, "when", self._condition)
        return handler

    def _keywords_of_handler(self, handler: Task) -> None:
        if self._now_and_then(0.15) and not self._loops(handler) and "nowhere" not in str(handler):
            handler["loop"] = [1, 2]
        self._common(handler, 0.05)
        self._maybe(handler, 0.1, "ignore_errors", lambda: True)
        self._maybe(handler, 0.1, "changed_when", self._conditions)
        self._maybe(handler, 0.05, "failed_when", self._conditions)
        self._maybe(handler, 0.05, "run_once", lambda: True)
        self._maybe(handler, 0.05, "delegate_to", lambda: self._one(*HOSTS))
        self._maybe(handler, 0.05, "any_errors_fatal", lambda: True)
        self._maybe(handler, 0.05, "tags", lambda: [self._one(*TAGS)])
        if self._now_and_then(0.3):
            handler["register"] = self._next("r")
            self._registered.append(handler["register"])

    def _more_tasks(self) -> Task:
        """A handler that is a file, which has handlers of its own if it is imported."""
        if self._now_and_then(0.7):
            return self._step()
        if self._roles and self._now_and_then(0.3):
            return {"include_role": {"name": self._one(*self._roles), "tasks_from": "other"}}
        names = [self._next("handler") for _ in range(2)]
        tasks = [{"name": name, **self._step()} for name in names]
        kind = self._one("include_tasks", "import_tasks")
        if kind == "import_tasks":
            self._handlers += names
        return {kind: self._write(self._next("part") + ".yml", tasks)}
