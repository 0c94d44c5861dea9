// Where people type, and attach a picture.
import { kept, newEvent, say } from "./api.js";
import { byID } from "./element.js";
import { confirmed, failed, sending } from "./messages.js";
import * as suggestions from "./suggest.js";
import { toast } from "./toast.js";

const text = byID("text"), file = byID("file"), attached = byID("attached"), preview = byID("preview");

let picture = null, limits;

// start takes what people type.
export function start(hello) {
  limits = hello;
  suggestions.start(hello.commands);
  byID("compose").onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  text.onkeydown = (event) => {
    if (event.isComposing) return;
    if (suggestions.key(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submit();
  };
  text.onpaste = (event) => attach(event.clipboardData.files[0], event);
  file.onchange = () => attach(file.files[0]);
  byID("detach").onclick = () => {
    attach(null);
    text.focus();
  };
  document.body.ondragover = (event) => event.preventDefault();
  document.body.ondrop = (event) => attach(event.dataTransfer.files[0], event);
}

function attach(chosen, event) {
  if (chosen === undefined) return;
  event?.preventDefault();
  URL.revokeObjectURL(preview.src);
  file.value = "";
  if (chosen && chosen.size > limits.max_upload) {
    return toast(`That picture is too large: send one of at most ${limits.max_upload >> 20} MB.`);
  }
  picture = chosen;
  attached.hidden = !picture;
  if (picture) preview.src = URL.createObjectURL(picture);
  else preview.removeAttribute("src");
  text.focus();
}

function submit() {
  const typed = text.value.trim(), along = picture;
  if (!typed && !along) return;
  if (new TextEncoder().encode(typed).length > limits.max_typed) return toast("That text is too long: please shorten it.");
  text.value = "";
  attach(null);
  suggestions.close();
  byID("hint").hidden = true;
  send(typed, along);
}

// send says something, and shows it at once.
export async function send(typed, along) {
  await sendAs(newEvent(), typed, along);
}

// sendAgain says what the bot has kept and may not have begun with, as the same
// event, so that it is done once.
export async function sendAgain(message) {
  const image = message.images?.[0];
  try {
    await sendAs(message.id.slice(1), message.text.map((span) => span.text).join(""), image && await kept(image));
  } catch (fault) {
    toast(fault.message);
  }
}

async function sendAs(event, typed, along) {
  const id = "q" + event;
  sending(id, typed, along);
  const attempt = async () => {
    try {
      await say(event, typed, along);
      confirmed(id);
    } catch (fault) {
      failed(id, fault.message, () => {
        sending(id, typed, along);
        attempt();
      });
    }
  };
  await attempt();
}
