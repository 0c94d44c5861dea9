// The page's side of the API: what is asked is asked again, as the same event,
// until the bot has confirmed it.

let token = "";

// A Refusal is an answer that says in a sentence why not.
export class Refusal extends Error {}

// hello begins: it returns what the page needs to know.
export async function hello() {
  const said = await ask("/api/hello");
  token = said.token;
  return said;
}

// newEvent names something that somebody does, for ever.
export function newEvent() {
  const bytes = crypto.getRandomValues(new Uint8Array(13));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const say = (event, text, picture) => {
  const body = new FormData();
  body.set("event", event);
  body.set("text", text);
  if (picture) body.set("picture", picture);
  return post("/api/say", body);
};

export const press = (event, message, button) =>
  post("/api/press", JSON.stringify({ event, message, command: button.command, id: button.id }));

export const fill = (event, message, values) => post("/api/fill", JSON.stringify({ event, message, values }));

export const dismiss = (message) => post("/api/dismiss", JSON.stringify({ message }));

export const clear = () => post("/api/clear", "{}");

// kept is a picture that was sent before.
export async function kept(image) {
  const answer = await fetch(`/files/${image.id}/${encodeURIComponent(image.name)}`).catch(() => null);
  if (!answer?.ok) throw new Refusal("The picture is no longer here: please send it anew.");
  return answer.blob();
}

// complete returns values for an option that is being typed; none when it fails.
export async function complete(command, option, typed, signal) {
  try {
    return await ask(`/api/complete?${new URLSearchParams({ command, option, typed })}`, { signal });
  } catch {
    return [];
  }
}

const pauses = [500, 1000, 2000, 4000, 8000, 8000, 8000]; // longer than the bot takes to start again

async function post(path, body) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(path, { method: "POST", body, headers: { "X-Csrf-Token": token } });
    } catch (fault) {
      if (!fault.passing || attempt === pauses.length) throw fault;
      await new Promise((resolve) => setTimeout(resolve, pauses[attempt]));
    }
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (cause) {
    throw Object.assign(new Refusal("The bot does not answer: please try again in a moment.", { cause }), { passing: true });
  }
  if (answer.status === 401) {
    if (!token) throw new Refusal("This page needs its cookie: please allow cookies here, and load it anew.");
    location.reload();
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const fault = new Refusal(said.error ?? "The bot does not answer: please try again in a moment.");
  throw Object.assign(fault, { passing: [502, 503, 504].includes(answer.status) });
}

// follow calls changed with what changes in the chat, for ever, and connected
// with whether the bot is heard.
export function follow(changed, connected) {
  const source = new EventSource("/api/events");
  source.onopen = () => connected(true);
  source.onmessage = (event) => changed(JSON.parse(event.data));
  source.onerror = () => {
    connected(false);
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(() => hello().finally(() => follow(changed, connected)), 3000);
  };
}
