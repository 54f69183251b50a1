"""Stripe, as the engine asks for it."""

from .. import adapter
from .client import API_VERSION, StripeReader
from .dashboard import dashboard_url
from .endpoints import StripeEndpoints, differences, handled_types
from .envelope import Envelope
from .imported import dump, imported_event
from .inner_lists import cut_lists
from .normalise import normalise, normalise_object
from .permissions import excess_permissions, missing_permissions
from .routing import route_for
from .secrets import holds_secret, key_is_restricted, key_livemode
from .signature import verify
from .version import version_of


class StripeAdapter(adapter.Adapter):
    """Nothing but names: each answer is a module of this folder."""

    api_version = API_VERSION

    parse = staticmethod(Envelope.parse)
    route_for = staticmethod(route_for)
    version_of = staticmethod(version_of)
    normalise = staticmethod(normalise)

    reader = StripeReader
    can_fetch = staticmethod(StripeReader.can_fetch)
    dashboard_url = staticmethod(dashboard_url)
    missing_permissions = staticmethod(missing_permissions)
    excess_permissions = staticmethod(excess_permissions)

    registrar = StripeEndpoints
    differences = staticmethod(differences)
    handled_types = staticmethod(handled_types)

    holds_secret = staticmethod(holds_secret)
    key_livemode = staticmethod(key_livemode)
    key_is_restricted = staticmethod(key_is_restricted)

    def verify(self, body, headers, secrets):
        return verify(body, headers.get("Stripe-Signature"), secrets)

    def is_cut(self, envelope, canonical_type):
        return bool(cut_lists(canonical_type, envelope.obj))

    def complete(self, reader, envelope, canonical_type):
        reader.complete(canonical_type, envelope.obj)

    def normalise_object(self, canonical_type, obj):
        return normalise_object(canonical_type, obj, API_VERSION)

    def route_of(self, event):
        return route_for(event["type"], event["api_version"])

    def listed(self, event):
        text = dump(event)
        return Envelope.parse(text), text

    def imported(self, obj, read_at, *, livemode, again=False):
        event = imported_event(obj, read_at, api_version=API_VERSION, livemode=livemode)
        if again:
            event["id"] += f":{read_at}"
        return self.listed(event)
