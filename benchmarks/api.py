"""Ask a Rollcall server, one question at a time: what a comparison needs besides the load."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import SECRET_KEY

SETTLED_WITHIN = 900.0
AUDIENCES = """query($after: String) {
  audiences(first: 100, after: $after) { nodes { id slug state size } pageInfo { hasNextPage endCursor } }
}"""
PREVIEW = """query($definition: AudienceDefinitionInput!) {
  audiencePreview(definition: $definition) { size totalProfiles estimated sample { id } }
}"""
DELETE = "mutation($id: ID!) { deleteAudience(id: $id) { userErrors { message } } }"
CREATE = "mutation($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }"


@dataclass(frozen=True, slots=True)
class Api:
    """The server's HTTP and GraphQL interfaces."""

    address: str

    def post(self, path: str, body: bytes, **headers: str) -> Any:
        """Post a body and give the answer's JSON; raises on any status but 200."""
        request = urllib.request.Request(self.address + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def graphql(self, query: str, **variables: Any) -> Any:
        """Ask GraphQL with the secret key and give `data`; raises when there are errors."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/json"}
        answer = self.post("/graphql", body, **headers)
        if answer.get("errors"):
            raise RuntimeError(str(answer["errors"]))
        return answer["data"]

    def audiences(self) -> list[dict[str, Any]]:
        """List all audiences."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.graphql(AUDIENCES, after=after)["audiences"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def create_audience(self, name: str, definition: str) -> None:
        """Make an audience; raises when it is refused."""
        draft = {"name": name, "definition": {"text": definition}, "personalizable": True}
        problems = self.graphql(CREATE, input=draft)["createAudience"]["userErrors"]
        if problems:
            raise RuntimeError(f"{definition}: {problems}")

    def preview(self, definition: str) -> dict[str, Any]:
        """Ask how many would match unsaved rules."""
        found: dict[str, Any] = self.graphql(PREVIEW, definition={"text": definition})["audiencePreview"]
        return found

    def delete_audience(self, id: str) -> None:
        """Take an audience away; raises when that is refused."""
        problems = self.graphql(DELETE, id=id)["deleteAudience"]["userErrors"]
        if problems:
            raise RuntimeError(str(problems))

    def wait_until_built(self) -> None:
        """Return when no audience is being built any more."""
        deadline = time.monotonic() + SETTLED_WITHIN
        while any(audience["state"] == "BUILDING" for audience in self.audiences()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"audiences are still being built after {SETTLED_WITHIN:.0f} s")
            time.sleep(0.05)
