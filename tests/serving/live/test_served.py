from __future__ import annotations

from collections.abc import Callable

from serving.scoring.answers import Answered, Failed
from serving.scoring.served import Served
from serving.scoring.split import in_share

CUSTOMERS = [f"{number:04d}" for number in range(40)]


def test_a_split_answers_each_customer_by_one_model_and_says_which(
    challenged: Callable[..., Served], make_served: Callable[[str], Served]
) -> None:
    served = challenged("split", 0.5)
    asked = [*CUSTOMERS, "nobody", CUSTOMERS[3], CUSTOMERS[0]]
    results = served.many(asked)
    assert [result.customerID for result in results] == asked
    assert isinstance(results[40], Failed)
    alone = {tag: make_served(tag).scoring for tag in ("churn:a", "churn:b")}
    for result in results:
        if isinstance(result, Answered):
            of_challenger = in_share(result.customerID, "churn:b", 0.5)
            assert (result.model, result.role) == (
                ("churn:b", "challenger") if of_challenger else ("churn:a", "champion")
            )
            assert result.probability == alone[result.model].one(result.customerID).probability
            assert served.for_customer(result.customerID).tag == result.model
    assert {result.model for result in results if isinstance(result, Answered)} == {"churn:a", "churn:b"}


def test_a_share_of_one_is_everybody(challenged: Callable[..., Served]) -> None:
    served = challenged("split", 1.0)
    assert {served.for_customer(customer).tag for customer in CUSTOMERS} == {"churn:b"}


def test_a_shadow_answers_nobody(challenged: Callable[..., Served]) -> None:
    served = challenged("shadow")
    assert {served.for_customer(customer).tag for customer in CUSTOMERS} == {"churn:a"}
    assert not [result for result in served.many(CUSTOMERS) if isinstance(result, Answered)]
    origin = {"model": "churn:a", "feature_service": "churn_v1", "role": "champion", "learned_until": None}
    assert served.origin == origin
