// Permanent links to a spell: release and record stand in the fragment, which no browser sends.

function packed(text) {
  const bytes = new TextEncoder().encode(text);
  let raw = "";
  for (const byte of bytes) raw += String.fromCharCode(byte);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(raw, (character) => character.charCodeAt(0)));
}

/** The fragment of a request to group: `{ dataset, reference, spell }`. */
export const fragment = (request) => `#${packed(JSON.stringify(request))}`;

/** What the fragment of this page holds, or nothing. */
export function linked() {
  try {
    return JSON.parse(unpacked(location.hash.slice(1)));
  } catch {
    return undefined;
  }
}
