"""What each role may do with each model of this addon: r read, w write, c create, d delete.

The tests compare this table with the database, and docs/operations/roles.md with this table.
"""

ROLES = ("auditor", "operator", "admin")
GROUPS = {role: f"saas_billing_connector.group_saas_{role}" for role in ROLES}

MODELS = {
    "saas.billing.attempt": ("r", "r", "r"),
    "saas.billing.connection": ("r", "r", "rwcd"),
    "saas.billing.event": ("r", "r", "r"),
    "saas.billing.issue": ("r", "rw", "rw"),
    "saas.billing.issue.owner": ("r", "r", "rwcd"),
    "saas.billing.link": ("r", "r", "r"),
    "saas.billing.import": ("r", "r", "rwcd"),
    "saas.billing.import.line": ("r", "r", "rwcd"),
    "saas.billing.metric": ("r", "r", "r"),
    "saas.billing.proposal": ("r", "rw", "rw"),
    "saas.billing.replay": ("r", "rwcd", "rwcd"),
    "saas.billing.replay.balance": ("r", "r", "r"),
    "saas.billing.replay.effect": ("r", "r", "r"),
    "saas.billing.replay.line": ("r", "r", "r"),
    "saas.billing.replay.posting": ("r", "r", "r"),
    "saas.billing.seal": ("r", "r", "r"),
    "saas.billing.seal.check": ("r", "r", "rw"),
    "saas.billing.seal.horizon": ("r", "r", "r"),
    "saas.billing.throughput": ("r", "r", "r"),
    "saas.billing.secret.rotation": ("", "", "rwcd"),
    "saas.billing.setup": ("", "", "rwcd"),
    "saas.billing.trace": ("r", "r", "r"),
}

#: The log is one chain over all companies.
SHARED = ("saas.billing.seal", "saas.billing.seal.check", "saas.billing.seal.horizon")

#: Buttons that change something -> the roles that may press them (wizards go by their model).
BUTTONS = {
    ("saas.billing.connection", "action_check_permissions"): ("admin",),
    ("saas.billing.connection", "action_rebind"): ("admin",),
    ("saas.billing.connection", "action_replay"): ("auditor", "operator", "admin"),
    ("saas.billing.event", "action_replay"): ("operator", "admin"),
    ("saas.billing.event", "action_set_aside"): ("operator", "admin"),
    ("saas.billing.import", "action_cancel"): ("admin",),
    ("saas.billing.import", "action_pause"): ("admin",),
    ("saas.billing.import", "action_resume"): ("admin",),
    ("saas.billing.import", "action_start"): ("admin",),
    ("saas.billing.issue", "action_replay"): ("operator", "admin"),
    ("saas.billing.proposal", "action_approve"): ("admin",),
    ("saas.billing.proposal", "action_reject"): ("admin",),
    ("saas.billing.proposal", "action_withdraw"): (),
    ("saas.billing.replay", "action_apply"): ("operator", "admin"),
    ("saas.billing.replay", "action_cancel"): ("operator", "admin"),
    ("saas.billing.replay", "action_preview"): ("operator", "admin"),
    ("saas.billing.seal.check", "action_check"): ("auditor", "operator", "admin"),
}
