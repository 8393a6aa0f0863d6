from __future__ import annotations

import copy
import pickle

import pytest

from serving.scoring.answer_base import Answer, TextIfAny


class Part(Answer):
    name: str
    note: TextIfAny = None


class Whole(Answer):
    part: Part
    numbers: list[int] = []


BUILT = Whole(part=Part(name="a", note=None), numbers=[1, 2])
QUICK = Whole.of(part=Part.of(name="a", note=None), numbers=[1, 2])


def test_an_answer_made_quickly_is_as_one_that_pydantic_builds() -> None:
    assert QUICK == BUILT
    assert type(QUICK.model_fields_set) is set
    assert QUICK.model_fields_set == BUILT.model_fields_set
    assert repr(QUICK) == repr(BUILT)
    assert QUICK.model_dump_json() == BUILT.model_dump_json()
    assert QUICK.model_dump(exclude_unset=True) == BUILT.model_dump(exclude_unset=True)


@pytest.mark.parametrize("deep", [False, True])
def test_its_copies_are_too(deep: bool) -> None:
    changed = QUICK.model_copy(update={"numbers": [3]}, deep=deep)
    assert changed == BUILT.model_copy(update={"numbers": [3]}, deep=deep)
    assert changed.model_fields_set == {"part", "numbers"}
    assert (QUICK.numbers, QUICK.model_fields_set) == ([1, 2], {"part", "numbers"})
    for again in (copy.copy(QUICK), copy.deepcopy(QUICK), pickle.loads(pickle.dumps(QUICK))):
        assert again == BUILT
        assert again.model_fields_set == BUILT.model_fields_set
