import { registry } from "@web/core/registry";

import { cell, field, nextRecord, openApp, openMenu, openRow, smartButton, tab, title } from "./screen";

registry.category("web_tour.tours").add("saas_controller", {
    steps: () => [
        ...openApp(),
        ...openMenu(
            "saas_subscription_sync.menu_subscriptions",
            "saas_subscription_sync.menu_subscription"
        ),
        title("Subscriptions"),
        cell("Ada Analytics", "mrr", "100.00"),
        cell("Ada Analytics", "state", "Active"),
        openRow("Ada Analytics"),
        // A subscription
        title("Ada Analytics · sub_ada"),
        field("mrr", "100.00"),
        cell("Team plan", "unit_amount", "1,200.00"),
        ...smartButton("action_open_invoices", "1"),
        title("Invoices of Ada Analytics"),
        cell("Ada Analytics", "amount_total_in_currency_signed", "1,440.00"),
        openRow("Ada Analytics"),
        // Its invoice
        title("INV/2026/00001"),
        cell("Team plan", "price_unit", "1,200.00"),
        field("tax_totals", "240.00"),
        field("tax_totals", "1,440.00"),
        ...smartButton("action_open_saas_revenue_schedules", "1"),
        title("Revenue Schedules"),
        cell("Ada Analytics", "recognised_amount", "101.92"),
        openRow("Ada Analytics"),
        // Its schedule: one month posted, eleven not yet
        title("INV/2026/00001 · 1 × Team plan"),
        field("amount", "1,200.00"),
        field("recognised_amount", "101.92"),
        field("remaining_amount", "1,098.08"),
        cell("2026-01", "amount", "101.92"),
        cell("2026-01", "state", "Posted"),
        cell("2026-02", "amount", "92.05"),
        cell("2026-02", "posted_amount", "0.00"),
        cell("2026-12", "amount", "101.92"),
        {
            content: "December is not posted",
            trigger: ".o_data_row:contains(2026-12) td[name='state']:not(:contains(Posted))",
        },
        ...smartButton("action_open_runs", "1"),
        title("Month-end Runs"),
        cell("2026-01", "posted_by_id", "Connie Controller"),
        openRow("2026-01"),
        // The run that posted January
        title("2026-01"),
        field("company_amount", "101.92"),
        ...smartButton("action_open_journal_items"),
        title("Journal Items"),
        cell("Deferred Revenue", "debit", "101.92"),
        cell("Product Sales", "credit", "101.92"),
        openRow("Deferred Revenue"),
        // Its journal items: both lead to the schedule
        field("debit", "101.92"),
        cell("Ada Analytics", "company_amount", "101.92"),
        nextRecord(),
        field("account_id", "Product Sales"),
        field("credit", "101.92"),
        cell("Ada Analytics", "company_amount", "101.92"),
        {
            content: "The schedule behind the journal item",
            trigger: ".o_data_row:contains(Ada Analytics) button[name='action_open_schedule']",
            run: "click",
        },
        // Back to the event that caused it
        title("INV/2026/00001 · 1 × Team plan"),
        ...smartButton("action_open_events", "3"),
        title("Events of INV/2026/00001"),
        cell("invoice_payment.paid", "state", "Done"),
        cell("invoice.finalized", "state", "Done"),
        openRow("invoice.finalized"),
        field("object_id", "in_year"),
        cell("Posted", "res_name", "INV/2026/00001"),
        tab("body"),
        field("body_indented", "Team plan (at $1,200.00 / year)"),
        // And from the event to what it caused
        ...smartButton("action_open_revenue_schedules", "1"),
        title("INV/2026/00001 · 1 × Team plan"),
        field("amount", "1,200.00"),
    ],
});
