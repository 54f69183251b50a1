import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Shows a secret once. It lives in this dialog only: no field, no storage, no address holds it. */
export class SecretDialog extends Component {
    static template = "saas_billing_connector.SecretDialog";
    static components = { CopyButton, Dialog };
    static props = { secret: String, close: Function };

    get copied() {
        return _t("Copied");
    }
}

// A function, not a component: the web client remembers neither its parameters nor its place.
async function showSecret(env, action) {
    const { secret, next } = action.params;
    await new Promise((resolve) => {
        env.services.dialog.add(SecretDialog, { secret }, { onClose: resolve });
    });
    return next;
}

registry.category("actions").add("saas_billing_show_secret", showSecret);
