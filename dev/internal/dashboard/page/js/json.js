// JSON as it is: numbers keep all of their digits, and are shown with them.
import { h } from "./dom.js";

const exact = typeof JSON.rawJSON === "function";

/** parse keeps a number that a script's numbers can't hold as the text that it came as. */
export function parse(text) {
  return JSON.parse(text, (_, value, context) => {
    if (typeof value === "number" && exact && context?.source && String(value) !== context.source) return JSON.rawJSON(context.source);
    return value;
  });
}

const isRaw = (v) => exact && JSON.isRawJSON(v);

/** shortly is a value on one line. */
export const shortly = (v) => JSON.stringify(v);

/** shown is a value as colourful text. */
export function shown(value, indent = 2) {
  const pre = h("pre", { class: "json" });
  write(pre, value, "", " ".repeat(indent));
  return pre;
}

function write(to, v, margin, step) {
  const part = (kind, text) => to.append(h("span", { class: kind }, text));
  if (v === null || typeof v === "boolean") return part("l", String(v));
  if (typeof v === "number" || isRaw(v)) return part("n", JSON.stringify(v));
  if (typeof v === "string") return part("s", JSON.stringify(v));
  const list = Array.isArray(v);
  const entries = list ? v.map((e) => [null, e]) : Object.entries(v);
  const [open, close] = list ? "[]" : "{}";
  if (entries.length === 0) return part("p", open + close);
  const flat = JSON.stringify(v);
  const inline = flat.length <= 60;
  part("p", open + (inline ? (list ? "" : " ") : "\n"));
  entries.forEach(([key, e], i) => {
    if (!inline) to.append(margin + step);
    if (key !== null) { part("k", JSON.stringify(key)); part("p", ": "); }
    write(to, e, margin + step, step);
    if (i < entries.length - 1) part("p", inline ? ", " : ",\n");
  });
  part("p", inline ? (list ? "" : " ") + close : `\n${margin}${close}`);
}
