"""What each role may do with each model of this addon: r read, w write, c create, d delete."""

MODELS = {
    "saas.catalog.mapping": ("r", "rw", "rw"),
    "saas.customer": ("r", "rw", "rw"),
    "saas.customer.tax.id": ("r", "r", "r"),
    "saas.feed.delivery": ("r", "r", "r"),
    "saas.feed.message": ("r", "r", "r"),
    "saas.feed.replay": ("", "rwcd", "rwcd"),
    "saas.feed.subscriber": ("r", "r", "rwcd"),
    "saas.feed.topic": ("r", "r", "r"),
    "saas.opening.fact": ("r", "r", "r"),
    "saas.opening.position": ("r", "r", "r"),
    "saas.reconciliation.difference": ("r", "rw", "rw"),
    "saas.reconciliation.fact": ("r", "r", "r"),
    "saas.reconciliation.line": ("r", "r", "r"),
    "saas.reconciliation.part": ("r", "r", "r"),
    "saas.reconciliation.run": ("r", "rwcd", "rwcd"),
    "saas.subscription": ("r", "r", "r"),
    "saas.subscription.change": ("r", "r", "r"),
    "saas.subscription.item": ("r", "r", "r"),
    "saas.tax.mapping": ("r", "rw", "rw"),
}

#: Topics are the same for all companies.
SHARED = ("saas.feed.topic",)

#: Buttons that change something -> the roles that may press them.
BUTTONS = {
    ("saas.catalog.mapping", "action_approve"): ("operator", "admin"),
    ("saas.catalog.mapping", "action_approve_or_preview"): ("operator", "admin"),
    ("saas.catalog.mapping", "action_preview"): ("operator", "admin"),
    ("saas.catalog.mapping", "action_reset"): ("operator", "admin"),
    ("saas.customer", "action_create_new"): ("operator", "admin"),
    ("saas.customer", "action_keep"): ("operator", "admin"),
    ("saas.customer", "action_link"): ("operator", "admin"),
    ("saas.customer", "action_take"): ("operator", "admin"),
    ("saas.feed.delivery", "action_retry"): ("operator", "admin"),
    ("saas.feed.subscriber", "action_pause"): ("admin",),
    ("saas.feed.subscriber", "action_rebind"): ("admin",),
    ("saas.feed.subscriber", "action_resume"): ("admin",),
    ("saas.feed.subscriber", "action_send_test"): ("admin",),
    ("saas.opening.position", "action_book"): ("operator", "admin"),
    ("saas.reconciliation.difference", "action_check_again"): ("operator", "admin"),
    ("saas.reconciliation.difference", "action_explain"): ("operator", "admin"),
    ("saas.reconciliation.difference", "action_reopen"): ("operator", "admin"),
    ("saas.reconciliation.run", "action_run"): ("operator", "admin"),
    ("saas.reconciliation.run", "action_run_again"): ("operator", "admin"),
    ("saas.reconciliation.run", "action_try_again"): ("operator", "admin"),
    ("saas.tax.mapping", "action_approve"): ("operator", "admin"),
    ("saas.tax.mapping", "action_approve_or_preview"): ("operator", "admin"),
    ("saas.tax.mapping", "action_preview"): ("operator", "admin"),
    ("saas.tax.mapping", "action_reset"): ("operator", "admin"),
}
