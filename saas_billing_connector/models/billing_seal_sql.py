"""The SQL of the seals: what of a row is sealed, and how rows and seals become digests."""

from odoo.tools import SQL

TABLES = {
    "event": "saas_billing_event",
    "attempt": "saas_billing_attempt",
    "trace": "saas_billing_trace",
}
#: Columns that are sealed, by kind and layout. A layout in use is never changed: a new one is
#: added, and older seals go on being checked by theirs. State and routing of an event change by
#: design; its body may go by retention and is held by its digest.
LAYOUTS = {
    1: {
        "event": (
            "connection_id",
            "external_id",
            "event_type",
            "object_type",
            "object_id",
            "api_version",
            "source",
            "occurred_at",
            "received_at",
            "body_sha256",
            "received_sha256",
            "content_sha256",
            "conflict_of_id",
        ),
        "attempt": (
            "event_id",
            "attempted_at",
            "outcome",
            "code",
            "message",
            "traceback",
            "canonical_sha256",
        ),
        "trace": ("event_id", "res_model", "res_id", "effect", "create_date"),
    },
}
NEWEST_LAYOUT = max(LAYOUTS)
#: Bytes of one row in a seal: its id and its digest.
LEAF = 8 + 32

#: Digest of a seal's own columns. JSON, so that no two lists of values have one text.
SEAL_HASH = SQL(
    """encode(sha256(convert_to(json_build_array(
           sequence, kind, layout, lower_id, upper_id, row_count, rows_hash, previous_hash,
           sealed_at)::text, 'UTF8')), 'hex')"""
)


def table(kind):
    """The table of a kind of row."""
    return SQL.identifier(TABLES[kind])


def row_digests(kind, layout, lower_id, upper_id):
    """SELECT of (id, digest) of the rows of a kind with an id in (lower, upper]."""
    return SQL(
        """SELECT id, sha256(convert_to(json_build_array(id, %s)::text, 'UTF8')) AS digest
             FROM %s WHERE id > %s AND id <= %s""",
        SQL(", ").join(SQL.identifier(name) for name in LAYOUTS[layout][kind]),
        table(kind),
        lower_id,
        upper_id,
    )


def leaves(kind, layout, lower_id, upper_id):
    """SELECT of (number of rows, their ids and digests in a row as bytes)."""
    return SQL(
        """SELECT count(*)::int AS row_count,
                  coalesce(string_agg(int8send(id) || digest, ''::bytea ORDER BY id), ''::bytea)
                      AS leaves
             FROM (%s) AS rows""",
        row_digests(kind, layout, lower_id, upper_id),
    )


def first_difference(seal_id, kind, layout, lower_id, upper_id, explained):
    """SELECT of (id, what) of the first row that is not as it was sealed."""
    return SQL(
        """WITH kept AS MATERIALIZED (
               SELECT ('x' || encode(substr(leaves, %(leaf)s * place + 1, 8), 'hex'))
                      ::bit(64)::bigint AS id,
                      substr(leaves, %(leaf)s * place + 9, 32) AS digest
                 FROM saas_billing_seal, generate_series(0, row_count - 1) AS place
                WHERE saas_billing_seal.id = %(seal)s)
           SELECT coalesce(kept.id, rows.id) AS id,
                  CASE WHEN kept.id IS NULL THEN 'inserted'
                       WHEN rows.id IS NULL THEN 'deleted' ELSE 'altered' END AS what
             FROM kept FULL JOIN (%(rows)s) AS rows ON rows.id = kept.id
            WHERE kept.digest IS DISTINCT FROM rows.digest
              AND coalesce(kept.id, rows.id) <> ALL(%(explained)s)
            ORDER BY 1 LIMIT 1""",
        leaf=LEAF,
        seal=seal_id,
        rows=row_digests(kind, layout, lower_id, upper_id),
        explained=explained,
    )


def first_false_content(lower_id, upper_id, explained):
    """SELECT of (id, what) of the first event whose body or canonical record has another digest.

    The canonical record is held by the newest attempt, which is sealed itself.
    """
    return SQL(
        """SELECT event.id, 'altered' AS what
             FROM saas_billing_event event
        LEFT JOIN LATERAL (SELECT canonical_sha256 FROM saas_billing_attempt
                            WHERE event_id = event.id ORDER BY id DESC LIMIT 1) attempt ON true
            WHERE event.id > %s AND event.id <= %s AND event.id <> ALL(%s)
              AND (encode(sha256(convert_to(event.body, 'UTF8')), 'hex') <> event.body_sha256
                   OR (event.body IS NULL) <> (event.body_removed_at IS NOT NULL)
                   OR encode(sha256(convert_to(event.canonical, 'UTF8')), 'hex')
                      IS DISTINCT FROM attempt.canonical_sha256)
            ORDER BY 1 LIMIT 1""",
        lower_id,
        upper_id,
        explained,
    )


def first_broken_link(explained):
    """SELECT of the sequence of the first seal that is not what the chain says it was."""
    return SQL(
        """SELECT sequence FROM (
               SELECT sequence, hash, previous_hash, %s AS own_hash,
                      lag(hash, 1, '') OVER chain AS before_hash,
                      lag(sequence, 1, 0) OVER chain AS before_sequence
                 FROM saas_billing_seal WINDOW chain AS (ORDER BY sequence)) AS seals
            WHERE (hash <> own_hash OR previous_hash <> before_hash
                   OR sequence <> before_sequence + 1) AND sequence <> ALL(%s)
            ORDER BY sequence LIMIT 1""",
        SEAL_HASH,
        explained,
    )


def writers(kind):
    """SELECT of the transactions that may have drawn an id of a table and not yet ended.

    An INSERT locks its table before it draws ids, and holds the lock to the end of its
    transaction. Transaction ids would not do: one that has drawn an id and then waits, for a
    duplicate to be decided, may not have got its own yet.
    """
    return SQL(
        """SELECT DISTINCT virtualtransaction FROM pg_locks
            WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
              AND relation = %s::regclass
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND pid IS DISTINCT FROM pg_backend_pid()""",
        TABLES[kind],
    )
