// A list of codes: one field a code, completed by code or label, put in order by buttons or by dragging, pasted as a row or a
// column. The text field that the form has without scripts stays behind it and is what is sent.

import { complete } from "./complete.js";
import { dragging } from "./drag.js";

const lists = new WeakMap();

/** The codes of a text. */
function split(text) {
  const codes = [];
  for (const line of text.split(/\r?\n/)) {
    const found = line.split(/[ ,;\t]+/).filter(Boolean);
    codes.push(...(found.length ? found : [""]));
  }
  while (codes.length && !codes.at(-1)) codes.pop();
  return codes;
}

export class Codes {
  /** The list of a group, where it has one. */
  static of(group) {
    return lists.get(group);
  }

  constructor(group, { changed, release }) {
    this.text = group.querySelector("textarea");
    this.system = group.dataset.codes;
    this.official = group.dataset.official;
    this.changed = changed;
    this.release = release;
    this.known = new Map();
    this.name = group.querySelector("label").firstChild.textContent.trim();
    this.rows = document.createElement("ol");
    this.rows.className = "bench-codes";
    this.more = button("Add a code", () => {
      const field = this.insert(this.rows.children.length);
      this.number();
      field.focus();
    });
    this.more.classList.remove("bench-small");
    this.text.hidden = true;
    this.text.after(this.rows, this.more);
    this.text.parentElement.querySelector(".nhsuk-hint")?.remove();
    this.rows.addEventListener("paste", (event) => this.paste(event));
    const row = (element) => element.closest("[data-code]");
    dragging(this.rows, { handle: "[data-position]", of: row, moved: () => this.write() });
    lists.set(group, this);
    this.read();
  }

  /** Shows what the text field holds. */
  read() {
    const codes = split(this.text.value);
    this.rows.replaceChildren();
    for (const code of codes.length ? codes : [""]) this.insert(this.rows.children.length, code);
    this.number();
  }

  /** The field at a position from 1. */
  at(position) {
    return this.fields()[position - 1] ?? this.fields()[0];
  }

  fields() {
    return [...this.rows.querySelectorAll("input")];
  }

  /** Says what codes mean. */
  label(known) {
    if (known) this.known = new Map([...this.known, ...known]);
    for (const row of this.rows.children) {
      const code = row.querySelector("input").value.toUpperCase().replaceAll(".", "").trim();
      row.querySelector("[data-means]").textContent = this.known.get(code) ?? this.known.get(`${code}X`) ?? "";
    }
  }

  /** Its item has another number. */
  renamed() {
    this.number();
    return this;
  }

  number() {
    this.text.parentElement.querySelector("label").htmlFor = `${this.text.id}-1`;
    [...this.rows.children].forEach((row, place) => {
      const position = String(place + 1).padStart(2, "0");
      const field = row.querySelector("input");
      field.id = `${this.text.id}-${place + 1}`;
      field.setAttribute("aria-label", `${this.name}, ${this.official}_${position}`);
      row.querySelector("[data-position]").textContent = position;
      const [up, down] = row.querySelectorAll("button");
      up.disabled = place === 0;
      down.disabled = place === this.rows.children.length - 1;
      for (const [index, does] of ["Move up", "Move down", "Remove"].entries()) {
        row.querySelectorAll("button")[index].setAttribute("aria-label", `${does} ${this.official}_${position}`);
      }
    });
  }

  write() {
    this.number();
    this.text.value = this.fields().map((field) => field.value.trim()).join("\n");
    this.label();
    this.changed();
  }

  insert(place, code = "") {
    const row = document.createElement("li");
    row.dataset.code = "";
    const field = document.createElement("input");
    field.className = "nhsuk-input bench-code";
    field.value = code;
    field.autocomplete = "off";
    field.spellcheck = false;
    const position = Object.assign(document.createElement("span"), { className: "bench-position", title: "Drag to another place" });
    position.dataset.position = "";
    position.draggable = true;
    const means = Object.assign(document.createElement("span"), { className: "bench-means" });
    means.dataset.means = "";
    const move = (by) => {
      const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
      other[by < 0 ? "before" : "after"](row);
      this.write();
      const [up, down] = row.querySelectorAll("button");
      const same = by < 0 ? up : down;
      (same.disabled ? (by < 0 ? down : up) : same).focus();
    };
    const remove = () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      if (!this.rows.children.length) this.insert(0);
      (next ?? this.rows.firstElementChild).querySelector("input").focus();
      this.write();
    };
    const buttons = Object.assign(document.createElement("span"), { className: "bench-code-buttons" });
    buttons.append(button("↑", () => move(-1)), button("↓", () => move(1)), button("×", remove));
    const line = Object.assign(document.createElement("div"), { className: "bench-code-line" });
    line.append(position, field, buttons);
    row.append(line, means);
    this.rows.insertBefore(row, this.rows.children[place] ?? null);
    field.addEventListener("input", () => this.write());
    if (this.system) {
      complete(field, { system: this.system, release: this.release, chosen: ({ code, label }) => {
        this.known.set(code, label);
        this.write();
      } });
    }
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.defaultPrevented) return;
      event.preventDefault();
      const next = this.insert([...this.rows.children].indexOf(row) + 1);
      this.number();
      next.focus();
    });
    return field;
  }

  /** Several codes at once take the place of the field that they are pasted into, and of what follows it. */
  paste(event) {
    const codes = split(event.clipboardData.getData("text"));
    const row = event.target.closest("[data-code]");
    if (codes.length < 2 || !row) return;
    event.preventDefault();
    const place = [...this.rows.children].indexOf(row);
    const [first, ...others] = codes;
    row.querySelector("input").value = first;
    others.forEach((code, index) => this.insert(place + 1 + index, code));
    this.write();
    this.fields()[place + codes.length - 1].focus();
  }
}

function button(words, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "nhsuk-button nhsuk-button--secondary bench-small";
  made.textContent = words;
  made.addEventListener("click", pressed);
  return made;
}
