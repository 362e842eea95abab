"""What the steps of a generated site do."""

from __future__ import annotations

from typing import Any

from .chance import VARIABLES, Task
from .words import Words


class Steps(Words):
    def _step(self) -> Task:
        if self._now_and_then(0.1):
            return self._harmful()
        step: Task = self._one(
            self._saying,
            self._saying,
            self._setting,
            self._setting,
            self._reading,
            self._commanding,
            self._writing,
            self._growing,
        )()
        return step

    def _harmful(self) -> Task:
        step: Task = self._one(
            {"fail": {"msg": self._text()}},
            {"fail": {}},
            {"assert": {"that": [self._condition(), self._condition()], "fail_msg": "no"}},
            {"assert": {"that": [self._condition()], "quiet": True}},
            {"command": "false"},
            {"shell": "echo out; echo err >&2; exit 3"},
            {"debug": {"msg": "{{ nowhere }}"}},
            {"set_fact": {"v1": "{{ nowhere }}"}},
            {"include_vars": "missing.yml"},
        )
        return step

    def _saying(self) -> Task:
        text = self._text()
        step: Task = self._one(
            {"debug": {"msg": text}},
            {"debug": {"msg": text}},
            {"debug": {"msg": [text, {"key": self._text()}]}},
            {"debug": {"var": self._one(*VARIABLES, "lazy", "deep", "nowhere", "deep.list[0]")}},
            {"debug": f"msg='{text}'" if "'" not in text else "msg=plain"},
            {"debug": {}},
            {"debug": {"msg": "{{ v9 | default(omit) }}"}},
            {"debug": {"msg": "more", "verbosity": 1}},
            {"ansible.builtin.debug": {"msg": text}},
            {"action": {"module": "debug", "msg": text}},
            {"local_action": {"module": "debug", "msg": text}},
            {"debug": {}, "args": {"msg": text}},
            {"ping": {"data": text}},
            {"assert": {"that": True, "success_msg": text}},
            {"assert": {"that": ["v1 is defined", "lazy is string"], "quiet": True}},
        )
        return step

    def _setting(self) -> Task:
        variable, text = self._one(*VARIABLES), self._text()
        step: Task = self._one(
            {"set_fact": {variable: text}},
            {"set_fact": {variable: text}},
            {"set_fact": {"trace": f"{{{{ trace | default([]) + ['{self._next('mark')}'] }}}}"}},
            {"set_fact": {variable: text, "cacheable": self._one(True, False)}},
            {"set_fact": {"result": self._of_a_result()}},
            {"set_fact": {variable: text, "v2": "{{ v1 }} before"}},
            {"set_fact": {f"{{{{ '{variable}' }}}}": text}},
            {"set_stats": {"data": {"count": 1}}},
            {"set_stats": {"data": {"said": text}, "per_host": True}},
            {"set_stats": {"data": {"count": 2}, "aggregate": self._one(True, False)}},
        )
        return step

    def _of_a_result(self) -> str:
        if not self._registered:
            return "nothing"
        name = self._one(*self._registered)
        part = self._one("changed", "msg", "stdout", "results[0].item", "attempts", "skip_reason")
        return f"{{{{ {name}.{part} | default('none') }}}}"

    def _reading(self) -> Task:
        step: Task = self._one(
            {"include_vars": {"file": self._vars_file(), **self._one({}, {"name": "included"})}},
            {"include_vars": {"file": self._vars_file(), "hash_behaviour": "merge"}},
            {"include_vars": self._vars_file()},
            {"include_vars": f"file={self._vars_file()} name=included"},
            {"include_vars": "of_{{ inventory_hostname }}.yml"},
            {"include_vars": "{{ item }}", "with_first_found": ["missing.yml", self._vars_file()]},
            {"include_vars": {"dir": "folder", **self._of_folder()}},
            {"include_vars": {"dir": "folder", "name": "included", **self._of_folder()}},
            {"stat": {"path": "text.txt", "get_checksum": False}},
            {"find": {"paths": "folder", "patterns": self._one("*.yml", "a*"), "recurse": True}},
            {"wait_for": {"path": "text.txt", "timeout": 1}},
            {"slurp": {"src": "{{ playbook_dir }}/text.txt"}},
            {"validate_argument_spec": self._claim()},
        )
        return step

    def _of_folder(self) -> Task:
        choice: Task = self._one(
            {},
            {"depth": 1},
            {"files_matching": "^b"},
            {"ignore_files": ["b.yml"]},
            {"extensions": ["yml"], "ignore_unknown_extensions": True},
        )
        return choice

    def _claim(self) -> Task:
        given = self._one({"v1": "{{ v1 }}"}, {"v1": "{{ v1 }}", "number": "3"}, {})
        return {"argument_spec": self._specification(), "provided_arguments": given}

    def _specification(self) -> Task:
        specification: Task = {
            "v1": {"type": "str", "required": self._one(True, False)},
            "number": {"type": self._one("int", "str", "bool", "float"), "default": 3},
        }
        self._maybe(specification, 0.3, "v2", lambda: {"choices": ["a", "v2 of play"]})
        self._maybe(specification, 0.2, "deep", lambda: {"type": self._one("dict", "list")})
        return specification

    def _commanding(self) -> Task:
        step: Task = self._one(
            {"command": "true"},
            {"command": "echo {{ inventory_hostname }}"},
            {"command": self._one("printenv WORD", "sh -c 'echo $WORD $WORD2'")},
            {"command": {"argv": ["echo", self._text()]}},
            {"command": {"cmd": "echo made", self._one("creates", "removes"): "text.txt"}},
            {"command": "ls", "args": {"chdir": "folder"}},
            {"shell": "echo $WORD | wc -c; echo {{ v1 | quote }} >&2"},
            {"raw": "echo {{ v2 | quote }}"},
            {"script": "say.sh {{ v3 | quote }}"},
            {"command": {"cmd": "cat", "stdin": self._text()}},
            {"command": "echo late", "async": 20, "poll": 1},
        )
        return step

    def _writing(self) -> Task:
        path = "out/{{ inventory_hostname }}" + self._one("", "2")
        step: Task = self._one(
            {"copy": {"content": f"{self._text()}\n", "dest": path}},
            {"copy": {"src": "text.txt", "dest": path}},
            {"template": {"src": "text.j2", "dest": path}},
            {"lineinfile": {"path": path, "line": "{{ v1 }}", "create": True}},
            {"file": {"path": path, "state": self._one("touch", "absent")}},
            {"copy": {"content": "first", "dest": path, "force": self._one(True, False)}},
            {"replace": {"path": path, "regexp": "of \\w+", "replace": "of {{ v2 }}"}},
            {"blockinfile": {"path": path, "block": "{{ v4 }}", "create": True}},
            {"assemble": {"src": "folder", "dest": path, "regexp": self._one("^a", "yml$")}},
            {"file": {"path": f"{path}.l", "src": "../text.txt", "state": "link"}},
            {"file": {"path": f"{path}.d", "state": self._one("directory", "absent")}},
        )
        return step

    def _growing(self) -> Task:
        """Make hosts and groups."""
        host: Task = {"name": "extra", "groups": self._one("late", ["late", "work2"])}
        self._maybe(host, 0.3, "v1", lambda: "v1 of add_host")
        step: Task = self._one(
            {"add_host": host},
            {"group_by": {"key": f"by_{{{{ {self._one(*VARIABLES)} | string | length }}}}"}},
            {"group_by": {"key": "by_{{ inventory_hostname[0] }}", "parents": ["late"]}},
        )
        return step

    def _by_default(self) -> Any:
        return self._one(
            {"debug": {"msg": "by default"}},
            {"command": {"argv": ["echo", "dflt"]}},
            {"ansible.builtin.debug": {"msg": "{{ v1 }} by default"}},
            {"copy": {"mode": "0600"}, "set_fact": {"v4": "v4 by default"}},
            [{"debug": {"msg": "first"}}, {"debug": {"msg": "second"}}],
        )
