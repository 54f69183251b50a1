import { registry } from "@web/core/registry";

const square = (day, state) => `.o_saas_month button[data-day='${day}'][data-state='${state}']`;
const total = (kind, place, count, amount) => ({
    content: `${kind} ${place}: ${count}, ${amount}`,
    trigger: `.o_saas_day tr[data-kind='${kind}'] .o_saas_${place}:contains(${count} ·):contains(${amount})`,
});

registry.category("web_tour.tours").add("saas_green_calendar", {
    steps: () => [
        {
            content: "A day that agrees: its numbers are in the label",
            trigger: `${square("2026-01-01", "green")}[aria-label*='Invoices 1 · '][aria-label*='1,440.00']:contains(✓)`,
            run: "click",
        },
        total("invoice", "told", 1, "1,440.00"),
        total("invoice", "inbox", 1, "1,440.00"),
        total("invoice", "booked", 1, "1,440.00"),
        {
            content: "The next day by keyboard",
            trigger: square("2026-01-01", "green"),
            run: "press ArrowRight",
        },
        {
            content: "It has the focus and differs",
            trigger: `${square("2026-01-02", "red")}:focus:contains(✕)`,
            run: "click",
        },
        total("invoice", "told", 2, "170.00"),
        total("invoice", "inbox", 1, "100.00"),
        total("invoice", "booked", 1, "100.00"),
        {
            content: "The record that is missing, with its class",
            trigger: ".o_saas_differences li:contains(NO-in_3):contains(Missing in the Books)",
        },
        {
            content: "Open it",
            trigger: ".o_saas_differences li:contains(NO-in_3):contains(R1) button",
            run: "click",
        },
        {
            content: "The difference",
            trigger: ".o_form_view .o_field_widget[name='external_id']:contains(in_3)",
        },
    ],
});

registry.category("web_tour.tours").add("saas_grey_calendar", {
    steps: () => [
        {
            content: "Nothing was read",
            trigger: ".o_saas_calendar .alert:contains(never reconciled)",
        },
        {
            content: "No day is green",
            trigger: ".o_saas_grid:not(:has([data-state='green']))",
        },
        {
            content: "What to do",
            trigger: "button[name='reconcile']",
            run: "click",
        },
        {
            content: "Reconciliations",
            trigger: ".o_list_view, .o_view_nocontent",
        },
    ],
});
