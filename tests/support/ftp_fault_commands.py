"""The commands of a scripted FTP server that need no data connection."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ftp_fault_session import Command, Session
from ftp_fault_transfers import TRANSFERS
from ftp_fault_tree import Refused, stamp

# Logging in -----------------------------------------------------------------------------------


def user(session: Session, name: str) -> str:
    if session.options.tls_required and not session.encrypted:
        raise Refused("530 Log in over TLS: AUTH TLS required")
    session.user = name
    return "331 Password?"


def password(session: Session, given: str) -> str:
    if (session.user, given) != (session.options.user, session.options.password):
        raise Refused("530 Login incorrect")
    if not session.options.refuses_at_greeting:
        session.server.admit(session)
    session.logged_in = True
    return "230 Welcome"


def start_tls(session: Session, _: str) -> str:
    if not session.options.certificate or session.encrypted:
        raise Refused("502 TLS is not offered")
    session.say("234 Go on")
    session.secure()
    return ""


def protect(session: Session, level: str) -> str:
    if not session.encrypted:
        raise Refused("503 AUTH TLS first")
    session.protected = level.upper() == "P"
    return "200 Done"


_FEATURES = {
    "MLST": "MLST type*;size*;modify*;UNIX.mode*;",
    "REST": "REST STREAM",
    "HASH": "HASH SHA-256*;SHA-1;MD5;CRC32",
}
_OFFERED = ("UTF8", "EPSV", "EPRT", "SIZE", "MDTM", "MFMT", "MLST", "REST", "TVFS", "HASH")
_OFFERED_WITH_TLS = ("AUTH TLS", "PBSZ", "PROT")
_CHECKSUMS = ("XCRC", "XMD5", "XSHA1", "XSHA256")


def features(session: Session, _: str) -> str:
    offered = [*_OFFERED, *_CHECKSUMS]
    if session.options.certificate:
        offered += _OFFERED_WITH_TLS
    kept = [name for name in offered if name not in session.options.without]
    return "\r\n".join(
        ["211-Features", *(f" {_FEATURES.get(name, name)}" for name in kept), "211 End"]
    )


def options(session: Session, argument: str) -> str:
    name = argument.partition(" ")[0].upper()
    if name in session.options.without:
        raise Refused(f"501 {name} is not known here")
    if argument.upper().startswith("HASH "):
        session.algorithm = argument.split(" ")[1].upper()
    return "200 Done"


# Files ----------------------------------------------------------------------------------------


def work_in(session: Session, path: str) -> str:
    folder = session.absolute(path)
    if not session.tree.is_folder(folder):
        raise Refused(f"550 {folder}: no such folder")
    session.folder = folder
    return "250 Done"


def where(session: Session, _: str) -> str:
    quoted = session.folder.replace('"', '""')
    return f'257 "{quoted}" is the current folder'


def size(session: Session, path: str) -> str:
    return f"213 {len(session.tree.file(session.absolute(path)).data)}"


def time(session: Session, path: str) -> str:
    return f"213 {stamp(session.tree.file(session.absolute(path)).mtime)}"


def set_time(session: Session, argument: str) -> str:
    written, _, path = argument.partition(" ")
    session.tree.file(session.absolute(path)).mtime = _seconds(written)
    return f"213 Modify={written}; {path}"


def _seconds(written: str) -> float:
    try:
        return datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused(f"501 {written} is no time") from None


def facts(session: Session, argument: str) -> str:
    path = session.absolute(argument)
    if not session.tree.exists(path):
        raise Refused(f"550 {path}: no such file")
    return f"250-Listing\r\n {session.tree.facts(path, path)}\r\n250 End"


def delete(session: Session, path: str) -> str:
    session.tree.remove(session.absolute(path))
    return "250 Done"


def make_folder(session: Session, path: str) -> str:
    session.tree.make_folder(session.absolute(path))
    return f'257 "{session.absolute(path)}" made'


def remove_folder(session: Session, path: str) -> str:
    session.tree.remove_folder(session.absolute(path))
    return "250 Done"


def rename_from(session: Session, path: str) -> str:
    session.renaming = session.absolute(path)
    if not session.tree.exists(session.renaming):
        raise Refused(f"550 {session.renaming}: no such file")
    return "350 Go on"


def rename_to(session: Session, path: str) -> str:
    old, session.renaming = session.renaming, ""
    new = session.absolute(path)
    if not old:
        raise Refused("503 RNFR first")
    if session.tree.exists(new) and not session.options.replaces:
        raise Refused(f"550 {new}: file exists")
    session.tree.move(old, new)
    return "250 Done"


def restart(session: Session, offset: str) -> str:
    session.offset = int(offset)
    return f"350 Going on at {offset}"


# Checksums and SITE ---------------------------------------------------------------------------

_ALGORITHMS: Mapping[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA-1": lambda data: hashlib.sha1(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data).hexdigest(),
    "CRC32": lambda data: f"{zlib.crc32(data):08x}",
}


def checksum(session: Session, path: str) -> str:
    data = bytes(session.tree.file(session.absolute(path)).data)
    digest = _ALGORITHMS[session.algorithm](data)
    return f"213 {session.algorithm} 0-{len(data)} {digest} {path}"


def _old_checksum(algorithm: str) -> Command:
    def answer(session: Session, path: str) -> str:
        file = session.tree.file(session.absolute(path.strip('"')))
        return f"250 {_ALGORITHMS[algorithm](bytes(file.data)).upper()}"

    return answer


def site(session: Session, argument: str) -> str:
    match argument.split(" ", 2):
        case [verb, mode, path] if verb.upper() == "CHMOD":
            session.tree.file(session.absolute(path)).mode = int(mode, 8)
        case [verb, written, path] if verb.upper() == "UTIME":
            session.tree.file(session.absolute(path)).mtime = _seconds(written)
        case _:
            raise Refused("501 SITE CHMOD mode path, or SITE UTIME time path")
    return "200 Done"


def _says(reply: str) -> Command:
    return lambda _session, _argument: reply


COMMANDS: Mapping[str, Command] = {
    **TRANSFERS,
    "USER": user,
    "PASS": password,
    "AUTH": start_tls,
    "PBSZ": _says("200 Done"),
    "PROT": protect,
    "FEAT": features,
    "OPTS": options,
    "TYPE": _says("200 Done"),
    "NOOP": _says("200 Done"),
    "ABOR": _says("226 Nothing to abort"),
    "QUIT": _says("221 Goodbye"),
    "PWD": where,
    "CWD": work_in,
    "SIZE": size,
    "MDTM": time,
    "MFMT": set_time,
    "MLST": facts,
    "DELE": delete,
    "MKD": make_folder,
    "RMD": remove_folder,
    "RNFR": rename_from,
    "RNTO": rename_to,
    "REST": restart,
    "HASH": checksum,
    "XCRC": _old_checksum("CRC32"),
    "XMD5": _old_checksum("MD5"),
    "XSHA1": _old_checksum("SHA-1"),
    "XSHA256": _old_checksum("SHA-256"),
    "SITE": site,
}
