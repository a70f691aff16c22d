"""One tree of errors; every message states the fact and the remedy.

    SeawallError
      InputError        DomainError  UnitError  SignError  StrikesOutOfOrderError  RangeError
                        QuoteError  UnknownParameterError
      ConventionError   SettlementUnknownError
      ArbitrageError    BoundsError  ButterflyArbitrageError  CalendarArbitrageError
      DataError         MissingDataError  StaleDataError  LookaheadError  MissingExpiryError
                        ProvenanceError  WrongChainError  RevertedError  BusyError
      SolverError       NotConvergedError  InfeasibleError  UnboundedError
      BookError         MarginError  InsolventError  SelfFinancingError  SettlementError
      EvidenceError     TooFewEventsError  UnregisteredTrialError

"No root", "two roots" and "outside the grid" are answers, not errors: see ``core.status``.
"""


class SeawallError(Exception):
    """Root of the tree: whatever a user can cause and repair."""


class InputError(SeawallError):
    """What was passed in cannot be used."""


class DomainError(InputError):
    """A number is not finite, or outside the domain of the formula."""


class UnitError(InputError):
    """A number is given in another unit than the one asked for."""


class SignError(InputError):
    """A number has the wrong sign for what it names."""


class StrikesOutOfOrderError(InputError):
    """Strikes of a structure do not rise."""


class RangeError(InputError):
    """The low end of a range is not below its high end."""


class QuoteError(InputError):
    """A quote cannot be one: bid above ask, or no ask."""


class UnknownParameterError(InputError):
    """A key or a name that does not exist."""


class ConventionError(SeawallError):
    """A convention must be stated and was not, or two were mixed."""


class SettlementUnknownError(ConventionError):
    """A contract does not say on which print it settles."""


class ArbitrageError(SeawallError):
    """Prices contradict each other."""


class BoundsError(ArbitrageError):
    """A price lies outside its no-arbitrage bounds."""


class ButterflyArbitrageError(ArbitrageError):
    """Prices are not convex in strike."""


class CalendarArbitrageError(ArbitrageError):
    """Total variance falls with maturity."""


class DataError(SeawallError):
    """Data is absent, old, or not yet known."""


class MissingDataError(DataError):
    """A needed field is not there."""


class StaleDataError(DataError):
    """A field is older than its maximum age."""


class LookaheadError(DataError):
    """Something asked for data that was not known yet."""


class MissingExpiryError(DataError):
    """No listed expiry is near enough."""


class ProvenanceError(DataError):
    """Data does not say when it was known."""


class WrongChainError(DataError):
    """A node speaks for another chain than the one asked for."""


class RevertedError(DataError):
    """A contract refused a call."""


class BusyError(DataError):
    """A file is in use by another process."""


class SolverError(SeawallError):
    """A numerical method gave no answer."""


class NotConvergedError(SolverError):
    """An iteration ran out of steps."""


class InfeasibleError(SolverError):
    """Constraints contradict each other."""


class UnboundedError(SolverError):
    """The optimum is at infinity."""


class BookError(SeawallError):
    """An account cannot be kept."""


class MarginError(BookError):
    """Margin cannot be computed or is not met."""


class InsolventError(BookError):
    """Equity is gone."""


class SelfFinancingError(BookError):
    """Money appeared or vanished."""


class SettlementError(BookError):
    """A settlement value is missing or contradictory."""


class EvidenceError(SeawallError):
    """A statistic would claim more than the data allows."""


class TooFewEventsError(EvidenceError):
    """Too few independent events for a verdict."""


class UnregisteredTrialError(EvidenceError):
    """A run that is not in the trial registry."""
