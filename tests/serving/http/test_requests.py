from __future__ import annotations

import pytest

from serving.errors import MalformedRequest
from serving.http.requests import parse_body
from serving.http.schemas.customer_requests import score_request
from serving.settings import load_settings

FIELDS = "(required: customerID; optional: reasons, language, values)"


@pytest.mark.parametrize(
    ("body", "field", "begin"),
    [
        (b"{}", "customerID", f"customerID: Field required {FIELDS}"),
        (b'{"customerid": "x"}', "customerID", f"customerID: Field required {FIELDS}"),
        (
            b'{"customerID": "x", "reason": 2}',
            "reason",
            f"reason: Extra inputs are not permitted {FIELDS}",
        ),
        (b"[]", None, f"the body must be a JSON object {FIELDS}: Input should be an object"),
        (b"{", None, f"the body must be a JSON object {FIELDS}: Invalid JSON"),
    ],
)
def test_a_bad_body_is_told_what_is_required_and_what_may_be_there(
    body: bytes, field: str | None, begin: str
) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_body(score_request(load_settings()), body)
    assert caught.value.field == field
    assert str(caught.value).startswith(begin)


def test_a_value_that_does_not_fit_is_told_without_the_other_fields() -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_body(score_request(load_settings()), b'{"customerID": "x", "reasons": 99}')
    assert str(caught.value) == "reasons: Input should be less than or equal to 20"
