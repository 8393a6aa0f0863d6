"""The errors of serving.

ServingError
 |- SettingsError       the settings file cannot be read, or a setting, path or address cannot be used
 |- LanguageError       a text is missing, lacks a language, or does not fit its values
 |- PlaybookError       the playbook cannot be used; one line for each thing that is wrong
 |- SuppressionError    the suppression file cannot be read or written, or the hold-out of a campaign cannot
 |- KeysError           the file of API keys cannot be used, or a key cannot be added or revoked
 |- EncodingError       a feature's value cannot be encoded: the wrong type, not finite, or out of its bounds
 |- SignatureError      no such feature service or feature, or a feature of a type that no model accepts
 |- ModelError
 |   |- IntegrityError  a file of a registered model is missing, was added, or is not the registered one
 |   |- FormatError     a file is the registered one, but says something this version cannot read
 |   |- UnknownModel    no such version in the model store
 |   |- NoChampion      no model has been promoted yet, or there is no earlier one to roll back to
 |   |- NoChallenger    there is no challenger, or the model cannot be one
 |   |- PromotionRefused  the model fails a check that a champion must pass
 |   `- TransferError   a model cannot be exported to a file or imported from it
 |- ScoreError          the model gave a probability outside 0..1, or a reason that is not finite
 |- AnswerError         an answer would hold a number that is NaN or infinite
 |- OfflineError        the lake, the registry or the offline store does not give what was asked
 |- BatchError          batch scoring cannot run, or did not return one row per customer
 |- NoScores            there is no list of all customers' scores, or it cannot be read
 |- CampaignError       a campaign cannot be planned, read or exported
 |- GoalsError          the file of goals cannot be used
 |- CustomerError       a customer cannot be scored
 |   |- UnknownCustomer the online store has no row of the customer
 |   |- ExpiredFeatures a feature view is older than its time to live, and the settings refuse that
 |   `- TooLittleKnown  more of the model's weight is missing or expired than the settings allow
 |- RequestError        a request cannot be answered
 |   |- MalformedRequest  its body is not what the endpoint accepts
 |   |- ImpossibleChange  a what-if asks for what no customer can have, or for a feature that cannot change
 |   |- BodyTooLarge    its body is longer than the settings allow
 |   |- RequestTimeout  its body did not arrive in time
 |   |- Unauthorized    it has no API key, or none that is known
 |   |- TooBusy         as many requests are being answered, or received, as the settings allow
 |   |- RequestOverdue  it was not answered in the time that the settings give it
 |   |- UnknownPath     there is no such endpoint
 |   `- WrongMethod     the endpoint accepts another method
 |- NotReady            the service cannot score now: no model, one that does not fit, or it is stopping
 |- StoreError          the online store cannot be read: missing, locked, of another base or of another shape
 |   |- DamagedFeatures a row of it is not what was written; other customers can be scored
 |   `- StoreTimeout    it did not answer in time
 `- MaterializeError    the online store cannot be filled, or does not hold what was expected afterwards
     `- MaterializeBusy another process is filling the same view

Every message says what is wrong, where, and what to do about it, in one sentence for a command line.
"""

from __future__ import annotations

_FIELD = 60
"""Longest name of a part of a request."""


class ServingError(Exception):
    """Base of every error that serving raises on purpose."""


class SettingsError(ServingError):
    """The settings file cannot be read, or a setting, path or address cannot be used."""


class LanguageError(ServingError):
    """A text is missing, lacks a language, or does not fit its values."""


class PlaybookError(ServingError):
    """The playbook cannot be used; one line for each thing that is wrong."""


class SuppressionError(ServingError):
    """The suppression file cannot be read or written, or the hold-out of a campaign cannot be read."""


class KeysError(ServingError):
    """The file of API keys cannot be used, or a key cannot be added or revoked."""


class EncodingError(ServingError):
    """A feature's value cannot be encoded.

    Parameters
    ----------
    message : str
    row : int or None
        Position of the value's row, where the rows are those of a table.
    """

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class SignatureError(ServingError):
    """No such feature service or feature, or a feature of a type that no model accepts."""


class ModelError(ServingError):
    """Something about a registered model is wrong."""


class IntegrityError(ModelError):
    """A file of a registered model is not the one that was registered."""


class FormatError(ModelError):
    """A model file says something that this version cannot read."""


class UnknownModel(ModelError):
    """No such version in the model store."""


class NoChampion(ModelError):
    """No model has been promoted yet, or there is no earlier one to roll back to."""


class NoChallenger(ModelError):
    """There is no challenger, or the model cannot be one."""


class PromotionRefused(ModelError):
    """The model fails a check that a champion must pass."""


class TransferError(ModelError):
    """A model cannot be exported to a file or imported from it."""


class ScoreError(ServingError):
    """The model gave a probability outside 0..1, or a reason that is not finite."""


class AnswerError(ServingError):
    """An answer would hold a number that is NaN or infinite."""


class OfflineError(ServingError):
    """The lake, the registry or the offline store does not give what was asked."""


class BatchError(ServingError):
    """Batch scoring cannot run, or did not return one row per customer."""


class NoScores(ServingError):
    """There is no list of all customers' scores, or it cannot be read."""


class CampaignError(ServingError):
    """A campaign cannot be planned, read or exported."""


class GoalsError(ServingError):
    """The file of goals cannot be used."""


class CustomerError(ServingError):
    """A customer cannot be scored.

    Parameters
    ----------
    customer_id : str
    message : str
    """

    def __init__(self, customer_id: str, message: str) -> None:
        super().__init__(message)
        self.customer_id = customer_id


class UnknownCustomer(CustomerError):
    """The online store has no row of the customer."""


class ExpiredFeatures(CustomerError):
    """A feature view is older than its time to live, and the settings refuse that."""


class TooLittleKnown(CustomerError):
    """More of the model's weight is missing or expired than the settings allow."""


class RequestError(ServingError):
    """A request cannot be answered."""


class MalformedRequest(RequestError):
    """The body is not what the endpoint accepts.

    Parameters
    ----------
    message : str
    field : str or None
        The part of the body that is wrong, such as ``customerIDs.17``.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ImpossibleChange(RequestError):
    """A what-if asks for a value that no customer can have, or for a feature that cannot be changed.

    Parameters
    ----------
    message : str
        With the rule.
    feature : str
        The feature whose change is refused.
    """

    def __init__(self, message: str, feature: str) -> None:
        super().__init__(message)
        self.field = f"changes.{feature}"[:_FIELD]


class BodyTooLarge(RequestError):
    """The body is longer than the settings allow."""


class RequestTimeout(RequestError):
    """The body did not arrive in time."""


class Unauthorized(RequestError):
    """The request has no API key, or none that is known."""


class TooBusy(RequestError):
    """As many requests are being answered, or received, as the settings allow."""


class RequestOverdue(RequestError):
    """The request was not answered in the time that the settings give it."""


class UnknownPath(RequestError):
    """There is no such endpoint."""


class WrongMethod(RequestError):
    """The endpoint accepts another method.

    Parameters
    ----------
    message : str
    allowed : str
        The method that it accepts.
    """

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


class NotReady(ServingError):
    """The service cannot score now: no model, one that does not fit, or it is stopping."""


class StoreError(ServingError):
    """The online store cannot be read."""


class DamagedFeatures(StoreError):
    """A row of the online store is not what was written; other customers can be scored."""


class StoreTimeout(StoreError):
    """The online store did not answer in time."""


class MaterializeError(ServingError):
    """The online store cannot be filled, or does not hold what was expected afterwards."""


class MaterializeBusy(MaterializeError):
    """Another process is filling the same view."""
