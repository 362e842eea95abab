"""The tasks of a generated site: steps, blocks, orders, and jobs that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable

from .chance import HOSTS, TAGS, Task
from .includes import Includes

DEPTH = 3
"""How deep blocks and files lie in each other."""

FAILED = (
    "{{ ansible_failed_task.name | default('-') }} {{ ansible_failed_task.action }}"
    " {{ ansible_failed_result.failed }} {{ ansible_failed_result.results | d([]) | length }}"
)
"""What a rescue knows of the failure."""


class Tasks(Includes):
    _in_role = ""
    """The role that is written."""

    def _tasks(self, depth: int) -> list[Task]:
        return [self._task(depth) for _ in range(self._chance.randint(1, 5 - depth))]

    def _task(self, depth: int) -> Task:
        kinds: list[Callable[[], Task]] = [self._step_with_keywords] * 6
        if depth < DEPTH:
            kinds += [lambda: self._block(depth + 1)] * 2
            kinds += [lambda: self._tasks_of_file(depth + 1)]
        if self._roles:
            kinds.append(self._tasks_of_role)
        if not self._loop_depth:
            kinds.append(self._meta)
        task = self._job() if self._now_and_then(0.01) else self._chance.choice(kinds)()
        tags = self._one([self._one(*TAGS)], self._one(*TAGS), ["red", "blue"], "red,never")
        self._maybe(task, 0.15, "tags", lambda: tags)
        return task

    def _block(self, depth: int) -> Task:
        block: Task = {"block": self._tasks(depth)}
        self._maybe(block, 0.8, "name", lambda: self._next("block"))
        self._maybe(block, 0.5, "rescue", lambda: self._rescue(depth))
        self._maybe(block, 0.4, "always", lambda: self._tasks(depth))
        self._maybe(block, 0.3, "vars", lambda: self._variables("block"))
        self._maybe(block, 0.3, "when", self._conditions)
        self._maybe(block, 0.1, "ignore_errors", lambda: self._one(True, False))
        self._maybe(block, 0.05, "any_errors_fatal", lambda: self._one(True, True, False))
        self._maybe(block, 0.05, "run_once", lambda: self._one(True, "{{ true }}"))
        self._maybe(block, 0.03, "delegate_to", lambda: self._one(*HOSTS))
        self._common(block, 0.1)
        self._notify(block)
        return block

    def _rescue(self, depth: int) -> list[Task]:
        tasks = self._tasks(depth)
        if not self._incomplete and self._now_and_then(0.3):
            name = self._next("r")
            tasks.insert(0, {"debug": {"msg": FAILED}, "register": name})
            self._registered.append(name)
        return tasks

    def _meta(self) -> Task:
        # Where one is out of reach, whom it forgives is a matter of its own.
        forgiving = "noop" if self._away else "clear_host_errors"
        word = self._one(
            *("flush_handlers", "flush_handlers", "noop", forgiving, "clear_facts"),
            *("end_host", "end_play", "end_batch", "end_role" if self._in_role else "noop"),
            *("refresh_inventory", "reset_connection"),
        )
        task: Task = {"meta": word}
        if word.startswith("end"):
            task["when"] = [self._sound_condition(), f"inventory_hostname == '{self._one(*HOSTS)}'"]
        elif word in {"clear_host_errors", "clear_facts", "flush_handlers"}:
            self._maybe(task, 0.3, "when", self._sound_condition)
        return task

    def _job(self) -> Task:
        """Start something, and look later what became of it."""
        job, looked = self._next("job"), self._next("r")
        command = self._one("echo done", "false", "echo {{ v1 }}")
        looking = {
            "name": f"{job} ends",
            "async_status": {"jid": f"{{{{ {job}.ansible_job_id }}}}"},
            "register": looked,
            "until": f"{looked} is finished",
            "retries": 50,
            "delay": 1,
            "ignore_errors": self._one(True, False),
        }
        self._registered.append(looked)
        start = {"name": job, "command": command, "async": 30, "poll": 0, "register": job}
        return {
            "block": [
                start,
                {
                    "name": f"{job} runs",
                    "command": "sleep 1",
                    "check_mode": False,
                },
                looking,
            ]
        }
