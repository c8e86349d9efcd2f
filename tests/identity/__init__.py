"""Whose is what: a slow and obvious second implementation of identity, and random stories for it and a real server."""
