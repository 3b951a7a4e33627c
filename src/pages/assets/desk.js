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

  // What is typed while an answer is under way is not taken back by it.
  const fields = () => [...form.querySelectorAll("input, textarea, select")];
  const typed = new WeakMap();
  let newer = [];
  form.addEventListener("input", (e) => typed.set(e.target, performance.now()));
  document.addEventListener("htmx:beforeSend", (e) => { e.detail.xhr.sent = performance.now(); });
  document.addEventListener("htmx:beforeSwap", (e) => {
    const since = fields().filter((field) => field.type !== "file" && typed.get(field) >= e.detail.xhr.sent);
    newer = since.map(({ name, value, checked }) => ({ name, value, checked }));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const was of newer) {
      const same = fields().filter((field) => field.name === was.name);
      const box = same.find((field) => /radio|checkbox/.test(field.type) && field.value === was.value);
      if (box) box.checked = was.checked; else if (same[0] && !/radio|checkbox/.test(same[0].type)) same[0].value = was.value;
    }
    newer = [];
  });

  // The first file that comes is shown beside the form.
  document.addEventListener("htmx:afterSettle", () => {
    const frame = document.querySelector("iframe[name=preview]:not([src])"), file = document.querySelector(".files a.file");
    if (frame && file) frame.src = file.href;
  });

  // Files are pasted or dropped into the place of their material: where the mouse or the focus is, else the first that is missing.
  const slots = () => [...document.querySelectorAll("[data-slot]")];
  const bring = (slot, files) => {
    const input = slot?.querySelector("input[type=file]");
    if (!input || !files.length) return;
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const slotOf = (e) => e.target.closest?.("[data-slot]");
  addEventListener("dragover", (e) => {
    if (!slots().length || !e.dataTransfer?.types.includes("Files")) return;
    e.preventDefault();
    for (const slot of slots()) slot.classList.toggle("over", slot === slotOf(e));
  });
  addEventListener("drop", (e) => {
    if (!slots().length || !e.dataTransfer?.files.length) return;
    e.preventDefault();
    for (const slot of slots()) slot.classList.remove("over");
    bring(slotOf(e), e.dataTransfer.files);
  });
  addEventListener("paste", (e) => {
    const files = e.clipboardData?.files;
    if (!files?.length) return;
    e.preventDefault();
    bring(slotOf(e) ?? slots().find((slot) => slot.querySelector(".material:not(.there)")) ?? slots()[0], files);
  });
  let dirty = false;
  const save = () => { if (dirty) { dirty = false; htmx.trigger(form, "save"); } };
  // A field that shows or hides others asks by itself; all others are kept by the form.
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("change", (e) => {
    if (e.target.type === "file") return;
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
