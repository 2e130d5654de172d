// The service page: releases and limits, once a key is there.

import { part, place } from "./ask.js";
import { key, watchKey } from "./session.js";

const form = document.getElementById("service-form");

async function show() {
  const state = document.getElementById("service-state");
  const { html } = await part("/parts/service");
  place(state, html);
  state.querySelector("[data-refusal]")?.focus();
}

if (form) {
  watchKey();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void show();
  });
  if (key()) void show();
}
