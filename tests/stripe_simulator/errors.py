"""Errors in the form Stripe's API answers with."""


class StripeError(Exception):
    """An error answer: HTTP status and the fields of Stripe's `error` object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        **details: str | dict | None,
    ):
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.details = {name: value for name, value in details.items() if value is not None}

    def body(self) -> dict:
        """The JSON body of the answer."""
        return {"error": {"message": self.message, "type": self.kind, **self.details}}


def missing(kind: str, identifier: str) -> StripeError:
    """404: no such object."""
    name = kind.replace("_", " ")
    return StripeError(
        f"No such {name}: '{identifier}'", status=404, code="resource_missing", param="id"
    )


def bad_reference(param: str, kind: str, identifier: object) -> StripeError:
    """400: a parameter names an object that does not exist."""
    name = kind.replace("_", " ")
    return StripeError(f"No such {name}: '{identifier}'", code="resource_missing", param=param)


def required(param: str) -> StripeError:
    """400: a required parameter is absent."""
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_param(param: str) -> StripeError:
    """400: the parameter is not known (or this simulator does not carry it out)."""
    return StripeError(
        f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def declined(charge: dict, intent: dict) -> StripeError:
    """402: the card was declined."""
    return StripeError(
        charge["failure_message"],
        status=402,
        kind="card_error",
        code=charge["failure_code"],
        decline_code="generic_decline",
        charge=charge["id"],
        payment_intent=intent,
    )
