"""Seals: the log chained by hash, so that what is changed in SQL shows.

A seal covers a range of ids of one table. It keeps the digest of every row in it, a digest over
these, and one over itself and the seal before. A change of a sealed row, a row that is missing, a
row slipped in, and a seal that was changed or removed all show in `saas.billing.seal.check`.
"""

import logging

from odoo import api, fields, models
from odoo.tools import SQL

from . import billing_seal_sql as statements

_logger = logging.getLogger(__name__)

#: Rows per seal, and per transaction.
BATCH = 10000
KINDS = [("event", "Events"), ("attempt", "Attempts"), ("trace", "Effects")]


class SaasBillingSeal(models.Model):
    _name = "saas.billing.seal"
    _description = "Log Seal"
    _inherit = ["saas.append.only"]
    _order = "sequence desc"
    _rec_name = "sequence"

    sequence = fields.Integer(required=True, readonly=True, string="Seal")
    kind = fields.Selection(KINDS, required=True, readonly=True, string="Rows of")
    layout = fields.Integer(required=True, readonly=True, help="Which columns are sealed.")
    lower_id = fields.Integer(required=True, readonly=True, string="After ID")
    upper_id = fields.Integer(required=True, readonly=True, string="Through ID")
    row_count = fields.Integer(required=True, readonly=True, string="Rows")
    leaves = fields.Binary(
        attachment=False, readonly=True, help="Id and digest of each row, 40 bytes each."
    )
    rows_hash = fields.Char(required=True, readonly=True, help="SHA-256 of the leaves.")
    previous_hash = fields.Char(readonly=True, help="Hash of the seal before.")
    hash = fields.Char(required=True, readonly=True, help="SHA-256 of this seal.")
    sealed_at = fields.Datetime(required=True, readonly=True)

    _sequence_unique = models.Constraint("UNIQUE(sequence)", "The chain of seals has one order.")
    _range_unique = models.Constraint("UNIQUE(kind, lower_id)", "A row is sealed once.")

    @api.model
    def _cron_seal(self):
        """Seal what cannot change any more; twice, as an idle system is ready at once."""
        horizons = self.env["saas.billing.seal.horizon"]
        cron = self.env["ir.cron"]
        for _again in range(2):
            for kind, _label in KINDS:
                upper_id = horizons._get_ready(kind)
                # Readiness must be older than the snapshot that seals: a transaction that ended in
                # between is in the latter.
                left = cron._commit_progress()
                while upper_id and left and self._seal(kind, upper_id):
                    left = cron._commit_progress(1)
                horizons._note(kind)
                cron._commit_progress()

    @api.model
    def _seal(self, kind, upper_id):
        """Seal the next rows of a kind up to an id; how many.

        :param upper_id: a horizon under which no transaction can add a row any more
        """
        self.flush_model()
        cr = self.env.cr
        cr.execute("SELECT pg_advisory_xact_lock(hashtext('saas_billing_seal'))")
        cr.execute(
            SQL("SELECT coalesce(max(upper_id), 0) FROM saas_billing_seal WHERE kind = %s", kind)
        )
        lower_id = cr.fetchone()[0]
        cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id > %s AND id <= %s ORDER BY id OFFSET %s LIMIT 1",
                statements.table(kind),
                lower_id,
                upper_id,
                BATCH - 1,
            )
        )
        last = cr.fetchone()
        cr.execute(
            SQL(
                """WITH head AS (
                       SELECT sequence, hash FROM saas_billing_seal ORDER BY sequence DESC LIMIT 1),
                   sealed AS (
                       SELECT coalesce((SELECT sequence FROM head), 0) + 1 AS sequence,
                              %(kind)s::varchar AS kind, %(layout)s AS layout,
                              %(lower)s AS lower_id, %(upper)s AS upper_id, rows.row_count,
                              rows.leaves, encode(sha256(rows.leaves), 'hex') AS rows_hash,
                              coalesce((SELECT hash FROM head), '') AS previous_hash,
                              now() at time zone 'UTC' AS sealed_at
                         FROM (%(leaves)s) AS rows WHERE rows.row_count > 0)
                   INSERT INTO saas_billing_seal
                          (sequence, kind, layout, lower_id, upper_id, row_count, leaves,
                           rows_hash, previous_hash, sealed_at, hash)
                   SELECT *, %(hash)s FROM sealed
                RETURNING sequence, row_count, hash""",
                kind=kind,
                layout=statements.NEWEST_LAYOUT,
                lower=lower_id,
                upper=last[0] if last else upper_id,
                leaves=statements.leaves(
                    kind, statements.NEWEST_LAYOUT, lower_id, last[0] if last else upper_id
                ),
                hash=statements.SEAL_HASH,
            )
        )
        sealed = cr.fetchone()
        if not sealed:
            return 0
        # Whoever keeps the server's log elsewhere can prove the head of the chain by it.
        _logger.info("Seal %s over %s rows of %s: %s", sealed[0], sealed[1], kind, sealed[2])
        return sealed[1]


class SaasBillingSealHorizon(models.Model):
    """Up to which id a table will soon be complete.

    Ids are drawn before they are committed, so a lower id may appear after a higher one. The
    newest id is noted, with the transactions that write to the table just then; once these have
    ended, nothing can appear under it any more.
    """

    _name = "saas.billing.seal.horizon"
    _description = "Log Seal Horizon"
    _log_access = False

    kind = fields.Selection(KINDS, required=True, readonly=True)
    upper_id = fields.Integer(required=True, readonly=True)
    writers = fields.Text(readonly=True, help="Transactions that have to end first.")

    _kind_unique = models.Constraint("UNIQUE(kind)", "One horizon per table.")

    @api.model
    def _note(self, kind):
        """Remember the newest id of a table and who writes to it. The id is read first."""
        cr = self.env.cr
        cr.execute(
            SQL("SELECT last_value FROM %s", SQL.identifier(f"{statements.TABLES[kind]}_id_seq"))
        )
        upper_id = cr.fetchone()[0]
        cr.execute(statements.writers(kind))
        cr.execute(
            SQL(
                """INSERT INTO saas_billing_seal_horizon (kind, upper_id, writers)
                   VALUES (%s, %s, %s) ON CONFLICT (kind)
                DO UPDATE SET upper_id = EXCLUDED.upper_id, writers = EXCLUDED.writers""",
                kind,
                upper_id,
                " ".join(writer for (writer,) in cr.fetchall()),
            )
        )

    @api.model
    def _get_ready(self, kind):
        """The noted id if all who might add a lower one have ended, else 0."""
        cr = self.env.cr
        cr.execute(
            SQL("SELECT upper_id, writers FROM saas_billing_seal_horizon WHERE kind = %s", kind)
        )
        noted = cr.fetchone()
        if not noted:
            return 0
        upper_id, writers = noted
        cr.execute(statements.writers(kind))
        still = {writer for (writer,) in cr.fetchall()}
        return 0 if still & set((writers or "").split()) else upper_id
