"""What responses mean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime_doubles import GET, responds
from trunkline import errors
from trunkline._wire.failures import reports_failure, status_error, vendor_messages
from trunkline._wire.responses import utf8
from trunkline._wire.statuses import seconds_text
from trunkline.errors import ResponseShapeError, VendorMessage


def error_of(status, body=None, **headers):
    return status_error(GET, responds(status, body, **headers), attempts=3, wait=None)


@pytest.mark.parametrize(
    ("status", "name", "retryable", "may_have_run"),
    [
        (200, "BadRequestError", False, False),
        (302, "StatusError", False, True),
        (307, "StatusError", False, False),
        (101, "StatusError", False, True),
        (400, "BadRequestError", False, False),
        (401, "AuthError", False, False),
        (402, "RequestFailedError", False, True),
        (403, "ForbiddenError", False, False),
        (404, "NotFoundError", False, False),
        (409, "ConflictError", False, False),
        (418, "StatusError", False, False),
        (422, "BadRequestError", False, False),
        (429, "RateLimitedError", True, False),
        (500, "ServerError", True, True),
        (501, "ServerError", False, True),
        (503, "UnavailableError", True, True),
    ],
)
def test_status_error_class_and_flags(status, name, retryable, may_have_run):
    error = error_of(status, x_request_id="r-1")
    assert type(error) is getattr(errors, name)
    assert (error.retryable, error.may_have_run, error.status) == (retryable, may_have_run, status)
    assert (error.request_id, error.attempts, error.operation) == ("r-1", 3, "api.device.get")


def test_status_error_keeps_idi_messages_and_masks_numbers_in_its_text():
    body = {
        "errors": [{"field": "Customer", "loggingNumber": 500032, "message": "No access to 07700900123."}]
    }
    error = error_of(400, body)
    assert error.messages == (
        VendorMessage(message="No access to 07700900123.", field="Customer", logging_number=500032),
    )
    assert str(error) == "api.device.get: status 400: Customer: No access to ***23. (logging number 500032)"


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"error": "bad"}, ["bad"]),
        ({"error": {"message": "bad"}}, ["bad"]),
        ({"error": {"cli": ["too short", "no digits"]}}, ["too short", "no digits"]),
        ({"response_message": "bad"}, ["bad"]),
        ({"errors": ["a", {"message": "b"}]}, ["a", "b"]),
        ({"error": "invalid_client", "error_description": "no"}, ["invalid_client", "no"]),
        ([{"message": "a"}], ["a"]),
        ({"errors": None, "error": 5}, []),
        (5, []),
    ],
)
def test_vendor_messages_of_each_shape(body, messages):
    assert [each.message for each in vendor_messages(body)] == messages


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "error", "message", "response_message", "field", "loggingNumber"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from([200, 302, 400, 404, 429, 500, 503, 599]))
def test_status_error_of_any_json_is_an_error_of_the_tree(body, status):
    error = status_error(GET, responds(status, json.dumps(body).encode()), attempts=1, wait=None)
    assert isinstance(error, errors.StatusError)


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-16", "hex", "nope", "latin-1", "idna"]))
def test_status_error_of_any_bytes_is_an_error_of_the_tree(body, name):
    reply = responds(500, body, Content_Type=f"text/plain; charset={name}")
    assert isinstance(status_error(GET, reply, attempts=1, wait=None), errors.ServerError)


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ({"response_message": "cli is not valid"}, True),
        ({"error": "no"}, True),
        ({"errors": [{"message": "no"}]}, True),
        ({"response_message": "fine", "orderId": 5}, False),
        ({"response_message": ""}, False),
        ({"errors": []}, False),
        ({"deviceID": 5}, False),
        ([{"error": "x"}], False),
    ],
)
def test_reports_failure_only_for_a_body_of_nothing_but_messages(body, failed):
    assert (
        reports_failure(json.dumps(body).encode(), frozenset({"response_message", "error", "errors"}))
        is failed
    )


def test_html_page_is_named_and_not_quoted():
    page = responds(502, b"<!DOCTYPE html><html>secret-page</html>", Content_Type="text/html")
    error = status_error(GET, page, attempts=1, wait=None)
    assert "HTML page" in str(error)
    assert "secret-page" not in str(error)
    with pytest.raises(ResponseShapeError, match="HTML"):
        utf8(responds(200, b"\n<html></html>", Content_Type="text/html"))
    assert utf8(responds(200, b"<html></html>", Content_Type="text/html"), page=True) == b"<html></html>"


def test_redirect_error_says_why_it_is_not_followed():
    assert "redirects are not followed" in str(error_of(301, b""))


def test_utf8_of_other_charsets_and_marks():
    assert (
        utf8(responds(200, '"é"'.encode("latin-1"), Content_Type="application/json; charset=ISO-8859-1"))
        == '"é"'.encode()
    )
    assert (
        utf8(responds(200, '"é"'.encode("utf-16"), Content_Type="application/json; charset=utf-16"))
        == '"é"'.encode()
    )
    assert utf8(responds(200, b"\xef\xbb\xbf{}", Content_Type="text/json")) == b"{}"


@pytest.mark.parametrize("name", ["iso-8859-1", "windows-1252", "utf-16", "ascii"])
def test_utf8_declared_as_another_charset_is_not_damaged(name):
    body = '{"name": "é"}'.encode()
    assert utf8(responds(200, body, Content_Type=f"application/json; charset={name}")) == body
    with pytest.raises(ResponseShapeError, match="charset"):
        utf8(responds(200, b"\xff", Content_Type="application/json; charset=utf-16"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0512345, "0.0512"),
        (12.3456789, "12.3"),
        (299.99999, "300"),
        (899.7000001, "900"),
        (86400.4, "86400"),
    ],
)
def test_seconds_of_a_message_had_every_digit(seconds, text):
    assert seconds_text(seconds) == text
