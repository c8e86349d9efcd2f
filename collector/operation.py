"""What operators and their machines ask: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collector.answers import STATUS, STORAGE_RETRY_AFTER
from collector.metrics import Metrics
from collector.requests import Headers, require_server
from engine.domain.keys import Scope
from engine.errors import RollcallError, StorageUnavailable
from engine.ports import Engine, Health, Keys

ANSWERS_WITHIN = 2.0
"""Seconds that the storage may take before it counts as not answering."""
HOLDS_FOR = 1.0
"""Seconds for which an answer holds: asking must not load the disk."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def routes(engine: Engine, metrics: Metrics) -> list[BaseRoute]:
    """Give the routes."""
    readiness = Readiness(engine.health)

    async def ready(request: Request) -> Response:
        try:
            await readiness.check()
        except StorageUnavailable as error:
            headers = {"Retry-After": str(STORAGE_RETRY_AFTER)}
            return JSONResponse({"status": "unavailable", "message": error.message}, 503, headers)
        return JSONResponse({"status": "ready"})

    async def measured(request: Request) -> Response:
        try:
            with_sizes = _may_see_sizes(request, engine.keys)
        except RollcallError as error:
            message = f"Metrics are for this machine itself, or with a secret key of scope {Scope.METRICS}."
            return JSONResponse({"error": {"code": error.code, "message": message}}, STATUS[error.code])
        return Response(metrics.text(with_sizes), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", _alive), Route("/readyz", ready), Route("/metrics", measured)]


class Readiness:
    """Asks the storage to write; those who ask within a second share one try."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._trial: asyncio.Task[StorageUnavailable | None] | None = None
        self._begun_at = 0.0

    async def check(self) -> None:
        """Raise StorageUnavailable unless the storage writes within two seconds."""
        trial = self._trial
        if trial is None or (trial.done() and time.monotonic() - self._begun_at > HOLDS_FOR):
            trial = self._trial = asyncio.create_task(self._tried())
            self._begun_at = time.monotonic()
        done, _ = await asyncio.wait({trial}, timeout=ANSWERS_WITHIN)
        if not done:
            raise StorageUnavailable(f"The storage has not answered for {ANSWERS_WITHIN:.0f} seconds.")
        if (failure := trial.result()) is not None:
            raise failure

    async def _tried(self) -> StorageUnavailable | None:
        try:
            await self._health.check()
        except StorageUnavailable as error:
            return error
        return None


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _may_see_sizes(request: Request, keys: Keys) -> bool:
    """Let this machine itself see the counts, and whoever has a secret key; only a key shows how large audiences are,
    since anybody's program may ask from here. Raises Unauthorized or Forbidden."""
    forwarded = any(name in request.headers for name in FORWARDED)
    is_local = request.client is not None and not forwarded and ip_address(request.client.host).is_loopback
    if is_local and "authorization" not in request.headers:
        return False
    require_server(Headers(request.scope), keys, Scope.METRICS)
    return True
