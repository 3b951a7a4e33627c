// What pages do beyond HTML: keys, scanner, news, the end of a sign-in. Everything works without it.
"use strict";
(() => {
  const all = (css, from = document) => [...from.querySelectorAll(css)];
  const live = () => document.getElementById("live");

  // Says something in the one live region.
  const announce = (text) => { live().textContent = ""; requestAnimationFrame(() => { live().textContent = text; }); };

  // ---- keys. An element with data-key is clicked by that key, the one in the current row before others; a field gets focus.
  const rows = () => all("tr[data-row]");
  const link = (row) => row?.querySelector("[data-key=o]");
  const current = () => document.activeElement?.closest?.("tr[data-row]");
  const inField = () => {
    const at = document.activeElement;
    return !!at && (at.isContentEditable || at.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));
  };
  let composed = -Infinity; // when an input method last ended a word
  addEventListener("compositionend", () => { composed = performance.now(); }, true);
  const composing = (e) => e.isComposing || e.keyCode === 229 || performance.now() - composed < 100;

  const step = (by) => {
    const list = rows(), at = list.indexOf(current());
    const next = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
    link(next)?.focus();
  };
  const use = (key) => {
    const css = `[data-key="${CSS.escape(key)}"]`;
    const row = current() ?? (rows().some((r) => r.querySelector(css)) ? rows()[0] : null);
    const found = row?.querySelector(css) ?? all(css).find((el) => !el.closest("tr[data-row]"));
    if (!found || found.disabled || found.closest("[hidden]")) return false;
    if (found.matches("input:not([type=checkbox]), select, textarea")) found.focus(); else found.click();
    return true;
  };

  let prefix = "", typed = "", last = 0;
  addEventListener("keydown", (e) => {
    if (composing(e)) {
      // The Enter that picks a word hands in no form.
      if (e.key === "Enter" && inField()) e.preventDefault();
      return;
    }
    if ((e.ctrlKey || e.metaKey) && !e.altKey) {
      const name = e.key === "Enter" ? "Ctrl+Enter" : e.key === "s" ? "Ctrl+S" : "";
      if (name && use(name)) e.preventDefault();
      return;
    }
    if (e.altKey || e.ctrlKey || e.metaKey || inField() || document.querySelector("dialog[open]")) return;
    // A scanner types a case number, or anything else faster than typing: its keys are no shortcuts, and a number opens its case.
    const now = e.timeStamp, gap = now - last, scanned = typed + e.key;
    const burst = /^\d/.test(typed) && (gap < 35 || gap < 1000 && /^\d{6}-/.test(typed));
    last = now;
    if (e.key.length === 1) typed = burst || gap < 1000 && /^\d{1,6}$|^\d{6}-$/.test(scanned) ? scanned : e.key;
    if (e.key === "Enter" && typed.length > 12) {
      const number = typed; typed = "";
      if (/^\d{6}-[A-Za-z]+-\d{8}-\d{5,}-[0-9A-Za-z]$/.test(number)) { e.preventDefault(); look(number); }
      return;
    }
    if (burst || document.body.hasAttribute("data-no-keys")) return;
    const key = prefix + e.key;
    prefix = "";
    if (key === "g") { prefix = "g"; return; }
    let done = true;
    if (key === "j" || key === "ArrowDown" && rows().length) step(1);
    else if (key === "k" || key === "ArrowUp" && rows().length) step(-1);
    else if (key === "?") document.getElementById("keys")?.showModal();
    else done = key !== "Enter" && (use(key) || use(key.toUpperCase()));
    if (done) e.preventDefault();
  });
  const look = (number) => {
    const form = document.querySelector("form.search");
    if (form) { form.elements.q.value = number; form.submit(); }
  };

  // ---- a list keeps its current row in its address; Esc leads back there from what was opened.
  const back = document.querySelector("a.back");
  if (back) back.href = sessionStorage.list ?? back.href;
  if (document.querySelector("[data-list]")) {
    link(rows().find((row) => location.hash === "#" + row.dataset.row))?.focus();
    addEventListener("focusin", () => { const row = current(); if (row) history.replaceState(history.state, "", "#" + row.dataset.row); });
    addEventListener("pagehide", () => { sessionStorage.list = location.pathname + location.search + location.hash; });
  }

  addEventListener("click", (e) => {
    if (e.target.closest?.("[data-print]")) print();
    // The whole row leads where its link leads; buttons and boxes in it do not.
    const row = e.target.closest?.("tr[data-row]");
    if (row && !e.target.closest("a, button, input, label, select") && !getSelection().toString()) link(row)?.click();
  });

  // ---- after a swap: focus on the first fault or the heading of what came, never on the body.
  document.addEventListener("htmx:afterSettle", (e) => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const at = e.target.querySelector?.("[aria-invalid=true], .summary, h1, h2");
    if (at) { if (!at.matches("input, select, textarea")) at.tabIndex = -1; at.focus(); }
  });

  // ---- news: a list asks by itself, says how many rows have changed, and moves none of them.
  const own = { "x-by-itself": "1" };
  const marks = (from) => new Map(all("tr[data-row]", from).map((row) => [row.dataset.row, row.dataset.mark]));
  const list = document.querySelector("[data-refresh]");
  let news = null, tag = null;
  const ask = async () => {
    const headers = tag ? { ...own, "if-none-match": tag } : own;
    let answer;
    try { answer = await fetch(location.href, { headers }); } catch { return; }
    if (answer.status !== 200 || answer.redirected) return;
    tag = answer.headers.get("etag");
    news = new DOMParser().parseFromString(await answer.text(), "text/html");
    const was = marks(document), is = marks(news);
    const changed = [...is].filter(([row, mark]) => was.get(row) !== mark).length + [...was.keys()].filter((row) => !is.has(row)).length;
    const bar = document.getElementById("changes");
    const counts = (from) => from.querySelector(".tabs")?.textContent;
    bar.hidden = !changed && counts(document) === counts(news);
    if (bar.hidden) return;
    const text = bar.dataset.words.replace("{n}", Math.max(changed, 1));
    if (bar.firstElementChild.textContent !== text) { bar.firstElementChild.textContent = text; announce(text); }
  };
  const take = () => {
    const at = current()?.dataset.row;
    const fresh = news?.querySelector("[data-refresh]");
    if (!fresh) { location.reload(); return; }
    Idiomorph.morph(list, fresh, { morphStyle: "innerHTML" });
    link(rows().find((row) => row.dataset.row === at) ?? rows()[0])?.focus();
  };
  if (list) {
    setInterval(ask, Number(list.dataset.refresh) * 1000);
    list.addEventListener("click", (e) => { if (e.target.closest("#changes button")) { e.preventDefault(); take(); } });
    list.addEventListener("ask", ask);
  }

  // ---- the end of a sign-in by time: a warning two minutes before, and a way to go on.
  const ending = document.getElementById("ending");
  if (ending) {
    const rest = async (headers) => {
      const answer = await fetch("/session", { headers });
      return answer.ok && !answer.redirected ? Number(await answer.text()) : 0;
    };
    const wait = (seconds) => setTimeout(watch, Math.max(seconds, 1) * 1000);
    const watch = async () => {
      let left;
      try { left = await rest(own); } catch { wait(30); return; }
      if (left <= 0) { location.reload(); return; }
      ending.hidden = left > 120;
      if (left > 120) { wait(left - 120); return; }
      announce(ending.querySelector("p").textContent);
      wait(left + 1);
    };
    ending.querySelector("button").addEventListener("click", async () => { await rest({}); ending.hidden = true; });
    wait(28 * 60);
  }
})();
