import { registry } from "@web/core/registry";

/** The model of the spreadsheet on the screen: cells and scorecards are drawn, not written. */
function findModel() {
    const nodes = [odoo.__WOWL_DEBUG__.root.__owl__];
    for (const node of nodes) {
        const model = node.component.props.model;
        if (model?.getters?.getEvaluatedCell) {
            return model;
        }
        nodes.push(...Object.values(node.children));
    }
}

/** [cell, what it shows] of all cells that show something. */
function readCells({ getters }) {
    const found = [];
    for (const sheetId of getters.getSheetIds()) {
        for (let col = 0; col < getters.getNumberCols(sheetId); col++) {
            for (let row = 0; row < getters.getNumberRows(sheetId); row++) {
                const cell = getters.getEvaluatedCell({ sheetId, col, row });
                if (cell.type !== "empty") {
                    const letter = String.fromCharCode(65 + col);
                    found.push([`${getters.getSheetName(sheetId)}!${letter}${row + 1}`, cell]);
                }
            }
        }
    }
    return found;
}

async function readLoaded(model) {
    for (let attempt = 0; attempt < 100; attempt++) {
        const cells = readCells(model);
        if (!cells.some(([, cell]) => cell.value === "Loading...")) {
            return cells;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("The dashboard is still loading");
}

function expect(what, found, expected) {
    if (found !== expected) {
        throw new Error(`${what} is ${found} instead of ${expected}`);
    }
}

registry.category("web_tour.tours").add("saas_revenue_dashboard", {
    timeout: 60000,
    steps: () => [
        {
            content: "Open it among the dashboards of finance",
            trigger: ".o_search_panel_category_value[data-name='SaaS Revenue']",
            run: "click",
        },
        {
            content: "It is there",
            trigger: ".o_search_panel_category_value.active[data-name='SaaS Revenue']",
        },
        {
            content: "Its figures are those of the books",
            trigger: ".o_renderer .o-figure canvas",
            async run() {
                const model = findModel();
                const cells = await readLoaded(model);
                for (const [name, cell] of cells) {
                    expect(`The kind of ${name}`, cell.type === "error" ? cell.message : "", "");
                }
                const shown = Object.fromEntries(cells);
                expect("Recognised", shown["Data!B1"].value, 250);
                expect("Deferred", shown["Data!B2"].value, 3600);
                expect("MRR", shown["Data!B4"].value, 100);
                expect("The customer", shown["Dashboard!A39"].value, "partner_a");
                expect("What is deferred of the customer", shown["Dashboard!B39"].value, 3600);
                for (const id of ["recognised", "to_come", "movements", "risk"]) {
                    const { datasets } = model.getters.getChartRuntime(id).chartJsConfig.data;
                    expect(`Whether ${id} has data`, datasets.some((set) => set.data.length), true);
                }
            },
        },
    ],
});
