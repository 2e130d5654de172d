// Asking the service: JSON out, a part of a page or JSON back.

import { credentials } from "./session.js";

/** What the service would not do. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? "The service did not answer");
    this.status = status;
    this.problem = problem;
  }
}

async function send(path, options) {
  const headers = { ...options.headers, ...credentials() };
  return fetch(path, { ...options, headers, credentials: "omit", referrerPolicy: "no-referrer" });
}

function body(value) {
  if (value instanceof URLSearchParams) return { method: "POST", body: value };
  return { method: "POST", body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

/** A part of a page; `value`, where there is one, is sent: a form as a form, anything else as JSON. A refusal is a part too: `ok` tells them apart. */
export async function part(path, value, signal) {
  const response = await send(path, value === undefined ? { signal } : { ...body(value), signal });
  const text = await response.text();
  const isPart = (response.headers.get("Content-Type") ?? "").startsWith("text/html");
  if (!isPart) throw new Refused(response.status, readable(text));
  return { ok: response.ok, html: text };
}

/** An answer in JSON. */
export async function json(path, value, signal) {
  const response = await send(path, value === undefined ? { signal } : { ...body(value), signal });
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, readable(text));
  return JSON.parse(text);
}

function readable(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { title: "There is a problem", detail: "The service cannot be reached" };
  }
}

/** Puts a part of a page in the place of what is in an element. The service has escaped whatever was sent. */
export function place(element, html) {
  element.replaceChildren(...parsed(html).childNodes);
}

/**
 * The same, but what is so already stays: it keeps its focus and what is selected in it, and the browser need not lay it
 * out again.
 */
export function renew(element, html) {
  become(element, parsed(html));
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

/** Gives an element the content of another, and with it what differs of the content's attributes. */
function become(element, other) {
  const [present, wanted] = [[...element.childNodes], [...other.childNodes]];
  if (present.length !== wanted.length) {
    element.replaceChildren(...wanted);
    return;
  }
  for (const [place, node] of present.entries()) {
    const want = wanted[place];
    if (node.isEqualNode(want)) continue;
    if (node.nodeName !== want.nodeName || node.nodeType !== Node.ELEMENT_NODE) {
      node.replaceWith(want);
      continue;
    }
    for (const { name } of [...node.attributes]) if (!want.hasAttribute(name)) node.removeAttribute(name);
    for (const { name, value } of want.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    become(node, want);
  }
}
