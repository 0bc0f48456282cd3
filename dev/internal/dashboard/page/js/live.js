// What happens, as it happens: one stream of server-sent events, which everything on the page listens to.

const bus = new EventTarget();

/** What is known by now. */
export const known = {
  views: [], // names
  kinds: new Map(), // of views, by name: {keyed, ranked}
  history: [], // of measurements
  types: new Set(),
  parked: new Set(), // of "view\nkey"
  heard: [], // the last commits and standings, for who begins to listen a little late
};

/** on has f called with what comes of a kind: hello, commits, standing, pulse, state, missed. It answers how to stop that. */
export function on(kind, f) {
  const listener = (e) => f(e.detail);
  bus.addEventListener(kind, listener);
  return () => bus.removeEventListener(kind, listener);
}

export const tell = (kind, detail) => bus.dispatchEvent(new CustomEvent(kind, { detail }));

const maxHeard = 400;
const maxHistory = 240;

export function listen() {
  const source = new EventSource("/dev/live");
  source.onopen = () => tell("state", "live");
  source.onerror = () => tell("state", "lost"); // it tries again by itself
  source.addEventListener("hello", (e) => {
    const hello = JSON.parse(e.data);
    known.views = hello.views.map((v) => v.name);
    known.kinds = new Map(hello.views.map((v) => [v.name, v]));
    known.history = hello.history;
    tell("hello", hello);
  });
  source.addEventListener("news", (e) => take(JSON.parse(e.data)));
}

function take({ commits = [], standing = [], missed = 0, pulse }) {
  for (const c of commits) c.types.forEach((t) => known.types.add(t));
  for (const s of standing) known.parked[s.parked ? "add" : "delete"](`${s.view}\n${s.key}`);
  known.heard = known.heard.concat(commits.map((commit) => ({ commit })), standing.map((at) => ({ at }))).slice(-maxHeard);
  if (pulse) {
    known.history = [...known.history, pulse].slice(-maxHistory);
    tell("pulse", pulse);
  }
  if (commits.length) tell("commits", commits);
  if (standing.length) tell("standing", standing);
  if (missed) tell("missed", missed);
}
