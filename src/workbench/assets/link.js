// A permanent link: release and input behind the number sign, which a browser sends to no server. Numbers of spells and
// local identifiers are left out of it.

import { values } from "./form.js";

const LEFT_OUT = /\.(provspno|cclocalid)$/;

/** The address that holds what was entered. */
export function link(form) {
  const chosen = form.elements.reference.selectedOptions?.[0];
  const kept = {
    release: form.elements.reference.value,
    digest: chosen?.dataset.digest,
    fields: values(form).filter(([name]) => !LEFT_OUT.test(name)),
  };
  return `${location.origin}/?dataset=${form.dataset.dataset}#${packed(JSON.stringify(kept))}`;
}

/** What a link holds, put into the form as far as the release goes. Nothing where there is no link. */
export function linked(form) {
  const text = location.hash.slice(1);
  if (text.length < 8) return null;
  let kept;
  try {
    kept = JSON.parse(unpacked(text));
  } catch {
    return null; // A place in the page.
  }
  if (!Array.isArray(kept?.fields)) return null;
  const options = [...form.elements.reference.options];
  const option = options.find(({ value }) => value === kept.release);
  let told = "";
  if (option) form.elements.reference.value = kept.release;
  else told = `The release ${kept.release} of this link is not here: another is used.`;
  if (option && kept.digest && option.dataset.digest !== kept.digest) told = `The content of ${kept.release} has changed since this link was made.`;
  return { entries: kept.fields.filter((pair) => Array.isArray(pair) && pair.every((part) => typeof part === "string")), told };
}

function packed(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
