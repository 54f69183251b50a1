import { registry } from "@web/core/registry";

import { cell, field, openApp, openMenu, openRow, smartButton } from "./screen";

const tryAgain = {
    content: "Try again",
    trigger: ".o_form_view .o_form_statusbar button[name='action_replay']:contains(Try Again)",
    run: "click",
};
const issueState = (state) => ({
    content: `The issue is ${state}`,
    trigger: `.o_form_statusbar .o_arrow_button_current:contains(${state})`,
});

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
        field("stakes", "1,440.00"),
        issueState("Open"),
        tryAgain,
        issueState("Open"),
        ...smartButton("action_open_events"),
        cell("invoice.finalized", "state", "Parked"),
    ],
});

registry.category("web_tour.tours").add("saas_inbox_mended", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_billing_connector.menu_saas_inbox",
            "saas_billing_connector.menu_billing_issue"
        ),
        openRow("is closed on 2026-01-01"),
        tryAgain,
        issueState("Closed"),
        ...smartButton("action_open_events"),
        cell("invoice.finalized", "state", "Done"),
    ],
});
