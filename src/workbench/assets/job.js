// A job of the service: sent, followed as it runs, read line by line, erased.

import { Refused } from "./ask.js";
import { credentials } from "./session.js";

async function send(path, options = {}) {
  const headers = { ...options.headers, ...credentials() };
  const response = await fetch(path, { ...options, headers, credentials: "omit", referrerPolicy: "no-referrer" });
  if (response.ok) return response;
  let problem = { title: "There is a problem", detail: "The service cannot be reached" };
  try {
    problem = await response.json();
  } catch {
    // The answer is no problem of the service's own.
  }
  throw new Refused(response.status, problem);
}

/** Sends a body that is no JSON of a page's own, and reads JSON back. */
export async function post(path, body, type) {
  return (await send(path, { method: "POST", body, headers: { "Content-Type": type } })).json();
}

/** The lines of an answer as they arrive. */
async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    yield* whole;
  }
  if (rest) yield rest;
}

/** Follows a job by its events until it ends; `told` hears of each. Gives the name of the last event and the job. */
export async function follow(id, told, signal) {
  let [name, job] = ["progress", {}];
  while (name === "progress" || name === "stopping") {
    const response = await send(`/v1/jobs/${id}/events`, { signal, headers: { Accept: "text/event-stream" } });
    for await (const line of lines(response)) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      if (line.startsWith("data:")) {
        job = JSON.parse(line.slice(5));
        told(name, job);
      }
    }
  }
  return { name, job };
}

/** The records of a finished job, and its summary last. */
export async function* records(id) {
  const response = await send(`/v1/jobs/${id}/result?format=ndjson`, { headers: { Accept: "application/x-ndjson" } });
  for await (const line of lines(response)) if (line) yield JSON.parse(line);
}

/** A result as a file, for those who must show a key and so cannot follow a plain link. */
export async function blob(id, format) {
  return (await send(`/v1/jobs/${id}/result?format=${format}`)).blob();
}

/** Cancels a job and erases its files. */
export const erase = (id) => send(`/v1/jobs/${id}`, { method: "DELETE" });
