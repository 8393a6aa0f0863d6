"""The models in service, one object per process. A swap replaces `served` in one assignment."""

from __future__ import annotations

from dataclasses import dataclass, field

from serving.errors import NotReady
from serving.scoring.served import Served
from serving.scoring.shadow import Shadow
from serving.settings import Settings


@dataclass
class InService:
    """The models that score in one process.

    Parameters
    ----------
    settings : Settings
    served : Served or None
        None until the first model is loaded.
    notices : tuple of str
        Problems to look at, although the service answers.

    Attributes
    ----------
    shadow : Shadow
        Scores answered requests again, with a challenger in mode shadow.
    """

    settings: Settings
    served: Served | None = None
    notices: tuple[str, ...] = ()
    shadow: Shadow = field(init=False)

    def __post_init__(self) -> None:
        self.shadow = Shadow(self.settings.shadow_queue)

    def current(self) -> Served:
        """The model in service, whether it may score or not. Raises NotReady before it is loaded."""
        if self.served is None:
            raise NotReady("the model is not loaded yet; ask again in a few seconds")
        return self.served

    def loaded(self) -> Served:
        """The model in service, for scoring. Call it once per request: a swap may come at any time.

        Raises
        ------
        NotReady
            If it is not loaded yet, or may not score.
        """
        served = self.current()
        if served.unfit is not None:
            raise NotReady(served.unfit)
        return served
