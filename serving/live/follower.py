"""Follows the registry: loads the models it names, checks them, and swaps them in one assignment."""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from serving.counters import LOOKS, POLICY_FILES, SWAPS, count_refused, start_counting
from serving.decision.policy import Policy
from serving.errors import ModelError, NotReady, PlaybookError, ServingError
from serving.live.policies import Policies
from serving.registry import pointers
from serving.registry.applied import Applied
from serving.registry.pointers import ChallengerPointer
from serving.scoring.in_service import InService
from serving.scoring.scoring import Scoring
from serving.scoring.served import Challenge, Served

logger = logging.getLogger("bentoml.stayline")
RETRY_SECONDS = 10.0
"""Time after which a refused model is tried again."""
GENTLE_SECONDS = 0.0005
"""How long a thread that loads a model may hold Python's global lock (GIL) while a request waits."""
_WITHDRAW = " (or end its challenge: `python -m serving models withdraw`)"


@dataclass(frozen=True)
class Wanted:
    """The models that the registry names, and the unreadable pointers that are newer."""

    champion: str | None
    challenger: ChallengerPointer | None
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Refusal:
    reason: str
    at: float


class Follower:
    """Keeps the models in service up to date with the registry and the applied feature service.

    Not thread-safe.

    Parameters
    ----------
    models : InService
        Its `served` is replaced in one assignment, so a request sees the old models or the new ones.
    load : callable
        Returns the loaded model of an exact tag. Raises ServingError.
    applied : Applied
    follows : bool
        Whether to follow the registry. A pinned model is only compared with the applied feature service.
    policies : Policies
        What all models decide by.
    """

    def __init__(
        self,
        models: InService,
        load: Callable[[str], Served],
        applied: Applied,
        *,
        follows: bool,
        policies: Policies,
    ) -> None:
        self._in_service = models
        self._load = load
        self._applied = applied
        self._follows = follows
        self._policies = policies
        self._decide_by: dict[str, Policy] = {}
        self._misfits: dict[str, str] = {}
        self._models: dict[str, Served] = {}
        self._refused: dict[str, _Refusal] = {}
        self._stamp: object = None
        self._wanted = Wanted(None, None)

    def start(self, tag: str) -> None:
        """Put the first model into service: the champion, or `tag` if that fails or a model is pinned.

        Raises
        ------
        ServingError
            If the model `tag` cannot be loaded either, or the online store cannot be opened.
        """
        start_counting()
        first = self._look().champion if self._follows else None
        for candidate in dict.fromkeys([first or tag, tag]):
            try:
                self._models = {candidate: self._load(candidate)}
                break
            except ModelError as error:
                if candidate == tag:
                    raise
                self._refuse(candidate, error)
        self._put(self._models[candidate], None)
        self.step()

    def step(self) -> None:
        """Check the registry once, and swap if there are other models to serve."""
        try:
            self._follow()
        except Exception:
            LOOKS.add("failed")
            raise
        LOOKS.add("done")

    def _follow(self) -> None:
        wanted = self._look() if self._follows else Wanted(None, None)
        now = self._in_service.current()
        champion = self._take(wanted.champion, now.tag) or self._models[now.tag]
        challenge = self._challenge(wanted.challenger, champion)
        self._put(champion, challenge)
        named = {wanted.champion, wanted.challenger.tag if wanted.challenger else None}
        self._refused = {tag: refusal for tag, refusal in self._refused.items() if tag in named}
        self._in_service.notices = self._notices(champion, wanted)

    def _look(self) -> Wanted:
        stamp = pointers.stamp()
        if stamp != self._stamp:
            self._wanted = Wanted(pointers.champion(), pointers.challenger(), tuple(pointers.passed_over()))
            self._stamp = stamp
        return self._wanted

    def _challenge(self, pointer: ChallengerPointer | None, champion: Served) -> Challenge | None:
        if pointer is None or pointer.mode is None or pointer.tag == champion.tag:
            return None
        served = self._take(pointer.tag, champion.tag)
        if served is None:
            return None
        challenger = replace(served, role="challenger")
        return Challenge(challenger, pointer.mode, pointer.share)

    def _take(self, tag: str | None, current: str) -> Served | None:
        """Return a model that may go into service. If it may not, keep and log the reason and return None."""
        if tag is None:
            return None
        refused = self._refused.get(tag)
        if refused and time.monotonic() - refused.at < RETRY_SECONDS:
            return None
        try:
            served = self._models.get(tag) or self._load_gently(tag)
            if tag != current:
                self._check(served)
        except ServingError as error:
            self._refuse(tag, error)
            return None
        self._refused.pop(tag, None)
        self._models[tag] = served
        return served

    def _load_gently(self, tag: str) -> Served:
        with _gently():
            return self._load(tag)

    def _check(self, served: Served) -> None:
        differs = self._applied.compare(served.signature).differs
        if differs is not None:
            raise NotReady(differs)
        served.scoring.check()

    def _refuse(self, tag: str, error: ServingError) -> None:
        count_refused(error)
        known = self._refused.get(tag)
        if known is None or known.reason != str(error):
            logger.error("Model %s does not go into service: %s", tag, error)
        self._refused[tag] = _Refusal(str(error), time.monotonic())

    def _put(self, champion: Served, challenge: Challenge | None) -> None:
        unfit = self._applied.compare(champion.signature).differs
        self._models = {champion.tag: champion}
        if challenge is not None:
            self._models[challenge.served.tag] = challenge.served
        self._decide()
        served = replace(champion, role="champion", challenge=challenge, unfit=unfit)
        before = self._in_service.served
        if before == served:
            return
        self._in_service.served = served
        _tell(before, served)
        del before
        # Loaded models are not garbage; freezing keeps the collector from scanning them again and again.
        gc.collect()
        gc.freeze()

    def _decide(self) -> None:
        """Let every model decide by the playbook and the suppression file as they are now."""
        policy = self._policies.look()
        for tag, served in self._models.items():
            if self._decide_by.get(tag) is not policy:
                self._misfits.pop(tag, None)
                self._change(tag, served.scoring, policy)
        self._decide_by = dict.fromkeys(self._models, policy)
        self._misfits = {tag: misfit for tag, misfit in self._misfits.items() if tag in self._models}

    def _change(self, tag: str, scoring: Scoring, policy: Policy) -> None:
        """Change what a model decides by. It keeps its playbook if the new one does not fit it."""
        try:
            scoring.decide_by(policy)
        except PlaybookError as error:
            self._misfits[tag] = f"model {tag} does not decide by the playbook as it is now: {error}"
            POLICY_FILES.add("refused")
            logger.error("Not taken up: %s", self._misfits[tag])
            scoring.decide_by(replace(policy, playbook=scoring.policy.playbook))

    def _notices(self, champion: Served, wanted: Wanted) -> tuple[str, ...]:
        notices = [
            f"{tag} does not go into service: {refusal.reason}{'' if tag == wanted.champion else _WITHDRAW}"
            for tag, refusal in self._refused.items()
        ]
        if self._follows and wanted.champion is None:
            notices.append("the registry names no champion")
        notices += [
            f"{tag} cannot be read, so what was decided before it counts; decide again"
            for tag in wanted.passed_over
        ]
        unknown = self._applied.compare(champion.signature).unknown
        notices += [*self._policies.notices, *self._misfits.values()]
        return (*notices, *([unknown] if unknown else []))


@contextmanager
def _gently() -> Iterator[None]:
    """Give requests the GIL ten times sooner than by default."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(GENTLE_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _tell(before: Served | None, served: Served) -> None:
    if before is not None and before.tag != served.tag:
        SWAPS.add("champion")
    if before is None or before.tag != served.tag:
        logger.info("Serving model %s of base %s", served.tag, served.scoring.base)
    if served.challenge != (before.challenge if before else None):
        SWAPS.add("challenger")
        challenge = served.challenge
        share = f" {challenge.share}" if challenge and challenge.share else ""
        described = f"{challenge.served.tag}, {challenge.mode}{share}" if challenge else "none"
        logger.info("Challenger of %s: %s", served.tag, described)
    if served.unfit is not None:
        logger.error("Not ready: %s", served.unfit)
