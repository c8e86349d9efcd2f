"""Live changes. Each resolver checks what is asked, begins to listen, and gives an iterator of the engine's records.

Changes and events are read from the log after each notice, so nothing is lost, doubled or out of order, and `after`
resumes in the same way as one goes on. Profiles and audiences are told as they now are: what happens meanwhile is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from graphql import GraphQLError

from engine import ports
from engine.domain import audiences as domain
from engine.domain.contact import normalise_email
from engine.domain.log import Place, Reading, Whose
from engine.errors import InvalidValue, NotFound, Unauthorized
from engine.ports import Notice, ProfileBy, StoredEvent
from graphql_api import described, membership
from graphql_api.audience import Audience
from graphql_api.authorization import Visitor
from graphql_api.context import Context, Following, Info
from graphql_api.event import Event
from graphql_api.live import EVERYTHING, Follower, Topic
from graphql_api.loaders import own_view
from graphql_api.lookup import AudienceByInput, ProfileByInput, find_audience, named
from graphql_api.membership import Change, MembershipChange, read_place, write_place
from graphql_api.node import read_global_id
from graphql_api.profile import Profile

T = TypeVar("T")

SIZES_AT_MOST_EVERY = 1.0
PROFILES_AT_MOST_EVERY = 0.1
"""Seconds between two tellings of the same."""
EVERYONE = Whose()


@described.type_
class Subscription:
    """Live changes, over graphql-transport-ws or graphql-sse."""

    @described.subscription_of(Audience)
    @staticmethod
    async def audience_updated(info: Info, by: AudienceByInput) -> AsyncGenerator[domain.Audience]:
        """An audience changed: rules, state or size (sizes at most once a second)."""
        found = find_audience(info.context.engine.audiences, by)
        if found is None:
            raise NotFound("There is no such audience.", ("by",))
        slug = found.slug
        return _audience(info.context, found, await _follow(info.context, EVERYTHING, concerns=_touches(slug)))

    @described.subscription_of(Event)
    @staticmethod
    async def event_received(info: Info, profile: ProfileByInput | None = None) -> AsyncGenerator[StoredEvent]:
        """Events as they are collected. Needs an API key."""
        context, whose = info.context, _whose(info.context, profile)
        return _events(context, whose, await _begin(context, whose, context.engine.log.events, None))

    @described.subscription_of(MembershipChange)
    @staticmethod
    async def membership_changed(
        info: Info, after: str | None = None, audiences: list[str] | None = None, profile: ProfileByInput | None = None
    ) -> AsyncGenerator[Change]:
        """Entries and exits. With no profile: the visitor who asks, or everyone given an API key."""
        context, whose = info.context, _whose(info.context, profile)
        _check_audiences(context, audiences)
        since = read_place(context, after, whose.device) if after is not None else None
        begun = await _begin(context, whose, context.engine.log.changes, since)
        return _changes(context, whose, begun, frozenset(audiences) if audiences else None)

    @described.subscription_of(Profile)
    @staticmethod
    async def profile_updated(info: Info, profile: ProfileByInput | None = None) -> AsyncGenerator[ports.Profile]:
        """A profile changed: scores, attributes, identities or audiences."""
        context, whose = info.context, _whose(info.context, profile)
        if whose == EVERYONE:
            return await _everyone(context)
        follower = await _follow(context, *_topics(whose, None))
        return _profile(context, whose, follower, await _current(context, whose, follower))


def _whose(context: Context, by: ProfileByInput | None) -> Whose:
    """Tell whom one may follow. Raises Unauthorized, and NotFound for an id of something else."""
    match context.caller:
        case Visitor(str(anonymous_id)) if by is None:
            return Whose(device=anonymous_id)
        case Visitor():
            raise Unauthorized("A page follows its own visitor only, with `Visitor <secret>` and without `profile`.")
    if by is None:
        return EVERYONE
    found = named(by)
    if found is None:
        raise NotFound("This is not the id of a profile.", ("profile", "id"))
    id = read_global_id(by.id) if by.id else None
    return Whose(device=id.key) if id is not None and id.kind == "Visitor" else Whose(profile=found)


def _check_audiences(context: Context, slugs: list[str] | None) -> None:
    """Raise NotFound for an audience that there is not; visitors are not told which there are."""
    if isinstance(context.caller, Visitor):
        return
    for slug in slugs or ():
        if context.engine.audiences.by_slug(slug) is None:
            raise NotFound(f"There is no audience `{slug}`.", ("audiences",))


def _topics(whose: Whose, subject: int | None) -> list[Topic]:
    """Name what somebody's notices are about: his names as given, and whatever subject they lead to now."""
    if whose == EVERYONE:
        return [EVERYTHING]
    topics: list[Topic] = [] if subject is None else [subject]
    if whose.device is not None:
        topics.append(("anonymous_id", whose.device))
    elif whose.profile is not None and whose.profile.identity is not None:
        namespace, value = whose.profile.identity
        topics.append((namespace, (normalise_email(value) or value) if namespace == "email" else value))
    return topics


def _following(context: Context) -> Following:
    if context.following is None:
        raise InvalidValue("A subscription runs over graphql-transport-ws or graphql-sse.")
    return context.following


async def _follow(context: Context, *topics: Topic, concerns: Callable[[Notice], bool] = lambda _: True) -> Follower:
    following = _following(context)
    return await following.held.enter_async_context(following.live.follow(*topics, concerns=concerns))


Read = Callable[[Whose, Place | None], Awaitable[Reading[T]]]
Begun = tuple[Follower, Read[T], Reading[T]]


async def _begin(context: Context, whose: Whose, read: Read[T], since: Place | None) -> Begun[T]:
    """Listen first, then read: what is committed in between is read, and nothing after it is missed."""
    follower = await _follow(context, *_topics(whose, None))
    return follower, read, await read(whose, since)


async def _log(context: Context, whose: Whose, begun: Begun[T]) -> AsyncGenerator[tuple[T, Place]]:
    """Give what is written, page after page, then whenever there is more."""
    live, (follower, read, reading) = _following(context).live, begun
    while True:
        for item in reading.items:
            yield item
        _check_pace(context, follower)
        turned = live.turn(follower, _topics(whose, reading.place.subject))
        if not (turned or reading.has_more):
            await follower.wait()
        reading = await read(whose, reading.place)


def _check_pace(context: Context, follower: Follower) -> None:
    """Let go of one who takes too long over what he is given, and tell him where to go on."""
    following = _following(context)
    if follower.waiting > following.live.most_waiting:
        code = {"code": "SLOW_CONSUMER", "cursor": following.cursor}
        raise GraphQLError("This connection takes more slowly than things happen; resume it later.", extensions=code)
    follower.waiting = 0


async def _changes(
    context: Context, whose: Whose, begun: Begun[domain.MembershipChange], slugs: frozenset[str] | None
) -> AsyncGenerator[Change]:
    known, following = context.engine.audiences, _following(context)
    async for record, place in _log(context, whose, begun):
        change = membership.told(record, known, whose.device, place)
        if change is not None and (slugs is None or change.audience.slug in slugs):
            following.cursor = write_place(context, place, whose.device)
            yield change


async def _events(context: Context, whose: Whose, begun: Begun[StoredEvent]) -> AsyncGenerator[StoredEvent]:
    async for event, _ in _log(context, whose, begun):
        yield event


async def _audience(context: Context, before: domain.Audience, follower: Follower) -> AsyncGenerator[domain.Audience]:
    while True:
        await follower.wait()
        now = context.engine.audiences.by_id(before.id)
        if now is None:
            return
        if now != before:
            yield now
            before = now
            await asyncio.sleep(SIZES_AT_MOST_EVERY)


def _touches(slug: str) -> Callable[[Notice], bool]:
    return lambda notice: slug in notice.audiences


async def _current(context: Context, whose: Whose, follower: Follower) -> ports.Profile | None:
    """Read who it is now, and hear of that one from now on."""
    while True:
        profile = await _found(context, whose)
        if not _following(context).live.turn(follower, _topics(whose, None if profile is None else profile.id)):
            return profile


async def _found(context: Context, whose: Whose) -> ports.Profile | None:
    if whose.device is not None:
        return await own_view(context.engine.profiles, whose.device)
    return await context.engine.profiles.find(whose.profile or ProfileBy())


async def _profile(
    context: Context, whose: Whose, follower: Follower, before: ports.Profile | None
) -> AsyncGenerator[ports.Profile]:
    """Tell a profile whenever something happened to it; a device's own view only where that itself has changed, or it
    would tell when others are here whom it shares a profile with."""
    while True:
        await follower.wait()
        profile = await _current(context, whose, follower)
        if profile is not None and (profile.device is None or _stands(profile) != (before and _stands(before))):
            yield profile
        before = profile
        await asyncio.sleep(PROFILES_AT_MOST_EVERY)


def _stands(profile: ports.Profile) -> object:
    """Give what of a profile does not change by time alone."""
    held = [(one.audience.slug, one.since) for one in profile.audiences]
    return profile.first_seen_at, profile.last_seen_at, held, profile.identities, profile.attributes


async def _everyone(context: Context) -> AsyncGenerator[ports.Profile]:
    waiting: dict[int, None] = {}
    most = _following(context).live.most_waiting

    def gather(notice: Notice) -> bool:
        if len(waiting) <= most:
            waiting.update(dict.fromkeys(notice.subjects))
        return bool(notice.subjects)

    return _all_profiles(context, await _follow(context, EVERYTHING, concerns=gather), waiting)


async def _all_profiles(
    context: Context, follower: Follower, waiting: dict[int, None]
) -> AsyncGenerator[ports.Profile]:
    while True:
        await follower.wait()
        if len(waiting) > _following(context).live.most_waiting:
            follower.waiting = len(waiting)
            _check_pace(context, follower)
        ids = sorted(waiting)
        waiting.clear()
        found = await context.engine.profiles.many(ids)
        for profile in {one.id: one for one in found if one is not None}.values():
            yield profile
