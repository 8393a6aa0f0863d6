"""The champion that a run finds: whom it learned from, and what the run's model is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from serving.errors import ModelError
from serving.model.customers import Customers
from serving.model.segments import Segments
from serving.registry.model_files import RegisteredModel, registered_model
from serving.registry.pointers import champion


@dataclass(frozen=True)
class StandingChampion:
    """The champion of the model store.

    Attributes
    ----------
    tag : str
    registered : RegisteredModel or None
    customers : Customers or None
        Whom it learned from; None of one that was registered without.
    unreadable : str
        Why it cannot be read; empty if it can.
    """

    tag: str
    registered: RegisteredModel | None
    customers: Customers | None
    unreadable: str = ""

    def parts_for(self, base: str) -> Customers | None:
        """The parts that a split of this base keeps; None of a champion of another base."""
        return self.customers if self._is_of(base) else None

    def segments_for(self, base: str) -> Segments | None:
        """The segments that a run of this base goes on with; None of a champion of another base."""
        return self.registered.segments() if self.registered and self._is_of(base) else None

    def _is_of(self, base: str) -> bool:
        return self.registered is not None and self.registered.metadata.base == base


def standing_champion() -> StandingChampion | None:
    """The champion as it is now, or None before the first promotion."""
    tag = champion()
    if tag is None:
        return None
    try:
        registered = registered_model(tag)
        return StandingChampion(tag, registered, registered.customers())
    except ModelError as error:
        return StandingChampion(tag, None, None, str(error))


def parts_before(base: str) -> Customers | None:
    """The parts that a split of this base keeps: those of its champion, if there is one."""
    standing = standing_champion()
    return None if standing is None else standing.parts_for(base)
