"""Identifiers that look like Stripe's and are the same in every run of the same story."""

import hashlib
from collections import Counter

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 24
PREFIX_ALPHABET = "ABCDEFGHIJKLMNPQRSTUVWXYZ23456789"


def base_digits(number: int, alphabet: str, length: int) -> str:
    """The lowest `length` digits of `number` written in `alphabet`."""
    digits = []
    for _position in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(digits)


class IdGenerator:
    """Hands out identifiers; each prefix counts by itself, so reading disturbs no other."""

    def __init__(self, seed: int | str):
        self.seed = seed
        self.counters = Counter()

    def _number(self, prefix: str) -> int:
        self.counters[prefix] += 1
        text = f"{self.seed}:{prefix}:{self.counters[prefix]}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=20).digest(), "big")

    def new(self, prefix: str) -> str:
        """The next identifier `prefix_…`."""
        return f"{prefix}_{base_digits(self._number(prefix), ALPHABET, LENGTH)}"

    def invoice_prefix(self) -> str:
        """The next customer's invoice number prefix: eight capitals and digits."""
        return base_digits(self._number("invoice_prefix"), PREFIX_ALPHABET, 8)
