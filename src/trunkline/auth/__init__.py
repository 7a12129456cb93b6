"""Ways to prove who is calling. Each yields headers (or a query value) and knows when to renew them."""

from trunkline.auth.base import Auth, AuthContext, Headers, Post
from trunkline.auth.by_name import TAKES, auth_of
from trunkline.auth.fixed import ApiKeyAuth, BasicAuth, BearerAuth
from trunkline.auth.login import OAuth2ClientCredentials, SwtAuth
from trunkline.auth.secret import Secret
from trunkline.auth.several import NO_AUTH, Credentials
from trunkline.auth.tokens import parse_swt

__all__ = [
    "NO_AUTH",
    "TAKES",
    "ApiKeyAuth",
    "Auth",
    "AuthContext",
    "BasicAuth",
    "BearerAuth",
    "Credentials",
    "Headers",
    "OAuth2ClientCredentials",
    "Post",
    "Secret",
    "SwtAuth",
    "auth_of",
    "parse_swt",
]
