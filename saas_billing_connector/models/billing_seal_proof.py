"""What the seals say of single rows: the evidence that goes with a row to an auditor."""

import hashlib
from bisect import bisect_left
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from . import billing_seal_sql as statements

#: Bytes of the id at the beginning of a leaf.
ID_BYTES = 8


class Proof(NamedTuple):
    """That a row is as it was when it was sealed.

    `is_intact` holds where the row's digest is the sealed one, and the seal's digests are those
    that its hash was made over. The chain of hashes is what `saas.billing.seal.check` walks.
    """

    sequence: int
    hash: str
    sealed_at: fields.Datetime
    digest: str
    is_intact: bool


class SaasBillingSeal(models.Model):
    _inherit = "saas.billing.seal"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _prove(self, kind, ids):
        """`{row id: Proof}` of the rows that are sealed; one query per seal and two in all.

        :param kind: one of `KINDS`
        """
        self.env.flush_all()
        by_seal = {}
        for seal_id, row_id in self.env.execute_query(
            SQL(
                """SELECT seal.id, row.id FROM unnest(%s::int[]) AS row(id)
                     JOIN saas_billing_seal seal
                       ON seal.kind = %s AND row.id > seal.lower_id AND row.id <= seal.upper_id""",
                list(ids),
                kind,
            )
        ):
            by_seal.setdefault(seal_id, []).append(row_id)
        proofs = {}
        for seal_id, *seal in self.env.execute_query(
            SQL(
                """SELECT id, layout, lower_id, upper_id, leaves, rows_hash, hash, %s = hash,
                          sequence, sealed_at
                     FROM saas_billing_seal WHERE id = ANY(%s)""",
                statements.SEAL_HASH,
                list(by_seal),
            )
        ):
            proofs |= self._prove_by_seal(kind, by_seal[seal_id], *seal)
        return proofs

    @api.model
    def _get_chain_state(self):
        """`whole` where every seal is what the one after it says it was, `explained` where each
        that is not has an explanation on its check, else `broken`.
        """
        if not self.env.execute_query(statements.first_broken_link([])):
            return "whole"
        explained = self.env["saas.billing.seal.check"]._get_explained("seal")
        is_broken = self.env.execute_query(statements.first_broken_link(explained))
        return "broken" if is_broken else "explained"

    def _prove_by_seal(
        self, kind, ids, layout, lower, upper, leaves, rows_hash, own_hash, is_own, sequence, moment
    ):
        leaves = bytes(leaves)
        is_whole = is_own and hashlib.sha256(leaves).hexdigest() == rows_hash
        rows = self.env.execute_query(
            SQL(
                "SELECT id, encode(digest, 'hex') FROM (%s) AS rows WHERE id = ANY(%s)",
                statements.row_digests(kind, layout, lower, upper),
                ids,
            )
        )
        return {
            row_id: Proof(
                sequence,
                own_hash,
                moment,
                digest,
                is_whole and self._get_sealed_digest(leaves, row_id) == digest,
            )
            for row_id, digest in rows
        }

    def _get_sealed_digest(self, leaves, row_id):
        """Digest that a seal keeps of a row; leaves are in the order of their ids."""
        places = range(0, len(leaves), statements.LEAF)
        found = bisect_left(
            places,
            row_id,
            key=lambda place: int.from_bytes(leaves[place : place + ID_BYTES], "big"),
        )
        leaf = leaves[found * statements.LEAF :][: statements.LEAF]
        return leaf[ID_BYTES:].hex() if int.from_bytes(leaf[:ID_BYTES], "big") == row_id else None
