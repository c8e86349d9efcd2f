"""A question to GraphQL in the same process arrives as a request and comes back whole."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from demo_site.question import ask


async def echo(request: Request) -> Response:
    heard = {"authorization": request.headers.get("authorization"), "asked": await request.json()}
    return JSONResponse({"data": heard})


async def broken(request: Request) -> Response:
    return PlainTextResponse("no", 503)


async def test_query_variables_and_authorization_arrive() -> None:
    app = Starlette(routes=[Route("/graphql", echo, methods=["POST"])])

    answer = await ask(app, "{ me { known } }", "Visitor s", {"slug": "é"})

    assert answer.data == {
        "authorization": "Visitor s",
        "asked": {"query": "{ me { known } }", "variables": {"slug": "é"}},
    }


async def test_without_authorization_none_is_sent() -> None:
    app = Starlette(routes=[Route("/graphql", echo, methods=["POST"])])

    assert (await ask(app, "{ me { known } }", "")).data["authorization"] is None


async def test_an_answer_that_is_not_json_has_no_data() -> None:
    app = Starlette(routes=[Route("/graphql", broken, methods=["POST"])])

    answer = await ask(app, "{ me { known } }", "")

    assert (answer.status, answer.data) == (503, {})
