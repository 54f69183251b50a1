/** What a reader looks for on a screen, and where it leads next. */

export const field = (name, text) => ({
    content: `${name} shows ${text}`,
    trigger: `.o_form_view .o_field_widget[name='${name}']:contains(${text})`,
});

export const cell = (row, name, text) => ({
    content: `${name} of ${row} shows ${text}`,
    trigger: `.o_data_row:contains(${row}) td[name='${name}']:contains(${text})`,
});

export const title = (text) => ({
    content: `The screen is ${text}`,
    trigger: `.o_control_panel .o_breadcrumb .active:contains(${text})`,
});

export const tab = (name) => ({
    content: `Tab ${name}`,
    trigger: `.o_notebook .nav-link[name='${name}']`,
    run: "click",
});

export const openRow = (text) => ({
    content: `Open ${text}`,
    trigger: `.o_list_view .o_data_row:contains(${text}) .o_data_cell`,
    run: "click",
});

export const openApp = () => [
    {
        content: "Show the apps",
        trigger: ".o_navbar_apps_menu button:enabled",
        run: "click",
    },
    {
        content: "SaaS Revenue",
        trigger: ".o_app[data-menu-xmlid='saas_billing_connector.menu_saas_root']",
        run: "click",
    },
];

export const openMenu = (section, entry) => [
    {
        content: `Menu ${section}`,
        trigger: `.o_menu_sections button[data-menu-xmlid='${section}']`,
        run: "click",
    },
    {
        content: `Menu ${entry}`,
        trigger: `.o-dropdown--menu .o-dropdown-item[data-menu-xmlid='${entry}']`,
        run: "click",
    },
];

export const nextRecord = () => ({
    content: "Next record",
    trigger: ".o_form_view .o_pager_next",
    run: "click",
});

/** A smart button with its number, taken out of “More” where the screen is too narrow for it. */
export const smartButton = (name, number = "") => [
    {
        content: `Smart buttons for ${name}`,
        trigger: ".o_form_view .o-form-buttonbox",
        run({ queryFirst, click }) {
            const more = queryFirst(".o-form-buttonbox .o_button_more");
            return more && click(more);
        },
    },
    {
        content: `Smart button ${name} ${number}`,
        trigger: `button.oe_stat_button[name='${name}']:contains(${number})`,
        run: "click",
    },
];

/** A button in the head of a form. */
export const headButton = (name) => ({
    content: `Button ${name}`,
    trigger: `.o_form_view .o_form_statusbar button[name='${name}']`,
    run: "click",
});

export const confirm = () => ({
    content: "Confirm",
    trigger: ".modal-footer .btn-primary",
    run: "click",
});

export const state = (text) => ({
    content: `It is ${text}`,
    trigger: `.o_form_statusbar .o_arrow_button_current:contains(${text})`,
});

export const create = () => ({
    content: "New",
    trigger: ".o_list_button_add",
    run: "click",
});

/** Put a text into a field of a form. */
export const edit = (name, text) => ({
    content: `${name} becomes ${text}`,
    trigger: `.o_form_view .o_field_widget[name='${name}'] :is(input, textarea)`,
    run: `edit ${text}`,
});

/** Put a date, as the user's language writes it, into a field of a form. */
export const pickDate = (name, text) => [
    {
        content: `Into ${name}`,
        trigger: `.o_form_view .o_field_widget[name='${name}'] .o_input`,
        run: "click",
    },
    {
        content: `${name} becomes ${text}`,
        trigger: `.o_form_view .o_field_widget[name='${name}'] input`,
        run: `edit ${text} && press Enter`,
    },
    {
        content: `${name} is taken`,
        trigger: `.o_form_view .o_field_widget[name='${name}'] button.o_input`,
    },
];
