"""What a procedure is made of.

A station's `holder` is the tier whose office has the case in hand: ``applicant``, ``county``, ``city``,
``province``, ``time`` (the clock moves it) or ``end``.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Station:
    """One state of a procedure.

    ``days`` names the parameter with the service time in working days (A7-8); ``verb`` is the act that the
    worklist offers to the office that holds the case.
    """

    state: str
    label: str
    holder: str
    article: str = ""
    verb: str = ""
    days: str = ""


@dataclass(frozen=True)
class Step:
    """One lawful way from a state to another.

    ``by`` is the tier that may act (its office comes from the case's route), ``needs`` are evidence names,
    ``effects`` are effect names, ``four_eyes`` demands another person than those of the neighbouring stations
    (R-2.1), ``reason`` demands a written reason, ``opinion`` names the opinion that it cannot do without,
    ``remarks`` demands remarks on fields (A7-11), ``document`` demands the number and the scan of a formal document,
    ``paper`` names another scan that it demands. Steps with ``on_page`` false have pages of their own.
    """

    outcome: str
    from_state: str
    to_state: str
    label: str
    said: str
    permission: str
    by: str
    article: str
    needs: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    reason: bool = False
    opinion: str = ""
    remarks: bool = False
    four_eyes: bool = False
    main: bool = False
    harm: bool = False
    tone: str = ""
    document: bool = False
    paper: str = ""
    on_page: bool = True


@dataclass(frozen=True)
class Elsewhere:
    """Why an act is not open any more at these stations, and who has it now."""

    outcome: str
    states: tuple[str, ...]
    article: str
    reason: str
    way_out: str


@dataclass(frozen=True)
class Procedure:
    """A kind of case: its stations, its steps and the short track that a person sees.

    ``elsewhere`` says of acts that end on the way what to do instead.
    """

    kind: str
    label: str
    article: str
    stations: tuple[Station, ...]
    steps: tuple[Step, ...]
    track: tuple[tuple[str, tuple[str, ...]], ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    _by_state: dict = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self):
        self._by_state.update({station.state: station for station in self.stations})
        known = set(self._by_state) | {""}
        for step in self.steps:
            if step.from_state not in known or step.to_state not in known:
                raise ValueError(f"{self.kind}: step {step.outcome} names an unknown state")

    def station(self, state: str) -> Station:
        return self._by_state[state]

    def place(self, state: str) -> int:
        """How far along the track a state lies; -1 where the track does not show it."""
        return next((n for n, shown in enumerate(s for _, states in self.track for s in states) if shown == state), -1)

    def steps_from(self, state: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.from_state == state)

    def step(self, state: str, outcome: str) -> Step | None:
        """The step that `outcome` takes from `state`, or None where the table offers no such step."""
        return next((s for s in self.steps if s.from_state == state and s.outcome == outcome), None)

    def elsewhere_from(self, state: str) -> tuple[Elsewhere, ...]:
        return tuple(told for told in self.elsewhere if state in told.states)

    def ends_well(self, state: str) -> bool:
        """Whether that end is what was asked for: a step that leads there says so by its tone."""
        return any(step.to_state == state and step.tone == "good" for step in self.steps)

    def transitions(self) -> frozenset[tuple[str, str]]:
        """Every lawful pair of states; each state is listed with itself, for events that move nothing."""
        pairs = {(step.from_state, step.to_state) for step in self.steps}
        return frozenset(pairs | {(state, state) for state in self._by_state})
