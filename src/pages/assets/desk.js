// What the pages of a task and of an intake do beyond HTML: the draft keeps itself, and nothing pretends to be sent.
"use strict";
(() => {
  // A change drawn by the server never takes a letter from the field somebody is typing in.
  if (window.Idiomorph) Idiomorph.defaults.ignoreActiveValue = true;
  const form = document.querySelector("form[data-autosave]");
  const live = document.getElementById("live");
  const say = (text) => { live.textContent = ""; requestAnimationFrame(() => { live.textContent = text; }); };

  document.addEventListener("click", (e) => {
    const copy = e.target.closest?.("[data-copy]");
    if (!copy) return;
    const field = document.getElementById(copy.dataset.copy);
    field.select();
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).catch(() => {});
    else document.execCommand("copy");
  });

  if (!form || !window.htmx) return;
  let dirty = false;
  const save = () => { if (dirty) { dirty = false; htmx.trigger(form, "save"); } };
  // A field that shows or hides others asks by itself; all others are kept by the form.
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("change", (e) => {
    dirty = true;
    if (e.target.closest("[hx-post]") === form) save(); else dirty = false;
  });
  setInterval(save, 10000);

  // A draft that is on its way is no reason to send an outcome twice, and no net is no reason to lose it.
  const bar = document.getElementById("offline");
  const online = (is) => {
    if (bar && bar.hidden === is) return;
    if (bar) bar.hidden = is;
    form.querySelectorAll(".foot button").forEach((b) => { b.disabled = !is; });
    if (!is) say(bar.textContent);
  };
  document.addEventListener("htmx:sendError", () => { dirty = true; online(false); });
  document.addEventListener("htmx:afterRequest", (e) => { if (e.detail.successful) online(true); });
  addEventListener("online", save);
})();
