"""The switches of passwords, and the command line of `opsplay vault`, as ansible-vault has them."""

from __future__ import annotations

import argparse

from ... import __version__


def add_passwords(parser: argparse.ArgumentParser) -> None:
    """Where passwords come from."""
    parser.add_argument(
        "--vault-id",
        action="append",
        default=[],
        dest="vault_ids",
        metavar="ID@SOURCE",
        help="a password and its id; the source is a file, a script that prints it, or prompt",
    )
    parser.add_argument(
        "--vault-password-file",
        "--vault-pass-file",
        action="append",
        default=[],
        dest="vault_password_files",
        metavar="FILE",
        help="a file with the vault password, or a script that prints it",
    )
    parser.add_argument(
        "-J",
        "--ask-vault-password",
        "--ask-vault-pass",
        action="store_true",
        dest="ask_vault_pass",
        help="ask for the vault password",
    )


def add(vault: argparse.ArgumentParser) -> None:
    """The seven things that can be done."""
    vault.add_argument("--version", action="version", version=f"opsplay {__version__}")
    vault.add_argument("-v", "--verbose", action="count", help="no effect")
    actions = vault.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="write a new encrypted file in an editor")
    edit = actions.add_parser("edit", help="change encrypted files in an editor")
    view = actions.add_parser("view", help="show what encrypted files hold")
    encrypt = actions.add_parser("encrypt", help="encrypt files")
    decrypt = actions.add_parser("decrypt", help="decrypt files")
    rekey = actions.add_parser("rekey", help="encrypt files with another password")
    string = actions.add_parser("encrypt_string", help="encrypt texts, to paste them into YAML")
    for action in (create, edit, view, encrypt, decrypt, rekey, string):
        add_passwords(action)
        action.add_argument("-v", "--verbose", action="count", help="no effect")
    for action in (create, edit, encrypt, rekey, string):
        action.add_argument(
            "--encrypt-vault-id",
            metavar="ID",
            help="the id of the password to encrypt with, if there are several",
        )
    for action in (encrypt, decrypt, string):
        action.add_argument("--output", metavar="FILE", help="where to write to; - is stdout")
    create.add_argument(
        "--skip-tty-check", action="store_true", help="open the editor without a terminal too"
    )
    create.add_argument("files", nargs=1, metavar="FILE")
    for action in (edit, rekey):
        action.add_argument("files", nargs="+", metavar="FILE")
    for action in (view, encrypt, decrypt):
        action.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="- is stdin")
    _new_password(rekey)
    _string(string)


def _new_password(rekey: argparse.ArgumentParser) -> None:
    new = rekey.add_mutually_exclusive_group()
    new.add_argument("--new-vault-id", metavar="ID@SOURCE", help="the new password and its id")
    new.add_argument("--new-vault-password-file", metavar="FILE", help="a file with the new one")


def _string(string: argparse.ArgumentParser) -> None:
    string.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="the texts; others can see them: better is none, which reads one from stdin",
    )
    string.add_argument(
        "-n", "--name", action="append", default=[], help="the name of the variable, text by text"
    )
    string.add_argument("--stdin-name", metavar="NAME", help="the name of what stdin holds")
    string.add_argument("-p", "--prompt", action="store_true", help="ask for the text")
    string.add_argument("--show-input", action="store_true", help="show what is typed")
