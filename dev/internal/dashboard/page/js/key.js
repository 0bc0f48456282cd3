// The page of one key: where the views stand with it, its events as a timeline, and a form to append to it.
import * as api from "./api.js";
import { composer } from "./composer.js";
import { copying, count, h, often, say, time } from "./dom.js";
import { shown } from "./json.js";
import { on } from "./live.js";

const pageSize = 50;

export function key(main, name) {
  const head = h("span", { class: "rev" }, "…");
  const events = timeline(name, head);
  const stand = standings(name, events);
  const form = composer(name);
  main.replaceChildren(
    h("div", { class: "page-head" }, h("div", { class: "named" }, h("h1", { class: "mono", tabindex: "-1" }, name), copying(name, "the key")), head),
    stand.element,
    h("div", { class: "columns" }, h("div", {}, events.element), h("div", {}, form.element)));
  return () => { events.stop(); stand.stop(); };
}

function timeline(name, headBadge) {
  const list = h("ol", { class: "timeline" });
  const empty = h("div", { class: "empty", hidden: true }, h("strong", {}, "This key has no events yet"), h("p", {}, "The first one you append here gets revision 1."));
  const more = h("button", { type: "button", class: "plain small" }, "Older events");
  const moreBox = h("div", { class: "more", hidden: true }, more);
  const figure = h("span", { class: "quiet" });
  const element = h("section", { class: "card", "aria-label": "Events" }, h("header", {}, h("h2", {}, "Events"), figure), h("div", { class: "in" }, list, empty), moreBox);
  const events = { element, head: 0, bad: new Set() };
  let oldest = 0;
  let stopped = false;

  const item = (e, isNew) => h("li", { class: `event${isNew ? " new" : ""}${events.bad.has(e.revision) ? " bad" : ""}`, "data-revision": e.revision },
    h("div", { class: "line" }, h("span", { class: "rev" }, String(e.revision)), h("b", {}, e.type), time(e.committedAt)),
    e.data === undefined ? null : shown(e.data),
    h("div", { class: "facts" }, e.correlationId ? h("span", { class: "pill" }, `correlation ${e.correlationId}`) : null,
      ...Object.entries(e.metadata ?? {}).map(([k, v]) => h("span", { class: "pill" }, `${k}: ${v}`)), h("span", { title: "position among all events" }, e.position)));
  const tell = (n) => {
    events.head = Math.max(events.head, n);
    headBadge.textContent = `revision ${events.head}`;
    figure.textContent = count(events.head, "event");
    empty.hidden = events.head > 0;
    list.hidden = events.head === 0;
  };
  const showOlder = async () => {
    const page = await api.stream(name, { direction: "backward", limit: pageSize, ...(oldest ? { end: oldest, endExclusive: true } : {}) });
    if (stopped) return;
    list.append(...page.events.map((e) => item(e, false)));
    oldest = page.events.at(-1)?.revision ?? oldest;
    tell(page.head);
    moreBox.hidden = oldest <= 1;
    events.onhead?.();
  };
  // showNewer reads what came behind what is shown; after a long silence that may be a lot: then the list begins anew.
  const showNewer = async () => {
    const page = await api.stream(name, { start: events.head + 1, limit: pageSize });
    if (stopped) return;
    const fresh = page.events.filter((e) => e.revision > events.head);
    if (page.next) { list.replaceChildren(); oldest = 0; return showOlder(); }
    list.prepend(...fresh.reverse().map((e) => item(e, true)));
    if (!oldest && fresh.length) oldest = fresh.at(-1).revision;
    tell(page.head);
    events.onhead?.();
    if (fresh.length) say(`${name}: ${fresh[0].type}, revision ${fresh[0].revision}`);
  };
  let turn = Promise.resolve();
  const queued = (f) => () => { turn = turn.then(f).catch((problem) => { figure.textContent = problem.message; }); return turn; };
  const renew = often(queued(showNewer), 150);
  more.addEventListener("click", queued(showOlder));
  queued(showOlder)();
  events.mark = (revision) => {
    events.bad = new Set(revision);
    for (const e of list.children) e.classList.toggle("bad", events.bad.has(Number(e.dataset.revision)));
  };
  const stops = [on("commits", (commits) => { if (commits.some((c) => c.key === name)) renew(); }), on("missed", renew), on("hello", renew)];
  events.stop = () => { stopped = true; stops.forEach((s) => s()); };
  return events;
}

/** standings shows where each view stands with the key. */
function standings(name, events) {
  const element = h("div", { class: "standings", "aria-label": "Views of this key", role: "group" });
  let lines = [];
  const draw = () => element.replaceChildren(...lines.map((at) => card(at, events.head, redrive)));
  const load = async () => {
    lines = await api.standing(name);
    events.mark(lines.filter((at) => at.parked).map((at) => at.parked.revision));
    draw();
  };
  const redrive = async (view) => {
    const done = await api.redrive(view, name);
    say(done.problem ? `${view} stays parked: ${done.problem}` : `${view} has seen revision ${done.seen}`);
    await load();
  };
  const renew = often(() => load().catch(() => {}), 150);
  events.onhead = draw;
  renew();
  const stops = [on("standing", (all) => { if (all.some((at) => at.key === name)) renew(); }), on("missed", renew), on("hello", renew)];
  return { element, stop: () => stops.forEach((s) => s()) };
}

function card(at, head, redrive) {
  const state = at.parked ? ["bad", `parked at ${at.parked.revision}`] : at.seen >= head ? ["good", "up to date"] : ["late", "behind"];
  const share = head ? Math.min(100, (at.seen / head) * 100) : 0;
  const fill = h("i");
  fill.style.width = `${share}%`;
  return h("section", { class: `card standing${at.parked ? " parked" : ""}`, "data-view": at.view },
    h("div", { class: "line" }, h("a", { href: `#/view/${encodeURIComponent(at.view)}` }, at.view), h("span", { class: `pill ${state[0]}` }, state[1])),
    h("div", { class: "bar" }, fill),
    h("p", { class: "quiet" }, `has seen revision ${at.seen} of ${head}`),
    at.parked ? h("p", { class: "fault" }, at.parked.reason) : null,
    at.row ? shown(at.row) : null,
    at.skips?.map((s) => h("p", { class: "quiet" }, `skipped ${s.revision}: ${s.reason}`)),
    at.parked ? h("div", { class: "buttons" }, h("button", { type: "button", class: "plain small", onclick: () => redrive(at.view) }, "Redrive"),
      h("a", { class: "plain small", href: "#/parked" }, "All that is parked")) : null);
}
