"""Which contact a customer is: certain links only, and tax ids as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.connector  # noqa: F401  # the pure parts of addons without Odoo
from saas_subscription_sync.rules import tax_ids
from saas_subscription_sync.rules.customer_match import ASK, CREATE, LINK, Candidate, Match, judge

candidates = st.frozensets(
    st.builds(Candidate, st.integers(1, 4), st.booleans(), st.booleans(), st.booleans()),
    max_size=3,
)
matches = st.builds(Match, candidates, candidates)
policies = st.sampled_from(["link", "propose", "create"])


@given(policies, matches)
def test_only_the_policy_links_and_only_one_contact_that_is_free(policy, match):
    verdict = judge(policy, match)
    if verdict.kind == LINK:
        (found,) = match.by_tax_id or match.by_email
        assert policy == "link"
        assert verdict.partner_id == found.partner_id
        assert not (found.archived or found.taken)


@given(matches)
def test_every_match_is_put_before_a_person_where_the_policy_says_so(match):
    verdict = judge("propose", match)
    assert verdict.kind == (ASK if match.by_tax_id or match.by_email else CREATE)
    assert (verdict.reason is None) == (verdict.kind == CREATE)


@given(matches)
def test_always_new_looks_at_nothing(match):
    assert judge("create", match).kind == CREATE


@given(policies, matches, st.sets(st.integers(1, 4)))
def test_a_contact_that_was_linked_meanwhile_is_not_linked_again(policy, match, taken):
    verdict = judge(policy, match.with_taken(taken))
    assert verdict.kind != LINK or verdict.partner_id not in taken


def test_the_tax_id_goes_before_the_email():
    both = Match(frozenset({Candidate(1)}), frozenset({Candidate(1), Candidate(2)}))
    assert judge("link", both).reason == "tax_id"
    apart = Match(frozenset({Candidate(1)}), frozenset({Candidate(2)}))
    assert judge("link", apart).reason == "contradiction"


@pytest.mark.parametrize(
    ("kind", "value", "country", "possible"),
    [
        ("eu_vat", "DE123456788", "DE", True),
        ("eu_vat", "DE123456789", "DE", False),
        ("eu_vat", "EL094259216", "GR", True),
        ("eu_oss_vat", "EU372022452", None, None),
        ("gb_vat", "GB980780684", "GB", True),
        ("ch_vat", "CHE-107.787.577 MWST", "CH", True),
        ("us_ein", "91-1144442", "US", True),
        ("au_abn", "83 914 571 673", "AU", True),
        ("in_gst", "27AAPFU0939F1ZV", "IN", True),
        ("za_vat", "4123456789", "ZA", None),
        ("zz_new", "1", "ZZ", None),
    ],
)
def test_whose_a_number_is_and_whether_it_can_be_right(kind, value, country, possible):
    assert tax_ids.country_of(kind, value) == country
    assert tax_ids.check(kind, value) is possible


@given(st.sampled_from(["eu_vat", "us_ein", "in_gst", "br_cnpj", "za_vat"]), st.text(max_size=30))
def test_no_text_is_too_strange_to_be_checked(kind, value):
    assert tax_ids.check(kind, value) in (True, False, None)


def test_numbers_are_compared_without_signs():
    assert tax_ids.compact("de 123.456-788") == "DE123456788"
