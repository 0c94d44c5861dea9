// The page: it begins here.
import { follow, hello, newEvent, press } from "./api.js";
import * as composer from "./composer.js";
import * as dialogs from "./dialogs.js";
import { byID } from "./element.js";
import * as messages from "./messages.js";
import { toast } from "./toast.js";

const asked = new Set(); // the answers that somebody waits for here

async function pressed(message, button, made) {
  const event = newEvent();
  asked.add("a" + event);
  made.disabled = true;
  made.setAttribute("aria-busy", "true");
  try {
    await press(event, message.id, button);
  } catch (fault) {
    toast(fault.message);
  } finally {
    const focused = document.activeElement === document.body;
    made.disabled = false;
    made.removeAttribute("aria-busy");
    if (focused && made.isConnected) made.focus({ preventScroll: true });
  }
}

function changed(delta) {
  for (const message of messages.change(delta)) {
    if (message.form && asked.has(message.id)) dialogs.ask(message);
  }
}

function connected(yes) {
  const notice = byID("connection");
  notice.hidden = yes;
  notice.textContent = yes ? "" : "The bot is not there right now. This page goes on as soon as it is back.";
}

async function start() {
  const said = await hello();
  if (said.sandbox) {
    byID("about").textContent = "Playground · the built-in sandbox draws";
    byID("drawer").textContent = "There is no key for the picture service yet, so the built-in sandbox draws: simple scenes, no model.";
  } else {
    byID("drawer").textContent = "The picture service draws what you describe.";
  }
  byID("logout").hidden = !said.login;
  byID("logout").elements.token.value = said.token;
  for (const prompt of document.querySelectorAll("#prompts button")) {
    prompt.onclick = () => composer.send(`/imagine ${prompt.textContent}`);
  }
  messages.start({ press: pressed, ask: dialogs.ask, again: composer.sendAgain });
  dialogs.start();
  composer.start(said);
  follow(changed, connected);
}

start().catch((fault) => {
  connected(false);
  toast(fault.message);
});
