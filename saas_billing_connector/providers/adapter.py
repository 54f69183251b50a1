"""What the engine asks of a billing platform, free of the ORM."""


class Adapter:
    """Base of an adapter. What has a default here is optional.

    An adapter that only receives says what its events mean (`verify`, `parse`, `route_for`,
    `version_of`, `normalise`). One that also reads has a `reader` and what goes with it; one that
    registers its own webhook endpoint has a `registrar`.
    """

    #: The API version that our own requests are rendered at, and endpoints should send.
    api_version = None

    # ── events ───────────────────────────────────────────────────────────────────────────────

    def verify(self, body, headers, secrets):
        """The body of a webhook as text, once it is known to come from the provider.

        :param bytes body: byte for byte
        :param headers: of the request; names in any case
        :param secrets: signing secrets, the current one first; any that fits will do
        :raises SignatureError: where it must not be believed
        """
        raise NotImplementedError

    def parse(self, text):
        """The `Envelope` of an event.

        :raises MalformedEvent: where it is none
        """
        raise NotImplementedError

    def route_for(self, event_type, api_version=None):
        """The `Route` or `Ignored` of an event type; unknown types are ignored, never refused."""
        raise NotImplementedError

    def version_of(self, event_type, occurred_at, external_id):
        """A text that sorts snapshots of one object from old to new."""
        raise NotImplementedError

    def happened(self, event_type):
        """What an event says about the life of its object.

        `created` where it begins, `deleted` where it ends, `imported` where the object was read
        and nothing happened; any other word for a change.
        """
        return event_type.rpartition(".")[2]

    def normalise(self, envelope, canonical_type):
        """(canonical record, the one before the change or None, version) of an event.

        :raises InvalidData: where the object lacks or contradicts what booking needs
        """
        raise NotImplementedError

    # ── what an event or page may show in part only ──────────────────────────────────────────

    def is_cut(self, _envelope, _canonical_type):
        """Whether the object of an event has lists inside that were cut."""
        return False

    def complete(self, reader, envelope, canonical_type):
        """Have `reader` complete, in place, the lists inside the object of an event."""
        raise NotImplementedError

    # ── reading, with the read key ───────────────────────────────────────────────────────────

    def reader(self, api_key, api_base=None):
        """Client that reads the provider's API and changes nothing there.

        :param api_base: another address of the API, for tests and the demo
        """
        raise NotImplementedError

    def can_fetch(self, _object_type):
        """Whether the reader's `fetch` knows the type."""
        return False

    def normalise_object(self, canonical_type, obj):
        """The canonical record of one object as the reader shows it."""
        raise NotImplementedError

    def route_of(self, event):
        """The `Route` or `Ignored` of an event as the reader lists it."""
        raise NotImplementedError

    def listed(self, event):
        """(`Envelope`, text that the inbox keeps) of an event as the reader lists it."""
        raise NotImplementedError

    def imported(self, obj, read_at, *, livemode, again=False):
        """(`Envelope`, text that the inbox keeps) of an event that stands for an object read.

        Its id is the same as long as the object is; `again` makes one of its own for this moment.
        """
        raise NotImplementedError

    def dashboard_url(self, _account, _livemode, _external_id):
        """Page of an object in the provider's own dashboard, or None."""
        return

    def missing_permissions(self, _reader):
        """Names of (required, optional) permissions that the read key lacks."""
        return [], []

    def excess_permissions(self, _reader, _api_key):
        """Names of what the read key may do beyond reading."""
        return []

    # ── the webhook endpoint, with the write key ─────────────────────────────────────────────

    def registrar(self, api_key, api_base=None):
        """Client for webhook endpoints: the only one that changes anything at the provider."""
        raise NotImplementedError

    def differences(self, _endpoint):
        """In what an endpoint is not as it should be."""
        return []

    def handled_types(self):
        """The event types that an endpoint has to send, in alphabetical order."""
        return []

    # ── what can be told of a secret by its look ─────────────────────────────────────────────

    def holds_secret(self, _text):
        """Whether a text contains one."""
        return False

    def key_livemode(self, _key):
        """True for a live key, False for a test key, None where it does not tell."""

    def key_is_restricted(self, _key):
        """Whether an API key may do only what it was given."""
        return True
