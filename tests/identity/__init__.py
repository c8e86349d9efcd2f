"""Whose is what: a slow and obvious second implementation of identity, and random stories that play it beside a server."""
