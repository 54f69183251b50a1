"""Which contact a customer is: by tax id, then by e-mail; where that is unsure, a person says."""

from dataclasses import dataclass, field, replace

CREATE, LINK, ASK = "create", "link", "ask"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact that a customer may be.

    :ivar archived: it is not in use any more
    :ivar taken: another customer of the same account is linked to it already
    :ivar other_tax_id: it has a tax id, and not one of the customer's
    """

    partner_id: int
    archived: bool = False
    taken: bool = False
    other_tax_id: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What is found for one customer."""

    by_tax_id: frozenset[Candidate] = field(default_factory=frozenset)
    by_email: frozenset[Candidate] = field(default_factory=frozenset)

    def with_taken(self, partner_ids):
        """The same, where another customer was linked to these contacts meanwhile."""
        return Match(
            *(
                frozenset(
                    replace(each, taken=each.taken or each.partner_id in partner_ids)
                    for each in found
                )
                for found in (self.by_tax_id, self.by_email)
            )
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a customer.

    :ivar kind: CREATE, LINK or ASK
    :ivar partner_id: the contact to link to, or the likeliest to ask about
    :ivar reason: by what it was matched, or why a person is asked
    """

    kind: str
    partner_id: int | None = None
    reason: str | None = None


def judge(policy, match):
    """The verdict about one customer.

    :param policy: `link` what is certain, `propose` every match, `create` without looking
    """
    found = match.by_tax_id or match.by_email
    if policy == "create" or not found:
        return Verdict(CREATE)
    likeliest = min(found, key=lambda each: (each.archived, each.taken, each.partner_id))
    reason = _get_doubt(match, found, likeliest)
    if reason or policy == "propose":
        return Verdict(ASK, likeliest.partner_id, reason or "policy")
    return Verdict(LINK, likeliest.partner_id, "tax_id" if match.by_tax_id else "email")


def _get_doubt(match, found, likeliest):
    """Why the match is not certain, or None."""
    emails = {each.partner_id for each in match.by_email}
    doubts = {
        "several": len(found) > 1,
        "contradiction": bool(match.by_tax_id and emails) and likeliest.partner_id not in emails,
        "other_tax_id": not match.by_tax_id and likeliest.other_tax_id,
        "taken": likeliest.taken,
        "archived": likeliest.archived,
    }
    return next((name for name, holds in doubts.items() if holds), None)
