"""Serves profiles with their audiences, and writes audiences, over GraphQL."""
