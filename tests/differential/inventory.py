"""The inventory of a generated site, and where else the variables of its hosts come from."""

from __future__ import annotations

import json

from .chance import HOSTS, VARIABLES, Task
from .roles import Roles

GROUPS = {"work": HOSTS, "fliers": ("bee",), "walkers": ("ant", "cat")}
AWAY = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}

PASSWORD = "s3cret"
SECRET_FILE = """\
$ANSIBLE_VAULT;1.1;AES256
65666138393163303361366466363930343434393238373061393663323833316565636264373135
3861323837653966343531393735633661333038353262620a613466323633313362633732643466
30376630626365316464333338623030366438313732393663653833643832336336396362393363
3162323566363939340a353132653863626561346339313532326432356261623830666162623466
61316265653737316266656463363064383637353236343838336565343630383739303861653037
3563383133323034646533656532616537653433326533656234
"""
"""`v1` and `v3`, each telling that it is of a secret file."""
SECRET = """\
v2: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  35373935363739316634373138653739366535373130356465313936356631353164633931373962
  6637663032373932343139323136366431633731353065320a663062643933366338623335636237
  62353333343030303737376362643161333666376530333930333231333461323634346562396164
  3530653138653861380a373866636631663536346362393064643137323961616665623339363538
  6165
"""

EVERYWHERE = {
    "ansible_connection": "local",
    **dict.fromkeys(VARIABLES, "all"),
    "lazy": "{{ v1 }} & {{ v2 }}",
    "deep": {"text": "{{ v3 }}", "list": ["{{ v4 }}", 5]},
}

CONSTRUCTED = {
    "plugin": "ansible.builtin.constructed",
    "strict": False,
    "compose": {"v4": "'v4 of ' ~ inventory_hostname", "v6": "v5 | string"},
    "groups": {"late": "inventory_hostname == 'bee'", "fliers": "'walkers' in group_names"},
    "keyed_groups": [{"prefix": "by", "key": "inventory_hostname[0]"}],
}


class Inventory(Roles):
    def _inventory(self) -> list[str]:
        """Write the inventory; gives the switches that name its sources."""
        hosts: Task = {
            host: self._variables(f"inventory {host}", 0.2) for host in (*HOSTS, "scribe")
        }
        if self._away:
            hosts["cat"] |= AWAY
        everything = {"hosts": hosts, "vars": EVERYWHERE, "children": self._groups()}
        folder = self._one("", "", "inventory/")
        source = self._one(self._file, self._file, self._file, self._script)(folder, everything)
        self._beside("")
        if folder:
            self._beside(folder)
        sources = ["-i", source]
        if self._now_and_then(0.15):
            sources += ["-i", self._more_hosts()]
        if self._now_and_then(0.1):
            sources += ["-i", self._write("made.yml", CONSTRUCTED)]
        return sources

    def _file(self, folder: str, everything: Task) -> str:
        return self._write(f"{folder}hosts.yml", {"all": everything})

    def _script(self, folder: str, everything: Task) -> str:
        """Write a program that tells the same."""
        told: Task = {"_meta": {"hostvars": everything["hosts"]}}
        waiting = {"all": everything}
        while waiting:
            name, group = waiting.popitem()
            children = group.get("children", {})
            told[name] = {"vars": group["vars"], "children": [*children]}
            told[name]["hosts"] = [*group.get("hosts", {})]
            waiting |= children
        script = self._write(
            f"{folder}hosts.sh", f"#!/bin/sh\ncat <<'END'\n{json.dumps(told)}\nEND\n"
        )
        (self._folder / script).chmod(0o755)
        return script

    def _groups(self) -> Task:
        groups: Task = {
            name: {
                "hosts": {host: {} for host in members},
                "vars": self._variables(f"inventory {name}", 0.2),
            }
            for name, members in GROUPS.items()
        }
        if self._now_and_then(0.2):
            groups["fliers"]["vars"]["ansible_group_priority"] = 10
        kinds = {name: groups.pop(name) for name in ("fliers", "walkers")}
        beasts = {"children": kinds, "vars": self._variables("inventory beasts", 0.2)}
        return {**groups, "beasts": beasts}

    def _beside(self, folder: str) -> None:
        """Write the variables beside the playbook, or beside the inventory if it lies elsewhere."""
        where = f"{folder}group_vars"
        for name in ("all", "work", "walkers", "beasts"):
            file = f"{where}/{name}" + self._one(".yml", ".yml", "", "/a.yml", "/more/b.yaml")
            self._write(file, self._variables(f"{where} {name}", 0.2))
        for host in HOSTS:
            file = f"{folder}host_vars/{host}{self._one('.yml', '.json', '')}"
            self._write(file, self._variables(f"{folder}host_vars {host}", 0.2))
        if not folder and self._now_and_then(0.2):
            self._write("group_vars/fliers.yml", SECRET)

    def _more_hosts(self) -> str:
        """Write another source, in the older form, that says more of hosts and groups."""
        lines = ["ant v1='v1 of ini ant' v2=12", "[fliers]", "bee v3=true", "[work:vars]"]
        lines += ["v4=v4 of ini work", "v5=[1, 'v5 of ini work']", "[walkers:children]", "fliers"]
        kept = [line for line in lines if line.startswith("[") or self._now_and_then(0.5)]
        return self._write("more.ini", "\n".join(kept))

    def _files(self) -> None:
        """Write what steps read."""
        self._write("text.txt", "text of the playbook")
        self._write("text.j2", "{{ v1 }} and {{ lazy }}")
        self._write("say.sh", "#!/bin/sh\necho said $1\n")
        self._write("secret.yml", SECRET_FILE)
        for name in ("a.yml", "b.yml", "deeper/c.yml"):
            self._write(f"folder/{name}", self._variables(f"folder {name}"))
        self._write("limit.txt", "ant\nscribe\n")
        self._write("folder/d.txt", "no variables")
        for host in HOSTS:
            self._write(f"of_{host}.yml", self._variables(f"file of {host}"))
