import { registry } from "@web/core/registry";

import { openApp, openMenu, pickDate, title } from "./screen";

/** How each report is looked at, and what the test found in the tables below it; it tells before the start. */
const getReports = () => JSON.parse(sessionStorage.getItem("saas_reports") || "[]");

/** Something to click on where it is there: a view that is not shown yet, a closed group. */
const clickIfThere = (content, trigger, selector) => ({
    content,
    trigger,
    run({ queryFirst, click }) {
        const found = queryFirst(selector);
        return found && click(found);
    },
});

/** A report that is a list may have no other view. */
const showAs = (view) => [
    clickIfThere(
        `As a ${view}`,
        view === "list" ? ".o_control_panel" : `.o_switch_view.o_${view}`,
        `.o_switch_view.o_${view}:not(.active)`
    ),
    { content: `It is a ${view}`, trigger: `.o_action_manager .o_${view}_view` },
];

/** Filters and group-bys of the report's own. */
const search = (label) => [
    { content: "Search", trigger: ".o_searchview_dropdown_toggler", run: "click" },
    {
        content: label,
        trigger: `.o_search_bar_menu .o_menu_item:text(${label})`,
        run: "click",
    },
    { content: `${label} is searched for`, trigger: `.o_searchview_facet:contains(${label})` },
    { content: "Enough", trigger: ".o_searchview_dropdown_toggler", run: "click" },
];

const askForDay = (day) => [
    ...pickDate("as_of", day),
    { content: "Show", trigger: ".modal button[name='action_show']", run: "click" },
];

const inFooter = (total) => ({
    content: `The list adds up to ${total}`,
    trigger: `.o_list_view .o_list_footer td:contains(${total})`,
});

/** Sum of what the graph on the screen draws. */
function readGraph() {
    const nodes = [odoo.__WOWL_DEBUG__.root.__owl__];
    for (const node of nodes) {
        const datasets = node.component.props.model?.data?.datasets;
        if (datasets) {
            return datasets.flatMap((each) => each.data).reduce((sum, each) => sum + each, 0);
        }
        nodes.push(...Object.values(node.children));
    }
}

const LOOK = {
    /** The total of all; its export; what a click on it opens. */
    pivot: ({ total, name }) => [
        { content: "Export", trigger: ".o_pivot_download", run: "click" },
        {
            content: `In all it is ${total}`,
            trigger: `.o_pivot tbody tr:first-child .o_pivot_cell_value:contains(${total})`,
            run: "click",
        },
        title(name),
        inFooter(total),
    ],
    /** The first row or the sum of all; its export; what a click on a row opens. */
    list: ({ total, column, opens }) => [
        {
            content: `It shows ${total}`,
            trigger: [`.o_data_row:first-child td[name='${column}']`, ".o_list_footer td"]
                .map((cell) => `.o_list_table ${cell}:contains(${total})`)
                .join(", "),
        },
        { content: "Actions", trigger: ".o_cp_action_menus button", run: "click" },
        { content: "Export", trigger: ".o_export_all_menu", run: "click" },
        clickIfThere("Open the group", ".o_list_table", ".o_group_header:not(.o_group_open)"),
        {
            content: "Open a row",
            trigger: ".o_list_table .o_data_row:first .o_data_cell",
            run: "click",
        },
        title(opens),
    ],
    graph: ({ amount }) => [
        {
            content: `It adds up to ${amount}`,
            trigger: ".o_graph_canvas_container canvas",
            async run() {
                // What is drawn follows the search a moment later.
                let found;
                for (let attempt = 0; attempt < 100; attempt++) {
                    found = readGraph()?.toFixed(2);
                    if (found === amount.toFixed(2)) {
                        return;
                    }
                    await new Promise((resolve) => setTimeout(resolve, 100));
                }
                throw new Error(`The graph adds up to ${found} instead of ${amount}`);
            },
        },
    ],
};

registry.category("web_tour.tours").add("saas_reports", {
    timeout: 60000,
    steps: () => [
        ...openApp(),
        ...getReports().flatMap((report) => [
            ...openMenu(...report.menu),
            ...(report.day ? askForDay(report.day) : []),
            title(report.title),
            ...showAs(report.view),
            ...report.search.flatMap(search),
            ...LOOK[report.view](report),
        ]),
    ],
});
