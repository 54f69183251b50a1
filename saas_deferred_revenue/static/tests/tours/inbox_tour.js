import { registry } from "@web/core/registry";

import {
    cell,
    confirm,
    field,
    headButton,
    openApp,
    openMenu,
    openRow,
    smartButton,
    state,
    title,
} from "./screen";

registry.category("web_tour.tours").add("saas_inbox_parked", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_billing_connector.menu_saas_inbox",
            "saas_billing_connector.menu_billing_event"
        ),
        cell("invoice.finalized", "state", "Parked"),
        openRow("invoice.finalized"),
        field("error_message", "is closed on 2026-01-01"),
        field("stake_amount", "1,440.00"),
        ...smartButton("action_open_issue"),
        field("cause", "The period is closed"),
        field("stakes", "1,440.00"),
        state("Open"),
        // Nothing is mended: the preview says so and offers nothing to apply.
        headButton("action_replay"),
        title("Replay"),
        field("park_count", "1"),
        cell("invoice.finalized", "gist", "is closed on 2026-01-01"),
        {
            content: "Nothing to apply",
            trigger: ".o_form_statusbar:not(:has(button[name='action_apply']))",
        },
    ],
});

registry.category("web_tour.tours").add("saas_inbox_mended", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_billing_connector.menu_saas_inbox",
            "saas_billing_connector.menu_billing_issue"
        ),
        openRow("The period is closed"),
        headButton("action_replay"),
        title("Replay"),
        field("summary", "1 × Customer Invoice"),
        field("summary", "1,440.00"),
        headButton("action_apply"),
        confirm(),
        state("Applied"),
        ...smartButton("action_open_lines", "1"),
        cell("invoice.finalized", "result", "Adds"),
    ],
});

registry.category("web_tour.tours").add("saas_tax_mapped", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_billing_connector.menu_saas_inbox",
            "saas_billing_connector.menu_billing_issue"
        ),
        cell("txr_vat", "stakes", "1,440.00"),
        openRow("txr_vat"),
        field("cause", "A tax rate has no approved Odoo tax"),
        {
            content: "The one place to mend it",
            trigger: ".o_form_view button[name='action_fix']:contains(Open Tax Mapping)",
            run: "click",
        },
        title("VAT"),
        {
            content: "Choose the tax",
            trigger: ".o_field_widget[name='tax_id'] input",
            run: "edit VAT 20",
        },
        {
            content: "It is VAT 20 %",
            trigger: ".o_field_widget[name='tax_id'] .dropdown-item:contains(VAT 20 %)",
            run: "click",
        },
        headButton("action_preview"),
        // What approving would clear and book
        title("Replay"),
        field("decision_name", "VAT"),
        field("summary", "1 × Customer Invoice"),
        field("summary", "$ 1,440.00 at stake"),
        cell("invoice.paid", "result", "Adds"),
        cell("invoice_payment.paid", "result", "Adds"),
        {
            content: "Journal items by account",
            trigger: ".o_notebook .nav-link[name='journal_items']",
            run: "click",
        },
        cell("Deferred Revenue", "credit", "1,200.00"),
        cell("Account Receivable", "debit", "1,440.00"),
        {
            content: "Approve and apply",
            trigger: ".o_form_statusbar button[name='action_apply']:contains(Approve and Apply)",
            run: "click",
        },
        confirm(),
        state("Applied"),
        ...openMenu(
            "saas_billing_connector.menu_saas_inbox",
            "saas_billing_connector.menu_billing_event"
        ),
        cell("invoice.paid", "state", "Done"),
        cell("invoice_payment.paid", "state", "Done"),
    ],
});
