// The first page: what happens next, what arrives, and how the views do.
import * as api from "./api.js";
import { composer } from "./composer.js";
import { rate, rateChart } from "./chart.js";
import { copying, count, h, icon, often, time } from "./dom.js";
import { journey } from "./journey.js";
import { known, on } from "./live.js";
import { viewCard } from "./views.js";

const most = 100; // lines of the feed

export function now(main) {
  const travel = journey();
  const form = composer();
  const arriving = feed(form);
  const cards = h("div", { class: "standings" });
  let drawn = [];
  const drawViews = () => {
    drawn = known.views.map((view) => viewCard(view, 56));
    cards.replaceChildren(...drawn.map((c) => c.element));
  };
  drawViews();
  main.replaceChildren(
    h("h1", { class: "unseen", tabindex: "-1" }, "Now"),
    travel.element,
    h("div", { class: "columns" }, h("div", {}, cards, arriving.element), h("div", {}, form.element)));
  const stops = [on("hello", drawViews), on("pulse", () => drawn.forEach((c) => c.draw()))];
  return () => { travel.stop(); arriving.stop(); stops.forEach((s) => s()); };
}

/** feed is the list of what arrives. */
function feed(form) {
  const list = h("ul", { class: "feed" });
  const empty = hint(form);
  const figure = h("span", { class: "quiet" });
  const chart = rateChart();
  const element = h("section", { class: "card", "aria-label": "Events that arrive" },
    h("header", {}, h("h2", {}, "Arriving"), figure), chart.element, list, empty);
  const known_ = new Set();
  let waiting = [];
  const line = (c, isNew) => {
    const last = c.revision + c.count - 1;
    return h("li", { class: isNew ? "new" : null }, h("a", { href: `#/key/${encodeURIComponent(c.key)}` },
      h("span", { class: "rev" }, c.count > 1 ? `${c.revision}–${last}` : `${last}`),
      h("span", {}, h("span", { class: "types" }, [...new Set(c.types)].join(", ")), h("span", { class: "mono" }, c.key)), time(c.committedAt)));
  };
  const add = (commits, isNew) => {
    const fresh = commits.filter((c) => !known_.has(`${c.key}@${c.revision}`)).slice(-most);
    fresh.forEach((c) => known_.add(`${c.key}@${c.revision}`));
    list.prepend(...fresh.map((c) => line(c, isNew)).reverse());
    while (list.children.length > most) list.lastElementChild.remove();
    if (known_.size > 5000) known_.clear();
    empty.hidden = list.children.length > 0;
    list.hidden = !empty.hidden;
    chart.element.toggleAttribute("hidden", list.hidden);
    element.classList.toggle("first", list.hidden);
  };
  const flush = often(() => { add(waiting, true); waiting = []; }, 120);
  const draw = () => {
    chart.draw();
    const r = rate();
    figure.textContent = r > 0 ? `${r >= 10 ? Math.round(r).toLocaleString("en") : r.toFixed(1)} events/s` : count(known.history.at(-1)?.events ?? 0, "event") + " since the start";
  };
  const load = () => api.recent(40).then((events) => add(events.reverse().map((e) => ({ ...e, count: 1, types: [e.type] })), false), () => { empty.hidden = list.children.length > 0; });
  load();
  draw();
  const stops = [
    on("commits", (commits) => { waiting = waiting.concat(commits).slice(-most); flush(); }),
    on("pulse", draw), on("hello", load),
  ];
  return { element, stop: () => stops.forEach((s) => s()) };
}

/** hint is for who is here for the first time. */
function hint(form) {
  const counted = known.views.includes("counters") || known.views.length === 0;
  const event = counted ? { type: "incremented", data: '{"by": 2}' } : { type: "happened", data: "{}" };
  const command = `curl -H 'Content-Type: application/json' -d '{"events":[{"type":"${event.type}"}]}' ${location.origin}/streams/counter%2F1`;
  return h("div", { class: "empty", hidden: true }, icon("table"),
    h("strong", {}, "Nothing has happened yet"),
    h("p", {}, "Append an event and watch it travel from the events table to the views, which know the revision they have seen."),
    h("button", { type: "button", class: "primary", onclick: () => form.fill({ key: "counter/1", ...event }) }, "Write the first event for me"),
    h("p", { class: "quiet" }, "or from a terminal:"),
    h("div", { class: "shell" }, h("code", {}, command), copying(command, "the command")));
}
