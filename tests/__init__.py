"""The behaviour, stated."""
