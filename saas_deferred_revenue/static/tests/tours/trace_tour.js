import { registry } from "@web/core/registry";

import { field, openApp, openMenu, openRow, title } from "./screen";

const step = (chapter, text) => ({
    content: `${chapter} tells ${text}`,
    trigger: `.o_saas_trace section[data-chapter='${chapter}'] .o_saas_step:contains(${text})`,
});

const openTrace = () => [
    {
        content: "Actions",
        trigger: ".o_cp_action_menus button.dropdown-toggle:has(.fa-cog)",
        run: "click",
    },
    {
        content: "Trace",
        trigger: ".o-dropdown--menu .o-dropdown-item:contains(Trace)",
        run: "click",
    },
];

registry.category("web_tour.tours").add("saas_trace", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_deferred_revenue.menu_saas_revenue",
            "saas_deferred_revenue.menu_revenue_schedule"
        ),
        openRow("Ada Analytics"),
        field("amount", "1,200.00"),
        ...openTrace(),
        title("Trace of INV/2026/00001"),
        step("event", "invoice.finalized"),
        step("reading", "done"),
        step("document", "1,440.00"),
        step("rule", "Every recurring line"),
        step("schedule", "1,200.00"),
        step("segment", "Invoice line"),
        step("run", "Connie Controller"),
        step("posting", "101.92"),
        step("item", "101.92"),
        {
            content: "The schedule is where the story began",
            trigger: "section[data-chapter='schedule'] .o_saas_step_start",
        },
        {
            content: "The file for auditors",
            trigger: ".o_saas_trace_json[href^='/saas/trace/saas.revenue.schedule/'][href$='.json']",
        },
        {
            content: "Arrows go from step to step",
            trigger: "section[data-chapter='event'] .o_saas_step:first-child .o_saas_step_title",
            run: "press ArrowDown",
        },
        {
            content: "The entry of the month opens",
            trigger: "section[data-chapter='run'] .o_saas_step_title:contains(2026-01)",
            run: "click",
        },
        title("2026-01"),
        ...openTrace(),
        title("Trace of 2026-01"),
        step("event", "invoice.finalized"),
        step("posting", "101.92"),
    ],
});
