"""Certificates of the sandbox's own, so that https-only clients run unmodified.

The authority is kept in a folder and used again: whoever trusts it once is done.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trunkline.errors import ConfigError
from trunkline.extras import need

_CA: Final = "ca.pem"
_CA_KEY: Final = "ca.key"
_NAMES: Final = ("localhost", "127.0.0.1", "::1")


@frozen(kw_only=True)
class Certificates:
    """context: of the server. ca_file: what clients must trust."""

    context: ssl.SSLContext
    ca_file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes Python's default TLS context, and so every client here, trust the sandbox."""
        return {"SSL_CERT_FILE": str(self.ca_file)}


def certificates(folder: Path | str, *, host: str) -> Certificates:
    """Certificates for a host, issued by the authority in the folder, which is made when there is none.

    Raises:
        ConfigError: trustme is not installed, or the folder cannot be used.
    """
    trustme = _trustme()
    folder = Path(folder).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        authority = _authority(trustme, folder)
        # A new certificate for each start: it expires unnoticed otherwise, and the authority
        # is what clients trust.
        issued = authority.issue_cert(*dict.fromkeys((*_NAMES, host)))
    except OSError as error:
        raise ConfigError(f"the certificates in {folder} cannot be used: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigError(f"{folder} holds no certificates of the sandbox: {error}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return Certificates(context=context, ca_file=folder / _CA)


def _trustme() -> Any:
    return need("trustme", "tls", "serving TLS")


def _authority(trustme: Any, folder: Path) -> Any:
    known, key = folder / _CA, folder / _CA_KEY
    if known.exists() and key.exists():
        return trustme.CA.from_pem(known.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name="trunkline sandbox")
    # Whoever reads this key can pose as any site to everybody who trusts the authority, so the file is
    # private from its creation.
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as private:
        private.write(made.private_key_pem.bytes())
    made.cert_pem.write_to_path(str(known))
    return made


__all__ = ["Certificates", "certificates"]
