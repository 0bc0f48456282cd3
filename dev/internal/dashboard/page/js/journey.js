// What happens next: one event on its way from append to view. Each step shows once it has really happened, though not so fast
// that nobody could see it; the times are the real ones.
import * as api from "./api.js";
import { calm, duration, h, icon } from "./dom.js";
import { known, on } from "./live.js";
import { shortly } from "./json.js";

const leg = 520; // how long a step is shown at least, in milliseconds
const order = ["append", "stored", "rung", "views"];
const about = {
  append: ["send", "Append", "A client sends an event, and says which revision it expects."],
  stored: ["table", "Events table", "One conditional write stores it, or nothing. This is the truth."],
  rung: ["bell", "Doorbell", "The projector hears that the key has news."],
  views: ["view", "Views", "Each view folds it into its row, and remembers the revision."],
};

export function journey() {
  const stages = Object.fromEntries(order.map((name) => {
    const [picture, title, text] = about[name];
    const what = h("p", { class: "what" }, text);
    const when = h("span", { class: "when" });
    const element = h("li", { class: "stage", "data-stage": name }, h("span", { class: "node" }, icon(picture)), h("h3", {}, title), what, when);
    return [name, { element, what, when, text }];
  }));
  const arrivals = h("ul", { class: "arrivals" });
  const views = stages.views.element;
  views.append(arrivals);
  const title = h("span", { class: "quiet" }, "An event’s way, each time one is appended");
  const element = h("section", { class: "card journey", "aria-label": "What happens next" },
    h("header", {}, h("h2", {}, "What happens next"), title), h("ol", { class: "stages" }, ...order.map((name) => stages[name].element)));

  let trip = null; // the event that is followed
  let free = 0; // when another may be followed

  // slots are the places where the views will be, so that nothing moves when they come.
  let places = new Map();
  const slots = () => {
    places = new Map(known.views.slice(0, 6).map((view) => [view, h("li", {}, h("b", {}, view), h("span", { class: "quiet" }), h("time", {}), h("span", { class: "mono" }))]));
    arrivals.replaceChildren(...places.values());
  };
  slots();

  const begin = (key, own) => {
    trip = { key, own, revision: 0, committed: 0, reached: 0, queue: Promise.resolve(), views: new Map(), seen: new Set() };
    free = Date.now() + 3500;
    for (const { element: e, what, when, text } of Object.values(stages)) {
      e.classList.remove("on", "done", "bad", "leaving");
      what.textContent = text;
      when.textContent = "";
    }
    slots();
    title.replaceChildren("now: ", h("b", { class: "mono" }, key));
    stages.append.element.classList.add("on");
    return trip;
  };

  // then has a step shown behind those before it.
  const then = (t, step) => {
    t.queue = t.queue.then(async () => {
      if (t !== trip) return;
      step();
      await new Promise((done) => setTimeout(done, calm() ? 0 : leg));
    });
  };
  const reach = (t, name, text, when) => then(t, () => {
    const { element: e, what, when: w } = stages[name];
    e.classList.remove("on");
    e.classList.add("done");
    what.textContent = text;
    w.textContent = when;
    const next = order[order.indexOf(name) + 1];
    if (!next) return;
    e.classList.add("leaving");
    setTimeout(() => { if (t === trip && !stages[next].element.classList.contains("done")) stages[next].element.classList.add("on"); }, calm() ? 0 : leg);
  });

  const after = (t, at) => (t.committed && at ? `${duration(Math.max(0, at - t.committed))}` : "");

  const stored = (t, revision, committedAt, text, when) => {
    t.revision = revision;
    t.committed = Date.parse(committedAt);
    reach(t, "append", text, when);
    reach(t, "stored", `Revision ${revision} of ${t.key} is stored.`, new Date(committedAt).toISOString().slice(11, 23));
    const latest = new Map(); // what came before the answer did, and what parked the key long ago
    for (const { commit, at } of known.heard) {
      if (commit) rung(t, commit);
      else if (at.key === t.key) latest.set(at.view, at);
    }
    for (const at of latest.values()) stands(t, at);
  };

  const rung = (t, c) => {
    if (t.rung || !t.revision || c.key !== t.key || c.revision > t.revision || c.revision + c.count <= t.revision) return;
    t.rung = true;
    reach(t, "rung", `“${c.key} has news up to revision ${c.revision + c.count - 1}.”`, after(t, c.arrived));
    const early = t.early ?? [];
    t.early = null;
    for (const at of early) arrive(t, at);
  };

  const stands = (t, at) => {
    if (!t.revision || at.key !== t.key || (at.seen < t.revision && !at.parked)) return;
    if (t.rung) arrive(t, at);
    else (t.early ??= []).push(at);
  };

  const arrive = (t, at) => {
    if (t.seen.has(at.view)) return;
    t.seen.add(at.view);
    t.rows ??= t.queue.then(() => api.standing(t.key)).then((all) => new Map(all.map((s) => [s.view, s.row ? shortly(s.row) : ""])));
    then(t, () => {
      stages.views.element.classList.remove("on"); // at the first of them
      stages.views.element.classList.add("done");
      const place = places.get(at.view);
      if (!place) return;
      const [, state, when, row] = place.children;
      place.className = at.parked ? "bad" : "done";
      state.textContent = at.parked ? `parked at ${at.parked.revision}` : `at revision ${at.seen}`;
      when.textContent = after(t, at.saved);
      if (at.parked) row.textContent = at.parked.reason;
      else t.rows.then((rows) => { row.textContent = rows.get(at.view) ?? ""; }, () => {});
    });
  };

  const stops = [
    on("appending", ({ key }) => begin(key, true)),
    on("appended", ({ key, ok, status, body, ms }) => {
      const t = trip;
      if (!t?.own || t.key !== key) return;
      if (ok) return stored(t, body.revision, body.committedAt, body.duplicate ? "Was stored before: the same answer again." : `Answered ${status}: it is stored.`, duration(ms));
      stages.append.element.classList.replace("on", "bad");
      stages.append.what.textContent = body?.detail ?? "It was refused.";
      stages.append.when.textContent = `${status} · ${duration(ms)}`;
      free = 0;
    }),
    on("hello", () => { if (!trip) slots(); }),
    on("commits", (commits) => {
      if (trip) for (const c of commits) rung(trip, c);
      const c = commits.at(-1);
      const mine = trip && c.key === trip.key && c.revision <= trip.revision;
      if (!mine && Date.now() > free && !(trip?.own && !trip.revision)) {
        stored(begin(c.key, false), c.revision + c.count - 1, c.committedAt, "Another client has appended it.", "");
      }
    }),
    on("standing", (all) => { if (trip) for (const at of all) stands(trip, at); }),
  ];
  return { element, stop: () => { trip = null; stops.forEach((s) => s()); } };
}
