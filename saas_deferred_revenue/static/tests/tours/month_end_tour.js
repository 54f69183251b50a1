import { registry } from "@web/core/registry";

import {
    cell,
    confirm,
    create,
    edit,
    field,
    headButton,
    openApp,
    openMenu,
    openRow,
    pickDate,
    smartButton,
    state,
    tab,
    title,
} from "./screen";

/** Steps may take their time: a month end is more than a click. */
const addTour = (name, steps) =>
    registry.category("web_tour.tours").add(name, { timeout: 60000, steps });

const openRevenue = (entry, name) => [
    ...openApp(),
    ...openMenu("saas_deferred_revenue.menu_saas_revenue", `saas_deferred_revenue.${entry}`),
    title(name),
];

const showRecords = (row) => ({
    content: `Records behind ${row}`,
    trigger: `.o_data_row:contains(${row}) button[name='action_open_records']`,
    run: "click",
});

const back = (text) => ({
    content: `Back to ${text}`,
    trigger: `.o_control_panel .o_breadcrumb .o_back_button:contains(${text}), .o_control_panel .breadcrumb-item:contains(${text}) a`,
    run: "click",
});

/** A month is rehearsed with what stands in its way, and posted. */
addTour("saas_month_posted", () => [
    ...openRevenue("menu_revenue_run", "Month-end Runs"),
    create(),
    ...pickDate("period", "01/01/2026"),
    headButton("action_preview"),
    state("Previewed"),
    title("2026-01"),
    field("company_amount", "101.92"),
    field("prior_company_amount", "0.00"),
    // What stands in the way comes first
    cell("Parked events", "company_amount", "50.00"),
    cell("Parked events", "kind", "Blocker"),
    cell("Draft invoices", "company_amount", "240.00"),
    cell("Draft invoices", "kind", "Warning"),
    showRecords("Parked events"),
    cell("customer.created", "state", "Parked"),
    back("2026-01"),
    tab("amounts"),
    cell("Deferred Revenue", "company_amount", "101.92"),
    cell("Deferred Revenue", "record_count", "1"),
    headButton("action_post"),
    confirm(),
    state("Posted"),
    field("posted_by_id", "Ann Accountant"),
    field("company_amount", "101.92"),
    ...smartButton("action_open_entries", "1"),
    {
        content: "It says what it is",
        trigger: "[name='ref'] input:value(Revenue recognised for January 2026)",
    },
    cell("Deferred Revenue", "debit", "101.92"),
    cell("Product Sales", "credit", "101.92"),
]);

/** Of 1,200.00 over 2026: 595.07 are earned by the end of June, the rest is 604.93. */
const beforeAndAfter = () => [
    cell("2026-06", "amount_before", "98.63"),
    cell("2026-06", "amount_after", "98.63"),
    cell("2026-07", "amount_before", "101.92"),
    cell("2026-07", "amount_after", "604.93"),
    cell("2026-07", "amount_change", "503.01"),
    cell("2026-12", "amount_before", "101.92"),
    cell("2026-12", "amount_after", "0.00"),
    cell("2026-12", "amount_change", "-101.92"),
    field("moved_amount", "503.01"),
];

addTour("saas_amendment_proposed", () => [
    ...openRevenue("menu_revenue_schedule", "Revenue Schedules"),
    openRow("Ada Analytics"),
    headButton("action_open_amendment"),
    ...pickDate("date", "07/01/2026"),
    edit("reason", "The customer left on 30 June"),
    headButton("action_preview"),
    ...beforeAndAfter(),
    headButton("action_propose"),
    state("To Decide"),
    field("proposed_by_id", "Ann Accountant"),
    {
        content: "The author does not decide",
        trigger: ".o_form_statusbar:not(:has(button[name='action_approve']))",
    },
]);

addTour("saas_amendment_approved", () => [
    ...openRevenue("menu_revenue_amendment", "Revenue Amendments"),
    cell("Ada Analytics", "moved_company_amount", "503.01"),
    openRow("Ada Analytics"),
    field("reason", "The customer left on 30 June"),
    ...beforeAndAfter(),
    headButton("action_approve"),
    state("Approved"),
    field("decided_by_id", "Max Manager"),
    tab("segments"),
    cell("Taken out", "amount", "-1,200.00"),
]);

const checkTotals = () => [
    field("billed_amount", "1,200.00"),
    field("collected_amount", "1,440.00"),
    field("deferred_amount", "1,098.08"),
    field("recognised_amount", "101.92"),
];

addTour("saas_close_prepared", () => [
    ...openRevenue("menu_revenue_close", "Month-end Closes"),
    create(),
    ...pickDate("period", "01/01/2026"),
    headButton("action_check"),
    title("2026-01"),
    ...checkTotals(),
    cell("Every event of the month is processed", "state", "Done"),
    cell("Revenue of the month is posted", "state", "Done"),
    cell("Every check of the reconciliation", "state", "Done"),
    headButton("action_prepare"),
    state("Prepared"),
    {
        content: "Who prepared does not sign",
        trigger: ".o_form_statusbar:not(:has(button[name='action_sign']))",
    },
]);

const sign = () => [
    ...openRevenue("menu_revenue_close", "Month-end Closes"),
    cell("2026-01", "state", "Prepared"),
    openRow("2026-01"),
    ...checkTotals(),
    headButton("action_sign"),
    state("Signed"),
    tab("signoffs"),
    cell("Signed", "user_id", "Max Manager"),
    cell("Signed", "recognised_amount", "101.92"),
    cell("Prepared", "user_id", "Ann Accountant"),
];

addTour("saas_close_signed", sign);

addTour("saas_close_reopened", () => [
    ...openRevenue("menu_revenue_close", "Month-end Closes"),
    openRow("2026-01"),
    {
        content: "Reopen",
        trigger: ".o_form_statusbar button:contains(Reopen)",
        run: "click",
    },
    {
        content: "Say why",
        trigger: ".modal .o_field_widget[name='reason'] textarea",
        run: "edit A late invoice",
    },
    {
        content: "Reopen it",
        trigger: ".modal button[name='action_reopen']",
        run: "click",
    },
    state("Open"),
    tab("signoffs"),
    cell("Reopened", "reason", "A late invoice"),
]);

addTour("saas_close_prepared_again", () => [
    ...openRevenue("menu_revenue_close", "Month-end Closes"),
    openRow("2026-01"),
    headButton("action_prepare"),
    state("Prepared"),
]);

addTour("saas_close_signed_again", () => [
    ...sign(),
    cell("Reopened", "reason", "A late invoice"),
    cell("Reopened", "user_id", "Max Manager"),
]);

/** A late invoice over 12.00: the month beside the one before, and what changed by whom. */
addTour("saas_close_compared", () => [
    ...openRevenue("menu_revenue_close", "Month-end Closes"),
    cell("2026-01", "changed_amount", "12.00"),
    openRow("2026-01"),
    field("changed_amount", "12.00"),
    headButton("action_compare"),
    title("Compare 2026-01"),
    {
        content: "With the month before",
        trigger: "[name='other_id'] input:value(2025-12)",
    },
    cell("Collected", "amount", "1,440.00"),
    cell("Collected", "other_amount", "0.00"),
    cell("Collected", "change_amount", "1,440.00"),
    cell("Posted for the month", "amount", "101.92"),
    ...smartButton("action_open_changes", "1"),
    title("Since the Sign-off of 2026-01"),
    cell("INV/2026/00002", "kind", "Added"),
    cell("INV/2026/00002", "who", "Max Manager"),
    cell("INV/2026/00002", "recognised_amount", "12.00"),
    {
        content: "Open the document",
        trigger: ".o_data_row:contains(INV/2026/00002) button[name='action_open_entry']",
        run: "click",
    },
    title("INV/2026/00002"),
]);
