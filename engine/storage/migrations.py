"""The tables, in steps; a step once released is never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from engine.errors import InvalidValue

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

    CREATE TABLE keys (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL UNIQUE,
        created_at INTEGER NOT NULL
    );

    -- What happened. Each event stores the fragment that took it, so that a replay decides nothing again.
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, message_id TEXT NOT NULL,
        fragment_id INTEGER NOT NULL, name TEXT NOT NULL, occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
        carried TEXT NOT NULL, body BLOB NOT NULL,
        UNIQUE (source, message_id)
    );
    CREATE INDEX events_by_fragment ON events (fragment_id, occurred_at, id);

    -- What one device (or one server's record of a person) told; linked to a profile.
    CREATE TABLE fragments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, profile_id INTEGER NOT NULL, device TEXT, trust INTEGER NOT NULL,
        subject_id INTEGER, state BLOB NOT NULL
    );
    CREATE INDEX fragments_by_profile ON fragments (profile_id);

    -- Which profile an identifier names, and which fragment takes what comes under it alone.
    CREATE TABLE identifiers (
        namespace TEXT NOT NULL, value TEXT NOT NULL, profile_id INTEGER, fragment_id INTEGER,
        PRIMARY KEY (namespace, value)
    ) WITHOUT ROWID;
    CREATE INDEX identifiers_by_profile ON identifiers (profile_id) WHERE profile_id IS NOT NULL;

    -- Facts in log order: this fragment was linked to this profile, for this reason.
    CREATE TABLE links (
        id INTEGER PRIMARY KEY AUTOINCREMENT, fragment_id INTEGER NOT NULL, profile_id INTEGER NOT NULL,
        before_id INTEGER, kind TEXT NOT NULL, trust INTEGER NOT NULL, at INTEGER NOT NULL, event_id INTEGER
    );
    CREATE INDEX links_by_profile ON links (profile_id);

    CREATE TABLE conflicts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, event_id INTEGER NOT NULL, profile_id INTEGER NOT NULL,
        at INTEGER NOT NULL, reason TEXT NOT NULL
    );

    -- A profile, or a device that is joined to one by claim only: whoever has memberships and an alarm.
    CREATE TABLE subjects (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, profile_id INTEGER NOT NULL,
        email TEXT, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, evaluated_at INTEGER NOT NULL,
        due_at INTEGER, forked_from INTEGER, forked_at INTEGER
    );
    CREATE INDEX subjects_due ON subjects (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX profiles_by_last ON subjects (last_at, id) WHERE kind = 0;
    CREATE INDEX profiles_by_first ON subjects (first_at, id) WHERE kind = 0;
    CREATE INDEX devices_by_profile ON subjects (profile_id) WHERE kind = 1;

    CREATE TABLE audiences (
        id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
        definition TEXT NOT NULL, types TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
        state_reason TEXT, personalizable INTEGER NOT NULL, tags TEXT NOT NULL, expires_at INTEGER,
        size INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
    );
    CREATE TABLE audience_versions (
        audience_id INTEGER NOT NULL, version INTEGER NOT NULL, definition TEXT NOT NULL, types TEXT NOT NULL,
        created_at INTEGER NOT NULL, author TEXT, PRIMARY KEY (audience_id, version)
    ) WITHOUT ROWID;
    -- How far the evaluation of existing subjects has come; a row goes when it is done.
    CREATE TABLE backfills (
        audience_id INTEGER PRIMARY KEY, version INTEGER NOT NULL, next_id INTEGER NOT NULL, last_id INTEGER NOT NULL
    );

    CREATE TABLE memberships (
        subject_id INTEGER NOT NULL, audience_id INTEGER NOT NULL, since INTEGER NOT NULL, kind INTEGER NOT NULL,
        PRIMARY KEY (subject_id, audience_id)
    ) WITHOUT ROWID;
    CREATE INDEX members ON memberships (audience_id, kind, since, subject_id);

    CREATE TABLE membership_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, subject_id INTEGER NOT NULL, kind INTEGER NOT NULL,
        audience_id INTEGER NOT NULL, transition TEXT NOT NULL, cause TEXT NOT NULL, at INTEGER NOT NULL,
        event_id INTEGER
    );
    CREATE INDEX changes_by_subject ON membership_changes (subject_id, id);
    CREATE INDEX changes_by_audience ON membership_changes (audience_id, kind, id);

    CREATE TABLE attributes (name TEXT PRIMARY KEY, types TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
    -- Words of DID with how many events there were (property ''), and the properties that came with them.
    CREATE TABLE events_seen (
        name TEXT NOT NULL, property TEXT NOT NULL, types TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (name, property)
    ) WITHOUT ROWID;

    CREATE TABLE refusals (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, received_at INTEGER NOT NULL, code TEXT NOT NULL,
        path TEXT NOT NULL, message TEXT NOT NULL, body TEXT NOT NULL
    );

    CREATE TABLE imports (
        digest TEXT PRIMARY KEY, line INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- What DID asks about in live audiences; fragments keep the newest events that match, by number.
    CREATE TABLE leaves (id INTEGER PRIMARY KEY AUTOINCREMENT, leaf TEXT NOT NULL UNIQUE);
    """,
    """
    -- Every edit is a version, not only one of the rules; earlier versions had no details of their own.
    ALTER TABLE audience_versions ADD COLUMN name TEXT NOT NULL DEFAULT '';
    ALTER TABLE audience_versions ADD COLUMN description TEXT;
    ALTER TABLE audience_versions ADD COLUMN personalizable INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE audience_versions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE audience_versions ADD COLUMN expires_at INTEGER;
    ALTER TABLE audience_versions ADD COLUMN restored_from INTEGER;
    UPDATE audience_versions SET (name, description, personalizable, tags, expires_at) =
        (SELECT name, description, personalizable, tags, expires_at FROM audiences WHERE id = audience_id);
    ALTER TABLE audiences ADD COLUMN rules_version INTEGER NOT NULL DEFAULT 1;
    UPDATE audiences SET rules_version = version;

    -- Walks are numbered as they begin; a subject that met its audience's rules before it came by knows up to which.
    ALTER TABLE backfills ADD COLUMN number INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE subjects ADD COLUMN met INTEGER NOT NULL DEFAULT 0;

    -- Audiences that are deleted, while memberships and history of theirs are still there.
    CREATE TABLE removals (audience_id INTEGER PRIMARY KEY);
    """,
    """
    -- Counts by type. What was counted in one is kept under the first type; `rollcall rebuild` counts attributes anew.
    CREATE TABLE attribute_types (
        name TEXT NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (name, type)
    ) WITHOUT ROWID;
    INSERT INTO attribute_types SELECT name, one.value, iif(types LIKE one.value || '%', count, 0)
    FROM attributes, json_each('["boolean", "number", "set", "string", "time"]') AS one
    WHERE ',' || types || ',' LIKE '%,' || one.value || ',%';
    DROP TABLE attributes;
    ALTER TABLE attribute_types RENAME TO attributes;

    CREATE TABLE property_types (
        name TEXT NOT NULL, property TEXT NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (name, property, type)
    ) WITHOUT ROWID;
    INSERT INTO property_types SELECT name, property, one.value, iif(types LIKE one.value || '%', count, 0)
    FROM events_seen, json_each('["", "boolean", "number", "set", "string", "time"]') AS one
    WHERE ',' || types || ',' LIKE '%,' || one.value || ',%';
    DROP TABLE events_seen;
    ALTER TABLE property_types RENAME TO events_seen;
    """,
    """
    -- What profiles hold, by column, some thousands side by side: previews and walks ask these first. With a rowid: to
    -- find one among such large rows in a tree of its own key takes twenty times as long.
    CREATE TABLE columns (
        id INTEGER PRIMARY KEY, block INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, UNIQUE (block, name)
    );
    -- Whose columns are out of date, and up to which event and link that is known.
    CREATE TABLE behind (profile_id INTEGER PRIMARY KEY);
    CREATE TABLE columns_mark (
        id INTEGER PRIMARY KEY CHECK (id = 1), event_id INTEGER NOT NULL, link_id INTEGER NOT NULL
    );
    """,
    """
    -- Naming makes homes, servers merge them (docs/decisions/0009): a profile is the root of a tree of homes. A home
    -- has the id of the profile that it began as; what was called a profile by links and identifiers is one.
    ALTER TABLE fragments ADD COLUMN home_id INTEGER NOT NULL DEFAULT 0;
    UPDATE fragments SET home_id = profile_id;
    ALTER TABLE links RENAME COLUMN profile_id TO home_id;
    CREATE INDEX links_by_fragment ON links (fragment_id);
    DROP INDEX links_by_profile;
    DROP INDEX identifiers_by_profile;
    ALTER TABLE identifiers RENAME COLUMN profile_id TO home_id;
    CREATE INDEX identifiers_by_home ON identifiers (home_id) WHERE home_id IS NOT NULL;
    -- Whether a device has ever shown its secret.
    ALTER TABLE identifiers ADD COLUMN proven INTEGER NOT NULL DEFAULT 0;
    -- One home is part of another's profile, until that is taken back.
    CREATE TABLE merges (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source_id INTEGER NOT NULL, target_id INTEGER NOT NULL,
        at INTEGER NOT NULL, author TEXT, undone_at INTEGER
    );
    CREATE INDEX merges_by_source ON merges (source_id);
    CREATE INDEX merges_by_target ON merges (target_id);
    -- Identifiers that no claim may join again; each pair stands once, in order.
    CREATE TABLE apart (
        namespace TEXT NOT NULL, value TEXT NOT NULL, other_namespace TEXT NOT NULL, other_value TEXT NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (namespace, value, other_namespace, other_value)
    ) WITHOUT ROWID;
    """,
    """
    -- What a key may do, how its tokens are signed, and whether it still opens anything. '*' is every scope.
    ALTER TABLE keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
    UPDATE keys SET scopes = '*' WHERE kind = 'secret';
    ALTER TABLE keys ADD COLUMN origins TEXT NOT NULL DEFAULT '';
    ALTER TABLE keys ADD COLUMN algorithm TEXT;
    ALTER TABLE keys ADD COLUMN public_key TEXT;
    ALTER TABLE keys ADD COLUMN last_used_at INTEGER;
    ALTER TABLE keys ADD COLUMN revoked_at INTEGER;
    """,
    """
    -- Erasures that were asked for, without a word of whom: a start goes on with those that are not done.
    CREATE TABLE erasures (
        id INTEGER PRIMARY KEY AUTOINCREMENT, profile_id INTEGER NOT NULL, requested_at INTEGER NOT NULL,
        erased_at INTEGER, done_at INTEGER, fragments TEXT NOT NULL DEFAULT '[]'
    );
    -- By what erased people were known, as digests (their key is not in this file), so that what comes late stays out.
    CREATE TABLE tombstones (
        id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, erased_at INTEGER NOT NULL
    );
    """,
    """
    -- What a device says in one go may be in several homes: fragments of one run, of which one leads.
    ALTER TABLE fragments ADD COLUMN run_id INTEGER;
    ALTER TABLE fragments ADD COLUMN leads INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX fragments_by_run ON fragments (run_id) WHERE run_id IS NOT NULL;
    -- Whether it only said a name, which therefore does not lead to it.
    ALTER TABLE fragments ADD COLUMN says INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX fragments_that_say ON fragments (device) WHERE says;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to the newest step, in one transaction. Raises InvalidValue for a file from the future."""
    if _version(connection) == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _missing(_version(connection)):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _missing(version: int) -> Iterator[str]:
    """Give the statements that a file lacks; asked within the transaction, as another process may be at it too."""
    if version > len(STEPS):
        raise InvalidValue("The database is of a newer Rollcall than this. Update it.")
    for step in STEPS[version:]:
        statement = ""
        for line in step.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
    yield f"PRAGMA user_version = {len(STEPS)}"


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
