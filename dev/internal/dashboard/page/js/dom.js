// Making elements. Nothing is ever made from text as HTML: the page's policy forbids it.

const svgTags = new Set(["svg", "use", "path", "line", "text", "g", "rect", "circle"]);

/** h makes an element: properties beginning with "on" are listeners, null and false leave an attribute out. */
export function h(tag, attributes = {}, ...children) {
  const e = svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

export const icon = (name) => h("svg", { "aria-hidden": "true" }, h("use", { href: `#i-${name}` }));

export const $ = (selector, within = document) => within.querySelector(selector);

/** say has screen readers say something. */
export function say(text) {
  $("#said").textContent = text;
}

/** often has f called soon, but not more often than every so many milliseconds. */
export function often(f, every) {
  let timer = 0;
  let last = 0;
  return () => {
    if (timer) return;
    timer = setTimeout(() => { timer = 0; last = Date.now(); f(); }, Math.max(0, last + every - Date.now()));
  };
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });

/** time shows when something was: the time of day, and the day where that isn't today. */
export function time(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return h("time", { datetime: iso, title: iso }, (today ? "" : `${day.format(at)}, `) + clock.format(at));
}

/** age says how long ago something was, in a word. */
export function age(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1) return "<1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60000)} min`;
}

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** copying is a button that copies text. */
export function copying(text, what) {
  const b = h("button", { type: "button", class: "icon", "aria-label": `Copy ${what}`, onclick: async () => {
    await navigator.clipboard.writeText(text);
    b.replaceChildren(icon("ok"));
    say("copied");
    setTimeout(() => b.replaceChildren(icon("copy")), 1500);
  } }, icon("copy"));
  return b;
}
