"""What playbooks ask of Ansible's configuration that means nothing here: its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..environment import whole

Plugin = tuple[str, str]
KINDS = (
    *("become", "cache", "callback", "cliconf", "connection", "httpapi", "inventory", "lookup"),
    *("netconf", "shell", "strategy", "vars"),
)
"""The kinds of plugins that have settings."""
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_OF_PLUGINS: Mapping[Plugin, Mapping[str, Any]] = {
    ("connection", "local"): {"pipelining": False},
    ("connection", "ssh"): {"host": "inventory_hostname", "port": None, "remote_user": None},
    ("shell", "sh"): {"remote_tmp": "~/.ansible/tmp", "system_tmpdirs": ["/var/tmp", "/tmp"]},  # noqa: S108
}
_VARIABLES: Mapping[str, str] = {
    "DEPRECATION_WARNINGS": "ansible_deprecation_warnings",
    "FACTS_MODULES": "ansible_facts_modules",
    "INTERPRETER_PYTHON": "ansible_python_interpreter",
    "remote_user": "ansible_user",
}
_OF_CODE = ["action", "callback", "connection", "filter", "inventory", "lookup", "test", "vars"]
_FOLDERS = {
    "COLLECTIONS_PATHS": "collections",
    **{f"DEFAULT_{kind.upper()}_PLUGIN_PATH": f"plugins/{kind}" for kind in _OF_CODE},
    "DEFAULT_MODULE_PATH": "plugins/modules",
    "DEFAULT_MODULE_UTILS_PATH": "plugins/module_utils",
    "DEFAULT_ROLES_PATH": "roles",
}
_DEFAULTS: Mapping[str, Any] = {
    "ACTION_WARNINGS": True,
    "ANSIBLE_FORCE_COLOR": False,
    "ANSIBLE_NOCOLOR": False,
    "ANSIBLE_NOCOWS": False,
    "ANSIBLE_PIPELINING": False,
    "BECOME_ALLOW_SAME_USER": False,
    "CALLBACKS_ENABLED": [],
    "COLOR_CHANGED": "yellow",
    "COLOR_DEBUG": "dark gray",
    "COLOR_DEPRECATE": "purple",
    "COLOR_DIFF_ADD": "green",
    "COLOR_DIFF_LINES": "cyan",
    "COLOR_DIFF_REMOVE": "red",
    "COLOR_ERROR": "red",
    "COLOR_HIGHLIGHT": "white",
    "COLOR_OK": "green",
    "COLOR_SKIP": "cyan",
    "COLOR_UNREACHABLE": "bright red",
    "COLOR_VERBOSE": "blue",
    "COLOR_WARN": "bright purple",
    "CONFIG_FILE": None,
    "DEFAULT_ASK_PASS": False,
    "DEFAULT_BECOME": False,
    "DEFAULT_BECOME_EXE": None,
    "DEFAULT_BECOME_FLAGS": "",
    "DEFAULT_BECOME_METHOD": "sudo",
    "DEFAULT_BECOME_USER": "root",
    "DEFAULT_DEBUG": False,
    "DEFAULT_EXECUTABLE": "/bin/sh",
    "DEFAULT_HOST_LIST": ["/etc/ansible/hosts"],
    "DEFAULT_JINJA2_NATIVE": True,
    "DEFAULT_KEEP_REMOTE_FILES": False,
    "DEFAULT_MANAGED_STR": "Ansible managed",
    "DEFAULT_MODULE_NAME": "command",
    "DEFAULT_PRIVATE_KEY_FILE": None,
    "DEFAULT_PRIVATE_ROLE_VARS": False,
    "DEFAULT_REMOTE_PORT": None,
    "DEFAULT_REMOTE_USER": None,
    "DEFAULT_TIMEOUT": 10,
    "DEFAULT_TRANSPORT": "ssh",
    "DEFAULT_UNDEFINED_VAR_BEHAVIOR": True,
    "DUPLICATE_YAML_DICT_KEY": "warn",
    "HOST_KEY_CHECKING": True,
    "INTERPRETER_PYTHON": "auto",
    "INVENTORY_ENABLED": ["host_list", "script", "auto", "yaml", "ini", "toml"],
    "INVENTORY_IGNORE_EXTS": [
        *(".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg"),
        ".retry",
    ],
    "PLAYBOOK_VARS_ROOT": "top",
    "RETRY_FILES_SAVE_PATH": None,
    "SYSTEM_WARNINGS": True,
    "TAGS_RUN": [],
    "TAGS_SKIP": [],
    "YAML_FILENAME_EXTENSIONS": [".yml", ".yaml", ".json"],
}


def variable_of(name: str, plugin: Plugin | None) -> str:
    """The variable of a host that wins over a setting, if there is one."""
    return _VARIABLES.get(name, f"ansible_{name}" if plugin else "")


def of_plugins(plugin: Plugin) -> Mapping[str, Any] | None:
    """The settings of a plugin, if there is one of this kind and name."""
    return _OF_PLUGINS.get(plugin)


def set_or(variable: str, default: Any) -> Any:
    """What the environment sets, in the kind that the default has."""
    text = whole().get(variable)
    if not text:
        return default
    if isinstance(default, list):
        return [part.strip() for part in text.split(",")]
    if isinstance(default, bool):
        return text.lower() in _TRUE
    return int(text) if isinstance(default, int) else text


def of_ansible() -> Mapping[str, Any]:
    """The settings by Ansible's names."""
    home = str(Path(whole().get("ANSIBLE_HOME", "~/.ansible")).expanduser())
    folders = {
        name: [f"{home}/{folder}", f"/usr/share/ansible/{folder}"]
        for name, folder in _FOLDERS.items()
    }
    folders["DEFAULT_ROLES_PATH"].append("/etc/ansible/roles")
    private = str(Path(home, "tmp"))
    return {**_DEFAULTS, **folders, "ANSIBLE_HOME": home, "DEFAULT_LOCAL_TMP": private}
