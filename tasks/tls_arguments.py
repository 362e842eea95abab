"""What steps are told about TLS: whom to trust, and who we are."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from ..runner.task import Guard

Verify: TypeAlias = Annotated[
    bool, "Whether the server's certificate and its name must be right.", Guard()
]
Authorities: TypeAlias = Annotated[
    str | None, "PEM file with the authorities to trust in place of the system's."
]
ClientCert: TypeAlias = Annotated[
    str | None, "PEM file with the certificate, and its chain, that we show the server."
]
ClientKey: TypeAlias = Annotated[
    str | None, "PEM file with its private key; left out, the key is in `client_cert`."
]
