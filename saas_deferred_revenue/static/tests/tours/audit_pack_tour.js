import { registry } from "@web/core/registry";
import { download } from "@web/core/network/download";

import {
    cell,
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
    title,
} from "./screen";

const NAME = "Revenue Postings 2026-01";

const addTour = (name, steps) =>
    registry.category("web_tour.tours").add(name, { timeout: 60000, steps });

const openPacks = () => [
    ...openApp(),
    ...openMenu(
        "saas_deferred_revenue.menu_saas_revenue",
        "saas_deferred_revenue.menu_revenue_audit_pack"
    ),
    title("Audit Packs"),
];

const askForPack = (size) => [
    create(),
    ...pickDate("date_from", "01/15/2026"),
    ...pickDate("date_to", "01/15/2026"),
    edit("sample_size", size),
    edit("seed", "2026"),
    headButton("action_make"),
];

const back = () => ({
    content: "Back to the pack",
    trigger: `.o_control_panel .o_breadcrumb .o_back_button:contains(${NAME}), .o_control_panel .breadcrumb-item:contains(${NAME}) a`,
    run: "click",
});

/** SHA-256 of what a download would save. */
async function digestOf({ url, data: { model, id, field: name } }) {
    const answer = await fetch(`${url}?${new URLSearchParams({ model, id, field: name })}`);
    const digest = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const checkDownload = () => ({
    content: "The file that is downloaded has the digest on the screen",
    trigger: ".o_field_widget[name='file'] a:contains(audit-pack)",
    async run({ click }) {
        const save = download._download;
        const digest = new Promise((resolve) => {
            download._download = (options) => resolve(digestOf(options));
        });
        await click();
        download._download = save;
        const shown = document.querySelector(".o_field_widget[name='file_sha256']").textContent;
        if ((await digest) !== shown) {
            throw new Error("The file is not what its digest says");
        }
    },
});

const checkFigures = (maker) => [
    state("Made"),
    title(NAME),
    field("population_count", "5"),
    field("population_amount", "225.92"),
    field("control_amount", "225.92"),
    field("difference_amount", "0.00"),
    field("made_by_id", maker),
];

addTour("saas_audit_pack", () => [
    ...openPacks(),
    // More than there are: it says so, and what was typed is still there
    ...askForPack("6"),
    {
        content: "There are only five rows",
        trigger: ".modal:contains(only 5 rows) .modal-footer .btn-primary",
        run: "click",
    },
    edit("sample_size", "3"),
    headButton("action_make"),
    ...checkFigures("Audrey Auditor"),
    {
        content: "What was asked for cannot be changed any more",
        trigger: ".o_field_widget[name='seed']:not(:has(input)):contains(2026)",
    },
    checkDownload(),
    ...smartButton("action_open_sample", "3"),
    title(`Sample of ${NAME}`),
    {
        content: "Three rows were drawn",
        trigger: ".o_list_view:has(.o_data_row:nth-child(3)):not(:has(.o_data_row:nth-child(4)))",
    },
    back(),
    ...checkFigures("Audrey Auditor"),
]);

addTour("saas_audit_pack_again", () => [
    ...openPacks(),
    cell("Audrey Auditor", "population_amount", "225.92"),
    ...askForPack("3"),
    ...checkFigures("Max Manager"),
    ...openPacks(),
    cell("Max Manager", "seed", "2026"),
    openRow("Audrey Auditor"),
    ...checkFigures("Audrey Auditor"),
]);
