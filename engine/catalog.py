"""The one bridge between a field's name in the language and where a profile holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.domain import affinities, scores
from engine.domain.profiles import Fragment, identifiers_of
from engine.domain.traits import held
from engine.language.types import Field
from engine.values import FieldType, Motion, Time, Value, format_time

Read = Callable[["Fields"], Value | None]


class Fields(dict[str, Value | None]):
    """What a profile holds by field name as of an instant; each is worked out when first asked, then kept."""

    __slots__ = ("_basis", "_interests", "leaves", "now", "state")

    def __init__(self, state: Fragment, now: int, leaves: Mapping[str, int] = MappingProxyType({})) -> None:
        """`leaves` gives the number under which the state counts each leaf of DID."""
        super().__init__()
        self.state = state
        self.now = now
        self.leaves = leaves
        self._basis: scores.Basis | bool | None = False
        self._interests: Mapping[str, affinities.Interest] | None = None

    def __missing__(self, name: str) -> Value | None:
        read = _READ.get(name)
        if read is not None:
            value = read(self)
        else:
            cell = self.state.cells.get(name)
            value = None if cell is None or cell.value is None else held(cell.value)
        self[name] = value
        return value

    @property
    def basis(self) -> scores.Basis | None:
        """What the scores are computed from; None before there is any behaviour."""
        if isinstance(self._basis, bool):
            self._basis = scores.basis(self.state.visits)
        return self._basis

    @property
    def interests(self) -> Mapping[str, affinities.Interest]:
        """What the affinities are computed from."""
        if self._interests is None:
            self._interests = affinities.interests(self.state.topics)
        return self._interests

    def falls(self, name: str, key: str | None, value: float, inclusive: bool) -> int | None:
        """Give the first instant after now at which a decaying field is below `value` (or at it, if inclusive)."""
        if key is not None:
            interest = self.interests.get(key)
            return None if interest is None else affinities.fall_of(interest, value, inclusive, self.now)
        basis = self.basis
        if basis is None:
            return None
        return scores.falls(basis, name.removeprefix("score_"), value, inclusive, self.now)

    def falls_not_before(self, name: str, key: str | None, value: float, inclusive: bool) -> int | None:
        """Give an instant after now that is not later than that, found faster; the field must not be there yet."""
        if key is not None:
            return affinities.fall_not_before(self.interests[key], value, inclusive, self.now)
        basis = self.basis
        assert basis is not None, "a score that has a value has a basis"
        return scores.falls_not_before(basis, name.removeprefix("score_"), value, inclusive, self.now)

    def occurrences(self, leaf: str) -> Sequence[int]:
        """Give the instants of the events that match a leaf of DID, newest first."""
        return [at for at, _, _ in reversed(self.state.done.get(self.leaves[leaf], ()))]


def _score(name: str) -> Read:
    def read(fields: Fields) -> Value | None:
        basis = fields.basis
        number = None if basis is None else scores.score(basis, name, fields.now)
        return None if number is None else float(number)

    return read


def _set(name: str) -> Read:
    def read(fields: Fields) -> Value | None:
        seen = fields.state.sets.get(name)
        return frozenset(seen) if seen else None

    return read


def _identifier(namespace: str) -> Read:
    def read(fields: Fields) -> Value | None:
        return next(iter(identifiers_of(fields.state, namespace)), None)

    return read


def _identifiers(fields: Fields) -> Value | None:
    return float(len(fields.state.identities))


def _device_ids(fields: Fields) -> Value | None:
    return frozenset(identifiers_of(fields.state, "anonymous_id")) or None


def _events(fields: Fields) -> Value | None:
    return float(sum(visit.events for visit in fields.state.visits))


def _page_views(fields: Fields) -> Value | None:
    return float(sum(visit.page_views for visit in fields.state.visits))


def _first_visit(fields: Fields) -> Value | None:
    return Time(fields.state.visits[0].start) if fields.state.visits else None


def _last_visit(fields: Fields) -> Value | None:
    return Time(fields.state.visits[-1].end) if fields.state.visits else None


def _affinity(fields: Fields) -> Value | None:
    return affinities.strengths_of(fields.interests, fields.now) or None


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A field of the house: how it is typed and told, and where it is read."""

    field: Field
    read: Read
    aliases: tuple[str, ...] = ()


def _built_in(name: str, type: FieldType, label: str, read: Read, *aliases: str) -> BuiltIn:
    motion = {FieldType.TIME: Motion.AGEING, FieldType.MAP: Motion.DECAYING}.get(type, Motion.STILL)
    if name.startswith("score_"):
        motion = Motion.DECAYING
    return BuiltIn(Field(name, type, motion, label), read, aliases)


_N, _S, _T, _SET = FieldType.NUMBER, FieldType.STRING, FieldType.TIME, FieldType.SET

BUILT_IN: tuple[BuiltIn, ...] = (
    _built_in("email", _S, "E-mail address", _identifier("email")),
    _built_in("user_id", _S, "User ID", _identifier("user_id"), "userid"),
    _built_in("device_ids", _SET, "Device IDs", _device_ids, "_uids"),
    _built_in("identifier_count", _N, "Number of identifiers", _identifiers, "_num_aliases"),
    _built_in("known", FieldType.BOOLEAN, "Known", lambda fields: fields["email"] is not None),
    _built_in("visit_count", _N, "Number of visits", lambda fields: float(len(fields.state.visits)), "visitct"),
    _built_in("page_view_count", _N, "Number of page views", _page_views, "pageviewct"),
    _built_in("event_count", _N, "Number of events", _events, "hitct", "_num_events"),
    _built_in("first_seen_at", _T, "First seen", lambda fields: Time(fields.state.first_at), "_created", "created"),
    _built_in("last_seen_at", _T, "Last seen", lambda fields: Time(fields.state.last_at), "_modified", "modified"),
    _built_in("first_visit_at", _T, "First visit", _first_visit, "first_visit_ts"),
    _built_in("last_visit_at", _T, "Last visit", _last_visit, "last_visit_ts", "last_active_ts", "lastvisit_ts"),
    _built_in("utm_sources", _SET, "UTM sources", _set("utm_sources"), "utm_source"),
    _built_in("utm_mediums", _SET, "UTM mediums", _set("utm_mediums"), "utm_medium"),
    _built_in("utm_campaigns", _SET, "UTM campaigns", _set("utm_campaigns"), "utm_campaign"),
    _built_in("utm_terms", _SET, "UTM terms", _set("utm_terms"), "utm_term"),
    _built_in("utm_contents", _SET, "UTM contents", _set("utm_contents"), "utm_content"),
    _built_in("channels", _SET, "Channels", _set("channels"), "channel"),
    _built_in("devices", _SET, "Devices", _set("devices"), "device"),
    _built_in("browsers", _SET, "Browsers", _set("browsers"), "browser"),
    _built_in("systems", _SET, "Operating systems", _set("systems"), "os"),
    _built_in("referrer_domains", _SET, "Referrer domains", _set("referrer_domains"), "refdomain"),
    _built_in("languages", _SET, "Languages", _set("languages"), "language"),
    _built_in("affinity", FieldType.MAP, "Topic affinity", _affinity, "lytics_content"),
    *(_built_in(f"score_{name}", _N, f"Score: {name}", _score(name), f"scores.{name}") for name in scores.SCORE_NAMES),
)

_READ: Mapping[str, Read] = MappingProxyType({one.field.name: one.read for one in BUILT_IN})
_FIELDS: Mapping[str, Field] = MappingProxyType(
    {name: one.field for one in BUILT_IN for name in (one.field.name, *one.aliases)}
)
_WITH_PERSON = frozenset({"email", "user_id", "device_ids", "identifier_count", "known", "affinity"})
"""Fields that are told as identities or interests, not as attributes."""
PAGE_DERIVED = tuple(
    one.field.name for one in BUILT_IN if one.field.name not in _WITH_PERSON and not one.field.name.startswith("score_")
)

_WIDEST = (FieldType.STRING, FieldType.SET, FieldType.TIME, FieldType.NUMBER, FieldType.BOOLEAN)
MOST_NAMES = 10_000


@dataclass(slots=True)
class Seen:
    """An attribute seen in the data: the types of its values, and on how many fragments."""

    types: set[FieldType] = field(default_factory=set)
    count: int = 0

    @property
    def type(self) -> FieldType:
        """The type for new definitions: a function of the set of types, not of their order."""
        return next(type for type in _WIDEST if type in self.types)


@dataclass(slots=True)
class SeenAttributes:
    """All attributes seen, by name; at most 10,000."""

    by_name: dict[str, Seen] = field(default_factory=dict)

    def notice(self, name: str, type: FieldType, new: bool) -> bool:
        """Take down one value; True when the catalog changed."""
        seen = self.by_name.get(name)
        if seen is None:
            if len(self.by_name) >= MOST_NAMES:
                return False
            seen = self.by_name[name] = Seen()
        changed = new or type not in seen.types
        seen.types.add(type)
        seen.count += new
        return changed

    def field(self, name: str) -> Field | None:
        """Find a field by its name, as an attribute seen, or by an alias: people's own words come before ours."""
        seen = self.by_name.get(name)
        if name in _READ or seen is None or not seen.types:
            return _FIELDS.get(name)
        motion = Motion.AGEING if seen.type is FieldType.TIME else Motion.STILL
        return Field(name, seen.type, motion, label_of(name))

    def field_names(self) -> Iterable[str]:
        """List all canonical names."""
        yield from (one.field.name for one in BUILT_IN)
        yield from self.by_name


def label_of(name: str) -> str:
    """Make a label for people of a dotted name."""
    return name.replace("_", " ").replace(".", " › ").capitalize()


def attributes(fields: Fields) -> dict[str, Any]:
    """Give traits and page-derived attributes as JSON values, by name."""
    named = {name: fields[name] for name in (*PAGE_DERIVED, *sorted(fields.state.cells))}
    return {name: as_json(value) for name, value in named.items() if value is not None}


def as_json(value: Value) -> Any:
    """Write a value as JSON: times as ISO 8601 text, sets as sorted lists, whole numbers without a point."""
    match value:
        case Time():
            return format_time(value)
        case frozenset():
            return sorted(value)
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
