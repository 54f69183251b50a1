"""What must hold of a Stripe balance whatever happened, checked through the API alone."""

from collections import Counter


def all_of(shop, path: str, **params: object) -> list[dict]:
    """Every object of a list, page by page, newest first."""
    found, cursor = [], {}
    while True:
        page = shop.get(path, limit=100, **params, **cursor)
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = {"starting_after": page["data"][-1]["id"]}


def assert_balance(shop, expected: int | None = None) -> None:
    """By currency, available and pending together are the sum of all balance transactions."""
    sums: Counter = Counter()
    for entry in all_of(shop, "balance_transactions"):
        assert entry["net"] == entry["amount"] - entry["fee"]
        assert entry["fee"] == sum(detail["amount"] for detail in entry["fee_details"])
        if entry["balance_type"] == "payments":
            sums[entry["currency"]] += entry["net"]
    balance = shop.get("balance")
    shown: Counter = Counter()
    for side in ("available", "pending"):
        for amount in balance[side]:
            shown[amount["currency"]] += amount["amount"]
    assert {each: sums[each] for each in shown} == dict(shown)
    assert set(sums) <= set(shown)
    if expected is not None:
        assert sum(shown.values()) == expected


def assert_payouts_itemise(shop) -> None:
    """An automatic payout lists what it pays, its own entry with it; no entry is paid out twice."""
    seen: set[str] = set()
    for payout in all_of(shop, "payouts"):
        entries = all_of(shop, "balance_transactions", payout=payout["id"])
        if not payout["automatic"]:
            assert entries == []
            continue
        ids = {entry["id"] for entry in entries}
        assert payout["balance_transaction"] in ids
        assert not ids & seen
        seen |= ids
        assert {entry["currency"] for entry in entries} == {payout["currency"]}
        contents = [entry for entry in entries if entry["id"] != payout["balance_transaction"]]
        assert sum(entry["net"] for entry in contents) == payout["amount"]
