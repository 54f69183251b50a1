import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { router } from "@web/core/browser/router";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CockpitChart } from "./cockpit_chart";
import { CockpitNumber } from "./cockpit_number";

const { DateTime } = luxon;
const MODEL = "saas.revenue.cockpit";
const MONTH = "yyyy-MM";
const SECTIONS = ["totals", "close", "blockers", "reconciliation", "waterfall", "health"];

/** The month end on one screen; each section comes by a call of its own. */
export class CloseCockpit extends Component {
    static template = "saas_deferred_revenue.CloseCockpit";
    static components = { CockpitChart, CockpitNumber, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ frame: {}, sections: {}, isBusy: false });
        this.statuses = {
            green: { label: _t("Agrees"), look: "text-bg-success", icon: "fa-check" },
            amber: { label: _t("Explained"), look: "text-bg-warning", icon: "fa-comment-o" },
            red: { label: _t("Differs"), look: "text-bg-danger", icon: "fa-exclamation" },
            running: { label: _t("Running"), look: "text-bg-info", icon: "fa-refresh" },
            not_run: { label: _t("Not run"), look: "text-bg-secondary", icon: "fa-minus" },
        };
        this.levels = {
            green: { label: _t("Good"), look: "text-bg-success", icon: "fa-check" },
            amber: { label: _t("Look"), look: "text-bg-warning", icon: "fa-eye" },
            red: { label: _t("Act"), look: "text-bg-danger", icon: "fa-exclamation" },
        };
        this.closeLooks = {
            open: "text-bg-secondary",
            prepared: "text-bg-info",
            signed: "text-bg-success",
        };
        useSetupAction({ getLocalState: () => this.scope });
        const isAvailable = (target) => target?.tagName !== "SELECT";
        useHotkey("arrowleft", () => this.move(-1), { isAvailable });
        useHotkey("arrowright", () => this.move(1), { isAvailable });
        onWillStart(() => this.loadFrame(this.getFirstScope()));
        onMounted(() => this.showScope());
    }

    // ── company and month ────────────────────────────────────────────────────────────────────

    /** Where the reader left it, what the action asks for, or what the address says. */
    getFirstScope() {
        const { action, state } = this.props;
        const asked = [state, action.context, router.current].find((each) => each?.month);
        return { company: Number(asked?.company) || false, month: asked?.month || false };
    }

    get scope() {
        return { company: this.state.frame.company_id, month: this.state.frame.month };
    }

    get monthName() {
        return this.formatMonth(this.state.frame.month, "LLLL yyyy");
    }

    async load(scope) {
        if (await this.loadFrame(scope)) {
            this.showScope();
        }
    }

    /** @returns {Promise<boolean>} whether nothing newer was asked for meanwhile */
    async loadFrame({ company, month }) {
        const turn = (this.turn = (this.turn || 0) + 1);
        const frame = await this.orm.call(MODEL, "get_frame", [company, month]);
        if (turn !== this.turn) {
            return false;
        }
        this.state.frame = frame;
        if (!frame.denied && !frame.is_to_come) {
            SECTIONS.forEach((name) => this.loadSection(name));
        }
        return true;
    }

    showScope() {
        if (!this.state.frame.denied) {
            this.props.updateActionState?.(this.scope);
        }
    }

    chooseCompany(id) {
        return this.load({ ...this.scope, company: Number(id) });
    }

    move(months) {
        const { month } = this.state.frame;
        if (month) {
            const next = DateTime.fromFormat(month, MONTH).plus({ months });
            return this.load({ ...this.scope, month: next.toFormat(MONTH) });
        }
    }

    // ── sections ─────────────────────────────────────────────────────────────────────────────

    async loadSection(name) {
        const { turn } = this;
        const section = (this.state.sections[name] = { isLoading: true });
        let found;
        try {
            found = { data: await this.callSilently(`get_${name}`) };
        } catch (error) {
            found = { problem: error.data?.message || error.message };
        }
        if (turn === this.turn && this.state.sections[name].isLoading === section.isLoading) {
            this.state.sections[name] = found;
        }
    }

    callSilently(method) {
        const { company, month } = this.scope;
        return this.orm.silent.call(MODEL, method, [company, month]);
    }

    section(name) {
        return this.state.sections[name] || { isLoading: true };
    }

    // ── steps ────────────────────────────────────────────────────────────────────────────────

    take(step) {
        if (!step.question) {
            return this.act(step.code);
        }
        this.dialog.add(ConfirmationDialog, {
            title: step.label,
            body: step.question,
            confirmLabel: step.label,
            confirm: () => this.act(step.code),
            cancel: () => {},
        });
    }

    async act(code) {
        const { company, month } = this.scope;
        this.state.isBusy = true;
        try {
            const next = await this.orm.call(MODEL, "act", [company, month, code]);
            if (next) {
                await this.action.doAction(next, { onClose: () => this.load(this.scope) });
            }
            if (next?.target !== "new") {
                await this.load(this.scope);
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    /** What is not as it was when the month was signed, and who or what did it. */
    openChanges(closeId) {
        return this.action.doActionButton({
            type: "object",
            resModel: "saas.revenue.close",
            name: "action_open_changes",
            resId: closeId,
        });
    }

    // ── words ────────────────────────────────────────────────────────────────────────────────

    formatMonth(month, format = "LLL yy") {
        return month ? DateTime.fromFormat(month, MONTH).toFormat(format) : "";
    }

    formatMonthOrLater(month, format) {
        return month ? this.formatMonth(month, format) : _t("Later");
    }

    formatMoment(text) {
        return text ? formatDateTime(deserializeDateTime(text), { showSeconds: false }) : "";
    }

    formatAmount(amount, currencyId = this.state.frame.currency_id, humanReadable = false) {
        return formatMonetary(amount, { currencyId, humanReadable });
    }

    formatCount(count) {
        return formatInteger(count);
    }

    /** Money of a currency, or a count where there is none. */
    formatSide(amount, currencyId) {
        return currencyId ? this.formatAmount(amount, currencyId) : this.formatCount(amount);
    }

    formatChart(amount, isShort) {
        return this.formatAmount(amount, this.state.frame.currency_id, Boolean(isShort));
    }

    /** By how much a number is more or less than that of the month before. */
    compare({ amount, before }) {
        if (!before) {
            return "";
        }
        const change = ((amount - before) / Math.abs(before)) * 100;
        return ` (${change > 0 ? "+" : ""}${formatFloat(change, { digits: [16, 1] })} %)`;
    }

    describeWaterfall({ rows, total }) {
        return _t("Deferred revenue to come: %(total)s from %(first)s on, by month", {
            total: this.formatAmount(total),
            first: this.formatMonthOrLater(rows[0].month),
        });
    }

    describeTrend(tile) {
        return _t("%(label)s by month, from %(first)s to %(last)s", {
            label: tile.label,
            first: this.formatMonth(tile.trend[0].month),
            last: this.formatMonth(tile.trend.at(-1).month),
        });
    }
}

registry.category("actions").add("saas_revenue_cockpit", CloseCockpit);
