// One message, as an element.
import { element } from "./element.js";
import { clock, counting } from "./time.js";

// draw makes the element of a message. act is what can be done with it: press
// and ask, for its buttons and its form.
export function draw(message, act) {
  const classes = ["message"];
  for (const kind of ["own", "status", "failed", "sending"]) if (message[kind]) classes.push(kind);
  const bubble = element("div", { className: "bubble" }, pictures(message), text(message), files(message), buttons(message, act));
  const meta = element("div", { className: "meta" }, clock(message.at));
  if (message.private && !message.own) meta.prepend(element("span", { title: "On other platforms nobody else sees this answer." }, "Only for you"));
  const who = element("span", { className: "unseen" }, message.own ? "You: " : "kellybot: ");
  return element("article", { className: classes.join(" "), id: message.id }, who, bubble, meta);
}

function text(message) {
  if (!message.text.some((span) => span.text)) return null;
  const all = message.text.map((span) => {
    let made = element("span", {}, span.text);
    if (span.at) made = counting(made, span.at, span.text, message.locale);
    if (span.code) made = element("code", {}, made);
    if (span.bold) made = element("strong", {}, made);
    if (span.url) made = element("a", { href: span.url, rel: "noopener noreferrer", target: "_blank" }, made);
    return made;
  });
  return element("div", { className: "text", lang: message.locale || undefined }, ...all);
}

function pictures(message) {
  if (!message.images?.length) return null;
  const several = message.images.length > 1 ? " several" : "";
  return element("div", { className: "pictures" + several }, ...message.images.map(picture));
}

function picture(image) {
  const address = `/files/${image.id}/${encodeURIComponent(image.name)}`;
  const shown = element("img", { src: address, alt: image.alt || "Picture", width: image.width || undefined, height: image.height || undefined });
  const link = element("a", { href: address, target: "_blank", rel: "noopener" }, shown);
  const save = element("a", { className: "save", href: address + "?download", download: image.name, "aria-label": `Save ${image.name}` }, "⬇ Save");
  const frame = element("div", { className: "picture" }, link, save);
  if (image.spoiler) {
    frame.classList.add("spoiler");
    link.inert = true;
    const reveal = element("button", { type: "button", className: "reveal" }, "Show the picture");
    reveal.onclick = () => {
      frame.classList.remove("spoiler");
      link.inert = false;
      reveal.remove();
      link.focus();
    };
    frame.append(reveal);
  }
  return frame;
}

function files(message) {
  if (!message.files?.length) return null;
  const all = message.files.map((file) =>
    element("a", { href: `/files/${file.id}/${encodeURIComponent(file.name)}`, download: file.name }, `📎 ${file.name} (${size(file.size)})`));
  return element("div", { className: "files" }, ...all);
}

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function buttons(message, act) {
  const rows = (message.buttons ?? []).map((row) => element("div", { className: "buttons" }, ...row.map((button) => {
    const made = element("button", { type: "button" }, button.label);
    made.onclick = () => act.press(message, button, made);
    return made;
  })));
  if (message.form) {
    const open = element("button", { type: "button", className: "primary" }, `${message.form.title}…`);
    open.onclick = () => act.ask(message);
    rows.push(element("div", { className: "buttons" }, open));
  }
  if (message.retry) {
    const again = element("button", { type: "button" }, "Send again");
    again.onclick = message.retry;
    rows.push(element("div", { className: "buttons" }, again));
  }
  return rows.length ? element("div", {}, ...rows) : null;
}
