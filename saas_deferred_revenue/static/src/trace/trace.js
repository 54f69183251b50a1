import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The whole story of one record: a timeline in chapters, whose steps open their records. */
export class RevenueTrace extends Component {
    static template = "saas_deferred_revenue.RevenueTrace";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.state = useState({ story: null, problem: "" });
        this.start = this.getStart();
        useSetupAction({ getLocalState: () => this.start });
        onWillStart(() => this.load());
        onMounted(() => this.props.updateActionState?.(this.start));
    }

    /** Where the reader left it, what the action is about, or what the address says. */
    getStart() {
        const { state, action } = this.props;
        const { active_model, active_id } = action.context;
        const asked = [state, { traced: active_model, traced_id: active_id }, router.current];
        const { traced, traced_id } = asked.find((each) => each?.traced && each.traced_id) || {};
        return { traced, traced_id: Number(traced_id) };
    }

    async load() {
        const { traced, traced_id } = this.start;
        if (!traced) {
            this.state.problem = _t("Open a record and choose Trace among its actions.");
            return;
        }
        this.state.story = await this.orm.call("saas.revenue.trace", "get_story", [traced, traced_id]);
        this.env.config.setDisplayName(_t("Trace of %s", this.state.story.name));
    }

    /** Steps by chapter, in order. */
    get chapters() {
        const chapters = new Map();
        for (const step of this.state.story.steps) {
            const chapter = chapters.get(step.chapter) || { ...step, name: step.chapter, steps: [] };
            chapter.steps.push(step);
            chapters.set(step.chapter, chapter);
        }
        return [...chapters.values()];
    }

    get fileUrl() {
        return `/saas/trace/${this.start.traced}/${this.start.traced_id}.json`;
    }

    more(chapter) {
        return this.state.story.more.find((each) => each.chapter === chapter);
    }

    open({ model, res_id }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id,
            views: [[false, "form"]],
        });
    }

    openList({ label, model, domain }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: label,
            res_model: model,
            domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    jump(chapter) {
        const section = this.root.el.querySelector(`[data-chapter='${chapter}']`);
        section.scrollIntoView({ block: "start" });
        section.querySelector(".o_saas_step_title")?.focus({ preventScroll: true });
    }

    /** Arrows go from step to step, as Tab does. */
    onKeydown(ev) {
        const direction = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        const titles = [...this.root.el.querySelectorAll(".o_saas_step_title")];
        const place = titles.indexOf(ev.target);
        if (direction && place !== -1) {
            ev.preventDefault();
            titles[place + direction]?.focus();
        }
    }
}

registry.category("actions").add("saas_revenue_trace", RevenueTrace);
