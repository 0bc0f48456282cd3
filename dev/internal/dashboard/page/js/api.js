// What the page asks: the public API, and what only "aeon dev" has, under /dev/.
import { parse } from "./json.js";

/** Problem is an answer that says what was wrong. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? `the answer was ${status}`);
    this.status = status;
    this.body = body;
  }
}

async function ask(path, options) {
  let response, text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch {
    throw new Problem(0, { detail: "the server doesn't answer: is it still running?" });
  }
  let body = null;
  try { body = text ? parse(text) : null; } catch { /* no JSON */ }
  if (!response.ok) throw new Problem(response.status, body);
  return { status: response.status, body, etag: response.headers.get("ETag") };
}

const get = async (path) => (await ask(path)).body;
const part = encodeURIComponent;
const post = async (path, body) => (await ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).body;

export const keys = (q, sort, offset, limit) => get(`/dev/keys?q=${part(q)}&sort=${sort}&offset=${offset}&limit=${limit}`);
export const standing = async (key) => (await get(`/dev/standing?key=${part(key)}`)).standing;
export const parked = () => get("/dev/parked");
export const redrive = (view, key) => post("/dev/redrive", { view, key });
export const skip = (view, key, revision, reason) => post("/dev/skip", { view, key, revision, reason });

/** recent are the last events of all keys, newest first. */
export const recent = async (limit) => (await get(`/events?direction=backward&limit=${limit}`)).events;

/** stream is a page of a key's events, newest first, and its head. */
export async function stream(key, query) {
  const { body, etag } = await ask(`/streams/${part(key)}?${new URLSearchParams(query)}`);
  return { ...body, head: Number((etag ?? "").replace(/\D/g, "")) };
}

export const rows = (view, query) => get(`/views/${part(view)}?${new URLSearchParams(query)}`);

/** append appends one event, whose data is JSON text, and answers status, body and how long that took. */
export async function append({ key, type, data, expected, idempotencyKey }) {
  const headers = { "Content-Type": "application/json" };
  if (expected === "none") headers["If-None-Match"] = "*";
  else if (expected !== "any") headers["If-Match"] = `"${expected}"`;
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  const body = `{"events":[{"type":${JSON.stringify(type)}${data.trim() ? `,"data":${data}` : ""}}]}`;
  const began = performance.now();
  try {
    const answer = await ask(`/streams/${part(key)}`, { method: "POST", headers, body });
    return { ...answer, ok: true, ms: performance.now() - began };
  } catch (problem) {
    return { status: problem.status, body: problem.body ?? { detail: problem.message }, ok: false, ms: performance.now() - began };
  }
}
