"""The `rollcall` command: a thin face over the rest."""
