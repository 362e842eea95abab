"""Settings: one class, from which the checks, `opsplay settings` and the docs come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from ..dataclasses import dataclass, field
from ..task import Range

if TYPE_CHECKING:
    from ..inventory.reading import Reading

FILE = "opsplay.toml"
OWN = "OPSPLAY_"
ANSIBLE = "ANSIBLE_"


class Ansible(NamedTuple):
    """Marks a setting that Ansible has too: `ANSIBLE_` and this name."""

    name: str
    key: str = ""
    """Its key in ansible.cfg, if it is not the name in small letters."""
    section: str = "defaults"


class Paths:
    """Marks a setting of paths: in opsplay.toml they count from its folder."""


class AddsUp:
    """Marks a list to which the command line adds."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Settings:
    """Every setting. Those that are switches too are called as what they set here."""

    inventory: Annotated[
        list[str], Ansible("INVENTORY"), Paths(), "where the hosts are told: files, folders, `a,b,`"
    ] = field(default_factory=list)
    forks: Annotated[int, Range(1), Ansible("FORKS"), "hosts at a time"] = 5
    force_handlers: Annotated[
        bool, Ansible("FORCE_HANDLERS"), "run handlers though a task failed"
    ] = False
    error_on_missing_handler: Annotated[
        bool,
        Ansible("ERROR_ON_MISSING_HANDLER"),
        "whether it is an error to notify a handler that is not there",
    ] = True
    invalid_task_attribute_failed: Annotated[
        bool,
        Ansible("INVALID_TASK_ATTRIBUTE_FAILED"),
        "whether a keyword is an error that an include does not have; it is ignored otherwise",
    ] = True
    module_strict_utf8_response: Annotated[
        bool,
        Ansible("MODULE_STRICT_UTF8_RESPONSE"),
        "whether a command or module fails whose output is no UTF-8; it is replaced otherwise",
    ] = True
    allow_broken_conditionals: Annotated[
        bool,
        Ansible("ALLOW_BROKEN_CONDITIONALS"),
        "a condition may come to anything: what is empty, 0 or null is false then",
    ] = False
    allow_embedded_templates: Annotated[
        bool,
        Ansible("ALLOW_EMBEDDED_TEMPLATES"),
        "templates in the texts of a condition and of what a lookup is given are rendered",
    ] = True
    any_errors_fatal: Annotated[
        bool, Ansible("ANY_ERRORS_FATAL"), "end a play for all hosts when one fails"
    ] = False
    strategy: Annotated[
        str,
        Ansible("STRATEGY"),
        "how hosts go through a play that does not say: `linear`, `free` or `host_pinned`",
    ] = "linear"
    gathering: Annotated[
        Literal["implicit", "explicit", "smart"],
        Ansible("GATHERING"),
        "facts of plays that do not say: collected, not collected, or only once a run",
    ] = "implicit"
    facts_modules: Annotated[
        list[str],
        Ansible("FACTS_MODULES"),
        "modules that `gather_facts` runs; `smart` is `setup`",
    ] = field(default_factory=lambda: ["smart"])
    show_custom_stats: Annotated[
        bool, Ansible("SHOW_CUSTOM_STATS"), "show at the end of a run what set_stats kept"
    ] = False
    roles_path: Annotated[
        list[str],
        Ansible("ROLES_PATH"),
        Paths(),
        "folders of roles, beside `roles/` of the playbook; else those that Ansible has",
    ] = field(default_factory=list)
    collections_path: Annotated[
        list[str],
        Ansible("COLLECTIONS_PATH"),
        Paths(),
        "folders of collections, beside `collections/` of the playbook; else those of Ansible",
    ] = field(default_factory=list)
    ansible_home: Annotated[
        str | None,
        Ansible("HOME", "home"),
        Paths(),
        "Ansible's own folder, with more folders of roles and collections; else ~/.ansible",
    ] = None
    private_role_vars: Annotated[
        bool | None,
        Ansible("PRIVATE_ROLE_VARS"),
        "whether a role's variables are hidden from other tasks; else only of those that are"
        " included",
    ] = None
    verbosity: Annotated[
        int, Range(0), Ansible("VERBOSITY"), "how much is told: 1 as with -v, 2 as with -vv"
    ] = 0
    output: Annotated[Literal["text", "json", "quiet"], "how a run is told"] = "text"
    retry_files_enabled: Annotated[
        bool,
        Ansible("RETRY_FILES_ENABLED"),
        "write the names of hosts that have failed beside the playbook, into PLAYBOOK.retry",
    ] = False
    retry_files_save_path: Annotated[
        str | None,
        Ansible("RETRY_FILES_SAVE_PATH"),
        Paths(),
        "the folder of these files; else that of the playbook",
    ] = None
    log_path: Annotated[
        str | None,
        Ansible("LOG_PATH"),
        Paths(),
        "a file to which a run adds what it shows, with the time before each line",
    ] = None
    display_skipped_hosts: Annotated[
        bool, Ansible("DISPLAY_SKIPPED_HOSTS"), "tell what was skipped"
    ] = True
    display_ok_hosts: Annotated[
        bool, Ansible("DISPLAY_OK_HOSTS"), "tell what went well and changed nothing"
    ] = True
    display_failed_stderr: Annotated[
        bool, Ansible("DISPLAY_FAILED_STDERR"), "tell what failed on stderr"
    ] = False
    show_per_host_start: Annotated[
        bool, Ansible("SHOW_PER_HOST_START"), "tell of each host that it begins a task"
    ] = False
    show_task_path_on_failure: Annotated[
        bool,
        Ansible("SHOW_TASK_PATH_ON_FAILURE"),
        "with results as Ansible has them: tell where a task is written that failed",
    ] = False
    display_args_to_stdout: Annotated[
        bool,
        Ansible("DISPLAY_ARGS_TO_STDOUT"),
        "tell the arguments of a task, as they are written, beside its name",
    ] = False
    check_mode_markers: Annotated[
        bool, Ansible("CHECK_MODE_MARKERS"), "say of plays and tasks that they change nothing"
    ] = False
    managed: Annotated[
        str,
        Ansible("MANAGED", "ansible_managed"),
        "what `ansible_managed` says in template files; `{file}`, `{host}` and `{uid}` in it are"
        " the template's, and `%Y-%m-%d` and the like the time when it was changed",
    ] = "Ansible managed"
    display_traceback: Annotated[
        list[Literal["error", "warning", "deprecated", "deprecated_value", "always", "never"]],
        Ansible("DISPLAY_TRACEBACK"),
        "where Python's tracebacks are told: with `error` or `always` in results that failed, as"
        " `exception`, and below their messages; of warnings there are none",
    ] = field(default_factory=lambda: ["never"])
    diff: Annotated[
        bool, Ansible("DIFF_ALWAYS", "always", "diff"), "show what changes in files"
    ] = False
    diff_context: Annotated[
        int,
        Range(0),
        Ansible("DIFF_CONTEXT", "context", "diff"),
        "lines that are shown around what changes",
    ] = 3
    max_diff_size: Annotated[
        int, Range(0), Ansible("MAX_DIFF_SIZE"), "texts with more characters are not compared"
    ] = 104_448
    tags: Annotated[
        list[str], Ansible("RUN_TAGS", "run", "tags"), AddsUp(), "only what has one of these tags"
    ] = field(default_factory=list)
    skip_tags: Annotated[
        list[str],
        Ansible("SKIP_TAGS", "skip", "tags"),
        AddsUp(),
        "leave out what has one of these tags",
    ] = field(default_factory=list)
    task_timeout: Annotated[
        int, Range(0), Ansible("TASK_TIMEOUT"), "seconds that a step may take; 0 is any number"
    ] = 0
    enable_task_debugger: Annotated[
        bool, Ansible("ENABLE_TASK_DEBUGGER"), "ask what to do when a step has failed"
    ] = False
    task_debugger_ignore_errors: Annotated[
        bool,
        Ansible("TASK_DEBUGGER_IGNORE_ERRORS"),
        "do not ask about a failure that `ignore_errors` forgives",
    ] = True
    poll_interval: Annotated[
        int,
        Range(0),
        Ansible("POLL_INTERVAL"),
        "seconds between two looks at a step with async that does not say; 0 does not wait for it",
    ] = 15
    cache_plugin: Annotated[
        str,
        Ansible("CACHE_PLUGIN", "fact_caching"),
        "where facts are kept: `memory` is for this run, `jsonfile` in files for the next as well",
    ] = "memory"
    cache_plugin_connection: Annotated[
        str | None,
        Ansible("CACHE_PLUGIN_CONNECTION", "fact_caching_connection"),
        Paths(),
        "the folder of these files",
    ] = None
    cache_plugin_timeout: Annotated[
        int,
        Range(0),
        Ansible("CACHE_PLUGIN_TIMEOUT", "fact_caching_timeout"),
        "for how many seconds facts that are kept are true; 0 is for ever",
    ] = 86400
    inject_fact_vars: Annotated[
        bool,
        Ansible("INJECT_FACT_VARS", "inject_facts_as_vars"),
        "whether facts are variables, not in ansible_facts only",
    ] = True
    no_log: Annotated[
        bool, Ansible("NO_LOG"), "show neither arguments nor results, unless a task says otherwise"
    ] = False
    host_pattern_mismatch: Annotated[
        Literal["nobody", "error", "warning", "ignore"],
        Ansible("HOST_PATTERN_MISMATCH", section="inventory"),
        "what it is if patterns match no host: nobody is an error where a play has no hosts at all,"
        " error also where one of several patterns has none",
    ] = "nobody"
    inventory_any_unparsed_is_failed: Annotated[
        bool,
        Ansible("INVENTORY_ANY_UNPARSED_IS_FAILED", "any_unparsed_is_failed", "inventory"),
        "whether an inventory that is missing or wrong is an error; there is a warning otherwise",
    ] = False
    inventory_unparsed_is_failed: Annotated[
        bool,
        Ansible("INVENTORY_UNPARSED_FAILED", "unparsed_is_failed", "inventory"),
        "whether it is an error that all of the inventories are missing or wrong",
    ] = False
    inventory_unparsed_warning: Annotated[
        bool,
        Ansible("INVENTORY_UNPARSED_WARNING", section="inventory"),
        "whether it is warned of that all of the inventories are missing or wrong",
    ] = True
    localhost_warning: Annotated[
        bool,
        Ansible("LOCALHOST_WARNING"),
        "with results as Ansible has them: warn that there is no host but localhost",
    ] = True
    deprecation_warnings: Annotated[
        bool,
        Ansible("DEPRECATION_WARNINGS"),
        "warn of what modules say is deprecated",
    ] = True
    inventory_enabled: Annotated[
        list[str],
        Ansible("INVENTORY_ENABLED", "enable_plugins", "inventory"),
        "what an inventory may be: host_list, script, auto, yaml, ini, toml; else any of them",
    ] = field(default_factory=list)
    inventory_ignore: Annotated[
        list[str],
        Ansible("INVENTORY_IGNORE", "ignore_extensions", "inventory"),
        "endings of files that are no inventories, in a folder of some; else those of Ansible",
    ] = field(default_factory=list)
    inventory_ignore_patterns: Annotated[
        list[str],
        Ansible("INVENTORY_IGNORE_REGEX", "ignore_patterns", "inventory"),
        "regular expressions; files whose names they fit are no inventories, either",
    ] = field(default_factory=list)
    hash_behaviour: Annotated[
        Literal["replace", "merge"],
        Ansible("HASH_BEHAVIOUR"),
        "`merge`: mappings that are set in several places are put together",
    ] = "replace"
    transform_invalid_group_chars: Annotated[
        Literal["never", "ignore", "always", "silently"],
        Ansible("TRANSFORM_INVALID_GROUP_CHARS", "force_valid_group_names"),
        "`always` or `silently`: what cannot be in a variable's name becomes _ in a group's",
    ] = "never"
    filter_plugins: Annotated[
        list[str], Ansible("FILTER_PLUGINS"), Paths(), "more folders of filters"
    ] = field(default_factory=list)
    test_plugins: Annotated[
        list[str], Ansible("TEST_PLUGINS"), Paths(), "more folders of tests"
    ] = field(default_factory=list)
    lookup_plugins: Annotated[
        list[str], Ansible("LOOKUP_PLUGINS"), Paths(), "more folders of lookups"
    ] = field(default_factory=list)
    vars_plugins: Annotated[
        list[str],
        Ansible("VARS_PLUGINS"),
        Paths(),
        "more folders of plugins that give hosts and groups variables",
    ] = field(default_factory=list)
    vars_plugins_enabled: Annotated[
        list[str],
        Ansible("VARS_ENABLED", "vars_plugins_enabled"),
        "plugins that give variables if they are named here; `host_group_vars`: the folders"
        " group_vars/ and host_vars/",
    ] = field(default_factory=lambda: ["host_group_vars"])
    run_vars_plugins: Annotated[
        Literal["demand", "start"],
        Ansible("RUN_VARS_PLUGINS"),
        "`start`: they give nothing that lies beside the playbook",
    ] = "demand"
    yaml_valid_extensions: Annotated[
        list[str],
        Ansible("YAML_FILENAME_EXT", "yaml_valid_extensions"),
        "endings of files in group_vars/ and host_vars/; else .yml, .yaml, .json",
    ] = field(default_factory=list)
    precedence: Annotated[
        list[str],
        Ansible("PRECEDENCE"),
        "where variables of groups come from, the lowest first, in Ansible's words; else its order",
    ] = field(default_factory=list)
    task_modules: Annotated[list[str], Ansible("LIBRARY"), Paths(), "more folders of steps"] = (
        field(default_factory=list)
    )
    plugin_filters_cfg: Annotated[
        str | None,
        Ansible("PLUGIN_FILTERS_CFG"),
        Paths(),
        "a file that lists steps nobody may use, as Ansible has it",
    ] = None
    callback_result_format: Annotated[
        Literal["auto", "text", "json", "yaml"],
        Ansible("CALLBACK_RESULT_FORMAT"),
        "how results are shown: as text for people (into a pipe or a file, `auto` shows what debug "
        "and assert say as Ansible does, for scripts that look for it), or whole as Ansible does",
    ] = "auto"
    callback_format_pretty: Annotated[
        bool | None,
        Ansible("CALLBACK_FORMAT_PRETTY"),
        "results in JSON are indented, or never; otherwise only those that are told in full",
    ] = None
    stdout_callback: Annotated[
        str,
        Ansible("STDOUT_CALLBACK"),
        "`minimal` or `oneline`: nothing but results is shown; all else means what is normal",
    ] = "default"
    callback_plugins: Annotated[
        list[str],
        Ansible("CALLBACK_PLUGINS"),
        Paths(),
        "folders of callbacks: none is run, but what one is called may be in `stdout_callback`",
    ] = field(default_factory=list)
    secret_env: Annotated[
        list[str],
        "variables of the environment that are secrets, `*_PASSWORD` too; no child inherits them",
    ] = field(default_factory=list)
    pass_command: Annotated[list[str], "what the lookup `pass` runs, before the name"] = field(
        default_factory=lambda: ["pass", "show"]
    )
    state_dir: Annotated[
        str | None, Paths(), "where to remember runs, and what was sent and fetched"
    ] = None
    journal: Annotated[
        str,
        "where several machines remember their runs: `postgresql://user@host/database`;"
        " otherwise a file in `state_dir`",
    ] = ""
    no_journal: Annotated[bool, "run without remembering it for `opsplay runs`"] = False
    vault_password_file: Annotated[
        str | None,
        Ansible("VAULT_PASSWORD_FILE"),
        Paths(),
        "a file with the vault password, or a script that prints it",
    ] = None
    vault_identity_list: Annotated[
        list[str], Ansible("VAULT_IDENTITY_LIST"), "vault passwords: `ID@FILE` or `ID@prompt`"
    ] = field(default_factory=list)
    vault_identity: Annotated[
        str, Ansible("VAULT_IDENTITY"), "the id of vault passwords that are given without one"
    ] = "default"
    vault_id_match: Annotated[
        bool, Ansible("VAULT_ID_MATCH"), "try only the passwords with the id of what is encrypted"
    ] = False
    vault_encrypt_identity: Annotated[
        str | None,
        Ansible("VAULT_ENCRYPT_IDENTITY"),
        "the id of the vault password to encrypt with, if there are several",
    ] = None
    vault_encrypt_salt: Annotated[
        str | None,
        Ansible("VAULT_ENCRYPT_SALT"),
        "what `opsplay vault` encrypts with besides the password; else something random",
    ] = None
    editor: Annotated[
        str | None,
        Ansible("EDITOR"),
        "the program that `opsplay vault edit` starts; else what `EDITOR` in the environment says",
    ] = None
    inventory_export: Annotated[
        bool,
        Ansible("INVENTORY_EXPORT", "export", "inventory"),
        "`opsplay inventory` shows variables where they are set, also of groups",
    ] = False
    playbook_dir: Annotated[
        str | None,
        Ansible("PLAYBOOK_DIR"),
        Paths(),
        "the folder of playbooks for `opsplay inventory`, else the current one",
    ] = None

    @property
    def shows_as_ansible(self) -> bool:
        """Whether results are shown as Ansible shows them: scripts may look for its words."""
        return self.callback_result_format in ("json", "yaml")

    @property
    def of_inventories(self) -> Reading:
        """How inventories are read."""
        from ..inventory.reading import ENDINGS, KINDS, ORDER, VARIABLE_ENDINGS, Reading
        from ..roles import RolePlaces

        return Reading(
            odd_names=self.transform_invalid_group_chars,
            vars_plugins=self.vars_plugins,
            enabled_vars=self.vars_plugins_enabled,
            collections=RolePlaces.of(self).collections,
            beside_playbook=self.run_vars_plugins == "demand",
            variable_endings=self.yaml_valid_extensions or VARIABLE_ENDINGS,
            order=self.precedence or ORDER,
            deep=self.hash_behaviour == "merge",
            all_there=self.inventory_any_unparsed_is_failed,
            lenient=not self.inventory_any_unparsed_is_failed,
            needs_one=self.inventory_unparsed_is_failed,
            deprecations=self.deprecation_warnings,
            warns=self.inventory_unparsed_warning,
            kinds=self.inventory_enabled or KINDS,
            ignored_endings=self.inventory_ignore or ENDINGS,
            ignored_patterns=self.inventory_ignore_patterns,
        )
