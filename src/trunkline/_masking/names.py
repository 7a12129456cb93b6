"""Which names hold secrets or personal data, in any spelling: `customerEmail`, `PUK_1`, `x-api-key`.

The specs mark what they document (`x-trunkline: {sensitive: true}`); this list is for what nobody documented.
A name is read as words, so that `pin` is found in `devicePin` and not in `shipping`.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Final

from trunkline.lazy import pattern

_WORD = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""The words of camelCase, snake_case and kebab-case; an abbreviation in capitals is one word."""

_SECRET_WORDS: Final = frozenset({
    "password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token",
    "tokens", "jwt", "bearer", "credential", "credentials", "authorization", "authentication", "cookie",
    "cookies", "otp", "totp", "hotp", "mfa", "pin", "pins", "pin1", "pin2", "puk", "puks", "puk1", "puk2",
    "ki", "opc", "adm", "adm1", "akey", "msl", "cvv", "cvc", "cvv2", "csc", "pac", "stac", "nonce",
    "signature", "apikey", "authkey", "privatekey", "accesskey", "secretkey", "accesstoken",
    "refreshtoken", "sessionid", "smdpaddress", "lpa",
})  # fmt: skip
_SECRET_PAIRS: Final = frozenset({
    "api_key", "access_key", "private_key", "secret_key", "signing_key", "encryption_key", "auth_key",
    "a_key", "k_4", "client_key", "transport_key", "activation_code", "unlock_code", "security_code",
    "porting_code", "verification_code", "pass_code", "pass_word", "pass_phrase", "auth_code",
    "confirmation_code", "matching_id", "session_id", "session_key", "subsidy_lock", "mothers_maiden",
    "mother_maiden", "security_answer", "secret_answer", "secret_question", "security_question",
    "memorable_word", "pass_key", "master_key", "porting_authorisation", "porting_authorization",
})  # fmt: skip
_PERSONAL_WORDS: Final = frozenset({
    "email", "emails", "mail", "phone", "phones", "telephone", "telephones", "tel", "cellphone",
    "mobilenumber", "phonenumber", "msisdn", "msisdns", "cli", "clis", "ctn", "ctns", "mdn", "mdns",
    "ani", "fax", "imsi", "imsis", "imei", "imeis", "imeisv", "iccid", "iccids", "eid", "esn", "meid",
    "surname", "forename", "forenames", "firstname", "lastname", "middlename", "fullname", "givenname",
    "familyname", "maidenname", "nickname", "initials", "birthday", "birthdate", "dob", "birth", "ssn",
    "nino", "iban", "passport", "postcode", "postalcode", "street", "streetname", "address", "addresses",
    "simnumber", "simnumbers", "simcardnumber", "serialnumber", "gender", "signatory", "username",
    "login", "upn", "whatsapp",
})  # fmt: skip
_PERSONAL_PAIRS: Final = frozenset({
    "first_name", "last_name", "middle_name", "given_name", "family_name", "full_name", "maiden_name",
    "sur_name", "fore_name", "customer_name", "contact_name", "caller_name", "subscriber_name",
    "user_name", "owner_name", "holder_name", "person_name", "employee_name", "account_name", "bill_name",
    "billing_name", "ship_name", "shipping_name", "company_name", "trading_name", "legal_name",
    "registered_name", "business_name", "beneficiary_name", "cardholder_name", "consumer_name",
    "client_name", "display_name", "known_as", "e_mail", "mail_address", "mobile_number", "mobile_no",
    "mobile_phone", "cell_number", "cell_phone", "phone_number", "phone_no", "contact_number",
    "contact_no", "subscriber_number", "service_number", "calling_number", "called_number", "caller_id",
    "call_back", "callback_number", "ported_number", "new_number", "old_number", "current_number",
    "home_number", "work_number", "emergency_number", "emergency_contact", "directory_number",
    "destination_number", "fax_number", "sim_number", "sim_no", "sim_card", "sim_serial", "serial_number",
    "serial_no", "device_serial", "eu_icc", "post_code", "postal_code", "zip_code", "door_number",
    "house_number", "house_no", "building_name", "building_number", "flat_number", "street_number",
    "street_name", "town_name", "address_line", "date_birth", "birth_date", "national_insurance",
    "national_id", "social_security", "tax_number", "vat_number", "passport_number", "driving_licence",
    "driver_license", "driving_license", "licence_number", "license_number", "sort_code",
    "account_number", "account_no", "bank_account", "card_number", "credit_card", "debit_card",
    "routing_number", "ip_address", "mac_address", "msisdn_number",
})  # fmt: skip
_NEUTRAL_LAST: Final = frozenset({
    "id", "ids", "type", "types", "status", "state", "count", "counts", "total", "enabled", "required",
    "allowed", "verified", "valid", "length", "index", "order", "format", "flag", "attempts", "remaining",
    "retries", "expiry", "expires", "expiration", "lifetime", "ttl", "policy", "kind", "category",
    "reason", "description", "label", "url", "limit", "language", "preference", "days", "hours",
    "minutes", "seconds",
})  # fmt: skip
"""Last words of a name that describes the thing and is not it: `pinStatus`, `phoneBookID`."""
_PAGE_WORDS: Final = frozenset({
    "skip", "next", "page", "continuation", "continue", "sync", "delta", "cursor",
})  # fmt: skip
"""Before `token`: the mark of a page."""
_IDENTITIES: Final = frozenset({"national_id", "session_id", "matching_id", "caller_id"})
_ID_WORDS: Final = frozenset({
    "id", "ids", "uuid", "guid", "ref", "reference", "date", "dates", "time", "times", "timestamp", "at",
    "on", "since", "until", "expires", "expiry", "created", "updated", "modified", "amount", "amounts",
    "price", "prices", "cost", "costs", "total", "totals", "balance", "charge", "charges", "fee", "fees",
    "rate", "rental", "tax", "vat", "quantity", "count", "size", "bytes", "seconds", "epoch", "version",
    "revision", "port", "latency", "elapsed", "duration", "offset", "skip", "top", "limit", "usage",
    "allowance", "logging",
})  # fmt: skip


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=4096)
def is_sensitive_name(name: str) -> bool:
    """Whether what a name holds must not be shown."""
    return _is_sensitive(name, _SECRET_WORDS | _PERSONAL_WORDS, _SECRET_PAIRS | _PERSONAL_PAIRS)


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a name holds what opens something: a password, a token, a key, a PIN."""
    return _is_sensitive(name, _SECRET_WORDS, _SECRET_PAIRS)


@lru_cache(maxsize=4096)
def is_id_or_amount_name(name: str) -> bool:
    """Whether a name holds an identifier of the vendor's rows, a date or an amount: digits that stay."""
    # The end of a name decides, and a bound keeps a hostile name of a megabyte from taking seconds.
    found = words(name[-200:])
    return bool(found) and (found[-1] in _ID_WORDS or found[0] in {"date", "time", "amount"})


def _is_sensitive(name: str, single: frozenset[str], pairs: frozenset[str]) -> bool:
    found = words(name[-200:])
    if not found:
        return False
    # Letters and digits that belong together: "pin1", "puk 2", "k4"; and "smsOtp", "e-mail" as pairs.
    joined = {f"{a}{b}" for a, b in itertools.pairwise(found)}
    paired = {f"{a}_{b}" for a, b in itertools.pairwise(found)}
    paired |= {f"{a}_{b}" for a, b in zip(found, found[2:], strict=False) if a == "date"}
    # Before the neutral last words: "id" is neutral, but a national or session id is not.
    if paired & pairs & _IDENTITIES:
        return True
    last = found[-1] if not found[-1].isdigit() or len(found) == 1 else found[-2]
    if last in _NEUTRAL_LAST:
        return False
    if {"token", "tokens"} & set(found) and _PAGE_WORDS & set(found):
        return False
    whole = "".join(found)
    return bool(set(found) & single or joined & single or paired & pairs or whole in single)


__all__ = ["is_id_or_amount_name", "is_secret_name", "is_sensitive_name", "words"]
