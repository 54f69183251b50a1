"""What each role may do: r read, w write, c create, d delete.

This addon brings two roles, so its table also says what these may do with the models of the others:
what an auditor may, except for the models named in `ABOVE_AUDITOR`.
"""

ROLES = ("auditor", "operator", "admin", "accountant", "manager")
GROUPS = {role: f"saas_deferred_revenue.group_revenue_{role}" for role in ("accountant", "manager")}

MODELS = {
    "saas.revenue.accrual": ("r", "r", "r", "r", "r"),
    "saas.revenue.amendment": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.amendment.month": ("r", "r", "r", "r", "r"),
    "saas.revenue.audit.pack": ("rwcd", "rwcd", "rwcd", "rwcd", "rwcd"),
    "saas.revenue.close": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.close.change": ("rwcd", "rwcd", "rwcd", "rwcd", "rwcd"),
    "saas.revenue.close.compare": ("rwcd", "rwcd", "rwcd", "rwcd", "rwcd"),
    "saas.revenue.close.compare.line": ("rwcd", "rwcd", "rwcd", "rwcd", "rwcd"),
    "saas.revenue.close.day": ("r", "r", "r", "r", "r"),
    "saas.revenue.close.entry": ("r", "r", "r", "r", "r"),
    "saas.revenue.close.line": ("r", "r", "r", "r", "r"),
    "saas.revenue.close.reopen": ("", "", "", "", "rwcd"),
    "saas.revenue.close.signoff": ("r", "r", "r", "r", "r"),
    "saas.revenue.opening.import": ("r", "r", "r", "r", "rwcd"),
    "saas.revenue.opening.row": ("r", "r", "r", "r", "r"),
    "saas.revenue.posting": ("r", "r", "r", "r", "r"),
    "saas.revenue.movement": ("r", "r", "r", "r", "r"),
    "saas.revenue.recognised": ("r", "r", "r", "r", "r"),
    "saas.revenue.refundable": ("r", "r", "r", "r", "r"),
    "saas.revenue.rollforward": ("r", "r", "r", "r", "r"),
    "saas.revenue.rule": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.rule.month": ("r", "r", "r", "r", "r"),
    "saas.revenue.rule.return": ("", "", "", "rwcd", "rwcd"),
    "saas.revenue.run": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.run.undo": ("", "", "", "", "rwcd"),
    "saas.revenue.run.line": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.schedule": ("r", "r", "r", "r", "r"),
    "saas.revenue.schedule.month": ("r", "r", "r", "r", "r"),
    "saas.revenue.segment": ("r", "r", "r", "r", "r"),
    "saas.revenue.write.off": ("r", "r", "r", "rwcd", "rwcd"),
    "saas.revenue.write.off.line": ("r", "r", "r", "r", "r"),
    "saas.revenue.write.off.undo": ("", "", "", "", "rwcd"),
    "saas.revenue.waterfall.day": ("rwcd", "rwcd", "rwcd", "rwcd", "rwcd"),
    "saas.revenue.waterfall.month": ("r", "r", "r", "r", "r"),
}
ABOVE_AUDITOR = {
    "saas.billing.proposal": "rw",
    "saas.reconciliation.difference": "rw",
    "saas.reconciliation.run": "rwc",
}

#: Buttons that change something -> the roles that may press them.
BUTTONS = {
    ("saas.revenue.amendment", "action_approve"): ("manager",),
    ("saas.revenue.amendment", "action_preview"): ("accountant", "manager"),
    ("saas.revenue.amendment", "action_propose"): ("accountant", "manager"),
    ("saas.revenue.amendment", "action_reject"): ("manager",),
    ("saas.revenue.amendment", "action_withdraw"): ("accountant", "manager"),
    ("saas.revenue.audit.pack", "action_make"): ROLES,
    ("saas.revenue.close", "action_check"): ("accountant", "manager"),
    ("saas.revenue.close", "action_compare"): ROLES,
    ("saas.revenue.close", "action_prepare"): ("accountant", "manager"),
    ("saas.revenue.close", "action_sign"): ("manager",),
    ("saas.revenue.opening.import", "action_book"): ("manager",),
    ("saas.revenue.opening.import", "action_preview"): ("manager",),
    ("saas.revenue.rule", "action_approve"): ("manager",),
    ("saas.revenue.rule", "action_backtest"): ("accountant", "manager"),
    ("saas.revenue.rule", "action_new_version"): ("accountant", "manager"),
    ("saas.revenue.rule", "action_propose"): ("accountant", "manager"),
    ("saas.revenue.rule", "action_reject"): ("manager",),
    ("saas.revenue.rule", "action_withdraw"): ("accountant", "manager"),
    ("saas.revenue.run", "action_post"): ("accountant", "manager"),
    ("saas.revenue.run", "action_preview"): ("accountant", "manager"),
    ("saas.revenue.write.off", "action_approve"): ("manager",),
    ("saas.revenue.write.off", "action_preview"): ("accountant", "manager"),
    ("saas.revenue.write.off", "action_propose"): ("accountant", "manager"),
    ("saas.revenue.write.off", "action_reject"): ("manager",),
    ("saas.revenue.write.off", "action_withdraw"): ("accountant", "manager"),
}
