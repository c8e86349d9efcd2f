"""The one bridge between a field's name in the language and where a profile holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


_email, _user_id = _identifier("email"), _identifier("user_id")


def _known(fields: Fields) -> Value | None:
    return fields["email"] is not None


def _identifiers(fields: Fields) -> Value | None:
    return float(len(fields.state.identities))


def _device_ids(fields: Fields) -> Value | None:
    return frozenset(identifiers_of(fields.state, "anonymous_id")) or None


def _visits(fields: Fields) -> Value | None:
    return float(len(fields.state.visits))


def _events(fields: Fields) -> Value | None:
    return float(sum(visit.events for visit in fields.state.visits))


def _page_views(fields: Fields) -> Value | None:
    return float(sum(visit.page_views for visit in fields.state.visits))


def _first_seen(fields: Fields) -> Value | None:
    return Time(fields.state.first_at)


def _last_seen(fields: Fields) -> Value | None:
    return Time(fields.state.last_at)


def _first_visit(fields: Fields) -> Value | None:
    return Time(fields.state.visits[0].start) if fields.state.visits else None


def _last_visit(fields: Fields) -> Value | None:
    return Time(fields.state.visits[-1].end) if fields.state.visits else None


def _affinity(fields: Fields) -> Value | None:
    return affinities.strengths_of(fields.interests, fields.now) or None


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A field of the house: how it is typed and told, where it is read, and the names it has elsewhere."""

    field: Field
    read: Read
    aliases: tuple[str, ...] = ()


def _built_in(name: str, type: FieldType, label: str, description: str, read: Read, *aliases: str) -> BuiltIn:
    motion = {FieldType.TIME: Motion.AGEING, FieldType.MAP: Motion.DECAYING}.get(type, Motion.STILL)
    return BuiltIn(Field(name, type, motion, label, description), read, aliases)


def _gathered(name: str, label: str, description: str, *aliases: str) -> BuiltIn:
    return _built_in(name, FieldType.SET, label, description, _set(name), *aliases)


def _score_field(name: str, description: str) -> BuiltIn:
    field = Field(f"score_{name}", FieldType.NUMBER, Motion.DECAYING, f"Score: {name}", description)
    return BuiltIn(field, _score(name), (f"scores.{name}",))


_B, _N, _S, _SET, _T = FieldType.BOOLEAN, FieldType.NUMBER, FieldType.STRING, FieldType.SET, FieldType.TIME

BUILT_IN: tuple[BuiltIn, ...] = (
    _built_in("email", _S, "E-mail address", "The address they left; missing while they are anonymous.", _email),
    _built_in("user_id", _S, "User ID", "The id by which your own systems know them.", _user_id, "userid"),
    _built_in("device_ids", _SET, "Device IDs", "The browsers and devices they were seen with.", _device_ids, "_uids"),
    _built_in(
        "identifier_count",
        _N,
        "Number of identifiers",
        "How many addresses, ids and devices lead to them.",
        _identifiers,
        "_num_aliases",
    ),
    _built_in("known", _B, "Known", "Yes once they have left an e-mail address, no until then.", _known),
    _built_in(
        "visit_count",
        _N,
        "Number of visits",
        "How often they came; a pause over 30 minutes begins a new visit.",
        _visits,
        "visitct",
    ),
    _built_in(
        "page_view_count",
        _N,
        "Number of page views",
        "How many pages and screens they opened.",
        _page_views,
        "pageviewct",
    ),
    _built_in(
        "event_count",
        _N,
        "Number of events",
        "How many pages, screens and tracked actions in all.",
        _events,
        "hitct",
        "_num_events",
    ),
    _built_in(
        "first_seen_at",
        _T,
        "First seen",
        "When anything was first told of them, imports included.",
        _first_seen,
        "_created",
        "created",
    ),
    _built_in(
        "last_seen_at",
        _T,
        "Last seen",
        "When anything was last told of them, imports included.",
        _last_seen,
        "_modified",
        "modified",
    ),
    _built_in("first_visit_at", _T, "First visit", "When their first visit began.", _first_visit, "first_visit_ts"),
    _built_in(
        "last_visit_at",
        _T,
        "Last visit",
        "When they last did something on a visit.",
        _last_visit,
        "last_visit_ts",
        "last_active_ts",
        "lastvisit_ts",
    ),
    _gathered(
        "utm_sources", "UTM sources", "Where campaign links that brought them stood, such as google.", "utm_source"
    ),
    _gathered(
        "utm_mediums", "UTM mediums", "By what means campaigns reached them, such as email or cpc.", "utm_medium"
    ),
    _gathered("utm_campaigns", "UTM campaigns", "Campaigns that brought them, such as spring_sale.", "utm_campaign"),
    _gathered("utm_terms", "UTM terms", "Keywords of the paid searches that brought them.", "utm_term"),
    _gathered("utm_contents", "UTM contents", "Versions of an ad or a link that brought them.", "utm_content"),
    _gathered("channels", "Channels", "How they came: direct, email, paid, referral, search or social.", "channel"),
    _gathered("devices", "Devices", "Kinds of device they used: desktop, mobile or tablet.", "device"),
    _gathered("browsers", "Browsers", "Browsers they used, such as Firefox or Mobile Safari.", "browser"),
    _gathered("systems", "Operating systems", "What their devices run on, such as Windows or iOS.", "os"),
    _gathered("referrer_domains", "Referrer domains", "Other sites whose links led them here.", "refdomain"),
    _gathered("languages", "Languages", "Languages that their browsers ask for, such as en-GB.", "language"),
    _built_in(
        "affinity",
        FieldType.MAP,
        "Topic affinity",
        "How far each topic holds their interest, from 0 to 1; it fades.",
        _affinity,
        "lytics_content",
    ),
    _score_field("consistency", "How evenly their active days are spread, from 0 to 100."),
    _score_field("frequency", "On how many days they come, from 0 to 100 (every day)."),
    _score_field("intensity", "How much they do in one visit, from 0 to 100."),
    _score_field("maturity", "How long they have been coming, from 0 to 100 (three years)."),
    _score_field("momentum", "Above 50 they do more than is usual for them; silence brings it to 0."),
    _score_field("propensity", "How likely they are to come back within 30 days, in per cent."),
    _score_field("quantity", "How much they have done in all, from 0 to 100."),
    _score_field("recency", "How lately they came, by their own usual gap: 100 is just now."),
    _score_field("volatility", "How much one visit differs from another, from 0 (alike) to 100."),
)

_READ: Mapping[str, Read] = MappingProxyType({one.field.name: one.read for one in BUILT_IN})
BY_NAME: Mapping[str, BuiltIn] = MappingProxyType(
    {name: one for one in BUILT_IN for name in (one.field.name, *one.aliases)}
)
"""Every built-in field by its name and by each alias."""
_WITH_PERSON = frozenset({"email", "user_id", "device_ids", "identifier_count", "known", "affinity"})
"""Fields that are told as identities or interests, not as attributes."""
PAGE_DERIVED = tuple(
    one.field.name for one in BUILT_IN if one.field.name not in _WITH_PERSON and not one.field.name.startswith("score_")
)


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
