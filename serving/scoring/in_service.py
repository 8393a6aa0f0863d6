"""The models in service: one object a process, whose `served` is replaced as a whole at a swap."""

from __future__ import annotations

from dataclasses import dataclass, field

from serving.errors import NotReady
from serving.scoring.served import Served
from serving.scoring.shadow import Shadow
from serving.settings import Settings


@dataclass
class InService:
    """What scores in one process.

    Parameters
    ----------
    settings : Settings
    served : Served or None
        None until the first model is loaded.
    notices : tuple of str
        What somebody should look at, though the service answers.

    Attributes
    ----------
    shadow : Shadow
        Lets a challenger score what was asked, after the answer.
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
        """The model in service, to score with: taken once per request.

        Raises
        ------
        NotReady
            If it is not loaded yet, or may not score.
        """
        served = self.current()
        if served.unfit is not None:
            raise NotReady(served.unfit)
        return served
