// The key or token: kept for this tab alone, sent in a header, never in an address.

const NAME = "hrg.key";

/** The key that was given in this tab, or none. */
export function key() {
  return sessionStorage.getItem(NAME) ?? "";
}

/** The headers that say who asks. A token has two full stops, a key has not. */
export function credentials() {
  const given = key();
  if (!given) return {};
  return given.split(".").length === 3 ? { Authorization: `Bearer ${given}` } : { "X-API-Key": given };
}

/** Keeps what is typed into the page's field for the key; `changed` is told. */
export function watchKey(changed = () => {}) {
  const field = document.querySelector("[data-key] input");
  if (!field) return;
  field.value = key();
  field.addEventListener("change", () => {
    const given = field.value.trim();
    if (given) sessionStorage.setItem(NAME, given);
    else sessionStorage.removeItem(NAME);
    changed();
  });
}
