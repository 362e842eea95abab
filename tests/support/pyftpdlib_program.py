"""pyftpdlib as others run it: one of its servers, in clear or with TLS demanded for all."""

from __future__ import annotations

import logging
import sys

from pyftpdlib import handlers, servers
from pyftpdlib.authorizers import DummyAuthorizer


def serve(kind: str, home: str, port: str, *tls: str) -> None:
    authorizer = DummyAuthorizer()
    authorizer.add_user("li", "geheim", home, perm="elradfmwMT")
    handler = handlers.TLS_FTPHandler if tls else handlers.FTPHandler
    handler.authorizer = authorizer
    if tls:
        handler.certfile, handler.keyfile = tls
        handler.tls_control_required = handler.tls_data_required = True
    logging.disable()
    getattr(servers, kind)(("127.0.0.1", int(port)), handler).serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])
