// What stands in a form, as the service reads it.

/** The form as it is sent; a key goes in a header and not here. */
export function entered(form) {
  const data = new URLSearchParams(new FormData(form));
  data.delete("key");
  return data;
}

/** Names and values of what was entered, without release and key. */
export function values(form) {
  return [...entered(form)].filter(([name, value]) => /^\d+\./.test(name) && value.trim());
}

/** The id of the release that was chosen. */
export function release(form) {
  return form.elements.reference.value;
}

/** Puts values into the form; every other field of an item becomes blank. */
export function fill(form, entries) {
  for (const field of form.querySelectorAll("[data-item] input[name], [data-item] textarea[name]")) field.value = "";
  for (const [name, value] of entries) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
}

/** Gives an item its number, in its headings and in the names and ids of its fields. */
export function renumber(item, place, word) {
  for (const title of item.querySelectorAll("[data-title]")) title.textContent = `${word} ${place + 1}`;
  for (const element of item.querySelectorAll("[id], [for], [name], [aria-describedby], [aria-controls]")) {
    for (const name of ["id", "for", "aria-describedby", "aria-controls"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/(^| )i(\d+|N)-/g, `$1i${place}-`));
    }
    const name = element.getAttribute("name");
    if (name) element.setAttribute("name", name.replace(/^(\d+|N)\./, `${place}.`));
  }
}
