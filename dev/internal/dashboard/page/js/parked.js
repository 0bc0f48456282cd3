// What is parked: which event of which key a view can't fold, why, and what to do about it.
import * as api from "./api.js";
import { count, h, icon, often, say, time } from "./dom.js";
import { known, on } from "./live.js";

export function parked(main) {
  const list = h("div", { class: "parked-list" });
  const all = h("button", { type: "button", class: "plain", hidden: true }, "Redrive all");
  const figure = h("p", { class: "quiet", role: "status" });
  main.replaceChildren(h("div", { class: "page-head" }, h("div", {}, h("h1", { tabindex: "-1" }, "Parked"), figure), all), list);
  let lines = [];
  const answers = new Map(); // what became of the last try, by view and key
  const load = async () => {
    const found = await api.parked();
    lines = found.parked;
    known.parked = new Set(lines.map((at) => `${at.view}\n${at.key}`));
    showCount();
    const open = list.querySelector(".skip-form:not([hidden])")?.closest("[data-key]")?.dataset.key;
    if (open && lines.some((at) => `${at.view}\n${at.key}` === open)) return; // somebody is writing
    draw(found.more);
  };
  const draw = (more) => {
    figure.textContent = lines.length ? `${count(lines.length, "key waits", "keys wait")}${more ? ", and more" : ""}. Every other key goes on.` : "";
    all.hidden = lines.length < 2;
    list.replaceChildren(...(lines.length ? lines.map((at) => item(at, answers, act)) : [nothing()]));
  };
  const act = async (at, what, button) => {
    button.disabled = true;
    try {
      const done = await what();
      answers.set(`${at.view}\n${at.key}`, done.problem ? `Tried again: it fails as before. ${done.problem}` : "");
      say(done.problem ? `${at.key} stays parked in ${at.view}` : `${at.key}: ${at.view} has seen revision ${done.seen}`);
    } catch (problem) {
      answers.set(`${at.view}\n${at.key}`, problem.message);
    }
    list.querySelectorAll(".skip-form").forEach((f) => { f.hidden = true; });
    await load();
  };
  all.addEventListener("click", async () => {
    all.disabled = true;
    for (const at of [...lines]) await act(at, () => api.redrive(at.view, at.key), all);
    all.disabled = false;
  });
  const renew = often(() => load().catch((problem) => { figure.textContent = problem.message; }), 300);
  renew();
  const stops = [on("standing", renew), on("hello", renew)];
  return () => stops.forEach((s) => s());
}

const nothing = () => h("div", { class: "card empty" }, icon("ok"), h("strong", {}, "Nothing is parked"),
  h("p", {}, "When a view’s code can’t fold an event, that key waits here, in that view alone. Mend the code, start again, and redrive it; or skip the event."));

function item(at, answers, act) {
  const p = at.parked;
  const answer = answers.get(`${at.view}\n${at.key}`);
  const redrive = h("button", { type: "button", class: "primary small" }, "Redrive");
  redrive.addEventListener("click", () => act(at, () => api.redrive(at.view, at.key), redrive));
  const reason = h("input", { required: true, maxlength: 200, autocomplete: "off", placeholder: "data of a test" });
  const skipNow = h("button", { class: "plain" }, `Skip revision ${p.revision}`);
  const form = h("form", { class: "skip-form", hidden: true }, h("label", { class: "field" }, h("span", {}, "Why, for those who wonder later"), reason), skipNow);
  form.addEventListener("submit", (e) => { e.preventDefault(); act(at, () => api.skip(at.view, at.key, p.revision, reason.value), skipNow); });
  const toggle = h("button", { type: "button", class: "plain small", "aria-expanded": "false", onclick: () => {
    form.hidden = !form.hidden;
    toggle.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) reason.focus();
  } }, "Skip this event…");
  return h("section", { class: "card parked-item", "data-key": `${at.view}\n${at.key}`, "aria-label": `${at.key} in ${at.view}` },
    h("div", { class: "line" }, h("a", { href: `#/key/${encodeURIComponent(at.key)}` }, at.key), h("span", { class: "pill bad" }, `at revision ${p.revision}`),
      h("span", { class: "pill" }, `view ${at.view}`), h("span", { class: "pill" }, p.class), h("span", { class: "quiet" }, "since ", time(p.since))),
    h("p", { class: "reason" }, p.reason),
    answer ? h("p", { class: "fault" }, answer) : null,
    h("div", { class: "buttons" }, redrive, toggle, h("span", { class: "quiet" }, `The view shows revision ${at.seen}.`)), form);
}

/** showCount shows in the navigation how much is parked. */
export function showCount() {
  const badge = document.getElementById("parked-count");
  badge.hidden = known.parked.size === 0;
  badge.textContent = String(known.parked.size);
}
