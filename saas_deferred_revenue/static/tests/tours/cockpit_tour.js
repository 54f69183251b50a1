import { registry } from "@web/core/registry";

import { title } from "./screen";

const tile = (code, amount) => ({
    content: `${code} is ${amount}`,
    trigger: `.o_saas_tile[data-code='${code}'] .o_saas_number:contains(${amount})`,
});

const month = (name) => ({
    content: `It is ${name}`,
    trigger: `.o_saas_month:contains(${name})`,
});

const step = (name) => ({
    content: `Step ${name}`,
    trigger: `.o_saas_steps button[name='${name}']:enabled`,
    run: "click",
});

const check = (code, label) => ({
    content: `${code}: ${label}`,
    trigger: `.o_saas_reconciliation tr[data-code='${code}'] .badge:contains(${label})`,
});

const closeIs = (label) => ({
    content: `The close is ${label}`,
    trigger: `.o_saas_close_state:contains(${label})`,
});

registry.category("web_tour.tours").add("saas_cockpit_prepare", {
    steps: () => [
        month("January 2026"),
        tile("billed", "1,200.00"),
        tile("collected", "1,440.00"),
        tile("deferred", "1,098.08"),
        tile("recognised", "101.92"),
        check("R4", "Agrees"),
        check("R1", "Explained"),
        {
            content: "The picture is a table, too",
            trigger: ".o_saas_waterfall summary",
            run: "click",
        },
        {
            content: "The total of what is to come is the deferred balance",
            trigger: ".o_saas_waterfall tfoot td:contains(1,098.08)",
        },
        {
            content: "February is to earn 92.05: open it",
            trigger: ".o_saas_waterfall tr[data-month='2026-02'] .o_saas_number:contains(92.05)",
            run: "click",
        },
        title("Deferred Revenue to Come"),
        {
            content: "One schedule earns it",
            trigger: ".o_list_view .o_data_row:contains(92.05)",
        },
        {
            content: "Back to the cockpit",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        month("January 2026"),
        // By the keyboard
        { content: "Month after", trigger: "body", run: "press ArrowRight" },
        month("February 2026"),
        tile("recognised", "0.00"),
        {
            content: "January is the month before",
            trigger:
                ".o_saas_tile[data-code='recognised'] .o_saas_before_amount:contains(101.92)",
        },
        { content: "Month before", trigger: "body", run: "press ArrowLeft" },
        month("January 2026"),
        // From a number to its records and back
        { ...tile("recognised", "101.92"), run: "click" },
        title("Recognised"),
        {
            content: "The item of the run",
            trigger: ".o_list_view .o_data_row:contains(101.92)",
        },
        {
            content: "Back to the cockpit",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        month("January 2026"),
        // What comes next
        closeIs("Open"),
        step("check"),
        {
            content: "Nothing is in the way",
            trigger: ".o_saas_blockers:contains(Every check is done)",
        },
        step("prepare"),
        closeIs("Prepared"),
        {
            content: "Not signed by who prepared it",
            trigger: ".card:contains(a second person signs it)",
        },
        {
            content: "No button to sign",
            trigger: ".o_saas_steps:not(:has(button[name='sign']))",
        },
    ],
});

registry.category("web_tour.tours").add("saas_cockpit_sign", {
    steps: () => [
        closeIs("Prepared"),
        step("sign"),
        closeIs("Signed"),
        {
            content: "Both names are there",
            trigger: "ul[aria-label='Signatures']:contains(Max):contains(Mia)",
        },
        step("reopen"),
        {
            content: "It asks why",
            trigger: ".modal .o_field_widget[name='reason']",
        },
        {
            content: "It stays signed",
            trigger: ".modal-footer button:contains(Cancel)",
            run: "click",
        },
        closeIs("Signed"),
    ],
});

registry.category("web_tour.tours").add("saas_cockpit_audit", {
    steps: () => [
        closeIs("Signed"),
        tile("billed", "1,200.00"),
        check("R5", "Agrees"),
        {
            content: "An auditor has no buttons",
            trigger: ".o_saas_cockpit:not(:has(.o_saas_steps))",
        },
    ],
});

registry.category("web_tour.tours").add("saas_cockpit_denied", {
    steps: () => [
        {
            content: "A friendly word",
            trigger: ".o_saas_cockpit [role='alert']:contains(Ask your administrator)",
        },
    ],
});
